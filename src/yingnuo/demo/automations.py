"""Which rules act by themselves in the demonstration, and which macros have its agents?

They come when its past is played: rules hear of what happens from then on.
"""

from __future__ import annotations

from datetime import datetime

from yingnuo.automation import as_yaml, macros, rules
from yingnuo.automation.macros import MacroFacts
from yingnuo.demo.told import told
from yingnuo.people.models import Staff
from yingnuo.people.roles import actor_for_staff
from yingnuo.promises import written


def found(*, now: datetime) -> None:
    """Rules and macros, made by the manager."""
    data = told("automation")
    manager = actor_for_staff(Staff.objects.get(username="manager"))
    rules.put_all(manager, rules=as_yaml.read(written.dump({"rules": data["rules"]})), now=now)
    for one in data["macros"]:
        facts = MacroFacts(one["name"], one["then"], mine=False, description=one["description"])
        macros.save(manager, pk=None, facts=facts, now=now)
