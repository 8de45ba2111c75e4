"""For which reasons can a breach be explained here, and with which words is the customer told of one?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Invalid
from yingnuo.promises import breach_reasons, breach_words
from yingnuo.promises.breach_models import BreachWording
from yingnuo.promises.breach_reasons import Reason

SECTION = "breaches"
_LANGUAGES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}


class ReasonForm(SettingForm):
    """One reason of the list. A built-in one may go without a name of its own."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, required=False,
        help_text=gettext_lazy("Empty: the built-in word, in each reader's language."),
    )  # fmt: skip
    code = inputs.code_field()
    position = forms.IntegerField(label=gettext_lazy("Position"), min_value=0, max_value=999, initial=100)
    needs_words = forms.BooleanField(label=gettext_lazy("Only together with words"), required=False)
    active = forms.BooleanField(label=gettext_lazy("Can be chosen"), required=False, initial=True)


class WordForm(SettingForm):
    """The word to the customer in one language."""

    body = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea(attrs={"rows": 10}))


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """The list of reasons, and the languages of the word to the customer."""
    own = set(BreachWording.objects.values_list("language", flat=True))
    languages = [(code, name, code in own) for code, name in _LANGUAGES.items()]
    context = {"rows": breach_reasons.known().values(), "languages": languages}
    return show(request, "breaches.html", context, section=SECTION)


@signed_in_who_may("settings.edit")
def reason(request: DeskRequest, code: str = "") -> HttpResponseBase:
    """One reason, or a new one; the code of one that is there stays."""
    found = breach_reasons.known().get(code)
    if code and found is None:
        raise Http404
    form = ReasonForm.over(request, initial=_values(found))
    if found is not None:
        form.fields["code"].disabled = True

    def save() -> str:
        facts = Reason(**form.cleaned_data)
        if found is None and facts.code in breach_reasons.known():
            problem = _("There is a reason of this code already.")
            raise Invalid(problem, fields={"code": problem})
        breach_reasons.save(request.actor, reason=facts, now=request.now)
        return facts.name or facts.word

    def done(saved: Any) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, "settings_breaches")

    title = found.word if found else gettext_lazy("New reason")
    return inputs.answer(request, form, save, done, section=SECTION, title=title, back="desk:settings_breaches")


def _values(found: Reason | None) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ReasonForm.base_fields} if found else {}


@signed_in_who_may("settings.edit")
def word(request: DeskRequest, language: str) -> HttpResponseBase:
    """The word to the customer in one language: its form, its variables and what it looks like when it is filled."""
    if language not in _LANGUAGES:
        raise Http404
    stored = BreachWording.objects.filter(language=language).first()
    initial = {"body": stored.body if stored else breach_words.built_in(language)}
    form = WordForm.over(request, initial=initial)
    if request.method == "POST" and (answer := _saved(request, form, language)):
        return answer
    text = str(form.data.get("body", "") if form.is_bound else initial["body"])
    context = {
        "form": form, "language": _LANGUAGES[language], "stored": stored,
        "variables": breach_words.sample(language).items(),
        "preview": "" if form.errors else breach_words.preview(language, text),
    }  # fmt: skip
    return show(request, "breach_word.html", context, section=SECTION, status=422 if form.errors else 200)


def _saved(request: DeskRequest, form: WordForm, language: str) -> HttpResponseBase | None:
    """Saves when asked to; None when the page is to be shown, with errors put at the field."""
    do = request.POST.get("do")
    if do == "forget":
        breach_words.save(request.actor, language=language, body="", now=request.now)
        messages.success(request, _("The built-in wording is used again."))
        return go(request, "settings_breaches")
    if not form.is_valid():
        return None
    try:
        if do == "save":
            breach_words.save(request.actor, language=language, body=form.cleaned_data["body"], now=request.now)
            messages.success(request, _("Saved."))
            return go(request, "settings_breaches")
        breach_words.preview(language, form.cleaned_data["body"])
    except Invalid as refused:
        inputs.tell(form, refused)
    return None
