"""How do tests make a rule and let it look?"""

from datetime import datetime
from typing import Any

from tests import factories
from tests.factories import House
from yingnuo.automation import reading, rules
from yingnuo.automation.models import Rule
from yingnuo.automation.rules import RuleFacts
from yingnuo.journey import automating
from yingnuo.kit import instants
from yingnuo.ledger import settled


def rule(house: House, name: str = "A rule", *, when: Any, then: Any, **more: Any) -> Rule:
    """A rule of the manager's, hearing from now on."""
    asked = more.pop("asks", {})
    facts = RuleFacts(name, {"event": when} if isinstance(when, str) else when, then, asked, **more)
    return rules.save(factories.actor(house.mia), pk=None, facts=facts, now=instants.now())


def let_run(now: datetime | None = None) -> int:
    """Reads the ledger to its end and does what is due, and what follows from it; how many runs."""
    done = 0
    for _turn in range(20):
        while reading.read_on(settled.end()):
            pass
        before = done
        while automating.do_next(now=now or instants.now()):
            done += 1
        if done == before:
            break
    return done
