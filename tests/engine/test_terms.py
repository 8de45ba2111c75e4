"""Do terms survive being written down, and are bad ones refused where they are wrong?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.engine.clockwork import BROKEN, HOUR, STILL, TERMS, WARN, WARN_UP
from yingnuo.engine.errors import BadSpec
from yingnuo.engine.specs import duration
from yingnuo.engine.terms import Step, Terms, When

FULL = replace(
    TERMS, on_reopen="grace", grace_seconds=HOUR, ladder=(WARN, WARN_UP, BROKEN, STILL), policy="default@1", rule="r",
    guide="g",
)  # fmt: skip


def test_terms_survive_json() -> None:
    assert Terms.from_spec(json.loads(json.dumps(FULL.to_spec()))) == FULL


def test_equal_terms_have_equal_digests() -> None:
    assert Terms.from_spec(FULL.to_spec()).digest() == FULL.digest()


@pytest.mark.parametrize("change", [{"target_seconds": 1}, {"calendar": "office@2"}, {"ladder": ()}, {"guide": ""}])
def test_other_terms_have_another_digest(change: dict[str, object]) -> None:
    assert replace(FULL, **change).digest() != FULL.digest()  # type: ignore[arg-type]


def test_equal_shares_have_one_digest() -> None:
    one, same = (replace(FULL, ladder=(replace(WARN, share=share),)) for share in (1, 1.0))
    assert one.to_spec()["ladder"][0]["share"].hex() == same.to_spec()["ladder"][0]["share"].hex()


def test_digest_is_the_same_on_every_machine() -> None:
    assert TERMS.digest() == "1ec5c9f2bc46cd7637310789048935ea954464e2ce9a9451de99f6fb366e5ec8"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"target": 0}, "terms.target", "zero_target"),
        ({"target": None}, "terms.target", "not_a_duration"),
        ({"agreement": "slo"}, "terms.agreement", "unknown_word"),
        ({"answered_by": "dog"}, "terms.answered_by", "unknown_word"),
        ({"colour": "red"}, "terms.colour", "unknown_key"),
        ({"pauses": [""]}, "terms.pauses[0]", "not_a_text"),
        ({"ladder": [{"step": "a", "before": 0}]}, "terms.ladder[0].before", "lead_of_zero"),
        ({"ladder": [{"step": "due", "after": 0}]}, "terms.ladder[0].step", "reserved_word"),
        ({"ladder": [{"step": "a", "after": 0, "share": 0.5}]}, "terms.ladder[0].share", "share_needs_before"),
        ({"ladder": [{"step": "a", "before": "1m", "share": 2}]}, "terms.ladder[0].share", "not_a_share"),
        ({"ladder": [{"step": "a", "before": "1m", "after": 0}]}, "terms.ladder[0]", "say_one_of"),
        ({"ladder": [{"step": "a", "after": 0}, {"step": "a", "after": 1}]}, "terms.ladder[1].step", "used_twice"),
    ],
)
def test_bad_terms_are_refused_at_their_place(change: dict[str, object], path: str, code: str) -> None:
    with pytest.raises(BadSpec) as refused:
        Terms.from_spec(FULL.to_spec() | change)
    assert (refused.value.path, refused.value.code) == (path, code)


def test_zero_target_is_refused_in_code_too() -> None:
    with pytest.raises(BadSpec):
        replace(TERMS, target_seconds=0)


def test_a_lead_is_the_smaller_of_time_and_share() -> None:
    step = Step("warn", When.BEFORE, 1800, share=0.5)
    assert (step.lead(900), step.lead(7200)) == (450, 1800)


@pytest.mark.parametrize(
    ("answered_by", "speaker", "counts"),
    [("person", "person", True), ("person", "bot", False), ("bot", "person", False), ("any", "bot", True)],
)
def test_bot_answer_counts_only_if_the_terms_say_so(answered_by: str, speaker: str, counts: bool) -> None:
    assert replace(TERMS, answered_by=answered_by).answered_by_a(speaker) is counts


def test_a_step_is_found_by_its_code() -> None:
    assert (FULL.step("still"), FULL.step("nothing")) == (STILL, None)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(90, 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400), ("1d", 86_400), (" 1h 5m ", 3900)],
)
def test_durations(written: object, seconds: int) -> None:
    assert duration(written, "target") == seconds


@pytest.mark.parametrize("written", ["", "15", "m", "1.5h", "15 min", -1, True, 1.5, None, [1]])
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(BadSpec) as refused:
        duration(written, "rules[0].target")
    assert refused.value.path == "rules[0].target"
