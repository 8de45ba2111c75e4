"""Does a long list lose or repeat a row between its screens?"""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.test import RequestFactory

from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid


@pytest.mark.django_db
@pytest.mark.parametrize("by", [("app_label", "id"), ("-app_label", "-id")])
def test_keyset_visits_each_row_once(by: tuple[str, str]) -> None:
    rows = ContentType.objects.all()
    seen, after = [], ""
    while True:
        screen = pages.keyset(rows, by=by, after=after, size=3)
        seen += screen.rows
        after = screen.next
        if not after:
            break
    assert seen == list(rows.order_by(*by))
    assert len(seen) > 6


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["nonsense", "e30", "WyJhIl0", "WyJhIiwieCJd", "é", "//8"])
def test_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        pages.keyset(ContentType.objects.all(), by=("app_label", "id"), after=cursor)


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "shown"), [("1", 1), ("x", 1), ("0", 1), ("-3", 1), ("²", 1), ("999", 999)])
def test_numbered_survives_any_address(number: str, shown: int) -> None:
    rows = ContentType.objects.order_by("id")
    page = pages.numbered(rows, number=number, size=4)
    assert page.number == min(shown, page.last_number)
    assert page.rows == list(rows[page.first_row - 1 : page.last_row])


@pytest.mark.parametrize(
    ("here", "last", "numbers"),
    [(1, 1, [1]), (6, 20, [1, None, 5, 6, 7, None, 20]), (2, 3, [1, 2, 3]), (20, 20, [1, None, 19, 20])],
)
def test_window_of_numbers(here: int, last: int, numbers: list[int | None]) -> None:
    assert pages.window(here, last) == numbers


def request(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", headers=headers)


def test_htmx_gets_only_the_part_it_asks_for() -> None:
    parts = {"status": "kit/components/chips.html"}
    asked = request(**{"HX-Request": "true", "HX-Target": "div#status"})
    part = pages.show(asked, "kit/problem.html", {"label": "Filter"}, parts=parts)
    whole = pages.show(request(), "kit/problem.html", {"title": "T"}, parts=parts)
    assert part.content.startswith(b"<nav")
    assert whole.content.startswith(b"<!doctype html>")
    assert "HX-Target" in part["Vary"]
