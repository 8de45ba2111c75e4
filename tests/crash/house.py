"""What company do the crash tests play in? Run as a program: makes it in an empty database, prints a bearer token.

The factories' house with a standard of seconds: a first response within five, a solution within eight, each warned of
two seconds before (the lead, in the desk and by SMS) and told of when broken (lead and department, in the desk and by
mail). Nobody is online, so every ticket waits at the front team, whose lead is Bo; the department is headed by Mia.
"""

from __future__ import annotations

import argparse
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "yingnuo.conf.settings"
django.setup()

from tests import factories  # noqa: E402  # models may be imported now
from tests.crash.standard import LADDER, TARGETS  # noqa: E402
from yingnuo.alerts.models import NoticeRules  # noqa: E402
from yingnuo.channels.models import Channel, ChannelKind  # noqa: E402
from yingnuo.kit import instants  # noqa: E402
from yingnuo.people import services as people  # noqa: E402
from yingnuo.people.roles import SYSTEM  # noqa: E402
from yingnuo.promises import versions  # noqa: E402
from yingnuo.promises.models import Policy  # noqa: E402

SCOPES = ("ticket.create", "ticket.view", "ticket.reply", "ticket.resolve", "webhook.edit")


def main() -> int:
    """Make it; print the token."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sms_url")
    arguments = parser.parse_args()
    now = instants.now()
    factories.house(now=now)
    promises = {name: {"target": s, "calendar": "always", "ladder": "short"} for name, s in TARGETS.items()}
    rule = {"code": "all", "title": "Everything", "when": {}, "promises": promises}
    spec = {"code": "seconds", "title": "Seconds", "agreement": "sla", "ladders": {"short": LADDER}, "rules": [rule]}
    versions.save_policy(SYSTEM, code="seconds", name="Seconds", spec=spec, now=now)
    Policy.objects.exclude(code="seconds").update(active=False)
    Channel.objects.create(code="sms", name="SMS", kind=ChannelKind.SMS, settings={"url": arguments.sms_url})
    NoticeRules.objects.create(digest_from=10_000)  # each by itself: a storm's digests wait for their minute
    _row, bearer = people.issue_token(SYSTEM, name="crash", scopes=SCOPES, now=now)
    sys.stdout.write(bearer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
