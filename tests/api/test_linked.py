"""Can a program link tickets, divide them, answer the parts together, and take one out whole?"""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest

from tests.api.conftest import Program, program
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Message, Ticket, TicketLink


@pytest.fixture
def pair(chen: Program) -> tuple[int, int]:
    """Two tickets."""
    return chen.opened()["id"], chen.opened(subject="Pump leaks")["id"]


def test_a_link_is_made_read_from_both_sides_and_taken_away(chen: Program, pair: tuple[int, int]) -> None:
    one, other = pair
    made = chen.post(f"/tickets/{one}/links", {"relation": "caused_by", "ticket": other})
    assert made.status_code == 201
    assert [(i["relation"], i["ticket"], i["subject"]) for i in made.json()["items"]] == [
        ("caused_by", other, "Pump leaks")
    ]
    assert chen.get(f"/tickets/{other}/links").json()["items"][0]["relation"] == "cause_of"
    assert chen.ask("DELETE", f"/tickets/{one}/links/caused_by/{other}").status_code == 204
    gone = chen.ask("DELETE", f"/tickets/{one}/links/caused_by/{other}")
    assert (gone.status_code, gone.json()["code"]) == (404, "link_not_found")
    assert chen.get(f"/tickets/{one}/links").json()["items"] == []


def test_wrong_links_are_refused_and_change_nothing(chen: Program, pair: tuple[int, int]) -> None:
    one, other = pair
    chen.post(f"/tickets/{one}/links", {"relation": "child_of", "ticket": other})
    for body, status, code in (
        ({"relation": "child_of", "ticket": other}, 409, "linked_already"),
        ({"relation": "parent_of", "ticket": other}, 409, "link_circle"),
        ({"relation": "related", "ticket": one}, 422, "invalid"),
        ({"relation": "related", "ticket": 99_999_999}, 404, "ticket_not_found"),
        ({"relation": "cousin", "ticket": other}, 422, "invalid"),
    ):
        refused = chen.post(f"/tickets/{one}/links", body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert TicketLink.objects.count() == 1


def test_children_are_made_listed_and_answered(chen: Program, pair: tuple[int, int]) -> None:
    parent, _other = pair
    made = chen.post(f"/tickets/{parent}/children", {"subject": "Send a technician", "text": "Bring a bearing."})
    assert made.status_code == 201
    child = made.json()["id"]
    assert made.json()["promises"]
    listed = chen.get(f"/tickets/{parent}/children?limit=1").json()
    assert ([t["id"] for t in listed["items"]], listed["next"]) == ([child], "")
    told = chen.post(f"/tickets/{parent}/children/answers", {"text": "He comes at ten.", "then": "resolve"}).json()
    assert told == {"done": [child], "refused": [], "unseen": 0}
    assert Message.objects.filter(ticket=child, text="He comes at ten.", public=True).exists()
    assert chen.get(f"/tickets/{child}").json()["status"] == "resolved"


def test_reading_is_not_linking(chen: Program, pair: tuple[int, int]) -> None:
    one, other = pair
    reader = program("ticket.view")
    assert reader.get(f"/tickets/{one}/links").status_code == 200
    for path, body in (
        ("links", {"relation": "related", "ticket": other}), ("children", {"subject": "Part"}),
        ("children/answers", {"text": "x"}),
    ):  # fmt: skip
        assert reader.post(f"/tickets/{one}/{path}", body).status_code == 403
    assert reader.get(f"/tickets/{one}/archive").status_code == 403
    assert Ticket.objects.count() == 2
    assert not TicketLink.objects.exists()


def test_a_ticket_is_exported_whole(chen: Program, pair: tuple[int, int]) -> None:
    response = chen.get(f"/tickets/{pair[0]}/archive")
    book = ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert book.namelist() == ["conversation.html", "ticket.json"]
    assert Event.objects.filter(code="ticket.exported", ticket_id=pair[0]).count() == 1


def test_linked_tickets_are_found_by_operators(chen: Program, pair: tuple[int, int]) -> None:
    one, other = pair
    chen.post(f"/tickets/{one}/links", {"relation": "child_of", "ticket": other})
    for words, found in (
        ("is:parent", [other]), ("是:子工单", [one]), (f"linked:YN-{one}", [other]), (f"关联:{other}", [one]),
        ("-is:child", [other]),
    ):  # fmt: skip
        assert [t["id"] for t in chen.get(f"/tickets?words={words}&state=any").json()["items"]] == found
