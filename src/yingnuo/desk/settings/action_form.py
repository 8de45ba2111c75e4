"""How are the actions of a rule or a macro filled in: each kind once, what is left empty is not done?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yingnuo.approvals import rulebook
from yingnuo.desk import automation_words
from yingnuo.desk.settings import inputs, words
from yingnuo.desk.settings.inputs import Listed, Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.engine.automation import AUDIENCE, ORDER, STATUSES, written_span
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.models import Staff, Team
from yingnuo.tickets import values
from yingnuo.tickets.models import Kind, Urgency

_VARIABLES = _("It may name {customer}, {number}, {subject}, {agent} and {team}.")


def _teams() -> list[tuple[str, str]]:
    return list(Team.objects.filter(active=True).order_by("name").values_list("code", "name"))


def people() -> list[tuple[str, str]]:
    """Active members of staff by user name."""
    return list(Staff.objects.filter(active=True).order_by("name").values_list("username", "name"))


def _audiences() -> list[tuple[str, str]]:
    known = words.audiences()
    return [(code, known[code]) for code in AUDIENCE]


def _statuses() -> list[tuple[str, str]]:
    known = automation_words.statuses()
    return [(code, known[code]) for code in STATUSES]


def _approvals() -> list[tuple[str, str]]:
    return [(rule.code, rule.name) for rule in rulebook.rules().values() if rule.active]


class ActionForm(SettingForm):
    """The kinds of actions, by the names they have in a specification."""

    kind = Pick(Kind.choices, _("Set the kind"), number=False)
    urgency = Pick(Urgency.choices, _("Set the urgency"), number=False)
    product_line = Pick(inputs.lines, _("Set the product line"), number=False)
    fields_said = forms.CharField(
        label=_("Fill fields in"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=4_000,
        help_text=_("One a line: code: value. Nothing behind the colon empties it."),
    )  # fmt: skip
    add_tags = Listed(label=_("Add tags"), required=False)
    remove_tags = Listed(label=_("Remove tags"), required=False)
    team = Pick(_teams, _("Give it to the team"), number=False)
    agent = Pick(people, _("and there to"), number=False)
    status = Pick(_statuses, _("Status"), number=False)
    snooze = forms.CharField(
        label=_("Put it aside for"), required=False, max_length=20, help_text=_("Such as 30m, 4h or 2d.")
    )
    note = forms.CharField(
        label=_("Write a note"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_VARIABLES
    )
    send = forms.CharField(
        label=_("Write to the customer"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_VARIABLES,
    )  # fmt: skip
    approval = Pick(_approvals, _("Ask for approval"), number=False)
    notify = Ticks(_audiences, _("Tell by role"))
    people = Listed(label=_("Tell people, by user name"), required=False)


def initial_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A stored specification as the form's values."""
    found = {name: spec[name] for name in ORDER if name in spec}
    own = [f"{code}: {_written(value)}" for code, value in found.pop("fields", {}).items()]
    found |= {"fields_said": "\n".join(own)} if own else {}
    return found | ({"snooze": written_span(found["snooze"])} if isinstance(found.get("snooze"), int) else {})


def actions_from(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, as a specification."""
    found = {name: cleaned[name] for name in ORDER if cleaned.get(name)}
    spec = {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
    own = _said(cleaned.get("fields_said", ""))
    return spec | ({"fields": own} if own else {})


def _written(value: object) -> str:
    return " | ".join(str(one) for one in value) if isinstance(value, list) else values.text_of(value)


def _said(text: str) -> dict[str, object]:
    """Codes with values; several choices stand with bars between them."""
    found: dict[str, object] = {}
    for line in text.replace("：", ":").splitlines():
        code, _colon, said = (part.strip() for part in line.partition(":"))
        if code:
            parts = [part.strip() for part in said.split("|")]
            found[code] = parts if len(parts) > 1 else said or None
    return found


def bound(form: forms.Form, names: Iterable[str]) -> list[forms.BoundField]:
    """Some fields of a form, for one section of its page."""
    return [form[name] for name in names]


def tell(form: forms.Form, refused: Refused) -> None:
    """Puts each sentence of a refusal at its field; parts of a specification stand at the head of the form."""
    fields = dict(refused.fields) if isinstance(refused, Invalid) else {}
    for name, said in fields.items() or [("", str(refused))]:
        form.add_error(name if name in form.fields else None, str(said))
