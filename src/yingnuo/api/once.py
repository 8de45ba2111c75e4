"""How is a POST that is sent again done only once?

Its answer is kept under the caller's `Idempotency-Key` for a day. Who comes while the first request is still at work is
told to come again. That something was done is written in the very transaction that did it: a process that dies before
leaves nothing and the request may be done anew, one that dies after leaves a row that says so.

What a customer says (a new ticket, further words) is not kept here: its raw row has the key, for ever.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from yingnuo.api.models import KeptAnswer
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
Operation = Callable[..., HttpResponse]
_FORM = re.compile(r"[\x21-\x7e]{1,200}")
_OWN_KEY = "_yn_own_key"
_TRY, _FREE = (
    "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))",
    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))",
)
_DONE = f"UPDATE {KeptAnswer._meta.db_table} SET done = true WHERE id = %s"  # noqa: S608  # a name of ours


def own_key(operation: Operation) -> Operation:
    """Marks an operation that settles repetitions itself."""
    setattr(operation, _OWN_KEY, True)
    return operation


def once(operation: Operation) -> Operation:
    """The operation, done once for each key of its caller; without a key as often as it is asked for."""
    if getattr(operation, _OWN_KEY, False):
        return operation

    @wraps(operation)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER, "")
        if request.method != "POST" or not key:
            return operation(request, *args, **kwargs)
        if not _FORM.fullmatch(key):
            raise Invalid(_("This does not have the right form."), fields={HEADER: _("1 to 200 signs, no spaces.")})
        return _under_key(request, key, lambda: operation(request, *args, **kwargs), instants.now())

    return respond


def owner_of(request: HttpRequest) -> str:
    """Whose key it is: two callers' keys never meet."""
    return str(getattr(request, "owner", ""))


def _under_key(request: HttpRequest, key: str, act: Callable[[], HttpResponse], now: datetime) -> HttpResponse:
    owner = owner_of(request)
    with _alone(f"once {owner} {key}") as mine:
        if not mine:
            raise Conflict(_("The same request is being worked on. Send it again."), code="in_progress")
        row = _row(owner, key, _digest(request), now)
        if row.done:
            return _again(row)
        return _first(row, act)


@contextmanager
def _alone(what: str) -> Iterator[bool]:
    """Whether nobody else is at it; the lock goes with the connection, so that a killed process frees it."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [what])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute(_FREE, [what])


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.get_full_path()}\n".encode() + request.body).hexdigest()


def _row(owner: str, key: str, digest: str, now: datetime) -> KeptAnswer:
    row = KeptAnswer.objects.filter(owner=owner, key=key).first()
    if row is not None and row.at <= now - KEPT:
        row.delete()
        row = None
    if row is None:
        return KeptAnswer.objects.create(owner=owner, key=key, digest=digest, at=now)
    if row.digest != digest:
        text = _("This idempotency key was used for another request. Use a new key.")
        raise Conflict(text, code="idempotency_key_reused")
    return row


def _again(row: KeptAnswer) -> HttpResponse:
    if row.status is None:
        text = _("This request was done, but its answer was lost. Read how it stands now.")
        raise Conflict(text, code="answer_lost")
    headers = {"Idempotent-Replayed": "true"}
    return HttpResponse(bytes(row.body), status=row.status, content_type="application/json", headers=headers)


def _first(row: KeptAnswer, act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        with ledger.alongside(lambda: _mark(row.pk)):
            response = act()
    except BaseException:
        KeptAnswer.objects.filter(pk=row.pk, done=False).delete()
        raise
    KeptAnswer.objects.filter(pk=row.pk).update(done=True, status=response.status_code, body=response.content)
    return response


def _mark(pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [pk])


def purge(*, now: datetime) -> int:
    """Forgets answers that were kept long enough; how many."""
    return KeptAnswer.objects.filter(at__lte=now - KEPT).delete()[0]
