"""What does a customer fill in, and what is wrong with it?"""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yingnuo.engine import urgency
from yingnuo.engine.urgency import Impact
from yingnuo.kit import secrets
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Region
from yingnuo.people.roles import Actor
from yingnuo.people.services import normal_phone
from yingnuo.portal.asking import Asked, Words
from yingnuo.portal.uploads import FilesField, read
from yingnuo.tickets import fields as custom
from yingnuo.tickets import inputs
from yingnuo.tickets.fields import Fieldbook
from yingnuo.tickets.inputs import Filling, Part
from yingnuo.tickets.models import Kind, ProductLine

FORM_AGE_S = 86_400
TOO_FAST_S = 1  # a person needs longer than this between opening a form and sending it
MOST_TEXT = 20_000
_PURPOSE = "portal-form"
_ASKER = Actor(kind="contact")  # who asks for the first time is nobody we know

KINDS = (
    Kind.FAULT, Kind.ENQUIRY, Kind.REPAIR, Kind.RETURN, Kind.INSTALLATION, Kind.MAINTENANCE, Kind.COMPLAINT,
    Kind.SUGGESTION, Kind.PRESALES,
)  # fmt: skip
KIND_WORDS = {
    Kind.FAULT: gettext_lazy("Something does not work"),
    Kind.ENQUIRY: gettext_lazy("I have a question"),
    Kind.REPAIR: gettext_lazy("A repair"),
    Kind.RETURN: gettext_lazy("Return or exchange"),
    Kind.INSTALLATION: gettext_lazy("Installation"),
    Kind.MAINTENANCE: gettext_lazy("Maintenance"),
    Kind.COMPLAINT: gettext_lazy("A complaint"),
    Kind.SUGGESTION: gettext_lazy("A suggestion"),
    Kind.PRESALES: gettext_lazy("Before I buy"),
}
IMPACT_WORDS = {
    Impact.DANGER: gettext_lazy("Somebody is or could be in danger"),
    Impact.NOT_WORKING: gettext_lazy("It does not work at all"),
    Impact.FUNCTION_HIT: gettext_lazy("An important function does not work"),
    Impact.CAN_WAIT: gettext_lazy("It can wait"),
}


def new_key() -> str:
    """What a fresh form carries: a signed key with its time. One key, one arrival: sending twice counts once."""
    return secrets.sign(_PURPOSE, random.token_urlsafe(16))


