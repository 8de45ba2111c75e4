"""How is consent asked for and given on the desk's pages?"""

from __future__ import annotations

from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.approvals import templates
from yingnuo.approvals.models import Approval, Template
from yingnuo.approvals.rulebook import Step
from yingnuo.approvals.templates import TemplateFacts
from yingnuo.kit import instants

_FORM = {
    "code": "refund", "name_hans": "退款", "name_en": "Refund", "limit": "4h", "active": "on", "asks_amount": "on",
    "guard": "resolve", "need_1": "1", "need_2": "1", "need_3": "1", "roles_1": "lead", "when_kind": "fault",
}  # fmt: skip


def _template(house: House) -> None:
    facts = TemplateFacts("refund", "退款", (Step(roles=("lead",)),), 14_400, name_en="Refund", asks_amount=True)
    templates.save(factories.actor(house.mia), pk=None, facts=facts, now=instants.now())


def test_an_agent_asks_and_the_lead_approves(house: House, alice: Client) -> None:
    _template(house)
    ticket = factories.ticket(house, agent=house.alice)
    assert b'name="amount"' in alice.get(f"/approvals/ask/{ticket.pk}/").content
    said = {"template": "refund", "text": "Broken twice.", "amount": "1,200"}
    assert alice.post(f"/approvals/ask/{ticket.pk}/", said).status_code == 302
    approval = Approval.objects.get()
    assert "Refund · 1200" in alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Your decision" not in alice.get(f"/approvals/{approval.pk}/").content.decode()
    assert "Refund" in alice.get("/approvals/?scope=asked").content.decode()
    bo = factories.sign_in(Client(), house.bo)
    assert "Refund" in bo.get("/approvals/").content.decode()
    assert "Your decision" in bo.get(f"/approvals/{approval.pk}/").content.decode()
    assert bo.post(f"/approvals/{approval.pk}/approve", {"step": "0"}).status_code == 302
    approval.refresh_from_db()
    assert approval.state == "approved"
    assert "Nothing waits for your decision" in bo.get("/approvals/").content.decode()
    assert bo.get(f"/tasks/of/{approval.promise_id}/").url == f"/approvals/{approval.pk}/"  # type: ignore[attr-defined]


def test_a_stranger_neither_asks_nor_reads(house: House, alice: Client, dee: Client) -> None:
    _template(house)
    ticket = factories.ticket(house, agent=house.alice)
    said = {"template": "refund", "text": "x", "amount": "5"}
    assert dee.post(f"/approvals/ask/{ticket.pk}/", said).status_code == 404
    assert not Approval.objects.exists()
    alice.post(f"/approvals/ask/{ticket.pk}/", said)
    assert dee.get(f"/approvals/{Approval.objects.get().pk}/").status_code == 404


def test_the_manager_sets_one_up(house: House, alice: Client) -> None:
    assert alice.post("/settings/approvals/new", _FORM).status_code == 403
    mia = factories.sign_in(Client(), house.mia)
    assert mia.get("/settings/approvals/new").status_code == 200
    assert mia.post("/settings/approvals/new", _FORM | {"roles_1": ""}).status_code == 422
    assert mia.post("/settings/approvals/new", _FORM | {"limit": "soon"}).status_code == 422
    assert not Template.objects.exists()
    assert mia.post("/settings/approvals/new", _FORM).status_code == 302
    row = Template.objects.get()
    assert (row.seconds, row.guard, row.conditions, row.steps[0]["roles"]) == (
        14_400, "resolve", {"kind": "fault"}, ["lead"],
    )  # fmt: skip
    assert "Refund" in mia.get("/settings/approvals/").content.decode()
    assert mia.get(f"/settings/approvals/{row.pk}/").status_code == 200
    assert mia.post(f"/settings/approvals/{row.pk}/delete").status_code == 302
    assert not Template.objects.exists()
