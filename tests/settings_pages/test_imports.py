"""Is a table taken in over its pages: uploaded, named, looked through, taken in, undone?"""

from __future__ import annotations

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.exchange.conftest import outcomes
from yingnuo.exchange.models import Import, State
from yingnuo.people.models import Company

TABLE = "公司名称,等级\n港湾酒店,金卡\n海滨饭店,白金\n"


def _upload(client: Client, text: str = TABLE, kind: str = "companies", encoding: str = "gb18030") -> Import:
    file = SimpleUploadedFile("公司.csv", text.encode(encoding))
    assert client.post("/settings/imports/", {"kind": kind, "file": file}).status_code == 302
    return Import.objects.get()


def _checked(client: Client) -> Import:
    row = _upload(client)
    client.post(f"/settings/imports/{row.pk}/check", {"column_0": "name", "column_1": "tier"})
    row.refresh_from_db()
    return row


def test_a_table_is_read_and_its_columns_proposed(manager: Client) -> None:
    row = _upload(manager)
    assert (row.encoding, row.mapping, row.total) == ("gb18030", {"0": "name", "1": "tier"}, 2)
    page = manager.get(f"/settings/imports/{row.pk}/").content.decode()
    assert "海滨饭店" in page


def test_what_would_be_is_shown_before_anything_is_written(manager: Client) -> None:
    row = _checked(manager)
    page = manager.get(f"/settings/imports/{row.pk}/").content.decode()
    assert row.state == State.CHECKED
    assert "“白金” is not known here." in page
    assert not Company.objects.filter(name="港湾酒店").exists()


def test_it_is_taken_in_and_undone(manager: Client) -> None:
    row = _checked(manager)
    manager.post(f"/settings/imports/{row.pk}/steer", {"do": "begin"})
    assert Company.objects.get(name="港湾酒店").tier == "gold"
    manager.post(f"/settings/imports/{row.pk}/steer", {"do": "undo"})
    assert not Company.objects.filter(name="港湾酒店").exists()
    assert outcomes(row) == ["undone", "refused"]


def test_refused_rows_come_back_with_their_reason(manager: Client) -> None:
    row = _checked(manager)
    answer = manager.get(f"/settings/imports/{row.pk}/refused")
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]  # a synchronous stream
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["公司名称", "等级", "Reason"]
    assert rows == [["海滨饭店", "白金", "Customer tier: “白金” is not known here."]]


def test_a_wrong_mapping_is_said_and_nothing_is_checked(manager: Client) -> None:
    row = _upload(manager)
    answer = manager.post(f"/settings/imports/{row.pk}/check", {"column_0": "tier", "column_1": ""})
    row.refresh_from_db()
    assert (answer.status_code, row.state) == (422, State.MAPPING)


def test_what_is_no_table_is_refused(manager: Client) -> None:
    file = SimpleUploadedFile("x.xlsx", b"PK\x03\x04 nothing")
    answer = manager.post("/settings/imports/", {"kind": "companies", "file": file})
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_lead_may_not(manager: Client, lead: Client) -> None:
    row = _checked(manager)
    assert lead.post(f"/settings/imports/{row.pk}/steer", {"do": "begin"}).status_code == 403
    file = SimpleUploadedFile("x.csv", TABLE.encode())
    assert lead.post("/settings/imports/", {"kind": "companies", "file": file}).status_code in (403, 422)
    assert Import.objects.count() == 1
    assert not Company.objects.filter(name="港湾酒店").exists()


def test_an_empty_table_names_all_columns(manager: Client) -> None:
    answer = manager.get("/settings/imports/example/customers?form=csv")
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
    assert text.startswith("Key in the other system,Name,Mail")
