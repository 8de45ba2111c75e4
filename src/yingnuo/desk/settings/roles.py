"""Where is it said what each role may do and how far it sees?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import sentences
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs, role_looks
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.kit.errors import Refused
from yingnuo.ledger.models import HOUSE, Event
from yingnuo.people import role_services as services
from yingnuo.people import roles, verbs
from yingnuo.people.models import Role, Staff
from yingnuo.people.role_models import Sight
from yingnuo.people.role_services import RoleFacts
from yingnuo.people.roles import Standing

_SECTION = "roles"
_LATEST, _NAMED = 20, 12


class RoleForm(forms.Form):
    """One role; its rights are read apart, for they come in groups."""

    zh_hans = forms.CharField(label="简体中文", max_length=40, required=False)
    zh_hant = forms.CharField(label="繁體中文", max_length=40, required=False)
    en = forms.CharField(label="English", max_length=40, required=False)
    sight = Pick(Sight.choices, gettext_lazy("Sees"), number=False, required=True)
    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)


class NewRoleForm(RoleForm):
    """A role of the house."""

    code = inputs.code_field()
    base = Pick(lambda: [(r.code, r.word) for r in _built()], gettext_lazy("Based on"), number=False, required=True)
    field_order = ("code", "base")


def _built() -> list[Standing]:
    return [role for role in roles.offered() if role.built_in]


@require_safe
@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every role, how many people have it, and in what it differs from the built-in one."""
    held = dict(Staff.objects.filter(active=True).values_list("role").annotate(n=Count("pk")))
    known = request.names.organisation
    rows = [
        (role, roles.standing(role.base, known).word, held.get(role.code, 0), str(Sight(role.sight).label))
        for role in sorted(roles.standings(known), key=lambda r: not r.active)
    ]
    return show(request, "roles.html", {"rows": rows}, section=_SECTION)


@signed_in_who_may("role.edit")
def new(request: DeskRequest) -> HttpResponseBase:
    """A role of the house: a copy of the one named by `from`."""
    model = _wanted(request, "from")
    form = NewRoleForm(request.POST or None, initial={"base": model.base, "sight": model.sight})

    def save() -> str:
        data = dict(form.cleaned_data)
        facts = _facts(request, data, had=frozenset())
        services.add(request.actor, code=data["code"], base=data["base"], facts=facts, now=request.now)
        return str(data["code"])

    return _answer(request, form, save, model, title=_("New role, like %(role)s") % {"role": model.word}, is_new=True)


@signed_in_who_may("settings.view")
def role(request: DeskRequest, code: str) -> HttpResponseBase:
    """One role: its names, its sight, its rights by group, what they lead to, and who changed it."""
    known = services.of(code)
    names = dict(zip(("zh_hans", "zh_hant", "en"), known.names, strict=True))
    initial = {"sight": known.sight, "edition": known.edition, **names}
    form = RoleForm(request.POST or None, initial=initial)

    def save() -> str:
        facts = _facts(request, form.cleaned_data, had=known.verbs, changeable=not _fixed(known))
        services.save(request.actor, code=code, facts=facts, edition=form.cleaned_data["edition"], now=request.now)
        return code

    return _answer(request, form, save, known, title=known.word, is_new=False)


def _wanted(request: DeskRequest, name: str, default: str = "agent") -> Standing:
    return services.of(request.GET.get(name) or request.POST.get(name) or default)


def _facts(
    request: DeskRequest, data: dict[str, Any], *, had: frozenset[str], changeable: bool = True
) -> RoleFacts:  # fmt: skip
    """What was ticked. What the reader may not do himself cannot be ticked by him and stays as it was."""
    own = request.actor.verbs if changeable else frozenset()
    ticked = frozenset(request.POST.getlist("verbs"))
    names = {name: str(data.get(name, "")) for name in ("zh_hans", "zh_hant", "en")}
    return RoleFacts((ticked & own) | (had - own), str(data.get("sight", "")), **names)


