"""Are customers found, shown with care, and edited only with permission?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact, Role


@pytest.mark.parametrize("words", ["chen", "chen@harb", "13800002210", "Harbour"])
def test_found_by_name_mail_number_and_company(house: House, alice: Client, words: str) -> None:
    text = alice.get("/customers/", {"q": words}).content.decode()
    assert "chen@harbour.example" in text
    assert "wang@example.com" not in text


def test_the_page_shows_only_tickets_in_sight(house: House, alice: Client, dee: Client) -> None:
    ticket = factories.ticket(house)
    address = f"/customers/{house.chen.pk}/"
    assert f"YN-{ticket.pk}" in alice.get(address).content.decode()
    assert f"YN-{ticket.pk}" not in dee.get(address).content.decode()


def test_looking_at_the_number_leaves_a_trace(house: House, alice: Client) -> None:
    assert "13800002210" not in alice.get(f"/customers/{house.chen.pk}/").content.decode()
    shown = alice.post(f"/customers/{house.chen.pk}/phone", headers={"HX-Request": "true"})
    assert b"+8613800002210" in shown.content
    assert Event.objects.filter(code=Code.CONTACT_REVEALED, actor_id=house.alice.pk).count() == 1


def test_the_number_is_not_shown_by_a_ticket_of_somebody_else(house: House, dee: Client, alice: Client) -> None:
    ticket = factories.ticket(house)
    address = f"/customers/{house.chen.pk}/phone"
    assert dee.post(address, {"ticket": ticket.pk}).status_code == 404
    assert alice.post(f"/customers/{house.wang.pk}/phone", {"ticket": ticket.pk}).status_code == 404
    assert not Event.objects.filter(code=Code.CONTACT_REVEALED).exists()


def test_a_partner_sees_no_customers_but_works_with_his_tickets_number(house: House, client: Client) -> None:
    partner = factories.sign_in(client, factories.staff("pat", role=Role.PARTNER, team=house.front))
    ticket = factories.ticket(house)
    assert partner.get("/customers/").status_code == 403
    assert partner.get(f"/customers/{house.chen.pk}/").status_code == 403
    assert partner.post(f"/customers/{house.chen.pk}/phone").status_code == 404
    shown = partner.post(f"/customers/{house.chen.pk}/phone", {"ticket": ticket.pk}, headers={"HX-Request": "true"})
    assert b"+8613800002210" in shown.content


def test_editing(house: House, alice: Client) -> None:
    said = {
        "name": "Chen Li",
        "email": "LI@harbour.example",
        "tier": "key",
        "language": "en",
        "note": "Call before noon",
    }
    assert alice.post(f"/customers/{house.chen.pk}/", said).status_code == 302
    row = Contact.objects.get(pk=house.chen.pk)
    assert (row.name, row.email, row.tier, row.note) == ("Chen Li", "li@harbour.example", "key", "Call before noon")
    assert row.phone == house.chen.phone
    assert Event.objects.filter(code=Code.CONTACT_CHANGED).count() == 1


@pytest.mark.parametrize(
    "said", [{"email": "nonsense"}, {"tier": "royal"}, {"phone": "1"}, {"company": "99999"}, {"note": "x" * 4001}]
)
def test_malformed_facts_are_refused(house: House, alice: Client, said: dict[str, str]) -> None:
    assert alice.post(f"/customers/{house.chen.pk}/", said).status_code == 422
    assert Contact.objects.get(pk=house.chen.pk).tier == "gold"


def test_a_mail_address_belongs_to_one(house: House, alice: Client) -> None:
    assert alice.post(f"/customers/{house.chen.pk}/", {"email": house.wang.email}).status_code == 409


def test_missing_ones_are_not_there(house: House, alice: Client) -> None:
    assert alice.get("/customers/999999/").status_code == 404
    assert alice.get("/companies/999999/").status_code == 404


def test_the_companys_page(house: House, alice: Client) -> None:
    assert house.chen.company is not None
    ticket = factories.ticket(house)
    text = alice.get(f"/companies/{house.chen.company.pk}/").content.decode()
    assert f"YN-{ticket.pk}" in text
    assert "Chen" in text
