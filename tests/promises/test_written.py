"""Do standards come back from YAML exactly as they left, and is a bad file refused whole, with its line?"""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.factories import MONDAY
from yingnuo.kit.errors import Invalid
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions, written
from yingnuo.promises.models import CalendarVersion, PolicyVersion
from yingnuo.promises.versions import Sort

POLICY = """code: dealers
title: Dealers
ladders:
  calm:
    - {step: warn, before: 30m, share: 0.5, to: [holder]}
rules:
  - code: visit
    when: {channel: phone}
    promises:
      on_site_arrival:
        target: 8h
        calendar: office
  - code: rest
    promises: {first_response: {target: 1h, calendar: office}}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "rule", "said"),
    [
        ("target: 8h", "target: soon", 11, "visit", "“soon” is no length of time"),
        ("target: 8h", "target: 0", 11, "visit", "zero cannot be kept"),
        ("        calendar: office\n  -", "  -", 10, "visit", "must not be empty"),
        ("channel: phone", "chanel: phone", 8, "visit", "“chanel”"),
        ("code: rest", "code: visit", 13, "visit", "used twice"),
        ("share: 0.5", "share: 5", 5, "", "is no share"),
        ("title: Dealers", "titel: Dealers", 2, "", "“titel” means nothing here"),
        ("code: dealers", "code: de alers", 1, "", "letters, digits and hyphens"),
        ("promises: {first_response", "promise: {first_response", 14, "rest", "“promise” means nothing here"),
    ],
)
def test_an_error_is_told_with_line_rule_and_remedy(old: str, new: str, line: int, rule: str, said: str) -> None:
    assert old in POLICY
    with pytest.raises(Invalid) as caught:
        written.read(POLICY.replace(old, new))
    assert (caught.value.params["line"], caught.value.params["rule"]) == (line, rule)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"Line {line}")


def test_an_error_in_a_calendar_of_many_is_told_with_its_line() -> None:
    text = """calendars:
- code: a
  spec: {timezone: UTC, always_open: true}
- code: b
  spec:
    timezone: UTC
    weekly:
      mon: [[09:00, 12:00]]
      tue: [[09:00, 12:00], [11:00, 13:00]]
"""
    with pytest.raises(Invalid) as caught:
        written.read(text)
    assert caught.value.params["line"] == 9
    assert "overlap" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x", "Line 2 refers to another place"),
        ("code: x\ncode: y\nrules: []", "Line 2 names something that is named before"),
        ("code: x\nspec: [", "Line 2"),
        ("- 1", "must name its entries"),
        ("", "must name its entries"),
        ("code: x\nspec: !!python/name:os.system", "Line 2"),
        ("a: .nan", "A standard has “rules”"),
        ("code: x\nspec: {timezone: UTC}\nhours: 9", "Line 3: A service time has"),
        ("code: x\nspec: 5", "Line 2: The entry “spec”"),
        ("\n".join(f"k{n}: 1" for n in range(30_000)), "the file has too many entries"),
        ("policies: 5", "A list is expected here"),
        ("code: x\nrules: 5", "Line 2"),
        ("code: x\nrules: [5]", "Line 2"),
        ("? [a, b]\n: 1", "Line 1 cannot be read"),
    ],
)
def test_what_is_no_standard_is_refused(text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        written.read(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]",
        "[" * 300_000,
        "{a: " * 90_000,
        "- " * 150_000,
        "x: " + "1" * 399_000,
        "a: b\n" * 70_000,
        "x" * 500_000,
    ],
    ids=["bomb", "lists", "mappings", "dashes", "number", "twice", "large"],
)
def test_a_hostile_file_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(Invalid):
        written.read(text)
    assert time.process_time() - began < 10


def test_all_that_is_installed_comes_back_as_it_went(db: None) -> None:
    factories.house(now=MONDAY)
    found = [*CalendarVersion.objects.order_by("calendar"), *PolicyVersion.objects.order_by("policy")]
    text = written.write(found)
    back = written.read(text)
    assert [(b.code, b.name, b.spec) for b in back] == [
        (versions.standard_of(v).code, versions.standard_of(v).name, v.spec) for v in found
    ]
    for one in back:
        save = versions.save_policy if one.sort is Sort.POLICY else versions.save_calendar
        save(SYSTEM, code=one.code, name=one.name, spec=one.spec, now=MONDAY)
    calendars = CalendarVersion.objects.filter(state="in_force").order_by("calendar")
    policies = PolicyVersion.objects.filter(state="in_force").order_by("policy")
    assert written.write([*calendars, *policies]) == text


SCALARS = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12), st.integers(-(10**12), 10**12),
    st.booleans(), st.none(), st.floats(1e-9, 1e9),
    st.sampled_from(["12:30", "2026-05-04", "1e3", "007", "yes", "~", "1_000", "0x1f", "<<", "="]),
)  # fmt: skip
CONTENT = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abé 1:-", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text("abc", min_size=1), CONTENT, min_size=1, max_size=4))
def test_whatever_is_written_is_read_back_the_same(content: dict[str, Any]) -> None:
    assert written.read_yaml(written.dump(content)).content == content


def test_what_others_wrote_is_read_as_they_meant_it() -> None:
    text = yaml.safe_dump({"code": "x", "rules": [{"code": "a", "promises": {"resolution": None}}]})
    [one] = written.read(text)
    assert one.spec["rules"][0]["promises"] == {"resolution": None}
