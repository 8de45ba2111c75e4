"""Does the demonstration go whole, whoever is killed on the way, and does what people made since stay?"""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from yingnuo.channels import accept
from yingnuo.channels.models import ChannelKind
from yingnuo.demo import dropping, leaving, marks, removal, services
from yingnuo.demo.leaving import Account
from yingnuo.demo.models import Demonstration
from yingnuo.journey import intake
from yingnuo.journey.incoming import Incoming
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event, Seal
from yingnuo.people.models import Company, Contact, Role, Staff, Team
from yingnuo.people.roles import SYSTEM, Actor, actor_for_staff
from yingnuo.tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db
MINE = Account("mei", "Mei", "mei@company.example", "harbour-light-27")
# What `beginnings.prepare` makes anew where the demonstration took it away, and what tells of the removal.
MADE_ANEW = {
    "people_department", "people_team", "routing_rule", "ledger_event", "promises_calendar", "promises_calendarversion",
    "promises_policy", "promises_policyversion", "channels_channel",
}  # fmt: skip


def _left() -> dict[str, int]:
    """How many rows are left in each table of those that came with the demonstration, or since."""
    found = {}
    for model in marks.tables():
        if n := len(dropping.of(model, f"{model._meta.pk.column} > %s", [BEFORE[model._meta.db_table]])):
            found[model._meta.db_table] = n
    return found


BEFORE: dict[str, int] = {}


@pytest.fixture
def marked(demo: datetime) -> Demonstration:
    row = Demonstration.objects.get()
    BEFORE.update(marks.highest())  # of tables that it brought nothing into
    BEFORE.update({table: low for table, (low, _high) in row.marks.items()})
    return row


def _admin() -> Staff:
    return Staff.objects.get(username="admin")


def _gone() -> None:
    assert removal.carry_on()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing that is left points to what is gone


def test_it_marks_what_it_brings(marked: Demonstration) -> None:
    low, high = marked.marks["tickets_ticket"]
    assert low < Ticket.objects.earliest("pk").pk <= Ticket.objects.latest("pk").pk <= high


def test_nothing_of_it_is_left(marked: Demonstration) -> None:
    staff = leaving.begin(actor_for_staff(_admin()), account=MINE, now=marked.at)
    assert staff is not None
    _gone()
    left = _left()
    assert left.pop("people_staff") == 1
    assert left.keys() <= MADE_ANEW, left
    assert not Ticket.objects.exists()
    assert list(Team.objects.values_list("code", flat=True)) == ["front"]
    assert removal.there() is None


def test_the_account_that_removes_it_stays_as_his_own(marked: Demonstration) -> None:
    admin = _admin()
    with pytest.raises(Invalid):
        leaving.begin(actor_for_staff(admin), now=marked.at)
    leaving.begin(actor_for_staff(admin), account=MINE, now=marked.at)
    _gone()
    kept = Staff.objects.get()
    assert (kept.pk, kept.username, kept.role, kept.team) == (admin.pk, "mei", Role.ADMIN, None)
    assert kept.check_password(MINE.password)


def test_one_row_tells_of_it_and_the_seals_begin_anew(marked: Demonstration) -> None:
    leaving.begin(actor_for_staff(_admin()), account=MINE, now=marked.at)
    count = Ticket.objects.count()
    _gone()
    event = Event.objects.get(code="demo.removed")
    assert (event.actor_kind, event.actor_id, event.params) == (
        "staff",
        Staff.objects.get().pk,
        {"count": count, "kept": 0},
    )
    assert not Seal.objects.exists()
    assert not Event.objects.filter(ticket_id__isnull=False).exists()


def test_what_people_made_since_stays(marked: Demonstration) -> None:
    now = marked.at
    real = factories.staff("real", role=Role.ADMIN, team=Team.objects.order_by("pk").first())
    stranger = _asks(None, SYSTEM, now)
    customer = Contact.objects.filter(company__isnull=False).order_by("pk")[0]
    by_real = _asks(customer, actor_for_staff(real), now)
    by_simulator = _asks(customer, SYSTEM, now)
    seen = leaving.outlook(actor_for_staff(real))
    assert (seen.kept_tickets, seen.kept_staff, seen.own) == (2, 1, False)
    leaving.begin(actor_for_staff(real), now=now)
    _gone()
    assert set(Ticket.objects.values_list("pk", flat=True)) == {stranger, by_real}
    assert by_simulator not in {stranger, by_real}
    assert Company.objects.filter(pk=customer.company_id).exists()
    assert Contact.objects.count() == seen.kept_customers
    assert Staff.objects.get().team_id == real.team_id
    assert Event.objects.filter(ticket_id=by_real, code="ticket.opened").exists()


