"""What could somebody with a role open and do, and in what does it differ from another?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from yingnuo.desk import rail
from yingnuo.desk.settings.frame import GROUPS
from yingnuo.people import verbs
from yingnuo.people.role_models import Sight
from yingnuo.people.roles import Standing


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that the role opens; `note` says what it does there."""

    word: str | Promise
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """A role as the settings show it. `more` and `less` are rights that it has, or lacks, beside its base."""

    role: Standing
    sight: str
    pages: list[Opened]
    settings: list[Opened]
    deeds: list[tuple[str | Promise, list[str]]]
    more: list[str]
    less: list[str]


def look(role: Standing) -> Look:
    """What somebody with this role finds."""
    return Look(
        role, str(Sight(role.sight).label), _pages(role), _settings(role), _deeds(role),
        words(role.granted), words(role.withdrawn),
    )  # fmt: skip


def words(codes: Iterable[str]) -> list[str]:
    """Rights in words, as the catalogue sorts them."""
    return [verbs.word(code) for code in verbs.sorted_as_shown(codes)]


def _pages(role: Standing) -> list[Opened]:
    return [Opened(door.word, door.icon) for door in rail.DOORS if door.verb in role.verbs]


def _settings(role: Standing) -> list[Opened]:
    if "settings.view" not in role.verbs:
        return []
    changes, reads = _("changes"), _("reads")
    pages = (page for _title, group in GROUPS for page in group if page.code != "overview")
    return [Opened(p.word, p.icon, changes if p.edit in role.verbs else reads) for p in pages]


def _deeds(role: Standing) -> list[tuple[str | Promise, list[str]]]:
    found = [(g.title, [str(v.word) for v in g.verbs if v.code in role.verbs]) for g in verbs.GROUPS]
    return [(title, said) for title, said in found if said]


@dataclass(frozen=True, slots=True)
class Line:
    """One right in a comparison."""

    code: str
    word: str
    first: bool
    second: bool

    @property
    def differs(self) -> bool:
        """Whether only one of the two has it."""
        return self.first != self.second


def compared(first: Standing, second: Standing, *, all_of_it: bool) -> list[tuple[str | Promise, list[Line]]]:
    """The rights of two roles side by side, by group; only those in which they differ unless `all_of_it`."""
    found = []
    for group in verbs.GROUPS:
        lines = [Line(v.code, str(v.word), v.code in first.verbs, v.code in second.verbs) for v in group.verbs]
        kept = [line for line in lines if all_of_it or line.differs]
        if kept:
            found.append((group.title, kept))
    return found
