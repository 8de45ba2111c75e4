"""What does a custom field take, how is it kept, and what does its reader see?"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone, translation

from yingnuo.tickets import values
from yingnuo.tickets.models import Field, FieldType
from yingnuo.tickets.values import Wrong

LINES = {"washer": "Washing machines"}


def made(type: str, **more: Any) -> Field:
    return Field(code="x", name="X", type=type, **more)


@pytest.mark.parametrize(
    ("field", "said", "kept"),
    [
        (made("text"), "  E3 ", "E3"),
        (made("long"), "a\nb", "a\nb"),
        (made("number"), "1,234", 1234),
        (made("number", limits={"decimals": 1}), "4.5", 4.5),
        (made("date"), "2026/03/02", "2026-03-02"),
        (made("checkbox"), "on", True),
        (made("checkbox"), ["false"], False),
        (made("choice", choices=["red", "blue"]), "blue", "blue"),
        (made("choices", choices=["a", "b", "c"]), ["c", "a"], ["a", "c"]),
        (made("choices", choices=["a", "b"]), "b\na", ["a", "b"]),
        (made("email"), "Chen@Harbour.example", "chen@harbour.example"),
        (made("phone"), "138 0000 2210", "+8613800002210"),
        (made("link"), "harbour.example/e3", "https://harbour.example/e3"),
        (made("line"), "Washing machines", "washer"),
        (made("serial", limits={"pattern": "HW-[0-9]+"}), "hw-12", "HW-12"),
    ],
)
def test_what_is_said_is_kept_typed(field: Field, said: object, kept: object) -> None:
    value = values.read(field, said, LINES)
    assert (value, type(value)) == (kept, type(kept))
    assert values.read(field, values.text_of(value), LINES) == kept


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (made("text"), "x" * 501),
        (made("text", limits={"pattern": "HW-[0-9]{4}"}), "HW-12"),
        (made("number"), "four"),
        (made("number"), "nan"),
        (made("number", limits={"decimals": 0}), "4.5"),
        (made("number", limits={"least": 1}), "0"),
        (made("number", limits={"most": 24}), "25"),
        (made("date"), "2026-02-30"),
        (made("moment"), "soon"),
        (made("checkbox"), "perhaps"),
        (made("choice", choices=["red"]), "green"),
        (made("choice", choices=["red"]), ["red", "red"]),
        (made("choices", choices=["a"]), ["a", "z"]),
        (made("email"), "nobody"),
        (made("phone"), "12"),
        (made("link"), "javascript:alert(1)"),
        (made("line"), "lawnmower"),
    ],
)
def test_what_makes_no_sense_is_refused(field: Field, said: object) -> None:
    with pytest.raises(Wrong):
        values.read(field, said, LINES)


@pytest.mark.parametrize("type", FieldType.values)
def test_nothing_is_kept_as_nothing(type: str) -> None:
    assert values.read(made(type, choices=["a"]), "", LINES) is None
    assert values.read(made(type, choices=["a"]), [], LINES) is None


def test_a_moment_is_said_in_the_zone_of_who_reads() -> None:
    field = made("moment")
    with timezone.override("Asia/Shanghai"):
        kept = values.read(field, "2026-03-02T10:30", LINES)
        assert values.said(field, kept, LINES) == "2026-03-02 10:30"
    with timezone.override("UTC"):
        assert values.said(field, kept, LINES) == "2026-03-02 02:30"


def test_words_are_those_of_the_reader() -> None:
    words = {"en": {"name": "Used at", "choices": {"家用": "At home"}}}
    field = Field(code="use", name="使用场所", type="choice", choices=["家用", "商用"], words=words)
    with translation.override("en"):
        assert (values.name_of(field), values.said(field, "家用", {})) == ("Used at", "At home")
    with translation.override("zh-hans"):
        assert (values.name_of(field), values.said(field, "家用", {})) == ("使用场所", "家用")
    assert values.read(field, "At home", {}) == "家用"


def test_a_value_of_an_older_type_is_still_said() -> None:
    assert values.said(made("number"), "about four", {}) == "about four"
    assert values.said(made("moment"), "noon", {}) == "noon"
    assert values.said(None, ["a", "b"], {}) == "a, b"
