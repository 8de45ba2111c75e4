"""Who and what do tests begin with? One small company, four people, tickets that came in by the front door.

    house = factories.house()
    ticket = factories.ticket(house, text="It is on fire", urgency="urgent", agent=house.alice)
    factories.sign_in(client, house.alice)

Nobody is online, so that a ticket stays where a test puts it; it comes to the front team by the only rule there is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.test import Client

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, File
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.channels.sms_models import Basis
from yingnuo.journey import intake, upkeep
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants, revisions
from yingnuo.people import accounts, wording
from yingnuo.people.models import Company, Contact, Department, PresenceReason, Region, Role, Staff, Team
from yingnuo.people.roles import SYSTEM, Actor, actor_for_contact, actor_for_staff
from yingnuo.promises import standards, versions
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import ProductLine, Ticket
from yingnuo.writing.models import Habit

PASSWORD = "correct-horse-battery"
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, an ordinary working day


@dataclass(frozen=True, slots=True)
class House:
    """The company of the tests. Alice and Bo are in the front team, Eve in the technicians', Dee is a stranger."""

    alice: Staff  # agent of the front team
    bo: Staff  # its lead
    dee: Staff  # agent of another team
    eve: Staff  # technician, tier 2
    mia: Staff  # manager
    root: Staff  # administrator
    chen: Contact  # customer, gold
    wang: Contact  # customer without a company
    service: Department
    front: Team
    technicians: Team
    strangers: Team


def house(*, now: datetime | None = None) -> House:
    """The whole company, default pack installed. Books and compiled standards of earlier tests are forgotten."""
    at = now or instants.now()
    _begin_anew()
    shanghai = Region.objects.create(code="shanghai", name="Shanghai")
    service = Department.objects.create(code="service", name="Service", kinds=["fault", "complaint"])
    elsewhere = Department.objects.create(code="elsewhere", name="Elsewhere")
    front = Team.objects.create(code="front", name="Front line", department=service, region=shanghai)
    technicians = Team.objects.create(code="technicians", name="Technicians", department=service, tier=2)
    strangers = Team.objects.create(code="strangers", name="Strangers", department=elsewhere)
    bo = staff("bo", role=Role.LEAD, team=front)
    mia = staff("mia", role=Role.MANAGER, team=front)
    Team.objects.filter(pk__in=[front.pk, technicians.pk]).update(lead=bo)
    Department.objects.filter(pk=service.pk).update(head=mia)
    company = Company.objects.create(name="Harbour Laundry", tier="gold", region=shanghai, domain="harbour.example")
    ProductLine.objects.create(code="washer", name="Washing machines")
    Rule.objects.create(position=1, name="All to the front", team=front)
    versions.install_pack(SYSTEM, now=at)
    for code, state in (("training", "away"), ("meal", "break")):  # others have flushed those of the migration
        PresenceReason.objects.get_or_create(code=code, defaults={"presence": state, "zh": code, "en": code.title()})
    revisions.bump()
    return House(
        alice=staff("alice", team=front), bo=bo, dee=staff("dee", team=strangers), eve=staff("eve", team=technicians),
        mia=mia, root=staff("root", role=Role.ADMIN),
        chen=customer("Chen", email="chen@harbour.example", phone="+8613800002210", company=company, tier="gold"),
        wang=customer("Wang", email="wang@example.com"),
        service=service, front=front, technicians=technicians, strangers=strangers,
    )  # fmt: skip


def _begin_anew() -> None:
    """Rolled-back rows must not live on in memory, and a flushed database has lost its revision."""
    revisions.forget()
    standards.forget()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kit_revision (number) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM kit_revision)")


def staff(username: str, *, team: Team | None = None, role: str = Role.AGENT, **more: object) -> Staff:
    """A member of staff whose password is PASSWORD, reading English in UTC; his replies leave at once."""
    values = {"name": username.title(), "email": f"{username}@yingnuo.example", "phone": "+8613900000001"}
    person = Staff(username=username, role=role, team=team, language="en", time_zone="UTC", **(values | more))
    person.set_password(PASSWORD)
    person.save()
    Habit.objects.create(staff=person, hold=0)
    return person


def lawful(channel: Channel) -> Channel:
    """The channel with its lawful basis on record: its provider is abroad."""
    Basis.objects.create(channel=channel, ground="out_of_scope", text="Customers abroad only.", at=MONDAY)
    return channel


def customer(name: str = "Zhou", *, now: datetime | None = None, **more: object) -> Contact:
    """A customer who reads English."""
    row = Contact.objects.create(name=name, created_at=now or instants.now(), **({"language": "en"} | more))
    wording.keep([row])
    return row


def arrival(text: str = "It shows E3 and stops.", *, at: datetime | None = None, **more: object) -> Arrival:
    """Something a customer says, through whatever channel."""
    values: dict[str, object] = {"external_id": uuid.uuid4().hex, "received_at": at or instants.now(), "text": text}
    return Arrival(**(values | more))  # type: ignore[arg-type]


def ticket(
    house: House, *, contact: Contact | None = None, subject: str = "Washing machine shows E3",
    text: str = "It shows E3 and stops. Please help.", via: str = "mail", kind: str = "", urgency: str = "",
    team: Team | None = None, agent: Staff | None = None, at: datetime | None = None, files: tuple[File, ...] = (),
    **more: object,
) -> Ticket:  # fmt: skip
    """A ticket taken in through `journey.intake` at `at`, then given to `team` and `agent` where they are named."""
    now = at or instants.now()
    came = arrival(text, at=now, subject=subject, ticket_kind=kind, urgency=urgency, files=files, **more)
    taken = _take(came, contact or house.chen, via, now)
    if team or agent:
        owner = (team or (agent.team if agent else None)) or house.front
        upkeep.assign(SYSTEM, ticket_id=taken, team=owner.pk, agent=agent.pk if agent else None, now=now)
    return Ticket.objects.get(pk=taken)


def says(ticket: Ticket, text: str = "Any news?", *, at: datetime | None = None, **more: object) -> Ticket:
    """The customer of a ticket writes again."""
    now = at or instants.now()
    _take(arrival(text, at=now, **more), ticket.contact, ticket.via, now, continues=ticket.pk)
    return Ticket.objects.get(pk=ticket.pk)


def _take(came: Arrival, contact: Contact, via: str, now: datetime, continues: int | None = None) -> int:
    raw = accept.draft(accept.built_in(ChannelKind.API), content=came.text.encode(), received_at=now)
    [taken] = intake.take(SYSTEM, via=via, incoming=[Incoming(raw, came, contact, continues)], now=now)
    assert taken.ticket is not None
    return taken.ticket


def actor(person: Staff | Contact) -> Actor:
    """Who asks."""
    return actor_for_staff(person) if isinstance(person, Staff) else actor_for_contact(person)


def sign_in(client: Client, person: Staff) -> Client:
    """The client, signed in as this member of staff without the sign-in page."""
    client.force_login(person, backend=accounts.PATH)
    return client
