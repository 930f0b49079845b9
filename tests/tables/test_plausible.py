"""What no table forbids and no corridor has: a line a thousand times as long as the way between its ends."""

from __future__ import annotations

import polars as pl

from keruen.tables import check, load
from keruen.tables.binding import resolve


def test_a_mistyped_length_is_told_beside_the_straight_line() -> None:
    dataset = resolve(load("starter")).dataset
    link = dataset["link"]
    name = link["link_id"][0]
    sound = link.with_columns(length=pl.lit(40.0))
    assert not [f for f in check(dataset.with_tables(link=sound)) if f.column == "length"]
    long = link.with_columns(length=pl.when(pl.col("link_id") == name).then(182_000.0).otherwise(40.0))
    (told,) = (f for f in check(dataset.with_tables(link=long)) if f.column == "length")
    assert told.row == name
    assert told.severity == "warning"
    assert "times the" in told.problem
