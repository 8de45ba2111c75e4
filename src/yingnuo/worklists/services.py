"""How are lists saved, shared, ordered, deleted and brought back? The only writer of its tables.

A list of one's own is nobody else's business; one that others see leaves a trace in the ledger when it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import texts
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Team
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import asking, tags
from yingnuo.tickets.asking import NOTHING, Asked
from yingnuo.tickets.models import Field
from yingnuo.worklists import looks, queries
from yingnuo.worklists.looks import Look
from yingnuo.worklists.models import Audience, Batch, Place, Worklist
from yingnuo.worklists.queries import Tab

SHARE = "list.share"
MOST_OWN = 40
UNDO_FOR = timedelta(seconds=60)
_SCOPES = ("mine", "unassigned", "all")
_STATES = ("open", "at_risk", "overdue", "waiting", "resolved", "closed", "any")
_ORDERS = ("due", "risk", "newest", "oldest", "updated")


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as somebody wants it saved. `team` only for the audience "team"."""

    name: str
    audience: str = Audience.OWN
    team: int | None = None
    scope: str = "all"
    state: str = "open"
    order: str = "due"
    asked: Asked = NOTHING
    look: Look = looks.PLAIN


def save(actor: Actor, *, pk: int | None, facts: ListFacts, now: datetime) -> Worklist:
    """A new list, or a changed one. Invalid names what is wrong; sharing, and changing what is shared, wants a lead."""
    require(actor, "ticket.view")
    _refuse_strangers(actor)
    name = _checked(actor, facts)
    with transaction.atomic(durable=True):
        row = _locked(actor, pk) if pk else Worklist(owner_id=actor.id, created_at=now)
        if pk is None and Worklist.objects.filter(owner_id=actor.id, gone_at=None).count() >= MOST_OWN:
            raise Conflict(_("You have saved enough lists. Delete one first."), code="too_many_lists")
        shared_before = bool(pk) and row.audience != Audience.OWN
        row.name, row.audience, row.team_id, row.updated_at = name, facts.audience, facts.team, now
        row.scope, row.state, row.order = facts.scope, facts.state, facts.order
        row.asked, row.look = asking.spec_of(facts.asked), looks.spec_of(facts.look)
        row.save()
        if shared_before or row.audience != Audience.OWN:
            _note(actor, row, now)
    return row


def naming_tag(tag: str) -> list[Worklist]:
    """The lists that ask for a tag, everybody's own too."""
    return [row for row in Worklist.objects.filter(gone_at=None) if tags.named_in(row.asked, tag)]


def reword_tag(old: str, new: str) -> None:
    """Has every list name the tag by another name; in the transaction of whoever renames it."""
    for row in naming_tag(old):
        row.asked = tags.reworded(row.asked, old, new)
        row.save(update_fields=["asked"])


def _refuse_strangers(actor: Actor) -> None:
    if actor.kind != "staff":
        raise NotAllowed(_("Lists are saved by people only."), code="not_allowed")


def _checked(actor: Actor, facts: ListFacts) -> str:
    """The name as it is kept."""
    name = " ".join(texts.keepable(facts.name).split())
    if not 0 < len(name) <= 60:
        raise Invalid(_("Give the list a name of 1 to 60 characters."), fields={"name": _("1 to 60 characters.")})
    listed = {"scope": _SCOPES, "state": _STATES, "order": _ORDERS, "audience": Audience.values}
    for field, known in listed.items():
        if getattr(facts, field) not in known:
            raise Invalid(_("This value cannot be used."), fields={field: _("Choose from the list.")})
    asking.checked(facts.asked, set(Field.objects.values_list("code", flat=True)))
    _check_audience(actor, facts)
    return name


def _check_audience(actor: Actor, facts: ListFacts) -> None:
    if facts.audience != Audience.OWN:
        require(actor, SHARE)
    wants_team = facts.audience == Audience.TEAM
    if wants_team != (facts.team is not None):
        raise Invalid(_("Choose the team that sees the list."), fields={"team": _("Choose a team.")})
    if facts.team is not None and not _within_sight(actor, facts.team):
        raise Invalid(_("There is no such team."), fields={"team": _("Choose from the list.")})


def _within_sight(actor: Actor, team: int) -> bool:
    seen = actor.teams is None or team in actor.teams
    return seen and Team.objects.filter(pk=team, active=True).exists()


