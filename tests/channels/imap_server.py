"""What does a test need of an IMAP server? One folder in memory, enough of RFC 9051 for a client to read it."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Folder:
    """The mails by UID. `commands` is what clients said."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    archived: dict[int, bytes] = field(default_factory=dict)
    validity: int = 1
    commands: list[str] = field(default_factory=list)
    at_once: bool = False  # news go out in one packet with the leave to idle
    news: threading.Event = field(default_factory=threading.Event)

    def add(self, raw: bytes) -> int:
        """Deliver a mail; its UID."""
        uid = max([0, *self.mails, *self.archived]) + 1
        self.mails[uid] = raw
        self.news.set()
        return uid


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.socket.getsockname()[1])


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    folder: Folder

    def handle(self) -> None:
        self._say("* OK ready")
        while row := self.rfile.readline():
            tag, _, command = row.decode().strip().partition(" ")
            self.folder.commands.append(command)
            self._answer(tag, command)
            if command.upper() == "LOGOUT":
                return

    def _answer(self, tag: str, command: str) -> None:
        words = command.upper()
        for start, act in self._acts().items():
            if words.startswith(start):
                refusal = act(tag, command)
                self._say(f"{tag} {refusal or 'OK done'}")
                return
        self._say(f"{tag} BAD unknown")

    def _acts(self) -> dict[str, Callable[[str, str], str | None]]:
        return {
            "CAPABILITY": lambda t, c: self._say("* CAPABILITY IMAP4rev1 IDLE MOVE"),
            "LOGIN": lambda t, c: None if "right" in c else "NO [AUTHENTICATIONFAILED] no",
            "SELECT": lambda t, c: self._select(),
            "UID SEARCH": lambda t, c: self._search(c),
            "UID FETCH": lambda t, c: self._fetch(c),
            "UID STORE": lambda t, c: self._store(c),
            "UID MOVE": lambda t, c: self._move(c),
            "EXPUNGE": lambda t, c: None,
            "IDLE": lambda t, c: self._idle(),
            "LOGOUT": lambda t, c: self._say("* BYE"),
            "NOOP": lambda t, c: None,
        }

    def _say(self, row: str) -> None:
        self.wfile.write(row.encode() + b"\r\n")

    def _select(self) -> None:
        self._say("* FLAGS (\\Seen \\Deleted)")
        self._say(f"* {len(self.folder.mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.folder.validity}] valid")

    def _search(self, command: str) -> None:
        """`n:*` names the last mail even when its UID is smaller than n, as the standard wants."""
        first = re.search(r"UID (\d+):\*", command)
        uids = sorted(self.folder.mails)
        start = min(int(first[1]), uids[-1]) if first and uids else 0
        self._say("* SEARCH " + " ".join(str(uid) for uid in uids if uid >= start))

    def _fetch(self, command: str) -> None:
        uid = int(command.split()[2])
        raw = self.folder.mails.get(uid)
        if raw is None:
            return
        limit = re.search(r"<0\.(\d+)>", command)
        sent = raw[: int(limit[1])] if limit else raw
        head = f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)} BODY[]<0> {{{len(sent)}}}\r\n".encode()
        self.wfile.write(head + sent + b")\r\n")

    def _store(self, command: str) -> None:
        self.folder.seen |= {int(uid) for uid in command.split()[2].split(",")}

    def _move(self, command: str) -> None:
        for uid in command.split()[2].split(","):
            raw = self.folder.mails.pop(int(uid), None)
            if raw is not None:
                self.folder.archived[int(uid)] = raw

    def _idle(self) -> None:
        if self.folder.at_once:
            self._say(f"+ idling\r\n* {len(self.folder.mails)} EXISTS")
        else:
            self._say("+ idling")
        if not self.folder.at_once and self.folder.news.wait(2):
            self._say(f"* {len(self.folder.mails)} EXISTS")
        self.rfile.readline()  # DONE


def serving(folder: Folder) -> _Server:
    """A running server on a free loopback port (`port`); the caller shuts it down."""
    handler = type("_FolderTalk", (_Talk,), {"folder": folder})
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
