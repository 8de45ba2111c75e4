"""Is a mapping read strictly, and does a refusal say where and what?"""

from __future__ import annotations

import pytest

from tests.replay import logs
from yingnuo.replay import mapping
from yingnuo.replay.errors import ReplayError


def _refused(old: str, new: str) -> str:
    assert old in logs.MAPPING
    with pytest.raises(ReplayError) as refused:
        logs.read(logs.MAPPING.replace(old, new))
    return str(refused.value)


def test_every_shipped_mapping_can_be_read() -> None:
    assert "servicenow-incidents" in mapping.shipped()
    assert all(mapping.load(name).title for name in mapping.shipped())


def test_a_number_is_meant_as_the_text_in_the_cell() -> None:
    assert logs.read().priority.values == {"1": "urgent", "2": "important"}


def test_a_misspelt_key_is_refused_with_its_place() -> None:
    assert "colums" in _refused("columns:", "colums:")


def test_a_missing_column_name_is_refused() -> None:
    assert "columns.state" in _refused("state: state, ", "")


def test_a_state_must_mean_something_we_know() -> None:
    message = _refused("Work: open", "Work: busy")
    assert "states.Work" in message
    assert "resolved" in message


def test_a_reason_to_wait_must_be_on_the_list() -> None:
    assert "waiting_parts" in _refused("waiting: waiting_customer", "waiting: lunch")


def test_an_unknown_time_zone_is_refused() -> None:
    assert "log.time_zone" in _refused("time_zone: UTC", "time_zone: Moon/Base")


def test_a_state_named_elsewhere_must_be_listed() -> None:
    assert "first_response.leaves" in _refused("leaves: [New]", "leaves: [Fresh]")


def test_a_word_that_yaml_takes_for_no_is_asked_in_quotes() -> None:
    assert "quotes" in _refused("leaves: [New]", "leaves: [No]")


def test_a_column_without_words_is_refused() -> None:
    assert "channel.values" in _refused("channel: {values: {Tel: phone, Mail: mail}}", "channel: {}")


def test_broken_yaml_is_told_as_such() -> None:
    with pytest.raises(ReplayError, match="not valid YAML"):
        mapping.parse("title: [", "x.yaml")


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(ReplayError, match="servicenow-incidents"):
        mapping.load("nowhere")


def test_groups_get_team_codes_that_never_meet() -> None:
    chosen = logs.read()
    codes = {chosen.team(group) for group in ("Desk", "desk", "DESK", "一线", "二线", "a b", "a-b")}
    assert len(codes) == 7
    assert all(len(code) <= 40 for code in codes)


def test_only_groups_off_the_front_line_are_specialists() -> None:
    chosen = logs.read()
    assert [chosen.tier(group) for group in ("Desk", "Lab", "")] == [1, 2, 1]
