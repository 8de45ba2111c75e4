"""Does `yingnuo replay` work as one types it?"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.replay import logs
from yingnuo.replay import scratch
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.progress import Progress

GOOD = ("T1,09:00,New,3,Desk,-,Tel,c1,-,-,yes", "T1,10:00,Solved,3,Desk,-,Tel,c1,-,-,yes")


def _run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "map.yaml").write_text(logs.MAPPING, encoding="utf-8")
    (folder / "policy.yaml").write_text(logs.POLICY, encoding="utf-8")
    code = "import sys; from yingnuo.commands import replay; import argparse; from yingnuo.host.errors import Trouble\n"
    code += "p = argparse.ArgumentParser(); replay.add_arguments(p)\n"
    code += "try: s = replay.run(p.parse_args())\nexcept Trouble as t: print(t, file=sys.stderr); s = 2\n"
    code += "print('django' in sys.modules); sys.exit(s)"
    command = [sys.executable, "-c", code, str(folder / "log.csv"), "--mapping", str(folder / "map.yaml"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment or None, timeout=300)


def test_the_engine_alone_needs_no_django(tmp_path: Path) -> None:
    logs.log(tmp_path, *GOOD)
    done = _run(
        tmp_path, "--engine-only", "--policy", str(tmp_path / "policy.yaml"), "--json", str(tmp_path / "r.json")
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "False"), done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["replay"]["tickets"] == len(report["tickets"]) == 1
    assert report["totals"]["resolution"]["kept"] == 1


def test_wrong_columns_are_refused_in_one_sentence(tmp_path: Path) -> None:
    logs.log(tmp_path, header="a,b")
    done = _run(tmp_path, "--engine-only")
    assert done.returncode == 2
    assert "There is: a, b" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
def test_the_scratch_database_is_used_and_dropped(tmp_path: Path) -> None:
    logs.log(tmp_path, *GOOD)
    settings = connection.settings_dict
    address = (
        f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT'] or 5432}"
    )
    done = _run(tmp_path, "--policy", str(tmp_path / "policy.yaml"), DATABASE_URL=address, YINGNUO_VAR=str(tmp_path))
    assert "check: engine and journey agree on 3 promises of 1 tickets" in done.stdout, done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_ticket")
        assert cursor.fetchone() == (0,)


def test_a_name_to_keep_must_be_plain() -> None:
    with pytest.raises(ReplayError, match="small letters"), scratch.database('x"; DROP'):
        pass


def test_progress_tells_rate_and_time_left() -> None:
    now = [0.0]
    out = io.StringIO()
    progress = Progress(1_000, out, clock=lambda: now[0])
    now[0] = 60.0
    progress(250)
    assert "25%  250 of 1,000 commands, 4 a second, 3 min 0 s left" in out.getvalue()
