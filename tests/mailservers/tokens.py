"""What does a test need of an OAuth2 provider? Its token endpoint, with PKCE and refresh tokens that count once."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CLIENT_ID, CLIENT_SECRET = "yingnuo-at-test", "registered"


@dataclass
class Provider:
    """The provider's memory. `lasts_s` is how long its access tokens hold, as it says."""

    user: str = "help"
    lasts_s: int = 3_600
    port: int = 0
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)  # code → challenge, redirect
    refresh: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def consent(self, url: str) -> tuple[str, str]:
        """What a person's consent on the page at `url` gives: (code, state)."""
        words = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert words["code_challenge_method"] == "S256"
        assert words["client_id"] == CLIENT_ID
        code = secrets.token_hex(8)
        self.codes[code] = (words["code_challenge"], words["redirect_uri"])
        return code, words["state"]

    def grant(self) -> dict[str, object]:
        """New tokens."""
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.access.add(access)
        self.refresh.add(refresh)
        return {"access_token": access, "refresh_token": refresh, "expires_in": self.lasts_s, "token_type": "Bearer"}

    def answer(self, words: dict[str, str]) -> tuple[int, dict[str, object]]:
        """What the token endpoint says."""
        self.asked.append(words.get("grant_type", ""))
        if (words.get("client_id"), words.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        return self._granted(words) if self._holds(words) else (400, {"error": "invalid_grant"})

    def _granted(self, words: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.refresh.discard(words.get("refresh_token", ""))
        return 200, self.grant()

    def _holds(self, words: dict[str, str]) -> bool:
        if words["grant_type"] == "refresh_token":
            return words["refresh_token"] in self.refresh
        challenge, redirect = self.codes.pop(words["code"], ("", ""))
        digest = hashlib.sha256(words["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return challenge == proven and redirect == words["redirect_uri"]

    def introspect(self, token: str) -> dict[str, object]:
        """What a mail server is told of an access token."""
        return {"active": token in self.access, "email": self.user}


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider on loopback."""
    memory = Provider()

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            words = {name: values[0] for name, values in parse_qs(body).items()}
            introspects = self.path.startswith("/introspect")
            status, said = (200, memory.introspect(words.get("token", ""))) if introspects else memory.answer(words)
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
    memory.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield memory
    finally:
        server.shutdown()
        server.server_close()
