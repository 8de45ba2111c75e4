"""Does a fresh installation come up, answer, stop cleanly, and come up again with its data?

Starts `./yingnuo up --demo` twice on a free port with a data folder of its own, and looks at it from outside.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
LONGEST_START_S = 180
LONGEST_STOP_S = 60
MOST_MEMORY = 400 * 1024 * 1024


def main() -> int:
    """Two rounds in one data folder; AssertionError or a time-out fails the run."""
    with tempfile.TemporaryDirectory(prefix="yingnuo-smoke-") as folder:
        var = Path(folder) / "var"
        first = _round(var)
        second = _round(var)
        print(f"first page after {first:.1f} s, the second time after {second:.1f} s")
    return 0


def _round(var: Path) -> float:
    port, begin = free_port(), time.monotonic()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("YINGNUO_", "DATABASE_URL"))
    }
    environment |= {"YINGNUO_VAR": str(var), "YINGNUO_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    log = var.parent / "log"
    with log.open("wb") as output:
        up = subprocess.Popen(
            [ROOT / "yingnuo", "up", "--demo", "--no-browser"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            wait_for_page(up, port)
            took = time.monotonic() - begin
            _look(up, port)
            up.send_signal(signal.SIGTERM)
            assert up.wait(LONGEST_STOP_S) == 0, f"up ended with status {up.returncode}"
            _require_nobody_left(var)
        except BaseException:
            print(log.read_text(errors="replace"), file=sys.stderr)
            raise
        finally:
            if up.poll() is None:
                up.kill()
    print(log.read_text(errors="replace"))
    return took


def wait_for_page(up: subprocess.Popen[bytes], port: int) -> None:
    """Until the first page answers; AssertionError when `up` ends or the time is over."""
    end = time.monotonic() + LONGEST_START_S
    while _status(port, "/") != 200:
        assert up.poll() is None, f"up ended with status {up.returncode} before the first page"
        assert time.monotonic() < end, f"no page within {LONGEST_START_S} s"
        time.sleep(0.3)


def _names(child: psutil.Process) -> list[str]:
    """Which of our programs a child is: the word after `-m yingnuo`."""
    words = child.cmdline()
    return [words[words.index("yingnuo") + 1]] if "yingnuo" in words else []


def _look(up: subprocess.Popen[bytes], port: int) -> None:
    for path in ("/healthz", "/readyz"):
        assert _status(port, path) == 200, f"{path} does not answer 200"
    time.sleep(3)
    parent = psutil.Process(up.pid)
    ours = {name: child for child in parent.children() for name in _names(child)}
    memory = sum(ours[name].memory_full_info().pss for name in ("serve", "work") if name in ours)
    print(f"web and work use {memory / 1024**2:.0f} MiB (PSS: what both share counts once)")
    assert set(ours) == {"serve", "work", "demo"}, f"web, work and demo expected, found {sorted(ours)}"
    assert memory < MOST_MEMORY, "web and work together use more than 400 MiB"


def _status(port: int, path: str) -> int:
    """Status after redirects on this host; 0 when nothing listens."""
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
        except OSError:
            return 0
        finally:
            connection.close()
        if answer.status not in (301, 302, 303, 307, 308):
            return answer.status
        path = answer.headers["Location"]
    return 310


def _require_nobody_left(var: Path) -> None:
    left = [process.pid for process in psutil.process_iter(["cmdline"]) if str(var) in str(process.info["cmdline"])]
    assert not left, f"processes {left} still run after the stop"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
