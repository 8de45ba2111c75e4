"""Where does one see which batches move open promises to other terms, how far they have come, and stop them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import drafts, foreseeing
from yingnuo.desk.settings.frame import go, show
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.journey import moving
from yingnuo.kit.errors import Refused
from yingnuo.promises import batches
from yingnuo.promises.batches import Progress
from yingnuo.promises.models import Calendar, Policy
from yingnuo.promises.runs import Recompute, RunKind, RunState

_SECTION = "recompute"
_SHOWN = 50
_TONES = {
    RunState.WAITING: "gray", RunState.RUNNING: "blue", RunState.DONE: "green", RunState.FAILED: "red",
    RunState.STOPPED: "orange",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """A batch as it is shown."""

    run: Recompute
    name: str
    progress: Progress
    tone: str

    @property
    def under_way(self) -> bool:
        """Whether its page looks again by itself."""
        return self.run.state in batches.UNDER_WAY

    @property
    def numbers(self) -> list[tuple[str | Promise, int, str, str | Promise]]:
        """What to read: a word, how many promises, its tone, and what the word means."""
        t = self.progress.tally
        return [
            (gettext_lazy("Due later"), t.later, "blue", ""),
            (gettext_lazy("Due sooner"), t.sooner, "blue", ""),
            (gettext_lazy("Broken by it"), t.breaks, "red", gettext_lazy("nothing is left of the limit")),
            (gettext_lazy("Saved"), t.saved, "green", gettext_lazy("were past their warning, and are no more")),
            (gettext_lazy("Stay broken"), t.stays_broken, "orange", gettext_lazy("were broken before")),
            (gettext_lazy("Ended"), t.ended, "gray", gettext_lazy("no rule names them any more")),
            (gettext_lazy("Newly owed"), t.given, "blue", ""),
        ]


def _faces(runs: list[Recompute]) -> list[Face]:
    names = {
        **{(RunKind.CALENDAR.value, code): name for code, name in Calendar.objects.values_list("code", "name")},
        **{(RunKind.POLICY.value, code): name for code, name in Policy.objects.values_list("code", "name")},
    }
    return [
        Face(run, names.get((run.kind, run.code), run.code), batches.progress_of(run), _TONES[RunState(run.state)])
        for run in runs
    ]


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """The latest batches."""
    faces = _faces(list(Recompute.objects.select_related("by").order_by("-id")[:_SHOWN]))
    context: dict[str, Any] = {"rows": faces, "live": any(face.under_way for face in faces)}
    return show(request, "recomputes.html", context, section=_SECTION, parts={"recomputes": "_recomputes.html"})


@signed_in_who_may("settings.view")
def run(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One batch."""
    row = get_object_or_404(Recompute.objects.select_related("by"), pk=pk)
    [face] = _faces([row])
    broken = batches.tickets_of(request.actor, face.progress.broken)
    context = {"face": face, "run": row, "broken": broken, "more": len(face.progress.broken) >= batches.MOST_NAMED}
    return show(request, "recompute.html", context, section=_SECTION, parts={"recompute": "_recompute.html"})


@signed_in_who_may("settings.view")
def foresee(request: DeskRequest, code: str) -> HttpResponseBase:
    """What the draft of a standard, or else the version in force, would do to the open promises."""
    draft = drafts.of(code)
    number = draft.version.number if draft.version else draft.policy.current
    context = {"draft": draft, **foreseeing.of_policy(EnginePolicy.from_spec(draft.spec, number), now=request.now)}
    return show(request, "recompute_foreseen.html", context, section="policies")


@require_POST
@signed_in_who_may("settings.edit")
def begin(request: DeskRequest) -> HttpResponseBase:
    """Has the promises moved to the version in force of what was posted (`kind`, `code`)."""
    return begun(request, request.POST.get("kind", ""), request.POST.get("code", ""))


def begun(request: DeskRequest, kind: str, code: str) -> HttpResponseBase:
    """Moves the promises and shows the batch; where they were few it is done by then."""
    row = moving.move(request.actor, kind=kind, code=code, now=request.now)
    if row.state == RunState.DONE:
        tickets = int(row.counts.get("tickets", 0))
        said = ngettext("Promises of %(n)s ticket moved.", "Promises of %(n)s tickets moved.", tickets)
        messages.success(request, said % {"n": tickets})
    return go(request, "settings_recompute_run", row.pk)


@require_POST
@signed_in_who_may("settings.edit")
def steer(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Stops the batch, or has it go on (`do`)."""
    act = moving.go_on if request.POST.get("do") == "go_on" else moving.stop
    try:
        act(request.actor, run=pk, now=request.now)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The batch goes on.") if act is moving.go_on else _("The batch is stopped."))
    return go(request, "settings_recompute_run", pk)
