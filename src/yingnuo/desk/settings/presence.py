"""For which reasons can somebody be busy, on a break or away?"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.people import presence as services
from yingnuo.people.models import Presence, PresenceReason
from yingnuo.people.presence import ReasonFacts

SECTION = "presence"
_PRESENCES = [(code, word) for code, word in Presence.choices if code in services.WITH_REASON]


class ReasonForm(SettingForm):
    """One reason of the list."""

    zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=40)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=40)
    code = inputs.code_field()
    presence = Pick(_PRESENCES, gettext_lazy("Counts as"), number=False, required=True)
    position = forms.IntegerField(label=gettext_lazy("Position"), min_value=0, max_value=999, initial=100)
    active = forms.BooleanField(label=gettext_lazy("Can be chosen"), required=False, initial=True)


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """The list of reasons."""
    return show(request, "presence.html", {"rows": PresenceReason.objects.all()}, section=SECTION)


@signed_in_who_may("settings.edit")
def reason(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One reason, or a new one; the code of one that is there stays."""
    row = get_object_or_404(PresenceReason, pk=pk) if pk else None
    initial = {name: getattr(row, name) for name in ReasonForm.base_fields} if row else {"active": True}
    form = ReasonForm.over(request, initial=initial)
    form.fields["code"].disabled = row is not None

    def save() -> PresenceReason:
        return services.save_reason(request.actor, facts=ReasonFacts(**form.cleaned_data), pk=pk, now=request.now)

    def done(saved: PresenceReason) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": services.word(saved.code)})
        return go(request, "settings_presence")

    title = services.word(row.code) if row else gettext_lazy("New reason")
    return inputs.answer(request, form, save, done, section=SECTION, title=title, back="desk:settings_presence")
