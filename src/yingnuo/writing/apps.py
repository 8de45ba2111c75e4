"""What is this app called?"""

from django.apps import AppConfig


class WritingConfig(AppConfig):
    name = "yingnuo.writing"
    default_auto_field = "django.db.models.BigAutoField"
