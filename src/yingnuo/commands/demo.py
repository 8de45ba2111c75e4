"""How is the demonstration company loaded, set going and halted?"""

import argparse
import os
import sys

from yingnuo.conf import options
from yingnuo.demo import company, leaving, removal, services, show
from yingnuo.demo.told import told
from yingnuo.host import supervisor, upgrade
from yingnuo.host.signals import stop_event
from yingnuo.kit import instants
from yingnuo.kit.errors import Refused
from yingnuo.people.models import Role, Staff
from yingnuo.people.roles import SYSTEM

_NICENESS = 5  # whoever looks at the pages goes first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `demo`."""
    parser.add_argument("action", choices=_ACTIONS, help="what to do; `run` adds the older history, then simulates")
    parser.add_argument("--if-empty", action="store_true", help="load: do nothing where a company is already")
    parser.add_argument("--scale", type=float, default=1.0, help="load: share of the usual number of tickets")
    parser.add_argument("--seed", type=int, default=services.SEED, help="load: another number, another company")
    parser.add_argument("--leash", action="store_true", help="run: stop when standard input closes")


def run(arguments: argparse.Namespace) -> int:
    """Do one of them; a refusal is told in one sentence, with status 2."""
    try:
        return _ACTIONS[arguments.action](arguments)
    except Refused as refused:
        print(f"yingnuo demo: {refused}", file=sys.stderr)
        return 2


def _load(arguments: argparse.Namespace) -> int:
    upgrade.database()
    now = instants.now()
    if not (arguments.if_empty and (services.status(now=now).loaded or not services.is_empty())):
        services.load(seed=arguments.seed, scale=arguments.scale, now=now)
    if services.status(now=now).loaded:
        print(logins())
    return 0


def logins() -> str:
    """Who may sign in, for the terminal."""
    names = " / ".join(told("company")["logins"])
    return f"Sign in as {names}, password {company.PASSWORD}"


def _run(arguments: argparse.Namespace) -> int:
    stop = stop_event()
    if arguments.leash:
        supervisor.leash()
    if not options.current().demo:
        print("yingnuo demo: the option is off; set YINGNUO_DEMO=yes", file=sys.stderr)
        return 2
    os.nice(_NICENESS)
    show.run(stop)
    return 0


def _pause(_arguments: argparse.Namespace) -> int:
    services.pause(SYSTEM, now=instants.now())
    return _status(_arguments)


def _resume(_arguments: argparse.Namespace) -> int:
    services.resume(SYSTEM, now=instants.now())
    return _status(_arguments)


def _status(_arguments: argparse.Namespace) -> int:
    told = services.status(now=instants.now())
    print("loaded" if told.loaded else "not loaded", end="")
    if told.loaded:
        print(", complete" if told.complete else ", older history not yet", end="")
        print(", paused" if told.paused else ", moving" if told.moving else ", standing still", end="")
    print()
    return 0


def _remove(_arguments: argparse.Namespace) -> int:
    """Here and now, in this process; a second call goes on where the first was stopped."""
    row = removal.found()
    if row.removing_at is None:
        leaving.begin(SYSTEM, now=instants.now())
    if not removal.carry_on():
        print("yingnuo demo: another process is at work on it; try again in a minute", file=sys.stderr)
        return 2
    print("The demonstration is removed.")
    if not Staff.objects.filter(role=Role.ADMIN, active=True).exists():
        print("Nobody can sign in now. Make the first account: yingnuo createadmin")
    return 0


_ACTIONS = {"load": _load, "run": _run, "pause": _pause, "resume": _resume, "status": _status, "remove": _remove}
