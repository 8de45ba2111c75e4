"""How is a long replay shared among processes?

Tickets of a log do not touch each other, so each process plays its share in a scratch database of its own, a copy of
the first. With a name to keep there is one database, and so one process.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from typing import TextIO

import django
from django.db import connection

from yingnuo.replay import by_journey, scratch
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.progress import Progress
from yingnuo.replay.results import Result
from yingnuo.replay.standard import Pack
from yingnuo.replay.story import Story

_FEW = 200  # tickets for which a second process is not worth its start
_TELL_S = 0.5