class Keyed(forms.Form):
    """A form with a key, and a field that only machines fill in."""

    key = forms.CharField(max_length=200, widget=forms.HiddenInput, required=False)
    homepage = forms.CharField(
        max_length=200, required=False, label=gettext_lazy("Leave this field empty"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Whoever is refused here keeps what he wrote and may send it again."""
        super().clean()
        key = str(self.cleaned_data.get("key", ""))
        value = secrets.verify(_PURPOSE, key, max_age_s=FORM_AGE_S)
        if value is None:
            self.renew_key()
            raise ValidationError(_("The page had been open for long. Please send it once more."), code="stale")
        if secrets.verify(_PURPOSE, key, max_age_s=TOO_FAST_S) is not None:
            raise ValidationError(_("That was very quick. Please check what you wrote and send it again."), code="fast")
        if self.cleaned_data.get("homepage"):
            self.add_error("homepage", _("Please empty this field and send again: it is a trap for machines."))
        self.cleaned_data["key"] = value
        return self.cleaned_data

    def renew_key(self) -> None:
        """The form shown again gets a key of its own."""
        if isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            self.data["key"] = new_key()


class AskForm(Keyed):
    """A request: what it is about, how much it hurts, and where the answer goes."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it about?"))
    impact = forms.MultipleChoiceField(
        label=gettext_lazy("How much does it affect you?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=gettext_lazy("What happened?"), max_length=MOST_TEXT,
        help_text=gettext_lazy("What did you see, since when, what have you tried? Error codes and photos help."),
        widget=forms.Textarea(attrs={"rows": 6, "data-autosave": "portal:ask"}),
    )  # fmt: skip
    subject = forms.CharField(label=gettext_lazy("In a few words"), max_length=150, required=False)
    uploads = FilesField(label=gettext_lazy("Photos or files"))
    product_line = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("Mail address"), max_length=254, required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Phone number"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "inputmode": "tel"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, KIND_WORDS[kind]) for kind in KINDS]
        self.fields["kind"] = forms.ChoiceField(label=self.fields["kind"].label, choices=kinds, initial=Kind.FAULT)
        _offer(self.fields["impact"], [(impact.value, words) for impact, words in IMPACT_WORDS.items()])
        self._from_table("product_line", dict(ProductLine.objects.order_by("name").values_list("code", "name")))
        self._from_table("region", dict(Region.objects.order_by("name").values_list("code", "name")))
        self.book = custom.book()
        self.problems: Mapping[str, Any] = {}

    def _from_table(self, name: str, rows: Mapping[str, str]) -> None:
        if rows:
            _offer(self.fields[name], [("", _("I do not know")), *rows.items()])
        else:
            del self.fields[name]

    def clean_phone(self) -> str:
        """The number in E.164 form."""
        given = str(self.cleaned_data["phone"]).strip()
        number = normal_phone(given)
        if given and not number:
            raise ValidationError(_("This is no phone number we can call. Example: 138 0000 0000 or +44 20 7946 0000."))
        return number

    def clean(self) -> dict[str, Any]:
        """One way to answer is needed."""
        super().clean()
        if not {"email", "phone"} & self.errors.keys() and not (
            self.cleaned_data.get("email") or self.cleaned_data.get("phone")
        ):
            self.add_error("email", _("Give a mail address or a phone number, so that we can answer you."))
        self._fill_in()
        return self.cleaned_data

    def _fill_in(self) -> None:
        """What was said in the fields of the chosen kind; what is wrong with it stands at each of them."""
        kind = str(self.cleaned_data.get("kind", ""))
        said = inputs.first_posted(self.data, self.book.portal_form(kind)) if isinstance(self.data, QueryDict) else {}
        try:
            self.cleaned_data["filled"] = custom.new(_ASKER, kind=kind, said=said, portal=True, known=self.book)
        except Invalid as refused:
            self.problems = refused.fields
            self.add_error(None, str(refused))

    def parts(self) -> list[Part]:
        """The fields of the chosen kind."""
        kind = str(self["kind"].value() or Kind.FAULT)
        return parts_of(kind, self.book, self.data if isinstance(self.data, QueryDict) else None, self.problems)

    def asked(self) -> Asked:
        """The checked form as a value."""
        data = self.cleaned_data
        return Asked(
            key=data["key"], name=data["name"], email=data["email"].lower(), phone=data["phone"], kind=data["kind"],
            impact=tuple(data["impact"]), urgency=urgency_of(data["impact"]), subject=data["subject"],
            text=data["text"], region=data.get("region", ""), product_line=data.get("product_line", ""),
            fields=data["filled"], language=get_language() or "", files=read(data["uploads"]),
        )  # fmt: skip


def _offer(field: forms.Field, choices: list[tuple[str, Any]]) -> None:
    field.choices = choices  # type: ignore[attr-defined]  # a choice field of either sort


def parts_of(
    kind: str, known: Fieldbook, said: QueryDict | None = None, problems: Mapping[str, Any] | None = None
) -> list[Part]:  # fmt: skip
    """What customers fill in for a kind, with what they `said` before."""
    form = known.portal_form(kind)
    defaults = {i.field.code: custom.default_of(i.field, known) for part in form for i in part.items}
    return inputs.parts(form, Filling(_ASKER, defaults, custom.CREATE, said, problems), known)


def urgency_of(answers: list[str]) -> str:
    """The urgency that follows from ticked impacts; what is no impact is passed over."""
    known = {impact.value for impact in Impact}
    return urgency.of_impact([Impact(answer) for answer in answers if answer in known]).value


class WordsForm(Keyed):
    """Further words or files of a customer."""

    text = forms.CharField(
        label=gettext_lazy("Your message"), max_length=MOST_TEXT, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    uploads = FilesField(label=gettext_lazy("Photos or files"))

    def clean(self) -> dict[str, Any]:
        """Words or a file are needed."""
        super().clean()
        if not self.cleaned_data.get("text") and not self.cleaned_data.get("uploads") and not self.errors:
            self.add_error("text", _("Write something first, or add a file."))
        return self.cleaned_data

    def words(self) -> Words:
        """The checked form as a value."""
        data = self.cleaned_data
        return Words(key=data["key"], text=data["text"], files=read(data["uploads"]))


class RateForm(forms.Form):
    """How was it?"""

    score = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (5, gettext_lazy("Very good")), (4, gettext_lazy("Good")), (3, gettext_lazy("Fair")),
            (2, gettext_lazy("Bad")), (1, gettext_lazy("Very bad")),
        ],
        widget=forms.RadioSelect,
    )  # fmt: skip
    words = forms.CharField(
        label=gettext_lazy("What should we know? (optional)"), max_length=1_000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class LinkForm(forms.Form):
    """Mail address and number of a request whose link is lost."""

    email = forms.EmailField(
        label=gettext_lazy("Mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    number = forms.RegexField(
        r"(?i)^\s*(?:yn-?)?\s*[0-9]{1,18}\s*$", label=gettext_lazy("Number of the request"), max_length=40,
        help_text=gettext_lazy("It looks like YN-1234."),
        error_messages={"invalid": gettext_lazy("The number looks like YN-1234.")},
    )  # fmt: skip

    def clean_number(self) -> int:
        """The number alone."""
        return int("".join(sign for sign in str(self.cleaned_data["number"]) if sign in "0123456789"))
