"""Does a ticket belong to the brand it came by, and do its customers meet that brand everywhere?"""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.brands import books, services
from yingnuo.brands.models import Brand
from yingnuo.brands.services import BrandFacts
from yingnuo.channels import accept, mail_words, outlets, post
from yingnuo.channels.models import Channel, ChannelKind, Delivery, Raw
from yingnuo.journey import intake
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.people.roles import SYSTEM, actor_for_staff
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def brand(code: str = "aqua", **more: object) -> Brand:
    facts = {"en": "Aqua", "zh_hans": "清泉", "colour": "#0B62C9"} | more
    return services.save(SYSTEM, code=code, facts=BrandFacts(**facts), new=True, now=instants.now())  # type: ignore[arg-type]


def asked(house: House, *, brand: str = "", **more: object) -> Ticket:
    ticket = factories.ticket(house, **more)  # type: ignore[arg-type]
    assert ticket.brand == brand
    return ticket


def test_a_small_company_notices_nothing(house: House) -> None:
    ticket = asked(house, text="E3")
    assert links.promise_url(ticket).startswith("http://127.0.0.1")
    assert books.name_of("", "en") == books.FALLBACK


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        ({"product_lines": ("washer",)}, "aqua"),
        ({"regions": ("shanghai",)}, "aqua"),
        ({"product_lines": ("dryer",)}, ""),
    ],
)
def test_a_ticket_is_of_the_brand_that_claims_it(house: House, claim: dict[str, object], wanted: str) -> None:
    brand(**claim)
    asked(house, brand=wanted, product_line="washer", region="shanghai")


def test_a_way_in_weighs_more_than_a_product_line_and_the_order_decides(house: House) -> None:
    box = Channel.objects.create(code="box", name="Box", kind="mail", settings={"address": "a@aqua.example"})
    brand("line", product_lines=("washer",), position=0)
    brand("second", channels=(box.pk,), position=2)
    brand("first", channels=(box.pk,), position=1)
    book = books.now()
    assert book.chosen(channel=box.pk, product_line="washer", region="") == "first"
    assert book.chosen(channel=None, product_line="washer", region="") == "line"


def test_a_brand_out_of_use_or_gone_is_the_default_one(house: House) -> None:
    brand(product_lines=("washer",), active=False)
    assert books.now().chosen(channel=None, product_line="washer", region="") == ""
    services.remove(SYSTEM, code="aqua", now=instants.now())
    assert books.now().of("aqua").code == ""


def test_the_portal_of_a_brand_marks_its_requests_and_shows_its_colours(house: House) -> None:
    brand(footer="Aqua Ltd, 1 Quay")
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert client.get("/portal/of/nobody/").status_code == 404
    assert client.get("/portal/of/aqua/").headers["Location"] == "/portal/"
    page = client.get("/portal/").content.decode()
    assert "Aqua" in page
    assert "Aqua Ltd, 1 Quay" in page
    sheet = next(part for part in page.split('"') if part.endswith("colours.css"))
    css = client.get(sheet).content.decode()
    assert "#0b62c9" in css
    assert client.get("/portal/of/default/").status_code == 302
    assert "Aqua Ltd" not in client.get("/portal/").content.decode()
    assert books.contrast("#0b62c9", books.ink_on("#0b62c9")) >= 4.5


def test_a_request_on_a_brands_portal_is_its_own(house: House) -> None:
    brand()
    raw = factories.arrival("E3", sender_name="Chen", sender_address="chen@harbour.example")
    from_portal = Incoming(_raw(), raw, brand="aqua")
    [taken] = intake.take(SYSTEM, via="portal", incoming=[from_portal], now=instants.now())
    assert Ticket.objects.get(pk=taken.ticket).brand == "aqua"
    receipt = Message.objects.get(ticket=taken.ticket, author="system")
    assert "Its number is" in receipt.text


def _raw() -> Raw:
    return accept.draft(accept.built_in(ChannelKind.PORTAL), content=b"E3", received_at=instants.now())


def test_the_promise_page_and_its_link_are_the_tickets_brands(house: House) -> None:
    brand(product_lines=("washer",), host="help.aqua.example")
    ticket = asked(house, brand="aqua", product_line="washer")
    books.now()
    assert links.promise_url(ticket).startswith("http://help.aqua.example/portal/p/")
    page = Client(HTTP_ACCEPT_LANGUAGE="en").get(f"/portal/p/{links.promise_token(ticket)}/").content.decode()
    assert "· Aqua" in page


