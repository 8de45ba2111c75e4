"""Are the figures of generated days those that a recomputation of its own from the very lines gives?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest

from tests import factories
from tests.factories import MONDAY, House
from tests.telephony import lines
from yingnuo.engine import hotline
from yingnuo.engine.hotline import Counts, ServiceLevel
from yingnuo.journey import call_import
from yingnuo.people.roles import SYSTEM
from yingnuo.telephony import generator, queries
from yingnuo.telephony.book import Measure
from yingnuo.telephony.generator import Plan
from yingnuo.telephony.models import Call, Moment

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
LAST = date(2026, 2, 27)
MEASURE = Measure(answer_within=20, short=5)
FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def _days(seed: int, days: int = 2) -> list[str]:
    return list(generator.lines(Plan(days, seed, LAST, ZONE, agents=3)))


def _take_in(house: House, log: Sequence[str], **more: object) -> call_import.Told:
    line = lines.connected(house)
    return _again(line, log, **more)


def _again(line: lines.Line, log: Sequence[str], **more: object) -> call_import.Told:
    return call_import.run(SYSTEM, channel=line.channel, form="queue_log", lines=log, zone=ZONE, now=MONDAY, **more)  # type: ignore[arg-type]


def _recomputed(log: Sequence[str], within: int, short: int) -> dict[str, float]:
    """The figures straight from the lines, by nothing of ours."""
    told: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for text in log:
        _at, call, _queue, _agent, word, *data = text.split("|")
        if word != "RINGNOANSWER":
            told[call]["END" if word.startswith("COMPLETE") else word] = [_at, *data]
    answered = [c for c in told.values() if "CONNECT" in c]
    lost = [int((c.get("ABANDON") or c["EXITWITHTIMEOUT"])[3]) for c in told.values() if "CONNECT" not in c]
    waits = [int(c["CONNECT"][1]) for c in answered]
    talks = [int(c["END"][2]) for c in answered]
    n, quick = len(answered), sum(w <= within for w in waits)
    few = sum(w < short for w in lost)
    return {
        "attempts": len(told), "answer_rate": n / len(told), "offered": quick / (n + len(lost)), "answered": quick / n,
        "without_short": quick / (n + len(lost) - few), "abandonment": (len(lost) - few) / (n + len(lost) - few),
        "lost_in_time": (quick + sum(w <= within for w in lost)) / (n + len(lost)), "asa": fmean(waits),
        "aht": fmean(talks),
    }  # fmt: skip


def _ours(c: Counts) -> dict[str, float | None]:
    levels = {f.value: hotline.service_level(c, f).value for f in ServiceLevel}
    return levels | {
        "attempts": c.attempts, "answer_rate": hotline.answer_rate(c).value,
        "abandonment": hotline.abandonment(c).value, "asa": hotline.speed_of_answer(c).value,
        "aht": hotline.handle_time(c).value,
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 7, 20260301])
def test_figures_of_generated_days(seed: int) -> None:
    house, log = factories.house(now=MONDAY), _days(seed)
    _take_in(house, log)
    counts = queries.counts(SYSTEM, MEASURE, start=FAR[0], end=FAR[1])[""]
    assert _ours(counts) == pytest.approx(_recomputed(log, 20, 5))
    assert counts.attempts > 200
    assert counts.lost > 20


def test_parts_and_queues_sum_to_the_whole() -> None:
    _take_in(factories.house(now=MONDAY), _days(3))
    edges = [FAR[0], datetime(2026, 2, 26, 4, tzinfo=UTC), datetime(2026, 2, 27, 4, tzinfo=UTC)]
    whole = queries.counts(SYSTEM, MEASURE, start=FAR[0], end=FAR[1])[""]
    for by in ({"by": "queue"}, {"by": "part", "edges": edges}, {"by": "agent"}):
        parts = queries.counts(SYSTEM, MEASURE, start=FAR[0], end=FAR[1], **by)  # type: ignore[arg-type]
        assert len(parts) >= 3
        assert sum(c.attempts for c in parts.values()) == whole.attempts
        assert sum(c.waited for c in parts.values()) == whole.waited


def test_a_lead_counts_his_teams_and_what_is_nobodys() -> None:
    house = factories.house(now=MONDAY)
    line = lines.connected(house)
    lines.QueueLine.objects.create(channel=line.channel, queue="repair", team=house.strangers)
    lines.revisions.bump()
    _again(line, _days(3, 1))
    by_queue = queries.counts(factories.actor(house.bo), MEASURE, start=FAR[0], end=FAR[1], by="queue")
    assert set(by_queue) == {"service", "complaint"}


def test_the_same_seed_gives_the_same_lines_in_the_order_of_time() -> None:
    log = _days(5)
    assert log == _days(5)
    assert log != _days(6)
    times = [int(text.split("|")[0]) for text in log]
    assert times == sorted(times)


def test_taking_a_log_in_again_changes_nothing() -> None:
    house, log = factories.house(now=MONDAY), _days(1, 1)
    line = lines.connected(house)
    first = _again(line, log)
    rows = (Call.objects.count(), Moment.objects.count())
    again = _again(line, log)
    assert (first.new, again.new, again.known) == (rows[0], 0, rows[0])
    assert (Call.objects.count(), Moment.objects.count()) == rows


def test_a_log_that_was_cut_off_is_completed_by_the_whole_one() -> None:
    house, log = factories.house(now=MONDAY), _days(1, 1)
    line = lines.connected(house)
    _again(line, log[: len(log) // 2])
    told = _again(line, log)
    assert told.learnt > 0
    whole = queries.counts(SYSTEM, MEASURE, start=FAR[0], end=FAR[1])[""]
    assert _ours(whole) == pytest.approx(_recomputed(log, 20, 5))


def test_missed_calls_that_are_young_are_owed_a_call() -> None:
    house = factories.house(now=MONDAY)
    line = lines.connected(house)
    at = int((MONDAY - timedelta(minutes=10)).timestamp())
    log = [f"{at}|9.1|service|NONE|ENTERQUEUE||13800002210|1", f"{at + 40}|9.1|service|NONE|ABANDON|1|1|40"]
    _again(line, log, since=MONDAY - timedelta(hours=1))
    _again(line, log, since=MONDAY - timedelta(hours=1))
    assert (Call.objects.get().imported, lines.Call.objects.get().ticket is not None) == (False, True)
    assert house.chen.callbacktask_set.get().missed == 1


def test_lines_that_are_none_are_counted_and_passed_over() -> None:
    told = _take_in(factories.house(now=MONDAY), ["nonsense", "x|1|q|NONE|ENTERQUEUE", "", *_days(1, 1)[:4]])
    assert told.unreadable == 2


CDR = (
    ('"","13800002210","4008001234","from-trunk","""Chen"" <13800002210>","PJSIP/trunk-00000001","PJSIP/8001-00000002",'
    '"Dial","PJSIP/8001","2026-03-02 10:00:00","2026-03-02 10:00:09","2026-03-02 10:02:09",129,120,"ANSWERED",'
    '"DOCUMENTATION","1772.1",""'),
    ('"","13800002210","4008001234","from-trunk","","PJSIP/trunk-00000003","","Congestion","","2026-03-02 10:05:00","",'
    '"2026-03-02 10:05:00",0,0,"CONGESTION","DOCUMENTATION","1772.2",""'),
    ('"","8001","013911112222","from-internal","","PJSIP/8001-00000004","PJSIP/trunk-00000005","Dial","",'
    '"2026-03-02 10:06:00","2026-03-02 10:06:20","2026-03-02 10:07:20",80,60,"ANSWERED","DOCUMENTATION","1772.3",""'),
)  # fmt: skip


def test_call_records_tell_of_calls_in_and_out_and_of_blocked_ones() -> None:
    house = factories.house(now=MONDAY)
    line = lines.connected(house, prefix="0")
    for _time in range(2):
        told = call_import.run(SYSTEM, channel=line.channel, form="cdr", lines=CDR, zone=ZONE, now=MONDAY)
    assert (told.new, told.known) == (0, 3)
    came, blocked, went = (line.call(f"1772.{n}") for n in (1, 2, 3))
    assert (came.outcome, came.waited, came.talked, came.staff) == ("answered", 9, 120, house.alice)
    assert (came.began_at, came.contact) == (MONDAY, house.chen)
    assert blocked.outcome == "blocked"
    assert (went.direction, went.number, went.talked) == ("out", "+8613911112222", 60)
