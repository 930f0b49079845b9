"""The pictures of crossings: their tables are made by one room and drawn by another."""

from __future__ import annotations

import re

import polars as pl
import pytest

from keruen import crossings
from keruen.reports import queues
from keruen.reports.names import Names

TRUCKS = 20.0 * 365.0


@pytest.fixture
def drawn(border):
    volumes = {"pass": (84.0 * TRUCKS, 60.0 * TRUCKS)}
    dataset = border()
    dataset = dataset.with_tables(crossing_performance=crossings.performance(dataset, volumes, year=2024))
    return dataset.with_tables(**crossings.portraits(dataset, volumes, year=2024))


def test_each_table_is_of_the_year_and_both_directions(drawn):
    hourly, waits, curve = (drawn[name] for name in ("crossing_hour", "crossing_wait", "crossing_curve"))
    assert hourly.group_by("direction").len()["len"].to_list() == [24, 24]
    assert hourly["year"].unique().to_list() == [2024]
    for _, spread in waits.group_by("direction"):
        assert spread.sort("percent")["wait"].is_sorted()
    # The fitted function lies where the formula does: within 5 % up to 95 % of the throughput.
    near = curve.filter(pl.col("percent") <= 95)
    assert ((near["fitted"] / near["formula"] - 1.0).abs() < 0.05).all()
    assert drawn["rebuild_ranking"].is_empty()


def test_the_pictures_show_them(drawn):
    page = str(queues.pictures(drawn, Names(drawn)))
    assert page.count("<svg") == 3
    assert "KAZ to CHN and CHN to KAZ" in page
    assert page.count('class="past"') == 3
    assert page.count('class="ahead"') == 2
    assert re.search(r"one in ten longer than [\d.]+", page)
    assert (
        queues.pictures(drawn.with_tables(crossing_hour=drawn["crossing_hour"].clear()), Names(drawn)) is None
    )


def test_the_ranking_shows_its_intervals(drawn):
    schema = drawn["rebuild_ranking"].schema
    row = dict.fromkeys(schema, 1.0) | {"crossing_id": "pass", "rank": 1, "tier": 1, "money_per_dollar_low": -0.5,
                                        "money_per_dollar_high": 3.0, "robust_share": 0.25, "cost": 2e6}  # fmt: skip
    # A second road carries goods and has no rank.
    known = drawn["crossing_performance"]
    drawn = drawn.with_tables(
        rebuild_ranking=pl.DataFrame([row], schema=schema),
        crossing=drawn["crossing"].with_columns(kind=pl.when(crossing_id="rails").then(pl.lit("road")).otherwise("kind")),
        crossing_performance=pl.concat([known, known.with_columns(crossing_id=pl.lit("rails"))]),
    )  # fmt: skip
    page = str(queues.ranking(drawn, Names(drawn)))
    assert "Pass" in page
    assert "-0.5 to 3" in page.replace("−", "-")
    assert "25" in page
    assert "1 more carry goods" in page
