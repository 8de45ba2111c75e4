"""Which ticket does an arriving message belong to?"""

from __future__ import annotations

from typing import Any

import pytest

from yingnuo.engine.threads import REOPEN_WITHIN, Code, Known, Thread, normal_subject, thread_of

NOW = 2_000_000_000
TICKETS = {
    "T1": Known("T1", ["chen@example.com"]),
    "T2": Known("T2", ["chen@example.com"]),
    "OLD": Known("OLD", ["chen@example.com"], closed_at=NOW - REOPEN_WITHIN - 1),
    "RECENT": Known("RECENT", ["chen@example.com"], closed_at=NOW - REOPEN_WITHIN),
}
BY_REFERENCE = {"<1@x>": "T1", "<2@x>": "T2", "<old@x>": "OLD", "<recent@x>": "RECENT", "<gone@x>": "ERASED"}


def decide(**changes: Any) -> Thread:
    asked: dict[str, Any] = {"hint": "", "references": (), "sender": "chen@example.com"} | changes
    return thread_of(**asked, tickets=TICKETS, by_reference=BY_REFERENCE, at=NOW)


def test_nothing_known_is_a_new_ticket() -> None:
    assert decide() == Thread(Code.NEW)
    assert decide(references=["<unknown@x>"]) == Thread(Code.NEW)


def test_a_signed_hint_goes_before_references() -> None:
    assert decide(hint="T1", references=["<2@x>"]) == Thread(Code.HINTED, ticket="T1")


def test_a_hint_to_a_ticket_that_is_not_there_is_no_hint() -> None:
    assert decide(hint="T9", references=["<2@x>"]) == Thread(Code.REFERRED, ticket="T2")


def test_the_nearest_known_reference_decides() -> None:
    assert decide(references=["<1@x>", "<2@x>", "<unknown@x>"]) == Thread(Code.REFERRED, ticket="T2")


def test_a_reference_to_an_erased_ticket_is_passed_by() -> None:
    assert decide(references=["<1@x>", "<gone@x>"]) == Thread(Code.REFERRED, ticket="T1")


def test_a_stranger_does_not_join_by_reference() -> None:
    assert decide(references=["<1@x>"], sender="dee@example.com") == Thread(Code.STRANGER, related="T1")


def test_a_stranger_joins_by_a_signed_hint() -> None:
    assert decide(hint="T1", sender="dee@example.com") == Thread(Code.HINTED, ticket="T1")


def test_letter_case_of_the_sender_does_not_count() -> None:
    assert decide(references=["<1@x>"], sender="Chen@Example.com").code is Code.REFERRED


def test_a_ticket_closed_long_ago_is_followed_by_a_new_one() -> None:
    assert decide(references=["<old@x>"]) == Thread(Code.FOLLOWS_CLOSED, related="OLD")
    assert decide(hint="OLD") == Thread(Code.FOLLOWS_CLOSED, related="OLD")


def test_a_ticket_closed_lately_is_opened_again() -> None:
    assert decide(references=["<recent@x>"]) == Thread(Code.REFERRED, ticket="RECENT")


@pytest.mark.parametrize(
    "subject",
    [
        "Pump  leaks", "Re: Pump leaks", "RE: re: Fwd: Pump leaks", "回复: Pump leaks", "回复：转发：Pump leaks",
        "答复: Pump leaks", "Re[2]: Pump leaks", "Re (3): Pump leaks", "AW: WG: Pump leaks",
        "[External] Re: Pump leaks",
        "Re: [EXT] pump leaks", "轉寄: 回覆: Ｐｕｍｐ leaks", "自动回复: Pump leaks", "转发：Pump　leaks",
    ],
)  # fmt: skip
def test_reply_and_forward_words_do_not_count(subject: str) -> None:
    assert normal_subject(subject) == "pump leaks"


@pytest.mark.parametrize("subject", ["Return: broken", "Refund: late", "Report", "回复力测试"])
def test_a_word_that_only_begins_like_one_stays(subject: str) -> None:
    assert normal_subject(subject) == subject.casefold()
