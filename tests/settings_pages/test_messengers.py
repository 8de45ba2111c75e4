"""Are routes of notices and ids of staff set on their page, by those who may?"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from yingnuo.alerts.models import Handle, Route
from yingnuo.channels.models import Channel
from yingnuo.kit import revisions

pytestmark = pytest.mark.django_db
PAGE = reverse("desk:settings_messengers")


@pytest.fixture
def house() -> factories.House:
    return factories.house()


def robot() -> Channel:
    return Channel.objects.create(code="group", name="售后群", kind="robot_wecom")


def test_without_a_robot_the_page_says_where_to_connect_one(client: Client, house: factories.House) -> None:
    page = factories.sign_in(client, house.root).get(PAGE).content.decode()
    assert "No robot is connected yet" in page
    assert reverse("desk:settings_channels") in page


def test_a_route_is_made_shown_and_deleted(client: Client, house: factories.House) -> None:
    channel = robot()
    root = factories.sign_in(client, house.root)
    posted = {"way": "wecom", "channel": channel.pk, "team": house.front.pk, "department": ""}
    assert root.post(reverse("desk:settings_messenger_new"), posted).status_code == 302
    row = Route.objects.get()
    page = root.get(PAGE).content.decode()
    assert "售后群" in page
    assert house.front.name in page
    root.post(reverse("desk:settings_messenger_delete", args=[row.pk]))
    assert not Route.objects.exists()


def test_what_does_not_fit_comes_back_with_its_reason(client: Client, house: factories.House) -> None:
    posted = {"way": "feishu", "channel": robot().pk}
    answer = factories.sign_in(client, house.root).post(reverse("desk:settings_messenger_new"), posted)
    assert answer.status_code == 422
    assert "This channel does not serve this way." in answer.content.decode()
    assert not Route.objects.exists()


def test_ids_are_typed_and_shown(client: Client, house: factories.House) -> None:
    root = factories.sign_in(client, house.root)
    address = reverse("desk:settings_messenger_person", args=[house.alice.pk])
    assert root.post(address, {"wecom": "alice.wx", "dingtalk": "", "feishu": "ou_84aad35d"}).status_code == 302
    assert set(Handle.objects.values_list("way", "value")) == {("wecom", "alice.wx"), ("feishu", "ou_84aad35d")}
    assert "ou_84aad35d" in root.get(PAGE).content.decode()


def test_who_may_not_changes_nothing(client: Client, house: factories.House) -> None:
    agent = factories.sign_in(client, house.alice)
    robot()
    assert agent.get(PAGE).status_code in (403, 404)
    assert agent.post(reverse("desk:settings_messenger_new"), {"way": "wecom"}).status_code in (403, 404)
    assert agent.post(reverse("desk:settings_messenger_person", args=[house.bo.pk]), {"wecom": "x"}).status_code in (
        403,
        404,
    )
    assert not Route.objects.exists()
    assert not Handle.objects.exists()


def test_ladders_offer_all_ways_and_people_those_that_are_set_up(client: Client, house: factories.House) -> None:
    root = factories.sign_in(client, house.root)
    mine = reverse("desk:my_notices")
    assert "by 企业微信" not in root.get(mine).content.decode()
    Route.objects.create(way="wecom", channel=robot())
    revisions.bump()
    assert "by 企业微信" in root.get(mine).content.decode()
