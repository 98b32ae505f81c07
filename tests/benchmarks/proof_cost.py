"""What the examination of each pattern costs, point by point.

    python tests/benchmarks/proof_cost.py [PATTERN_FILE ...]

Prints, for each pattern, processor seconds of this process and of the
sandbox's children together, uncached and cached, and the wall time. Without
arguments all patterns of the library in ``patterns`` are examined.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from processor_time import spent

from plse.errors import LibraryError
from plse.proof import POINTS, ProofCache, ProofSettings, examine
from plse.proof.study import Study
from plse.registry import load_pattern, open_library
from plse.sandbox import Sandbox
from plse.validation import Tools


def main(paths: list[Path]) -> None:
    library = open_library(Path("patterns"))
    width = max(len(path.stem) for path in paths)
    names = [point.name for point in POINTS]
    print("pattern".ljust(width), *names, "all", "cached", "wall", sep="  ")
    totals = []
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        tools = Tools(sandbox)
        for path in paths:
            try:
                pattern = load_pattern(path, library)
            except LibraryError as error:
                print(path.stem.ljust(width), error.errors[0].cause)
                continue
            study = Study(pattern, tools, ProofSettings())
            wall, costs = time.perf_counter(), []
            for point in POINTS:
                before = spent(sandbox)
                point.prove(study)
                costs.append(spent(sandbox) - before)
            wall = time.perf_counter() - wall
            cache = ProofCache(Path(folder))
            examine(pattern, tools, cache)
            before = time.process_time()
            examine(pattern, tools, cache)
            cached = time.process_time() - before
            totals.append(sum(costs))
            cells = [
                f"{cost:.2f}".rjust(len(name))
                for name, cost in zip(names, costs)
            ]
            print(
                path.stem.ljust(width),
                *cells,
                f"{sum(costs):.2f}",
                f"{cached:.4f}",
                f"{wall:.1f}",
                sep="  ",
            )
    totals.sort()
    if totals:
        print(
            f"{len(totals)} patterns: median {totals[len(totals) // 2]:.2f} "
            f"s of processor time, largest {totals[-1]:.2f} s"
        )


if __name__ == "__main__":
    given = [Path(each) for each in sys.argv[1:]]
    main(
        given
        or [
            path
            for path in sorted(Path("patterns").glob("*/*.yaml"))
            if path.parent.name[0] not in "_."
        ]
    )
