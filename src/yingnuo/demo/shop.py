"""What does a shop look like that carries the chat? A page for trying it as a visitor; only in a demonstration."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yingnuo.demo import chats
from yingnuo.demo.told import told


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """The shop's page with its line of script."""
    if not settings.YINGNUO.demo:
        raise Http404
    lines = told("company")["product_lines"]
    return render(request, "demo/shop.html", {"lines": lines, "site": chats.SITE})
