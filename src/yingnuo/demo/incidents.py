"""Which tickets of the demonstration have to do with each other? Faults of one product line hang on one of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from yingnuo.journey import linking
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import OPEN_STATUSES, Kind, Ticket

CHILDREN = 5


def found(*, now: datetime) -> None:
    """Links what is open: a parent with its sub-tickets, and two of other lines that are only related."""
    faults = Ticket.objects.filter(status__in=OPEN_STATUSES, kind=Kind.FAULT, merged_into=None).order_by("pk")
    lines = faults.order_by().values("product_line").annotate(n=Count("pk")).order_by("-n", "product_line")
    for line in lines[:1]:
        same = faults.filter(product_line=line["product_line"])
        parent, *children = same.values_list("pk", flat=True)[: CHILDREN + 1]
        for child in children:
            linking.link(SYSTEM, ticket_id=child, other_id=parent, relation="child_of", now=now)
        others = faults.exclude(product_line=line["product_line"]).values_list("pk", flat=True)[:1]
        for other in others:
            linking.link(SYSTEM, ticket_id=parent, other_id=other, relation="cause_of", now=now)
