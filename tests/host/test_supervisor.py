"""Do the children live and die with their parent?"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from yingnuo.host.supervisor import Program, Supervisor

PATIENT = ("-c", "import time; time.sleep(60)")
LEASHED = (
    "-c",
    "import time; from yingnuo.host.supervisor import leash; leash(); print('up', flush=True); time.sleep(60)",
)
STUBBORN = (
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
)


def _program(arguments: tuple[str, ...]) -> Program:
    return Program("child", arguments, dict(os.environ))


def _until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_a_child_that_dies_is_started_again() -> None:
    stop = threading.Event()
    with Supervisor([_program(PATIENT)]) as supervisor:
        watch = threading.Thread(target=supervisor.watch, args=(stop,))
        watch.start()
        first = supervisor.pids()["child"]
        os.kill(first, signal.SIGKILL)
        assert _until(lambda: supervisor.pids()["child"] != first)
        stop.set()
        watch.join()


def test_leaving_stops_all_children() -> None:
    with Supervisor([_program(PATIENT), _program(PATIENT)]) as supervisor:
        pids = list(supervisor.pids().values())
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_child_that_will_not_stop_is_killed() -> None:
    with Supervisor([_program(STUBBORN)], farewell_s=0.5) as supervisor:
        pid = supervisor.pids()["child"]
        time.sleep(0.5)
    assert not psutil.pid_exists(pid)


def test_a_leashed_child_ends_when_its_parent_is_gone() -> None:
    child = subprocess.Popen([sys.executable, *LEASHED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin
    assert child.stdout
    with child.stdout:
        assert child.stdout.readline() == b"up\n"
        child.stdin.close()
        assert child.wait(15) == -signal.SIGTERM


def test_children_do_not_hear_the_terminals_interrupt(tmp_path: Path) -> None:
    with Supervisor([_program(PATIENT)]) as supervisor:
        assert os.getpgid(supervisor.pids()["child"]) != os.getpgid(os.getpid())
