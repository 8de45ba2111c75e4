"""Is every kind of search quick, and never far from the better of the two ways to do it?

`python -m bench search [--quick]`. 300,000 messages (quick: 60,000) of made-up Chinese and English words, as frequent
as words are (Zipf), in 20,000 tickets. For each kind of question several words are taken; each is asked by walking from
the newest, by gathering from the index, and by what `tickets.finding` chooses: the newest 25 of what a manager sees,
and of what an agent of one team sees. Processor time of this process and of its database process, in nanoseconds from
/proc/<pid>/schedstat, the median of several runs of each word; the limits are on the dearest of a kind's first words
and on the 95th percentile of all words of all kinds.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from time import perf_counter, process_time_ns

import numpy as np
from django.db import connection

from bench import fill, stage
from bench.measuring import Report, quick
from yingnuo.kit import instants, search, shares
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, actor_for_staff
from yingnuo.tickets import finding, queries
from yingnuo.tickets.finding import MESSAGES, Search
from yingnuo.tickets.narrowing import Words

MOST_MS, MOST_TIMES = 5.0, 5.0
FLOOR_MS = 1.0  # below it, a ratio says nothing
TICKETS, WORDS, NEWEST = 20_000, 20_000, 25
EACH, COMPARED = 12, 4  # words of a kind that are asked, and of them those compared with both ways
OLD = "往年"  # in every third message of the first tenth, in none after


def main() -> int:
    """Fill, measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("search")
        count = 60_000 if quick() else 300_000
        stage.create(here, "bench_search")
        stage.use("bench_search")
        fill.company()
        fill.tickets(TICKETS)
        often = messages(report, count)
        shares.forget()
        for who, actor in (("manager", _actor("agent0")), ("agent", _actor(f"agent{fill.AGENTS - 1}"))):
            costs: list[float] = []
            for kind, texts in kinds(often, count).items():
                measure(report, f"{kind}, {who}", texts[:COMPARED], actor)
                costs += [cost_ms(asking(text, actor)) for text in texts]
            p95 = sorted(costs)[int(0.95 * len(costs))]
            report.at_most(f"{len(costs)} words of all kinds, {who}, p95", p95, MOST_MS, "ms CPU")
        return report.status()


def messages(report: Report, count: int) -> list[tuple[str, int]]:
    """Writes them; every word with the number of messages that have it, the commonest first."""
    begun, chance = perf_counter(), np.random.default_rng(7)
    vocabulary = _vocabulary()
    weights = 1 / np.arange(1, len(vocabulary) + 1) ** 1.05
    picks = chance.choice(len(vocabulary), size=(count, 14), p=weights / weights.sum())
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("DROP INDEX message_words")
        for first in range(0, count, 10_000):
            _write(cursor, vocabulary, picks, first, count)
        cursor.execute("CREATE INDEX message_words ON tickets_messagewords USING gin (search)")
        cursor.execute("VACUUM (ANALYZE) tickets_message, tickets_messagewords")
    report.note(f"{count:,} messages written and indexed in {perf_counter() - begun:.0f} s")
    seen = np.bincount(np.concatenate([np.unique(row) for row in picks]), minlength=len(vocabulary))
    return sorted(zip(vocabulary, seen.tolist(), strict=True), key=lambda pair: -pair[1])


def _vocabulary() -> list[str]:
    chance = Random(7)
    signs = [chr(0x4E00 + n) for n in range(2_500)]
    letters = "abcdefghijklmnoprstuvwy"
    chinese = ["".join(chance.choices(signs, k=chance.choice((2, 2, 2, 3, 4)))) for _ in range(WORDS)]
    english = ["".join(chance.choices(letters, k=chance.randint(4, 9))) for _ in range(WORDS)]
    return [word for pair in zip(chinese, english, strict=True) for word in pair]


_MESSAGES = """
INSERT INTO tickets_message (id, ticket_id, author, contact_id, public, qualified, via, text, quoted, html, message_id,
    at, recorded_at)
SELECT w.id, t.id, 'customer', t.contact_id, true, false, t.via, w.text, '', '', '', now(), now()
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS w(id, ticket, text) JOIN tickets_ticket t ON t.id = w.ticket
"""


