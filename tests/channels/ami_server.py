"""An Asterisk of this machine: speaks the manager interface over a real socket, and plays the calls a test scripts.

    with AmiServer() as pbx:
        call = pbx.comes("13800002210", queue="service")   # Newchannel, QueueCallerJoin
        pbx.rings(call, "8001"); pbx.connects(call, "8001"); pbx.hangs_up(call)

It knows its calls: whoever connects anew is told which live (CoreShowChannels, QueueStatus), and every queue call is
written as `queue_log` writes it. What happens while nobody is connected is told to nobody, as in earnest.
"""

from __future__ import annotations

import itertools
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

USER, SECRET = "yingnuo", "made-up-manager-secret"


@dataclass
class PbxCall:
    """One call as the exchange knows it."""

    id: str
    caller: str
    queue: str
    began: float
    agent: str = ""
    connected: float = 0.0
    out: bool = False
    ringing: set[str] = field(default_factory=set)


class AmiServer:
    """The exchange; `answers` decides what becomes of a call that is placed: answer, busy, noanswer."""

    def __init__(self) -> None:
        self.calls: dict[str, PbxCall] = {}
        self.originated: list[dict[str, str]] = []
        self.log: list[str] = []
        self.answers = "answer"
        self.refuses = False
        self.logins = 0
        self._numbers = itertools.count(1)
        self._clients: list[_Client] = []
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _Client)
        self._server.pbx = self
        self.port = int(self._server.server_address[1])
        self.heard_by: Callable[[], int] = lambda: len(self._clients)

    def __enter__(self) -> AmiServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cut()
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, object]:
        """Settings of a channel that is connected to it."""
        return {"host": "127.0.0.1", "port": self.port, "user": USER, "trunks": "from-trunk"}

    def down(self, status: int = 503, **_more: str) -> None:
        """From now on every login is refused."""
        self.refuses = bool(status)

    def cut(self) -> None:
        """Breaks every connection."""
        with self._lock:
            for client in list(self._clients):
                client.close()

    def listeners(self) -> int:
        """How many are logged in with events on."""
        with self._lock:
            return sum(client.events for client in self._clients)

    def emit(self, name: str, **values: object) -> None:
        """One event to everybody who listens."""
        text = "".join(f"{key}: {value}\r\n" for key, value in {"Event": name, **values}.items()) + "\r\n"
        with self._lock:
            for client in list(self._clients):
                if client.events:
                    client.say(text)

    # the life of a call that comes in

    def comes(self, caller: str, *, queue: str = "", called: str = "4008001234") -> str:
        """A call reaches us by the trunk and, where a queue is named, waits there."""
        with self._lock:
            id_ = f"{time.time():.0f}.{next(self._numbers)}"
            self.calls[id_] = PbxCall(id_, caller, queue, time.time())
        self.emit("Newchannel", **self._own(id_), Context="from-trunk", Exten=called)
        if queue:
            self._write(id_, queue, "NONE", "ENTERQUEUE", "", caller, "1")
            self.emit("QueueCallerJoin", **self._own(id_), Queue=queue, Position=1, Count=1)
        return id_

    def rings(self, id_: str, agent: str) -> None:
        """It rings at a member of the queue."""
        with self._lock:
            self.calls[id_].ringing.add(agent)
        self.emit("AgentCalled", **self._own(id_), Queue=self.calls[id_].queue, **_member(agent))

    def not_taken(self, id_: str, agent: str) -> None:
        """He lets it ring."""
        with self._lock:
            self.calls[id_].ringing.discard(agent)
        self._write(id_, self.calls[id_].queue, f"PJSIP/{agent}", "RINGNOANSWER", "15000")
        self.emit("AgentRingNoAnswer", **self._own(id_), Queue=self.calls[id_].queue, **_member(agent), RingTime=15)

    def connects(self, id_: str, agent: str) -> None:
        """He takes it."""
        call = self.calls[id_]
        with self._lock:
            call.agent, call.connected = agent, time.time()
        held = int(call.connected) - int(call.began)
        self._write(id_, call.queue, f"PJSIP/{agent}", "CONNECT", str(held), f"{id_}9", "3")
        self.emit("QueueCallerLeave", **self._own(id_), Queue=call.queue, Position=1, Count=0)
        self.emit("AgentConnect", **self._own(id_), Queue=call.queue, **_member(agent), HoldTime=held, RingTime=3)

    def holds(self, id_: str, *, resumes: bool = False) -> None:
        """The talk is put on hold, or goes on."""
        self.emit("Unhold" if resumes else "Hold", **self._own(id_))

    def hangs_up(self, id_: str) -> None:
        """The caller is gone: an end of a talk, or he gave up waiting."""
        call = self.calls[id_]
        own = self._own(id_)
        if call.agent and call.queue:
            talked = int(time.time()) - int(call.connected)
            held = int(call.connected) - int(call.began)
            self._write(id_, call.queue, f"PJSIP/{call.agent}", "COMPLETECALLER", str(held), str(talked), "1")
            self.emit("AgentComplete", **own, Queue=call.queue, **_member(call.agent), TalkTime=talked, Reason="caller")
        elif call.queue:
            waited = int(time.time()) - int(call.began)
            self._write(id_, call.queue, "NONE", "ABANDON", "1", "1", str(waited))
            self.emit("QueueCallerAbandon", **own, Queue=call.queue, Position=1, OriginalPosition=1, HoldTime=waited)
            self.emit("QueueCallerLeave", **own, Queue=call.queue, Position=1, Count=0)
        with self._lock:
            del self.calls[id_]
        self.emit("Hangup", **own, Cause=16)

    def _own(self, id_: str) -> dict[str, object]:
        call = self.calls[id_]
        return {"Channel": f"PJSIP/trunk-{abs(hash(id_)) % 2**32:08x}", "Uniqueid": id_, "Linkedid": id_,
                "CallerIDNum": call.caller, "Timestamp": f"{time.time():.6f}"}  # fmt: skip

    def _write(self, id_: str, queue: str, agent: str, event: str, *data: str) -> None:
        with self._lock:
            self.log.append("|".join((str(int(time.time())), id_, queue, agent, event, *data)))

    # what is asked of it

    def acts(self, client: _Client, asked: dict[str, str]) -> None:
        """Answers one action."""
        action, mark = asked.get("Action", ""), asked.get("ActionID", "")
        if action == "Login":
            good = not self.refuses and (asked.get("Username"), asked.get("Secret")) == (USER, SECRET)
            if good:
                self.logins += 1
            client.say(_answer(good, mark, "Authentication accepted" if good else "Authentication failed"))
            client.events = good and asked.get("Events", "on") != "off"
        elif action == "CoreShowChannels":
            self._show_channels(client, mark)
        elif action == "QueueStatus":
            self._show_queues(client, mark)
        elif action == "Originate":
            self.originated.append(asked)
            client.say(_answer(True, mark, "Originate successfully queued"))
            threading.Thread(target=self._places, args=(asked,), daemon=True).start()
        else:
            client.say(_answer(True, mark, "Pong"))

    def _show_channels(self, client: _Client, mark: str) -> None:
        client.say(_answer(True, mark, "Channels will follow"))
        with self._lock:
            for call in self.calls.values():
                own = {"Event": "CoreShowChannel", "ActionID": mark, **self._own(call.id), "Application": "Queue"}
                client.say(_block(own))
                if call.agent:
                    leg = {"Channel": f"PJSIP/{call.agent}-0000001b", "Uniqueid": f"{call.id}9", "BridgeId": "b1"}
                    client.say(_block({**own, **leg, "Application": "AppQueue"}))
        client.say(_block({"Event": "CoreShowChannelsComplete", "ActionID": mark, "EventList": "Complete"}))

    def _show_queues(self, client: _Client, mark: str) -> None:
        client.say(_answer(True, mark, "Queue status will follow"))
        with self._lock:
            for call in self.calls.values():
                if call.queue and not call.agent:
                    own = self._own(call.id) | {"Queue": call.queue, "Wait": int(time.time() - call.began)}
                    client.say(_block({"Event": "QueueEntry", "ActionID": mark, "Position": 1, **own}))
        client.say(_block({"Event": "QueueStatusComplete", "ActionID": mark, "EventList": "Complete"}))

    def _places(self, asked: dict[str, str]) -> None:
        """The agent's telephone rings and is taken; then the customer's."""
        id_, agent, number = asked["ChannelId"], asked["Channel"].partition("/")[2], asked["Exten"]
        with self._lock:
            self.calls[id_] = PbxCall(id_, number, "", time.time(), agent, out=True)
        own = {"Channel": f"{asked['Channel']}-0000002a", "Uniqueid": id_, "Linkedid": id_}
        self.emit("Newchannel", **own, CallerIDNum="", Context=asked["Context"], Exten="")
        leg = {"DestChannel": "PJSIP/trunk-0000002b", "DestUniqueid": f"{id_}.2", "DestLinkedid": id_}
        self.emit("DialBegin", **own, **leg, Context=asked["Context"], DialString=number)
        status = {"answer": "ANSWER", "busy": "BUSY", "noanswer": "NOANSWER"}[self.answers]
        self.emit("DialEnd", **own, **leg, Context=asked["Context"], DialStatus=status)
        if status != "ANSWER":
            self.ends_placed(id_)

    def ends_placed(self, id_: str) -> None:
        """A call that we placed is over."""
        with self._lock:
            agent = self.calls.pop(id_).agent
        self.emit("Hangup", Channel=f"PJSIP/{agent}-0000002a", Uniqueid=id_, Linkedid=id_, Cause=16)


