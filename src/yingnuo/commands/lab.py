"""How does somebody try other promises, calendars, people or shifts on what has happened?

On another system's log (`--log`, as `replay` reads it; neither a database nor Django but for the page's words) or on
the last days of this installation (`--days`). Every file is read and checked before anything runs.
"""

import argparse
import importlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from yingnuo.conf import options
from yingnuo.engine.errors import EngineError
from yingnuo.host import postgres
from yingnuo.host.errors import Trouble
from yingnuo.kit import instants
from yingnuo.kit.errors import Refused
from yingnuo.planning import running
from yingnuo.planning.running import Shifts, Source, Staffing
from yingnuo.planning.sheet import Column, Sheet
from yingnuo.promises import public_holidays
from yingnuo.replay import for_lab, mapping, standard
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.rows import Sheet as Log
from yingnuo.replay.rows import Tally, told
from yingnuo.replay.standard import Pack

_YEARS = range(1995, 2051)  # whose public holidays are worked out, as `replay` does
_MOST_POLICIES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `lab`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--days", type=int, metavar="N", help="the last N days of this installation")
    source.add_argument("--log", type=Path, help="another system's log, .csv or .csv.gz")
    parser.add_argument("--mapping", help="what the log's columns mean; see `yingnuo replay`")
    parser.add_argument("--was", type=Path, help="with --log: the standard it is compared with; else the default one")
    parser.add_argument(
        "--policy", type=Path, action="append", default=[], metavar="FILE",
        help="a standard to lay over it (YAML); several times, side by side",
    )  # fmt: skip
    parser.add_argument(
        "--calendar", action="append", default=[], metavar="CODE=FILE", help="another service time under every standard"
    )
    parser.add_argument("--people", action="append", default=[], metavar="TEAM=N", help="so many people in a team")
    parser.add_argument(
        "--shift", action="append", default=[], metavar="TEAM=CALENDAR", help="by whose hours they work"
    )
    parser.add_argument(
        "--extra", action="append", default=[], metavar="TEAM=CALENDAR:N", help="further people in a shift of their own"
    )
    parser.add_argument("--wanted", type=float, default=90.0, metavar="PERCENT", help="first answers to be kept (90)")
    parser.add_argument("--cost", type=float, default=0.0, metavar="MONEY", help="an hour of one person")
    parser.add_argument("--penalty", type=float, default=0.0, metavar="MONEY", help="one broken first answer")
    parser.add_argument("--handling", type=int, metavar="SECONDS", help="average handling time instead of a fitted one")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure")
    parser.add_argument("--language", choices=("en", "zh-hans", "zh-hant"), default="en", help="of the page")
    parser.add_argument("--limit", type=int, metavar="N", help="with --log: only the first N tickets")
    parser.add_argument("--bad-rows", choices=("stop", "skip"), default="stop", help="what to do with unusable rows")


def run(arguments: argparse.Namespace) -> int:
    """Read, judge, print a table, write what was asked for."""
    try:
        found = _log(arguments) if arguments.log else _days(arguments)
    except (ReplayError, EngineError) as error:
        raise Trouble(str(error)) from error
    _print(found)
    _write(arguments, found)
    return 0


def _staffing(arguments: argparse.Namespace) -> Staffing:
    if not 0 < arguments.wanted < 100:
        raise Trouble(f"--wanted {arguments.wanted:g}: write a share between 0 and 100 per cent")
    if len(arguments.policy) > _MOST_POLICIES:
        raise Trouble(f"--policy: at most {_MOST_POLICIES} standards stand side by side")
    extra = {team: _extra(team, word) for team, word in _pairs("--extra", arguments.extra).items()}
    return Staffing(
        people={t: _number("--people", t, n) for t, n in _pairs("--people", arguments.people).items()},
        shifts=_pairs("--shift", arguments.shift), extra=extra, wanted=arguments.wanted / 100, hourly=arguments.cost,
        penalty=arguments.penalty, handling=arguments.handling,
    )  # fmt: skip


def _pairs(option: str, given: list[str]) -> dict[str, str]:
    found = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not (equals and value):
            raise Trouble(f"{option} {word}: write it as NAME=VALUE")
        if name in found:
            raise Trouble(f"{option} {word}: {name} was said before")
        found[name] = value
    return found


def _number(option: str, team: str, word: str) -> int:
    if not word.isdecimal() or int(word) > 500:
        raise Trouble(f"{option} {team}={word}: write a number of people from 0 to 500")
    return int(word)


def _extra(team: str, word: str) -> tuple[tuple[str, int], ...]:
    calendar, colon, people = word.rpartition(":")
    if not colon:
        raise Trouble(f"--extra {team}={word}: write it as TEAM=CALENDAR:N")
    return ((calendar, _number("--extra", team, people)),)


