"""Who has been chatting in the shop of the demonstration?

One chat is over and rated, one is at its beginning before the agent whom visitors of the demonstration sign in as.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.chat import identity, services, sites
from yingnuo.chat.models import Seat, Visitor
from yingnuo.chat.services import Told
from yingnuo.chat.sites import Site
from yingnuo.demo.told import told
from yingnuo.journey import chat_ending, chat_handling, chatting
from yingnuo.journey.chatting import Words
from yingnuo.kit import secrets
from yingnuo.people.models import Staff
from yingnuo.people.roles import actor_for_staff
from yingnuo.writing.models import SavedReply

SITE, AGENT, TEAM = "shop", "agent", "hotline"


def set_up() -> None:
    """The site, who chats, and the replies to pick from; rows are written directly, as the rest of the company."""
    data = told("chats")
    port = settings.YINGNUO.port
    origins = dict.fromkeys([settings.YINGNUO.address, f"http://127.0.0.1:{port}", f"http://localhost:{port}"])
    plain = {"origins": list(origins), "team": TEAM, "colour": data["colour"], "greeting": data["greeting"]}
    Channel.objects.create(
        code=SITE, name=data["name"], kind=ChannelKind.CHAT, settings=plain, secret=secrets.seal(secrets.new_token())
    )
    Seat.objects.bulk_create(
        [Seat(staff=s, capacity=6 if s.username == AGENT else 0) for s in Staff.objects.filter(team__code=TEAM)]
    )
    SavedReply.objects.bulk_create([SavedReply(**reply) for reply in data["replies"]])


def play(*, now: datetime) -> None:
    """The two chats, through the same functions as everybody's."""
    site = sites.of(Channel.objects.get(code=SITE))
    for chat in told("chats")["chats"]:
        _play(site, chat, now - timedelta(minutes=chat["minutes_ago"]))


def _play(site: Site, chat: Mapping[str, Any], began: datetime) -> None:
    agent, at = actor_for_staff(Staff.objects.get(username=AGENT)), began
    lines = [str(line) for line in chat["lines"]]
    visitor = _visitor(site, chat, at)
    heard = chatting.say(site, visitor, words=Words("0", lines[0]), now=at)
    for number, line in enumerate(lines[1:], start=1):
        at += timedelta(seconds=25 + len(line))
        if number % 2:
            chat_handling.answer(agent, chat_id=heard.chat.pk, text=line, now=at)
        else:
            chatting.say(site, visitor, words=Words(str(number), line), now=at)
    if score := chat.get("score"):
        chat_handling.end(agent, chat_id=heard.chat.pk, resolve=True, now=at)
        chat_ending.rate(visitor, score=int(score), words="", now=at)


def _visitor(site: Site, chat: Mapping[str, Any], at: datetime) -> Visitor:
    page, name = f"{settings.YINGNUO.address}/demo/shop/", str(chat["name"])
    if not chat.get("known"):
        return services.new_visitor(site.channel, Told("zh-hans", page, name), now=at)
    person = identity.Identity(str(chat["known"]), name, str(chat["email"]))
    return chatting.met(site, person, Told("zh-hans", page), now=at)
