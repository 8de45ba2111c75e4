"""How is everything measured with one command? `python -m bench [NAME …] [--quick]`, or `./yingnuo bench …`.

Each bench is a program of its own (`python -m bench.bench_NAME`); the exit status is 1 when any missed a limit. Those
that need a database share one embedded server in a scratch folder, so that a million tickets are made only once.
`--quick` leaves out everything at a million.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from yingnuo.conf.options import Options
from yingnuo.host import postgres

_ROOT = Path(__file__).resolve().parents[1]
_FIRST = ("start", "calendar")  # before the machine is busy with the databases of the others


def main() -> int:
    """Run the benches named, or all; how many of them missed a limit is told at the end."""
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="bench", description="Measure Yingnuo and hold the figures against limits.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"none: all of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="nothing at a million")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(known)):
        parser.error(f"there is no bench called {unknown[0]}")
    names = arguments.names or sorted(known, key=lambda name: (name not in _FIRST, name))
    with tempfile.TemporaryDirectory(prefix="yingnuo-bench-") as folder, ExitStack() as stack:
        stack.enter_context(postgres.running(Options(var=Path(folder))))
        statuses = {name: _run(name, ["--quick"] if arguments.quick else [], folder) for name in names}
    missed = [name for name, status in statuses.items() if status]
    told = f"missed or failed: {', '.join(missed)}" if missed else "all limits kept"
    print(f"\n{len(statuses)} benches; {told}")
    return 1 if missed else 0


def _run(name: str, flags: list[str], folder: str) -> int:
    environment = {**os.environ, "BENCH_FOLDER": folder, "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", f"bench.bench_{name}", *flags]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