def _answer(
    request: DeskRequest, form: forms.Form, save: Any, known: Standing, *, title: str, is_new: bool
) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            code = save()
            messages.success(request, _("%(name)s is saved.") % {"name": services.of(code).word})
            return go(request, "settings_role", code)
        except Refused as refused:
            inputs.tell(form, refused)
    has = frozenset(request.POST.getlist("verbs")) if request.method == "POST" else known.verbs
    context = {
        "form": form, "title": title, "role": known, "is_new": is_new, "groups": _groups(request, known, has),
        "look": role_looks.look(known), "sights": Sight.choices, "base": roles.standing(known.base, _org(request)),
        **({} if is_new else _around(request, known)),
    }  # fmt: skip
    return show(request, "role.html", context, section=_SECTION, status=422 if form.errors else 200)


def _fixed(known: Standing) -> bool:
    """The built-in administrator: only his names change."""
    return known.code == Role.ADMIN


def _org(request: DeskRequest) -> Any:
    return request.names.organisation


def _groups(request: DeskRequest, known: Standing, has: frozenset[str]) -> list[tuple[Any, list[dict[str, Any]]]]:
    built = roles.VERBS[known.base]
    return [
        (group, [
            {
                "code": v.code, "word": v.word, "on": v.code in has, "built": v.code in built,
                "own": v.code in request.actor.verbs and not _fixed(known),
            }
            for v in group.verbs
        ])
        for group in verbs.GROUPS
    ]  # fmt: skip


def _around(request: DeskRequest, known: Standing) -> dict[str, Any]:
    people = Staff.objects.filter(role=known.code, active=True).order_by("name")
    rows = Event.objects.filter(subject=f"role:{known.code}", code__in=HOUSE).order_by("-id")[:_LATEST]
    told = [sentences.line(event, request.names) for event in rows]
    return {"people": people[:_NAMED], "count": people.count(), "history": told}


@require_POST
@signed_in_who_may("role.edit")
def look(request: DeskRequest) -> HttpResponse:
    """What the role would be with what is ticked now, a part of its page; nothing is written."""
    known = _wanted(request, "role")
    form = RoleForm(request.POST)
    form.is_valid()
    facts = _facts(request, form.cleaned_data, had=known.verbs, changeable=not _fixed(known))
    sight = facts.sight if facts.sight in Sight.values else known.sight
    would = services.foreseen(known, RoleFacts(facts.verbs & verbs.WORDS.keys(), sight))
    context = {
        "look": role_looks.look(would), "base": roles.standing(known.base, _org(request)), "role": known,
        "gained": role_looks.words(would.verbs - known.verbs), "lost": role_looks.words(known.verbs - would.verbs),
        "count": Staff.objects.filter(role=known.code, active=True).count(), "changes": would != known,
    }  # fmt: skip
    return render(request, "desk/settings/_role_look.html", context)


@require_POST
@signed_in_who_may("role.edit")
def do(request: DeskRequest, code: str) -> HttpResponseBase:
    """Restores a built-in role, retires one of the house or offers it again."""
    what = request.POST.get("do")
    if what == "restore":
        services.restore(request.actor, code=code, now=request.now)
        messages.success(request, _("The role is as it was built."))
    else:
        services.retire(request.actor, code=code, active=what == "revive", now=request.now)
        messages.success(request, _("Saved."))
    return go(request, "settings_role", code)


@require_safe
@signed_in_who_may("settings.view")
def compare(request: DeskRequest) -> HttpResponseBase:
    """Two roles side by side."""
    first, second = _wanted(request, "a"), _wanted(request, "b", "lead")
    everything = request.GET.get("all") == "1"
    context = {
        "roles": roles.standings(_org(request)), "first": first, "second": second, "everything": everything,
        "groups": role_looks.compared(first, second, all_of_it=everything),
        "sights": (str(Sight(first.sight).label), str(Sight(second.sight).label)),
    }  # fmt: skip
    return show(request, "role_compare.html", context, section=_SECTION)
