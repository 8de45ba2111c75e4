"""How many mails does one worker take in per second?

`python -m bench mail`. 1,000 mails of mixed kinds lie stored raw: plain and HTML requests in Chinese and English, old
charsets, replies, files, pictures, absence notices, bounces. The loop of a work process takes them in among 100,000
tickets, in durable transactions. The rate is by processor time, of the worker and all database
processes together: what one core keeps up with. When the limit is missed, the profile's head is printed.
"""

from __future__ import annotations

import base64
import cProfile
import itertools
import os
import pstats
import random
import sys
from collections import Counter
from email.message import EmailMessage
from email.policy import SMTP
from time import perf_counter

from bench import fill, stage
from bench.measuring import Report, costing
from yingnuo.channels import accept
from yingnuo.channels.models import Channel, Raw
from yingnuo.journey import post_in
from yingnuo.kit import instants

LIMIT_PER_S, COUNT, WARM = 60.0, 1_000, 100
_ZH = "洗衣机显示E3，转两分钟就停了。购买不到一年，应在保修期内，请尽快派人来看。\n"
_EN = "The washing machine shows E3 and stops after two minutes. It is less than a year old. Please send somebody.\n"
_QUOTED = "\n\n在 2026年3月2日，应诺客服 写道：\n> 您好\n> 请先检查滤网。\n" * 3
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def main() -> int:
    """Measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("mail intake")
        stage.use(fill.house(here, 100_000))
        box = Channel.objects.create(code="help", name="Help", kind="mail", settings={"address": "help@house.example"})
        _take(box, 0, WARM)
        with costing(os.getpid(), here.postmaster) as cost:
            began = perf_counter()
            _take(box, WARM, COUNT)
            took = perf_counter() - began
        per_mail = cost.ms(COUNT)
        report.at_most("one mail", per_mail, 1_000 / LIMIT_PER_S, "ms CPU", f"{cost.per(COUNT)}")
        report.note(f"rate: {1_000 / per_mail:.0f} mails per second of one core, limit {LIMIT_PER_S:.0f}; ")
        report.note(f"wall here: {COUNT / took:.0f} per second; became {_outcomes()}")
        if report.missed or "--profile" in sys.argv:
            _profile(box)
    return report.status()


def _take(box: Channel, first: int, count: int) -> None:
    """Stores mails and takes them in as the work process's loop does."""
    now = instants.now()
    accept.keep_many(box, [(f"m{n}", mail(n)) for n in range(first, first + count)], received_at=now)
    done = 0
    while done < count:
        done += post_in.take_waiting(now=now)


def _outcomes() -> str:
    return ", ".join(f"{n} {name}" for name, n in Counter(Raw.objects.values_list("outcome", flat=True)).most_common())


def mail(n: int) -> bytes:
    """The n-th mail; the same bytes on every run."""
    kind = next(kind for kind, share in zip(_KINDS, _BOUNDS, strict=True) if n % 100 < share)
    made = EmailMessage(policy=SMTP)
    made["From"] = f"Customer {n % fill.CUSTOMERS} <customer{n % fill.CUSTOMERS}@example.com>"
    made["To"], made["Subject"] = "help@house.example", f"E3 {n}"
    made["Message-ID"], made["Date"] = f"<m{n}@example.com>", "Mon, 02 Mar 2026 10:00:00 +0800"
    kind(made, n)
    return bytes(made)


def _plain(made: EmailMessage, n: int) -> None:
    made.set_content((_ZH if n % 2 else _EN) * 3 + f"{n}\n")


def _old_charset(made: EmailMessage, n: int) -> None:
    made.set_content(_ZH * 3 + f"{n}\n", charset="gb18030")


def _html(made: EmailMessage, n: int) -> None:
    _plain(made, n)
    rows = "".join(f"<tr><td style='color:#333'>{i}</td><td><b>{_ZH}</b></td></tr>" for i in range(40))
    page = f"<html><body><table>{rows}</table><img src='https://cdn.example/x.png'><img src='cid:p{n}'></body></html>"
    made.add_alternative(page, subtype="html")
    made.get_payload()[1].add_related(_PICTURE, "image", "png", cid=f"<p{n}>")  # type: ignore[union-attr, index]


def _reply(made: EmailMessage, n: int) -> None:
    made["In-Reply-To"] = made["References"] = f"<m{n - n % 100}@example.com>"
    made.replace_header("From", f"customer{(n - n % 100) % fill.CUSTOMERS}@example.com")
    made.set_content(f"还是不行 {n}。" + _QUOTED)


def _file(made: EmailMessage, n: int) -> None:
    _plain(made, n)
    made.add_attachment(random.Random(n).randbytes(150_000), maintype="image", subtype="jpeg", filename="照片.jpg")


def _absence(made: EmailMessage, n: int) -> None:
    made["Auto-Submitted"] = "auto-replied"
    made.set_content("我正在休假，4月1日回来。\n")


def _bounce(made: EmailMessage, n: int) -> None:
    made.replace_header("From", "MAILER-DAEMON@mx.example.com")
    made.set_content("Your message could not be delivered: user unknown (550 5.1.1).\n")


_SHARES = ((_plain, 45), (_html, 20), (_reply, 12), (_file, 6), (_old_charset, 7), (_absence, 5), (_bounce, 5))
_KINDS = tuple(kind for kind, _share in _SHARES)
_BOUNDS = tuple(itertools.accumulate(share for _kind, share in _SHARES))


def _profile(box: Channel) -> None:
    with cProfile.Profile() as profile:
        _take(box, WARM + COUNT, 300)
    pstats.Stats(profile).sort_stats("cumulative").print_stats("yingnuo|nh3|models/query|backends", 45)


if __name__ == "__main__":
    sys.exit(main())
