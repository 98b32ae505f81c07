"""A dataset is replaced whole, and never destroyed."""

import json
import os
import subprocess
import sys

import pytest

from plse.dataset.outputs import Lock, OutputError, Outputs


@pytest.fixture
def outputs(tmp_path):
    return Outputs(tmp_path / "training_dataset.jsonl")


def new(outputs, run, text):
    """New files of a run, as a session leaves them in the spool."""
    outputs.spool.mkdir(exist_ok=True)
    files = Outputs(outputs.spool / "new.jsonl")
    files.dataset.write_text(text)
    files.rejected.write_text(f"rejected of {run}")
    size = len(text.encode())
    files.manifest.write_text(
        json.dumps({"run": run, "dataset": {"bytes": size}})
    )
    return files


def publish(outputs, run, text):
    return outputs.publish(run, new(outputs, run, text))


def datasets(outputs):
    return {
        path.name: path.read_text()
        for path in outputs.dataset.parent.glob("*.jsonl")
        if "rejected" not in path.name
    }


def test_names_follow_the_dataset(tmp_path):
    usual = Outputs(tmp_path / "training_dataset.jsonl")
    assert usual.rejected.name == "rejected.jsonl"
    assert usual.manifest.name == "manifest.json"
    other = Outputs(tmp_path / "small.jsonl")
    assert other.rejected.name == "small.rejected.jsonl"
    assert other.manifest.name == "small.manifest.json"


def test_the_same_run_takes_its_own_place(outputs):
    assert publish(outputs, "aaaa", '{"x": 1}\n') is None
    assert publish(outputs, "aaaa", '{"x": 1}\n{"x": 2}\n') is None
    assert datasets(outputs) == {
        "training_dataset.jsonl": '{"x": 1}\n{"x": 2}\n'
    }


def test_another_run_moves_the_old_files_aside(outputs, tmp_path):
    publish(outputs, "aaaaaaaaaa", '{"x": 1}\n')
    aside = publish(outputs, "bbbbbbbbbb", '{"x": 2}\n')
    assert aside.name == "training_dataset.aaaaaaaa.jsonl"
    assert datasets(outputs) == {
        "training_dataset.jsonl": '{"x": 2}\n',
        "training_dataset.aaaaaaaa.jsonl": '{"x": 1}\n',
    }
    assert (
        tmp_path / "rejected.aaaaaaaa.jsonl"
    ).read_text() == "rejected of aaaaaaaaaa"
    manifest = json.loads((tmp_path / "manifest.aaaaaaaa.json").read_text())
    assert manifest["run"] == "aaaaaaaaaa"


def test_a_run_that_comes_back_is_not_kept_twice(outputs):
    for run in ("aaaa", "bbbb", "aaaa", "bbbb", "aaaa"):
        publish(outputs, run, f'{{"run": "{run}"}}\n')
    assert sorted(datasets(outputs)) == [
        "training_dataset.aaaa.jsonl",
        "training_dataset.bbbb.jsonl",
        "training_dataset.jsonl",
    ]


def test_a_name_that_is_taken_is_left_alone(outputs, tmp_path):
    taken = tmp_path / "training_dataset.aaaa.jsonl"
    taken.write_text("mine")
    publish(outputs, "aaaa", '{"x": 1}\n')
    aside = publish(outputs, "bbbb", '{"x": 2}\n')
    assert aside.name == "training_dataset.aaaa.2.jsonl"
    assert taken.read_text() == "mine"


def test_a_dataset_without_a_manifest_is_moved_aside(outputs):
    outputs.dataset.write_text('{"made": "by hand"}\n')
    aside = publish(outputs, "aaaa", '{"x": 1}\n')
    assert aside.read_text() == '{"made": "by hand"}\n'


def test_a_manifest_that_is_not_the_datasets_is_not_believed(outputs):
    publish(outputs, "aaaa", '{"x": 1}\n')
    outputs.dataset.write_text('{"edited": "by hand"}\n')
    aside = publish(outputs, "aaaa", '{"x": 1}\n')
    assert aside.read_text() == '{"edited": "by hand"}\n'


def test_links_are_not_needed(outputs, monkeypatch):
    def refuse(*_):
        raise PermissionError("no links on this disk")

    monkeypatch.setattr(os, "link", refuse)
    publish(outputs, "aaaa", '{"x": 1}\n')
    aside = publish(outputs, "bbbb", '{"x": 2}\n')
    assert aside.read_text() == '{"x": 1}\n'


@pytest.mark.parametrize("step", range(3))
def test_a_session_killed_while_it_publishes_leaves_a_dataset(
    outputs, monkeypatch, step
):
    publish(outputs, "aaaa", '{"x": 1}\n')
    real, calls = os.replace, []

    def replace(source, target):
        if len(calls) == step:
            raise KeyboardInterrupt
        calls.append(target)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        publish(outputs, "bbbb", '{"x": 22}\n')
    monkeypatch.undo()
    assert outputs.dataset.read_text() in ('{"x": 1}\n', '{"x": 22}\n')
    publish(outputs, "bbbb", '{"x": 22}\n')
    assert '{"x": 1}\n' in datasets(outputs).values()
    assert outputs.dataset.read_text() == '{"x": 22}\n'


def test_outputs_that_cannot_be_are_refused_with_a_remedy(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "README.md").write_text("# Not a dataset")
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    for name, cause in {
        "folder": "is a folder; name a file",
        "README.md": "is not a dataset; name another",
        "file/data.jsonl": "cannot be made",
        "pipe": "not a regular file; name another",
    }.items():
        with pytest.raises(OutputError, match=cause) as caught:
            Outputs(tmp_path / name).check()
        assert str(tmp_path / name.partition("/")[0]) in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written to"):
        Outputs(tmp_path / "data.jsonl").check()


def test_an_output_in_a_new_folder_is_welcome(tmp_path):
    Outputs(tmp_path / "a" / "b" / "data.jsonl").check()
    assert (tmp_path / "a" / "b").is_dir()


def test_a_second_session_is_refused_and_told_who_is_first(tmp_path):
    first, second = Lock(tmp_path / "spool"), Lock(tmp_path / "spool")
    first.take()
    with pytest.raises(OutputError, match=rf"process {os.getpid()}\b"):
        second.take()
    first.release()
    assert not (tmp_path / "spool").exists()
    second.take()
    second.release()


def test_a_lock_dies_with_its_session(tmp_path):
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys; from pathlib import Path\n"
            "from plse.dataset.outputs import Lock\n"
            "Lock(Path(sys.argv[1])).take(); os.kill(os.getpid(), 9)",
            str(tmp_path / "spool"),
        ],
    )
    assert (tmp_path / "spool" / "lock").exists()
    lock = Lock(tmp_path / "spool")
    lock.take()
    lock.release()


def test_a_spool_with_chunks_stays_when_the_lock_goes(tmp_path):
    lock = Lock(tmp_path / "spool")
    lock.take()
    (tmp_path / "spool" / "x.chunk").write_text("")
    lock.release()
    assert (tmp_path / "spool" / "x.chunk").exists()
