"""How does somebody who was invited choose his password?"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yingnuo.desk.settings import inputs
from yingnuo.founding import invitations
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound, Refused


class PasswordForm(forms.Form):
    """His own password."""

    password = forms.CharField(
        label=gettext_lazy("New password"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )  # fmt: skip


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation; dead links say so."""
    try:
        person = invitations.invited(token)
    except NotFound as dead:
        return _shown(request, {"dead": dead}, 404)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.choose_password(token, form.cleaned_data["password"], now=instants.now())
            messages.success(request, _("Your password is set. Sign in as %(name)s.") % {"name": person.username})
            return redirect("desk:login")
        except Refused as refused:
            inputs.tell(form, refused)
    return _shown(request, {"form": form, "person": person}, 422 if form.errors else 200)


def _shown(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "desk/setup/join.html", context, status=status)
    response.headers["Referrer-Policy"] = "same-origin"
    return response
