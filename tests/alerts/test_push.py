"""Do notices reach the browsers of staff: sealed, on a ground in law, and by mail where no browser takes them?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from tests import factories
from tests.alerts.test_messengers import tell
from tests.alerts.test_sealing import verified
from tests.channels.provider import Provider, Says, serving
from yingnuo.alerts import deliver, push, sealing
from yingnuo.alerts.models import Notice, NoticeState, Preference, PushBrowser, PushRule
from yingnuo.alerts.push import PushFacts
from yingnuo.channels.contract import ChannelError
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event

pytestmark = pytest.mark.django_db
NOW = factories.MONDAY
ON = PushFacts(True, "below_threshold", "Fewer than ten people, nothing sensitive.")


@pytest.fixture
def house() -> Iterator[factories.House]:
    with time_machine.travel(NOW, tick=False):
        yield factories.house(now=NOW)


@pytest.fixture
def service(settings: Settings) -> Iterator[Provider]:
    settings.YINGNUO = replace(settings.YINGNUO, inner_hosts=("127.0.0.1",))
    with serving(Provider()) as provider:
        provider.on("/", Says({}, status=201))
        yield provider


@dataclass
class Browser:
    """A browser with its keys; it reads what was sealed for it."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"made-up-16-bytes"

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> Any:
        """RFC 8291 from the other side, written independently of `sealing`."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        secret = self.private.exchange(ec.ECDH(), public)
        ikm = HKDF(hashes.SHA256(), 32, self.auth, b"WebPush: info\0" + self.point + theirs).derive(secret)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(ikm)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(ikm)
        return json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x02"))

    def subscribe(self, who: factories.Staff, url: str, name: str = "Firefox · Windows") -> PushBrowser:
        return push.subscribe(
            factories.actor(who), endpoint=url, p256dh=sealing.encoded(self.point), auth=sealing.encoded(self.auth),
            name=name, now=NOW,
        )  # fmt: skip


def turn_on(house: factories.House, facts: PushFacts = ON) -> None:
    push.set_rule(factories.actor(house.root), facts=facts, now=NOW)


def test_a_warning_is_sealed_signed_and_says_no_word_of_the_customer(house: factories.House, service: Provider) -> None:
    turn_on(house)
    browser = Browser()
    browser.subscribe(house.alice, f"{service.url}/send/a")
    ticket = factories.ticket(house, subject="Private matter of Ms Chen", agent=house.alice)
    [notice] = tell(ticket, house.alice, way="push")
    assert deliver.deliver_due() == 1
    notice.refresh_from_db()
    assert notice.state == NoticeState.SENT
    [asked] = service.to("/send/a")
    said = browser.read(asked.body)
    assert (said["title"], said["path"]) == (ticket.number, f"/tickets/{ticket.pk}/")
    assert "Private" not in json.dumps(said)
    assert said["body"]
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert verified(headers["authorization"])["aud"] == service.url
    assert (headers["content-encoding"], headers["topic"]) == ("aes128gcm", f"ticket-{ticket.pk}")
    assert int(headers["ttl"]) > 0


def test_the_company_may_allow_the_subject(house: factories.House, service: Provider) -> None:
    turn_on(house, replace(ON, subjects=True))
    browser = Browser()
    browser.subscribe(house.alice, f"{service.url}/send/a")
    tell(factories.ticket(house, subject="Loud noise", agent=house.alice), house.alice, way="push")
    deliver.deliver_due()
    assert "Loud noise" in browser.read(service.asked[-1].body)["body"]


def test_many_at_once_are_one_message(house: factories.House, service: Provider) -> None:
    turn_on(house)
    browser = Browser()
    browser.subscribe(house.alice, f"{service.url}/send/a")
    tickets = [factories.ticket(house, agent=house.alice) for _n in range(7)]
    for ticket in tickets:
        tell(ticket, house.alice, way="push", step=f"warn-{ticket.pk}")
    deliver.deliver_due()
    [asked] = service.asked
    assert tickets[0].number in browser.read(asked.body)["body"]


def test_without_a_ground_in_law_it_stays_off(house: factories.House) -> None:
    for facts in (PushFacts(True), PushFacts(True, "other", "short"), PushFacts(True, "made_up", ON.basis)):
        with pytest.raises(Invalid):
            turn_on(house, facts)
    assert not PushRule.objects.filter(active=True).exists()
    with pytest.raises(Conflict):
        Browser().subscribe(house.alice, "https://push.example/a")


def test_only_who_may_connect_channels_decides(house: factories.House) -> None:
    with pytest.raises(NotAllowed):
        push.set_rule(factories.actor(house.alice), facts=ON, now=NOW)
    assert not PushRule.objects.exists()


def test_the_key_is_made_once_and_kept_sealed(house: factories.House) -> None:
    turn_on(house)
    first = push.public_key()
    turn_on(house, PushFacts(False))
    assert push.public_key() == ""
    turn_on(house)
    assert push.public_key() == first
    assert "PRIVATE" not in PushRule.objects.get().private
    assert Event.objects.filter(subject="push").count() == 3


@pytest.mark.parametrize(
    "url", ["http://push.example/a", "https://127.0.0.1/a", "https://[::1]/a", "https://10.0.0.8/a", "ftp://x", ""]
)
def test_an_address_in_our_own_network_is_refused(house: factories.House, url: str) -> None:
    turn_on(house)
    with pytest.raises(Invalid):
        Browser().subscribe(house.alice, url)
    assert not PushBrowser.objects.exists()


def test_whoever_subscribes_is_told_of_every_step(house: factories.House, service: Provider) -> None:
    turn_on(house)
    Browser().subscribe(house.alice, f"{service.url}/a")
    assert Preference.objects.get(staff=house.alice).more == ["push"]


def test_a_browser_that_another_person_uses_now_is_his(house: factories.House, service: Provider) -> None:
    turn_on(house)
    browser = Browser()
    browser.subscribe(house.alice, f"{service.url}/a")
    browser.subscribe(house.bo, f"{service.url}/a")
    assert [row.staff_id for row in PushBrowser.objects.all()] == [house.bo.pk]


def test_nobody_takes_away_the_browser_of_another(house: factories.House, service: Provider) -> None:
    turn_on(house)
    row = Browser().subscribe(house.alice, f"{service.url}/a")
    with pytest.raises(NotFound):
        push.unsubscribe(factories.actor(house.dee), browser=row.pk, now=NOW)
    assert PushBrowser.objects.count() == 1
    push.unsubscribe(factories.actor(house.alice), browser=row.pk, now=NOW)
    assert not PushBrowser.objects.exists()


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_a_mail_comes(
    house: factories.House, service: Provider, status: int
) -> None:
    turn_on(house)
    service.on("/gone", Says({}, status=status))
    Browser().subscribe(house.alice, f"{service.url}/gone")
    tell(factories.ticket(house, agent=house.alice), house.alice, way="push")
    deliver.deliver_due()
    assert not PushBrowser.objects.exists()
    assert set(Notice.objects.filter(staff=house.alice, step="warn").values_list("way", "state")) == {
        ("push", "failed"), ("mail", "pending"),
    }  # fmt: skip


def test_a_service_that_is_ill_is_tried_again_and_what_is_wrong_stands_at_the_browser(
    house: factories.House, service: Provider
) -> None:
    turn_on(house)
    service.on("/ill", Says({}, status=503))
    row = Browser().subscribe(house.alice, f"{service.url}/ill")
    [notice] = tell(factories.ticket(house, agent=house.alice), house.alice, way="push")
    deliver.deliver_due()
    notice.refresh_from_db()
    row.refresh_from_db()
    assert (notice.state, row.problem, row.failures) == (NoticeState.PENDING, "push_refused: 503", 1)
    service.on("/ill", Says({}, status=201))
    with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
        deliver.deliver_due()
    notice.refresh_from_db()
    row.refresh_from_db()
    assert (notice.state, row.problem, row.failures) == (NoticeState.SENT, "", 0)


def test_one_of_two_browsers_is_enough(house: factories.House, service: Provider) -> None:
    turn_on(house)
    service.on("/ill", Says({}, status=500))
    Browser().subscribe(house.alice, f"{service.url}/ill")
    Browser().subscribe(house.alice, f"{service.url}/well")
    [notice] = tell(factories.ticket(house, agent=house.alice), house.alice, way="push")
    deliver.deliver_due()
    notice.refresh_from_db()
    assert notice.state == NoticeState.SENT


def test_switched_off_a_mail_comes_instead(house: factories.House, service: Provider) -> None:
    turn_on(house)
    Browser().subscribe(house.alice, f"{service.url}/a")
    turn_on(house, PushFacts(False))
    tell(factories.ticket(house, agent=house.alice), house.alice, way="push")
    deliver.deliver_due()
    assert service.asked == []
    assert Notice.objects.filter(staff=house.alice, way="mail", step="warn").exists()


def test_a_name_that_points_inside_later_is_refused_where_it_is_connected(
    house: factories.House, service: Provider, settings: Settings
) -> None:
    turn_on(house)
    row = Browser().subscribe(house.alice, f"{service.url}/a")
    settings.YINGNUO = replace(settings.YINGNUO, inner_hosts=())
    with pytest.raises(ChannelError, match="not_https"):
        push.send(house.alice, push.Told("t", "b", "/", "x"))
    row.refresh_from_db()
    assert row.failures == 1
    assert service.asked == []
