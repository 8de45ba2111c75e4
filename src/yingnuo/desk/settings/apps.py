"""Where does an administrator register the company's own apps and change their keys?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.customer_apps import services
from yingnuo.customer_apps.models import Algorithm, App, AppKey
from yingnuo.customer_apps.services import AppFacts
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Rows
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Refused

_SECTION = "apps"


class AppForm(SettingForm):
    """One app."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()
    origins = Rows(
        label=gettext_lazy("Web pages that may call"), required=False,
        help_text=gettext_lazy("One a line, such as https://shop.example. None for an app on phones alone."),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)


class KeyForm(forms.Form):
    """A new key."""

    algorithm = Pick(Algorithm.choices, gettext_lazy("Signs with"), number=False, required=True)
    public = forms.CharField(
        label=gettext_lazy("Public key (PEM)"), required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("For EdDSA only: the private key stays on the app's server."),
    )  # fmt: skip


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every app with how many use it."""
    rows = App.objects.annotate(people=Count("users")).order_by("name")
    return show(request, "apps.html", {"rows": rows}, section=_SECTION)


@signed_in_who_may("token.edit")
def new(request: DeskRequest) -> HttpResponseBase:
    """A new app."""
    form = AppForm.over(request, initial={"active": True})
    return inputs.answer(
        request, form, lambda: _saved(request, form, None), lambda saved: _done(request, saved), section=_SECTION,
        title=gettext_lazy("New app"), back="desk:settings_apps",
    )  # fmt: skip


def _saved(request: DeskRequest, form: forms.Form, row: App | None) -> App:
    facts = AppFacts(**{**form.cleaned_data, "code": row.code if row else form.cleaned_data["code"]})
    return services.save(request.actor, pk=row.pk if row else None, facts=facts, now=request.now)


def _done(request: DeskRequest, saved: App) -> HttpResponseBase:
    messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
    return go(request, "settings_app", saved.pk)


@signed_in_who_may("settings.view")
def app(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One app: what it is, its keys, its sessions."""
    row = get_object_or_404(App, pk=pk)
    initial = {name: getattr(row, name) for name in ("name", "code", "origins", "active")}
    form = AppForm.over(request, initial=initial)
    form.fields["code"].disabled = True
    if request.method == "POST" and request.actor.may("token.edit") and form.is_valid():
        try:
            return _done(request, _saved(request, form, row))
        except Refused as refused:
            inputs.tell(form, refused)
    return _page(request, row, form, KeyForm())


def _page(request: DeskRequest, row: App, form: forms.Form, key_form: KeyForm, **shown: Any) -> HttpResponseBase:
    keys = [(key, bool(key.ends_at and key.ends_at <= request.now)) for key in row.keys.order_by("-created_at", "-pk")]
    context = {
        "app": row, "form": form, "keys": keys, "key_form": key_form, "people": row.users.count(),
        "days": services.OVERLAP.days, **shown,
    }  # fmt: skip
    status = 422 if form.errors or key_form.errors else 200
    return show(request, "app.html", context, section=_SECTION, status=status)


@require_POST
@signed_in_who_may("token.edit")
def add_key(request: DeskRequest, pk: int) -> HttpResponseBase:
    """A new key; a shared secret is shown once, on the page that answers."""
    row, key_form = get_object_or_404(App, pk=pk), KeyForm(request.POST)
    initial = {name: getattr(row, name) for name in ("name", "code", "origins", "active")}
    shown: dict[str, Any] = {}
    if key_form.is_valid():
        try:
            key, secret = services.add_key(request.actor, app=pk, now=request.now, **key_form.cleaned_data)
            shown, key_form = {"made": key, "secret": secret}, KeyForm()
        except Refused as refused:
            inputs.tell(key_form, refused)
    return _page(request, row, AppForm(initial=initial), key_form, **shown)


@require_POST
@signed_in_who_may("token.edit")
def end_key(request: DeskRequest, pk: int) -> HttpResponseBase:
    """A key stops working at once."""
    row = get_object_or_404(AppKey, pk=pk)
    services.end_key(request.actor, key=pk, now=request.now)
    messages.success(request, _("The key does not work any more."))
    return go(request, "settings_app", row.app_id)


@require_POST
@signed_in_who_may("token.edit")
def end_sessions(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Every session of the app ends."""
    services.end_sessions(request.actor, app=pk, now=request.now)
    messages.success(request, _("Every session has ended."))
    return go(request, "settings_app", pk)
