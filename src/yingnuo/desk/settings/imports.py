"""Where are tables taken in: uploaded, their columns named, looked through before anything is written, and undone?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.exchange import batches, reading, sheets, words
from yingnuo.exchange.batches import VERB
from yingnuo.exchange.fields import KINDS, Field, Kind
from yingnuo.exchange.models import UNDER_WAY, Import, Outcome, Row, State
from yingnuo.journey import importing
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import Actor

_SECTION = "imports"
_SHOWN, _SAMPLES = 50, 3
_TONES = {
    State.MAPPING: "blue", State.CHECKED: "blue", State.DONE: "green", State.UNDONE: "gray", State.FAILED: "red",
    State.STOPPED: "orange",
}  # fmt: skip
_OUTCOMES: tuple[tuple[str, str], ...] = (
    (Outcome.NEW, "green"), (Outcome.CHANGED, "blue"), (Outcome.SAME, "gray"), (Outcome.REFUSED, "red"),
    (Outcome.UNDONE, "orange"), (Outcome.KEPT, "purple"),
)  # fmt: skip
_ENCODINGS = (
    ("", gettext_lazy("found out")), ("utf-8", "UTF-8"), ("gb18030", "GB18030 / GBK"), ("big5", "Big5"),
)  # fmt: skip
_MARKS = (("", gettext_lazy("found out")), (",", ","), (";", ";"), ("\t", gettext_lazy("tab")), ("|", "|"))


class UploadForm(forms.Form):
    """A file and what is in it."""

    file = forms.FileField(
        label=gettext_lazy("File"), widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=gettext_lazy("CSV or Excel (.xlsx); the first line names the columns."),
    )  # fmt: skip
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=_ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=gettext_lazy("Between columns"), choices=_MARKS, required=False)

    def __init__(self, actor: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = [(k.code, k.word) for k in KINDS.values() if all(actor.may(verb) for verb in k.verbs)]
        self.fields = {"kind": Pick(kinds, gettext_lazy("What is in it"), number=False, required=True), **self.fields}


@dataclass(frozen=True, slots=True)
class Face:
    """A table as it is shown."""

    row: Import
    kind: Kind
    tone: str
    by: str
    under_way: bool
    counts: tuple[tuple[str, int, str], ...] = ()
    percent: int = 100


def _face(row: Import, names: Names, *, counted: bool = False) -> Face:
    by = names.person(row.by_id) if row.by_kind == "staff" else ""
    counts: tuple[tuple[str, int, str], ...] = ()
    if counted:
        found = batches.counts(row)
        counts = tuple((str(Outcome(code).label), found[code], tone) for code, tone in _OUTCOMES if found[code])
    way = row.state in UNDER_WAY
    percent = batches.progress(row) if counted else 100
    return Face(row, KINDS[row.kind], _TONES.get(State(row.state), "blue"), by, way, counts, percent)


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """What was taken in lately, and a form for more; posted, a table is kept and its columns are to be named."""
    form = UploadForm(request.actor, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return go(request, "settings_import", _uploaded(request, form).pk)
        except Refused as refused:
            inputs.tell(form, refused)
    faces = [_face(row, request.names) for row in Import.objects.order_by("-pk")[:_SHOWN]]
    context = {"form": form, "rows": faces, "kinds": KINDS.values(), "most": reading.MOST_ROWS}
    return show(request, "imports.html", context, section=_SECTION, status=422 if form.errors else 200)


def _uploaded(request: DeskRequest, form: UploadForm) -> Import:
    data = form.cleaned_data
    file = data["file"]
    if file.size > reading.LARGEST:
        raise Invalid(
            _("The file is larger than %(most)s MB.") % {"most": reading.LARGEST // 1024 // 1024}, code="too_large"
        )
    return batches.upload(
        request.actor, kind=data["kind"], file=file.name, content=file.read(), encoding=data["encoding"],
        delimiter=data["delimiter"], now=request.now,
    )  # fmt: skip


@signed_in_who_may(VERB)
def table(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One table: its columns while they are to be named, then what would be, then what was."""
    row = batches.get(request.actor, pk)
    return _page(request, row)


