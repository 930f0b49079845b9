"""What a harmonised standard is worth: a case worked by hand, and names that cannot be valued."""

from __future__ import annotations

import json

import polars as pl
import pytest
from toy_freight import dataset, frame, goods, link, mode, node, wants

from keruen.chain.standards import TOGETHER, harmonisation_lines, harmonise
from keruen.errors import InputError
from keruen.tables import Dataset


def toy(*, standard: str | None = "papers") -> Dataset:
    """A line of 100 km at 50 km/h in Kazakhstan, then one in Uzbekistan; 1 Mt a year at 0.5 USD an hour and tonne."""
    lines = [link("here", "a", "b"), link("there", "b", "c") | {"country": "UZB"}]
    scenarios = [
        {"scenario_id": name, "name": name, "description": "Twice as fast.", "standard": standard}
        for name in ("s1", "s2")
    ]
    changes = [
        {
            "change_id": name, "scenario_id": name, "table": "link", "key": json.dumps({"link_id": row}), "column": "free_speed",
            "operation": "multiply", "value": "2", "relative": False, "year_from": first,
        }
        for name, row, first in (("s1", "here", None), ("s2", "there", 2024))
    ]  # fmt: skip
    return dataset(
        node=[node("a"), node("b", "UZB"), node("c", "UZB")], link=lines, mode=[mode("rail")], commodity=[goods("grain", 0.5)],
        demand=[wants("a", "c", 1e6)], scenario=scenarios, change=changes,
        appraisal_parameter=[
            {"parameter_id": name, "value": value, "unit": "USD/t"}
            for name, value in (("carbon_price_low", 50.0), ("carbon_price_high", 80.0))
        ],
        place=[{"place_id": p, "name": p, "kind": "country"} for p in ("KAZ", "UZB")],
    )  # fmt: skip


def test_an_hour_saved_by_a_million_tonnes() -> None:
    """Each line takes 2 h; twice the speed saves 1 h: 1 Mt-h, worth 0.5 m USD, in the country of the line."""
    found = harmonise(toy()).dataset
    table = {(r["scenario_id"], r["country"]): r for r in found["harmonisation"].iter_rows(named=True)}
    assert table["s1", "KAZ"]["hours"] == pytest.approx(1e6)
    assert table["s1", "KAZ"]["value"] == pytest.approx(0.5e6)
    assert table["s1", "KAZ"]["co2"] == pytest.approx(0.0)
    assert table["s1", "UZB"]["hours"] == pytest.approx(0.0)
    assert table["s2", "UZB"]["value"] == pytest.approx(0.5e6)
    whole = found["harmonisation"].filter(pl.col("scenario_id") == TOGETHER)
    assert whole["value"].sum() == pytest.approx(1e6)
    told = list(harmonisation_lines(found, home="UZB"))
    assert "of it UZB" in told[0]
    assert told[1].startswith("All of them at once")


def test_what_cannot_be_valued_is_told_at_once() -> None:
    later = toy()
    changes = later["change"].with_columns(year_from=pl.when(pl.col("change_id") == "s2").then(2030))
    with pytest.raises(InputError) as caught:
        harmonise(
            later.with_tables(change=changes, appraisal_parameter=frame("appraisal_parameter", [])),
            ["s2", "nowhere"],
        )
    assert [(f.table, f.row) for f in caught.value.findings] == [
        ("appraisal_parameter", "carbon_price_high"),
        ("appraisal_parameter", "carbon_price_low"),
        ("change", "s2"),
        ("scenario", "nowhere"),
    ]
    with pytest.raises(InputError, match="no scenario names a standard"):
        harmonise(toy(standard=None))
