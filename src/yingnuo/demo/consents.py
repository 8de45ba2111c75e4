"""Which approvals are under way in the demonstration: one waits, one is decided, one is late?"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from yingnuo.approvals import templates
from yingnuo.approvals.models import Approval, Seat
from yingnuo.approvals.rulebook import Step
from yingnuo.approvals.services import Wish
from yingnuo.approvals.templates import TemplateFacts
from yingnuo.journey import approving
from yingnuo.people.models import Staff
from yingnuo.people.roles import actor_for_staff
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

_REFUND = TemplateFacts(
    code="goodwill-refund", name_hans="善意退款", name_hant="善意退款", name_en="Goodwill refund", seconds=4 * 3_600,
    calendar="office", asks_amount=True, guard="reply", guard_values=("退款", "refund"),
    steps=(Step(roles=("lead",)), Step(roles=("head",), above=Decimal(500))),
)  # fmt: skip
_ASKED = (
    ("维修两次仍有异响，客户接受部分退款。", 260, timedelta(hours=1)),
    ("发错配件，延误三天，建议退还运费。", 80, timedelta(days=1)),
    ("更换主板后仍停机，客户要求退款。", 1200, timedelta(days=3)),
)


def found(*, now: datetime) -> None:
    """The template, made by the manager, and what agents ask for by it; the second one is decided."""
    manager = actor_for_staff(Staff.objects.get(username="manager"))
    templates.save(manager, pk=None, facts=_REFUND, now=now - timedelta(days=3))
    for n, (why, amount, ago) in enumerate(_ASKED):
        ticket = _ticket(before=now - ago)
        if ticket is None or ticket.agent is None:
            continue
        asker = actor_for_staff(ticket.agent)
        wish = Wish(_REFUND.code, why, Decimal(amount))
        approval = approving.ask(asker, ticket_id=ticket.pk, wish=wish, now=now - ago)
        if n == 1:
            _agreed(approval, at=now - ago + timedelta(hours=1))


def _ticket(*, before: datetime) -> Ticket | None:
    """The newest open ticket of a service team that is older than this and for which nothing is asked yet."""
    taken = Approval.objects.values("ticket")
    rows = Ticket.objects.filter(status__in=OPEN_STATUSES, agent__isnull=False, team__lead__isnull=False)
    rows = rows.filter(created_at__lt=before, agent__role="agent").exclude(pk__in=taken)
    return rows.select_related("agent").order_by("-pk").first()


def _agreed(approval: Approval, *, at: datetime) -> None:
    seat = Seat.objects.select_related("staff").get(approval=approval)
    approving.decide(
        actor_for_staff(seat.staff), approval_id=approval.pk, step=0, approves=True, text="同意，请尽快办理。", now=at
    )  # fmt: skip
