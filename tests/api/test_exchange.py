"""Can a program hand in a table and take lists out, with the verbs it needs?"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.api import conftest
from tests.api.conftest import Program
from yingnuo.exchange.models import Import
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact

TABLE = "code,who,mail\nC-1,陈丽,li@x.example\nC-2,Wang,nonsense\n"


@pytest.fixture
def program(standard: None) -> Program:
    """A program that may do everything."""
    return conftest.program()


def _table(text: str = TABLE, **more: object) -> dict[str, Any]:
    file = {"name": "customers.csv", "data": base64.b64encode(text.encode()).decode()}
    return {"kind": "customers", "file": file, "columns": {"code": "key", "who": "name", "mail": "email"}, **more}


def test_a_table_is_checked_taken_in_and_undone(program: Program) -> None:
    told = program.post("/imports", _table()).json()
    assert (told["state"], told["counts"]["new"], told["counts"]["refused"]) == ("checked", 1, 1)
    assert not Contact.objects.exists()
    [row] = program.get(f"/imports/{told['id']}/rows?outcome=refused").json()["items"]
    assert (row["line"], row["problems"][0]["code"]) == (3, "no_mail")
    assert program.post(f"/imports/{told['id']}/begin").json()["state"] == "done"
    assert Contact.objects.get().name == "陈丽"
    assert program.post(f"/imports/{told['id']}/undo").json()["state"] == "undone"
    assert not Contact.objects.exists()


def test_a_column_that_is_not_there_is_refused(program: Program) -> None:
    answer = program.post("/imports", _table(columns={"nothing": "name"}))
    assert (answer.status_code, "mapping" in answer.json()["fields"]) == (422, True)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("scopes", [("ticket.view",), ("import.run",), ("customer.edit",)])
def test_a_token_needs_both_verbs(standard: None, scopes: tuple[str, ...]) -> None:
    assert conftest.program(*scopes).post("/imports", _table()).status_code == 403
    assert not Import.objects.exists()


@pytest.mark.parametrize(("form", "kind"), [("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats")])
def test_tickets_leave_as_a_table(program: Program, form: str, kind: str) -> None:
    program.opened(subject="Press stops")
    answer = program.get(f"/exports/tickets?form={form}")
    assert answer.headers["Content-Type"].startswith(kind)
    content = b"".join(answer)
    assert form == "xlsx" or b"Press stops,enquiry,urgent,new" in content
    assert Event.objects.get(code="export.taken").params["form"] == form


def test_customers_leave_only_with_the_verb(program: Program) -> None:
    program.opened()
    assert b"chen@customer.example" in b"".join(program.get("/exports/customers"))
    assert conftest.program("customer.view").get("/exports/customers").status_code == 403
    assert Event.objects.filter(code="export.taken").count() == 1
