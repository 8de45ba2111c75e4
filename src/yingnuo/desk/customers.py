"""Who are the customers, what do they own of us, and what is known of them?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yingnuo.desk import customer_card, faces, meanwhile, rows, ticket
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.kit.pages import Keyset
from yingnuo.people import contacts, finding
from yingnuo.people.models import Company, Contact, Identity, Joining, Region, Tier
from yingnuo.people.services import normal_phone
from yingnuo.tickets import queries

_MOST_JOININGS = 8
ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London", "Europe/Berlin",
    "America/New_York", "America/Los_Angeles", "Australia/Sydney", "UTC",
)  # fmt: skip
LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))


def found(words: str) -> QuerySet[Contact]:
    """Customers by mail address, phone number, own name (also as it sounds) or their company's; the newest first."""
    people = Contact.objects.filter(joined_into=None).select_related("company").order_by("-id")
    text = words.strip()[:100]
    if not text:
        return people
    if "@" in text:
        return people.filter(email__istartswith=text)
    if sum(c.isdigit() for c in text) >= 4 and (phone := normal_phone(text)):
        return people.filter(Q(phone=phone) | Q(phone__endswith=text))
    by_sound = Q(pk__in=finding.customers(text).values("pk"))
    return people.filter(Q(name__icontains=text) | Q(company__name__icontains=text) | Q(handle=text) | by_sound)


@require_safe
@signed_in_who_may("customer.view")
def customers(request: DeskRequest) -> HttpResponse:
    """The list; it narrows while somebody types."""
    words = request.GET.get("q", "")
    page: Keyset[Contact] = pages.keyset(found(words), by=("-id",), after=request.GET.get("after", ""))
    people = [(c, ticket.masked(c.phone), faces.tier(c.tier)) for c in page.rows]
    context = {"page": page, "people": people, "words": words, "now": request.now}
    context["may_export"] = request.actor.may("customer.export")
    return pages.show(request, "desk/customers.html", context, parts={"customers": "desk/_customers.html"})


def _get(pk: int) -> Contact:
    row = Contact.objects.select_related("company", "region").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    return row


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("customer.view")
def customer(request: DeskRequest, pk: int) -> HttpResponse:
    """One customer with his tickets in the reader's sight; who may edit does it here."""
    row = _get(pk)
    if row.joined_into_id:
        return redirect("desk:customer", row.joined_into_id)
    if request.method == "POST":
        return _edit(request, row)
    return render(request, "desk/customer.html", _about(request, row))


def _edit(request: DeskRequest, row: Contact) -> HttpResponse:
    if asked := meanwhile.ask_of_customer(request, row):
        return asked
    said, current = request.POST, meanwhile.facts_of_customer(row)
    wanted, _clashes = meanwhile.settled(said, current)
    company, region = (number(wanted.get(name, current[name])) for name in ("company", "region"))
    facts, seen = {name: wanted[name] for name in contacts.FACTS if name in wanted}, [contacts.stamp(row)]
    try:
        contacts.edit(
            request.actor, contact=row.pk, facts=facts, company=company, region=region, seen=seen, now=request.now
        )
    except Invalid as error:
        context = _about(request, row) | {"problem": str(error), "said": said}
        return render(request, "desk/customer.html", context, status=422)
    messages.success(request, _("Saved."))
    return redirect("desk:customer", row.pk)


def _about(request: DeskRequest, row: Contact) -> dict[str, Any]:
    theirs = queries.visible_to(request.actor).filter(contact=row).order_by("-id")
    return {
        **customer_card.of(request.actor, row, names=request.names, now=request.now), "zones": ZONES,
        "contact": row, "page": rows.Page(rows.listed(theirs, now=request.now, most=30), 1, False), "now": request.now,
        "phone": ticket.masked(row.phone), "tier": faces.tier(row.tier), "may_edit": request.actor.may("customer.edit"),
        "companies": Company.objects.order_by("name")[:500], "regions": Region.objects.order_by("name"),
        "tiers": Tier.choices, "languages": LANGUAGES, "shown": _shown(request, row), **_known_as(row),
    }  # fmt: skip


def _shown(request: DeskRequest, row: Contact) -> list[tuple[str, str]]:
    """What the form was opened on, without the number that is shown only to who asks for it with a trace."""
    known = meanwhile.facts_of_customer(row)
    return [(name, request.POST.get(f"was.{name}", value)) for name, value in known.items() if name != "phone"]


def _known_as(contact: Contact) -> dict[str, Any]:
    """By what else he is recognised, and whom he was joined with."""
    others = Identity.objects.filter(contact=contact).order_by("kind", "value")
    joined = Joining.objects.filter(kept=contact).select_related("absorbed", "by").order_by("-pk")[:_MOST_JOININGS]
    known_as = [(row.get_kind_display(), customer_card.shown_value(row.kind, row.value)) for row in others]
    return {"known_as": known_as, "joinings": joined}


@require_POST
@signed_in
def phone(request: DeskRequest, pk: int) -> HttpResponse:
    """The whole number, with a trace: for who may see customers, or works on a ticket of this one."""
    row = _get(pk)
    about = number(request.POST.get("ticket", "")) or 0
    if about:
        if queries.get_for(request.actor, about).contact_id != row.pk:
            raise NotFound(_("There is no such customer."), code="contact_not_found")
    elif not request.actor.may("customer.view"):
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    shown = contacts.reveal_phone(request.actor, contact=row, ticket=about, now=request.now)
    if not pages.is_htmx(request):
        messages.info(request, shown)
        return redirect("desk:ticket", about) if about else redirect("desk:customer", row.pk)
    return HttpResponse(format_html('<a class="yn-mono" href="tel:{0}">{0}</a>', shown))


@require_safe
@signed_in_who_may("customer.view")
def company(request: DeskRequest, pk: int) -> HttpResponse:
    """A customer company: its people and its tickets in the reader's sight."""
    row = Company.objects.select_related("region").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such company."), code="company_not_found")
    theirs = queries.visible_to(request.actor).filter(company=row).order_by("-id")
    people = [(c, ticket.masked(c.phone), faces.tier(c.tier)) for c in row.contacts.order_by("name")[:100]]
    context = {
        "company": row, "people": people, "tier": faces.tier(row.tier), "now": request.now,
        "page": rows.Page(rows.listed(theirs, now=request.now, most=30), 1, False),
    }  # fmt: skip
    return render(request, "desk/company.html", context)
