"""By what name and in what role does a customer know somebody who works here?

A first name is enough to ask for a person by, and no more of it is told. Who bears a Chinese name is called as
customary, by surname: 王工 for a technician, 小王 for one of the front line. Nothing of this is a setting.
"""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from yingnuo.people.models import Team, TeamKind

FRONT_LINE = 1
_HAN = re.compile(r"[\u3400-\u9fff]{2,4}")
_TWO_SIGNS = (
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 夏侯 司徒 端木 南宫 南宮 宇文 "
    "长孙 長孫 轩辕 軒轅 澹台 澹臺 独孤 獨孤 钟离 鍾離 闻人 聞人 赫连 赫連 太史 申屠 濮阳 濮陽 淳于"
)
_TIERS = {1: _("Customer service"), 2: _("Technical support"), 3: _("Senior expert")}
_OTHERS = {
    TeamKind.OUTSOURCED.value: _("Service partner"),
    TeamKind.DEALER.value: _("Dealer"),
    TeamKind.SUPPLIER.value: _("Supplier"),
}


def called(name: str, *, tier: int = FRONT_LINE) -> str:
    """What a customer calls a member of staff: the first name, or a Chinese surname with what belongs to it.

    `tier` is that of his team. An empty name stays empty.
    """
    first = name.split()[0] if name.split() else ""
    if not _HAN.fullmatch(first):
        return first
    surname = first[:2] if len(first) > 2 and first[:2] in _TWO_SIGNS.split() else first[0]
    if tier > FRONT_LINE:
        return pgettext("a technician, by surname", "%(surname)s") % {"surname": surname}
    return pgettext("one of the front line, by surname", "%(surname)s") % {"surname": surname}


def role_of(team: Team) -> str | Promise:
    """What a team is to a customer, in a few words; its own name is for the house."""
    return _OTHERS.get(team.kind) or _TIERS[team.tier]
