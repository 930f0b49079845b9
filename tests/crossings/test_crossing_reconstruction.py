"""The order in which crossings are rebuilt: what it rests on, and where it must not claim one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from keruen import crossings
from keruen.crossings.analytic import queue_wait
from keruen.crossings.posts import read_borders
from keruen.crossings.reconstruction import PREFIX, Range, Works, read_works
from keruen.errors import InputError
from keruen.tables.registry import TABLES

TRUCKS = 20.0 * 365.0


def fixed(value: float) -> Range:
    return Range(value, value, value)


CERTAIN = Works(
    lanes_factor=fixed(2.0), cost_per_lane=fixed(1e6), duration=fixed(0.0), open_share=fixed(0.5),
    longest_wait=fixed(48.0), demand_error=fixed(1.0), throughput_error=fixed(1.0), demand_growth=fixed(0.0),
    discount_rate=fixed(0.0), life=fixed(20.0),
)  # fmt: skip
UNCERTAIN = Works(
    lanes_factor=Range(2.0, 1.5, 3.0), cost_per_lane=Range(1e6, 5e5, 3e6), duration=Range(2.0, 1.0, 3.0),
    open_share=Range(0.5, 0.3, 0.8), longest_wait=Range(48.0, 24.0, 96.0), demand_error=Range(1.0, 0.7, 1.4),
    throughput_error=Range(1.0, 0.8, 1.3), demand_growth=Range(0.03, 0.0, 0.06), discount_rate=Range(0.06, 0.04, 0.1),
    life=Range(25.0, 15.0, 40.0),
)  # fmt: skip


def many(border, grades: dict[str, str], **posts):
    """Copies of the toy's road crossing by name."""
    base = border(**posts)

    def copied(table, column="crossing_id"):
        rows = base[table].filter(pl.col("crossing_id") == "pass")
        return pl.concat([rows.with_columns(crossing_id=pl.lit(name)) for name in grades])

    crossing = copied("crossing").with_columns(
        grade=pl.Series([grades[name] for name in grades]), name=pl.Series(list(grades))
    )
    return base.with_tables(crossing=crossing, post=copied("post"), delay_cause=base["delay_cause"].clear())


def both_ways(trucks: float) -> tuple[float, float]:
    return trucks * TRUCKS, trucks * TRUCKS


def test_one_crossing_by_hand(border):
    dataset = many(border, {"a": "B"}, CHN={"lanes": 2.0})
    found = crossings.reconstruction_ranking(dataset, volumes={"a": both_ways(72.0)}, works=CERTAIN, draws=10)
    row = found.ranking.row(0, named=True)
    (before,), _ = read_borders(dataset, ["a"])
    wait = queue_wait(before.sides, 72.0).mean
    rebuilt = many(border, {"a": "B"}, KAZ={"lanes": 4.0}, CHN={"lanes": 4.0})
    wait_after = queue_wait(read_borders(rebuilt, ["a"])[0][0].sides, 72.0).mean
    assert row["cost"] == pytest.approx(8e6)  # two sides of four lanes
    assert row["wait_before"] == pytest.approx(wait)
    assert row["wait_after"] == pytest.approx(wait_after)
    saved = 2 * 72 * 365 * (wait - wait_after)
    assert row["hours_per_dollar"] == pytest.approx(20 * saved / 8e6)
    assert row["money_per_dollar"] == pytest.approx(20 * saved * 20.0 * 0.5 / 8e6)
    assert row["money_per_dollar_low"] == pytest.approx(row["money_per_dollar_high"])


def test_the_weaker_side_alone(border):
    # Where the other side is far wider, one side does nearly all of the good for less than half of the money.
    wide = many(border, {"a": "B"}, CHN={"lanes": 30.0})
    row = crossings.reconstruction_ranking(
        wide, volumes={"a": both_ways(72.0)}, works=CERTAIN, draws=10
    ).ranking.row(0, named=True)
    assert row["money_one_side"] > 5 * row["money_per_dollar"]
    # Where both are as narrow and overfull, one side alone saves nothing at all.
    narrow = many(border, {"a": "B"}, CHN={"lanes": 2.0})
    row = crossings.reconstruction_ranking(
        narrow, volumes={"a": both_ways(150.0)}, works=CERTAIN, draws=10
    ).ranking.row(0, named=True)
    assert row["money_one_side"] == pytest.approx(0.0)
    assert row["money_per_dollar"] > 0.0


def test_works_lose_before_they_win(border):
    dataset = many(border, {"a": "B"})
    volumes = {"a": both_ways(80.0)}
    slow = Works(**{**{f: getattr(CERTAIN, f) for f in Works.__slots__}, "duration": fixed(3.0)})
    quick, late = (
        crossings.reconstruction_ranking(dataset, volumes=volumes, works=w, draws=10).ranking.row(
            0, named=True
        )
        for w in (CERTAIN, slow)
    )
    assert late["money_per_dollar"] < quick["money_per_dollar"]
    assert late["wait_during_works"] == 48.0


def test_far_apart_is_robust_and_alike_is_not(border):
    dataset = many(border, {"busy": "B", "twin": "B", "idle": "C", "rough": "D"})
    volumes = {
        "busy": both_ways(95.0),
        "twin": both_ways(95.0),
        "idle": both_ways(5.0),
        "rough": both_ways(95.0),
    }
    found = crossings.reconstruction_ranking(dataset, volumes=volumes, works=UNCERTAIN, draws=1000)
    pairs = {frozenset((a, b)): robust for a, b, _, robust in found.pairs.iter_rows()}
    assert pairs[frozenset(("busy", "idle"))]
    assert pairs[frozenset(("twin", "idle"))]
    assert not pairs[frozenset(("busy", "twin"))]
    assert found.robust_share == pytest.approx(2 / 3)
    ranking = found.ranking
    assert ranking["crossing_id"].to_list()[2:] == ["idle", "rough"]
    assert ranking["tier"].to_list() == [1, 1, 2, None]
    assert ranking["rank"].to_list() == [1, 2, 3, None]
    assert (ranking["money_per_dollar_low"] <= ranking["money_per_dollar_high"]).all()


