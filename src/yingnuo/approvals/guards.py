"""What may not be done to a ticket before it is approved? Asked on every way on which it can be done.

Who guards nothing costs nothing: the templates are in memory, and only a guarded act looks at what was approved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from yingnuo.approvals import choosing, rulebook, services
from yingnuo.approvals.models import Approval, Guard, State
from yingnuo.approvals.rulebook import Rule
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict
from yingnuo.people.queries import organisation
from yingnuo.tickets.models import Ticket


def refuse_resolving(ticket: Ticket) -> None:
    """Conflict where the ticket may not be resolved before somebody has agreed."""
    for rule in _guarding(ticket, Guard.RESOLVE):
        _refuse(rule, ticket)


def may_be_resolved(ticket: Ticket) -> bool:
    """Whether no approval is lacking; for what resolves by itself and simply does not where one is."""
    return all(_granted(rule, ticket) is not None for rule in _guarding(ticket, Guard.RESOLVE))


def refuse_words(ticket: Ticket, text: str) -> None:
    """Conflict where a public reply holds words that want an approval first."""
    folded = text.casefold()
    for rule in _guarding(ticket, Guard.REPLY):
        if any(word.casefold() in folded for word in rule.values):
            _refuse(rule, ticket)


def refuse_values(ticket: Ticket, values: Mapping[str, object]) -> None:
    """Conflict where one of these facts or fields of the ticket may not become this value without an approval.

    What stays as it is may stay. A number is allowed up to the largest amount that was approved.
    """
    for rule in _guarding(ticket, Guard.FIELD):
        if rule.field not in values:
            continue
        value = values[rule.field]
        if value == getattr(ticket, rule.field, ticket.fields.get(rule.field)):
            continue
        number = _number(value) if rule.above is not None else None
        if (number is not None and rule.above is not None and number > rule.above) or str(value) in rule.values:
            _refuse(rule, ticket, number)


def _guarding(ticket: Ticket, guard: Guard) -> Iterator[Rule]:
    rules = [rule for rule in rulebook.rules().values() if rule.active and rule.guard == guard]
    facts = rulebook.facts_of(ticket) if rules else {}
    return (rule for rule in rules if rule.fits(facts))


def _number(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _granted(rule: Rule, ticket: Ticket, number: Decimal | None = None) -> Approval | None:
    rows = Approval.objects.filter(ticket=ticket, template=rule.id, state=State.APPROVED).order_by("-pk")
    return next((a for a in rows if _covers(a, number) and not services.changed_fact(a, ticket)), None)


def _covers(approval: Approval, number: Decimal | None) -> bool:
    return number is None or approval.amount is None or approval.amount >= number


def _refuse(rule: Rule, ticket: Ticket, number: Decimal | None = None) -> None:
    if _granted(rule, ticket, number) is not None:
        return
    org = organisation.at(revisions.current())
    waiting = Approval.objects.filter(ticket=ticket, template=rule.id, ended_at=None).order_by("-pk")
    for approval in waiting:
        if _covers(approval, number):
            seats = approval.seats.filter(step=approval.step, approves=None).values_list("staff_id", flat=True)
            raise Conflict(
                _("“%(name)s” is not decided yet. It waits for %(who)s."), code="approval_waits", name=rule.name,
                who=choosing.names(seats, org), approval=approval.pk,
            )  # fmt: skip
    first = choosing.seats_for(rule.steps[0], ticket, asker=None, own=True)
    raise Conflict(
        _("“%(name)s” must be approved first, by %(who)s. Ask for it in the ticket."), code="approval_needed",
        name=rule.name, who=choosing.names(first, org), template=rule.code,
    )  # fmt: skip
