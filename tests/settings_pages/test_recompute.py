"""Does a manager see what a standard would do to open promises, have them moved, and see what came of it?"""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from tests import factories
from tests.factories import House
from yingnuo.journey import moving
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import CalendarVersion, Mark, PolicyVersion, Promise
from yingnuo.promises.runs import Recompute


def _stricter() -> None:
    """Everything within a minute: all that is older breaks."""
    spec = dict(PolicyVersion.objects.get(policy__code="default", number=1).spec)
    soon = {m: {"target": "1m", "calendar": "always"} for m in ("first_response", "handoff", "resolution")}
    spec["rules"] = [{"code": "all", "title": "All", "when": {}, "promises": soon}]
    versions.save_policy(SYSTEM, code="default", name="Default", spec=spec, now=instants.now())


def test_a_stricter_standard_is_foreseen_then_moved_and_names_what_broke(manager: Client, house: House) -> None:
    two_minutes_ago = instants.now() - timedelta(minutes=2)  # counted round the clock, whatever the hour
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=two_minutes_ago)
    _stricter()
    address = reverse("desk:settings_recompute_foresee", args=["default"])
    page = manager.get(address).content.decode()
    assert "promises would break at once" in page
    assert f"YN-{ticket.pk}" in page
    assert not Mark.objects.filter(kind="retargeted").exists()
    done = manager.post(reverse("desk:settings_recompute_begin"), {"kind": "policy", "code": "default"}, follow=True)
    run = Recompute.objects.get()
    assert (run.state, run.by, run.broken_tickets) == ("done", house.mia, [ticket.pk])
    assert ticket.subject in done.content.decode()
    assert "No open promise would change" in manager.get(address).content.decode()
    assert Promise.objects.get(ticket=ticket, milestone="resolution").due_at == instants.instant(
        instants.seconds(run.at)
    )


def test_a_batch_for_the_workers_is_watched_stopped_and_taken_up_again(manager: Client, house: House) -> None:
    factories.ticket(house, agent=house.alice)
    spec = CalendarVersion.objects.get(calendar__code="office", number=1).spec
    versions.save_calendar(SYSTEM, code="office", name="Office", spec=spec, now=instants.now())
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=instants.now())
    address = reverse("desk:settings_recompute_run", args=[run.pk])
    assert "every 2s" in manager.get(address).content.decode()
    assert "every 2s" in manager.get(reverse("desk:settings_recompute")).content.decode()
    steer = reverse("desk:settings_recompute_steer", args=[run.pk])
    assert "The batch is stopped." in manager.post(steer, {"do": "stop"}, follow=True).content.decode()
    assert "look again" in manager.post(steer, {"do": "stop"}, follow=True).content.decode()
    assert "every 2s" not in manager.get(address).content.decode()
    manager.post(steer, {"do": "go_on"})
    while moving.step():
        pass
    part = manager.get(address, headers={"HX-Request": "true", "HX-Target": "recompute"}).content.decode()
    assert "<html" not in part
    assert "1 of 1 tickets" in part


def test_a_lead_reads_and_has_no_buttons(lead: Client, house: House) -> None:
    _stricter()
    factories.ticket(house, agent=house.alice)
    run = moving.begin(SYSTEM, kind="policy", code="default", now=instants.now())
    page = lead.get(reverse("desk:settings_recompute_run", args=[run.pk])).content.decode()
    assert "Waiting" in page
    assert reverse("desk:settings_recompute_steer", args=[run.pk]) not in page
    foreseen = lead.get(reverse("desk:settings_recompute_foresee", args=["default"])).content.decode()
    assert reverse("desk:settings_recompute_begin") not in foreseen


def test_an_unknown_standard_is_refused_and_nothing_begun(manager: Client) -> None:
    answer = manager.post(reverse("desk:settings_recompute_begin"), {"kind": "policy", "code": "nowhere"})
    assert answer.status_code == 404
    assert not Recompute.objects.exists()
