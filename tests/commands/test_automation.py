"""Do rules of automation leave and come in by the command, and is the how-to's example right?"""

import argparse
from pathlib import Path

import pytest

from tests import factories
from tests.factories import House
from tests.house.places import ROOT
from yingnuo.automation.models import Rule
from yingnuo.commands import automation
from yingnuo.host.errors import Trouble


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def run(what: str, file: Path, who: str = "") -> int:
    return automation.run(argparse.Namespace(what=what, file=file, who=who))


def test_the_example_of_the_how_to_is_checked_and_taken_in(house: House, tmp_path: Path) -> None:
    factories.staff("lin")
    text = (ROOT / "docs/howto/automation.md").read_text(encoding="utf-8")
    file = tmp_path / "rules.yaml"
    file.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert run("check", file) == 0
    assert not Rule.objects.exists()
    assert run("import", file, "mia") == 0
    assert run("export", file) == 0
    assert run("import", file) == 0
    assert Rule.objects.count() == 3


def test_a_wrong_file_is_trouble_with_its_line(house: House, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n  - name: A\n    when: {event: moon}\n    then: {note: x}\n", encoding="utf-8")
    with pytest.raises(Trouble, match="Line 3"):
        run("import", file)
    with pytest.raises(Trouble, match="nobody"):
        run("import", file, "nobody")
    assert not Rule.objects.exists()
