"""Does `yingnuo lab` work as one types it, and refuse bad files whole?"""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.data_paths import shared
from tests.factories import MONDAY
from tests.replay import logs
from yingnuo.commands import lab
from yingnuo.engine import lab as engine
from yingnuo.engine.lab import Verdict, verdict_of
from yingnuo.host.errors import Trouble
from yingnuo.journey import reply
from yingnuo.kit.errors import Refused
from yingnuo.planning import here
from yingnuo.planning.running import Staffing
from yingnuo.replay import by_engine, for_lab, mapping, standard

ROWS = (
    "T1,09:00,New,1,Desk,-,Mail,c1,-,-,yes", "T1,09:12,Work,1,Desk,ann,Mail,c1,-,-,yes",
    "T1,09:30,Ask,1,Desk,ann,Mail,c1,-,-,yes", "T1,12:30,Work,2,Desk,ann,Mail,c1,-,-,yes",
    "T1,16:00,Solved,2,Experts,bob,Mail,c1,-,-,yes", "T1,20:00,Work,2,Experts,bob,Mail,c1,-,-,yes",
    "T2,09:00,New,3,Desk,-,Tel,c2,-,-,no", "T2,09:05,Work,3,Desk,ann,Tel,c2,-,-,no",
    "T2,10:00,Parts,3,Desk,ann,Tel,c2,-,-,no", "T2,19:00,Solved,3,Desk,ann,Tel,c2,-,-,no",
)  # fmt: skip


def _run(folder: Path, *words: str) -> dict[str, Any]:
    (folder / "map.yaml").write_text(logs.MAPPING, encoding="utf-8")
    (folder / "was.yaml").write_text(logs.POLICY, encoding="utf-8")
    logs.log(folder, *ROWS)
    parser = argparse.ArgumentParser()
    lab.add_arguments(parser)
    base = ["--log", str(folder / "log.csv"), "--mapping", str(folder / "map.yaml"), "--was", str(folder / "was.yaml")]
    lab.run(parser.parse_args([*base, "--json", str(folder / "found.json"), *words]))
    found: dict[str, Any] = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return found


def _policy(folder: Path, name: str, minutes: int) -> str:
    spec = (
        f"code: {name}\nrules:\n  - code: all\n    promises:\n"
        f"      first_response: {{target: {minutes}m, calendar: always}}\n"
    )
    (folder / f"{name}.yaml").write_text(spec, encoding="utf-8")
    return str(folder / f"{name}.yaml")


def test_three_policies_stand_side_by_side_and_the_page_says_so(tmp_path: Path) -> None:
    limits = {"five": 5, "ten": 10, "fifteen": 15}
    policies = [word for name, n in limits.items() for word in ("--policy", _policy(tmp_path, name, n))]
    found = _run(tmp_path, *policies, "--html", str(tmp_path / "lab.html"), "--language", "zh-hans")
    columns = found["columns"]
    assert [c["name"] for c in columns] == ["", "five", "ten", "fifteen"]
    assert [c["total"]["kept"] for c in columns[1:]] == [1, 1, 2]
    page = (tmp_path / "lab.html").read_text(encoding="utf-8")
    assert "承诺实验室" in page
    assert "<script" not in page


def test_the_same_standard_gives_what_was(tmp_path: Path) -> None:
    was, same = _run(tmp_path, "--policy", str(tmp_path / "was.yaml"))["columns"]
    assert was["splits"] == same["splits"]
    assert same["cases"] == []


