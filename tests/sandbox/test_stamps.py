"""Tables that were written to are told from those that were not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType

import pytest

from plse.sandbox.inside import stamps
from plse.sandbox.inside.stamps import Stamps


class Kind:
    one = 1


MODULE = ModuleType("module")
MODULE.one = 1
WRITES: dict[str, tuple[Callable[[], None], int]] = {
    "a name of a module": (lambda: setattr(MODULE, "one", 2), 0),
    "a new name of a module": (lambda: setattr(MODULE, "two", 2), 0),
    "a name less in a module": (partial(delattr, MODULE, "one"), 0),
    "past the module": (lambda: vars(MODULE).update(one=3), 0),
    "a name of a class": (lambda: setattr(Kind, "one", 2), 1),
    "a new name of a class": (lambda: setattr(Kind, "two", 2), 1),
    "a name less in a class": (partial(delattr, Kind, "one"), 1),
}
TABLES = (vars(MODULE), vars(Kind))


@pytest.fixture(autouse=True)
def as_before():
    yield
    for owner in (MODULE, Kind):
        owner.one = 1
        if hasattr(owner, "two"):
            del owner.two


@pytest.mark.parametrize("what", list(WRITES))
def test_a_write_makes_its_table_suspect(what: str) -> None:
    write, at = WRITES[what]
    kept = Stamps(TABLES)
    write()
    assert at in list(kept.suspects())


@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="it keeps no stamps any more"
)
def test_only_what_was_written_to_is_suspect() -> None:
    kept = Stamps(TABLES)
    assert (MODULE.one, Kind.one, "one" in vars(Kind)) == (1, 1, True)
    assert list(kept.suspects()) == []
    Kind.one = 5
    assert list(kept.suspects()) == [1]


def test_without_stamps_everything_is_suspect(monkeypatch) -> None:
    monkeypatch.setattr(stamps, "_are_there", lambda: False)
    assert list(Stamps(TABLES).suspects()) == [0, 1]
