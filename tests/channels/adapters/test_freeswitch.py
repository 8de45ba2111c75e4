"""Does FreeSWITCH's adapter keep the contract, against an exchange that speaks over a socket?"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.channels.adapters.suite import NOW, AdapterContract, Case, Payload
from tests.channels.esl_server import SECRET, EslServer
from tests.channels.provider import Provider
from tests.kit.serving import until
from yingnuo.channels.adapters.freeswitch import FreeSwitch
from yingnuo.channels.contract import Account, ChannelError
from yingnuo.channels.happenings import CallEvent
from yingnuo.channels.happenings import CallMoment as M

FIRST = {"Unique-ID": "c-1", "Channel-Call-UUID": "c-1", "Caller-Context": "public", "Call-Direction": "inbound",
         "Caller-Caller-ID-Number": "13800002210", "Caller-Destination-Number": "4008001234"}  # fmt: skip
QUEUE = {"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "CC-Queue": "service@default",
         "CC-Member-Session-UUID": "c-1", "CC-Member-CID-Number": "13800002210"}  # fmt: skip


def _body(*events: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps({"at": NOW.timestamp() - 1, "event": event}) for event in events).encode()


def _heard(*events: dict[str, Any]) -> list[CallEvent]:
    return list(FreeSwitch().understand(Account("there", {}, {}), _body(*events), NOW).calls)


class FreeSwitchCase(Case):
    """An exchange of this machine."""

    kind = "freeswitch"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return provider.settings  # type: ignore[attr-defined,no-any-return]

    def secrets(self) -> dict[str, str]:
        return {"secret": SECRET}

    def payloads(self) -> Sequence[Payload]:
        created = {"Event-Name": "CHANNEL_CREATE", **FIRST}
        agent = {"Event-Name": "CUSTOM", "CC-Action": "agent-status-change", "CC-Agent": "8001@default",
                 "CC-Agent-Status": "On Break"}  # fmt: skip
        listed = {"Event-Name": "BACKGROUND_JOB", "Job-Command": "show", "Job-Command-Arg": "channels as json",
                  "_body": '{"row_count": 1, "rows": [{"uuid": "c-1", "call_uuid": "c-1"}]}'}  # fmt: skip
        return (
            Payload("call", _body(created, {**QUEUE, "CC-Action": "member-queue-start"}), calls=2),
            Payload("agent", _body(agent), calls=1),
            Payload("roll", _body(listed), calls=1),
            Payload("nothing", _body({"Event-Name": "HEARTBEAT"})),
        )

    def answers(self, provider: Provider) -> None:
        """It answers by itself."""


class TestFreeSwitch(AdapterContract):
    """The contract, and what is FreeSWITCH's own."""

    case = FreeSwitchCase()

    @pytest.fixture
    def provider(self) -> Iterator[EslServer]:
        with EslServer() as pbx:
            yield pbx


@pytest.fixture
def pbx() -> Iterator[EslServer]:
    with EslServer() as found:
        yield found


def _account(pbx: EslServer, **more: object) -> Account:
    return Account("pbx", {**pbx.settings, **more}, {"secret": SECRET})


def _told(pbx: EslServer, act: Any, mark: bytes) -> list[CallEvent]:
    """What is understood of what was kept while `act` ran."""
    kept: list[bytes] = []
    stop = threading.Event()

    def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
        kept.extend(body for _key, body in bodies)

    thread = threading.Thread(target=FreeSwitch().listen, args=(_account(pbx), keep, stop), daemon=True)
    thread.start()
    until(lambda: pbx.listeners() == 1, 5)
    act()
    until(lambda: mark in b"".join(kept), 5)
    stop.set()
    thread.join(5)
    return [e for body in kept for e in FreeSwitch().understand(_account(pbx), body, NOW).calls]


def test_a_call_of_a_queue_is_told_from_its_beginning_to_its_end(pbx: EslServer) -> None:
    def act() -> None:
        pbx.emit("CHANNEL_CREATE", **FIRST)
        plain = {key: value for key, value in QUEUE.items() if key != "Event-Name"}
        for action, agent in (("member-queue-start", ""), ("agent-offering", "8001@default"),
                              ("bridge-agent-start", "8001@default")):  # fmt: skip
            pbx.emit("CUSTOM", **{**plain,
                        "CC-Action": action, "CC-Agent": agent})  # fmt: skip
        pbx.emit("CHANNEL_HANGUP_COMPLETE", **FIRST, **{"Hangup-Cause": "NORMAL_CLEARING"})

    told = [e for e in _told(pbx, act, b"HANGUP") if e.call == "c-1"]
    assert [e.moment for e in told] == [M.OFFERED, M.QUEUED, M.RINGING, M.ANSWERED, M.ENDED]
    assert [e.agent for e in told] == ["", "", "8001", "8001", ""]
    assert {e.caller for e in told if e.caller} == {"+8613800002210"}


def test_whoever_connects_anew_hears_of_the_calls_that_live(pbx: EslServer) -> None:
    pbx.channels = [{"uuid": "c-1", "call_uuid": "c-1"}, {"uuid": "c-1b", "call_uuid": "c-1"}]
    pbx.members += ["service@default|c-1|13800002210|1772416000|Answered|8001@default",
                    "service@default|c-2|13911112222|1772416010|Waiting|"]  # fmt: skip
    told = _told(pbx, lambda: None, b"agent list")
    assert {(e.moment, e.call) for e in told if e.call} == {(M.QUEUED, "c-1"), (M.ANSWERED, "c-1"), (M.QUEUED, "c-2")}
    assert [set(e.alive) for e in told if e.moment is M.ROLL_CALL] == [{"c-1", "c-1b"}]
    assert {(e.moment, e.agent) for e in told if e.agent and not e.call} == {
        (M.AGENT_READY, "8001"), (M.AGENT_PAUSED, "8002")}  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "moment"), [("NONE", M.ABANDONED), ("TIMEOUT", M.LEFT_QUEUE), ("NO_AGENT_TIMEOUT", M.LEFT_QUEUE)]
)
def test_who_leaves_a_queue_unanswered(reason: str, moment: M) -> None:
    [found] = _heard({**QUEUE, "CC-Action": "member-queue-end", "CC-Cause": "Cancel", "CC-Cancel-Reason": reason})
    assert found.moment is moment


def test_a_call_that_could_not_be_taken_is_blocked() -> None:
    found = _heard({"Event-Name": "CHANNEL_HANGUP_COMPLETE", **FIRST, "Hangup-Cause": "NORMAL_CIRCUIT_CONGESTION"})
    assert [e.moment for e in found] == [M.BLOCKED, M.ENDED]


def test_a_list_of_channels_that_cannot_be_read_ends_no_call() -> None:
    with pytest.raises(ValueError, match="no list"):
        _heard({"Event-Name": "BACKGROUND_JOB", "Job-Command": "show", "Job-Command-Arg": "channels as json",
                "_body": '"-ERR"'})  # fmt: skip


def test_a_click_rings_our_extension_and_calls_out_under_our_token(pbx: EslServer) -> None:
    account = _account(pbx, gateway="trunk")
    FreeSwitch().dial(account, extension="8001", number="+8613800002210", token="yn-abc")
    [command] = [one for one in pbx.asked if "originate" in one]
    assert "{origination_uuid=yn-abc," in command
    assert command.endswith("user/8001 &bridge(sofia/gateway/trunk/13800002210)")
    with pytest.raises(ChannelError):
        FreeSwitch().dial(account, extension="8001 &system(x)", number="+8613800002210", token="yn-abc")
