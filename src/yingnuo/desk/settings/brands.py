"""Under which brands does the company meet its customers, and how does each look?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yingnuo.brands import books, services
from yingnuo.brands.models import Brand
from yingnuo.brands.services import BrandFacts
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit import pages
from yingnuo.kit.errors import Refused
from yingnuo.people.models import Region

SECTION = "brands"
DEFAULT = "default"  # how addresses name the brand whose code is empty
_INNER = (ChannelKind.API, ChannelKind.FILES, ChannelKind.PORTAL)


def _channels() -> list[tuple[int, str]]:
    return inputs.pairs(Channel.objects.exclude(kind__in=_INNER).order_by("name"))


def _regions() -> list[tuple[str, str]]:
    return list(Region.objects.order_by("name").values_list("code", "name"))


def _box(label: Any, help_text: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=False, max_length=1_000, widget=area, help_text=help_text)


class BrandForm(SettingForm):
    """The default brand, and what every brand has."""

    zh_hans = forms.CharField(label=gettext_lazy("Name in simplified Chinese"), max_length=60, required=False)
    zh_hant = forms.CharField(label=gettext_lazy("Name in traditional Chinese"), max_length=60, required=False)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=60, required=False)
    colour = forms.CharField(
        label=gettext_lazy("Colour"), max_length=7, required=False,
        help_text=gettext_lazy("Such as #0b62c9; text on it is made dark or light, whichever is read better."),
    )  # fmt: skip
    logo = forms.FileField(
        label=gettext_lazy("Logo"), required=False, help_text=gettext_lazy("PNG, JPEG or WebP, at most 512 KB."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )  # fmt: skip
    no_logo = forms.BooleanField(label=gettext_lazy("Take the logo away"), required=False)
    sender = forms.CharField(
        label=gettext_lazy("Sender of mails"), max_length=60, required=False,
        help_text=gettext_lazy("Where the mailbox names none. Mails leave by the first mailbox the brand claims."),
    )  # fmt: skip
    host = forms.CharField(
        label=gettext_lazy("Own host name of the portal"), max_length=120, required=False,
        help_text=gettext_lazy("Empty: the common address. It must be served here too, see the guide."),
    )  # fmt: skip
    signature = _box(gettext_lazy("Signature"), gettext_lazy("Below answers, where the mailbox has none of its own."))
    footer = _box(gettext_lazy("Footer"), gettext_lazy("Below portal pages and mails: address, register number …"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class OtherForm(BrandForm):
    """A further brand: what it claims."""

    channels = Ticks(_channels, gettext_lazy("What comes in by"), coerce=int)
    product_lines = Ticks(inputs.lines, gettext_lazy("What is about the product line"))
    regions = Ticks(_regions, gettext_lazy("What comes from the region"))
    position = forms.IntegerField(
        label=gettext_lazy("Order"), min_value=0, max_value=1_000, initial=0,
        help_text=gettext_lazy("Of two that claim the same, the lower one has it."),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class NewForm(OtherForm):
    """A brand that is not there yet."""

    code = inputs.code_field()
    field_order = ("code",)


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every brand."""
    language = get_language() or ""
    rows = Brand.objects.exclude(code="").order_by("position", "pk")
    page = pages.numbered(rows, number=request.GET.get("page", "1"))
    names: dict[str, dict[Any, str]] = {
        "channels": dict(_channels()),
        "lines": dict(inputs.lines()),
        "regions": dict(_regions()),
    }
    context = {
        "default": Brand.objects.filter(code="").first(), "house": books.now().default.name(language), "page": page,
        "rows": [(row, _claims(row, names)) for row in page.rows],
    }  # fmt: skip
    return show(request, "brands.html", context, section=SECTION)


def _claims(row: Brand, names: dict[str, dict[Any, str]]) -> list[str]:
    said = [names["channels"].get(pk, "") for pk in row.channels]
    said += [names["lines"].get(code, code) for code in row.product_lines]
    return [word for word in (*said, *(names["regions"].get(code, code) for code in row.regions)) if word]


@signed_in_who_may("settings.edit")
def new(request: DeskRequest) -> HttpResponseBase:
    """A further brand."""
    return _edited(request, None, NewForm.over(request, files=request.FILES or None))


@signed_in_who_may("settings.edit")
def brand(request: DeskRequest, code: str) -> HttpResponseBase:
    """One brand; the default one may not be there yet."""
    row = Brand.objects.filter(code="" if code == DEFAULT else code).first()
    if row is None and code != DEFAULT:
        raise Http404
    form_class = BrandForm if code == DEFAULT else OtherForm
    row = row or Brand(code="", version=0)
    names = [name for name in form_class.base_fields if name not in ("logo", "no_logo")]
    initial = {name: getattr(row, name) for name in names}
    form = form_class.over(request, initial=initial, files=request.FILES or None)
    return _edited(request, row, form)


def _edited(request: DeskRequest, row: Brand | None, form: forms.Form) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            saved = _saved(request, row, dict(form.cleaned_data))
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return go(request, "settings_brand", saved.code or DEFAULT)
        except Refused as refused:
            inputs.tell(form, refused)
    look = books.now().of(row.code) if row else None
    context = {
        "form": form, "row": row, "look": look, "code": (row.code or DEFAULT) if row else "",
        "portal": _portal(request, row) if row else "",
    }  # fmt: skip
    return show(request, "brand.html", context, section=SECTION, status=422 if form.errors else 200)


def _portal(request: DeskRequest, row: Brand) -> str:
    if row.host:
        return f"{request.scheme}://{row.host}{reverse('portal:home')}"
    path = reverse("portal:brand", args=[row.code]) if row.code else reverse("portal:home")
    return request.build_absolute_uri(path)


def _saved(request: DeskRequest, row: Brand | None, data: dict[str, Any]) -> Brand:
    logo, none, version = data.pop("logo"), data.pop("no_logo"), data.pop("version")
    code = row.code if row else data.pop("code")
    facts = BrandFacts(**{name: data[name] for name in asdict(BrandFacts()) if name in data})
    known = version if row is not None and row.pk else None
    saved = services.save(
        request.actor, code=code, facts=facts, new=row is None, version=known, now=request.now
    )  # fmt: skip
    if logo or none:
        read = logo.read(services.MOST_LOGO_BYTES + 1) if logo else b""
        saved = services.set_logo(request.actor, code=code, data=read, now=request.now)
    return saved


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, code: str) -> HttpResponseBase:
    """Takes a brand away."""
    services.remove(request.actor, code="" if code == DEFAULT else code, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_brands")