def _write(cursor: object, vocabulary: Sequence[str], picks: np.ndarray, first: int, count: int) -> None:
    texts = [" ".join(vocabulary[n] for n in row) for row in picks[first : first + 10_000]]
    texts = [f"{OLD} {t}" if (first + n) % 3 == 0 and first + n < count // 10 else t for n, t in enumerate(texts)]
    ids = [1_000_000 + first + n for n in range(len(texts))]
    owners = [1 + pk * 7_919 % TICKETS for pk in ids]
    cursor.execute(_MESSAGES, [ids, owners, texts])  # type: ignore[attr-defined]
    finding.keep(list(zip(ids, texts, strict=True)))


def kinds(often: Sequence[tuple[str, int]], count: int) -> dict[str, list[str]]:
    """The questions of each kind."""
    chinese = [(word, seen) for word, seen in often if not word.isascii() and len(word) == 2]
    english = [(word, seen) for word, seen in often if word.isascii()]

    def near(words: Sequence[tuple[str, int]], part: float) -> list[str]:
        return [word for word, _seen in sorted(words, key=lambda pair: abs(pair[1] - part * count))[:EACH]]

    return {
        "common word": near(english, 0.2), "common word of two signs": near(chinese, 0.2),
        "middling word": near(english, 0.005), "middling word of two signs": near(chinese, 0.005),
        "rare word": near(english, 5 / count), "rare word of two signs": near(chinese, 5 / count),
        "unknown word": ["qqzzqqzz", "zzqqzzqq"],
        "two common words": [f"{a} {b}" for a, b in zip(near(english, 0.1), near(chinese, 0.1), strict=True)],
        "two middling words": [f"{a} {b}" for a, b in zip(near(english, 0.01), near(chinese, 0.01), strict=True)],
        "common and rare": [f"{a} {b}" for a, b in zip(near(chinese, 0.2), near(english, 5 / count), strict=True)],
        "word of three signs": [word for word, _seen in often if not word.isascii() and len(word) == 3][:EACH],
        "once common": [OLD],
    }  # fmt: skip


def asking(text: str, actor: Actor) -> Callable[[], object]:
    """The search for it as the product does it."""
    now = instants.now()
    wanted = Search(MESSAGES, Words(search.query(text), tuple(search.musts(text))), queries.sight(actor), NEWEST)
    return lambda: finding.newest(wanted, now=now)


def measure(report: Report, kind: str, texts: Sequence[str], actor: Actor) -> None:
    """One kind of question by one reader: the dearest of its words against the better way for that word."""
    ours, ratio, shown = 0.0, 0.0, ""
    now = instants.now()
    for text in texts:
        asked = Words(search.query(text), tuple(search.musts(text)))
        wanted = Search(MESSAGES, asked, queries.sight(actor), NEWEST)
        found = finding.newest(wanted, now=now)
        assert found == (finding.gather_forced(wanted, finding.ALL) or []), text
        own = cost_ms(lambda w=wanted: finding.newest(w, now=now))
        walked, gathered = (
            cost_ms(lambda w=wanted, way=way: way(w, finding.ALL)) for way in (finding.walk, finding.gather_forced)
        )
        times = own / max(min(walked, gathered), FLOOR_MS)
        if own > ours:
            ours, shown = own, f"walk {walked:.2f}, gather {gathered:.2f} ms"
        ratio = max(ratio, times)
    report.at_most(kind, ours, MOST_MS, "ms CPU", shown)
    report.at_most(f"{kind}, against the better way", ratio, MOST_TIMES, "times")


def cost_ms(work: Callable[[], object]) -> float:
    """Processor milliseconds of one run, application and database: the median of as many as half a second holds."""
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    costs: list[float] = []
    begun = perf_counter()
    while len(costs) < 3 or (len(costs) < 15 and perf_counter() - begun < 0.5):
        before = _spent(backend)
        work()
        costs.append(_spent(backend) - before)
    return statistics.median(costs)


def _spent(backend: Path) -> float:
    return (process_time_ns() + int(backend.read_text(encoding="ascii").split()[0])) / 1e6


def _actor(username: str) -> Actor:
    return actor_for_staff(Staff.objects.get(username=username))


if __name__ == "__main__":
    sys.exit(main())
