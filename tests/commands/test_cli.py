"""Does the command line answer quickly, and say what is wrong in one sentence?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yingnuo import __version__, cli
from yingnuo.commands import options as options_command
from yingnuo.conf.options import Options


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert [name for name, command in cli.COMMANDS.items() if command.help not in told] == []


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.strip() == __version__


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["pu"])
    assert ended.value.code == 2
    assert "'pu'" in capsys.readouterr().err


def test_help_loads_neither_django_nor_the_database() -> None:
    code = "import sys, yingnuo.cli; print(sorted({'django', 'psycopg'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_wrong_option_is_one_sentence_and_status_2() -> None:
    environment = {"YINGNUO_PORT": "http"}
    command = [sys.executable, "-m", "yingnuo", "options"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "yingnuo options: YINGNUO_PORT cannot be 'http': write a whole number from 1 to 65535\n"


def test_options_hides_secrets() -> None:
    shown = options_command.present(Options(secret_key="hidden", port=9000))
    assert "hidden" not in shown
    assert "YINGNUO_SECRET_KEY=(set)" in shown
    assert "YINGNUO_PORT=9000" in shown


def test_the_first_command_ever_given_may_be_ingest(tmp_path: Path) -> None:
    mail = tmp_path / "first.eml"
    mail.write_bytes(b"From: Li <li@example.com>\r\nSubject: E3\r\n\r\nThe machine shows E3.\r\n")
    environment = {"PATH": os.environ["PATH"], "YINGNUO_VAR": str(tmp_path / "var")}
    command = [sys.executable, "-m", "yingnuo", "ingest", "mail", str(mail), "--json", str(tmp_path / "out.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))[0]["outcome"] == "ticket"
