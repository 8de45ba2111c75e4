"""Which slice of the product is this?"""

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """Calls, who answers them, and whom we owe a call."""

    name = "yingnuo.telephony"
