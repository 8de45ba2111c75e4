"""Who are the customers, and who am I?"""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from yingnuo.api import render, told
from yingnuo.api.asked import ContactQuery
from yingnuo.api.limits import window
from yingnuo.api.refused import READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import pages
from yingnuo.people.models import Contact
from yingnuo.people.roles import require
from yingnuo.people.services import normal_phone

router = Router(tags=["customers"])


@router.get("/contacts", response={200: told.ContactPage, **READING}, summary="List customers (customer.view)")
def list_contacts(request: Asked, asked: Query[ContactQuery]) -> HttpResponse:
    """Customers by mail address, phone number, handle or a part of the name; the newest first."""
    require(request.auth, "customer.view")
    rows = Contact.objects.filter(**_wanted(asked)).select_related("company", "region")
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


@router.get("/me", response={200: told.MeOut, **READING}, summary="Who am I?")
def me(request: Asked) -> HttpResponse:
    """The token's name and scopes."""
    actor = request.auth
    return render.answer(told.MeOut(name=actor.name, scopes=sorted(actor.verbs), requests_per_minute=window.most))