def _asks(contact: Contact | None, actor: Actor, now: datetime) -> int:
    raw = accept.draft(accept.built_in(ChannelKind.PORTAL), content=b"E3", received_at=now)
    given = factories.arrival(at=now, sender_name="New", sender_address="new@company.example")
    [taken] = intake.take(actor, via="portal", incoming=[Incoming(raw, given, contact)], now=now)
    return taken.ticket or 0


def test_a_killed_worker_loses_a_piece_and_the_next_one_goes_on(
    marked: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "PIECE", 20)
    leaving.begin(actor_for_staff(_admin()), account=MINE, now=marked.at)
    total, pieces = Ticket.objects.count(), iter(range(3))
    real = removal.drop

    def killed(model: dropping.Model, ids: list[int]) -> None:
        real(model, ids)
        if model is Ticket and next(pieces, None) is None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(removal, "drop", killed)
        with pytest.raises(KeyboardInterrupt):
            removal.carry_on()
    row = Demonstration.objects.get()
    assert (row.doomed, row.gone, Ticket.objects.count()) == (total, 60, total - 60)
    assert services.beat(now=marked.at) is False  # nothing moves in it meanwhile
    _gone()
    assert not Ticket.objects.exists()


def test_files_go_unless_something_that_stays_names_them(marked: Demonstration) -> None:
    from_demo = Attachment.objects.filter(path__isnull=False).first()
    leaving.begin(actor_for_staff(_admin()), account=MINE, now=marked.at)
    _gone()
    assert from_demo is not None
    assert not Attachment.objects.exists()
    assert not from_demo.path or not removal.default_storage.exists(from_demo.path)


def test_only_administrators_may_and_once(marked: Demonstration) -> None:
    lead = actor_for_staff(Staff.objects.get(username="manager"))
    with pytest.raises(NotAllowed):
        leaving.begin(lead, now=marked.at)
    assert Demonstration.objects.get().removing_at is None
    leaving.begin(SYSTEM, now=marked.at)
    with pytest.raises(Conflict):
        leaving.begin(SYSTEM, now=marked.at)


def test_one_that_was_not_marked_is_refused(marked: Demonstration) -> None:
    Demonstration.objects.update(marks={})
    with pytest.raises(Conflict):
        leaving.begin(SYSTEM, now=marked.at)
    Demonstration.objects.all().delete()
    with pytest.raises(NotFound):
        leaving.begin(SYSTEM, now=marked.at)


def test_the_page_says_what_goes_and_asks_for_the_word(marked: Demonstration) -> None:
    client = factories.sign_in(Client(), _admin())
    assert "/demo/removal/" in client.get("/demo/removal/card").content.decode()
    given = {"word": "yes", "username": "mei", "name": "Mei", "password": MINE.password}
    assert client.post("/demo/removal/", given).status_code == 422
    assert Demonstration.objects.get().removing_at is None
    word = {"HTTP_ACCEPT_LANGUAGE": "en"}
    Staff.objects.filter(username="admin").update(language="en")
    answer = client.post("/demo/removal/", {**given, "word": "Remove the demonstration"}, **word)
    assert answer.status_code == 302
    assert "tickets are gone" in client.get("/demo/removal/", **word).content.decode()  # still signed in
    assert client.get("/demo/removal/progress").status_code == 200
    _gone()
    assert client.get("/demo/removal/progress").headers["HX-Redirect"] == "/setup/"
    assert client.get("/").headers["Location"] == "/setup/"


def test_others_see_nothing_of_it(marked: Demonstration) -> None:
    client = factories.sign_in(Client(), Staff.objects.get(username="manager"))
    assert client.get("/demo/removal/card").content == b""
    assert client.get("/demo/removal/").status_code == 403
