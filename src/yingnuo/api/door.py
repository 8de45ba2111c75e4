"""Which API is it? Its description, its document, and the address of every operation's router."""

from __future__ import annotations

from yingnuo.api import (
    approvals,
    automation,
    brands,
    breach_list,
    breaches,
    catalogue,
    channels,
    checklist,
    customers,
    dispatching,
    exchange,
    figures,
    files,
    forms,
    happenings,
    lab,
    linked,
    me,
    messages,
    notices,
    organisation,
    promised,
    refusals,
    roles,
    rules,
    runs,
    saved_lists,
    staff,
    standards,
    subtasks,
    tags,
    ticket_more,
    tickets,
    units,
    webhooks,
    work,
    writing,
)
from yingnuo.api.document import Api
from yingnuo.api.limits import PER_MINUTE
from yingnuo.api.once import once
from yingnuo.api.tokens import Bearer

DESCRIPTION = f"""
What a person can do at the desk, for programs.

**Signing in.** Send `Authorization: Bearer <token>`. An administrator makes tokens in the settings; its scopes are
the verbs it may use, named at each operation.

**Refusals** are problem details (RFC 9457, `application/problem+json`). `code` is stable; `title`, `detail` and
`fields` are sentences in the language of `Accept-Language` (zh-hans, zh-hant, en).

**Acting for somebody.** A token may be issued for a member of staff: then it is he who acts, within his sight, by those
of his rights that are scopes of the token. What only a person may do (taking up warnings, deciding about standards and
excuses, the promise lab) takes such a token; without one the answer is 403 (`acts_for_nobody`).

**Once only.** Every POST takes an `Idempotency-Key`. For 24 hours the same key with the same body gets the first answer
again, with `Idempotent-Replayed: true`; with another body it is refused with 409 (`idempotency_key_reused`), and while
the first request is at work with 409 (`in_progress`) and `Retry-After`. `POST /tickets` and a customer's words keep
their key for ever; their answer is the ticket as it stands now. Keys are yours alone: two tokens never meet.

**Nobody's change is lost.** Tickets and customers come with an `ETag`. Send it back as `If-Match` with a change: when
somebody was quicker it is refused with 412 and nothing is changed.

**Limits.** A token may ask {PER_MINUTE} times in any minute of each web process. `RateLimit` says what is left (r) for
how many seconds (t); beyond it the answer is 429 with `Retry-After`. A body is JSON (else 415) and has at most as many
bytes as the installation allows (25 MiB unless set otherwise, else 413).

**Away.** While the database cannot be reached every answer is 503 (`unavailable`) with `Retry-After`. What was sent may
or may not have been taken in: send it again with the same `Idempotency-Key`.

**Lists** come in pages: send `next` of one page as `after` of the following one. A cursor names the last row, not a
number of rows: what comes in meanwhile moves nothing. `GET /events` reads the ledger by such a cursor and never misses
a row.
"""


api = Api(
    title="Yingnuo",
    version="1",
    description=DESCRIPTION,
    auth=Bearer(),
    urls_namespace="api-1",
)
refusals.install(api)
api.add_decorator(once)
for part in (
    tickets, messages, files, work, ticket_more, promised, breaches, breach_list, customers, notices, organisation,
    staff, catalogue, rules, standards, runs, channels, figures, lab, happenings, me, webhooks, exchange, dispatching,
    saved_lists, automation, subtasks, approvals, checklist, writing, linked, forms, units, roles, tags, brands,
):  # fmt: skip
    api.add_router("", part.router)

_TICKET = {"ticket_id": "$response.body#/id"}
api.links = {
    "tickets_open_ticket": {
        name: {"operationId": to, "parameters": _TICKET}
        for name, to in (
            ("read", "tickets_read_ticket"), ("messages", "messages_list_messages"), ("answer", "messages_add_message"),
            ("pause", "work_pause"), ("resolve", "work_resolve"), ("history", "happenings_list_ticket_events"),
        )
    },
    "work_pause": {"resume": {"operationId": "work_resume", "parameters": _TICKET}},
    "work_resolve": {
        "reopen": {"operationId": "work_reopen", "parameters": _TICKET},
        "close": {"operationId": "work_close", "parameters": _TICKET},
    },
    "customers_add_contact": {
        "read": {"operationId": "customers_read_contact", "parameters": {"contact_id": "$response.body#/id"}},
        "change": {"operationId": "customers_change_contact", "parameters": {"contact_id": "$response.body#/id"}},
    },
    "rules_add_rule": {
        "read": {"operationId": "rules_read_rule", "parameters": {"rule_id": "$response.body#/id"}},
        "delete": {"operationId": "rules_delete_rule", "parameters": {"rule_id": "$response.body#/id"}},
    },
}  # fmt: skip
