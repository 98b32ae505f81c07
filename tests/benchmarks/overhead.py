"""What pytest and xdist cost, against a plain loop over the same chunks.

    python tests/benchmarks/overhead.py
    python tests/benchmarks/overhead.py patterns --samples 2000 --workers 2
    python tests/benchmarks/overhead.py --samples 100000 --workers 2 --light

Both sides load the same library, share the samples among its patterns and cut
them into the same chunks, and call the same chunk function. One side is
``pytest LIBRARY -k test_generate``, which also writes the dataset; the other
a ``for`` loop, or a ``multiprocessing.Pool`` where there are workers, which
throws the rows away. Each is a process of its own, started in turn; what is
compared is the whole of it, start included, as the medians of wall time and
of processor time. The controller's peak memory is printed, too.

``--light`` lets every sample pass unseen: the chunk function then costs next
to nothing, which shows what a sample costs pytest, and how memory grows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from plse.chunks import Explorer, Settings, run_chunk  # noqa: E402
from plse.pytest_plugin.selection import cut, shares  # noqa: E402
from plse.registry import load_library, open_library  # noqa: E402
from plse.sandbox import Sandbox  # noqa: E402
from plse.store import JsonStore  # noqa: E402
from plse.validation import Tools, Verdict  # noqa: E402


def let_all_pass() -> None:
    """Replace validation by nothing, in this process."""
    import plse.chunks

    plse.chunks.validate = lambda samples, tools: [
        Verdict(sample, (), {"stages": []}) for sample in samples
    ]


class Plain:
    """The chunk function and what it needs, without pytest."""

    def __init__(self, library: Path, light: bool) -> None:
        if light:
            let_all_pass()
        patterns, _ = load_library(open_library(library))
        store = JsonStore.of_user("structures")
        self.explorers = {
            pattern.id: Explorer(pattern, Settings(), store)
            for pattern in patterns
        }
        self.tools = Tools(Sandbox())

    def chunks(self, samples: int) -> list[tuple[str, range]]:
        """The chunks that pytest would make, in its order."""
        given = shares(
            samples,
            {
                name: explorer.exploration.capacity
                for name, explorer in self.explorers.items()
            },
        )
        size = max(1, min(500, samples // 500))
        return [
            (name, positions)
            for name in self.explorers
            for positions in cut(given[name], size)
        ]

    def make(self, chunk: tuple[str, range]) -> int:
        """How many rows a chunk gives."""
        name, positions = chunk
        result = run_chunk(self.explorers[name], positions, self.tools)
        return len(result.lines)


_plain: Plain | None = None


def _begin(library: Path, light: bool) -> None:
    global _plain
    _plain = Plain(library, light)


def _make(chunk: tuple[str, range]) -> int:
    assert _plain is not None
    return _plain.make(chunk)


def run_plain(options: argparse.Namespace) -> None:
    """The side without pytest, in this process and its pool."""
    plain = Plain(options.library, options.light)
    chunks = plain.chunks(options.samples)
    if not options.workers:
        print(sum(map(plain.make, chunks)))
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(
        options.workers, _begin, (options.library, options.light)
    ) as pool:
        print(sum(pool.imap_unordered(_make, chunks)))
        pool.close()
        pool.join()


@dataclass(frozen=True)
class Cost:
    """What a side took: seconds, and MB at its peak in its first process."""

    wall: float
    cpu: float
    memory: float


def measured(words: list[str], folder: Path) -> Cost:
    """Run a command and measure it, with all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = max(_peaks(process), default=0.0)
    output = process.communicate()[0]
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 1):
        raise SystemExit(output)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak)


def _peaks(process: subprocess.Popen[str]) -> Iterator[float]:
    """The process's peak memory in MB, as Linux tells it while it runs."""
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as file:
                for line in file:
                    if line.startswith("VmHWM"):
                        yield int(line.split()[1]) / 1024
        except OSError:
            pass
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "library", type=Path, nargs="?", default=ROOT / "patterns"
    )
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--light", action="store_true")
    parser.add_argument(
        "--plain", action="store_true", help="be the side without pytest"
    )
    options = parser.parse_args()
    options.library = options.library.resolve()
    if options.plain:
        run_plain(options)
        return
    sides: dict[str, list[Cost]] = {"plain": [], "pytest": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "light.py").write_text(
            "from tests.benchmarks.overhead import let_all_pass\n"
            "let_all_pass()\n"
        )
        same = [str(options.library), f"--samples={options.samples}"]
        same += [f"--workers={options.workers}", *["--light"] * options.light]
        commands = {
            "plain": [__file__, "--plain", *same],
            "pytest": [
                "-m",
                "pytest",
                str(options.library),
                f"--rootdir={folder}",
                f"--confcutdir={folder}",
                "-pplse",
                *["-plight"] * options.light,
                "-qq",
                "-k",
                "test_generate",
                "-pno:cacheprovider",
                "-pno:hypothesispytest",
                f"-n{options.workers}",
                f"-c{os.devnull}",
                f"--plse-samples={options.samples}",
                "--plse-output=rows.jsonl",
            ],
        }
        for _ in range(options.repeats):
            for side, words in commands.items():
                sides[side].append(measured(words, folder))
    _print(sides, options.samples)


def _print(sides: dict[str, list[Cost]], samples: int) -> None:
    medians = {
        side: [
            statistics.median(getattr(cost, field) for cost in costs)
            for field in ("wall", "cpu", "memory")
        ]
        for side, costs in sides.items()
    }
    print(f"{'':8}{'wall s':>10}{'CPU s':>10}{'ms a sample':>13}{'MB':>8}")
    for side, (wall, cpu, memory) in medians.items():
        print(
            f"{side:8}{wall:>10.2f}{cpu:>10.2f}"
            f"{cpu / samples * 1000:>13.2f}{memory:>8.0f}"
        )
    wall, cpu = (
        medians["pytest"][at] / medians["plain"][at] for at in (0, 1)
    )
    print(f"pytest / plain: wall {wall:.3f}, CPU {cpu:.3f}")


if __name__ == "__main__":
    main()
