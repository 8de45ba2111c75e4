"""How does a signed identity become a session, and whose session is it?

An identity opens one session. A user is the customer he was the first time; then he is found by a mail address or phone
number only where the app says that it has checked it, for else anybody could claim another customer's.
A session is a signed text of an hour; it ends earlier when its app is switched off or its sessions are ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.customer_apps import identity
from yingnuo.customer_apps.identity import Forged, Identity
from yingnuo.customer_apps.models import App, AppKey, AppUser, UsedIdentity
from yingnuo.kit import reading, secrets
from yingnuo.kit.errors import Conflict, Refused
from yingnuo.people import wording
from yingnuo.people.models import Company, Contact
from yingnuo.people.models import Identity as Beside
from yingnuo.people.services import normal_phone

LASTS = timedelta(hours=1)
_PURPOSE = "customer-app"
_JOINED = (("u", AppUser), ("a", App), ("c", Contact), ("o", Company))
_FIND = """
FROM customer_apps_appuser u JOIN customer_apps_app a ON a.id = u.app_id
JOIN LATERAL (
    WITH RECURSIVE up AS (
        SELECT id, joined_into_id FROM people_contact WHERE id = u.contact_id
        UNION ALL SELECT p.id, p.joined_into_id FROM people_contact p JOIN up ON p.id = up.joined_into_id
    )
    SELECT id FROM up WHERE joined_into_id IS NULL
) AS now ON true
JOIN people_contact c ON c.id = now.id
LEFT JOIN people_company o ON o.id = c.company_id
WHERE u.id = %s AND a.active
"""


class NotSigned(Refused):
    """The identity is not to be believed."""

    status, code = 401, "identity_not_valid"


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is."""

    user: AppUser
    app: App
    contact: Contact


def begin(token: str, *, now: datetime) -> tuple[Session, str]:
    """The session that a signed identity opens, and the text it is shown by; NotSigned with the reason as code."""
    try:
        app, found = _checked(token, now)
        with transaction.atomic():
            UsedIdentity.objects.create(app=app, jti=found.jti, ends_at=found.ends_at + identity.LEEWAY)
            user = _user(app, found, now)
            App.objects.filter(pk=app.pk).update(used_at=now)
    except IntegrityError as error:
        if "shown_identity_once" not in str(error):
            raise Conflict(_("Somebody was quicker. Look again."), code="conflict") from error
        raise _refusal("replayed") from error
    except Forged as error:
        raise _refusal(error.code) from error
    shown = secrets.sign(_PURPOSE, f"{user.pk}.{app.generation}")
    session = of(shown, now=now)
    if session is None:  # switched off at this very moment
        raise _refusal("unknown_key")
    return session, shown


def _refusal(code: str) -> NotSigned:
    return NotSigned(_("This identity cannot be used: %(why)s."), code=f"identity_{code}", why=code)


def _checked(token: str, now: datetime) -> tuple[App, Identity]:
    key = AppKey.objects.select_related("app").filter(kid=identity.key_id(token)).first()
    if key is None or not key.app.active or (key.ends_at and key.ends_at <= now):
        raise Forged("unknown_key")
    plain = secrets.unseal(key.sealed)
    found = identity.read(token, algorithm=key.algorithm, key=plain, audience=key.app.code, now=now)
    if UsedIdentity.objects.filter(app=key.app, jti=found.jti).exists():
        raise Forged("replayed")
    return key.app, found


def _user(app: App, found: Identity, now: datetime) -> AppUser:
    user = AppUser.objects.select_related("contact").filter(app=app, subject=found.subject).first()
    if user is None:
        user = AppUser.objects.create(
            app=app, subject=found.subject, contact=_contact(app, found, now), created_at=now, seen_at=now
        )
    else:
        AppUser.objects.filter(pk=user.pk).update(seen_at=now)
    return user


def _contact(app: App, found: Identity, now: datetime) -> Contact:
    phone = normal_phone(found.phone) if found.phone else ""
    checked = (("email", found.email if found.verified_email else ""), ("phone", phone if found.verified_phone else ""))
    for kind, value in checked:
        if value and (row := _known(kind, value)):
            return row
    language = found.language if found.language in dict(settings.LANGUAGES) else ""
    more = {"language": language} if language else {}
    row = Contact.objects.create(
        name=found.name, email=_free_address(found), phone=phone if found.verified_phone else "",
        handle=f"{app.code}:{found.subject}"[:120], created_at=now, **more,
    )  # fmt: skip
    wording.keep([row])
    return row


def _known(kind: str, value: str) -> Contact | None:
    """The customer of a mail address or phone number, also of one that came to him from another he was joined with."""
    row = Contact.objects.filter(**{kind: value}, joined_into=None).order_by("pk").first()
    if row is not None:
        return row
    beside = Beside.objects.filter(kind=kind, value=value).select_related("contact").first()
    return beside.contact if beside else None


def _free_address(found: Identity) -> str:
    """The address where answers may go: only one that the app has checked."""
    if not found.verified_email or not found.email:
        return ""
    try:
        validate_email(found.email)
    except ValidationError:
        return ""
    return found.email


def of(token: str, *, now: datetime) -> Session | None:
    """Whose session it is; None when forged or over. One query."""
    said = secrets.verify(_PURPOSE, token, max_age_s=int(LASTS.total_seconds()))
    if said is None:
        return None
    pk, _dot, generation = said.partition(".")
    found = reading.joined(_JOINED, _FIND, [int(pk)])
    if not found or str(found[0][1].generation) != generation:
        return None
    user, app, contact, company = found[0]
    contact.company = company
    return Session(user, app, contact)


def forget(*, now: datetime) -> int:
    """Forgets identities that have ended; how many."""
    return UsedIdentity.objects.filter(ends_at__lte=now).delete()[0]
