"""How does an installation reach the present version?"""

import argparse

from yingnuo.conf import options
from yingnuo.host import upgrade


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`migrate` has no options."""


def run(arguments: argparse.Namespace) -> int:
    """Apply migrations and collect the static files; both do nothing when there is nothing to do."""
    upgrade.database()
    upgrade.static_files(options.current())
    return 0
