"""What is an agent to say: when he takes a call, when he calls back?

The built-in words hold until the company writes its own. They are Liquid templates over `customer`, `agent`, `company`,
`number` and `missed`; a template that cannot be filled in is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import liquid
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.telephony.models import Script

GREETING, CALLBACK, IN_VAIN = "greeting", "callback", "in_vain"
PURPOSES = {
    GREETING: _("Taking a call"), CALLBACK: _("Calling back"), IN_VAIN: _("Nobody answers: what to leave on the tape"),
}  # fmt: skip
LANGUAGES = ("zh-hans", "zh-hant", "en")
LONGEST = 2_000
_templates = liquid.Environment()

BUILT_IN: Mapping[tuple[str, str], str] = {
    (GREETING, "zh-hans"): (
        "您好，这里是售后服务，我是{{ agent }}。请问怎么称呼您？\n"
        "1. 先听完，再复述一遍问题：“您是说……对吗？”\n"
        "2. 涉及冒烟、漏电、漏气、伤人，先请对方断电、关阀、离开。\n"
        "3. 说清楚下一步由谁在什么时候做；挂断前再问一句：“还有别的需要吗？”"
    ),
    (GREETING, "zh-hant"): (
        "您好，這裡是售後服務，我是{{ agent }}。請問怎麼稱呼您？\n"
        "1. 先聽完，再複述一遍問題：「您是說……對嗎？」\n"
        "2. 涉及冒煙、漏電、漏氣、傷人，先請對方斷電、關閥、離開。\n"
        "3. 說清楚下一步由誰在什麼時候做；掛斷前再問一句：「還有別的需要嗎？」"
    ),
    (GREETING, "en"): (
        "Good day, after-sales service, {{ agent }} speaking. May I have your name?\n"
        "1. Hear the matter out, then say it back: “So you mean … is that right?”\n"
        "2. Smoke, electric shock, gas or injury: first switch off, shut the valve, step away.\n"
        "3. Say who does what by when, and ask before hanging up: “Is there anything else?”"
    ),
    (CALLBACK, "zh-hans"): (
        "您好{% if customer != blank %}，{{ customer }}{% endif %}，这里是售后服务，我是{{ agent }}。您刚才打来"
        "{% if missed > 1 %}（共{{ missed }}次）{% endif %}"
        "我们没能接起，很抱歉让您久等。\n"
        "1. 请问是什么问题？现在方便说吗？不方便的话，约一个时间。\n"
        "2. 能当场解决的当场解决；不能的，说清楚谁在什么时候回复。\n"
        "3. 结束前确认：联系电话是否正确，问题是否说全。"
    ),
    (CALLBACK, "zh-hant"): (
        "您好{% if customer != blank %}，{{ customer }}{% endif %}，這裡是售後服務，我是{{ agent }}。您剛才打來"
        "{% if missed > 1 %}（共{{ missed }}次）{% endif %}"
        "我們沒能接起，很抱歉讓您久等。\n"
        "1. 請問是什麼問題？現在方便說嗎？不方便的話，約一個時間。\n"
        "2. 能當場解決的當場解決；不能的，說清楚誰在什麼時候回覆。\n"
        "3. 結束前確認：聯絡電話是否正確，問題是否說全。"
    ),
    (CALLBACK, "en"): (
        "Good day{% if customer != blank %}, {{ customer }}{% endif %}, this is {{ agent }} of after-sales service. "
        "You called us{% if missed > 1 %} {{ missed }} times{% endif %} and we did not answer: we are sorry.\n"
        "1. What is it about? Is it a good moment, or shall we fix another one?\n"
        "2. Solve it now where you can; else say who answers by when.\n"
        "3. Before you end: is the number right, is everything said?"
    ),
    (IN_VAIN, "zh-hans"): "您好，这里是售后服务，刚才给您回电没有接通。我们稍后会再打给您，您也可以随时回拨。",
    (IN_VAIN, "zh-hant"): "您好，這裡是售後服務，剛才回您的電話沒有接通。我們稍後會再打給您，您也可以隨時回撥。",
    (IN_VAIN, "en"): "After-sales service here: we called you back and could not reach you. We shall try again soon.",
}  # fmt: skip


def text(purpose: str, language: str) -> str:
    """The words that hold, unfilled."""
    known = language if language in LANGUAGES else "zh-hans"
    row = Script.objects.filter(purpose=purpose, language=known).first()
    return row.text if row else BUILT_IN[purpose, known]


def filled(purpose: str, language: str, values: Mapping[str, str | int]) -> str:
    """The words to be said."""
    found = text(purpose, language)
    if "****" in str(values.get("customer", "")):  # named by his number only: nobody is called so
        values = {**values, "customer": ""}
    try:
        return _templates.from_string(found).render(**values)
    except liquid.exceptions.LiquidError:
        return found


def write(actor: Actor, *, purpose: str, language: str, words: str, now: datetime) -> None:
    """The company's own words; empty ones bring the built-in ones back. Invalid for a template that is none."""
    require(actor, "settings.edit")
    if purpose not in PURPOSES or language not in LANGUAGES:
        raise Invalid(_("There is no such script."), fields={"text": _("Choose from the list.")})
    plain = words.strip()
    if len(plain) > LONGEST:
        raise Invalid(_("This is too long."), fields={"text": _("This is too long.")})
    try:
        _templates.from_string(plain)
    except liquid.exceptions.LiquidError as error:
        raise Invalid(_("The variables are not written rightly."), fields={"text": str(error)[:200]}) from error
    with transaction.atomic():
        if plain:
            Script.objects.update_or_create(purpose=purpose, language=language, defaults={"text": plain})
        else:
            Script.objects.filter(purpose=purpose, language=language).delete()
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"script:{purpose}", {"what": "script"})], now=now)