def _calendars(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The calendar files, read; what is wrong in one is told with its name and place."""
    found = {}
    for code, name in _pairs("--calendar", arguments.calendar).items():
        spec = _yaml(Path(name), "--calendar")
        found[code] = spec["spec"] if isinstance(spec.get("spec"), dict) else spec
    return found


def _yaml(path: Path, option: str) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Trouble(f"{option} {path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Trouble(f"{option} {path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(loaded, dict):
        raise Trouble(f"{option} {path}: there is no mapping at the top")
    return loaded


# A log


def _log(arguments: argparse.Namespace) -> Sheet:
    if not arguments.mapping:
        raise Trouble("--log needs --mapping")
    asked, calendars, chosen = _staffing(arguments), _calendars(arguments), mapping.load(arguments.mapping)
    log = Log(arguments.log, chosen, arguments.bad_rows)
    log.check()
    base = standard.load(arguments.was, chosen.service, _YEARS)
    names = _distinct([path.stem for path in arguments.policy]) or ["the same standard"]
    packs = [standard.load(path, chosen.service, _YEARS) for path in arguments.policy] or [base]
    packs = [_with(pack, calendars) for pack in packs]
    laid = [for_lab.laid(pack, chosen, name) for name, pack in zip(names, packs, strict=True)]
    ready = standard.compiled(_with(base, calendars))

    def shift(code: str) -> Any:
        if ready.key(code) not in ready.calendars:
            raise Trouble(f"there is no calendar {code}; there are: {', '.join(sorted(_codes(ready.calendars)))}")
        return ready.calendar(ready.key(code))

    _check_shifts(asked, shift)
    tally = Tally()
    source, _was = for_lab.read(log, tally, base, limit=arguments.limit)
    _check_teams(asked, source)
    for bad in tally.examples[:5]:
        print(f"  {told(bad)}")
    return running.run(source, laid, asked, shift)


def _with(pack: Pack, calendars: Mapping[str, dict[str, Any]]) -> Pack:
    return Pack(pack.title, {**pack.calendars, **calendars}, pack.policy)


def _codes(keys: Mapping[str, object]) -> set[str]:
    return {key.partition("@")[0] for key in keys}


def _distinct(names: list[str]) -> list[str]:
    return [name if names.count(name) == 1 else f"{name} ({n})" for n, name in enumerate(names, 1)]


def _check_shifts(asked: Staffing, shift: Shifts) -> None:
    for code in [*asked.shifts.values(), *(code for extra in asked.extra.values() for code, _n in extra)]:
        shift(code)


def _check_teams(asked: Staffing, source: Source) -> None:
    unknown = sorted({*asked.people, *asked.shifts, *asked.extra} - set(source.history.teams))
    if unknown:
        teams = sorted(source.history.teams, key=str)[:20]
        raise Trouble(f"no tickets of the team {unknown[0]}; there are: {', '.join(map(str, teams))} …")


# This installation


def _days(arguments: argparse.Namespace) -> Sheet:
    if not 1 <= arguments.days <= 400:
        raise Trouble(f"--days {arguments.days}: write a number from 1 to 400")
    asked = _staffing(arguments)
    calendars = {code: public_holidays.expand(spec) for code, spec in _calendars(arguments).items()}
    names = _distinct([path.stem for path in arguments.policy])
    specs = {name: _yaml(path, "--policy") for name, path in zip(names, arguments.policy, strict=True)}
    _set_up()
    here = importlib.import_module("yingnuo.planning.here")
    with postgres.running(options.current()):
        try:
            found: Sheet = here.run(arguments.days, specs, calendars, asked, now=instants.now())
        except Refused as refused:
            raise Trouble(str(refused)) from refused
    return found


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yingnuo.conf.settings")
    importlib.import_module("django").setup()


# Telling


def _print(sheet: Sheet) -> None:
    print(f"{sheet.source}: {sheet.tickets:,} tickets, {sheet.promises:,} promises")
    heads = ["what was", *(column.name for column in sheet.columns[1:])]
    codes = list(dict.fromkeys(line.code for column in sheet.columns for line in column.split("milestone")))
    print(f"{'kept of judged':24}" + "".join(f"{head[:24]:>26}" for head in heads))
    for code in codes:
        print(f"{code[:24]:24}" + "".join(f"{_kept(column, code):>26}" for column in sheet.columns))
    for column in sheet.columns[1:]:
        print(f"{column.name}: {column.total.saved:,} saved, {column.total.lost:,} lost{_unjudged(column)}")
    _print_people(sheet)


def _kept(column: Column, code: str) -> str:
    line = next((one for one in column.split("milestone") if one.code == code), None)
    if line is None or line.share.value is None or line.share.interval is None:
        return "—"
    low, high = line.share.interval.low, line.share.interval.high
    return f"{line.share.value:.1%} ({low:.1%}–{high:.1%})"


def _unjudged(column: Column) -> str:
    return f"; nothing is recorded about {', '.join(column.unjudged)}" if column.unjudged else ""


def _print_people(sheet: Sheet) -> None:
    plans = sheet.columns[-1].teams
    changed = [p for p in plans if (p.people, p.shift) != (p.people_then, p.shift_then)]
    for plan in changed or plans[:5]:
        needed = "no number" if plan.needed is None else plan.needed
        print(
            f"model of team {plan.team or '—'}: {plan.today:.1%} of first answers with {plan.people} people, "
            f"{plan.then:.1%} with {plan.people_then}; {needed} needed for {sheet.wanted:.0%}; "
            f"gap to what was {100 * plan.gap:+.1f} points"
        )


def _write(arguments: argparse.Namespace, sheet: Sheet) -> None:
    if arguments.html is not None:
        _set_up()
        report = importlib.import_module("yingnuo.planning.report")
        _save(arguments.html, report.page(sheet, language=arguments.language), "--html")
    if arguments.json is not None:
        _save(arguments.json, json.dumps(sheet.as_mapping(), ensure_ascii=False, indent=1), "--json")


def _save(path: Path, text: str, option: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Trouble(f"{option} {path}: cannot be written: {error.strerror}") from error
