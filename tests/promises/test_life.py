"""Does a standard come to a new version only by way of a reason and another person, and is nobody's change lost?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, Refused
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.promises import life, standards, versions
from yingnuo.promises.life import Proposal, Stale
from yingnuo.promises.models import Calendar, CalendarVersion, Policy, PolicyVersion, Version, VersionState
from yingnuo.promises.versions import Sort

LATER = MONDAY + timedelta(hours=1)
WHY = Proposal("We measured ten minutes.")


@pytest.fixture
def house(db: None) -> House:
    return factories.house(now=MONDAY)


def who(person: Staff) -> Actor:
    return factories.actor(person)


def stricter(target: str = "10m") -> dict[str, Any]:
    spec = dict(life.in_force(Sort.POLICY, "default").spec)
    spec["rules"] = [dict(rule) for rule in spec["rules"]]
    urgent = next(rule for rule in spec["rules"] if rule["code"] == "urgent")
    urgent["promises"] = {**urgent["promises"], "first_response": {"target": target, "calendar": "always"}}
    return spec


def drafted(house: House, by: Staff | None = None, target: str = "10m") -> Version:
    base = Policy.objects.get(code="default").current
    actor = who(by or house.bo)
    return life.draft(actor, sort=Sort.POLICY, code="default", spec=stricter(target), base=base, now=MONDAY)


def proposed(house: House, by: Staff | None = None, proposal: Proposal = WHY) -> Version:
    row = drafted(house, by)
    return life.propose(who(by or house.bo), version=row, edition=1, proposal=proposal, now=MONDAY)


def approved(house: House, proposal: Proposal = WHY) -> Version:
    return life.approve(who(house.mia), version=proposed(house, proposal=proposal), note="Good.", now=LATER)


def everything() -> tuple[Any, ...]:
    return (
        list(PolicyVersion.objects.order_by("pk").values()), list(CalendarVersion.objects.order_by("pk").values()),
        list(Policy.objects.values()), list(Calendar.objects.values()), Event.objects.count(),
    )  # fmt: skip


def refused(error: type[Refused], code: str, deed: Callable[[], object]) -> Refused:
    before = everything()
    with pytest.raises(error) as caught:
        deed()
    assert caught.value.code == code
    assert everything() == before
    return caught.value


def test_a_draft_changes_nothing_in_force(house: House) -> None:
    row = drafted(house)
    assert (row.state, row.number, row.base, row.authors) == ("draft", 2, 1, [house.bo.pk])
    assert Policy.objects.get(code="default").current == 1
    assert Event.objects.filter(code="standard.drafted", subject="policy:default").count() == 1


def test_a_colleague_goes_on_with_the_draft(house: House) -> None:
    row = life.edit(who(house.mia), version=drafted(house), edition=1, spec=stricter("12m"), now=LATER)
    assert (row.edition, row.edited_by, row.authors) == (2, house.mia, [house.bo.pk, house.mia.pk])


def test_whoever_looked_at_an_older_edition_is_told_what_differs(house: House) -> None:
    row = drafted(house)
    life.edit(who(house.mia), version=row, edition=1, spec=stricter("12m"), now=LATER)
    error = refused(
        Stale, "draft_changed", lambda: life.edit(who(house.bo), version=row, edition=1, spec=stricter("9m"), now=LATER)
    )
    assert isinstance(error, Stale)
    assert (error.theirs, error.mine) == (stricter("12m"), stricter("9m"))
    assert "Mia changed the draft" in str(error)


def test_there_is_one_draft_of_a_standard(house: House) -> None:
    drafted(house)
    refused(Stale, "draft_changed", lambda: drafted(house, house.mia, "9m"))


def test_a_draft_that_could_not_be_used_is_not_kept(house: House) -> None:
    bad = {**stricter(), "rules": []} | {"ladders": {"x": [{"step": "due", "after": 0}]}}
    refused(
        Invalid, "reserved_word",
        lambda: life.draft(who(house.bo), sort=Sort.POLICY, code="default", spec=bad, base=1, now=MONDAY),
    )  # fmt: skip


def test_an_agent_drafts_nothing(house: House) -> None:
    refused(NotAllowed, "not_allowed", lambda: drafted(house, house.alice))


@pytest.mark.parametrize(
    ("proposal", "field"),
    [
        (Proposal("why"), "justification"),
        (Proposal("We measured.", effective_from=MONDAY - timedelta(days=1)), "effective_from"),
        (Proposal("We measured.", review_on=MONDAY.date()), "review_on"),
        (Proposal("We measured.", LATER + timedelta(days=9), date(2026, 3, 5)), "review_on"),
    ],
)
def test_a_proposal_says_why_and_when(house: House, proposal: Proposal, field: str) -> None:
    row = drafted(house)
    error = refused(
        Invalid, "invalid",
        lambda: life.propose(who(house.bo), version=row, edition=1, proposal=proposal, now=MONDAY),
    )  # fmt: skip
    assert isinstance(error, Invalid)
    assert list(error.fields) == [field]


def test_nothing_new_is_nothing_to_propose(house: House) -> None:
    spec = life.in_force(Sort.POLICY, "default").spec
    row = life.draft(who(house.bo), sort=Sort.POLICY, code="default", spec=spec, base=1, now=MONDAY)
    refused(
        Conflict, "no_change", lambda: life.propose(who(house.bo), version=row, edition=1, proposal=WHY, now=MONDAY)
    )


def test_a_proposal_is_never_edited(house: House) -> None:
    row = proposed(house)
    refused(
        Conflict,
        "wrong_state",
        lambda: life.edit(who(house.bo), version=row, edition=1, spec=stricter("9m"), now=LATER),
    )


def test_another_person_approves_and_it_is_in_force_at_once(house: House) -> None:
    row = approved(house)
    assert (row.state, row.decided_by, row.decision_note, row.alone) == ("in_force", house.mia, "Good.", False)
    assert row.in_force_at == LATER
    before = PolicyVersion.objects.get(policy__code="default", number=1)
    assert (before.state, before.ended_at) == ("superseded", LATER)
    assert Policy.objects.get(code="default").current == 2
    standards.standards.forget()
    assert standards.standards.at(-1).policies[0].version == 2


def test_nobody_approves_his_own(house: House) -> None:
    row = proposed(house, house.mia)
    refused(NotAllowed, "own_proposal", lambda: life.approve(who(house.mia), version=row, now=LATER))
    refused(NotAllowed, "own_proposal", lambda: life.reject(who(house.mia), version=row, note="No, no.", now=LATER))


def test_nobody_approves_what_he_had_a_hand_in(house: House) -> None:
    row = life.edit(who(house.mia), version=drafted(house), edition=1, spec=stricter("12m"), now=LATER)
    row = life.propose(who(house.bo), version=row, edition=2, proposal=WHY, now=LATER)
    refused(NotAllowed, "own_proposal", lambda: life.approve(who(house.mia), version=row, now=LATER))


def test_a_lead_approves_nothing(house: House) -> None:
    row = proposed(house, house.mia)
    refused(NotAllowed, "not_allowed", lambda: life.approve(who(house.bo), version=row, now=LATER))


def test_where_nobody_else_can_the_author_may_and_it_is_said(house: House) -> None:
    row = proposed(house, house.mia)
    Staff.objects.filter(pk=house.root.pk).update(active=False)
    row = life.approve(who(house.mia), version=row, now=LATER)
    assert (row.state, row.alone) == ("in_force", True)
    assert Event.objects.get(code="standard.approved").params["alone"] == 1


def test_a_refusal_needs_its_reason_and_ends_the_proposal(house: House) -> None:
    row = proposed(house)
    refused(Invalid, "invalid", lambda: life.reject(who(house.mia), version=row, note=" ", now=LATER))
    row = life.reject(who(house.mia), version=row, note="Too strict at night.", now=LATER)
    assert (row.state, row.decided_by, row.decision_note) == ("rejected", house.mia, "Too strict at night.")
    assert Policy.objects.get(code="default").current == 1


@pytest.mark.parametrize("make", [drafted, proposed, lambda h: approved(h, Proposal("Tenfold.", LATER + timedelta(9)))])
def test_what_is_not_in_force_may_be_taken_back(house: House, make: Callable[[House], Version]) -> None:
    row = life.withdraw(who(house.bo), version=make(house), now=LATER)
    assert row.state == "withdrawn"
    assert life.enact(now=LATER + timedelta(days=20)) == []
    assert Policy.objects.get(code="default").current == 1


def test_a_lead_does_not_take_back_what_another_wrote(house: House) -> None:
    row = drafted(house, house.mia)
    refused(NotAllowed, "not_yours", lambda: life.withdraw(who(house.bo), version=row, now=LATER))


DONE: list[tuple[str, Callable[[House, Version], object]]] = [
    ("propose", lambda h, v: life.propose(who(h.bo), version=v, edition=1, proposal=WHY, now=LATER)),
    ("approve", lambda h, v: life.approve(who(h.root), version=v, now=LATER)),
    ("reject", lambda h, v: life.reject(who(h.root), version=v, note="No, no.", now=LATER)),
    ("withdraw", lambda h, v: life.withdraw(who(h.root), version=v, now=LATER)),
    ("edit", lambda h, v: life.edit(who(h.bo), version=v, edition=1, spec=stricter("9m"), now=LATER)),
]
ENDS: dict[str, Callable[[House], Version]] = {
    "in_force": approved,
    "superseded": lambda h: PolicyVersion.objects.get(number=approved(h).number - 1, policy__code="default"),
    "rejected": lambda h: life.reject(who(h.mia), version=proposed(h), note="No, no.", now=LATER),
    "withdrawn": lambda h: life.withdraw(who(h.bo), version=proposed(h), now=LATER),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("name", "deed"), DONE, ids=[name for name, _deed in DONE])
def test_nothing_is_done_to_what_is_over(
    house: House, end: str, name: str, deed: Callable[[House, Version], object]
) -> None:
    row = ENDS[end](house)
    assert row.state == end
    refused(Conflict, "wrong_state", lambda: deed(house, row))


@pytest.mark.parametrize(("name", "deed"), DONE[1:3], ids=["approve", "reject"])
def test_a_draft_is_not_decided_about(house: House, name: str, deed: Callable[[House, Version], object]) -> None:
    row = drafted(house)
    refused(Conflict, "wrong_state", lambda: deed(house, row))


def test_a_draft_over_an_older_version_is_not_proposed(house: House) -> None:
    row = drafted(house)
    newer = versions.save_policy(SYSTEM, code="default", name="x", spec=stricter("8m"), now=LATER)
    error = refused(
        Stale, "overtaken", lambda: life.propose(who(house.bo), version=row, edition=1, proposal=WHY, now=LATER)
    )
    assert isinstance(error, Stale)
    assert error.theirs == newer.spec
    assert life.overtaken(PolicyVersion.objects.get(pk=row.pk)) == newer
    row = life.edit(who(house.bo), version=row, edition=1, spec=stricter("7m"), base=newer.number, now=LATER)
    assert life.propose(who(house.bo), version=row, edition=2, proposal=WHY, now=LATER).state == "proposed"


def test_a_proposal_over_an_older_version_is_not_approved(house: House) -> None:
    row = proposed(house)
    versions.save_policy(SYSTEM, code="default", name="x", spec=stricter("8m"), now=LATER)
    refused(Stale, "overtaken", lambda: life.approve(who(house.mia), version=row, now=LATER))


def test_an_approved_version_waits_for_its_moment(house: House) -> None:
    moment = LATER + timedelta(days=3)
    row = approved(house, Proposal("From Thursday on.", moment))
    assert (row.state, Policy.objects.get(code="default").current) == ("approved", 1)
    assert life.enact(now=moment - timedelta(seconds=1)) == []
    [begun] = life.enact(now=moment)
    assert (begun.state, begun.in_force_at) == ("in_force", moment)
    assert life.enact(now=moment) == []
    assert Event.objects.filter(code="standard.in_force").count() == 1


def test_only_one_version_waits(house: House) -> None:
    approved(house, Proposal("From Thursday on.", LATER + timedelta(days=3)))
    row = proposed(house)
    refused(Conflict, "another_waits", lambda: life.approve(who(house.mia), version=row, now=LATER))


def test_what_was_overtaken_while_it_waited_is_decided_anew(house: House) -> None:
    row = approved(house, Proposal("From Thursday on.", LATER + timedelta(days=3)))
    versions.save_policy(SYSTEM, code="default", name="x", spec=stricter("8m"), now=LATER)
    assert life.enact(now=LATER + timedelta(days=4)) == []
    row = PolicyVersion.objects.get(pk=row.pk)
    assert (row.state, row.decided_by, Policy.objects.get(code="default").current) == ("proposed", None, 3)


def test_a_new_calendar_is_not_used_before_it_is_in_force(house: House) -> None:
    spec = {"timezone": "UTC", "weekly": {"mon": [["09:00", "12:00"]]}}
    row = life.draft(who(house.bo), sort=Sort.CALENDAR, code="shop", name="Shop", spec=spec, base=0, now=MONDAY)
    assert Calendar.objects.get(code="shop").current == 0
    standards.standards.forget()
    assert "shop" not in standards.standards.at(-1).calendars
    row = life.propose(who(house.bo), version=row, edition=1, proposal=WHY, now=MONDAY)
    row = life.approve(who(house.mia), version=row, now=LATER)
    assert isinstance(row, CalendarVersion)
    assert (row.number, row.zone_digest != "") == (1, True)
    standards.standards.forget()
    assert standards.standards.at(-1).calendars["shop"] == "shop@1"


def test_following_is_noted_once(house: House) -> None:
    row = approved(house, Proposal("Ten minutes.", moves_open=True))
    assert [v.pk for v in life.to_follow()] == [row.pk]
    assert [life.followed(row), life.followed(row)] == [True, False]
    assert life.to_follow() == []


def test_a_review_is_due_on_its_day(house: House) -> None:
    row = approved(house, Proposal("Ten minutes.", review_on=date(2026, 6, 1)))
    assert life.to_review(on=date(2026, 5, 31)) == []
    assert [v.pk for v in life.to_review(on=date(2026, 6, 1))] == [row.pk]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "lost"}, {"state": "in_force"}, {"state": "in_force", "in_force_at": None},
        {"state": "proposed", "proposed_at": None}, {"state": "approved", "decided_at": None},
    ],
)  # fmt: skip
def test_the_database_holds_versions_to_their_life(house: House, wrong: dict[str, object]) -> None:
    row = drafted(house)
    at = datetime(2026, 3, 3, tzinfo=UTC)
    told = {"proposed_at": at, "decided_at": at, "in_force_at": at} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=row.pk).update(**told)
    assert PolicyVersion.objects.get(pk=row.pk).state == VersionState.DRAFT


def test_current_is_always_the_version_in_force(house: House) -> None:
    approved(house)
    for sort in Sort:
        for row in versions.rows(sort).filter(state="in_force"):
            assert versions.standard_of(row).current == row.number
