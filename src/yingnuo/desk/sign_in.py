"""How does a member of staff sign in and out?"""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.desk import rail
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.founding import services as founding
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import accounts, presence
from yingnuo.people.models import Presence, Staff
from yingnuo.people.roles import actor_for_staff
from yingnuo.worklists import queries as worklists

_OVERVIEW = find_spec("yingnuo.desk.dashboard")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page. Too many failures lock the name for this address for a while; axes counts them."""
    wish = request.POST.get("next", request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(_safe(request, wish))
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _welcome(request, form, wish)
    locked = bool(getattr(request, "axes_locked_out", False))
    if locked:
        request.axes_locked_out = False  # type: ignore[attr-defined]  # else axes' own page, in no reader's language
    status = 429 if locked else 422 if request.method == "POST" else 200
    context = {"form": form, "next": wish, "locked": locked}
    return render(request, "desk/login.html", context, status=status)


def _welcome(request: HttpRequest, form: AuthenticationForm, wish: str) -> HttpResponse:
    staff = form.get_user()
    start_session(request, staff, backend=accounts.PATH)
    entry = Entry(Code.SIGNED_IN, 0, f"staff:{staff.pk}")
    ledger.record(actor_for_staff(staff), [entry], now=instants.now())
    return redirect(_safe(request, wish))


def _safe(request: HttpRequest, wish: str) -> str:
    own = url_has_allowed_host_and_scheme(wish, {request.get_host()}, require_https=request.is_secure())
    return wish if own and wish else reverse("desk:home")


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Ends the session; whoever has left takes no tickets."""
    if isinstance(request.user, Staff):
        actor = actor_for_staff(request.user)
        presence.change(actor, staff=request.user, presence=Presence.OFFLINE, now=instants.now())
    end_session(request)
    return redirect("desk:login")


@signed_in
def home(request: DeskRequest) -> HttpResponse:
    """Where a working day begins: at the list or page he has chosen, else leads at the overview, others at tickets."""
    if founding.leads(request.actor):
        return redirect("desk:setup")
    if first := worklists.start_of(request.actor.id):
        return redirect(f"{reverse('desk:queue')}?view={first}")
    chosen = request.staff.start_page
    if chosen and chosen in {item.href for item in rail.rail(request)["rail_items"]}:
        return redirect(chosen)
    return redirect("/dashboard/" if request.actor.may("dashboard.view") and _OVERVIEW else reverse("desk:queue"))
