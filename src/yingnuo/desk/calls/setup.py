"""Whose is an extension, which team answers a queue, how is the hotline measured, what is said, and what was before?"""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.channels.models import Channel
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.calls.hotline import FORMULAS
from yingnuo.desk.filters import number
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.engine.hotline import ServiceLevel
from yingnuo.journey import call_import
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import require
from yingnuo.telephony import book, logs, scripts, setup
from yingnuo.telephony.book import Measure
from yingnuo.telephony.models import AgentLine, Call, QueueLine, Script

LARGEST_FILE = 50 * 1024 * 1024
_LANGUAGES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}


class MeasureForm(SettingForm):
    """How the hotline is measured."""

    answer_within = forms.IntegerField(label=gettext_lazy("Answered within … seconds"), min_value=1, max_value=3600)
    goal = forms.IntegerField(label=gettext_lazy("Goal, percent of calls"), min_value=1, max_value=100)
    formula = Pick(
        [(f.value, word) for f, word in FORMULAS.items()], gettext_lazy("Formula of the service level"), number=False,
        required=True,
    )  # fmt: skip
    short = forms.IntegerField(
        label=gettext_lazy("A lost call is a short one below … seconds"), min_value=0, max_value=600
    )
    owe_from = forms.IntegerField(
        label=gettext_lazy("A lost call is owed a call back from … seconds of waiting"), min_value=0, max_value=600
    )

    def measure(self) -> Measure:
        """The checked form as a value."""
        d = self.cleaned_data
        return Measure(d["answer_within"], d["goal"], ServiceLevel(d["formula"]), d["short"], d["owe_from"])


class ScriptForm(SettingForm):
    """The words of one script in one language."""

    text = forms.CharField(
        label=gettext_lazy("Words"), required=False, max_length=scripts.LONGEST, strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy(
            "Liquid over customer, agent, company, number and missed. Empty: the built-in words come back."
        ),
    )  # fmt: skip


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """All of it on one page."""
    known = book.lines.at(revisions.current()).measure
    form = MeasureForm.over(request, initial=_initial(known))
    if request.method == "POST":
        require(request.actor, "settings.edit")
        if form.is_valid() and (answer := _saved(request, form)):
            return answer
    context = {"form": form, **_listed(request)}
    return show(request, "../calls/settings.html", context, section="phone", status=422 if form.errors else 200)


def _initial(m: Measure) -> dict[str, Any]:
    return {"answer_within": m.answer_within, "goal": m.goal, "formula": m.formula.value, "short": m.short,
            "owe_from": m.owe_from}  # fmt: skip


def _saved(request: DeskRequest, form: MeasureForm) -> HttpResponseBase | None:
    try:
        setup.set_measure(request.actor, measure=form.measure(), now=request.now)
    except Refused as refused:
        inputs.tell(form, refused)
        return None
    messages.success(request, _("Saved."))
    return go(request, "settings_phone")


def _listed(request: DeskRequest) -> dict[str, Any]:
    phones = list(Channel.objects.filter(kind__in=setup.kinds()).order_by("name"))
    own = set(Script.objects.values_list("purpose", "language"))
    words = [
        (purpose, word, [(code, name, (purpose, code) in own) for code, name in _LANGUAGES.items()])
        for purpose, word in scripts.PURPOSES.items()
    ]
    return {
        "phones": phones, "words": words, "groups": request.names.groups, "forms": logs.FORMS,
        "lines": AgentLine.objects.select_related("channel", "staff").order_by("channel__name", "extension"),
        "queues": QueueLine.objects.select_related("channel", "team").order_by("channel__name", "queue"),
        "unknown": _unknown(phones), "zone": str(timezone.get_current_timezone()),
    }  # fmt: skip


def _unknown(phones: list[Channel]) -> dict[str, list[tuple[int, str]]]:
    """Extensions and queues that calls have named and nobody has mapped."""
    rows = Call.objects.filter(channel__in=phones)
    lines = book.lines.at(revisions.current())
    agents = rows.exclude(agent="").values_list("channel_id", "agent").distinct()[:200]
    queues = rows.exclude(queue="").values_list("channel_id", "queue").distinct()[:200]
    return {
        "agents": sorted(pair for pair in agents if pair not in lines.staff)[:20],
        "queues": sorted(pair for pair in queues if pair not in lines.teams)[:20],
    }


@require_POST
@signed_in_who_may("settings.edit")
def line(request: DeskRequest) -> HttpResponseBase:
    """Says whose an extension is; without a person it is nobody's any more."""
    said = request.POST
    setup.set_line(
        request.actor, channel=number(said.get("channel", "")) or 0, extension=said.get("extension", ""),
        staff=number(said.get("staff", "")), now=request.now,
    )  # fmt: skip
    messages.success(request, _("Saved."))
    return go(request, "settings_phone")


@require_POST
@signed_in_who_may("settings.edit")
def queue(request: DeskRequest) -> HttpResponseBase:
    """Says which team answers a queue; without a team the dispatch rules decide."""
    said = request.POST
    setup.set_queue(
        request.actor, channel=number(said.get("channel", "")) or 0, queue=said.get("queue", ""),
        name=said.get("name", ""), team=number(said.get("team", "")), now=request.now,
    )  # fmt: skip
    messages.success(request, _("Saved."))
    return go(request, "settings_phone")


@signed_in_who_may("settings.view")
def script(request: DeskRequest, purpose: str, language: str) -> HttpResponseBase:
    """The words of one script; saved empty, the built-in ones hold again."""
    if purpose not in scripts.PURPOSES or language not in scripts.LANGUAGES:
        raise Invalid(_("There is no such script."))
    form = ScriptForm.over(request, initial={"text": scripts.text(purpose, language)})

    def save() -> None:
        words = form.cleaned_data["text"]
        scripts.write(request.actor, purpose=purpose, language=language, words=words, now=request.now)

    def done(_saved: None) -> HttpResponseBase:
        messages.success(request, _("Saved."))
        return go(request, "settings_phone")

    title = f"{scripts.PURPOSES[purpose]} · {_LANGUAGES[language]}"
    return inputs.answer(request, form, save, done, section="phone", title=title, back="desk:settings_phone")


@require_POST
@signed_in_who_may("settings.edit")
def take_in(request: DeskRequest) -> HttpResponseBase:
    """Takes a log of the telephone system in: old calls, to be counted; they open no tickets."""
    file, form = request.FILES.get("file"), request.POST.get("form", "")
    if file is None or form not in logs.FORMS or (file.size or 0) > LARGEST_FILE:
        raise Invalid(_("Choose a file of 50 MB at most."), fields={"file": _("Choose a file.")})
    channel = get_object_or_404(Channel, pk=number(request.POST.get("channel", "")) or 0, kind__in=setup.kinds())
    told = call_import.run(
        request.actor, channel=channel, form=form, lines=io.TextIOWrapper(file, "utf-8", "replace"),
        zone=ZoneInfo(str(timezone.get_current_timezone())), now=request.now,
    )  # fmt: skip
    words = {"new": told.new, "learnt": told.learnt, "known": told.known, "bad": told.unreadable}
    messages.success(
        request,
        _("%(new)s new calls, %(learnt)s completed, %(known)s known already, %(bad)s lines unreadable.") % words,
    )
    return go(request, "settings_phone")
