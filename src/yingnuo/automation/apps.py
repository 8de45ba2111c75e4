"""App configuration."""

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "yingnuo.automation"
    label = "automation"
