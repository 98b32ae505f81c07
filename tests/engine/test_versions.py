"""The same rows on every version of Python, by a recorded hash."""

import hashlib

from plse.chunks import Explorer, Settings, run_chunk
from plse.sandbox import Sandbox
from plse.validation import Tools

# Of the rows below, from Python 3.10; the order of draws, the rendering, the
# proofs and the columns all go into it. A change of any of them changes it
# on purpose or by mistake; a version of Python must not.
RECORDED = "e43b64fafcbf7caccb802ddf0fb3c377319745fe76b8236829d5cbfc8684cedb"


def test_the_rows_are_the_recorded_ones(
    doubling, forgetting, choosing, scripting
):
    digest = hashlib.sha256()
    with Sandbox() as sandbox:
        for generator in (doubling, forgetting, choosing, scripting):
            explorer = Explorer(generator.pattern, Settings(seed=11))
            result = run_chunk(explorer, range(12), Tools(sandbox))
            assert not result.rejected
            for line in result.lines:
                digest.update(line.encode() + b"\n")
    assert digest.hexdigest() == RECORDED
