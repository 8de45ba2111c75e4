"""How does an empty installation become a company's service desk, step by step, and what of it is done?"""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.brands import services as brands
from yingnuo.founding import offers, tasks
from yingnuo.founding.models import Founding
from yingnuo.founding.places import PLACES
from yingnuo.founding.roll import Person
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import organisation
from yingnuo.people.models import Department, Role, Staff, Team
from yingnuo.people.organisation import StaffFacts, TeamFacts
from yingnuo.people.roles import Actor, require
from yingnuo.promises import versions
from yingnuo.tickets.models import Ticket

STEPS = ("house", "hours", "standard", "people", "ways", "ticket")
VERB = "admin"
_SLUG_TRIES = 1_000


def state() -> Founding:
    """How far it is; an unsaved beginning where nobody has begun."""
    return Founding.objects.first() or Founding()


def leads(actor: Actor) -> bool:
    """Whether this administrator is led to the set-up when he signs in: in an empty installation, until he says no."""
    if not actor.may(VERB):
        return False
    row = state()
    if row.pk:
        return row.left_at is None and row.finished_at is None
    return not Ticket.objects.exists() and Staff.objects.count() == 1


def progress(actor: Actor) -> Founding | None:
    """The set-up for the card on the overview; None where there is nothing to remind him of."""
    if not actor.may(VERB):
        return None
    row = state()
    if row.pk:
        return None if row.finished_at else row
    return row if leads(actor) else None


def next_step(row: Founding) -> str:
    """The first step that is neither done nor left out; "" when all are."""
    return next((step for step in STEPS if step not in row.done and step not in row.skipped), "")


def name_house(actor: Actor, *, name: str, country: str, language: str = "", zone: str = "", now: datetime) -> Founding:
    """Step 1: how the company is called, and where it is. Language and zone are the country's where not chosen."""
    require(actor, VERB)
    if country not in PLACES:
        raise Invalid(_("Choose a country."), fields={"country": _("Choose from the list.")})
    place = PLACES[country]
    zone, language = zone or place.zone, language or place.language
    if zone not in available_timezones() or language not in dict(settings.LANGUAGES):
        raise Invalid(_("There is no such time zone."), fields={"zone": _("Choose from the list.")})
    with transaction.atomic():
        row = _locked()
        brands.name_house(actor, name=name, language=language, now=now)
        row.country, row.zone, row.language = country, zone, language
        if actor.kind == "staff":
            Staff.objects.filter(pk=actor.id).update(language=language, time_zone=zone)
        _done(actor, row, "house", now)
    return row


def set_hours(actor: Actor, *, code: str, now: datetime) -> Founding:
    """Step 2: ready-made hours become the service times “office” and “hotline”, in force at once."""
    require(actor, VERB)
    if code not in offers.HOURS:
        raise Invalid(_("Choose from the list."), fields={"hours": _("Choose from the list.")})
    with transaction.atomic():
        row = _locked()
        spec = offers.calendar(code, zone=row.zone or settings.TIME_ZONE, country=row.country or "CN", now=now)
        for calendar, name in (("office", _("Office hours")), ("hotline", _("Hotline hours"))):
            versions.save_calendar(actor, code=calendar, name=str(name), spec=spec, now=now)
        _done(actor, row, "hours", now)
    return row


def set_standard(actor: Actor, *, code: str, now: datetime) -> Founding:
    """Step 3: a ready-made level becomes the standard in force."""
    require(actor, VERB)
    if code not in offers.LEVELS:
        raise Invalid(_("Choose from the list."), fields={"standard": _("Choose from the list.")})
    with transaction.atomic():
        row = _locked()
        spec = offers.policy(code)
        name = f"{spec['title']} · {offers.LEVELS[code].word}"
        reason = str(_("Chosen in the first set-up."))
        policy = str(spec["code"])
        versions.save_policy(actor, code=policy, name=name, spec=spec, justification=reason, now=now)
        _done(actor, row, "standard", now)
    return row


@dataclass(frozen=True, slots=True)
class Hired:
    """Somebody who may sign in now; `password` is told once and kept nowhere."""

    staff: Staff
    password: str


