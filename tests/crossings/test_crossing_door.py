"""The simulation door: what-if options, comparison, lanes for a limit, staffing, and kind refusals."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from keruen import crossings
from keruen.crossings.distributions import exponential
from keruen.crossings.hours import Closure, Shift, calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.simulation import FIRST_DAY, simulate_layout
from keruen.errors import InputError

TRUCKS = 20.0 * 365.0


def assigned(border, trucks: float = 84.0, **posts):
    dataset = border(**posts)
    table = crossings.performance(dataset, {"pass": (trucks * TRUCKS, trucks * TRUCKS)}, year=2024)
    return dataset.with_tables(crossing_performance=table)


def test_simulation_agrees_with_the_formula(border):
    dataset = assigned(border)
    result = crossings.simulate(dataset, days=400, seed=1)
    row = result.summary.row(0, named=True)
    exact = dataset["crossing_performance"].row(0, named=True)
    assert (row["crossing_id"], row["variant"]) == ("pass", "before")
    assert row["wait_low"] <= exact["wait"] <= row["wait_high"]
    assert row["wait_p90"] == pytest.approx(exact["wait_p90"], rel=0.05)
    assert row["cost_of_waiting"] == pytest.approx(exact["cost_of_waiting"] / 2, rel=0.1)
    assert row["time_in_system"] == pytest.approx(row["wait"] + 1.0, rel=0.02)
    assert row["little"] < 1e-9
    assert row["binds"] == "lanes of KAZ"
    assert result.comparison.height == 0
    # Crossings without known arrivals are named, not guessed.
    assert {f.row for f in result.findings} == {"quay", "rails"}
    assert result.by_hour.height == 48
    # Both directions are simulated, the busier one first.
    assert result.summary["direction"].to_list() == ["KAZ to CHN", "CHN to KAZ"]
    for _, waits in result.distribution.group_by("direction"):
        assert np.all(np.diff(waits["wait"]) >= 0)


def test_night_waits_of_formula_and_simulation(border):
    dataset = assigned(border, 24.0, KAZ={"hours_per_day": 12.0}, CHN={"hours_per_day": 12.0})
    row = crossings.simulate(dataset, ["pass"], days=400).summary.row(0, named=True)
    exact = dataset["crossing_performance"].row(0, named=True)
    assert exact["wait"] == pytest.approx(row["wait"], rel=0.1)
    assert exact["wait_p90"] == pytest.approx(row["wait_p90"], rel=0.1)
    assert row["binds"] == "opening hours of KAZ"


def test_before_and_after_meet_the_same_vehicles(border):
    result = crossings.simulate(assigned(border), ["pass"], lanes={"pass/KAZ": 3}, days=100)
    wait = result.comparison.filter(pl.col("measure") == "wait").row(0, named=True)
    assert wait["change_high"] < 0
    # Paired, the difference is known far better than the level.
    before = result.summary.row(0, named=True)
    assert wait["change_high"] - wait["change_low"] < before["wait_high"] - before["wait_low"]
    assert result.summary["variant"].to_list() == ["before", "after"] * 2


def test_options_that_change_nothing_compare_nothing(border):
    result = crossings.simulate(assigned(border), ["pass"], lanes={"pass/KAZ": 2}, days=30)
    assert result.comparison.height == 0


def test_unstable_crossings_simulate_a_finite_day(border):
    row = crossings.simulate(border(), ["pass"], arrivals=120.0, days=1).summary.row(0, named=True)
    assert not row["stable"]
    assert row["queue_growth"] == pytest.approx(24.0)
    assert np.isfinite(row["wait"])
    assert row["binds"] == "throughput of KAZ"


def test_the_same_seed_gives_the_same_tables(border):
    one, two, other = (crossings.simulate(assigned(border), ["pass"], days=30, seed=s) for s in (4, 4, 5))
    for name in ("summary", "by_hour", "distribution"):
        assert getattr(one, name).equals(getattr(two, name))
        assert not getattr(one, name).equals(getattr(other, name))


def test_half_a_lane_keeps_its_throughput(border):
    dataset = assigned(border, 20.0, KAZ={"lanes": 1.5})
    result = crossings.simulate(dataset, ["pass"], days=60)
    assert result.summary["utilisation"][0] == pytest.approx(20.0 / 72.0)
    assert [f.column for f in result.findings] == ["lanes"]


def test_lanes_that_keep_the_wait_below_a_limit(border):
    found = crossings.lanes_needed(border(), "pass", arrivals=140.0, target=1.0)
    by_lanes = {row["lanes"]: row for row in found.tried.iter_rows(named=True)}
    assert found.lanes is not None
    assert by_lanes[found.lanes]["enough"]
    assert by_lanes[found.lanes]["wait_p90_high"] <= 1.0
    assert not by_lanes[found.lanes - 1]["enough"]
    assert "keep nine in ten" in found.reason
    few = crossings.lanes_needed(border(), "pass", arrivals=20.0)
    assert few.lanes == 1
    assert few.reason == "the 2 lanes of today are enough; 1 would do"
    # One lane handles 48 trucks a day; what would do is simulated, not read off the lanes of today.
    just = crossings.lanes_needed(border(), "pass", arrivals=47.0)
    assert (just.lanes, just.reason) == (2, "the 2 lanes of today are enough")


def test_no_number_of_lanes_opens_the_gate_at_night(border):
    closed = border(KAZ={"hours_per_day": 8.0}, CHN={"hours_per_day": 8.0})
    found = crossings.lanes_needed(closed, "pass", arrivals=5.0, target=4.0)
    assert found.lanes is None
    assert "night alone" in found.reason
    assert found.tried.height == 1


def test_staffing_follows_the_trucks_and_keeps_the_limit(border):
    by_hour = (1.0,) * 6 + (6.0,) * 6 + (3.0,) * 6 + (1.0,) * 6
    plan = crossings.staffing(border(), "pass", by_hour, arrivals=120.0, target=1.0)
    assert plan["wait_p90"].max() <= 1.0
    assert plan["lanes"][9] > plan["lanes"][2]
    # No constant number of lanes with as many lane-hours keeps the limit.
    constant = int(plan["lanes"].sum() // 24)
    station = Station("KAZ", calendar([Shift(0, 24, constant)], FIRST_DAY, 86), exponential(0.5))
    flat = simulate_layout(
        Layout((station,)), Traffic(120.0, 1.0, by_hour), days=28, seed=1, replications=8, warmup_days=7
    )
    assert flat.wait_p90_by_hour.max() > 1.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"crossings": ["nowhere"]}, "no such crossing"),
        ({"crossings": ["quay"]}, "arrivals are not known"),
        ({"lanes": 0}, "must be above 0"),
        ({"lanes": 1_000_000}, "at most 1000"),
        ({"hours": 25}, "at most 24"),
        ({"arrivals": float("nan")}, "must be above 0"),
        ({"lanes": {"elsewhere": 2}}, "names no crossing"),
        ({"days": 0}, "at least 1"),
        ({"by_hour": (1.0, 2.0)}, "24 weights"),
    ],
)
def test_impossible_options_are_refused(border, options, said):
    with pytest.raises(InputError, match=said):
        crossings.simulate(assigned(border), **options)


def test_unknown_arrivals_everywhere_are_an_error(border):
    with pytest.raises(InputError, match="assign the demand first"):
        crossings.simulate(border())


@pytest.mark.parametrize(
    "call",
    [
        lambda d: crossings.lanes_needed(d, "pass", arrivals=50.0, target=0.0),
        lambda d: crossings.lanes_needed(d, "pass"),
        lambda d: crossings.staffing(d, "pass", (1.0,), arrivals=50.0),
        lambda d: crossings.staffing(d, "pass", (1.0,) * 24, arrivals=50.0, country="RUS"),
    ],
)
def test_impossible_questions_are_refused(border, call):
    with pytest.raises(InputError):
        call(border())


def test_a_strike_and_how_long_its_queue_lasts(border):
    strike = Closure(datetime(2024, 1, 11), datetime(2024, 1, 13), reason="strike")
    result = crossings.simulate(assigned(border, 60.0), ["pass"], closures=[strike], days=28)
    queue = {
        variant: result.by_day.filter(variant=variant, direction="KAZ to CHN")["queue"].to_numpy()
        for variant in ("before", "after")
    }
    assert np.allclose(queue["before"][:10], queue["after"][:10], atol=1.0)
    # Two days of sixty trucks stand before the gate; 36 a day more than arrive are worked off.
    assert queue["after"][11] > 60
    assert 10 < queue["after"][14] < 80
    assert queue["after"][19] < 5
    for wait in result.comparison.filter(measure="wait").iter_rows(named=True):
        assert wait["change_low"] > 0
    assert result.summary["warmup_days"].to_list() == [0] * 4


def test_arrivals_may_be_supposed_where_none_are_assigned(border):
    dataset = assigned(border, 0.0)
    with pytest.raises(InputError, match="nothing arrives"):
        crossings.simulate(dataset, ["pass"])
    result = crossings.simulate(dataset, ["pass"], arrivals=50.0, days=30)
    assert result.summary["vehicles_per_day"].to_list() == [50.0]
