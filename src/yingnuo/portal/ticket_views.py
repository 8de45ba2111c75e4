"""What does a customer do with the link to his ticket: read, add, urge, accept, reopen, rate?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.journey import closing, upkeep
from yingnuo.kit import formats, instants
from yingnuo.kit.errors import Conflict, Invalid, NotFound, Refused
from yingnuo.portal import asking, branding, limits, standing, uploads
from yingnuo.portal.doors import by_link, customer_of, show
from yingnuo.portal.forms import RateForm, WordsForm, new_key
from yingnuo.tickets import links
from yingnuo.tickets.models import Ticket


@require_safe
@by_link
def promise(request: HttpRequest, ticket: Ticket, token: str) -> HttpResponse:
    """The promise page."""
    return _page(request, ticket, token, WordsForm(initial={"key": new_key()}), 200, instants.now())


def _joined(ticket: Ticket) -> Ticket | None:
    """The ticket that absorbed this one, when it belongs to the same customer.

    Only its number is told: who asked in the customer's name by the open form must not be led into his other requests.
    """
    main = ticket.merged_into
    return main if main and main.contact_id == ticket.contact_id else None


def _page(
    request: HttpRequest, ticket: Ticket, token: str, words: WordsForm, status: int, now: datetime
) -> HttpResponse:
    context = _context(ticket, token, now) | {
        "words": words, "link": links.address_of(token), "files_again": bool(request.FILES),
        "most_files": uploads.MOST_FILES, "most_bytes": uploads.most_bytes(),
    }  # fmt: skip
    return show(request, "portal/promise.html", context, parts={"now": "portal/_now.html"}, status=status, now=now)


def _context(ticket: Ticket, token: str, now: datetime) -> dict[str, Any]:
    page = standing.page_of(ticket, reader=customer_of(ticket), now=now)
    rate = RateForm(initial={"score": page.rating or None})
    return {
        "ticket": ticket,
        "token": token,
        "page": page,
        "rate": rate,
        "topic": f"ticket:{ticket.pk}",
        "joined": _joined(ticket),
    }


@require_safe
@by_link
def paper(request: HttpRequest, ticket: Ticket, token: str) -> HttpResponse:
    """The same to be printed."""
    now = instants.now()
    return render(
        request,
        "portal/print.html",
        _context(ticket, token, now)
        | {
            "now": now,
            "company_name": branding.company(request, ticket),
            "on_paper": True,
            "zone": formats.zone(timezone.get_current_timezone_name(), now),
        },
    )


@uploads.sized
@require_POST
@by_link
def words(request: HttpRequest, ticket: Ticket, token: str) -> HttpResponse:
    """Adds words or files."""
    now = instants.now()
    form = WordsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, token, form, 422, now)
    try:
        _add(ticket, form, now)
    except Refused as error:
        if isinstance(error, Conflict):
            form.renew_key()
        form.add_error(None, str(error))
        return _page(request, ticket, token, form, error.status, now)
    messages.success(request, _("Thank you. Your message is with us."))
    return redirect("portal:promise", token)


def _add(ticket: Ticket, form: WordsForm, now: datetime) -> None:
    if ticket.merged_into_id:
        raise Conflict(_("This request was joined with another one. Please ask anew."), code="ticket_merged")
    sent = form.words()
    if asking.sent_before(sent, ticket.pk) is None:
        limits.count(limits.WORDS_TICKET, str(ticket.pk), now=now)
        asking.add(customer_of(ticket), ticket=ticket, words=sent, now=now)


Act = Callable[[HttpRequest, Ticket, datetime], str]


def _action(act: Act) -> Callable[..., HttpResponse]:
    """A button of the promise page: does one thing, says in words what became of it, and shows the page again."""

    @require_POST
    @by_link
    def respond(request: HttpRequest, ticket: Ticket, token: str) -> HttpResponse:
        try:
            messages.success(request, act(request, ticket, instants.now()))
        except Refused as error:
            messages.warning(request, str(error))
        return redirect("portal:promise", token)

    return respond


def _urge(request: HttpRequest, ticket: Ticket, now: datetime) -> str:
    upkeep.urge(customer_of(ticket), ticket_id=ticket.pk, now=now)
    return _("We have passed it on.")


def _solved(request: HttpRequest, ticket: Ticket, now: datetime) -> str:
    if ticket.is_open:
        raise Conflict(_("We are still working on it."), code="ticket_open")
    closing.close(customer_of(ticket), ticket_id=ticket.pk, reason="", now=now)
    return _("Thank you. The request is closed.")


def _reopen(request: HttpRequest, ticket: Ticket, now: datetime) -> str:
    closing.reopen(customer_of(ticket), ticket_id=ticket.pk, now=now)
    return _("It is open again. Tell us below what is still wrong.")


def _rate(request: HttpRequest, ticket: Ticket, now: datetime) -> str:
    form = RateForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose from 1 to 5."), fields={"score": _("Choose from 1 to 5.")})
    limits.count(limits.RATE_TICKET, str(ticket.pk), now=now)
    score, said = form.cleaned_data["score"], form.cleaned_data["words"]
    upkeep.rate(customer_of(ticket), ticket_id=ticket.pk, score=score, words=said, now=now)
    return _("Thank you for telling us.")


urge, solved, reopen, rate = (_action(act) for act in (_urge, _solved, _reopen, _rate))


@require_safe
@by_link
def file(request: HttpRequest, ticket: Ticket, token: str, pk: int) -> HttpResponse:
    """A file of a public message, always as a download that no browser runs."""
    found = standing.file_of(ticket, pk)
    if found is None or not default_storage.exists(found.path):
        raise NotFound(_("There is no such file."), code="file_not_found")
    response = FileResponse(
        default_storage.open(found.path), as_attachment=True, filename=uploads.safe_name(found.name),
        content_type=uploads.safe_type(found.content_type),
    )  # fmt: skip
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response  # type: ignore[return-value]  # a streaming answer has all the headers that the doors set
