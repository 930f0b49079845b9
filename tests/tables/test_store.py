"""Run folders: the same bytes for the same content, and the previous run whole whenever a writer is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keruen.errors import InputError
from keruen.tables import load
from keruen.tables.store import read_run, write_run


def test_round_trip_and_same_bytes(tmp_path: Path) -> None:
    dataset = load("starter")
    first = write_run(tmp_path / "a", dataset, {"seed": 1})
    second = write_run(tmp_path / "b", dataset, {"seed": 1})
    assert first == second
    back = read_run(tmp_path / "a")
    assert back.manifest["seed"] == 1
    assert back.dataset.documents == dict(dataset.documents)
    assert back.dataset["node"].equals(dataset["node"].sort("node_id"))


def test_order_of_rows_is_no_part_of_a_result(tmp_path: Path) -> None:
    dataset = load("starter")
    turned = dataset.with_tables(node=dataset["node"].reverse())
    assert write_run(tmp_path / "a", dataset, {})["tables"] == write_run(tmp_path / "b", turned, {})["tables"]


def test_new_run_replaces_the_old_and_leaves_no_litter(tmp_path: Path) -> None:
    dataset = load("starter")
    write_run(tmp_path, dataset, {})
    written = write_run(tmp_path, dataset.with_tables(node=dataset["node"].head(3)), {})
    files = {path.name for path in (tmp_path / "tables").iterdir()}
    assert files == {entry["file"] for entry in written["tables"].values()}
    assert read_run(tmp_path).dataset["node"].height == 3


def test_touched_or_missing_file_is_named(tmp_path: Path) -> None:
    written = write_run(tmp_path, load("starter"), {})
    files = tmp_path / "tables"
    (files / written["tables"]["node"]["file"]).write_bytes(b"forged")
    (files / written["tables"]["link"]["file"]).unlink()
    with pytest.raises(InputError) as refused:
        read_run(tmp_path)
    assert {f.row for f in refused.value.findings} == {"node", "link"}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tables": 3}', '{"tables": {"node": 1}}'])
def test_broken_manifest_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_run(tmp_path)


def test_a_run_is_not_written_over_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError, match="holds other files"):
        write_run(tmp_path, load("starter"), {})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


WRITER = """
import sys, itertools
from pathlib import Path
from keruen.tables import load
from keruen.tables.store import write_run
dataset = load("starter")
nodes = dataset["node"]
for n in itertools.count():
    write_run(Path(sys.argv[1]), dataset.with_tables(node=nodes.head(1 + n % 7)), {"n": n})
    if n == 0:
        print("ready", flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_folder_holds_a_whole_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    seen = set()
    for attempt in range(8):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.15 + 0.037 * attempt)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        run = read_run(folder)  # raises if any file is missing, torn or of another run
        n = run.manifest["n"]
        assert run.dataset["node"].height == 1 + n % 7
        seen.add(n)
    assert len(seen) > 1
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["format"] == 1
