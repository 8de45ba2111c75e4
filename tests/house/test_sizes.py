"""Does every file stay small enough to be read in one go?"""

import tomllib
from pathlib import Path

import pytest

from tests.house.places import PACKAGE, ROOT, sources

FORBIDDEN = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "pragma: " + "no cover")
VAGUE = {"utils", "helpers", "managers", "signals", "mixins"}


@pytest.mark.parametrize("source", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_has_at_most_400_lines(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("source", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_opens_with_the_question_it_answers(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert not text or text.lstrip().startswith('"""')


@pytest.mark.parametrize("source", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_left_for_later(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert [word for word in FORBIDDEN if word in text] == []


def test_no_module_has_a_vague_name() -> None:
    allowed = {PACKAGE / "host/signals.py"}  # signals of the operating system, not Django's
    assert [path for path in sources() if path.stem in VAGUE and path not in allowed] == []


def test_ruff_refuses_complex_functions() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert lint["mccabe"]["max-complexity"] <= 8
    assert "C90" in lint["select"]
    assert not {"C90", "C901"} & set(lint["ignore"])
