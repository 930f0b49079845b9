"""A run: the same bytes at any number of threads, nothing written on bad input, the old run whole when killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from keruen.chain import Outcome, run, summary
from keruen.errors import InputError, Severity
from keruen.tables import RESULTS, TABLES, load, unbound
from keruen.tables.folder import builtin
from keruen.tables.store import read_run

CODE = "import sys; from keruen.chain import run; run(sys.argv[1], sys.argv[2])"


def in_process(dataset: str, out: Path, threads: int) -> None:
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads)}
    subprocess.run([sys.executable, "-c", CODE, dataset, str(out)], check=True, env=environment, timeout=300)


def hashes(out: Path) -> dict[str, str]:
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return {name: entry["sha256"] for name, entry in manifest["tables"].items()} | {
        "report": manifest["report"]["sha256"]
    }


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["starter", "kazakhstan"])
def test_same_inputs_same_bytes_at_any_number_of_threads(dataset: str, tmp_path: Path) -> None:
    in_process(dataset, tmp_path / "one", 1)
    in_process(dataset, tmp_path / "two", 2)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


@pytest.mark.slow
def test_killed_run_leaves_the_previous_one_whole(tmp_path: Path) -> None:
    out = tmp_path / "run"
    in_process("starter", out, 2)
    before = hashes(out)
    for delay in (0.4, 1.2, 2.0, 2.6, 3.2):
        child = subprocess.Popen([sys.executable, "-c", CODE, "starter", str(out)])
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert read_run(out).dataset["plan"].height > 0
        assert hashes(out) == before


def test_bad_input_writes_nothing(tmp_path: Path) -> None:
    starter = builtin("starter")
    assert starter is not None
    broken = tmp_path / "broken"
    shutil.copytree(starter, broken)
    (broken / "mode.csv").write_text("mode_id,name\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        run(broken, tmp_path / "out")
    assert len(refused.value.findings) > 3
    assert not (tmp_path / "out").exists()


def test_every_result_is_valid_and_has_its_writer(starter_run: Outcome) -> None:
    written = [name for name in RESULTS if name in set(starter_run.dataset)]
    assert {"figure", "flow", "outlook", "plan", "forecast", "promise_status"} <= set(written)
    for name in written:
        frame = starter_run.dataset[name]
        assert frame.height, f"{name} is empty"
        TABLES[name].schema.validate(frame)


def test_flows_conserve_goods(starter_run: Outcome) -> None:
    dataset = starter_run.dataset
    arriving = dataset["flow"].filter(pl.col("to_node_id") == "city")["tonnes"].sum()
    wanted = dataset["demand"].filter(pl.col("destination") == "city")["tonnes"].sum()
    assert arriving == pytest.approx(wanted, rel=1e-9)


def test_summary_is_a_screen_that_names_what_matters(starter_run: Outcome) -> None:
    told = summary(starter_run.dataset)
    for head in ("Announced", "Disagrees", "Goods go", "Worst crossing", "Targets", "Build first"):
        assert head in told
    assert len(told.splitlines()) < 60
    assert max(map(len, told.splitlines())) <= 100


def test_reference_model_has_no_error_no_unbound_number_and_no_loose_review(kazakhstan_run: Outcome) -> None:
    assert not [f for f in kazakhstan_run.findings if f.severity is Severity.ERROR]
    assert unbound(kazakhstan_run.dataset) == []


def test_a_scenario_changes_the_flows() -> None:
    from keruen.chain import Settings

    closed = run(load("starter"), settings=Settings(scenario="gate_closed")).dataset
    assert closed["flow"].filter(pl.col("link_id") == "gate_border").height == 0
