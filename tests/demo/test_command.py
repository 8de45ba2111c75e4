"""What does `yingnuo demo` say on the terminal?"""

from __future__ import annotations

import argparse
from datetime import datetime

import pytest

from yingnuo.commands import demo as command
from yingnuo.demo.models import Demonstration
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def _says(words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words.split()))


def test_loading_where_it_is_loaded_prints_the_logins_and_changes_nothing(
    demo: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Ticket.objects.count()
    assert _says("load --if-empty") == 0
    printed = capsys.readouterr().out
    assert "agent / lead / manager / admin / partner" in printed
    assert "password yingnuo-demo" in printed
    assert Ticket.objects.count() == before


def test_loading_a_second_time_is_refused(demo: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    assert _says("load") == 2
    assert "already" in capsys.readouterr().err


def test_pause_resume_and_status(demo: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    assert _says("pause") == 0
    assert Demonstration.objects.get().paused is True
    assert _says("resume") == 0
    assert _says("status") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "loaded, complete, standing still"


def test_without_the_option_it_does_not_run(demo: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    assert _says("run") == 2
    assert "YINGNUO_DEMO=yes" in capsys.readouterr().err
