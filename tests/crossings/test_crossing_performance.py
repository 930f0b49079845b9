"""The doors on tables: performance and delay functions on a border that can be checked by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from keruen import crossings
from keruen.crossings import theory
from keruen.crossings.delay import fit_delay
from keruen.crossings.posts import read_borders
from keruen.errors import InputError
from keruen.tables.results import CrossingPerformance

TRUCKS = 20.0 * 365.0  # tonnes a year that one truck a day carries


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_a_crossing_by_hand(border):
    # 72 trucks a day are 3 an hour: KAZ has 2 lanes of half an hour, 4 an hour; CHN 3 lanes, 6 an hour.
    row = only(crossings.performance(border(), {"pass": (72 * TRUCKS, 36 * TRUCKS)}, year=2024))
    assert row["vehicles_per_day"] == pytest.approx(72.0)
    assert (row["throughput"], row["weaker_side"]) == (96.0, "KAZ")
    assert row["utilisation"] == pytest.approx(0.75)
    # Exponential throughout: Burke's theorem makes both posts M/M/c.
    there = float(theory.wait_mmc(2, 0.5, 0.75) + theory.wait_mmc(3, 0.5, 0.5))
    here = float(theory.wait_mmc(2, 0.5, 0.375) + theory.wait_mmc(3, 0.5, 0.25))
    assert row["wait"] == pytest.approx(there)
    assert row["cost_of_waiting"] == pytest.approx(0.5 * TRUCKS * (72 * there + 36 * here))
    assert row["handling_time"] == 1.0
    assert row["other_delay"] == 0.0
    assert row["stable"]
    assert row["queue_growth"] is None


def test_empties_and_causes_and_ports(border):
    frame = crossings.performance(
        border(), {"rails": (2000.0 * 3650, 2000.0 * 1825), "quay": (365 * 5000.0, 0.0)}, year=2024
    )
    rails = only(frame.filter(pl.col("crossing_id") == "rails"))
    # Ten loaded trains a day ahead, five back; half of the runs come back empty.
    assert rails["vehicles_per_day"] == pytest.approx(10 + 2.5)
    assert rails["other_delay"] == 8.0
    quay = only(frame.filter(pl.col("crossing_id") == "quay"))
    assert quay["vehicles_per_day"] == pytest.approx(1.0)
    assert quay["wait"] == pytest.approx(float(theory.wait_mmc(2, 20.0, 1 / 2.4)))
    CrossingPerformance.validate(frame)


def test_more_than_it_can_handle_is_said(border):
    row = only(crossings.performance(border(), {"pass": (120 * TRUCKS, 0.0)}, year=2030))
    assert not row["stable"]
    assert row["queue_growth"] == pytest.approx(24.0)
    assert row["wait"] is row["wait_p90"] is row["cost_of_waiting"] is None
    assert row["binds"] == "throughput of KAZ"


def test_opening_hours_bind(border):
    dataset = border(KAZ={"hours_per_day": 12.0}, CHN={"hours_per_day": 12.0})
    row = only(crossings.performance(dataset, {"pass": (10 * TRUCKS, 0.0)}, year=2024))
    assert row["binds"] == "opening hours"
    assert row["wait"] > 3.0


def test_value_of_time_is_given_or_known_or_null(border):
    dataset = border()
    volumes = {"pass": (72 * TRUCKS, 0.0)}
    default = only(crossings.performance(dataset, volumes, year=2024))["cost_of_waiting"]
    double = only(crossings.performance(dataset, volumes, year=2024, value_of_time=1.0))["cost_of_waiting"]
    assert double == pytest.approx(2 * default)
    bare = dataset.with_tables(commodity=dataset["commodity"].clear())
    assert only(crossings.performance(bare, volumes, year=2024))["cost_of_waiting"] is None


def test_all_faults_at_once(border):
    dataset = border(KAZ={"lanes": 0.0, "hours_per_day": 0.0}, CHN={"service_time": -1.0, "lanes": 1e6})
    with pytest.raises(InputError) as error:
        crossings.performance(dataset, {"pass": (1.0, 1.0), "nowhere": (1.0, 1.0)}, year=2024)
    assert {(f.row, f.column) for f in error.value.findings} == {
        ("pass/KAZ", "lanes"), ("pass/KAZ", "hours_per_day"), ("pass/CHN", "service_time"), ("pass/CHN", "lanes"),
        ("nowhere", "crossing_id"),
    }  # fmt: skip
    with pytest.raises(InputError, match="at least 0"):
        crossings.performance(border(), {"pass": (-1.0, float("nan"))}, year=2024)


@pytest.mark.parametrize(
    "patch", [{}, {"hours_per_day": 12.0}, {"service_cv": 0.0, "arrival_cv": 0.0}, {"lanes": 40.0}]
)
def test_delay_functions_follow_the_wait(border, patch):
    dataset = border(KAZ=patch)
    fitted = {f.crossing_id: f for f in crossings.delay_functions(dataset)}
    assert list(fitted) == ["pass", "quay", "rails"]
    function = fitted["pass"]
    full = function.throughput_t_per_year
    tonnes = np.linspace(0.0, 3 * full, 400)
    delays = np.array([function(t) for t in tonnes])
    assert np.all(np.isfinite(delays))
    assert np.all(np.diff(delays[20:]) > 0)
    assert np.all(np.diff(delays) >= 0)
    exact = crossings.performance(dataset, {"pass": (0.8 * full, 0.8 * full)}, year=2024).row(0, named=True)
    expected = exact["wait"] + exact["handling_time"] + exact["other_delay"]
    # A night adds a nearly straight line, which the one form that flows know cannot bend to.
    assert function(0.8 * full) == pytest.approx(expected, rel=0.15 if "hours_per_day" in patch else 0.1)


def test_base_delay_keeps_the_causes(border):
    rails = next(f for f in crossings.delay_functions(border()) if f.crossing_id == "rails")
    assert rails.base_delay_h == pytest.approx(8.0 + 8.0)
    # Balanced directions with half of the loaded runs empty: a third of the trains carry nothing.
    assert rails.throughput_t_per_year == pytest.approx(24.0 * 365 * 2000 / 1.5)
    rails_one_way = next(
        f for f in crossings.delay_functions(border(), {"rails": (1.0, 0.0)}) if f.crossing_id == "rails"
    )
    assert rails_one_way.throughput_t_per_year == pytest.approx(24.0 * 365 * 2000)


def test_forward_is_the_direction_of_the_link(border):
    (found,), warnings = read_borders(border(), ["pass"])
    assert [side.country for side in found.sides] == ["KAZ", "CHN"]
    assert warnings == []
    assert fit_delay(found).crossing_id == "pass"


def test_simulated_delay_functions_agree_with_the_formula_where_it_is_exact(border):
    exact, simulated = (
        {f.crossing_id: f for f in crossings.delay_functions(border(), simulated=s)}["pass"]
        for s in (False, True)
    )
    for use in (0.5, 0.8, 0.9):
        tonnes = use * exact.throughput_t_per_year
        assert simulated(tonnes) == pytest.approx(exact(tonnes), rel=0.08)
