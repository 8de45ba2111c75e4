"""Which slice of the product is this?"""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """What needs the consent of others before it is done."""

    name = "yingnuo.approvals"
