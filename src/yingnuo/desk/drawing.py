"""How are the long lists, of tickets, of what happened to one and of choices, drawn quickly?

By code and not by a template: a list has fifty rows of twenty values each, and a template escapes and looks up
every one of them by itself, which took two thirds of the page's time. What is not made by us is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape

from django.template.defaultfilters import filesizeformat, urlizetrunc
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yingnuo.desk import chances, risky
from yingnuo.desk.choices import Group
from yingnuo.desk.rows import Choice, Row
from yingnuo.desk.sentences import Line
from yingnuo.desk.talk import Part, Said
from yingnuo.kit import count_states, formats, marks
from yingnuo.kit.templatetags import ui
from yingnuo.tickets.models import Attachment

_OURS = ("us", "note")  # whose texts may have marks
_LINES = 150  # shown of one message; a log of ten thousand lines would bury the conversation


def listing(
    rows: Sequence[Row], *, now: datetime, query: str = "", current: int = 0, form: str = "",
    heads: Mapping[int, str] | None = None,
) -> SafeString:  # fmt: skip
    """The `<ul>` of these rows. `query` is kept in their links; with `form` each has a box of that form.

    `heads` are words over the first row of each group, by ticket.
    """
    pen, over = Pen(now, query, form), heads or {}
    drawn = "".join(f"{_head(over.get(row.id, ''))}{pen.row(row, row.id == current)}" for row in rows)
    return SafeString(f'<ul class="desk-list">{drawn}</ul>')


def _head(word: str) -> str:
    return f'<li class="desk-group"><h2>{escape(word)}</h2></li>' if word else ""


class Pen:
    """Draws the rows of one list; its words are translated once."""

    def __init__(self, now: datetime, query: str, form: str) -> None:
        self.now, self.stamp, self.form = now, now.isoformat(), escape(form)
        self.base, self.query = reverse("desk:queue"), escape(query)
        self.day, self.due, self.urged = escape(formats.day_letter()), _("Due %(moment)s"), escape(_("urged"))
        self.words = {state: count_states.word(state) for state in count_states.words()}
        self.draft = escape(_("draft"))
        self.choose, self.nothing = escape(_("Choose")), escape(_("nothing due"))

    def row(self, row: Row, current: bool) -> str:
        """One row; its pieces from `Faces` are safe already."""
        mark = ' aria-current="true"' if current else ""
        milestone = f"<small>{escape(row.milestone)}</small>" if row.milestone else ""
        return (
            f'<li class="desk-row{" desk-over" if row.over else ""}" id="row-{row.id}">{self.box(row)}'
            f'<a href="{self.base}{row.id}/{self.query}"{mark}>'
            f'<span class="desk-c-id">{row.channel}<span class="yn-mono">YN-{row.id}</span></span>'
            f'<span class="desk-c-count">{self.countdown(row)}{milestone}</span>'
            f'<span class="desk-c-title"><span class="yn-clip">{escape(row.subject)}</span>'
            f"{self.drafted(row)}{row.chance}{self.asking(row)}{self.urging(row)}</span>"
            f'<span class="desk-c-who">{row.avatar}<span class="yn-clip">{escape(row.customer)}</span>{row.tier}'
            f'<span class="desk-c-kind">{escape(row.kind)}</span></span>'
            f'<span class="desk-c-state">{row.urgency}{row.status}</span>'
            f'<span class="desk-c-holder"><span class="yn-clip">{escape(row.holder or "—")}</span>'
            f'<small class="yn-clip">{escape(row.team)}</small></span></a></li>'
        )

    def box(self, row: Row) -> str:
        """The box that chooses a row."""
        if not self.form:
            return ""
        return (
            f'<input class="form-check-input" type="checkbox" name="ids" value="{row.id}" form="{self.form}" '
            f'aria-label="{self.choose} YN-{row.id}">'
        )

    def drafted(self, row: Row) -> str:
        """That the reader has begun to write there."""
        return f'<b class="desk-draft">{self.draft}</b>' if row.draft else ""

    def urging(self, row: Row) -> str:
        """How often the customer urged."""
        times = f" ×{row.urged}" if row.urged > 1 else ""
        return f'<b class="desk-urged">{self.urged}{times}</b>' if row.urged else ""

    def asking(self, row: Row) -> str:
        """How many tasks of other teams it has open."""
        if not row.tasks:
            return ""
        word = escape(ngettext("%(n)s open task", "%(n)s open tasks", row.tasks) % {"n": row.tasks})
        return (
            f'<span class="desk-chance" title="{word}">{ui.icon("checklist", label=word, size="sm")}{row.tasks}</span>'
        )

    def countdown(self, row: Row) -> str:
        """As the kit's `{% countdown %}`, without its tooltip's weekday and zone."""
        if row.due is None:
            return row.still or self.nothing
        seconds = int((row.due - self.now).total_seconds() // 1)
        state = count_states.state(row.due, self.now, None, row.risk)
        warn = f' warn="{row.risk.isoformat()}"' if row.risk else ""
        title = escape(self.due % {"moment": formats.stamp(row.due)})
        text = self.words[state] + formats.clock(seconds)
        return (
            f'<yn-countdown class="yn-count" data-state="{state}" day="{self.day}" title="{title}" '
            f'due="{row.due.isoformat()}" now="{self.stamp}"{warn}>{text}</yn-countdown>'
        )


def chance(risk: float | None, why: chances.Why | None) -> SafeString:
    """The breach risk of one promise on its ticket's page, its reasons written out."""
    if risk is None or why is None:
        return SafeString("")
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in chances.reasons(why))
    word, how = escape(_("Breach risk")), escape(_("How is breach risk computed?"))
    return SafeString(
        f'<div class="desk-chance-told">{chances.chip(risk, why)} <a href="{reverse("desk:risk")}" title="{how}">'
        f"{word}</a><ul>{reasons}</ul></div>"
    )


