"""What does the widget say? Its sentences in the page's language, in one small table that it asks for at its start."""

from __future__ import annotations

from django.utils.translation import gettext as _


def all_words() -> dict[str, str]:
    """By the names that chat-widget.js knows; {n}, {time} and {name} are filled in there."""
    return {
        "open": _("Open the chat"), "close": _("Close the chat"), "title": _("Chat with us"),
        "hello": _("Hello! How can we help you?"), "write": _("Write a message"), "send": _("Send"),
        "attach": _("Send a file"), "log": _("Messages"), "bot": _("Assistant"),
        "next": _("You are next."), "place": _("You are number {n} in the queue."),
        "expected": _("The wait is about {n} min at the moment."), "soon": _("It takes less than a minute usually."),
        "promised": _("We promise an answer by {time}."), "joined": _("{name} is with you."),
        "handing": _("We are connecting you with a colleague from technical support."),
        "typing": _("{name} is writing …"), "read": _("Read"),
        "waiting_net": _("No connection. Your messages are kept and sent as soon as it is back."),
        "unsent": _("Not sent yet"), "failed": _("Could not be sent"), "again": _("Try again"),
        "end": _("End the chat"), "end_sure": _("End this chat?"), "yes": _("Yes, end it"), "no": _("Go on"),
        "ended": _("The chat has ended. Write again and it goes on where it was."),
        "mail": _("Send me this chat by mail"),
        "address": _("Mail address"), "mailed": _("It is on its way to you."), "rate": _("How was it?"),
        "stars": _("{n} of 5"), "thanks": _("Thank you for telling us."), "new": _("{n} new messages"),
        "closed": _("We are not here at the moment. Leave us a message and we answer by mail."),
        "name": _("Your name"), "name_maybe": _("Your name (optional)"), "question": _("Your question"),
        "leave": _("Send the message"), "left": _("Thank you. We have it as {name} and answer by mail."),
        "person": _("Talk to a person"), "too_large": _("This file is larger than 10 MB."), "menu": _("More"),
    }  # fmt: skip
