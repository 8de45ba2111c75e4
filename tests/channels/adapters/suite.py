"""What every adapter must do, whatever its provider. An adapter's test module inherits the parts that apply to it:

    class TestTelegram(CalledContract, TalkingContract, FilesContract):
        case = TelegramCase()

and gives a `Case`: how its provider calls, what it sends (captured in shape, in our own words), how it answers. A part
that applies and is not inherited is a failure.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.test import Client

from tests import factories
from tests.channels.provider import Asked, Provider, serving
from yingnuo.channels import accounts, departures, hooks, post, registry, talks
from yingnuo.channels.contract import (
    Account,
    Adapter,
    ChannelError,
    Fetches,
    Hook,
    Media,
    Outgoing,
    ReceiptState,
    Rejected,
    SettingType,
)  # fmt: skip
from yingnuo.channels.models import Channel, Conversation, Delivery, Raw, RawState
from yingnuo.channels.sms_models import Basis
from yingnuo.journey import heard, reply
from yingnuo.tickets.models import Message, Ticket, Via

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ANSWER = "请看说明书第三页。 See page three."
GROUPS = ("messaging", "phone", "devices", "sms", "staff")


@dataclass(frozen=True, slots=True)
class Payload:
    """One body as the provider sends it, in plain (before it is encrypted or signed), and what it must come to."""

    name: str
    body: bytes
    words: tuple[str, ...] = ()  # the texts of its arrivals
    media: int = 0
    receipts: int = 0
    calls: int = 0
    readings: int = 0
    pull: bool = False


class Case:
    """One provider. Override what is marked; `provider` is a server of this machine that plays it."""

    kind: str = ""
    peer: str = "peer-1"  # an address that `send` takes

    def settings(self, provider: Provider) -> dict[str, Any]:
        """Settings of a channel that speaks to the server."""
        raise NotImplementedError

    def secrets(self) -> dict[str, str]:
        """Its secrets; none of them may ever show in an error."""
        raise NotImplementedError

    def payloads(self) -> Sequence[Payload]:
        """What the provider sends. The first one is somebody's words (for a channel that brings words)."""
        raise NotImplementedError

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        """A genuine call with this body, signed and encrypted as the provider does."""
        raise NotImplementedError

    def forged(self, hook: Hook) -> Sequence[Hook]:
        """Calls that are refused: at least another body under the same signature, and no signature."""
        raise NotImplementedError

    def answers(self, provider: Provider) -> None:
        """Sets what the server answers when all is well."""
        raise NotImplementedError

    def sent(self, provider: Provider) -> Sequence[Asked]:
        """The requests by which words were sent, of all that the server was asked."""
        raise NotImplementedError

    def text_of(self, asked: Asked) -> str:
        """The words in one such request."""
        raise NotImplementedError

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        """The body that tells of one delivery; None where the provider tells nothing of this state."""
        return None

    def prepare(self, channel: Channel) -> None:
        """What an administrator does beyond the settings (templates of a channel that takes nothing else)."""

    def outgoing(self, text: str) -> Outgoing:
        """Words as the adapter gets them."""
        return Outgoing("key", self.peer, "", text)

    def media(self) -> Media | None:
        """A file to be fetched, served by `answers`; None where files come along or never."""
        return None


