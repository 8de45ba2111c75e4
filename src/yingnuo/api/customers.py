"""Who are the customers and their companies, and how are they made, changed and joined?"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from ninja.params.functions import Header

from yingnuo.api import matching, render, told
from yingnuo.api import told_house as out
from yingnuo.api.asked import ContactQuery, PathId
from yingnuo.api.asked_house import CompanyIn, CustomerIn, JoinIn, NameQuery
from yingnuo.api.matching import Match
from yingnuo.api.refused import ALL, GUARDED, READING
from yingnuo.api.tokens import Asked
from yingnuo.journey import joining
from yingnuo.kit import instants, pages
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people import companies, contacts, identities
from yingnuo.people.companies import CompanyFacts
from yingnuo.people.models import Company, Contact, Joining, Region
from yingnuo.people.roles import require
from yingnuo.people.services import normal_phone

router = Router(tags=["customers"])


@router.get("/contacts", response={200: told.ContactPage, **READING}, summary="List customers (customer.view)")
def list_contacts(request: Asked, asked: Query[ContactQuery]) -> HttpResponse:
    """Customers by mail address, phone number, handle or a part of the name; the newest first."""
    require(request.auth, "customer.view")
    rows = Contact.objects.filter(joined_into=None, **_wanted(asked)).select_related("company", "region")
    page = pages.keyset(rows, by=["-id"], after=asked.after, size=asked.limit)
    return render.answer(told.ContactPage(items=[render.contact(c) for c in page.rows], next=page.next))


def _wanted(asked: ContactQuery) -> dict[str, str]:
    given = {
        "email": asked.email.strip().lower(),
        "phone": (normal_phone(asked.phone) or asked.phone) if asked.phone else "",
        "handle": asked.handle,
        "name__icontains": asked.name,
    }
    return {name: value for name, value in given.items() if value}


@router.post("/contacts", response={201: out.ContactDetail, **ALL}, summary="Add a customer (customer.edit)")
def add_contact(request: Asked, body: CustomerIn) -> HttpResponse:
    """A customer who has not written yet; who writes is known by himself."""
    facts = body.model_dump(exclude={"company", "region"})
    row = contacts.create(
        request.auth, facts=facts, company=body.company, region=_region(body.region), now=instants.now()
    )
    response = _detail(row.pk)
    response.status_code = 201
    return response


def _region(code: str | None) -> int | None:
    if not code:
        return None
    found = Region.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(_("There is no such region."), fields={"region": _("Name a region by its code.")})
    return found


@router.get("/contacts/{contact_id}", response={200: out.ContactDetail, **READING}, summary="Read (customer.view)")
def read_contact(request: Asked, contact_id: PathId) -> HttpResponse:
    """One customer; `ETag` stands for all that is known of him."""
    require(request.auth, "customer.view")
    return _detail(contact_id)


def _get(pk: int) -> Contact:
    row = Contact.objects.select_related("company", "region").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    return row


def _detail(pk: int) -> HttpResponse:
    row = _get(pk)
    known = render.contact(row).model_dump()
    shown = out.ContactDetail(
        **known, company_id=row.company_id, note=row.note, created_at=row.created_at, joined_into=row.joined_into_id,
        also=sorted(identities.others_of([pk]).get(pk, ())),
    )  # fmt: skip
    return matching.tagged(render.answer(shown), contacts.stamp(row))


@router.patch("/contacts/{contact_id}", response={200: out.ContactDetail, **GUARDED}, summary="Change (customer.edit)")
def change_contact(
    request: Asked, contact_id: PathId, body: CustomerIn, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:
    """Sets what is given; all else stays."""
    require(request.auth, "customer.edit")
    row, given = _get(contact_id), body.model_dump(exclude_unset=True)
    company = given.pop("company", row.company_id)
    region = _region(given.pop("region")) if "region" in given else row.region_id
    contacts.edit(
        request.auth, contact=contact_id, facts=given, company=company, region=region, seen=matching.seen(request),
        now=instants.now(),
    )  # fmt: skip
    return _detail(contact_id)


@router.get(
    "/contacts/{contact_id}/joinings",
    response={200: out.Joinings, **READING},
    summary="Joinings (customer.view)",
)
def list_joinings(request: Asked, contact_id: PathId) -> HttpResponse:
    """Other customers who became part of this one, the latest first."""
    require(request.auth, "customer.view")
    rows = Joining.objects.filter(kept=_get(contact_id)).order_by("-pk")[:200]
    return render.answer(out.Joinings(items=[_joining(row) for row in rows]))


def _joining(row: Joining) -> out.JoiningOut:
    return out.JoiningOut(
        id=row.pk, kept=row.kept_id, absorbed=row.absorbed_id, evidence=row.evidence, note=row.note, at=row.at,
        undone_at=row.undone_at,
    )  # fmt: skip


@router.post(
    "/contacts/{contact_id}/join", response={200: out.JoiningOut, **ALL}, summary="Join two customers (customer.edit)"
)
def join_contacts(request: Asked, contact_id: PathId, body: JoinIn) -> HttpResponse:
    """Another customer who is the same person becomes part of this one, with his tickets; it can be taken apart."""
    row = joining.join(
        request.auth, kept=contact_id, absorbed=body.absorb, evidence=body.evidence, note=body.note, now=instants.now()
    )
    return render.answer(_joining(row))


@router.post(
    "/joinings/{joining_id}/part", response={200: out.JoiningOut, **ALL}, summary="Take apart again (customer.edit)"
)
def part_contacts(request: Asked, joining_id: PathId) -> HttpResponse:
    """It was a mistake: what was moved goes back."""
    return render.answer(_joining(joining.part(request.auth, joining=joining_id, now=instants.now())))


@router.get("/companies", response={200: out.CompanyPage, **READING}, summary="List companies (customer.view)")
def list_companies(request: Asked, asked: Query[NameQuery]) -> HttpResponse:
    """Customer companies, the newest first."""
    require(request.auth, "customer.view")
    rows = Company.objects.select_related("region")
    if asked.q:
        rows = rows.filter(name__icontains=asked.q)
    page = pages.keyset(rows, by=["-id"], after=asked.after, size=asked.limit)
    return render.answer(out.CompanyPage(items=[_company(c) for c in page.rows], next=page.next))


def _company(c: Company) -> out.CompanyOut:
    region = c.region.code if c.region else None
    return out.CompanyOut(id=c.pk, name=c.name, tier=c.tier, region=region, domain=c.domain, note=c.note)


@router.post("/companies", response={201: out.CompanyOut, **ALL}, summary="Add a company (customer.edit)")
def add_company(request: Asked, body: CompanyIn) -> HttpResponse:
    """A customer company."""
    row = companies.save(request.auth, pk=None, facts=_facts(body), now=instants.now())
    return render.answer(_company(row), status=201)


def _facts(body: CompanyIn) -> CompanyFacts:
    return CompanyFacts(body.name.strip(), body.tier, _region(body.region), body.domain, body.note)


@router.get("/companies/{company_id}", response={200: out.CompanyOut, **READING}, summary="Read (customer.view)")
def read_company(request: Asked, company_id: PathId) -> HttpResponse:
    """One company."""
    require(request.auth, "customer.view")
    row = Company.objects.select_related("region").filter(pk=company_id).first()
    if row is None:
        raise NotFound(_("There is no such company."), code="company_not_found")
    return render.answer(_company(row))


@router.put("/companies/{company_id}", response={200: out.CompanyOut, **ALL}, summary="Change (customer.edit)")
def change_company(request: Asked, company_id: PathId, body: CompanyIn) -> HttpResponse:
    """Replaces what is known of a company."""
    return render.answer(_company(companies.save(request.auth, pk=company_id, facts=_facts(body), now=instants.now())))
