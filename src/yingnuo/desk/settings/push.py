"""Where does the company decide whether browsers are told through push services abroad?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.alerts import push as services
from yingnuo.alerts.models import PushBrowser
from yingnuo.alerts.push import PushFacts
from yingnuo.channels.sms_models import Ground
from yingnuo.desk import push
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm

_MOST = 50


class PushForm(SettingForm):
    """On or off, and on which ground."""

    active = forms.BooleanField(
        label=gettext_lazy("Browsers may be told"), required=False,
        help_text=gettext_lazy("Messages are sealed for one browser; the services that carry them stand abroad."),
    )  # fmt: skip
    ground = Pick(Ground.choices, gettext_lazy("Ground"), number=False)
    basis = forms.CharField(
        label=gettext_lazy("What it rests on"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    subjects = forms.BooleanField(
        label=gettext_lazy("Show the subject of the ticket"), required=False,
        help_text=gettext_lazy("Else only its number and a sentence: others may see the screen."),
    )  # fmt: skip


@signed_in_who_may("channel.edit")
def page(request: DeskRequest) -> HttpResponseBase:
    """The decision, and which browsers could not be reached lately."""
    row = services.rule()
    names = ("active", "ground", "basis", "subjects")
    form = PushForm.over(request, initial={name: getattr(row, name) for name in names})

    def save() -> None:
        services.set_rule(request.actor, facts=PushFacts(**form.cleaned_data), now=request.now)

    def done(_saved: Any) -> HttpResponseBase:
        messages.success(request, _("Saved."))
        return go(request, "settings_push")

    failing = PushBrowser.objects.filter(failures__gt=0).select_related("staff").order_by("-failures")[:_MOST]
    counts = PushBrowser.objects.aggregate(browsers=Count("pk"), people=Count("staff", distinct=True))
    words = push.problems()
    return inputs.answer(
        request, form, save, done, section="notices", title=gettext_lazy("Notices in the browser"),
        back="desk:settings_notices", template="push.html", row=row, counts=counts,
        failing=[(one, words.get(one.problem.partition(":")[0], one.problem)) for one in failing],
    )  # fmt: skip