def story(parts: Sequence[Part], *, now: datetime) -> SafeString:
    """A conversation: bubbles, and between them what happened."""
    marks = {
        "": SafeString(""), "note": ui.badge(_("Internal note"), tone="yellow", symbol="lock"),
        "holding": ui.badge(_("Holding word"), tone="gray"),
        "handoff": ui.badge(_("Hand-off note"), tone="purple", symbol="notes"),
        "returned": ui.badge(_("Not delivered"), tone="red", symbol="alert-triangle"),
    }  # fmt: skip
    return SafeString("".join(
        ui.speech(_text(p.said), p.said.author, p.said.at, p.said.side, _marks(marks[p.said.mark], p.said), now=now)
        if p.said else _between(p, now)
        for p in parts
    ))  # fmt: skip


def _marks(own: str, m: Said) -> SafeString:
    """Both are made by us and safe."""
    return SafeString(own + m.more)


def _between(part: Part, now: datetime) -> str:
    minor = ""
    if part.minor:
        count = len(part.minor)
        word = escape(ngettext("%(n)s event", "%(n)s events", count) % {"n": count})
        minor = f'<details class="desk-events"><summary>{word}</summary>{happenings(part.minor, now=now)}</details>'
    return f'<div class="desk-between">{happenings(part.lines, now=now)}{minor}</div>'


def _text(m: Said) -> SafeString:
    """What stands in a bubble. Addresses become links; text without their signs is spared the search for them."""
    marked = m.side in _OURS and marks.has(m.text)
    text = _marked(m.text) if marked else _plain(m.text)
    if m.quoted:
        word = escape(_("Earlier text and signature"))
        folded = f"<summary>{word}</summary><div>{escape(m.quoted)}</div>"
        text += f'<details class="desk-fold">{folded}</details>'
    if m.pictures or m.files:
        text += f'<div class="desk-files">{"".join(map(_picture, m.pictures))}{"".join(map(_file, m.files))}</div>'
    return SafeString(text + (_original(m.id) if m.has_html else ""))


def _plain(text: str) -> str:
    """What lies beyond the first lines is folded away."""
    lines = text.split("\n", _LINES)
    if len(lines) <= _LINES:
        return f'<div class="desk-text">{_linked(text)}</div>'
    rest = lines.pop()
    n = rest.count("\n") + 1
    word = escape(ngettext("%(n)s more line", "%(n)s more lines", n) % {"n": n})
    folded = f'<details class="desk-fold"><summary>{word}</summary><div>{escape(rest)}</div></details>'
    return f'<div class="desk-text">{_linked(chr(10).join(lines))}</div>{folded}'


