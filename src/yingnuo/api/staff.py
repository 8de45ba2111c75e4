"""Who works here, who takes tickets now, who is away, and how does that change?"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Query, Router

from yingnuo.api import render
from yingnuo.api import told_house as out
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import AbsenceIn, NameQuery, PresenceIn, StaffIn
from yingnuo.api.organisation import id_of, staff_id
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.journey import reactions
from yingnuo.kit import instants, pages
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people import organisation as services
from yingnuo.people import presence
from yingnuo.people.models import Absence, Presence, Staff, Team
from yingnuo.people.organisation import StaffFacts
from yingnuo.people.queries import organisation
from yingnuo.people.roles import actor_for_staff, require

router = Router(tags=["organisation"])
UserPath = Annotated[str, Path(min_length=1, max_length=60, pattern=r"^[\w.@-]+$")]


@router.get("/staff", response={200: out.StaffPage, **READING}, summary="List staff (people.view)")
def list_staff(request: Asked, asked: Query[NameQuery]) -> HttpResponse:
    """Members of staff, also those who left; by a part of the name."""
    require(request.auth, "people.view")
    rows = Staff.objects.select_related("team", "deputy").prefetch_related("more_teams")
    if asked.q:
        rows = rows.filter(name__icontains=asked.q)
    page = pages.keyset(rows, by=["id"], after=asked.after, size=asked.limit)
    return render.answer(out.StaffPage(items=[_staff(s) for s in page.rows], next=page.next))


_PLAIN = (
    "username", "name", "email", "phone", "role", "skills", "languages", "capacity", "load", "presence", "calendar",
    "language", "time_zone", "active", "levels", "presence_reason", "presence_since",
)  # fmt: skip


def _staff(s: Staff) -> out.StaffOut:
    more = {
        "id": s.pk, "team": s.team.code if s.team else None, "more_teams": sorted(t.code for t in s.more_teams.all()),
        "deputy": s.deputy.username if s.deputy else None,
    }  # fmt: skip
    return out.StaffOut.model_validate({name: getattr(s, name) for name in _PLAIN} | more)


def _get(username: str) -> Staff:
    rows = Staff.objects.select_related("team", "deputy").prefetch_related("more_teams")
    row = rows.filter(username__iexact=username).first()
    if row is None:
        raise NotFound(_("There is no such member of staff."), code="staff_not_found")
    return row


@router.get("/staff/{username}", response={200: out.StaffOut, **READING}, summary="Read (people.view)")
def read_person(request: Asked, username: UserPath) -> HttpResponse:
    """One member of staff."""
    require(request.auth, "people.view")
    return render.answer(_staff(_get(username)))


@router.put("/staff/{username}", response={200: out.StaffOut, **ALL}, summary="Hire or change (people.edit)")
def put_person(request: Asked, username: UserPath, body: StaffIn) -> HttpResponse:
    """A member of staff. Somebody new needs a password; one given for somebody known replaces his."""
    require(request.auth, "people.edit")
    now, facts = instants.now(), _facts(body)
    password = body.password.get_secret_value() if body.password else ""
    known = Staff.objects.filter(username__iexact=username).values_list("pk", flat=True).first()
    if known is None:
        if not password:
            raise Invalid(_("Somebody new needs a password."), fields={"password": _("This field is required.")})
        services.hire(request.auth, username=username, password=password, facts=facts, now=now)
    else:
        services.save_person(request.auth, pk=known, facts=facts, now=now)
        if password:
            services.reset_password(request.auth, pk=known, password=password, now=now)
    return render.answer(_staff(_get(username)))


def _facts(body: StaffIn) -> StaffFacts:
    more = tuple(found for code in body.more_teams if (found := id_of(Team, code, "more_teams")))
    return StaffFacts(
        body.name, body.email, body.phone, body.role, id_of(Team, body.team, "team"), more,
        staff_id(body.deputy, "deputy"), body.skills, body.languages, body.capacity, body.calendar, body.language,
        body.time_zone, body.active, body.levels,
    )  # fmt: skip


@router.put("/staff/{username}/presence", response={200: out.PresenceOut, **ALL}, summary="Presence (people.edit)")
def set_presence(request: Asked, username: UserPath, body: PresenceIn) -> HttpResponse:
    """Whether somebody takes tickets; of himself everybody may say it. Who comes online gets what waits."""
    staff = _get(username)
    presence.change(request.auth, staff=staff, presence=body.presence, reason=body.reason, now=instants.now())
    if body.presence == Presence.ONLINE:
        reactions.came_online(sorted(actor_for_staff(staff).teams or organisation.kept().teams))
    return render.answer(
        out.PresenceOut(username=staff.username, presence=staff.presence, reason=staff.presence_reason)
    )


@router.get("/staff/{username}/absences", response={200: out.Absences, **READING}, summary="Absences (people.view)")
def list_absences(request: Asked, username: UserPath) -> HttpResponse:
    """Somebody's leave, the latest first."""
    require(request.auth, "people.view")
    staff = _get(username)
    rows = Absence.objects.filter(staff=staff).order_by("-starts_at", "-id")[:200]
    return render.answer(out.Absences(items=[_absence(a, staff.username) for a in rows]))


def _absence(a: Absence, username: str) -> out.AbsenceOut:
    return out.AbsenceOut(id=a.pk, username=username, starts_at=a.starts_at, ends_at=a.ends_at, reason=a.reason)


@router.post(
    "/staff/{username}/absences", response={201: out.AbsenceOut, **ALL}, summary="Add an absence (people.edit)"
)
def add_absence(request: Asked, username: UserPath, body: AbsenceIn) -> HttpResponse:
    """Leave of one person; his deputy gets what would go to him."""
    require(request.auth, "people.edit")
    staff = _get(username)
    row = services.save_absence(
        request.auth, staff_id=staff.pk, starts_at=body.starts_at, ends_at=body.ends_at, reason=body.reason,
        now=instants.now(),
    )  # fmt: skip
    return render.answer(_absence(row, staff.username), status=201)


@router.delete("/absences/{absence_id}", response={200: out.Gone, **ALL}, summary="Take away (people.edit)")
def delete_absence(request: Asked, absence_id: PathId) -> HttpResponse:
    """Leave that does not come about."""
    require(request.auth, "people.edit")
    row = Absence.objects.filter(pk=absence_id).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    services.delete(request.auth, row=row, now=instants.now())
    return render.answer(out.Gone(deleted=str(absence_id)))
