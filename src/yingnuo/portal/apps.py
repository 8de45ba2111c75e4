"""App configuration."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "yingnuo.portal"
    label = "portal"
