"""A FreeSWITCH of this machine: speaks the event socket over a real connection; events are what a test emits."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from typing import Any

SECRET = "made-up-event-socket-password"


class EslServer:
    """The exchange. `channels` are those that live, `members` lines of the queue's list (names of columns first)."""

    def __init__(self) -> None:
        self.channels: list[dict[str, str]] = []
        self.members = ["queue|session_uuid|cid_number|joined_epoch|state|serving_agent"]
        self.asked: list[str] = []
        self.refuses = False
        self._clients: list[_Client] = []
        self._server = _Server(("127.0.0.1", 0), _Client)
        self._server.pbx = self

    def __enter__(self) -> EslServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for client in list(self._clients):
            client.close()
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, object]:
        """Settings of a channel that is connected to it."""
        return {"host": "127.0.0.1", "port": int(self._server.server_address[1]), "queues": "service@default"}

    def down(self, status: int = 503, **_more: str) -> None:
        """From now on everybody is refused."""
        self.refuses = bool(status)

    def listeners(self) -> int:
        """How many have subscribed."""
        return sum(client.subscribed for client in self._clients)

    def emit(self, name: str, **values: Any) -> None:
        """One event to everybody who subscribed."""
        named = {key.replace("_", "-") if key[0].isupper() else key: value for key, value in values.items()}
        told = {"Event-Name": name, "Event-Date-Timestamp": str(int(time.time() * 1_000_000)), **named}
        for client in list(self._clients):
            if client.subscribed:
                client.frame("text/event-json", json.dumps(told))

    def answers(self, client: _Client, command: str) -> None:
        """Answers one command."""
        self.asked.append(command)
        word, _space, rest = command.partition(" ")
        if word == "auth":
            good = rest == SECRET and not self.refuses
            client.reply("+OK accepted" if good else "-ERR invalid")
        elif word == "api":
            client.frame("api/response", "FreeSWITCH Version 1.10.12-release (made up)")
        elif word == "bgapi":
            client.reply("+OK Job-UUID: 7")
            name, _space, argument = rest.partition(" ")
            self.emit("BACKGROUND_JOB", Job_Command=name, Job_Command_Arg=argument, _body=self._job(rest))
        else:
            client.subscribed = client.subscribed or word == "event"
            client.reply("+OK event listener enabled json")

    def _job(self, command: str) -> str:
        if command.startswith("show channels"):
            return json.dumps({"row_count": len(self.channels), "rows": self.channels})
        if "list members" in command:
            return "\n".join([*self.members, "+OK"])
        if "agent list" in command:
            return "name|status|state\n8001@default|Available|Waiting\n8002@default|On Break|Waiting\n+OK"
        return "+OK done"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    pbx: EslServer


class _Client(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server
    subscribed = False

    def handle(self) -> None:
        """Reads commands, each ended by an empty line."""
        self.server.pbx._clients.append(self)
        try:
            self.wfile.write(b"Content-Type: auth/request\n\n")
            lines: list[str] = []
            while line := self.rfile.readline():
                if text := line.decode().strip():
                    lines.append(text)
                elif lines:
                    self.server.pbx.answers(self, lines[0])
                    lines = []
        except (OSError, ValueError):
            pass  # the other side, or the test, has closed it
        finally:
            self.server.pbx._clients.remove(self)

    def reply(self, text: str) -> None:
        """The answer to a command."""
        self.wfile.write(f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode())

    def frame(self, kind: str, body: str) -> None:
        """A frame with a body."""
        data = body.encode()
        self.wfile.write(f"Content-Length: {len(data)}\nContent-Type: {kind}\n\n".encode() + data)

    def close(self) -> None:
        """Breaks it."""
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
