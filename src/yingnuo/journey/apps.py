"""App configuration."""

from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "yingnuo.journey"
    label = "journey"
