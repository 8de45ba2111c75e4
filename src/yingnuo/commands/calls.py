"""How do calls of the past come in from a log, and how are days of calls made up for a trial?

`yingnuo calls import FILE --form queue_log|cdr --channel CODE` takes a log of the telephone system in; running it again
changes nothing. `yingnuo calls generate --days N --seed S` writes a queue_log of made-up days to standard output.
"""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yingnuo.channels.models import Channel
from yingnuo.host.errors import Trouble
from yingnuo.journey import call_import
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.telephony import generator, logs, setup
from yingnuo.telephony.generator import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `calls`."""
    parts = parser.add_subparsers(dest="what", required=True)
    reads = parts.add_parser("import", help="take in a log of the telephone system")
    reads.add_argument("path", type=Path, help="the file; - for standard input")
    reads.add_argument("--form", choices=logs.FORMS, default="queue_log", help="queue_log, or cdr: cdr_csv of Asterisk")
    reads.add_argument("--channel", default="", help="code of the channel; not needed where there is one only")
    reads.add_argument("--zone", default="Asia/Shanghai", help="zone of the clock in call records")
    reads.add_argument(
        "--owe-hours", type=int, default=0, metavar="N", help="missed calls of the last N hours are owed a call back"
    )
    makes = parts.add_parser("generate", help="write a queue_log of made-up days to standard output")
    makes.add_argument("--days", type=int, default=7)
    makes.add_argument("--seed", type=int, default=1)
    makes.add_argument("--agents", type=int, default=4)
    makes.add_argument("--zone", default="Asia/Shanghai")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    try:
        zone = ZoneInfo(arguments.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Trouble(f"there is no zone {arguments.zone!r}") from error
    return _import(arguments, zone) if arguments.what == "import" else _generate(arguments, zone)


def _generate(arguments: argparse.Namespace, zone: ZoneInfo) -> int:
    yesterday = instants.now().astimezone(zone).date() - timedelta(days=1)
    plan = Plan(max(1, arguments.days), arguments.seed, yesterday, zone, max(1, arguments.agents))
    sys.stdout.writelines(f"{line}\n" for line in generator.lines(plan))
    return 0


def _import(arguments: argparse.Namespace, zone: ZoneInfo) -> int:
    channel, now = _channel(arguments.channel), instants.now()
    since = now - timedelta(hours=arguments.owe_hours) if arguments.owe_hours > 0 else None
    try:
        text = sys.stdin.read() if str(arguments.path) == "-" else arguments.path.read_text("utf-8", "replace")
    except OSError as error:
        raise Trouble(f"{arguments.path} cannot be read: {error.strerror}") from error
    told = call_import.run(
        SYSTEM, channel=channel, form=arguments.form, lines=text.splitlines(), zone=zone, since=since, now=now
    )
    print(f"{told.lines} lines: {told.new} new calls, {told.learnt} completed, {told.known} known already")
    if told.unreadable:
        print(f"{told.unreadable} lines could not be read", file=sys.stderr)
    return 1 if told.unreadable and not (told.new or told.learnt or told.known) else 0


def _channel(code: str) -> Channel:
    rows = list(Channel.objects.filter(kind__in=setup.kinds()).order_by("pk"))
    found = [row for row in rows if row.code == code] if code else rows
    if len(found) != 1:
        known = ", ".join(row.code for row in rows) or "none is connected"
        raise Trouble(f"which telephone system? --channel CODE; known: {known}")
    return found[0]
