"""Which steps does the operating rule ask for, in tickets of which kind and product line?"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.checklists import rulebook, services
from yingnuo.checklists.models import Checklist, Strictness
from yingnuo.checklists.services import Facts
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.tickets.models import Kind

SECTION = "checklists"


class ChecklistForm(SettingForm):
    """One checklist."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kinds = Ticks(Kind.choices, gettext_lazy("Only for tickets of the kind"))
    product_line = Pick(inputs.lines, gettext_lazy("Only for the product line"), number=False)
    strictness = Pick(
        Strictness.choices, gettext_lazy("Solving with required steps open"), number=False, required=True
    )  # fmt: skip
    steps = forms.CharField(
        label=gettext_lazy("Steps"), widget=forms.Textarea(attrs={"rows": 8}), max_length=12_000,
        help_text=gettext_lazy("One a line: Chinese | English. A * at its beginning makes it required."),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


@signed_in_who_may("settings.view")
def checklists(request: DeskRequest) -> HttpResponseBase:
    """Every checklist."""
    kinds, names = {code: str(word) for code, word in Kind.choices}, request.names
    rows = [
        (row, [kinds.get(k, k) for k in row.kinds], names.line(row.product_line), rulebook.steps_of(row))
        for row in Checklist.objects.order_by("name")
    ]
    return show(request, "checklists.html", {"rows": rows}, section=SECTION)


@signed_in_who_may("settings.edit")
def checklist(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One checklist, or a new one."""
    row = get_object_or_404(Checklist, pk=pk) if pk else None
    initial = {name: getattr(row, name) for name in ChecklistForm.base_fields} if row else {}
    if row:
        initial["steps"] = services.written(row)
    form = ChecklistForm.over(request, initial=initial)

    def save() -> Checklist:
        return services.save(request.actor, pk=pk, facts=Facts(**form.cleaned_data), now=request.now)

    def done(saved: Checklist) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, "settings_checklists")

    return inputs.answer(
        request, form, save, done, section=SECTION, title=row or gettext_lazy("New checklist"),
        back="desk:settings_checklists", delete="desk:settings_checklist_delete" if row else "", row=row,
    )  # fmt: skip


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a checklist away."""
    services.delete(request.actor, row=get_object_or_404(Checklist, pk=pk), now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_checklists")
