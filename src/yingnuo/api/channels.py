"""Which ways in and out are there, and do they work? Secrets are never told; channels are set up by people."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import ProbeIn
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told_house import ChannelOut, Channels, ProbeOut
from yingnuo.channels import setup
from yingnuo.channels.models import Channel, RawState
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import require

router = Router(tags=["channels"])


@router.get("/channels", response={200: Channels, **READING}, summary="List channels with health (settings.view)")
def list_channels(request: Asked) -> HttpResponse:
    """Every channel, whether it works, and what waits in it."""
    require(request.auth, "settings.view")
    waiting = Count("raw", filter=Q(raw__state=RawState.STORED))
    failed = Count("raw", filter=Q(raw__state=RawState.FAILED))
    rows = Channel.objects.annotate(waiting=waiting, failed=failed).order_by("code")
    return render.answer(Channels(items=[_channel(c, c.waiting, c.failed) for c in rows]))


_PLAIN = (
    "code", "name", "kind", "active", "problem", "problem_at", "checked_at", "last_in_at", "last_out_at", "failures",
    "retry_at",
)  # fmt: skip


def _channel(c: Channel, waiting: int, failed: int) -> ChannelOut:
    known = {name: getattr(c, name) for name in _PLAIN}
    return ChannelOut(id=c.pk, waiting=waiting, failed=failed, **known)


@router.post("/channels/{channel_id}/probe", response={200: ProbeOut, **ALL}, summary="Try a channel (channel.edit)")
def probe(request: Asked, channel_id: PathId, body: ProbeIn) -> HttpResponse:
    """Signs in to a mailbox, or sends one SMS to `to`, and tells what came of it."""
    require(request.auth, "channel.edit")
    row = Channel.objects.filter(pk=channel_id).first()
    if row is None:
        raise NotFound(_("There is no such channel."), code="channel_not_found")
    found = setup.probe(request.auth, row=row, to=body.to, now=instants.now())
    return render.answer(ProbeOut(code=found.code, detail=found.detail))
