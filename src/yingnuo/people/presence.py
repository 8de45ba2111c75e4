"""Who is there, why not, since when, and how long was somebody what?

A change is told by whoever makes it and kept as a mark that is never changed; durations are the gaps between marks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.kit.revisions import Book
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Presence, PresenceMark, PresenceReason, Sighting, Staff
from yingnuo.people.roles import SYSTEM, Actor, require

UNSEEN = "unseen"
"""The reason that the product gives by itself: nobody's desk has been open for a while."""
TOPIC = "presence"
WITH_REASON = (Presence.BUSY.value, Presence.BREAK.value, Presence.AWAY.value)
BUILT_IN = {
    UNSEEN: _("no desk open"), "follow-up": _("calling customers back"), "meeting": _("meeting"),
    "training": _("training"), "meal": _("meal"), "rest": _("short rest"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """One reason of the list; `presence` is what it goes with: busy, break or away."""

    code: str
    presence: str
    zh: str
    en: str
    position: int = 100
    active: bool = True


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of somebody's day; `until` is None while it lasts."""

    presence: str
    reason: str
    since: datetime
    until: datetime | None
    seconds: int
    by_himself: bool


def _load() -> tuple[PresenceReason, ...]:
    return tuple(PresenceReason.objects.all())


reasons: Book[tuple[PresenceReason, ...]] = Book(_load)


def offered() -> list[PresenceReason]:
    """Reasons that can be chosen, in their order, as they were last read."""
    return [row for row in reasons.kept() if row.active]


def word(code: str) -> str | Promise:
    """A reason in the reader's language; an unknown code as it is, "" for none."""
    row = next((r for r in reasons.kept() if r.code == code), None) if code else None
    if row is None:
        return BUILT_IN.get(code, code)
    chinese = (get_language() or "").startswith("zh")
    return row.zh if chinese else row.en


def change(actor: Actor, *, staff: Staff, presence: str, reason: str = "", now: datetime) -> bool:
    """A member of staff says whether he takes tickets; who may edit people says it for others. False: it was so.

    `reason` is the code of one that goes with this presence, "" for none.
    """
    himself = (actor.kind, actor.id) == ("staff", staff.pk)
    if not himself:
        require(actor, "people.edit")
    _refuse(presence, reason)
    with transaction.atomic():
        rows = Staff.objects.filter(pk=staff.pk).exclude(presence=presence, presence_reason=reason)
        if not rows.update(presence=presence, presence_reason=reason, presence_since=now):
            return False
        mark(actor, [staff], presence=presence, reason=reason, by_himself=himself, now=now)
    staff.presence, staff.presence_reason, staff.presence_since = presence, reason, now
    return True


def _refuse(presence: str, reason: str) -> None:
    if presence not in Presence.values:
        raise Invalid(_("There is no such presence."), fields={"presence": _("Choose from the list.")})
    goes_with = {row.code: row.presence for row in reasons.at(revisions.current()) if row.active}
    if reason and reason != UNSEEN and goes_with.get(reason) != presence:
        raise Invalid(_("This reason does not go with it."), fields={"reason": _("Choose from the list.")})


def mark(
    actor: Actor, people: Sequence[Staff], *, presence: str, reason: str, by_himself: bool, now: datetime
) -> None:  # fmt: skip
    """Keeps that these became so, and tells open pages; inside the caller's transaction."""
    rows = [PresenceMark(staff=s, presence=presence, reason=reason, by_himself=by_himself, at=now) for s in people]
    PresenceMark.objects.bulk_create(rows)
    params = {"new": presence, "reason": reason}
    entries = [
        Entry(Code.PRESENCE_CHANGED, 0, f"staff:{s.pk}", {"old": s.presence, **params, "staff": s.pk}) for s in people
    ]
    ledger.record(actor, entries, now=now)
    live.publish(TOPIC)


def seen(staff: Iterable[int], *, now: datetime) -> None:
    """Desks of these hold an event stream."""
    known = Staff.objects.filter(pk__in=set(staff), active=True).order_by("pk").values_list("pk", flat=True)
    rows = [Sighting(staff_id=pk, at=now) for pk in known]
    Sighting.objects.bulk_create(rows, update_conflicts=True, unique_fields=["staff"], update_fields=["at"])


def sweep(*, now: datetime) -> list[int]:
    """Who has not been seen for longer than his team allows is away; who is back again after that is online.

    Returns who came back. Whoever was never seen is left alone, and so is who said himself that he is away.
    """
    with transaction.atomic():
        gone = _locked(_GONE, now)
        back = _locked(_BACK, now)
        _become(gone, Presence.AWAY, UNSEEN, now)
        _become(back, Presence.ONLINE, "", now)
    return [s.pk for s in back]


_WATCHED = timedelta(minutes=3)  # where nobody at all was seen for so long, it is the web that was away


_GONE = """
SELECT s.id FROM people_staff s JOIN people_team t ON t.id = s.team_id JOIN people_sighting g ON g.staff_id = s.id
WHERE s.presence = 'online' AND t.away_after > 0 AND g.at < %(now)s - make_interval(mins => t.away_after)
    AND EXISTS (SELECT 1 FROM people_sighting w WHERE w.at > %(watched)s)
    AND (s.presence_since IS NULL OR s.presence_since < %(now)s - make_interval(mins => t.away_after))
"""
_BACK = """
SELECT s.id FROM people_staff s JOIN people_sighting g ON g.staff_id = s.id
WHERE s.presence = 'away' AND s.presence_reason = 'unseen' AND g.at >= s.presence_since
"""


def _locked(sql: str, now: datetime) -> list[Staff]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "watched": now - _WATCHED})
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Staff.objects.select_for_update().filter(pk__in=ids).order_by("pk")) if ids else []


