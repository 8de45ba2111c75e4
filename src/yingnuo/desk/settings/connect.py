"""Where is a channel with an adapter connected? A form out of the adapter's declarations, its address, its test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings as django_settings
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.channels import connecting, health, registry
from yingnuo.channels.connecting import Connection, Tried
from yingnuo.channels.contract import Profile, Setting, SettingType
from yingnuo.channels.models import Channel
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm

GROUPS: tuple[tuple[str, Any, str], ...] = (
    ("messaging", gettext_lazy("Messaging and social"), "messages"),
    ("phone", gettext_lazy("Telephone"), "phone"),
    ("devices", gettext_lazy("Machines"), "cpu"),
    ("sms", gettext_lazy("SMS"), "device-mobile"),
    ("staff", gettext_lazy("Notices to staff"), "bell"),
)
"""In which order kinds are offered: group, its name, its icon."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The kinds of one group that can be connected."""

    code: str
    name: Any
    icon: str
    profiles: tuple[Profile, ...]


def offered() -> list[Offered]:
    """All kinds with an adapter, by group; empty groups left out."""
    profiles = [adapter.profile for adapter in registry.adapters()]
    found = [Offered(code, name, icon, tuple(p for p in profiles if p.group == code)) for code, name, icon in GROUPS]
    return [group for group in found if group.profiles or group.code == "sms"]


@signed_in_who_may("channel.edit")
def choose(request: DeskRequest) -> HttpResponseBase:
    """Which kind of channel?"""
    context = {"groups": offered(), "own_sms": "sms" in registry.kinds()}
    return show(request, "connect.html", context, section="channels")


@signed_in_who_may("channel.edit")
def new(request: DeskRequest, kind: str) -> HttpResponseBase:
    """A new channel of this kind."""
    return edit(request, connecting.profile_of(kind), None)


def edit(request: DeskRequest, profile: Profile, row: Channel | None) -> HttpResponseBase:
    """The form of one channel, what to enter at the provider's, and how it is."""
    form = ConnectForm.over(request, profile, row, initial=_initial(profile, row))

    def save() -> Channel:
        return connecting.save(request.actor, pk=row.pk if row else None, given=form.given(), now=request.now)

    def done(saved: Channel) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved. Test it now.") % {"name": saved.name})
        return go(request, "settings_channel", saved.pk)

    more: dict[str, Any] = {"profile": profile}
    if row is not None:
        more |= {"health": health.of([row], now=request.now)[0], "hook": _hook(profile, row)}
    title = row or _("New channel: %(kind)s") % {"kind": profile.name}
    return inputs.answer(
        request, form, save, done, section="channels", title=title, back="desk:settings_channels", channel=row, **more
    )


def _hook(profile: Profile, row: Channel) -> str:
    return str(django_settings.YINGNUO.address) + reverse("hook", args=[row.code]) if profile.hook else ""


def test(request: DeskRequest, row: Channel) -> HttpResponseBase:
    """Tries a channel and says what came of it."""
    found = connecting.probe(request.actor, row=row, to=request.POST.get("to", "").strip()[:100], now=request.now)
    if found.code:
        messages.error(request, failure(found))
    else:
        messages.success(request, _("It works. The provider says: %(said)s") % {"said": found.said or "OK"})
    return go(request, "settings_channel", row.pk)


def failure(found: Tried) -> str:
    """What went wrong and what to do about it."""
    sentences = {
        "unreachable": _("The provider cannot be reached (%(said)s). Check the address and this machine's network."),
        "refused": _("The provider refuses: %(said)s. Check the keys and what they may do."),
        "bad_url": _("The address of the interface is wrong."),
        "no_json": _("What answers there is not the provider: %(said)s"),
        "secret_unreadable": _("The stored password was sealed with another key. Type it again."),
    }
    return sentences.get(found.code, f"{found.code}: %(said)s") % {"said": found.said or "—"}


class ConnectForm(SettingForm):
    """The form of one kind: name, code, the adapter's settings, in use or not."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()

    def __init__(self, profile: Profile, row: Channel | None, data: Any, **more: Any) -> None:
        super().__init__(data, **more)
        self.profile = profile
        for setting in connecting.settings_of(profile):
            self.fields[setting.name] = _field(setting, stored=row is not None and bool(row.secret))
        self.fields["active"] = forms.BooleanField(label=gettext_lazy("In use"), required=False)
        if row is not None:
            self.fields["code"].disabled = True  # providers call us by it

    def given(self) -> Connection:
        """What was filled in."""
        data = self.cleaned_data
        secret = {s.name for s in connecting.settings_of(self.profile) if s.type is SettingType.SECRET}
        settings = {s.name: data[s.name] for s in connecting.settings_of(self.profile) if s.name not in secret}
        secrets = {name: data[name] for name in secret}
        return Connection(data["code"], data["name"], self.profile.kind, settings, secrets, data["active"])


def _initial(profile: Profile, row: Channel | None) -> dict[str, Any]:
    standard = {s.name: s.initial for s in connecting.settings_of(profile) if s.initial != ""}
    if row is None:
        ready = not profile.abroad  # a channel abroad is saved first, then its lawful basis is recorded
        return {**standard, "active": ready, "code": connecting.suggested_code(profile.kind), "name": str(profile.name)}
    return {**standard, **row.settings, "name": row.name, "code": row.code, "active": row.active}


def _field(setting: Setting, *, stored: bool) -> forms.Field:
    required = setting.required and not (stored and setting.type is SettingType.SECRET)
    plain: dict[str, Any] = {"label": setting.label, "required": required, "help_text": setting.help}
    if setting.type is SettingType.SECRET:
        if stored:
            plain["help_text"] = gettext_lazy("Empty: the stored one stays.")
        return forms.CharField(
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}), strip=False, max_length=4_000, **plain
        )
    if setting.type is SettingType.CHOICE:
        return Pick(setting.choices, setting.label, number=False, required=setting.required, help_text=setting.help)
    if setting.type is SettingType.NUMBER:
        return forms.IntegerField(min_value=0, max_value=1_000_000, **plain)
    if setting.type is SettingType.SWITCH:
        return forms.BooleanField(label=setting.label, required=False, help_text=setting.help)
    if setting.type is SettingType.LONG:
        box = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        return forms.CharField(widget=box, max_length=8_000, **plain)
    return forms.CharField(max_length=400, **plain)
