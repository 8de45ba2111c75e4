"""Where do providers call us?

`/hooks/<code>/` of a connected channel. Who calls is known by the adapter's check of the call alone: no session, no
token. Refusals say no more than a code, for whoever is refused is a stranger.
"""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from yingnuo.channels import hooks
from yingnuo.channels.contract import Hook, Rejected
from yingnuo.channels.models import Channel
from yingnuo.kit import instants

_log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, code: str) -> HttpResponse:
    """One call of a provider."""
    channel = Channel.objects.filter(code=code).first()
    try:
        if channel is None:
            raise Rejected("off")
        if int(request.headers.get("Content-Length") or 0) > hooks.LARGEST:
            raise Rejected("too_large")
        answer = hooks.take(channel, _as_hook(request))
    except Rejected as error:
        _log.warning("hook.refused", channel=code, code=error.code)
        return JsonResponse({"code": error.code}, status=error.status, content_type="application/problem+json")
    return HttpResponse(answer.body, content_type=answer.content_type, status=answer.status)


def _as_hook(request: HttpRequest) -> Hook:
    return Hook(
        method=request.method or "",
        query={name: str(value) for name, value in request.GET.items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        received_at=instants.now(),
    )
