"""Are webhooks set up, tried out, watched and repeated on their pages, and only by administrators?"""

from __future__ import annotations

from django.test import Client

from tests.factories import House, ticket
from tests.webhooks.conftest import Receiver, happen, receiver
from yingnuo.kit import secrets
from yingnuo.webhooks.models import Delivery, Endpoint

__all__ = ["receiver"]
GOOD = {"name": "ERP", "url": "https://erp.example/hook?key=hush", "events": ["ticket.opened", "ticket.closed"]}


def _made(admin: Client, **more: object) -> Endpoint:
    assert admin.post("/settings/webhooks/new", {**GOOD, **more}).status_code == 200
    return Endpoint.objects.get()


def test_a_secret_is_shown_once_and_sealed(admin: Client) -> None:
    page = admin.post("/settings/webhooks/new", GOOD).content.decode()
    row = Endpoint.objects.get()
    secret = secrets.unseal(row.secret)
    assert secret in page
    assert secret not in row.secret
    later = admin.get(f"/settings/webhooks/{row.pk}/").content.decode()
    assert secret not in later
    assert "hush" not in later


def test_a_private_address_is_refused_with_what_to_do(admin: Client) -> None:
    page = admin.post("/settings/webhooks/new", {**GOOD, "url": "https://10.0.0.1/"})
    assert page.status_code == 422
    assert "YINGNUO_INNER_HOSTS" in page.content.decode()
    assert not Endpoint.objects.exists()


def test_without_events_it_is_refused(admin: Client) -> None:
    assert admin.post("/settings/webhooks/new", {**GOOD, "events": []}).status_code == 422
    assert not Endpoint.objects.exists()


def test_a_test_says_what_came_of_it(admin: Client, receiver: Receiver) -> None:
    row = _made(admin, url=receiver.provider.url)
    page = admin.post(f"/settings/webhooks/{row.pk}/test", follow=True).content.decode()
    assert "It works: answered 200" in page
    receiver.answers(503)
    assert "overloaded" in admin.post(f"/settings/webhooks/{row.pk}/test", follow=True).content.decode()


def test_a_delivery_is_shown_with_its_answer_and_sent_again(house: House, admin: Client, receiver: Receiver) -> None:
    row = _made(admin, url=receiver.provider.url)
    ticket(house, subject="Pump is loud")
    happen()
    sent = Delivery.objects.get()
    page = admin.get(f"/settings/webhooks/{row.pk}/{sent.pk}/").content.decode()
    assert "Pump is loud" in page
    assert "v1,***" in page
    admin.post(f"/settings/webhooks/{row.pk}/{sent.pk}/")
    happen()
    assert [call.headers["webhook-id"] for call in receiver.came] == [sent.key] * 2


def test_it_is_paused_switched_off_and_on_and_taken_away(admin: Client) -> None:
    row = _made(admin)
    for do, state in (("pause", "paused"), ("on", "active"), ("off", "off"), ("catch_up", "active")):
        admin.post(f"/settings/webhooks/{row.pk}/steer", {"do": do})
        row.refresh_from_db()
        assert row.state == state
    admin.post(f"/settings/webhooks/{row.pk}/steer", {"do": "remove"})
    assert not Endpoint.objects.exists()


def test_a_new_secret_is_shown_and_the_old_one_signs_along(admin: Client) -> None:
    row = _made(admin)
    page = admin.post(f"/settings/webhooks/{row.pk}/rotate", {"grace_s": "86400"}).content.decode()
    old = row.secret
    row.refresh_from_db()
    assert secrets.unseal(row.secret) in page
    assert row.previous == old


def test_a_manager_sees_hosts_and_changes_nothing(admin: Client, manager: Client) -> None:
    row = _made(admin)
    page = manager.get("/settings/webhooks/").content.decode()
    assert "erp.example" in page
    assert "/hook" not in page
    assert manager.get(f"/settings/webhooks/{row.pk}/").status_code == 403
    assert manager.post(f"/settings/webhooks/{row.pk}/steer", {"do": "remove"}).status_code == 403
    assert Endpoint.objects.count() == 1
