"""Where are members of staff added, changed, switched off and given another password?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Listed, Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit import pages
from yingnuo.people import organisation as services
from yingnuo.people import roles, skills
from yingnuo.people.models import Role, Staff, Team
from yingnuo.people.organisation import StaffFacts
from yingnuo.people.services import normal_phone

_SECTION = "staff"
_LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))


def _teams() -> list[tuple[int, str]]:
    return inputs.pairs(Team.objects.filter(active=True).order_by("name"))


def _roles() -> list[tuple[str, str]]:
    return [(role.code, role.word) for role in roles.offered()]


def _staff() -> list[tuple[int, str]]:
    return inputs.pairs(Staff.objects.filter(active=True).order_by("name"))


class PersonForm(SettingForm):
    """One member of staff."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    role = Pick(_roles, gettext_lazy("Role"), number=False, required=True)
    team_id = Pick(_teams, gettext_lazy("Team"))
    email = forms.EmailField(label=gettext_lazy("Mail"), required=False)
    phone = forms.CharField(
        label=gettext_lazy("Mobile phone"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Warnings by SMS go here."),
    )
    deputy_id = Pick(
        _staff,
        gettext_lazy("Deputy"),
        help_text=gettext_lazy("Is told instead while this person is on leave or off shift."),
    )
    calendar = Pick(
        inputs.calendars,
        gettext_lazy("Shift"),
        number=False,
        help_text=gettext_lazy("Outside it, no tickets are given out."),
    )
    capacity = forms.IntegerField(label=gettext_lazy("Tickets at a time"), min_value=1, max_value=500, initial=20)
    skills = Listed(
        label=gettext_lazy("Skills"),
        required=False,
        help_text=gettext_lazy("With commas, as product lines and rules name them; with a level from 1 to 5: pump:3."),
    )
    languages = Ticks(_LANGUAGES, gettext_lazy("Speaks"))
    more_teams = Ticks(_teams, gettext_lazy("Helps in the teams"), coerce=int)
    language = Pick(_LANGUAGES, gettext_lazy("Reads the desk in"), number=False, required=True)
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, initial="Asia/Shanghai")
    active = forms.BooleanField(label=gettext_lazy("May sign in"), required=False)

    def clean_phone(self) -> str:
        """A number that can be called."""
        given = str(self.cleaned_data["phone"])
        if given and not normal_phone(given):
            raise forms.ValidationError(_("This is no phone number. Write it like +86 138 0000 2210."))
        return given


class NewPersonForm(PersonForm):
    """A new member of staff."""

    username = forms.RegexField(r"^[\w.@-]+$", label=gettext_lazy("Signs in as"), max_length=60)
    password = forms.CharField(
        label=gettext_lazy("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    field_order = ("username", "password")


class PasswordForm(forms.Form):
    """Another password."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Everybody, findable by name, team or skill; with `role` those of a role."""
    rows = Staff.objects.select_related("team", "deputy").order_by("-active", "name")
    words = {role.code: role.word for role in roles.standings(request.names.organisation)}
    only = request.GET.get("role", "")
    if only in words:
        rows = rows.filter(role=only)
    asked = request.GET.get("q", "").strip()
    if asked:
        rows = rows.filter(
            Q(name__icontains=asked) | Q(username__icontains=asked) | Q(team__name__icontains=asked)
            | Q(skills__contains=[asked])
        )  # fmt: skip
    page = pages.numbered(rows, number=request.GET.get("page", "1"))
    context = {"page": page, "asked": asked, "roles": words, "role": only if only in words else ""}
    return show(request, "staff.html", context, section=_SECTION, parts={"staff": "_staff.html"})


@signed_in_who_may("people.edit")
def new(request: DeskRequest) -> HttpResponseBase:
    """A new member of staff."""
    form = NewPersonForm.over(request, initial={"active": True, "role": Role.AGENT, "language": "zh-hans"})

    def save() -> Staff:
        data = dict(form.cleaned_data)
        username, password = data.pop("username"), data.pop("password")
        return services.hire(
            request.actor, username=username, password=password, facts=StaffFacts(**skills.told(data)), now=request.now
        )

    return _answer(request, form, save, gettext_lazy("New member of staff"))


@signed_in_who_may("people.edit")
def person(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One member of staff."""
    row = get_object_or_404(Staff, pk=pk)
    values = {name: getattr(row, name) for name in PersonForm.base_fields if name != "more_teams"}
    values["skills"] = skills.shown(row.skills, row.levels)
    values["more_teams"] = list(row.more_teams.values_list("pk", flat=True))
    form = PersonForm.over(request, initial=values)

    def save() -> Staff:
        return services.save_person(
            request.actor, pk=pk, facts=StaffFacts(**skills.told(form.cleaned_data)), now=request.now
        )

    return _answer(request, form, save, row, password="desk:settings_password", row=row)  # noqa: S106  a URL name


def _answer(request: DeskRequest, form: forms.Form, save: Any, title: Any, **context: Any) -> HttpResponseBase:
    def done(saved: Staff) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
        return go(request, "settings_staff")

    return inputs.answer(
        request, form, save, done, section=_SECTION, title=title, back="desk:settings_staff", **context
    )


@signed_in_who_may("people.edit")
def password(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Another password for one member of staff."""
    row = get_object_or_404(Staff, pk=pk)
    form = PasswordForm(request.POST or None)

    def save() -> None:
        services.reset_password(request.actor, pk=pk, password=form.cleaned_data["password"], now=request.now)

    def done(_saved: None) -> HttpResponseBase:
        messages.success(request, _("The password is changed. Tell it in person."))
        return go(request, "settings_person", pk)

    title = _("Password of %(name)s") % {"name": row.name}
    return inputs.answer(request, form, save, done, section=_SECTION, title=title, back="desk:settings_staff")
