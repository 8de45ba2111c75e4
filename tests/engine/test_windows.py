"""May one still write, until when, and how often?"""

from __future__ import annotations

from yingnuo.engine.windows import ALWAYS, Chance, Shut, Window, chance

HOUR = 3_600
KF = Window(48 * HOUR, 5)


def test_without_a_rule_one_may_always_write() -> None:
    assert chance(ALWAYS, last_in=None, sent_since=99, now=0) == Chance(None, None, -1)


def test_a_window_opens_with_the_customers_words() -> None:
    assert chance(KF, last_in=None, sent_since=0, now=1_000) == Chance(Shut.NEVER_WROTE, None, 0)
    assert chance(KF, last_in=1_000, sent_since=0, now=1_000) == Chance(None, 1_000 + 48 * HOUR, 5)


def test_its_last_second_is_still_open() -> None:
    until = 48 * HOUR
    assert chance(KF, last_in=0, sent_since=4, now=until) == Chance(None, until, 1)
    assert chance(KF, last_in=0, sent_since=0, now=until + 1).shut is Shut.OVER


def test_messages_are_counted_within_it() -> None:
    assert chance(KF, last_in=0, sent_since=5, now=10).shut is Shut.USED_UP
    assert chance(Window(0, 2), last_in=None, sent_since=2, now=10).shut is Shut.USED_UP


def test_over_comes_before_used_up() -> None:
    assert chance(KF, last_in=0, sent_since=9, now=49 * HOUR).shut is Shut.OVER
