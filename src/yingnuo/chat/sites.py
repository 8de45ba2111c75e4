"""Which sites carry the chat, and how is each set up?

A site is a channel of kind `chat`. Its settings are plain, its secret signs the visitors its server vouches for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from yingnuo.channels import setup
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.channels.setup import ChannelFacts
from yingnuo.kit import secrets
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people.models import Team
from yingnuo.people.queries import Organisation, TeamCard
from yingnuo.people.roles import Actor

COLOUR = "#0b62c9"
LANGUAGES = ("zh-hans", "zh-hant", "en")
IDLE_MINUTES = 15
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Site:
    """One site as the chat needs it. `origins` are "https://shop.example"; `greeting` by language; `team` is a code.

    `calendar` "" is open round the clock. `offline`: outside it visitors find a form. `bot`: it speaks first, where
    there is one. `resolves`: an answered chat that ends is solved.
    """

    channel: Channel
    origins: tuple[str, ...] = ()
    colour: str = COLOUR
    greeting: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""
    team: str = ""
    offline: bool = True
    bot: bool = False
    resolves: bool = True
    idle_minutes: int = IDLE_MINUTES

    @property
    def secret(self) -> str:
        """What its server signs visitors with; "" when it vouches for nobody."""
        return secrets.unseal(self.channel.secret)

    def welcomes(self, origin: str) -> bool:
        """Whether a page of this origin may talk to us."""
        return origin.lower() in self.origins

    def greets(self, language: str) -> str:
        """The greeting in this language, "" for the usual one."""
        return self.greeting.get(language, "")

    def team_of(self, organisation: Organisation) -> TeamCard | None:
        """The team that takes its chats; None when it is gone, and dispatch decides."""
        return organisation.by_code(self.team) if self.team else None


def of(channel: Channel) -> Site:
    """The site of a channel."""
    s = channel.settings
    return Site(
        channel,
        origins=tuple(s.get("origins", ())),
        colour=s.get("colour") or COLOUR,
        greeting=dict(s.get("greeting") or {}),
        calendar=s.get("calendar", ""),
        team=s.get("team", ""),
        offline=bool(s.get("offline", True)),
        bot=bool(s.get("bot", False)),
        resolves=bool(s.get("resolves", True)),
        idle_minutes=int(s.get("idle_minutes") or IDLE_MINUTES),
    )


def active(code: str) -> Site:
    """The site of this code that is in use; NotFound for any other."""
    row = Channel.objects.filter(code=code, kind=ChannelKind.CHAT, active=True).first()
    if row is None:
        raise NotFound(_("There is no such site."), code="site_not_found")
    return of(row)


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as the form has it. `secret` "" keeps the stored one."""

    code: str
    name: str
    origins: tuple[str, ...]
    colour: str = COLOUR
    greeting: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""
    team: str = ""
    offline: bool = True
    bot: bool = False
    resolves: bool = True
    idle_minutes: int = IDLE_MINUTES
    secret: str = ""
    active: bool = True


def save(actor: Actor, *, pk: int | None, facts: SiteFacts, now: datetime) -> Channel:
    """A new or changed site; Invalid names what is wrong."""
    settings: dict[str, Any] = {
        "origins": [origin_of(o) for o in facts.origins], "colour": facts.colour.lower(),
        "greeting": {code: text for code, text in facts.greeting.items() if text}, "calendar": facts.calendar,
        "team": facts.team, "offline": facts.offline, "bot": facts.bot, "resolves": facts.resolves,
        "idle_minutes": facts.idle_minutes,
    }  # fmt: skip
    _refuse(facts)
    kept = ChannelFacts(facts.code, facts.name, ChannelKind.CHAT, settings, facts.secret, facts.active)
    return setup.save(actor, pk=pk, facts=kept, now=now)


def _refuse(facts: SiteFacts) -> None:
    wrong = {}
    if not facts.origins:
        wrong["origins"] = _("Name at least one address.")
    if not _COLOUR.fullmatch(facts.colour):
        wrong["colour"] = _("Write it as #0b62c9.")
    if not 1 <= facts.idle_minutes <= 240:
        wrong["idle_minutes"] = _("From 1 to 240 minutes.")
    if facts.team and not Team.objects.filter(code=facts.team, active=True).exists():
        wrong["team"] = _("Choose from the list.")
    if facts.secret and len(facts.secret) < 16:
        wrong["secret"] = _("At least 16 characters.")
    if wrong:
        raise Invalid(_("The site cannot be saved like this."), fields=wrong)


def origin_of(text: str) -> str:
    """The origin of an address ("https://Shop.example/x" is "https://shop.example"); Invalid where it has none."""
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or "," in text:
        words = _("Write addresses such as https://shop.example, one a line.")
        raise Invalid(_("This is no web address."), fields={"origins": words})
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")
