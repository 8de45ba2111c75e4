"""Do tickets that go through the whole product come out as the engine alone says?"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.data_paths import shared
from tests.replay import logs
from yingnuo.alerts.models import Notice
from yingnuo.channels.models import Delivery
from yingnuo.kit import revisions
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact, Team
from yingnuo.promises import standards
from yingnuo.promises.models import Calendar, Policy, Promise
from yingnuo.replay import by_engine, by_journey, grouping, mapping, results, standard, story
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.rows import Sheet, Tally
from yingnuo.replay.standard import Pack
from yingnuo.replay.story import Story
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db

LIVES = (
    "T1,09:00,New,3,Desk,-,Tel,c1,08:55,-,yes",
    "T1,09:10,Work,3,Desk,Ann,Tel,c1,08:55,-,yes",
    "T1,09:20,Work,1,Lab,-,Tel,c1,08:55,-,yes",
    "T1,10:00,Ask,1,Lab,-,Tel,c1,08:55,-,yes",
    "T1,10:30,Parts,1,Lab,-,Tel,c1,08:55,-,yes",
    "T1,11:00,Work,1,Lab,-,Tel,c1,08:55,-,yes",
    "T1,12:00,Solved,1,Lab,-,Tel,c1,08:55,-,yes",
    "T1,12:00,Work,2,Lab,-,Tel,c1,08:55,-,yes",
    "T1,12:00,Solved,2,Lab,-,Tel,c1,08:55,-,yes",
    "T1,15:00,Ask,2,Lab,-,Tel,c1,08:55,-,yes",
    "T1,16:00,Solved,2,Lab,-,Tel,c1,08:55,-,yes",
    "T1,17:00,Closed,2,Lab,-,Tel,c1,08:55,-,yes",
    "T2,09:00,New,2,-,-,Mail,c2,-,-,no",
    "T2,09:30,Closed,2,-,-,Mail,c2,-,-,no",
    "T3,09:00,Ask,3,Lab,-,Mail,c1,-,-,no",
    "T4,18:00,New,3,Desk,-,Tel,c3,-,-,no",
)


@pytest.fixture(autouse=True)
def _empty() -> None:
    """As a scratch database: nothing that the migrations or other tests put there."""
    for model in (Rule, Team, Policy, Calendar):
        model.objects.all().delete()
    revisions.forget()
    standards.forget()
    revisions.bump()


def _both(stories: list[Story], chosen: Mapping, pack: Pack, tick: int = 60) -> tuple[object, object]:
    found, done = by_journey.replay(stories, chosen, pack, tick=tick, heard=lambda done: None)
    theirs = {result.story.id: results.as_line(result) for result in found}
    ready = standard.compiled(pack)
    ours = {result.story.id: results.as_line(result) for result in by_engine.replay(stories, chosen, ready)}
    assert done.commands == sum(len(one.commands) for one in stories)
    return ours, theirs


def _played(folder: Path, tick: int = 60) -> tuple[object, object]:
    chosen = logs.read()
    pack, _ready = logs.packed(folder, chosen)
    return _both(logs.stories(logs.log(folder, *LIVES), chosen), chosen, pack, tick)


def test_both_ways_give_the_same_figures(tmp_path: Path) -> None:
    ours, theirs = _played(tmp_path)
    assert ours == theirs


def test_no_figure_depends_on_how_often_the_worker_looks(tmp_path: Path) -> None:
    ours, theirs = _played(tmp_path, tick=7_200)
    assert ours == theirs


def test_breaches_are_noticed_and_dated_at_their_due_moment(tmp_path: Path) -> None:
    _played(tmp_path)
    first = Promise.objects.get(ticket__subject="T4", milestone="first_response")
    assert first.broken_at == first.due_at is None or first.standing == "running"  # the log ends as it begins
    late = Promise.objects.get(ticket__subject="T3", milestone="resolution")
    assert (late.standing, late.remaining > 0) == ("paused", True)
    broken = Promise.objects.get(ticket__subject="T1", milestone="resolution")
    event = Event.objects.filter(ticket_id=broken.ticket_id, code="promise.broken", params__milestone="resolution")
    assert [e.params["due"] for e in event] == [broken.broken_at.isoformat() if broken.broken_at else ""]


def test_the_tickets_are_as_the_log_left_them(tmp_path: Path) -> None:
    _played(tmp_path)
    rows = Ticket.objects.order_by("subject").values_list("subject", "status", "urgency", "via", "team__name")
    assert list(rows) == [
        ("T1", "closed", "important", "phone", "Lab"), ("T2", "closed", "important", "mail", None),
        ("T3", "waiting", "general", "mail", "Lab"), ("T4", "new", "general", "phone", "Desk"),
    ]  # fmt: skip


def test_nobody_is_written_to(tmp_path: Path) -> None:
    _played(tmp_path)
    assert not Delivery.objects.exists()
    assert not Notice.objects.exists()
    assert not Contact.objects.exclude(email="", phone="", name="").exists()


def test_a_sample_of_a_real_log_gives_the_same_figures_both_ways() -> None:
    path = shared("data", "incident-servicenow", "events.csv.gz")
    chosen = mapping.load("servicenow-incidents")
    pack = standard.cut(standard.load(None, chosen.service, range(2015, 2018)), chosen.milestones)
    rows = Sheet(path, chosen).rows(Tally())
    stories = [story.tell(ticket, chosen) for ticket in islice(grouping.by_ticket(rows, chosen.log.order), 150)]
    ours, theirs = _both(stories, chosen, pack, tick=3_600)
    assert ours == theirs
