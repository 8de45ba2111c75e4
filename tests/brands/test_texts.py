"""Do automatic texts say what the company wrote, in the brand and the language, and never hold a mail back?"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.brands import books, services, texts
from yingnuo.brands.models import Text
from yingnuo.brands.services import BrandFacts
from yingnuo.channels import mail_words, outlets
from yingnuo.channels.contract import Outgoing
from yingnuo.journey import customer_links
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM, actor_for_staff
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
RECEIPT = "Dear {{ customer }}, see {{ url }} until {{ promise }}"


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def write(
    body: str, code: str = "receipt", brand: str = "", language: str = "en", number: int | None = None
) -> Text | None:
    return texts.save(SYSTEM, brand=brand, code=code, language=language, body=body, number=number, now=instants.now())


def receipt(ticket: Ticket) -> str:
    return Message.objects.filter(ticket=ticket, author="system", public=True).latest("pk").text


def asked(house: House, **more: object) -> Ticket:
    return factories.ticket(house, via="mail", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", texts.KINDS)
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_shipped_text_can_be_filled_in(code: str, language: str) -> None:
    body = texts.shipped(code, language)
    assert texts.check(code, body) == ""
    values = {name: f"<{name}>" for name in texts.KINDS[code].variables}
    said = texts.wording.filled(body, values)
    assert all(f"<{name}>" in said for name in texts.KINDS[code].needs)


def test_a_receipt_tells_the_promise(house: House) -> None:
    ticket = asked(house, text="E3")
    assert "A person answers you by 20" in receipt(ticket)
    assert ticket.number in receipt(ticket)


def test_the_companys_own_words_count_and_the_brands_before_them(house: House) -> None:
    services.save(SYSTEM, code="aqua", facts=BrandFacts(en="Aqua", product_lines=("washer",)), new=True,
                  now=instants.now())  # fmt: skip
    write(RECEIPT)
    assert receipt(asked(house)).startswith("Dear Chen, see http")
    write("From {{ organisation }}: {{ url }}", brand="aqua")
    assert receipt(asked(house, product_line="washer")).startswith("From Aqua: http")
    assert receipt(asked(house)).startswith("Dear Chen")


def test_a_renewed_link_speaks_in_own_words(house: House) -> None:
    ticket = asked(house)
    write("New link for {{ number }}", code="link_renewed")
    customer_links.renew(SYSTEM, ticket_id=ticket.pk, now=instants.now())
    assert receipt(ticket) == f"New link for {ticket.number}"


def test_an_answer_stands_in_the_brands_frame(house: House) -> None:
    ticket = asked(house)
    write("Hello {{ customer }}!\n{{ text }}\n{{ url }}", code="reply")
    message = Message(ticket=ticket, author="staff", staff=house.alice, text="Clean the filter.", via="mail")
    books.now()
    assert mail_words.of_message(None, ticket, message).startswith("Hello Chen!\nClean the filter.\nhttp")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("a\nb {{ nme }} {{ url }}", "Line 2, character 6: there is no variable"),
        ("{% if false %}{{ secret }}{% endif %}{{ url }}", "there is no variable “secret”"),
        ("{{ url", "Line 1"),
        ("No link", "{{ url }}"),
    ],
)
def test_what_cannot_be_filled_in_is_refused_with_its_place(house: House, body: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        write(body)
    assert place in str(refused.value.fields["body"])
    assert not Text.objects.exists()


def test_every_version_is_kept_and_the_shipped_text_comes_back(house: House) -> None:
    assert write(RECEIPT, number=0) is not None
    assert write(RECEIPT, number=1) is None  # nothing changed
    assert write("", number=1) is not None
    assert [(v.number, bool(v.body)) for v in texts.versions("", "receipt", "en")] == [(2, False), (1, True)]
    assert books.now().text("", "receipt", "en") == ""
    with pytest.raises(Conflict):
        write("Late {{ url }}", number=1)
    params = {"brand": "", "text": "receipt", "language": "en", "version": 2}
    assert Event.objects.filter(code="text.changed").latest("pk").params == params


def test_the_page_previews_saves_shows_differences_and_restores(house: House) -> None:
    client = factories.sign_in(Client(), house.mia)
    at = "/settings/texts/default/receipt/en/"
    assert "We have received your request" in client.get(at).content.decode()
    look = client.post(at, {"do": "look", "body": "Hi {{ customer }}: {{ url }}", "number": 0}).content.decode()
    assert "Hi Ms Chen: http" in look
    assert not Text.objects.exists()
    assert client.post(at, {"do": "save", "body": "Hi {{ nme }} {{ url }}", "number": 0}).status_code == 422
    assert client.post(at, {"do": "save", "body": RECEIPT, "number": 0}).status_code == 302
    assert Text.objects.get().by == house.mia
    shown = client.get(f"{at}?version=1").content.decode()
    assert 'data-sign="+"' in shown
    assert "own words" in client.get("/settings/texts/").content.decode()
    assert client.post(at, {"do": "restore", "body": "", "number": 1}).status_code == 302
    assert texts.current("", "receipt", "en").body == ""  # type: ignore[union-attr]


def test_a_preview_with_a_ticket_is_only_for_who_may_see_it(house: House) -> None:
    ticket = asked(house, subject="Secret matter", text="E3")
    at = f"/settings/texts/default/receipt/en/?ticket={ticket.number}"
    assert "Secret matter" in factories.sign_in(Client(), house.mia).get(at).content.decode()
    stranger = factories.staff("lou", role="lead", team=house.strangers)
    assert "Secret matter" not in factories.sign_in(Client(), stranger).get(at).content.decode()


def test_a_test_goes_to_its_writer_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Outgoing] = []

    class Box:
        def send(self, out: Outgoing) -> str:
            sent.append(out)
            return "1"

    monkeypatch.setattr(outlets, "mail", lambda name="": Box())
    client = factories.sign_in(Client(), house.mia)
    client.post("/settings/texts/default/receipt/en/", {"do": "test", "body": RECEIPT, "number": 0})
    assert [(out.to, out.text.startswith("Dear Ms Chen")) for out in sent] == [(house.mia.email, True)]
    assert not Text.objects.exists()


def test_leads_read_and_change_nothing(house: House) -> None:
    with pytest.raises(NotAllowed):
        texts.save(actor_for_staff(house.bo), brand="", code="receipt", language="en", body=RECEIPT, now=instants.now())
    client = factories.sign_in(Client(), house.bo)
    assert client.get("/settings/texts/default/receipt/en/").status_code == 200
    assert client.post("/settings/texts/default/receipt/en/", {"do": "save", "body": RECEIPT}).status_code != 302
    assert not Text.objects.exists()
