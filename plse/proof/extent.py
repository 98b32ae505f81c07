"""The space of a lesson: how large and varied it is, and that all counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from plse.drawing.randomness import Numbers, keyed
from plse.patterns import plain
from plse.proof.branches import Unreached
from plse.proof.examination import Flaw, PointResult
from plse.proof.study import Rendered, Study
from plse.samples import Sample
from plse.skeleton import outline, skeleton
from plse.space import Block

__all__ = ["prove"]

CONTEXTS = 3
"""Cells in which a parameter's other options are tried."""

OTHERS = 4
"""Options that are tried in each."""

PATIENCE = 5
"""How many times as many cells to render before structures are called few."""


def prove(study: Study) -> PointResult:
    """Render cells, and see what of the pattern shows in what is rendered."""
    settings, space = study.settings, study.generator.space
    flaws = [*_too_small(study), *_unreached_options(study)]
    flaws += _dead_parameters(study)
    shapes, outlines, instructions, rendered = _variety(study)
    if len(outlines) < settings.structures:
        flaws.append(
            Flaw(
                f"{rendered} rendered cells have {len(outlines)} structures "
                f"(near-identical ones counted once); at least "
                f"{settings.structures} are needed",
                _parameters_line(study),
                detail="add a parameter that changes the shape of the code",
            )
        )
    if len(instructions) < settings.instructions:
        flaws.append(
            Flaw(
                f"{rendered} rendered cells have {len(instructions)} distinct "
                f"instructions; at least {settings.instructions} are needed",
                study.pattern.asks[0].text.line,
            )
        )
    unreached = _unreached_branches(study)
    flaws += [
        Flaw(f"{each.key}: {each.what}", each.line) for each in unreached
    ]
    return PointResult(
        name="space",
        status="failed" if flaws else "passed",
        score=f"{space.size:,} cells, {len(outlines)}"
        + ("+" if rendered < space.size else "")
        + " structures",
        flaws=tuple(flaws),
        facts={
            "cells": space.size,
            "samples": study.generator.size,
            "rendered": rendered,
            "skeletons": len(shapes),
            "structures": len(outlines),
            "instructions": len(instructions),
            "branches": study.branches.total,
            "unreached": [
                {"key": each.key, "line": each.line, "what": each.what}
                for each in unreached
            ],
        },
    )


def _parameters_line(study: Study) -> int:
    parameters = study.pattern.parameters
    return parameters[0].line if parameters else 0


def _too_small(study: Study) -> Iterator[Flaw]:
    size, needed = study.generator.space.size, study.settings.min_cells
    if size < needed:
        yield Flaw(
            f"the space has {size:,} cells; at least {needed:,} are needed",
            _parameters_line(study),
        )


def _line_of_axis(study: Study, name: str) -> int:
    for parameter in study.pattern.parameters:
        if parameter.name == name:
            return parameter.line
    return study.pattern.alternatives[0].line


def _unreached_options(study: Study) -> Iterator[Flaw]:
    """Options that the constraints leave no cell for."""
    space = study.generator.space
    for block in space.blocks:
        missing = _missing(block)
        for place, member in enumerate(block.members):
            axis = space.axes[member]
            for number in sorted(missing[place])[:5]:
                yield Flaw(
                    f"no cell has {axis.name}={plain(axis.options[number])}: "
                    "the constraints forbid it everywhere",
                    _line_of_axis(study, axis.name),
                )


def _missing(block: Block) -> list[set[int]]:
    """Per axis of a block, the options that no row has."""
    if block.size == _product(block.radices):
        return [set() for _ in block.members]
    missing = [set(range(radix)) for radix in block.radices]
    for row in range(block.size):
        for place, option in enumerate(block.options(row)):
            missing[place].discard(option)
        if not any(missing):
            break
    return missing


def _product(radices: Sequence[int]) -> int:
    total = 1
    for radix in radices:
        total *= radix
    return total


def _dead_parameters(study: Study) -> Iterator[Flaw]:
    """Parameters whose options make no difference to any text."""
    space = study.generator.space
    numbers = Numbers(keyed(study.key, "dead"))
    contexts = [
        space.rows(cell)
        for cell in (0, *study.random_cells("dead", CONTEXTS - 1))
    ]
    for at, block in enumerate(space.blocks):
        for place, member in enumerate(block.members):
            if block.radices[place] < 2:
                continue
            if not any(
                _matters(study, rows, at, place, numbers) for rows in contexts
            ):
                name = space.axes[member].name
                yield Flaw(
                    f"the parameter {name} is dead: none of its options "
                    "changes what is rendered",
                    _line_of_axis(study, name),
                )


