"""Evidence drives the plan: what a number rests on moves it, and what it does not rest on leaves it alone."""

from __future__ import annotations

import json
import random
from typing import Any

import polars as pl
import pytest

from keruen.chain import Outcome, Settings, run, trace
from keruen.chain.tracing import Tracer
from keruen.tables import TABLES, Dataset, load

TIGHT = Settings(gap=1e-12)


def rewritten(dataset: Dataset, source: str, old: str, new: str) -> Dataset:
    """Return the dataset with other words in one document."""
    text = dataset.documents[source]
    assert text.count(old) >= 1, f"{old!r} is not in {source}"
    documents = {**dataset.documents, source: text.replace(old, new)}
    return Dataset({name: dataset[name] for name in dataset}, name=dataset.name, documents=documents)


def test_halving_an_accepted_statement_changes_the_plan() -> None:
    dataset = load("starter")
    for source in ("ministry", "railway", "courier"):
        dataset = rewritten(dataset, source, "4.2 million tonnes", "8.4 million tonnes")
    before, after = (run(data, settings=TIGHT).dataset for data in (load("starter"), dataset))
    plans = [
        d["plan"].filter("selected").select("project_id", "start_year").sort("project_id").rows()
        for d in (before, after)
    ]
    assert plans[0] != plans[1], "twice the goods must ask for other projects, or other years"
    assert before["plan_summary"]["objective"].item() != after["plan_summary"]["objective"].item()


RESULTS: dict[str, tuple[str, ...]] = {
    "flow": ("tonnes",),
    "link_performance": ("time", "utilisation"),
    "skim": ("cost", "time", "emission", "tonnes"),
    "path": ("cost", "share", "tonnes"),
    "crossing_performance": ("vehicles_per_day", "wait", "other_delay", "throughput"),
    "corridor_scorecard": ("cost", "time", "tonnes"),
    "plan_summary": ("without_projects",),
    "figure": ("estimate",),
}


def random_cells(dataset: Dataset, wanted: int, seed: int) -> list[tuple[str, str, str]]:
    """Draw result cells that hold a number."""
    draw = random.Random(seed)
    cells = []
    while len(cells) < wanted:
        table = draw.choice(sorted(RESULTS))
        column = draw.choice(RESULTS[table])
        frame = dataset[table].filter(pl.col(column).is_not_null() & (pl.col(column) != 0))
        if frame.height:
            row = frame.row(draw.randrange(frame.height), named=True)
            key = json.dumps({name: row[name] for name in TABLES[table].keys}, default=str)
            cells.append((table, key, column))
    return cells


def value(dataset: Dataset, cell: tuple[str, str, str]) -> Any:
    table, key, column = cell
    frame = dataset[table]
    for name, wanted in json.loads(key).items():
        frame = frame.filter(pl.col(name) == wanted)
    return frame[column].item() if frame.height == 1 else None


def nudged(dataset: Dataset, assumption: str) -> Dataset:
    """Return the dataset with one assumption moved by two per cent, or by 0.01 where it is nil."""
    moved = pl.when(pl.col("value") == 0).then(0.01).otherwise(pl.col("value") * 1.02)
    column = pl.when(pl.col("assumption_id") == assumption).then(moved).otherwise("value").alias("value")
    return dataset.with_tables(assumption=dataset["assumption"].with_columns(column))


@pytest.mark.slow
def test_traced_inputs_move_a_cell_and_others_do_not() -> None:
    """For 20 random result cells: one traced assumption and one untraced, each nudged."""
    dataset = load("starter")
    base = run(dataset, settings=TIGHT).dataset
    tracer = Tracer(base)
    draw = random.Random(7)
    everything = sorted(dataset["assumption"]["assumption_id"])
    moved: dict[str, Dataset] = {}
    wrong: list[tuple[object, ...]] = []
    checked = 0
    for cell in random_cells(base, 20, seed=3):
        found = trace(base, *cell)
        traced = sorted(found.assumptions)
        others = sorted(set(everything) - set(traced))
        for chosen, must_move in ((traced, True), (others, False)):
            if not chosen:
                continue
            name = draw.choice(chosen)
            if name not in moved:
                moved[name] = run(nudged(dataset, name), settings=TIGHT).dataset
            before, after = value(base, cell), value(moved[name], cell)
            change = abs(after - before) / abs(before)
            if (change > 1e-9) != must_move:
                wrong.append((*cell, name, "must move" if must_move else "must stay", before, after))
            checked += 1
    assert wrong == []
    assert checked >= 25
    assert tracer.dataset is base


def test_a_plan_number_leads_to_its_passage(starter_run: Outcome) -> None:
    found = trace(starter_run.dataset, "plan", "second_track", "cost")
    told = str(found)
    assert found.value == 240e6
    assert "$240 million" in told
    assert "Railway of Ala" in told
    assert found.statements


def test_an_input_cell_leads_to_its_assumption(starter_run: Outcome) -> None:
    found = trace(starter_run.dataset, "link", "quarry_town", "length")
    assert set(found.assumptions) == {"coordinate_error", "rail_detour"}
    assert "great_circle()" in str(found)
    assert len(found.given) == 4


def test_cells_that_are_not_there_are_told(starter_run: Outcome) -> None:
    from keruen.errors import KeruenError

    for table, key, column, words in (
        ("link", "atlantis", "length", "no row"),
        ("link", "quarry_town", "colour", "no column"),
        ("post", "saryzhol", "lanes", "no key"),
        ("atlantis", "x", "y", "no such table"),
    ):
        with pytest.raises(KeruenError, match=words):
            trace(starter_run.dataset, table, key, column)
