"""Who receives mail and SMS in the crash tests? Two servers of this process that outlive every kill and count keys."""

from __future__ import annotations

import threading
from collections import Counter
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Gateways:
    """Counts what came: mails by Message-ID, SMS by idempotency key."""

    def __init__(self, smtp_port: int) -> None:
        self.mails, self.texts = Counter[str](), Counter[str]()
        self._smtp = Controller(_Mailbox(self.mails), hostname="127.0.0.1", port=smtp_port)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.texts))
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    @property
    def sms_url(self) -> str:
        """Where SMS are posted to."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/sms"

    def __enter__(self) -> Gateways:
        self._smtp.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._smtp.stop()
        self._http.shutdown()
        self._http.server_close()

    @property
    def repeats(self) -> int:
        """How many deliveries came more than once."""
        return sum(n - 1 for counter in (self.mails, self.texts) for n in counter.values())


class _Mailbox:
    def __init__(self, kept: Counter[str]) -> None:
        self._kept = kept

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._kept[str(message_from_bytes(content)["Message-ID"])] += 1
        return "250 kept"


def _handler(kept: Counter[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            kept[self.headers["Idempotency-Key"]] += 1
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            return

    return Handler
