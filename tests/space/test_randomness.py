"""Seeded numbers: bijective, spread, and the same everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.drawing.randomness import Numbers, Permutation, keyed

KEYS = st.binary(max_size=20)


@settings(deadline=None)
@given(st.integers(0, 3000), KEYS)
def test_a_permutation_is_a_bijection(size: int, key: bytes) -> None:
    order = Permutation(size, key)
    numbers = [order[position] for position in range(size)]
    assert sorted(numbers) == list(range(size))
    assert [order.index(number) for number in numbers] == list(range(size))


@settings(deadline=None)
@given(st.integers(1, 10**30), st.data(), KEYS)
def test_a_permutation_of_any_size_has_an_inverse(
    size: int, data: st.DataObject, key: bytes
) -> None:
    position = data.draw(st.integers(0, size - 1))
    order = Permutation(size, key)
    assert 0 <= order[position] < size
    assert order.index(order[position]) == position


@pytest.mark.parametrize("size", [50, 5000, 10**12])
def test_another_key_gives_another_order(size: int) -> None:
    orders = [Permutation(size, keyed(seed)) for seed in range(20)]
    starts = {tuple(order[place] for place in range(8)) for order in orders}
    assert len(starts) == 20


@pytest.mark.parametrize("size", [1000, 10**6, 10**12])
def test_neighbouring_positions_land_anywhere(size: int) -> None:
    order = Permutation(size, b"key")
    count = min(size, 8000)
    landed = [order[position] * 16 // size for position in range(count)]
    for part in range(16):
        # Within six standard deviations of an even share.
        share = count / 16
        assert abs(landed.count(part) - share) < 6 * share**0.5
    steps = {
        (order[place + 1] - order[place]) % size for place in range(count - 1)
    }
    assert len(steps) > 0.6 * count


@pytest.mark.parametrize("position", [-1, 100])
def test_outside_the_size_there_is_nothing(position: int) -> None:
    order = Permutation(100, b"")
    with pytest.raises(IndexError):
        order[position]
    with pytest.raises(ValueError):
        order.index(position)


@settings(deadline=None)
@given(st.integers(1, 10**25), KEYS)
def test_numbers_stay_below_their_limit(limit: int, key: bytes) -> None:
    numbers = Numbers(key)
    assert all(0 <= numbers.below(limit) < limit for _ in range(20))


def test_keys_tell_parts_apart() -> None:
    keys = [
        keyed(),
        keyed(""),
        keyed("ab"),
        keyed("a", "b"),
        keyed("b", "a"),
        keyed(b"ab"),
        keyed(1, 12),
        keyed(11, 2),
        keyed("1", "12"),
    ]
    assert len(set(keys)) == len(keys)


def test_the_numbers_are_the_same_on_every_machine() -> None:
    # Recorded: another value here changes every dataset ever generated.
    assert keyed("plse.io.with_open", 7).hex() == RECORDED_KEY
    numbers = Numbers(b"recorded")
    assert [numbers.below(1000) for _ in range(5)] == RECORDED_NUMBERS
    order = Permutation(10**12, b"recorded")
    assert [order[position] for position in range(3)] == RECORDED_ORDER


RECORDED_KEY = "56a049ae1102f9ca9d0f1a59cb3c04d0"
RECORDED_NUMBERS = [480, 566, 285, 261, 66]
RECORDED_ORDER = [648447953724, 509204882912, 989999094963]
