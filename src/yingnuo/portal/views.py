"""What does a customer meet before he has a ticket: what we promise, asking, finding his request again?"""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from yingnuo.journey import customer_links
from yingnuo.kit import instants, pages, revisions
from yingnuo.kit.errors import Conflict, Refused
from yingnuo.portal import asking, branding, limits, published, uploads
from yingnuo.portal.asking import Asked
from yingnuo.portal.doors import lost, private, show
from yingnuo.portal.forms import KINDS, AskForm, LinkForm, new_key, parts_of, urgency_of
from yingnuo.portal.published import Preview
from yingnuo.tickets import fields as custom
from yingnuo.tickets import links
from yingnuo.tickets.models import Kind, Ticket


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What we promise, ask, find."""
    now = instants.now()
    lines = published.table(revisions.current(), now=now)
    context = {"lines": lines, "hours": published.hours(lines), "form": LinkForm()}
    return show(request, "portal/home.html", context, now=now)


@private
@uploads.sized
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends. What is refused is shown again as it was typed."""
    now = instants.now()
    if request.method != "POST":
        return _form(request, AskForm(initial={"key": new_key()}), 200, now)
    form = AskForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, 422, now)
    try:
        ticket = _send(request, form.asked(), now)
    except Refused as error:
        if isinstance(error, Conflict):
            form.renew_key()
        form.add_error(None, str(error))
        return _form(request, form, error.status, now)
    messages.success(request, _("We have it. Its number is %(number)s.") % {"number": ticket.number})
    return redirect("portal:promise", links.promise_token(ticket))


def _send(request: HttpRequest, asked: Asked, now: datetime) -> Ticket:
    if (earlier := asking.sent_before(asked)) is not None:
        return earlier
    limits.count(limits.ASK_HERE, limits.address_of(request), now=now)
    limits.count(limits.ASK_PERSON, asked.email or asked.phone, now=now)
    return asking.ask(asked, brand=branding.shown_as(request, None).code, now=now)


def _form(request: HttpRequest, form: AskForm, status: int, now: datetime) -> HttpResponse:
    kind, impact = (str(form["kind"].value() or ""), form["impact"].value() or [])
    context = {
        "form": form, "preview": _preview(kind, impact, "", "", now), "files_again": bool(request.FILES),
        "parts": form.parts(), "most_files": uploads.MOST_FILES,
        "most_bytes": uploads.most_bytes(),
    }  # fmt: skip
    return show(request, "portal/ask.html", context, status=status, now=now)


@require_GET
def fields(request: HttpRequest) -> HttpResponse:
    """The further questions of the chosen kind: a part of the form. What was answered before stays."""
    kind = request.GET.get("kind", "")
    known = kind if kind in {k.value for k in KINDS} else Kind.FAULT.value
    context = {"parts": parts_of(known, custom.book(), request.GET), "now": instants.now()}
    return pages.show(request, "kit/fields.html", context)


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """By when we would answer what is ticked so far: a part of the form."""
    now, asked = instants.now(), request.GET
    told = _preview(
        asked.get("kind", ""), asked.getlist("impact"), asked.get("region", ""), asked.get("product_line", ""), now
    )
    return pages.show(request, "portal/_preview.html", {"preview": told, "now": now})


def _preview(kind: str, impact: list[str], region: str, product_line: str, now: datetime) -> Preview:
    known = kind if kind in {k.value for k in KINDS} else Kind.FAULT.value
    return published.preview(
        revisions.current(), kind=known, urgency=urgency_of(impact), region=region[:40],
        product_line=product_line[:40], now=now,
    )  # fmt: skip


@private
@require_POST
def again(request: HttpRequest, token: str) -> HttpResponse:
    """Mails a new link to the owner of a dead one. The answer never tells whether we know an address of his."""
    now = instants.now()
    try:
        owner = links.owner_of(token)
        limits.count(limits.LINK_HERE, limits.address_of(request), now=now)
        limits.count(limits.LINK_TICKET, str(owner.pk) if owner else "", now=now)
    except Refused as error:
        return lost(request, error, token)
    if owner is not None:
        customer_links.mail(owner, now=now)
    return show(request, "portal/find.html", {"form": LinkForm(), "sent": True, "by_link": True}, now=now)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Sends the link of a request by mail. The answer never tells whether there is such a request."""
    now = instants.now()
    form = LinkForm(request.POST or None)
    if not form.is_valid():
        return show(request, "portal/find.html", {"form": form}, status=422 if form.is_bound else 200, now=now)
    try:
        limits.count(limits.LINK_HERE, limits.address_of(request), now=now)
        limits.count(limits.LINK_PERSON, form.cleaned_data["email"].lower(), now=now)
    except Refused as error:
        form.add_error(None, str(error))
        return show(request, "portal/find.html", {"form": form}, status=error.status, now=now)
    customer_links.mail_by_number(email=form.cleaned_data["email"], number=form.cleaned_data["number"], now=now)
    return show(request, "portal/find.html", {"form": form, "sent": True}, now=now)
