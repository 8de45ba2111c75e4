"""App configuration."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "yingnuo.promises"
    label = "promises"
