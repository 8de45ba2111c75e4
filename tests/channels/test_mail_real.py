"""What do collections of real mails, written by others, say about our reading?"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.channels.mails import archive, base_name, expected, labels, read
from yingnuo.channels.adapters.mail import html, kinds, tnef, visible
from yingnuo.channels.adapters.mail.mime import Survey, split
from yingnuo.channels.contract import ArrivalKind

PERSONAL = (ArrivalKind.REQUEST, ArrivalKind.REPLY)
# a person forwards a bounce in his own words ("Forward the message."): to us that is a person's mail
FORWARDED_BY_A_PERSON = {"bsd-lhost-sendmail-14.eml"}
# (label, read as) -> mails
CONFUSION = {
    ("bounce", "bounce"): 350,
    ("bounce", "reply"): 1,  # FORWARDED_BY_A_PERSON
    ("feedback_report", "report"): 9,
    ("feedback_report", "auto_reply"): 1,  # an unsubscription that Apple Mail sent by itself
    ("auto_reply", "auto_reply"): 5,
    ("not_bounce", "bounce"): 1,  # a mail server's "email bounce notification": its source knows no such format
}
# mail-mime: what is no person's mail there, found by reading them
MACHINE_WRITTEN = 18


def test_every_mime_mail_is_taken_in() -> None:
    """No fault on any of them; where the body is not blank there is text or a file."""
    seen = 0
    for name, raw in archive("mail-mime"):
        arrival = read(raw)
        seen += 1
        assert not [note for note in arrival.notes if note in ("unreadable", "raw_text")], name
        if not (arrival.text.strip() or arrival.files):
            assert "empty" in arrival.notes, name
            assert not _has_words(raw), name
    assert seen == 318


def _has_words(raw: bytes) -> bool:
    """Whether any part has a body with more in it than blanks and left-over boundary lines."""
    parts = [p for p in split(raw, Survey()).walk() if not p.children and not p.kind.startswith("multipart/")]
    bodies = (re.sub(rb"(?m)^--.*$|<[^>]*>|&nbsp;|=20|=\r?\n", b"", part.body()) for part in parts)
    return any(body.strip() for body in bodies)


def test_bounces_do_not_look_like_requests() -> None:
    """The pass mark of the collection: 366 of 367, the other one is in FORWARDED_BY_A_PERSON."""
    table: Counter[tuple[str, str]] = Counter()
    wrong = set()
    label_of = labels()
    for path, raw in archive("mail-bounces"):
        name = base_name(path)
        kind = read(raw).kind
        table[label_of[name], kind.value] += 1
        if kind in PERSONAL:
            wrong.add(name)
    assert wrong == FORWARDED_BY_A_PERSON
    assert dict(table) == CONFUSION


def test_bounces_name_the_mail_they_are_about() -> None:
    bounces = [a for _, raw in archive("mail-bounces") if (a := read(raw)).kind is ArrivalKind.BOUNCE]
    named = sum(1 for bounce in bounces if bounce.references)
    assert named / len(bounces) >= 0.85


def test_no_persons_mail_is_taken_for_a_machines() -> None:
    """False positives on mails of people: none in mail-replies, and in mail-mime only those that machines wrote."""
    found = {name: read(raw).kind for name, raw in archive("mail-mime")}
    machines = {name for name, kind in found.items() if kind not in PERSONAL}
    replies = {read(raw).kind for name, raw in archive("mail-replies") if name.endswith(".eml")}
    assert replies <= set(PERSONAL)
    assert len(machines) == MACHINE_WRITTEN
    bounced = {name for name, kind in found.items() if kind is ArrivalKind.BOUNCE}
    assert all(re.search(r"bounce|report|delivery|mimepart_without|malformed_2", name) for name in bounced)


def test_winmail_files_have_the_listed_names_and_sizes() -> None:
    """The source extracts texts with LF line ends, and leaves the 16-byte class id before OLE objects."""
    wanted = expected("mail-tnef")
    seen = 0
    for path, raw in archive("mail-tnef", "tnef.tar.gz"):
        name = base_name(path).removesuffix(".tnef")
        opened = tnef.open_tnef(raw)
        sizes = wanted[name]["extracted_file_sizes"]
        found = Counter(item.name for item in opened.items)
        named = Counter(re.sub(r"(Untitled Attachment)\.\d", r"\1", key) for key in sizes if "message." not in key)
        assert found == named, name
        for item in opened.items:
            assert _possible_sizes(item.data) & _sizes_named(sizes, item.name), (name, item.name)
        assert bool(opened.rtf) == ("message.rtf" in sizes), name
        assert bool(opened.html) == ("message.html" in sizes), name
        seen += 1
    assert seen == 16


def _possible_sizes(data: bytes) -> set[int]:
    ole = {len(data) + 16} if data.startswith(b"\xd0\xcf\x11\xe0") else set()
    return {len(data), len(data.replace(b"\r\n", b"\n"))} | ole


def _sizes_named(sizes: dict[str, int], name: str) -> set[int]:
    return {size for key, size in sizes.items() if key == name or re.fullmatch(re.escape(name) + r"\.\d", key)}


# fragments without a text are judged by the words that must be shown and those that must not
FRAGMENTS = {
    "email_1_1.txt": ("I am currently using the Java HTTP API.", "Abhishek"),
    "email_1_2.txt": ('you’ll need to delete them all individually."', "riak-users mailing list"),
    "email_1_3.txt": ("Having the function would be great.", "Abhishek"),
    "email_1_5.txt": ("for a while.", "riak"),
    "email_1_8.txt": ("and under this.", "Hey there, this is my signature"),
    "correct_sig.txt": ("this is an email with a correct -- signature.", "rick"),
    "greedy_on.txt": ("fails, the tunnel is not working.", "wrote:"),
    "email_sig_delimiter_in_middle_of_line.txt": ("kthxbai", "riak"),
}
ENOUGH = {"github": 1.0, "talon-standard": 1.0, "talon-html": 1.0}


@pytest.mark.parametrize("source", sorted(ENOUGH))
def test_visible_texts_are_exactly_right(source: str) -> None:
    """The share of right ones by source. Talon counts signatures as text, so there either reading is right."""
    files = dict(archive("mail-replies"))
    wanted = [entry for entry in expected("mail-replies") if entry["file"].startswith(source + "/")]
    wrong = [entry["file"] for entry in wanted if not _is_right(entry, files[entry["file"]])]
    share = 1 - len(wrong) / len(wanted)
    assert share >= ENOUGH[source], f"{share:.0%} of {len(wanted)} right; wrong: {wrong}"


def _is_right(entry: dict[str, str], raw: bytes) -> bool:
    found = visible.split(_text(entry["file"], raw))
    if "visible_text" not in entry:
        last, absent = FRAGMENTS[base_name(entry["file"])]
        return found.visible.endswith(last) and absent not in found.visible
    wanted = _squeezed(entry["visible_text"], entry["file"])
    readings = [found.visible]
    if entry["file"].startswith("talon-standard/"):
        readings.append(f"{found.visible}\n\n{found.signature}")
    return wanted in [_squeezed(reading, entry["file"]) for reading in readings]


def _text(name: str, raw: bytes) -> str:
    if name.endswith(".html"):
        return html.to_text(raw.decode())
    if name.endswith(".eml"):
        found = next(part for part in split(raw, Survey()).walk() if part.kind == "text/plain")
        return kinds.part_text(found)
    return raw.decode()


def _squeezed(text: str, name: str) -> str:
    if name.endswith(".html"):
        return "".join(text.split())
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()
