"""How does a member of staff want the desk to look and behave for himself?

Nobody chooses for another but whoever edits people, who sets language and zone on the settings' pages.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Density, Staff, Theme
from yingnuo.people.roles import Actor

_OWN_PATH = re.compile(r"(?=.{1,40}$)/(?:[a-z0-9-]+/)*")
_LIST = _("Choose from the list.")


@dataclass(frozen=True, slots=True)
class Wishes:
    """One person's choice. `start`: a path of the desk, "" as his role begins; `theme`: "" as the device."""

    language: str
    time_zone: str
    theme: str = Theme.DEVICE
    density: str = Density.COMFORTABLE
    start: str = ""
    single_keys: bool = True


def of(person: Staff) -> Wishes:
    """What the person has chosen so far."""
    return Wishes(
        person.language, person.time_zone, person.theme, person.density, person.start_page, person.single_keys
    )


def choose(actor: Actor, *, wishes: Wishes, now: datetime) -> None:
    """Keeps the actor's own choice; NotAllowed for who is no member of staff, Invalid by field."""
    if actor.kind != "staff":
        raise NotAllowed(_("Everybody chooses for himself."), code="not_allowed", verb="staff.choose")
    if wrong := _wrong(wishes):
        raise Invalid(_("This value cannot be used."), fields=wrong)
    values = asdict(wishes)
    values["start_page"] = values.pop("start")
    with transaction.atomic():
        person = Staff.objects.select_for_update().get(pk=actor.id)
        changed = [name for name, value in values.items() if getattr(person, name) != value]
        if changed:
            Staff.objects.filter(pk=person.pk).update(**values)
            entry = Entry(Code.SETTING_CHANGED, 0, f"staff:{person.pk}", {"what": "own_wishes", "fields": changed})
            ledger.record(actor, [entry], now=now)
            revisions.bump()


def change(actor: Actor, *, person: Staff, now: datetime, **changes: str) -> None:
    """As `choose`, for some of it; the rest stays."""
    choose(actor, wishes=replace(of(person), **changes), now=now)  # type: ignore[arg-type]


def _wrong(wishes: Wishes) -> dict[str, str | Promise]:
    allowed = {
        "language": wishes.language in dict(settings.LANGUAGES), "time_zone": wishes.time_zone in zones(),
        "theme": wishes.theme in Theme.values, "density": wishes.density in Density.values,
        "start": not wishes.start or _OWN_PATH.fullmatch(wishes.start) is not None,
    }  # fmt: skip
    return {name: _LIST for name, fits in allowed.items() if not fits}


@cache
def zones() -> tuple[str, ...]:
    """The names of all time zones of places, by name; asking the system walks its folders."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))
