"""Which mailboxes tell us of new mail by themselves?

Those on a server: a connection is held to each by one of the work processes, as to providers (see streams). A server
that cannot tell (no IDLE) is asked on the same connection at the mailbox's interval. A mailbox set to `idle` False is
looked into by jobs only.
"""

from __future__ import annotations

from yingnuo.channels import mailboxes, streams
from yingnuo.channels.models import Channel


class Round(streams.Round):
    """The work process's look at which mailboxes there should be connections to."""

    def __init__(self) -> None:
        super().__init__(_wanted, mailboxes.listen)


def _wanted() -> dict[tuple[int, str], Channel]:
    return {(r.pk, mailboxes.mark(r)): r for r in mailboxes.with_server() if r.settings.get("idle", True)}
