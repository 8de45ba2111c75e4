"""Where are the texts kept that a provider approves, and what do a channel's SMS cost?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.channels import registry, templates
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import MessageTemplate, TemplateState
from yingnuo.channels.templates import TemplateFacts
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.engine import segments
from yingnuo.kit.errors import Refused
from yingnuo.kit.looks import Look

_LANGUAGES = dict(settings.LANGUAGES)
STATES = {
    TemplateState.DRAFT.value: Look(TemplateState.DRAFT.label, "gray", "edit"),
    TemplateState.SUBMITTED.value: Look(TemplateState.SUBMITTED.label, "blue", "hourglass"),
    TemplateState.APPROVED.value: Look(TemplateState.APPROVED.label, "green", "check"),
    TemplateState.REJECTED.value: Look(TemplateState.REJECTED.label, "red", "ban"),
}


class TemplateForm(SettingForm):
    """One text in one language."""

    code = forms.SlugField(
        label=gettext_lazy("Used for"), max_length=40,
        widget=forms.TextInput(attrs={"list": "template-codes", "autocomplete": "off"}),
        help_text=gettext_lazy("reply: answers to customers. The others are the notices that are sent by themselves."),
    )  # fmt: skip
    language = Pick(settings.LANGUAGES, gettext_lazy("Language"), number=False, required=True)
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Word for word as it was approved, variables written {{ number }}."),
    )  # fmt: skip
    provider_id = forms.CharField(
        label=gettext_lazy("Id at the provider"), max_length=120, required=False,
        help_text=gettext_lazy("Such as SMS_123456789; the template's name on WhatsApp."),
    )  # fmt: skip
    sign = forms.CharField(
        label=gettext_lazy("Signature"), max_length=60, required=False,
        help_text=gettext_lazy("As approved, without 【】. WhatsApp has none."),
    )  # fmt: skip
    provider_language = forms.CharField(
        label=gettext_lazy("Language at the provider"), max_length=20, required=False,
        help_text=gettext_lazy("Only where it is called otherwise there, such as en_US."),
    )  # fmt: skip


def _channel(pk: int) -> Channel:
    row = get_object_or_404(Channel, pk=pk)
    if not templates.takes_templates(row):
        raise Http404
    return row


@signed_in_who_may("settings.view")
def index(request: DeskRequest, pk: int) -> HttpResponseBase:
    """All templates of a channel with what the provider said of each."""
    channel = _channel(pk)
    rows = MessageTemplate.objects.filter(channel=channel).order_by("code", "language")
    only = registry.adapter_of(channel.kind).profile.templates_only
    missing = [code for code in templates.CODES if code not in {row.code for row in rows}] if only else []
    context = {"channel": channel, "rows": rows, "states": STATES, "missing": missing, "languages": _LANGUAGES}
    return show(request, "message_templates.html", context, section="channels")


@signed_in_who_may("channel.edit")
def edit(request: DeskRequest, pk: int, template: int = 0) -> HttpResponseBase:
    """One template: its form, its look with a made-up ticket, and what the provider decided."""
    channel = _channel(pk)
    row = get_object_or_404(MessageTemplate, pk=template, channel=channel) if template else None
    form = TemplateForm.over(request, initial=_initial(request, row))
    if request.method == "POST" and form.is_valid():
        try:
            facts = TemplateFacts(**form.cleaned_data)
            saved = templates.save(
                request.actor, channel=channel, pk=row.pk if row else None, facts=facts, now=request.now
            )
            messages.success(request, _("Saved."))
            return go(request, "settings_template", pk, saved.pk)
        except Refused as refused:
            inputs.tell(form, refused)
    context = {
        "channel": channel, "row": row, "form": form, "codes": templates.CODES, "variables": templates.sample().items(),
        "states": STATES, "languages": _LANGUAGES, "can_ask": templates.can_ask(channel),
        **(_look(channel, row) if row else {}),
    }  # fmt: skip
    return show(request, "message_template.html", context, section="channels", status=422 if form.errors else 200)


def _initial(request: DeskRequest, row: MessageTemplate | None) -> dict[str, Any]:
    if row is None:
        return {"language": "zh-hans", "code": request.GET.get("code", "")[:40]}
    names = ("code", "language", "text", "provider_id", "sign", "provider_language")
    return {name: getattr(row, name) for name in names}


def _look(channel: Channel, row: MessageTemplate) -> dict[str, Any]:
    form = templates.filled(row, templates.sample())
    written = templates.as_provider_writes(channel.kind, row.text)
    return {"shown": form.text, "parts": segments.parts(form.text), "written": written}


@require_POST
@signed_in_who_may("channel.edit")
def do(request: DeskRequest, pk: int, template: int) -> HttpResponseBase:
    """What the provider decided is noted or asked for, or the template goes."""
    row = get_object_or_404(MessageTemplate, pk=template, channel=_channel(pk))
    what = request.POST.get("do", "")
    try:
        if what == "forget":
            templates.forget(request.actor, template=row, now=request.now)
            messages.success(request, _("Deleted."))
            return go(request, "settings_templates", pk)
        if what == "ask":
            found = templates.ask(request.actor, template=row, now=request.now)
            messages.success(request, _("The provider says: %(state)s") % {"state": STATES[found.state].word})
        else:
            reason = request.POST.get("reason", "")[:250]
            templates.judge(request.actor, template=row, state=what, reason=reason, now=request.now)
            messages.success(request, _("Saved."))
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, "settings_template", pk, template)
