"""The session: what each process sets up, and who writes the dataset.

The process that the user started (the controller under xdist, the only one
without) has a :class:`Controller`. It learns from the node ids which chunks
are to be made, from the reports which of them are, and at the end merges them
into the dataset. A worker only makes chunks.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plse.pytest_plugin.collection import positions_of
from plse.pytest_plugin.libraries import LIBRARIES, Libraries, Lesson
from plse.pytest_plugin.options import OPTIONS, read_options
from plse.pytest_plugin.production import Production, Result
from plse.pytest_plugin.selection import SELECTION, Selection
from plse.pytest_plugin.workshop import WORKSHOP, Workshop

if TYPE_CHECKING:
    from plse.dataset.plan import Chunk

__all__ = [
    "Controller",
    "pytest_configure",
    "pytest_report_teststatus",
    "pytest_sessionfinish",
]


def pytest_configure(config: pytest.Config) -> None:
    options = config.stash[OPTIONS] = read_options(config)
    config.stash[LIBRARIES] = Libraries(config)
    selection = config.stash[SELECTION] = Selection(config)
    config.pluginmanager.register(selection, "plse-selection")
    worker = getattr(config, "workerinput", None)
    if worker is None:
        controller = Controller(config)
        config.pluginmanager.register(controller, "plse-controller")
        folder = controller.production.outputs.spool
    else:
        # A controller without the plugin gives no folder; nor will it want
        # the chunks.
        folder = Path(worker.get("plse_spool", options.output.parent))
    config.stash[WORKSHOP] = Workshop(config, folder)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if WORKSHOP in session.config.stash:
        session.config.stash[WORKSHOP].close()


def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, tuple[str, Mapping[str, bool]]] | None:
    if report.outcome == "retried":
        return "retried", "R", ("RETRIED", {"yellow": True})
    return None


class Controller:
    """Watches over a run in the process that the user started."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.production = Production(config.stash[OPTIONS])
        self._chunks: dict[str, Chunk] = {}
        self._crashes: Counter[str] = Counter()
        self._has_workers = False
        self._started = time.monotonic()
        self._old_handler: object = None
        self._result: Result | None = None

    # What is to be made.

    def pytest_report_header(self, config: pytest.Config) -> list[str]:
        from plse.pytest_plugin.display import header

        libraries = config.stash[LIBRARIES].pointed_at()
        return header(config.stash[OPTIONS], libraries) if libraries else []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Under xdist, this process collects nothing.
        if session.items:
            self._begin([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        spool = self.production.outputs.spool
        node.workerinput["plse_spool"] = str(spool)  # type: ignore
        self._has_workers = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        # While the workers collect, this process would only wait for them.
        if self._has_workers:
            self.config.stash[LIBRARIES].read()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(
        self, ids: Sequence[str]
    ) -> None:
        if not self._chunks:
            self._begin(ids)

    def _begin(self, nodeids: Sequence[str]) -> None:
        """Prepare to write, once it is known that there are chunks to make.

        :raises pytest.UsageError: if the output cannot be written.
        """
        from plse.pytest_plugin.workshop import chunk_of

        if self.config.option.collectonly:
            return
        selected: dict[Lesson, list[range]] = {}
        for nodeid in nodeids:
            positions = positions_of(nodeid)
            lesson = positions and self._lesson(nodeid)
            if lesson and lesson.pattern and not lesson.skip_reason:
                selected.setdefault(lesson, []).append(positions)
                self._chunks[nodeid] = chunk_of(lesson, positions)
        if not self._chunks:
            return
        self._watch_for_termination()
        self.production.begin(
            selected,
            self._chunks.values(),
            self.config.stash[LIBRARIES].measure,
        )
        # Items live as long as the session; the collector need not look at
        # them again and again.
        gc.collect()
        gc.freeze()

    def _lesson(self, nodeid: str) -> Lesson | None:
        """The lesson of a node id, which pytest makes relative in two ways."""
        relative = nodeid.partition("::")[0]
        libraries = self.config.stash[LIBRARIES]
        for folder in (self.config.rootpath, *libraries.named_folders):
            lesson = libraries.lesson(folder / relative)
            if lesson is not None:
                return lesson
        return None

    # What is made.

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        chunk = self._chunks.get(report.nodeid)
        if chunk is None or report.when != "call":
            return
        for name, value in report.user_properties:
            if name == "plse":
                self.production.deliver(chunk, str(value))
            elif name == "plse_disk":
                # Every further chunk would be made in vain.
                pytest.exit(f"plse: the disk refuses chunks: {value}", 1)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(
        self, crashitem: str, report: pytest.TestReport, sched: object
    ) -> None:
        """Have a chunk made once more when its worker dies."""
        if crashitem not in self._chunks:
            return
        self._crashes[crashitem] += 1
        if self._crashes[crashitem] == 1:
            try:
                sched.mark_test_pending(crashitem)  # type: ignore
            except NotImplementedError:  # not with --dist loadscope and each
                pass
            else:
                report.outcome = "retried"  # type: ignore[assignment]
                return
        self.production.lose(self._chunks[crashitem])

    # The end.

    def _watch_for_termination(self) -> None:
        """Let SIGTERM end the session in order, as Ctrl-C does."""
        if threading.current_thread() is threading.main_thread():
            self._old_handler = signal.signal(signal.SIGTERM, _terminate)

    # Under xdist the workers are gone when this is called.
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> None:
        if not self._chunks:
            return
        stopped = (
            exitstatus
            not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
            or bool(session.shouldstop)
            or bool(session.shouldfail)
        )
        try:
            self._result = self.production.finish(stopped)
        finally:
            if self._old_handler is not None:
                signal.signal(signal.SIGTERM, self._old_handler)
        if (
            self._result is not None
            and self._result.is_short
            and exitstatus == pytest.ExitCode.OK
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        from plse.pytest_plugin.display import summary

        if self._result is not None:
            summary(
                terminalreporter,
                self._result,
                time.monotonic() - self._started,
                sum(count == 1 for count in self._crashes.values()),
            )

    def pytest_unconfigure(self) -> None:
        self.production.close()


def _terminate(number: int, frame: object) -> None:
    raise KeyboardInterrupt("SIGTERM")
