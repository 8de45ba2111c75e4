"""Where is it recorded on which ground in law a channel carries data out of the country?"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.channels import basis as services
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import Basis, Ground
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.kit.errors import Refused


class BasisForm(forms.Form):
    """Ground and evidence."""

    ground = Pick(Ground.choices, gettext_lazy("Ground"), number=False, required=True)
    text = forms.CharField(
        label=gettext_lazy("What it rests on"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Number and date of the contract, filing, certificate or assessment, and whose data."),
    )  # fmt: skip


def _abroad(pk: int) -> Channel:
    row = get_object_or_404(Channel, pk=pk)
    if not services.goes_abroad(row.kind):
        raise Http404
    return row


@signed_in_who_may("channel.edit")
def page(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The basis in force, all earlier ones, and the form for another."""
    channel = _abroad(pk)
    form = BasisForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.record(request.actor, channel=channel, now=request.now, **form.cleaned_data)
            messages.success(request, _("Recorded. The channel may be switched on now."))
            return go(request, "settings_channel_basis", pk)
        except Refused as refused:
            inputs.tell(form, refused)
    rows = Basis.objects.filter(channel=channel).select_related("by").order_by("-at", "-pk")
    context = {"channel": channel, "form": form, "rows": rows, "standing": services.standing(channel)}
    return show(request, "basis.html", context, section="channels", status=422 if form.errors else 200)


@require_POST
@signed_in_who_may("channel.edit")
def withdraw(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The ground is gone; the channel is switched off."""
    channel = _abroad(pk)
    services.withdraw(request.actor, channel=channel, now=request.now)
    messages.success(request, _("Withdrawn. %(name)s is switched off.") % {"name": channel.name})
    return go(request, "settings_channel_basis", pk)