class AdapterContract:
    """Inherited by each adapter's tests."""

    case: ClassVar[Case]

    @pytest.fixture
    def provider(self) -> Iterator[Provider]:
        with serving(Provider()) as provider:
            self.case.answers(provider)
            yield provider

    @pytest.fixture
    def account(self, provider: Provider) -> Account:
        return Account("there", self.case.settings(provider), self.case.secrets())

    @pytest.fixture
    def channel(self, db: None, provider: Provider) -> Channel:
        factories.house(now=NOW)
        settings = {**self.case.settings(provider), "receipt": False}
        secret = accounts.sealed(self.case.secrets())
        given = {"kind": self.case.kind, "settings": settings, "secret": secret}
        channel = Channel.objects.create(code="there", name="There", **given)
        if self.adapter.profile.abroad:
            Basis.objects.create(channel=channel, ground="out_of_scope", text="Customers abroad only.", at=NOW)
        self.case.prepare(channel)
        return channel

    @property
    def adapter(self) -> Adapter:
        return registry.adapter_of(self.case.kind)

    # what it says of itself

    def test_its_profile_is_whole(self) -> None:
        profile = self.adapter.profile
        assert profile.kind == self.case.kind
        assert profile.group in GROUPS
        assert profile.via in ("", *Via.values)
        names = [setting.name for setting in profile.settings]
        assert len(set(names)) == len(names)
        assert {"name", "code", "active"}.isdisjoint(names)
        assert profile.guide, "an administrator must learn how to connect it"

    def test_its_secrets_are_declared_secret(self) -> None:
        declared = {s.name for s in self.adapter.profile.settings if s.type is SettingType.SECRET}
        assert set(self.case.secrets()) <= declared

    def test_it_is_tested_for_all_it_can(self) -> None:
        """The parts of the contract are chosen by class: none may be forgotten."""
        profile, parts = self.adapter.profile, type(self).__mro__
        brings_words = any(payload.words for payload in self.case.payloads())
        expected = {
            CalledContract: profile.hook,
            WordsContract: brings_words,
            SendingContract: profile.sends,
            TalkingContract: profile.sends and brings_words,
            FilesContract: isinstance(self.adapter, Fetches),
            AbroadContract: profile.abroad,
        }
        assert [part.__name__ for part, due in expected.items() if due and part not in parts] == []

    def test_every_payload_is_understood(self, account: Account) -> None:
        for payload in self.case.payloads():
            found = self.adapter.understand(account, self._plain(payload, account), NOW)
            texts = tuple(arrival.text for arrival in found.arrivals)
            media = sum(len(arrival.media) + len(arrival.files) for arrival in found.arrivals)
            counts = (media, len(found.receipts), len(found.calls), len(found.readings), found.pull)
            expected = (payload.media, payload.receipts, payload.calls, payload.readings, payload.pull)
            assert (texts, counts) == (payload.words, expected), payload.name
            assert all(arrival.peer and arrival.external_id for arrival in found.arrivals), payload.name

    def test_damaged_payloads_raise_nothing_but_value_errors(self, account: Account) -> None:
        chance = random.Random(7)
        for payload in self.case.payloads():
            plain = self._plain(payload, account)
            for damaged in (b"", b"{}", b"[]", b"null", b"\xff\xfe", *(_damaged(plain, chance) for _ in range(200))):
                try:
                    self.adapter.understand(account, damaged, NOW)
                except ValueError:
                    continue

    def test_what_cannot_be_understood_is_kept_and_said(self, channel: Channel) -> None:
        Raw.objects.create(channel=channel, key="odd", content=b"\xff no such thing", size=1, received_at=NOW)
        heard.take_waiting(now=NOW)
        raw = Raw.objects.get(key="odd")
        channel.refresh_from_db()
        assert raw.state == RawState.TAKEN or (raw.problem and channel.problem)
        if self.adapter.profile.group == "messaging" and raw.state == RawState.FAILED:
            heard.take_waiting(state=RawState.FAILED, now=NOW)
            assert Ticket.objects.count() == 1

    def test_trying_it_out(self, account: Account, provider: Provider) -> None:
        self.adapter.probe(account, self.case.peer)
        provider.down(401)
        with pytest.raises(ChannelError) as error:
            self.adapter.probe(account, self.case.peer)
        self._keeps_its_secrets(str(error.value))

    def _keeps_its_secrets(self, words: str) -> None:
        assert not [name for name, secret in self.case.secrets().items() if secret in words]

    def _plain(self, payload: Payload, account: Account) -> bytes:
        """The body as it is kept."""
        if not self.adapter.profile.hook:
            return payload.body
        return self.adapter.verify(account, self.case.hook(payload.body, account, NOW)).body

    def _body(self, payload: Payload, channel: Channel) -> bytes:
        return self._plain(payload, accounts.of(channel))


class AbroadContract(AdapterContract):
    """Of one that carries data out of the country."""

    def test_without_a_lawful_basis_nothing_comes_in_and_nothing_goes_out(self, channel: Channel) -> None:
        Basis.objects.update(withdrawn_at=NOW)
        genuine = self.case.hook(self.case.payloads()[0].body, accounts.of(channel), NOW)
        with pytest.raises(Rejected) as refused:
            hooks.take(channel, genuine)
        assert refused.value.code == "off"
        with pytest.raises(ChannelError) as error:
            departures.send(channel, self.case.outgoing("words"))
        assert (error.value.code, error.value.waits) == ("no_lawful_basis", True)
        assert not Raw.objects.exists()


