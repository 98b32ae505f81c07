"""The whole pipeline against the sum of its parts, and samples a second.

    python tests/benchmarks/pipeline.py [--samples 100] [--processes 2] [-k ID]

For every pattern of the library the same samples are made twice in turn: by
``run_chunk`` (draw, render, all stages, records), and as bare parts: the
Jinja2 rendering, flake8's own checker on each text in memory, and the test
programs in one batch of the sandbox. Both run in one process, pattern by
pattern, so that a change of the machine's speed meets both; the ratio of the
sums is printed. Then the library is run by several processes at once, each
with a sandbox of its own, which take the next chunk whenever they are done
with one; the samples a second of all are printed, and beside them the
processor time of a sample, sandbox and all, which says the same on a machine
that others use.

Templates are compiled, plugins loaded and sandboxes started before the clock
runs; a long run pays for them once. A hundred samples a pattern are a short
run; with twenty, the caches of the linter are still filling.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from flake8 import checker
from flake8.main.application import Application
from processor_time import spent

from plse.chunks import Explorer, Settings, run_chunk
from plse.imports import is_test_path
from plse.registry import load_library, open_library
from plse.samples import Sample
from plse.sandbox import Program, Sandbox
from plse.validation import Tools

LIBRARY = Path(__file__).parents[2] / "patterns"
CHUNK = 25


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=100, help="a pattern")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("-k", default="", help="only patterns with this in id")
    options = parser.parse_args()
    explorers = _explorers(options.k)
    if not explorers:
        print("no such pattern", file=sys.stderr)
        return 1
    whole, parts = _compare(explorers, options.samples)
    made = len(explorers) * options.samples
    print(f"{len(explorers)} patterns, {made} samples, one process")
    print(f"{'pipeline':<22}{1000 * whole / made:8.2f} ms a sample")
    for name, seconds in parts.items():
        print(f"{name:<22}{1000 * seconds / made:8.2f} ms a sample")
    ratio = whole / sum(parts.values())
    print(f"pipeline / sum of its bare parts: {ratio:.2f}")
    rate, processor = _throughput(options)
    print(
        f"{options.processes} processes: {rate:.0f} samples a second, "
        f"{1000 * processor:.1f} ms of processor time a sample"
    )
    return 0


def _explorers(word: str) -> list[Explorer]:
    patterns, _ = load_library(open_library(LIBRARY))
    return [
        Explorer(pattern, Settings())
        for pattern in patterns
        if word in pattern.id and _is_runnable(pattern.requires.modules)
    ]


def _is_runnable(modules: Sequence[str]) -> bool:
    from importlib.util import find_spec

    return all(find_spec(module) for module in modules)


def _compare(
    explorers: Sequence[Explorer], samples: int
) -> tuple[float, dict[str, float]]:
    """Seconds of the pipeline, and of each bare part, for all patterns."""
    flake8 = _stock_flake8()
    whole = 0.0
    parts = dict.fromkeys(("render", "flake8 in memory", "execution"), 0.0)
    with Sandbox() as sandbox:
        tools = Tools(sandbox)
        for explorer in explorers:
            run_chunk(explorer, range(samples, samples + 2), tools)
            for name, seconds in _parts(explorer, samples, sandbox, flake8):
                parts[name] += seconds
            start = time.perf_counter()
            run_chunk(explorer, range(samples), tools)
            whole += time.perf_counter() - start
    return whole, parts


def _parts(
    explorer: Explorer,
    samples: int,
    sandbox: Sandbox,
    flake8: Callable[[str], int],
) -> Iterator[tuple[str, float]]:
    """The name of each bare part, and the seconds that it took."""
    drawn = [index for _, index in explorer.draw(range(samples))]
    start = time.perf_counter()
    rendered = [explorer.generator.sample(index) for index in drawn]
    yield "render", time.perf_counter() - start
    texts = [text for sample in rendered for text in _texts(sample)]
    start = time.perf_counter()
    for text in texts:
        flake8(text)
    yield "flake8 in memory", time.perf_counter() - start
    programs = [job for sample in rendered for job in _programs(sample)]
    start = time.perf_counter()
    sandbox.run(programs)
    yield "execution", time.perf_counter() - start


def _texts(sample: Sample) -> list[str]:
    """The Python that the pipeline lints."""
    texts = [
        file.content for file in sample.files if file.path.endswith(".py")
    ]
    texts += sample.others.values()
    return texts + ([sample.mistake] if sample.mistake else [])


def _programs(sample: Sample) -> list[Program]:
    """The test programs that the pipeline runs."""
    sides = [(sample.files, frozenset())]
    sides += [
        (sample.files_with(code), frozenset())
        for code in sample.others.values()
    ]
    if sample.mistake:
        sides.append(
            (sample.files_with(sample.mistake), frozenset(sample.fails))
        )
    return [
        Program(files=files, test_path=file.path, expects_failures=fails)
        for files, fails in sides
        for file in files
        if is_test_path(file.path)
    ]


def _stock_flake8() -> Callable[[str], int]:
    """flake8's own FileChecker, fed with text instead of a file."""
    application = Application()
    application.plugins = None
    application.initialize(
        ["--isolated", "--max-line-length=79", "--extend-select=B"]
    )

    def run(text: str) -> int:
        file_checker = checker.FileChecker(
            filename="-",
            plugins=application.plugins.checkers,
            options=application.options,
        )
        file_checker.processor = checker.processor.FileProcessor(
            "-", application.options, text.splitlines(keepends=True)
        )
        file_checker.display_name = "solution.py"
        file_checker.should_process = True
        file_checker.run_checks()
        return len(file_checker.results)

    return run


def _throughput(options: argparse.Namespace) -> tuple[float, float]:
    """Samples a second of several processes that share the library, and
    processor seconds of a sample."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(options.processes + 1)
    queue = context.SimpleQueue()
    taken = context.Value("i", 0)
    workers = [
        context.Process(
            target=_work,
            args=(options.k, options.samples),
            kwargs={"taken": taken, "barrier": barrier, "queue": queue},
        )
        for _ in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    done = [queue.get() for _ in workers]
    seconds = time.perf_counter() - start
    made = sum(samples for samples, _ in done)
    for worker in workers:
        worker.join()
    return made / seconds, sum(used for _, used in done) / made


def _work(word, samples, *, taken, barrier, queue) -> None:
    """Take chunk after chunk.

    :param taken: how many chunks have been taken by all.
    """
    explorers = _explorers(word)
    chunks = [
        (explorer, range(start, min(start + CHUNK, samples)))
        for explorer in explorers
        for start in range(0, samples, CHUNK)
    ]
    made = 0
    with Sandbox() as sandbox:
        tools = Tools(sandbox)
        for explorer in explorers:
            run_chunk(explorer, range(samples, samples + 2), tools)
        barrier.wait()
        before = spent(sandbox)
        while True:
            with taken.get_lock():
                number, taken.value = taken.value, taken.value + 1
            if number >= len(chunks):
                break
            result = run_chunk(*chunks[number], tools)
            made += len(result.lines)
        queue.put((made, spent(sandbox) - before))


if __name__ == "__main__":
    sys.exit(main())
