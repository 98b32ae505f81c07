"""The record: one row of the dataset, with one type a column.

Every row has every column, and none is ever null, so that Arrow infers the
same schema from the first block of a file as from the last. Nothing in a row
depends on the clock, a path of the machine, the order of a set, or the
version of Python.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from plse.patterns import File

__all__ = ["COLUMNS", "Message", "Record", "canonical_json", "split_of"]


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no needless space: equal values, equal text.

    Text stays as it is; only what JSON itself must escape is escaped.
    """
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; the role is ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Record:
    """A sample seen as one task.

    The output of a fix is never the flawed code: that stands in ``input``
    and, where the row is one of a pair, in ``rejected``.
    """

    id: str
    task: str
    instruction: str
    input: str
    output: str
    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    tests: str
    files: tuple[File, ...]
    pattern: str
    kind: str
    topic: str
    concept: str
    difficulty: str
    tags: tuple[str, ...]
    cell: str
    split: str
    proof: str

    def row(self) -> dict[str, object]:
        """The columns in order, as JSON types, with ``digest`` at the end.

        ``digest`` is the hex SHA-256 of the canonical JSON of the others.
        """
        row: dict[str, object] = {
            field.name: getattr(self, field.name) for field in fields(self)
        }
        row["messages"] = [
            {"role": message.role, "content": message.content}
            for message in self.messages
        ]
        row["files"] = [
            {"path": file.path, "content": file.content} for file in self.files
        ]
        row["tags"] = list(self.tags)
        text = canonical_json(row).encode("utf-8", "surrogatepass")
        row["digest"] = hashlib.sha256(text).hexdigest()
        return row


COLUMNS: Mapping[str, str] = {
    "id": "address of the sample: pattern id, #, index",
    "task": "write, fix or explain",
    "instruction": "what is asked",
    "input": "code that the instruction speaks of; empty for write",
    "output": "the answer: code for write and fix, prose for explain",
    "messages": "the same as a conversation: list of {role, content}",
    "chosen": "the better answer of a pair; empty where there is no pair",
    "rejected": "the worse answer of a pair; empty where there is no pair",
    "tests": "the test module that the answer passes",
    "files": "list of {path, content}: a folder in which the tests run",
    "pattern": "id of the lesson",
    "kind": "best_practice, tradeoff, anti_pattern, orchestration or meta",
    "topic": "folder of the lesson",
    "concept": "what is taught, as area.concept",
    "difficulty": "beginner, intermediate, advanced or expert",
    "tags": "list of words",
    "cell": "JSON object: the option of each parameter",
    "split": "train, validation or test; a code structure is in one only",
    "proof": "JSON object: stages passed, tests run, the mistake's failure",
    "digest": "SHA-256 of the other columns",
}


def split_of(pattern_id: str, skeleton: str) -> str:
    """The split of every sample of a pattern with the same code structure.

    Samples that differ only in names and constants share a split, so that
    none of the held-out structures is seen in training: about 90 % of the
    structures are ``train``, 5 % ``validation`` and 5 % ``test``.
    """
    digest = hashlib.blake2b(
        f"{pattern_id}\0{skeleton}".encode("utf-8", "surrogatepass"),
        digest_size=8,
    ).digest()
    place = int.from_bytes(digest, "big") % 100
    return "train" if place < 90 else "validation" if place < 95 else "test"
