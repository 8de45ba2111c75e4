"""How is a long replay shared among processes?

Tickets of a log do not touch each other, so each process plays its share in a scratch database of its own, a copy of
the first. With a name to keep there is one database, and so one process.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, MutableSequence, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TextIO

from yingnuo.engine.clock import State
from yingnuo.replay import by_journey, scratch
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.progress import Progress
from yingnuo.replay.results import Result
from yingnuo.replay.standard import Pack
from yingnuo.replay.story import Story

_FEW = 500  # tickets for which a second process is not worth its database
_TELL_S = 0.5
_States = list[tuple[State, ...]]


@dataclass(frozen=True, slots=True)
class Work:
    """What each process needs; `told[n]` is how many commands process n has done."""

    mapping: Mapping
    pack: Pack
    tick: int
    told: MutableSequence[int]

    def play(self, number: int, stories: Sequence[Story]) -> _States:
        """Plays a share in the database that the connection points at; the states in the stories' order."""

        def heard(done: int) -> None:
            self.told[number] = done

        found, _done = by_journey.replay(stories, self.mapping, self.pack, tick=self.tick, heard=heard)
        return [result.states for result in found]


def replay(
    stories: Sequence[Story], mapping: Mapping, pack: Pack, *, tick: int, workers: int, keep: str, out: TextIO
) -> list[Result]:
    """Plays all stories in scratch databases that are gone afterwards; the results in the stories' order."""
    count = 1 if keep or len(stories) < _FEW else max(1, workers)
    progress = Progress(sum(len(story.commands) for story in stories), out)
    with scratch.database(keep) as first:
        if count == 1:
            work = Work(mapping, pack, tick, _Alone(progress))
            return [Result(*pair) for pair in zip(stories, work.play(0, stories), strict=True)]
        with scratch.copies(first, count - 1) as others:
            return _together(stories, mapping, pack, tick, [first.name, *others], progress)


class _Alone(list[int]):
    """The counts of a single process, which tells its progress itself."""

    def __init__(self, progress: Progress) -> None:
        super().__init__([0])
        self._progress = progress

    def __setitem__(self, key: object, value: object) -> None:
        self._progress(int(str(value)))


def _together(
    stories: Sequence[Story], mapping: Mapping, pack: Pack, tick: int, names: Sequence[str], progress: Progress
) -> list[Result]:
    # Forked: the stories need no copying, and Django is set up already. No connection may be open meanwhile.
    context = multiprocessing.get_context("fork")
    work = Work(mapping, pack, tick, context.Array("q", len(names), lock=False))
    scratch.point_at(names[0])
    shares = [stories[n :: len(names)] for n in range(len(names))]
    states: list[tuple[State, ...]] = [()] * len(stories)
    with _started(context, work, shares, names) as pipes:
        while pipes:
            ready = wait(list(pipes), timeout=_TELL_S)
            for pipe in [pipe for pipe in pipes if pipe in ready]:
                states[pipes.pop(pipe) :: len(names)] = _received(pipe)
            progress(sum(work.told))
    return [Result(*pair) for pair in zip(stories, states, strict=True)]


@contextmanager
def _started(
    context: multiprocessing.context.ForkContext, work: Work, shares: Sequence[Sequence[Story]], names: Sequence[str]
) -> Iterator[dict[Connection, int]]:
    """One process for each share; none is left when the block ends."""
    pipes: dict[Connection, int] = {}
    processes = []
    try:
        for number, (share, name) in enumerate(zip(shares, names, strict=True)):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_process, args=(work, number, share, name, theirs), daemon=True)
            process.start()
            theirs.close()
            pipes[ours] = number
            processes.append(process)
        yield pipes
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _process(work: Work, number: int, stories: Sequence[Story], name: str, pipe: Connection) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent tidies up; a child only ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    scratch.point_at(name)
    try:
        pipe.send(work.play(number, stories))
    except ReplayError as error:
        pipe.send(error)


def _received(pipe: Connection) -> _States:
    try:
        found = pipe.recv()
    except EOFError:
        raise ReplayError("a process of the replay ended early; what it met is told above") from None
    if isinstance(found, ReplayError):
        raise found
    return list(found)