def test_the_same_seed_and_other_candidates_leave_a_crossing_alone(border):
    dataset = many(border, {"a": "B", "b": "B"})
    volumes = {"a": both_ways(80.0), "b": both_ways(60.0)}
    both = crossings.reconstruction_ranking(dataset, volumes=volumes, works=UNCERTAIN, draws=50)
    again = crossings.reconstruction_ranking(dataset, volumes=volumes, works=UNCERTAIN, draws=50)
    alone = crossings.reconstruction_ranking(dataset, ["b"], volumes=volumes, works=UNCERTAIN, draws=50)
    assert both.ranking.equals(again.ranking)
    of_b = both.ranking.filter(pl.col("crossing_id") == "b").row(0, named=True)
    assert of_b["money_per_dollar"] == alone.ranking["money_per_dollar"][0]


def assumption(name: str, value: float, low: float, high: float) -> dict[str, object]:
    return {"assumption_id": PREFIX + name, "value": value, "low": low, "high": high, "unit": "1", "reason": "A test.",
            "source_id": None}  # fmt: skip


def test_works_are_read_from_assumptions(border):
    schema = TABLES["assumption"].schema.create_empty().schema
    rows = [assumption(f, r.value, r.low, r.high) for f in Works.__slots__ for r in [getattr(UNCERTAIN, f)]]
    assert read_works(border().with_tables(assumption=pl.DataFrame(rows, schema=schema))) == UNCERTAIN
    with pytest.raises(InputError) as error:
        read_works(border().with_tables(assumption=pl.DataFrame(rows[2:], schema=schema)))
    assert [f.row for f in error.value.findings] == [PREFIX + "cost_per_lane", PREFIX + "lanes_factor"]
    rows[0] = assumption("lanes_factor", 0.5, 0.4, 0.6)
    with pytest.raises(InputError, match="lie between 1 and 20"):
        read_works(border().with_tables(assumption=pl.DataFrame(rows, schema=schema)))


def test_volumes_come_from_the_flows(border):
    schema = TABLES["flow"].schema.create_empty().schema
    base = {"link_id": "pass", "commodity_id": "goods", "traffic_type": "export"}
    rows = [
        {**base, "from_node_id": "west", "to_node_id": "east", "year": 2023, "tonnes": 1.0},
        {**base, "from_node_id": "west", "to_node_id": "east", "year": 2024, "tonnes": 300.0},
        {**base, "from_node_id": "east", "to_node_id": "west", "year": 2024, "tonnes": 200.0},
    ]
    dataset = border().with_tables(flow=pl.DataFrame(rows, schema=schema))
    assert crossings.volumes_from_flows(dataset) == {"pass": (300.0, 200.0)}
    assert crossings.volumes_from_flows(dataset, 2023) == {"pass": (1.0, 0.0)}
    row = crossings.reconstruction_ranking(dataset, works=CERTAIN, draws=5).ranking.row(0, named=True)
    assert row["vehicles_per_day"] == pytest.approx(300.0 / TRUCKS)


@pytest.mark.parametrize(
    "options",
    [{"volumes": {}}, {"candidates": ["pass"], "volumes": {}}, {"volumes": {"pass": (1e5, 0.0)}, "draws": 0}],
)
def test_questions_without_ground_are_refused(border, options):
    with pytest.raises(InputError):
        crossings.reconstruction_ranking(border(), works=CERTAIN, **options)


def test_intervals_are_not_points(border):
    dataset = many(border, {"a": "B"})
    row = crossings.reconstruction_ranking(
        dataset, volumes={"a": both_ways(80.0)}, works=UNCERTAIN, draws=500
    ).ranking.row(0, named=True)
    assert row["money_per_dollar_low"] < row["money_per_dollar"] < row["money_per_dollar_high"]
    assert 0.0 <= row["pays"] <= 1.0
    assert np.isfinite(row["hours_per_dollar"])


def test_crossings_that_save_nothing_have_no_order(border):
    dataset = many(border, {"a": "B", "b": "B"})
    volumes = {"a": both_ways(2.0), "b": both_ways(6.0)}
    found = crossings.reconstruction_ranking(dataset, volumes=volumes, works=UNCERTAIN, draws=200)
    assert found.pairs["probability"].to_list() == [0.5]
    assert found.ranking["tier"].to_list() == [1, 1]


def test_a_border_count_is_shared_by_throughput(border):
    dataset = many(border, {"a": "B", "b": "B"})
    wide = dataset["post"].with_columns(lanes=pl.when(crossing_id="b").then(6.0).otherwise(2.0))
    dataset = dataset.with_tables(post=wide)
    volumes = crossings.volumes_by_throughput(dataset, ["a", "b"], 2 * 365 * 100.0)
    assert volumes == {
        "a": pytest.approx((25 * TRUCKS, 25 * TRUCKS)),
        "b": pytest.approx((75 * TRUCKS, 75 * TRUCKS)),
    }
    with pytest.raises(InputError):
        crossings.volumes_by_throughput(dataset, ["a"], 0.0)
