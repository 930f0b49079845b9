"""Plans of a small dataset whose best answers can be worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from keruen.errors import InputError
from keruen.network import build
from keruen.plans import InfeasiblePlan, near_optimal, plan
from keruen.plans.programme import STEPS, programme
from keruen.tables import TABLES, Dataset


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[table].schema.create_empty().schema
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in rows], schema=schema, orient="row")


def project(name: str, **more: Any) -> dict[str, Any]:
    row = {
        "project_id": name, "name": name, "sector": "rail", "portfolio": False, "stage": "announced",
        "cost": 50e6, "earliest_start": 2025, "duration": 1.0,
    }  # fmt: skip
    return row | more


def change(name: str, owner: str, table: str, key: dict[str, Any], column: str, operation: str, value: Any, **more: Any) -> dict[str, Any]:  # fmt: skip
    row = {
        "change_id": name, "project_id": owner, "table": table, "key": json.dumps(key), "column": column,
        "operation": operation, "value": None if value is None else str(value), "year_from": 0, "relative": True,
    }  # fmt: skip
    return row | more


WIDEN = change("c1", "widen", "link", {"link_id": "short"}, "annual_capacity", "add", 2e6)
SHORTCUT = change("c2", "shortcut", "link", {"link_id": "tunnel"}, "enabled", "set", "true")
FASTER = change("c3", "faster", "link", {"link_id": "long"}, "free_speed", "set", 100.0)

PARAMETERS = {"discount_rate": 0.0, "horizon": 4.0, "unserved_penalty": 500.0}


def toy(
    projects: list[dict[str, Any]], changes: list[dict[str, Any]], *, targets: list[dict[str, Any]] | None = None,
    tonnes: float = 3e6, **parameters: float,
) -> Dataset:  # fmt: skip
    """Town to port: 100 km by the short line for 1 Mt a year, else 300 km by the long one; a tunnel of 50 km is shut.

    A tonne-km costs 0.1 USD, an hour 0.5 USD/t, and trains run at 50 km/h: 11 USD by the short line, 33 by the long.
    """
    lengths = {"short": (100.0, 1e6, True), "long": (300.0, 10e6, True), "tunnel": (50.0, 10e6, False)}
    links = [
        {"link_id": name, "name": name, "from_node_id": "town", "to_node_id": "port", "mode_id": "rail", "directed": False,
         "country": "KAZ", "length": length, "free_speed": 50.0, "gauge": 1520.0, "annual_capacity": capacity, "enabled": on}
        for name, (length, capacity, on) in lengths.items()
    ]  # fmt: skip
    nodes = [
        {"node_id": n, "name": n, "country": c, "node_type": "city", "located": True, "zone_id": n}
        for n, c in (("town", "KAZ"), ("port", "AZE"))
    ]
    goods = {"commodity_id": "goods", "name": "Goods", "value": 400.0, "value_of_time_low": 0.5,
             "value_of_time": 0.5, "value_of_time_high": 0.5, "reliability_ratio": 0.0, "scale": 0.1}  # fmt: skip
    rail = {"mode_id": "rail", "name": "Rail", "payload": 2000.0, "resource_cost": 0.1, "empty_return_share": 0.0,
            "emission": 0.0}  # fmt: skip
    demand = {"origin": "town", "destination": "port", "commodity_id": "goods", "traffic_type": "export",
              "year": 2024, "tonnes": tonnes}  # fmt: skip
    values = PARAMETERS | parameters
    return Dataset({
        "node": frame("node", nodes), "link": frame("link", links), "mode": frame("mode", [rail]),
        "commodity": frame("commodity", [goods]), "demand": frame("demand", [demand]),
        "project": frame("project", projects), "change": frame("change", changes),
        "target": frame("target", targets or []),
        "appraisal_parameter": frame("appraisal_parameter", [
            {"parameter_id": k, "value": v, "unit": "as named"} for k, v in values.items()
        ]),
    })  # fmt: skip


def rows(result: Any) -> dict[str, dict[str, Any]]:
    return {row["project_id"]: row for row in result.dataset["plan"].iter_rows(named=True)}


def summary(result: Any) -> dict[str, Any]:
    found: dict[str, Any] = result.dataset["plan_summary"].row(0, named=True)
    return found


def test_widening_pays_and_starts_at_once() -> None:
    result = plan(toy([project("widen")], [WIDEN]), gap=1e-6)
    # 2 Mt a year save 22 USD each in the three years after construction: 132 million for 50.
    row, certificate = rows(result)["widen"], summary(result)
    assert (row["selected"], row["start_year"], row["open_year"]) == (True, 2025, 2026)
    assert row["value_alone"] == pytest.approx(132e6)
    assert row["discounted_cost"] == pytest.approx(50e6)
    assert certificate["without_projects"] == pytest.approx(4 * (11e6 + 66e6))
    assert certificate["objective"] == pytest.approx(4 * 77e6 - 132e6 + 50e6)
    assert certificate["bound"] == pytest.approx(certificate["objective"])
    assert certificate["capital"] == pytest.approx(50e6)
    assert certificate["price_of_targets"] is None
    assert "saves $132 million" in row["reason"]


def test_a_project_that_does_not_earn_its_cost_is_left_and_says_why() -> None:
    result = plan(toy([project("widen", cost=140e6)], [WIDEN]), gap=1e-6)
    row = rows(result)["widen"]
    assert row["selected"] is False
    assert row["start_year"] is None
    assert "does not earn its cost" in row["reason"]
    assert "$132 million" in row["reason"]


def test_what_cannot_be_planned_says_so() -> None:
    result = plan(
        toy(
            [
                project("package", portfolio=True, cost=1e9),
                project("unpriced", cost=None),
                project("aimless"),
                project("late", earliest_start=2040),
                project("done", stage="completed", earliest_start=2020),
                project("barred"),
                project("dependent", requires="unpriced"),
                project("elsewhere"),
            ],
            [
                change("a", "unpriced", "link", {"link_id": "short"}, "annual_capacity", "add", 1e6),
                change("b", "late", "link", {"link_id": "short"}, "annual_capacity", "add", 1e6),
                change("c", "done", "link", {"link_id": "short"}, "annual_capacity", "add", 1e6),
                change("d", "barred", "link", {"link_id": "short"}, "annual_capacity", "add", 1e6),
                change("e", "dependent", "link", {"link_id": "short"}, "annual_capacity", "add", 1e6),
                change("f", "elsewhere", "link", {"link_id": "short"}, "tracks", "set", 2),
            ],
        ),
        without=("barred",),
    )
    reasons = {name: row["reason"] for name, row in rows(result).items()}
    assert not any(row["selected"] for row in rows(result).values())
    expected = {
        "package": "not itemised", "unpriced": "No cost", "aimless": "not known", "late": "cannot open before 2041",
        "done": "part of the network", "barred": "ruled out", "dependent": "needs unpriced",
        "elsewhere": "does not touch",
    }  # fmt: skip
    for name, words in expected.items():
        assert words in reasons[name], name


def test_a_shut_link_is_opened_and_a_faster_one_is_used() -> None:
    result = plan(toy([project("shortcut")], [SHORTCUT]), gap=1e-6)
    # 50 km cost 5.5 USD: 3 Mt move for 16.5 instead of 77 million a year.
    assert rows(result)["shortcut"]["value_alone"] == pytest.approx(3 * 60.5e6)
    result = plan(toy([project("faster", cost=1e6)], [FASTER]), gap=1e-6)
    # 300 km in 3 h instead of 6 on the 2 Mt that go the long way.
    assert rows(result)["faster"]["value_alone"] == pytest.approx(3 * 2e6 * 3 * 0.5)


def test_works_that_shut_a_line_are_weighed() -> None:
    shut = change("c4", "widen", "link", {"link_id": "short"}, "", "disable", None, year_from=-1, year_to=-1)
    result = plan(toy([project("widen")], [WIDEN, shut]), gap=1e-6)
    # The year of works costs 22 million more.
    assert summary(result)["objective"] == pytest.approx(4 * 77e6 - 132e6 + 50e6 + 22e6)


def test_budget_by_year_is_carried_over() -> None:
    result = plan(toy([project("widen")], [WIDEN], budget_per_year=25e6), gap=1e-6)
    assert rows(result)["widen"]["start_year"] == 2026
    result = plan(toy([project("widen")], [WIDEN], budget_per_year=25e6), budget=10e6, gap=1e-6)
    assert not rows(result)["widen"]["selected"]
    assert "budget" in rows(result)["widen"]["reason"]


def test_starts_per_year_are_limited() -> None:
    second = change("c4", "more", "link", {"link_id": "short"}, "annual_capacity", "add", 1e6)
    first = second | {"change_id": "c5", "project_id": "widen"}
    projects = [project("widen", cost=10e6), project("more", cost=10e6)]
    free = plan(toy(projects, [first, second]), gap=1e-6)
    assert {row["start_year"] for row in rows(free).values()} == {2025}
    one = plan(toy(projects, [first, second], most_starts_per_year=1.0), gap=1e-6)
    assert sorted(row["start_year"] for row in rows(one).values()) == [2025, 2026]
    none = plan(toy(projects, [first, second], most_starts_per_year=0.0), gap=1e-6)
    assert all("As many projects start in 2025 as may" in row["reason"] for row in rows(none).values())
    # What is under construction comes on top.
    under_way = [projects[0] | {"stage": "under_construction"}, projects[1]]
    both = plan(toy(under_way, [first, second], most_starts_per_year=1.0), gap=1e-6)
    assert {row["start_year"] for row in rows(both).values()} == {2025}
    # Two projects cannot make a start in each of four years.
    with pytest.raises(InfeasiblePlan, match="least number of starts"):
        plan(toy(projects, [first, second], least_starts_per_year=1.0))


def test_by_shortens_the_horizon() -> None:
    result = plan(toy([project("widen")], [WIDEN]), by=2026, gap=1e-6)
    assert result.programme.years.tolist() == [2025, 2026]
    assert not rows(result)["widen"]["selected"]


def test_orders_between_projects() -> None:
    second = change("c5", "tunnel2", "link", {"link_id": "tunnel"}, "enabled", "set", "true")
    needs = plan(
        toy([project("widen"), project("tunnel2", requires="widen", cost=20e6)], [WIDEN, second]), gap=1e-6
    )
    assert rows(needs)["tunnel2"]["start_year"] >= rows(needs)["widen"]["open_year"]
    rivals = plan(toy([project("widen", excludes="tunnel2"), project("tunnel2")], [WIDEN, second]), gap=1e-6)
    assert not rows(rivals)["widen"]["selected"]
    assert rows(rivals)["tunnel2"]["selected"]


def test_work_under_way_is_finished_and_only_the_rest_is_paid() -> None:
    under = project("widen", stage="under_construction", earliest_start=2024, duration=2.0, cost=900e6)
    result = plan(toy([under], [WIDEN], budget_per_year=1.0), gap=1e-6)
    row = rows(result)["widen"]
    assert (row["selected"], row["start_year"], row["open_year"]) == (True, 2025, 2026)
    assert row["discounted_cost"] == pytest.approx(450e6)
    assert "built in any case" in row["reason"]


def test_complete_projects_enter_service_in_every_plan() -> None:
    done = project("widen", stage="completed", earliest_start=2025, duration=1.0)
    result = plan(toy([done], [WIDEN]), gap=1e-6)
    assert rows(result)["widen"]["selected"] is False
    assert "serves from 2026" in rows(result)["widen"]["reason"]
    assert summary(result)["objective"] == pytest.approx(4 * 77e6 - 132e6)
    assert summary(result)["capital"] == 0.0


TARGET = {
    "target_id": "short_2027", "label": "short line", "indicator_id": "freight", "value": 3e6, "deadline": 2027,
    "measure": "link", "measure_key": "short",
}  # fmt: skip


def test_the_price_of_a_target_is_reported_apart() -> None:
    dear = toy([project("widen", cost=140e6)], [WIDEN], targets=[TARGET])
    result = plan(dear, targets=["short_2027"], gap=1e-6)
    assert rows(result)["widen"]["selected"]
    # Started as late as the deadline lets it, it saves 88 million of the 140.
    price = summary(result)["price_of_targets"]
    assert price == pytest.approx(140e6 - 132e6)
    assert "target" in rows(result)["widen"]["reason"]
    priced = plan(dear, targets={"short_2027": 0.5}, gap=1e-6)
    assert not rows(priced)["widen"]["selected"]
    assert summary(priced)["price_of_targets"] == pytest.approx(0.5 * 2e6)


def test_a_target_beyond_reach_is_named() -> None:
    far = toy([project("widen")], [WIDEN], targets=[TARGET | {"value": 9e6}])
    with pytest.raises(InfeasiblePlan, match="short_2027"):
        plan(far, targets=["short_2027"])
    with pytest.raises(InputError, match="is no target"):
        plan(far, targets=["unheard_of"])
    with pytest.raises(InputError, match="is no project"):
        plan(far, without=["unheard_of"])


def test_growth_and_discount_by_hand() -> None:
    data = toy(
        [project("widen", cost=900e6)], [WIDEN], demand_growth_export=0.1, discount_rate=0.05, horizon=2.0
    )
    result = plan(data, gap=1e-6)
    cost = 11e6 + 33 * (3.3e6 - 1e6) + (11e6 + 33 * (3.63e6 - 1e6)) / 1.05
    assert summary(result)["objective"] == pytest.approx(cost)


def test_goods_without_any_route_are_left_out_and_listed() -> None:
    data = toy([project("widen")], [WIDEN])
    far = {
        "node_id": "isle",
        "name": "isle",
        "country": "KAZ",
        "node_type": "city",
        "located": True,
        "zone_id": "isle",
    }
    lost = {"origin": "town", "destination": "isle", "commodity_id": "goods", "traffic_type": "domestic",
            "year": 2024, "tonnes": 1e6}  # fmt: skip
    more = data.with_tables(
        node=pl.concat([data["node"], frame("node", [far])]),
        demand=pl.concat([data["demand"], frame("demand", [lost])]),
    )
    result = plan(more, gap=1e-6)
    assert summary(result)["objective"] == pytest.approx(summary(plan(data, gap=1e-6))["objective"])
    assert any("no route" in finding.problem for finding in result.findings)


def test_more_money_never_makes_it_dearer_and_the_same_dataset_gives_the_same_bytes() -> None:
    projects = [project("widen"), project("shortcut", cost=70e6), project("faster", cost=5e6)]
    data = toy(projects, [WIDEN, SHORTCUT, FASTER])
    costs = [summary(plan(data, budget=b, gap=1e-7))["objective"] for b in (1.0, 5e6, 20e6, 40e6, 100e6)]
    assert costs == sorted(costs, reverse=True)
    first, second = plan(data, budget=20e6), plan(data, budget=20e6)
    assert first.dataset["plan"].equals(second.dataset["plan"])
    assert first.dataset["plan_summary"].equals(second.dataset["plan_summary"])


def test_a_widened_crossing_shortens_its_queue() -> None:
    data = toy([project("lanes", cost=1e6, sector="crossing")], [
        change("c6", "lanes", "post", {"crossing_id": "gate"}, "lanes", "multiply", 2.0)
    ], tonnes=1e6)  # fmt: skip
    gate = {
        "crossing_id": "gate",
        "name": "Gate",
        "kind": "rail",
        "link_id": "short",
        "node_id": "town",
        "grade": "B",
    }
    side = {"crossing_id": "gate", "country": "KAZ", "regime": "customs", "lanes": 1.0, "hours_per_day": 24.0,
            "service_time": 15.0, "service_cv": 1.0, "arrival_cv": 1.0}  # fmt: skip
    data = data.with_tables(crossing=frame("crossing", [gate]), post=frame("post", [side]))
    work = programme(data, build(data))
    steps = [e for e in work.problem.effects if e.project == 0]
    # Twice the lanes: every step of the queue, in both directions, is as wide again.
    assert len(steps) == 2 * len(STEPS)
    for effect in steps:
        assert effect.change == pytest.approx(work.problem.capacity[0, effect.resource])
    row = rows(plan(data, gap=1e-6))["lanes"]
    assert row["selected"]
    assert row["value_alone"] > 1e6


def test_a_warm_start_gives_the_same_plan() -> None:
    projects = [project("widen"), project("shortcut", cost=70e6), project("faster", cost=5e6)]
    data = toy(projects, [WIDEN, SHORTCUT, FASTER])
    before = plan(data, budget=20e6, gap=1e-6)
    cold, warm = plan(data, budget=40e6, gap=1e-6), plan(data, budget=40e6, gap=1e-6, warm=before)
    assert (
        warm.dataset["plan"]
        .select("project_id", "start_year")
        .equals(cold.dataset["plan"].select("project_id", "start_year"))
    )
    assert summary(warm)["objective"] == pytest.approx(summary(cold)["objective"])
    others = near_optimal(warm.planner, warm.solution, within=30.0)
    assert (others.cost <= warm.solution.objective + 30.0 + 1e-6).all()
    assert len(others.cost) > 1
