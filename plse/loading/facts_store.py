"""Facts of templates kept on disk, since reading templates is the slow part.

Facts depend on the template's text and on the environment alone, so they are
kept by a digest of both. There is one small file for each file of a library
that has templates; a file that is edited replaces what was kept of it. A
store never fails: what cannot be read is as good as absent, and what cannot
be written is read from the template again next time.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from functools import lru_cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import jinja2

from plse import templates
from plse.loading import template_facts
from plse.loading.template_facts import (
    Facts,
    Finding,
    Reference,
    Use,
    read_template,
)

__all__ = ["FactsStore", "TemplateReader"]


class FactsStore:
    """A folder of JSON files; processes may share it.

    :param folder: where the files lie; made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def default(cls) -> FactsStore:
        """In the user's cache folder (``XDG_CACHE_HOME``, ``~/.cache``)."""
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser(
            os.path.join("~", ".cache")
        )
        return cls(Path(base) / "plse" / "templates")

    def load(self, path: Path) -> dict[str, Facts]:
        """Facts by a digest of the template, as kept for a file."""
        try:
            kept = json.loads(self._file(path).read_bytes())
            if kept["engine"] != _engine():
                return {}
            return {
                key: Facts(
                    uses=tuple(Use(*one) for one in uses),
                    references=tuple(
                        Reference(*one, tuple(members))
                        for *one, members in others
                    ),
                    findings=tuple(Finding(*one) for one in findings),
                )
                for key, (uses, others, findings) in kept["facts"].items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def store(self, path: Path, facts: Mapping[str, Facts]) -> None:
        """Keep the facts of a file's templates in place of older ones."""
        kept = {
            "engine": _engine(),
            "facts": {
                key: [
                    [list(astuple(one)) for one in part]
                    for part in (each.uses, each.references, each.findings)
                ]
                for key, each in facts.items()
            },
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".new")
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, separators=(",", ":"))
            os.replace(name, self._file(path))
        except OSError:
            return

    def _file(self, path: Path) -> Path:
        place = sha256(os.path.abspath(path).encode(errors="surrogateescape"))
        return self.folder / f"{place.hexdigest()[:32]}.json"


class TemplateReader:
    """Reads templates in one environment, each once.

    :param store: takes over between processes.
    """

    def __init__(self, env: jinja2.Environment, store: FactsStore) -> None:
        self.env = env
        self._store = store
        self._facts: dict[str, Facts] = {}
        self._asked: set[str] = set()

    def facts(self, text: str) -> Facts:
        """The facts of a template."""
        key = sha256(text.encode()).hexdigest()[:32]
        self._asked.add(key)
        facts = self._facts.get(key)
        if facts is None:
            facts = self._facts[key] = read_template(self.env, text)
        return facts

    @contextmanager
    def remembering(self, path: Path) -> Iterator[None]:
        """Take a file's facts from the store, and keep them there.

        Nothing is kept of a file with errors: it is about to change.
        """
        kept = self._store.load(path)
        self._facts.update(kept)
        self._asked.clear()
        yield
        if not self._asked <= kept.keys():
            self._store.store(
                path, {key: self._facts[key] for key in sorted(self._asked)}
            )


@lru_cache(maxsize=1)
def _engine() -> str:
    """What facts depend on beside the text: this code, and Jinja's."""
    summary = sha256(metadata.version("jinja2").encode())
    for module in (template_facts, templates):
        summary.update(Path(module.__file__ or "").read_bytes())
    return summary.hexdigest()
