"""Where are custom fields made, changed in three languages, taken out of use and back?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.tickets import catalogue as services
from yingnuo.tickets import values
from yingnuo.tickets.catalogue import FieldFacts
from yingnuo.tickets.models import Editors, Field, FieldType, Form, Kind, Needed

SECTION = "fields"
_OTHERS = ("zh-hant", "en")
_LIMITS = ("pattern", "least", "most", "decimals", "unit")


class FieldForm(SettingForm):
    """One custom field."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_zh_hant = forms.CharField(label=gettext_lazy("Name in traditional Chinese"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    code = inputs.code_field()
    type = Pick(FieldType.choices, gettext_lazy("Type"), number=False, required=True)
    choices = forms.CharField(
        label=gettext_lazy("Choices"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000,
        help_text=gettext_lazy("One a line. In other languages behind it: choice | traditional Chinese | English."),
    )  # fmt: skip
    help = forms.CharField(label=gettext_lazy("Help"), max_length=200, required=False)
    help_zh_hant = forms.CharField(label=gettext_lazy("Help in traditional Chinese"), max_length=200, required=False)
    help_en = forms.CharField(label=gettext_lazy("Help in English"), max_length=200, required=False)
    needed = forms.ChoiceField(label=gettext_lazy("Must be filled in"), choices=Needed.choices, required=False)
    editors = Pick(Editors.choices, gettext_lazy("Who fills it in"), number=False, required=False)
    default = forms.CharField(label=gettext_lazy("Default"), max_length=200, required=False)
    unit = forms.CharField(label=gettext_lazy("Unit of a number"), max_length=20, required=False)
    least = forms.FloatField(label=gettext_lazy("Least number"), required=False)
    most = forms.FloatField(label=gettext_lazy("Largest number"), required=False)
    decimals = forms.IntegerField(
        label=gettext_lazy("Digits after the point"), min_value=0, max_value=6, required=False
    )
    pattern = forms.CharField(
        label=gettext_lazy("Pattern of a text"), max_length=200, required=False,
        help_text=gettext_lazy("A regular expression for the whole text, such as HW-[0-9]{4}; help says it in words."),
    )  # fmt: skip
    kinds = Ticks(Kind.choices, gettext_lazy("Only for tickets of the kind"))
    on_portal = forms.BooleanField(label=gettext_lazy("Customers fill it in on the portal"), required=False)
    position = forms.IntegerField(label=gettext_lazy("Position"), min_value=0, max_value=999, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def facts(self) -> FieldFacts:
        """What was filled in."""
        data = self.cleaned_data
        choices, told = _choices(data["choices"])
        words = {}
        for language in _OTHERS:
            tail = language.replace("-", "_")
            own = {"name": data[f"name_{tail}"], "help": data[f"help_{tail}"], "choices": told[language]}
            words[language] = {name: word for name, word in own.items() if word}
        limits = {name: data[name] for name in _LIMITS if data[name] not in (None, "")}
        return FieldFacts(
            code=data["code"], name=data["name"], type=data["type"], choices=choices, kinds=data["kinds"],
            on_portal=data["on_portal"], position=data["position"] or 0, help=data["help"],
            words={language: own for language, own in words.items() if own}, limits=limits, default=data["default"],
            needed=data["needed"], editors=data["editors"] or Editors.AGENTS,
        )  # fmt: skip


def _choices(text: str) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    """Choices as they are kept, and their words in other languages."""
    found: list[str] = []
    told: dict[str, dict[str, str]] = {language: {} for language in _OTHERS}
    for line in text.replace("｜", "|").splitlines():
        choice, *others = (part.strip() for part in line.split("|"))
        if choice and choice not in found:
            found.append(choice)
            for language, word in zip(_OTHERS, others, strict=False):
                told[language] |= {choice: word} if word else {}
    return tuple(found), told


def _initial(row: Field) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in FieldForm.base_fields if hasattr(row, name)}
    told: dict[str, Any] = {}
    for language in _OTHERS:
        own: Mapping[str, Any] = row.words.get(language, {})
        tail = language.replace("-", "_")
        told |= {f"name_{tail}": own.get("name", ""), f"help_{tail}": own.get("help", "")}
    return plain | told | {name: row.limits.get(name) for name in _LIMITS} | {"choices": _written(row)}


def _written(row: Field) -> str:
    books = [row.words.get(language, {}).get("choices", {}) for language in _OTHERS]
    lines = (" | ".join([choice, *(book.get(choice, "") for book in books)]).rstrip(" |") for choice in row.choices)
    return "\n".join(lines)


@signed_in_who_may("settings.view")
def fields(request: DeskRequest) -> HttpResponseBase:
    """Every custom field, and the form of each kind."""
    kinds = {code: str(word) for code, word in Kind.choices}
    rows = [
        (f, values.name_of(f), [kinds.get(k, k) for k in f.kinds]) for f in Field.objects.order_by("position", "id")
    ]
    arranged = set(Form.objects.values_list("kind", flat=True))
    context = {
        "rows": [row for row in rows if not row[0].retired_at], "retired": [row for row in rows if row[0].retired_at],
        "kinds": [(code, word, code in arranged) for code, word in kinds.items()],
    }  # fmt: skip
    return show(request, "fields.html", context, section=SECTION)


@signed_in_who_may("settings.edit")
def field(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One custom field, or a new one."""
    row = get_object_or_404(Field, pk=pk) if pk else None
    form = FieldForm.over(request, initial=_initial(row) if row else {})

    def save() -> Field:
        version = form.cleaned_data["version"]
        return services.save_field(request.actor, pk=pk, facts=form.facts(), version=version, now=request.now)

    def done(saved: Field) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, "settings_fields")

    return inputs.answer(
        request, form, save, done, section=SECTION, title=row or gettext_lazy("New field"), back="desk:settings_fields",
        delete="desk:settings_field_delete" if row else "", row=row,
        retire="desk:settings_field_retire" if row else "",
    )  # fmt: skip


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a custom field away that no ticket carries."""
    services.delete_field(request.actor, row=get_object_or_404(Field, pk=pk), now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_fields")


@require_POST
@signed_in_who_may("settings.edit")
def retire(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a field out of use, or a retired one back into it."""
    row = get_object_or_404(Field, pk=pk)
    if row.retired_at:
        services.revive_field(request.actor, row=row, now=request.now)
        messages.success(request, _("%(name)s is in use again.") % {"name": row})
    else:
        services.retire_field(request.actor, row=row, now=request.now)
        messages.success(request, _("%(name)s is not used any more; what tickets carry in it stays.") % {"name": row})
    return go(request, "settings_fields")
