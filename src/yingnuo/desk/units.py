"""What does a customer own of us: how is it shown at the desk, and written down there?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.devices import units
from yingnuo.devices.models import Unit
from yingnuo.devices.units import Facts, Warranty
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, NotFound, Refused
from yingnuo.people.models import Contact

TONES = {"in": "green", "out": "red", "unknown": "gray"}


@dataclass(frozen=True, slots=True)
class Owned:
    """One unit as a card shows it; `ours`: it is his company's, not his own."""

    unit: Unit
    name: str
    warranty: Warranty
    word: str
    tone: str
    ours: bool


def of_customer(contact: Contact, names: Names, *, now: datetime, most: int = units.MOST_SHOWN) -> list[Owned]:
    """What he and his company own; one statement."""
    return owned(list(units.of_customer(contact)[:most]), names, now=now)


def owned(rows: Sequence[Unit], names: Names, *, now: datetime) -> list[Owned]:
    """Units as cards show them."""
    return [_owned(row, names, now) for row in rows]


def _owned(unit: Unit, names: Names, now: datetime) -> Owned:
    found = units.warranty(unit, today=units.today(now))
    line = names.line(unit.product_line)
    name = " ".join(dict.fromkeys(part for part in (line, unit.model) if part)) or unit.serial
    return Owned(unit, name, found, _word(found), TONES[found.standing], unit.contact_id is None)


def _word(w: Warranty) -> str:
    if w.until is None:
        return _("warranty not known")
    until = w.until.isoformat()
    said = _("under warranty until %(date)s") if w.standing == "in" else _("out of warranty since %(date)s")
    return said % {"date": until}


def serials(contact: Contact) -> list[str]:
    """Serial numbers to choose from for a ticket of his."""
    return [serial for serial in units.of_customer(contact).values_list("serial", flat=True)[:50] if serial]


class UnitForm(SettingForm):
    """One unit."""

    product_line = forms.ChoiceField(label=gettext_lazy("Product line"), required=False)
    model = forms.CharField(label=gettext_lazy("Model"), max_length=80, required=False)
    serial = forms.CharField(label=gettext_lazy("Serial number"), max_length=80, required=False)
    bought_on = forms.DateField(
        label=gettext_lazy("Bought on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    warranty_until = forms.DateField(
        label=gettext_lazy("Warranty until"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Its last day. Empty: not known."),
    )  # fmt: skip
    contract = forms.CharField(label=gettext_lazy("Service contract"), max_length=80, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)
    gone = forms.BooleanField(label=gettext_lazy("He has it no more"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, names: Names, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product_line"] = forms.ChoiceField(
            label=gettext_lazy("Product line"), required=False, choices=[("", "—"), *names.lines.items()]
        )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("customer.edit")
def unit(request: DeskRequest, contact: int, pk: int | None = None) -> HttpResponse:
    """One thing a customer owns, or a new one; in a dialog, or on a page of its own."""
    customer = get_object_or_404(Contact.objects.select_related("company"), pk=contact)
    row = _of(customer, pk) if pk else None
    initial = {name: getattr(row, name) for name in UnitForm.base_fields} if row else {}
    form = UnitForm.over(request, initial=initial, names=request.names)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        version = data.pop("version")
        try:
            units.save(
                request.actor, pk=pk, facts=Facts(**data), contact=None if row else customer.pk, version=version,
                now=request.now,
            )  # fmt: skip
        except Refused as refused:
            _tell(form, refused)
        else:
            return _done(request, customer.pk)
    context = {"form": form, "contact": customer, "row": row, "now": request.now}
    context["title"] = row or _("New product")
    shown = {"dialog-body": "desk/_unit.html"}
    return pages.show(request, "desk/unit.html", context, parts=shown, status=422 if form.errors else 200)


def _of(customer: Contact, pk: int) -> Unit:
    row = units.of_customer(customer).filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such product."), code="unit_not_found")
    return row


def _tell(form: forms.Form, refused: Refused) -> None:
    told = refused.fields if isinstance(refused, Invalid) else {}
    for name, words in told.items():
        form.add_error(name if name in form.fields else None, str(words))
    if not told:
        form.add_error(None, str(refused))


def _done(request: DeskRequest, contact: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    address = redirect("desk:customer", contact)
    return HttpResponse(status=204, headers={"HX-Redirect": address.url}) if pages.is_htmx(request) else address


@require_POST
@signed_in_who_may("customer.edit")
def delete(request: DeskRequest, contact: int, pk: int) -> HttpResponse:
    """Takes a unit away that was written down by mistake."""
    customer = get_object_or_404(Contact.objects.select_related("company"), pk=contact)
    units.delete(request.actor, row=_of(customer, pk), now=request.now)
    return _done(request, contact)
