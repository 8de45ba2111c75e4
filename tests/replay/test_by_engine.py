"""How do promises stand, by the engine alone?"""

from __future__ import annotations

from pathlib import Path

from tests.data_paths import shared
from tests.replay import logs
from tests.replay.logs import judged
from yingnuo.replay import by_engine, grouping, mapping, results, standard, story
from yingnuo.replay.rows import Sheet, Tally

NEW = "T1,09:00,New,3,Desk,-,Tel,c1,-,-,yes"
HOUR = 3_600
#: Kept, broken and cancelled of the real log under the tests' policy.
KNOWN = {"first_response": (8_201, 4_183, 0), "handoff": (10_114, 2_264, 6), "resolution": (6_698, 5_679, 7)}


def test_kept_and_broken(tmp_path: Path) -> None:
    found = judged(
        tmp_path, NEW, "T1,09:10,Work,3,Desk,Ann,Tel,c1,-,-,yes", "T1,10:30,Work,3,Lab,Ann,Tel,c1,-,-,yes",
        "T1,11:00,Solved,3,Lab,Ann,Tel,c1,-,-,yes",
    )  # fmt: skip
    assert {m: p["standing"] for m, p in found.items()} == {
        "first_response": "kept", "handoff": "broken", "resolution": "kept",
    }  # fmt: skip
    assert (found["handoff"]["worked"], found["handoff"]["overrun"]) == (HOUR + HOUR // 2, HOUR // 2)


def test_waiting_for_the_customer_does_not_count_and_waiting_for_parts_does(tmp_path: Path) -> None:
    found = judged(
        tmp_path, NEW, "T1,10:00,Ask,3,Desk,-,Tel,c1,-,-,yes", "T1,12:00,Parts,3,Desk,-,Tel,c1,-,-,yes",
        "T1,13:00,Solved,3,Desk,-,Tel,c1,-,-,yes",
    )  # fmt: skip
    assert found["resolution"]["worked"] == 2 * HOUR


def test_a_higher_priority_shortens_what_is_left(tmp_path: Path) -> None:
    rows = (NEW, "T1,10:00,Work,1,Desk,-,Tel,c1,-,-,yes", "T1,12:00,Solved,1,Desk,-,Tel,c1,-,-,yes")
    found = judged(tmp_path, *rows)["resolution"]
    assert (found["target"], found["overrun"], found["standing"]) == (2 * HOUR, HOUR, "broken")


def test_reopened_the_clock_goes_on_without_the_time_at_rest(tmp_path: Path) -> None:
    found = judged(
        tmp_path, NEW, "T1,10:00,Solved,3,Desk,-,Tel,c1,-,-,yes", "T1,20:00,Work,3,Desk,-,Tel,c1,-,-,yes",
        "T1,21:00,Solved,3,Desk,-,Tel,c1,-,-,yes",
    )  # fmt: skip
    assert (found["resolution"]["worked"], found["resolution"]["standing"]) == (2 * HOUR, "kept")


def test_closed_without_a_solution_cancels_what_is_open(tmp_path: Path) -> None:
    found = judged(tmp_path, NEW, "T1,09:05,Closed,3,Desk,-,Tel,c1,-,-,yes")
    assert found["resolution"]["standing"] == "cancelled"


def test_what_is_open_is_judged_at_the_end_of_the_whole_log(tmp_path: Path) -> None:
    chosen = logs.read()
    _pack, ready = logs.packed(tmp_path, chosen)
    other = "T2,19:00,New,3,Desk,-,Tel,c1,-,-,yes"
    found = by_engine.replay(logs.stories(logs.log(tmp_path, NEW, other), chosen), chosen, ready)
    totals = results.total(found, lambda result: None)
    resolution = totals.milestones()["resolution"]
    assert (resolution.overdue, resolution.open, resolution.attainment.value) == (1, 1, 0.0)


def test_milestones_that_the_log_cannot_tell_are_not_promised(tmp_path: Path) -> None:
    assert "progress_update" not in judged(tmp_path, NEW, "T1,09:10,Work,3,Desk,Ann,Tel,c1,-,-,yes")


def test_the_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    lines = [NEW, "T2,09:30,New,1,Lab,-,Mail,c2,-,-,yes", "T1,19:00,Solved,3,Desk,Ann,Tel,c1,-,-,no"]
    chosen = logs.read(logs.MAPPING.replace("order: grouped", "order: any"))
    _pack, ready = logs.packed(tmp_path, chosen)
    tables = []
    for ordered in (lines, lines[::-1]):
        found = by_engine.replay(logs.stories(logs.log(tmp_path, *ordered), chosen), chosen, ready)
        tables.append(results.total(found, lambda result: None).by("priority"))
    assert tables[0] == tables[1]


def _real(policy: Path | None) -> tuple[results.Totals, Tally]:
    path = shared("data", "incident-servicenow", "events.csv.gz")
    chosen, tally = mapping.load("servicenow-incidents"), Tally()
    pack = standard.cut(standard.load(policy, chosen.service, range(2015, 2018)), chosen.milestones)
    rows = Sheet(path, chosen).rows(tally)
    told = (story.tell(ticket, chosen) for ticket in grouping.by_ticket(rows, chosen.log.order))
    return results.total(by_engine.replay(told, chosen, standard.compiled(pack)), lambda result: None), tally


def test_a_real_log_is_read_whole_and_every_ticket_is_judged() -> None:
    totals, tally = _real(None)
    assert (totals.tickets, totals.events, tally.bad, totals.unsure) == (12_384, 70_480, 0, 3)
    assert all(f.promised == 12_384 and f.open == f.overdue == 0 for f in totals.milestones().values())
    flagged = sum(n for (_priority, flag, _ours), n in totals.flags.items() if flag == "true")
    assert round(flagged / 12_384, 4) == 0.6365  # the share that the description of the data gives


def test_a_real_log_under_a_policy_of_ones_own_gives_known_figures(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(logs.POLICY, encoding="utf-8")
    totals, _tally = _real(path)
    assert {m: (f.kept, f.late, f.cancelled) for m, f in totals.milestones().items()} == KNOWN
