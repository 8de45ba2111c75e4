"""What does the widget on a site's page ask for: how the site is set up, words, files, marks, an end?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from yingnuo.brands import books as brands
from yingnuo.channels.contract import File
from yingnuo.chat import files, identity, queries, services, typing
from yingnuo.chat.models import Visitor
from yingnuo.chat.services import Told
from yingnuo.journey import chat_ending, chatting, dispatch
from yingnuo.journey.chatting import Words
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.portal import asking, chat_state, chat_words, limits, uploads
from yingnuo.portal.asking import Asked
from yingnuo.portal.chat_door import Call, door
from yingnuo.portal.limits import Limit

VISITORS_HERE = Limit("chat-visitors-address", 60, 3_600)
SAY_VISITOR, SAY_HERE = Limit("chat-say", 40, 60), Limit("chat-say-address", 400, 60)
FILES_VISITOR, FILES_HERE = Limit("chat-files", 20, 3_600), Limit("chat-files-address", 60, 3_600)
MAIL_HERE, MAIL_TO = Limit("chat-mail-address", 6, 3_600), Limit("chat-mail-to", 3, 3_600)

Json = Mapping[str, Any]


@door
def site(call: Call) -> Json:
    """How the site is set up, in the page's language."""
    s = call.site
    return {
        "name": s.channel.name, "company": _company(s.channel.pk, call.language),
        "colour": s.colour, "greeting": s.greets(call.language),
        "open": _is_open(call), "offline": s.offline, "words": chat_words.all_words(), "accept": files.ACCEPTED,
        "largest": files.LARGEST, "most": files.MOST_FILES, "longest": chatting.LONGEST,
    }  # fmt: skip


def _company(channel: int, language: str) -> str:
    """As whom the site speaks: the brand that claims it, else the company."""
    book = brands.now()
    brand = book.of(book.chosen(channel=channel, product_line="", region=""))
    return brand.name(language) or brands.house(language)


def _is_open(call: Call) -> bool:
    calendar = call.site.calendar
    return not calendar or dispatch.on_shift(revisions.current(), call.now)(calendar)


@door
def hello(call: Call) -> Json:
    """Who the visitor is, and his chat where he has one. A stranger becomes a visitor only when he opens it."""
    visitor, known = _who(call)
    if visitor is None:
        return {"token": "", "known": False, "chat": None, "messages": [], "stream": ""}
    chat = queries.newest_of(visitor)
    return {
        "token": identity.token_for(call.site.channel.code, visitor.key, known=known), "known": known,
        "name": visitor.name, "open": _is_open(call),
        **chat_state.whole(call.site, visitor, chat, after=call.number("after"), origin=call.origin, now=call.now),
    }  # fmt: skip


def _who(call: Call) -> tuple[Visitor | None, bool]:
    """A person the site vouches for goes before a token; a token of such a person is nothing without that word."""
    told = Told(call.language, call.text("page"), call.text("name", 80), _mail(call))
    if word := call.text("identity", identity.LONGEST_IDENTITY + 1):
        person = identity.verified(call.site.secret, word, now=call.now)
        return chatting.met(call.site, person, told, now=call.now), True
    key, known = identity.key_in(call.site.channel.code, call.text("token"))
    visitor = queries.visitor_of(key) if key and not known else None
    if visitor is not None and not visitor.known_as:
        services.seen(visitor, told, now=call.now)
        return visitor, False
    if call.said.get("start") is not True:
        return None, False
    limits.count(VISITORS_HERE, call.address, now=call.now)
    return services.new_visitor(call.site.channel, told, now=call.now), False


