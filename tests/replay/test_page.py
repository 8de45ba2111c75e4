"""Does the page tell what was kept and broken, and why?"""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone
from django.utils.translation import override

from tests.replay import logs
from yingnuo.engine.clock import Mark, MarkKind, fold
from yingnuo.engine.promise import explain
from yingnuo.engine.terms import Terms
from yingnuo.replay import by_engine, page, results, standard
from yingnuo.replay.report import Head
from yingnuo.replay.rows import Tally

HEAD = Head("log.csv", "workshop", "Workshop", "Workshop hours", ("first_response", "resolution"), "engine", "")


def _page(folder: Path, *lines: str, language: str = "en") -> str:
    chosen, tally = logs.read(), Tally()
    _pack, ready = logs.packed(folder, chosen)
    stories = logs.stories(logs.log(folder, *lines), chosen, tally, "skip")
    totals = results.total(by_engine.replay(stories, chosen, ready), lambda result: None)
    return page.render(HEAD, totals, tally, chosen, ready.calendar, language=language)


LATE = ("T1,09:00,New,3,<Desk>,-,Tel,c1,-,-,yes", "T1,20:00,Solved,3,<Desk>,-,Tel,c1,-,-,yes", "T2,never")


def test_a_late_case_is_explained_in_a_sentence(tmp_path: Path) -> None:
    text = _page(tmp_path, *LATE)
    assert "8 h of the calendar “always” from 2024-03-04 09:00. Due 2024-03-04 17:00." in text
    assert "Met 2024-03-04 20:00, 3 h too late in working time." in text


def test_rows_left_out_are_counted_and_shown(tmp_path: Path) -> None:
    text = _page(tmp_path, *LATE)
    assert "1 unusable row left out" in text
    assert "row 4: has 2 cells" in text


def test_the_logs_own_flag_comes_with_its_caveat(tmp_path: Path) -> None:
    text = _page(tmp_path, *LATE)
    assert "flag “ok”" in text
    assert "are not known" in text


def test_words_of_the_log_are_escaped(tmp_path: Path) -> None:
    text = _page(tmp_path, *LATE)
    assert "&lt;Desk&gt;" in text
    assert "<Desk>" not in text


def test_the_page_stands_alone(tmp_path: Path) -> None:
    text = _page(tmp_path, *LATE)
    assert "<script" not in text
    assert "http" not in text
    assert "src=" not in text


def test_the_page_is_made_in_each_language(tmp_path: Path) -> None:
    for language in page.LANGUAGES:
        assert f'<html lang="{language}">' in _page(tmp_path, *LATE, language=language)


def test_a_log_without_tickets_makes_a_page_too(tmp_path: Path) -> None:
    assert "<h1>" in _page(tmp_path)


def test_a_pause_is_told_with_its_reason() -> None:
    terms = Terms("resolution", "sla", 3_600, "always@0", pauses=("waiting_customer",))
    marks = [
        Mark(MarkKind.STARTED, 0), Mark(MarkKind.PAUSED, 600, 1, "waiting_customer"), Mark(MarkKind.RESUMED, 1_200, 2),
        Mark(MarkKind.MET, 9_000, 3),
    ]  # fmt: skip
    calendar = standard.compiled(standard.load(None, logs.read().service, range(2024, 2025))).calendars["always@0"]
    state = fold(terms, marks, 9_000, lambda key: calendar)
    with override("en"), timezone.override("UTC"):
        text = page.sentence(explain(terms, state, calendar), state.met)
    assert "Paused 10 min from 1970-01-01 00:10 (waiting for the customer)." in text
