"""How are apps registered, and how do their keys change without a moment in which none works?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yingnuo.customer_apps import identity
from yingnuo.customer_apps.models import Algorithm, App, AppKey
from yingnuo.kit import revisions, secrets
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.kit.revisions import Book
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

VERB = "token.edit"
OVERLAP = timedelta(days=7)  # so long the key before goes on working
MOST_KEYS = 5


@dataclass(frozen=True, slots=True)
class AppFacts:
    """An app; `origins` are those whose web pages may call us."""

    code: str
    name: str
    origins: tuple[str, ...] = ()
    active: bool = True


def _load() -> frozenset[str]:
    return frozenset(origin for app in App.objects.filter(active=True) for origin in app.origins)


_origins: Book[frozenset[str]] = Book(_load)


def may_call(origin: str) -> bool:
    """Whether web pages of this origin may call the customers' API: those of any active app."""
    return bool(origin) and origin in _origins.at(revisions.current())


def save(actor: Actor, *, pk: int | None, facts: AppFacts, now: datetime) -> App:
    """A new or changed app; its code never changes, for its identities name it."""
    require(actor, VERB)
    _refuse(facts.origins)
    try:
        with transaction.atomic():
            row = App(code=facts.code, created_at=now, created_by_id=_staff(actor)) if pk is None else _locked(pk)
            row.name, row.origins, row.active = facts.name, list(facts.origins), facts.active
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def _staff(actor: Actor) -> int | None:
    return actor.id if actor.kind == "staff" else None


def _refuse(origins: Sequence[str]) -> None:
    for origin in origins:
        parts = urlsplit(origin)
        plain = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in ("https", "http") or not parts.netloc or origin != plain or len(origin) > 200:
            text = _("An origin is written https://shop.example, without a path.")
            raise Invalid(text, fields={"origins": text})


def _locked(pk: int) -> App:
    row = App.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such app."), code="app_not_found")
    return row


def _note(actor: Actor, row: App, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"app:{row.code}", {"what": "app"})], now=now)
    revisions.bump()


def add_key(actor: Actor, *, app: int, algorithm: str, public: str = "", now: datetime) -> tuple[AppKey, str]:
    """A new key, and the shared secret that is shown this once ("" for a public key). Those before end in a week."""
    require(actor, VERB)
    if algorithm not in Algorithm.values:
        raise Invalid(_("This value cannot be used."), fields={"algorithm": _("Choose from the list.")})
    secret = secrets.new_token() if algorithm == Algorithm.HS256 else ""
    kept = secret or _public(public)
    with transaction.atomic():
        row = _locked(app)
        working = row.keys.exclude(ends_at__lte=now)
        if working.count() >= MOST_KEYS:
            raise Conflict(_("End one of its keys first."), code="too_many_keys")
        working.filter(ends_at=None).update(ends_at=now + OVERLAP)
        key = AppKey.objects.create(
            app=row, kid=f"{row.code[:40]}-{secrets.new_token()[:10]}", algorithm=algorithm, sealed=secrets.seal(kept),
            created_at=now,
        )  # fmt: skip
        _note(actor, row, now)
    return key, secret


def _public(pem: str) -> str:
    try:
        identity.public_key(pem)
    except ValueError as error:
        text = _("This is no Ed25519 public key in PEM form.")
        raise Invalid(text, fields={"public": text}) from error
    return pem.strip()


def end_key(actor: Actor, *, key: int, now: datetime) -> None:
    """A key stops working at once; sessions that it opened go on (see `end_sessions`)."""
    require(actor, VERB)
    with transaction.atomic():
        row = AppKey.objects.select_related("app").filter(pk=key).first()
        if row is None:
            raise NotFound(_("There is no such key."), code="key_not_found")
        AppKey.objects.filter(pk=key).update(ends_at=now)
        _note(actor, row.app, now)


def end_sessions(actor: Actor, *, app: int, now: datetime) -> None:
    """Every session of the app ends; its users get a new one by a new identity."""
    require(actor, VERB)
    with transaction.atomic():
        row = _locked(app)
        App.objects.filter(pk=app).update(generation=F("generation") + 1)
        _note(actor, row, now)
