"""Counts what code does while it runs; needs nothing but this file.

It is sent into the sandbox beside the code that it counts, so it imports
only the standard library.

A program runs with the alternative's code executed afresh. Where memory or
instructions are counted it runs twice, the first time uncounted (and so
without the cost of counting), so that imports and the caches of the
interpreter are warm.
Only what happens inside ``with measuring():`` is counted, or all of the
program if it has no such block. ``counted(value)`` wraps a number or a text so
that its comparisons are counted wherever they happen, in C code as well.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import io
import os
import sys
import tracemalloc
import types

__all__ = ["COUNTERS", "measure"]


def measure(counter, code, program):
    """What one alternative costs.

    :param counter: a key of ``COUNTERS``.
    :param code: source of the alternative.
    :param program: source of what is done with it.
    :returns: a whole number.
    """
    everything = "measuring(" not in program
    own = "counted(" in program
    meter = COUNTERS[counter](own)
    compiled = [
        compile(meter.prepare(ast.parse(text)), name, "exec")
        for text, name in ((code, "<code>"), (program, "<program>"))
    ]
    for counting in (False, True) if meter.warms_up else (True,):
        meter.counting = counting
        # Dataclasses look their module up by its name.
        module = sys.modules["solution"] = types.ModuleType("solution")
        space = vars(module)
        space["counted"] = meter.operand
        space["measuring"] = meter.measuring
        space[HOOK] = meter.hook
        exec(compiled[0], space)
        meter.value = 0
        if everything:
            with meter.measuring():
                exec(compiled[1], space)
        else:
            exec(compiled[1], space)
    return meter.value


HOOK = "_meter_"


class Meter:
    """Counts one thing; between start and stop.

    :param own: whether the program marks the values to count by itself.
    """

    warms_up = False

    def __init__(self, own):
        self.own = own
        self.value = 0
        self.counting = True
        self.running = False

    def prepare(self, tree):
        """The tree with whatever the counting needs written into it."""
        return tree

    @contextlib.contextmanager
    def measuring(self):
        """Counts what happens inside."""
        if self.running or not self.counting:
            yield
            return
        # What is garbage already counts for nothing, whenever it goes.
        gc.disable()
        self.running = True
        self.start()
        try:
            yield
        finally:
            self.stop()
            self.running = False
            gc.enable()

    def start(self):
        pass

    def stop(self):
        pass

    def hook(self, value=None):
        """Called by the lines written into the code."""
        if self.running:
            self.value += 1
        return value

    def operand(self, value):
        """A value as it is, for the counters that do not look at values."""
        return value


def _call(*arguments):
    return ast.Call(ast.Name(HOOK, ast.Load()), list(arguments), [])


def _first(body, statement):
    """Put a statement first in a body, behind its docstring."""
    documented = (
        body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
    )
    body.insert(1 if documented else 0, statement)


def _placed(tree):
    return ast.fix_missing_locations(tree)


class Iterations(Meter):
    """Turns of loops and of comprehensions in the lesson's own code."""

    def prepare(self, tree):
        for node in ast.walk(tree):
            if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
                _first(node.body, ast.Expr(_call()))
            elif isinstance(node, ast.comprehension):
                # Stands before the conditions: each element is a turn.
                node.ifs.insert(0, _call(ast.Constant(True)))
        return _placed(tree)


class Calls(Meter):
    """Functions of the lesson's own code that begin, and calls from it of
    what is built in or comes from the standard library."""

    def prepare(self, tree):
        for node in list(ast.walk(tree)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                _first(node.body, ast.Expr(_call()))
            elif isinstance(node, ast.Lambda):
                node.body = ast.Subscript(
                    ast.Tuple([_call(), node.body], ast.Load()),
                    ast.Constant(1),
                    ast.Load(),
                )
            elif isinstance(node, ast.Call) and not self._is_hook(node):
                node.func = _call(node.func, ast.Constant(None))
        return _placed(tree)

    def _is_hook(self, node):
        return isinstance(node.func, ast.Name) and node.func.id in (
            HOOK,
            "counted",
            "measuring",
            # Without its plain name, `super()` finds no class.
            "super",
        )

    def hook(self, *called):
        if not called:
            self.value += self.running
            return None
        function = called[0]
        code = getattr(
            getattr(function, "__func__", function), "__code__", None
        )
        is_own = code is not None and code.co_filename in (
            "<code>",
            "<program>",
        )
        if self.running and not is_own:
            self.value += 1
        return function


class Comparisons(Meter):
    """Comparisons of the values that the program marks with ``counted``; in
    a program that marks none, comparisons written in the lesson's own code."""

    def __init__(self, own):
        super().__init__(own)
        self._kinds = {}

    def prepare(self, tree):
        if not self.own:
            for node in ast.walk(tree):
                if isinstance(node, ast.Compare):
                    # The right side is evaluated just before comparing.
                    node.comparators = [
                        _call(right) for right in node.comparators
                    ]
        return _placed(tree)

    def operand(self, value):
        kind = type(value)
        if kind not in self._kinds:
            self._kinds[kind] = _counting(kind, self)
        return self._kinds[kind](value)


def _counting(kind, meter):
    """A subclass whose comparisons are counted."""
    names = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")

    def compared(name):
        plain = getattr(kind, name)

        def compare(self, other):
            meter.value += meter.running
            return plain(self, other)

        return compare

    methods = {name: compared(name) for name in names}
    methods["__hash__"] = kind.__hash__
    if hasattr(kind, "__neg__"):
        # Code that wants the greatest first compares negated numbers.
        methods["__neg__"] = lambda self: meter.operand(-kind(self))
    return type(kind.__name__, (kind,), methods)


class Instructions(Meter):
    """Bytecode instructions of whatever Python code runs.

    By ``sys.monitoring`` where there is that: from Python 3.12 on, tracing
    passes by the instructions of functions that begin while it is on.
    """

    warms_up = True

    def start(self):
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is not None:
            tool, event = monitoring.PROFILER_ID, monitoring.events.INSTRUCTION
            monitoring.use_tool_id(tool, "meter")
            monitoring.register_callback(tool, event, self._count)
            monitoring.set_events(tool, event)
            return
        sys.settrace(self._trace)
        # The frames that already run must be told one by one.
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == "<program>":
                self._watch(frame)
                frame.f_trace = self._trace
            frame = frame.f_back

    def stop(self):
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            sys.settrace(None)
            return
        monitoring.set_events(monitoring.PROFILER_ID, 0)
        monitoring.free_tool_id(monitoring.PROFILER_ID)

    def _count(self, code, offset):
        if code.co_filename != __file__:
            self.value += 1

    def _watch(self, frame):
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False

    def _trace(self, frame, event, argument):
        if frame.f_code.co_filename == __file__:
            return None
        if event == "call":
            self._watch(frame)
        elif event == "opcode":
            self.value += 1
        return self._trace


class PeakBytes(Meter):
    """The most memory that was in use at one time, beyond what was before."""

    warms_up = True

    def start(self):
        tracemalloc.start()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]

    def stop(self):
        self.value += tracemalloc.get_traced_memory()[1] - self._before
        tracemalloc.stop()


