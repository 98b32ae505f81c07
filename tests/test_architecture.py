"""Imports run one way, pytest stays in its room, the top level stays bare."""

import ast
import subprocess
from pathlib import Path

import pytest

import plse

PACKAGE = Path(plse.__file__).parent
REPOSITORY = PACKAGE.parent

# Each room may import from rooms of earlier lines, and from its own line.
MAP = """
errors
patterns findings store
templates imports trees bounds
loading schema registry
space drawing skeleton exploration samples generator
linting linter sandbox counting artefacts
stages validation
dataset
tasks
chunks
proof
reporting checking display catalogue scaffold
pytest_plugin cli __main__
"""
LEVEL = {
    room: number
    for number, line in enumerate(MAP.strip().split("\n"))
    for room in line.split()
}
TOP_LEVEL = {
    "LICENSE",
    "README.md",
    "conftest.py",
    "patterns",
    "plse",
    "pyproject.toml",
    "tests",
    "tox.ini",
}


def modules():
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "__init__.py"
    )


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """(line, dotted name) of every import of a module, local ones too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = path.relative_to(PACKAGE).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = ("plse", *inside)[: len(inside) + 2 - node.level]
                base = ".".join((*parts, base)).rstrip(".")
            if base == "plse":
                for alias in node.names:
                    yield node.lineno, f"plse.{alias.name}"
            else:
                yield node.lineno, base


def test_every_room_is_on_the_map():
    assert {room_of(path) for path in modules()} <= LEVEL.keys()


@pytest.mark.parametrize("room", LEVEL)
def test_a_room_imports_only_from_earlier_ones(room):
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{line}: {name}"
        for path in modules()
        if room_of(path) == room
        for line, name in imported(path)
        if name.startswith("plse.")
        and not name.startswith("plse.__version__")
        and LEVEL[name.split(".")[1]] > LEVEL[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_plugin_and_the_inside_of_the_sandbox_import_pytest():
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{line}"
        for path in modules()
        if room_of(path) != "pytest_plugin"
        and "inside" not in path.relative_to(PACKAGE).parts
        for line, name in imported(path)
        if name.split(".")[0] in ("pytest", "_pytest")
    ]
    assert not wrong, "\n".join(wrong)


# Sent into the sandbox as text, and run there.
RUNS_INSIDE = {PACKAGE / "counting" / "meter.py"}


def test_only_the_sandbox_runs_code():
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in modules()
        if room_of(path) != "sandbox" and path not in RUNS_INSIDE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("exec", "eval")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_top_level_holds_nothing_else():
    listed = subprocess.run(
        ["git", "ls-files"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL
