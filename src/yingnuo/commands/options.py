"""Which options are there, and what is each set to?"""

import argparse
from dataclasses import fields

from yingnuo.conf import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `options`."""
    parser.add_argument("--markdown", action="store_true", help="the table of docs/reference/options.md: defaults only")


def run(arguments: argparse.Namespace) -> int:
    """Print the variable, its meaning and its present value; of a secret only whether it is set."""
    print(reference() if arguments.markdown else present(options.current()))
    return 0


def reference() -> str:
    """All options as a table of Markdown."""
    rows = [
        f"| `{options.variable(option)}` | {_code(options.written(option.default))} | {option.metadata['doc']} |"
        for option in fields(options.Options)
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]).replace(f"`{_var()}`", "`./var`")


def present(here: options.Options) -> str:
    """All options with the values of this installation."""
    lines = []
    for option in fields(options.Options):
        value = options.written(getattr(here, option.name))
        shown = value if option.repr or not value else "(set)"
        lines.append(f"{options.variable(option)}={shown}\n    {option.metadata['doc']}")
    return "\n".join(lines)


def _var() -> str:
    return options.written(options.Options().var)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