def test_the_lab_says_of_each_ticket_what_the_replay_says(tmp_path: Path) -> None:
    logs.log(tmp_path, *ROWS)
    chosen = logs.read()
    _pack, ready = logs.packed(tmp_path, chosen)
    stories = logs.stories(tmp_path / "log.csv", chosen)
    history = for_lab.told(stories, chosen)
    found = engine.replay(history, ready.terms, ready.calendar)
    got = sorted(
        (history.tickets[history.ticket[p]], history.milestones[history.milestone[p]], int(found.due[p]),
         int(found.worked[p]), int(found.overrun[p]), Verdict(found.verdict[p]))
        for p in range(len(history)) if found.terms[p] >= 0
    )  # fmt: skip
    expected = sorted(
        (r.story.id, str(s.terms.milestone), s.due, s.worked, s.overrun, verdict_of(s))
        for r in by_engine.replay(stories, chosen, ready) for s in r.states
    )  # fmt: skip
    assert got == expected


@pytest.mark.parametrize(("words", "complaint"), [
    (("--policy", "nowhere.yaml"), "cannot be read"), (("--people", "Desk"), "NAME=VALUE"),
    (("--people", "Desk=x"), "number of people"), (("--people", "Nobody=3"), "no tickets of the team Nobody"),
    (("--shift", "Desk=nowhere"), "no calendar nowhere"), (("--extra", "Desk=always"), "TEAM=CALENDAR:N"),
    (("--calendar", "office=nowhere.yaml"), "cannot be read"), (("--wanted", "100"), "between 0 and 100"),
    (("--people", "Desk=1", "--people", "Desk=2"), "said before"), (("--html", "/nowhere/x.html"), "cannot be written"),
])  # fmt: skip
def test_what_is_wrong_is_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(Trouble, match=complaint):
        _run(tmp_path, *words)


def test_a_policy_with_an_error_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("code: bad\nrules: [{code: a, promises: {first_response: {target: 5x}}}]\n")
    with pytest.raises(Trouble, match=r"rules\[0\].promises.first_response"):
        _run(tmp_path, "--policy", str(tmp_path / "bad.yaml"))
    assert not (tmp_path / "found.json").exists()


@pytest.mark.django_db
def test_this_installations_days_under_a_file_and_bad_ones_refused() -> None:
    house = factories.house(now=MONDAY)
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY, urgency="urgent")
    said = reply.Said("On it.")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=MONDAY + timedelta(minutes=12))
    promise = {"target": "10m", "calendar": "always"}
    policy = {"code": "strict", "rules": [{"code": "all", "promises": {"first_response": promise}}]}
    now = MONDAY + timedelta(days=1)
    found = here.run(2, {"strict": policy}, {}, Staffing(), now=now)
    assert (found.columns[1].total.lost, found.columns[1].name) == (1, "strict")
    promise["calendar"] = "nowhere"
    for policies, calendars, place in (
        ({"strict": policy}, {}, "policy strict: rules.all.promises.first_response.calendar: unknown calendar"),
        ({}, {"office": {"timezone": "Mars"}}, "calendar office: timezone"),
    ):
        with pytest.raises(Refused) as refused:
            here.run(2, policies, calendars, Staffing(), now=now)
        assert place in str(refused.value)


def test_a_real_log_agrees_with_the_replay_ticket_by_ticket() -> None:
    log, chosen = shared("data", "incident-servicenow", "events.csv.gz"), mapping.load("servicenow-incidents")
    pack = standard.load(None, chosen.service, range(2015, 2018))
    ready = standard.compiled(standard.cut(pack, chosen.milestones))
    stories = logs.stories(log, chosen)[:2_000]
    history = for_lab.told(stories, chosen)
    found = engine.replay(history, ready.terms, ready.calendar)
    ours = sorted(
        (history.tickets[history.ticket[p]], history.milestones[history.milestone[p]], int(found.verdict[p]),
         int(found.worked[p]), int(found.overrun[p]))
        for p in range(len(history)) if found.terms[p] >= 0
    )  # fmt: skip
    theirs = sorted(
        (r.story.id, str(s.terms.milestone), int(verdict_of(s)), s.worked, s.overrun)
        for r in by_engine.replay(stories, chosen, ready) for s in r.states
    )  # fmt: skip
    assert ours == theirs
