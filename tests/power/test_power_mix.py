"""The electricity mix: a case solved by hand, what a target and a delay do, and input that cannot be used."""

from __future__ import annotations

from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from power_cases import COAL, WIND, toy
from toy_freight import frame

from keruen.chain import Settings, run, weigh
from keruen.errors import InputError, SolveError
from keruen.power import chance, lines, picture, plan_power, power, table_lines
from keruen.tables import Dataset, load


def test_one_year_by_hand() -> None:
    """Load 4 TWh. Coal costs 10 / 0.5 = 20 USD/MWh. A GW of wind makes 8.76 x 0.25 = 2.19 TWh for 109.5 m USD a year
    (1,095 USD/kW over ten years without interest): 50 USD/MWh. A quarter must be renewable: 1 TWh.
    """
    found = plan_power(toy(COAL, WIND, target=25.0))
    mix = {row["technology"]: row for row in found.dataset["power_mix"].iter_rows(named=True)}
    assert mix["coal"]["generation"] == pytest.approx(3.0)
    assert mix["wind"]["generation"] == pytest.approx(1.0)
    assert mix["wind"]["added"] == pytest.approx(1000.0 / 2.19)
    assert mix["wind"]["investment"] == pytest.approx(1000.0 / 2.19 * 1_095_000.0)
    assert mix["coal"]["emission"] == pytest.approx(3e6 * 0.6)
    assert found.cost == pytest.approx(3e6 * 20.0 + 1e6 * 50.0)
    assert found.cost_without_target == pytest.approx(4e6 * 20.0)
    assert found.target_price == {2030: pytest.approx(50.0 - 20.0)}
    year = found.dataset["power_year"].row(0, named=True)
    assert year["price"] == pytest.approx(0.75 * 20.0 + 0.25 * 50.0)
    assert year["renewables"] == pytest.approx(0.25)
    assert year["renewables_without_target"] == 0.0


def test_carbon_price_makes_the_target_free() -> None:
    # Coal emits 0.6 t/MWh: beyond 50 USD/t wind is cheaper, and its 1 GW a year is all that can be built.
    assert plan_power(toy(COAL, WIND, target=25.0), carbon_price=49.0).target_price[2030] == pytest.approx(
        0.6
    )
    dear = plan_power(toy(COAL, WIND, target=25.0), carbon_price=51.0)
    assert dear.target_price[2030] == pytest.approx(0.0)
    assert dear.dataset["power_year"]["renewables"][0] == pytest.approx(2.19 / 4.0)


def test_interest_enters_the_annuity() -> None:
    # 100 USD over 2 years at 10 %, paid a year before service on average of a 2-year construction.
    wind = WIND | {"investment": 1_000_000.0, "construction": 2.0, "life": 2.0}
    found = plan_power(toy(COAL, wind, years=3, rate=0.1), carbon_price=2000.0)
    annuity = 1_000_000.0 * 1.1 * 0.1 / (1.0 - 1.1**-2)
    last = found.dataset["power_year"].row(-1, named=True)
    assert last["cost"] == pytest.approx((4e6 - 2.19e6) * (20.0 + 1200.0) + 1000.0 * annuity)


def test_infeasible_target_names_what_conflicts() -> None:
    with pytest.raises(SolveError) as caught:
        power(toy(COAL, WIND, target=60.0))
    told = str(caught.value)
    assert "the target of 60 % renewables in 2030" in told
    assert "the pace of building Wind" in told
    assert "the peak" not in told
    assert "at most 54.8 % in 2030" in told  # 2.19 of 4 TWh


def test_infeasible_peak_is_not_blamed_on_the_target() -> None:
    with pytest.raises(SolveError) as caught:
        power(toy(COAL, WIND, target=25.0, peak=1200.0))
    assert "the peak of 2030" in str(caught.value)
    assert "the target" not in str(caught.value)


