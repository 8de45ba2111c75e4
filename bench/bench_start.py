"""How long from `up --demo` to the first page, and how much memory does it take?

`python -m bench start`. A fresh data folder: `yingnuo up --demo --no-browser` until GET /login/ answers 200 (database
made, migrated, demonstration loaded); stopped by SIGTERM and started again. What is installed already is not counted.
Then the memory (PSS) of the parent, the web and the work process after a hundred pages, without PostgreSQL and without
the process that only a demonstration has, which is told beside it.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psutil

from bench.measuring import Report, cpu_of, pss_mb

FIRST_S, LATER_S, MEMORY_MB = 60, 8, 400
GIVE_UP_S, PAGES = 300, 100


def main() -> int:
    """Measure, print, judge; the exit code."""
    report = Report("start")
    with tempfile.TemporaryDirectory(prefix="yingnuo-start-") as folder:
        var = Path(folder) / "var"
        with up(var) as (process, _port, first_s):
            report.at_most("first start to first page", first_s, FIRST_S, "s", _worked(process))
        with up(var) as (process, port, later_s):
            report.at_most("later start to first page", later_s, LATER_S, "s", _worked(process))
            _pages(port, PAGES)
            _memory(report, process)
    return report.status()


@contextmanager
def up(var: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """`yingnuo up --demo` until its first page: the process, its port, the seconds it took."""
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YINGNUO_")}
    kept.pop("DATABASE_URL", None)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation has its bytecode
    command = [sys.executable, "-m", "yingnuo", "up", "--demo", "--no-browser", "--port", str(port)]
    begun = perf_counter()
    process = subprocess.Popen(command, env={**kept, "YINGNUO_VAR": str(var)}, stdout=sys.stderr)
    try:
        while not _answers(port):
            if process.poll() is not None or perf_counter() - begun > GIVE_UP_S:
                raise RuntimeError(f"no page within {GIVE_UP_S} s, status {process.returncode}")
            time.sleep(0.05)
        yield process, port, perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


def _worked(process: subprocess.Popen[bytes]) -> str:
    return f"{cpu_of(process.pid):.1f} s of processor time without PostgreSQL"


def _memory(report: Report, process: subprocess.Popen[bytes]) -> None:
    children = psutil.Process(process.pid).children()
    parts = {child.cmdline()[3]: pss_mb(child.pid) for child in children if "yingnuo" in child.cmdline()}
    whole = parts["serve"] + parts["work"] + pss_mb_alone(process.pid)
    told = ", ".join(f"{name} {size:.0f}" for name, size in parts.items())
    report.at_most("memory of parent, web and work process", whole, MEMORY_MB, "MiB PSS", told)


def pss_mb_alone(pid: int) -> float:
    """Memory of one process without its descendants."""
    return float(psutil.Process(pid).memory_full_info().pss) / 1024**2


def _pages(port: int, count: int) -> None:
    for _ in range(count):
        if not _answers(port):
            raise RuntimeError("the page stopped answering")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
