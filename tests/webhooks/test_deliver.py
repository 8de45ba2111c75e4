"""Do deliveries arrive signed, in order, again when they must, and does an endpoint that is away hold up no other?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from standardwebhooks.webhooks import WebhookVerificationError

from tests import factories
from tests.factories import House
from tests.webhooks.conftest import Receiver, happen, read_on, send
from yingnuo.alerts.models import Notice
from yingnuo.journey import closing, outgoing
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.webhooks import deliver, sending, services
from yingnuo.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState
from yingnuo.webhooks.services import Which


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(instants.now(), tick=False) as clock:
        yield clock


def _row() -> Delivery:
    return Delivery.objects.get()


def test_a_call_is_signed_and_tells_what_it_is(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened")
    factories.ticket(house)
    happen()
    [call] = receiver.came
    assert receiver.checked(call)["type"] == "ticket.opened"
    assert (call.method, call.path, call.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert call.headers["webhook-id"] == _row().key
    assert _row().state == DeliveryState.DELIVERED


def test_a_body_that_was_tampered_with_does_not_verify(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened")
    factories.ticket(house)
    happen()
    [call] = receiver.came
    with pytest.raises(WebhookVerificationError):
        receiver.checked(type(call)(call.method, call.path, {}, call.headers, call.body.replace(b"E3", b"E4")))


def test_both_secrets_sign_while_one_is_being_changed(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    old = receiver.secret
    _same, new = services.rotate(receiver.root, pk=row.pk, grace_s=3_600, now=instants.now())
    factories.ticket(house)
    happen()
    assert receiver.checked(receiver.came[0], old) == receiver.checked(receiver.came[0], new)
    clock.shift(3_601)
    factories.ticket(house)
    happen()
    assert receiver.checked(receiver.came[1], new)
    with pytest.raises(WebhookVerificationError):
        receiver.checked(receiver.came[1], old)


def test_without_a_grace_the_old_secret_is_dead_at_once(house: House, receiver: Receiver) -> None:
    row, old = receiver.listen("ticket.opened"), receiver.secret
    services.rotate(receiver.root, pk=row.pk, grace_s=0, now=instants.now())
    factories.ticket(house)
    happen()
    with pytest.raises(WebhookVerificationError):
        receiver.checked(receiver.came[0], old)


def test_events_of_a_ticket_come_in_their_order(house: House, receiver: Receiver) -> None:
    receiver.listen()
    ticket = factories.ticket(house)
    for _ in range(3):
        closing.resolve(factories.actor(house.bo), ticket_id=ticket.pk, now=instants.now())
        closing.reopen(factories.actor(house.bo), ticket_id=ticket.pk, now=instants.now())
    read_on()
    send(most=2)
    told = [asked.json["data"]["event"] for asked in receiver.came]
    assert told == sorted(told)
    assert receiver.types.count("ticket.resolved") == 3


def test_what_fails_is_tried_again_later_and_later_with_the_same_id(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    receiver.listen("ticket.opened")
    receiver.answers(500)
    factories.ticket(house)
    happen()
    pauses = []
    for _ in range(5):
        row, now = _row(), instants.now()
        assert row.retry_at is not None
        pauses.append((row.retry_at - now).total_seconds())
        clock.move_to(row.retry_at + timedelta(hours=1))
        send()
    assert len({asked.headers["webhook-id"] for asked in receiver.came}) == 1
    assert len({asked.headers["webhook-timestamp"] for asked in receiver.came}) == 6
    assert all(4 * 3**n * 0.99 <= pause <= 6 * 3**n * 1.01 for n, pause in enumerate(pauses))


def test_after_three_days_it_is_given_up(house: House, receiver: Receiver, clock: time_machine.Coordinates) -> None:
    receiver.listen("ticket.opened")
    receiver.answers(500)
    factories.ticket(house)
    happen()
    began = instants.now()
    while (row := _row()).retry_at is not None:
        clock.move_to(max(row.retry_at, row.endpoint.retry_at or row.retry_at))
        send()
    assert row.state == DeliveryState.FAILED
    assert timedelta(days=2) < instants.now() - began <= timedelta(days=3)
    assert Attempt.objects.count() == row.attempts > 10


def test_an_endpoint_that_is_away_is_left_alone_and_uses_up_nobodys_attempts(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    receiver.listen("ticket.opened")
    receiver.answers(503)
    for _ in range(4):
        factories.ticket(house)
    happen()
    assert len(receiver.came) == 1
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1]
    receiver.answers(200)
    clock.shift(10)
    send()
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 4


def test_while_it_is_not_known_to_be_back_one_goes_first(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    receiver.answers(500)
    for _ in range(3):
        factories.ticket(house)
    happen()
    clock.shift(10)
    taken = deliver.claim(row.pk, now=instants.now())
    assert taken is not None
    assert len(taken.rows) == 1


def test_when_it_is_back_what_failed_before_goes_out_at_once(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    receiver.listen("ticket.opened")
    receiver.answers(500)
    factories.ticket(house)
    happen()
    for _ in range(4):
        clock.move_to(_row().retry_at or instants.now())
        clock.shift(1_100)
        send()
    receiver.answers(200)
    factories.ticket(house)
    clock.shift(1_100)
    happen()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_a_failed_one_holds_back_its_ticket_and_no_other(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    receiver.listen("ticket.opened", "ticket.resolved")
    one = factories.ticket(house)
    receiver.answers(500)
    happen()
    Endpoint.objects.update(failures=0, retry_at=None)  # as if it had answered somebody else since
    receiver.answers(200)
    two = factories.ticket(house)
    closing.resolve(factories.actor(house.bo), ticket_id=one.pk, now=instants.now())
    happen()
    assert [asked.json["data"]["ticket"]["id"] for asked in receiver.came[1:]] == [two.pk]
    clock.shift(60)
    happen()
    told = [(asked.json["type"], asked.json["data"]["ticket"]["id"]) for asked in receiver.came[2:]]
    assert told == [("ticket.opened", one.pk), ("ticket.resolved", one.pk)]


def test_one_that_is_refused_holds_back_nothing(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened", "ticket.resolved")
    ticket = factories.ticket(house)
    receiver.answers(422)
    happen()
    receiver.answers(200)
    closing.resolve(factories.actor(house.bo), ticket_id=ticket.pk, now=instants.now())
    happen()
    assert receiver.types == ["ticket.opened", "ticket.resolved"]
    assert Delivery.objects.get(type="ticket.opened").state == DeliveryState.PENDING


def test_another_endpoint_is_not_held_up(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened", path="/a")
    receiver.listen("ticket.opened", path="/b")
    receiver.provider.on("/a", lambda asked: (_ for _ in ()).throw(ConnectionAbortedError))
    for _ in range(3):
        factories.ticket(house)
    happen()
    assert len(receiver.provider.to("/b")) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_to(house: House, receiver: Receiver, clock: time_machine.Coordinates, status: int) -> None:
    row = receiver.listen("ticket.opened")
    receiver.answers(status, Retry_After="7200")
    factories.ticket(house)
    happen()
    row.refresh_from_db()
    assert row.retry_at == instants.now() + timedelta(hours=2)
    clock.shift(7_100)
    send()
    assert len(receiver.came) == 1


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("99999999", 86_400),
                                               ("Mon, 02 Mar 2026 02:01:00 GMT", 60)])  # fmt: skip
def test_retry_after_is_a_number_or_a_date(said: str, seconds: int) -> None:
    assert sending.waits(said, now=factories.MONDAY) == seconds


def test_gone_switches_off_and_the_administrators_are_told_once(house: House, receiver: Receiver) -> None:
    row = receiver.listen("ticket.opened")
    receiver.answers(410)
    for _ in range(2):
        factories.ticket(house)
    happen()
    outgoing.tell(now=instants.now())
    outgoing.tell(now=instants.now())
    row.refresh_from_db()
    assert (row.state, row.why_off, len(receiver.came)) == (EndpointState.OFF, "gone", 1)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.FAILED}
    told = Notice.objects.filter(reason="webhook_off")
    assert {(n.staff_id, n.way) for n in told} == {(house.root.pk, "in_app"), (house.root.pk, "mail")}
    assert Event.objects.filter(code="webhook.off").count() == 1


def test_five_days_without_a_success_switch_off(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    receiver.answers(404)
    factories.ticket(house)
    happen()
    clock.shift(4 * 86_400)
    factories.ticket(house)
    happen()
    row.refresh_from_db()
    assert row.state == EndpointState.ACTIVE
    clock.shift(86_400)
    factories.ticket(house)
    happen()
    row.refresh_from_db()
    assert (row.state, row.why_off) == (EndpointState.OFF, "failing")


def test_a_success_in_between_begins_the_five_days_anew(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    for status in (404, 200, 404):
        receiver.answers(status)
        factories.ticket(house)
        happen()
        clock.shift(3 * 86_400)
    row.refresh_from_db()
    assert row.state == EndpointState.ACTIVE


def test_a_redirect_is_not_followed(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened")
    receiver.answers(302, Location="/elsewhere?key=hush")
    factories.ticket(house)
    happen()
    tried = Attempt.objects.get()
    assert (receiver.provider.to("/elsewhere"), tried.problem) == ([], "redirect")
    assert "hush" not in json.dumps(tried.head)


def test_a_name_that_has_come_to_mean_a_private_address_is_not_called(
    house: House, receiver: Receiver, settings: object
) -> None:
    receiver.listen("ticket.opened")
    Endpoint.objects.update(url=receiver.provider.url.replace("http://127.0.0.1", "https://localhost"))
    factories.ticket(house)
    happen()
    assert receiver.came == []
    assert Attempt.objects.get().problem.startswith("private_address")


def test_a_lease_that_ran_out_is_taken_up_with_the_same_id(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    factories.ticket(house)
    read_on()
    assert deliver.claim(row.pk, now=instants.now()) is not None  # and its worker dies
    send()
    assert receiver.came == []
    clock.shift(deliver.LEASE)
    send()
    assert [asked.headers["webhook-id"] for asked in receiver.came] == [_row().key]


def test_what_is_replayed_comes_again_under_its_id(house: House, receiver: Receiver) -> None:
    row = receiver.listen("ticket.opened")
    factories.ticket(house)
    happen()
    count = services.replay(receiver.root, pk=row.pk, which=Which(ids=(_row().pk,)), now=instants.now())
    send()
    assert (count, len(receiver.came), len({a.headers["webhook-id"] for a in receiver.came})) == (1, 2, 1)
    assert _row().replays == 1


def test_a_time_is_replayed_or_only_what_failed_in_it(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    began = instants.now()
    for status in (200, 410):
        receiver.answers(status)
        factories.ticket(house)
        happen()
        clock.shift(3_600)
    services.switch_on(receiver.root, pk=row.pk, now=instants.now())
    which = Which(since=began + timedelta(minutes=1), until=instants.now())
    assert services.replay(receiver.root, pk=row.pk, which=Which(since=began, failed=True), now=instants.now()) == 1
    assert services.replay(receiver.root, pk=row.pk, which=which, now=instants.now()) == 0  # it is on its way again
    assert services.replay(receiver.root, pk=row.pk, which=Which(since=began), now=instants.now()) == 1


def test_a_test_event_goes_out_at_once_and_is_not_tried_again(house: House, receiver: Receiver) -> None:
    row = receiver.listen("ticket.opened")
    _delivery, tried = services.test(receiver.root, pk=row.pk, now=instants.now())
    assert (tried.status, receiver.types) == (200, ["webhook.test"])
    receiver.answers(500)
    delivery, tried = services.test(receiver.root, pk=row.pk, now=instants.now())
    assert (tried.status, delivery.state, delivery.retry_at) == (500, DeliveryState.FAILED, None)
    row.refresh_from_db()
    assert (row.failures, row.retry_at) == (0, None)


def test_old_deliveries_are_forgotten_and_waiting_ones_are_not(
    house: House, receiver: Receiver, clock: time_machine.Coordinates
) -> None:
    row = receiver.listen("ticket.opened")
    factories.ticket(house)
    happen()
    services.pause(receiver.root, pk=row.pk, now=instants.now())
    factories.ticket(house)
    read_on()
    clock.shift(services.KEPT_FOR + timedelta(days=1))
    assert services.purge(now=instants.now()) == 1
    assert list(Delivery.objects.values_list("state", flat=True)) == [DeliveryState.PENDING]
    assert not Attempt.objects.exists()
