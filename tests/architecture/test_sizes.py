"""Small files and functions: the limits of docs/decisions/0001."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("pipeline", "models", "rules", "flows", "fixtures")
FILES = sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "versions" not in file.parts)
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_file_and_its_functions_are_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    long = [
        (node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_folder_has_an_init(room: str) -> None:
    folders = {file.parent for file in (ROOT / room).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]
