"""What a draw costs, and what finding the structures costs.

    python tests/benchmarks/exploration.py

Prints microseconds; each is the best of some repeats, so that a busy machine
does not count. The lesson is the one of tests/space, whose code is joined
from strings: where templates are rendered, a structure probe costs that more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from plse.drawing.randomness import Permutation, keyed  # noqa: E402
from plse.exploration import HEAD, Exploration  # noqa: E402
from plse.skeleton import skeleton  # noqa: E402
from tests.space import tally  # noqa: E402

REPEATS = 5


def microseconds(work: Callable[[], object], count: int) -> float:
    """The best time of the work, for each of `count` things done by it."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best / count * 1e6


def explore(known: dict[str, object] | None = None) -> Exploration:
    return Exploration(
        code_of=tally.code,
        space=tally.space(),
        key="tally",
        seed=0,
        phrasings=range(5),
        all_phrasings=5,
        known=known,
    )


def draw(exploration: Exploration, positions: range) -> None:
    for position in positions:
        exploration.address(position)


def main() -> None:
    print("space and numbers")
    space = tally.space()
    indices = range(0, space.size, space.size // 5000)
    cells = [space.cell(index) for index in indices]
    order = Permutation(10**12, keyed("benchmark"))
    rows = [
        ("Permutation[i], 10**12", lambda: [order[i] for i in range(5000)]),
        ("Space.cell", lambda: [space.cell(i) for i in indices]),
        ("Space.index", lambda: [space.index(cell) for cell in cells]),
    ]
    for title, work in rows:
        print(f"  {title:<32}{microseconds(work, 5000):10.1f} µs")

    print("structures")
    codes = [tally.code(cell) for cell in cells[:500]]
    lines = sum(code.count("\n") for code in codes) / len(codes)
    each = microseconds(lambda: [skeleton(code) for code in codes], 500)
    print(f"  {f'skeleton, {lines:.0f} lines':<32}{each:10.1f} µs")
    source = (ROOT / "plse" / "pairs.py").read_text()
    each = microseconds(lambda: skeleton(source), source.count("\n"))
    print(f"  {'skeleton, a line of a module':<32}{each:10.1f} µs")
    first = microseconds(lambda: explore().address(0), 1)
    print(f"  {'first draw, nothing known':<32}{first:10.1f} µs")
    every = microseconds(lambda: explore().structures, 1)
    groups = len(explore_all().to_json()["structures"])
    each = (every - first) / groups
    print(f"  {f'structure probe, of {groups}':<32}{each:10.1f} µs")

    print("draws, structures known")
    known = explore_all().to_json()
    head = microseconds(lambda: draw(explore(known), range(HEAD)), HEAD)
    print(f"  {f'first {HEAD}, each':<32}{head:10.1f} µs")
    warm = explore(known)
    draw(warm, range(HEAD, 3 * HEAD))
    far = microseconds(lambda: draw(warm, range(10_000, 12_000)), 2000)
    print(f"  {'after them, each':<32}{far:10.1f} µs")


def explore_all() -> Exploration:
    """An exploration that knows all that the first draws need."""
    exploration = explore()
    draw(exploration, range(2 * HEAD))
    return exploration


if __name__ == "__main__":
    main()
