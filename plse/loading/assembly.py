"""A checked pattern file → Pattern: texts with their lines, options, axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from plse.loading.library import Library
from plse.loading.schema_errors import dotted, nearest
from plse.loading.vocabulary import bundle
from plse.loading.yaml_source import Location, Source
from plse.patterns import (
    Alternative,
    Ask,
    Claim,
    Derived,
    FileTemplate,
    Kind,
    Mistake,
    Option,
    Parameter,
    Pattern,
    Requirements,
    Run,
    Template,
)
from plse.schema import (
    DerivedPart,
    PatternFile,
    RangePart,
    VocabularyPart,
)

__all__ = ["Identity", "assemble", "digest_of", "kind_of"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a pattern has from its place in the library."""

    path: Path
    library: str
    topic: str
    name: str


def kind_of(keys: object, topic: str) -> Kind:
    """The kind that follows from a file's keys, or else from its folder."""
    keys = keys if isinstance(keys, dict) else {}
    if "files" in keys:
        return "meta" if topic == "meta" else "orchestration"
    if "alternatives" in keys:
        return "tradeoff"
    if "mistake" in keys or topic == "anti_patterns":
        return "anti_pattern"
    if "solution" not in keys and topic in ("orchestration", "meta"):
        return "meta" if topic == "meta" else "orchestration"
    return "best_practice"


def assemble(
    part: PatternFile, source: Source, identity: Identity, library: Library
) -> Pattern:
    """The pattern; whatever is wrong with its options is recorded.

    The digest is that of the file alone: :func:`digest_of` adds the shared
    texts once it is known which of them are used.
    """
    return Pattern(
        id=f"{identity.library}.{identity.topic}.{identity.name}",
        path=identity.path,
        kind=kind_of(source.data, identity.topic),
        topic=identity.topic,
        name=identity.name,
        title=part.title.strip(),
        concept=part.concept,
        difficulty=part.difficulty,
        needs=tuple(part.needs),
        tags=tuple(part.tags),
        sources=tuple(part.sources),
        requires=_requirements(part),
        why=_template(source, part.why, "why"),
        parameters=_parameters(part, source, library),
        derived=tuple(
            Derived(
                name=name,
                value=_template(source, value.let, "parameters", name, "let"),
                line=source.line(("parameters", name)),
            )
            for name, value in part.parameters.items()
            if isinstance(value, DerivedPart)
        ),
        constraints=_templates(source, part.constraints, "constraints"),
        asks=tuple(
            Ask(task, template)
            for task, texts in part.ask.phrasings()
            for template in _templates(source, texts, "ask", task)
        ),
        mistake=_mistake(part, source),
        solution=(
            _template(source, part.solution.code, "solution", "code")
            if part.solution
            else None
        ),
        alternatives=_alternatives(part, source),
        claims=_claims(part, source),
        tests=_template(source, part.tests, "tests") if part.tests else None,
        files=_files(part, source),
        runs=_runs(part, source),
        fragments=library.fragments,
        digest=digest_of(source.text, {}),
        lines={
            dotted(location): place.key_line
            for location, place in source.places.items()
            if len(location) <= 2
        },
    )


def digest_of(text: str, shared: Mapping[str, str]) -> str:
    """Hex SHA-256 of a file's text and the shared texts that it uses.

    :param shared: texts by a name that is unique in the library.
    """
    summary = sha256(text.encode())
    for name in sorted(shared):
        content = shared[name].encode()
        summary.update(f"\0{name}\0{len(content)}\0".encode())
        summary.update(content)
    return summary.hexdigest()


def _template(source: Source, text: str, *location: str | int) -> Template:
    return Template(text, dotted(location), source.place(location).text_line)


def _templates(
    source: Source, texts: Sequence[str] | None, *location: str | int
) -> tuple[Template, ...]:
    return tuple(
        _template(source, text, *location, position)
        for position, text in enumerate(texts or ())
    )


