"""Does the work process do all its kinds of work, and go on after trouble?"""

from __future__ import annotations

import asyncio
import threading

import pytest

from yingnuo.journey import worker


def test_every_kind_of_work_has_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    stop = threading.Event()

    async def no_jobs(_stop: threading.Event, _threads: int) -> None:
        stop.set()

    monkeypatch.setattr(worker, "loop", lambda name, stop: begun.append(name))
    monkeypatch.setattr(worker, "_jobs", no_jobs)
    worker.run(stop)
    assert sorted(begun) == [
        "automation", "chats", "devices", "files", "heard", "imports", "mailboxes", "mails", "messages", "notices",
        "recompute", "seals", "sending", "smtp", "standards", "streams", "sweep", "webhooks",
    ]  # fmt: skip


def test_the_job_queue_is_begun_anew_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, tries = threading.Event(), []

    async def fails_once(stop: threading.Event, threads: int) -> None:
        tries.append(threads)
        if len(tries) == 1:
            raise ConnectionError("the server restarts")
        stop.set()

    monkeypatch.setattr(worker, "_work_on_jobs", fails_once)
    monkeypatch.setattr(worker, "_AFTER_TROUBLE_S", 0.0)
    asyncio.run(worker._jobs(stop, 2))
    assert tries == [2, 2]
