"""Sample → Record: a proven sample, seen as the task of its phrasing.

A ``write`` asks for the code, a ``fix`` shows the flawed code and asks for
the correct one, an ``explain`` shows code and asks about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plse.dataset.records import Message, Record, canonical_json, split_of
from plse.patterns import File
from plse.samples import Sample
from plse.skeleton import skeleton

__all__ = ["fence", "record_of"]

_LANGUAGES = {
    "cfg": "ini",
    "ini": "ini",
    "json": "json",
    "md": "markdown",
    "py": "python",
    "sh": "sh",
    "sql": "sql",
    "toml": "toml",
    "txt": "text",
    "yaml": "yaml",
    "yml": "yaml",
}
_LANGUAGES_BY_NAME = {"Dockerfile": "dockerfile", "Makefile": "makefile"}


def fence(code: str, language: str = "python") -> str:
    """Code as a Markdown block, with a fence longer than any inside it."""
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}{language}\n{code.rstrip()}\n{ticks}"


def record_of(sample: Sample, proof: Mapping[str, object]) -> Record:
    """The row that a sample gives, as its own phrasing's task.

    :param proof: what validation found: JSON values by name.
    """
    task = sample.ask.task
    given = _given(sample)
    output = _output(sample, proof)
    rejected = _rejected(sample)
    question = sample.instruction
    if given:
        question += "\n\n" + fence(given)
    answer = output
    if task != "explain" and sample.solution:
        answer = fence(output)
    pattern = sample.pattern
    return Record(
        id=sample.id,
        task=task,
        instruction=sample.instruction,
        input=given,
        output=output,
        messages=(Message("user", question), Message("assistant", answer)),
        chosen=output if rejected else "",
        rejected=rejected,
        tests=sample.tests,
        files=sample.files,
        pattern=pattern.id,
        kind=pattern.kind,
        topic=pattern.topic,
        concept=pattern.concept,
        difficulty=pattern.difficulty,
        tags=pattern.tags,
        cell=canonical_json(sample.plain_cell),
        split=split_of(pattern.id, skeleton(sample.code)),
        proof=canonical_json(proof),
    )


def _given(sample: Sample) -> str:
    """The code that the instruction speaks of."""
    if sample.ask.task == "write":
        return ""
    return sample.mistake or sample.solution


def _output(sample: Sample, proof: Mapping[str, object]) -> str:
    if sample.ask.task == "explain":
        return _explanation(sample, proof)
    return sample.solution or _listing(sample.files)


def _rejected(sample: Sample) -> str:
    """The worse answer of a pair: the mistake, or an unsuited alternative."""
    if sample.ask.task == "explain":
        return ""
    others = list(sample.others.values())
    return sample.mistake or (others[0] if others else "")


def _listing(files: Sequence[File]) -> str:
    """Several files as one answer: each a heading and a block."""
    return "\n\n".join(
        f"`{file.path}`\n\n{fence(file.content, _language(file.path))}"
        for file in files
    )


def _language(path: str) -> str:
    name = path.rpartition("/")[2]
    if name in _LANGUAGES_BY_NAME:
        return _LANGUAGES_BY_NAME[name]
    return _LANGUAGES.get(name.rpartition(".")[2], "text")


def _explanation(sample: Sample, proof: Mapping[str, object]) -> str:
    paragraphs = [sample.why]
    measured = proof.get("claims")
    if isinstance(measured, Sequence) and measured:
        paragraphs.append(
            "\n".join(f"- {claim['text']}" for claim in measured)
        )
    if sample.mistake:
        observed = _observed(proof.get("mistake"))
        if observed:
            paragraphs.append(observed)
        paragraphs.append("The correct code:")
        paragraphs.append(fence(sample.solution))
    elif not sample.solution:
        paragraphs.append(_listing(sample.files))
    return "\n\n".join(paragraphs)


def _observed(mistake: object) -> str:
    """What validation saw of the mistake, as sentences."""
    if not isinstance(mistake, Mapping):
        return ""
    sentences = []
    flags = list(
        dict.fromkeys(flag["code"] for flag in mistake.get("flags", ()))
    )
    if flags:
        lines = sorted({flag["line"] for flag in mistake["flags"]})
        where = "line " if len(lines) == 1 else "lines "
        where += ", ".join(map(str, lines))
        sentences.append(
            f"flake8 reports {' and '.join(flags)} on {where} of it."
        )
    for failure in mistake.get("fails", ()):
        sentences.append(
            f"`{failure['test']}` fails on it"
            + (
                f" with {failure['exception']}."
                if failure["exception"]
                else "."
            )
        )
    return " ".join(sentences)
