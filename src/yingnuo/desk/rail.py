"""Which parts of the desk does its reader find in the rail?"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.looks import RailItem
from yingnuo.people import presence
from yingnuo.people.models import Presence, Staff
from yingnuo.people.roles import Actor
from yingnuo.tickets import telling


@dataclass(frozen=True, slots=True)
class Door:
    """A rail item and the verb that opens it."""

    word: Promise
    href: str
    icon: str
    hotkey: str
    verb: str


DOORS = (
    Door(_("Overview"), "/dashboard/", "layout-dashboard", "g o", "dashboard.view"),
    Door(_("Tickets"), "/tickets/", "inbox", "g t", "ticket.view"),
    Door(_("Tasks"), "/tasks/", "checklist", "g k", "ticket.note"),
    Door(_("Approvals"), "/approvals/", "thumb-up", "g y", "ticket.note"),
    Door(_("Chats"), "/chats/", "messages", "g h", "chat.work"),
    Door(_("Wall"), "/wall/", "gauge", "g w", "wall.view"),
    Door(_("Dispatch"), "/dispatch/", "route", "g r", "wall.view"),
    Door(_("Calls"), "/calls/", "phone", "g p", "call.take"),
    Door(_("Breaches"), "/breaches/", "hand-stop", "g b", "breach.list"),
    Door(_("Customers"), "/customers/", "users", "g c", "customer.view"),
    Door(_("Devices"), "/devices/", "devices", "g d", "device.view"),
    Door(_("Simulator"), "/simulator/", "flask", "g m", "simulator.view"),
    Door(_("Settings"), "/settings/", "settings", "g s", "settings.view"),
)
_MISSING = {f"/{part}/" for part in ("dashboard", "settings") if not find_spec(f"yingnuo.desk.{part}")}


def rail(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what `desk/base.html` shows around every page; nothing for who is not signed in."""
    if not (hasattr(request, "staff") and hasattr(request, "actor") and hasattr(request, "names")):
        return {}
    actor = request.actor
    chats = request.names.chats and actor.may("chat.work")
    closed = {*_MISSING, *(() if chats else ("/chats/",)), *(("/calls/",) if request.names.phones is None else ())}
    items = [RailItem(d.word, d.href, d.icon, d.hotkey) for d in DOORS if actor.may(d.verb) and d.href not in closed]
    own = {
        "notices_topic": f"notices:{actor.id}",
        "chats_topic": f"chats:{actor.id}" if chats else "",
        "calls_topic": _calls_topic(actor, request.names.phones),
    }
    return {
        "rail_items": items,
        **own,
        "live_places": {telling.QUEUES: telling.places(actor)},
        "live_topics": [topic for name, topic in own.items() if topic and name != "notices_topic"],
        "presence": _presence(request.staff),
        "demo": settings.YINGNUO.demo,
    }


def _calls_topic(actor: Actor, phones: frozenset[int] | None) -> str:
    """The topic of the reader's own calls, on every page where he has a telephone."""
    return f"calls:{actor.id}" if actor.id in (phones or ()) and actor.may("call.take") else ""


def _presence(staff: Staff) -> dict[str, Any]:
    chosen, reason = Presence(staff.presence), staff.presence_reason
    return {
        "code": _value(chosen, reason), "word": chosen.label, "tone": TONES[chosen], "since": staff.presence_since,
        "reason": presence.word(reason), "choices": _choices(),
    }  # fmt: skip


def _choices() -> list[dict[str, Any]]:
    """Each presence, and below it the reasons that go with it."""
    reasons = presence.offered()
    return [
        {"value": _value(p, code), "word": p.label, "tone": TONES[p], "reason": presence.word(code)}
        for p in Presence
        for code in ("", *(row.code for row in reasons if row.presence == p))
    ]


def _value(chosen: Presence, reason: str) -> str:
    return f"{chosen.value}:{reason}" if reason else chosen.value


TONES = {
    Presence.ONLINE: "green", Presence.BUSY: "orange", Presence.BREAK: "purple", Presence.AWAY: "yellow",
    Presence.OFFLINE: "gray",
}  # fmt: skip
