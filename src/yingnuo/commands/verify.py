"""Was anything in ledger and promises changed behind Yingnuo's back, and is a proof a true one?

A proof is first looked at by itself, which needs neither database nor Django; with `--offline` that is all.
"""

import argparse
import importlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yingnuo.conf import options
from yingnuo.engine import proof as engine_proof
from yingnuo.host import postgres
from yingnuo.host.errors import Trouble
from yingnuo.kit import instants


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `verify`."""
    parser.add_argument("file", nargs="?", type=Path, help="a proof that the desk wrote; without it, the installation")
    parser.add_argument("--offline", action="store_true", help="only what the proof shows by itself")
    parser.add_argument("--quick", action="store_true", help="the whole chain, but only a sample of the promises")
    parser.add_argument(
        "--expect", default="", metavar="NUMBER:DIGEST", help="a head of earlier, which the chain must still hold"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each thing looked at; status 1 when one of them does not hold."""
    if arguments.offline and arguments.file is None:
        raise Trouble("--offline checks a proof: name its file")
    return _proof(arguments.file, arguments.offline) if arguments.file else _installation(arguments)


def _installation(arguments: argparse.Namespace) -> int:
    verifying = _set_up()
    with postgres.running(options.current()):
        return _told(verifying.installation(quick=arguments.quick, expected=arguments.expect, now=instants.now()))


def _proof(file: Path, offline: bool) -> int:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Trouble(f"{file} cannot be read as a proof: {error}") from None
    found = engine_proof.check(read)
    for problem in found:
        print(f"BAD   proof: {problem.about}: {problem.what}" if problem.about else f"BAD   proof: {problem.what}")
    if found:
        return 1
    fresh = sum(row["seal"] is None for row in read["rows"])
    print(f"well  proof: {_sentence(read)}; digest, {len(read['rows'])} rows and verdict hold by themselves")
    if fresh:
        print(f"well  not sealed yet: {fresh} of its rows were too fresh when it was written")
    if offline:
        return 0
    verifying = _set_up()
    with postgres.running(options.current()):
        return _told(verifying.proof(read))


def _sentence(read: dict[str, Any]) -> str:
    told = read["promise"]
    return f"{read['ticket']['number']} {told['milestone']} {told['standing']}, made {read['made_at']}"


def _set_up() -> Any:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yingnuo.conf.settings")
    importlib.import_module("django").setup()
    return importlib.import_module("yingnuo.host.verifying")


def _told(lines: Iterable[Any]) -> int:
    status = 0
    for line in lines:
        print(f"{'well' if line.holds else 'BAD '}  {line.subject}: {line.seen}", flush=True)
        status = status if line.holds else 1
    return status
