"""A covering set holds every option and all pairs that can meet."""

from __future__ import annotations

from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plse.proof.covering import cover_pairs
from plse.proof.smallest import smallest_failing
from plse.space import Axis, Constraint, Space

AXES = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def space_of(sizes: list[int], forbidden: bool) -> Space:
    axes = [Axis(f"a{n}", list(range(size))) for n, size in enumerate(sizes)]
    constraints = []
    if forbidden and len(axes) > 1:
        constraints.append(
            Constraint(
                names=("a0", "a1"),
                holds=lambda cell: (cell["a0"], cell["a1"]) != (0, 0)
                or sizes[0] * sizes[1] == 1,
                text="lesson.yaml:1",
            )
        )
    return Space(axes, constraints)


def meet(space: Space, cells) -> set[tuple[tuple[str, object], ...]]:
    return {
        pair
        for cell in cells
        for pair in combinations(space.cell(cell).items(), 2)
    }


@settings(max_examples=60, deadline=None)
@given(AXES, st.booleans(), st.binary(max_size=4))
def test_all_pairs_meet(sizes, forbidden, key):
    space = space_of(sizes, forbidden)
    covering = cover_pairs(space, 10_000, key)
    assert meet(space, covering.cells) == meet(space, range(space.size))
    assert covering.covered == covering.pairs
    assert len(set(covering.cells)) == len(covering.cells) <= space.size


@settings(max_examples=30, deadline=None)
@given(AXES, st.integers(1, 5))
def test_a_limit_is_kept(sizes, limit):
    covering = cover_pairs(space_of(sizes, True), limit, b"")
    assert 1 <= len(covering.cells) <= limit
    assert covering.covered <= covering.pairs


def test_a_wide_axis_has_every_option_in_a_cell():
    space = Space([Axis("wide", list(range(40))), Axis("b", list(range(9)))])
    covering = cover_pairs(space, 10_000, b"")
    shown = {space.cell(cell)["wide"] for cell in covering.cells}
    assert shown == set(range(40))
    assert len(covering.cells) < 100


def test_a_range_stands_for_a_few_of_its_numbers():
    space = Space([Axis("n", range(1, 1_000_001)), Axis("b", [0, 1])])
    shown = {
        space.cell(cell)["n"] for cell in cover_pairs(space, 99, b"").cells
    }
    assert {1, 1_000_000} <= shown
    assert len(shown) == 5


@settings(
    max_examples=8,
    deadline=None,
    # What is tested searches with Hypothesis itself.
    suppress_health_check=[HealthCheck.nested_given],
)
@given(
    st.lists(st.integers(2, 5), min_size=3, max_size=5),
    st.data(),
)
def test_a_failure_is_shrunk_to_the_options_to_blame(sizes, data):
    space = space_of(sizes, False)
    axes = data.draw(
        st.sets(st.integers(0, len(sizes) - 1), min_size=1, max_size=2)
    )
    guilty = {at: data.draw(st.integers(1, sizes[at] - 1)) for at in axes}
    known = tuple(
        guilty.get(at, data.draw(st.integers(0, size - 1)))
        for at, size in enumerate(sizes)
    )

    def fails(rows):
        return all(rows[at] == option for at, option in guilty.items())

    blame = smallest_failing(space, known, fails, 30)
    assert blame.rows == tuple(guilty.get(at, 0) for at in range(len(sizes)))
    assert set(blame.guilty) == {f"a{at}" for at in guilty}


def test_nothing_is_to_blame_where_all_cells_fail():
    blame = smallest_failing(
        space_of([3, 3], False), (2, 1), lambda rows: True, 20
    )
    assert blame.rows == (0, 0)
    assert blame.guilty == ()
