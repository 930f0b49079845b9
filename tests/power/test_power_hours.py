"""The year by the hour: the yearly model's answer where both must agree, and what storage, lines and weather add."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from power_cases import COAL, WIND, toy
from toy_freight import frame

from keruen.errors import InputError, KeruenError, SolveError
from keruen.power import hourly, hourly_lines, hourly_picture, hours
from keruen.tables import Dataset

ZONE: dict[str, Any] = {"load_share": 1.0, "latitude": 45.0, "winter_swing": 0.0, "evening_swing": 0.0}
# Wind as a plant without weather, so that its hours are as level as the load.
LEVEL = WIND | {"technology": "hydro", "firm_share": 0.25}
STEADY_COAL = COAL | {"availability": 0.9, "firm_share": 0.9}


def zoned(dataset: Dataset, zones: dict[str, dict[str, Any]], **tables: list[dict[str, Any]]) -> Dataset:
    """Lay a system out over zones; each plant stands where ``plants`` of the zone says, or in the only one."""
    rows = [ZONE | {"zone_id": name, "name": name} | zone for name, zone in zones.items()]
    places = tables.pop("plant_zone", None) or [
        {"plant_id": plant, "zone_id": next(iter(zones)), "share": 1.0}
        for plant in dataset["plant"]["plant_id"]
    ]
    return dataset.with_tables(
        power_zone=frame("power_zone", [{k: v for k, v in row.items() if k != "plants"} for row in rows]),
        plant_zone=frame("plant_zone", places),
        **{name: frame(name, content) for name, content in tables.items()},
    )


@pytest.fixture(autouse=True, scope="module")
def _pypsa() -> None:
    pytest.importorskip("pypsa", reason="the extra power is not installed")


@pytest.mark.parametrize(("share", "price"), [(25.0, 0.0), (40.0, 30.0), (10.0, 60.0)])
def test_level_hours_in_one_zone_give_the_yearly_answer(share: float, price: float) -> None:
    """Cost, share and the target's price agree with :func:`keruen.power.power` on a year alone."""
    dataset = zoned(toy(STEADY_COAL, LEVEL, target=share), {"z": {}})
    found = hourly(dataset, weeks=1, carbon_price=price)
    assert found.cost == pytest.approx(found.yearly_cost, rel=1e-6)
    assert found.renewables >= share / 100.0 - 1e-6
    if price < 50.0:  # beyond, wind is cheaper than coal by itself
        assert found.target_price == pytest.approx(30.0 - 0.6 * price, abs=1e-3)
    else:
        assert found.target_price == pytest.approx(0.0, abs=1e-3)


def test_a_line_carries_the_cheap_zone_until_it_is_full() -> None:
    """Coal stands in A at 20 USD/MWh, the load in B, where only dear gas stands: the line's limit sets both.

    Load 4 TWh in B is 456.6 MW in every hour. The line brings 200 MW less a tenth; 276.6 MW come from gas at 50.
    """
    gas = COAL | {"plant_id": "gas", "name": "Gas", "technology": "gas", "efficiency": 0.2}
    steady_gas = gas | {"availability": 0.9, "firm_share": 0.9}
    dataset = zoned(
        toy(STEADY_COAL, steady_gas),
        {"a": {"load_share": 0.0}, "b": {}},
        plant_zone=[{"plant_id": "coal", "zone_id": "a", "share": 1.0}, {"plant_id": "gas", "zone_id": "b", "share": 1.0}],
        interconnector=[
            {"interconnector_id": "ab", "from_zone_id": "a", "to_zone_id": "b", "capacity": 200.0, "loss": 0.1}
        ],
    )  # fmt: skip
    found = hourly(dataset, weeks=1)
    line = found.lines.row(0, named=True)
    assert line["sent"] == pytest.approx(200.0 * 8760.0 / 1e6, rel=1e-6)
    assert line["full"] == 1.0
    # One more megawatt brings 0.9 MWh at 50 for 20 in every hour.
    assert line["worth"] == pytest.approx(8760.0 * (0.9 * 50.0 - 20.0), rel=1e-4)
    prices = dict(found.zones.select("zone_id", "price").iter_rows())
    assert prices["a"] == pytest.approx(20.0, abs=1e-3)
    assert prices["b"] == pytest.approx(50.0, abs=1e-3)


