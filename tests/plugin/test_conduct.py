"""The plugin behaves like a part of pytest, and leaves others alone."""

import json
import re
import subprocess
import sys

import pytest

from tests.plugin.conftest import ROOT


def litter(project):
    return [
        path.name
        for path in project.folder.iterdir()
        if "dataset" in path.name or path.suffix in (".jsonl", ".json")
    ]


def test_plain_tests_write_nothing_and_say_nothing(project):
    for words in (["tests"], ["tests", "-n2"]):
        run = project.run(*words)
        assert run.status == 0, run.output
        assert "plse:" not in run and "plse sandbox" not in run
        assert litter(project) == []


def test_a_library_that_is_not_pointed_at_is_left_alone(project):
    # As in a repository that happens to have such files for something else.
    project.write("patterns/library.yaml", "- what is this?\n")
    project.write("patterns/one/alpha.yaml", "not: [a, pattern\n")
    runs = project.run_each("", ".", "tests", "patterns")
    assert [run.status for run in runs] == [0, 0, 0, 1], runs
    assert all("1 passed" in run for run in runs[:3])
    assert "patterns/library.yaml" in runs[3]
    assert litter(project) == []


def test_a_folder_called_patterns_is_a_library_when_it_is_named(project):
    (project.folder / "patterns/library.yaml").unlink()
    runs = project.run_each(
        "",
        "patterns/one --plse-samples=4",
        "patterns/one/beta.yaml::test_generate[3] --plse-output=b.jsonl",
    )
    assert [run.status for run in runs] == [0, 0, 0], runs
    assert "1 passed" in runs[0]
    assert project.patterns() == ["alpha", "beta"]
    assert len(project.rows("b.jsonl")) == 1


def test_collecting_only_keeps_the_dataset(project):
    project.write("training_dataset.jsonl", '{"old": 1}\n')
    for words in ("-n0", "-n2"):
        run = project.run("patterns", "--collect-only", words)
        assert run.status == 0, run.output
    assert project.bytes() == b'{"old": 1}\n'
    assert litter(project) == ["training_dataset.jsonl"]
    assert "<Function test_generate[0]>" in run


def test_a_run_looks_like_pytest(project):
    plain, quiet, verbose = project.run_each(
        "patterns --plse-samples=6 --junitxml=report.xml",
        "patterns --plse-samples=6 -q",
        "patterns --plse-samples=6 -v",
    )
    assert [plain.status, quiet.status, verbose.status] == [0, 0, 0]
    assert "plse: 2.0.0, Small (3 patterns), 6 samples, seed 0" in plain
    assert re.search("plse sandbox: tier [ABC]", plain.output)
    assert re.search(r"plse.one.beta +2 +2\n", plain.output)
    assert "6 records in training_dataset.jsonl" in plain
    assert "plse show plse.one.alpha --random" in plain
    assert "9 passed" in plain
    assert "plse show" not in quiet and "plse.one.beta" not in quiet
    assert "6 records in training_dataset.jsonl" in quiet
    assert "patterns/one/beta.yaml::test_generate[1] PASSED" in verbose
    assert "<- " not in verbose.output
    report = (project.folder / "report.xml").read_text()
    assert 'name="plse"' in report
    assert len(report) < 700 * 9
    assert not re.search(r"[^\x20-\x7e\n]", plain.output.replace("…", ""))


REGISTRATIONS = {
    "conftest": [],
    "conftest and -p": ["-p", "plse"],
    "autoload off": [],
    "autoload off, without workers": ["-p", "no:xdist"],
}


@pytest.mark.parametrize("way", REGISTRATIONS)
def test_the_plugin_is_loaded_once(project, way):
    env = {}
    if "autoload off" in way:
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        project.write("pytest.ini", "[pytest]\n")
    run = project.run(
        "patterns", "--plse-samples=3", *REGISTRATIONS[way], **env
    )
    assert run.status == 0, run.output
    assert run.output.count("3 records in training_dataset.jsonl") == 1


def test_without_a_conftest_and_without_the_plugin(project, tmp_path):
    (project.folder / "conftest.py").unlink()
    project.write("pytest.ini", "[pytest]\n")
    dist = tmp_path / "site" / "plse-2.0.0.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text("Name: plse\nVersion: 2.0.0\n")
    (dist / "entry_points.txt").write_text("[pytest11]\nplse = plse\n")
    installed = {"PYTHONPATH": f"{ROOT}:{tmp_path / 'site'}"}
    nothing = project.run("tests", "-p", "no:plse", **installed)
    assert nothing.status == 0, nothing.output
    unknown = project.run("--plse-seed=1", "-p", "no:plse", **installed)
    assert unknown.status == 4, unknown.output
    by_entry_point = ["patterns", "-k", "test_generate", "--plse-samples=1"]
    for more in ([], ["-p", "plse"]):
        run = project.run(*by_entry_point, *more, **installed)
        assert run.status == 0, run.output
        assert len(project.rows()) == 1
    # Both, as when the package is installed from the checkout that one is in.
    project.write("conftest.py", 'pytest_plugins = ["plse"]\n')
    run = project.run(*by_entry_point, **installed)
    assert run.status == 0, run.output
    blocked = project.run("tests", "-p", "no:plse", **installed)
    assert blocked.status == 0, blocked.output


def test_importing_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, json, plse.pytest_plugin\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"pydantic", "jinja2", "yaml", "flake8", "hypothesis", "xdist"}
    assert not heavy & set(json.loads(printed.stdout))
