"""Does every refusal of the engine have a sentence with its place and a remedy?"""

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from yingnuo import engine
from yingnuo.engine.errors import BadSpec, NeverOpens
from yingnuo.engine.policy import Policy
from yingnuo.promises import complaints

RAISED = re.compile(
    r"(?:refusal|BadSpec)\([^,()]*(?:\([^()]*\))?[^,()]*,\s*\"([a-z_0-9]+)\"|(?:NeverOpens|EngineError)\(\"([a-z_]+)\""
)


def test_every_code_of_the_engine_has_a_sentence() -> None:
    text = "".join(path.read_text() for path in Path(engine.__path__[0]).glob("*.py"))
    codes = {a or b for a, b in RAISED.findall(text)}
    assert len(codes) > 30
    assert codes - complaints.SENTENCES.keys() == set()


@pytest.mark.parametrize("code", complaints.SENTENCES)
def test_a_sentence_can_be_made_without_any_parameter(code: str) -> None:
    assert "%(" not in str(complaints.sentence(BadSpec("rules[0]", code, "")))


def test_the_place_is_told_in_words() -> None:
    spec = {"code": "x", "rules": [{"code": "a", "promises": {"first_response": {"target": 0, "calendar": "office"}}}]}
    with override("en"), pytest.raises(BadSpec) as caught:
        Policy.from_spec(spec)
    with override("en"):
        said = str(complaints.sentence(caught.value))
    assert said.startswith("rule no. 1, First response, target: A promise of zero cannot be kept.")


def test_a_percent_sign_in_what_was_given_does_no_harm() -> None:
    assert "50% %(x)s" in str(complaints.sentence(BadSpec("a", "not_a_duration", "", given="50% %(x)s")))


def test_an_error_without_a_place_is_the_sentence_alone() -> None:
    with override("en"):
        assert str(complaints.sentence(NeverOpens("never_opens", ""))).startswith("This calendar never opens.")
