"""Does the adapter of 微信客服 keep the contract, and what is its own: news by cursor, five messages, states?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from tests import factories
from tests.channels.adapters import weixin_calls
from tests.channels.adapters.suite import NOW, Case, FilesContract, Payload, ReceiptsContract, TimedContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels import accounts, hooks, post, pulls, talks
from yingnuo.channels.adapters.wecom_kf import LEADS_TO, WecomKf
from yingnuo.channels.contract import Account, ChannelError, Hook, Media, Outgoing, ReceiptState
from yingnuo.channels.models import Channel, Conversation, Delivery, Raw
from yingnuo.engine.windows import Shut
from yingnuo.journey import heard, reply
from yingnuo.kit.errors import Conflict
from yingnuo.tickets.models import Message, Ticket

CORP, KF, CHEN = "ww7a1b2c3d4e5f6071", "wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw", "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
_SECOND = int(NOW.timestamp()) - 5
_NUMBERS = iter(range(1, 10**6))


def message(kind: str, *, number: str = "", origin: int = 3, **content: Any) -> dict[str, Any]:
    """One message as sync_msg lists it."""
    return {
        "msgid": number or f"m{next(_NUMBERS)}", "open_kfid": KF, "external_userid": CHEN, "send_time": _SECOND,
        "origin": origin, "msgtype": kind, kind: content,
    }  # fmt: skip


def event(kind: str, **content: Any) -> dict[str, Any]:
    """One event as sync_msg lists it."""
    known = {"event_type": kind, "open_kfid": KF, "external_userid": CHEN, **content}
    return {"msgid": f"e{next(_NUMBERS)}", "send_time": _SECOND, "origin": 4, "msgtype": "event", "event": known}


def kept(said: dict[str, Any]) -> bytes:
    """The body that is kept of it."""
    return json.dumps({"message": said, "customer": "陈女士"}, ensure_ascii=False).encode()


def news(told: str = "ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra996NR") -> bytes:
    """The announcement."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><CreateTime>{_SECOND}</CreateTime>"
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event>"
        f"<Token><![CDATA[{told}]]></Token><OpenKfId><![CDATA[{KF}]]></OpenKfId></xml>"
    ).encode()


