"""Which rows about promises never change, and what of them is sealed?

The marks, and the copies of terms: by both every promise can be judged again.
"""

from __future__ import annotations

from yingnuo.ledger.seals import Table, instant

MARKS = Table(
    "promises_mark",
    f"jsonb_build_array(r.id, r.promise_id, r.kind, {instant('at')}, {instant('recorded_at')}, r.reason, r.terms_id, "
    "r.actor_kind, r.actor_id)::text",
)
TERMS = Table("promises_termscopy", "jsonb_build_array(r.id, r.digest, r.spec)::text")
