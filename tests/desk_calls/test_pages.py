"""Do the telephone's pages show what is so, to whom it concerns, and refuse the others?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.channels.ami_server import SECRET, AmiServer
from tests.channels.provider import Provider, Says, serving
from tests.factories import House
from tests.kit.serving import until
from tests.telephony import lines
from tests.telephony.lines import Line
from yingnuo.channels import accounts
from yingnuo.channels.models import Channel
from yingnuo.kit import instants, revisions
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise
from yingnuo.telephony.models import AgentLine, Call, CallbackTask, Dialled, HotlineRules, QueueLine, Script
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
S = timedelta(seconds=1)


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def line(house: House) -> Line:
    return lines.connected(house)


def _client(house: House, who: str) -> Client:
    return factories.sign_in(Client(), getattr(house, who))


def _talks(line: Line, *, over: bool = False) -> Call:
    now = instants.now()
    line.tells(lines.queued("c-1", now - 60 * S), lines.taken("c-1", now - 50 * S), now=now)
    if over:
        line.tells(lines.over("c-1", now - S), now=now)
    return line.call("c-1")


def _missed(line: Line, **more: str) -> CallbackTask:
    lines.missed(line, "c-1", instants.now() - 60 * S, **more)
    return CallbackTask.objects.get()


def test_the_card_of_a_ringing_call_is_before_whom_it_rings_at_alone(house: House, line: Line) -> None:
    now = instants.now()
    line.tells(lines.queued("c-1", now), lines.event("ringing", "c-1", now, agent="8001"), now=now)
    shown = _client(house, "alice").get("/calls/bar").content.decode()
    assert "Chen" in shown
    assert "Harbour Laundry" in shown
    assert "+8613800002210" not in shown, "the number is hidden"
    assert "Chen" not in _client(house, "bo").get("/calls/bar").content.decode()


def test_the_card_lists_the_customers_open_tickets(house: House, line: Line) -> None:
    factories.ticket(house, subject="Drum is loud", agent=house.alice)
    _talks(line)
    assert "Drum is loud" in _client(house, "alice").get("/calls/bar").content.decode()


def test_every_page_of_somebody_with_a_telephone_fetches_the_cards(house: House, line: Line) -> None:
    assert "/calls/bar" in _client(house, "alice").get("/tickets/").content.decode()
    assert "/calls/bar" not in _client(house, "eve").get("/tickets/").content.decode()


def test_without_a_telephone_system_nothing_speaks_of_calls(house: House) -> None:
    assert "/calls/" not in _client(house, "alice").get("/tickets/").content.decode()


def test_the_wrap_up_is_a_note_in_the_ticket(house: House, line: Line) -> None:
    call = _talks(line, over=True)
    _client(house, "alice").post(f"/calls/{call.pk}/wrap-up", {"words": "Valve ordered."})
    call.refresh_from_db()
    note = Message.objects.get(ticket=call.ticket, public=False)
    assert (note.text, note.staff, call.wrapped_at is not None) == ("Valve ordered.", house.alice, True)


def test_nobody_wraps_up_another_ones_call(house: House, line: Line) -> None:
    call = _talks(line, over=True)
    answer = _client(house, "dee").post(f"/calls/{call.pk}/wrap-up", {"words": "x"})
    call.refresh_from_db()
    assert (answer.status_code, call.wrapped_at) == (404, None)
    assert not Message.objects.filter(public=False).exists()


def test_a_call_is_moved_to_the_ticket_it_was_about(house: House, line: Line) -> None:
    older = [factories.ticket(house, agent=house.alice, subject=f"Matter {n}") for n in range(2)]
    call = _talks(line)
    opened = call.ticket_id
    assert opened not in [t.pk for t in older]
    _client(house, "alice").post(f"/calls/{call.pk}/about", {"ticket": older[0].pk})
    call.refresh_from_db()
    assert call.ticket == older[0]
    assert Ticket.objects.get(pk=opened).merged_into == older[0], "what the call alone had opened goes into it"


def test_a_call_becomes_a_ticket_of_its_own(house: House, line: Line) -> None:
    older = factories.ticket(house, agent=house.alice)
    call = _talks(line)
    assert call.ticket == older
    _client(house, "alice").post(f"/calls/{call.pk}/about", {"ticket": 0})
    call.refresh_from_db()
    assert call.ticket is not None
    assert (call.ticket != older, call.ticket.agent, call.ticket.via) == (True, house.alice, "phone")


def test_a_ticket_out_of_sight_takes_no_call(house: House, line: Line) -> None:
    hidden = factories.ticket(house, team=house.strangers, agent=house.dee)
    factories.ticket(house, agent=house.alice)
    call = _talks(line)
    before = call.ticket_id
    answer = _client(house, "alice").post(f"/calls/{call.pk}/about", {"ticket": hidden.pk})
    call.refresh_from_db()
    assert (answer.status_code, call.ticket_id) == (404, before)


def test_the_list_of_those_to_be_called_back(house: House, line: Line) -> None:
    _missed(line)
    shown = _client(house, "alice").get("/calls/").content.decode()
    assert "Chen" in shown
    assert "Called 1 time in vain" in shown
    assert "this is Alice of after-sales service" in shown
    assert "Chen" not in _client(house, "dee").get("/calls/").content.decode()


def test_reached_by_some_other_telephone_keeps_the_promise(house: House, line: Line) -> None:
    task = _missed(line)
    _client(house, "alice").post(f"/calls/callbacks/{task.pk}/reached", {"words": "All well."})
    task.refresh_from_db()
    assert (task.result, task.done_by) == ("reached", house.alice)
    assert Promise.objects.get(ticket=task.ticket, milestone="callback").standing == "kept"


@pytest.mark.parametrize("deed", ["reached", "in-vain", "later", "give-up"])
def test_a_stranger_settles_nothing(house: House, line: Line, deed: str) -> None:
    task = _missed(line)
    tomorrow = (instants.now() + timedelta(days=1)).isoformat()
    answer = _client(house, "dee").post(f"/calls/callbacks/{task.pk}/{deed}", {"words": "x", "at": tomorrow})
    task.refresh_from_db()
    assert (answer.status_code, task.done_at, task.attempts, task.not_before) == (404, None, 0, None)


def test_giving_up_needs_a_reason_and_keeps_no_promise(house: House, line: Line) -> None:
    task, alice = _missed(line), _client(house, "alice")
    assert alice.post(f"/calls/callbacks/{task.pk}/give-up", {"words": " "}).status_code == 422
    assert CallbackTask.objects.get().done_at is None
    alice.post(f"/calls/callbacks/{task.pk}/give-up", {"words": "Wrong number."})
    assert CallbackTask.objects.get().result == "given_up"
    assert Promise.objects.get(ticket=task.ticket, milestone="callback").standing == "running"


def test_a_click_places_a_call_and_leaves_a_trace(house: House, line: Line) -> None:
    with AmiServer() as pbx:
        channel = Channel.objects.create(code="ami", name="Exchange", kind="asterisk", settings=pbx.settings,
                                         secret=accounts.sealed({"secret": SECRET}))  # fmt: skip
        AgentLine.objects.filter(staff=house.alice).update(channel=channel)
        revisions.bump()
        task = _missed(line)
        answer = _client(house, "alice").post("/calls/dial", {"task": task.pk}, HTTP_HX_REQUEST="true")
        until(lambda: bool(pbx.originated), 3)
    row = Dialled.objects.get()
    assert (answer.status_code, row.staff, row.task, row.problem) == (204, house.alice, task, "")
    assert pbx.originated[0]["ChannelId"] == row.token
    assert Event.objects.filter(code="call.dialled", actor_id=house.alice.pk).count() == 1


def test_a_telephone_system_that_is_away_says_so(house: House, line: Line) -> None:
    Channel.objects.filter(pk=line.channel.pk).update(settings={"dial_url": "http://127.0.0.1:1/"})
    answer = _client(house, "alice").post("/calls/dial", {"contact": house.chen.pk})
    assert answer.status_code == 503
    assert "unreachable" in Dialled.objects.get().problem


def test_who_sees_no_ticket_of_a_customer_of_a_ticket_cannot_call_him(house: House, line: Line) -> None:
    hidden = factories.ticket(house, team=house.strangers, agent=house.dee)
    answer = _client(house, "alice").post("/calls/dial", {"contact": house.chen.pk, "ticket": hidden.pk})
    assert answer.status_code == 404
    assert not Dialled.objects.exists()


def test_a_recording_is_for_leads_and_leaves_a_trace(house: House, line: Line) -> None:
    call = _talks(line, over=True)
    with serving(Provider()) as store:
        store.on("/rec/", Says(b"RIFF-sound", content_type="text/html"))
        Channel.objects.filter(pk=line.channel.pk).update(settings={"recordings": f"{store.url}/rec"})
        Call.objects.filter(pk=call.pk).update(recording="1.wav")
        refused = _client(house, "alice").get(f"/calls/{call.pk}/recording")
        heard = _client(house, "bo").get(f"/calls/{call.pk}/recording")
    assert refused.status_code == 403
    assert (heard.content, heard.headers["Content-Type"]) == (b"RIFF-sound", "audio/wav")
    [trace] = Event.objects.filter(code="call.listened")
    assert trace.actor_id == house.bo.pk


def test_the_log_of_an_agent_shows_his_own_calls_that_of_a_lead_his_teams(house: House, line: Line) -> None:
    _talks(line, over=True)
    assert "Chen" in _client(house, "alice").get("/calls/log/").content.decode()
    assert "Chen" not in _client(house, "eve").get("/calls/log/").content.decode()
    assert "Chen" in _client(house, "bo").get("/calls/log/?outcome=answered").content.decode()


def test_the_hotline_says_no_data_and_never_a_share_of_nothing(house: House, line: Line) -> None:
    shown = _client(house, "bo").get("/calls/hotline/").content.decode()
    assert shown.count("no data") == 6
    assert "0.0 %" not in shown
    assert "100.0 %" not in shown


def test_the_hotline_counts_and_shows_who_waits(house: House, line: Line) -> None:
    now = instants.now()
    _talks(line, over=True)
    lines.missed(line, "c-2", now - 30 * S, waits=20)
    line.tells(lines.queued("c-3", now), now=now)
    line.tells({"event": "agent_paused", "agent": "8002", "at": now.timestamp(), "reason": "lunch"}, now=now)
    shown = _client(house, "bo").get("/calls/hotline/").content.decode()
    assert "50.0 %" in shown
    assert "1 call waits" in shown
    assert "lunch" in shown


def test_the_formula_is_chosen_and_named(house: House, line: Line) -> None:
    _talks(line, over=True)
    lines.missed(line, "c-2", instants.now() - 30 * S, waits=20)
    shown = _client(house, "bo").get("/calls/hotline/?formula=answered&within=30").content.decode()
    assert "Service level 80/30" in shown
    assert "1 of 1" in shown


@pytest.mark.parametrize("page", ["/calls/hotline/", "/calls/settings/"])
def test_an_agent_does_not_open_what_is_for_leads(house: House, line: Line, page: str) -> None:
    assert _client(house, "alice").get(page).status_code == 403


def test_an_extension_is_given_to_a_person_and_taken_from_him(house: House, line: Line) -> None:
    mia, said = _client(house, "mia"), {"channel": line.channel.pk, "extension": "8003"}
    mia.post("/calls/settings/lines", {**said, "staff": house.eve.pk})
    assert AgentLine.objects.get(extension="8003").staff == house.eve
    mia.post("/calls/settings/lines", said)
    assert not AgentLine.objects.filter(extension="8003").exists()


def test_a_queue_is_given_to_a_team(house: House, line: Line) -> None:
    said = {"channel": line.channel.pk, "queue": "repair", "name": "Repair", "team": house.technicians.pk}
    _client(house, "mia").post("/calls/settings/queues", said)
    assert QueueLine.objects.get(queue="repair").team == house.technicians


def test_a_lead_looks_at_the_settings_and_changes_nothing(house: House, line: Line) -> None:
    bo = _client(house, "bo")
    assert bo.get("/calls/settings/").status_code == 200
    said = {"channel": line.channel.pk, "extension": "8003", "staff": house.eve.pk}
    assert bo.post("/calls/settings/lines", said).status_code == 403
    assert AgentLine.objects.count() == 2


def test_the_measure_is_changed(house: House, line: Line) -> None:
    said = {"answer_within": 30, "goal": 90, "formula": "without_short", "short": 3, "owe_from": 2}
    _client(house, "mia").post("/calls/settings/", said)
    row = HotlineRules.objects.get()
    assert (row.answer_within, row.goal, row.formula, row.short, row.owe_from) == (30, 90, "without_short", 3, 2)


def test_a_script_of_ones_own_is_said_from_then_on(house: House, line: Line) -> None:
    mia, page = _client(house, "mia"), "/calls/settings/scripts/callback/en/"
    mia.post(page, {"text": "Hello {{ customer }}, sorry {{ missed }} times."})
    _missed(line)
    assert "Hello Chen, sorry 1 times." in _client(house, "alice").get("/calls/").content.decode()
    assert mia.post(page, {"text": "{% if"}).status_code == 422
    assert Script.objects.count() == 1


def test_a_log_of_the_past_is_taken_in_and_opens_nothing(house: House, line: Line) -> None:
    text = b"1772416800|1.1|service|NONE|ENTERQUEUE||13800002210|1\n1772416840|1.1|service|NONE|ABANDON|1|1|40\n"
    said = {"channel": line.channel.pk, "form": "queue_log", "file": SimpleUploadedFile("queue_log", text)}
    _client(house, "mia").post("/calls/settings/import", said)
    assert (Call.objects.get().waited, Ticket.objects.count()) == (40, 0)
