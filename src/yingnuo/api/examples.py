"""What does an answer look like? One story in values, from which every example of the document is made.

A washing machine of Harbour Laundry shows E3; Alice of the front line answers Chen. `BODIES` are whole bodies by the
name of their schema, `VALUES` single values by the name of their field; what neither names follows from the schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from yingnuo.api import refusals

Json = dict[str, Any]
Schemas = Mapping[str, Json]

VALUES: Mapping[str, object] = {
    "amount": "80.00",
    "id": 4711, "ticket": 4711, "ticket_id": 4711, "number": "YN-4711", "subject": "Washing machine shows E3",
    "text": "It shows E3 and stops after ten minutes.", "words": "The spare part came a day late.", "name": "Chen Li",
    "email": "chen@harbour.example", "phone": "+8613800002210", "handle": "customer-88", "company": "Harbour Laundry",
    "username": "alice", "agent": "alice", "team": "front", "region": "shanghai", "language": "zh-hans",
    "kind": "fault", "urgency": "important", "status": "open", "via": "api", "tier": "gold", "state": "open",
    "product_line": "washer", "tags": ["E3", "laundry"], "tag": "E3", "fields": {"serial": "HW-2210-0088"},
    "data": "RTM=", "content_type": "text/plain", "size": 2, "file": None,
    "sha256": "35dd0d74e9e8d0ddbf8b4ef9cb3e6b2ec9b5f0d54b7e0d5b4a8f6ac2b0e3a111",
    "milestone": "first_response", "agreement": "sla", "standing": "running", "target_seconds": 7200,
    "worked_seconds": 3300, "remaining_seconds": 3900, "overrun_seconds": 0, "overdue": False,
    "calendar": "office", "policy": "default@4", "rule": "important", "guide": "Name a first cause and the next step.",
    "reason": "waiting_parts", "deed": "called_back", "subject_line": "E3", "skill": "washer", "code": "front",
    "zone": "Asia/Shanghai", "time_zone": "Asia/Shanghai", "role": "agent", "presence": "online", "capacity": 20,
    "scopes": ["ticket.create", "ticket.view"], "justification": "Laundries wait too long on Mondays.",
    "next": "", "after": "", "limit": 50, "version": 7, "edition": 3, "position": 1, "score": 5,
    "promise_page": "https://service.example/portal/p/4711.1:1uV", "requests_per_minute": 6000, "merged_into": None,
    "keywords": ["leak", "漏水"], "domain": "harbour.example", "note": "Calls before eight.", "value": 0.94,
    "key": "order-4711-open", "proof": "promise", "format": 1, "until": "2026-03-04T02:00:00Z"
}  # fmt: skip
BODIES: Mapping[str, object] = {
    "TicketIn": {
        "subject": "Washing machine shows E3", "text": "It shows E3 and stops after ten minutes.",
        "contact": {"name": "Chen Li", "email": "chen@harbour.example"}, "kind": "fault", "urgency": "important",
        "fields": {"serial": "HW-2210-0088"},
    },
    "TicketPatch": {"urgency": "urgent", "reason": "The laundry stands still."},
    "MessageIn": {"type": "reply", "text": "Please close the tap; a technician calls you at ten.", "then": "wait"},
    "PauseIn": {"reason": "waiting_parts"}, "CloseIn": {"reason": "withdrawn"},
    "MergeIn": {"absorb": 4712}, "SplitIn": {"messages": [9002], "subject": "An invoice, please"},
    "RecordIn": {"deed": "called_back", "at": "2026-03-02T02:20:00Z", "words": "He is on site until six."},
    "PromiseDateIn": {"due": "2026-03-04T02:00:00Z", "words": "The pump comes on Wednesday at ten."},
    "BreachReasonIn": {"reason": "parts", "words": "The pump came a day late."},
    "BreachExcuseIn": {"words": "The road was flooded; see the supplier's mail."},
    "PreviewIn": {"text": "It shows E3 and stops.", "urgency": "important", "product_line": "washer"},
    "TaskIn": {"team": "technicians", "subject": "Drawing of the drum", "text": "Which bearing is it?",
               "wanted": "2026-03-04T02:00:00Z"},
    "TicketLinkIn": {"relation": "caused_by", "ticket": 4712},
    "SubTicketIn": {"subject": "Send a technician", "text": "Bring a 6204-2RS.", "team": "technicians"},
    "SubTicketAnswerIn": {"text": "The server runs again; please try once more."},
    "BrandIn": {"en": "Aqua", "zh_hans": "清泉", "colour": "#0b62c9", "product_lines": ["washer"]},
    "TextIn": {"body": "Dear {{ customer }}, your request is {{ number }}: {{ url }}", "number": 0},
    "TaskWordIn": {"text": "It is a 6204-2RS."},
    "AssignIn": {"team": "front", "agent": "alice"}, "TagsIn": {"tags": ["E3", "laundry"]},
}  # fmt: skip
_MOMENT, _DAY = "2026-03-02T02:15:00Z", "2026-03-02"
_DEEPEST = 8


def of(schema: Json, schemas: Schemas, name: str = "", depth: int = 0) -> object:
    """An example that the schema allows; `name` is that of its field."""
    if "$ref" in schema:
        title = schema["$ref"].rpartition("/")[2]
        return BODIES[title] if title in BODIES else of(schemas[title], schemas, name, depth)
    if name in VALUES and fits(VALUES[name], schema, schemas):
        return VALUES[name]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return _one_of(schema[word], schemas, name, depth)
    if schema.get("default") is not None and schema.get("type") != "object":
        return schema["default"]
    return _plain(schema, schemas, name, depth)


def _one_of(choices: list[Json], schemas: Schemas, name: str, depth: int) -> object:
    wanted = [c for c in choices if c.get("type") != "null"]
    return of(wanted[0], schemas, name, depth) if wanted and depth < _DEEPEST else None


def _plain(schema: Json, schemas: Schemas, name: str, depth: int) -> object:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {k: of(v, schemas, k, depth + 1) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        many = max(1, int(schema.get("minItems", 1)))
        return [of(schema.get("items", {}), schemas, name, depth + 1)] * many if depth < _DEEPEST else []
    return _scalar(schema, kind)


def _scalar(schema: Json, kind: object) -> object:
    if kind == "string":
        return {"date-time": _MOMENT, "date": _DAY, "time": "09:00:00"}.get(schema.get("format", ""), _words(schema))
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    return False if kind == "boolean" else None


def _words(schema: Json) -> str:
    return "text" if schema.get("minLength") or "pattern" in schema else ""


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),),
}  # fmt: skip


def fits(value: object, schema: Json, schemas: Schemas) -> bool:
    """Whether the schema allows a value of the story, as far as its own words tell."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return any(fits(value, one, schemas) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return value in schema.get("enum", [schema.get("const")])
    return _of_type(value, schema) and _within(value, schema)


