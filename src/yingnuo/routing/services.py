"""To which team does a matter belong, and which of its people takes it?

Rules decide facts and team; the engine's ranking decides the person. Nothing is written here: the journey writes what
was decided, with the reasons given by `Decision.why`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import ahocorasick
from django.db import connection

from yingnuo.engine import conditions, routing, urgency
from yingnuo.engine.conditions import Condition, Reason
from yingnuo.engine.routing import Candidate, Need, Strategy
from yingnuo.kit import instants
from yingnuo.kit.revisions import Book
from yingnuo.people.models import Presence
from yingnuo.people.queries import organisation
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import ProductLine


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a matter before it is a ticket."""

    text: str
    via: str
    kind: str = ""
    urgency: str = ""
    tier: str = ""
    region: str = ""
    product_line: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    contact: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules made of a draft. `rules` are the ids of those that matched, in order; `words` what was found.

    `by` is the rule that named the team.
    """

    kind: str
    urgency: str
    product_line: str
    tags: tuple[str, ...]
    team: int | None
    skills: frozenset[str]
    rules: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who takes it (None: nobody is free, it waits in the team's queue) and why the others do not.

    `suggested` is who would: the same, or with the manual strategy the first of those who may.
    """

    agent: int | None
    why: dict[str, str] = field(default_factory=dict)  # staff id -> code
    strategy: str = ""
    suggested: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """For what somebody is looked for. `contact` 0: nobody knows him; `preferred` skills only help."""

    team: int | None
    skills: frozenset[str] = frozenset()
    language: str = ""
    contact: int = 0
    product_line: str = ""
    preferred: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Ready:
    row: Rule
    when: Condition


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Active rules with their keywords in one automaton: ten thousand rules cost one pass over the text."""

    rules: tuple[_Ready, ...]
    without_words: tuple[int, ...]
    words: ahocorasick.Automaton | None
    line_skills: dict[str, str]

    def hits(self, text: str) -> dict[int, str]:
        """Per rule place, the first of its keywords that occurs in the text."""
        found: dict[int, str] = {}
        if self.words is not None:
            for _end, (word, places) in self.words.iter(text.lower()):
                for place in places:
                    found.setdefault(place, word)
        return found


def _load() -> RuleBook:
    rows = list(Rule.objects.filter(active=True).select_related("team"))
    ready = tuple(_Ready(row, conditions.parse(row.when)) for row in rows)
    by_word: dict[str, list[int]] = {}
    for place, rule in enumerate(rows):
        for word in rule.keywords:
            if word.strip():
                by_word.setdefault(word.strip().lower(), []).append(place)
    without = tuple(i for i, r in enumerate(rows) if not r.keywords)
    skills = dict(ProductLine.objects.exclude(skill="").values_list("code", "skill"))
    return RuleBook(ready, without, _automaton(by_word), skills)


def _automaton(by_word: dict[str, list[int]]) -> ahocorasick.Automaton | None:
    if not by_word:
        return None
    automaton = ahocorasick.Automaton()
    for word, places in by_word.items():
        automaton.add_word(word, (word, tuple(places)))
    automaton.make_automaton()
    return automaton


rule_book: Book[RuleBook] = Book(_load)


Seen = Callable[[Rule, tuple[Reason, ...], str, int | None], None]
"""Is told of each rule that is asked: what it misses, which keyword occurs, and which rule has named the team."""


def decide(draft: Draft, *, revision: int, seen: Seen | None = None) -> Decision:
    """Applies the rules: facts from every rule that matches, the team from the first that names one."""
    book = rule_book.at(revision)
    hits = book.hits(draft.text)
    kind, level, line = draft.kind, draft.urgency, draft.product_line
    tags, skills, team, by = list(draft.tags), set[str](), None, None
    matched: list[Rule] = []
    for place in sorted({*hits, *book.without_words}):
        rule = book.rules[place].row
        facts = _facts(draft, kind, level, line, tags)
        if not book.rules[place].when.matches(facts):
            if seen:
                seen(rule, book.rules[place].when.why_not(facts), hits.get(place, ""), by)
            continue
        matched.append(rule)
        kind = kind or rule.set_kind
        line = line or rule.set_product_line
        level = _higher(level, rule.set_urgency)
        tags += [t for t in rule.add_tags if t not in tags]
        skills.update(rule.skills)
        if team is None and rule.team and rule.team.active:
            team, by = rule.team_id, rule.pk
        if seen:
            seen(rule, (), hits.get(place, ""), by)
    if line in book.line_skills:
        skills.add(book.line_skills[line])
    return Decision(
        kind or "enquiry", level or "general", line, tuple(tags), team, frozenset(skills),
        tuple(r.pk for r in matched), tuple(r.name for r in matched), tuple(dict.fromkeys(hits.values()))[:10], by,
    )  # fmt: skip


def _higher(level: str, other: str) -> str:
    named = [u for u in (level, other) if u]
    return str(urgency.max_urgency(named)) if named else ""


def _facts(d: Draft, kind: str, level: str, line: str, tags: Sequence[str]) -> dict[str, object]:
    return {
        "kind": kind, "urgency": level, "product_line": line, "channel": d.via, "tier": d.tier, "region": d.region,
        "language": d.language, "tags": tuple(tags), "text": d.text,
    }  # fmt: skip


OnShift = Callable[[str], bool]


def choose(
    wanted: Sequence[Wanted], *, on_shift: OnShift, revision: int, now: datetime, without: Iterable[int] = ()
) -> list[Choice]:
    """The agent for each, by his team's strategy, loads counted on as they are given out; `without` are left out."""
    org = organisation.at(revision)
    strategies = {pk: Strategy(card.strategy) for pk, card in org.teams.items()}
    ids = {pk for team in {w.team for w in wanted if w.team} for pk in org.members.get(team, ())} - set(without)
    pool = _candidates(ids, on_shift, now) if ids else {}
    known = served_last([w for w in wanted if strategies.get(w.team or 0) is Strategy.STICKY])
    choices = []
    for w in wanted:
        members = [pool[pk] for pk in org.members.get(w.team or 0, ()) if pk in pool]
        server = known.get((w.contact, w.product_line)) or known.get((w.contact, ""))
        need = Need(skills=w.skills, language=w.language, preferred=w.preferred, known_by=str(server or ""))
        choice = _choice(need, members, strategies.get(w.team or 0, Strategy.LEAST_LOADED))
        if choice.suggested:
            taker = pool[choice.suggested]
            pool[choice.suggested] = replace(taker, load=taker.load + 1, last_assigned=instants.seconds(now))
        choices.append(choice)
    return choices


