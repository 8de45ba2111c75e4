"""What holds for everybody's notices: quiet hours, ways that may be switched off, digests, the price of SMS?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.alerts import budget, preferences
from yingnuo.alerts.budget import Spent
from yingnuo.alerts.preferences import DIGEST_AT_MOST, Facts
from yingnuo.alerts.rules import Caps, Rules, rules
from yingnuo.desk import quiet_form
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.quiet_form import QuietForm
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Ticks
from yingnuo.kit import revisions
from yingnuo.kit.errors import Refused
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Calendar


class RuleForm(QuietForm):
    """The company's rule."""

    optional = Ticks(quiet_form.ways, gettext_lazy("Ways a person may switch off for himself"))
    digest_from = forms.IntegerField(
        label=gettext_lazy("One message for many, from … notices a minute"), min_value=2, max_value=DIGEST_AT_MOST
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3)
    sms_price = forms.DecimalField(
        label=gettext_lazy("Price of one SMS part"), max_digits=8, decimal_places=4, min_value=0,
        help_text=gettext_lazy("A part has 70 Chinese characters; a longer text is sent in parts of 67."),
    )  # fmt: skip
    sms_day = forms.DecimalField(
        label=gettext_lazy("At most a day"), max_digits=10, decimal_places=2, min_value=0, required=False,
        help_text=gettext_lazy("Empty: no limit. Beyond it warnings go by mail."),
    )  # fmt: skip
    sms_month = forms.DecimalField(
        label=gettext_lazy("At most a month"), max_digits=10, decimal_places=2, min_value=0, required=False
    )
    sms_person = forms.DecimalField(
        label=gettext_lazy("At most for one person a day"), max_digits=10, decimal_places=2, min_value=0, required=False
    )

    def facts(self) -> Facts:
        """The checked form as a value."""
        data = self.cleaned_data
        caps = Caps(data["currency"], data["sms_price"], data["sms_day"], data["sms_month"], data["sms_person"])
        return Facts(self.quiet_hours(), data["optional"], data["digest_from"], caps)


@signed_in_who_may("settings.view")
def notices(request: DeskRequest) -> HttpResponseBase:
    """The rule, what SMS have cost, and who has chosen otherwise for himself."""
    known = rules.at(revisions.current())
    form = RuleForm.over(request, initial=_initial(known))
    if request.method == "POST":
        require(request.actor, "settings.edit")
        if form.is_valid() and (answer := _saved(request, form)):
            return answer
    context = {
        "form": form, "costs": _costs(known.caps, budget.spent_on(budget.today(request.now))), "caps": known.caps,
        "people": _people(request.actor, known), "may_connect": request.actor.may("channel.edit"),
    }  # fmt: skip
    return show(request, "notices.html", context, section="notices", status=422 if form.errors else 200)


def _saved(request: DeskRequest, form: RuleForm) -> HttpResponseBase | None:
    try:
        preferences.set_rule(request.actor, facts=form.facts(), now=request.now)
    except Refused as refused:
        inputs.tell(form, refused)
        return None
    messages.success(request, _("Saved."))
    return go(request, "settings_notices")


def _initial(known: Rules) -> dict[str, Any]:
    caps = known.caps
    return quiet_form.initial(known.quiet) | {
        "optional": sorted(known.optional), "digest_from": known.digest_from, "currency": caps.currency,
        "sms_price": caps.price, "sms_day": caps.day, "sms_month": caps.month, "sms_person": caps.person,
    }  # fmt: skip


def _costs(caps: Caps, spent: Spent) -> list[dict[str, Any]]:
    return [
        _cost(_("Today"), spent.day_parts, spent.day, caps.day),
        _cost(_("This month"), spent.month_parts, spent.month, caps.month),
    ]


def _cost(name: str, parts: int, cost: Decimal, cap: Decimal | None) -> dict[str, Any]:
    used = min(Decimal(100), 100 * cost / cap) if cap else None
    tone = "red" if used is not None and used >= 100 else "orange" if used is not None and used >= 80 else "blue"
    return {"name": name, "parts": parts, "cost": cost, "cap": cap, "used": used, "tone": tone}


def _people(actor: Actor, known: Rules) -> list[dict[str, Any]]:
    """Who has chosen something for himself, within the reader's sight."""
    calendars = dict(Calendar.objects.values_list("code", "name"))
    rows = Staff.objects.filter(pk__in=known.wishes, active=True).order_by("name")
    if actor.teams is not None:
        rows = rows.filter(team_id__in=actor.teams)
    return [{"id": s.pk, "name": s.name, "quiet": quiet_form.said(known.quiet_of(s.pk), calendars)} for s in rows]
