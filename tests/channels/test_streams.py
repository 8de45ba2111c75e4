"""Is each connection held by one process alone, made anew when it breaks, and ended when the settings say so?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections

from tests import factories
from yingnuo.channels import registry, streams
from yingnuo.channels.adapters.telegram import Telegram
from yingnuo.channels.contract import Account, ChannelError, Keep
from yingnuo.channels.models import Channel, Raw

pytestmark = pytest.mark.django_db(transaction=True)


class _Line(Telegram):
    """A provider whose line says one thing and then stands, or breaks as often as it is told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.breaks = 0

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        self.begun.append(str(account.settings.get("note", "")))
        if self.breaks:
            self.breaks -= 1
            raise ChannelError("unreachable", "line cut", permanent=False)
        keep([(f"said-{len(self.begun)}", b"{}")])
        stop.wait(20)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Line]:
    line = _Line()
    monkeypatch.setattr(registry, "adapter_of", lambda kind: line)
    monkeypatch.setattr(registry, "kinds", lambda: ("telegram",))
    monkeypatch.setattr(streams, "_PAUSES", (0.05,))
    yield line
    for thread in [t for t in threading.enumerate() if t.name.startswith("stream-")]:
        thread.join(timeout=10)
    connections.close_all()


def _soon(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def _channel(**settings: str) -> Channel:
    return factories.lawful(Channel.objects.create(code="line", name="Line", kind="telegram", settings=settings))


def test_what_is_said_is_kept_and_the_channel_is_well(line: _Line) -> None:
    channel, worker = _channel(), streams.Round()
    worker.step()
    assert _soon(lambda: Raw.objects.filter(channel=channel, key="said-1").exists())
    worker.stop()
    channel.refresh_from_db()
    assert channel.last_in_at is not None


def test_two_processes_hold_one_connection(line: _Line) -> None:
    _channel()
    workers = [streams.Round(), streams.Round()]
    for worker in workers:
        worker.step()
    assert _soon(lambda: len(line.begun) == 1)
    time.sleep(0.3)
    assert len(line.begun) == 1
    for worker in workers:
        worker.stop()


def test_a_broken_connection_is_said_and_made_anew(line: _Line) -> None:
    line.breaks = 2
    channel, worker = _channel(), streams.Round()
    worker.step()
    assert _soon(lambda: len(line.begun) == 3)
    assert _soon(lambda: Channel.objects.get(pk=channel.pk).problem == "")
    worker.stop()


def test_a_changed_setting_begins_it_anew(line: _Line) -> None:
    channel, worker = _channel(note="first"), streams.Round()
    worker.step()
    assert _soon(lambda: line.begun == ["first"])
    Channel.objects.filter(pk=channel.pk).update(settings={"note": "second"})
    worker.step()
    assert _soon(lambda: line.begun == ["first", "second"])
    Channel.objects.update(active=False)
    worker.step()
    assert not worker._held


def test_the_lock_is_free_when_its_process_is_gone(line: _Line) -> None:
    channel = _channel()
    with streams._alone(channel.pk) as mine:
        assert mine
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [streams._LOCKS | channel.pk])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [streams._LOCKS | channel.pk])
