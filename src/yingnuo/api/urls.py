"""Addresses of the API: operations, document, reference page, SMS simulator; the rest is a 404 problem."""

from django.urls import path, re_path

from yingnuo.api import refusals, simulators
from yingnuo.api.door import api
from yingnuo.api.gate import addresses

urlpatterns = [
    path("sim/sms", simulators.sms, name="sim-sms"),
    path("", addresses(api)),
    re_path(r"^", refusals.nowhere),
]