_SERVED = """
SELECT DISTINCT ON (contact_id, product_line) contact_id, product_line, agent_id, id FROM tickets_ticket
WHERE contact_id = ANY(%s) AND agent_id IS NOT NULL AND status IN ('resolved', 'closed') AND merged_into_id IS NULL
ORDER BY contact_id, product_line, id DESC
"""


def served_last(wanted: Iterable[Wanted]) -> dict[tuple[int, str], int]:
    """Who served each customer last: by (customer, product line), and by (customer, "") whatever it was about."""
    contacts = {w.contact for w in wanted} - {0}
    if not contacts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SERVED, [sorted(contacts)])
        rows = sorted(cursor.fetchall(), key=lambda row: int(row[3]))
    found: dict[tuple[int, str], int] = {}
    for contact, line, agent, _ticket in rows:
        found[contact, line] = found[contact, ""] = agent
    return found


def _choice(need: Need, members: Sequence[Candidate], strategy: Strategy) -> Choice:
    # who named no language is asked for every one: small teams never fill that field in
    speaking = [m if m.languages else replace(m, languages=frozenset({need.language})) for m in members]
    ranking = routing.rank(need, speaking, strategy)
    why = {
        s.id: ",".join(f"{b.why}:{b.what}" if b.what else str(b.why) for b in s.reasons) for s in ranking.scored[:20]
    }
    chosen, best = (int(pk) if pk else None for pk in (ranking.chosen, ranking.best))
    return Choice(chosen, why, strategy.value, best)


_CANDIDATES = """
SELECT s.id, s.skills, s.languages, s.presence, s.calendar, s.load, s.capacity, s.last_assigned_at,
    s.levels::text,
    EXISTS (SELECT 1 FROM people_absence a WHERE a.staff_id = s.id AND a.starts_at <= %s AND a.ends_at > %s)
FROM people_staff s WHERE s.active AND s.id = ANY(%s)
"""


def _candidates(ids: set[int], on_shift: OnShift, now: datetime) -> dict[int, Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [now, now, list(ids)])
        rows = cursor.fetchall()
    return {
        pk: Candidate(
            id=str(pk),
            skills=frozenset(skills),
            languages=frozenset(languages),
            present=presence == Presence.ONLINE.value and not away,
            on_shift=not calendar or on_shift(calendar),
            load=load,
            capacity=max(1, capacity),
            last_assigned=instants.seconds(last) if last else 0,
            levels=_levels(levels),
        )
        for pk, skills, languages, presence, calendar, load, capacity, last, levels, away in rows
    }


def _levels(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(json.loads(text).items()) if text != "{}" else ()
