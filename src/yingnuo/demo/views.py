"""Where does somebody see whether the demonstration moves, and halt it?"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from yingnuo.demo import services
from yingnuo.kit import instants
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, actor_for_staff


@require_GET
@login_required
def switch(request: HttpRequest) -> HttpResponse:
    """The fragment for the desk's top bar."""
    _only_in_a_demonstration()
    return _shown(request, services.status(now=instants.now()))


@require_POST
@login_required
def pause(request: HttpRequest) -> HttpResponse:
    """Halts the simulator."""
    _only_in_a_demonstration()
    return _shown(request, services.pause(_actor(request), now=instants.now()))


@require_POST
@login_required
def resume(request: HttpRequest) -> HttpResponse:
    """Sets it going again."""
    _only_in_a_demonstration()
    return _shown(request, services.resume(_actor(request), now=instants.now()))


def _only_in_a_demonstration() -> None:
    if not settings.YINGNUO.demo:
        raise Http404


def _actor(request: HttpRequest) -> Actor:
    if not isinstance(request.user, Staff):
        raise Http404
    return actor_for_staff(request.user)


def _shown(request: HttpRequest, status: services.Status) -> HttpResponse:
    may_steer = _actor(request).may("demo.steer")
    return render(request, "demo/switch.html", {"status": status, "may_steer": may_steer})
