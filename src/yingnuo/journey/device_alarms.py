"""How does an alarm reach people: one ticket, and not five hundred?

A fresh alarm opens a ticket, joins the one that its machine has open already, or the one of a storm. What follows is
told in the story of that ticket: that it came again, how often it was told, that it is over. A worker takes what is due
under a lease; a ticket is opened under the alarm's own raw row, so that being killed half-way opens none twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import override

from yingnuo.approvals import guards
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import Channel, Raw
from yingnuo.devices import storms, taking, turning, wording
from yingnuo.devices.models import Alarm, AlarmRule, Device, Severity, Storm
from yingnuo.engine.alarm_course import URGENCY
from yingnuo.journey import closing, intake, reactions, upkeep, work
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import live
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import services as people
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM
from yingnuo.people.services import Caller
from yingnuo.promises import services as promises
from yingnuo.tickets import queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import OPEN_STATUSES, Author, Kind, Message, Status, Ticket, Via

LEASE = timedelta(seconds=20)  # whoever is killed holds alarms back for no longer
_JOINS = timedelta(hours=24)  # a ticket whose alarms have been over for longer is another matter
_BY_URGENCY = ("general", "important", "urgent")
_WITH = ("device__channel", "device__contact", "device__company", "rule", "storm")


def tell_due(*, most: int = 50, now: datetime) -> int:
    """Tells what is due; how many alarms were looked at."""
    ids = _claim(most, now)
    for pk in ids:
        alarm = Alarm.objects.select_related(*_WITH).get(pk=pk)
        if alarm.tell_at is not None:  # a storm told of it meanwhile
            _tell(alarm, now)
    return len(ids)


def _claim(most: int, now: datetime) -> list[int]:
    with transaction.atomic(durable=True):
        due = Alarm.objects.select_for_update(skip_locked=True).filter(tell_at__lte=Now()).order_by("tell_at", "pk")
        ids = list(due.values_list("pk", flat=True)[:most])
        Alarm.objects.filter(pk__in=ids).update(tell_at=now + LEASE)
    return ids


def _tell(alarm: Alarm, now: datetime) -> None:
    if alarm.severity == Severity.INFO:
        Alarm.objects.filter(pk=alarm.pk).update(told=alarm.state, tell_at=None)
    elif alarm.told:
        _go_on(alarm.pk, now)
    else:
        _begin(alarm, now)


def _begin(alarm: Alarm, now: datetime) -> None:
    """Finds or opens its ticket."""
    storm = _storm(alarm, now)
    if storm is not None:
        return
    ticket = _open_ticket_of(alarm.device_id, now)
    if ticket is None:
        ticket = _opened(alarm, now)
    _link(alarm.pk, ticket, now)
    _go_on(alarm.pk, now)


def _open_ticket_of(device: int, now: datetime) -> int | None:
    """The ticket that the machine's alarms have open already."""
    rows = Alarm.objects.filter(
        device=device, ticket__status__in=OPEN_STATUSES, ticket__merged_into=None, storm=None
    ).exclude(told="")
    recent = rows.filter(cleared_at=None) | rows.filter(cleared_at__gte=now - _JOINS)
    return recent.order_by("-pk").values_list("ticket_id", flat=True).first()


def _opened(alarm: Alarm, now: datetime) -> int:
    device, book = alarm.device, taking.book_now()
    contact = _contact(device, now)
    with override(contact.language):
        subject, text = wording.subject(alarm, device, book), wording.report(alarm, device, book)
    arrival = _arrival(f"alarm:{alarm.pk}", alarm, subject, text)
    return _take(device.channel, arrival, contact, now)


def _arrival(key: str, alarm: Alarm, subject: str, text: str) -> Arrival:
    device = alarm.device
    return Arrival(
        external_id=key, received_at=alarm.recorded_at, subject=subject, text=text, ticket_kind=Kind.FAULT,
        urgency=URGENCY[alarm.severity], product_line=device.product_line,
        region=device.company.region.code if device.company and device.company.region else "",
    )  # fmt: skip


def _take(channel: Channel, arrival: Arrival, contact: Contact, now: datetime) -> int:
    """The ticket of this arrival, opened now or before we were killed."""
    raw = accept.draft(channel, content=b"", key=arrival.external_id, received_at=arrival.received_at)
    known = Raw.objects.filter(channel=channel, key=raw.key, ticket__isnull=False).first()
    if known is not None:
        return known.ticket_id or 0
    try:
        [taken] = intake.take(SYSTEM, via=Via.IOT, incoming=[Incoming(raw, arrival, contact)], now=now)
    except IntegrityError as error:
        if "raw_once" not in str(error):
            raise
        return Raw.objects.get(channel=channel, key=raw.key).ticket_id or 0  # another worker was quicker
    return taken.ticket or 0


