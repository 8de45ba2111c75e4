"""How does somebody see his old tickets under these promises?

`--engine-only` needs neither a database nor Django (but for the page's words, when --html is asked for). Without it
the tickets go through the whole product in a scratch database, and both ways are compared.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from yingnuo.conf import options
from yingnuo.host import postgres
from yingnuo.host.errors import Trouble
from yingnuo.replay import by_engine, grouping, mapping, report, results, standard, story
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.report import Head
from yingnuo.replay.results import Result, Totals
from yingnuo.replay.rows import Sheet, Tally, told
from yingnuo.replay.standard import Pack, Standard
from yingnuo.replay.story import Story

_YEARS = range(1995, 2051)  # whose public holidays are worked out; a log of other years counts none


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `replay`."""
    parser.add_argument("log", type=Path, help="the log, .csv or .csv.gz, one row for each state of a ticket")
    parser.add_argument(
        "--mapping", required=True, help=f"what its columns mean: a YAML file, or {', '.join(mapping.shipped())}"
    )
    parser.add_argument("--policy", type=Path, help="a policy of your own (YAML); without it the default one")
    parser.add_argument("--html", type=Path, help="write the report as a page")
    parser.add_argument("--json", type=Path, help="write the report with every ticket")
    parser.add_argument("--language", choices=("en", "zh-hans", "zh-hant"), default="en", help="of the page")
    parser.add_argument("--engine-only", action="store_true", help="in memory, without a database")
    parser.add_argument("--keep", metavar="NAME", default="", help="keep the scratch database under this name")
    parser.add_argument("--tick", type=int, default=900, metavar="SECONDS", help="how often the simulated worker looks")
    parser.add_argument("--workers", type=int, default=2, help="processes, each with a scratch database")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N tickets")
    parser.add_argument("--bad-rows", choices=("stop", "skip"), default="stop", help="what to do with unusable rows")


def run(arguments: argparse.Namespace) -> int:
    """Replay, write what was asked for, print the totals. Status 1 when the two ways differ."""
    try:
        return _run(arguments)
    except ReplayError as error:
        raise Trouble(str(error)) from error


def _run(arguments: argparse.Namespace) -> int:
    chosen = mapping.load(arguments.mapping)
    sheet = Sheet(arguments.log, chosen, arguments.bad_rows)
    sheet.check()
    pack = standard.load(arguments.policy, chosen.service, _YEARS)
    standard.compiled(pack)  # what is wrong anywhere in the policy is told before it is cut
    pack = standard.cut(pack, chosen.milestones)
    ready = standard.compiled(pack)
    tally = Tally()
    stories = islice(_stories(sheet, tally), arguments.limit)
    if arguments.engine_only:
        return _finish(arguments, chosen, pack, ready, tally, by_engine.replay(stories, chosen, ready), "")
    return _both(arguments, chosen, pack, ready, tally, list(stories))


def _stories(sheet: Sheet, tally: Tally) -> Iterator[Story]:
    return (story.tell(rows, sheet.mapping) for rows in grouping.by_ticket(sheet.rows(tally), sheet.mapping.log.order))


def _both(
    arguments: argparse.Namespace, chosen: Mapping, pack: Pack, ready: Standard, tally: Tally, stories: list[Story]
) -> int:
    ours = {r.story.id: results.as_line(r) for r in by_engine.replay(stories, chosen, ready)}
    _set_up()
    crew = importlib.import_module("yingnuo.replay.crew")
    with postgres.running(options.current()):
        found: list[Result] = crew.replay(
            stories, chosen, pack, tick=arguments.tick, workers=arguments.workers, keep=arguments.keep, out=sys.stderr
        )
    theirs = {r.story.id: results.as_line(r) for r in found}
    differing = results.differences(ours, theirs)
    promises = sum(len(r.states) for r in found)
    check = f"engine and journey agree on {promises} promises of {len(found)} tickets"
    if differing:
        check = f"engine and journey differ on {len(differing)} tickets, the first: {', '.join(differing[:5])}"
    _finish(arguments, chosen, pack, ready, tally, iter(found), check)
    return 1 if differing else 0


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yingnuo.conf.settings")
    importlib.import_module("django").setup()


def _finish(
    arguments: argparse.Namespace, chosen: Mapping, pack: Pack, ready: Standard, tally: Tally,
    found: Iterator[Result], check: str,
) -> int:  # fmt: skip
    way = "journey" if check else "engine"
    head = Head(arguments.log.name, chosen.name, chosen.title, pack.title, chosen.milestones, way, check)
    with report.Json(arguments.json) as file:
        totals = results.total(found, file.ticket)
        file.end(head, totals, tally)
    if arguments.html is not None:
        _write_page(arguments, head, totals, tally, chosen, ready)
    _print(head, totals, tally)
    return 0


def _write_page(
    arguments: argparse.Namespace, head: Head, totals: Totals, tally: Tally, chosen: Mapping, ready: Standard
) -> None:
    _set_up()
    page = importlib.import_module("yingnuo.replay.page")
    text = page.render(head, totals, tally, chosen, ready.calendar, language=arguments.language)
    try:
        arguments.html.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReplayError(f"--html {arguments.html}: cannot be written: {error.strerror}") from error


def _print(head: Head, totals: Totals, tally: Tally) -> None:
    print(f"{head.log}: {totals.tickets} tickets, {totals.events} rows, {tally.bad} bad rows left out; {head.policy}")
    for bad in tally.examples[:5]:
        print(f"  {told(bad)}")
    print(f"{'':24}{'promised':>9}{'kept':>8}{'broken':>8}{'cancelled':>10}{'open':>6}  attainment")
    for milestone, figures in totals.milestones().items():
        _print_line(milestone, figures)
        for priority, one in totals.by("priority")[milestone].items():
            _print_line(f"  priority {priority or 'none'}", one)
    if head.check:
        print(f"check: {head.check}")


def _print_line(name: str, f: results.Figures) -> None:
    share, interval = f.attainment.value, f.attainment.interval
    reached = f"{share:.1%} ({interval.low:.1%}–{interval.high:.1%})" if share is not None and interval else "—"
    print(f"{name:24}{f.promised:>9}{f.kept:>8}{f.late + f.overdue:>8}{f.cancelled:>10}{f.open:>6}  {reached}")
