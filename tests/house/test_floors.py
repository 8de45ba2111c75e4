"""Do imports go only downwards?"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.places import PACKAGE, ROOT, sources


def test_every_import_goes_downwards() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _inner_imports(source: Path) -> list[int]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inner = [node for part in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
             if isinstance(part, functions) for node in ast.walk(part)]  # fmt: skip
    ours = [node for node in inner if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("yingnuo")]
    plain = [node for node in inner if isinstance(node, ast.Import) and node.names[0].name.startswith("yingnuo")]
    return [node.lineno for node in [*ours, *plain]]


@pytest.mark.parametrize("source", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_of_ours_hides_in_a_function(source: Path) -> None:
    assert _inner_imports(source) == []


def test_a_hidden_import_would_be_found(tmp_path: Path) -> None:
    source = tmp_path / "hidden.py"
    source.write_text("def f():\n    from yingnuo.kit import instants\n    return instants\n")
    assert _inner_imports(source) == [2]
