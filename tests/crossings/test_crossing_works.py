"""Works in time: alternatives are never closed together, and what does not fit is said."""

from __future__ import annotations

import polars as pl
import pytest

from keruen import crossings
from keruen.errors import InputError


def along_a_border(border, places: dict[str, float]):
    """Road crossings between the same two countries, at these longitudes on the equator."""
    base = border()
    node = pl.concat(
        [
            base["node"]
            .filter(node_id="west")
            .with_columns(node_id=pl.lit(n), x_coord=pl.lit(x), y_coord=pl.lit(0.0))
            for n, x in places.items()
        ]
    )
    crossing = pl.concat(
        [
            base["crossing"].filter(crossing_id="pass").with_columns(crossing_id=pl.lit(n), node_id=pl.lit(n))
            for n in places
        ]
    )
    post = pl.concat(
        [base["post"].filter(crossing_id="pass").with_columns(crossing_id=pl.lit(n)) for n in places]
    )
    return base.with_tables(
        node=pl.concat([base["node"], node]),
        crossing=crossing,
        post=post,
        delay_cause=base["delay_cause"].clear(),
    )


def spans(frame: pl.DataFrame) -> dict[str, tuple[int, int]]:
    return {name: (a, b) for name, a, b in frame.select("crossing_id", "start_year", "end_year").iter_rows()}


def test_an_alternative_stays_open(border):
    dataset = along_a_border(border, {"a": 0.0, "b": 1.0, "c": 5.0})
    plan = crossings.works_calendar(dataset, ["a", "b", "c"], first_year=2026, last_year=2029, at_once=3)
    # a and b stand in for each other; c lies too far away for either.
    assert spans(plan) == {"a": (2026, 2027), "b": (2028, 2029), "c": (2026, 2027)}
    assert plan["alternative"].to_list() == ["b", "a", None]
    farther = crossings.works_calendar(
        dataset, ["b", "a", "c"], first_year=2026, last_year=2029, at_once=3, within=500.0
    )
    assert spans(farther) == {"b": (2026, 2027), "a": (2028, 2029), "c": (2028, 2029)}
    assert plan["alternative_distance"][0] == pytest.approx(111.2, rel=1e-3)
    assert plan["reason"].to_list() == ["as early as works allow", "after a", "as early as works allow"]


def test_what_does_not_fit_is_said(border):
    dataset = along_a_border(border, {"a": 0.0, "b": 1.0, "c": 5.0, "d": 5.5})
    plan = crossings.works_calendar(dataset, ["a", "b", "c", "d"], first_year=2026, last_year=2027, at_once=2)
    assert spans(plan) == {"a": (2026, 2027), "b": (None, None), "c": (2026, 2027), "d": (None, None)}
    assert plan["reason"].to_list()[1] == "not together with a"
    alone = crossings.works_calendar(dataset, ["a", "c"], first_year=2026, last_year=2027, at_once=1)
    assert alone["reason"].to_list()[1] == "no more than 1 at once"


@pytest.mark.parametrize(
    ("order", "options"),
    [
        (["a", "a"], {}),
        (["nowhere"], {}),
        (["a"], {"at_once": 0}),
        (["a"], {"last_year": 2026}),
        (["a"], {"duration": 0}),
    ],
)
def test_impossible_works_are_refused(border, order, options):
    dataset = along_a_border(border, {"a": 0.0})
    with pytest.raises(InputError):
        crossings.works_calendar(
            dataset, order, **{"first_year": 2026, "last_year": 2028, "at_once": 1, **options}
        )
