"""What fails says where, what, why, and how to see it again."""

import json
import shlex

BROKEN = {
    "not UTF-8": b"title: caf\xe9\n",
    "empty": b"",
    "a list": b"- title\n",
    "unclosed": b"title: [unclosed\n",
    "unknown key": b"title: A\nconcpt: x.y\n",
}


def test_a_broken_file_is_one_failure_and_the_others_go_on(project):
    for number, text in enumerate(BROKEN.values()):
        path = project.folder / f"patterns/one/broken_{number}.yaml"
        path.write_bytes(text)
    project.write("patterns/two/wrong.yml", "title: A\n")
    project.write("patterns/_vocabularies/bad.yaml", "no: list\n")
    (project.folder / "patterns/linked").symlink_to("two")
    for words in ("-n2", "-n0"):
        run = project.run("patterns", "--plse-samples=9", words)
        assert run.status == 1, run.output
        assert project.patterns() == ["alpha", "beta", "gamma"]
        assert len(project.rows()) == 9
    for number in range(len(BROKEN)):
        nodeid = f"patterns/one/broken_{number}.yaml::test_pattern"
        assert run.output.count(f"FAILED {nodeid}") == 1, run.output
        assert run.output.count(f"broken_{number}.yaml::") == 1
    assert "FAILED patterns/two/wrong.yml::test_pattern" in run
    assert "rename it wrong.yaml" in run
    assert "FAILED patterns/_vocabularies/bad.yaml::test_pattern" in run
    assert "FAILED patterns/linked/gamma.yaml::test_pattern" in run
    assert "the folder `linked` is a symbolic link" in run
    assert "Traceback" not in run
    assert "INTERNALERROR" not in run


def test_all_errors_of_a_file_are_told_at_their_lines(project):
    path = project.folder / "patterns/one/beta.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("difficulty: expert", "difficulty: hard").replace(
            "concept:", "concpt:"
        )
    )
    run = project.run("patterns", "--plse-samples=4")
    assert run.status == 1
    lines = path.read_text().splitlines()
    for key in ("difficulty", "concpt"):
        (number,) = [
            at for at, line in enumerate(lines, 1) if line.startswith(key)
        ]
        assert f"patterns/one/beta.yaml:{number}: " in run, run.output


def test_errors_between_patterns_fail_the_pattern_that_has_them(project):
    path = project.folder / "patterns/one/beta.yaml"
    path.write_text(path.read_text() + "needs: [plse.one.omega]\n")
    run = project.run("patterns", "--plse-samples=4")
    assert run.status == 1, run.output
    assert "there is no lesson `plse.one.omega`" in run
    assert project.patterns() == ["alpha", "gamma"]


def test_two_libraries_with_one_name_do_not_mix(project):
    project.write("other/patterns/library.yaml", "name: plse\n")
    project.write(
        "other/patterns/one/alpha.yaml",
        (project.folder / "patterns/one/alpha.yaml").read_text(),
    )
    run = project.run("patterns", "other/patterns", "--plse-samples=9")
    assert run.status == 1, run.output
    assert "the id plse.one.alpha is also that of" in run
    assert len(project.rows()) == 9


def test_a_rejected_sample_is_a_failing_test_that_teaches(project):
    project.behave(
        reject="return pattern == 'beta' and cell['shape'] == 'statement'"
    )
    words = ["patterns", "--plse-samples=9", "--plse-seed=3"]
    run = project.run(*words)
    assert run.status == 1, run.output
    rejected = project.rows("rejected.jsonl")
    assert rejected and len(project.rows()) == 9 - len(rejected)
    path = project.folder / "patterns/one/beta.yaml"
    for row in rejected:
        index = row["index"]
        assert f"see it:  plse show plse.one.beta --index {index}" in run
        cell = json.loads(row["cell"])
        noun, factor = cell["noun"], cell["factor"]
        assert f"> 2 |     {noun} *= {factor}" in run
        line = "{{ noun }} *= {{ factor }}"
        number = 1 + [
            text.strip() for text in path.read_text().splitlines()
        ].index(line)
        assert (
            f"patterns/one/beta.yaml:{number}: style: solution:2: E999" in run
        )
        assert f"noun={noun}, factor={factor}, shape=statement" in run
    assert f"{len(rejected)} style" in run
    # The command that it names repeats that very failure.
    commands = [
        line.removeprefix("repeat:  ")
        for line in run.output.splitlines()
        if line.startswith("repeat:  ")
    ]
    assert len(commands) == len(rejected)
    pytest, *repeat = shlex.split(commands[0])
    assert pytest == "pytest"
    again = project.run(*repeat)
    assert again.status == 1, again.output
    assert f"plse.one.beta#{rejected[0]['index']}" in again


def test_rejected_samples_leave_their_chunk_mates_alone(project):
    project.behave(reject="return pattern == 'beta' and cell['factor'] < 20")
    run = project.run("patterns", "--plse-samples=90", "--plse-chunk=30")
    assert run.status == 1, run.output
    rejected = project.rows("rejected.jsonl")
    assert 0 < len(rejected) < 30
    assert len(project.rows()) == 90 - len(rejected)
    assert f"{len(rejected)} of 30 samples were rejected" in run
    shown = run.output.count("see it:  plse show plse.one.beta")
    assert shown == min(5, len(rejected))
