"""Does each condition find what it asks for, and can none of it be turned into other SQL?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.journey import closing
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import asking, lists
from yingnuo.tickets.asking import FIELDS, SORTS, Asked, Clause, Group
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.queries import Filter

EVIL = "'; DROP TABLE tickets_ticket; -- %s"


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def pair(house: House) -> tuple[Ticket, Ticket]:
    """A rich ticket that waits, and a plain one."""
    now = instants.now()
    rich = factories.ticket(
        house, subject="100% loud", urgency="urgent", kind="fault", product_line="washer", tags=("vip", "press"),
        agent=house.alice, at=now - timedelta(days=2),
    )  # fmt: skip
    Ticket.objects.filter(pk=rich.pk).update(
        fields={"serial": "SN-1", "hours": 10, "day": "2026-03-02", "parts": ["pump", "door"]},
        urged=3,
        risk=0.8,
        due_at=now + timedelta(hours=2),
    )
    closing.pause(factories.actor(house.alice), ticket_id=rich.pk, reason="waiting_parts", now=now)
    Ticket.objects.filter(pk=rich.pk).update(due_at=now + timedelta(hours=2))
    plain = factories.ticket(house, contact=house.wang, subject="Quiet", via="phone")
    Ticket.objects.filter(pk=plain.pk).update(due_at=now + timedelta(hours=9))
    return rich, plain


def _found(house: House, *groups: Group, how: str = "all") -> set[int]:
    asked = asking.checked(Asked(how, groups), {"serial", "hours", "day", "parts"})
    return set(lists.ids(factories.actor(house.alice), Filter(asked=asked), now=instants.now(), most=10))


RICH = [
    ("status", "is", "waiting"), ("kind", "is", "fault"), ("urgency", "is", "urgent"), ("via", "is_not", "phone"),
    ("tier", "is", "gold"), ("waiting_for", "is", "waiting_parts"), ("waiting_for", "set"), ("agent", "is", "me"),
    ("agent", "set"), ("product_line", "is", "washer"), ("tags", "has_all", "vip", "press"), ("tags", "has_any", "vip"),
    ("tags", "set"), ("subject", "contains", "100%"), ("words", "contains", "loud"), ("customer", "contains", "chen"),
    ("company", "contains", "harbour"), ("created", "before", "24h"), ("due", "within", "3h"),
    ("risk", "at_least", "80"), ("urged", "at_least", "3"), ("field:serial", "is", "SN-1"),
    ("field:serial", "contains", "sn-"), ("field:serial", "set"), ("field:hours", "at_least", "9"),
    ("field:hours", "below", "11.5"), ("field:day", "at_least", "2026-03-01"), ("field:day", "below", "2026-03-03"),
    ("field:parts", "is", "door"),
]  # fmt: skip
PLAIN = [
    ("status", "is_not", "waiting"), ("agent", "not_set"), ("agent", "is_not", "me"), ("tags", "has_none", "vip"),
    ("tags", "not_set"), ("subject", "lacks", "loud"), ("company", "lacks", "harbour"), ("created", "within", "24h"),
    ("created", "today"), ("urged", "below", "1"), ("field:serial", "not_set"), ("field:serial", "is_not", "SN-1"),
    ("field:parts", "is_not", "pump"),
    ("waiting_for", "not_set"), ("product_line", "not_set"),
]  # fmt: skip


def test_each_condition_finds_the_ticket_that_fits_and_no_other(house: House, pair: tuple[Ticket, Ticket]) -> None:
    for wanted, cases in zip(pair, (RICH, PLAIN), strict=True):
        for field, op, *values in cases:
            assert _found(house, Group("all", (Clause(field, op, tuple(values)),))) == {wanted.pk}, (field, op)


def test_every_operator_of_every_field_can_be_asked(house: House, pair: tuple[Ticket, Ticket]) -> None:
    usable = {"number": "3", "past": "3d", "due": "3d", "key": "7"}
    for name, column in FIELDS.items():
        value = usable.get(column.sort) or min(column.values, default=EVIL)
        for op in SORTS[column.sort].all:
            _found(house, Group("all", (Clause(name, op, (value,)),)))
    assert _found(house, Group("all", (Clause("field:serial", "contains", (EVIL,)),))) == set()
    assert Ticket.objects.count() == 2


def test_all_and_any_of_groups(house: House, pair: tuple[Ticket, Ticket]) -> None:
    rich, plain = pair
    loud, quiet = Clause("subject", "contains", ("loud",)), Clause("subject", "contains", ("quiet",))
    assert _found(house, Group("any", (loud, quiet))) == {rich.pk, plain.pk}
    assert _found(house, Group("all", (loud, quiet))) == set()
    assert _found(house, Group("all", (loud,)), Group("all", (quiet,))) == set()
    assert _found(house, Group("all", (loud,)), Group("all", (quiet,)), how="any") == {rich.pk, plain.pk}


@pytest.mark.parametrize(
    "clause",
    [
        Clause("moon", "is", ("full",)), Clause("field:moon", "set"), Clause("kind", "contains", ("x",)),
        Clause("kind", "is", ("evil",)), Clause("kind", "is"), Clause("urged", "below", ("-1",)),
        Clause("due", "within", ("0h",)), Clause("team", "is", ("x",)), Clause("subject", "contains", ("x" * 81,)),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_parted(clause: Clause) -> None:
    fits = Clause("kind", "is", ("fault",))
    asked = Asked("all", (Group("all", (fits, clause)),))
    with pytest.raises(Invalid) as refused:
        asking.checked(asked, {"serial"})
    assert list(refused.value.fields) == ["0.1"]
    assert asking.parted(asked, {"serial"}) == (Asked("all", (Group("all", (fits,)),)), (clause,))


@pytest.mark.parametrize("spec", [None, [], {"groups": 3}, {"groups": [3, {"tests": [None, {"values": 1}]}]}])
def test_nonsense_that_was_stored_asks_nothing(spec: object) -> None:
    assert not asking.read(spec)


def test_it_is_written_as_it_is_read() -> None:
    asked = Asked("any", (Group("all", (Clause("tags", "set"),)), Group("any", (Clause("kind", "is", ("fault",)),))))
    assert asking.read(asking.spec_of(asked)) == asked


def test_more_that_must_hold_goes_into_each_group_where_any_will_do() -> None:
    a, b, c = (Clause("tags", "has_any", (tag,)) for tag in "abc")
    asked = Asked("any", (Group("all", (a,)), Group("any", (a, b))))
    wanted = Asked("any", (Group("all", (a, c)), Group("all", (a, c)), Group("all", (b, c))))
    assert asking.joined(asked, [c]) == wanted
