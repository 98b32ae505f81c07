"""Each layer is probed by doing, and does what no other layer does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plse.sandbox import Limits, Program, Sandbox, SandboxSettings
from plse.sandbox.settings import LAYERS, tier_of

Make = Callable[..., Program]
SMALL = Limits(memory_mb=256, cpu_seconds=1.0, wall_seconds=2.0)
# What a test can do only once a layer is gone, though all others stay.
ESCAPES = {
    "namespaces": "import os\nassert os.path.exists('/etc/hostname')",
    "landlock": "open('/bin/sh', 'rb').read(4)",
    "seccomp": "import os\nif os.fork() == 0:\n    os._exit(0)",
    "rlimits": "bytearray(300 << 20)",
}


@pytest.mark.parametrize("layer", list(ESCAPES))
def test_without_a_layer_a_named_attack_escapes(
    layer: str, sandbox: Sandbox, program: Make
) -> None:
    if sandbox.tier != "A":
        pytest.skip("needs every layer to take one away")
    body = "\n".join(f"    {line}" for line in ESCAPES[layer].splitlines())
    attack = program("", f"def test_it():\n{body}\n", limits=SMALL)
    assert sandbox.run([attack])[0].status == "failed"
    settings = SandboxSettings(without=frozenset({layer}), allow_unsafe=True)
    with Sandbox(settings) as weaker:
        assert weaker.run([attack])[0].passed
        assert weaker.missing[layer] == "treated as missing"


PLATFORMS = {
    "everything": (frozenset(), "A"),
    "Docker's default, Ubuntu 24.04": (frozenset({"namespaces"}), "B"),
    "gVisor: no Landlock": (frozenset({"landlock"}), "C"),
    "macOS: hardly anything": (
        frozenset({"namespaces", "landlock", "seccomp", "memfd", "pidfd"}),
        "C",
    ),
    "Linux 5.2: no descriptors of processes": (frozenset({"pidfd"}), "A"),
    "nothing at all": (frozenset(LAYERS), "C"),
}


@pytest.mark.parametrize("platform", list(PLATFORMS))
def test_a_platform_that_lacks_something_works_and_says_so(
    platform: str, sandbox: Sandbox, program: Make
) -> None:
    without, tier = PLATFORMS[platform]
    if sandbox.tier != "A":
        pytest.skip("simulates weaker platforms on a strong one")
    settings = SandboxSettings(without=without, allow_unsafe=True)
    with Sandbox(settings) as weaker:
        assert (weaker.tier, set(weaker.missing)) == (tier, set(without))
        loop = "def f(x):\n    while True:\n        pass\n"
        outcomes = weaker.run(
            [program(), program("f = 1\n"), program(loop, limits=SMALL)]
        )
        assert [outcome.status for outcome in outcomes] == [
            "passed",
            "failed",
            "timeout",
        ]
        assert weaker.run([program()])[0].passed


def test_a_tier_is_the_sum_of_its_layers() -> None:
    every = frozenset(LAYERS)
    assert tier_of(every) == "A"
    assert tier_of(every - {"memfd", "pidfd"}) == "A"
    for layer in ("landlock", "seccomp", "rlimits"):
        assert tier_of(every - {layer}) == "C"
    assert tier_of(every - {"namespaces"}) == "B"
    assert tier_of(frozenset()) == "C"
