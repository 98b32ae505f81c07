"""The files of a sample, as a folder that artefacts refer to."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from posixpath import normpath

from plse.findings import Finding
from plse.imports import is_test_path
from plse.patterns import File
from plse.trees import statements

__all__ = ["Folder", "complaint"]


def complaint(path: str, message: str, line: int = 0) -> Finding:
    """A finding of the stage ``artefacts``."""
    return Finding("artefacts", message, path, line)


class Folder:
    """Rendered files by path."""

    def __init__(self, files: Iterable[File]) -> None:
        self.files = {file.path: file.content for file in files}

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that a file lies in, without the outermost."""
        found = set()
        for path in self.files:
            parts = path.split("/")[:-1]
            found |= {"/".join(parts[: n + 1]) for n in range(len(parts))}
        return frozenset(found)

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder; "." always is one."""
        path = normpath(path.strip() or ".").lstrip("/")
        return path in (".", "") or path in self.files or path in self.folders

    def matches(self, pattern: str) -> bool:
        """Whether a path, perhaps with wildcards, means something here."""
        pattern = normpath(pattern.strip() or ".").lstrip("/")
        if not any(sign in pattern for sign in "*?["):
            return self.exists(pattern)
        return any(
            fnmatchcase(path, pattern)
            and path.count("/") == pattern.count("/")
            for path in (*self.files, *self.folders)
        )

    def python(self, tests: bool) -> Iterator[tuple[str, ast.Module]]:
        """The Python files that parse: the tests, or all others."""
        for path, content in self.files.items():
            if path.endswith(".py") and _is_for_tests(path) == tests:
                try:
                    yield path, ast.parse(content)
                except (SyntaxError, ValueError):
                    continue

    def module(self, name: str) -> str | None:
        """The path of a module's file, in the folder or in its ``src``."""
        base = name.replace(".", "/")
        for root in ("", "src/"):
            for path in (f"{root}{base}.py", f"{root}{base}/__init__.py"):
                if path in self.files:
                    return path
        return None

    def can_run(self, name: str) -> bool:
        """Whether ``python -m name`` finds something of this folder."""
        base = name.replace(".", "/")
        return self.module(name) is not None and (
            f"{base}.py" in self.files
            or f"src/{base}.py" in self.files
            or f"{base}/__main__.py" in self.files
            or f"src/{base}/__main__.py" in self.files
        )

    def defines(self, module: str, name: str) -> bool:
        """Whether a module of the folder binds a name."""
        path = self.module(module)
        if path is None:
            return False
        try:
            tree = ast.parse(self.files[path])
        except (SyntaxError, ValueError):
            return True  # another stage says so
        return name in _bound(tree)

    def imports(self, tests: bool) -> dict[str, tuple[str, int]]:
        """Modules from elsewhere that the Python files import.

        :returns: top-level module → (path, line) of its first import; those
            of the standard library and of the folder are left out.
        """
        found: dict[str, tuple[str, int]] = {}
        for path, tree in self.python(tests):
            for node in statements(tree):
                for name in _imported(node):
                    top = name.partition(".")[0]
                    if (
                        top not in sys.stdlib_module_names
                        and self.module(top) is None
                        and top not in self.folders
                        and f"src/{top}" not in self.folders
                        and not any(
                            own.endswith(f"/{top}.py") for own in self.files
                        )
                    ):
                        found.setdefault(top, (path, node.lineno))
        return found


def _bound(tree: ast.Module) -> set[str]:
    """Every name that a module binds, wherever in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {
                (alias.asname or alias.name).partition(".")[0]
                for alias in node.names
            }
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _is_for_tests(path: str) -> bool:
    parts = path.split("/")
    return (
        is_test_path(path)
        or parts[-1] == "conftest.py"
        or parts[0] in ("test", "tests")
    )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    return []
