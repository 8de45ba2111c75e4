"""App configuration."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "yingnuo.routing"
    label = "routing"
