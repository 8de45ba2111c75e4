"""SIGTERM is a clean end: what is under way is finished, the status is 0, nothing is left half done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.crash import judging
from tests.crash.stand import ROOT, Stand, standing

pytestmark = pytest.mark.xdist_group("crash")


def test_web_and_work_end_cleanly_when_asked_to() -> None:
    with standing() as stand:
        with _started(stand, "serve") as web, _started(stand, "work") as work:
            stand.wait_for_web()
            accepted = {}
            contact = {"name": "Chen", "email": "chen@harbour.example"}
            for key in "abcde":
                body = {"text": "It stopped.", "kind": "fault", "contact": contact}
                status, told = stand.post("/tickets", body, key=key)
                assert status == 201
                accepted[key] = told["id"]
            time.sleep(4)  # in the midst of the warnings
            for process in (web, work):
                process.send_signal(signal.SIGTERM)
            assert work.wait(20) == 0
            assert web.wait(20) in (0, 128 + signal.SIGTERM)  # uvicorn raises the signal again once all is finished
        with _started(stand, "work") as work:
            end = time.monotonic() + 40
            while not judging.settled(stand) and time.monotonic() < end:
                time.sleep(0.2)
            work.terminate()
            assert work.wait(20) == 0
        assert judging.judge(stand, accepted).wrong == []
        assert stand.gateways.repeats == 0


def _started(stand: Stand, command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "yingnuo", command], env=stand.environment, cwd=ROOT)
