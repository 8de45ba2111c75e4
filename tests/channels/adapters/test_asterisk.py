"""Does Asterisk's adapter keep the contract, against an exchange that speaks over a socket?"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import OperationalError

from tests.channels.adapters.suite import NOW, AdapterContract, Case, Payload
from tests.channels.ami_server import SECRET, AmiServer
from tests.channels.provider import Provider, Says, serving
from tests.kit.serving import until
from yingnuo.channels.adapters.asterisk import Asterisk
from yingnuo.channels.contract import Account, ChannelError
from yingnuo.channels.happenings import CallEvent
from yingnuo.channels.happenings import CallMoment as M

CALL = {"Channel": "PJSIP/trunk-00000001", "Uniqueid": "1772.1", "Linkedid": "1772.1", "CallerIDNum": "13800002210"}
MEMBER = {"Queue": "service", "Interface": "PJSIP/8001", "MemberName": "8001"}
OUT = {"Channel": "PJSIP/8001-0000002a", "Uniqueid": "yn-7", "Linkedid": "yn-7", "Context": "from-internal"}


def _body(*events: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps({"at": NOW.timestamp() - 1, "event": event}) for event in events).encode()


def _heard(*events: dict[str, Any]) -> list[CallEvent]:
    account = Account("there", {"trunks": "from-trunk", "prefix": "9"}, {})
    return list(Asterisk().understand(account, _body(*events), NOW).calls)


def _one(event: dict[str, Any]) -> CallEvent:
    [found] = _heard(event)
    return found


class AsteriskCase(Case):
    """An exchange of this machine."""

    kind = "asterisk"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return provider.settings  # type: ignore[attr-defined,no-any-return]

    def secrets(self) -> dict[str, str]:
        return {"secret": SECRET}

    def payloads(self) -> Sequence[Payload]:
        new = {"Event": "Newchannel", **CALL, "Context": "from-trunk", "Exten": "4008001234"}
        join = {"Event": "QueueCallerJoin", **CALL, "Queue": "service", "Position": "1"}
        status = {"Event": "QueueMemberStatus", **MEMBER, "Status": "1", "Paused": "0"}
        odd = {"Event": "RTCPSent", "Channel": "PJSIP/8001-1"}
        return (
            Payload("call", _body(new, join), calls=2),
            Payload("member", _body(status), calls=1),
            Payload("roll", _body({"Event": "YingnuoRollCall", "Alive": ["1772.1"]}), calls=1),
            Payload("nothing", _body(odd)),
        )

    def answers(self, provider: Provider) -> None:
        """It answers by itself."""


class TestAsterisk(AdapterContract):
    """The contract, and what is Asterisk's own."""

    case = AsteriskCase()

    @pytest.fixture
    def provider(self) -> Iterator[AmiServer]:
        with AmiServer() as pbx:
            yield pbx


@pytest.fixture
def pbx() -> Iterator[AmiServer]:
    with AmiServer() as found:
        yield found


def _account(pbx: AmiServer, **more: object) -> Account:
    return Account("pbx", {**pbx.settings, **more}, {"secret": SECRET})


def _listening(account: Account, kept: list[bytes], stop: threading.Event, fails: list[int]) -> threading.Thread:
    def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
        if bodies and fails:
            fails.pop()
            raise OperationalError("the database is away")
        kept.extend(body for _key, body in bodies)

    thread = threading.Thread(target=Asterisk().listen, args=(account, keep, stop), daemon=True)
    thread.start()
    return thread


def test_a_call_is_told_from_its_beginning_to_its_end(pbx: AmiServer) -> None:
    kept, stop = [], threading.Event()
    thread = _listening(_account(pbx), kept, stop, [])
    until(lambda: pbx.listeners() == 1, 5)
    call = pbx.comes("13800002210", queue="service")
    pbx.rings(call, "8001")
    pbx.connects(call, "8001")
    pbx.hangs_up(call)
    until(lambda: b"Hangup" in b"".join(kept), 5)
    stop.set()
    thread.join(5)
    told = [e for body in kept for e in Asterisk().understand(_account(pbx), body, NOW).calls if e.call == call]
    wanted = [M.OFFERED, M.QUEUED, M.RINGING, M.LEFT_QUEUE, M.ANSWERED, M.ENDED, M.ENDED]
    assert [e.moment for e in told] == wanted
    assert {e.caller for e in told if e.caller} == {"+8613800002210"}


def test_whoever_connects_anew_hears_of_the_calls_that_live(pbx: AmiServer) -> None:
    waiting, talking = pbx.comes("13800002210", queue="service"), pbx.comes("13911112222", queue="service")
    pbx.connects(talking, "8001")
    kept, stop = [], threading.Event()
    thread = _listening(_account(pbx), kept, stop, [])
    until(lambda: b"YingnuoRollCall" in b"".join(kept) and b"QueueEntry" in b"".join(kept), 5)
    stop.set()
    thread.join(5)
    told = [e for body in kept for e in Asterisk().understand(_account(pbx), body, NOW).calls]
    assert {(e.moment, e.call) for e in told if e.call} == {(M.QUEUED, waiting), (M.ANSWERED, talking)}
    assert [set(e.alive) for e in told if e.moment is M.ROLL_CALL] == [{waiting, talking}]


