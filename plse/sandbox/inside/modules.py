"""Modules beside a program, compiled once in the zygote.

Every test of a program imports its modules afresh from the scratch folder;
compiling them each time would take longer than most tests do. What is kept
here is used only while the file holds the very bytes that were compiled.
"""

from __future__ import annotations

# Loaded in every interpreter, unlike `importlib.machinery`.
import _frozen_importlib_external as machinery
import _imp
import sys
import warnings
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import CodeType

__all__ = ["Codes", "code_of", "compiled", "find_in", "know"]

#: Path of a file, to its content and the code of that.
Codes = Mapping[str, tuple[bytes, CodeType]]

_code_cache: dict[str, tuple[bytes, CodeType]] = {}


def compiled(
    files: Mapping[str, str], root: str, without: Iterable[str] = ()
) -> Codes:
    """The code of each Python file; of none that does not compile quietly.

    :param root: the folder that they will lie in, with a slash at the end.
    :param without: paths that need none.
    """
    codes = {}
    for path, text in files.items():
        if path.endswith(".py") and path not in without:
            code = _compile(text, root + path)
            if code is not None:
                codes[root + path] = (text.encode(), code)
    return codes


@lru_cache(maxsize=64)
def _compile(text: str, path: str) -> CodeType | None:
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            code = compile(text.encode(), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    # A warning is for whoever imports it.
    return None if warned else code


def know(codes: Codes) -> None:
    """Have these codes used, and no others, in this child."""
    _code_cache.clear()
    _code_cache.update(codes)


def code_of(path: str) -> CodeType | None:
    """What was compiled of the file, while that holds the same bytes."""
    data, code = _code_cache.get(path, (b"", None))
    if code is None:
        return None
    try:
        with open(path, "rb") as file:
            return code if file.read() == data else None
    except OSError:
        return None


def find_in(root: str) -> None:
    """Import from a folder, and from those in it, by what is known."""
    find = machinery.FileFinder.path_hook(
        (machinery.ExtensionFileLoader, _imp.extension_suffixes()),
        (_Loader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    )

    def hook(path: str) -> object:
        if path != root and not path.startswith(f"{root}/"):
            raise ImportError("not a folder of the program", path=path)
        return find(path)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.pop(root, None)


class _Loader(machinery.SourceFileLoader):
    def source_to_code(
        self, data: bytes, path: str, *, _optimize: int = -1
    ) -> CodeType:
        kept = _code_cache.get(path)
        if kept is not None and kept[0] == data and _optimize == -1:
            return kept[1]
        return super().source_to_code(data, path, _optimize=_optimize)