def _contact(device: Device, now: datetime) -> Contact:
    """Whose machine it is; one that is nobody's speaks for itself."""
    if device.contact is not None:
        return device.contact
    owner = Contact.objects.filter(company=device.company_id).order_by("pk").first() if device.company_id else None
    return owner or _speaks_for_itself(device.channel, device.identity, str(device), now)


def _speaks_for_itself(channel: Channel, identity: str, name: str, now: datetime) -> Contact:
    caller = Caller(name=name, handle=f"device:{channel.code}:{identity}")
    with transaction.atomic():
        [contact] = people.recognise([caller], now=now)
    return contact


def _link(pk: int, ticket: int, now: datetime) -> None:
    """The alarm belongs to the ticket from now on, which becomes as urgent as it."""
    with work.unit():
        row = queries.lock_for(SYSTEM, ticket, may="ticket.note")
        alarm = Alarm.objects.select_for_update(of=("self",)).select_related(*_WITH).get(pk=pk)
        if alarm.told:
            return
        Alarm.objects.filter(pk=pk).update(ticket=row, told="open", noted=alarm.count)
        ledger.record(SYSTEM, [_entry(Code.DEVICE_ALARM, row.pk, alarm)], now=now)
        _as_urgent(row, alarm, now)
        reactions.changed([row.pk])


def _as_urgent(row: Ticket, alarm: Alarm, now: datetime) -> None:
    wanted = URGENCY[alarm.severity]
    if _BY_URGENCY.index(wanted) > _BY_URGENCY.index(row.urgency):
        tickets.change(SYSTEM, ticket=row, facts={"urgency": wanted}, now=now)
        promises.rederived(SYSTEM, ticket=row, now=now)


def _go_on(pk: int, now: datetime) -> None:
    """What its ticket does not know yet: that it came again, how often, that it is over."""
    with work.unit():
        known = Alarm.objects.filter(pk=pk).values_list("ticket", flat=True).first()
        row = _home(known) if known else None  # tickets are locked before alarms, here as everywhere
        alarm = Alarm.objects.select_for_update(of=("self",)).select_related(*_WITH).get(pk=pk)
        Alarm.objects.filter(pk=pk).update(tell_at=None, told=alarm.state, noted=alarm.count)
        if row is None or (alarm.storm is not None and alarm.storm.ended_at is None):
            return  # erased, or told of by its storm as a whole
        _say(row, alarm, now)
        reactions.changed([row.pk])


def _say(row: Ticket, alarm: Alarm, now: datetime) -> None:
    if alarm.state == "over":
        if alarm.told != "over":
            _over(row, alarm, now)
    elif alarm.told == "over":
        _again(row, alarm, now)
    elif turning.worth_a_note(alarm):
        entry = _entry(Code.DEVICE_ALARM_REPEATED, row.pk, alarm, count=alarm.count)
        ledger.record(SYSTEM, [entry], now=now)


def _home(ticket: int) -> Ticket:
    """The ticket, or the one that it was merged into, locked."""
    row = queries.lock_for(SYSTEM, ticket, may="ticket.note")
    while row.merged_into_id:
        row = queries.lock_for(SYSTEM, row.merged_into_id, may="ticket.note")
    return row


def _over(row: Ticket, alarm: Alarm, now: datetime) -> None:
    span = round(((alarm.cleared_at or now) - alarm.opened_at).total_seconds())
    more = {"seconds": span, "count": alarm.count}
    ledger.record(SYSTEM, [_entry(Code.DEVICE_ALARM_OVER, row.pk, alarm, **more)], now=now)
    others = Alarm.objects.filter(ticket=row, cleared_at=None).exclude(pk=alarm.pk).exists()
    free = not others and _untouched(row) and guards.may_be_resolved(row)
    if alarm.rule is not None and alarm.rule.resolves and free:
        closing.resolve_locked(SYSTEM, ticket=row, at=now, now=now)
        reactions.freed(row)


def _untouched(row: Ticket) -> bool:
    """Nobody has answered yet: whoever has begun to care also ends it."""
    return row.is_open and not Message.objects.filter(ticket=row, author=Author.STAFF).exists()


def _again(row: Ticket, alarm: Alarm, now: datetime) -> None:
    ledger.record(SYSTEM, [_entry(Code.DEVICE_ALARM_AGAIN, row.pk, alarm, count=alarm.count)], now=now)
    if row.status in (Status.RESOLVED, Status.CLOSED):
        closing.reopen_locked(SYSTEM, ticket=row, at=now, now=now)


def _entry(code: Code, ticket: int, alarm: Alarm, **more: int) -> Entry:
    device = alarm.device
    params: dict[str, str | int | float | None] = {
        "alarm": alarm.pk, "device": device.pk, "name": str(device), "rule": alarm.name, "code": alarm.code,
        "line": device.product_line, "value": alarm.value,
    }  # fmt: skip
    return Entry(code, ticket, f"alarm:{alarm.pk}", {**params, **more})


