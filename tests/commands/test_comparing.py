"""Does a comparison count what is right, and name each miss and its reason?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tests import factories
from yingnuo.channels.models import Raw
from yingnuo.commands import comparing, ingest
from yingnuo.commands.ingest import Attached, Line
from yingnuo.conf import options
from yingnuo.host.errors import Trouble


def _compare(tmp_path: Path, name: str, text: str, *lines: Line) -> list[comparing.Figure]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return comparing.compare(tmp_path / name, lines)


def test_kinds_by_label(tmp_path: Path) -> None:
    told = [Line("a.tar.gz/1.eml", "bounce", "bounce"), Line("a.tar.gz/2.eml", "ticket", "request", notes=("odd",))]
    [figure] = _compare(tmp_path, "labels.csv", "file,label\n1.eml,bounce\n2.eml,bounce\n3.eml,bounce\n", *told)
    assert (figure.right, len(figure.misses)) == (1, 2)
    assert "2.eml: labelled bounce, read as request (odd)" in figure.told()
    assert "3.eml: was not among the mails" in figure.told()


def test_words_with_or_without_their_signature(tmp_path: Path) -> None:
    wanted = [{"file": "1", "visible_text": "Hi\n\nSent from my phone"}, {"file": "2", "visible_text": "Hi there"}]
    told = [Line("1", "ticket", text="Hi", folded="Sent from my phone"), Line("2", "ticket", text="Hi")]
    words, _folding = _compare(tmp_path, "expected.json", json.dumps(wanted), *told)
    assert (words.right, words.misses) == (1, ["2: expected 'Hi there', found 'Hi'"])


def test_files_by_name_and_size(tmp_path: Path) -> None:
    wanted = {"x": {"extracted_file_sizes": {"a.txt": 10, "message.rtf": 5}}}
    told = Line("x.tnef", "ticket", attachments=(Attached("a.txt", "text/plain", 12, 2),))
    names, sizes = _compare(tmp_path, "expected.json", json.dumps(wanted), told)
    assert (names.share, sizes.share) == (1.0, 1.0)
    wrong = Line("x.tnef", "ticket", attachments=(Attached("b.txt", "text/plain", 99),))
    names, sizes = _compare(tmp_path, "expected.json", json.dumps(wanted), wrong)
    assert (names.share, sizes.misses) == (0.0, ["x: b.txt has 99 bytes"])


@pytest.mark.django_db
def test_our_own_data_are_nobodys_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.house()
    var = tmp_path / "var"
    var.mkdir()
    (var / "secret.eml").write_bytes(b"From: a@b.example\n\nhi\n")
    (tmp_path / "1.eml").write_bytes(b"From: a@b.example\n\nhello\n")
    monkeypatch.setattr(options, "current", type("O", (), {"var": var}))
    arguments = argparse.Namespace(path=tmp_path, channel="", json=None, expect=None)
    assert ingest.run(arguments) == 0
    assert Raw.objects.count() == 1
    arguments.path = var
    with pytest.raises(Trouble):
        ingest.run(arguments)
    assert Raw.objects.count() == 1
