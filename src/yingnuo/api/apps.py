"""App configuration."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "yingnuo.api"
    label = "api"