def _page(
    request: DeskRequest, row: Import, *, mapping: dict[str, str] | None = None, problem: str = ""
) -> HttpResponseBase:
    face = _face(row, request.names, counted=True)
    context: dict[str, Any] = {"face": face, "row": row, "problem": problem}
    if row.state in (State.MAPPING, State.CHECKED):
        context["columns"] = _columns(row, mapping or row.mapping)
    context |= {
        "refused": [(r.number, words.problems(row.kind, r.problems), _brief(r)) for r in _some(row, Outcome.REFUSED)],
        "good": [(r.number, r.get_outcome_display(), _named(row, r)) for r in _some(row, Outcome.NEW, Outcome.CHANGED)],
        "named": [face.kind.field(code) for code in row.mapping.values()], "live": face.under_way,
        "takes": any(tone in ("green", "blue") and count for _word, count, tone in face.counts),
    }  # fmt: skip
    return show(
        request, "import.html", context, section=_SECTION, parts={"import": "_import.html"},
        status=422 if problem else 200,
    )  # fmt: skip


def _some(row: Import, *outcomes: str) -> list[Row]:
    return list(row.rows.filter(outcome__in=outcomes).order_by("number")[:_SHOWN])


def _brief(r: Row) -> str:
    return " · ".join(cell[:40] for cell in r.cells if cell)[:200]


def _named(table: Import, r: Row) -> list[tuple[Field | None, str]]:
    kind = KINDS[table.kind]
    return [(kind.field(code), r.cells[int(place)][:80]) for place, code in table.mapping.items()]


@dataclass(frozen=True, slots=True)
class Column:
    """One column to be named: what stands in it, and which field it is."""

    place: int
    name: str
    samples: tuple[str, ...]
    chosen: str


def _columns(row: Import, mapping: dict[str, str]) -> list[Column]:
    first = [r.cells for r in row.rows.order_by("number")[:50]]
    return [
        Column(place, name, tuple([c[place][:60] for c in first if c[place]][:_SAMPLES]), mapping.get(str(place), ""))
        for place, name in enumerate(row.head)
    ]


@require_POST
@signed_in_who_may(VERB)
def check(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Names the columns; a short table is checked by the time this answers."""
    row = batches.get(request.actor, pk)
    mapping = {str(n): request.POST.get(f"column_{n}", "") for n in range(len(row.head))}
    options = {"promises": request.POST.get("promises", "")}
    try:
        row = batches.check(request.actor, pk=pk, mapping=mapping, options=options, now=request.now)
    except Invalid as refused:
        return _page(request, row, mapping=mapping, problem=str(refused))
    importing.at_once(row, now=request.now)
    return go(request, "settings_import", pk)


@require_POST
@signed_in_who_may(VERB)
def steer(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes it in, stops, undoes or forgets it (`do`)."""
    do = request.POST.get("do", "")
    try:
        if do == "discard":
            batches.discard(request.actor, pk=pk)
            messages.success(request, _("Deleted."))
            return go(request, "settings_imports")
        _steer(request, pk, do)
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, "settings_import", pk)


def _steer(request: DeskRequest, pk: int, do: str) -> None:
    act = {"begin": batches.begin, "stop": batches.stop, "undo": batches.undo}.get(do)
    if act is None:
        raise Invalid(_("Choose what to do."), fields={"do": _("Unknown choice.")})
    row = act(request.actor, pk=pk, now=request.now)
    if row.state in UNDER_WAY:
        importing.at_once(row, now=request.now)


@require_safe
@signed_in_who_may(VERB)
def refused(request: DeskRequest, pk: int) -> sheets.Answer:
    """The rows that were refused with the reason in a column of its own, to be mended and sent again."""
    row = batches.get(request.actor, pk)
    found = row.rows.filter(outcome=Outcome.REFUSED).order_by("number")
    # worded here: the stream runs after the middleware has put the reader's language away
    rows = [[*r.cells, words.problems(row.kind, r.problems)] for r in found]
    form = request.GET.get("form", "csv")
    return sheets.answer(form, f"refused-{row.pk}", [*row.head, _("Reason")], rows)


@require_safe
@signed_in_who_may(VERB)
def example(request: DeskRequest, kind: str) -> sheets.Answer:
    """An empty table with the names of all columns of a kind."""
    if kind not in KINDS:
        raise Invalid(_("There is no such kind of table."), code="kind_not_found")
    head = [str(field.word) for field in KINDS[kind].fields]
    return sheets.answer(request.GET.get("form", "xlsx"), f"{kind}-example", head, [])
