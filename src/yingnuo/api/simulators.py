"""What answers in the place of an SMS provider, so that nobody's phone rings in a demonstration?

`POST sim/sms` takes what the SMS outlet sends as it comes from the factory (JSON with `to` and `text`, an
`Idempotency-Key`) and keeps it for the simulator page. It is there in a demonstration, and wherever an SMS channel of
this installation points at it; that channel's secret, if it has one, must come along as a bearer token.
"""

from __future__ import annotations

import hmac
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from yingnuo.channels import accounts, sinks
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.kit import instants, problems
from yingnuo.kit.errors import Invalid, NotAllowed, NotFound, Refused


@csrf_exempt
@require_POST
def sms(request: HttpRequest) -> HttpResponse:
    """Keeps one SMS; the same key again is counted, not kept twice."""
    try:
        key, repeated = _keep(request)
    except Refused as error:
        return problems.as_json(error)
    return JsonResponse({"id": key, "repeated": repeated})


def _keep(request: HttpRequest) -> tuple[str, bool]:
    _check_open(request)
    to, text = _read(request.body)
    key = request.headers.get("Idempotency-Key", "")
    return sinks.keep("sms", key=key, to=to, subject="", text=text, now=instants.now())


def _check_open(request: HttpRequest) -> None:
    channel = _pointing_here(request.path)
    if channel is None and not settings.YINGNUO.demo:
        raise NotFound(_("There is no such address in this API."), code="no_such_address")
    secret = accounts.secrets_of(channel).get("secret", "") if channel else ""
    shown = request.headers.get("Authorization", "")
    if secret and not hmac.compare_digest(shown.encode(), f"Bearer {secret}".encode()):
        raise NotAllowed(_("The secret of the SMS channel is missing or wrong."), code="not_allowed")


def _pointing_here(path: str) -> Channel | None:
    rows = Channel.objects.filter(kind=ChannelKind.SMS, active=True)
    return next((row for row in rows if str(row.settings.get("url", "")).endswith(path)), None)


def _read(body: bytes) -> tuple[str, str]:
    try:
        given = json.loads(body)
        to, text = str(given["to"]), str(given["text"])
    except (ValueError, TypeError, KeyError) as error:
        fields = {"": _('Send JSON such as {"to": "+8613800000000", "text": "…"}.')}
        raise Invalid(_("The SMS could not be read."), fields=fields) from error
    if not to.strip():
        raise Invalid(_("The SMS could not be read."), fields={"to": _("This field is required.")})
    return to, text
