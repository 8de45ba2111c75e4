"""Which telephone system do the crash tests connect? Run as a program: makes the channel of the exchange at a port."""

from __future__ import annotations

import argparse
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "yingnuo.conf.settings"
django.setup()

from tests.channels.ami_server import SECRET, USER  # noqa: E402  # models may be imported now
from yingnuo.channels import accounts  # noqa: E402
from yingnuo.channels.models import Channel  # noqa: E402
from yingnuo.kit import revisions  # noqa: E402
from yingnuo.people.models import Staff, Team  # noqa: E402
from yingnuo.telephony.models import AgentLine, QueueLine  # noqa: E402


def main() -> int:
    """Make it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    settings = {"host": "127.0.0.1", "port": parser.parse_args().port, "user": USER, "trunks": "from-trunk"}
    channel = Channel.objects.create(
        code="pbx", name="Hotline", kind="asterisk", settings=settings, secret=accounts.sealed({"secret": SECRET})
    )
    AgentLine.objects.create(channel=channel, extension="8001", staff=Staff.objects.get(username="alice"))
    QueueLine.objects.create(channel=channel, queue="service", team=Team.objects.get(code="front"))
    revisions.bump()
    return 0


if __name__ == "__main__":
    sys.exit(main())