def _linked(text: str) -> str:
    return urlizetrunc(text, 60) if any(sign in text for sign in ".:@") else escape(text)


def _marked(text: str) -> str:
    return f'<div class="desk-marked">{marks.shown(text)}</div>'


def _picture(f: Attachment) -> str:
    address = f"{reverse('desk:attachment', args=[f.pk])}?inline=1"
    image = f'<img src="{address}" alt="{escape(f.name)}" loading="lazy">'
    return f'<a href="{address}" target="_blank" rel="noopener">{image}</a>'


def _file(f: Attachment) -> str:
    careful = risky.warning(f.name, f.content_type)
    badge = ui.badge(_("Careful"), "orange", symbol="alert-triangle")
    mark = f'<span title="{escape(careful)}">{badge}</span>'
    return (
        f'<a class="desk-file" href="{reverse("desk:attachment", args=[f.pk])}" download>{_icon("paperclip")}'
        f'<span class="yn-clip">{escape(f.name)}</span>'
        f'<small class="text-secondary">{escape(filesizeformat(f.size))}</small>{mark if careful else ""}</a>'
    )


def _original(message: int) -> str:
    page, dialog = (reverse(f"desk:{name}", args=[message]) for name in ("original", "original_dialog"))
    word = escape(_("Show as it was written"))
    return (
        f'<p class="desk-links m-0 mt-1"><a href="{page}" target="_blank" rel="noopener" hx-get="{dialog}" '
        f'hx-target="#dialog-body">{word}</a></p>'
    )


def happenings(lines: Sequence[Line], *, now: datetime) -> SafeString:
    """What happened between two messages: one line each, icon, who, what and when."""
    return SafeString("".join(_happening(line, now) for line in lines))


def _happening(line: Line, now: datetime) -> str:
    who, what = f"{escape(line.who)}: " if line.who else "", escape(line.what)
    if line.ticket:  # a merged one would lead to the ticket that took it in
        page = f"{reverse('desk:ticket', args=[line.ticket])}?stay=1"
        what = what.replace(f"YN-{line.ticket}", f'<a href="{page}">YN-{line.ticket}</a>')
    stamp = f"{timezone.localtime(line.at):%Y-%m-%d %H:%M:%S}"
    return (
        f'<p class="yn-said desk-said"><span>{_icon(line.icon)} {who}{what}'
        f'<time datetime="{line.at.isoformat()}" title="{stamp}">{formats.moment(line.at, now)}</time></span></p>'
    )


@cache
def _icon(name: str) -> SafeString:
    return ui.icon(name, size="sm")


def bar(choices: Sequence[Choice], label: str, base: str = "") -> SafeString:
    """Chips over a list."""
    chips = "".join(_chip(c, base) for c in choices)
    return SafeString(f'<nav class="yn-chips" aria-label="{escape(label)}">{chips}</nav>')


def _chip(c: Choice, base: str) -> str:
    marks = (' aria-current="true"' if c.active else "") + (f' class="desk-chip-{c.tone}"' if c.tone else "")
    count = f"<b>{c.count}</b>" if c.count else ""
    return f'<a href="{escape(base + c.href)}"{marks}>{escape(str(c.word))}{count}</a>'


def pick(name: str, label: str, pairs: Iterable[tuple[object, object]], chosen: object) -> SafeString:
    """A select with its label; its first choice is any."""
    head = f'<label>{escape(label)}<select class="form-select form-select-sm" name="{name}"><option value="">'
    word = escape(_("Any"))
    return SafeString(f"{head}{word}</option>{_options(pairs, chosen)}</select></label>")


def holders(groups: Sequence[Group]) -> SafeString:
    """Options of a select: each team, and below it its people; values as `choices.holder` reads them."""
    return SafeString("".join(
        f'<optgroup label="{escape(g.name)}">'
        f"{_options([(g.id, g.name), *((f'{g.id}-{pk}', who) for pk, who in g.people)])}</optgroup>"
        for g in groups
    ))  # fmt: skip


def _options(pairs: Iterable[tuple[object, object]], chosen: object = None) -> str:
    return "".join(
        f'<option value="{escape(str(value))}"{" selected" if value == chosen else ""}>{escape(str(word))}</option>'
        for value, word in pairs
    )
