"""Does the doctor find what is wrong, and nothing else?"""

from dataclasses import replace
from pathlib import Path

import pytest

from yingnuo.conf import options
from yingnuo.conf.options import Options
from yingnuo.host import doctor
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions

pytestmark = pytest.mark.django_db


def _to_mend(here: Options) -> list[str]:
    return [finding.subject for finding in doctor.examine(here) if finding.mend]


def test_a_whole_installation_needs_no_mending() -> None:
    assert _to_mend(options.current()) == []


def test_other_zone_data_than_a_service_time_was_made_with_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    versions.install_pack(SYSTEM, now=instants.now())
    assert _to_mend(options.current()) == []
    monkeypatch.setattr("yingnuo.promises.zone_data.digest", lambda zone, year: "other")
    assert _to_mend(options.current()) == ["zone data"]


def test_a_key_that_others_can_read_is_found(tmp_path: Path) -> None:
    here = replace(options.current(), var=tmp_path, secret_key="")
    options.secret_key(here)
    assert _to_mend(here) == []
    (tmp_path / "secret_key").chmod(0o644)
    assert _to_mend(here) == ["secret key"]


def test_an_open_address_needs_the_name_that_people_use() -> None:
    here = replace(options.current(), host="0.0.0.0")
    assert _to_mend(here) == ["address"]
    assert _to_mend(replace(here, base_url="https://service.example.com")) == []


def test_mail_needs_a_sender() -> None:
    here = replace(options.current(), mail_host="smtp.example.com")
    assert _to_mend(here) == ["outgoing mail"]
    assert _to_mend(replace(here, mail_from="service@example.com")) == []
