"""Can an administrator register an app and change its keys, and nobody else?"""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.customer_apps import services
from yingnuo.customer_apps.models import App, AppKey
from yingnuo.customer_apps.services import AppFacts
from yingnuo.kit import instants, secrets
from yingnuo.people.models import ApiToken
from yingnuo.people.roles import SYSTEM


@pytest.fixture
def app(house: House) -> App:
    """A registered app."""
    return services.save(SYSTEM, pk=None, facts=AppFacts("shop", "Shop"), now=instants.now())


def test_an_app_is_registered(admin: Client) -> None:
    said = {"name": "Shop", "code": "shop", "origins": "https://shop.example", "active": "on"}
    assert admin.post("/settings/apps/new", said).status_code == 302
    row = App.objects.get()
    assert (row.code, row.origins, row.active) == ("shop", ["https://shop.example"], True)
    assert b"shop" in admin.get("/settings/apps/").content


def test_an_origin_with_a_path_is_refused(admin: Client) -> None:
    said = {"name": "Shop", "code": "shop", "origins": "https://shop.example/app", "active": "on"}
    assert admin.post("/settings/apps/new", said).status_code == 422
    assert not App.objects.exists()


def test_a_secret_is_shown_once_and_kept_sealed(admin: Client, app: App) -> None:
    shown = admin.post(f"/settings/apps/{app.pk}/keys", {"algorithm": "HS256", "public": ""}).content.decode()
    key = AppKey.objects.get()
    secret = secrets.unseal(key.sealed)
    assert secret in shown
    assert secret not in key.sealed
    assert secret not in admin.get(f"/settings/apps/{app.pk}/").content.decode()


def test_what_is_no_public_key_is_refused(admin: Client, app: App) -> None:
    assert admin.post(f"/settings/apps/{app.pk}/keys", {"algorithm": "EdDSA", "public": "x"}).status_code == 422
    assert not AppKey.objects.exists()


def test_keys_and_sessions_are_ended(admin: Client, app: App) -> None:
    key, _secret = services.add_key(SYSTEM, app=app.pk, algorithm="HS256", now=instants.now())
    admin.post(f"/settings/apps/keys/{key.pk}/end")
    admin.post(f"/settings/apps/{app.pk}/sessions")
    assert AppKey.objects.get().ends_at is not None
    assert App.objects.get().generation == 2


@pytest.mark.parametrize("path", ["new", "1/keys", "1/sessions", "keys/1/end"])
def test_nobody_but_an_administrator_changes_an_app(client: Client, house: House, app: App, path: str) -> None:
    services.add_key(SYSTEM, app=app.pk, algorithm="HS256", now=instants.now())
    manager = factories.sign_in(client, house.mia)
    address = f"/settings/apps/{path}".replace("apps/1", f"apps/{app.pk}")
    assert manager.post(address, {"name": "X", "code": "x", "algorithm": "HS256"}).status_code == 403
    assert (App.objects.get().generation, App.objects.count(), AppKey.objects.count()) == (1, 1, 1)


def test_a_token_is_made_for_a_member_of_staff_with_scopes_in_words(admin: Client, house: House) -> None:
    page = admin.get("/settings/tokens/").content.decode()
    assert "Answer customers" in page
    said = {"name": "Robot", "scopes": ["ticket.view", "ticket.reply"], "acts_for": house.alice.pk}
    shown = admin.post("/settings/tokens/", said).content.decode()
    row = ApiToken.objects.get()
    assert (row.acts_for, row.scopes) == (house.alice, ["ticket.reply", "ticket.view"])
    bearer = re.search(r'id="bearer">([^<]+)<', shown)
    assert bearer
    assert row.digest == secrets.digest(bearer[1])
    assert "acts for Alice" in shown
