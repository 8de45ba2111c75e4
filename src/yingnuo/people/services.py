"""How do people come into the books and change there?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import reading, revisions, secrets, texts
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import wording
from yingnuo.people.models import ApiToken, Company, Contact, Identity, IdentityKind, Region, Staff
from yingnuo.people.roles import Actor, require

API_SCOPES = (
    "ticket.view", "ticket.create", "ticket.reply", "ticket.note", "ticket.edit", "ticket.fill", "ticket.resolve",
    "ticket.assign",
    "ticket.pause", "ticket.record", "ticket.merge", "ticket.reopen", "ticket.close", "customer.view", "customer.edit",
    "notice.ack", "breach.reason", "breach.list", "breach.excuse", "dashboard.view", "people.view",
    "people.edit", "settings.view", "settings.draft", "settings.edit", "settings.approve", "channel.edit",
    "ledger.view", "webhook.edit", "import.run", "ticket.export", "customer.export", "list.share", "automation.edit",
    "role.edit", "tag.invent",
)  # fmt: skip
"""The verbs a token may be given. Making tokens and administration are none of them: no token makes another."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What an arrival tells of its sender."""

    name: str = ""
    email: str = ""
    phone: str = ""
    handle: str = ""
    language: str = ""
    region: str = ""


def normal_phone(number: str, region: str = "CN") -> str:
    """A number in E.164 form; "" when it cannot be a number."""
    if not number.strip():
        return ""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def recognise(callers: Iterable[Caller], *, now: datetime) -> list[Contact]:
    """The contact of each caller, found by mail address, own id or phone number, or made new; one look-up for all.

    Two workers may meet a new customer at once: the unique keys decide, the loser reads the winner's row.
    """
    wanted = [_tidy(c) for c in callers]
    known = _known(wanted)
    missing = {_key(c): c for c in wanted if not _find(known, c)}
    if missing:
        _create(list(missing.values()), now=now)
        known = _known(wanted)
        wording.keep(filter(None, (_find(known, c) for c in missing.values())))
    return [_find(known, c) or known["email", c.email] for c in wanted]


def _tidy(caller: Caller) -> Caller:
    name, email = texts.keepable(caller.name).strip(), texts.keepable(caller.email).strip().lower()[:254]
    phone = normal_phone(caller.phone) if caller.phone else ""
    handle = texts.keepable(caller.handle).strip()[:120]
    if not (email or phone or handle):
        handle = f"nobody:{uuid.uuid4().hex}"  # two people of one name are not one customer
    return Caller(name[:120], email, phone, handle, caller.language[:10], caller.region)


def _key(c: Caller) -> tuple[str, str]:
    return ("email", c.email) if c.email else ("handle", c.handle) if c.handle else ("phone", c.phone)


_Known = dict[tuple[str, str], Contact]
_SIDE_BY_SIDE = (("c", Contact), ("o", Company), ("r", Region))
_FIND = """
FROM people_contact c LEFT JOIN people_company o ON o.id = c.company_id LEFT JOIN people_region r ON r.id = c.region_id
WHERE c.{name} = ANY(%s) AND c.{name} <> ''
"""  # what is never "" lets the partial indexes be used whatever is asked


def _known(wanted: list[Caller]) -> _Known:
    found: _Known = {}
    for name in ("phone", "handle", "email"):
        values = {getattr(c, name) for c in wanted} - {""}
        if values:
            for contact in _contacts_by(name, values):
                found[name, getattr(contact, name)] = contact
    unknown = [c for c in wanted if not _find(found, c)]
    return found | _by_identity(unknown) if unknown else found


def _by_identity(wanted: list[Caller]) -> _Known:
    """Those who are recognised by what came to them from another customer that they were joined with."""
    values = {getattr(c, name) for c in wanted for name in ("phone", "handle", "email")} - {""}
    rows = Identity.objects.filter(kind__in=IdentityKind.values, value__in=values).select_related(
        "contact__company", "contact__region"
    )
    return {(row.kind, row.value): row.contact for row in rows}


