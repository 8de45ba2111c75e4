"""Addresses of the customers' API; the rest is a 404 problem."""

from django.urls import path, re_path

from yingnuo.api import refusals
from yingnuo.api.customer.door import addresses

urlpatterns = [path("", addresses()), re_path(r"^", refusals.nowhere)]
