"""Does the lead's list put first what is likeliest to break, and does each chance say what it rests on?"""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.scorecards import risk
from yingnuo.tickets import lists
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.queries import Filter
from yingnuo.tickets.services import AtRisk

WHY = {"milestone": "resolution", "of": 214, "broke": 31, "after": 2400, "ahead": 12, "away": 1}


def chances(house: House, *given: float | None) -> list[Ticket]:
    made = [factories.ticket(house, agent=house.alice) for _ in given]
    tickets.set_risks({t.pk: AtRisk(c, WHY) if c is not None else None for t, c in zip(made, given, strict=True)})
    return made


def order(page: bytes) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="row-(\d+)"', page.decode())]


def test_by_risk_the_likeliest_stand_first_and_the_rest_follow_by_due(house: House, bo: Client) -> None:
    low, none, high, equal = chances(house, 0.1, None, 0.9, 0.1)
    found = order(bo.get("/tickets/?scope=all&order=risk").content)
    assert found == [high.pk, low.pk, equal.pk, none.pk]


def test_leafing_through_shows_each_once(house: House) -> None:
    made = chances(house, *[0.4] * 5)
    by_risk, actor, now = Filter(order="risk"), factories.actor(house.bo), instants.now()
    pages = [lists.page(actor, by_risk, now=now, start=start, size=2) for start in (0, 2, 4)]
    assert [row.id for page in pages for row in page] == [t.pk for t in made]


def test_a_chance_says_what_it_rests_on(house: House, alice: Client) -> None:
    [ticket] = chances(house, 0.78)
    for address in ("/tickets/", f"/tickets/{ticket.pk}/"):
        text = alice.get(address).content.decode()
        assert "78 %" in text
        assert "31 % of 214 comparable ones still open after 40 min broke" in text
        assert "12 wait longer in the same list" in text
        assert "nobody who has it is there now" in text
    assert 'data-level="high"' in text


def test_small_chances_are_shown_only_where_they_order(house: House, alice: Client) -> None:
    chances(house, 0.1)
    assert "desk-chance" not in alice.get("/tickets/").content.decode()
    assert "10 %" in alice.get("/tickets/?order=risk").content.decode()


def test_what_is_over_shows_no_chance(house: House, bo: Client) -> None:
    over, open_ = chances(house, 0.9, 0.5)
    Ticket.objects.filter(pk=over.pk).update(status="closed", closed_at=instants.now())
    answer = bo.get("/tickets/?scope=all&state=any&order=risk").content
    assert order(answer) == [open_.pk, over.pk]
    assert "90 %" not in answer.decode()


def test_the_wall_names_what_nobody_was_warned_of_yet(house: House, bo: Client) -> None:
    likely, warned, small = chances(house, 0.8, 0.9, 0.1)
    Ticket.objects.filter(pk=warned.pk).update(risk_at=instants.now() - timedelta(minutes=1))
    before, after = bo.get("/wall/").content.split(b"Promises that need somebody now")
    assert order(before) == [likely.pk]
    assert order(after) == [warned.pk]
    assert small.pk not in order(before)


def test_a_stranger_sees_no_chance_of_others(house: House, client: Client) -> None:
    chances(house, 0.9)
    factories.sign_in(client, house.dee)
    assert order(client.get("/tickets/?scope=all&order=risk").content) == []


def test_how_it_is_computed_is_told_to_staff_only(house: House, alice: Client, client: Client) -> None:
    assert "Nothing has been learnt yet" in alice.get("/risk/").content.decode()
    risk.refit(now=instants.now())
    text = alice.get("/risk/").content.decode()
    assert "leans on the broader one" in text
    assert "There is a score once" in text
    assert Client().get("/risk/").status_code == 302
