"""Our own lint: what makes a sample worse to learn from.

Only what pycodestyle, pyflakes and bugbear do not say already, and only what
can be decided: good code is never flagged. Codes below PLS100 are about any
file, the others about files of tests (``test_*.py`` and ``*_test.py``).

=======  ==================================================
PLS001   a comment silences a tool
PLS002   a template mark is left
PLS003   a placeholder or filler text is left
PLS004   a meaningless name (foo, baz)
PLS005   a stub instead of a body
PLS006   commented-out code
PLS007   every exception is swallowed
PLS008   a debugger call is left
PLS101   a test asserts nothing
PLS102   an assertion always holds
PLS103   a test asserts only if an exception is raised
PLS104   a test reads the clock
PLS105   a test draws at random without a seed
PLS106   a test uses the network
PLS107   a test sleeps
PLS108   a test changes what outlives it
PLS901   too large to be checked (by `plse.linter.lint` only)
PLS902   nested too deeply to be checked (likewise)
PLS903   a checker failed on the text (likewise)
=======  ==================================================
"""

from __future__ import annotations

from plse.linting.checks import assertions, comments, definitions, hermetic
from plse.linting.checks.source import Check, Fault, SourceFile

__all__ = ["CHECKS", "Check", "Fault", "SourceFile"]


CHECKS: tuple[Check, ...] = (
    Check("PLS001", comments.silenced_tool, ("#",)),
    Check("PLS002", comments.leftover_template_mark, ("{{", "{%", "{ {")),
    Check("PLS003", comments.placeholder_text, ("#", *comments.FILLERS)),
    Check(
        "PLS004",
        definitions.meaningless_name,
        tuple(sorted(definitions.MEANINGLESS)),
    ),
    Check(
        "PLS005",
        definitions.stub_body,
        ("pass", " ...\n", " ... ", ":...", "notimplementederror"),
    ),
    Check("PLS006", comments.commented_out_code, ("#",)),
    Check("PLS007", definitions.swallowed_exception, ("exception",)),
    Check("PLS008", definitions.debugger_call, ("breakpoint", "set_trace")),
    Check("PLS101", assertions.asserts_nothing, ("def",), tests_only=True),
    Check("PLS102", assertions.vacuous, ("assert",), tests_only=True),
    Check(
        "PLS103",
        assertions.asserts_in_handlers_only,
        ("except",),
        tests_only=True,
    ),
    Check("PLS104", hermetic.wall_clock, ("time",), tests_only=True),
    Check(
        "PLS105",
        hermetic.unseeded_randomness,
        ("random", "secrets", "uuid"),
        tests_only=True,
    ),
    Check(
        "PLS106",
        hermetic.network_call,
        ("requests", "httpx", "urllib", "socket", "http"),
        tests_only=True,
    ),
    Check("PLS107", hermetic.long_sleep, ("sleep",), tests_only=True),
    Check(
        "PLS108", hermetic.changed_surroundings, ("def",), tests_only=True
    ),
)
