"""Can a hostile mail do anything to who looks at it as it was written?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from yingnuo.channels.adapters.mail import html
from yingnuo.tickets.models import Message

pytestmark = pytest.mark.django_db
HOSTILE = (
    '<p style="position:fixed;background:url(https://evil.example/a)">x</p><script>alert(1)</script>'
    '<img src="https://cdn.example/p.png" alt="Plan"><img src="https://evil.example/pixel" width="1" height="1">'
    '<style>@import "https://evil.example/x.css";</style><form action="https://evil.example"><input></form>'
    '<a href="https://evil.example/login">www.bank.example</a><base href="https://evil.example/">'
)


@pytest.fixture
def message() -> Message:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, html=html.safe(HOSTILE))
    return Message.objects.get(ticket=ticket, author="customer")


@pytest.fixture
def alice(message: Message, client: Client) -> Client:
    return factories.sign_in(client, message.ticket.agent)  # type: ignore[arg-type]


def test_nothing_is_loaded_unasked(alice: Client, message: Message) -> None:
    answer = alice.get(f"/messages/{message.pk}/original")
    page, policy = answer.content.decode(), answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data:;" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert ' src="http' not in page
    assert "script" not in page
    assert "url(" not in page


def test_pictures_come_on_request_for_this_mail_and_tell_no_referrer(alice: Client, message: Message) -> None:
    dialog = alice.get(f"/messages/{message.pk}/show").content.decode()
    assert f"/messages/{message.pk}/show?pictures=1" in dialog
    answer = alice.get(f"/messages/{message.pk}/original?pictures=1")
    page = answer.content.decode()
    assert ' src="https://cdn.example/p.png"' in page
    assert "evil.example/pixel" not in page
    assert (answer.headers["Referrer-Policy"], "https:" in answer.headers["Content-Security-Policy"]) == (
        "no-referrer",
        True,
    )


def test_a_link_that_says_another_host_is_marked(alice: Client, message: Message) -> None:
    page = alice.get(f"/messages/{message.pk}/original").content.decode()
    assert 'class="yn-host yn-host-other"' in page
    assert ">evil.example</span>" in page


def test_a_stranger_sees_nothing_of_it(message: Message, client: Client) -> None:
    dee = factories.sign_in(client, factories.staff("dora", role="agent"))
    assert dee.get(f"/messages/{message.pk}/original?pictures=1").status_code == 404
