"""How does another team hear of a task, and what does each side find on its pages?"""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.alerts.models import Notice
from yingnuo.journey import subtasks
from yingnuo.kit import instants
from yingnuo.promises.models import Promise
from yingnuo.subtasks.models import Task, TaskFile
from yingnuo.subtasks.services import Wish
from yingnuo.tickets.models import Ticket


def _ask(client: Client, house: House, ticket: Ticket, **more: object) -> int:
    wanted = f"{instants.now() + timedelta(days=4):%Y-%m-%dT%H:%M}"
    said = {"holder": str(house.strangers.pk), "wanted": wanted, "subject": "Check stock", "text": "Two bearings?"}
    return client.post(f"/tasks/ask/{ticket.pk}/", said | more).status_code


def _task(house: House, ticket: Ticket, **more: object) -> Task:
    now = instants.now()
    values: dict[str, object] = {"subject": "Check stock", "text": "Two bearings?", "team": house.strangers.pk}
    wish = Wish(**(values | {"wanted": now + timedelta(days=4)} | more))  # type: ignore[arg-type]
    return subtasks.ask(factories.actor(house.alice), ticket_id=ticket.pk, wish=wish, now=now)


def test_an_agent_asks_another_team_with_a_file(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert b'name="holder"' in alice.get(f"/tasks/ask/{ticket.pk}/").content
    assert _ask(alice, house, ticket, files=SimpleUploadedFile("photo.png", b"PNG")) == 302
    assert (Task.objects.get().team, TaskFile.objects.get().name) == (house.strangers, "photo.png")
    page = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Tasks of other teams" in page
    assert "Check stock" in page
    assert "1 open task" in alice.get("/tickets/?scope=all").content.decode()


def test_who_does_not_see_the_ticket_asks_nothing(house: House, dee: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert _ask(dee, house, ticket) == 404
    assert not Task.objects.exists()


def test_nonsense_is_refused_and_asks_nothing(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    wrongs = (
        {"holder": "x"},
        {"holder": "999999999"},
        {"wanted": "soon"},
        {"subject": ""},
        {"text": " "},
        {"sight": "all"},
    )
    for wrong in wrongs:
        assert _ask(alice, house, ticket, **wrong) == 422
    assert not Task.objects.exists()
    assert not Promise.objects.filter(milestone="task").exists()


def test_the_asked_team_reads_the_conversation_and_does_it(house: House, dee: Client) -> None:
    ticket = factories.ticket(house, text="The drum howls.", agent=house.alice)
    task = _task(house, ticket)
    assert dee.get(f"/tickets/{ticket.pk}/").status_code == 404
    assert "The drum howls." in dee.get(f"/tasks/{task.pk}/").content.decode()
    assert "Check stock" in dee.get("/tasks/?scope=team").content.decode()
    assert dee.post(f"/tasks/{task.pk}/accept").status_code == 302
    assert dee.post(f"/tasks/{task.pk}/done", {"text": "Two in Pudong"}).status_code == 302
    assert Task.objects.get().state == "done"


def test_the_task_alone_keeps_the_conversation_from_them(house: House, dee: Client) -> None:
    ticket = factories.ticket(house, subject="Howling", text="The drum howls.", agent=house.alice)
    task = _task(house, ticket, sight="task")
    page = dee.get(f"/tasks/{task.pk}/").content.decode()
    assert "Two bearings?" in page
    assert "The drum howls." not in page
    assert "Howling" not in page


def test_a_stranger_sees_no_task(house: House) -> None:
    task = _task(house, factories.ticket(house, agent=house.alice))
    eve = factories.sign_in(Client(), house.eve)
    assert eve.get(f"/tasks/{task.pk}/").status_code == 404
    assert eve.post(f"/tasks/{task.pk}/done", {"text": "Done"}).status_code == 404
    assert Task.objects.get().is_open


def test_the_notice_leads_to_the_task(house: House, dee: Client) -> None:
    task = _task(house, factories.ticket(house, agent=house.alice), staff=house.dee.pk)
    notice = Notice.objects.get(staff=house.dee, way="in_app", reason="task_asked")
    assert f'href="/notices/{notice.pk}/"' in dee.get("/notices/").content.decode()
    assert dee.get(f"/notices/{notice.pk}/")["Location"] == f"/tasks/of/{task.promise_id}/"
    assert dee.get(f"/tasks/of/{task.promise_id}/")["Location"] == f"/tasks/{task.pk}/"


def test_a_question_is_answered_on_the_page(house: House, alice: Client, dee: Client) -> None:
    task = _task(house, factories.ticket(house, agent=house.alice))
    dee.post(f"/tasks/{task.pk}/question", {"text": "Which size?"})
    assert "A question waits for your answer" in alice.get(f"/tasks/{task.pk}/").content.decode()
    alice.post(f"/tasks/{task.pk}/answer", {"text": "6204"})
    assert Task.objects.get().state == "asked"
    assert alice.post(f"/tasks/{task.pk}/withdraw", {"text": "Found it"}).status_code == 302
    assert Task.objects.get().state == "withdrawn"


def test_the_list_costs_few_statements_however_long(
    house: House, dee: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        _task(house, factories.ticket(house, agent=house.alice))
    dee.get("/tasks/?scope=team")
    with django_assert_max_num_queries(12):
        dee.get("/tasks/?scope=team")


def test_its_file_is_for_both_sides_only(house: House, alice: Client, dee: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    _ask(alice, house, ticket, files=SimpleUploadedFile("photo.png", b"PNG"))
    address = f"/tasks/files/{TaskFile.objects.get().pk}/"
    assert b"".join(dee.get(address).streaming_content) == b"PNG"  # type: ignore[attr-defined]
    assert factories.sign_in(Client(), house.eve).get(address).status_code == 404
