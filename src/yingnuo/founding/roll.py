"""Who is meant by a list of people as somebody pastes it: from a mail program, a table, or typed?"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Role

MOST = 100
_PARTS = re.compile(r"[\t,，;；<>]")
_ROLES = {
    "agent": Role.AGENT, "坐席": Role.AGENT, "客服": Role.AGENT, "lead": Role.LEAD, "主管": Role.LEAD,
    "组长": Role.LEAD, "組長": Role.LEAD, "manager": Role.MANAGER, "经理": Role.MANAGER, "經理": Role.MANAGER,
    "admin": Role.ADMIN, "管理员": Role.ADMIN, "管理員": Role.ADMIN,
}  # fmt: skip
_HEADS = {"name", "姓名", "名字", "mail", "email", "e-mail", "邮箱", "郵箱", "信箱"}


@dataclass(frozen=True, slots=True)
class Person:
    """One of the list. `team` is a name, "" for the first team."""

    name: str
    email: str
    username: str
    role: str = Role.AGENT
    team: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that cannot be used, and why."""

    line: int
    text: str
    why: str | Promise


def read(text: str, *, taken: Collection[str]) -> tuple[list[Person], list[Wrong]]:
    """People and wrong lines of a pasted list: name, mail address, and if wished role and team, in any order.

    `taken`: user names that are in use. Empty lines and a table's head are passed over.
    """
    people: list[Person] = []
    wrong: list[Wrong] = []
    used = {name.lower() for name in taken}
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part.strip().strip('"').strip() for part in _PARTS.split(line)]
        parts = [part for part in parts if part]
        if not parts or {part.lower() for part in parts} & _HEADS:
            continue
        found = _person(parts, used)
        if isinstance(found, Person):
            people.append(found)
            used |= {found.username, found.email}
        else:
            wrong.append(Wrong(number, line.strip()[:80], found))
    if len(people) > MOST:
        wrong.append(Wrong(MOST + 1, "", _("At most 100 at once; import longer lists in the settings.")))
    return people, wrong


def _person(parts: list[str], used: set[str]) -> Person | str | Promise:
    emails = [part.lower() for part in parts if "@" in part]
    if len(emails) != 1 or not _is_mail(emails[0]):
        return _("One mail address a line.")
    rest = [part for part in parts if "@" not in part]
    role = next((_ROLES[part.lower()] for part in rest if part.lower() in _ROLES), Role.AGENT)
    words = [part for part in rest if part.lower() not in _ROLES]
    email = emails[0]
    local = email.partition("@")[0][:60]
    username = local if local not in used else email[:60]
    if username in used:
        return _("This address stands here twice, or works here already.")
    name, team = [*words, "", ""][:2]
    return Person((name or local)[:60], email, username, str(role), team[:60])


def _is_mail(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
