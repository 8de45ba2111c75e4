"""Where are the sites that carry the chat set up, and the replies that agents pick from?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.chat import sites as services
from yingnuo.chat.sites import SiteFacts
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Rows
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.people.models import Team

_LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))
_GREETING = forms.Textarea(attrs={"rows": 2})


def _team_codes() -> list[tuple[str, str]]:
    return list(Team.objects.filter(active=True).order_by("name").values_list("code", "name"))


def _teams() -> list[tuple[int, str]]:
    return inputs.pairs(Team.objects.filter(active=True).order_by("name"))


class SiteForm(SettingForm):
    """One site."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Stands at the head of the chat.")
    )
    code = inputs.code_field()
    team = Pick(
        _team_codes, gettext_lazy("Team"), number=False, help_text=gettext_lazy("Its people are given the chats.")
    )
    calendar = Pick(
        inputs.calendars, gettext_lazy("Service time"), number=False, help_text=gettext_lazy("None: round the clock.")
    )
    origins = Rows(
        label=gettext_lazy("Addresses of the site"),
        help_text=gettext_lazy("One a line, such as https://shop.example. Only pages of these may show the chat."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Signing secret"), required=False, max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("The site signs with it who its visitor is. Empty: the stored one stays."),
    )  # fmt: skip
    colour = forms.CharField(
        label=gettext_lazy("Colour"), max_length=7, initial=services.COLOUR,
        widget=forms.TextInput(attrs={"type": "color", "class": "form-control form-control-color"}),
    )  # fmt: skip
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("Ends after … minutes of silence"), min_value=1, max_value=240, initial=services.IDLE_MINUTES
    )
    greeting_zh_hans = forms.CharField(
        label=gettext_lazy("Greeting, 简体中文"), max_length=300, required=False, widget=_GREETING
    )
    greeting_zh_hant = forms.CharField(
        label=gettext_lazy("Greeting, 繁體中文"), max_length=300, required=False, widget=_GREETING
    )
    greeting_en = forms.CharField(
        label=gettext_lazy("Greeting, English"), max_length=300, required=False, widget=_GREETING
    )
    offline = forms.BooleanField(
        label=gettext_lazy("Outside the service time visitors leave a message"), required=False
    )
    resolves = forms.BooleanField(
        label=gettext_lazy("An answered chat that ends by itself resolves its ticket"), required=False
    )
    bot = forms.BooleanField(label=gettext_lazy("A bot speaks first, where one is installed"), required=False)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)


@signed_in_who_may("settings.view")
def sites(request: DeskRequest) -> HttpResponseBase:
    """Every site, with the line of script that shows the chat on it."""
    rows = [
        (row, services.of(row), snippet(row.code))
        for row in Channel.objects.filter(kind=ChannelKind.CHAT).order_by("name")
    ]
    return show(request, "chat_sites.html", {"rows": rows}, section="sites")


def snippet(code: str) -> str:
    """What goes into the site's pages."""
    return f'<script src="{settings.YINGNUO.address}/chat/widget.js" data-site="{code}" async></script>'


@signed_in_who_may("channel.edit")
def site(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One site, or a new one."""
    row = get_object_or_404(Channel, pk=pk, kind=ChannelKind.CHAT) if pk else None
    initial = _initial(row) if row else {"offline": True, "resolves": True, "active": True}
    form = SiteForm.over(request, initial=initial)
    if row:
        form.fields["code"].disabled = True

    def save() -> Channel:
        return services.save(request.actor, pk=pk, facts=_facts(form.cleaned_data), now=request.now)

    def done(saved: Any) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, "settings_sites")

    title = row or gettext_lazy("New site")
    return inputs.answer(request, form, save, done, section="sites", title=title, back="desk:settings_sites")


def _initial(row: Channel) -> dict[str, Any]:
    s = services.of(row)
    greetings = {f"greeting_{code.replace('-', '_')}": s.greets(code) for code in services.LANGUAGES}
    plain = {name: getattr(s, name) for name in ("colour", "calendar", "team", "offline", "bot", "resolves")}
    return {
        **greetings, **plain, "origins": "\n".join(s.origins), "idle_minutes": s.idle_minutes, "name": row.name,
        "code": row.code, "active": row.active,
    }  # fmt: skip


def _facts(data: dict[str, Any]) -> SiteFacts:
    greeting = {code: data[f"greeting_{code.replace('-', '_')}"] for code in services.LANGUAGES}
    plain = {name: value for name, value in data.items() if not name.startswith("greeting_")}
    return SiteFacts(greeting=greeting, **plain)
