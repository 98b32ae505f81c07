"""A sample as a person reads it: question, answer, tests, verdict."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator

from plse.generator import Generator
from plse.patterns import Pattern
from plse.reporting import explain_rejection
from plse.samples import Sample
from plse.sandbox import Sandbox
from plse.tasks import fence, record_of
from plse.validation import Tools, Verdict, validate

__all__ = ["sample_text", "show_sample"]

_RULE = "─"
_WIDTH = 79


def show_sample(
    pattern: Pattern,
    index: int | None,
    chance: random.Random | None,
    as_json: bool,
) -> int:
    """Print a sample of a pattern with its verdict.

    :param index: which; without one, any sample if ``chance`` is given and
        the first one if not.
    :returns: 0 if the sample passed every stage, 1 if not.
    """
    generator = Generator(pattern)
    if index is None:
        index = chance.randrange(generator.size) if chance else 0
    sample = generator.sample(index)
    unmet = pattern.requires.unmet()
    if unmet:
        verdict = Verdict(sample, (), {"stages": [], "skipped": unmet})
    else:
        with Sandbox() as sandbox:
            (verdict,) = validate([sample], Tools(sandbox).serving(pattern))
    if as_json:
        row = record_of(sample, verdict.proof).row()
        print(json.dumps(row, ensure_ascii=False))
    else:
        print(_highlighted(sample_text(verdict, generator)))
    if verdict.passed:
        return 0
    print(explain_rejection(verdict, generator), file=sys.stderr)
    return 1


def sample_text(verdict: Verdict, generator: Generator) -> str:
    """The sample as Markdown with rules between its parts."""
    return "\n".join(_parts(verdict, generator)) + "\n"


def _parts(verdict: Verdict, generator: Generator) -> Iterator[str]:
    sample = verdict.sample
    pattern = sample.pattern
    yield _rule(f"{sample.id}, {sample.ask.task}")
    yield f"{pattern.title} ({pattern.kind.replace('_', '-')}, "\
        f"{pattern.difficulty})"
    for name, label in sample.plain_cell.items():
        yield f"  {name}: {label}"
    yield ""
    yield _rule("asked")
    yield sample.instruction
    record = record_of(sample, verdict.proof)
    if record.input:
        yield ""
        yield fence(record.input)
    yield ""
    yield _rule("answer")
    yield record.messages[1].content
    yield ""
    yield from _rest(sample, record.rejected)
    yield _rule("verdict")
    yield _verdict_line(verdict)


def _rest(sample: Sample, rejected: str) -> Iterator[str]:
    if rejected and sample.ask.task != "fix":
        yield _rule("rejected")
        yield fence(rejected)
        yield ""
    if sample.solution:
        yield _rule("tests")
        yield fence(sample.tests)
        yield ""


def _verdict_line(verdict: Verdict) -> str:
    if "skipped" in verdict.proof:
        return f"not proven here: it {verdict.proof['skipped']}"
    stages = verdict.proof["stages"]
    passed = ", ".join(str(stage) for stage in stages) or "no stage"
    if not verdict.passed:
        return f"REJECTED after {passed}: {verdict.findings[0]}"
    line = f"passed: {passed}; {verdict.proof.get('tests', 0)} tests"
    mistake = verdict.proof.get("mistake")
    if isinstance(mistake, dict):
        shown = [flag["code"] for flag in mistake["flags"]]
        shown += [failure["test"] for failure in mistake["fails"]]
        line += "; the mistake shows " + ", ".join(dict.fromkeys(shown))
    return line


def _rule(title: str) -> str:
    return f"{_RULE * 2} {title} ".ljust(_WIDTH, _RULE)


def _highlighted(text: str) -> str:
    """The text in colours, where a terminal is there to show them."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter
        from pygments.lexers import MarkdownLexer
    except ImportError:
        return text
    return highlight(text, MarkdownLexer(), TerminalFormatter())
