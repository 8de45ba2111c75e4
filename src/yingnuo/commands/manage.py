"""How does a developer reach Django's own commands with the embedded database running?"""

import argparse

from django.core.management import ManagementUtility


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything after `manage` is Django's."""
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="…", help="command of Django and its options")


def run(arguments: argparse.Namespace) -> int:
    """Hand over to Django."""
    ManagementUtility(["yingnuo manage", *arguments.words]).execute()
    return 0
