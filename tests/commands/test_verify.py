"""Does `yingnuo verify` say by its exit status and in plain lines whether everything holds?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests import factories
from yingnuo import cli
from yingnuo.journey import proof
from yingnuo.journey.sealing import TABLES
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.ledger.seals import Sealer
from yingnuo.promises.models import Promise


@pytest.fixture
def file(db: None, tmp_path: Path) -> Path:
    """The proof of a promise of a sealed house."""
    house, now = factories.house(), instants.now()
    ticket = factories.ticket(house, agent=house.alice)
    while Sealer(TABLES).step(now=now):
        pass
    p = Promise.objects.get(ticket=ticket, milestone="resolution")
    made = proof.export(factories.actor(house.bo), ticket_id=ticket.pk, promise_id=p.pk, form="file", now=now)
    path = tmp_path / "proof.json"
    path.write_text(proof.as_json(made, words={}), encoding="utf-8")
    return path


def test_an_installation_that_holds_is_status_0(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify"]) == 0
    told = capsys.readouterr().out
    assert "well  chain: " in told
    assert "well  promises: 2 stand as their marks say" in told


def test_one_changed_row_is_status_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Event.objects.filter(pk=Event.objects.earliest("id").pk).update(actor_id=99)
    assert cli.main(["verify", "--quick"]) == 1
    assert "BAD   chain: seal 1 over ledger_event" in capsys.readouterr().out


def test_a_proof_is_checked_by_itself_and_against_the_ledger(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(file)]) == 0
    assert "well  ledger: it holds the same rows under the same seals" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET actor_id = 99")
    assert cli.main(["verify", str(file), "--offline"]) == 0
    assert cli.main(["verify", str(file)]) == 1
    assert "BAD   ledger: ledger_event " in capsys.readouterr().out


def test_a_proof_needs_neither_database_nor_django_to_be_checked(file: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from yingnuo import cli; status = cli.main(['verify', sys.argv[1], '--offline']); "
        "print(sorted({'django', 'psycopg'} & {name.split('.')[0] for name in sys.modules})); sys.exit(status)"
    )
    read = json.loads(file.read_text(encoding="utf-8"))
    read["promise"]["due_at"] = None
    file.with_name("forged.json").write_text(json.dumps(read), encoding="utf-8")
    for name, status, said in (("proof.json", 0, "well  proof"), ("forged.json", 1, "BAD   proof")):
        command = [sys.executable, "-c", code, str(tmp_path / name)]
        done = subprocess.run(command, env=_clean(), capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stdout) == (status, True), done.stderr
        assert "'django'" not in done.stdout


@pytest.mark.parametrize("words", [["--offline"], ["no-such-file.json"]])
def test_what_cannot_be_checked_is_one_sentence_and_status_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["verify", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def _clean(**more: str) -> dict[str, str]:
    here = {name: value for name, value in os.environ.items() if not name.startswith(("YINGNUO_", "DJANGO_"))}
    return here | more


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path that another user may pass."""
    with tempfile.TemporaryDirectory(prefix="yn-") as made:
        yield Path(made)


_HEAD = """
from pathlib import Path
from yingnuo.conf import options
from yingnuo.host import archive, upgrade, verifying
from yingnuo.journey import beginnings
from yingnuo.journey.sealing import TABLES
from yingnuo.kit import instants
from yingnuo.ledger import services
from yingnuo.ledger.codes import Code
from yingnuo.ledger.seals import Sealer, head
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM

now = instants.now()
def write():
    services.record(SYSTEM, [Entry(Code.SIGNED_IN) for _n in range(5)], now=now)
def seal():
    sealer = Sealer(TABLES)
    while sealer.step(now=now):
        pass
def verify(expected=""):
    for line in verifying.installation(quick=False, expected=expected, now=now):
        print(line.holds, line.subject, line.seen)
"""
_BEFORE = """
upgrade.database()
beginnings.prepare(now=now)
write()
seal()
write()
verify()
archive.write(options.current(), Path("b.tar"), now=now)
"""
_AFTER = """
verify()
was = f"{head().number}:{head().digest}"
seal()
write()
verify(was)
"""


def test_the_chain_goes_on_after_a_restore_on_another_server(folder: Path) -> None:
    """Its transactions are numbered anew, and what was not sealed yet is sealed there."""

    def yingnuo(var: str, *words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "yingnuo", *words], env=_clean(YINGNUO_VAR=str(folder / var)), capture_output=True,
            text=True, check=False, cwd=folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    before = yingnuo("one", "manage", "shell", "-v0", "-c", _HEAD + _BEFORE)
    assert "True not sealed yet 5 of ledger_event" in before
    yingnuo("two", "restore", "b.tar")
    told = yingnuo("two", "manage", "shell", "-v0", "-c", _HEAD + _AFTER)
    assert told[: len(before)] == before
    after = told[len(before) :]
    assert any("is a seal of this chain" in line for line in after)
    assert "True not sealed yet 5 of ledger_event" in after
    assert not any(line.startswith("False") for line in told)
