"""App configuration."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "yingnuo.alerts"
    label = "alerts"
