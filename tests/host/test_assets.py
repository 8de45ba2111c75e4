"""Are the browser files those that the lock and the plan name?"""

from pathlib import Path

import pytest

from tests.house.places import ROOT
from yingnuo.host import assets
from yingnuo.host.assets import AssetError, Plan

BLANK = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
ICON = f'<svg\n  viewBox="0 0 24 24"\n>\n  {BLANK}\n  <path d="M3 7" />\n</svg>'


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A node_modules folder with one icon in two styles."""
    for style in ("outline", "filled"):
        folder = tmp_path / "@tabler/icons/icons" / style
        folder.mkdir(parents=True)
        (folder / "mail.svg").write_text(ICON)
    return tmp_path


def test_the_folder_is_that_of_the_present_lock() -> None:
    assert assets.fresh(ROOT), "build them: ./yingnuo assets"


def test_every_planned_file_and_icon_is_there() -> None:
    plan, folder = assets.read_plan(ROOT), ROOT / assets.VENDOR
    sprite = (folder / assets.SPRITE).read_text(encoding="utf-8")
    assert [name for name in plan.files if not (folder / name).is_file()] == []
    assert [name for name in plan.outline if f'<symbol id="{name}"' not in sprite] == []
    assert [name for name in plan.filled if f'<symbol id="{name}-filled"' not in sprite] == []


def test_no_served_file_names_a_source_map() -> None:
    assert [path for path in (ROOT / assets.VENDOR).iterdir() if b"sourceMappingURL" in path.read_bytes()] == []


def test_every_licence_is_told() -> None:
    text = (ROOT / assets.VENDOR / "LICENCES.txt").read_text(encoding="utf-8")
    for package in ("@tabler/core", "@tabler/icons", "echarts", "htmx.org", "zrender"):
        assert f"\n{package} " in text


def test_an_icon_becomes_a_symbol_without_its_blank_frame(modules: Path) -> None:
    sprite = assets.sprite(modules, Plan({}, ("mail",), ("mail",)))
    assert '<symbol id="mail" viewBox="0 0 24 24" fill="none" stroke="currentColor"' in sprite
    assert '<symbol id="mail-filled" viewBox="0 0 24 24" fill="currentColor"><path d="M3 7" /></symbol>' in sprite
    assert "M0 0h24v24H0z" not in sprite


def test_an_icon_that_tabler_lacks_stops_the_build(modules: Path) -> None:
    with pytest.raises(AssetError, match="no outline icon 'male'"):
        assets.sprite(modules, Plan({}, ("male",), ()))


def test_an_icon_named_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assets.toml").write_text('[files]\n[icons]\noutline = ["mail", "mail"]\nfilled = []\n')
    with pytest.raises(AssetError, match="mail"):
        assets.read_plan(tmp_path)
