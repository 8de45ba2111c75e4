"""Where do the house's rules look?"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/yingnuo"


def sources() -> list[Path]:
    """Our own Python files in src, without migrations, which Django writes."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
