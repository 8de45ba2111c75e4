"""What if two people have the same settings form open? What the other has saved is neither lost nor overwritten.

A form carries a mark of what it showed of every field. What its reader did not touch takes what stands there now; what
both changed is asked, field by field, in the form as it was typed. Who changed a field while a form stood open is told
where it was done by a form; whoever calls the API is not named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any, Self

from django import forms
from django.db import connection
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yingnuo.desk.access import DeskRequest
from yingnuo.kit import instants, touches

_LOCKS = 0x5954  # our part of the database's advisory locks of two numbers
_MARK = 12
_SHORT = 300
Raw = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in a form outside of its fields: the names begin with `prefix`; `now` is what is stored."""

    prefix: str
    label: Any
    now: Mapping[str, Sequence[str]]
    word: Callable[[QueryDict], str]


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two changed; `who` "" where it is not known."""

    name: str
    label: Any
    theirs: str
    mine: str
    who: str
    at: datetime | None
    keep: str


class SettingForm(forms.Form):
    """A form that knows what it has shown; made by `over`, never by its class alone where something is stored."""

    clashes: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    _request: DeskRequest | None = None
    _now: Mapping[str, Raw] = {}
    _since: int = 0
    _parts: tuple[Part, ...] = ()
    said: QueryDict = QueryDict()  # what was posted, settled

    @classmethod
    def over(
        cls, request: DeskRequest, *first: Any, initial: Mapping[str, Any] | None = None, parts: Iterable[Part] = (),
        **more: Any,
    ) -> Self:  # fmt: skip
        """The form over what is stored (`initial`): as it is, or with what was posted settled against that."""
        found = tuple(parts)
        make: Callable[..., Self] = partial(cls, initial={**(initial or {})}, **more)
        form = make(*first, None)
        now = stored(form) | {part.prefix: _of_part(part.now, part.prefix) for part in found}
        if request.method == "POST":
            settled = _Settled(request.POST, now, {part.prefix: part for part in found}, form)
            form = make(*first, settled.data)
            form.clashes, form.touched, form._since = settled.clashes, settled.touched, settled.since
            form.said = settled.data
        form._request, form._now, form._parts = request, now, found
        request.shown = form  # type: ignore[attr-defined]
        return form

    def _post_clean(self) -> None:
        """Called at the end of every cleaning, whatever `clean` of the form does."""
        super()._post_clean()  # type: ignore[misc]
        if self.clashes:
            self.add_error(None, _("Somebody else has changed the same while you had it open. Nothing is saved yet."))

    def meanwhile(self) -> SafeString:
        """For its page: the mark of what is shown, and the question for each field that two changed."""
        marks = " ".join(f"{name}={_mark(value)}" for name, value in self._now.items())
        at = instants.seconds(self._request.now) if self._request else 0
        said = {"marks": f"@={at} {marks}", "clashes": self._asked()}
        return mark_safe(render_to_string("desk/settings/_shown.html", said))  # noqa: S308  rendered with escapes

    def _asked(self) -> list[Clash]:
        if not self.clashes or self._request is None:
            return []
        told = touches.since(self._request.path, self.clashes, instants.instant(self._since))
        return [self._clash(name, told.get(name)) for name in self.clashes]

    def _clash(self, name: str, told: touches.Touched | None) -> Clash:
        assert self._request is not None  # noqa: S101  asked above
        part = next((part for part in self._parts if part.prefix == name), None)
        if part is None:
            bound, mine = self[name], _posted(self.said, name)
            label, words = bound.label, (_said(bound, self._now[name]), _said(bound, mine))
        else:
            label, words = part.label, (part.word(_query(part.now)), part.word(self.said))
        who = self._request.names.person(told.by) if told else ""
        return Clash(
            name, label, words[0] or "—", words[1] or "—", who, told.at if told else None,
            self.said.get(f"keep.{name}", ""),
        )  # fmt: skip


class _Settled:
    """What was posted, with what its reader left alone as it stands now."""

    def __init__(self, posted: QueryDict, now: Mapping[str, Raw], parts: Mapping[str, Part], form: forms.Form) -> None:
        self.data, self.now, self.parts, self.form = posted.copy(), now, parts, form
        pairs = dict(pair.partition("=")[::2] for pair in posted.get("shown", "").split())
        since = pairs.pop("@", "0")
        self.since = int(since) if since.isascii() and since.isdigit() and len(since) < 12 else 0
        found = {name: self._judged(name, shown) for name, shown in pairs.items() if name in now}
        self.clashes = tuple(name for name, verdict in found.items() if verdict == "both")
        self.touched = tuple(name for name, verdict in found.items() if verdict == "mine")

    def _judged(self, name: str, shown: str) -> str:
        mine, now = self._mine(name), self.now[name]
        if _mark(mine) == _mark(now):
            return "same"
        fresh = shown == _mark(now)
        if _mark(mine) == shown or (fresh and self.data.get(f"keep.{name}") == "theirs"):
            self._take(name)
            return "theirs"
        return "mine" if fresh else "both"

    def _mine(self, name: str) -> Raw:
        if name in self.parts:
            return _of_part(dict(self.data.lists()), name)
        return _posted(self.data, name)

    def _take(self, name: str) -> None:
        part = self.parts.get(name)
        for key in [key for key in self.data if part is not None and key.startswith(part.prefix)]:
            del self.data[key]
        for key, values in part.now.items() if part is not None else ((name, self.now[name]),):
            self.data.setlist(key, [str(value) for value in values])


def stored(form: forms.BaseForm) -> dict[str, Raw]:
    """What a browser would send of an untouched form, by field; what it does not show (secrets) is left out."""
    found: dict[str, Raw] = {}
    for bound in form:
        widget, value = bound.field.widget, bound.value()
        if isinstance(widget, forms.CheckboxInput):
            found[bound.name] = ("on",) if widget.check_test(value) else ()
        elif not isinstance(widget, forms.PasswordInput | forms.FileInput):
            shown = widget.format_value(value)
            listed = shown if isinstance(shown, list | tuple) else [shown]
            found[bound.name] = tuple(str(one) for one in listed if one is not None)
    return found


def _posted(data: QueryDict, name: str) -> Raw:
    return tuple(str(value) for value in data.getlist(name))


def _of_part(raw: Mapping[str, Sequence[Any]], prefix: str) -> Raw:
    return tuple(f"{key}={_plain(v)}" for key in sorted(raw) if key.startswith(prefix) for v in sorted(raw[key]) if v)


def _query(raw: Mapping[str, Sequence[str]]) -> QueryDict:
    found = QueryDict(mutable=True)
    for key, values in raw.items():
        found.setlist(key, list(values))
    return found


def _plain(text: str) -> str:
    """Browsers send line ends as CR LF, and drop one after an opening tag."""
    return text.replace("\r\n", "\n").strip()


def _mark(value: Raw) -> str:
    """Short, and tells nothing: what is shown may be long, and need not stand in the page twice."""
    text = "\x1f".join(sorted(plain for one in value if (plain := _plain(one))))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]


def _said(bound: forms.BoundField, value: Raw) -> str:
    """A value in words, as its reader knows it from the form."""
    if isinstance(bound.field.widget, forms.CheckboxInput):
        return _("yes") if value else _("no")
    choices = {str(key): str(word) for key, word in _flat(getattr(bound.field, "choices", ()))}
    return ", ".join(choices.get(one, one) for one in value if one)[:_SHORT]


def _flat(choices: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for key, word in choices:
        if isinstance(word, list | tuple):
            yield from _flat(word)
        else:
            yield key, word


def one_at_a_time(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Saves of one form come one after the other, so that none is judged by what another is just writing.

    What a form has changed is noted: whoever had it open too is told by whom.
    """

    @wraps(view)
    def kept(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        place = int.from_bytes(hashlib.sha256(request.path.encode()).digest()[:4], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)::text", [_LOCKS, place])
        try:
            response = view(request, *args, **kwargs)
            _note(request, response)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, place])
        return response

    return kept


def _note(request: HttpRequest, response: HttpResponseBase) -> None:
    form: SettingForm | None = getattr(request, "shown", None)
    if form is not None and form.touched and response.status_code in (204, 302):
        touches.note(request.path, form.touched, by=request.actor.id, at=request.now)  # type: ignore[attr-defined]


def guarded(patterns: Sequence[URLPattern]) -> list[URLPattern]:
    """These addresses with `one_at_a_time` around each view."""
    for pattern in patterns:
        pattern.callback = one_at_a_time(pattern.callback)
    return list(patterns)
