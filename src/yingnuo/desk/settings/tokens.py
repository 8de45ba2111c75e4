"""Where are API tokens made and revoked: which may do what, as whom, until when, and when were they used?"""

from __future__ import annotations

from datetime import datetime, time

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs, scopes
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Ticks
from yingnuo.kit.errors import Refused
from yingnuo.people import services as people
from yingnuo.people.models import ApiToken, Staff


def _staff() -> list[tuple[int, str]]:
    return inputs.pairs(Staff.objects.filter(active=True).order_by("name"))


class TokenForm(forms.Form):
    """What a new token may do, and as whom."""

    name = forms.CharField(label=gettext_lazy("Used by"), max_length=80)
    until = forms.DateField(
        label=gettext_lazy("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: until it is revoked."),
    )  # fmt: skip
    acts_for = Pick(
        _staff, gettext_lazy("Acts for"),
        help_text=gettext_lazy("None: under its own name, seeing every team. Else as this person, within his rights."),
    )  # fmt: skip
    scopes = Ticks([(scope, words) for scope, words in scopes.WORDS.items()], gettext_lazy("May"))


@signed_in_who_may("settings.view")
def tokens(request: DeskRequest) -> HttpResponseBase:
    """Every API token; a new one is shown once, on the page that answers its making."""
    form = TokenForm(request.POST or None)
    bearer = ""
    if request.method == "POST" and form.is_valid():
        try:
            bearer = _issued(request, form)
            form = TokenForm()
        except Refused as refused:
            inputs.tell(form, refused)
    rows = ApiToken.objects.select_related("created_by", "acts_for").order_by("-revoked_at", "-created_at")
    shown = [(row, scopes.told(row.scopes), _is_over(row, request.now)) for row in rows]
    ticked = set(form["scopes"].value() or ())
    groups = [(g.title, [(s, words, s in ticked) for s, words in g.scopes]) for g in scopes.GROUPS]
    context = {"rows": shown, "form": form, "bearer": bearer, "groups": groups}
    return show(request, "tokens.html", context, section="tokens", status=422 if form.errors else 200)


def _is_over(row: ApiToken, now: datetime) -> bool:
    return row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now)


def _issued(request: DeskRequest, form: TokenForm) -> str:
    data = form.cleaned_data
    until = timezone.make_aware(datetime.combine(data["until"], time.max)) if data["until"] else None
    _token, bearer = people.issue_token(
        request.actor, name=data["name"], scopes=data["scopes"], acts_for=data["acts_for"], expires_at=until,
        now=request.now,
    )  # fmt: skip
    return bearer


@require_POST
@signed_in_who_may("token.edit")
def revoke(request: DeskRequest, pk: int) -> HttpResponseBase:
    """A token stops working at once."""
    people.revoke_token(request.actor, token=get_object_or_404(ApiToken, pk=pk), now=request.now)
    messages.success(request, _("The token does not work any more."))
    return go(request, "settings_tokens")
