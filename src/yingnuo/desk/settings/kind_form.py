"""Where is the form of a kind arranged: sections, order, conditions, with what it looks like beside it?

Every button posts one change; the answer is the builder as it is then. What somebody else changed meanwhile is never
written over: the version that the page shows goes along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.settings.frame import go, show
from yingnuo.kit import pages
from yingnuo.kit.errors import Refused
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.roles import Actor
from yingnuo.tickets import fields, forms, inputs, values
from yingnuo.tickets.fields import Fieldbook, Item, On, Section
from yingnuo.tickets.inputs import Filling
from yingnuo.tickets.models import Field, FieldType, Kind

SECTION = "fields"
_NEWEST = 100_000  # rows of the ledger that are looked through for who changed a form
Sections = tuple[Section, ...]


def _move(by: int) -> Callable[[Sections, QueryDict, Fieldbook], Sections]:
    return lambda form, said, known: forms.moved(form, said.get("field", ""), by)


def _move_section(by: int) -> Callable[[Sections, QueryDict, Fieldbook], Sections]:
    return lambda form, said, known: forms.moved_section(form, _place(said), by)


def _place(said: QueryDict) -> int:
    text = said.get("section", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _add(form: Sections, said: QueryDict, known: Fieldbook) -> Sections:
    field = known.fields.get(said.get("add", ""))
    return forms.added(form, Item(field)) if field and not field.retired_at else form


def _add_section(form: Sections, said: QueryDict, known: Fieldbook) -> Sections:
    return (*form, Section(said.get("name", "").strip()[:80] or _("Section"), {}, ()))


def _rename(form: Sections, said: QueryDict, known: Fieldbook) -> Sections:
    words = {language: said.get(f"name_{language}", "").strip()[:80] for language in ("zh-hant", "en")}
    words = {language: word for language, word in words.items() if word}
    name = said.get("name", "").strip()[:80]
    return tuple(replace(s, name=name, words=words) if n == _place(said) else s for n, s in enumerate(form))


def _condition(form: Sections, said: QueryDict, known: Fieldbook) -> Sections:
    return forms.conditioned(form, said.get("field", ""), show=_on(said, "show"), need=_on(said, "need"))


def _on(said: QueryDict, what: str) -> On | None:
    code = said.get(f"{what}_field", "")
    typed = said.get(f"{what}_values", "").replace("，", ",").split(",")
    given = [*said.getlist(f"{what}_value"), *(one.strip() for one in typed)]
    return On(code, tuple(dict.fromkeys(one for one in given if one))) if code else None


_DEEDS: dict[str, Callable[[Sections, QueryDict, Fieldbook], Sections]] = {
    "up": _move(-1), "down": _move(1), "section_up": _move_section(-1), "section_down": _move_section(1),
    "take": lambda form, said, known: forms.without(form, said.get("field", "")), "add": _add,
    "add_section": _add_section,
    "take_section": lambda form, said, known: forms.without_section(form, _place(said)), "rename": _rename,
    "condition": _condition,
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("settings.view")
def kind_form(request: DeskRequest, kind: str) -> HttpResponseBase:
    """The builder of one kind's form, with its preview."""
    if kind not in Kind.values:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            _change(request, kind)
        except Refused as refused:
            problem = str(refused)
        else:
            if not pages.is_htmx(request):
                return go(request, "settings_form", kind)
    return show(
        request, "kind_form.html", _about(request, kind, problem), section=SECTION,
        parts={"builder": "_kind_form.html"}, status=422 if problem else 200,
    )  # fmt: skip


def _change(request: DeskRequest, kind: str) -> None:
    said, deed = request.POST, request.POST.get("do", "")
    if deed == "forget":
        forms.forget(request.actor, kind=kind, now=request.now)
        messages.success(request, _("The form has all fields of its kind again."))
        return
    if deed not in _DEEDS:
        raise Http404
    text = said.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    wanted = _DEEDS[deed](forms.of_kind(kind).sections, said, fields.book())
    forms.save(request.actor, kind=kind, sections=wanted, version=version, now=request.now)


def _about(request: DeskRequest, kind: str, problem: str) -> dict[str, Any]:
    known, found = fields.book(), forms.of_kind(kind)
    used = {i.field.code for i in forms.items(found.sections)}
    left = [(f.code, values.name_of(f)) for f in known.fields.values() if not f.retired_at and f.code not in used]
    blank = Filling(request.actor, {}, fields.CREATE)
    customer = Filling(Actor(kind="contact"), {}, fields.CREATE)
    return {
        "kind": kind, "title": dict(Kind.choices)[kind], "sections": _sections(found.sections), "left": left,
        "version": found.version, "problem": problem, "changes": _changes(kind, request.names),
        "desk_parts": inputs.parts(found.sections, blank, known),
        "portal_parts": inputs.parts(known.portal_form(kind), customer, known),
        "last_section": len(found.sections) - 1,
    }  # fmt: skip


def _sections(sections: Sections) -> list[dict[str, Any]]:
    """Sections for the builder: each field with those before it, on which it may depend."""
    rows: list[dict[str, Any]] = []
    before: list[tuple[str, str, list[tuple[str, str]]]] = []
    for section in sections:
        shown = []
        for item in section.items:
            shown.append({"item": item, "name": values.name_of(item.field), "before": list(before),
                          "show": _told(item.show, before), "need": _told(item.need, before)})  # fmt: skip
            before.append((item.field.code, values.name_of(item.field), _values(item.field)))
        rows.append({"section": section, "items": shown})
    return rows


def _values(field: Field) -> list[tuple[str, str]]:
    if field.type == FieldType.CHECKBOX:
        return [("true", _("yes")), ("false", _("no"))]
    return [(choice, values.choice_word(field, choice)) for choice in field.choices]


def _told(on: On | None, before: list[tuple[str, str, list[tuple[str, str]]]]) -> str:
    """A condition in words: "Fuel is gas or oil"."""
    if on is None:
        return ""
    name, known = next(((name, dict(vals)) for code, name, vals in before if code == on.field), (on.field, {}))
    if not on.values:
        return _("%(field)s is filled in") % {"field": name}
    return _("%(field)s is %(values)s") % {"field": name, "values": _(" or ").join(known.get(v, v) for v in on.values)}


def _changes(kind: str, names: Names) -> list[dict[str, Any]]:
    """Who arranged it lately."""
    newest = Event.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    rows = Event.objects.filter(code=Code.SETTING_CHANGED, subject=f"form:{kind}", pk__gt=newest - _NEWEST)
    return [
        {"at": e.at, "who": names.person(e.actor_id) if e.actor_kind == "staff" else ""}
        for e in rows.order_by("-id")[:8]
    ]