def _matters(
    study: Study, rows: Sequence[int], at: int, place: int, numbers: Numbers
) -> bool:
    """Whether another option of one axis changes a cell's texts."""
    block = study.generator.space.blocks[at]
    options = list(block.options(rows[at]))
    for _ in range(OTHERS):
        other = numbers.below(block.radices[place])
        if other == options[place]:
            continue
        row = block.row([*options[:place], other, *options[place + 1 :]])
        if row is None:
            row = _near(block, options, place, other, numbers)
        if row is not None and _differ(
            study, rows, [*rows[:at], row, *rows[at + 1 :]]
        ):
            return True
    return False


def _near(
    block: Block,
    options: Sequence[int],
    place: int,
    other: int,
    numbers: Numbers,
) -> int | None:
    """A row with another option on one axis, where no other axis can stay.

    Then the axes that must change with it share the credit for what changes;
    whoever reads the pattern cannot tell them apart either.
    """
    for _ in range(OTHERS * 8):
        row = numbers.below(block.size)
        if block.options(row)[place] == other:
            return row
    return None


def _differ(study: Study, one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two cells render to different texts in any phrasing."""
    space, asks = study.generator.space, len(study.pattern.asks)
    cells = space.join(one), space.join(other)
    for number in range(asks):
        texts = [_texts(study.render(cell * asks + number)) for cell in cells]
        # A cell that does not render says nothing of its parameters.
        if texts[0] != texts[1] or not all(texts):
            return True
    claims = [
        study.generator.claims(space.options(rows)) for rows in (one, other)
    ]
    return claims[0] != claims[1]


def _texts(rendered: Rendered) -> tuple[object, ...]:
    sample = rendered.sample
    if sample is None:
        return ()
    return (
        sample.files,
        sample.mistake,
        tuple(sample.others.values()),
        sample.why,
        sample.runs,
        sample.instruction,
    )


def _variety(
    study: Study,
) -> tuple[set[str], set[str], set[str], int]:
    """Skeletons, outlines and instructions of rendered cells, and how many
    cells were rendered."""
    shapes: set[str] = set()
    outlines: set[str] = set()
    instructions: set[str] = set()
    settings, count = study.settings, 0
    for sample in _rendered(study):
        count += 1
        instructions.add(re.sub(r"\s+", " ", sample.instruction))
        try:
            shape = skeleton(sample.code)
            if shape not in shapes:
                shapes.add(shape)
                outlines.add(outline(sample.code))
        except (SyntaxError, ValueError, RecursionError):
            continue
        enough = len(outlines) >= settings.structures
        if count >= settings.rendered * (1 if enough else PATIENCE):
            break
    return shapes, outlines, instructions, count


def _unreached_branches(study: Study) -> list[Unreached]:
    """Ways that nothing rendered so far has taken, nor does a search.

    A phrasing is rendered in few of the cells at hand, so the search goes
    through the phrasings in question.
    """
    unreached = study.branches.unreached()
    asks = study.pattern.asks
    cells = study.random_cells("branches", study.settings.branch_search)
    for position, cell in enumerate(cells):
        if not unreached:
            break
        keys = {each.key for each in unreached}
        wanted = [
            number for number, ask in enumerate(asks) if ask.text.key in keys
        ] or range(len(asks))
        study.render(cell * len(asks) + wanted[position % len(wanted)])
        if position % 16 == 15:
            unreached = study.branches.unreached()
    return study.branches.unreached()


def _rendered(study: Study) -> Iterator[Sample]:
    """The samples at hand, then others, at random, without repetition."""
    seen = set()
    for rendered in study.rendered:
        seen.add(rendered.index // len(study.pattern.asks))
        if rendered.sample:
            yield rendered.sample
    size, asks = study.generator.space.size, len(study.pattern.asks)
    most = min(size * 2, study.settings.rendered * PATIENCE)
    for position, cell in enumerate(study.random_cells("variety", most)):
        if len(seen) == size:
            return
        if cell not in seen:
            seen.add(cell)
            found = study.render(cell * asks + position % asks)
            if found.sample:
                yield found.sample
