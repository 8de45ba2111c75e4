"""What do the mails say that go to customers by themselves, and how does a change of them look?"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from yingnuo.brands import books, texts, wording
from yingnuo.brands.models import Text
from yingnuo.channels import mail_words, outlets
from yingnuo.channels.contract import ChannelError, Outgoing
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.brands import DEFAULT
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Refused
from yingnuo.people.roles import require
from yingnuo.tickets import queries
from yingnuo.tickets.models import Author, Message

SECTION = "texts"


class TextForm(SettingForm):
    """One text."""

    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=texts.LONGEST, required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "true", "class": "yn-mono"}),
    )  # fmt: skip
    number = forms.IntegerField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference; `sign`: + new, - gone, or both in neither."""

    sign: str
    text: str


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every automatic text, and in which languages the company has put it in its own words."""
    book = books.now()
    brand = book.of(request.GET.get("brand", "")[:40])
    own = {
        (code, language) for (owner, code, language) in book.texts if owner == brand.code
    }  # fmt: skip
    rows = [
        (kind, [(language, name, (kind.code, language) in own) for language, name in settings.LANGUAGES])
        for kind in texts.KINDS.values()
    ]
    context = {"rows": rows, "brand": brand, "brand_code": brand.code or DEFAULT, "brands": _brands(book)}
    return show(request, "texts.html", context, section=SECTION)


def _brands(book: books.Book) -> list[tuple[str, str]]:
    language = get_language() or ""
    named = [(look.code, look.name(language)) for look in book.others]
    return [("", book.default.name(language) or str(_("Company"))), *named] if named else []


@signed_in_who_may("settings.view")
def text(request: DeskRequest, brand: str, code: str, language: str) -> HttpResponseBase:
    """One text in one language: its words, what they look like, and its versions."""
    owner = "" if brand == DEFAULT else brand
    if code not in texts.KINDS or language not in dict(settings.LANGUAGES) or books.now().of(owner).code != owner:
        raise Http404
    newest = texts.current(owner, code, language)
    own = newest.body if newest else ""
    shown = own or books.now().text("", code, language) or texts.shipped(code, language)
    form = TextForm.over(request, initial={"body": shown, "number": newest.number if newest else 0})
    if request.method == "POST" and form.is_valid():
        answer = _done(request, owner, code, language, form)
        if answer is not None:
            return answer
    body = str(form["body"].value() or "") or texts.shipped(code, language)
    context = _context(request, owner, code, language, body) | {"form": form, "own": own, "brand_code": brand}
    return show(request, "text.html", context, section=SECTION, status=422 if form.errors else 200)


def _done(request: DeskRequest, owner: str, code: str, language: str, form: forms.Form) -> HttpResponseBase | None:
    """What a button of the page does; None where the page is shown again."""
    do, body = request.POST.get("do", ""), form.cleaned_data["body"]
    try:
        if do in ("save", "restore"):
            texts.save(
                request.actor, brand=owner, code=code, language=language, body=body if do == "save" else "",
                number=form.cleaned_data["number"], now=request.now,
            )  # fmt: skip
            messages.success(request, _("Saved."))
            return go(request, "settings_text", owner or DEFAULT, code, language)
        if problem := texts.check(code, body.strip()):
            form.add_error("body", str(problem))
        elif do == "test":
            _send_test(request, owner, code, language, body)
    except Refused as refused:
        inputs.tell(form, refused)
    return None


def _send_test(request: DeskRequest, owner: str, code: str, language: str, body: str) -> None:
    require(request.actor, "settings.edit")
    if not request.staff.email:
        messages.error(request, _("Your account has no mail address."))
        return
    said = _filled(owner, code, language, body, _values(request, owner, code, language))
    subject = _("Try-out: %(name)s") % {"name": texts.KINDS[code].word}
    key = f"text-test-{request.staff.pk}-{request.now.timestamp()}"
    out = Outgoing(key, request.staff.email, subject, said, automatic=True)
    try:
        outlets.mail(books.kept().of(owner).sender).send(out)
    except ChannelError as error:
        messages.error(request, _("It could not be sent: %(problem)s") % {"problem": error.code})
    else:
        messages.success(request, _("Sent to %(mail)s.") % {"mail": request.staff.email})


def _context(request: DeskRequest, owner: str, code: str, language: str, body: str) -> dict[str, Any]:
    values = _values(request, owner, code, language)
    versions = texts.versions(owner, code, language)
    chosen = next((v for v in versions if str(v.number) == request.GET.get("version")), None)
    return {
        "kind": texts.KINDS[code], "language": language, "languages": settings.LANGUAGES, "owner": owner,
        "values": [(name, values[name]) for name in texts.KINDS[code].variables], "versions": versions,
        "said": _filled(owner, code, language, body, values), "look": books.kept().of(owner), "chosen": chosen,
        "difference": _difference(chosen, versions, texts.shipped(code, language)) if chosen else [],
        "ticket": request.GET.get("ticket", "")[:12],
    }  # fmt: skip


def _filled(owner: str, code: str, language: str, body: str, values: dict[str, str]) -> str:
    """As it leaves: with the foot of a mail, and the brand's footer."""
    said = wording.filled(body, values)
    if code in ("receipt_talk", "reply"):
        return said
    footer = books.kept().of(owner).footer.strip()
    return mail_words.plain(language, {**values, "text": said, "staff": ""}) + (f"\n{footer}\n" if footer else "")


def _values(request: DeskRequest, owner: str, code: str, language: str) -> dict[str, str]:
    """The variables: of a ticket the reader named and may see, else of a made-up one."""
    asked = request.GET.get("ticket", "").upper().removeprefix("YN-")
    with override(language):
        customer, looking = _("Ms Chen"), _("I look into it.")
        values = {
            "text": _("Your machine shows E3 because the drain is blocked. Clean the filter behind the lower flap."),
            "number": "YN-1042", "subject": _("Washing machine shows E3"), "customer": customer,
            "staff": _("Li Na"), "team": _("Front line"), "url": f"{settings.YINGNUO.address}/portal/p/…",
            "promise": "2026-03-02 11:00", "day": "2026-03-02",
        }  # fmt: skip
    values["chat"] = f"[10:02] {customer}: E3?\n[10:03] {values['staff']}: {looking}"
    look = books.kept().of(owner)
    values |= {"organisation": books.name_of(owner, language)}
    if asked.isascii() and asked.isdigit() and len(asked) < 12:
        values |= _of_ticket(request, int(asked), values["text"])
    return values | {"signature": wording.filled(look.signature, values)}


def _of_ticket(request: DeskRequest, pk: int, words: str) -> dict[str, str]:
    try:
        ticket = queries.get_for(request.actor, pk, may="ticket.view")
    except Refused as refused:
        messages.error(request, str(refused))
        return {}
    known = mail_words.values_of(ticket, text=_last_words(pk) or words, staff=request.staff.name)
    return {name: value for name, value in known.items() if name not in ("team", "organisation")}


def _last_words(ticket: int) -> str:
    row = Message.objects.filter(ticket=ticket, author=Author.STAFF, public=True).order_by("-pk").first()
    return row.text if row else ""


def _difference(chosen: Text, versions: list[Text], shipped: str) -> list[Line]:
    """What a version changed against the one before it; an empty one is the shipped text."""
    before = next((v for v in versions if v.number < chosen.number), None)
    old, new = ((v.body if v and v.body else shipped).splitlines() for v in (before, chosen))
    return [Line(line[0].strip(), line[2:]) for line in difflib.ndiff(old, new) if line[0] != "?"]