# many machines at once


def _storm(alarm: Alarm, now: datetime) -> Storm | None:
    """The storm that the alarm belongs to, told of; None where it is a matter of its own."""
    rule, key = alarm.rule, storms.key_of(alarm)
    if rule is None or not key:
        return None
    found = storms.fellows(alarm, rule)
    with transaction.atomic(durable=True):
        storm = storms.going_on([key]).get(key)
        if storm is None and not storms.is_storm(found, rule):
            return None
        storm = storm or _new_storm(key, alarm, rule)
        mine = Alarm.objects.filter(pk__in=[a.pk for a in found] or [alarm.pk], storm=None)
        mine.update(storm=storm)
        Storm.objects.filter(pk=storm.pk).update(last_at=now)
    _tell_storm(storm, found or [alarm], now)
    return storm


def _new_storm(key: str, alarm: Alarm, rule: AlarmRule) -> Storm:
    place = storms.place_of(alarm.device, rule.storm_by)[:160]
    first, at = alarm.device.channel, alarm.recorded_at
    try:
        with transaction.atomic():
            return Storm.objects.create(key=key, channel=first, place=place, began_at=at, last_at=at)
    except IntegrityError:
        return storms.going_on([key])[key]  # another worker was quicker


def _tell_storm(storm: Storm, found: Sequence[Alarm], now: datetime) -> None:
    ticket = _storm_ticket(storm, found, now)
    alone = sorted({a.ticket_id for a in found if a.ticket_id and a.ticket_id != ticket})
    for other in alone:
        _fold_in(ticket, other, now)
    with work.unit():
        row = _home(ticket)
        alarms = Alarm.objects.filter(storm=storm)
        joined = alarms.exclude(ticket=row) | alarms.filter(ticket=None)
        joined.update(ticket=row)
        alarms.filter(pk__in=[a.pk for a in found]).update(told="open", tell_at=None)
        alarms.exclude(cleared_at=None).update(told="over")
        count = alarms.values("device").distinct().count()
        params: dict[str, str | int] = {"storm": storm.pk, "count": count, "place": storm.place}
        ledger.record(SYSTEM, [Entry(Code.DEVICE_STORM, row.pk, f"storm:{storm.pk}", params)], now=now)
        for alarm in found:
            _as_urgent(row, alarm, now)
        reactions.changed([row.pk])


def _storm_ticket(storm: Storm, found: Sequence[Alarm], now: datetime) -> int:
    if storm.ticket_id:
        return storm.ticket_id
    first, book = found[0], taking.book_now()
    contact = _of_all(found, storm, now)
    count = len({a.device_id for a in found})
    with override(contact.language):
        subject = wording.storm_subject(first, storm.place, count, book)
        text = wording.storm_report(found, book)
    ticket = _take(first.device.channel, _arrival(f"storm:{storm.pk}", first, subject, text), contact, now)
    with transaction.atomic(durable=True):
        Storm.objects.filter(pk=storm.pk, ticket=None).update(ticket=ticket)
    return ticket


def _of_all(found: Sequence[Alarm], storm: Storm, now: datetime) -> Contact:
    """Whose matter it is: the owner of all of them, else nobody's but ours."""
    owners = {alarm.device.contact_id for alarm in found}
    companies = {alarm.device.company_id for alarm in found}
    if (len(owners) == 1 and None not in owners) or (len(companies) == 1 and None not in companies):
        return _contact(found[0].device, now)
    return _speaks_for_itself(storm.channel, f"storm-{storm.pk}", storm.place or storm.channel.name, now)


def _fold_in(ticket: int, other: int, now: datetime) -> None:
    """A ticket that one of the machines got before we knew of the others, when nobody has cared for it yet."""
    row = Ticket.objects.get(pk=other)
    if row.merged_into_id is None and _untouched(row):
        upkeep.merge(SYSTEM, ticket_id=ticket, absorb_id=other, customers="several", now=now)


def end_storms(*, now: datetime) -> int:
    """Storms that have come to rest end, with a word in their ticket."""
    ids = list(storms.ending(now=now).values_list("pk", flat=True)[:50])
    for pk in ids:
        with work.unit():
            storm = storms.ending(now=now).select_for_update(skip_locked=True).filter(pk=pk).first()
            if storm is not None:
                _end(storm, now)
    return len(ids)


def _end(storm: Storm, now: datetime) -> None:
    storm.ended_at = now
    storm.save(update_fields=["ended_at"])
    if storm.ticket_id:
        params = {"storm": storm.pk, "count": storm.alarms.count()}
        ledger.record(SYSTEM, [Entry(Code.DEVICE_STORM_OVER, storm.ticket_id, f"storm:{storm.pk}", params)], now=now)
        live.publish(f"ticket:{storm.ticket_id}", storm.ticket_id)
