"""Which runs of the promise lab are there, and what did one find?"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.lab import words
from yingnuo.kit.pages import is_htmx
from yingnuo.planning import carrying, queries, report, services, sheet, showing
from yingnuo.planning.models import LabRun, RunState
from yingnuo.planning.past import VERB
from yingnuo.planning.ready import READY
from yingnuo.planning.sheet import Sheet

_SHOWN = 50


@require_safe
@signed_in_who_may(VERB)
def runs(request: DeskRequest) -> HttpResponse:
    """The reader's runs and those shared with him, and the questions that are ready to be asked."""
    rows = queries.visible_to(request.actor).defer("sheet")[:_SHOWN]
    context = {
        "now": request.now, "tab": "lab", "ready": READY.values(), "rows": [_row(row, request) for row in rows],
    }  # fmt: skip
    return render(request, "desk/lab/runs.html", context)


def _row(row: LabRun, request: DeskRequest) -> dict[str, Any]:
    state = RunState(row.state)
    return {
        "run": row, "title": words.title(row), "days": words.days(row), "word": state.label, "tone": words.TONES[state],
        "mine": row.created_by_id == request.actor.id,
    }  # fmt: skip


@require_safe
@signed_in_who_may(VERB)
def run(request: DeskRequest, pk: int) -> HttpResponse:
    """One run: how far it is, or what it found. The part `run` is fetched again while it runs."""
    row = queries.get_for(request.actor, pk)
    context = {"now": request.now, "tab": "lab", "going": row.state in (RunState.WAITING, RunState.RUNNING)}
    context |= _row(row, request) | {"problem": carrying.PROBLEMS.get(row.problem, ""), "share": _progress(row)}
    if row.sheet is not None:
        context |= _found(sheet.read(row.sheet), request)
    if is_htmx(request) and context["going"]:
        return render(request, "desk/lab/_going.html", context)
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "desk/lab/run.html", context)


def _progress(row: LabRun) -> int:
    return round(100 * row.steps_done / row.steps) if row.steps else 0


def _found(found: Sheet, request: DeskRequest) -> dict[str, Any]:
    name = words.name_of(request.names)
    context = report.shown(found, name, words.shift_of())
    return context | {"sheet": found, "picture": _picture(found, showing.overall(found, name))}


def _picture(found: Sheet, grid: showing.Grid) -> dict[str, Any]:
    """Bars of the kept share, a group for each milestone, a colour for each standard; the same as a table."""
    heads, colours = showing.names(found), ("yn:gray", "yn:blue", "yn:teal", "yn:orange")
    bars = [
        {
            "type": "bar", "name": head, "barMaxWidth": 22, "color": colours[n % len(colours)],
            "data": [float(row.cells[n].share) if row.cells[n].share else None for row in grid.rows],
        }
        for n, head in enumerate(heads)
    ]  # fmt: skip
    option = {
        "xAxis": {"type": "category", "data": [row.name for row in grid.rows]},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}}, "series": bars,
        "legend": {"top": 0, "right": 0}, "grid": {"top": 32, "left": 8, "right": 12, "bottom": 4},
    }  # fmt: skip
    rows = [[grid.first, *heads], *([row.name, *(cell.value for cell in row.cells)] for row in grid.rows)]
    return {"option": option, "rows": rows, "title": _("Kept, side by side")}


@require_safe
@signed_in_who_may(VERB)
def export(request: DeskRequest, pk: int, form: str) -> HttpResponse:
    """What a run found, as a printable page (`html`) or a table (`csv`); 404 for any other form, or not finished."""
    row = queries.get_for(request.actor, pk)
    if row.sheet is None or form not in ("html", "csv"):
        raise Http404
    found, name = sheet.read(row.sheet), words.name_of(request.names)
    if form == "csv":
        response = HttpResponse(report.table(found, name), content_type="text/csv; charset=utf-8")
    else:
        language = (get_language() or "en").lower()
        text = report.page(found, language=language, name=name, shift=words.shift_of())
        response = HttpResponse(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="lab-{pk}.{form}"'
    return response


@require_POST
@signed_in_who_may(VERB)
def share(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Lets others read it, or no longer."""
    services.share(request.actor, run=pk, shared=request.POST.get("shared") == "yes")
    return redirect("desk:lab_run", pk)


@require_POST
@signed_in_who_may(VERB)
def throw_away(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Deletes it."""
    services.throw_away(request.actor, run=pk)
    return redirect("desk:lab")
