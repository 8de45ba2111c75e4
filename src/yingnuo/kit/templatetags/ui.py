"""Which parts do all pages share? Load with `{% load ui %}`; every one is shown in all states on /styleguide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yingnuo.kit import count_states, formats, instants, live, looks
from yingnuo.kit.folding import constant

register = template.Library()

Text = str | Promise


# The small parts are written as f-strings: a page has hundreds, and `format_html` costs several times as much. Each
# value passes `_safe`, which escapes whatever is not known to be safe.
_safe = conditional_escape


@cache
def _sprite() -> str:
    return escape(static("vendor/icons.svg"))


@register.simple_tag
@constant
def icon(name: str, label: Text = "", size: str = "") -> SafeString:
    """`{% icon "mail" %}`: silent for screen readers unless a `label` is given; `size`: "", "sm" or "lg"."""
    css = f"icon yn-icon-{_safe(size)}" if size else "icon"
    said = f'role="img" aria-label="{_safe(str(label))}"' if label else 'aria-hidden="true"'
    return SafeString(f'<svg class="{css}" {said}><use href="{_sprite()}#{_safe(name)}"/></svg>')


@register.simple_tag
@constant
def badge(word: Text, tone: str = "gray", kind: str = "soft", symbol: str = "") -> SafeString:
    """`{% badge "New" tone="blue" %}`; `kind`: soft, solid, outline or dot."""
    picture, css = icon(symbol, size="sm") if symbol else "", f"yn-badge yn-{_safe(kind)} yn-tone-{_safe(tone)}"
    return SafeString(f'<span class="{css}">{picture}{_safe(str(word))}</span>')


@register.simple_tag
@constant
def urgency(code: str) -> SafeString:
    """The urgency of a ticket: urgent, important, general."""
    face = looks.look(looks.URGENCY, code)
    return badge(face.word, face.tone, "outline")


@register.simple_tag(name="standing")
@constant
def _standing(code: str) -> SafeString:
    """The standing of a promise: running, at_risk, paused, kept, broken, cancelled."""
    face = looks.look(looks.STANDING, code)
    return badge(face.word, face.tone, "soft", face.icon)


@register.simple_tag
@constant
def channel(code: str) -> SafeString:
    """The icon of the way a message came, with its name for screen readers and as a tooltip."""
    face = looks.look(looks.CHANNEL, code)
    return way(face)


def way(face: looks.Look) -> SafeString:
    """The same by its look, for those who know more ways."""
    css, word = f"yn-channel yn-tone-{_safe(face.tone)}", _safe(str(face.word))
    return SafeString(f'<span class="{css}" title="{word}">{icon(face.icon, face.word)}</span>')


@register.simple_tag
@constant
@lru_cache(maxsize=4_096, typed=True)  # typed: a name that is known to be safe is not one that must be escaped
def avatar(name: str, size: str = "", src: str = "") -> SafeString:
    """First sign of the name on a colour that never changes for that name; `size`: "", "xs", "sm", "lg"."""
    css = f"yn-avatar yn-hue-{looks.hue(name)} {f'yn-avatar-{size}' if size else ''}"
    if src:
        return format_html('<img class="{}" src="{}" alt="{}">', css, src, name)
    sign = _safe(looks.initials(name))
    return SafeString(f'<span class="{_safe(css)}" title="{_safe(name)}" aria-hidden="true">{sign}</span>')


@register.simple_tag(takes_context=True)
def countdown(
    context: Context,
    due: datetime | None,
    now: datetime | None = None,
    started: datetime | None = None,
    warn: datetime | None = None,
    remaining: int | None = None,
    paused: str = "",
    look: str = "",
) -> SafeString:
    """A ticking pill. Counts to `due` from the server's `now`, at risk from `warn` (else the last quarter).

    `remaining` seconds without a `due`: the promise stands still and `paused` says why. `look="plain"`: text only.
    """
    at = now or _now(context)
    css = f"yn-count yn-count-{look}" if look else "yn-count"
    if due is None:
        return _standing_still(css, remaining, paused)
    seconds = int((due - at).total_seconds() // 1)
    state = count_states.state(due, at, started, warn)
    attrs = {"due": due, "now": at, "started": started, "warn": warn}
    times = "".join(f' {key}="{value.isoformat()}"' for key, value in attrs.items() if value)
    title = escape(_("Due %(moment)s") % {"moment": formats.full(due)})
    return SafeString(
        f'<yn-countdown class="{_safe(css)}" data-state="{state}" day="{escape(formats.day_letter())}" '
        f'title="{title}"{times}>{count_states.word(state)}{formats.clock(seconds)}</yn-countdown>'
    )


def _standing_still(css: str, remaining: int | None, reason: str) -> SafeString:
    words = [reason or _("Paused")]
    if remaining is not None:
        words.append(_("%(span)s left") % {"span": formats.duration(remaining)})
    text = formats.clock(remaining) if remaining is not None else words[0]
    return format_html(
        '<span class="{}" data-state="paused" title="{}">{}{}</span>',
        *(css, " · ".join(words), icon("player-pause", label=_("Paused"), size="sm"), text),
    )


register.simple_tag(count_states.line, name="count_words")


@register.simple_tag(takes_context=True)
def promise(
    context: Context,
    label: Text,
    standing: str,
    share: float,
    note: Text = "",
    due: datetime | None = None,
    started: datetime | None = None,
    warn: datetime | None = None,
    remaining: int | None = None,
) -> SafeString:
    """One promise in a side card: name, countdown, used share of its budget (0 to 1, more when broken), a note."""
    if standing in {"running", "at_risk", "broken"} and due is not None:
        stands = countdown(context, due, _now(context), started, warn, look="plain")
    elif standing == "paused":
        stands = countdown(context, None, remaining=remaining, look="plain")
    else:
        stands = _standing(standing)
    bar = progress(max(0, min(100, round(share * 100))), label, looks.look(looks.STANDING, standing).tone)
    below = f'<p class="yn-promise-note">{_safe(str(note))}</p>' if note else ""
    head = f'<div class="yn-promise-head"><span>{_safe(str(label))}</span>{stands}</div>'
    return SafeString(f'<div class="yn-promise" data-standing="{_safe(standing)}">{head}{bar}{below}</div>')


@register.simple_tag
@constant
def progress(percent: float, label: Text, tone: str = "blue") -> SafeString:
    """A bar from 0 to 100; `label` names it for screen readers. No inline style: the policy forbids it."""
    attrs = f'class="yn-progress yn-tone-{_safe(tone)}" max="100" value="{percent:g}" aria-label="{_safe(str(label))}"'
    return SafeString(f"<progress {attrs}></progress>")


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | None, style: str = "short") -> SafeString:
    """A moment in the reader's zone, full on hover; `style`: short (relative), long, date, or time."""
    if at is None:
        return format_html('<span class="text-secondary">{}</span>', "—")
    return moment(at, _now(context), style)