def test_storage_is_built_where_it_is_cheaper_than_lost_load() -> None:
    """The evening needs more than the coal that stands; a battery fills the gap that would cost 3,000 USD/MWh."""
    dataset = toy(STEADY_COAL | {"capacity": 520.0})
    store = {
        "storage_id": "s", "name": "Battery", "zone_id": "z", "capacity": 0.0, "hours": 12.0, "efficiency": 1.0,
        "investment": 100_000.0, "life": 10.0,
    }  # fmt: skip
    bare = hourly(zoned(dataset, {"z": {"evening_swing": 0.2}}), weeks=1)
    filled = hourly(zoned(dataset, {"z": {"evening_swing": 0.2}}, storage=[store]), weeks=1)
    assert bare.zones["unserved"].sum() > 0.01
    assert filled.zones["unserved"].sum() < 1e-6
    # The evening peak is 1.2 x 456.6 MW; 0.9 x 520 MW of coal run.
    assert filled.storage["added"][0] == pytest.approx(1.2 * 4e6 / 8760.0 - 468.0, rel=0.02)
    assert filled.cost < bare.cost
    served = filled.course.select((pl.col("coal") + pl.col("storage") - pl.col("load")).abs().max()).item()
    assert served < 0.1  # MW


def test_a_calm_asks_for_more_than_the_year_shows() -> None:
    dataset = zoned(toy(STEADY_COAL, WIND | {"potential": 3000.0}, target=30.0), {"z": {}})
    found = hourly(dataset, weeks=2)
    assert found.cost >= found.yearly_cost * (1.0 - 1e-6)
    again = hourly(dataset, weeks=2)
    assert again.course.equals(found.course)
    told = "\n".join(hourly_lines(found))
    assert "by the hour" in told
    assert "The target of 30 %" in told
    assert hourly_picture(found, 1).startswith("<svg")
    with pytest.raises(ValueError, match="weeks count from 0"):
        hourly_picture(found, 2)


def test_a_target_out_of_reach_is_said_and_not_solved() -> None:
    with pytest.raises(SolveError, match="60 % renewables"):
        hourly(zoned(toy(STEADY_COAL, LEVEL, target=60.0), {"z": {}}), weeks=1)


def test_every_fault_of_the_zones_at_once() -> None:
    dataset = zoned(
        toy(STEADY_COAL, LEVEL),
        {"a": {"load_share": 0.5}, "b": {"load_share": 0.4}},
        plant_zone=[{"plant_id": "coal", "zone_id": "a", "share": 0.7}],
        interconnector=[{"interconnector_id": "aa", "from_zone_id": "a", "to_zone_id": "a", "capacity": 1.0, "loss": 0.0}],
        storage=[{"storage_id": "s", "name": "S", "zone_id": "a", "capacity": 0.0, "hours": 4.0, "efficiency": 0.9,
                  "investment": 1.0}],
        power_profile=[{"zone_id": "a", "series": "load", "hour": 0, "value": 1.0}],
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        hourly(dataset, 2031)
    told = {(f.table, f.row) for f in caught.value.findings}
    assert told == {
        ("load", "2031"), ("power_zone", ""), ("plant_zone", "coal"), ("plant_zone", "wind"), ("interconnector", "aa"),
        ("storage", "s"), ("power_profile", "a, load"),
    }  # fmt: skip


def test_without_zones_it_says_what_to_write() -> None:
    with pytest.raises(InputError, match=r"power_zone\.csv"):
        hourly(toy(STEADY_COAL, LEVEL))


def test_without_pypsa_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypsa", None)
    with pytest.raises(KeruenError, match=r"pip install 'keruen\[power\]'"):
        hourly(zoned(toy(STEADY_COAL, LEVEL), {"z": {}}))


def test_measured_hours_replace_the_computed_ones() -> None:
    """A load measured as all in the first half of each day is met in those hours alone."""
    rows = [
        {"zone_id": "z", "series": "load", "hour": h, "value": float(h % 24 < 12)} for h in range(hours.YEAR)
    ]
    found = hourly(zoned(toy(STEADY_COAL), {"z": {}}, power_profile=rows), weeks=1)
    course = found.course
    assert course.filter(pl.col("hour") % 24 >= 12)["load"].max() == 0.0
    assert course["load"].sum() * 8760 / course.height == pytest.approx(4e6)


@given(st.floats(0.02, 0.85), st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_weather_keeps_its_yearly_mean_and_its_bounds(mean: float, seed: int) -> None:
    scores, clouds = hours.weather(2, seed)
    blown = hours.wind(mean, scores[0])
    assert blown.mean() == pytest.approx(mean, rel=1e-6)
    assert 0.0 <= blown.min() <= blown.max() <= 1.0
    shone = hours.sun(48.0, min(mean, 0.3), clouds[1])
    assert shone.mean() == pytest.approx(min(mean, 0.3), rel=1e-6)
    assert 0.0 <= shone.min() <= shone.max() <= 1.0
    assert shone.reshape(365, 24)[:, 0].max() == 0.0  # nights are dark at this latitude


def test_the_load_is_highest_on_a_winter_evening() -> None:
    course = hours.load(0.2, 0.1)
    assert course.mean() == pytest.approx(1.0)
    day, hour = divmod(int(np.argmax(course)), 24)
    assert hour == 19
    assert day in (19, 20)
    with pytest.raises(ValueError, match="give 1 to 52"):
        hours.sampled(53)
