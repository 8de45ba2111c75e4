"""Do we find what a customer newly wrote, whichever mail program he uses?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.channels.conftest import SecondsAtMost
from yingnuo.channels.adapters.mail import visible


def _replies() -> dict[str, tuple[str, str]]:
    """replies.txt: program -> (what was typed, what the program put below it)."""
    blocks = Path(__file__).with_name("replies.txt").read_text(encoding="utf-8").split("=== ")[1:]
    found = {}
    for block in blocks:
        program, _, rest = block.partition("\n")
        typed, _, added = rest.partition("\n~~~\n")
        found[program] = (typed, added)
    return found


REPLIES = _replies()


@pytest.mark.parametrize("program", sorted(REPLIES))
def test_reply_is_cut_where_the_program_began(program: str) -> None:
    typed, added = REPLIES[program]
    found = visible.split(f"{typed}\n{added}")
    assert found.visible == typed
    assert found.folded


@pytest.mark.parametrize(
    "text",
    [
        "你好，\n从深圳发往北京的快递：\n发件人：李雷\n电话：13800000000\n一直没收到，请查一下。",
        "Hello,\nFrom: Beijing\nTo: Shanghai\nmy parcel was lost.",
        "请问：\n说明书里写道：\n保修三年，对吗？\n谢谢",
        "I wrote on Monday:\nno answer so far.",
        "a > b is what I measured\n- first\n- second",
        "On the box is written: 220 V\nIs that right?",
        "The error is --\nnothing else happens. Then it shows 1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13",
    ],
)
def test_a_customers_own_words_stay(text: str) -> None:
    assert visible.split(text).visible == text


def test_a_forwarded_mail_without_own_words_is_shown_whole() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: A <a@x.example>\nDate: Mon, 2 Mar 2026\nSubject: x\n\nThe words"
    )
    assert visible.split(text).visible == text


def test_answers_between_quoted_lines_stay_with_them() -> None:
    text = "> Which model?\nKF-35\n> Which year?\n2024\n> Bye"
    assert visible.split(text).visible == "> Which model?\nKF-35\n> Which year?\n2024"


def test_an_answer_below_the_quotation_is_found() -> None:
    found = visible.split("On 2 Mar 2026, Service wrote:\n> Which model?\n\nKF-35")
    assert (found.visible, found.quoted) == ("KF-35", "On 2 Mar 2026, Service wrote:\n> Which model?")


def test_nothing_is_lost() -> None:
    found = visible.split("New\n-- \nChen\n\nOn 2 Mar 2026, Service wrote:\n> Old")
    assert (found.visible, found.signature) == ("New", "-- \nChen".replace("-- ", "--"))
    assert found.folded.endswith("> Old")


@pytest.mark.parametrize(
    "line", ["于1" * 140 + ":", "- " * 20, "--", "From: a", "2020-01-01 " * 25 + "a@b:", "发自" + " a" * 100, "> a\nb"]
)
def test_hostile_lines_take_linear_time(line: str, seconds_at_most: SecondsAtMost) -> None:
    with seconds_at_most(5):
        assert visible.split("\n".join([line] * 20_000)).visible
