"""NumPy in the sandbox: it computes, in batches, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plse.sandbox import Program, Sandbox

from .test_batches import counted

pytest.importorskip("numpy")

Make = Callable[..., Program]
COMPUTES = """\
import numpy as np


def f(x):
    square = np.ones((200, 200))
    assert (square @ square == 200).all()
    assert np.linalg.svd(np.eye(3))[1].tolist() == [1, 1, 1]
    return int(np.random.default_rng(x).integers(x, x + 1)) + 1
"""
# What a program may set for all who use NumPy, and a program that sees it.
LEAKS = {
    "a seed": (
        "import numpy as np\nnp.random.seed(7)\nwas = np.random.random()\n",
        "import numpy as np\nnext_one = np.random.RandomState(7)\n"
        "next_one.random()\n\n\ndef f(x):\n"
        "    return x + (np.random.random() == next_one.random()) + 1\n",
    ),
    "how errors are handled": (
        "import numpy as np\nnp.seterr(divide='raise')\n",
        "import numpy as np\n\n\ndef f(x):\n"
        "    return x + 1 + (np.geterr()['divide'] == 'raise')\n",
    ),
    "how arrays are printed": (
        "import numpy as np\nnp.set_printoptions(precision=1)\n",
        "import numpy as np\n\n\ndef f(x):\n"
        "    return x + 1 + (str(np.array([0.25])) != '[0.25]')\n",
    ),
}


@pytest.mark.parametrize("tier", ["sandbox", "weaker"])
def test_it_computes_and_a_batch_of_it_is_believed(
    tier: str, program: Make, request: pytest.FixtureRequest
) -> None:
    sandbox: Sandbox = request.getfixturevalue(tier)
    with counted(sandbox) as sizes:
        outcomes = sandbox.run([program(COMPUTES)] * 5)
    assert [outcome.status for outcome in outcomes] == ["passed"] * 5, outcomes
    assert sizes == [5]


@pytest.mark.parametrize("extra", ["", "import pytest\n"])
def test_each_child_draws_other_numbers(
    extra: str, sandbox: Sandbox, program: Make
) -> None:
    solution = (
        "import numpy as np\n\n\ndef f(x):\n"
        "    raise ValueError(np.random.random())\n"
    )
    tests = f"{extra}from solution import f\n\n\ndef test_f():\n    f(1)\n"
    drawn = {
        sandbox.run([program(solution, tests)])[0].tests[0].message
        for _ in range(4)
    }
    assert len(drawn) == 4


@pytest.mark.parametrize("leak", list(LEAKS))
def test_a_batch_of_it_changes_no_verdict(
    leak: str, sandbox: Sandbox, program: Make
) -> None:
    first, second = LEAKS[leak]
    leaking = program(f"{first}\n\ndef f(x):\n    return x + 1\n")
    with counted(sandbox) as sizes:
        outcomes = sandbox.run([leaking, program(second), program(COMPUTES)])
    assert [outcome.status for outcome in outcomes] == ["passed"] * 3, outcomes
    assert sizes == [3]
