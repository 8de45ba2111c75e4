"""Why did a message not reach the customer, in words that say what to do?

The codes are those of ChannelError and of Receipt.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WHY: dict[str, Promise] = {
    "window_over": _("the time in which the provider lets us answer is over until the customer writes again"),
    "window_used_up": _("all messages that the provider allows are used up until the customer writes again"),
    "window_too_small": _("it is more messages than the provider still allows; shorten it or leave files away"),
    "never_wrote": _("the provider lets us write only to whom wrote first"),
    "held_elsewhere": _("the conversation is with a colleague in 企业微信, or has ended there"),
    "blocked": _("the customer does not take messages from us"),
    "not_subscribed": _("the customer has not subscribed, or follows us no more"),
    "unknown_person": _("the provider does not know this person"),
    "unknown_account": _("the provider does not know our account any more"),
    "account_deleted": _("our account was deleted at the provider"),
    "app_closed": _("our application is closed at the provider"),
    "not_verified": _("our company is not verified at the provider"),
    "nobody_signed_in": _("nobody of the company has signed in to 企业微信 yet"),
    "not_taken": _("the provider does not take messages of this kind"),
    "not_safe": _("the provider's check of contents refused it"),
    "file_not_taken": _("the channel does not take files of this kind; the customer finds it on his page"),
    "file_too_large": _("a file is larger than the provider takes"),
    "too_long": _("it is longer than the provider takes"),
    "bad_template": _("the template or what stands in its places is wrong"),
    "session_over": _("the address for answering has ended; the person must write again"),
    "provider_failed": _("the provider failed"),
    "failed": _("the provider tells no reason"),
}  # fmt: skip


def why(code: str) -> str:
    """The words for a code; the code itself where there are none."""
    return str(_WHY.get(code, code or "—"))
