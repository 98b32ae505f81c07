"""The files of a run beside each other, and how they take their places."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Lock", "OutputError", "Outputs"]

DEFAULT_NAME = "training_dataset.jsonl"


class OutputError(Exception):
    """The output cannot be used; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a run writes: the dataset, and what belongs to it.

    Beside ``training_dataset.jsonl`` stand ``rejected.jsonl`` and
    ``manifest.json``; beside ``name.jsonl``, ``name.rejected.jsonl`` and
    ``name.manifest.json``.
    """

    dataset: Path

    @property
    def rejected(self) -> Path:
        return self._beside("rejected.jsonl")

    @property
    def manifest(self) -> Path:
        return self._beside("manifest.json")

    @property
    def spool(self) -> Path:
        """The hidden folder in which finished chunks wait."""
        return self.dataset.with_name(f".{self.dataset.name}.spool")

    def _beside(self, name: str) -> Path:
        if self.dataset.name == DEFAULT_NAME:
            return self.dataset.with_name(name)
        return self.dataset.with_name(f"{self.dataset.stem}.{name}")

    def check(self) -> None:
        """Refuse an output that a dataset must not, or cannot, replace.

        :raises OutputError: with the cause and the remedy.
        """
        path = self.dataset
        if path.is_dir():
            raise OutputError(
                f"{path} is a folder; name a file, such as "
                f"{path / DEFAULT_NAME}"
            )
        if path.exists() and not path.is_file():
            raise OutputError(f"{path} is not a regular file; name another")
        if path.exists() and self._run() is None:
            with open(path, "rb") as file:
                start = file.read(1)
            if start not in (b"", b"{"):
                raise OutputError(
                    f"{path} exists and is not a dataset; name another file, "
                    "or move this one away"
                )
        parent = path.parent
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the folder {parent} cannot be made: {error.strerror}; "
                "name a file in a folder that you may write to"
            ) from error
        if not os.access(parent, os.W_OK | os.X_OK):
            raise OutputError(
                f"the folder {parent} cannot be written to; name a file in a "
                "folder that you may write to"
            )

    def _run(self) -> str | None:
        """The run that the manifest says the dataset is of."""
        try:
            manifest = json.loads(self.manifest.read_text("utf-8"))
            size = manifest["dataset"]["bytes"]
            if self.dataset.stat().st_size == size:
                return str(manifest["run"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def publish(self, run: str, new: Outputs) -> Path | None:
        """Put a run's new files in place; the dataset of another run stays.

        The files of another run get a name with that run's id. At no moment
        is there no dataset, or half a one: the old is linked to its new name
        first, the new one renamed over it then, the manifest last.

        :param new: the same files, whole and synced, under other names in the
            same folder.
        :returns: the new name of the other run's dataset, if there was one.
        """
        aside = None
        known = self._run()
        if self.dataset.exists() and known != run:
            aside = self._set_aside(known or _digest(self.dataset))
        os.replace(new.rejected, self.rejected)
        os.replace(new.dataset, self.dataset)
        os.replace(new.manifest, self.manifest)
        _sync_folder(self.dataset.parent)
        return aside

    def _set_aside(self, tag: str) -> Path:
        tag = tag[:8]
        count = 1
        while True:
            suffix = tag if count == 1 else f"{tag}.{count}"
            names = {
                old: old.with_name(f"{old.stem}.{suffix}{old.suffix}")
                for old in (self.rejected, self.manifest, self.dataset)
            }
            if _same_content(self.manifest, names[self.manifest]) and (
                _same_size(self.dataset, names[self.dataset])
            ):
                return names[self.dataset]  # the run lies there already
            if not any(os.path.lexists(name) for name in names.values()):
                break
            count += 1
        for old, name in names.items():
            if old.exists():
                _link(old, name)
        return names[self.dataset]


def _link(old: Path, name: Path) -> None:
    """Give a file a second name; where links are unknown, another name."""
    try:
        os.link(old, name)
    except OSError:
        os.replace(old, name)


def _same_content(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _same_size(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_size == other.stat().st_size
    except OSError:
        return False


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read(1 << 20)).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make renames last through a power cut, where folders can be synced."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Lock:
    """Holds a spool for one session at a time.

    The kernel drops the lock with the process that holds it, however that
    ends, so there are no stale locks to judge; the process number inside is
    for the message alone.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock, making the folder if need be.

        :raises OutputError: if another session holds it, or the folder
            cannot be made.
        """
        try:
            self._take()
        except OSError as error:
            raise OutputError(
                f"{self.path.parent} cannot be used: {error.strerror}; name "
                "an output in a folder that you may write to"
            ) from error

    def _take(self) -> None:
        while self._handle is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            except FileNotFoundError:
                continue  # the folder went, with its last session
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = os.read(handle, 32).decode(errors="replace").strip()
                os.close(handle)
                raise OutputError(
                    f"another session{f' (process {owner})' * bool(owner)} "
                    f"is writing to {self.path.parent}; wait for it, or name "
                    "another output"
                ) from None
            if _same_file(handle, self.path):
                os.truncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
                self._handle = handle
            else:  # its last holder removed it meanwhile
                os.close(handle)

    def release(self) -> None:
        """Let go, and remove the folder if nothing is left in it."""
        if self._handle is None:
            return
        with suppress(OSError):
            others = set(self.path.parent.iterdir()) - {self.path}
            if not others:
                self.path.unlink()
                self.path.parent.rmdir()
        os.close(self._handle)
        self._handle = None


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