@door
def say(call: Call) -> Json:
    """Words, with files where it is a form. The same key again changes nothing."""
    visitor, key = call.visitor(), call.text("key", 64)
    if not key:
        raise Invalid(_("This request could not be understood"), code="no_key")
    limits.count(SAY_VISITOR, visitor.key, now=call.now)
    limits.count(SAY_HERE, call.address, now=call.now)
    if name := call.text("name", 80):
        services.seen(visitor, Told(call.language, name=name), now=call.now)
    words = Words(key, call.text("text", chatting.LONGEST + 1), _uploaded(call, visitor))
    heard = chatting.say(call.site, visitor, words=words, now=call.now)
    found = chat_state.whole(
        call.site, visitor, heard.chat, after=_after(call), origin=call.origin, now=call.now
    )  # fmt: skip
    return {"id": heard.message, **found}


def _after(call: Call) -> int:
    """A form sends its numbers as text."""
    text = call.text("after", 20)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else call.number("after")


def _uploaded(call: Call, visitor: Visitor) -> tuple[File, ...]:
    given = call.request.FILES.getlist("files") if call.request.content_type == "multipart/form-data" else []
    if not given:
        return ()
    if len(given) > files.MOST_FILES:
        raise Invalid(_("At most five files at once."), fields={"file": _("At most five files at once.")})
    limits.count(FILES_VISITOR, visitor.key, now=call.now)
    limits.count(FILES_HERE, call.address, now=call.now)
    named = [(uploads.safe_name(f.name or ""), f.read(files.LARGEST + 1)) for f in given]
    return tuple(File(name, files.type_of(name, data), data) for name, data in named)


@door
def sync(call: Call) -> Json:
    """What is new since an id: asked after every event and every break."""
    visitor = call.visitor()
    chat = queries.newest_of(visitor)
    return chat_state.whole(
        call.site, visitor, chat, after=call.number("after"), origin=call.origin, now=call.now
    )  # fmt: skip


@door
def seen(call: Call) -> Json:
    """What the page has (`got`) and the visitor saw (`read`)."""
    chat_ending.seen(call.visitor(), got=call.number("got"), read=call.number("read"), now=call.now)
    return {}


@door
def types(call: Call) -> Json:
    """He is writing."""
    typing.by_visitor(call.visitor())
    return {}


@door
def person(call: Call) -> Json:
    """He asks for a person instead of the bot."""
    chatting.call_person(call.visitor(), now=call.now)
    return {}


@door
def end(call: Call) -> Json:
    """He ends the chat."""
    chat_ending.end(call.visitor(), now=call.now)
    return {}


@door
def rate(call: Call) -> Json:
    """How it was."""
    chat_ending.rate(call.visitor(), score=call.number("score"), words=call.text("words", 1_000), now=call.now)
    return {}


@door
def transcript(call: Call) -> Json:
    """The chat by mail."""
    visitor, address = call.visitor(), _mail(call) or ""
    if not address:
        raise Invalid(_("This is no mail address."), fields={"email": _("This is no mail address.")})
    limits.count(MAIL_HERE, call.address, now=call.now)
    limits.count(MAIL_TO, address, now=call.now)
    chat_ending.transcript(visitor, email=address, now=call.now)
    return {}


def _mail(call: Call) -> str:
    """The mail address in the body, "" where there is none."""
    given = call.text("email", 254).strip().lower()
    try:
        validate_email(given)
    except ValidationError:
        return ""
    return given


@door
def offline(call: Call) -> Json:
    """A message left outside of the service time: an ordinary ticket with a receipt by mail."""
    address, text, key = _mail(call), call.text("text", chatting.LONGEST), call.text("key", 64)
    wrong = {}
    if not address:
        wrong["email"] = _("This is no mail address.")
    if not text.strip():
        wrong["text"] = _("Write something first.")
    if wrong or not key:
        raise Invalid(_("Something is missing."), fields=wrong)
    limits.count(limits.ASK_HERE, call.address, now=call.now)
    limits.count(limits.ASK_PERSON, address, now=call.now)
    asked = Asked(
        key=f"chat:{key}", name=call.text("name", 80), email=address, phone="", kind="", impact=(), urgency="",
        subject="", text=text, language=call.language,
    )  # fmt: skip
    return {"number": (asking.sent_before(asked) or asking.ask(asked, now=call.now)).number}
