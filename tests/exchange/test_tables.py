"""Do tables of customers, companies, staff and product lines come in as they say, twice as once, and go out again?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.exchange.conftest import Desk, outcomes, problems
from tests.factories import House
from yingnuo.exchange import batches, fields, words
from yingnuo.exchange.models import Import, Key, Outcome, Row, State
from yingnuo.journey import importing
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people import contacts, role_services
from yingnuo.people.models import Company, Contact, Staff
from yingnuo.people.role_services import RoleFacts
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import ProductLine

CUSTOMERS = """客户编号,姓名,邮箱,手机,公司,客户等级,备注
C-1,陈丽,chen.li@harbour.example,138 0000 2299,Harbour Laundry,重点客户,洗衣房
C-2,王强,wang@example.com,,,金牌,老客户
C-3,,not a mail,123,Nowhere Ltd,白金,
"""


def test_nothing_is_written_before_it_is_said_so(house: House, mia: Desk) -> None:
    before = Contact.objects.count()
    table = mia.checked("customers", CUSTOMERS)
    assert (table.state, outcomes(table)) == (State.CHECKED, ["new", "changed", "refused"])
    assert Contact.objects.count() == before
    assert not Key.objects.exists()


def test_each_problem_of_a_row_is_named_with_its_field(house: House, mia: Desk) -> None:
    table = mia.checked("customers", CUSTOMERS)
    found = problems(table)[4]
    assert {(field, code) for field, code, _params in found} == {
        ("email", "no_mail"), ("phone", "no_phone"), ("company", "unknown_company"), ("tier", "unknown_value"),
        ("", "needs_contact"),
    } - {("", "needs_contact")}  # fmt: skip
    assert "“not a mail” is no mail address." in words.problems("customers", found)


def test_customers_come_in_with_their_facts(house: House, mia: Desk) -> None:
    table = mia.taken("customers", CUSTOMERS)
    row = Contact.objects.get(email="chen.li@harbour.example")
    assert (row.name, row.phone, row.tier, str(row.company)) == ("陈丽", "+8613800002299", "key", "Harbour Laundry")
    house.wang.refresh_from_db()
    assert (house.wang.name, house.wang.tier, house.wang.note) == ("王强", "gold", "老客户")
    assert table.state == State.DONE
    told = Event.objects.get(code="import.done").params
    assert (told["new"], told["changed"], told["refused"]) == (1, 1, 1)


def test_the_same_table_again_changes_nothing(house: House, mia: Desk) -> None:
    mia.taken("customers", CUSTOMERS)
    before = list(Contact.objects.order_by("pk").values())
    assert outcomes(mia.taken("customers", CUSTOMERS)) == ["same", "same", "refused"]
    assert list(Contact.objects.order_by("pk").values()) == before


def test_a_key_finds_its_customer_under_another_address(house: House, mia: Desk) -> None:
    mia.taken("customers", "key,name,email\nC-7,Li,li@old.example\n")
    assert outcomes(mia.taken("customers", "key,name,email\nC-7,Li,li@new.example\n")) == ["changed"]
    assert Contact.objects.filter(email__startswith="li@").count() == 1


def test_an_empty_cell_leaves_what_is_known(house: House, mia: Desk) -> None:
    mia.taken("customers", "email,name,phone\nchen@harbour.example,,\n")
    house.chen.refresh_from_db()
    assert (house.chen.name, house.chen.phone) == ("Chen", "+8613800002210")


def test_a_row_that_is_there_twice_comes_in_once(house: House, mia: Desk) -> None:
    table = mia.taken("customers", "email,name\nli@x.example,Li\nli@x.example,Other\n")
    assert outcomes(table) == ["new", "refused"]
    assert problems(table) == {3: [["", "twice", {"line": 2}]]}


def test_what_changed_between_check_and_import_is_judged_anew(house: House, mia: Desk) -> None:
    table = mia.checked("customers", "email,name\nli@x.example,Li\n")
    factories.customer("Li", email="li@x.example")
    batches.begin(mia.actor, pk=table.pk, now=instants.now())
    mia._through(table)
    assert outcomes(table) == ["same"]
    assert Contact.objects.filter(email="li@x.example").count() == 1


def test_an_import_is_undone(house: House, mia: Desk) -> None:
    before = list(Contact.objects.order_by("pk").values())
    table = mia.undone(mia.taken("customers", CUSTOMERS))
    assert (table.state, outcomes(table)) == (State.UNDONE, ["undone", "undone", "refused"])
    assert list(Contact.objects.order_by("pk").values()) == before
    assert not Key.objects.filter(key="C-1").exists()


def test_what_somebody_touched_since_stays(house: House, mia: Desk) -> None:
    table = mia.taken("customers", "email,name\nli@x.example,Li\nhu@x.example,Hu\nwu@x.example,Wu\n")
    li, hu, _wu = Contact.objects.filter(email__endswith="@x.example").order_by("pk")
    contacts.edit(mia.actor, contact=li.pk, facts={"name": "Li Na"}, company=None, region=None, now=instants.now())
    factories.ticket(house, contact=hu)
    assert outcomes(mia.undone(table)) == ["kept", "kept", "undone"]
    assert set(Contact.objects.filter(email__endswith="@x.example")) == {li, hu}


def test_companies_come_in_and_go_out(house: House, mia: Desk) -> None:
    table = mia.taken(
        "companies", "名称,等级,区域,域名\n港湾酒店,金牌,shanghai,@hotel.example\nHarbour Laundry,银牌,,\n"
    )
    row = Company.objects.get(name="港湾酒店")
    assert (row.tier, row.domain, str(row.region)) == ("gold", "hotel.example", "Shanghai")
    assert Company.objects.get(name="Harbour Laundry").tier == "silver"
    assert outcomes(mia.undone(table)) == ["undone", "undone"]
    assert list(Company.objects.values_list("name", "tier")) == [("Harbour Laundry", "gold")]


STAFF = (
    '用户名,姓名,角色,团队,技能\nli,李娜,坐席,front,"洗衣机,冰箱"\nalice,Alice Wong,,,\nroot,Root,,,\nx,X,管理员,,\n'
)


def test_staff_come_in_without_a_password_anybody_knows(house: House, mia: Desk) -> None:
    table = mia.taken("staff", STAFF)
    assert outcomes(table) == ["new", "changed", "refused", "refused"]
    row = Staff.objects.get(username="li")
    assert (row.name, row.role, row.team, row.skills) == ("李娜", "agent", house.front, ["洗衣机", "冰箱"])
    house.alice.refresh_from_db()
    assert (house.alice.name, house.alice.team, house.alice.email) == (
        "Alice Wong",
        house.front,
        "alice@yingnuo.example",
    )
    assert Staff.objects.get(username="root").role == "admin"
    mia.undone(table)
    assert not Staff.objects.filter(username="li").exists()


def test_staff_come_with_levels_and_a_deputy(house: House, mia: Desk) -> None:
    table = mia.taken(
        "staff",
        '用户名,姓名,团队,技能,代理人\nli,李娜,front,"洗衣机:4,冰箱",alice\nwu,吴刚,front,洗衣机:9,\nalice,,,,alice\nxu,徐静,,,nobody\n',
    )
    assert outcomes(table) == ["new", "refused", "refused", "refused"]
    row = Staff.objects.get(username="li")
    assert (row.skills, row.levels, row.deputy) == (["洗衣机", "冰箱"], {"洗衣机": 4}, house.alice)


def test_staff_come_with_a_role_of_the_house_and_never_as_administrators(house: House, mia: Desk) -> None:
    for code, verbs in (("clerk", {"ticket.view"}), ("chief", {"admin", "people.edit", "role.edit"})):
        facts = RoleFacts(frozenset(verbs), "teams", zh_hans={"clerk": "文员", "chief": "总管"}[code])
        role_services.add(SYSTEM, code=code, base="agent", facts=facts, now=instants.now())
    table = mia.taken("staff", "用户名,姓名,角色\nli,李娜,文员\nwu,吴刚,总管\nxu,徐静,船长\n")
    assert outcomes(table) == ["new", "refused", "refused"]
    assert Staff.objects.get(username="li").role == "clerk"


def test_product_lines_come_in(house: House, mia: Desk) -> None:
    table = mia.taken("lines", "编码,名称\nfridge,冰箱\nwasher,洗衣机\n有,空\n")
    assert outcomes(table) == ["new", "changed", "refused"]
    assert dict(ProductLine.objects.values_list("code", "name")) == {"fridge": "冰箱", "washer": "洗衣机"}


def test_a_mapping_is_remembered_for_the_same_head(house: House, mia: Desk) -> None:
    text = "alpha,beta\nLi,li@x.example\n"
    mia.checked("customers", text, {"0": "name", "1": "email"})
    again = batches.upload(mia.actor, kind="customers", file="x", content=text.encode(), now=instants.now())
    assert again.mapping == {"0": "name", "1": "email"}


@pytest.mark.parametrize("kind", fields.KINDS.values(), ids=lambda kind: kind.code)
def test_the_codes_of_fields_are_always_understood_as_names(db: None, kind: fields.Kind) -> None:
    head = [field.code for field in kind.fields]
    assert fields.proposed(kind, head) == {str(place): code for place, code in enumerate(head)}


@pytest.mark.parametrize("mapping", [{"0": "name"}, {"0": "code", "1": "code"}, {"9": "code", "1": "name"}, {},
                                     {"0": "colour", "1": "name"}])  # fmt: skip
def test_a_mapping_that_cannot_be_is_refused(house: House, mia: Desk, mapping: dict[str, str]) -> None:
    table = batches.upload(mia.actor, kind="lines", file="x", content=b"a,b\nx,y\n", now=instants.now())
    with pytest.raises(Invalid):
        batches.check(mia.actor, pk=table.pk, mapping=mapping, options={}, now=instants.now())
    table.refresh_from_db()
    assert table.state == State.MAPPING


def test_who_may_not_gets_nothing_done(house: House, mia: Desk) -> None:
    table = mia.checked("customers", CUSTOMERS)
    bo = factories.actor(house.bo)
    for act in (batches.begin, batches.undo, batches.stop):
        with pytest.raises(NotAllowed):
            act(bo, pk=table.pk, now=instants.now())
    with pytest.raises(NotAllowed):
        batches.upload(bo, kind="customers", file="x", content=b"a\nb\n", now=instants.now())
    assert list(Import.objects.values_list("state", flat=True)) == [State.CHECKED]


def test_rows_are_written_with_the_rights_he_has_when_it_is_done(house: House, mia: Desk) -> None:
    table = mia.checked("customers", CUSTOMERS)
    batches.begin(mia.actor, pk=table.pk, now=instants.now())
    Staff.objects.filter(pk=house.mia.pk).update(role="agent")
    mia._through(table)
    assert (table.state, table.problem) == (State.FAILED, "not_allowed")
    assert not Contact.objects.filter(email="chen.li@harbour.example").exists()


def test_it_goes_in_pieces_and_can_be_stopped_and_gone_on_with(
    house: House, mia: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PIECE", 2)
    table = mia.checked("customers", "email\n" + "".join(f"c{n}@x.example\n" for n in range(5)))
    batches.begin(mia.actor, pk=table.pk, now=instants.now())
    importing.advance(now=instants.now())
    batches.stop(mia.actor, pk=table.pk, now=instants.now())
    mia._through(table)
    assert (table.state, Contact.objects.filter(email__endswith="@x.example").count()) == (State.STOPPED, 2)
    batches.begin(mia.actor, pk=table.pk, now=instants.now())
    mia._through(table)
    assert (table.state, Contact.objects.filter(email__endswith="@x.example").count()) == (State.DONE, 5)


def test_a_row_that_cannot_be_stored_stops_no_other_and_leaves_no_trace(
    house: House, mia: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importing.TAKERS["customers"].write

    def write(actor: object, plan: object, table: object, now: object) -> int:
        pk = real(actor, plan, table, now)  # type: ignore[arg-type]
        if plan.key == "b@x.example":  # type: ignore[attr-defined]
            raise ValueError(pk)
        return pk

    monkeypatch.setattr(importing.TAKERS["customers"], "write", write)
    table = mia.taken("customers", "email\na@x.example\nb@x.example\nc@x.example\n")
    assert outcomes(table) == ["new", "refused", "new"]
    assert not Contact.objects.filter(email="b@x.example").exists()
    assert Event.objects.filter(code="contact.changed").count() == 2


def test_a_step_that_is_not_its_turn_is_refused(house: House, mia: Desk) -> None:
    table = mia.checked("customers", CUSTOMERS)
    with pytest.raises(Conflict):
        batches.undo(mia.actor, pk=table.pk, now=instants.now())
    assert Row.objects.filter(outcome=Outcome.UNDONE).count() == 0
    with pytest.raises(NotFound):
        batches.begin(mia.actor, pk=0, now=instants.now())


def test_every_code_of_a_problem_has_its_sentence() -> None:
    params = {"given": "x", "most": 1, "line": 1, "said": "x"}
    assert [code for code in words.CODES if "%(" in words.sentence(code, params)] == []
