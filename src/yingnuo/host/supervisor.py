"""How do several processes live and die together under one parent?

A child that ends is started again, later each time it ends soon. A child is held on a leash: its standard input is a
pipe from the parent, and when the pipe closes, because the parent was killed, the child stops itself.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_LONG_LIFE_S = 60.0
_TICK_S = 0.2


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `arguments` after the Python interpreter, in this environment."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    born: float
    pause: float = _FIRST_PAUSE_S
    again_at: float = field(default=0.0)


class Supervisor:
    """Runs programs until it is told to stop. Use as a context manager: leaving it stops all of them."""

    def __init__(self, programs: Sequence[Program], farewell_s: float = 20.0) -> None:
        self._programs = programs
        self._farewell_s = farewell_s
        self._children: list[_Child] = []

    def __enter__(self) -> "Supervisor":
        self._children = [_Child(program, _spawn(program), time.monotonic()) for program in self._programs]
        return self

    def __exit__(self, *_: object) -> None:
        _stop([child.process for child in self._children], self._farewell_s)

    def pids(self) -> dict[str, int]:
        """Process number of each program, by its name."""
        return {child.program.name: child.process.pid for child in self._children}

    def watch(self, stop: threading.Event) -> None:
        """Start again what dies, until `stop` is set."""
        while not stop.wait(_TICK_S):
            for child in self._children:
                _tend(child, time.monotonic())


def leash() -> None:
    """In a child: stop this process, as by SIGTERM, when its standard input closes."""

    def wait_for_end() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock, held at exit, would abort the interpreter
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_end, name="leash", daemon=True).start()


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal reaches the parent only, which then stops all in order.
    command = [sys.executable, *program.arguments]
    # glibc gives each of two dozen threads a heap of its own to waste; two for all cost nothing that can be measured.
    environment = {"MALLOC_ARENA_MAX": "2", **program.environment}
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)


def _tend(child: _Child, clock: float) -> None:
    if child.process.poll() is None:
        return
    if not child.again_at:
        if clock - child.born > _LONG_LIFE_S:
            child.pause = _FIRST_PAUSE_S
        child.again_at = clock + child.pause
        told = f"{child.program.name} ended with status {child.process.returncode}; again in {child.pause:.0f} s"
        print(told, file=sys.stderr, flush=True)
        child.pause = min(child.pause * 2, _LONGEST_PAUSE_S)
    elif clock >= child.again_at:
        if child.process.stdin:
            child.process.stdin.close()
        child.process, child.born, child.again_at = _spawn(child.program), clock, 0.0


def _stop(processes: Sequence[subprocess.Popen[bytes]], farewell_s: float) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    end = time.monotonic() + farewell_s
    for process in processes:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()
