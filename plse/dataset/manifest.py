"""The manifest: what a dataset is, beside the dataset.

It holds no clock and no path, so the same run writes the same manifest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict
from importlib import metadata

import plse
from plse.dataset.merge import Merged
from plse.dataset.plan import Chunk, Plan
from plse.dataset.spool import Receipt

__all__ = ["manifest", "manifest_text"]

_TOOLS = ("flake8", "flake8-bugbear", "hypothesis", "jinja2", "pytest")


def manifest(
    plan: Plan,
    merged: Merged,
    receipts: Mapping[Chunk, Receipt],
    lost: Collection[Chunk],
    dataset_name: str,
    rejected_name: str,
) -> dict[str, object]:
    """What there is to know of a run, as JSON values.

    :param receipts: of every chunk of the plan that is not lost.
    :returns: ``run``, ``plse`` and ``versions``; ``settings``; ``library``;
        ``dataset`` and ``rejected``, each with ``file``, ``rows``, ``bytes``
        and ``sha256``; ``stages``, rejected samples by stage; and
        ``patterns``, each with ``id``, ``digest``, ``asked``, ``passed``,
        ``rejected`` by stage, and ``lost``.
    """
    stages: Counter[str] = Counter()
    patterns = []
    for (name, digest), chunks in plan.by_pattern().items():
        rejected: Counter[str] = Counter()
        made = [chunk for chunk in chunks if chunk not in lost]
        for chunk in made:
            rejected.update(receipts[chunk].rejected)
        stages.update(rejected)
        patterns.append(
            {
                "id": name,
                "digest": digest,
                "asked": sum(map(len, chunks)),
                "passed": sum(receipts[chunk].passed for chunk in made),
                "rejected": dict(sorted(rejected.items())),
                "lost": sum(map(len, chunks)) - sum(map(len, made)),
            }
        )
    return {
        "run": plan.run,
        "plse": plse.__version__,
        "versions": {tool: _version(tool) for tool in _TOOLS},
        "settings": asdict(plan.settings),
        "library": plan.library,
        "dataset": _file(dataset_name, merged.dataset),
        "rejected": _file(rejected_name, merged.rejected),
        "stages": dict(sorted(stages.items())),
        "patterns": patterns,
    }


def manifest_text(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _file(name: str, written: object) -> dict[str, object]:
    facts = asdict(written)  # type: ignore[call-overload]
    return {
        "file": name,
        "rows": facts["rows"],
        "bytes": facts["size"],
        "sha256": facts["sha256"],
    }


def _version(tool: str) -> str:
    try:
        return metadata.version(tool)
    except metadata.PackageNotFoundError:
        return ""