def test_nothing_is_lost_while_the_database_is_away(pbx: AmiServer) -> None:
    kept, stop = [], threading.Event()
    thread = _listening(_account(pbx), kept, stop, [1])
    until(lambda: pbx.listeners() == 1, 5)
    call = pbx.comes("13800002210", queue="service")
    until(lambda: call.encode() in b"".join(kept), 8)
    stop.set()
    thread.join(5)
    assert b"".join(kept).count(b"QueueCallerJoin") == 1


def test_a_broken_line_says_so(pbx: AmiServer) -> None:
    found: list[ChannelError] = []

    def listen() -> None:
        try:
            Asterisk().listen(_account(pbx), lambda bodies: None, threading.Event())
        except ChannelError as error:
            found.append(error)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    until(lambda: pbx.listeners() == 1, 5)
    pbx.cut()
    thread.join(5)
    assert [error.code for error in found] == ["broken"]


def test_a_click_rings_our_extension_and_calls_out_under_our_token(pbx: AmiServer) -> None:
    Asterisk().dial(_account(pbx, prefix="9"), extension="8001", number="+8613800002210", token="yn-abc")
    until(lambda: bool(pbx.originated), 3)
    [asked] = pbx.originated
    assert (asked["Channel"], asked["Exten"], asked["ChannelId"]) == ("PJSIP/8001", "913800002210", "yn-abc")


@pytest.mark.parametrize("extension", ["8001\r\nAction: Command", "80 01", "", "8001&PJSIP/9"])
def test_an_extension_that_is_none_is_never_sent(pbx: AmiServer, extension: str) -> None:
    with pytest.raises(ChannelError):
        Asterisk().dial(_account(pbx), extension=extension, number="+8613800002210", token="yn-abc")
    assert pbx.originated == []


def test_what_is_blocked_what_rings_and_what_is_transferred() -> None:
    dest = {"DestChannel": "PJSIP/8002-0000001c"}
    trunk = {**CALL, "Context": "from-trunk"}
    for status in ("BUSY", "CONGESTION", "CHANUNAVAIL"):
        assert _one({"Event": "DialEnd", **trunk, **dest, "DialStatus": status}).moment is M.BLOCKED
    assert _one({"Event": "DialBegin", **trunk, **dest}).agent == "8002"
    assert _heard({"Event": "DialEnd", **dest, "DestLinkedid": "yn-7", "DialStatus": "ANSWER"}) == []
    moved = _heard({"Event": "AttendedTransfer", "OrigTransfererLinkedid": "1772.1", "Result": "Success",
                    "TransferTargetChannel": "PJSIP/8003-0000001d"})  # fmt: skip
    assert [(e.moment, e.agent) for e in moved] == [(M.TRANSFERRED, ""), (M.ANSWERED, "8003")]


def test_an_outgoing_call_is_told_from_our_side() -> None:
    hand = {**OUT, "Uniqueid": "1772.9", "Linkedid": "1772.9", "Exten": "913800002210"}
    placed = _one({"Event": "Newchannel", **hand})
    assert (placed.direction, placed.agent, placed.called) == ("out", "8001", "+8613800002210")
    dest = {"DestChannel": "PJSIP/trunk-0000002b"}
    answered = _one({"Event": "DialEnd", **OUT, **dest, "DialStatus": "ANSWER"})
    assert (answered.moment, answered.agent, answered.direction) == (M.ANSWERED, "8001", "out")
    busy = _one({"Event": "DialEnd", **OUT, **dest, "DialStatus": "BUSY"})
    assert (busy.moment, busy.reason) == (M.UNANSWERED, "busy")


def test_agents_and_recordings() -> None:
    paused = _one({"Event": "QueueMemberPause", **MEMBER, "Paused": "1", "PausedReason": "lunch"})
    assert (paused.moment, paused.agent, paused.reason) == (M.AGENT_PAUSED, "8001", "lunch")
    assert _one({"Event": "QueueMemberStatus", **MEMBER, "Status": "5"}).moment is M.AGENT_GONE
    name = "/var/spool/asterisk/monitor/2026/03/02/1772.1.wav"
    assert _one({"Event": "VarSet", **CALL, "Variable": "MIXMONITOR_FILENAME", "Value": name}).recording == name
    assert _heard({"Event": "VarSet", **CALL, "Variable": "SIPURI", "Value": "x"}) == []


def test_a_recording_is_read_below_its_folder_only() -> None:
    with serving(Provider()) as store:
        store.on("/monitor/", Says(b"RIFF", content_type="audio/wav"))
        account = Account("pbx", {"recordings": f"{store.url}/monitor"}, {"recordings_secret": "made-up"})
        found = Asterisk().recording(account, "/var/spool/asterisk/monitor/2026/1772.1.wav")
        assert (found.data, found.content_type, store.asked[0].path) == (
            b"RIFF",
            "audio/wav",
            "/monitor/2026/1772.1.wav",
        )
        Asterisk().recording(account, "../../../etc/passwd")
        assert store.asked[1].path == "/monitor/etc/passwd"
        assert store.asked[1].headers["authorization"] == "Bearer made-up"
