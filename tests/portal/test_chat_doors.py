"""Who may call the chat's doors, and is everything a stranger sends met with care?"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.chat import talking
from tests.chat.talking import ORIGIN, SECRET, Browser
from tests.chat.test_files import PNG
from tests.factories import House
from yingnuo.channels.models import Channel
from yingnuo.chat import identity
from yingnuo.chat.models import Chat, Visitor
from yingnuo.journey import chat_handling, reply
from yingnuo.kit import instants
from yingnuo.portal import limits
from yingnuo.tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def house(db: None) -> House:
    found = factories.house()
    talking.site()
    return found


@pytest.fixture
def door(house: House, client: Client) -> Browser:
    return Browser(client)


def _answer(house: House, text: str = "Unplug it.") -> int:
    chat = Chat.objects.get()
    chat_handling.answer(factories.actor(house.alice), chat_id=chat.pk, text=text, now=instants.now())
    return Message.objects.latest("pk").pk


# who may call


def test_only_pages_of_the_site_may(door: Browser, client: Client) -> None:
    for origin in ("https://evil.example", "null", "", "https://shop.example.evil.example", "http://shop.example"):
        answer = Browser(client, origin).post("hello", {"start": True}, status=403)
        assert answer["code"] == "origin_not_allowed"
    assert not Visitor.objects.exists()


def test_cors_names_the_origin_and_no_credentials(door: Browser, client: Client) -> None:
    answer = client.options("/chat/shop/say", headers={"origin": ORIGIN, "access-control-request-method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = client.options("/chat/shop/say", headers={"origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_site_that_is_off_or_unknown_is_not_there(door: Browser, client: Client) -> None:
    Channel.objects.filter(code="shop").update(active=False)
    door.post("hello", {"start": True}, status=404)
    assert client.post("/chat/nowhere/hello", "{}", content_type="application/json").status_code == 404
    assert client.get("/chat/shop/hello", headers={"origin": ORIGIN}).status_code == 404


def test_asking_by_get_is_refused(door: Browser, client: Client) -> None:
    assert client.get("/chat/shop/hello", headers={"origin": ORIGIN}).status_code == 405


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"a":' * 5_000, '"x"', b"\xff\xfe"])
def test_what_is_no_object_is_refused(door: Browser, body: str | bytes) -> None:
    if body == "":
        body = " "
    assert door.post("hello", body, status=422)["code"] == "not_json"
    assert not Visitor.objects.exists()


def test_a_large_body_is_not_read(door: Browser) -> None:
    assert door.post("hello", {"page": "x" * 70_000}, status=413)["code"] == "too_large"


@pytest.mark.parametrize("odd", [7, None, [], {}, True, "x" * 400, -1, 1.5, "\x00", "\ud800"])
def test_odd_values_never_break_anything(door: Browser, odd: Any) -> None:
    token = door.token()
    for name in ("hello", "sync", "seen", "typing", "person", "end"):
        door.post(name, {"token": token, "after": odd, "got": odd, "read": odd, "page": odd, "name": odd, "lang": odd})
    for name in ("say", "rate", "transcript", "offline"):
        said = {"token": token, "key": odd, "text": odd, "score": odd, "email": odd, "words": odd}
        answer = door.client.post(
            f"/chat/shop/{name}", json.dumps(said), content_type="application/json",
            headers={"origin": ORIGIN},
        )  # fmt: skip
        assert answer.status_code < 500


@pytest.mark.parametrize("token", ["", "x", "shop.a.key", "x" * 5_000])
def test_without_a_good_token_nothing_is_said(door: Browser, token: str) -> None:
    assert door.post("say", {"token": token, "key": "k", "text": "Hello"}, status=403)["code"] == "no_visitor"
    assert not Message.objects.exists()


# what he gets


def test_the_site_in_the_pages_language(door: Browser) -> None:
    told = door.post("site", {"lang": "zh-hant"})
    assert (told["name"], told["words"]["send"], told["open"]) == ("Shop", "傳送", True)


def test_a_strangers_look_at_the_page_makes_no_visitor(door: Browser) -> None:
    assert door.post("hello", {"page": ORIGIN})["token"] == ""
    assert not Visitor.objects.exists()


def test_saying_is_heard_once_and_told_back(door: Browser) -> None:
    token = door.token()
    for _time in range(2):
        told = door.post("say", {"token": token, "key": "k1", "text": "<b>Hello</b>", "after": 0})
    assert [(m["id"], m["side"], m["text"]) for m in told["messages"]] == [(told["id"], "me", "<b>Hello</b>")]
    assert (told["chat"]["stage"], told["chat"]["position"]) == ("waiting", 1)
    assert told["chat"]["promised"]
    assert Message.objects.count() == 1


def test_only_what_is_new_and_public_is_told(door: Browser, house: House) -> None:
    token = door.token()
    first = door.post("say", {"token": token, "key": "k1", "text": "Hello"})["id"]
    _answer(house)
    reply.note(factories.actor(house.alice), ticket_id=Ticket.objects.get().pk, text="Odd one.", now=instants.now())
    told = door.post("sync", {"token": token, "after": first})
    assert [(m["side"], m["who"], m["text"]) for m in told["messages"]] == [("us", "Alice", "Unplug it.")]
    assert (told["chat"]["stage"], told["chat"]["agent"], told["chat"]["promised"]) == ("active", "Alice", None)


def test_nobody_reads_what_another_visitor_wrote(door: Browser) -> None:
    door.post("say", {"token": door.token(), "key": "k1", "text": "Secret"})
    assert door.post("sync", {"token": door.token()})["messages"] == []


def test_a_person_the_site_vouches_for_is_found_again_and_nothing_is_kept(door: Browser, house: House) -> None:
    word = identity.sign(SECRET, id="m-1", name="Chen", email="chen@harbour.example", exp=_soon())
    first = door.post("hello", {"identity": word})
    door.post("say", {"token": first["token"], "key": "k1", "text": "Hello"})
    assert Ticket.objects.get().contact == house.chen
    assert door.post("hello", {"identity": word})["messages"][0]["text"] == "Hello"
    alone = door.post("hello", {"token": first["token"]})
    assert (alone["token"], alone["messages"]) == ("", [])


def _soon() -> int:
    return int((instants.now() + timedelta(minutes=10)).timestamp())


def test_a_forged_identity_is_refused(door: Browser) -> None:
    word = identity.sign("another-secret-of-it", id="m-1", exp=_soon())
    assert door.post("hello", {"identity": word, "start": True}, status=403)["code"] == "identity_not_valid"
    assert not Visitor.objects.exists()


# files


def _send(door: Browser, token: str, *files: SimpleUploadedFile, key: str = "f1") -> Any:
    said = {"token": token, "key": key, "text": "", "files": list(files)}
    return door.client.post("/chat/shop/say", said, headers={"origin": ORIGIN})


def test_a_file_goes_over_and_comes_back_as_a_download(door: Browser) -> None:
    token = door.token()
    told = _send(door, token, SimpleUploadedFile("../../屏幕.png", PNG, "text/html")).json()
    [file] = told["messages"][0]["files"]
    assert (file["name"], file["type"]) == ("屏幕.png", "image/png")
    answer = door.client.get(file["path"])
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert door.client.get(file["path"] + "x").status_code == 404


def test_a_file_in_disguise_is_refused_whole(door: Browser) -> None:
    good, bad = SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.png", b"<script>")
    assert _send(door, door.token(), good, bad).status_code == 422
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()


def test_too_many_files_are_refused(door: Browser) -> None:
    files = [SimpleUploadedFile(f"{n}.png", PNG) for n in range(6)]
    assert _send(door, door.token(), *files).status_code == 422
    assert not Message.objects.exists()


# limits


def test_an_address_makes_so_many_visitors(door: Browser) -> None:
    for _n in range(60):
        door.post("hello", {"start": True}, **ELSEWHERE)
    door.post("hello", {"start": True}, status=429, **ELSEWHERE)
    assert Visitor.objects.count() == 60


def test_a_visitor_says_so_much_in_a_minute(door: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    token = door.token()
    monkeypatch.setattr(limits, "_add", lambda key, starts: 41 if key.startswith("chat-say:") else 1)
    assert door.post("say", {"token": token, "key": "k", "text": "x"}, status=429)["code"] == "portal_too_many"
    assert not Message.objects.exists()


# an end, and when nobody is there


def test_ending_rating_and_the_mail(door: Browser, house: House) -> None:
    token = door.token()
    door.post("say", {"token": token, "key": "k1", "text": "Hello"})
    _answer(house)
    door.post("end", {"token": token})
    door.post("rate", {"token": token, "score": 5})
    door.post("transcript", {"token": token, "email": "chen@harbour.example"})
    door.post("transcript", {"token": token, "email": "no address"}, status=422)
    chat = Chat.objects.get()
    assert (chat.stage, chat.score, chat.transcripts) == ("ended", 5, 1)


def test_a_message_left_when_nobody_is_there_is_an_ordinary_ticket(door: Browser) -> None:
    said = {"key": "k1", "name": "Chen", "email": "chen@harbour.example", "text": "Please call me.", "lang": "en"}
    number = door.post("offline", said)["number"]
    assert door.post("offline", said)["number"] == number
    ticket = Ticket.objects.get()
    assert (ticket.number, ticket.via, ticket.contact.email) == (number, "portal", "chen@harbour.example")
    wrong = door.post("offline", {"key": "k2", "email": "x", "text": " "}, status=422)
    assert set(wrong["fields"]) == {"email", "text"}


def test_outside_the_service_time_it_is_closed(door: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    Channel.objects.filter(code="shop").update(settings={"origins": [ORIGIN], "calendar": "office"})
    night, noon = (
        datetime.fromisoformat("2026-03-02T19:00:00+00:00"),
        datetime.fromisoformat("2026-03-02T02:30:00+00:00"),
    )
    for moment, expected in ((night, False), (noon, True)):
        monkeypatch.setattr("yingnuo.portal.chat_door.instants.now", lambda at=moment: at)
        assert door.post("site", {})["open"] is expected


# the script


def test_the_widget_is_small_and_the_same_for_everybody(client: Client) -> None:
    answer = client.get("/chat/widget.js", headers={"accept-encoding": "gzip"})
    assert len(answer.content) < 30_000
    assert answer.headers["Content-Encoding"] == "gzip"
    again = client.get("/chat/widget.js", headers={"if-none-match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_widget_makes_no_markup_and_evaluates_nothing(client: Client) -> None:
    text = client.get("/chat/widget.js").content.decode()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\s*=", text
    )


def test_every_word_the_widget_uses_is_told(door: Browser, client: Client) -> None:
    text = client.get("/chat/widget.js").content.decode()
    used = set(re.findall(r'\bw\("(\w+)"', text)) | set(re.findall(r'\bsoft\("(\w+)"', text))
    told = set(door.post("site", {})["words"])
    assert used - told == set()
    assert told - used - {"open", "close", "soon", "expected", "place", "next", "handing"} == set()