def moment(at: datetime, now: datetime, style: str = "short") -> SafeString:
    """The same, for code that draws."""
    write: dict[str, Callable[[], str]] = {
        "short": lambda: formats.moment(at, now), "long": lambda: formats.stamp(at), "date": lambda: formats.day(at),
        "time": lambda: formats.stamp(at)[-5:],
    }  # fmt: skip
    text = write[style]()
    return SafeString(f'<time datetime="{at.isoformat()}" title="{escape(formats.full(at))}">{escape(text)}</time>')


@register.filter
def duration(seconds: float | None) -> str:
    """`{{ 3900|duration }}` → 1 h 5 min · 1 小时 5 分; nothing known → a dash."""
    return "—" if seconds is None else formats.duration(round(seconds))


@register.filter
def hms(seconds: float | None) -> str:
    """`{{ 129|hms }}` → 00:02:09."""
    return "—" if seconds is None else formats.clock(round(seconds))


@register.simple_block_tag(end_name="endcard")
def card(content: str, title: Text = "", symbol: str = "", css: str = "", extra: Text = "") -> SafeString:
    """`{% card "Customer" %}…{% endcard %}`; `extra` stands at the right of the title (a badge, a link)."""
    head: SafeString | str = ""
    if title:
        picture = icon(symbol) if symbol else ""
        head = format_html('<header><h2 class="yn-card-title">{}{}</h2>{}</header>', picture, title, extra)
    return format_html('<section class="yn-card {}">{}<div class="yn-card-body">{}</div></section>', css, head, content)


