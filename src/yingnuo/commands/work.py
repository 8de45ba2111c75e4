"""How is one work process run?"""

import argparse

from yingnuo.conf import options
from yingnuo.host import supervisor
from yingnuo.host.signals import stop_event
from yingnuo.journey import worker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `work`."""
    parser.add_argument("--leash", action="store_true", help="stop when standard input closes")


def run(arguments: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C."""
    stop = stop_event()
    if arguments.leash:
        supervisor.leash()
    worker.run(stop, job_threads=options.current().job_threads)
    return 0