def hire(actor: Actor, *, people: Sequence[Person], by_mail: bool, address: str = "", now: datetime) -> list[Hired]:
    """Step 4: everybody of a list, all or none; teams that are not there yet are made.

    By mail each gets a link (below `address`) under which he chooses his password; else the caller shows what is given
    back: user names with first passwords.
    """
    require(actor, VERB)
    if by_mail and not settings.EMAIL_HOST:
        raise Conflict(_("No mail server is set up yet. Print the passwords instead."), code="mail_not_set_up")
    with transaction.atomic():
        row = _locked()
        teams = _teams(actor, people, now)
        hired = [_hire(actor, person, teams, row, now) for person in people]
        if by_mail:
            for one in hired:
                tasks.invite.defer(staff=one.staff.pk, address=address)
        _done(actor, row, "people", now)
    return hired


def _teams(actor: Actor, people: Sequence[Person], now: datetime) -> dict[str, int]:
    known = {team.name.lower(): team.pk for team in Team.objects.filter(active=True).order_by("-pk")}
    first = Team.objects.filter(active=True).order_by("pk").first()
    department = first.department_id if first else _department(actor, now)
    for name in dict.fromkeys(p.team for p in people if p.team and p.team.lower() not in known):
        facts = TeamFacts(code=_free_code(), name=name, department_id=department)
        known[name.lower()] = organisation.save_team(actor, pk=None, facts=facts, now=now).pk
    if first is not None:
        known[""] = first.pk
    return known


def _department(actor: Actor, now: datetime) -> int:
    facts = organisation.DepartmentFacts(code="service", name=str(_("After-sales service")))
    row = Department.objects.first() or organisation.save_department(actor, pk=None, facts=facts, now=now)
    return row.pk


def _free_code() -> str:
    used = set(Team.objects.values_list("code", flat=True))
    return next(code for n in range(2, _SLUG_TRIES) if (code := f"team-{n}") not in used)


def _hire(actor: Actor, person: Person, teams: dict[str, int], row: Founding, now: datetime) -> Hired:
    password = "-".join(random.token_hex(2) for _n in range(4))
    facts = StaffFacts(
        name=person.name, email=person.email, role=person.role, team_id=teams.get(person.team.lower()),
        language=row.language or settings.LANGUAGE_CODE, time_zone=row.zone or settings.TIME_ZONE,
    )  # fmt: skip
    staff = organisation.hire(actor, username=person.username, password=password, facts=facts, now=now)
    if person.role in (Role.LEAD, Role.MANAGER) and staff.team_id:
        Team.objects.filter(pk=staff.team_id, lead=None).update(lead=staff)
        revisions.bump()
    return Hired(staff, password)


def note_ticket(actor: Actor, *, ticket: int, now: datetime) -> None:
    """Step 6, inside the caller's transaction: the try-out ticket is there."""
    require(actor, VERB)
    row = _locked()
    if row.ticket is not None:
        raise Conflict(_("The try-out ticket is there already."), code="tried_already")
    row.ticket = ticket
    _done(actor, row, "ticket", now)


def confirm(actor: Actor, *, step: str, skipped: bool = False, now: datetime) -> Founding:
    """A step that needs nothing written down was gone through, or any step is left out."""
    require(actor, VERB)
    if step not in STEPS:
        raise NotFound(_("There is no such step."), code="step_not_found")
    with transaction.atomic():
        row = _locked()
        _done(actor, row, step, now, skipped=skipped)
    return row


def leave(actor: Actor, *, now: datetime) -> None:
    """Not now: nobody is led here any more; the card on the overview remembers."""
    require(actor, VERB)
    with transaction.atomic():
        row = _locked()
        row.left_at = now
        row.save(update_fields=["left_at"])


def finish(actor: Actor, *, now: datetime) -> None:
    """All is as it should be: the card goes too."""
    require(actor, VERB)
    with transaction.atomic():
        row = _locked()
        row.finished_at = now
        row.save(update_fields=["finished_at"])
        _note(actor, "finish", skipped=False, now=now)


def _locked() -> Founding:
    Founding.objects.get_or_create(only=True)
    return Founding.objects.select_for_update().get(only=True)


def _done(actor: Actor, row: Founding, step: str, now: datetime, *, skipped: bool = False) -> None:
    into, other = ("skipped", "done") if skipped else ("done", "skipped")
    setattr(row, into, [*dict.fromkeys([*getattr(row, into), step])])
    setattr(row, other, [one for one in getattr(row, other) if one != step])
    row.left_at = None
    row.save()
    _note(actor, step, skipped=skipped, now=now)


def _note(actor: Actor, step: str, *, skipped: bool, now: datetime) -> None:
    entry = Entry(Code.SETUP_STEP, 0, f"setup:{step}", {"step": step, "skipped": int(skipped)})
    ledger.record(actor, [entry], now=now)