def _contacts_by(name: str, values: set[str]) -> Iterator[Contact]:
    for contact, company, region in reading.joined(_SIDE_BY_SIDE, _FIND.format(name=name), [list(values)]):
        contact.company, contact.region = company, region
        yield contact


def _find(known: _Known, c: Caller) -> Contact | None:
    return (
        (known.get(("email", c.email)) if c.email else None)
        or (known.get(("handle", c.handle)) if c.handle else None)
        or (known.get(("phone", c.phone)) if c.phone and not c.email else None)
    )


def _create(callers: list[Caller], *, now: datetime) -> None:
    domains = {c.email.rpartition("@")[2] for c in callers if c.email}
    companies = {c.domain: c for c in Company.objects.filter(domain__in=domains).exclude(domain="")} if domains else {}
    regions = {r.code: r for r in Region.objects.filter(code__in={c.region for c in callers if c.region})}
    rows = [_row(c, companies.get(c.email.rpartition("@")[2]), regions.get(c.region), now) for c in callers]
    Contact.objects.bulk_create(rows, ignore_conflicts=True)


def _row(c: Caller, company: Company | None, region: Region | None, now: datetime) -> Contact:
    contact = Contact(
        name=c.name, email=c.email, phone=c.phone, handle=c.handle, region=region, company=company, created_at=now
    )
    if company:
        contact.tier = company.tier
    if c.language:
        contact.language = c.language
    return contact


_SHIFT = """
UPDATE people_staff SET load = load + %s, last_assigned_at = COALESCE(%s::timestamptz, last_assigned_at) WHERE id = %s
"""


def shift_loads(changes: dict[int, int], *, assigned_at: datetime | None = None) -> None:
    """Adds to the open-ticket counts of staff, lowest id first so that two transactions never wait on each other."""
    with connection.cursor() as cursor:
        for pk in sorted(k for k, v in changes.items() if v):
            cursor.execute(_SHIFT, [changes[pk], assigned_at if changes[pk] > 0 else None, pk])


def issue_token(
    actor: Actor, *, name: str, scopes: Iterable[str], acts_for: int | None = None, expires_at: datetime | None = None,
    now: datetime,
) -> tuple[ApiToken, str]:  # fmt: skip
    """A new API token and its bearer text, which is shown this once and never kept.

    `acts_for`: the member of staff as whom it acts.
    """
    require(actor, "token.edit")
    if acts_for is not None and not Staff.objects.filter(pk=acts_for, active=True).exists():
        raise Invalid(_("There is no such person."), fields={"acts_for": _("Choose from the list.")})
    wanted = sorted(set(scopes))
    unknown = [s for s in wanted if s not in API_SCOPES]
    if unknown or not wanted:
        raise Invalid(_("Choose at least one known scope."), fields={"scopes": _("Unknown or empty.")})
    bearer = secrets.new_token()
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name.strip()[:80] or "token",
            digest=secrets.digest(bearer),
            scopes=wanted,
            created_at=now,
            created_by_id=actor.id if actor.kind == "staff" else None,
            acts_for_id=acts_for,
            expires_at=expires_at,
        )
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"token:{token.pk}", {"what": "token"})], now=now)
    return token, bearer


def revoke_token(actor: Actor, *, token: ApiToken, now: datetime) -> None:
    """The token stops working at once."""
    require(actor, "token.edit")
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"token:{token.pk}", {"what": "token"})], now=now)


def give_up_token(actor: Actor, *, token: ApiToken, now: datetime) -> None:
    """As `revoke_token`, by whoever bears it: that needs no right."""
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"token:{token.pk}", {"what": "token"})], now=now)


def create_staff(actor: Actor, *, username: str, name: str, password: str, role: str, now: datetime) -> Staff:
    """A new member of staff who can sign in; Conflict when the user name is taken."""
    require(actor, "people.edit")
    staff = Staff(username=username.strip().lower(), name=name.strip() or username, role=role)
    staff.set_password(password)
    try:
        with transaction.atomic():
            staff.save()
            ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"staff:{staff.pk}", {"what": "staff"})], now=now)
            revisions.bump()
    except IntegrityError as error:
        raise Conflict(_("This user name is taken."), code="username_taken") from error
    return staff
