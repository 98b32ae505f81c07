"""How much an examination asks for, and how much it may cost."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ProofSettings"]


@dataclass(frozen=True)
class ProofSettings:
    """Thresholds and budgets; part of a proof's digest.

    :param seed: decides which cells are looked at beyond the covering ones.
    :param cells: the most cells of the covering set to validate; lessons
        need 40 to 110 for all pairs.
    :param kill_rate: the share of mutants that the tests must kill.
    :param mutation_cells: cells, of different structures, to mutate.
    :param mutants: the most mutants to run of each of those cells.
    :param assertions: the fewest assertions that a test module may have.
    :param tests: the fewest tests that it may have.
    :param hermetic_cells: cells to run again under other conditions.
    :param claim_cells: cells to measure the claims of a tradeoff in.
    :param artefact_cells: cells whose files are shown to other programs.
    :param rehearsed_cells: cells whose commands are run.
    :param rendered: cells to render when counting structures.
    :param branch_search: cells to render in search of a branch that was not
        reached before it is called unreachable.
    :param min_cells: the fewest cells of a space.
    :param structures: the fewest structures, near-identical ones counted
        once.
    :param instructions: the fewest distinct instructions among the rendered.
    :param search: cells that Hypothesis may try when it looks for the
        smallest one that fails.
    :param cpu_seconds: processor time after which no further point is
        begun; what is left is ``unproven``.
    """

    seed: int = 0
    cells: int = 120
    kill_rate: float = 0.93
    mutation_cells: int = 4
    mutants: int = 60
    assertions: int = 5
    tests: int = 2
    hermetic_cells: int = 3
    claim_cells: int = 4
    artefact_cells: int = 6
    rehearsed_cells: int = 1
    rendered: int = 120
    branch_search: int = 640
    min_cells: int = 5_000
    structures: int = 40
    instructions: int = 40
    search: int = 60
    cpu_seconds: float = 60.0