class AllocatedBytes(PeakBytes):
    """Memory that was taken, all together, whether or not it was given back.

    Added up from statement to statement of the lesson's own code, as the
    most that each took; small change within a statement does not show.
    """

    def prepare(self, tree):
        for node in ast.walk(tree):
            for field in ("body", "orelse", "finalbody"):
                body = getattr(node, field, None)
                if isinstance(body, list) and not isinstance(node, ast.Module):
                    setattr(node, field, self._ticking(body))
        if tree.body:
            tree.body = self._ticking(tree.body)
        return _placed(tree)

    def _ticking(self, body):
        ticking = []
        for statement in body:
            ticking.append(statement)
            last = isinstance(
                statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)
            )
            future = (
                isinstance(statement, ast.ImportFrom)
                and statement.module == "__future__"
            )
            if not last and not future and statement is not body[-1]:
                ticking.append(ast.Expr(_call()))
        if body and not isinstance(body[0], ast.ImportFrom):
            _first(ticking, ast.Expr(_call()))
        return ticking

    def start(self):
        tracemalloc.start()
        self._noise = 0
        self._base = 0
        # What a tick itself takes is the least that the next one sees.
        # Numbers above 256 are objects of their own, so begin with one.
        self.value = 1 << 20
        for _ in range(4):
            before = self.value
            self.hook()
        self._noise = self.value - before
        self.hook()
        self.value = 0

    def stop(self):
        self.hook()
        tracemalloc.stop()

    def hook(self, value=None):
        if self.running:
            base, peak = tracemalloc.get_traced_memory()
            # All that is made here is gone or replaced when this returns, so
            # that a peak above the tick's own is the statement's alone.
            if peak - self._base > self._noise:
                self.value += peak - self._base
            self._base = base
            tracemalloc.reset_peak()
        return value


class BytesWritten(Meter):
    """Bytes handed to files, by ``write``, ``writelines`` and ``os.write``."""

    def start(self):
        self._plain = builtins.open, io.open, os.write
        builtins.open = io.open = self._open
        os.write = self._write
        import pathlib

        # Python 3.10 keeps its own reference to io.open.
        self._accessor = getattr(pathlib, "_NormalAccessor", None)
        if self._accessor is not None:
            self._kept = self._accessor.open
            self._accessor.open = staticmethod(self._open)

    def stop(self):
        builtins.open, io.open, os.write = self._plain
        if self._accessor is not None:
            self._accessor.open = staticmethod(self._kept)

    def _open(self, *arguments, **named):
        file = self._plain[0](*arguments, **named)
        encoding = getattr(file, "encoding", None) or "utf-8"
        write = file.write

        def counted_write(data):
            self._count(data, encoding)
            return write(data)

        # `writelines` calls it, too.
        file.write = counted_write
        return file

    def _write(self, descriptor, data):
        self._count(data, "utf-8")
        return self._plain[2](descriptor, data)

    def _count(self, data, encoding):
        if isinstance(data, str):
            data = data.encode(encoding, "replace")
        self.value += len(memoryview(data).cast("B"))


COUNTERS = {
    "allocated_bytes": AllocatedBytes,
    "bytes_written": BytesWritten,
    "calls": Calls,
    "comparisons": Comparisons,
    "instructions": Instructions,
    "iterations": Iterations,
    "peak_bytes": PeakBytes,
}
