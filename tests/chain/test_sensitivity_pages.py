"""Assumptions ranked by what they move, and the pages of corridors and crossings."""

from __future__ import annotations

import polars as pl
import pytest

from keruen.chain.sensitivity import sensitivity
from keruen.chain.validating import base_year
from keruen.errors import InputError
from keruen.reports.model_pages import chart, corridor_page, crossing_page
from keruen.tables import Dataset, load


def observed(dataset: Dataset) -> Dataset:
    """Return the starter with one observation of its base year: what passes its rail crossing."""
    crossing = dataset["crossing"].filter(kind="rail")["crossing_id"][0]
    row = {"observation_id": "x", "label": "x", "measure": "crossing", "measure_key": crossing, "value": 1e6,
           "role": "held_out", "year": dataset["demand"]["year"].min()}  # fmt: skip
    types = dataset["observation"].schema
    return dataset.with_tables(observation=pl.DataFrame([{n: row.get(n) for n in types}], schema=types))


def test_an_assumption_that_matters_ranks_above_one_that_does_not() -> None:
    dataset = observed(load("starter"))
    found = sensitivity(dataset, ("coordinate_error", "rail_detour"))
    assert found["swing"].is_sorted(descending=True)
    ranked = sensitivity(dataset)
    assert set(ranked["observation_id"]) == {"x"}
    assert ranked["swing"][0] > 0.0
    assert ranked.height < dataset["assumption"].height


def test_unknown_assumptions_and_models_without_observations_are_refused() -> None:
    with pytest.raises(InputError, match="does not exist"):
        sensitivity(observed(load("starter")), ("atlantis",))
    with pytest.raises(InputError, match="nothing to move"):
        sensitivity(load("starter"))


def test_pages_hold_every_corridor_and_crossing() -> None:
    gauge = base_year("starter")
    dataset = gauge.dataset
    corridors, crossings = corridor_page(dataset, gauge.itinerary), crossing_page(dataset)
    assert corridors.count("<svg") == dataset["corridor"].height
    for name in dataset["corridor"]["name"]:
        assert f"## {name}" in corridors
    for name in dataset["crossing"]["name"]:
        assert f"## {name}" in crossings
    assert "spare capacity" in corridors
    assert "a day in the busier direction" in crossings


def test_a_chart_ends_where_its_steps_add_up() -> None:
    steps = pl.DataFrame({"step": [0, 1], "length": [0.0, 100.0], "hours": [5.0, 2.0], "cost": [1.0, 3.0]})
    drawn = chart(steps, "<toy>")
    assert "7 h" in drawn
    assert "100 km" in drawn
    assert "&lt;toy&gt;" in drawn
