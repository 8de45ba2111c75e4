"""How do rules of automation leave and come in as a file?

`yingnuo automation export` writes all rules as YAML, `check` says what is wrong with a file, `import` takes one in: a
rule of the same name is changed, others come last. A file with an error is refused whole, with its line.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from yingnuo.automation import as_yaml, rules
from yingnuo.automation.rules import RuleFacts
from yingnuo.commands import acting
from yingnuo.host.errors import Trouble
from yingnuo.kit import instants
from yingnuo.kit.errors import Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `automation`."""
    parser.add_argument("what", choices=["export", "check", "import"], help="what to do")
    parser.add_argument("file", nargs="?", type=Path, help="the YAML file; export without it prints")
    parser.add_argument("--as", dest="who", default="", metavar="USERNAME", help="import in this person's name")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    try:
        return {"export": _export, "check": _check, "import": _import}[arguments.what](arguments)
    except Refused as refused:
        raise Trouble(f"{arguments.file or arguments.what}: {refused}") from refused


def _export(arguments: argparse.Namespace) -> int:
    text = as_yaml.write()
    if arguments.file is None:
        print(text, end="")
    else:
        arguments.file.write_text(text, encoding="utf-8")
    return 0


def _read(arguments: argparse.Namespace) -> list[RuleFacts]:
    if arguments.file is None:
        raise Trouble("name the file")
    try:
        return as_yaml.read(arguments.file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{arguments.file}: {error}") from error


def _check(arguments: argparse.Namespace) -> int:
    print(f"{len(_read(arguments))} rules, nothing wrong")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    count = rules.put_all(acting.actor(arguments.who), rules=_read(arguments), now=instants.now())
    print(f"{count} rules taken in")
    return 0
