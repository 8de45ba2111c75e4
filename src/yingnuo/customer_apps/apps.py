"""The slice of the company's own apps as Django knows it."""

from django.apps import AppConfig


class CustomerAppsConfig(AppConfig):
    name = "yingnuo.customer_apps"
    default_auto_field = "django.db.models.BigAutoField"