class CalledContract(AdapterContract):
    """Of a channel whose provider calls our hook."""

    def test_a_genuine_call_is_kept_and_taken_in_once(self, channel: Channel) -> None:
        payload = self.case.payloads()[0]
        for _time in range(2):
            hooks.take(channel, self.case.hook(payload.body, accounts.of(channel), NOW))
        rows = Raw.objects.filter(channel=channel)
        assert [bytes(raw.content) != b"" for raw in rows] == [True]
        heard.take_waiting(now=NOW)
        assert Raw.objects.filter(channel=channel, state=RawState.TAKEN).exists()
        assert not Raw.objects.exclude(state=RawState.TAKEN).exists()

    def test_a_forged_call_leaves_nothing(self, channel: Channel) -> None:
        genuine = self.case.hook(self.case.payloads()[0].body, accounts.of(channel), NOW)
        forged = self.case.forged(genuine)
        assert len(forged) >= 2
        for hook in forged:
            with pytest.raises(Rejected):
                hooks.take(channel, hook)
        assert not Raw.objects.exists()

    def test_our_door_refuses_what_is_too_large_and_what_is_unknown(self, channel: Channel, client: Client) -> None:
        huge = client.post("/hooks/there/", b"x" * (hooks.LARGEST + 1), content_type="application/json")
        assert huge.status_code == 413
        assert client.post("/hooks/nowhere/", b"{}", content_type="application/json").status_code == 404
        Channel.objects.update(active=False)
        assert client.post("/hooks/there/", b"{}", content_type="application/json").status_code == 404
        assert not Raw.objects.exists()


class TimedContract(CalledContract):
    """Of one whose calls carry a signed time."""

    def test_an_old_call_is_refused(self, account: Account) -> None:
        hook = self.case.hook(self.case.payloads()[0].body, account, NOW - timedelta(hours=1))
        with pytest.raises(Rejected) as error:
            self.adapter.verify(account, replace(hook, received_at=NOW))
        assert error.value.code == "stale"


class WordsContract(AdapterContract):
    """Of one that brings people's words."""

    def _words(self) -> Payload:
        return next(p for p in self.case.payloads() if p.words)

    def test_the_same_words_in_another_call_are_taken_in_once(self, channel: Channel) -> None:
        payload = self._words()
        for key in ("first", "again"):
            Raw.objects.create(
                channel=channel, key=key, content=self._body(payload, channel), size=1, received_at=NOW
            )  # fmt: skip
        heard.take_waiting(now=NOW)
        assert list(Message.objects.filter(author="customer").values_list("text", flat=True)) == list(payload.words)

    def test_words_open_a_ticket_and_more_words_join_it(self, channel: Channel) -> None:
        payload = self._words()
        Raw.objects.create(channel=channel, key="one", content=self._body(payload, channel), size=1, received_at=NOW)
        heard.take_waiting(now=NOW)
        talk = Conversation.objects.get()
        assert Ticket.objects.count() == 1
        assert talk.ticket == Ticket.objects.get()
        assert talk.last_in_at is not None
        assert talk.ticket.via == self.adapter.profile.via
        assert talks.continues(talk, at=NOW + timedelta(minutes=5)) == talk.ticket_id


class SendingContract(AdapterContract):
    """Of one on which something is sent."""

    def test_long_words_go_in_pieces(self, account: Account, provider: Provider) -> None:
        longest = self.adapter.profile.longest
        self.adapter.send(account, self.case.outgoing("字" * (longest + 10)))
        texts = [self.case.text_of(asked) for asked in self.case.sent(provider)]
        assert len(texts) == 2
        assert all(len(text) <= longest for text in texts)

    def test_a_provider_that_is_away_is_tried_again(self, account: Account, provider: Provider) -> None:
        for status in (500, 503, 429):
            provider.down(status, retry_after="7")
            with pytest.raises(ChannelError) as error:
                self.adapter.send(account, self.case.outgoing("words"))
            assert not error.value.permanent, status
            self._keeps_its_secrets(str(error.value))

    def test_a_provider_that_is_gone_is_tried_again(self, account: Account) -> None:
        nowhere = Account("there", self.case.settings(_Nowhere()), self.case.secrets())
        with pytest.raises(ChannelError) as error:
            self.adapter.send(nowhere, self.case.outgoing("words"))
        assert not error.value.permanent
        self._keeps_its_secrets(str(error.value))


