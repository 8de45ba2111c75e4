"""Is everything in git our own?"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.places import ROOT

THIRD_PARTY = re.compile(r"(^|/)(vendor|node_modules)/|\.min\.(js|css)$|\.(woff2?|ttf|otf|map|mo|whl)$")
LARGEST = 400 * 1024
LARGEST_CATALOGUE = 1024 * 1024  # every sentence of the product, twice


def _tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not here: not a checkout of git")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_git_holds_no_third_party_file() -> None:
    assert [name for name in _tracked() if THIRD_PARTY.search(name)] == []


def test_git_holds_no_large_file() -> None:
    limits = {name: LARGEST_CATALOGUE if name.endswith(".po") else LARGEST for name in _tracked()}
    assert [name for name, limit in limits.items() if (ROOT / name).stat().st_size > limit] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock", "requirements-bench.lock"])
def test_a_lock_names_no_registry_and_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==\S+", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert "://" not in text
    assert pinned
    assert len(blocks) == len(pinned)
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_npm_lock_names_no_registry_and_has_hashes() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = [told for name, told in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in told and told["integrity"].startswith("sha512-") for told in packages)


def test_the_two_locks_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9][\w.-]*)(?:\[[\w,]+\])?==(\S+)", text, re.MULTILINE))

    run, test = versions("requirements.lock"), versions("requirements-test.lock")
    assert {name: test.get(name) for name in run} == run


def test_the_bootstrap_script_is_executable() -> None:
    assert Path(ROOT / "yingnuo").stat().st_mode & 0o111
