"""Does an administrator come from an empty installation to a promise, and nobody else?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tests import factories
from yingnuo.brands import books
from yingnuo.founding import invitations, offers, roll, services
from yingnuo.founding.models import Founding
from yingnuo.journey import beginnings
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.models import Role, Staff, Team
from yingnuo.people.roles import actor_for_staff
from yingnuo.promises import standards
from yingnuo.promises.models import CalendarVersion, Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> Staff:
    """The only account of an installation that has just been made."""
    revisions.forget()
    standards.forget()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kit_revision (number) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM kit_revision)")
    beginnings.prepare(now=instants.now())
    return factories.staff("root", role=Role.ADMIN)


@pytest.fixture
def admin(root: Staff) -> Client:
    return factories.sign_in(Client(), root)


def go(client: Client, step: str, **data: object) -> str:
    answer = client.post(f"/setup/{step}/", {"do": "go", **data})
    assert answer.status_code == 302, answer.content.decode()[-3_000:]
    return str(answer.headers["Location"])


def test_the_first_sign_in_leads_to_the_first_step(admin: Client) -> None:
    assert admin.get("/").headers["Location"] == "/setup/"
    assert admin.get("/setup/").headers["Location"] == "/setup/house/"
    for step in services.STEPS:
        assert admin.get(f"/setup/{step}/").status_code == 200


def test_the_whole_way_ends_with_a_promise(admin: Client, root: Staff) -> None:
    assert go(admin, "house", name="Harbour Machines", country="TW") == "/setup/hours/"
    assert go(admin, "hours", hours="6x10") == "/setup/standard/"
    assert go(admin, "standard", standard="quick") == "/setup/people/"
    page = admin.post("/setup/people/", {"do": "go", "people": "Li Na, lina@co.example, lead, Repairs", "how": "print"})
    assert "lina" in page.content.decode()
    assert go(admin, "ways") == "/setup/ticket/"
    go(admin, "ticket")
    ticket = Ticket.objects.get()
    promise = Promise.objects.get(ticket=ticket, milestone="first_response")
    assert promise.due_at is not None
    assert ticket.number in admin.get("/setup/ticket/").content.decode()
    assert admin.get("/setup/").headers["Location"] == "/setup/done/"
    assert admin.post("/setup/done/").headers["Location"] == "/tickets/"
    assert admin.get("/").headers["Location"] != "/setup/"
    root.refresh_from_db()
    assert (root.language, root.time_zone) == ("zh-hant", "Asia/Taipei")
    assert books.now().default.name("zh-hant") == "Harbour Machines"


def test_the_try_out_opens_one_ticket_however_often_it_is_asked(admin: Client) -> None:
    go(admin, "ticket")
    go(admin, "ticket")
    assert Ticket.objects.count() == 1


def test_hours_carry_zone_and_holidays_of_the_country(admin: Client) -> None:
    go(admin, "house", name="Harbour", country="CN")
    go(admin, "hours", hours="5x8")
    spec = CalendarVersion.objects.filter(calendar__code="office").latest("number").spec
    assert spec["timezone"] == "Asia/Shanghai"
    assert spec["public_holidays"]["country"] == "CN"
    assert spec["weekly"]["fri"] == [["09:00", "12:00"], ["13:00", "18:00"]]


def test_every_ready_made_offer_is_right_in_every_country(root: Staff) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    for code in offers.HOURS:
        for country, place in services.PLACES.items():
            standards.compile_calendar(offers.calendar(code, zone=place.zone, country=country, now=now))
    answers = [offers.gets(code)[0].answer_s for code in ("calm", "usual", "quick")]
    assert answers == [1_800, 900, 480]


def test_people_with_first_passwords_can_sign_in_and_teams_are_made(admin: Client) -> None:
    text = "姓名\t邮箱\n李娜\tlina@co.example\t主管\nWang Wei <wang@co.example>, agent, Repairs"
    table = SimpleUploadedFile("people.csv", "Zhao,zhao@co.example\n".encode("gb18030"))
    page = admin.post("/setup/people/", {"do": "go", "people": text, "file": table, "how": "print"}).content.decode()
    assert set(Staff.objects.exclude(username="root").values_list("username", flat=True)) == {"lina", "wang", "zhao"}
    assert Staff.objects.get(username="wang").team == Team.objects.get(name="Repairs")
    assert Team.objects.get(code="front").lead == Staff.objects.get(username="lina")
    password = next(word for word in page.split('data-copy="')[1:]).partition('"')[0]
    assert Staff.objects.get(username="lina").check_password(password)


def test_a_wrong_line_is_named_and_nobody_is_hired(admin: Client) -> None:
    answer = admin.post("/setup/people/", {"do": "go", "people": "Li Na, lina@co.example\nWang", "how": "print"})
    assert answer.status_code == 422
    assert "line 2" in answer.content.decode()
    assert Staff.objects.count() == 1


def test_a_list_is_read_however_it_was_copied() -> None:
    people, wrong = roll.read("a@b.example\n\nB, a@b.example\nC; a@c.example; 经理", taken=["x"])
    assert [(p.name, p.username, p.role) for p in people] == [("a", "a", "agent"), ("C", "a@c.example", "manager")]
    assert [w.line for w in wrong] == [3]
    assert roll.read("Me, x@y.example", taken=["x"])[0][0].username == "x@y.example"


def test_steps_can_be_left_out_and_the_whole_put_off(admin: Client, root: Staff) -> None:
    admin.post("/setup/house/", {"do": "skip"})
    assert admin.get("/setup/").headers["Location"] == "/setup/hours/"
    assert admin.post("/setup/later").headers["Location"] == "/settings/"
    assert admin.get("/").headers["Location"] != "/setup/"
    assert "/setup/hours/" in admin.get("/settings/").content.decode()
    assert Event.objects.filter(code="setup.step", params__skipped=1).count() == 1


def test_only_administrators_are_led_and_may(admin: Client, root: Staff) -> None:
    bo = factories.staff("bo", role=Role.MANAGER)
    client = factories.sign_in(Client(), bo)
    assert client.get("/setup/house/").status_code == 403
    assert client.post("/setup/house/", {"name": "X", "country": "CN"}).status_code == 403
    with pytest.raises(NotAllowed):
        services.set_hours(actor_for_staff(bo), code="7x24", now=instants.now())
    assert not Founding.objects.exists()


def test_nobody_is_led_where_tickets_are(root: Staff) -> None:
    assert services.leads(actor_for_staff(root))
    Ticket.objects.create(
        subject="E3", via="portal", contact=factories.customer(), created_at=instants.now(), updated_at=instants.now()
    )
    assert not services.leads(actor_for_staff(root))


def test_an_invitation_is_good_once(root: Staff) -> None:
    person = factories.staff("lina")
    token = invitations.token(person)
    page = Client().get(f"/join/{token}/")
    assert page.status_code == 200
    assert Client().post(f"/join/{token}/", {"password": "1234"}).status_code == 422
    assert Client().post(f"/join/{token}/", {"password": "harbour-light-27"}).headers["Location"] == "/login/"
    person.refresh_from_db()
    assert person.check_password("harbour-light-27")
    assert Client().get(f"/join/{token}/").status_code == 404
    with pytest.raises(NotFound):
        invitations.invited("1.forged")