def test_a_delayed_plant_comes_later() -> None:
    plant = COAL | {
        "plant_id": "npp",
        "name": "Nuclear",
        "technology": "nuclear",
        "project_id": "npp",
        "capacity": 100.0,
    }
    project = {"project_id": "npp", "name": "Plant", "sector": "energy", "portfolio": False, "stage": "signed",
               "earliest_start": 2025, "duration": 5.5}  # fmt: skip
    data = toy(COAL, plant, years=4).with_tables(project=frame("project", [project]))

    def opens(dataset: Dataset) -> int:
        return int(
            dataset["power_mix"]
            .filter((pl.col("technology") == "nuclear") & (pl.col("added") > 0))["year"]
            .item()
        )

    assert opens(power(data)) == 2031
    assert opens(power(data, nuclear_delay=2)) == 2033


def test_change_rows_make_a_drought() -> None:
    hydro = COAL | {"plant_id": "hydro", "name": "Hydro", "technology": "hydro", "fuel_id": None, "efficiency": None,
                    "capacity": 400.0}  # fmt: skip
    change = {"change_id": "dry", "scenario_id": "dry", "table": "plant", "key": '{"plant_id": "hydro"}',
              "column": "availability", "operation": "multiply", "value": "0.5", "year_from": 2031, "year_to": 2031,
              "relative": False}  # fmt: skip
    data = toy(COAL, hydro, years=3).with_tables(
        change=frame("change", [change]),
        scenario=frame("scenario", [{"scenario_id": "dry", "name": "Dry", "description": "One dry year."}]),
    )
    made = (
        power(data, scenario="dry")["power_mix"]
        .filter(pl.col("technology") == "hydro")["generation"]
        .to_list()
    )
    full = 8.76 * 0.5 * 0.4
    assert made == pytest.approx([full, full / 2, full])
    every = (
        power(data, drought=0.5)["power_mix"].filter(pl.col("technology") == "hydro")["generation"].to_list()
    )
    assert every == pytest.approx([full / 2] * 3)


def test_a_change_that_the_model_cannot_follow_is_refused() -> None:
    change = {"change_id": "slow", "scenario_id": "slow", "table": "plant", "key": '{"plant_id": "wind"}',
              "column": "build_rate", "operation": "multiply", "value": "0.5", "relative": False}  # fmt: skip
    data = toy(COAL, WIND, target=25.0, years=2).with_tables(
        scenario=frame("scenario", [{"scenario_id": "slow", "name": "Slow", "description": "Half the pace."}])
    )
    always = plan_power(data.with_tables(change=frame("change", [change])), scenario="slow")
    assert always.dataset["power_mix"]["added"].max() <= 500.0
    with pytest.raises(InputError, match=r"plant\.build_rate in some years only"):
        power(data.with_tables(change=frame("change", [change | {"year_from": 2031}])), scenario="slow")


def test_bad_input_is_told_all_at_once() -> None:
    data = toy(COAL | {"fuel_id": None}, WIND | {"life": None}, target=130.0)
    gap = frame("load", [{"year": y, "energy": 1.0} for y in (2030, 2032)])
    with pytest.raises(InputError) as caught:
        power(data.with_tables(load=gap))
    told = {(f.table, f.row, f.column) for f in caught.value.findings}
    assert told == {("plant", "coal", "fuel_id"), ("plant", "wind", "life"), ("load", "2032", "year"),
                    ("target", "res", "value")}  # fmt: skip
    with pytest.raises(ValueError, match="carbon price"):
        power(toy(COAL), carbon_price=float("nan"))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 54.0), st.floats(0.0, 100.0))
def test_energy_balances_and_a_target_never_saves(target: float, carbon: float) -> None:
    found = plan_power(toy(COAL, WIND, target=target), carbon_price=carbon)
    assert found.dataset["power_mix"]["generation"].sum() == pytest.approx(4.0)
    assert found.cost >= found.cost_without_target * (1.0 - 1e-9)
    assert (
        found.dataset["power_year"]["renewables"][0] >= target / 100.0 - 1e-7
    )  # the tolerance of the solver


