"""How does an installation get its first account?"""

import argparse
import getpass
import sys

from yingnuo.kit import instants
from yingnuo.kit.errors import Refused
from yingnuo.people import services
from yingnuo.people.models import Role
from yingnuo.people.roles import SYSTEM


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `createadmin`."""
    parser.add_argument("username", help="name to sign in with")
    parser.add_argument("--name", help="name shown to others; without it the same")


def run(arguments: argparse.Namespace) -> int:
    """Ask for the password twice, or read one line of standard input when that is not a terminal."""
    password = _ask() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    name = arguments.name or arguments.username
    try:
        services.create_staff(
            SYSTEM, username=arguments.username, name=name, password=password, role=Role.ADMIN, now=instants.now()
        )
    except Refused as refused:
        print(f"yingnuo createadmin: {refused}", file=sys.stderr)
        return 2
    print(f"{arguments.username} can sign in now.")
    return 0


def _ask() -> str:
    while True:
        password = getpass.getpass("Password: ")
        if password == getpass.getpass("Once more: "):
            return password
        print("The two differ.")
