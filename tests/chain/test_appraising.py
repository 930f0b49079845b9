"""Appraisal of whole projects: hand-worked measures, sums over countries, and what can't be appraised."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from toy_freight import dataset, frame, goods, link, mode, node, wants

from keruen.chain import Outcome
from keruen.chain.appraising import appraise, replay, wait_variance
from keruen.chain.congestion import congest
from keruen.chain.screen import plan_lines
from keruen.chain.worth import appraisal_lines, measures
from keruen.crossings.analytic import wait_deviation
from keruen.crossings.posts import read_borders
from keruen.errors import InputError
from keruen.network import build
from keruen.plans import plan
from keruen.plans.losing import losing_lines
from keruen.tables import Dataset

PARAMETERS = {
    "discount_rate": 0.08, "horizon": 4.0, "carbon_price_low": 50.0, "carbon_price_high": 80.0, "demand_growth": 0.0,
}  # fmt: skip


def project(name: str, **more: Any) -> dict[str, Any]:
    row = {
        "project_id": name, "name": name, "sector": "rail", "portfolio": False, "stage": "announced", "cost": 1e6,
        "earliest_start": 2025, "duration": 1.0,
    }  # fmt: skip
    return row | more


def change(owner: str, key: dict[str, str], column: str, value: Any, **more: Any) -> dict[str, Any]:
    row = {
        "change_id": f"{owner}_{column}_{value}", "project_id": owner, "table": "link", "key": json.dumps(key),
        "column": column, "operation": "set", "value": str(value), "year_from": 0, "relative": True,
    }  # fmt: skip
    return row | more


def toy(projects: list[dict[str, Any]], changes: list[dict[str, Any]], **parameters: float) -> Dataset:
    """One line of 100 km, 1 Mt a year, 0.5 USD an hour and tonne: doubling its speed saves an hour, 0.5 million a year."""
    values = PARAMETERS | parameters
    return dataset(
        node=[node("a"), node("b", "UZB")],
        link=[link("line", "a", "b")],
        mode=[mode("rail")],
        commodity=[goods("grain", 0.5)],
        demand=[wants("a", "b", 1e6)],
        project=projects,
        change=changes,
        appraisal_parameter=[{"parameter_id": k, "value": v, "unit": "as named"} for k, v in values.items()],
        place=[{"place_id": p, "name": p, "kind": "country"} for p in ("KAZ", "UZB")],
    )


FAST = change("fast", {"link_id": "line"}, "free_speed", 100.0)


def row(found: Dataset, name: str) -> dict[str, Any]:
    return found["appraisal"].filter(pl.col("project_id") == name).row(0, named=True)


def test_net_present_value_and_rate_of_return_of_a_project_by_hand() -> None:
    found = appraise(toy([project("fast")], [FAST])).dataset
    got = row(found, "fast")
    # 1 million in 2025; half a million in 2026, 2027 and 2028.
    npv = 0.5e6 * (1 / 1.08 + 1 / 1.08**2 + 1 / 1.08**3) - 1e6
    assert (got["open_year"], got["first_year"], got["last_year"]) == (2026, 2025, 2028)
    assert got["npv"] == pytest.approx(npv, rel=1e-9)
    assert got["npv_high_carbon"] == pytest.approx(npv, rel=1e-9)
    # x + x^2 + x^3 = 2 at x = 0.8105357138: 23.3752 %.
    assert got["eirr"] == pytest.approx(0.233752, abs=1e-6)
    assert got["bcr"] == pytest.approx((npv + 1e6) / 1e6, rel=1e-9)
    assert got["switching_value"] == pytest.approx((npv + 1e6) / 1e6, rel=1e-9)
    assert got["first_year_return"] == pytest.approx(0.5, rel=1e-9)
    assert got["financial_npv"] == pytest.approx(-1e6, rel=1e-9)
    assert got["verdict"] == "worth_it"


def test_operating_cost_and_residual_value_by_hand() -> None:
    data = toy([project("fast", operating_cost=0.1e6, life=6.0)], [FAST])
    got = row(appraise(data).dataset, "fast")
    # Half of its life of six years is left after 2028.
    npv = 0.4e6 * (1 / 1.08 + 1 / 1.08**2 + 1 / 1.08**3) - 1e6 + 0.5e6 / 1.08**3
    assert got["npv"] == pytest.approx(npv, rel=1e-9)
    assert got["switching_value"] == pytest.approx(
        (npv + 1e6 - 0.5e6 / 1.08**3) / (1e6 - 0.5e6 / 1.08**3), rel=1e-9
    )


def test_a_useless_project_loses_its_cost() -> None:
    data = toy([project("paint")], [change("paint", {"link_id": "line"}, "annual_capacity", 9e9)])
    found = appraise(data).dataset
    assert row(found, "paint")["npv"] == pytest.approx(-1e6, rel=1e-9)
    assert row(found, "paint")["eirr"] is None
    assert found["benefit"]["type"].to_list() == ["capital"]


def test_works_that_slow_the_line_cost_before_it_opens() -> None:
    slow = change("fast", {"link_id": "line"}, "free_speed", 25.0, year_from=-1, year_to=-1)
    found = appraise(toy([project("fast")], [FAST, slow])).dataset
    time = found["benefit"].filter(pl.col("type") == "time")
    assert dict(time.select("year", "value").iter_rows()) == pytest.approx(
        {2025: -1e6, 2026: 0.5e6, 2027: 0.5e6, 2028: 0.5e6}
    )


def test_gains_grow_with_the_goods() -> None:
    found = appraise(toy([project("fast")], [FAST], demand_growth=0.1)).dataset
    time = dict(found["benefit"].filter(pl.col("type") == "time").select("year", "value").iter_rows())
    assert time[2028] == pytest.approx(0.5e6 * 1.1**4, rel=1e-9)


def test_benefits_sum_over_countries_to_the_total(starter_run: Outcome) -> None:
    found = appraise(starter_run.dataset).dataset
    rate = dict(found["appraisal_parameter"].select("parameter_id", "value").iter_rows())["discount_rate"]
    assert found["appraisal"].height > 0
    for got in found["appraisal"].iter_rows(named=True):
        mine = found["benefit"].filter(
            (pl.col("project_id") == got["project_id"]) & (pl.col("type") != "co2_high")
        )
        by_country = mine.group_by("country").agg(
            (pl.col("value") / (1.0 + rate) ** (pl.col("year") - got["first_year"])).sum()
        )
        assert by_country.height > 1
        assert by_country["value"].sum() == pytest.approx(got["npv"], rel=1e-9, abs=1.0)


def test_what_cannot_be_appraised_says_why() -> None:
    data = toy(
        [
            project("package", portfolio=True), project("unpriced", cost=None), project("aimless"),
            project("late", earliest_start=2040), project("done", stage="completed", earliest_start=2020),
        ],
        [change("late", {"link_id": "line"}, "free_speed", 100.0), change("unpriced", {"link_id": "line"}, "free_speed", 90.0)],
    )  # fmt: skip
    found = appraise(data)
    problems = {finding.row: finding.problem for finding in found.findings}
    assert set(problems) == {"package", "unpriced", "aimless", "late", "done"}
    assert "cost" in problems["unpriced"]
    assert "2041" in problems["late"]
    assert found.dataset["appraisal"].height == 0


def test_unknown_projects_and_missing_parameters_are_refused_together() -> None:
    data = toy([project("fast")], [FAST])
    kept = data["appraisal_parameter"].filter(pl.col("parameter_id") != "discount_rate")
    with pytest.raises(InputError) as refused:
        appraise(data.with_tables(appraisal_parameter=kept), ["fast", "nowhere", "elsewhere"])
    assert {f.row for f in refused.value.findings} == {"nowhere", "elsewhere", "discount_rate"}


def test_a_requirement_stands_in_both_cases() -> None:
    first = project("first")
    data = toy(
        [first, project("fast", requires="first")],
        [change("first", {"link_id": "line"}, "free_speed", 200.0), change("fast", {"link_id": "line"}, "length", 80.0)],
    )  # fmt: skip
    found = appraise(data, ["fast"]).dataset["benefit"]
    # At 200 km/h, 20 km are a tenth of an hour.
    time = found.filter((pl.col("type") == "time") & (pl.col("year") == 2028))["value"].sum()
    assert time == pytest.approx(0.05e6, rel=1e-9)


def test_lines_say_what_each_project_is_worth() -> None:
    found = appraise(toy([project("fast")], [FAST])).dataset
    lines = list(appraisal_lines(found))
    assert "NPV $0.289 million" in lines[0]
    assert "EIRR 23.4%" in lines[0]
    assert any("1.29 times its cost" in line for line in lines)
    assert frame("benefit", found["benefit"].to_dicts()).height == found["benefit"].height


def test_replay_equals_plan_without_congestion() -> None:
    planned = plan(toy([project("fast", cost=0.1e6)], [FAST], unserved_penalty=500.0), gap=1e-6)
    assert planned.dataset["plan"]["open_year"].to_list() == [2026]
    found = replay(planned, [2025, 2027], model="ue")
    # 100 km at 0.02 USD and 20 g of CO2 at 65 USD a tonne; two hours, then one, at 0.5 USD.
    assert found["planned"].to_list() == pytest.approx(
        [1e6 * (2 + 1 + 0.13), 1e6 * (2 + 0.5 + 0.13)], rel=1e-9
    )
    assert found["replayed"].to_list() == pytest.approx(found["planned"].to_list(), rel=1e-9)
    assert found["waiting"].to_list() == [0.0, 0.0]


def test_replay_refuses_a_year_that_was_not_planned() -> None:
    planned = plan(toy([project("fast", cost=0.1e6)], [FAST], unserved_penalty=500.0), gap=1e-6)
    with pytest.raises(InputError, match="was not planned"):
        replay(planned, [2050])


def test_switching_values_by_hand() -> None:
    """Half a million of time in each of three years against a million: time may fall to 1 / (0.5 * 2.5771)."""
    got = row(appraise(toy([project("fast")], [FAST])).dataset, "fast")
    annuity = 1 / 1.08 + 1 / 1.08**2 + 1 / 1.08**3
    assert got["switching_benefits"] == pytest.approx(1 / (0.5 * annuity), rel=1e-9)
    assert got["switching_time"] == pytest.approx(1 / (0.5 * annuity), rel=1e-9)
    assert got["switching_carbon_price"] is None


def test_carbon_price_at_which_a_project_breaks_even() -> None:
    rows = [
        {"year": 2025, "type": "capital", "country": "KAZ", "beneficiary": "owner", "value": -300.0},
        {"year": 2025, "type": "co2", "country": "KAZ", "beneficiary": "public", "value": 100.0},
        {"year": 2025, "type": "time", "country": "UZB", "beneficiary": "shippers", "value": 50.0},
    ]
    got = measures(rows, [2025], 0.08, 2025, 40.0)
    # 250 are needed of what 40 USD a tonne make 100.
    assert got["switching_carbon_price"] == pytest.approx(100.0)
    assert (got["regional_gain"], got["regional_loss"]) == (50.0, -200.0)
    assert got["regional_gain"] + got["regional_loss"] == pytest.approx(got["npv"])


def test_charges_change_hands_and_business_is_drawn_from_others() -> None:
    rows = [
        {"year": 2025, "type": "charge", "country": "KAZ", "beneficiary": "carriers", "value": 70.0},
        {"year": 2025, "type": "charge", "country": "UZB", "beneficiary": "carriers", "value": -50.0},
        {"year": 2025, "type": "charge", "country": "KAZ", "beneficiary": "shippers", "value": -20.0},
    ]
    got = measures(rows, [2025], 0.08, 2025)
    assert (got["npv"], got["transfer"], got["diverted"]) == (0.0, 20.0, 50.0)


def test_losing_projects_are_named_where_the_plan_is_shown() -> None:
    data = toy([project("fast"), project("paint", stage="under_construction")],
               [FAST, change("paint", {"link_id": "line"}, "length", 99.0)], unserved_penalty=500.0)  # fmt: skip
    planned = plan(data, gap=1e-6).dataset
    told = list(losing_lines(planned))
    assert len(told) == 1
    assert "1 costs more than it saves of transport: paint (-$" in told[0]
    assert told[0] in list(plan_lines(planned))
    appraised = appraise(planned).dataset
    assert "1 has a negative net present value: paint (-$9" in next(iter(losing_lines(appraised)))
    assert next(iter(appraisal_lines(appraised))) == next(iter(losing_lines(appraised)))


def test_waits_spread_at_a_crossing_by_the_queue_of_its_posts(starter_run: Outcome) -> None:
    net = build(starter_run.dataset)
    found = congest(starter_run.dataset, net)
    variance = wait_variance(starter_run.dataset, found)
    arcs = {int(a) for groups in net.structure.crossing_arcs.values() for g in groups for a in g}
    assert set(np.flatnonzero(variance)) <= arcs
    assert variance.max() > 0.0
    borders, _ = read_borders(starter_run.dataset)
    road = next(b for b in borders if b.kind == "road")
    there, _ = road.vehicles(*found.volumes[road.crossing_id])
    group = net.structure.crossing_arcs[road.crossing_id][0]
    ahead = next(int(a) for a in group if net.structure.arc_forward[a])
    assert variance[ahead] == pytest.approx(wait_deviation(road.sides, there) ** 2)