class KfCase(Case):
    """A service account with one customer."""

    kind = "wecom_kf"
    peer = f"{KF}:{CHEN}"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"corp_id": CORP, "api": provider.url}

    def secrets(self) -> dict[str, str]:
        return {"secret": "made-up-kf-secret", "token": weixin_calls.TOKEN, "aes_key": weixin_calls.AES_KEY}

    def payloads(self) -> Sequence[Payload]:
        place = {"latitude": 23.1, "longitude": 113.3, "name": "天河城", "address": "天河路 208 号"}
        link = {"title": "E3 怎么办", "desc": "说明", "url": "https://laundry.example/e3"}
        words = [
            (message("text", content="洗衣机报 E3，怎么办？"), "洗衣机报 E3，怎么办？", 0),
            (message("image", media_id="img"), "", 1),
            (message("voice", media_id="voi"), "", 1),
            (message("video", media_id="vid"), "", 1),
            (message("file", media_id="fil", filename="发票.pdf"), "", 1),
            (message("location", **place), "天河城\n天河路 208 号\n23.1, 113.3", 0),
            (message("link", **link), "E3 怎么办\n说明\nhttps://laundry.example/e3", 0),
            (message("miniprogram", title="我的订单", appid="wx1", pagepath="a/b.html"), "我的订单\na/b.html", 0),
            (message("sticker_of_tomorrow", odd=1), "[sticker_of_tomorrow]", 0),
        ]
        nothing = [
            message("text", origin=5, servicer_userid="alice", content="我们看看"),
            event("enter_session", scene="web", welcome_code="w1"),
            event("servicer_status_change", servicer_userid="alice", status=1),
            event("user_recall_msg", recall_msgid="m1"),
            event("session_status_change", change_type=1, new_servicer_userid="alice"),
            event("of_tomorrow"),
        ]
        return (
            *(Payload(said["msgtype"], kept(said), words=(text,), media=media) for said, text, media in words),
            *(Payload(f"nothing {number}", kept(said)) for number, said in enumerate(nothing)),
            Payload("failed", kept(event("msg_send_fail", fail_msgid="ours-1", fail_type=10)), receipts=1),
            Payload("news", news(), pull=True),
            Payload("other event", b"<xml><Event>change_contact</Event></xml>"),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        return weixin_calls.sealed(body, at, receiver=CORP)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return weixin_calls.forged(hook)

    def answers(self, provider: Provider) -> None:
        provider.on("/cgi-bin/gettoken", {"errcode": 0, "access_token": "at-1", "expires_in": 7200})
        provider.on("/cgi-bin/kf/send_msg", lambda asked: Says({"errcode": 0, "msgid": asked.json["msgid"]}))
        provider.on(
            "/cgi-bin/kf/account/list", {"errcode": 0, "account_list": [{"open_kfid": KF, "name": "洗衣机售后"}]}
        )
        provider.on("/cgi-bin/media/upload", {"errcode": 0, "type": "image", "media_id": "up-1"})
        name = {"Content-Disposition": 'attachment; filename="panel.jpg"'}
        provider.on("/cgi-bin/media/get", Says(b"\xff\xd8\xff", headers=name, content_type="image/jpeg"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to("/cgi-bin/kf/send_msg")

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"]["content"])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        if state is not ReceiptState.FAILED:
            return None
        return kept(event("msg_send_fail", fail_msgid=f"{external_id}-1", fail_type=10))

    def media(self) -> Media | None:
        return Media("img", "", "image/jpeg")


class TestWecomKf(TimedContract, ReceiptsContract, FilesContract):
    """The contract, and what is 微信客服's own."""

    case = KfCase()

    def test_the_address_is_proved(self, account: Account) -> None:
        checked = WecomKf().verify(account, weixin_calls.echo("3041558901", NOW, receiver=CORP))
        assert (checked.body, checked.answer.body) == (b"", b"3041558901")

    def test_news_are_asked_for_by_cursor_until_there_are_none(self, channel: Channel, provider: Provider) -> None:
        town = _Town([message("text", content=f"第 {n} 句") for n in range(7)])
        provider.on("/cgi-bin/kf/sync_msg", town.sync)
        provider.on("/cgi-bin/kf/customer/batchget", town.names)
        hint = heard_hint(channel, news())
        assert pulls.run(channel, hint=hint) == 7
        assert [asked.json.get("cursor") for asked in provider.to("/cgi-bin/kf/sync_msg")] == [None, "3", "6"]
        assert {asked.json["token"] for asked in provider.to("/cgi-bin/kf/sync_msg")} == {json.loads(hint)["token"]}
        heard.take_waiting(now=NOW)
        assert Message.objects.count() == 7
        assert (Ticket.objects.count(), Ticket.objects.get().contact.name) == (1, "陈女士")
        assert len(provider.to("/cgi-bin/kf/customer/batchget")) == 1

    def test_news_told_twice_change_nothing(self, channel: Channel, provider: Provider) -> None:
        town = _Town([message("text", content="一句")])
        provider.on("/cgi-bin/kf/sync_msg", town.sync)
        for _time in range(2):
            Channel.objects.update(cursor="")
            channel.refresh_from_db()
            pulls.run(channel, hint=heard_hint(channel, news()))
            heard.take_waiting(now=NOW)
        assert Message.objects.count() == 1

    def test_a_call_leads_to_the_asking(self, channel: Channel, provider: Provider) -> None:
        hooks.take(channel, self.case.hook(news("t-9"), accounts.of(channel), NOW))
        heard.take_waiting(now=NOW)
        job = ProcrastinateJob.objects.get(task_name="channels.pull")
        assert json.loads(job.args["hint"]) == {"token": "t-9", "kf": KF}
        assert job.lock is None  # one that was killed must not hold up the next

    def test_a_token_that_ended_is_asked_for_anew_once(self, account: Account, provider: Provider) -> None:
        tokens = iter(("old", "new", "never"))
        provider.on(
            "/cgi-bin/gettoken", lambda _a: Says({"errcode": 0, "access_token": next(tokens), "expires_in": 7200})
        )

        def send(asked: Asked) -> Says:
            good = asked.query["access_token"] == "new"
            return Says({"errcode": 0 if good else 42001, "errmsg": "" if good else "access_token expired"})

        provider.on("/cgi-bin/kf/send_msg", send)
        for key in ("one", "two"):
            WecomKf().send(account, Outgoing(key, self.case.peer, "", "好的"))
        assert [asked.query["access_token"] for asked in self.case.sent(provider)] == ["old", "new", "new"]

    def test_the_same_delivery_has_the_same_ids(self, account: Account, provider: Provider) -> None:
        out = Outgoing("message-5", self.case.peer, "", "字" * 700)
        assert WecomKf().send(account, out) == WecomKf().send(account, out)
        ids = [asked.json["msgid"] for asked in self.case.sent(provider)]
        assert ids[:2] == ids[2:]
        assert len(set(ids)) == 2
        assert all(len(one) <= 32 for one in ids)

    def test_what_the_provider_has_already_is_sent(self, account: Account, provider: Provider) -> None:
        provider.on("/cgi-bin/kf/send_msg", {"errcode": 40058, "errmsg": "msgid already exists"})
        assert WecomKf().send(account, Outgoing("message-5", self.case.peer, "", "好的"))

    @pytest.mark.parametrize(
        ("number", "code", "lasting"),
        [(95001, "window_used_up", True), (95002, "window_over", True), (95018, "held_elsewhere", True),
         (45009, "refused", False), (-1, "refused", False), (48002, "refused", False)],
    )  # fmt: skip
    def test_errors_are_told_apart(
        self, account: Account, provider: Provider, number: int, code: str, lasting: bool
    ) -> None:
        provider.on("/cgi-bin/kf/send_msg", {"errcode": number, "errmsg": "no"})
        with pytest.raises(ChannelError) as error:
            WecomKf().send(account, Outgoing("key", self.case.peer, "", "好的"))
        assert (error.value.code, error.value.permanent) == (code, lasting)

    def test_a_customers_refusal_is_readable_at_the_message(self, channel: Channel, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            row = self._answered(channel)
            post.deliver_due()
        row.refresh_from_db()
        body = self.case.receipt(row.external_id, ReceiptState.FAILED) or b""
        Raw.objects.create(channel=channel, key="fail", content=body, size=1, received_at=NOW)
        heard.take_waiting(now=NOW)
        row.refresh_from_db()
        assert (row.state, row.problem) == ("failed", "blocked")

    def test_five_messages_and_no_more(self, channel: Channel, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            self._answered(channel)
            post.deliver_due()
            Conversation.objects.update(sent_since=4)
            ticket = Ticket.objects.get()
            long = self._say(ticket, "字" * 700)
            post.deliver_due()
            short = self._say(ticket, "好的")
            post.deliver_due()
        long.refresh_from_db()
        short.refresh_from_db()
        assert (long.state, long.problem) == ("failed", "window_too_small")
        assert (short.state, Conversation.objects.get().sent_since) == ("sent", 5)

    def test_after_48_hours_the_composer_refuses(self, channel: Channel) -> None:
        with time_machine.travel(NOW, tick=False):
            self._answered(channel)
        before = Message.objects.count()
        with pytest.raises(Conflict) as refused:
            self._say(Ticket.objects.get(), "还在吗", now=NOW + timedelta(hours=48, seconds=1))
        assert refused.value.code == "window_over"
        assert Message.objects.count() == before

    def test_what_was_queued_in_time_and_is_due_too_late_fails(self, channel: Channel, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            row = self._answered(channel)
        with time_machine.travel(NOW + timedelta(hours=49), tick=False):
            Delivery.objects.update(retry_at=NOW - timedelta(days=900))
            post.deliver_due()
        row.refresh_from_db()
        assert (row.state, row.problem) == ("failed", "window_over")
        assert not self.case.sent(provider)

    def test_states_follow_the_provider(self, channel: Channel) -> None:
        self._take(channel, message("text", content="在吗"))
        talk = Conversation.objects.get()
        assert talk.state == "0"
        for change, state in ((1, "3"), (2, "3"), (3, "4")):
            self._take(channel, event("session_status_change", change_type=change))
            talk.refresh_from_db()
            assert talk.state == state
            assert talks.chance(talk, now=NOW).shut is Shut.ELSEWHERE
        self._take(channel, message("text", content="还有一件事"))
        talk.refresh_from_db()
        assert (talk.state, talks.chance(talk, now=NOW).shut) == ("0", None)

    def test_his_words_do_not_take_a_talk_from_a_colleague(self, channel: Channel) -> None:
        self._take(channel, message("text", content="在吗"))
        self._take(channel, event("session_status_change", change_type=1))
        self._take(channel, message("text", content="好"))
        assert Conversation.objects.get().state == "3"

    def test_only_allowed_turns_are_asked_for(self, account: Account, provider: Provider) -> None:
        provider.on("/cgi-bin/kf/service_state/trans", {"errcode": 0})
        for now, allowed in LEADS_TO.items():
            for state in LEADS_TO:
                if state in allowed:
                    assert WecomKf().steer(account, self.case.peer, now, state) == state
                else:
                    with pytest.raises(ChannelError):
                        WecomKf().steer(account, self.case.peer, now, state)
        asked = provider.to("/cgi-bin/kf/service_state/trans")
        assert len(asked) == sum(map(len, LEADS_TO.values()))
        assert asked[0].json["open_kfid"] == KF

    def _take(self, channel: Channel, said: dict[str, Any]) -> None:
        Raw.objects.create(channel=channel, key=said["msgid"], content=kept(said), size=1, received_at=NOW)
        heard.take_waiting(now=NOW)

    def _say(self, ticket: Ticket, text: str, now: datetime = NOW) -> Delivery:
        alice = factories.Staff.objects.get(username="alice")
        message = reply.answer(factories.actor(alice), ticket_id=ticket.pk, said=reply.Said(text), now=now)
        return Delivery.objects.get(message=message)


def heard_hint(channel: Channel, body: bytes) -> str:
    """The hint in an announcement."""
    return WecomKf().understand(accounts.of(channel), body, NOW).hint


class _Town:
    """What the provider holds: three messages an answer, by a cursor that counts them."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages

    def sync(self, asked: Asked) -> Says:
        start = int(asked.json.get("cursor") or 0)
        end = min(start + 3, len(self.messages))
        more = int(end < len(self.messages))
        found = self.messages[start:end]
        return Says({"errcode": 0, "next_cursor": str(end), "has_more": more, "msg_list": found})

    def names(self, asked: Asked) -> Says:
        known = [{"external_userid": one, "nickname": "陈女士"} for one in asked.json["external_userid_list"]]
        return Says({"errcode": 0, "customer_list": known})
