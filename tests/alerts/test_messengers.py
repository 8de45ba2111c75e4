"""Do warnings reach staff over messengers: by the nearest route, once, and by mail where there is none?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests import factories
from tests.channels.provider import Provider, serving
from yingnuo.alerts import deliver, messengers, routes
from yingnuo.alerts import services as notices
from yingnuo.alerts.models import Handle, Notice, NoticeState, Route
from yingnuo.alerts.routes import RouteFacts
from yingnuo.alerts.services import NewNotice
from yingnuo.channels import accounts
from yingnuo.channels.models import Channel
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
NOW = factories.MONDAY


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as provider:
        provider.on("/", {"errcode": 0, "code": 0, "errmsg": "ok"})
        provider.on("/cgi-bin/gettoken", {"errcode": 0, "access_token": "at", "expires_in": 7200})
        provider.on("/cgi-bin/message/send", {"errcode": 0, "msgid": "m1"})
        yield provider


@pytest.fixture
def house() -> Iterator[factories.House]:
    with time_machine.travel(NOW, tick=False):
        yield factories.house(now=NOW)


def robot(provider: Provider, code: str = "group", kind: str = "robot_wecom") -> Channel:
    """A robot of a group."""
    sealed = accounts.sealed({"url": f"https://qyapi.weixin.qq.com/{code}?key=made-up", "secret": "made-up"})
    return Channel.objects.create(code=code, name=code, kind=kind, settings={"api": provider.url}, secret=sealed)


def application(provider: Provider) -> Channel:
    """An application that writes to people alone."""
    settings = {"corp_id": "ww1", "agent_id": "1000002", "api": provider.url}
    sealed = accounts.sealed({"secret": "made-up", "token": "t", "aes_key": "k"})
    return Channel.objects.create(code="app", name="app", kind="wecom_app", settings=settings, secret=sealed)


def route(house: factories.House, channel: Channel, way: str = "wecom", **of: int) -> Route:
    """A route made by the administrator."""
    return routes.save(factories.actor(house.root), facts=RouteFacts(way, channel.pk, **of), now=NOW)


def tell(ticket: Ticket, *people: Staff, way: str = "wecom", step: str = "warn") -> list[Notice]:
    """One step tells these people by one way."""
    promise = Promise.objects.filter(ticket=ticket).order_by("pk").first()
    number, second = (promise.pk if promise else 0), instants.seconds(NOW)
    rows = [
        NewNotice(
            number, 1, step, p.pk, way, "holder", "warning", ticket.pk, "first_response", second + 600, second, None
        )
        for p in people
    ]
    notices.write(rows, now=NOW)
    return list(Notice.objects.filter(step=step, way=way).order_by("pk"))


def texts(provider: Provider, path: str) -> list[Any]:
    return [asked.json["text"] for asked in provider.to(path)]


def test_a_warning_goes_to_the_teams_group_and_mentions_its_reader(house, provider) -> None:
    route(house, robot(provider), team=house.front.pk)
    routes.know(factories.actor(house.root), staff=house.alice.pk, ids={"wecom": "alice.wx"}, now=NOW)
    ticket = factories.ticket(house, agent=house.alice, at=NOW)
    [notice] = tell(ticket, house.alice)
    assert deliver.deliver_due() >= 1
    [said] = texts(provider, "/group")
    assert ticket.number in said["content"]
    assert (said["mentioned_list"], said["mentioned_mobile_list"]) == (["alice.wx"], [])
    notice.refresh_from_db()
    assert (notice.state, notice.problem) == (NoticeState.SENT, "")


def test_who_has_no_id_is_mentioned_by_his_phone(house, provider) -> None:
    route(house, robot(provider))
    tell(factories.ticket(house, at=NOW), house.alice)
    deliver.deliver_due()
    assert texts(provider, "/group")[0]["mentioned_mobile_list"] == ["13900000001"]


def test_what_one_step_tells_several_in_one_group_is_one_message(house, provider) -> None:
    route(house, robot(provider))
    for person in (house.alice, house.bo):
        routes.know(factories.actor(house.root), staff=person.pk, ids={"wecom": person.username}, now=NOW)
    rows = tell(factories.ticket(house, at=NOW), house.alice, house.bo)
    deliver.deliver_due()
    [said] = texts(provider, "/group")
    assert said["mentioned_list"] == ["alice", "bo"]
    assert {n.state for n in Notice.objects.filter(pk__in=[n.pk for n in rows])} == {"sent"}


def test_the_nearest_route_holds(house, provider) -> None:
    route(house, robot(provider, "everybody"))
    route(house, robot(provider, "service"), department=house.service.pk)
    route(house, robot(provider, "front"), team=house.front.pk)
    tell(factories.ticket(house, team=house.strangers, at=NOW), house.alice, house.eve, house.dee)
    deliver.deliver_due()
    assert [len(provider.to(f"/{name}")) for name in ("front", "service", "everybody")] == [1, 1, 1]


def test_who_has_no_team_is_told_where_the_ticket_is(house, provider) -> None:
    route(house, robot(provider, "everybody"))
    route(house, robot(provider, "front"), team=house.front.pk)
    tell(factories.ticket(house, team=house.front, at=NOW), house.root)
    deliver.deliver_due()
    assert [len(provider.to(f"/{name}")) for name in ("front", "everybody")] == [1, 0]


def test_an_application_writes_to_him_alone(house, provider) -> None:
    route(house, application(provider))
    routes.know(factories.actor(house.root), staff=house.alice.pk, ids={"wecom": "alice.wx"}, now=NOW)
    tell(factories.ticket(house, at=NOW), house.alice)
    deliver.deliver_due()
    assert [asked.json["touser"] for asked in provider.to("/cgi-bin/message/send")] == ["alice.wx"]


@pytest.mark.parametrize("way", ["wecom", "dingtalk", "feishu", "webhook"])
def test_without_a_route_he_gets_a_mail(house, provider, way) -> None:
    [notice] = tell(factories.ticket(house, at=NOW), house.alice, way=way)
    deliver.deliver_due()
    notice.refresh_from_db()
    assert (notice.state, notice.problem) == (NoticeState.SKIPPED, "no_robot")
    assert Notice.objects.filter(step="warn", way="mail", staff=house.alice).count() == 1


def test_an_application_that_does_not_know_him_leaves_it_to_mail(house, provider) -> None:
    route(house, application(provider))
    [notice] = tell(factories.ticket(house, at=NOW), house.alice)
    deliver.deliver_due()
    notice.refresh_from_db()
    assert notice.problem == "no_address"
    assert Notice.objects.filter(step="warn", way="mail").exists()
    assert not provider.to("/cgi-bin/message/send")


def test_a_robot_that_is_away_is_tried_again_and_told_once(house, provider) -> None:
    route(house, robot(provider))
    [notice] = tell(factories.ticket(house, at=NOW), house.alice)
    provider.down(503)
    deliver.deliver_due()
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (NoticeState.PENDING, 1)
    assert Channel.objects.get(code="group").failures == 1
    provider.down(0)
    before = len(provider.asked)
    Notice.objects.filter(pk=notice.pk).update(retry_at=NOW - timedelta(days=900))
    deliver.deliver_due()
    deliver.deliver_due()
    notice.refresh_from_db()
    assert (notice.state, len(provider.asked) - before) == (NoticeState.SENT, 1)


def test_a_robot_that_refuses_for_good_leaves_it_to_mail(house, provider) -> None:
    route(house, robot(provider))
    provider.on("/group", {"errcode": 40058, "errmsg": "invalid request parameter"})
    [notice] = tell(factories.ticket(house, at=NOW), house.alice)
    deliver.deliver_due()
    notice.refresh_from_db()
    assert notice.state == NoticeState.FAILED
    assert "40058" in notice.problem
    assert Notice.objects.filter(step="warn", way="mail", staff=house.alice).count() == 1


def test_too_many_for_a_robot_wait_for_the_next_minute(house, provider) -> None:
    channel = robot(provider)
    route(house, channel)
    accounts.of(channel).state["sent"] = [instants.seconds(NOW)] * 20
    [notice] = tell(factories.ticket(house, at=NOW), house.alice)
    deliver.deliver_due()
    notice.refresh_from_db()
    assert (notice.state, provider.asked) == (NoticeState.PENDING, [])
    assert notice.retry_at == NOW + timedelta(seconds=60)
    assert Channel.objects.get(code="group").failures == 0


def test_many_become_one_digest(house, provider) -> None:
    route(house, robot(provider))
    for number in range(8):
        tell(factories.ticket(house, subject=f"Washer {number}", at=NOW), house.alice, step=f"w{number}")
    deliver.deliver_due()
    [said] = texts(provider, "/group")
    assert "8 notices" in said["content"]


def test_a_webhook_is_told_in_fields(house, provider) -> None:
    sealed = accounts.sealed({"secret": "made-up"})
    url = {"url": f"{provider.url}/hub"}
    channel = Channel.objects.create(code="hub", name="hub", kind="robot_webhook", settings=url, secret=sealed)
    route(house, channel, way="webhook")
    ticket = factories.ticket(house, at=NOW)
    [notice] = tell(ticket, house.alice, way="webhook")
    deliver.deliver_due()
    [asked] = provider.to("/hub")
    assert (asked.json["ticket"], asked.json["reason"], asked.json["to"]) == (ticket.number, "warning", "alice")
    assert asked.headers["webhook-id"] == f"notice-{notice.pk}-1"


def test_only_ways_with_a_route_are_set_up(house, provider) -> None:
    assert messengers.set_up() == ()
    row = route(house, robot(provider))
    assert messengers.set_up() == ("wecom",)
    routes.remove(factories.actor(house.root), pk=row.pk, now=NOW)
    assert messengers.set_up() == ()


def test_a_channel_that_is_off_is_no_route(house, provider) -> None:
    route(house, robot(provider))
    Channel.objects.update(active=False)
    revisions.bump()
    [notice] = tell(factories.ticket(house, at=NOW), house.alice)
    deliver.deliver_due()
    notice.refresh_from_db()
    assert notice.problem == "no_robot"


def test_a_route_is_told_in_the_ledger_and_takes_the_place_of_the_old(house, provider) -> None:
    first, second = robot(provider, "one"), robot(provider, "two")
    route(house, first)
    route(house, second)
    assert Route.objects.get().channel == second
    assert Event.objects.filter(params__what="notice_route").count() == 2


@pytest.mark.parametrize("facts", [
    {"way": "fax"}, {"way": "feishu"}, {"team": 1, "department": 1}, {"channel": 10**6}, {"team": 10**6},
])  # fmt: skip
def test_a_route_that_does_not_fit_is_refused(house, provider, facts) -> None:
    plain = {"way": "wecom", "channel": robot(provider).pk}
    with pytest.raises(Invalid):
        routes.save(factories.actor(house.root), facts=RouteFacts(**(plain | facts)), now=NOW)
    assert not Route.objects.exists()


def test_nobody_but_the_administrator_chooses(house, provider) -> None:
    channel = robot(provider)
    with pytest.raises(NotAllowed):
        routes.save(factories.actor(house.alice), facts=RouteFacts("wecom", channel.pk), now=NOW)
    with pytest.raises(NotAllowed):
        routes.know(factories.actor(house.alice), staff=house.bo.pk, ids={"wecom": "x"}, now=NOW)
    assert not Route.objects.exists()
    assert not Handle.objects.exists()


def test_an_id_belongs_to_one(house) -> None:
    root = factories.actor(house.root)
    routes.know(root, staff=house.alice.pk, ids={"wecom": "same"}, now=NOW)
    with pytest.raises(Conflict):
        routes.know(root, staff=house.bo.pk, ids={"wecom": "same", "feishu": "ou_1"}, now=NOW)
    with pytest.raises(Invalid):
        routes.know(root, staff=house.bo.pk, ids={"wecom": "two words"}, now=NOW)
    assert Handle.objects.count() == 1
    routes.know(root, staff=house.alice.pk, ids={"wecom": ""}, now=NOW)
    assert not Handle.objects.exists()
