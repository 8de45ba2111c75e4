"""What goes along with an answer, and who sends it when a server is slow?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.channels import outlets, post
from yingnuo.channels.adapters.mail.smtp import compose
from yingnuo.channels.contract import ChannelError, Outgoing
from yingnuo.channels.models import Delivery
from yingnuo.journey import reply
from yingnuo.kit import instants
from yingnuo.tickets.models import Attachment
from yingnuo.tickets.services import NewFile

pytestmark = pytest.mark.django_db
SENDER = "Service <service@shop.example>"


def _answered(house: House, *files: NewFile) -> Delivery:
    ticket = factories.ticket(house, contact=house.wang, agent=house.alice)
    Delivery.objects.all().delete()  # the receipt
    said = reply.Said("See the drawing.", files=files)
    message = reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=instants.now())
    return Delivery.objects.get(message=message)


def test_the_files_of_an_answer_go_along() -> None:
    house = factories.house()
    row = _answered(house, NewFile("图.png", "image/png", b"\x89PNG"), NewFile("log.txt", "text/plain", b"\xb0\xa1"))
    mail = compose(post._outgoing(row, None), SENDER)
    sent = [(part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()]
    assert sent == [("图.png", b"\x89PNG"), ("log.txt", b"\xb0\xa1")]


def test_files_that_no_server_takes_stay_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "MOST_BYTES", 3)
    row = _answered(factories.house(), NewFile("a", "", b"12"), NewFile("b", "", b"34"))
    assert [f.name for f in post._outgoing(row, None).files] == ["a"]


def test_a_file_that_cannot_be_read_keeps_the_mail_waiting() -> None:
    row = _answered(factories.house(), NewFile("a", "", b"12"))
    Attachment.objects.update(path="attachments/00/missing")
    with pytest.raises(ChannelError) as error:
        post._outgoing(row, None)
    assert not error.value.permanent


class _Slow:
    """A server so slow that meanwhile another worker has taken the next delivery over."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, out: Outgoing) -> str:
        self.sent.append(out.key)
        Delivery.objects.filter(state="sending").update(attempts=2, retry_at=instants.now() + timedelta(minutes=5))
        return ""


def test_what_another_worker_has_taken_over_is_not_sent_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _answered(factories.house())
    other = Delivery.objects.create(
        message=first.message.ticket.messages.filter(author="customer")[0], way="mail", to=first.to,
        retry_at=instants.now(),
    )  # fmt: skip
    slow = _Slow()
    monkeypatch.setattr(outlets, "mail", lambda name="": slow)
    post.deliver_due()
    assert slow.sent == [f"message-{first.message_id}"]
    other.refresh_from_db()
    assert other.state == "sending"
