"""Laws of index ⇄ cell, and what cannot span a space."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.errors import SpaceError
from plse.space import ROWS, Axis, Constraint, Space


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Up to five axes under up to four random constraints."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=0, max_size=5))
    axes = [
        Axis(f"a{number}", range(size) if number % 2 else list(range(size)))
        for number, size in enumerate(sizes)
    ]
    constraints = []
    if axes:
        names = st.lists(
            st.sampled_from([axis.name for axis in axes]),
            min_size=1,
            max_size=3,
            unique=True,
        )
        for read in draw(st.lists(names, max_size=4)):
            modulus = draw(st.integers(2, 5))
            constraints.append(
                Constraint(
                    tuple(read),
                    # 0 + 0 + 0 is always allowed, so no space is empty.
                    lambda cell, m=modulus: sum(cell.values()) % m != m - 1,
                    f"sum({', '.join(read)})",
                )
            )
    return Space(axes, constraints)


@settings(deadline=None)
@given(spaces())
def test_every_index_is_a_cell_of_its_own(space: Space) -> None:
    cells = [space.cell(index) for index in range(space.size)]
    assert [space.index(cell) for cell in cells] == list(range(space.size))


@settings(deadline=None)
@given(spaces())
def test_the_cells_are_those_that_the_constraints_allow(space: Space) -> None:
    free = Space(space.axes)
    constraints = {
        each for block in space.blocks for each in block._constraints
    }
    allowed = [
        cell
        for cell in map(free.cell, range(free.size))
        if all(
            each.holds({name: cell[name] for name in each.names})
            for each in constraints
        )
    ]
    found = [space.cell(index) for index in range(space.size)]
    order = [axis.name for axis in space.axes]
    key = [[cell[name] for name in order] for cell in found]
    assert sorted(key) == [[cell[name] for name in order] for cell in allowed]
    assert all(list(cell) == order for cell in found)


def test_equal_options_of_different_types_are_different() -> None:
    space = Space([Axis("value", [1, True, 1.0, "1", None])])
    cells = [space.cell(index) for index in range(space.size)]
    assert [type(cell["value"]).__name__ for cell in cells] == [
        "int",
        "bool",
        "float",
        "str",
        "NoneType",
    ]
    assert [space.index(cell) for cell in cells] == [0, 1, 2, 3, 4]


def test_a_predicate_is_asked_once_for_each_combination_of_its_names() -> None:
    asked = []

    def differ(cell: dict[str, object]) -> bool:
        asked.append((cell["a"], cell["c"]))
        return cell["a"] != cell["c"]

    axes = [Axis(name, [0, 1, 2]) for name in "abcd"]
    space = Space(
        axes,
        [
            Constraint(("a", "c"), differ, "a != c"),
            Constraint(("b", "c"), lambda cell: True, "true"),
        ],
    )
    assert not asked
    assert space.size == 2 * 3 * 3 * 3
    assert sorted(asked) == [(a, c) for a in range(3) for c in range(3)]


def test_a_huge_space_costs_no_memory() -> None:
    tracemalloc.start()
    space = Space(
        [
            *(Axis(f"wide{number}", range(10**6)) for number in range(3)),
            Axis("a", list(range(50))),
            Axis("b", list(range(50))),
        ],
        [Constraint(("a", "b"), lambda cell: cell["a"] < cell["b"], "a < b")],
    )
    assert space.size == 10**18 * 1225
    last = space.size - 1
    for index in (0, 1, 10**12, 10**20, last):
        assert space.index(space.cell(index)) == index
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_rows_are_dropped_while_they_are_built() -> None:
    # 8 ** 8 combinations, of which a chain of constraints leaves 8.
    names = "abcdefgh"
    space = Space(
        [Axis(name, range(8)) for name in names],
        [
            Constraint(
                pair,
                lambda cell: len(set(cell.values())) == 1,
                "equal",
            )
            for pair in zip(names, names[1:])
        ],
    )
    assert space.size == 8


def _never(cell: object) -> bool:
    return False


def _always(cell: object) -> bool:
    return True


AB = (Axis("a", [1, 2]), Axis("b", [3, 4]))
WIDE = (Axis("a", range(ROWS // 2)), Axis("b", range(3)))


@pytest.mark.parametrize(
    ("axes", "constraints", "words"),
    [
        pytest.param([Axis("a", [])], [], ["a has no options"], id="none"),
        pytest.param(
            [Axis("a", [1, 2, 1])], [], ["a", "1 twice"], id="option twice"
        ),
        pytest.param(
            [Axis("a", range(10**30))], [], ["a", "too wide"], id="too wide"
        ),
        pytest.param(
            [Axis("a", [1]), Axis("a", [2])], [], ["called a"], id="name twice"
        ),
        pytest.param(
            AB,
            [Constraint(("c",), _always, "x.yaml:3: c > 1")],
            ["x.yaml:3", "no parameter c"],
            id="unknown name",
        ),
        pytest.param(
            AB,
            [
                Constraint(("a",), _always, "x.yaml:3: innocent"),
                Constraint(("a", "b"), _never, "x.yaml:4: a == b"),
            ],
            ["x.yaml:4: a == b: no combination of a, b is left"],
            id="nothing left",
        ),
        pytest.param(
            AB,
            [
                Constraint(("a",), lambda c: c["a"] == 1, "x.yaml:3: one"),
                Constraint(("a",), lambda c: c["a"] == 2, "x.yaml:4: two"),
            ],
            ["x.yaml:3: one and x.yaml:4: two"],
            id="nothing left by two together",
        ),
        pytest.param(
            AB,
            [Constraint((), _never, "x.yaml:5: 1 > 2")],
            ["x.yaml:5: 1 > 2: false whatever"],
            id="false without a parameter",
        ),
        pytest.param(
            WIDE,
            [Constraint(("a", "b"), _always, "x.yaml:6: a > b")],
            ["x.yaml:6: a > b", "a, b", "100,000", "bundles"],
            id="too many rows",
        ),
    ],
)
def test_what_cannot_span_a_space_is_an_error(
    axes: list[Axis], constraints: list[Constraint], words: list[str]
) -> None:
    with pytest.raises(SpaceError) as caught:
        Space(axes, constraints).size  # noqa: B018
    for word in words:
        assert word in str(caught.value)
    assert "innocent" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        pytest.param({"a": 1}, "nothing of b", id="missing"),
        pytest.param({"a": 1, "b": 9}, "9 is not an option of b", id="other"),
        pytest.param({"a": True, "b": 3}, "True", id="equal, of other type"),
        pytest.param({"a": 2, "b": 3}, "forbid a=2, b=3", id="forbidden"),
    ],
)
def test_a_cell_that_is_not_in_the_space_is_an_error(
    cell: dict[str, object], word: str
) -> None:
    rule = Constraint(("a", "b"), lambda cell: cell["b"] - cell["a"] > 1, "")
    space = Space(AB, [rule])
    with pytest.raises(SpaceError, match=word):
        space.index(cell)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_the_space_is_an_error(index: int) -> None:
    with pytest.raises(SpaceError, match="no cell"):
        Space([Axis("a", range(3))]).cell(index)


def test_what_a_predicate_raises_passes_through() -> None:
    rule = Constraint(("a",), lambda cell: 1 // 0, "1 // 0")
    with pytest.raises(ZeroDivisionError):
        Space(AB, [rule]).size  # noqa: B018
