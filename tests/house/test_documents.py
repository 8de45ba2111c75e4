"""Do the documents say what is so?"""

from dataclasses import fields

from tests.house.places import ROOT
from yingnuo.cli import COMMANDS
from yingnuo.conf.options import Options, variable


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./yingnuo up --demo" in text
    assert "./yingnuo test" in text


def test_there_are_at_most_40_options_and_each_says_what_it_means() -> None:
    assert len(fields(Options)) <= 40
    assert [variable(option) for option in fields(Options) if not option.metadata["doc"].endswith(".")] == []


def test_the_reference_lists_every_option() -> None:
    text = (ROOT / "docs/reference/options.md").read_text(encoding="utf-8")
    assert [variable(option) for option in fields(Options) if f"`{variable(option)}`" not in text] == []


def test_every_command_has_its_module() -> None:
    lacking = [name for name, command in COMMANDS.items() if not _source_of(command.module)]
    assert lacking == []


def _source_of(module: str) -> bool:
    return (ROOT / "src" / (module.replace(".", "/") + ".py")).is_file()


def test_the_reference_lists_every_command() -> None:
    text = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`yingnuo {name}`" not in text] == []
