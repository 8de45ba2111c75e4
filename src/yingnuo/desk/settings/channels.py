"""Where are mailboxes and the SMS gateway set up and tested?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.channels import connecting, health, registry
from yingnuo.channels import setup as services
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.channels.setup import ChannelFacts, Probe
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import connect, inputs, mailboxes
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Invalid

_HIDDEN = forms.PasswordInput(attrs={"autocomplete": "off"})


class _ChannelForm(SettingForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()


class SmsForm(_ChannelForm):
    """A gateway asked by HTTP."""

    url = forms.CharField(
        label=gettext_lazy("Address of the gateway"), max_length=300, help_text="https://sms.example/send"
    )
    method = Pick(
        (("POST", "POST"), ("GET", "GET"), ("PUT", "PUT")), gettext_lazy("Method"), number=False, required=True
    )
    headers = forms.CharField(
        label=gettext_lazy("Headers"), required=False, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Authorization: Bearer {{ secret }}",
    )  # fmt: skip
    body = forms.CharField(
        label=gettext_lazy("Body"), required=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("Liquid over to, text, key, sender, secret; “| json” quotes. Empty: a plain JSON body."),
    )  # fmt: skip
    sender = forms.CharField(label=gettext_lazy("Sender or signature"), required=False, max_length=40)
    ok = forms.CharField(
        label=gettext_lazy("A good answer contains"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Empty: the status code decides."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        widget=_HIDDEN,
        strip=False,
        help_text=gettext_lazy("Empty: the stored one stays."),
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)


_FORMS: dict[str, type[_ChannelForm]] = {"sms": SmsForm}


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every way in and out with its state."""
    rows = health.of(Channel.objects.order_by("kind", "name"), now=request.now)
    context = {"rows": rows, "editable": {*_FORMS, ChannelKind.MAIL.value, *registry.kinds()}}
    return show(request, "channels.html", context, section="channels")


@signed_in_who_may("channel.edit")
def new(request: DeskRequest, kind: str) -> HttpResponseBase:
    """A new mailbox or SMS gateway."""
    return _channel(request, kind, None)


@signed_in_who_may("channel.edit")
def channel(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One channel: its settings and its test."""
    row = get_object_or_404(Channel, pk=pk)
    if row.kind in registry.kinds() and row.kind not in _FORMS:
        return connect.edit(request, connecting.profile_of(row.kind), row)
    return _channel(request, row.kind, row)


def _channel(request: DeskRequest, kind: str, row: Channel | None) -> HttpResponseBase:
    if kind == ChannelKind.MAIL:
        return mailboxes.page(request, row)
    if kind not in _FORMS:
        raise Http404
    form = _FORMS[kind].over(request, initial=_initial(row) if row else {"active": True})
    if row:
        form.fields["code"].disabled = True

    def save() -> Channel:
        facts = _facts(kind, dict(form.cleaned_data))
        return services.save(request.actor, pk=row.pk if row else None, facts=facts, now=request.now)

    def done(saved: Channel) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved. Test it now.") % {"name": saved.name})
        return go(request, "settings_channel", saved.pk)

    title = row or gettext_lazy("New SMS gateway")
    return inputs.answer(
        request, form, save, done, section="channels", title=title, back="desk:settings_channels", channel=row
    )


def _initial(row: Channel) -> dict[str, Any]:
    headers = row.settings.get("headers")
    listed = "\n".join(f"{k}: {v}" for k, v in headers.items()) if isinstance(headers, dict) else ""
    return {**row.settings, "headers": listed, "name": row.name, "code": row.code, "active": row.active}


def _facts(kind: str, data: dict[str, Any]) -> ChannelFacts:
    plain = {name: data.pop(name) for name in ("name", "code", "secret", "active")}
    if "headers" in data:
        data["headers"] = _headers(data["headers"])
    return ChannelFacts(kind=kind, settings={k: v for k, v in data.items() if v not in ("", None)}, **plain)


def _headers(text: str) -> dict[str, str]:
    """`Name: value` lines as a mapping; Invalid for a line without a colon."""
    found = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Invalid(_("A header is written “Name: value”."), fields={"headers": _("One a line, with a colon.")})
        found[name.strip()] = value.strip()
    return found


@require_POST
@signed_in_who_may("channel.edit")
def test(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Tries a channel and says what came of it."""
    row = get_object_or_404(Channel, pk=pk)
    if row.kind in registry.kinds() and row.kind not in _FORMS:
        return connect.test(request, row)
    found = services.probe(request.actor, row=row, to=request.POST.get("to", "").strip()[:30], now=request.now)
    if found.code:
        messages.error(request, failure(found))
    elif row.kind == ChannelKind.MAIL:
        messages.success(request, mailboxes.worked(found))
    else:
        messages.success(request, _("The gateway took the message: %(answer)s") % {"answer": found.detail})
    return go(request, "settings_channel", pk)


def failure(found: Probe) -> str:
    """What went wrong and what to do about it."""
    sentences = {
        **mailboxes.failures(),
        "imap_auth": _("The server refuses user name or password. Some providers ask for an app password."),
        "imap_refused": _("The server refuses: %(detail)s. Is the folder right?"),
        "imap_unreachable": _("The server cannot be reached (%(detail)s). Check name, port and protection."),
        "sms_unreachable": _("The gateway cannot be reached (%(detail)s). Check its address."),
        "sms_bad_url": _("The address of the gateway is wrong: %(detail)s"),
        "sms_bad_template": _("Headers or body cannot be filled in: %(detail)s"),
        "sms_refused": _("The gateway refuses: %(detail)s"),
        "secret_unreadable": _("The stored password was sealed with another key. Type it again."),
    }
    return sentences.get(found.code, f"{found.code}: %(detail)s") % {"detail": found.detail or "—"}
