"""What waits, who could take it, and what does a lead do about it?"""

from __future__ import annotations

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.kit import revisions
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff, Team
from yingnuo.routing.models import Rule, Suggestion
from yingnuo.tickets.models import Ticket

HTMX = {"HX-Request": "true", "HX-Target": "board"}


def _online(*people: Staff) -> None:
    Staff.objects.filter(pk__in=[p.pk for p in people]).update(presence="online")


def test_the_board_names_whom_dispatch_suggests_and_why(house: House, bo: Client) -> None:
    factories.ticket(house, subject="Leaks")
    _online(house.alice)
    page = bo.get("/dispatch/").content.decode()
    assert "Leaks" in page
    assert f'name="agent" value="{house.alice.pk}"' in page
    assert "holds 0/20 tickets" in page


def test_where_nobody_is_free_the_reasons_are_told(house: House, bo: Client) -> None:
    factories.ticket(house)
    page = bo.get("/dispatch/").content.decode()
    assert "Nobody can take it now" in page
    assert "not online or on leave" in page


def test_an_accepted_suggestion_is_kept_with_its_rule(house: House, bo: Client) -> None:
    ticket = factories.ticket(house)
    _online(house.alice)
    said = {"agent": house.alice.pk, "suggested": house.alice.pk}
    assert bo.post(f"/dispatch/tickets/{ticket.pk}", said, headers=HTMX).status_code == 200
    kept = Suggestion.objects.get()
    assert (kept.suggested_id, kept.taken_id, kept.by_id) == (house.alice.pk, house.alice.pk, house.bo.pk)
    assert kept.rule == Rule.objects.get()
    assert Ticket.objects.get(pk=ticket.pk).agent_id == house.alice.pk


def test_another_choice_is_kept_as_that(house: House, bo: Client) -> None:
    ticket = factories.ticket(house)
    _online(house.alice)
    said = {"agent": "other", "other": house.mia.pk, "suggested": house.alice.pk}
    bo.post(f"/dispatch/tickets/{ticket.pk}", said)
    kept = Suggestion.objects.get()
    assert (kept.suggested_id, kept.taken_id) == (house.alice.pk, house.mia.pk)
    assert Event.objects.get(code="dispatch.decided").params["agent"] == house.mia.pk


def test_what_somebody_has_already_is_refused(house: House, bo: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    answer = bo.post(f"/dispatch/tickets/{ticket.pk}", {"agent": house.bo.pk}, headers=HTMX)
    assert answer.status_code == 409
    assert Ticket.objects.get(pk=ticket.pk).agent_id == house.alice.pk
    assert not Suggestion.objects.exists()


def test_nobody_of_another_team_is_given_it(house: House, bo: Client) -> None:
    ticket = factories.ticket(house)
    assert bo.post(f"/dispatch/tickets/{ticket.pk}", {"agent": house.dee.pk}, headers=HTMX).status_code == 422
    assert Ticket.objects.get(pk=ticket.pk).agent_id is None


def test_an_agent_has_no_board(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    assert alice.get("/dispatch/").status_code == 403
    assert alice.post(f"/dispatch/tickets/{ticket.pk}", {"agent": house.alice.pk}).status_code == 403
    assert Ticket.objects.get(pk=ticket.pk).agent_id is None


def test_all_suggestions_are_accepted_at_once(house: House, bo: Client) -> None:
    tickets = [factories.ticket(house) for _ in range(2)]
    _online(house.alice)
    bo.post("/dispatch/all", {"pairs": [f"{t.pk}-{house.alice.pk}" for t in tickets] + ["nonsense"]})
    assert set(Ticket.objects.values_list("agent", flat=True)) == {house.alice.pk}
    assert Suggestion.objects.count() == 2


def test_a_manual_team_only_suggests(house: House, bo: Client) -> None:
    Team.objects.filter(pk=house.front.pk).update(strategy="manual")
    revisions.bump()
    _online(house.alice)
    ticket = factories.ticket(house)
    assert ticket.agent_id is None
    assert "By hand: only suggest" in bo.get("/dispatch/").content.decode()
    assert f'name="agent" value="{house.alice.pk}"' in bo.get("/dispatch/").content.decode()


def test_load_is_balanced_latest_due_first(house: House, bo: Client) -> None:
    for urgency in ("urgent", "general", "general"):
        factories.ticket(house, agent=house.alice, urgency=urgency)
    said = {"source": house.alice.pk, "target": house.mia.pk, "most": 2}
    assert bo.post("/dispatch/balance", said, headers=HTMX).status_code == 200
    assert Ticket.objects.get(agent=house.alice).urgency == "urgent"
    assert Ticket.objects.filter(agent=house.mia).count() == 2
    assert {s.load for s in Staff.objects.filter(pk__in=[house.alice.pk, house.mia.pk])} == {1, 2}


def test_load_does_not_move_out_of_its_team(house: House, bo: Client) -> None:
    factories.ticket(house, agent=house.alice)
    said = {"source": house.alice.pk, "target": house.dee.pk, "most": 3}
    assert bo.post("/dispatch/balance", said, headers=HTMX).status_code == 422
    assert Ticket.objects.get().agent_id == house.alice.pk


def test_rules_show_how_often_their_suggestions_were_accepted(house: House, bo: Client, root: Client) -> None:
    _online(house.alice)
    ticket = factories.ticket(house, team=house.front)
    Ticket.objects.filter(pk=ticket.pk).update(agent=None)
    bo.post(f"/dispatch/tickets/{ticket.pk}", {"agent": house.alice.pk, "suggested": house.alice.pk})
    assert "1 of 1 suggestions accepted" in root.get("/settings/rules/").content.decode()


def test_the_board_costs_at_most_twelve(
    house: House, bo: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _online(house.alice, house.mia)
    for n in range(6):
        factories.ticket(house, agent=house.alice if n % 2 else None)
    bo.get("/dispatch/")
    with django_assert_max_num_queries(12):
        bo.get("/dispatch/")
