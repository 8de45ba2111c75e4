"""Which things does the ledger know to happen?

The value is what rows keep; the text after it is what the reference page prints. A code is never given another meaning.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Codes of ledger rows; `params` named in brackets."""

    TICKET_OPENED = "ticket.opened"  # a ticket was made from an arrival or by hand [via, raw]
    TICKET_ROUTED = "ticket.routed"  # dispatch chose a team, and an agent where one was free [rules, team, agent, why]
    TICKET_ASSIGNED = "ticket.assigned"  # given to somebody [team, agent, from_team, from_agent]
    TICKET_CHANGED = "ticket.changed"  # a fact changed [field, old, new, reason]
    TICKET_WAITING = "ticket.waiting"  # work stands still for a listed reason [reason]
    TICKET_RESUMED = "ticket.resumed"  # the reason is gone [reason]
    TICKET_RESOLVED = "ticket.resolved"  # the matter is solved as the agent sees it
    TICKET_CLOSED = "ticket.closed"  # nothing more is owed [reason]
    TICKET_REOPENED = "ticket.reopened"  # solved, but not for the customer
    TICKET_MERGED = "ticket.merged"  # absorbed by another ticket [into]
    TICKET_ABSORBED = "ticket.absorbed"  # took another ticket in [ticket]
    TICKET_SPLIT = "ticket.split"  # a new ticket was cut off [ticket]
    TICKET_SPLIT_OFF = "ticket.split_off"  # it was cut off another ticket [from, start]
    TICKET_SNOOZED = "ticket.snoozed"  # put aside until a moment [until]
    TICKET_WOKE = "ticket.woke"  # the moment came
    TICKET_URGED = "ticket.urged"  # the customer urged [count]
    TICKET_RECORDED = "ticket.recorded"  # somebody recorded that something was so [deed, happened]
    TICKET_RATED = "ticket.rated"  # the customer rated [score, words]
    TICKET_ERASED = "ticket.erased"  # personal data was removed on request
    MESSAGE_RECEIVED = "message.received"  # the customer wrote [message]
    MESSAGE_SENT = "message.sent"  # a public reply went out [message, qualified]
    MESSAGE_NOTED = "message.noted"  # an internal note was written [message]
    MESSAGE_RECEIPT = "message.receipt"  # an automatic acknowledgement was queued [message]
    MESSAGE_DELIVERED = "message.delivered"  # the mail server took a message [message]
    MESSAGE_UNDELIVERABLE = "message.undeliverable"  # it never will [message, problem]
    PROMISE_GIVEN = "promise.given"  # a promise was made [milestone, due, rule, policy]
    PROMISE_RETARGETED = "promise.retargeted"  # its terms changed [milestone, due, rule, policy, reason]
    PROMISE_PAUSED = "promise.paused"  # its clock stands still [milestone, reason]
    PROMISE_RESUMED = "promise.resumed"  # its clock runs again [milestone, due]
    PROMISE_KEPT = "promise.kept"  # met in time [milestone, worked]
    PROMISE_BROKEN = "promise.broken"  # the due instant passed unmet [milestone, due, holder]
    PROMISE_MET_LATE = "promise.met_late"  # met after its due instant [milestone, overrun]
    PROMISE_CANCELLED = "promise.cancelled"  # nothing is owed any more [milestone, reason]
    PROMISE_REOPENED = "promise.reopened"  # owed again [milestone, due]
    PROMISE_CHECKED = "promise.checked"  # the customer was told what the checklist asks for [milestone, items]
    PROMISE_CORRECTED = "promise.corrected"  # a fact learnt late changed the verdict [milestone, was, is, happened]
    BREACH_REASON_GIVEN = "breach.reason"  # why a promise was broken [milestone, reason, evidence]
    BREACH_EXCUSE_ASKED = "breach.excuse_asked"  # somebody asked to excuse a breach [milestone]
    BREACH_EXCUSE_DECIDED = "breach.excuse_decided"  # another person granted or refused it [milestone, decision]
    CUSTOMER_TOLD = "breach.customer_told"  # the customer was told of a breach [milestone, message, next]
    NOTICE_GIVEN = "notice.given"  # a ladder step fired [step, reason, people, late, customer]
    NOTICE_SKIPPED = "notice.skipped"  # a step could not be given [step, reason]
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"  # somebody took it up [step]
    PROOF_EXPORTED = "proof.exported"  # somebody took a promise's proof out of the house [milestone, form, head]
    RAW_FAILED = "raw.failed"  # an arrival could not be taken in; its raw form is kept [raw, problem]
    AUTOMATIC_RECEIVED = "automatic.received"  # a bounce, auto-reply or report came for a ticket [kind]
    SIGNED_IN = "staff.signed_in"  # a member of staff signed in
    PRESENCE_CHANGED = "staff.presence"  # presence changed [old, new]
    CONTACT_CHANGED = "contact.changed"  # what is known of a customer was edited [fields]
    CONTACT_REVEALED = "contact.revealed"  # a masked phone number was looked at [field]
    SETTING_CHANGED = "setting.changed"  # calendar, policy, rule, team, channel … [what, version, moved, recompute]
    STANDARD_DRAFTED = "standard.drafted"  # a draft of a standard was begun or changed [what, version, edition]
    STANDARD_PROPOSED = "standard.proposed"  # it was proposed, with its reason [what, version, from, moves]
    STANDARD_APPROVED = "standard.approved"  # another person approved it, or nobody else could [what, version, alone]
    STANDARD_REJECTED = "standard.rejected"  # it was refused [what, version, reason]
    STANDARD_WITHDRAWN = "standard.withdrawn"  # it was taken back [what, version]
    STANDARD_IN_FORCE = "standard.in_force"  # it came in force [what, version, was, moves]
    IMPORT_DONE = "import.done"  # a batch was taken in [count, what, file, new, changed, refused]
    IMPORT_UNDONE = "import.undone"  # a batch was taken back [what, file, count, kept]
    TICKET_IMPORTED = "ticket.imported"  # a finished ticket of another system was taken over [key]
    EXPORT_TAKEN = "export.taken"  # a list left the house as a table [what, form, filter]
    WEBHOOK_REPLAYED = "webhook.replayed"  # deliveries were sent again [name, count]
    WEBHOOK_OFF = "webhook.off"  # a webhook was switched off by itself [name, why]