@register.simple_block_tag(end_name="endempty")
def empty(content: str, title: Text, symbol: str = "inbox", text: Text = "") -> SafeString:
    """What an empty list says, and what to do next: the block holds the action."""
    return format_html(
        '<div class="yn-empty">{}<p class="yn-empty-title">{}</p><p>{}</p>{}</div>',
        *(icon(symbol, size="lg"), title, text, content),
    )


@register.simple_block_tag(end_name="endtable")
def table(content: str, caption: Text, css: str = "") -> SafeString:
    """A table that scrolls inside its own box; `caption` is for screen readers. On a phone `data-label` cells stack."""
    return format_html(
        '<div class="yn-table-box" tabindex="0" role="region" aria-label="{0}"><table class="table yn-table {1}">'
        '<caption class="visually-hidden">{0}</caption>{2}</table></div>',
        *(caption, css, content),
    )


@register.simple_block_tag(end_name="endtimelineitem", takes_context=True)
def timelineitem(
    context: Context, content: str, symbol: str, at: datetime | None = None, tone: str = "gray"
) -> SafeString:
    """One event inside `<ol class="yn-timeline">`."""
    moment = when(context, at) if at else ""
    return format_html(
        '<li class="yn-tone-{}"><span class="yn-timeline-mark">{}</span><div>{}</div>{}</li>',
        *(tone, icon(symbol, size="sm"), content, moment),
    )


@register.simple_block_tag(end_name="endbubble", takes_context=True)
def bubble(context: Context, content: str, author: str, at: datetime, side: str = "them", mark: str = "") -> SafeString:
    """One message of a conversation; `side`: them (customer), us (public reply), note (internal), bot."""
    return speech(_safe(content), author, at, side, mark, now=_now(context))


def speech(content: SafeString, author: str, at: datetime, side: str, mark: str, *, now: datetime) -> SafeString:
    """The bubble, for code that draws a whole conversation."""
    return SafeString(
        f'<article class="yn-bubble yn-bubble-{_safe(side)}">{avatar(author)}<div class="yn-bubble-box"><header>'
        f"<strong>{_safe(author)}</strong>{_safe(mark)}{moment(at, now)}</header>"
        f'<div class="yn-bubble-text">{content}</div></div></article>'
    )


@register.simple_block_tag(end_name="endmodal")
def modal(content: str, id: str, title: Text, size: str = "") -> SafeString:
    """A native dialog. Opened by `data-dialog="<id>"` on any button; closed by Esc, backdrop or `data-close`."""
    css = f"yn-dialog yn-dialog-{size}" if size else "yn-dialog"
    return format_html(
        '<dialog class="{0}" id="{1}" aria-labelledby="{1}-title"><header><h2 id="{1}-title">{2}</h2>'
        '<button type="button" class="yn-icon-btn" data-close aria-label="{3}">{4}</button></header>{5}</dialog>',
        *(css, id, title, _("Close"), icon("x"), content),
    )


@register.inclusion_tag("kit/components/confirm.html", takes_context=True)
def confirm(context: Context, url: str, label: Text, question: Text, tone: str = "danger") -> dict[str, Any]:
    """A button that posts to `url` after the reader said yes to `question`."""
    fields = {"url": url, "label": label, "question": question, "tone": tone}
    return fields | {"csrf_token": context.get("csrf_token")}


@register.inclusion_tag("kit/components/field.html")
def field(bound: BoundField, label: Text = "", hint: Text = "") -> dict[str, Any]:
    """A form field with its label, hint and errors, tied together for screen readers."""
    widget = bound.field.widget
    check = isinstance(widget, CheckboxInput)
    css = [_widget_class(widget), str(widget.attrs.get("class", "")), "is-invalid" if bound.errors else ""]
    control = bound.as_widget(attrs={"class": " ".join(filter(None, css))})
    return {"bound": bound, "control": control, "check": check, "label": label or bound.label, "hint": hint}


def _widget_class(widget: object) -> str:
    if isinstance(widget, CheckboxInput | RadioSelect):
        return "form-check-input"
    if isinstance(widget, Select) and not isinstance(widget, RadioSelect):
        return "form-select"
    return "form-control"


