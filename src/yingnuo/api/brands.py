"""Which brands are there and what do their automatic texts say, and how does a program keep both?

The default brand is called "default" here. A PUT makes a brand that is not there yet.
"""

from __future__ import annotations

from typing import Annotated

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Router
from pydantic import BeforeValidator, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import Body, Code, Id, without_nul
from yingnuo.api.organisation import CodePath
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told import Answer
from yingnuo.api.told_house import Gone
from yingnuo.brands import books, services, texts
from yingnuo.brands.models import Brand
from yingnuo.brands.services import BrandFacts
from yingnuo.channels.models import Channel
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people.roles import require

router = Router(tags=["brands"])
DEFAULT = "default"
Title = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=60)]
Words = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=1_000)]
TextBody = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=texts.LONGEST)]
TextCode = Annotated[str, Path(max_length=20, pattern=r"^[a-z_]+$", examples=["receipt"])]
LanguagePath = Annotated[str, Path(max_length=10, pattern=r"^[a-zA-Z-]+$", examples=["zh-hans"])]


class BrandIn(Body):
    """A brand: its names in three languages, its look, and what it claims. The default brand claims nothing."""

    zh_hans: Title = ""
    zh_hant: Title = ""
    en: Title = ""
    colour: Annotated[str, StringConstraints(max_length=7, pattern=r"^(#[0-9a-fA-F]{6})?$")] = ""
    host: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=120)] = ""
    sender: Title = ""
    signature: Words = ""
    footer: Words = ""
    channels: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    product_lines: Annotated[tuple[Code, ...], Field(max_length=200)] = ()
    regions: Annotated[tuple[Code, ...], Field(max_length=200)] = ()
    position: Annotated[int, Field(ge=0, le=1_000)] = 0
    active: bool = True
    version: Id | None = None


class BrandOut(Answer):
    """A brand. `logo`: whether it has one, which is uploaded on the settings page."""

    code: str
    zh_hans: str
    zh_hant: str
    en: str
    colour: str
    logo: bool
    host: str
    sender: str
    signature: str
    footer: str
    channels: list[str]
    product_lines: list[str]
    regions: list[str]
    position: int
    active: bool
    version: int


class Brands(Answer):
    """Every brand."""

    items: list[BrandOut]


class TextIn(Body):
    """An automatic text in Liquid; "" is the shipped one. `number`: the version it was read at."""

    body: TextBody
    number: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class TextOut(Answer):
    """An automatic text as it counts. `number` 0: it was never changed; `own`: its words are not the shipped."""

    brand: str
    code: str
    language: str
    number: int
    own: bool
    body: str
    variables: list[str]


class TextList(Answer):
    """Every automatic text of a brand in one language."""

    items: list[TextOut]


@router.get("/brands", response={200: Brands, **READING}, summary="List brands (settings.view)")
def list_brands(request: Asked) -> HttpResponse:
    """Every brand, the default one first where it has been named."""
    require(request.auth, "settings.view")
    return render.answer(Brands(items=[_brand(row) for row in Brand.objects.order_by("position", "code")]))


def _brand(row: Brand) -> BrandOut:
    channels = Channel.objects.filter(pk__in=row.channels).order_by("code").values_list("code", flat=True)
    return BrandOut(
        code=row.code or DEFAULT, zh_hans=row.zh_hans, zh_hant=row.zh_hant, en=row.en, colour=row.colour,
        logo=bool(row.logo), host=row.host, sender=row.sender, signature=row.signature, footer=row.footer,
        channels=list(channels), product_lines=list(row.product_lines), regions=list(row.regions),
        position=row.position, active=row.active, version=row.version,
    )  # fmt: skip


@router.put("/brands/{code}", response={200: BrandOut, **ALL}, summary="Make or change (settings.edit)")
def put_brand(request: Asked, code: CodePath, body: BrandIn) -> HttpResponse:
    """A brand; with `version` only if nobody changed it since."""
    require(request.auth, "settings.edit")
    known = dict(Channel.objects.filter(code__in=body.channels).values_list("code", "pk"))
    if unknown := [name for name in body.channels if name not in known]:
        said = _("There is no channel “%(code)s”.") % {"code": unknown[0]}
        raise Invalid(said, fields={"channels": said})
    owner = _code(code)
    facts = BrandFacts(**{**body.model_dump(exclude={"version"}), "channels": tuple(known[c] for c in body.channels)})
    new = bool(owner) and not Brand.objects.filter(code=owner).exists()
    row = services.save(request.auth, code=owner, facts=facts, new=new, version=body.version, now=instants.now())
    return render.answer(_brand(row))


@router.delete("/brands/{code}", response={200: Gone, **ALL}, summary="Take away (settings.edit)")
def delete_brand(request: Asked, code: CodePath) -> HttpResponse:
    """A brand; its tickets are the default one's from then on."""
    services.remove(request.auth, code=_code(code), now=instants.now())
    return render.answer(Gone(deleted=code))


def _code(code: str) -> str:
    return "" if code == DEFAULT else code


@router.get(
    "/brands/{code}/texts/{language}", response={200: TextList, **READING}, summary="List texts (settings.view)"
)
def list_texts(request: Asked, code: CodePath, language: LanguagePath) -> HttpResponse:
    """What is sent to customers by itself, as a brand says it in one language."""
    require(request.auth, "settings.view")
    owner = _owner(code, language)
    return render.answer(TextList(items=[_text(owner, text, language) for text in texts.KINDS]))


def _owner(code: str, language: str) -> str:
    owner = _code(code)
    if language not in dict(settings.LANGUAGES) or (owner and not Brand.objects.filter(code=owner).exists()):
        raise NotFound(_("There is no such text."), code="text_not_found")
    return owner


def _text(owner: str, code: str, language: str) -> TextOut:
    newest = texts.current(owner, code, language)
    own = newest.body if newest else ""
    return TextOut(
        brand=owner or DEFAULT, code=code, language=language, number=newest.number if newest else 0, own=bool(own),
        body=own or books.now().text("", code, language) or texts.shipped(code, language),
        variables=list(texts.KINDS[code].variables),
    )  # fmt: skip


@router.put(
    "/brands/{code}/texts/{language}/{text}", response={200: TextOut, **ALL}, summary="Change a text (settings.edit)"
)
def put_text(request: Asked, code: CodePath, language: LanguagePath, text: TextCode, body: TextIn) -> HttpResponse:
    """The next version of a text; refused with the place of what cannot be filled in."""
    require(request.auth, "settings.edit")
    owner = _owner(code, language)
    texts.save(
        request.auth, brand=owner, code=text, language=language, body=body.body, number=body.number, now=instants.now()
    )
    return render.answer(_text(owner, text, language))
