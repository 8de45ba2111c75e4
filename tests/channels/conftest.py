"""What do the tests of the channels share? A bound on time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

SecondsAtMost = Callable[[float], AbstractContextManager[None]]


@pytest.fixture
def seconds_at_most() -> SecondsAtMost:
    """Fails when the block used more CPU seconds; generous bounds tell quadratic work from linear."""

    @contextmanager
    def bound(seconds: float) -> Iterator[None]:
        started = time.process_time()
        yield
        assert time.process_time() - started < seconds

    return bound
