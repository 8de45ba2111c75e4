"""The slice of saved lists of tickets as Django knows it."""

from django.apps import AppConfig


class WorklistsConfig(AppConfig):
    name = "yingnuo.worklists"
    default_auto_field = "django.db.models.BigAutoField"
