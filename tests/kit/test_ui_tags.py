"""Do the components say the right thing, safely?"""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.core import signing
from django.template import Context, Template
from django.test import RequestFactory

from yingnuo.kit import count_states, live, looks
from yingnuo.kit.templatetags import ui

NOW = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context({"now": NOW, **context}))


def test_text_is_escaped() -> None:
    html = render("{% badge word %}{% card word %}{% endcard %}{% empty word %}{% endempty %}", word="<script>")
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 3


def test_block_content_is_not_escaped_twice() -> None:
    assert "<p>5 &lt; 6</p>" in render("{% card 'T' %}<p>{{ text }}</p>{% endcard %}", text="5 < 6")


def test_icon_is_silent_without_a_label() -> None:
    assert 'aria-hidden="true"' in render('{% icon "mail" %}')
    assert 'aria-label="Mail"' in render('{% icon "mail" label="Mail" %}')


def test_unknown_code_is_shown_as_it_is() -> None:
    assert "vendor-code" in render('{% urgency "vendor-code" %}')


@pytest.mark.parametrize(
    ("left", "state", "text"),
    [
        (3_601, "ok", "01:00:01"),
        (3_600, "soon", "01:00:00"),
        (1_800, "risk", "00:30:00"),
        (0, "risk", "00:00:00"),
        (-1, "over", "-00:00:01"),
    ],
)
def test_countdown_counts_from_the_servers_now(left: int, state: str, text: str) -> None:
    html = render("{% countdown due %}", due=NOW + timedelta(seconds=left))
    assert f'data-state="{state}"' in html
    assert f">{text}</yn-countdown>" in html
    assert 'now="2026-03-11T02:30:00+00:00"' in html


def test_countdown_is_at_risk_in_its_last_quarter() -> None:
    started = NOW - timedelta(hours=3)
    assert count_states.state(NOW + timedelta(hours=1), NOW, started, None) == "risk"
    assert count_states.state(NOW + timedelta(hours=1, seconds=4), NOW, started, None) == "soon"


def test_countdown_obeys_its_own_warning() -> None:
    due = NOW + timedelta(hours=1)
    assert count_states.state(due, NOW, None, NOW) == "risk"
    assert count_states.state(due, NOW, None, NOW + timedelta(seconds=1)) == "soon"


def test_a_promise_that_stands_still_does_not_tick() -> None:
    html = render('{% countdown None remaining=3725 paused="Waiting for photos" %}')
    assert "yn-countdown" not in html
    assert 'title="Waiting for photos · 1 h 2 min left"' in html
    assert "01:02:05" in html


def test_promise_bar_stays_between_its_ends() -> None:
    html = render('{% promise "Reply" "broken" 1.4 due=now %}')
    assert 'value="100"' in html


@pytest.mark.parametrize(("name", "sign"), [("王小明", "王"), ("anna", "A"), ("", "?"), ("（二线）刘", "二")])
def test_avatar_shows_the_first_sign(name: str, sign: str) -> None:
    assert looks.initials(name) == sign


def test_avatar_colour_is_stable() -> None:
    assert looks.hue("王小明") == looks.hue(" 王小明 ")
    assert {looks.hue(f"name {n}") for n in range(200)} == set(range(looks.HUES))


def test_live_token_allows_its_topics_only() -> None:
    html = render('{% live "tickets" "ticket:42" %}')
    token = html.partition('token="')[2].partition('"')[0]
    assert live.topics_of(token) == {"tickets", "ticket:42"}
    with pytest.raises(signing.BadSignature):
        live.topics_of("secrets" + token)


class Form(forms.Form):
    subject = forms.CharField(help_text="One line.")


def test_field_ties_hint_and_error_to_its_control() -> None:
    html = render("{% field form.subject %}", form=Form({"subject": ""}))
    assert 'class="form-control is-invalid"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_subject_helptext"' in html
    assert "This field is required." in html


def test_rail_marks_the_longest_address() -> None:
    items = [looks.RailItem("Home", "/", "home"), looks.RailItem("Tickets", "/tickets/", "inbox")]
    html = render("{% rail %}", rail_items=items, request=RequestFactory().get("/tickets/42"))
    assert 'href="/tickets/" aria-current="page"' in html
    assert html.count("aria-current") == 1


def test_pager_keeps_the_filters() -> None:
    page = type("Page", (), {"numbers": [1, 2], "number": 1, "first_row": 1, "last_row": 50, "total": 90})
    html = render("{% pager page %}", page=page, request=RequestFactory().get("/?q=E3&page=1"))
    assert 'href="?q=E3&amp;page=2"' in html


def test_spark_of_one_value_is_nothing() -> None:
    assert ui.spark([1.0], "Score") == ""
    assert 'points="0.0,22.0 100.0,2.0"' in ui.spark([1.0, 2.0], "Score")


def test_chart_has_the_same_as_a_table() -> None:
    html = render('{% chart "c" option "Score" rows %}', option={"a": "</script>"}, rows=[["Month"], ["March"]])
    assert html.count("</script>") == 1
    assert "<td>March</td>" in html


def test_live_adds_the_topics_of_every_page_once() -> None:
    html = render('{% live "tickets" "notices:7" %}', live_topics=("notices:7",))
    assert 'topics="notices:7 tickets"' in html
    assert render("{% live %}") == ""
