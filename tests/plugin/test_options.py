"""Options, ini settings, and what is said of bad ones."""

import json

BAD = {
    "--plse-samples=0": "--plse-samples: '0' is not a whole number of at",
    "--plse-samples=many": "--plse-samples: 'many' is not a whole number",
    "--plse-seed=x": "--plse-seed: 'x' is not a whole number",
    "--plse-chunk=0": "--plse-chunk: '0' is not a whole number of at least 1",
    "--plse-format=csv": "'csv' is not one of record, messages",
    "--plse-task=write,sing": "'sing' is not one of write, fix, explain",
    "--plse-output=": "--plse-output: '' is not a file",
    "--plse-output=patterns": "patterns is a folder; name a file",
    "--plse-output=pytest.ini": "is not a dataset; name another file",
    "--plse-output=pytest.ini/x.jsonl": "cannot be made",
}


def test_bad_options_are_status_4_with_cause_and_remedy(project):
    runs = project.run_each(*(f"patterns {words}" for words in BAD))
    for run, (words, said) in zip(runs, BAD.items(), strict=True):
        assert run.status == 4, (words, run.output)
        assert said in run, run.output
        assert "Traceback" not in run
    assert project.bytes() is None


def test_bad_ini_settings_are_named_with_their_file(project):
    project.write("pytest.ini", "[pytest]\nplse_samples = few\n")
    run = project.run("tests")
    assert run.status == 4, run.output
    assert "pytest.ini: plse_samples" in run


def test_an_option_goes_before_the_ini_file(project):
    project.write(
        "pytest.ini",
        "[pytest]\n"
        "testpaths = tests patterns\n"
        "plse_samples = 6\n"
        "plse_output = data/lessons.jsonl\n"
        "plse_task = explain, write\n"
        "plse_format = alpaca\n",
    )
    runs = project.run_each(
        "", "-k beta --plse-samples=4 --plse-format=messages"
        " --plse-output=o.jsonl"
    )
    assert [run.status for run in runs] == [0, 0], runs
    rows = project.rows("data/lessons.jsonl")
    assert len(rows) == 6
    assert set(rows[0]) == {"instruction", "input", "output"}
    assert (project.folder / "data/lessons.manifest.json").exists()
    rows = project.rows("o.jsonl")
    assert len(rows) == 4
    assert set(rows[0]) == {"messages"}


def test_the_options_stand_together_in_the_help(project):
    (run,) = project.run_each("--help")
    assert run.status == 0
    start = run.output.index("PLSE: training data from patterns")
    section = run.output[start:].split("\n\n")[0]
    for name in ("samples", "seed", "output", "format", "task"):
        assert f"--plse-{name}" in section
    assert "--plse-unsafe-execution" in section
    assert "plse_samples (int):" in run


MISTAKE = """\
mistake:
  code: |
    def scale({{ noun }}):
        {{ noun }} * {{ factor }}
  flags: [B018]
  fails: [test_scales, test_keeps_zero]
tests: |
"""


def test_formats_come_from_the_same_record(project):
    path = project.folder / "patterns/two/gamma.yaml"
    project.write(
        "patterns/anti_patterns/delta.yaml",
        path.read_text()
        .replace("  explain:\n    - What", "  fix:\n    - Mend it. What")
        .replace("tests: |\n", MISTAKE),
    )
    runs = project.run_each(
        *(
            f"patterns --plse-format={name} --plse-output={name}.jsonl"
            for name in ("record", "prompt_completion", "preference")
        )
    )
    assert [run.status for run in runs] == [0, 0, 0], runs
    records = project.rows("record.jsonl")
    assert len(records) == 100
    pairs = project.rows("prompt_completion.jsonl")
    assert [row["completion"] for row in pairs] == [
        row["messages"][1]["content"] for row in records
    ]
    # Only a lesson with a mistake has pairs, so it has all the samples.
    preferences = project.rows("preference.jsonl")
    assert len(preferences) == 100
    assert all(row["chosen"] != row["rejected"] for row in preferences)
    manifest = json.loads(project.bytes("preference.manifest.json"))
    assert [each["id"] for each in manifest["patterns"]] == [
        "plse.anti_patterns.delta"
    ]
