"""What stands on the styleguide? Invented things only; the words of the interface are translated, these are not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django import forms

from yingnuo.kit import instants, looks
from yingnuo.kit.pages import Keyset, Numbered, window


class Sample(forms.Form):
    """One field of each sort."""

    subject = forms.CharField(help_text="One line, as the customer would say it.")
    urgency = forms.ChoiceField(choices=[("urgent", "紧急 Urgent"), ("general", "一般 General")])
    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "data-autosave": "styleguide"}), required=False)
    notify = forms.BooleanField(required=False, label="Send a receipt")


class Row(NamedTuple):
    """A ticket in the mock queue; `due` None when its promise stands still."""

    number: str
    title: str
    who: str
    what: str
    channel: str
    urgency: str
    state: str
    tone: str
    due: datetime | None


_QUEUE = """\
YN-260311-0482|洗衣机脱水时异响，显示 E3|王小明|滚筒 XQG100|wechat|urgent|处理中|blue|-129
YN-260311-0479|冰箱冷藏室结冰，要求上门|李秀兰|BCD-480WP|phone|important|待派单|azure|608
YN-260311-0475|发票抬头开错，申请换开|陈建国|—|mail|general|待回复|azure|2706
YN-260311-0471|空调遥控器缺失补寄|Zhang Wei|KFR-35GW|web|general|处理中|blue|5396
YN-260311-0466|Return request: damaged on arrival|Anna Müller|DW-60B|mail|important|已升级|purple|-22
YN-260311-0460|扫地机器人固件升级失败|赵敏|T20 Pro|chat|general|新建|blue|86396
YN-260311-0455|净水器滤芯更换提醒咨询|周涛|RO-800G|wechat|general|等待客户|gray|"""

_SAID = """\
王小明|them|24|你好，昨天刚买的洗衣机，脱水的时候响得厉害，屏幕显示 E3，停在最后 8 分钟不动了。
应诺机器人|bot|24|您好，E3 通常表示脱水不平衡。请先确认：① 运输螺栓已取下；② 机身四脚水平；③ 衣物未缠绕成团。
王小明|them|17|螺栓都拆了，也放平了，空桶脱水也一样响。请尽快安排师傅上门，家里有小孩急用。
刘晨（二线）|note|5|序列号在保内，疑似减震器或三角支架。已查库存：浦东仓 2 件。建议今天 14:00–16:00 时段。
孙悦|us|0|王先生您好，非常抱歉。已为您预约今天 14:00–16:00 上门检测，师傅出发前会电话联系您，维修与配件均免费。"""

MONTHS = ["10月", "11月", "12月", "1月", "2月", "3月"]
SCORES = [4.2, 4.4, 4.1, 4.6, 4.5, 3.9]


def _rail() -> tuple[looks.RailItem, ...]:
    return (
        looks.RailItem("总览", "/", "layout-dashboard", "g h"),
        looks.RailItem("工单", "/styleguide/desk", "inbox", "g t", 7),
        looks.RailItem("看板", "/wall", "device-desktop", "g w"),
        looks.RailItem("客户", "/customers", "users", "g c"),
        looks.RailItem("指标", "/dashboard", "chart-bar", "g d"),
        looks.RailItem("组件", "/styleguide", "puzzle", "g s"),
        looks.RailItem("设置", "/settings", "settings", "g ,"),
    )


def _line() -> dict[str, Any]:
    series = {"type": "line", "data": SCORES, "smooth": True, "areaStyle": {"opacity": 0.12}}
    axis = {"type": "value", "min": 3, "max": 5}
    return {"xAxis": {"type": "category", "data": MONTHS, "boundaryGap": False}, "yAxis": axis, "series": [series]}


def _bars() -> dict[str, Any]:
    days = ["Mon", "Tue", "Wed", "Thu", "Fri"]
    bar = {"type": "bar", "stack": "all", "barMaxWidth": 28}
    kept = bar | {"name": "Kept", "data": [41, 38, 52, 47, 44], "color": "yn:green"}
    broken = bar | {"name": "Broken", "data": [3, 1, 6, 2, 4], "color": "yn:red"}
    axes = {"xAxis": {"type": "category", "data": days}, "yAxis": {"type": "value"}, "legend": {"top": 0, "right": 0}}
    return axes | {"grid": {"top": 32, "left": 8, "right": 12, "bottom": 4}, "series": [kept, broken]}


def _promises(now: datetime) -> list[dict[str, Any]]:
    def one(label: str, standing: str, share: float, left: int, note: str) -> dict[str, Any]:
        due = now + timedelta(seconds=left)
        terms = {"label": label, "standing": standing, "share": share, "due": due, "note": note}
        return terms | {"started": now - timedelta(hours=2), "remaining": None}

    still = {"label": "备件到货", "standing": "paused", "share": 0.3, "due": None, "note": "等待客户照片 1 小时 5 分"}
    return [
        one("首次响应", "broken", 1.1, -125, "目标 15 分钟 · 工作时间 · 金卡"),
        one("上门检测", "at_risk", 0.42, 12852, "目标 6 小时 · 暂停 0 次"),
        one("解决", "running", 0.12, 76120, "目标 24 小时"),
        still | {"started": None, "remaining": 15300},
        one("回访", "kept", 0.4, 3600, "提前 36 分钟"),
    ]


def components() -> dict[str, Any]:
    """Context of /styleguide."""
    now = instants.now()
    bad = Sample({"subject": "", "urgency": "general", "body": "脱水时异响"})
    bad.is_valid()
    chips = [("我的", True, 7), ("未分配", False, 12), ("即将超时", False, 1), ("All", False, None)]
    return {
        "now": now,
        "rail_items": _rail(),
        "tones": ["red", "orange", "yellow", "green", "teal", "azure", "blue", "purple", "gray"],
        "urgencies": list(looks.URGENCY),
        "standings": list(looks.STANDING),
        "channels": list(looks.CHANNEL),
        "names": ["王小明", "李秀兰", "Zhang Wei", "Anna Müller", "陈建国", "赵敏", "孙悦", "刘晨", "", "Bo"],
        "spans": {key: now + timedelta(seconds=left) for key, left in _SPANS.items()},
        "started": now - timedelta(hours=1),
        "moments": [now - timedelta(seconds=s) for s in (5, 900, 20_000, 90_000, 900_000, 40_000_000)],
        "promises": _promises(now),
        "form": Sample(),
        "bad_form": bad,
        "chips": [looks.Chip(word, "?", active, count) for word, active, count in chips],
        "numbered": Numbered([], 6, 20, 988, 251, 300, window(6, 20)),
        "keyset": Keyset([], "bmV4dA"),
        "queue": _queue(now),
        "line": _line(),
        "bars": _bars(),
        "line_rows": [["Month", *MONTHS], ["Score", *SCORES]],
        "scores": SCORES,
    }


_SPANS = {"days": 273_120, "hours": 5_396, "soon": 608, "seconds": 5, "over": -129, "long_over": -180_000}


def _queue(now: datetime) -> list[Row]:
    return [_row(line.split("|"), now) for line in _QUEUE.splitlines()]


def _row(cells: list[str], now: datetime) -> Row:
    *words, left = cells
    return Row._make([*words, now + timedelta(seconds=int(left)) if left else None])


def _said(now: datetime) -> list[tuple[str, str, datetime, str]]:
    lines = [line.split("|") for line in _SAID.splitlines()]
    return [(who, side, now - timedelta(minutes=int(ago)), text) for who, side, ago, text in lines]


def desk() -> dict[str, Any]:
    """Context of the mock ticket page."""
    now = instants.now()
    chips = [("我的", True, 7), ("未分配", False, 12), ("即将超时", False, 1)]
    return {
        "now": now,
        "rail_items": _rail(),
        "chips": [looks.Chip(word, "?", active, count) for word, active, count in chips],
        "queue": _queue(now),
        "promises": _promises(now)[:3],
        "said": _said(now),
        "line": _line(),
        "line_rows": [["Month", *MONTHS], ["Score", *SCORES]],
    }


def portal() -> dict[str, Any]:
    """Context of the mock customer page."""
    now = instants.now()
    return {
        "now": now,
        "company_name": "晨光家电",
        "due": now + timedelta(minutes=42),
        "started": now - timedelta(minutes=18),
        "form": Sample(),
    }
