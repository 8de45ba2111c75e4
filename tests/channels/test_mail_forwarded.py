"""Is a forwarded mail read as its first sender's, in the forms of Chinese and English mail programs?"""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.channels.mails import read
from yingnuo.channels.adapters.mail import forwarded

OWN = ("help@house.example",)
SAMPLES = Path(__file__).with_name("forwards.txt").read_text(encoding="utf-8").split("=== ")[1:]


def _sample(text: str) -> tuple[dict[str, str], bytes]:
    name, _newline, rest = text.partition("\n")
    head, _blank, body = rest.partition("\n\n")
    facts = dict(row.split(":", 1) for row in head.split("\n"))
    facts = {key: value.strip() for key, value in facts.items()} | {"name": name}
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = facts["From"], "help@house.example", facts["Subject"]
    mail.set_content(body)
    return facts, bytes(mail)


@pytest.mark.parametrize("text", SAMPLES, ids=[s.partition("\n")[0] for s in SAMPLES])
def test_the_first_sender_his_subject_and_his_words_are_found(text: str) -> None:
    facts, raw = _sample(text)
    found = forwarded.original(read(raw), OWN)
    if facts["Original"] == "none":
        assert found is None
        return
    assert found is not None
    told = f"{found.name} <{found.address}> | {found.subject} | {found.text}".strip()
    assert told == facts["Original"]
    assert found.words.partition("\n")[0] == facts["Words"]


def test_there_are_enough_samples_of_both_kinds() -> None:
    kinds = [_sample(text)[0]["Original"] == "none" for text in SAMPLES]
    assert (kinds.count(False) >= 15, kinds.count(True) >= 3) == (True, True)
