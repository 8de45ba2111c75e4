"""Who has the demonstration removed, what would go, and which account stays?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.demo import removal, tasks
from yingnuo.demo.dropping import of
from yingnuo.demo.models import Demonstration
from yingnuo.kit import live
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.people.models import Contact, Staff
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import Ticket

VERB = "demo.steer"


@dataclass(frozen=True, slots=True)
class Account:
    """The administrator's account from now on, where he is signed in with one of the demonstration's."""

    username: str
    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What goes and what stays: tickets, customers, accounts. `own`: the reader's account is the demonstration's."""

    tickets: int
    customers: int
    staff: int
    kept_tickets: int
    kept_customers: int
    kept_staff: int
    own: bool


def outlook(actor: Actor) -> Outlook:
    """What would go and stay now."""
    require(actor, VERB)
    row = removal.found()
    tickets, staff = (
        removal.doomed_tickets(row),
        removal.doomed_staff(row, keeper=actor.id if actor.kind == "staff" else None),
    )
    goes, values = tickets
    kept = Ticket.objects.count() - removal.count(Ticket, goes, values)
    low, high = removal.numbers(row, Contact)
    held = Ticket.objects.filter(contact_id__gt=low, contact_id__lte=high).exclude(
        pk__in=of(Ticket, goes, values)
    ).values("contact").distinct().count() if kept else 0  # fmt: skip
    customers = Contact.objects.filter(pk__gt=low, pk__lte=high).count() - held
    return Outlook(
        tickets=removal.count(Ticket, goes, values), customers=customers, staff=len(staff), kept_tickets=kept,
        kept_customers=Contact.objects.count() - customers, kept_staff=Staff.objects.count() - len(staff),
        own=actor.kind == "staff" and removal.is_of(row, Staff, actor.id),
    )  # fmt: skip


def begin(actor: Actor, *, account: Account | None = None, now: datetime) -> Staff | None:
    """It is to go: nothing moves in it any more, and a worker begins. The actor's account, where it changed.

    Conflict where it goes already; Invalid where the account that stays would still be the demonstration's.
    """
    require(actor, VERB)
    with transaction.atomic():
        row = removal.found(lock=True)
        if row.removing_at is not None:
            raise Conflict(_("It is being removed already."), code="removing")
        own = actor.kind == "staff" and removal.is_of(row, Staff, actor.id)
        if own and account is None:
            raise Invalid(_("Name the account that stays."), fields={"username": _("Write a user name.")})
        staff = _made_own(row, actor.id, account) if own and account is not None else None
        row.removing_at, row.removed_by, row.paused = now, actor.id if actor.kind == "staff" else None, True
        row.doomed, row.gone = removal.count(Ticket, *removal.doomed_tickets(row)), 0
        row.save(update_fields=["removing_at", "removed_by", "paused", "doomed", "gone"])
        tasks.remove.defer()
        live.publish(removal.TOPIC)
    return staff


def _made_own(row: Demonstration, pk: int, account: Account) -> Staff:
    """The demonstration's account becomes the administrator's own: another name, another password, no team."""
    staff = Staff.objects.select_for_update().get(pk=pk)
    username = account.username.strip().lower()
    if Staff.objects.filter(username=username).exclude(pk=pk).exists():
        raise Invalid(_("This user name is taken."), fields={"username": _("This user name is taken.")})
    _refuse_weak(account.password, staff)
    staff.username, staff.name, staff.email = username, account.name.strip(), account.email.strip()
    staff.set_password(account.password)
    staff.team, staff.deputy, staff.phone, staff.skills, staff.calendar = None, None, "", [], ""
    staff.save()
    staff.more_teams.clear()
    return staff


def _refuse_weak(password: str, staff: Staff) -> None:
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Invalid(_("Choose a stronger password."), fields={"password": " ".join(error.messages)}) from error