def _requirements(part: PatternFile) -> Requirements:
    major, minor = part.requires.python.split(".")
    return Requirements(
        python=(int(major), int(minor)),
        modules=tuple(part.requires.modules),
        cpu_seconds=part.requires.cpu_seconds,
        memory_mb=part.requires.memory_mb,
    )


def _parameters(
    part: PatternFile, source: Source, library: Library
) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            name=name,
            options=_options(value, ("parameters", name), source, library),
            line=source.line(("parameters", name)),
        )
        for name, value in part.parameters.items()
        if not isinstance(value, DerivedPart)
    )


def _options(
    value: object, location: Location, source: Source, library: Library
) -> Sequence[Option]:
    if isinstance(value, RangePart):
        if value.start > value.to:
            source.add(
                location,
                f"`{dotted(location)}` counts from {value.start} to "
                f"{value.to}, which is no number at all",
                "write the lower number as `from`",
            )
        return range(value.start, value.to + 1, value.step)
    if isinstance(value, VocabularyPart):
        return _vocabulary(value, location, source, library)
    assert isinstance(value, list)  # the schema has no fifth way
    return tuple(
        (
            bundle(option, (*location, position), source)
            if isinstance(option, dict)
            else option
        )
        for position, option in enumerate(value)
    )


def _vocabulary(
    value: VocabularyPart,
    location: Location,
    source: Source,
    library: Library,
) -> Sequence[Option]:
    vocabulary = library.vocabularies.get(value.source)
    if vocabulary is None:
        broken = library.broken(value.source)
        source.add(
            (*location, "from"),
            (
                f"the vocabulary `{value.source}` has errors"
                if broken
                else f"there is no vocabulary `{value.source}`"
            ),
            (
                f"mend it first: {broken[0]}"
                if broken
                else nearest(value.source, library.vocabularies)
            ),
        )
        source.spoilt.add(location)
        return ()
    if value.only is None:
        return vocabulary.bundles
    by_name = {each.name: each for each in vocabulary.bundles}
    for position, name in enumerate(value.only):
        if name not in by_name:
            source.add(
                (*location, "only", position),
                f"the vocabulary `{value.source}` has no `{name}`",
                nearest(name, by_name),
            )
    return tuple(by_name[name] for name in value.only if name in by_name)


def _mistake(part: PatternFile, source: Source) -> Mistake | None:
    if part.mistake is None:
        return None
    return Mistake(
        code=_template(source, part.mistake.code, "mistake", "code"),
        flags=tuple(part.mistake.flags),
        fails=_templates(source, part.mistake.fails, "mistake", "fails"),
        line=source.line(("mistake",)),
    )


def _alternatives(
    part: PatternFile, source: Source
) -> tuple[Alternative, ...]:
    return tuple(
        Alternative(
            name=name,
            when=_templates(source, way.when, "alternatives", name, "when"),
            code=_template(source, way.code, "alternatives", name, "code"),
            line=source.line(("alternatives", name)),
        )
        for name, way in (part.alternatives or {}).items()
    )


def _claims(part: PatternFile, source: Source) -> tuple[Claim, ...]:
    return tuple(
        Claim(
            says=_template(source, claim.says, "claims", position, "says"),
            counter=claim.counter,
            program=_template(
                source, claim.program, "claims", position, "program"
            ),
            less=claim.less,
            more=claim.more,
            by=claim.by,
            line=source.line(("claims", position)),
        )
        for position, claim in enumerate(part.claims or ())
    )


def _files(part: PatternFile, source: Source) -> tuple[FileTemplate, ...]:
    return tuple(
        FileTemplate(
            path=_template(source, file.path, "files", position, "path"),
            content=_template(
                source, file.content, "files", position, "content"
            ),
        )
        for position, file in enumerate(part.files or ())
    )


def _runs(part: PatternFile, source: Source) -> tuple[Run, ...]:
    return tuple(
        Run(
            command=_template(source, run.run, "runs", position, "run"),
            exits=run.exits,
            prints=_templates(source, run.prints, "runs", position, "prints"),
            writes=_templates(source, run.writes, "runs", position, "writes"),
            line=source.line(("runs", position)),
        )
        for position, run in enumerate(part.runs or ())
    )
