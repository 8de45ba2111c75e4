"""What do the ledger's rows about roles, the organisation, tags, automatic texts and the first set-up say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yingnuo.brands import texts
from yingnuo.desk.choices import Names
from yingnuo.desk.setup import steps
from yingnuo.ledger.codes import Code
from yingnuo.people import roles, verbs
from yingnuo.people.role_models import Sight

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]
_ROLE: dict[str, Promise] = {
    "made": gettext_lazy("Made the role %(role)s"),
    "changed": gettext_lazy("Changed the role %(role)s"),
    "restored": gettext_lazy("Made the role %(role)s as it was built"),
    "retired": gettext_lazy("Retired the role %(role)s"),
    "revived": gettext_lazy("Offers the role %(role)s again"),
}
_TAG: dict[str, Promise] = {
    "renamed": gettext_lazy("Renamed the tag %(tag)s to %(into)s"),
    "merged": gettext_lazy("Merged the tag %(tag)s into %(into)s"),
    "retired": gettext_lazy("Retired the tag %(tag)s"),
}


def _role(p: Params, n: Names) -> str:
    return roles.standing(str(p.get("role") or "?"), n.organisation).word


def _role_changed(p: Params, n: Names) -> str:
    said = str(_ROLE.get(str(p.get("what"))) or _ROLE["changed"]) % {"role": _role(p, n)}
    sight = str(p.get("sight") or "")
    return f"{said} · {_sees(sight)}" if sight in Sight.values else said


def _sees(sight: str) -> str:
    return _("sees %(sight)s") % {"sight": Sight(sight).label}


def _granted(p: Params, n: Names) -> str:
    return _("%(role)s may now: %(verb)s") % {"role": _role(p, n), "verb": verbs.word(str(p.get("verb")))}


def _withdrawn(p: Params, n: Names) -> str:
    return _("%(role)s may no longer: %(verb)s") % {"role": _role(p, n), "verb": verbs.word(str(p.get("verb")))}


def _moved(p: Params, n: Names) -> str:
    known = n.organisation
    rows = known.teams if p.get("what") == "team" else known.departments
    moved, old, new = rows.get(_number(p, "id")), _department(p, n, "from"), _department(p, n, "to")
    named = moved.name if moved else "?"
    return _("Moved %(name)s from %(old)s to %(new)s") % {"name": named, "old": old, "new": new}


def _department(p: Params, n: Names, end: str) -> str:
    found = n.organisation.departments.get(_number(p, end))
    return found.name if found else _("the top")


def _number(p: Params, name: str) -> int:
    return int(p.get(name) or 0)


def _tag_changed(p: Params, n: Names) -> str:
    return _("Changed the tag %(tag)s") % {"tag": p.get("tag")}


def _tag_moved(p: Params, n: Names) -> str:
    said = str(_TAG.get(str(p.get("what"))) or _TAG["renamed"])
    return said % {"tag": p.get("tag"), "into": p.get("into")}


def _text_changed(p: Params, n: Names) -> str:
    kind = texts.KINDS.get(str(p.get("text")))
    language = dict(settings.LANGUAGES).get(str(p.get("language")), "?")
    return _("Changed the automatic text “%(text)s”, %(language)s") % {
        "text": kind.word if kind else "?", "language": language,
    }  # fmt: skip


def _setup_step(p: Params, n: Names) -> str:
    face = steps.FACES.get(str(p.get("step")))
    said = _("Left out the step “%(step)s” of the first set-up") if p.get("skipped") else (
        _("Did the step “%(step)s” of the first set-up")
    )  # fmt: skip
    return said % {"step": face.word if face else "?"}


def _demo_removed(p: Params, n: Names) -> str:
    count = _number(p, "count")
    return ngettext(
        "Removed the demonstration: %(count)s ticket", "Removed the demonstration: %(count)s tickets", count
    ) % {"count": count}


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.ROLE_CHANGED: (_role_changed, "shield", "blue", False),
    Code.ROLE_GRANTED: (_granted, "plus", "green", False),
    Code.ROLE_WITHDRAWN: (_withdrawn, "minus", "orange", False),
    Code.ORGANISATION_MOVED: (_moved, "sitemap", "blue", False),
    Code.TAG_CHANGED: (_tag_changed, "tag", "gray", True),
    Code.TAG_MOVED: (_tag_moved, "tags", "blue", False),
    Code.TEXT_CHANGED: (_text_changed, "mail", "blue", False),
    Code.SETUP_STEP: (_setup_step, "list-check", "gray", True),
    Code.DEMO_REMOVED: (_demo_removed, "trash", "orange", False),
}
