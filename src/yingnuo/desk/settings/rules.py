"""Where are dispatch rules ordered, changed, tried and read from a table?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import condition_form, files, inputs, words
from yingnuo.desk.settings.condition_form import DISPATCH_FACTS
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Listed, Pick, Rows
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.models import Team
from yingnuo.routing import explaining
from yingnuo.routing import rules as services
from yingnuo.routing.explaining import Quality
from yingnuo.routing.models import Rule
from yingnuo.routing.rules import RuleFacts
from yingnuo.tickets.models import Kind, Urgency

_SECTION = "rules"
_MOST_PROBLEMS = 200
_LARGEST_TABLE = 8_000_000
_EXAMPLE = """name,keywords,team,skills,kind,urgency,product_line,tags
Water leaks,leak|leaking|漏水,front,,fault,important,,
Smoke,smoke|fire|冒烟,technicians,,fault,urgent,,safety
"""


class RuleForm(SettingForm):
    """One dispatch rule; its condition is filled in beside it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    keywords = Rows(
        label=gettext_lazy("Keywords"),
        required=False,
        help_text=gettext_lazy("One of them must occur in the text. None: the text does not matter."),
    )
    team_id = Pick(
        lambda: inputs.pairs(Team.objects.filter(active=True).order_by("name")), gettext_lazy("Give it to the team")
    )
    set_kind = Pick(Kind.choices, gettext_lazy("Kind, when it is not known"), number=False)
    set_urgency = Pick(Urgency.choices, gettext_lazy("Raise the urgency to"), number=False)
    set_product_line = Pick(inputs.lines, gettext_lazy("Product line, when it is not known"), number=False)
    skills = Listed(label=gettext_lazy("Skills asked for"), required=False)
    add_tags = Listed(label=gettext_lazy("Tags to add"), required=False)
    active = forms.BooleanField(label=gettext_lazy("In force"), required=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in the list."""

    rule: Rule
    when: str
    keywords: str
    effect: str
    warned: str
    quality: Quality | None = None


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """The rules in their order."""
    rows = Rule.objects.select_related("team")
    asked = request.GET.get("q", "").strip()[:60]
    if asked:
        rows = rows.filter(Q(name__icontains=asked) | Q(keywords__contains=[asked]) | Q(team__name__icontains=asked))
    page = pages.numbered(rows, number=request.GET.get("page", "1"), size=50)
    found = {f.rule: f.code for f in services.lint()}
    lexicon, quality = words.lexicon(), explaining.quality_by_rule(now=request.now)
    context = {
        "page": page,
        "asked": asked,
        "lines": [_line(r, found, lexicon, quality.get(r.pk)) for r in page.rows],
        "warned": len(found),
    }
    return show(request, "rules.html", context, section=_SECTION)


def _line(rule: Rule, found: dict[int, str], lexicon: words.Lexicon, quality: Quality | None) -> Line:
    when = words.condition(rule.when, lexicon) if rule.when else ""
    keywords = ", ".join(rule.keywords[:8]) + (" …" if len(rule.keywords) > 8 else "")
    return Line(rule, when, keywords, _effect(rule, lexicon), problem(found.get(rule.pk, "")), quality)


def problem(code: str) -> str:
    """What is wrong with a rule, in words."""
    sentences = {
        "after_all": _("A rule above takes every ticket: this one gives nobody anything. Move it up."),
        "team_off": _("Its team takes no tickets any more. Choose another."),
    }
    return sentences.get(code, "")


def _effect(rule: Rule, lexicon: words.Lexicon) -> str:
    parts: list[object] = [
        rule.set_kind and _("kind %(word)s") % {"word": lexicon.value("kind", rule.set_kind)},
        rule.set_urgency and _("at least %(word)s") % {"word": lexicon.value("urgency", rule.set_urgency)},
        rule.set_product_line and lexicon.value("product_line", rule.set_product_line),
        rule.skills and _("skills %(words)s") % {"words": ", ".join(rule.skills)},
        rule.add_tags and _("tags %(words)s") % {"words": ", ".join(rule.add_tags)},
    ]
    return " · ".join(str(part) for part in parts if part)


@signed_in_who_may("settings.edit")
def rule(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One rule, or a new one."""
    row = get_object_or_404(Rule, pk=pk) if pk else None
    initial: dict[str, Any] = {name: getattr(row, name) for name in RuleForm.base_fields} if row else {"active": True}
    when = dict(row.when) if row else {}
    form = RuleForm.over(request, initial=initial, parts=[condition_form.part_of(when, DISPATCH_FACTS)])
    if request.method == "POST":
        when = _posted_when(form, when)
    context: dict[str, Any] = {
        "fields": condition_form.fields_of(when, DISPATCH_FACTS), "extra": form.said.get("when_extra", ""),
        "back": "desk:settings_rules", "delete": "desk:settings_rule_drop" if row else "", "row": row,
    }  # fmt: skip

    def save() -> Rule:
        facts = RuleFacts(**form.cleaned_data, when=when)
        return services.save(request.actor, pk=pk, facts=facts, now=request.now)

    def done(saved: Rule) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
        return go(request, "settings_rules")

    return inputs.answer(
        request, form, save, done, section=_SECTION, title=row or gettext_lazy("New dispatch rule"), **context
    )


def _posted_when(form: RuleForm, before: dict[str, Any]) -> dict[str, Any]:
    try:
        return condition_form.when_from(form.said, DISPATCH_FACTS)
    except Invalid as refused:
        form.add_error(None, str(refused))
        return before


@require_POST
@signed_in_who_may("settings.edit")
def move(request: DeskRequest) -> HttpResponseBase:
    """A rule up or down one place, or in front of another one (dragged)."""
    pk = number(request.POST.get("rule"))
    before = (
        neighbour(_order(), pk, request.POST["to"])
        if "to" in request.POST
        else number(request.POST.get("before")) or None
    )
    services.move(request.actor, pk=pk, before=before, now=request.now)
    return go(request, "settings_rules")


def number(text: str | None) -> int:
    """An id that a form names, 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0


def _order() -> list[int]:
    return list(Rule.objects.values_list("pk", flat=True))


def neighbour(order: list[int], pk: int, to: str) -> int | None:
    """The rule in front of which one comes that goes one place up or down."""
    at = order.index(pk) if pk in order else 0
    place = at - 1 if to == "up" else at + 2
    return order[max(0, place)] if place < len(order) else None


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a rule away."""
    services.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_rules")


@signed_in_who_may("settings.edit")
def load(request: DeskRequest) -> HttpResponseBase:
    """Many rules out of a table (CSV): all of them, or a list of the rows that are wrong."""
    problems: list[services.Wrong] = []
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            found, problems = services.read_table(files.posted_text(request, _LARGEST_TABLE))
            if found and not problems:
                count = services.add_many(request.actor, rules=found, now=request.now)
                messages.success(request, _("%(count)s rules were added at the end.") % {"count": count})
                return go(request, "settings_rules")
            errors = {"text": _("Nothing was added: %(count)s rows are wrong.") % {"count": len(problems)}}
        except Refused as refused:
            errors = {"text": str(refused)}
    context = {
        "errors": errors, "problems": problems[:_MOST_PROBLEMS], "example": _EXAMPLE,
        "text": request.POST.get("text", ""), "more_problems": len(problems) > _MOST_PROBLEMS,
    }  # fmt: skip
    return show(request, "rules_load.html", context, section=_SECTION, status=422 if errors else 200)
