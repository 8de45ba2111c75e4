"""Where does an administrator have the demonstration removed, and see how far it is?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yingnuo.demo import leaving, removal
from yingnuo.demo.leaving import Account, Outlook
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.kit.errors import Invalid, Refused


class RemovalForm(forms.Form):
    """The typed word, and the account that stays."""

    word = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    username = forms.RegexField(r"^[\w.@-]+$", label=gettext_lazy("Signs in as"), max_length=60, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, required=False)
    email = forms.EmailField(label=gettext_lazy("Mail"), required=False)
    password = forms.CharField(
        label=gettext_lazy("New password"), strip=False, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *given: Any, own: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["word"].label = _("Type “%(word)s” to confirm") % {"word": word()}
        for name in ("username", "name", "email", "password"):
            if not own:
                del self.fields[name]
            elif name != "email":
                self.fields[name].required = True

    def clean_word(self) -> str:
        """The very word, in whatever case."""
        said = str(self.cleaned_data["word"])
        if said.strip().lower() != word().lower():
            raise forms.ValidationError(_("Type “%(word)s” to confirm") % {"word": word()})
        return said


def word() -> str:
    """What is typed to confirm, in the reader's language."""
    return _("remove the demonstration")


@require_safe
@signed_in
def card(request: DeskRequest) -> HttpResponseBase:
    """For the settings' overview: that there is one, and where it is removed; nothing where there is none."""
    row = removal.there() if request.actor.may(leaving.VERB) else None
    return render(request, "demo/card.html", {"row": row}) if row else HttpResponse("")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may(leaving.VERB)
def page(request: DeskRequest) -> HttpResponseBase:
    """What goes, what stays, and the form; while it goes, how far it is."""
    row = removal.there()
    if row is None:
        return redirect("desk:setup")
    if row.removing_at is not None:
        return render(request, "demo/removing.html", _progress())
    seen = leaving.outlook(request.actor)
    form = RemovalForm(request.POST or None, own=seen.own)
    if request.method == "POST" and form.is_valid():
        try:
            return _begun(request, form, seen)
        except Refused as refused:
            for name, said in (refused.fields if isinstance(refused, Invalid) else {"": str(refused)}).items():
                form.add_error(name if name in form.fields else None, str(said))
    context = {"form": form, "seen": seen}
    return render(request, "demo/removal.html", context, status=422 if form.errors else 200)


def _begun(request: DeskRequest, form: RemovalForm, seen: Outlook) -> HttpResponseBase:
    data = {name: value for name, value in form.cleaned_data.items() if name != "word"}
    staff = leaving.begin(request.actor, account=Account(**data) if seen.own else None, now=request.now)
    if staff is not None:
        update_session_auth_hash(request, staff)  # else the new password would sign him out
        messages.success(request, _("From now on you sign in as %(name)s.") % {"name": staff.username})
    return redirect("demo:removal")


@require_safe
@signed_in_who_may(leaving.VERB)
def progress(request: DeskRequest) -> HttpResponseBase:
    """How far it is: a part of the page, asked for again and again; over, it leads on."""
    told = _progress()
    if told["row"] is None:
        return HttpResponse(status=204, headers={"HX-Redirect": "/setup/"})
    return render(request, "demo/_progress.html", told)


def _progress() -> dict[str, Any]:
    row = removal.there()
    share = 100 * row.gone / row.doomed if row and row.doomed else 0
    return {"row": row, "percent": min(99, round(share))}