@register.inclusion_tag("kit/components/pager.html", takes_context=True)
def pager(context: Context, page: object, target: str = "") -> dict[str, Any]:
    """Links between pages of `kit.pages.Numbered` or `kit.pages.Keyset`; `target`: what htmx swaps, by id."""
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request else None
    kept = [(key, value) for key, values in (query.lists() if query else []) for value in values]
    base = urlencode([pair for pair in kept if pair[0] not in {"page", "after"}])
    return {"page": page, "query": f"{base}&" if base else "", "target": target}


@register.inclusion_tag("kit/components/chips.html")
def chips(items: Iterable[looks.Chip], label: Text) -> dict[str, Any]:
    """A bar of filters as links; the chosen one says `aria-current`."""
    return {"items": items, "label": label}


@register.inclusion_tag("kit/components/stat.html")
def stat(
    label: Text, value: Text, note: Text = "", tone: str = "", href: str = "", series: Sequence[float] = ()
) -> dict[str, Any]:
    """A figure with its name, a note under it, and its recent course."""
    return {"label": label, "value": value, "note": note, "tone": tone, "href": href, "series": series}


@register.simple_tag
def spark(series: Sequence[float], label: Text) -> SafeString:
    """A line of the last values, 100 × 24 units, drawn by the server; fewer than two values draw nothing."""
    if len(series) < 2:
        return SafeString("")
    low, high = min(series), max(series)
    span = (high - low) or 1
    step = 100 / (len(series) - 1)
    points = " ".join(f"{step * i:.1f},{22 - 20 * (value - low) / span:.1f}" for i, value in enumerate(series))
    return format_html(
        '<svg class="yn-spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>',
        *(label, points),
    )


@register.inclusion_tag("kit/components/chart.html")
def chart(id: str, option: object, title: Text, rows: Sequence[Sequence[object]] = ()) -> dict[str, Any]:
    """An ECharts picture of `option`; `rows` (head first) is the same as a table, for those who cannot see it."""
    return {"id": id, "option": option, "title": title, "head": rows[:1], "rows": rows[1:]}


@register.simple_tag(name="live", takes_context=True)
def live_tag(context: Context, *topics: str) -> SafeString:
    """`{% live "tickets" "ticket:42" %}`: the body hears `yn:tickets`, `yn:ticket:42` and `yn:ticket` on a change.

    Adds the topics that the context names for every page (`live_topics`); once a page. A topic for which it names
    places (`live_places`) is heard at these alone.
    """
    wanted = sorted({*topics, *(context.get("live_topics") or ())})
    if not wanted:
        return SafeString("")
    places: Mapping[str, Sequence[str]] = context.get("live_places") or {}
    allowed = [f"{topic}@{place}" if place else topic for topic in wanted for place in places.get(topic, [""])]
    return format_html(
        '<yn-live topics="{}" token="{}" worker="{}"></yn-live>',
        *(" ".join(wanted), live.token_for(allowed), static("kit/live-worker.js")),
    )


@register.simple_tag
@constant
def kbd(keys: str) -> SafeString:
    """Keys as printed on the keyboard: `{% kbd "g t" %}`."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in keys.split()))


@register.inclusion_tag("kit/components/rail.html", takes_context=True)
def rail(context: Context) -> dict[str, Any]:
    """The navigation rail: `rail_items` of the context, the one whose address the page's begins with marked."""
    items: Sequence[looks.RailItem] = context.get("rail_items") or ()
    request: HttpRequest | None = context.get("request")
    here = request.path if request else "/"
    open_ones = [item.href for item in items if here == item.href or (item.href != "/" and here.startswith(item.href))]
    return {"items": items, "current": max(open_ones, key=len, default="")}


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The reader's chosen theme: auto, light or dark (the account of who is signed in, else the cookie `yn_theme`)."""
    request: HttpRequest | None = context.get("request")
    kept, device = getattr(getattr(request, "staff", None), "theme", ""), request.COOKIES if request else {}
    return chosen if (chosen := kept or device.get("yn_theme")) in {"light", "dark"} else "auto"


@register.simple_tag
@constant
def page_lang() -> str:
    """BCP 47 name of the page's language: zh-Hans, zh-Hant, en."""
    head, _dash, tail = (get_language() or "en").partition("-")
    return f"{head}-{tail.title()}" if tail else head


def _now(context: Context) -> datetime:
    given = context.get("now")
    return given if isinstance(given, datetime) else instants.now()
