"""Which figures stand first, and where do they lead?"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.dashboard import words
from yingnuo.desk.dashboard.asked import Asked
from yingnuo.desk.dashboard.charts import TARGET
from yingnuo.engine.kpi import Share
from yingnuo.scorecards.queries import Summary

TITLES: dict[str, str | Promise] = {
    "judged": gettext_lazy("Promises kept or broken"), "kept": gettext_lazy("Promises kept"),
    "broken": gettext_lazy("Promises broken"), "overdue": gettext_lazy("Promises overdue now"),
    "cancelled": gettext_lazy("Promises cancelled"), "warned": gettext_lazy("Promises warned of"),
    "warned_kept": gettext_lazy("Promises warned of and kept"),
    "warned_broken": gettext_lazy("Promises warned of and broken"),
    "excused": gettext_lazy("Broken promises that were excused"), "answered": gettext_lazy("First responses given"),
    "arrived": gettext_lazy("Tickets received"), "resolved": gettext_lazy("Tickets resolved"),
    "solved": gettext_lazy("Tickets received and resolved at least once"),
    "reopened": gettext_lazy("Tickets opened again"), "assigned": gettext_lazy("Tickets that had an agent"),
    "automatic": gettext_lazy("Tickets assigned with no human touch"),
    "touched": gettext_lazy("Tickets assigned by a person"),
    "reassigned": gettext_lazy("Tickets given on to another agent"),
    "backlog": gettext_lazy("Tickets open now"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its note, the cases behind it and its formula."""

    label: str
    value: str
    note: str
    change: str
    tone: str
    href: str
    formula: str
    beside: str = ""  # another figure that belongs to this one, with the list behind it
    beside_href: str = ""


def link(figure: str, wanted: Asked) -> str:
    """The list behind a figure."""
    return f"{reverse('desk:behind', args=[figure])}{wanted.address()}"


def tone(value: float | None) -> str:
    """Green at the target, orange up to ten points below it, red further down."""
    if value is None:
        return ""
    return "green" if value >= TARGET else "orange" if value >= TARGET - 0.1 else "red"


def _note(share: Share) -> str:
    if not share.n:
        return _("no case")
    shown = {"n": words.number(share.n), "interval": words.interval(share)}
    return _("n = %(n)s · 95 %% interval %(interval)s") % shown


def of(s: Summary, wanted: Asked) -> list[Tile]:
    """The four figures that a day is judged by."""
    now, before = s.promises, s.promises_before
    kept, kept_before = now.judged(s.filters).share, before.judged(s.filters).share
    out = s.filters.excused == "out"
    work, whole = s.responses.working, s.responses.elapsed
    v = s.flow.volume
    return [
        Tile(
            _("Attainment without excused breaches") if out else _("SLA attainment"), words.percent(kept.value),
            _note(kept), words.points(kept.value, kept_before.value), tone(kept.value), link("judged", wanted),
            "excused" if out else "attainment", *_excused(s, wanted),
        ),
        Tile(
            _("First response, median"), words.span(work.median),
            _("P90 %(p90)s · elapsed %(median)s, P90 %(long)s") % {
                "p90": words.span(work.p90), "median": words.span(whole.median), "long": words.span(whole.p90),
            },
            _("before: %(median)s · mean %(mean)s") % {
                "median": words.span(s.responses_before.working.median), "mean": words.span(work.mean),
            },
            "", link("answered", wanted), "first_response",
        ),
        Tile(
            _("Overrun of broken promises"), words.span(now.overrun.mean),
            _("longest %(longest)s · %(n)s broken, %(overdue)s of them overdue now") % {
                "longest": words.span(now.overrun.longest), "n": words.number(now.attainment.broken),
                "overdue": words.number(now.attainment.overdue),
            },
            _("before: %(mean)s · %(n)s broken") % {
                "mean": words.span(before.overrun.mean), "n": words.number(before.attainment.broken),
            },
            "red" if now.attainment.broken else "", link("broken", wanted), "overrun",
        ),
        Tile(
            _("Tickets in · out"), f"{words.number(v.arrived)} · {words.number(v.resolved)}",
            _("before: %(came)s · %(went)s") % {
                "came": words.number(v.arrived_before), "went": words.number(v.resolved_before),
            },
            _("%(n)s open now") % {"n": words.number(s.backlog.count)}, "", link("arrived", wanted), "volume",
        ),
    ]  # fmt: skip


def more(s: Summary, wanted: Asked) -> list[Tile]:
    """What explains them: warnings, dispatch, reopening, backlog, our own machine."""
    warn, before, w, b = s.promises.warning, s.promises_before.warning, s.watch, s.backlog
    way = s.flow.dispatch
    return [
        _shared(
            _("Warned and then kept"), warn, words.points(warn.value, before.value), link("warned", wanted), "warning",
        ),
        _shared(
            _("Warnings taken up in time"), w.in_time,
            _("median %(median)s, P90 %(p90)s") % {"median": words.span(w.median), "p90": words.span(w.p90)}, "",
            "acknowledged",
        ),
        _shared(_("Assigned with no human touch"), way.automatic, "", link("automatic", wanted), "automation"),
        _shared(_("Given on to another agent"), way.reassigned, "", link("reassigned", wanted), "reassigned"),
        _shared(
            _("Opened again"), s.flow.reopened, _("may still grow: the tickets are young"), link("reopened", wanted),
            "reopened",
        ),
        Tile(
            _("Backlog age, now"), words.span(b.median),
            _("median of %(n)s open · P90 %(p90)s") % {"n": words.number(b.count), "p90": words.span(b.p90)},
            _("oldest %(oldest)s") % {"oldest": words.span(b.oldest)}, "", link("backlog", wanted), "backlog",
        ),
        Tile(
            _("Promises cancelled"), words.number(s.promises.attainment.cancelled),
            _("left out of the attainment"), "", "", link("cancelled", wanted), "attainment",
        ),
        Tile(
            _("Lateness of notices"), words.span(w.late_p90),
            _("P90 of %(n)s · median %(median)s") % {"n": words.number(w.notices), "median": words.span(w.late_median)},
            _("longest %(longest)s") % {"longest": words.span(w.late_most)}, "", "", "lateness",
        ),
    ]  # fmt: skip


def _excused(s: Summary, wanted: Asked) -> tuple[str, str]:
    """The other of the two attainments with the number of breaches that make the difference, and these as a list."""
    out, n = s.filters.excused == "out", s.promises.excused
    share = (s.promises.attainment if out else s.promises.forgiven).share
    said = {"share": words.percent(share.value), "n": words.number(n)}
    text = _("%(share)s with the %(n)s excused") % said if out else _("%(share)s without the %(n)s excused") % said
    return text, link("excused", wanted) if n else ""


def _shared(label: str, share: Share, change: str, href: str, formula: str) -> Tile:
    return Tile(label, words.percent(share.value), _note(share), change, "", href if share.n else "", formula)
