"""What was worked out once and may be kept: JSON by digest, in a folder.

Nothing here is ever needed. What cannot be read is as good as absent, and
what cannot be written is worked out again next time.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import plse

__all__ = ["JsonStore", "engine_digest"]


class JsonStore:
    """A folder of JSON objects, one a key; processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_user(cls, kind: str) -> JsonStore:
        """The store of one kind of thing in the user's cache folder.

        That folder is ``$XDG_CACHE_HOME/plse``, or ``~/.cache/plse``.
        """
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(Path(base) / "plse" / kind)

    def load(self, key: str) -> Mapping[str, Any] | None:
        """What was stored under a key, or None."""
        try:
            data = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return data if isinstance(data, dict) else None

    def store(self, key: str, data: Mapping[str, Any]) -> None:
        """Keep JSON values under a key; readers see all of it or nothing."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    json.dump(data, file, sort_keys=True)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.json"


@lru_cache(maxsize=1)
def engine_digest() -> str:
    """A digest of the version and the source of this package."""
    digest = hashlib.sha256(plse.__version__.encode())
    root = Path(plse.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()
