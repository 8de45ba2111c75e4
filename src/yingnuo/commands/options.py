"""Which options are there, and what is each set to?"""

import argparse
from dataclasses import fields

from yingnuo.conf import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`options` has no options."""


def run(arguments: argparse.Namespace) -> int:
    """Print the variable, its meaning and its present value; of a secret only whether it is set."""
    here = options.current()
    for option in fields(options.Options):
        value = getattr(here, option.name)
        shown = value if option.repr else ("(set)" if value else "")
        print(f"{options.variable(option)}={options.written(shown)}\n    {option.metadata['doc']}")
    return 0
