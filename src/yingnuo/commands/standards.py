"""How do standards leave and come in as files, and what is odd about one?

`yingnuo standards export` writes policies and calendars in force as YAML, `import` makes drafts of a file (or proposes
them, or puts them in force), `lint` says what is odd about the policies of a file. A file with an error is refused
whole: the line, the rule and what to do are named, and nothing is changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from yingnuo.commands import acting
from yingnuo.engine import lint as engine_lint
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.host.errors import Trouble
from yingnuo.journey import standards as journey
from yingnuo.kit import instants
from yingnuo.kit.errors import Refused
from yingnuo.promises import bringing, life, remarks, standards, versions, written
from yingnuo.promises.life import Proposal
from yingnuo.promises.models import Version
from yingnuo.promises.versions import Sort
from yingnuo.promises.written import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `standards`."""
    parser.add_argument("what", choices=["export", "import", "lint"], help="what to do")
    parser.add_argument("file", nargs="?", type=Path, help="the YAML file; export without it prints")
    parser.add_argument("--policy", action="append", default=[], metavar="CODE", help="export only these")
    parser.add_argument("--calendar", action="append", default=[], metavar="CODE", help="export only these")
    parser.add_argument("--as", dest="who", default="", metavar="USERNAME", help="import in this person's name")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--propose", default="", metavar="WHY", help="import and propose, with the reason")
    how.add_argument("--enact", default="", metavar="WHY", help="import and put in force, without a second person")


def run(arguments: argparse.Namespace) -> int:
    """Do it; status 1 when lint found that a policy does not do what its author probably believes."""
    try:
        return {"export": _export, "import": _import, "lint": _lint}[arguments.what](arguments)
    except Refused as refused:
        raise Trouble(f"{arguments.file or arguments.what}: {refused}") from refused


def _export(arguments: argparse.Namespace) -> int:
    text = written.write(_chosen(arguments))
    if arguments.file is None:
        print(text, end="")
    else:
        arguments.file.write_text(text, encoding="utf-8")
    return 0


def _chosen(arguments: argparse.Namespace) -> list[Version]:
    asked = [(Sort.CALENDAR, code) for code in arguments.calendar] + [(Sort.POLICY, code) for code in arguments.policy]
    if not asked:
        asked = [
            (sort, code)
            for sort in (Sort.CALENDAR, Sort.POLICY)
            for code in versions.standards_of(sort).exclude(current=0).order_by("pk").values_list("code", flat=True)
        ]
    return [life.in_force(sort, code) for sort, code in asked]


def _read(arguments: argparse.Namespace) -> list[Written]:
    if arguments.file is None:
        raise Trouble("name the file")
    try:
        return written.read(arguments.file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{arguments.file}: {error}") from error


def _import(arguments: argparse.Namespace) -> int:
    found, actor, now = _read(arguments), acting.actor(arguments.who), instants.now()
    if arguments.enact:
        rows = bringing.at_once(actor, found=found, justification=arguments.enact, now=now)
    else:
        proposal = Proposal(arguments.propose) if arguments.propose else None
        rows = journey.bring(actor, found=found, proposal=proposal, now=now)
    for row in rows:
        print(f"{versions.what(row)} version {row.number}: {row.state}")
    return 0


def _lint(arguments: argparse.Namespace) -> int:
    found = _read(arguments)
    world = remarks.world(instants.now())
    own = {one.code: standards.compile_calendar(one.spec) for one in found if one.sort is Sort.CALENDAR}
    world = replace(world, calendars={**world.calendars, **own})
    grave = [_linted(one, world) for one in found if one.sort is Sort.POLICY]
    return int(any(grave))


def _linted(one: Written, world: engine_lint.World) -> bool:
    """Prints what is odd about one policy; whether something grave was."""
    said: Sequence[engine_lint.Remark] = engine_lint.lint(EnginePolicy.from_spec(one.spec), world)
    for remark in sorted(said, key=lambda r: (not r.grave, one.line(r.path))):
        kind = "wrong" if remark.grave else "hint "
        print(f"{kind}  line {one.line(remark.path)}: {remarks.sentence(remark)}", file=sys.stdout)
    print(f"policy:{one.code}: {sum(r.grave for r in said)} to mend, {sum(not r.grave for r in said)} hints")
    return any(remark.grave for remark in said)
