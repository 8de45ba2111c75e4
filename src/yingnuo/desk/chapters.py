"""Which part of a ticket's story does its reader want to see, and how far back?

The choice stands in the address (`story`, `older`); what somebody chose last is what he begins with at the next ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.access import DeskRequest
from yingnuo.desk.filters import number
from yingnuo.ledger.codes import Code
from yingnuo.writing import habits

_OF_PROMISES = ("promise.", "breach.", "notice.", "customer.told")
_OF_HANDOFFS = (
    "ticket.routed", "ticket.assigned", "ticket.handoff_note", "ticket.stood_in", "dispatch.", "task.",
    "chat.handed_over", "chat.transferred", "chat.accepted",
)  # fmt: skip
PROMISES = [c.value for c in Code if c.value.startswith(_OF_PROMISES) or c == Code.CUSTOMER_TOLD]
HANDOFFS = [c.value for c in Code if c.value.startswith(_OF_HANDOFFS)]
#: Chapter → its word and the key that follows `v`.
CHAPTERS: Mapping[str, tuple[Promise, str]] = {
    "": (_("All"), "a"), "talk": (_("Conversation"), "c"), "notes": (_("Notes"), "n"), "promises": (_("Promises"), "p"),
    "handoffs": (_("Hand-offs"), "h"), "system": (_("Other changes"), "s"),
}  # fmt: skip
ALL = "all"  # how an address says it, for one who begins with another chapter
MOST_OLDER = 7  # each step doubles what is read


@dataclass(frozen=True, slots=True)
class Asked:
    """A chapter of the story ("" for all of it), and how many times its reader asked for what came before."""

    chapter: str = ""
    older: int = 0
    said: bool = False

    def most(self, usual: int) -> int:
        """How many rows are read where usually `usual` are: more where few of them are shown."""
        return (usual << self.older) * (4 if self.chapter else 1)

    def has_message(self, *, public: bool) -> bool:
        """Whether a message, or a note, is of this chapter."""
        return self.chapter in ("", "talk" if public else "notes")

    def has_event(self, code: str) -> bool:
        """Whether what happened is of this chapter."""
        own = "promises" if code in PROMISES else "handoffs" if code in HANDOFFS else "system"
        return self.chapter in ("", own)

    @property
    def query(self) -> str:
        """What it adds to a query string."""
        return _query(self.chapter, self.older) if self.said or self.older else ""

    def at(self, plain: str) -> str:
        """The address of the page (which has a "?") with the choice in it."""
        return _joined(plain, self.query)


def _query(chapter: str, older: int = 0) -> str:
    return f"story={chapter or ALL}" + (f"&older={older}" if older else "")


def _joined(plain: str, query: str) -> str:
    return plain + query if plain.endswith("?") or not query else f"{plain}&{query}"


def asked(request: DeskRequest, query: QueryDict, *, usual: str) -> Asked:
    """What the address asks for, else what its reader chose last (`usual`); a choice just made (`keep`) is kept."""
    said = query.get("story", "")
    if not said:
        return Asked(usual if usual in CHAPTERS else "", _older(query))
    chosen = said if said in CHAPTERS else ""
    if "keep" in request.GET and chosen != usual:
        habits.choose(request.actor, story=chosen)
    return Asked(chosen, _older(query), said=True)


def _older(query: QueryDict) -> int:
    return min(number(query.get("older", "")) or 0, MOST_OLDER)


@dataclass(frozen=True, slots=True)
class Chip:
    """One chapter to choose: its word, how much it holds, where it leads, the key after `v`."""

    word: Promise
    count: int
    href: str
    key: str
    active: bool


def shown(asked: Asked, counts: Mapping[str, int], more: bool, plain: str) -> dict[str, Any]:
    """The chips over a story, those of empty chapters left out, and where what came before is; `plain` is the page."""
    held = {"": sum(counts.values()), **counts}
    chips = [
        Chip(word, held.get(name, 0), _joined(plain, _query(name)), key, name == asked.chapter)
        for name, (word, key) in CHAPTERS.items()
        if held.get(name) or name == asked.chapter
    ]
    further = more and asked.older < MOST_OLDER
    return {
        "chapters": chips, "chapter": asked.chapter,
        "older": _joined(plain, _query(asked.chapter, asked.older + 1)) if further else "",
    }  # fmt: skip
