"""A real Mosquitto on a free port of this machine, with a user and a password; it forgets nothing while a test runs."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from yingnuo.channels.adapters.mqtt import Mqtt
from yingnuo.channels.contract import Account

MOSQUITTO = shutil.which("mosquitto") or next(
    (path for path in ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto") if Path(path).exists()), None
)
needs_broker = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
USER, PASSWORD = "yingnuo", "broker-password-42"


class Broker:
    """One broker, which can be stopped and started again where it left off."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = _free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None
        words = folder / "passwords"
        tool = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
        subprocess.run([tool, "-b", "-c", words, USER, PASSWORD], check=True, capture_output=True)
        words.chmod(0o644)
        folder.chmod(0o755)
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {words}\n"
            f"user root\npersistence true\npersistence_location {folder}/\nmax_queued_messages 0\nlog_dest none\n"
        )
        self.start()

    def start(self) -> None:
        """Runs when this returns."""
        assert MOSQUITTO
        self._process = subprocess.Popen([MOSQUITTO, "-c", self._config])
        for _attempt in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("mosquitto does not start")

    def stop(self) -> None:
        """Is gone when this returns."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def down(self, status: int = 503, *, retry_after: str = "") -> None:
        """As a provider of the contract: away from now on."""
        self.stop()

    def settings(self, **more: Any) -> Mapping[str, Any]:
        """A channel that speaks to it."""
        return {
            "host": "127.0.0.1", "port": self.port, "security": "none", "user": USER, "prefix": "devices", **more,
        }  # fmt: skip

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """A device publishes, and the broker has it."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-u", USER, "-P", PASSWORD, "-q", "1"]
        subprocess.run([*command, "-t", topic, "-m", payload, *(["-r"] if retain else [])], check=True)

    def account(self, **more: Any) -> Account:
        """The channel as its adapter sees it."""
        return Account("there", self.settings(**more), {"password": PASSWORD})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[Broker]:
    """A broker while the block runs."""
    broker = Broker(folder)
    try:
        yield broker
    finally:
        broker.stop()


def adapter() -> Mqtt:
    """The adapter under test."""
    return Mqtt()