class TalkingContract(WordsContract, SendingContract):
    """Of one on which people are answered."""

    def _answered(self, channel: Channel) -> Delivery:
        """A customer wrote, Alice answers; the delivery waits."""
        payload = self._words()
        Raw.objects.create(channel=channel, key="words", content=self._body(payload, channel), size=1, received_at=NOW)
        heard.take_waiting(now=NOW)
        ticket = Ticket.objects.get()
        alice = factories.Staff.objects.get(username="alice")
        said = reply.Said(ANSWER)
        message = reply.answer(factories.actor(alice), ticket_id=ticket.pk, said=said, now=NOW)
        return Delivery.objects.get(message=message)

    def test_an_answer_reaches_the_provider(self, channel: Channel, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            row = self._answered(channel)
            post.deliver_due()
        row.refresh_from_db()
        assert (row.state, row.problem) == ("sent", "")
        assert [self.case.text_of(asked) for asked in self.case.sent(provider)] == [
            "请看说明书第三页。 See page three."
        ]
        channel.refresh_from_db()
        assert channel.last_out_at is not None

    def test_a_failing_provider_is_left_alone_for_a_while(self, channel: Channel, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            row = self._answered(channel)
            provider.down()
            for _attempt in range(accounts.PATIENCE):
                Delivery.objects.filter(pk=row.pk).update(retry_at=NOW - timedelta(days=300), state="pending")
                assert post.deliver_due() == 1
            Delivery.objects.filter(pk=row.pk).update(retry_at=NOW - timedelta(days=300), state="pending")
            Channel.objects.update(retry_at=NOW + timedelta(days=3650))
            assert post.deliver_due() == 0
        channel.refresh_from_db()
        assert channel.failures >= accounts.PATIENCE
        assert channel.problem


class ReceiptsContract(TalkingContract):
    """Of one whose provider tells what became of a message."""

    def test_receipts_move_a_delivery_forward_only(self, channel: Channel) -> None:
        with time_machine.travel(NOW, tick=False):
            row = self._answered(channel)
            post.deliver_due()
        row.refresh_from_db()
        told = [s for s in ReceiptState if self.case.receipt(row.external_id, s) is not None]
        for number, state in enumerate(told):
            body = self.case.receipt(row.external_id, state) or b""
            Raw.objects.create(channel=channel, key=f"receipt-{number}", content=body, size=1, received_at=NOW)
            heard.take_waiting(now=NOW)
        row.refresh_from_db()
        best = [s for s in ("sent", "delivered", "read") if s in told]
        assert row.state == (best[-1] if best else "failed")


class FilesContract(AdapterContract):
    """Of one whose files are fetched."""

    def test_files_are_fetched(self, account: Account) -> None:
        media, adapter = self.case.media(), self.adapter
        assert media is not None
        assert isinstance(adapter, Fetches)
        assert adapter.fetch(account, media).data


class _Nowhere(Provider):
    """A server that is not there: port 1 of the loopback takes no connections."""

    def __init__(self) -> None:
        super().__init__()
        self.url = "http://127.0.0.1:1"


def _damaged(body: bytes, chance: random.Random) -> bytes:
    """The body with a part cut out, a byte changed, or one value of its JSON replaced by something odd."""
    how = chance.randrange(3)
    if how == 0 and body:
        start = chance.randrange(len(body))
        return body[:start] + body[start + chance.randrange(1, 40) :]
    if how == 1 and body:
        at = chance.randrange(len(body))
        return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
    try:
        return json.dumps(_odd(json.loads(body), chance)).encode()
    except ValueError:
        return body[: len(body) // 2]


def _odd(value: Any, chance: random.Random) -> Any:
    if isinstance(value, Mapping) and value:
        name = chance.choice(sorted(value))
        return {**value, name: _odd(value[name], chance)}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], _odd(value[at], chance), *value[at + 1 :]]
    return chance.choice([None, "", "x", -1, 10**30, [], {}, [None], {"a": None}, True, 1.5, "\x00"])
