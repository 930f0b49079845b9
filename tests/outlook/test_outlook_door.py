"""Targets judged from a small dataset whose answers can be worked out by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

from keruen.network import DelayFunction, build
from keruen.outlooks import outlook, score, yearly_series
from keruen.outlooks.capacity import Capacities
from keruen.tables import TABLES, Dataset


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[table].schema.create_empty().schema
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in rows], schema=schema, orient="row")


def figure(
    indicator: str, place: str, period: str, value: float, unit: str = "t", **more: Any
) -> dict[str, Any]:
    row = {
        "figure_id": f"{indicator}/{place}/{more.get('partner_id') or '-'}/-/{period}/{more.get('aspect', 'actual')}",
        "indicator_id": indicator, "place_id": place, "period": period, "aspect": "actual", "unit": unit,
        "estimate": value, "rests_on": [], "set_aside": [], "explanation": "given",
    }  # fmt: skip
    return row | more


def target(
    name: str, indicator: str, place: str, value: float, deadline: int | None, **more: Any
) -> dict[str, Any]:
    row = {
        "target_id": name, "label": name, "indicator_id": indicator, "place_id": place, "value": value,
        "deadline": deadline, "measure": "none",
    }  # fmt: skip
    return row | more


INDICATORS = [
    {"indicator_id": "freight", "label": "Freight", "sector": "transport", "unit": "t",
     "indicator_class": "flow", "keywords": "freight", "directed": False},
    {"indicator_id": "rank", "label": "Rank", "sector": "trade", "unit": "rank",
     "indicator_class": "rank", "keywords": "rank", "directed": False},
    {"indicator_id": "built", "label": "Built", "sector": "borders", "unit": "crossing",
     "indicator_class": "count", "keywords": "built", "directed": False},
]  # fmt: skip


def judged(
    figures: list[dict[str, Any]], targets: list[dict[str, Any]], **tables: pl.DataFrame
) -> dict[str, Any]:
    data = Dataset({
        "indicator": frame("indicator", INDICATORS), "figure": frame("figure", figures),
        "target": frame("target", targets), **tables,
    })  # fmt: skip
    rows = outlook(data)["outlook"].to_dicts()
    return {row["target_id"]: row for row in rows}


GROWING = [figure("freight", "KAZ", str(y), 10e6 * 1.1 ** (y - 2018)) for y in range(2018, 2025)]


def test_pace_needed_and_achieved() -> None:
    row = judged(GROWING, [target("t", "freight", "KAZ", 2 * GROWING[-1]["estimate"], 2030)])["t"]
    assert row["achieved_growth"] == pytest.approx(0.1)
    assert row["needed_growth"] == pytest.approx(2 ** (1 / 6) - 1)
    assert row["low"] < row["expected"] < row["high"]
    assert row["probability_low"] < row["probability"] < row["probability_high"]
    assert row["figures"] == [f["figure_id"] for f in GROWING]
    assert (row["last_year"], row["unit"]) == (2024, "t")


def test_a_nearer_aim_is_likelier() -> None:
    level = GROWING[-1]["estimate"]
    rows = judged(
        GROWING, [target(f"t{k}", "freight", "KAZ", level * k, 2030) for k in (1.01, 1.5, 3.0, 10.0)]
    )
    chances = [rows[f"t{k}"]["probability"] for k in (1.01, 1.5, 3.0, 10.0)]
    assert chances == sorted(chances, reverse=True)
    assert rows["t1.01"]["verdict"] == "likely"
    assert rows["t10.0"]["verdict"] == "unlikely"


def test_past_targets_are_met_or_missed_and_no_deadline_is_said() -> None:
    rows = judged(
        GROWING,
        [
            target("met", "freight", "KAZ", 12e6, 2020),
            target("missed", "freight", "KAZ", 13e6, 2020),
            target("open", "freight", "KAZ", 50e6, None),
            target("elsewhere", "freight", "UZB", 50e6, 2030),
            target("early", "freight", "KAZ", 15e6, 2030),
        ],
    )
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "met": "met", "missed": "missed", "open": "unmeasurable", "elsewhere": "no_evidence", "early": "met",
    }  # fmt: skip
    assert rows["met"]["probability"] == 1.0
    assert rows["missed"]["probability"] == 0.0
    assert "12.1 million t in 2020" in rows["missed"]["explanation"]
    assert rows["open"]["probability"] is None


def test_a_lower_rank_is_better() -> None:
    figures = [figure("rank", "KAZ", str(y), v, "rank") for y, v in ((2022, 5.0), (2023, 4.0), (2024, 3.0))]
    rows = judged(figures, [target("up", "rank", "KAZ", 1.0, 2030), target("held", "rank", "KAZ", 4.0, 2030)])
    assert rows["held"]["verdict"] == "met"
    assert rows["up"]["probability"] < rows["held"]["probability"]


def test_which_figures_make_a_series() -> None:
    day = dt.date(2024, 3, 31)
    data = Dataset({
        "indicator": frame("indicator", INDICATORS),
        "figure": frame("figure", [
            figure("freight", "KAZ", "2023", 1.0),
            figure("freight", "KAZ", "2024-01..2024-03", 9.0, period_end=day),
            figure("freight", "KAZ", "2030", 9.0, aspect="forecast"),
            figure("freight", "KAZ", "2022", 9.0, "TEU"),
            figure("freight", "KAZ", "2021", 9.0, commodity_id="coal"),
            figure("built", "KAZ", "2024-03", 7.0, "crossing", period_end=day),
            figure("built", "KAZ", "2024-01", 6.0, "crossing", period_end=dt.date(2024, 1, 31)),
        ]),
    })  # fmt: skip
    series = yearly_series(data)
    assert series["freight", "KAZ", None].years == (2023,)
    # A count taken within the year stands for it, the latest one.
    assert (series["built", "KAZ", None].years, series["built", "KAZ", None].values) == ((2024,), (7.0,))


def test_partners_of_an_undirected_indicator_may_be_swapped() -> None:
    figures = [figure("freight", "RUS", "2024", 10e6, partner_id="KAZ")]
    rows = judged(figures, [target("t", "freight", "KAZ", 12e6, 2026, partner_id="RUS")])
    assert rows["t"]["last_value"] == 10e6


def test_the_dataset_scores_itself() -> None:
    data = Dataset({"indicator": frame("indicator", INDICATORS), "figure": frame("figure", GROWING)})
    scored = score(data, count=50)
    assert scored is not None
    assert scored.count == 50
    assert score(Dataset({})) is None


# -- capacity ------------------------------------------------------------------------------------------------------


def line(capacities: dict[str, float | None], disabled: tuple[str, ...] = ()) -> dict[str, pl.DataFrame]:
    """CHN - A - B - RUS by rail, with a second way C beside A - B; capacity per direction by link."""
    ends = {
        "in": ("chn", "a"),
        "main": ("a", "b"),
        "side1": ("a", "c"),
        "side2": ("c", "b"),
        "out": ("b", "rus"),
    }
    country = {"chn": "CHN", "a": "KAZ", "b": "KAZ", "c": "KAZ", "rus": "RUS"}
    nodes = [
        {"node_id": n, "name": n.upper(), "country": c, "node_type": "junction", "located": True}
        for n, c in country.items()
    ]
    links = [
        {"link_id": name, "name": f"Section {name}", "from_node_id": a, "to_node_id": b, "mode_id": "rail",
         "directed": False, "country": "KAZ", "length": 100.0, "free_speed": 40.0, "gauge": 1520.0,
         "annual_capacity": capacities.get(name), "enabled": name not in disabled}
        for name, (a, b) in ends.items()
    ]  # fmt: skip
    mode = {"mode_id": "rail", "name": "Rail", "payload": 2000.0, "resource_cost": 0.02,
            "empty_return_share": 0.3, "emission": 0.02}  # fmt: skip
    return {
        "node": frame("node", nodes),
        "link": frame("link", links),
        "mode": frame("mode", [mode]),
        "corridor": frame("corridor", [
            {"corridor_id": "route", "name": "Route", "origin": "chn", "destination": "rus", "grade": "B"}
        ]),
        "corridor_link": frame("corridor_link", [
            {"corridor_id": "route", "link_id": name, "sequence": i} for i, name in enumerate(ends)
        ]),
        "crossing": frame("crossing", [
            {"crossing_id": "gate", "name": "Gate", "kind": "rail", "link_id": "in", "node_id": "a", "grade": "B"}
        ]),
    }  # fmt: skip


CAPACITY = {"in": 20e6, "main": 6e6, "side1": 5e6, "side2": 3e6, "out": 30e6}


def test_limits_by_hand() -> None:
    data = Dataset(line(CAPACITY))
    net = build(data, year=2024)

    def limit(measure: str, key: str, posts: tuple[DelayFunction, ...] = ()) -> tuple[float, set[str]]:
        found = Capacities(data, net, posts).limit(measure, key)
        assert found is not None
        return found.tonnes, set(found.sections)

    assert limit("link", "main") == (12e6, {"Section main"})
    # Both ways beside each other, both directions: 2 x (6 + 3).
    tonnes, sections = limit("corridor", "route")
    assert tonnes == pytest.approx(18e6)
    assert sections == {"Section main", "Section side2"}
    tonnes, _ = limit("transit", "KAZ")
    assert tonnes == pytest.approx(18e6)
    queue = DelayFunction("gate", 2, servers=1, service_time_h=1.0, throughput_t_per_year=4e6)
    assert limit("crossing", "gate", (queue,)) == (8e6, {"the posts of Gate"})
    tonnes, sections = limit("corridor", "route", (queue,))
    assert tonnes == pytest.approx(8e6)
    assert sections == {"the posts of Gate"}
    assert Capacities(data, net, ()).limit("corridor", "unknown") is None
    assert Capacities(data, net, ()).limit("link", "unknown") is None
    assert Capacities(data, net, ()).limit("transit", "XXX") is None


def test_unknown_capacity_is_no_limit_and_a_closed_link_carries_nothing() -> None:
    data = Dataset(line({**CAPACITY, "main": None}))
    found = Capacities(data, build(data, year=2024), ()).limit("corridor", "route")
    assert found is not None
    assert found.tonnes == pytest.approx(40e6)
    data = Dataset(line(dict.fromkeys(CAPACITY)))
    found = Capacities(data, build(data, year=2024), ()).limit("corridor", "route")
    assert found is not None
    assert math.isinf(found.tonnes)
    data = Dataset(line(CAPACITY, disabled=("main",)))
    found = Capacities(data, build(data, year=2024), ()).limit("corridor", "route")
    assert found is not None
    assert found.tonnes == pytest.approx(6e6)


def test_out_of_reach_unless_a_planned_project_lifts_the_limit() -> None:
    figures = [figure("freight", "KAZ", str(y), 10e6) for y in (2022, 2023, 2024)]
    aim = [target("t", "freight", "KAZ", 21e6, 2030, measure="transit", measure_key="KAZ")]
    row = judged(figures, aim, **line(CAPACITY))["t"]
    assert (row["capacity_limit"], row["capacity_planned"]) == (pytest.approx(18e6), None)
    assert row["verdict"] == "out_of_reach"
    assert row["binds"].startswith("capacity: Section")
    project = {"project_id": "p", "name": "P", "sector": "rail", "portfolio": False, "stage": "announced",
               "cost": 1e8, "earliest_start": 2026, "duration": 2.0}  # fmt: skip
    change = {"change_id": "c", "project_id": "p", "table": "link", "key": '{"link_id": "main"}',
              "column": "annual_capacity", "operation": "add", "value": "5e6", "relative": True, "year_from": 0}  # fmt: skip
    programme = {"project": frame("project", [project]), "change": frame("change", [change])}
    row = judged(figures, aim, **line(CAPACITY), **programme)["t"]
    assert (row["capacity_limit"], row["capacity_planned"]) == (pytest.approx(18e6), pytest.approx(28e6))
    assert row["verdict"] != "out_of_reach"
    early = [target("t", "freight", "KAZ", 21e6, 2027, measure="transit", measure_key="KAZ")]
    assert judged(figures, early, **line(CAPACITY), **programme)["t"]["verdict"] == "out_of_reach"


def test_a_limit_that_was_passed_already_is_set_aside() -> None:
    figures = [figure("freight", "KAZ", str(y), 19e6) for y in (2023, 2024)]
    aim = [target("t", "freight", "KAZ", 25e6, 2030, measure="transit", measure_key="KAZ")]
    row = judged(figures, aim, **line(CAPACITY))["t"]
    assert row["verdict"] != "out_of_reach"
    assert "set aside" in row["explanation"]


# -- what else stands in the way -----------------------------------------------------------------------------------


def lineage(table: str, key: str, column: str, rests_on: str) -> dict[str, Any]:
    return {"table": table, "row": key, "column": column, "rests_on_kind": "figure", "rests_on": rests_on}


AIM = "freight/KAZ/-/-/..2030/target"


def carried(deadline: int = 2030, **more: Any) -> dict[str, pl.DataFrame]:
    """A target and a project that rest on one figure."""
    works = {"project_id": "p", "name": "Second track", "sector": "rail", "portfolio": False, "stage": "announced",
             "cost": 1e8, "earliest_start": 2026, "duration": 2.0} | more  # fmt: skip
    return {
        "project": frame("project", [works]),
        "lineage": frame("lineage", [
            lineage("target", '{"target_id": "t"}', "value", AIM),
            lineage("project", '{"project_id": "p"}', "cost", AIM),
        ]),
    }  # fmt: skip


def test_works_that_come_late_bind_before_a_slow_pace() -> None:
    aim = [target("t", "freight", "KAZ", 40e6, 2030)]
    row = judged(GROWING, aim, **carried(earliest_start=2028, duration=6.0))["t"]
    assert row["projects"] == ["p"]
    assert (row["binds_kind"], row["binds"]) == (
        "time", "time: Second track is to be finished in 2033 at the earliest",
    )  # fmt: skip
    assert "the pace needed exceeds the pace achieved" in row["also"]
    assert "Second track (announced, to be finished in 2033)" in row["explanation"]


def test_a_project_that_the_plan_leaves_lacks_money() -> None:
    plan = frame("plan", [{"project_id": "p", "selected": False, "cost": 1e8,
                           "reason": "It does not earn its cost beside the plan."}])  # fmt: skip
    row = judged(GROWING, [target("t", "freight", "KAZ", 40e6, 2030)], **carried(), plan=plan)["t"]
    assert (row["binds_kind"], row["binds"]) == (
        "money", "money: Second track costs $100 million, and the plan does not build it",
    )  # fmt: skip


def test_commitments_for_the_same_place_are_counted_once() -> None:
    plan = frame("plan", [{"project_id": "p", "selected": False, "cost": 1e8,
                           "reason": "It does not earn its cost beside the plan."}])  # fmt: skip
    money = [
        {"commitment_id": "a", "name": "A", "stage": "announced", "amount": 9e7, "overlaps_with": "b", "place_id": "line"},
        {"commitment_id": "b", "name": "B", "stage": "announced", "amount": 5e7, "overlaps_with": "a", "place_id": "line"},
        {"commitment_id": "c", "name": "C", "stage": "financed", "amount": 1e7, "place_id": "line"},
        {"commitment_id": "d", "name": "D", "stage": "financed", "amount": 7e7, "place_id": "elsewhere"},
    ]  # fmt: skip
    row = judged(
        GROWING, [target("t", "freight", "KAZ", 40e6, 2030)], **carried(place_id="line"), plan=plan,
        commitment=frame("commitment", money),
    )["t"]  # fmt: skip
    assert row["binds"].endswith("(for the same place $90 million announced and $10 million financed)")


def test_workers_bind_by_the_year_that_lacks_the_largest_share() -> None:
    gaps = [
        {"project_id": "p", "skill_id": s, "place_id": "KAZ", "year": y, "needed": n, "trained": 0.0, "free": n - g,
         "gap": 0.0, "gap_today": g, "courses": "", "wait": 0}
        for s, y, n, g in (("weld", 2027, 100.0, 10.0), ("weld", 2028, 100.0, 60.0), ("dig", 2028, 100.0, 0.0),
                           ("weld", 2033, 100.0, 100.0))
    ]  # fmt: skip
    row = judged(
        GROWING, [target("t", "freight", "KAZ", 40e6, 2030)], **carried(),
        skill_gap=frame("skill_gap", gaps), skill=frame("skill", [{"skill_id": "weld", "name": "Welders"}]),
    )["t"]  # fmt: skip
    assert row["binds_kind"] == "workers"
    assert "lacks 60 of 200 people in 2028" in row["binds"]
    assert "welders (the training plan closes the gap)" in row["binds"]


def test_people_that_works_need_by_a_year_do_not_wait_for_their_end() -> None:
    tables = carried(earliest_start=2028, duration=6.0)
    tables["lineage"] = tables["lineage"].with_columns(
        pl.when(pl.col("table") == "project")
        .then(pl.lit("requirement"))
        .otherwise(pl.col("table"))
        .alias("table")
    )
    row = judged(GROWING, [target("t", "freight", "KAZ", 40e6, 2030)], **tables)["t"]
    assert row["projects"] == ["p"]
    assert "to be finished" not in row["binds"]


def test_what_was_promised_before_is_told() -> None:
    promise = {
        "promise_id": AIM, "label": "40 Mt", "office": "Ministry", "indicator_id": "freight", "place_id": "KAZ",
        "unit": "t", "first_announced": dt.date(2020, 1, 1), "last_said": dt.date(2024, 1, 1), "versions": 2,
        "first_value": 50e6, "first_deadline": 2026, "value": 40e6, "deadline": 2030, "verdict": "redefined",
        "explanation": "moved", "history": "announced 2020-01-01: 50 by 2026; redefined 2024-01-01: 40 by 2030",
        "as_of": dt.date(2024, 12, 31), "said_in": [], "statements": [], "evidence": [], "evidence_statements": [],
    }  # fmt: skip
    figures = [*GROWING, figure("freight", "KAZ", "..2030", 40e6, aspect="target", rests_on=["s1", "s2"])]
    row = judged(
        figures, [target("t", "freight", "KAZ", 40e6, 2030)], **carried(),
        promise_status=frame("promise_status", [promise]),
    )["t"]  # fmt: skip
    assert (row["promise_id"], row["first_value"], row["first_deadline"]) == (AIM, 50e6, 2026)
    assert row["versions"].startswith("announced 2020-01-01")
    assert row["statements"] == ["s1", "s2"]


def test_a_deadline_that_passed_without_a_figure_gets_a_chance() -> None:
    source = frame(
        "source", [{"source_id": "n", "published": dt.date(2026, 3, 1), "title": "N", "language": "en"}]
    )
    row = judged(
        GROWING,
        [target("near", "freight", "KAZ", 17.8e6, 2025), target("far", "freight", "KAZ", 60e6, 2025)],
        source=source,
    )
    assert row["near"]["verdict"] == "likely"
    assert row["far"]["verdict"] == "unlikely"
    assert row["far"]["explanation"].startswith("The deadline has passed and no figure of 2025 was read.")


def test_the_version_within_capacity_is_never_above_it() -> None:
    figures = [figure("freight", "KAZ", str(y), 10e6 * 1.2 ** (y - 2022)) for y in (2022, 2023, 2024)]
    aim = [target("t", "freight", "KAZ", 20e6, 2030, measure="transit", measure_key="KAZ")]
    row = judged(figures, aim, **line(CAPACITY))["t"]
    assert row["expected"] > row["capacity_limit"]
    assert row["expected_limited"] == pytest.approx(18e6)
    assert (row["probability_limited"], row["binds_kind"]) == (0.0, "link")
    assert row["model_low"] < row["expected"] < row["model_high"]
    assert row["models"].count("|") == 4
