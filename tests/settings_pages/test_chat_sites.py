"""Are sites and saved replies set up by those who may, and is what is wrong refused?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.chat import talking
from tests.factories import House
from yingnuo.channels.models import Channel
from yingnuo.chat import sites
from yingnuo.kit.errors import Invalid
from yingnuo.writing.models import SavedReply

pytestmark = pytest.mark.django_db
SITE = {
    "name": "Shop", "code": "shop", "team": "front", "origins": "https://Shop.example/x\nhttp://localhost:8080",
    "secret": "a-secret-of-the-shop", "colour": "#0f766e", "idle_minutes": "10", "greeting_en": "Hello!",
    "offline": "on", "active": "on",
}  # fmt: skip
REPLY = {"shortcut": "hello", "title": "Hello", "text": "Hello {{ customer }}"}


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def root(client: Client, house: House) -> Client:
    return factories.sign_in(client, house.root)


def test_a_site_is_set_up_and_changed(root: Client) -> None:
    assert root.post("/settings/sites/new", SITE).status_code == 302
    row = Channel.objects.get(code="shop")
    site = sites.of(row)
    assert site.origins == ("https://shop.example", "http://localhost:8080")
    assert (site.team, site.greets("en"), site.resolves, site.secret) == ("front", "Hello!", False, SITE["secret"])
    assert "data-site=&quot;shop&quot;" in root.get("/settings/sites/").content.decode()
    root.post(f"/settings/sites/{row.pk}/", SITE | {"secret": "", "name": "Other"})
    row.refresh_from_db()
    assert (row.name, sites.of(row).secret) == ("Other", SITE["secret"])


@pytest.mark.parametrize(
    "wrong", [{"origins": "shop.example"}, {"origins": ""}, {"colour": "red"}, {"secret": "short"}, {"team": "none"}]
)
def test_what_is_wrong_is_refused(root: Client, wrong: dict[str, str]) -> None:
    assert root.post("/settings/sites/new", SITE | wrong).status_code == 422
    assert not Channel.objects.filter(code="shop").exists()


def test_only_administrators_set_sites_up(client: Client, house: House) -> None:
    factories.sign_in(client, house.bo)
    assert client.get("/settings/sites/").status_code == 200
    assert client.post("/settings/sites/new", SITE).status_code == 403
    assert not Channel.objects.filter(code="shop").exists()


def test_a_saved_reply_is_made_changed_and_deleted(root: Client) -> None:
    assert root.post("/settings/replies/new", REPLY).status_code == 302
    row = SavedReply.objects.get()
    root.post(f"/settings/replies/{row.pk}/", REPLY | {"title": "Greeting"})
    row.refresh_from_db()
    assert row.title == "Greeting"
    assert root.post("/settings/replies/new", REPLY).status_code == 422
    root.post(f"/settings/replies/{row.pk}/delete")
    assert not SavedReply.objects.exists()


@pytest.mark.parametrize("wrong", [{"shortcut": "a b"}, {"text": "{{ secret }}"}, {"title": ""}])
def test_a_reply_that_cannot_be_used_is_refused(root: Client, wrong: dict[str, str]) -> None:
    assert root.post("/settings/replies/new", REPLY | wrong).status_code == 422
    assert not SavedReply.objects.exists()


def test_an_agent_changes_no_reply(client: Client, house: House) -> None:
    factories.sign_in(client, house.alice)
    assert client.post("/settings/replies/new", REPLY).status_code == 403
    assert not SavedReply.objects.exists()


@pytest.mark.parametrize("odd", ["javascript:alert(1)", "https://", "https://a:x", "ftp://a", "https://a,https://b"])
def test_no_origin_is_made_of_what_has_none(odd: str) -> None:
    with pytest.raises(Invalid):
        sites.origin_of(odd)


def test_a_site_welcomes_its_own_pages_only(house: House) -> None:
    site = talking.site()
    assert site.welcomes("https://shop.example")
    assert not site.welcomes("https://shop.example.evil.example")
