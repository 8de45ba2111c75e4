"""Which commands has Yingnuo?

The table below is the whole list. A command is a module in `yingnuo.commands` with `add_arguments(parser)` and
`run(arguments) -> int`. It is imported only when it was asked for, and after Django is set up when it needs that: so
`--help` answers at once, and a command may import models at its head.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from yingnuo import __version__
from yingnuo.conf import options
from yingnuo.conf.options import OptionError
from yingnuo.host.errors import Trouble


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table.

    `needs` is "nothing", "database" (Django set up, database running), or "installation" (its tables there too, with
    what an installation begins with: a command that may be the first one ever given).
    """

    module: str
    help: str
    needs: str = "database"


COMMANDS = {
    "up": Command("yingnuo.commands.up", "start everything on this machine", needs="nothing"),
    "serve": Command("yingnuo.commands.serve", "serve pages, API and event streams (one web process)"),
    "work": Command("yingnuo.commands.work", "do jobs and keep promises' moments (one work process)"),
    "migrate": Command("yingnuo.commands.migrate", "bring the database and the static files up to this version"),
    "createadmin": Command(
        "yingnuo.commands.createadmin", "make the first account, or a further administrator", needs="installation"
    ),
    "doctor": Command("yingnuo.commands.doctor", "look for what is missing or wrong"),
    "verify": Command("yingnuo.commands.verify", "check that ledger and promises are unchanged", needs="nothing"),
    "options": Command("yingnuo.commands.options", "list every option and its present value", needs="nothing"),
    "backup": Command("yingnuo.commands.backup", "write database, uploads and key into one file"),
    "restore": Command("yingnuo.commands.restore", "put a backup in the place of everything that is here"),
    "demo": Command("yingnuo.commands.demo", "load, pause or resume the demonstration company"),
    "ingest": Command("yingnuo.commands.ingest", "read messages from files", needs="installation"),
    "calls": Command(
        "yingnuo.commands.calls", "take in logs of a telephone system, or make some up", needs="installation"
    ),
    "standards": Command(
        "yingnuo.commands.standards", "write, read and check standards as YAML files", needs="installation"
    ),
    "automation": Command(
        "yingnuo.commands.automation", "write, check and read rules of automation as YAML", needs="installation"
    ),
    "replay": Command(
        "yingnuo.commands.replay", "replay another system's ticket log through the promises", needs="nothing"
    ),
    "lab": Command(
        "yingnuo.commands.lab", "try other promises, service times, people or shifts on what happened", needs="nothing"
    ),
    "manage": Command("yingnuo.commands.manage", "any command of Django, such as: manage makemigrations"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. What the operator can mend is told in one sentence, with status 2."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # unwinds, as Ctrl-C does
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        _overview().parse_args(words or ["--help"])
        return 2
    try:
        return _run(words[0], command, words[1:])
    except (OptionError, Trouble) as error:
        print(f"yingnuo {words[0]}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _overview() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {name:<12} {command.help}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="yingnuo",
        description="Yingnuo: answers every customer in the time that was promised, and can prove it.",
        epilog=f"commands:\n{lines}\n\n`yingnuo COMMAND --help` tells more about one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    return parser


def _run(name: str, command: Command, words: list[str]) -> int:
    sentence = f"{command.help[:1].upper()}{command.help[1:]}."
    parser = argparse.ArgumentParser(prog=f"yingnuo {name}", description=sentence)
    with ExitStack() as stack:
        if command.needs != "nothing":
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yingnuo.conf.settings")
            importlib.import_module("django").setup()
        module = importlib.import_module(command.module)
        module.add_arguments(parser)
        parsed = parser.parse_args(words)
        if command.needs != "nothing":
            postgres = importlib.import_module("yingnuo.host.postgres")
            stack.enter_context(postgres.running(options.current()))
        if command.needs == "installation":
            importlib.import_module("yingnuo.commands.migrate").install()
        return int(module.run(parsed))
