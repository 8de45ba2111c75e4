"""How does an installation reach the present version?"""

import argparse

from yingnuo.conf import options
from yingnuo.host import upgrade
from yingnuo.journey import beginnings
from yingnuo.kit import instants


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`migrate` has no options."""


def run(arguments: argparse.Namespace) -> int:
    """Apply migrations, make what an installation begins with, collect static files; only what is missing is done."""
    install()
    upgrade.static_files(options.current())
    return 0


def install() -> None:
    """Tables and what an installation begins with; nothing is done twice."""
    upgrade.database()
    beginnings.prepare(now=instants.now())
