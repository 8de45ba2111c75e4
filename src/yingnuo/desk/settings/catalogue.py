"""Where are product lines and the wording of notices changed?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.alerts import messengers, templates
from yingnuo.alerts.models import Template
from yingnuo.alerts.templates import Wording
from yingnuo.alerts.wording import headline
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs, words
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import catalogue as services
from yingnuo.tickets.catalogue import LineFacts
from yingnuo.tickets.models import ProductLine

_LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))


class LineForm(SettingForm):
    """One product line."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()
    skill = forms.CharField(
        label=gettext_lazy("Skill"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Only people with this skill are given its tickets."),
    )


class WordingForm(SettingForm):
    """The wording of one notice."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200, required=False)
    body = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea(attrs={"rows": 8}))


@signed_in_who_may("settings.view")
def lines(request: DeskRequest) -> HttpResponseBase:
    """Every product line."""
    return show(request, "lines.html", {"rows": ProductLine.objects.order_by("name")}, section="lines")


@signed_in_who_may("settings.edit")
def line(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One product line, or a new one."""
    row = get_object_or_404(ProductLine, pk=pk) if pk else None
    form = LineForm.over(request, initial=_values(row, LineForm))

    def save() -> ProductLine:
        return services.save_line(request.actor, pk=pk, facts=LineFacts(**form.cleaned_data), now=request.now)

    return _answer(request, form, save, "lines", row, gettext_lazy("New product line"))


def _values(row: Any, form: type[forms.Form]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields} if row else {}


def _answer(request: DeskRequest, form: forms.Form, save: Any, section: str, row: Any, new: Any) -> HttpResponseBase:
    def done(saved: Any) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, f"settings_{section}")

    delete = f"desk:settings_{section[:-1]}_delete" if row else ""
    return inputs.answer(
        request,
        form,
        save,
        done,
        section=section,
        title=row or new,
        back=f"desk:settings_{section}",
        delete=delete,
        row=row,
    )


@require_POST
@signed_in_who_may("settings.edit")
def delete_line(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a product line away."""
    services.delete_line(request.actor, row=get_object_or_404(ProductLine, pk=pk), now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_lines")


@signed_in_who_may("settings.view")
def wording(request: DeskRequest) -> HttpResponseBase:
    """Every notice with every way and language, and which have a wording of their own."""
    own = set(Template.objects.values_list("reason", "way", "language"))
    rows = [
        {
            "reason": reason, "name": headline(reason), "way": way, "way_name": words.ways()[way],
            "languages": [(code, name, (reason, way, code) in own) for code, name in _LANGUAGES],
        }
        for reason in (*templates.REASONS, *templates.TO_CUSTOMERS) for way in _worded_ways()
        if templates.known(reason, way)
    ]  # fmt: skip
    return show(request, "wording.html", {"rows": rows}, section="wording")


def _worded_ways() -> tuple[str, ...]:
    return ("mail", "sms", *messengers.set_up())


@signed_in_who_may("settings.edit")
def worded(request: DeskRequest, reason: str, way: str, language: str) -> HttpResponseBase:
    """One wording: its form, its variables and what it looks like with a made-up ticket; 404 where there is none."""
    if not templates.known(reason, way) or language not in dict(_LANGUAGES):
        raise Http404
    stored = Template.objects.filter(reason=reason, way=way, language=language).first()
    initial = {"subject": stored.subject, "body": stored.body} if stored else _starting(reason, way, language)
    form = WordingForm.over(request, initial=initial)
    text = Wording(reason, way, language, *_texts(form, initial))
    if request.method == "POST" and request.POST.get("do") == "forget":
        templates.forget(request.actor, text=text, now=request.now)
        messages.success(request, _("The built-in wording is used again."))
        return go(request, "settings_wording")
    if request.method == "POST" and form.is_valid() and (answer := _worded(request, form, text)):
        return answer
    context = {
        "form": form, "name": headline(reason), "way_name": words.ways().get(way, way), "stored": stored,
        "language": dict(_LANGUAGES).get(language, language), "variables": templates.sample(language).items(),
        "preview": None if form.errors else templates.preview(text),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return show(request, "worded.html", context, section="wording", status=status)


def _starting(reason: str, way: str, language: str) -> dict[str, str]:
    if reason in templates.TO_CUSTOMERS:
        return {"subject": "", "body": templates.starting_to_customer(reason, language)}
    if way == "sms":
        return {"subject": "", "body": "{{ number }} {{ milestone }} {{ due }}, {{ agent }}: {{ subject }}"}
    facts = "{{ urgency }} · {{ customer }} · {{ agent }}"
    body = f"{{{{ number }}}} {{{{ subject }}}}\n\n{{{{ milestone }}}}: {{{{ due }}}}\n{facts}\n\n{{{{ url }}}}"
    return {"subject": "[{{ urgency }}] {{ number }} {{ subject }}", "body": body}


def _texts(form: WordingForm, initial: dict[str, str]) -> tuple[str, str]:
    given: Any = form.data if form.is_bound else initial
    return str(given.get("subject", "")), str(given.get("body", ""))


def _worded(request: DeskRequest, form: WordingForm, text: Wording) -> HttpResponseBase | None:
    """Saves when asked to; None when the page is to be shown, with errors put at their fields."""
    try:
        if request.POST.get("do") == "save":
            templates.save(request.actor, text=text, now=request.now)
            messages.success(request, _("Saved."))
            return go(request, "settings_wording")
        templates.preview(text)
    except Invalid as refused:
        inputs.tell(form, refused)
    return None
