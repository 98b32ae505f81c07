"""Runs the attack corpus against one tier and prints what happened, as JSON.

``python -m tests.sandbox.attacking TIER [NAME ...]``. For each attack: the
verdict, what it printed, and what was found wrong afterwards: the zygote
gone, a clean program failing, a canary touched, a process left over.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from plse.patterns import File
from plse.sandbox import Limits, Program, Sandbox, SandboxSettings

__all__ = ["ATTACKS", "Attack", "Report", "attack_all", "read_attack"]

FOLDER = Path(__file__).parents[1] / "attacks"
LIMITS = Limits(cpu_seconds=0.7, wall_seconds=1.0)
TESTS = """\
from solution import f


def test_one():
    assert f(1) == 2


def test_two():
    assert f(2) == 3
"""
CLEAN = Program(
    (
        File("solution.py", "def f(x):\n    return x + 1\n"),
        File("test_solution.py", TESTS),
    )
)


@dataclass(frozen=True)
class Attack:
    """:param verdict: "passed", "not passed", "any", or what is forgeable."""

    name: str
    what: str
    verdict: str
    side: str
    source: str


@dataclass(frozen=True)
class Report:
    status: str
    detail: str
    output: str
    wrong: list[str]


def read_attack(path: Path) -> Attack:
    """Read an attack and the three lines on which it says what it is."""
    source = path.read_text(encoding="utf-8")
    facts = [
        line.partition(": ")[2] for line in source.splitlines()[:3]
    ]
    return Attack(path.stem, *facts, source=source)


ATTACKS = {
    path.stem: read_attack(path) for path in sorted(FOLDER.glob("*.py"))
}


@contextmanager
def canaries() -> Iterator[tuple[str, int]]:
    """A folder with a secret and a socket, and a port of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        Path(folder, "secret.txt").write_text("the canary sings")
        servers = []
        for family, address in (
            (socket.AF_UNIX, f"{folder}/sock"),
            (socket.AF_INET, ("127.0.0.1", 0)),
        ):
            server = socket.socket(family)
            server.bind(address)
            server.listen()
            servers.append(server)
        try:
            yield folder, servers[1].getsockname()[1]
        finally:
            for server in servers:
                server.close()


def attack_all(
    settings: SandboxSettings, names: Sequence[str]
) -> dict[str, Report]:
    """Run the named attacks, one after another, in one sandbox."""
    reports = {}
    with canaries() as (folder, port), Sandbox(settings) as sandbox:
        for name in names:
            reports[name] = _run(sandbox, ATTACKS[name], folder, port)
    return reports


def _run(sandbox: Sandbox, attack: Attack, folder: str, port: int) -> Report:
    source = attack.source.replace("CANARY_DIR", folder)
    source = source.replace("PORT", str(port))
    files = (
        (File("solution.py", source), File("test_solution.py", TESTS))
        if attack.side == "solution"
        else (File("test_solution.py", source),)
    )
    bomb = attack.name.startswith("bomb")
    names = ("test_ok",) if bomb else ()
    program = Program(files, tests=names, limits=LIMITS)
    sandbox.run([CLEAN])
    before = sandbox.processes
    before_files = sorted(os.listdir(folder))
    outcome = sandbox.run([program])[0]
    wrong = []
    if not set(before) <= set(sandbox.processes) and not bomb:
        wrong.append("the zygote died")
    clean = sandbox.run([CLEAN])[0]
    if not clean.passed:
        wrong.append(f"a clean program: {clean.status} {clean.detail}")
    if sorted(os.listdir(folder)) != before_files:
        wrong.append("the canary's folder has changed")
    if Path(folder, "secret.txt").read_text() != "the canary sings":
        wrong.append("the canary has changed")
    left = [_descendants(pid) for pid in sandbox.processes]
    if any(len(found) > 1 for found in left):
        wrong.append(f"processes were left: {left}")
    return Report(outcome.status, outcome.detail, outcome.output[:500], wrong)


def _descendants(pid: int) -> list[int]:
    """The processes below one, itself left out."""
    found = []
    pending = [pid]
    while pending:
        current = pending.pop()
        try:
            text = Path(f"/proc/{current}/task/{current}/children").read_text()
        except OSError:
            continue
        children = [int(word) for word in text.split()]
        found += children
        pending += children
    return found


if __name__ == "__main__":
    chosen = sys.argv[2:] or list(ATTACKS)
    results = attack_all(SandboxSettings(tier=sys.argv[1]), chosen)
    print(json.dumps({name: asdict(it) for name, it in results.items()}))
