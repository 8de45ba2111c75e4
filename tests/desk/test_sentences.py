"""Does every ledger code have its sentence, whatever its params?"""

from __future__ import annotations

import pytest
from django.utils.translation import override

from tests.factories import House
from yingnuo.desk import choices, sentences
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event

FULL = {
    "via": "mail", "milestone": "first_response", "due": "2026-03-02T02:30:00+00:00", "reason": "waiting_parts",
    "team": 1, "agent": 1, "from_team": None, "from_agent": None, "field": "urgency", "old": "general",
    "new": "urgent", "into": 7,
    "ticket": 8, "until": "2026-03-02T02:30:00+00:00", "count": 2, "score": 5, "worked": 60, "overrun": 5, "holder": 1,
    "people": [1], "step": "warn", "what": "link", "problem": "no such user", "rules": ["a"], "rule": "urgent",
}  # fmt: skip


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("params", [FULL, {}], ids=["full", "empty"])
def test_every_code_has_a_sentence(house: House, code: Code, params: dict[str, object]) -> None:
    event = Event(at=instants.now(), code=code.value, actor_kind="system", params=params)
    told = sentences.line(event, choices.names())
    assert told.what
    assert told.what != code.value
    assert "%(" not in told.what


def test_no_code_is_told_that_does_not_exist() -> None:
    assert {str(code) for code in sentences.KNOWN} == {code.value for code in Code}


def test_names_and_moments_are_the_readers(house: House) -> None:
    params = {"milestone": "resolution", "due": "2026-03-02T02:30:00+00:00", "holder": house.alice.pk}
    event = Event(at=instants.now(), code=Code.PROMISE_BROKEN, actor_kind="staff", actor_id=house.bo.pk, params=params)
    with override("en"):
        told = sentences.line(event, choices.names())
    assert (told.who, told.what) == ("Bo", "Resolution broken at 2026-03-02 02:30, held by Alice")


def test_a_code_of_a_newer_version_is_shown_as_it_is(house: House) -> None:
    event = Event(at=instants.now(), code="ticket.teleported", actor_kind="system", params={})
    assert sentences.line(event, choices.names()).what == "ticket.teleported"
