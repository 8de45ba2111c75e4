"""The edge rule of changed facts: whatever a rule may look at, the rules are matched again when it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import reply, upkeep
from yingnuo.journey.reply import Said
from yingnuo.people.models import Region
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import Policy, Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _house(when: dict[str, Any]) -> House:
    """The company whose first policy promises eight hours instead of a hundred to tickets with these facts."""
    house = factories.house()
    Region.objects.create(code="south", name="South")
    few, many = (
        {m: {"target": t, "calendar": "always"} for m in ("first_response", "resolution")} for t in ("8h", "100h")
    )
    rules = [{"code": "few", "when": when, "promises": few}, {"code": "many", "promises": many}]
    versions.save_policy(SYSTEM, code="first", name="First", spec={"code": "first", "rules": rules}, now=MONDAY)
    versions.place_policy(SYSTEM, policy=Policy.objects.get(code="first"), to="up", now=MONDAY)
    return house


def _promise(ticket: Ticket, milestone: str) -> Promise:
    return Promise.objects.get(ticket=ticket, milestone=milestone)


@pytest.mark.parametrize(
    "facts",
    [{"urgency": "urgent"}, {"tier": "key"}, {"kind": "complaint"}, {"product_line": "washer"}, {"region": "south"},
     {"team": "technicians"}, {"tags": "vip"}],
    ids=lambda facts: next(iter(facts)),
)  # fmt: skip
def test_urgency_tier_kind_product_region_and_team_change_match_the_rules_again(facts: dict[str, str]) -> None:
    house = _house(facts)
    ticket = factories.ticket(house, kind="fault", agent=house.alice, at=MONDAY)
    actor, later = factories.actor(house.mia), MONDAY + 3 * HOUR
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=Said("Seen."), now=MONDAY + HOUR)
    assert _promise(ticket, "resolution").due_at == MONDAY + 100 * HOUR
    if "team" in facts:
        upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.technicians.pk, agent=None, now=later)
    elif "tags" in facts:
        upkeep.tag(actor, ticket_id=ticket.pk, tags=[facts["tags"]], now=later)
    else:
        upkeep.change(actor, ticket_id=ticket.pk, facts=facts, reason="Learnt now.", now=later)
    resolution, first = _promise(ticket, "resolution"), _promise(ticket, "first_response")
    assert (resolution.due_at, resolution.worked) == (MONDAY + 8 * HOUR, 3 * 3_600)  # elapsed carries over
    assert (first.standing, first.terms_id) == ("kept", first.first_terms_id)  # finished ones are never rewritten
