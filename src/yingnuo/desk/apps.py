"""App configuration."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "yingnuo.desk"
    label = "desk"
