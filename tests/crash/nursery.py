"""How does a killed process come back within a tenth of a second?

Starting Python and Django anew for each of fifty kills would take two minutes of processor time. So one process, which
nobody kills, has everything imported and forks a child for each line of its standard input: `work`, or `serve 8123`. A
child runs the product's own command with connections of its own, writes to the log named when the nursery was started,
and is a process like any other to the kernel and to kill. Run as a program; it answers each line with the child's pid.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "yingnuo.conf.settings"
django.setup()

from django.db import connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

import yingnuo.conf.asgi  # noqa: E402, F401  # what `serve` will want: imported once, here
from yingnuo.commands import serve, work  # noqa: E402

_COMMANDS = {"serve": serve, "work": work}


def main() -> int:
    """Fork on demand until standard input ends; children are buried by the kernel."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _ = get_resolver().url_patterns  # else the first request to each child would import all doors
    connections.close_all()  # a child must not inherit a connection
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be(line.split())
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    return 0


def _be(words: list[str]) -> None:
    status = 70
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        parser = argparse.ArgumentParser()
        command = _COMMANDS[words[0]]
        command.add_arguments(parser)
        status = command.run(parser.parse_args(["--port", words[1]] if words[1:] else []))
    except BaseException:  # noqa: BLE001  # the child must end here, whatever came, and say what it was
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
