"""Who gets a mail in the morning, when does it leave, and how does it come once whatever dies?

A wish has the instant of its next digest; when that has come, the row of the person's day is made and the next instant
set, in one transaction. The row's key makes it one a day; it is claimed for a while, as notices are, so that what a
killed worker held is sent by another, under the same message id. On days off there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts import digest_words, quiet, telling
from yingnuo.alerts.models import DigestMail, DigestState, DigestWish, Rhythm
from yingnuo.alerts.rules import rules
from yingnuo.channels import outlets
from yingnuo.channels.contract import ChannelError, Outgoing
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry, Value
from yingnuo.people import queries as people
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor
from yingnuo.promises.standards import standards

_log = structlog.get_logger(__name__)
HOUR = 8
TOO_LATE = timedelta(hours=6)  # a morning's mail in the evening helps nobody
LEASE = timedelta(minutes=5)
RETRIES_S = (60, 300, 900, 1_800, 3_600)
_AHEAD = 15  # days in which the next one is looked for
_AT_ONCE = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """When one person wants it: the rhythm, and the hour of his own clock."""

    rhythm: str = Rhythm.OFF
    hour: int = HOUR


def of(staff: int) -> Wish:
    """What the person has chosen; off where nothing."""
    row = DigestWish.objects.filter(staff_id=staff).first()
    return Wish(row.rhythm, row.hour) if row else Wish()


def choose(actor: Actor, *, wish: Wish, now: datetime) -> None:
    """The actor's own choice; Invalid by field, NotAllowed for who is no member of staff."""
    if actor.kind != "staff":
        raise NotAllowed(_("Everybody chooses for himself."), code="not_allowed", verb="staff.choose")
    said = _("Choose from the list.")
    if wish.rhythm not in Rhythm.values:
        raise Invalid(said, fields={"rhythm": said})
    if not 0 <= wish.hour <= 23:
        raise Invalid(said, fields={"hour": said})
    with transaction.atomic():
        person = Staff.objects.select_for_update().get(pk=actor.id)
        if wish.rhythm != Rhythm.OFF and not person.email:
            wrong = _("No mail address is known of you.")
            raise Invalid(wrong, fields={"rhythm": wrong})
        values = {"rhythm": wish.rhythm, "hour": wish.hour, "next_at": next_of(person, wish, after=now)}
        DigestWish.objects.update_or_create(staff=person, defaults=values)
        params: dict[str, Value] = {"what": "digest", "rhythm": wish.rhythm, "hour": wish.hour}
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"staff:{person.pk}", params)], now=now)


def next_of(person: Staff, wish: Wish, *, after: datetime) -> datetime | None:
    """The next instant after `after`; None for who wants none.

    Weekly: on the week's first day on which he works.
    """
    if wish.rhythm == Rhythm.OFF:
        return None
    clock = ZoneInfo(person.time_zone)
    today = after.astimezone(clock).date()
    for day in (today + n * _DAY for n in range(_AHEAD)):
        at = datetime.combine(day, time(wish.hour), clock)
        if at > after and works_on(person, day) and (wish.rhythm == Rhythm.DAILY or _first_of_week(person, day)):
            return at
    return datetime.combine(today + _AHEAD * _DAY, time(wish.hour), clock)  # asked again then


def _first_of_week(person: Staff, day: date) -> bool:
    return not any(works_on(person, day - n * _DAY) for n in range(1, day.weekday() + 1))


def works_on(person: Staff, day: date) -> bool:
    """Whether his shift, else the service time of his team, opens at all on that day of his clock."""
    team = organisation.at(revisions.current()).teams.get(person.team_id or 0)
    calendar = telling.service_times(standards.at(revisions.current()))(
        person.calendar or (team.calendar if team else "")
    )
    return calendar is None or quiet.opens(calendar, ZoneInfo(person.time_zone), day)


def run(*, now: datetime) -> int:
    """One round of any worker: rows of the days that have come, then their mails; how many were sent."""
    while _arm(now):
        continue
    return sum(_send(row, now) for row in _claim(now))