def test_chance_follows_the_range_of_the_pace() -> None:
    """A target of 2.19 / 4 TWh takes all of 1 GW of wind. Its pace is drawn from a triangle of 0.5, 1 and 1.5 GW around 1:
    half of the draws are enough. No target needs no luck.
    """
    data = toy(COAL, WIND, target=100.0 * 2.19 / 4.0)
    pace = {
        "assumption_id": "pace",
        "value": 1000.0,
        "low": 500.0,
        "high": 1500.0,
        "unit": "MW/year",
        "reason": "Toy.",
    }
    bound = {"binding_id": "pace", "table": "plant", "key": '{"plant_id": "wind"}', "column": "build_rate",
             "expression": "assumption('pace')", "reason": "Toy."}  # fmt: skip
    data = data.with_tables(assumption=frame("assumption", [pace]), binding=frame("binding", [bound]))
    said = chance(data, 200)
    assert said.draws == 200
    assert abs(said.attainable - 0.5) < 4.0 * said.error
    # Each draw that meets it makes 2.19 TWh at 50 instead of 20 USD/MWh.
    assert said.premium == pytest.approx((2.19e6 * 30.0,) * 3)
    assert chance(data.with_tables(target=data["target"].clear()), 3).attainable == 1.0
    assert chance(data, 5, seed=3) == chance(data, 5, seed=3)
    short = chance(data.with_tables(plant=frame("plant", [WIND])), 3)
    assert (short.draws, short.unserved) == (0, 3)
    with pytest.raises(ValueError, match="draws"):
        chance(data, 0)


def test_a_run_under_a_scenario_meets_the_load_under_it() -> None:
    """Half of the coal from 2031 on: a gigawatt of 50 % makes 4.38 TWh, so 4 TWh hold in 2030 and wind must serve then."""
    data = toy(COAL | {"capacity": 1000.0}, WIND | {"build_rate": 2000.0}, years=2)
    rows = [{"change_id": "c", "scenario_id": "short", "table": "plant", "key": '{"plant_id": "coal"}', "column": "availability",
             "operation": "multiply", "value": "0.5", "year_from": 2031, "relative": False}]  # fmt: skip
    data = data.with_tables(
        scenario=frame(
            "scenario", [{"scenario_id": "short", "name": "Short of coal", "description": "Toy."}]
        ),
        change=frame("change", rows),
    )

    def made(settings: Settings) -> list[float]:
        mix = run(data, settings=settings).dataset["power_mix"].filter(technology="wind").sort("year")
        return [round(value, 6) for value in mix["generation"].to_list()]

    assert made(Settings()) == [0.0, 0.0]
    assert made(Settings(scenario="short")) == [0.0, 1.81]


def test_reference_model() -> None:
    data = weigh(load("kazakhstan")).dataset
    base = plan_power(data)
    years = base.dataset["power_year"]
    assert years.row(by_predicate=pl.col("year") == 2024, named=True)["renewables"] == pytest.approx(
        0.07, abs=0.01
    )
    assert years.row(by_predicate=pl.col("year") == 2030, named=True)["renewables"] >= 0.145
    assert base.cost > base.cost_without_target
    assert plan_power(data, drought=0.2).cost > base.cost
    assert "renewables by 2030" in " ".join(lines(base.dataset))
    assert any(line.startswith("2030") for line in table_lines(base.dataset))
    drawn = ElementTree.fromstring(picture(base.dataset))
    assert sum(child.tag.endswith("rect") for child in drawn) > 7 * years.height
    assert "1.33 a year needed for 15 % in 2030" in "\n".join(table_lines(base.dataset))
    later = plan_power(data, nuclear_delay=2)
    assert later.dataset["power_year"]["emission"].sum() > years["emission"].sum()
