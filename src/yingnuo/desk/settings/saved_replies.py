"""Where are the replies of the house set up that agents pick from?"""

from __future__ import annotations

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
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.people.models import Team
from yingnuo.writing import replies as services
from yingnuo.writing.models import SavedReply
from yingnuo.writing.replies import ReplyFacts

LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))


def _teams() -> list[tuple[int, str]]:
    return inputs.pairs(Team.objects.filter(active=True).order_by("name"))


class OwnReplyForm(SettingForm):
    """One saved reply, for whoever wrote it."""

    shortcut = forms.CharField(
        label=gettext_lazy("Shortcut"), max_length=30, help_text=gettext_lazy("Typed after /, such as hours.")
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=80)
    language = Pick(
        LANGUAGES, gettext_lazy("Language"), number=False, help_text=gettext_lazy("None: for every language.")
    )
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "{{ customer }}, {{ agent }}, {{ number }}, {{ company }}, {{ product }}, {{ due }} and {{ link }} are "
            "filled in."
        ),
    )  # fmt: skip


class ReplyForm(OwnReplyForm):
    """One saved reply of the house."""

    team_id = Pick(_teams, gettext_lazy("Team"), help_text=gettext_lazy("None: for every team."))
    field_order = ("shortcut", "title", "language", "team_id", "text")


@signed_in_who_may("settings.view")
def replies(request: DeskRequest) -> HttpResponseBase:
    """Every saved reply."""
    context = {"rows": services.of_house(), "languages": dict(LANGUAGES)}
    return show(request, "saved_replies.html", context, section="replies")


@signed_in_who_may("settings.edit")
def reply(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One saved reply, or a new one."""
    row = get_object_or_404(SavedReply, pk=pk, owner=None) if pk else None
    initial = {name: getattr(row, name) for name in ReplyForm.base_fields} if row else {}
    form = ReplyForm.over(request, initial=initial)

    def save() -> SavedReply:
        return services.save(request.actor, pk=pk, facts=ReplyFacts(**form.cleaned_data), now=request.now)

    def done(saved: Any) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, "settings_replies")

    return inputs.answer(
        request, form, save, done, section="replies", title=row or gettext_lazy("New saved reply"),
        back="desk:settings_replies", delete="desk:settings_reply_delete" if row else "", row=row,
    )  # fmt: skip


@require_POST
@signed_in_who_may("settings.edit")
def delete_reply(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a saved reply away."""
    services.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_replies")