def _member(agent: str) -> dict[str, object]:
    return {"Interface": f"PJSIP/{agent}", "MemberName": agent, "DestChannel": f"PJSIP/{agent}-0000001b"}


def _block(values: dict[str, object]) -> str:
    return "".join(f"{key}: {value}\r\n" for key, value in values.items()) + "\r\n"


def _answer(good: bool, mark: str, message: str) -> str:
    return _block({"Response": "Success" if good else "Error", "ActionID": mark, "Message": message})


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    pbx: AmiServer


class _Client(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server
    events = False

    def handle(self) -> None:
        """Reads actions until it ends."""
        pbx = self.server.pbx
        with pbx._lock:
            pbx._clients.append(self)
        try:
            self.say("Asterisk Call Manager/9.0.0\r\n")
            self._read(pbx)
        except (OSError, ValueError):
            pass  # the other side, or the test, has closed it
        finally:
            with pbx._lock:
                pbx._clients.remove(self)

    def _read(self, pbx: AmiServer) -> None:
        asked: dict[str, str] = {}
        while line := self.rfile.readline():
            text = line.decode().rstrip("\r\n")
            if text:
                name, _colon, value = text.partition(":")
                asked[name.strip()] = value.strip()
            elif asked:
                pbx.acts(self, asked)
                asked = {}

    def say(self, text: str) -> None:
        """Writes, unless it is closed."""
        try:
            self.wfile.write(text.encode())
        except (OSError, ValueError):
            self.events = False

    def close(self) -> None:
        """Breaks it."""
        self.events = False
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
