"""Does the reader want a mail in the morning, and what would stand in it?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.alerts import digest_words, digests
from yingnuo.alerts.digests import Wish
from yingnuo.alerts.models import Rhythm
from yingnuo.alerts.rules import rules
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit import revisions
from yingnuo.kit.errors import Refused


class DigestForm(SettingForm):
    """When the mail comes."""

    rhythm = Pick(Rhythm.choices, gettext_lazy("Mail of what is due"), number=False, required=True)
    hour = forms.TypedChoiceField(
        label=gettext_lazy("At"), choices=[(str(hour), f"{hour:02}:00") for hour in range(24)], coerce=int
    )


def form_of(request: DeskRequest) -> DigestForm:
    """The reader's choice as a form."""
    wish = digests.of(request.staff.pk)
    return DigestForm.over(request, initial={"rhythm": wish.rhythm, "hour": wish.hour})


def context(request: DeskRequest, form: DigestForm | None = None) -> dict[str, Any]:
    """What the page of one's own preferences shows of it."""
    return {"digest_form": form or form_of(request), "last_digest": digests.last_of(request.staff.pk)}


@require_POST
@signed_in
def choose(request: DeskRequest) -> HttpResponseBase:
    """Keeps the choice; what is wrong comes back in its form."""
    form = form_of(request)
    if form.is_valid():
        try:
            digests.choose(request.actor, wish=Wish(**form.cleaned_data), now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:me")
    return render(request, "desk/digest.html", {"form": form, "now": request.now}, status=422)


@require_safe
@signed_in
def preview(request: DeskRequest) -> HttpResponseBase:
    """The mail as it would be now."""
    language = rules.at(revisions.current()).of(request.staff.pk).language
    found = digest_words.of(
        request.staff, since=request.now - timedelta(days=1), now=request.now, site=str(settings.YINGNUO.address),
        language=language,
    )  # fmt: skip
    context = {"digest": found, "form": form_of(request), "now": request.now}
    return render(request, "desk/digest.html", context)
