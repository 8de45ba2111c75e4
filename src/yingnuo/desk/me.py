"""How does the reader want the desk to look and behave for himself?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.desk import digest, rail
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.my_notices import LANGUAGES
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit import views
from yingnuo.kit.errors import Refused
from yingnuo.people import wishes
from yingnuo.people.models import Density, Theme
from yingnuo.people.wishes import Wishes


class MyForm(SettingForm):
    """One person's choice."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=lambda: [(z, z) for z in wishes.zones()])
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=Theme.choices, required=False)
    density = forms.ChoiceField(
        label=gettext_lazy("Density"), choices=Density.choices, required=False,
        help_text=gettext_lazy("Compact shows more lines at once."),
    )  # fmt: skip
    start = forms.ChoiceField(label=gettext_lazy("The day begins with"), required=False)
    single_keys = forms.BooleanField(
        label=gettext_lazy("Single keys do something"), required=False,
        help_text=gettext_lazy("Switched off, only keys held with Ctrl, Alt or ⌘ are heard, such as Ctrl+K."),
    )  # fmt: skip

    def __init__(self, starts: list[tuple[str, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["start"] = forms.ChoiceField(
            label=gettext_lazy("The day begins with"), choices=starts, required=False
        )
        self.order_fields(("language", "time_zone", "theme", "density", "start", "single_keys"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def mine(request: DeskRequest) -> HttpResponseBase:
    """The reader's own choice; posted, it holds from the next page on."""
    had = wishes.of(request.staff)
    initial = {name: getattr(had, name) for name in MyForm.base_fields}
    form = MyForm.over(request, _starts(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            wishes.choose(request.actor, wishes=Wishes(**form.cleaned_data), now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            with override(form.cleaned_data["language"]):
                messages.success(request, _("Saved."))
            return redirect("desk:me")
    context = {"form": form, "now": request.now, **digest.context(request)}
    return render(request, "desk/me.html", context, status=422 if form.errors else 200)


def _starts(request: DeskRequest) -> list[tuple[str, str]]:
    """The parts of the desk that the reader may open."""
    doors = [(item.href, str(item.word)) for item in rail.rail(request)["rail_items"]]
    return [("", _("As my role begins")), *doors]


@require_POST
@signed_in
def quick(request: DeskRequest) -> HttpResponse:
    """The switches of the reader's menu: kept in his account and on this device, for the page of signing in."""
    said = request.POST
    if said.get("language"):
        wishes.change(request.actor, person=request.staff, language=said["language"], now=request.now)
        return views.language(request)
    wishes.change(request.actor, person=request.staff, theme=said.get("theme", ""), now=request.now)
    return views.theme(request)
