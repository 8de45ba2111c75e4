"""Notices leave by a real SMTP server and a real HTTP gateway, once, and are tried again when the gateway is down."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import factories
from yingnuo.alerts import deliver, preferences, services
from yingnuo.alerts.models import Notice, NoticeState, SmsDay, Template
from yingnuo.alerts.preferences import Facts
from yingnuo.alerts.rules import Caps, Wishes
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.journey import sweep
from yingnuo.kit import instants, secrets
from yingnuo.people.models import Staff
from yingnuo.promises.models import Promise

pytestmark = pytest.mark.django_db


class _Mails:
    def __init__(self) -> None:
        self.got: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.got.append(mail)
        return "250 OK"


@pytest.fixture
def mails(settings) -> Iterator[list[EmailMessage]]:
    handler = _Mails()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.YINGNUO = type(settings.YINGNUO)(mail_security="none", base_url="http://desk.example")
    settings.DEFAULT_FROM_EMAIL = "desk@yingnuo.example"
    yield handler.got
    controller.stop()


class _Gateway(BaseHTTPRequestHandler):
    got: list[dict[str, str]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append({**json.loads(body), "auth": self.headers.get("Authorization", "")})
        self.send_response(type(self).status)
        self.end_headers()
        self.wfile.write(b'{"ok": true}')

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def gateway() -> Iterator[type[_Gateway]]:
    handler = type("Handler", (_Gateway,), {"got": [], "status": 200})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Channel.objects.create(
        code="sms", name="SMS", kind=ChannelKind.SMS, secret=secrets.seal("s3cret"),
        settings={
            "url": f"http://127.0.0.1:{server.server_port}/send", "headers": {"Authorization": "Bearer {{ secret }}"}
        },
    )  # fmt: skip
    yield handler
    server.shutdown()


def _warned(house: factories.House) -> None:
    now = instants.now()
    factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=now - timedelta(minutes=8))
    sweep.run_once()


def test_a_warning_goes_to_agent_lead_and_department_by_mail_and_sms(mails, gateway) -> None:
    house = factories.house()
    _warned(house)
    assert deliver.deliver_due() == 6
    assert {m["To"] for m in mails} == {"alice@yingnuo.example", "bo@yingnuo.example", "mia@yingnuo.example"}
    assert len(gateway.got) == 3
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}


def test_an_sms_carries_its_key_and_the_sealed_secret(mails, gateway) -> None:
    _warned(factories.house())
    deliver.deliver_due()
    assert {sms["auth"] for sms in gateway.got} == {"Bearer s3cret"}
    assert len({sms["key"] for sms in gateway.got}) == 3


def test_a_mail_says_what_whose_and_by_when_and_keeps_machines_from_answering(mails, gateway) -> None:
    _warned(factories.house())
    deliver.deliver_due()
    mail = mails[0]
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",)).get_content()
    assert "First response" in text
    assert "http://desk.example/tickets/" in text


def test_nothing_is_sent_twice(mails, gateway) -> None:
    _warned(factories.house())
    deliver.deliver_due()
    assert deliver.deliver_due() == 0
    assert len(mails) == 3


def test_a_gateway_that_is_down_is_asked_again_later(mails, gateway) -> None:
    gateway.status = 503
    _warned(factories.house())
    deliver.deliver_due()
    waiting = Notice.objects.filter(way="sms")
    assert set(waiting.values_list("state", "attempts")) == {("pending", 1)}
    waiting.update(retry_at=instants.now())
    gateway.status = 200
    deliver.deliver_due()
    assert set(waiting.values_list("state", flat=True)) == {"sent"}


def test_a_refusal_for_good_is_final_and_says_why(mails, gateway) -> None:
    gateway.status = 422
    _warned(factories.house())
    deliver.deliver_due()
    failed = Notice.objects.filter(way="sms")[0]
    assert failed.state == NoticeState.FAILED
    assert "422" in failed.problem


def test_a_claim_of_a_dead_worker_comes_due_again(mails, gateway) -> None:
    _warned(factories.house())
    deliver._claim(100)
    assert deliver.deliver_due() == 0
    Notice.objects.exclude(way="in_app").update(retry_at=instants.now())
    assert deliver.deliver_due() == 6


def test_many_notices_to_one_person_become_one_digest(mails, gateway) -> None:
    house = factories.house()
    at = instants.now() - timedelta(minutes=8)
    for _n in range(7):
        factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=at)
    sweep.run_once()
    deliver.deliver_due()
    assert len(mails) == 3
    assert "7 notices" in mails[0]["Subject"]
    assert Notice.objects.filter(way="mail", state="sent").count() == 21


def test_an_own_wording_replaces_the_built_in_one(mails, gateway) -> None:
    house = factories.house()
    Template.objects.create(reason="warning", way="sms", language="en", body="{{ number }} by {{ agent }}!")
    _warned(house)
    deliver.deliver_due()
    assert gateway.got[0]["text"].endswith("by Alice!")


def test_without_an_outlet_notices_wait_and_say_why() -> None:
    _warned(factories.house())
    deliver.deliver_due()
    row = Notice.objects.filter(way="sms")[0]
    assert (row.state, row.problem) == ("pending", "sms_not_set_up")


def _late(house: factories.House, count: int = 1) -> None:
    """Warnings of so many tickets that Alice holds."""
    at = instants.now() - timedelta(minutes=8)
    for _n in range(count):
        factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=at)
    sweep.run_once()


def test_a_warning_of_a_promise_that_was_kept_meanwhile_is_dropped(mails, gateway) -> None:
    house = factories.house()
    _late(house)
    Promise.objects.update(ended_at=instants.now())
    deliver.deliver_due()
    assert (mails, gateway.got) == ([], [])
    rows = Notice.objects.exclude(way="in_app")
    assert set(rows.values_list("state", "problem")) == {("skipped", "settled")}


def test_a_warning_that_somebody_took_up_is_dropped(mails, gateway) -> None:
    house = factories.house()
    _late(house)
    notice = Notice.objects.filter(staff=house.alice, way="in_app")[0]
    services.acknowledge(factories.actor(house.alice), notice=notice.pk, now=instants.now())
    deliver.deliver_due()
    assert mails == []
    assert set(Notice.objects.exclude(way="in_app").values_list("problem", flat=True)) == {"settled"}


def test_a_breach_is_told_though_the_promise_was_met_late(mails, gateway) -> None:
    house = factories.house()
    factories.ticket(
        house, kind="fault", urgency="urgent", agent=house.alice, at=instants.now() - timedelta(minutes=16)
    )
    sweep.run_once()
    Promise.objects.update(ended_at=instants.now())
    deliver.deliver_due()
    assert {m["To"] for m in mails} == {"alice@yingnuo.example", "bo@yingnuo.example", "mia@yingnuo.example"}


def test_what_waited_for_the_morning_is_one_digest_with_links_the_most_urgent_first(mails, gateway) -> None:
    house = factories.house()
    _late(house, 2)
    general = factories.ticket(house, agent=house.alice, subject="A question")
    own = {
        "promise_id": 0,
        "generation": 1,
        "staff": house.alice,
        "way": "mail",
        "role": "holder",
        "reason": "warning",
        "milestone": "first_response",
        "moment": instants.now(),
        "at": instants.now(),
        "retry_at": instants.now(),
    }
    Notice.objects.create(step="warn", ticket_id=general.pk, **own)
    Notice.objects.filter(staff=house.alice, way="mail").update(problem="quiet")
    deliver.deliver_due()
    [mail] = [m for m in mails if m["To"] == "alice@yingnuo.example"]
    text = mail.get_body(("plain",)).get_content()
    lines = [line for line in text.splitlines() if line.startswith("http://desk.example/tickets/")]
    assert len(lines) == 3
    assert lines[-1].endswith(f"/{general.pk}/")
    assert "First response, due" in text
    carried = Notice.objects.filter(staff=house.alice, way="mail")
    assert set(carried.values_list("digest", flat=True)) == {carried.order_by("id")[0].pk}


def test_a_storm_over_several_rounds_is_a_few_mails_and_then_one_digest_a_minute(mails, gateway) -> None:
    house = factories.house()
    for _round in range(3):
        _late(house, 4)
        deliver.deliver_due()
    to_alice = [m["Subject"] for m in mails if m["To"] == "alice@yingnuo.example"]
    assert len(to_alice) == 5
    assert "4 notices" in to_alice[-1]
    waiting = Notice.objects.filter(staff=house.alice, way="mail", problem="storm")
    assert set(waiting.values_list("state", "attempts")) == {("pending", 0)}
    assert waiting.count() == 4
    assert Notice.objects.filter(staff=house.alice, way="mail").count() == 12


def test_beyond_the_cap_an_sms_becomes_a_mail_and_the_administrator_is_told_once(mails, gateway) -> None:
    house = factories.house()
    caps = Caps(price=Decimal("0.05"), day=Decimal(0))
    preferences.set_rule(factories.actor(house.mia), facts=Facts(caps=caps), now=instants.now())
    _late(house)
    _late(house)
    deliver.deliver_due()
    assert gateway.got == []
    assert set(Notice.objects.filter(way="sms").values_list("state", "problem")) == {("skipped", "cap")}
    assert Notice.objects.filter(staff=house.root, reason="sms_cap", way="in_app").count() == 1
    deliver.deliver_due()
    [told] = [m for m in mails if m["To"] == "root@yingnuo.example"]
    assert "budget for SMS is used up" in told["Subject"]
    assert Notice.objects.filter(staff=house.alice, way="mail", step="warn").count() == 2  # the rule's own, not doubled


def test_who_has_neither_mail_nor_a_cap_to_spare_is_told_in_the_desk(mails, gateway) -> None:
    house = factories.house()
    Staff.objects.filter(pk=house.alice.pk).update(email="")
    preferences.set_rule(
        factories.actor(house.mia), facts=Facts(caps=Caps(price=Decimal(1), person=Decimal(0))), now=instants.now()
    )
    _late(house)
    Notice.objects.filter(staff=house.alice, way="in_app").delete()
    deliver.deliver_due()
    assert Notice.objects.filter(staff=house.alice, way="in_app", state="sent").count() == 1


def test_what_the_gateway_refuses_costs_nothing(mails, gateway) -> None:
    gateway.status = 403
    house = factories.house()
    preferences.set_rule(factories.actor(house.mia), facts=Facts(caps=Caps(price=Decimal(1))), now=instants.now())
    _late(house)
    deliver.deliver_due()
    assert set(SmsDay.objects.values_list("parts", "cost")) == {(0, Decimal(0))}


def test_notices_are_in_the_language_their_reader_chose(mails, gateway) -> None:
    house = factories.house()
    preferences.choose(
        factories.actor(house.alice), staff=house.alice.pk, wishes=Wishes(language="zh-hans"), now=instants.now()
    )
    _late(house)
    deliver.deliver_due()
    [mail] = [m for m in mails if m["To"] == "alice@yingnuo.example"]
    assert "首次响应" in mail.get_body(("plain",)).get_content()
