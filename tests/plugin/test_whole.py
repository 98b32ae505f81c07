"""A whole run with every stage: rendered, validated, sandboxed, written."""

import json

STAGES = [
    "syntax",
    "style",
    "artefacts",
    "execution",
    "contrast",
    "claims",
]


def test_a_real_run_proves_what_it_writes(project):
    project.write("conftest.py", 'pytest_plugins = ["plse"]\n')
    path = project.folder / "patterns/two/gamma.yaml"
    path.write_text(
        path.read_text().replace(
            "        return {{ noun }} * {{ factor }}\n",
            "        return {{ noun }} * {{ factor - (factor > 30) }}\n",
        )
    )
    run = project.run(
        "patterns", "--plse-samples=36", "-n2", "-k", "test_generate"
    )
    assert run.status == 1, run.output
    rows, rejected = project.rows(), project.rows("rejected.jsonl")
    assert len(rows) + len(rejected) == 36
    assert {row["stage"] for row in rejected} == {"execution"}
    assert {row["pattern"] for row in rejected} == {"plse.two.gamma"}
    flawed = [json.loads(row["cell"]) for row in rejected]
    assert all(
        cell["factor"] > 30 and cell["shape"] == "expression"
        for cell in flawed
    )
    for row in rows:
        proof = json.loads(row["proof"])
        assert set(proof["stages"]) <= set(STAGES)
        assert proof["tests"] == 2
        cell = json.loads(row["cell"])
        if row["pattern"] == "plse.two.gamma":
            assert cell["factor"] <= 30 or cell["shape"] == "statement"
    assert "test_scales failed on the solution: AssertionError" in run
    first = project.digest()
    again = project.run(
        "patterns", "--plse-samples=36", "-n0", "-k", "test_generate"
    )
    assert again.status == 1, again.output
    assert project.digest() == first


def test_the_pattern_itself_has_to_prove_what_it_says(project):
    project.write("conftest.py", 'pytest_plugins = ["plse"]\n')
    run = project.run("patterns/one/alpha.yaml::test_pattern")
    assert run.status == 1, run.output
    # Its space is far too small for a lesson.
    assert "space: " in run
    assert "patterns/one/alpha.yaml" in run
    assert project.bytes() is None