def test_mails_carry_signature_footer_sender_and_the_brands_mailbox(house: House) -> None:
    box = Channel.objects.create(code="box", name="Box", kind="mail", settings={"address": "a@aqua.example"})
    brand(product_lines=("washer",), channels=(box.pk,), sender="Aqua Care", signature="Your {{ organisation }} team",
          footer="Aqua Ltd")  # fmt: skip
    ticket = asked(house, brand="aqua", product_line="washer")
    message = Message.objects.create(
        ticket=ticket, author="staff", staff=house.alice, text="Done.", via="mail", at=instants.now(),
        recorded_at=instants.now(),
    )  # fmt: skip
    books.now()
    text = mail_words.of_message(None, ticket, message)
    assert "Your Aqua team" in text
    assert text.rstrip().endswith("Aqua Ltd")
    post.queue(ticket, message, automatic=False)
    assert Delivery.objects.get(message=message).channel == box
    assert outlets.mailbox_of_brand("") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("colour", "blue"), ("host", "no host"), ("host", "http://x.example"), ("sender", "a\nb"), ("en", "")],
)
def test_what_cannot_be_is_refused_and_nothing_changes(house: House, field: str, value: str) -> None:
    facts = {"en": "Aqua"} | {field: value}
    with pytest.raises(Invalid):
        services.save(SYSTEM, code="aqua", facts=BrandFacts(**facts), new=True, now=instants.now())
    assert not Brand.objects.exists()


def test_two_who_change_one_brand_do_not_overwrite_each_other(house: House) -> None:
    row = brand()
    services.save(SYSTEM, code="aqua", facts=BrandFacts(en="One"), version=row.version, now=instants.now())
    with pytest.raises(Conflict):
        services.save(SYSTEM, code="aqua", facts=BrandFacts(en="Two"), version=row.version, now=instants.now())
    assert Brand.objects.get().en == "One"


def test_a_logo_is_a_picture_by_its_own_bytes(house: House) -> None:
    brand()
    for data in (b"<svg onload='x'/>", b"GIF89a", PNG + b"0" * services.MOST_LOGO_BYTES):
        with pytest.raises(Invalid):
            services.set_logo(SYSTEM, code="aqua", data=data, now=instants.now())
    row = services.set_logo(SYSTEM, code="aqua", data=PNG, now=instants.now())
    answer = Client().get(f"/portal/brand/aqua/{row.version}/logo")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]


def test_the_settings_page_saves_shows_and_deletes(house: House) -> None:
    client = factories.sign_in(Client(), house.mia)
    logo = SimpleUploadedFile("logo.png", PNG)
    given = {
        "code": "aqua",
        "en": "Aqua",
        "colour": "#c90b62",
        "logo": logo,
        "product_lines": ["washer"],
        "active": "on",
        "position": 0,
    }
    answer = client.post("/settings/brands/new", given)
    assert answer.status_code == 302, answer.content.decode()[-2_000:]
    row = Brand.objects.get()
    assert (row.product_lines, row.colour, row.active, bool(row.logo)) == (["washer"], "#c90b62", True, True)
    page = client.get("/settings/brands/aqua/").content.decode()
    assert "/logo" in page
    assert "Washing machines" in client.get("/settings/brands/").content.decode()
    old = {"en": "Old", "version": row.version - 1}
    assert client.post("/settings/brands/aqua/", old).status_code == 422
    client.post("/settings/brands/aqua/delete")
    assert not Brand.objects.exists()


def test_the_default_brand_names_the_company(house: House) -> None:
    client = factories.sign_in(Client(), house.mia)
    assert client.post("/settings/brands/default/", {"en": "Harbour", "zh_hans": "海港"}).status_code == 302
    assert "海港" in Client(HTTP_ACCEPT_LANGUAGE="zh-hans").get("/portal/").content.decode()
    assert Brand.objects.get().active


def test_agents_and_leads_change_nothing(house: House) -> None:
    with pytest.raises(NotAllowed):
        services.save(actor_for_staff(house.bo), code="x", facts=BrandFacts(en="X"), new=True, now=instants.now())
    client = factories.sign_in(Client(), house.bo)
    assert client.get("/settings/brands/").status_code == 200
    assert client.post("/settings/brands/new", {"code": "x", "en": "X"}).status_code == 403
    assert not Brand.objects.exists()