def _of_type(value: object, schema: Json) -> bool:
    kind = schema.get("type")
    if kind is None:
        return not schema
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind != "boolean")


def _within(value: object, schema: Json) -> bool:
    if isinstance(value, str):
        if schema.get("format") in ("date-time", "date", "time", "binary"):
            return schema["format"] == "date-time" and value.endswith("Z")
        return len(value) <= schema.get("maxLength", 10**6) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, list):
        return all(_of_type(one, schema.get("items", {})) for one in value) and "enum" not in schema.get("items", {})
    if isinstance(value, dict):
        return "properties" not in schema
    if isinstance(value, int | float):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def problem(status: int) -> Json:
    """The example of a refusal."""
    code, detail, fields = _PROBLEMS[status]
    return {
        "type": "about:blank", "title": refusals.NAMES[status], "status": status, "code": code, "detail": detail,
        "fields": fields,
    }  # fmt: skip


_PROBLEMS: Mapping[int, tuple[str, str, dict[str, str]]] = {
    400: ("malformed", "The request body is not valid JSON.", {}),
    401: ("not_authenticated", "Send a valid API token as a bearer token.", {}),
    403: ("not_allowed", "You may not do this.", {}),
    404: ("ticket_not_found", "There is no such ticket, or it is not yours to see.", {}),
    405: ("method_not_allowed", "This address takes only: GET, PATCH.", {}),
    409: ("ticket_closed", "The ticket is closed; reopen it first.", {}),
    412: ("changed_meanwhile", "Somebody changed it since you read it. Read it again.", {}),
    413: ("too_large", "A body has at most 25 MB.", {}),
    415: ("unsupported_media_type", "Send the body as application/json.", {}),
    422: ("invalid", "Some values cannot be used; see the fields.", {"text": "This field must not be empty."}),
    429: ("rate_limited", "This token asks too often. Try again in 12 seconds.", {}),
    503: ("unavailable", "Our database cannot be reached. What you sent may not have been taken in.", {}),
}  # fmt: skip
