"""What can be taken in: which kinds of tables are there, which fields has each, and by which names are they known?"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.exchange.models import Remembered


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a column may hold. `known` are names by which other systems call it; `needed`: no row goes without."""

    code: str
    word: Any
    known: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table. `verbs` are what its reader must be allowed to do, besides import.run."""

    code: str
    word: Any
    icon: str
    verbs: tuple[str, ...]
    fields: tuple[Field, ...]
    hint: Any

    def field(self, code: str) -> Field | None:
        """The field of this code."""
        return next((f for f in self.fields if f.code == code), None)


def _f(code: str, word: Any, known: str, *, needed: bool = False) -> Field:
    return Field(code, word, tuple(known.split("|")), needed)


_KEY = _f(
    "key", _("Key in the other system"), "id|key|external id|编号|編號|客户编号|客戶編號|客户代码|代码|外部编号|主键"
)
_NAME = "name|full name|姓名|名称|名稱|联系人|聯絡人"
_TIER = _f("tier", _("Customer tier"), "tier|level|客户等级|客戶等級|等级|等級|级别|客户级别")
_REGION = _f("region", _("Region"), "region|area|区域|區域|地区|地區|服务区域")
_NOTE = _f("note", _("Note"), "note|notes|remark|comment|备注|備註|说明")
_PHONE = _f(
    "phone", _("Phone"), "phone|mobile|tel|telephone|cell|电话|電話|手机|手機|手机号|手機號碼|联系电话|聯絡電話"
)
_LANGUAGE = _f("language", _("Language"), "language|lang|locale|语言|語言")
_LINE = _f("product_line", _("Product line"), "product line|product|product_line|产品线|產品線|产品|產品|品类")
_AT = "created|created at|opened|opened at|date|创建时间|建立時間|提交时间|受理时间|报修时间|日期"

KINDS: Mapping[str, Kind] = MappingProxyType({kind.code: kind for kind in (
    Kind("customers", _("Customers"), "users", ("customer.edit",), (
        _KEY,
        _f("name", _("Name"), f"{_NAME}|customer|customer name|客户|客戶|客户姓名|客户名称|客戶名稱"),
        _f("email", _("Mail"), "email|e-mail|mail|邮箱|郵箱|电子邮件|電子郵件|邮件|email address"),
        _PHONE,
        _f("handle", _("Name in a channel"), "handle|openid|微信|账号|帳號"),
        _f("company", _("Company"), "company|organisation|organization|公司|单位|單位|企业|公司名称|公司名稱"),
        _TIER, _REGION, _LANGUAGE, _NOTE,
    ), _("Found by key, else by mail address, name in a channel or phone number. Empty cells leave what is known.")),
    Kind("companies", _("Companies"), "building", ("customer.edit",), (
        _KEY,
        _f("name", _("Name"), f"{_NAME}|company|公司|公司名称|公司名稱|企业名称|客户名称|单位名称", needed=True),
        _TIER, _REGION,
        _f("domain", _("Mail domain"), "domain|mail domain|域名|邮箱域名|網域"),
        _NOTE,
    ), _("Found by key, else by name.")),
    Kind("staff", _("Staff"), "id-badge", ("people.edit",), (
        _f("username", _("User name"), "username|user name|login|account|用户名|登录名|账号|帳號|工号", needed=True),
        _f("name", _("Name"), f"{_NAME}|员工|員工|员工姓名", needed=True),
        _f("email", _("Mail"), "email|e-mail|mail|邮箱|郵箱|电子邮件|電子郵件"),
        _PHONE,
        _f("role", _("Role"), "role|角色|岗位|職務"),
        _f("team", _("Team"), "team|group|团队|團隊|班组|小组|部门"),
        _f("skills", _("Skills"), "skills|技能"),
        _f("deputy", _("Deputy"), "deputy|stand-in|代理人|代理|职务代理人|職務代理人"),
        _f("languages", _("Languages"), "languages|语种|語種"),
        _f("capacity", _("Capacity"), "capacity|容量|同时处理数"),
        _f("active", _("Active"), "active|enabled|在职|在職|启用|啟用|状态"),
    ), _("Found by user name. A new one has no password yet: set it at his page. Administrators are not taken in.")),
    Kind("lines", _("Product lines"), "package", ("settings.edit",), (
        _f("code", _("Code"), "code|sku|编码|編碼|代码|代碼|产品代码|编号", needed=True),
        _f("name", _("Name"), "name|名称|名稱|产品线|產品線|产品名称|產品名稱", needed=True),
        _f("skill", _("Skill"), "skill|技能"),
    ), _("Found by code.")),
    Kind("units", _("Products of customers"), "devices", ("customer.edit",), (
        _f("key", _("Key in the other system"), "id|key|external id|编号|編號|主键"),
        _f("customer", _("Key of the customer"), "customer key|customer id|owner|客户编号|客戶編號|客户代码"),
        _f("email", _("Mail of the customer"), "email|e-mail|mail|邮箱|郵箱|客户邮箱"),
        _f("phone", _("Phone of the customer"), "phone|mobile|tel|电话|電話|手机|手機|手机号"),
        _f("company", _("Company"), "company|公司|单位|單位|企业|公司名称|公司名稱"),
        _LINE,
        _f("model", _("Model"), "model|型号|型號|机型|機型"),
        _f("serial", _("Serial number"), "serial|serial number|sn|s/n|序列号|序號|机身号|出厂编号"),
        _f("bought_on", _("Bought on"), "bought|purchase date|sold|购买日期|購買日期|购机日期|销售日期"),
        _f("warranty_until", _("Warranty until"), "warranty|warranty until|warranty end|保修期至|保修截止|保固到期"),
        _f("contract", _("Service contract"), "contract|合同|服务合同|合約"),
        _NOTE,
    ), _("Found by serial number or key. Its owner is found by key, mail address or phone number, else by company.")),
    Kind("tickets", _("Tickets"), "ticket", ("ticket.create",), (
        _f("key", _("Key in the other system"), "id|key|number|ticket|ticket id|no|工单号|工單號|单号|單號|编号",
           needed=True),
        _f("subject", _("Subject"), "subject|title|summary|标题|標題|主题|主題|问题"),
        _f("text", _("Text"), "text|description|body|content|描述|内容|內容|问题描述|故障描述|详情"),
        _f("name", _("Customer"), "name|customer|customer name|contact|客户|客戶|客户姓名|联系人|姓名|报修人"),
        _f("email", _("Mail"), "email|e-mail|mail|邮箱|郵箱|电子邮件|電子郵件|客户邮箱"),
        _PHONE,
        _f("status", _("Status"), "status|state|状态|狀態|工单状态"),
        _f("kind", _("Kind"), "kind|type|category|类型|類型|类别|工单类型"),
        _f("urgency", _("Urgency"), "urgency|priority|severity|紧急程度|緊急程度|优先级|優先級"),
        _LINE, _REGION,
        _f("team", _("Team"), "team|group|queue|团队|團隊|班组|处理组|受理组"),
        _f("agent", _("Agent"), "agent|assignee|owner|处理人|坐席|客服|负责人|受理人"),
        _f("tags", _("Tags"), "tags|labels|标签|標籤"),
        _f("created_at", _("Opened"), _AT),
        _f("resolved_at", _("Resolved"), "resolved|resolved at|解决时间|解決時間|完成时间|完工时间"),
        _f("closed_at", _("Closed"), "closed|closed at|关闭时间|關閉時間|结束时间|办结时间"),
    ), _("A ticket is taken in once and never changed by a table again. Open ones go the way of any other ticket.")),
)})  # fmt: skip

_JUNK = re.compile(r"[\s_\-/（）()*：:.]+")


def _bare(name: str) -> str:
    return _JUNK.sub("", name).lower()


def proposed(kind: Kind, head: Sequence[str]) -> dict[str, str]:
    """A field for each column (by its place, as text) that can be told: as remembered, else by its name."""
    row = Remembered.objects.filter(kind=kind.code, head=digest(head)).first()
    if row is not None:
        return {place: code for place, code in row.mapping.items() if kind.field(code)}
    found: dict[str, str] = {}
    for place, name in enumerate(head):
        field = _by_name(kind, name, taken=set(found.values()))
        if field:
            found[str(place)] = field
    return found


def _by_name(kind: Kind, name: str, *, taken: set[str]) -> str:
    bare = _bare(name)
    for field in kind.fields:
        names = {_bare(field.code), _bare(str(field.word)), *map(_bare, field.known)}
        if bare and bare in names and field.code not in taken:
            return field.code
    return ""


def remember(kind: str, head: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Keeps a mapping for the next table with the same head."""
    Remembered.objects.update_or_create(kind=kind, head=digest(head), defaults={"mapping": dict(mapping)})


def digest(head: Sequence[str]) -> str:
    """A head of columns as one word."""
    return hashlib.sha256(json.dumps(list(head), ensure_ascii=False).encode()).hexdigest()
