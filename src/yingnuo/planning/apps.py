"""App configuration."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "yingnuo.planning"
    label = "planning"
