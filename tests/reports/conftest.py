"""A finished run of the starter dataset, its results worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from keruen.tables import TABLES, Dataset, load

YEAR_2024 = (dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return validated rows; columns left out are null."""
    schema = TABLES[table].schema
    types = schema.create_empty().schema
    full = [{column: row.get(column) for column in types} for row in rows]
    return schema.validate(pl.DataFrame(full, schema=types))


def statement(
    dataset: Dataset, source: str, quote: str, number: int, nth: int = 0, **fields: Any
) -> dict[str, Any]:
    """Return a statement at the exact place of ``quote`` in its document."""
    text = dataset.documents[source]
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    end = start + len(quote)
    sentence_start = max(text.rfind(". ", 0, start), text.rfind("\n", 0, start)) + 1
    sentence_end = text.index(".", end) + 1
    return {
        "statement_id": f"s{number:03d}", "source_id": source, "start": start, "end": end, "quote": quote,
        "modifier": "exact", "period_start": YEAR_2024[0], "period_end": YEAR_2024[1], "granularity": "year",
        "period_inferred": False, "kind": "reported", "sentence_start": sentence_start,
        "sentence_end": sentence_end, **fields,
    }  # fmt: skip


def finish(dataset: Dataset) -> Dataset:
    """Return the starter dataset with every result table that the report shows."""
    trade = {"unit": "USD", "indicator_id": "trade_turnover", "place_id": "ALA", "partner_id": "BOR"}
    freight = {"unit": "t", "indicator_id": "corridor_freight", "place_id": "steppe_corridor"}
    statements = [
        statement(dataset, "ministry", "$2.1 billion", 1, value=2.1e9, **trade),
        statement(dataset, "courier", "$1.7 billion", 2, value=1.7e9, speaker="customs of Bora", **trade),
        statement(dataset, "ministry", "4.2 million tonnes", 3, value=4.2e6, **freight),
        statement(dataset, "railway", "4.2 million tonnes", 4, value=4.2e6, **freight),
        statement(dataset, "ministry", "6 million tonnes", 5, value=6e6, **freight | {
            "kind": "target", "period_start": None, "period_end": dt.date(2030, 12, 31), "granularity": "span"}),
        statement(dataset, "ministry", "12 joint projects", 6, value=12.0, unit="project"),
    ]  # fmt: skip

    def figure(name: str, estimate: float, rests_on: list[str], **fields: Any) -> dict[str, Any]:
        indicator, place, partner, _, period, aspect = name.split("/")
        return {
            "figure_id": name, "indicator_id": indicator, "place_id": place,
            "partner_id": None if partner == "-" else partner, "period": period, "aspect": aspect,
            "estimate": estimate, "rests_on": rests_on, "set_aside": [], "explanation": "One source states it.",
            **fields,
        }  # fmt: skip

    figures = [
        figure("trade_turnover/ALA/BOR/-/2024/actual", 2.1e9, ["s001"], unit="USD", low=1.7e9, high=2.1e9,
               set_aside=["s002"], explanation="The ministry's figure weighs more than the newspaper's."),
        figure("corridor_freight/steppe_corridor/-/-/2024/actual", 4.2e6, ["s003", "s004"], unit="t"),
        figure("corridor_freight/steppe_corridor/-/-/..2030/target", 6e6, ["s005"], unit="t"),
    ]  # fmt: skip
    conflicts = [
        {"conflict_id": "k1", "members": ["s001", "s002"], "identity_id": "mirror", "cause": "reporter",
         "explanation": "The customs services of both sides count differently.", "size": 0.235,
         "alternatives": "valuation at the border|a typing error", "repairs": ["s002", "s001"]},
    ]  # fmt: skip
    lineage = [
        {"table": "link", "row": '{"link_id": "town_saryzhol"}', "column": "length", "rests_on_kind": "figure",
         "rests_on": "line_length/saryzhol_section/-/-/-/actual", "binding_id": "b005"},
        {"table": "link", "row": '{"link_id": "town_gate"}', "column": "length", "rests_on_kind": "assumption",
         "rests_on": "road_detour", "binding_id": "b004"},
        {"table": "demand", "row": '{"origin": "quarry"}', "column": "tonnes", "rests_on_kind": "figure",
         "rests_on": "corridor_freight/steppe_corridor/-/-/2024/actual", "binding_id": "b100"},
        {"table": "demand", "row": '{"origin": "quarry"}', "column": "tonnes", "rests_on_kind": "assumption",
         "rests_on": "ore_share", "binding_id": "b100"},
    ]  # fmt: skip

    def passed(link: str, tail: str, head: str, tonnes: float, capacity: float | None) -> dict[str, Any]:
        return {
            "link_id": link, "from_node_id": tail, "to_node_id": head, "year": 2024, "tonnes": tonnes,
            "annual_capacity": capacity, "utilisation": None if capacity is None else tonnes / capacity,
            "time": 6.0, "delay": 0.5,
        }  # fmt: skip

    performance = [
        passed("quarry_town", "quarry", "town", 3e6, 2e7), passed("quarry_town", "town", "quarry", 0.0, 2e7),
        passed("town_saryzhol", "town", "saryzhol", 4.2e6, 5e6), passed("town_saryzhol", "saryzhol", "town", 5e5, 5e6),
        passed("saryzhol_border", "saryzhol", "saryzhol_b", 4.2e6, 4e6),
        passed("saryzhol_city", "saryzhol_b", "city", 4.2e6, None),
    ]  # fmt: skip
    crossings = [
        {"crossing_id": "saryzhol", "year": 2024, "vehicles_per_day": 8.0, "throughput": 12.0, "weaker_side": "BOR",
         "utilisation": 0.667, "wait": 3.5, "wait_p90": 9.0, "other_delay": 6.0, "cost_of_waiting": 2.5e6,
         "stable": True, "handling_time": 4.0, "binds": "documents"},
        {"crossing_id": "gate", "year": 2024, "vehicles_per_day": 260.0, "throughput": 240.0, "weaker_side": "ALA",
         "utilisation": 1.083, "other_delay": 0.0, "stable": False, "queue_growth": 20.0, "binds": "lanes"},
    ]  # fmt: skip
    scorecards = [
        {"corridor_id": "steppe", "year": 2024, "tonnes": 4.7e6, "length": 420.0, "time": 40.0, "border_time": 13.5,
         "cost": 14.2, "emission": 9.1, "tightest_link": "saryzhol_border", "restricted_links": 0, "grade": "B"},
    ]  # fmt: skip
    outlook = [
        {"target_id": "corridor_2030", "label": "The Steppe Corridor carries 6 million tonnes by 2030", "value": 6e6,
         "unit": "t", "deadline": 2030, "last_year": 2024, "last_value": 4.2e6, "needed_growth": 0.061,
         "achieved_growth": 0.095, "expected": 5.4e6, "low": 4.6e6, "high": 6.2e6, "probability": 0.21,
         "probability_low": 0.05, "probability_high": 0.4, "capacity_limit": 5e6, "verdict": "out_of_reach",
         "measured": "Freight on a corridor, Steppe Corridor", "binds_kind": "link", "also": "money: nothing is set aside",
         "models": "naive 5 %|drift 40 %", "projects": [], "statements": [], "model_low": 5.0e6, "model_high": 5.8e6, "expected_limited": 5e6, "probability_limited": 0.0,
         "versions": "announced 2025-02-10: 5 million t by 2027; redefined 2025-03-03: 6 million t by 2030",
         "binds": "capacity of Town-Saryzhol", "explanation": "The line can carry 5 Mt a year.",
         "figures": ["corridor_freight/steppe_corridor/-/-/2024/actual"]},
        {"target_id": "trade_2030", "label": "Trade of Ala and Bora reaches $3 billion by 2030", "value": 3e9,
         "unit": "USD", "deadline": 2030, "verdict": "no_evidence", "binds": "nothing measurable", "binds_kind": "evidence", "measured": "Trade", "models": "", "projects": [], "statements": [],
         "also": "", "versions": "",
         "explanation": "Too few years are known.", "figures": []},
    ]  # fmt: skip
    plan = [
        {"project_id": "second_track", "selected": True, "start_year": 2026, "open_year": 2029, "cost": 2.4e8,
         "discounted_cost": 2.2e8, "value_alone": 9e7, "reason": "It opens the tightest section."},
        {"project_id": "gate_lanes", "selected": False, "cost": 2e7, "reason": "The railway takes its traffic."},
        {"project_id": "package", "selected": False, "reason": "A portfolio is not planned as one project."},
    ]  # fmt: skip
    summary = [
        {"plan_id": "base", "objective": 4.1e9, "bound": 4.05e9, "gap": 0.0122, "without_projects": 4.3e9,
         "capital": 2.4e8, "unserved": 0.0, "price_of_targets": None, "status": "optimal within the gap"},
    ]  # fmt: skip
    return dataset.with_tables(
        statement=frame("statement", statements), figure=frame("figure", figures),
        conflict=frame("conflict", conflicts), lineage=frame("lineage", lineage),
        link_performance=frame("link_performance", performance),
        crossing_performance=frame("crossing_performance", crossings),
        corridor_scorecard=frame("corridor_scorecard", scorecards), outlook=frame("outlook", outlook),
        plan=frame("plan", plan), plan_summary=frame("plan_summary", summary),
    )  # fmt: skip


@pytest.fixture(scope="session")
def starter() -> Dataset:
    return load("starter")


@pytest.fixture(scope="session")
def finished(starter: Dataset) -> Dataset:
    return finish(starter)


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    return {
        "keruen": "0.1.0",
        "python": "3.11.7",
        "seed": 20260101,
        "settings": {"model": "logit", "year": None, "budget": 2e8, "seed": 20260101},
        "versions": {"polars": "2.1.0"},
        "certificates": {"gap": 1.25e-7, "conservation": 0.0, "stall": ""},
        "inputs": {"link": "0123456789abcdef" * 4, "documents/ministry": "fedcba9876543210" * 4},
        "findings": ["warning: node[x].x_coord: is unknown; the node is left off the map"],
        "timings_s": {"total": 3.21},
    }


@pytest.fixture(scope="session")
def rows() -> Callable[..., pl.DataFrame]:
    return frame