def _become(people: Sequence[Staff], presence: str, reason: str, now: datetime) -> None:
    if people:
        rows = Staff.objects.filter(pk__in=[s.pk for s in people])
        rows.update(presence=presence, presence_reason=reason, presence_since=now)
        mark(SYSTEM, people, presence=presence, reason=reason, by_himself=False, now=now)


def spells(actor: Actor, *, staff: int, since: datetime, now: datetime) -> list[Spell]:
    """Somebody's stretches since a moment, the latest first: his own for everybody, others' for who may see people."""
    return history(actor, staff=[staff], since=since, now=now)[staff]


def history(actor: Actor, *, staff: Sequence[int], since: datetime, now: datetime) -> dict[int, list[Spell]]:
    """The same for several; the first stretch begins before `since` where it lasted until then, and is cut there."""
    if any((actor.kind, actor.id) != ("staff", pk) for pk in staff):
        require(actor, "people.view")
    marks: dict[int, list[PresenceMark]] = defaultdict(list)
    earlier = PresenceMark.objects.filter(staff__in=staff, at__lt=since).order_by("staff", "-at", "-id")
    for row in [
        *earlier.distinct("staff"),
        *PresenceMark.objects.filter(staff__in=staff, at__gte=since).order_by("at", "id"),
    ]:
        marks[row.staff_id].append(row)
    return {pk: _spells(marks[pk], since, now) for pk in staff}


def _spells(marks: Sequence[PresenceMark], since: datetime, now: datetime) -> list[Spell]:
    ends = [*(m.at for m in marks[1:]), None]
    found = []
    for m, until in zip(marks, ends, strict=False):
        begin = max(m.at, since)
        seconds = int(((until or now) - begin).total_seconds())
        found.append(Spell(m.presence, m.reason, begin, until, max(0, seconds), m.by_himself))
    return found[::-1]


def totals(stretches: Iterable[Spell]) -> dict[tuple[str, str], int]:
    """Seconds by presence and reason, the longest first."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in stretches:
        sums[one.presence, one.reason] += one.seconds
    return dict(sorted(sums.items(), key=lambda pair: -pair[1]))


def save_reason(actor: Actor, *, facts: ReasonFacts, pk: int | None = None, now: datetime) -> PresenceReason:
    """A new or changed reason; its code stays, for the history names it."""
    require(actor, "settings.edit")
    if facts.presence not in WITH_REASON:
        raise Invalid(_("There is no such presence."), fields={"presence": _("Choose busy, break or away.")})
    if not facts.zh.strip() or not facts.en.strip():
        raise Invalid(_("Name it in both languages."), fields={"en": _("This field is required.")})
    try:
        with transaction.atomic():
            row = PresenceReason() if pk is None else _reason(pk)
            for name, value in asdict(facts).items():
                if name != "code" or pk is None:
                    setattr(row, name, value)
            row.save()
            what = {"what": "presence_reason"}
            ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"presence:{row.code}", what)], now=now)
            revisions.bump()
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def _reason(pk: int) -> PresenceReason:
    row = PresenceReason.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such reason."))
    return row
