"""The shape of a pattern file, as pydantic models.

The models say which keys there are and what each holds; their descriptions
are what an editor shows over a key once it knows :func:`json_schema`. What
takes more than one key to judge is judged in :mod:`plse.loading.lesson_rules`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)

from plse.patterns import Task

__all__ = [
    "AlternativePart",
    "AskPart",
    "COUNTERS",
    "ClaimPart",
    "CodePart",
    "DerivedPart",
    "FilePart",
    "LibraryFile",
    "MistakePart",
    "PatternFile",
    "RangePart",
    "RequiresPart",
    "RunPart",
    "VocabularyPart",
    "json_schema",
    "part_at",
]

COUNTERS = (
    "allocated_bytes",
    "peak_bytes",
    "calls",
    "comparisons",
    "iterations",
    "instructions",
    "bytes_written",
)
"""What a claim may count: each the same on every machine."""

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
]
VariableName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)
]
PatternId = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
    ),
]
Concept = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
]
SourceId = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*:[A-Za-z0-9][A-Za-z0-9_./-]*$"
    ),
]
LintCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,4}[0-9]{1,4}$")]
PythonVersion = Annotated[str, StringConstraints(pattern=r"^3\.[0-9]{1,2}$")]
ModuleName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
]
_BOUND = 10**15
Bound = Annotated[int, Field(ge=-_BOUND, le=_BOUND)]
Texts = Annotated[list[Text], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, populate_by_name=False
    )


class RequiresPart(_Part):
    """What a machine must have to prove the lesson."""

    python: PythonVersion = Field(
        default="3.10",
        description='The lowest version of Python, in quotes: "3.11".',
    )
    modules: list[ModuleName] = Field(
        default=[],
        description="Modules beyond the standard library: [numpy]. Where one "
        "is not installed, the lesson is skipped.",
    )
    cpu_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        default=2.0,
        description="Processor time that the tests of one sample may take; "
        "the run's own ceiling stands above it.",
    )
    memory_mb: Annotated[int, Field(ge=64, le=4096)] = Field(
        default=512,
        description="Memory that the tests of one sample may take, in MiB; "
        "the run's own ceiling stands above it.",
    )


class RangePart(_Part):
    """Whole numbers from one to another, both included."""

    start: Bound = Field(alias="from", description="The first number.")
    to: Bound = Field(description="The last number, itself an option.")
    step: Annotated[int, Field(ge=1, le=_BOUND)] = Field(
        default=1, description="From one number to the next."
    )


class DerivedPart(_Part):
    """A value computed from the parameters."""

    let: Text = Field(
        description="A template over the parameters and the derived values "
        'above: "{{ price * quantity }}".'
    )


class VocabularyPart(_Part):
    """Options that the library keeps once for all lessons."""

    source: Name = Field(
        alias="from",
        description="The name of a file in _vocabularies, such as worlds.",
    )
    only: Annotated[list[Text], Field(min_length=1)] | None = Field(
        default=None, description="Names of the bundles to take; default all."
    )


def _way(value: Any) -> str:
    """Which of the four ways of writing a parameter a value means."""
    if not isinstance(value, dict):
        return "options"
    if "let" in value:
        return "let"
    if isinstance(value.get("from"), str) or "only" in value:
        return "vocabulary"
    return "range"


OptionPart = Union[str, int, float, bool, None, dict[str, Any]]
ParameterPart = Annotated[
    Union[
        Annotated[
            list[OptionPart],
            Field(
                min_length=1,
                description="The options: scalars, or bundles of values that "
                "belong together, all with the same fields.",
            ),
            Tag("options"),
        ],
        Annotated[RangePart, Tag("range")],
        Annotated[DerivedPart, Tag("let")],
        Annotated[VocabularyPart, Tag("vocabulary")],
    ],
    Discriminator(_way),
]


class AskPart(_Part):
    """Phrasings of the instruction, by task."""

    write: Texts | None = Field(
        default=None, description="The reader writes the code."
    )
    fix: Texts | None = Field(
        default=None, description="The reader is given the mistake to mend."
    )
    explain: Texts | None = Field(
        default=None, description="The reader answers with `why`."
    )

    def phrasings(self) -> list[tuple[Task, list[str]]]:
        """The tasks that are asked, each with its phrasings."""
        tasks: list[tuple[Task, list[str] | None]] = [
            ("write", self.write),
            ("fix", self.fix),
            ("explain", self.explain),
        ]
        return [(task, texts) for task, texts in tasks if texts]


class MistakePart(_Part):
    """The flawed code, and how the flaw shows."""

    code: Text = Field(description="Template of the flawed code.")
    flags: list[LintCode] = Field(
        default=[],
        description="Lint codes that it shows, exactly these: [B006].",
    )
    fails: list[Text] = Field(
        default=[],
        description="Tests that it fails, exactly these: "
        "[test_calls_share_nothing].",
    )


class CodePart(_Part):
    """The code that the lesson teaches."""

    code: Text = Field(description="Template of the code.")


class AlternativePart(_Part):
    """One way among several, and when to choose it."""

    when: Texts = Field(
        description="Situations that call for this way; an instruction "
        "states one of them as {{ situation }}."
    )
    code: Text = Field(description="Template of the code.")


class ClaimPart(_Part):
    """What one alternative costs more than another, as a measurement."""

    says: Text = Field(description="The claim in a sentence.")
    counter: Literal[COUNTERS] = Field(  # type: ignore[valid-type]
        description="What is counted while the program runs."
    )
    program: Text = Field(
        description="Code that runs once with each alternative."
    )
    less: Name = Field(description="The alternative that counts less.")
    more: Name = Field(description="The alternative that counts more.")
    by: Annotated[float, Field(gt=1, le=1e9)] = Field(
        description="How many times as much `more` counts, at least."
    )


class FilePart(_Part):
    """A file that the pattern emits."""

    path: Text = Field(
        description="Template of the path, relative and with slashes."
    )
    content: Text = Field(description="Template of the content.")


class RunPart(_Part):
    """A command that must work where the files are."""

    run: Text = Field(description="Template of the command line.")
    exits: Annotated[int, Field(ge=0, le=255)] = Field(
        default=0, description="The exit status that it must end with."
    )
    prints: list[Text] = Field(
        default=[], description="Texts that its output must contain."
    )
    writes: list[Text] = Field(
        default=[], description="Paths that must exist afterwards."
    )


class PatternFile(_Part):
    """A lesson: what it teaches, the space that it spans, and its proof.

    The kind follows from the keys: `solution` alone is a best practice, with
    `mistake` an anti-pattern; `alternatives` are a tradeoff; `files` are an
    orchestration, or in the folder `meta` a pattern that writes patterns.
    The id follows from the path.
    """

    title: Text = Field(description="A name for people: a few words.")
    concept: Concept = Field(
        description="What is taught, as area.idea: functions.defaults."
    )
    difficulty: Literal["beginner", "intermediate", "advanced", "expert"] = (
        Field(description="For whom the lesson is.")
    )
    needs: list[PatternId] = Field(
        default=[],
        description="Ids of lessons to know first: "
        "[plse.functions.none_sentinel].",
    )
    tags: list[Name] = Field(
        default=[], description="Words to select the lesson by (pytest -m)."
    )
    sources: list[SourceId] = Field(
        default=[],
        description="Rules that treat the same, as catalogue:rule: "
        "[flake8-bugbear:B006].",
    )
    requires: RequiresPart = Field(
        default=RequiresPart(), description="What a machine must have."
    )
    why: Text = Field(
        description="The mechanism, in two to five sentences (a template)."
    )
    parameters: dict[VariableName, ParameterPart] = Field(
        default={},
        description="The axes of the space. Each is a list of options, "
        '{from: 1, to: 99}, {let: "{{ … }}"} or {from: a_vocabulary}.',
    )
    constraints: list[Text] = Field(
        default=[],
        description="Expressions (without braces) that a cell must satisfy: "
        "item not in function.",
    )
    ask: AskPart = Field(
        description="What is asked: phrasings under write, fix or explain."
    )
    mistake: MistakePart | None = Field(
        default=None, description="Anti-pattern: the flawed code."
    )
    solution: CodePart | None = Field(
        default=None, description="The code that the lesson teaches."
    )
    alternatives: (
        Annotated[dict[Name, AlternativePart], Field(min_length=2)] | None
    ) = Field(
        default=None,
        description="Tradeoff: two or more ways that pass the same tests.",
    )
    claims: Annotated[list[ClaimPart], Field(min_length=1)] | None = Field(
        default=None, description="Tradeoff: what is measured of the ways."
    )
    tests: Text | None = Field(
        default=None,
        description="Template of a test module for pytest. What it uses of "
        "the solution is imported for it.",
    )
    files: Annotated[list[FilePart], Field(min_length=1)] | None = Field(
        default=None,
        description="Orchestration: the files; one is test_*.py.",
    )
    runs: Annotated[list[RunPart], Field(min_length=1)] | None = Field(
        default=None,
        description="Orchestration: commands that must work on the files.",
    )


class LibraryFile(_Part):
    """library.yaml, which marks the root of a library."""

    name: Name = Field(description="The first part of every id: plse.")
    title: Text = Field(default="", description="A name for people.")
    license: Text = Field(
        default="", description="The license of the texts: MIT."
    )


_PARTS: dict[str, type[_Part]] = {
    "requires": RequiresPart,
    "ask": AskPart,
    "mistake": MistakePart,
    "solution": CodePart,
    "alternatives": AlternativePart,
    "claims": ClaimPart,
    "files": FilePart,
    "runs": RunPart,
}
_WAYS: dict[str, type[_Part]] = {
    "range": RangePart,
    "let": DerivedPart,
    "vocabulary": VocabularyPart,
}


def part_at(location: tuple[str | int, ...]) -> type[BaseModel]:
    """The model of the mapping at a location that pydantic reports."""
    if not location:
        return PatternFile
    if location[0] == "parameters":
        return next(
            (_WAYS[step] for step in location if step in _WAYS), PatternFile
        )
    return _PARTS.get(str(location[0]), PatternFile)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a pattern file, for editors."""
    schema = PatternFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "PLSE pattern"
    schema["oneOf"] = [
        {"required": ["solution", "tests"]},
        {"required": ["alternatives", "claims", "tests"]},
        {"required": ["files"]},
    ]
    return schema
