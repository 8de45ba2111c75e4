"""How does a bench get work processes at once, and kill them as the kernel would?

Starting the product takes seconds; so this program imports it once and forks. A child runs one of the work process's
own loops ("sweep" or "recompute", see `journey.worker`; several with + between them), each with a connection of its
own, until it is killed or SIGTERM comes; settings and organisation are in memory already, as in a process that has run
for a while. Run as `python -m bench.loops`: it answers each line, the name of a loop, with the pid of its child.

    with running(here.environment(database)) as nursery:
        pid = nursery.fork("sweep")
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Nursery:
    """The program that forks, and the children that may still live."""

    process: subprocess.Popen[str]
    children: set[int] = field(default_factory=set)

    def fork(self, loop: str) -> int:
        """Starts a work process; its pid."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{loop}\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.children.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """kill -9."""
        self.children.discard(pid)
        os.kill(pid, signal.SIGKILL)


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[Nursery]:
    """A nursery for one database; whoever still lives at the end is killed."""
    command = [sys.executable, "-m", "bench.loops"]
    with subprocess.Popen(
        command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        nursery = Nursery(process)
        assert process.stdout
        assert process.stdin
        process.stdout.readline()  # it is ready
        try:
            yield nursery
        finally:
            for pid in sorted(nursery.children):
                nursery.kill(pid)
            process.stdin.close()


def main() -> int:
    """Fork on demand until standard input ends; children are buried by the kernel."""
    import django  # noqa: PLC0415  # only this program needs it, the benches have their own stage

    os.environ["DJANGO_SETTINGS_MODULE"] = "yingnuo.conf.settings"
    django.setup()
    from django.db import connections  # noqa: PLC0415  # as above

    from yingnuo.kit import memory  # noqa: PLC0415  # as above

    _look_around()
    memory.keep_what_is_loaded()
    connections.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _say("ready")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be(line.strip())
        _say(str(pid))
    return 0


def _look_around() -> None:
    """Loads what a work process has in memory after its first second."""
    from yingnuo.journey import dispatch, sweep, worker  # noqa: F401, PLC0415  # as above
    from yingnuo.kit import instants, revisions  # noqa: PLC0415  # as above
    from yingnuo.people.queries import organisation, persons  # noqa: PLC0415  # as above
    from yingnuo.promises import standards  # noqa: PLC0415  # as above
    from yingnuo.promises.models import TermsCopy  # noqa: PLC0415  # as above

    revision, now = revisions.current(), instants.now()
    organisation.at(revision)
    dispatch.on_shift(revision, now)
    persons([], now=now)
    for pk in TermsCopy.objects.values_list("pk", flat=True):
        terms = standards.terms_of(pk)
        standards.calendar(terms.calendar).due(instants.seconds(now), terms.target_seconds)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _be(name: str) -> None:
    from yingnuo.journey import worker  # noqa: PLC0415  # as above

    status, stop = 70, threading.Event()
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        others = [threading.Thread(target=worker.loop, args=(one, stop)) for one in name.split("+")[1:]]
        for thread in others:
            thread.start()
        worker.loop(name.partition("+")[0], stop)
        status = 0
    except BaseException:  # noqa: BLE001  # the child must end here, whatever came, and say what it was
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
