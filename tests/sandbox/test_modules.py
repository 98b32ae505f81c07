"""Modules that were compiled before are imported as if they had not been."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from plse.patterns import File
from plse.sandbox import Command, Sandbox
from plse.sandbox.inside.modules import compiled, find_in, know

TEXT = "x = 1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "path_hooks", sys.path_hooks[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    find_in(str(tmp_path))
    yield tmp_path
    know({})
    sys.modules.pop("kept_module", None)


def test_what_was_compiled_is_not_compiled_again(folder: Path) -> None:
    path = folder / "kept_module.py"
    path.write_text(TEXT, encoding="utf-8")
    other = compile("x = 2\n", str(path), "exec")
    know({str(path): (TEXT.encode(), other)})
    assert importlib.import_module("kept_module").x == 2


def test_a_file_that_has_changed_is_compiled(folder: Path) -> None:
    path = folder / "kept_module.py"
    path.write_text("x = 3\n", encoding="utf-8")
    know(compiled({"kept_module.py": TEXT}, f"{folder}/"))
    assert importlib.import_module("kept_module").x == 3


def test_only_what_compiles_quietly_is_kept() -> None:
    files = {
        "good.py": TEXT,
        "left_out.py": TEXT,
        "wrong.py": "x = (\n",
        "warned.py": "x = 1 is 1\n",
        "null.py": "x = '\0'\n",
        "note.txt": TEXT,
    }
    assert list(compiled(files, "/work/", without=["left_out.py"])) == [
        "/work/good.py"
    ]


def test_importing_still_warns(sandbox: Sandbox) -> None:
    files = (
        File("tool.py", "import part\n"),
        File("part.py", "x = 1 is 1\n"),
    )
    outcome = sandbox.run_command(Command(("python", "tool.py"), files))
    assert "SyntaxWarning" in outcome.stderr


def test_a_module_can_be_replaced_while_it_runs(sandbox: Sandbox) -> None:
    code = (
        "import importlib, part\nbefore = part.x\n"
        "open('part.py', 'w').write('x = 22\\n')\n"
        "importlib.reload(part)\nresult = [before, part.x, part.__file__]\n"
    )
    before, after, path = sandbox.evaluate(code, [File("part.py", TEXT)])
    assert (before, after) == (1, 22)
    assert path.endswith("/work/part.py")
