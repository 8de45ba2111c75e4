"""Do standards leave and come in by the command, whole or not at all?"""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests import factories
from tests.factories import House
from yingnuo.alerts.models import Notice
from yingnuo.commands import standards
from yingnuo.host.errors import Trouble
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Calendar, CalendarVersion, Policy, PolicyVersion

BOTH = """calendars:
  - code: shop
    name: Shop
    spec: {timezone: UTC, weekly: {mon: [[09:00, 12:00]]}}
policies:
  - code: default
    title: Ours
    rules:
      - code: all
        promises: {first_response: {target: 10m, calendar: always}}
      - code: late
        promises: {first_response: {target: 20m, calendar: office}}
"""


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    standards.add_arguments(parser)
    return standards.run(parser.parse_args(words))


def written(folder: Path, text: str = BOTH) -> str:
    path = folder / "standards.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_what_is_exported_and_imported_is_the_same(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("export")
    text = capsys.readouterr().out
    run("import", written(tmp_path, text), "--enact", "Moved here.")
    assert Policy.objects.get().current == 2
    out = tmp_path / "again.yaml"
    run("export", str(out))
    assert out.read_text(encoding="utf-8") == text
    assert PolicyVersion.objects.get(number=1).spec == PolicyVersion.objects.get(number=2).spec


def test_one_standard_is_exported_by_itself(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    run("export", "--calendar", "office")
    assert capsys.readouterr().out.startswith("code: office\n")


def test_a_file_becomes_drafts(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import", written(tmp_path), "--as", "bo")
    assert capsys.readouterr().out == "calendar:shop version 1: draft\npolicy:default version 2: draft\n"
    assert PolicyVersion.objects.get(number=2).created_by == house.bo
    assert Policy.objects.get().current == 1


def test_a_file_is_proposed_to_those_who_decide(house: House, tmp_path: Path) -> None:
    run("import", written(tmp_path), "--as", "mia", "--propose", "Agreed in March.")
    row = PolicyVersion.objects.get(number=2)
    assert (row.state, row.justification) == ("proposed", "Agreed in March.")
    assert {n.staff_id for n in Notice.objects.filter(reason="proposed")} == {house.root.pk}


@pytest.mark.parametrize("how", [(), ("--propose", "Because of March."), ("--enact", "Because of March.")])
def test_a_file_with_an_error_is_refused_whole(house: House, tmp_path: Path, how: tuple[str, ...]) -> None:
    before = Calendar.objects.count(), CalendarVersion.objects.count(), PolicyVersion.objects.count()
    events = Event.objects.count()
    bad = written(tmp_path, BOTH.replace("calendar: office", "calendar: moon"))
    with pytest.raises(Trouble, match=r"standards.yaml: Line 12, rule “late”: .*no service time “moon”"):
        run("import", bad, *how)
    assert (Calendar.objects.count(), CalendarVersion.objects.count(), PolicyVersion.objects.count()) == before
    assert Event.objects.count() == events


@pytest.mark.parametrize("words", [("import", "nowhere.yaml"), ("import",), ("export", "--policy", "x")])
def test_what_is_not_there_is_told(house: House, words: tuple[str, ...]) -> None:
    with pytest.raises(Trouble):
        run(*words)


def test_an_agent_imports_nothing(house: House, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="You may not do this"):
        run("import", written(tmp_path), "--as", "alice")
    assert PolicyVersion.objects.count() == 1


def test_lint_names_line_and_remedy(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lint", written(tmp_path)) == 1
    assert "wrong  line 11: Rule “late” is never reached: “all” above it takes all its tickets." in (
        capsys.readouterr().out
    )
    assert run("lint", written(tmp_path, BOTH.replace("code: late", "code: late\n        when: {kind: fault}"))) == 1
    assert run("lint", written(tmp_path, BOTH.split("      - code: late")[0])) == 0