def _locked(actor: Actor, pk: int, *, gone: bool = False) -> Worklist:
    """The list, when the actor may change it."""
    tab = queries.named(actor, pk, gone=gone)
    row = Worklist.objects.select_for_update().filter(pk=pk).first() if tab else None
    if tab is None or row is None:
        raise NotFound(_("There is no such list."), code="list_not_found")
    if not may_change(actor, tab):
        raise NotAllowed(_("You may not change this list."), code="not_allowed")
    return row


def may_change(actor: Actor, tab: Tab) -> bool:
    """His own unshared ones anybody; a shared one whoever may share."""
    return actor.may(SHARE) if tab.shared else tab.owner_id == actor.id


def _note(actor: Actor, row: Worklist, now: datetime) -> None:
    params = {"what": "worklist", "name": row.name}
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"worklist:{row.pk}", params)], now=now)


def drop(actor: Actor, *, pk: int, now: datetime) -> Worklist:
    """Takes a list away; `restore` brings it back."""
    with transaction.atomic(durable=True):
        row = _locked(actor, pk)
        row.gone_at = now
        row.save(update_fields=["gone_at"])
        if row.audience != Audience.OWN:
            _note(actor, row, now)
    return row


def restore(actor: Actor, *, pk: int, now: datetime) -> Worklist:
    """A deleted list is there again, with everybody's order and look of it."""
    with transaction.atomic(durable=True):
        row = _locked(actor, pk, gone=True)
        row.gone_at = None
        row.save(update_fields=["gone_at"])
        if row.audience != Audience.OWN:
            _note(actor, row, now)
    return row


def arrange(actor: Actor, *, pk: int, by: int) -> None:
    """Moves a list by so many places (-1 up, 1 down) in the actor's own order; others keep theirs."""
    with transaction.atomic(durable=True):
        ids = [tab.id for tab in queries.seen_by(actor)]
        if pk not in ids:
            raise NotFound(_("There is no such list."), code="list_not_found")
        here = ids.index(pk)
        ids.insert(max(0, min(len(ids) - 1, here + by)), ids.pop(here))
        for position, each in enumerate(ids):
            Place.objects.update_or_create(staff_id=actor.id, worklist_id=each, defaults={"position": position})


def begin_with(actor: Actor, *, pk: int | None) -> None:
    """The desk begins with this list for the actor (None: with the plain queue)."""
    with transaction.atomic(durable=True):
        if pk is not None and queries.named(actor, pk) is None:
            raise NotFound(_("There is no such list."), code="list_not_found")
        Place.objects.filter(staff_id=actor.id, start=True).update(start=False)
        if pk is not None:
            Place.objects.update_or_create(staff_id=actor.id, worklist_id=pk, defaults={"start": True})


def remember(actor: Actor, *, pk: int | None, look: Look) -> None:
    """How the actor wants to see this list (None: the plain queue) from now on; others see it as before."""
    with transaction.atomic(durable=True):
        if pk is not None and queries.named(actor, pk) is None:
            raise NotFound(_("There is no such list."), code="list_not_found")
        wanted = {"look": looks.spec_of(look)}
        row = Worklist.objects.get(pk=pk) if pk else None
        Place.objects.update_or_create(staff_id=actor.id, worklist=row, defaults=wanted)


def keep_batch(actor: Actor, *, deed: str, done: Sequence[dict[str, object]], now: datetime) -> Batch:
    """Remembers what was done to many, for a minute; older ones of the same person are forgotten."""
    with transaction.atomic(durable=True):
        Batch.objects.filter(staff_id=actor.id, at__lt=now - UNDO_FOR).delete()
        return Batch.objects.create(staff_id=actor.id, deed=deed, done=list(done), at=now)


def take_back(actor: Actor, *, batch: int, now: datetime) -> Batch:
    """What is to be undone now, once. NotFound for another's or a forgotten one, Conflict when it is too late."""
    with transaction.atomic(durable=True):
        row = Batch.objects.select_for_update().filter(pk=batch, staff_id=actor.id).first()
        if row is None:
            raise NotFound(_("There is nothing to undo."), code="nothing_to_undo")
        if row.undone_at is not None:
            raise Conflict(_("It was undone already."), code="undone_already")
        if now - row.at > UNDO_FOR:
            raise Conflict(_("It cannot be undone any more: more than a minute has passed."), code="too_late_to_undo")
        row.undone_at = now
        row.save(update_fields=["undone_at"])
    return row
