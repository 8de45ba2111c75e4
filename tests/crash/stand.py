"""How do the crash tests run a whole installation, and how do they break it?

Its own data folder, an embedded PostgreSQL as durable as in earnest, one web process, several work processes, and the
two gateways. Everything on the loopback.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.crash.gateways import Gateways
from yingnuo.conf.options import Options
from yingnuo.host import postgres

ROOT = Path(__file__).resolve().parents[2]


class Stand:
    """One installation. `processes` maps a name ("web", "work-1") to the pid that has it now."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack, self.options = folder, stack, Options(var=folder / "var")
        self.port, smtp_port = _free_port(), _free_port()
        self.gateways = stack.enter_context(Gateways(smtp_port))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("YINGNUO_")},
            "YINGNUO_VAR": str(self.options.var), "YINGNUO_DEBUG": "yes", "YINGNUO_MAIL_HOST": "127.0.0.1",
            "YINGNUO_MAIL_PORT": str(smtp_port), "YINGNUO_MAIL_SECURITY": "none", "YINGNUO_LOG_FORMAT": "json",
            "YINGNUO_MAIL_FROM": "service@yingnuo.example", "YINGNUO_PORT": str(self.port), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.environment.pop("DATABASE_URL", None)
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.start_database()
        self._python("-m", "yingnuo", "manage", "migrate", "--verbosity", "0")
        self.token = self._python("-m", "tests.crash.house", self.gateways.sms_url).stdout.strip()
        self.processes: dict[str, int] = {}
        self.nursery: subprocess.Popen[str] | None = None

    @property
    def log(self) -> Path:
        """What the forked processes wrote."""
        return self.folder / "processes.log"

    def _python(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )

    # --- the database -------------------------------------------------------------------------------------------

    def start_database(self) -> None:
        """Starts PostgreSQL when it does not run; it recovers by itself."""
        self.stack.enter_context(postgres.running(self.options))

    @property
    def postmaster(self) -> int:
        """The pid of PostgreSQL's first process."""
        return int((self.options.postgres_folder / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """What a query finds."""
        with psycopg.connect(self.options.database, row_factory=psycopg.rows.dict_row, autocommit=True) as database:
            return database.execute(statement).fetchall()

    def do(self, statement: str) -> None:
        """Runs one statement."""
        with psycopg.connect(self.options.database, autocommit=True) as database:
            database.execute(statement)

    # --- the processes ------------------------------------------------------------------------------------------

    def fork(self, name: str) -> None:
        """Starts "web" or a worker from the nursery."""
        if self.nursery is None:
            command = [sys.executable, "-m", "tests.crash.nursery", str(self.log)]
            self.nursery = self.stack.enter_context(
                subprocess.Popen(
                    command, env=self.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            self.stack.callback(self._end_all)
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write(f"serve {self.port}\n" if name == "web" else "work\n")
        self.nursery.stdin.flush()
        self.processes[name] = int(self.nursery.stdout.readline())

    def kill(self, name: str) -> None:
        """kill -9 of "web", a worker, or "postgres", and what a supervisor does about it."""
        if name == "postgres":
            os.kill(self.postmaster, signal.SIGKILL)
            self.start_database()
        else:
            self._kill_process(name)
            self.fork(name)

    def tend(self) -> list[str]:
        """Starts again what ended by itself, as a supervisor does; the names."""
        dead = [name for name, pid in self.processes.items() if not psutil.pid_exists(pid)]
        for name in dead:
            self.fork(name)
        return dead

    def kill_workers(self) -> None:
        """All of them at once, for good."""
        for name in [name for name in self.processes if name != "web"]:
            self._kill_process(name)
            del self.processes[name]

    def _kill_process(self, name: str) -> None:
        pid = self.processes[name]
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        while psutil.pid_exists(pid) and time.monotonic() < end:
            time.sleep(0.01)

    def _end_all(self) -> None:
        for name in list(self.processes):
            self._kill_process(name)
        if self.nursery and self.nursery.stdin:
            self.nursery.stdin.close()

    # --- asking -------------------------------------------------------------------------------------------------

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> tuple[int, dict[str, Any]]:
        """One request on a connection of its own; (0, {}) when no answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        try:
            connection.request("POST", f"/api/v1{path}", body=json.dumps(body), headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.status == 201 else {}
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def wait_for_web(self) -> None:
        """Until somebody listens."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the web process does not listen")


@contextmanager
def standing() -> Iterator[Stand]:
    """An installation with its company, no process but PostgreSQL yet; all is stopped when the block ends.

    Not in pytest's folder: every other pytest of this user closes that to the database's account when it starts.
    """
    with tempfile.TemporaryDirectory(prefix="yingnuo-crash-") as folder, ExitStack() as stack:
        yield Stand(Path(folder), stack)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
