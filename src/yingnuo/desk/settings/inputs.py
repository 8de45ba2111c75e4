"""Which small form parts do the settings share: lists typed with commas, choices out of the database, a filled form?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.access import DeskRequest
from yingnuo.desk.settings.frame import show
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.promises.models import Calendar
from yingnuo.tickets.models import ProductLine

_COMMA = re.compile(r"[,，、;；\n]")


class Listed(forms.CharField):
    """Words with commas between them, as a tuple; each once, in order."""

    def prepare_value(self, value: Any) -> Any:
        """A stored list as text."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """Text as words."""
        words = (part.strip() for part in _COMMA.split(value or ""))
        return tuple(dict.fromkeys(word for word in words if word))


class Rows(Listed):
    """As `Listed`, typed in a box."""

    widget = forms.Textarea(attrs={"rows": 3})


class Ticks(forms.TypedMultipleChoiceField):
    """Boxes to tick, as a tuple."""

    def __init__(self, choices: Any, label: Any, coerce: Callable[[str], Any] = str) -> None:
        super().__init__(
            choices=choices,
            label=label,
            coerce=coerce,
            required=False,
            widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        )

    def clean(self, value: Any) -> Any:
        """What was ticked."""
        return tuple(super().clean(value))


class Pick(forms.TypedChoiceField):
    """One of a list by number or code; an empty choice gives `empty`."""

    def __init__(self, choices: Any, label: Any, *, number: bool = True, required: bool = False, **more: Any) -> None:
        blank = [] if required else [("", _("none"))]
        super().__init__(
            choices=lambda: [*blank, *(choices() if callable(choices) else choices)], label=label, required=required,
            coerce=int if number else str, empty_value=None if number else "", **more,
        )  # fmt: skip


def code_field() -> forms.SlugField:
    """A code others refer to."""
    return forms.SlugField(label=_("Code"), max_length=40, help_text=_("Others refer to it by this."))


def calendars() -> list[tuple[str, str]]:
    """Service times in force by code."""
    return list(Calendar.objects.exclude(current=0).order_by("name").values_list("code", "name"))


def lines() -> list[tuple[str, str]]:
    """Product lines by code."""
    return list(ProductLine.objects.order_by("name").values_list("code", "name"))


def pairs(rows: Iterable[Any]) -> list[tuple[int, str]]:
    """Rows as choices by id."""
    return [(row.pk, str(row)) for row in rows]


def tell(form: forms.Form, refused: Refused) -> None:
    """Puts what a service refused at the fields it names, else at the head of the form."""
    fields = refused.fields if isinstance(refused, Invalid) else {}
    known = {name: words for name, words in fields.items() if name in form.fields}
    for name, words in known.items():
        form.add_error(name, str(words))
    if not known:
        form.add_error(None, str(refused))


def answer(
    request: DeskRequest, form: forms.Form, save: Callable[[], Any], done: Callable[[Any], HttpResponseBase], *,
    section: str, title: Any, template: str = "form.html", **context: Any,
) -> HttpResponseBase:  # fmt: skip
    """Shows a form; posted and right, it is saved and `done` answers; else it comes back with what is wrong."""
    if request.method == "POST" and form.is_valid():
        try:
            return done(save())
        except Refused as refused:
            tell(form, refused)
    status = 422 if form.errors else 200
    return show(request, template, {"form": form, "title": title, **context}, section=section, status=status)
