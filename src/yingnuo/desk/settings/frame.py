"""What stands around every settings page: which pages there are, who may open them, and how one is answered?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.access import DeskRequest
from yingnuo.kit import pages
from yingnuo.kit.errors import Refused


@dataclass(frozen=True, slots=True)
class Page:
    """One settings page in the side list; `edit` is the verb that lets its reader change something."""

    code: str
    word: str | Promise
    icon: str
    edit: str = "settings.edit"

    @property
    def href(self) -> str:
        """Its address."""
        return reverse("desk:settings" if self.code == "overview" else f"desk:settings_{self.code}")


GROUPS: tuple[tuple[str | Promise, tuple[Page, ...]], ...] = (
    ("", (Page("overview", _("Overview"), "home"),)),
    (
        _("Promises"),
        (
            Page("calendars", _("Service times"), "calendar-time", "settings.draft"),
            Page("policies", _("Promise standards"), "target-arrow", "settings.draft"),
            Page("preview", _("Try a ticket"), "flask"),
            Page("recompute", _("Moved promises"), "arrows-right-left"),
        ),
    ),
    (
        _("Organisation"),
        (
            Page("organisation", _("Organisation tree"), "hierarchy", "people.edit"),
            Page("departments", _("Departments"), "sitemap", "people.edit"),
            Page("teams", _("Teams"), "users-group", "people.edit"),
            Page("staff", _("Staff"), "users", "people.edit"),
            Page("roles", _("Roles"), "shield", "role.edit"),
            Page("presence", _("Presence reasons"), "user-circle"),
            Page("absences", _("Absences"), "calendar-off", "people.edit"),
            Page("regions", _("Regions"), "map-pin", "people.edit"),
        ),
    ),
    (
        _("Work"),
        (
            Page("rules", _("Dispatch rules"), "route"),
            Page("automation", _("Automation"), "bolt", "automation.edit"),
            Page("macros", _("Macros"), "wand", "ticket.note"),
            Page("lines", _("Product lines"), "package"),
            Page("approvals", _("Approvals"), "thumb-up"),
            Page("checklists", _("Checklists"), "list-check"),
            Page("tags", _("Tags"), "tags"),
            Page("fields", _("Custom fields"), "list-details"),
            Page("notices", _("Notice rules"), "bell"),
            Page("wording", _("Notice wording"), "template"),
            Page("messengers", _("Robots for notices"), "messages"),
            Page("breaches", _("Breach reasons"), "hand-stop"),
            Page("replies", _("Saved replies"), "message-2"),
        ),
    ),
    (
        _("Customers’ eyes"),
        (
            Page("brands", _("Brands"), "photo"),
            Page("texts", _("Automatic mails"), "mail"),
        ),
    ),
    (
        _("Connections"),
        (
            Page("channels", _("Channels"), "plug", "channel.edit"),
            Page("sites", _("Chat sites"), "messages", "channel.edit"),
            Page("phone", _("Telephone"), "phone"),
            Page("tokens", _("API tokens"), "key", "token.edit"),
            Page("apps", _("Own apps"), "device-mobile", "token.edit"),
            Page("webhooks", _("Webhooks"), "webhook", "webhook.edit"),
            Page("imports", _("Imports"), "file-import", "import.run"),
        ),
    ),
)
PAGES = {page.code: page for _title, group in GROUPS for page in group}


def show(
    request: DeskRequest, template: str, context: Mapping[str, Any], *, section: str,
    parts: Mapping[str, str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """A page of the section, `desk/settings/<template>`; `parts` as in `kit.pages.show`, names alone."""
    page = PAGES[section]
    groups = GROUPS if request.actor.may("settings.view") else (("", (page,)),)  # an agent's own macros
    around = {
        "now": request.now, "settings_groups": groups, "here": page, "may_edit": request.actor.may(page.edit),
    }  # fmt: skip
    placed = {name: f"desk/settings/{part}" for name, part in (parts or {}).items()}
    return pages.show(request, f"desk/settings/{template}", {**around, **context}, parts=placed, status=status)


def go(request: DeskRequest, name: str, *args: object) -> HttpResponseBase:
    """To the settings page of this name; a form in a dialog leaves it by a full load."""
    address = reverse(f"desk:{name}", args=args)
    if pages.is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def errors_of(refused: Refused) -> dict[str, Any]:
    """What a form shows of a refusal: a sentence by field, and under "" what belongs to no field."""
    fields = dict(getattr(refused, "fields", {}))
    if not fields or "spec" in fields:
        return {"": str(refused)}
    return fields
