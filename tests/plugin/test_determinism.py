"""The same run writes the same bytes, however it is carried out."""

WAYS = (
    (["-p", "no:xdist", "--plse-chunk=100"], "0"),
    (["-n2", "--dist=worksteal", "--plse-chunk=7"], "1"),
    (["-n4", "--dist=loadfile", "--maxschedchunk=1"], "2"),
)


def test_workers_chunks_and_hash_seeds_do_not_show(project):
    project.behave(
        reject="return pattern == 'beta' and cell['factor'] % 7 == 2"
    )
    seen = {}
    for words, seed in WAYS:
        run = project.run(
            "patterns", "--plse-samples=120", *words, PYTHONHASHSEED=seed
        )
        rejected = len(project.rows("rejected.jsonl"))
        assert run.status == (1 if rejected else 0), run.output
        assert rejected > 0
        assert len(project.rows()) == 120 - rejected
        seen[tuple(words)] = project.digest()
    assert len(set(seen.values())) == 1, seen


def test_a_seed_gives_other_samples_and_a_size_more_of_them(project):
    runs = project.run_each(
        "patterns --plse-samples=9 --plse-output=short.jsonl",
        "patterns --plse-samples=30 --plse-output=long.jsonl",
        "patterns --plse-samples=9 --plse-seed=1 --plse-output=other.jsonl",
    )
    assert [run.status for run in runs] == [0, 0, 0], runs
    short = project.bytes("short.jsonl")
    assert project.bytes("long.jsonl").startswith(short)
    assert project.bytes("other.jsonl") != short
