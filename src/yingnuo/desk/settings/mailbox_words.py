"""In which words does a mailbox speak, and what does that look like?"""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yingnuo.brands import books as brands
from yingnuo.brands import wording
from yingnuo.channels import mail_words, setup
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.mailboxes import LANGUAGES
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Refused


def _box(label: object, rows: int, help_text: object) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
    return forms.CharField(label=str(label), required=False, max_length=5_000, widget=area, help_text=str(help_text))


class WordsForm(SettingForm):
    """Signature and frames in one language."""

    def __init__(self, *given: object, **more: object) -> None:
        super().__init__(*given, **more)  # type: ignore[arg-type]
        self.fields["signature"] = _box(
            _("Signature"), 4, _("Stands below every mail. Empty: the writer's name stands below his words."),
        )  # fmt: skip
        self.fields["reply"] = _box(
            _("Frame of answers"), 9, _("Empty: the words, the signature and a link to the request.")
        )
        self.fields["receipt"] = _box(
            _("Receipt for new requests"),
            9,
            _("It must contain {{ url }}, the customer's page. Empty: the built-in one."),
        )


@signed_in_who_may("channel.edit")
def worded(request: DeskRequest, pk: int, language: str) -> HttpResponseBase:
    """A mailbox's wordings in one language, and how a mail with them looks."""
    row = get_object_or_404(Channel, pk=pk, kind=ChannelKind.MAIL)
    if language not in dict(LANGUAGES):
        raise Http404
    stored = {part: mail_words.wording(row, part, language) for part in mail_words.PARTS}
    form = WordsForm.over(request, initial=stored)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "save":
        try:
            setup.word(request.actor, pk=pk, language=language, words=form.cleaned_data, now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("The wording is saved."))
            return go(request, "settings_mailbox_words", pk, language)
    words = form.cleaned_data if form.is_bound and form.is_valid() else stored
    context = {
        "form": form, "channel": row, "language": language, "languages": LANGUAGES,
        "variables": _sample(row, language).items(), "previews": _previews(row, language, words),
    }  # fmt: skip
    return show(request, "mailbox_words.html", context, section="channels", status=422 if form.errors else 200)


def _sample(row: Channel, language: str) -> dict[str, str]:
    with override(language):
        return {
            "text": _("Your machine shows E3 because the drain is blocked. Clean the filter behind the lower flap."),
            "number": "YN-1042", "subject": _("Washing machine shows E3"), "customer": _("Ms Chen"),
            "staff": _("Li Na"), "team": _("Front line"), "organisation": brands.house(language) or brands.FALLBACK,
            "url": f"{settings.YINGNUO.address}/p/…",
        }  # fmt: skip


def _previews(row: Channel, language: str, words: dict[str, str]) -> list[tuple[object, str]]:
    """(title, text) of an answer and of a receipt with these wordings."""
    values = _sample(row, language)
    values["signature"] = wording.filled(words.get("signature", ""), values)
    answer = wording.filled(words.get("reply", ""), values) or mail_words.plain(language, values)
    receipt = wording.filled(words.get("receipt", ""), values)
    shown: list[tuple[object, str]] = [(gettext_lazy("An answer"), answer)]
    return [*shown, (gettext_lazy("A receipt"), receipt)] if receipt else shown