def _arm(now: datetime) -> int:
    """Makes the rows that are due, some at a time."""
    with transaction.atomic(durable=True):
        due = DigestWish.objects.select_for_update(skip_locked=True, of=("self",)).select_related("staff")
        wishes = list(due.filter(next_at__lte=now).order_by("next_at")[:_AT_ONCE])
        away = people.on_leave({wish.staff_id for wish in wishes}, now=now)
        DigestMail.objects.bulk_create(_rows(wishes, away, now), ignore_conflicts=True)
        for wish in wishes:
            wish.next_at = next_of(wish.staff, Wish(wish.rhythm, wish.hour), after=now)
        DigestWish.objects.bulk_update(wishes, ["next_at"])
    return len(wishes)


def _rows(wishes: Sequence[DigestWish], away: set[int], now: datetime) -> list[DigestMail]:
    found = []
    for wish in wishes:
        assert wish.next_at is not None  # noqa: S101  the filter above
        day = wish.next_at.astimezone(ZoneInfo(wish.staff.time_zone)).date()
        here = wish.staff.active and wish.staff_id not in away and works_on(wish.staff, day)
        if here and now - wish.next_at < TOO_LATE:
            span = 7 * _DAY if wish.rhythm == Rhythm.WEEKLY else _since_work(wish.staff, day)
            found.append(DigestMail(staff=wish.staff, day=day, since=wish.next_at - span, retry_at=now))
    return found


def _since_work(person: Staff, day: date) -> timedelta:
    """Back to the last day on which he worked: after a weekend, what broke on Friday evening is news too."""
    back = next((n for n in range(1, _AHEAD) if works_on(person, day - n * _DAY)), 1)
    return back * _DAY


def _claim(now: datetime) -> list[DigestMail]:
    with transaction.atomic(durable=True):
        due = DigestMail.objects.select_for_update(skip_locked=True).filter(
            state=DigestState.PENDING, retry_at__lte=now
        )
        ids = list(due.order_by("retry_at").values_list("pk", flat=True)[:_AT_ONCE])
        DigestMail.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, retry_at=now + LEASE)
    return list(DigestMail.objects.filter(pk__in=ids).select_related("staff").order_by("pk"))


def _send(row: DigestMail, now: datetime) -> int:
    person = row.staff
    language = rules.at(revisions.current()).of(person.pk).language
    digest = digest_words.of(person, since=row.since, now=now, site=str(settings.YINGNUO.address), language=language)
    if digest is None or not person.email or not person.active:
        _settle(row, DigestState.EMPTY)
        return 0
    host = outlets.mail_address().rpartition("@")[2] or "localhost"
    out = Outgoing(
        key=f"digest-{person.pk}-{row.day:%Y%m%d}", to=person.email, subject=digest.subject, text=digest.text,
        html=digest.html, message_id=f"<digest-{person.pk}-{row.day:%Y%m%d}@{host}>", automatic=True,
    )  # fmt: skip
    try:
        outlets.mail().send(out)
    except ChannelError as error:
        _again(row, error, now)
        return 0
    _settle(row, DigestState.SENT)
    return 1


def _settle(row: DigestMail, state: str, problem: str = "") -> None:
    DigestMail.objects.filter(pk=row.pk).update(state=state, retry_at=None, problem=problem)


def _again(row: DigestMail, error: ChannelError, now: datetime) -> None:
    """Some times within the morning; then it has failed, and stands so on the person's page."""
    _log.warning("digest.not_sent", staff=row.staff_id, problem=str(error)[:200])
    if error.permanent or row.attempts > len(RETRIES_S):
        _settle(row, DigestState.FAILED, str(error)[:200])
        return
    pause = max(error.after_s, RETRIES_S[min(row.attempts, len(RETRIES_S)) - 1])
    DigestMail.objects.filter(pk=row.pk).update(retry_at=now + timedelta(seconds=pause), problem=str(error)[:200])


def last_of(staff: int) -> DigestMail | None:
    """His last digest, and what became of it."""
    return DigestMail.objects.filter(staff_id=staff).order_by("-day").first()
