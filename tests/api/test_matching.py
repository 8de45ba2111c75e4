"""Is a change refused when somebody was quicker, and is nothing changed by it?"""

from __future__ import annotations

import pytest

from tests.api.conftest import Program
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Ticket


def test_a_change_at_the_version_that_was_read_goes_through(chen: Program) -> None:
    told = chen.opened()
    read = chen.get(f"/tickets/{told['id']}")
    done = chen.ask("PATCH", f"/tickets/{told['id']}", {"subject": "Press"}, If_Match=read["ETag"])
    assert (done.status_code, done.json()["subject"]) == (200, "Press")
    assert done["ETag"] != read["ETag"]


@pytest.mark.parametrize("tag", ['"999"', '"x"', "x", 'W/"1", "2"'])
def test_a_change_at_another_version_is_refused(chen: Program, tag: str) -> None:
    pk = chen.opened()["id"]
    for method, path, body in (("PATCH", "", {"subject": "Press"}), ("PUT", "/tags", {"tags": ["x"]})):
        refused = chen.ask(method, f"/tickets/{pk}{path}", body, If_Match=tag)
        assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    row = Ticket.objects.get(pk=pk)
    assert (row.subject, row.tags, row.version) == ("Press stops", [], 1)


def test_any_version_will_do_where_it_is_said_so(chen: Program) -> None:
    pk = chen.opened()["id"]
    assert chen.ask("PATCH", f"/tickets/{pk}", {"subject": "Press"}, If_Match="*").status_code == 200


def test_customers_are_changed_only_as_they_were_read(chen: Program) -> None:
    pk = chen.opened()["contact"]["id"]
    read = chen.get(f"/contacts/{pk}")
    assert chen.ask("PATCH", f"/contacts/{pk}", {"note": "Calls early."}, If_Match=read["ETag"]).status_code == 200
    refused = chen.ask("PATCH", f"/contacts/{pk}", {"name": "Wang"}, If_Match=read["ETag"])
    assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    assert Contact.objects.get(pk=pk).name == "Chen"
