"""Data grades follow from what a crossing or corridor rests on, up and down."""

from __future__ import annotations

import polars as pl
import pytest

from keruen.tables import Dataset, resolve
from keruen.tables.folder import validate
from keruen.tables.grades import graded
from keruen.tables.registry import TABLES


def frame(name: str, *rows: dict[str, object]) -> pl.DataFrame:
    schema = {column: spec.dtype for column, spec in TABLES[name].columns.items()}
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in rows], schema=schema)


def figure(indicator: str, place: str, value: float, aspect: str = "actual") -> dict[str, object]:
    return {
        "figure_id": f"{indicator}/{place}/-/-/2023/{aspect}", "indicator_id": indicator, "place_id": place, "period": "2023",
        "aspect": aspect, "unit": "1", "estimate": value, "rests_on": [], "set_aside": [], "explanation": "",
    }  # fmt: skip


def bound(table: str, key: str, column: str, expression: str) -> dict[str, object]:
    return {
        "binding_id": f"{table}.{column}.{key}", "table": table, "key": key, "column": column, "expression": expression,
        "reason": "test",
    }  # fmt: skip


def border(
    *figures: dict[str, object], located: bool = True, place: str | None = "gate", error: str = "fine",
    service: str = "assumption('guess')", delay: str = "assumption('guess')", typed: str | None = None,
) -> Dataset:  # fmt: skip
    """Return one resolved crossing on one corridor of one link."""
    node = {"node_id": "a", "name": "A", "country": "KAZ", "node_type": "crossing", "located": located}
    spot = {"x_coord": 70.0, "y_coord": 45.0} if located else {}
    dataset = Dataset({
        "node": frame("node", node | spot, {"node_id": "b", "name": "B", "country": "CHN", "node_type": "crossing", "located": False}),
        "link": frame("link", {"link_id": "ab", "name": "ab", "from_node_id": "a", "to_node_id": "b", "mode_id": "road",
                               "directed": False, "country": "KAZ", "length": 1.0, "free_speed": 50.0, "enabled": True}),
        "crossing": frame("crossing", {"crossing_id": "x", "name": "X", "kind": "road", "link_id": "ab", "node_id": "a",
                                       "place_id": place, "grade": typed}),
        "corridor": frame("corridor", {"corridor_id": "k", "name": "K", "place_id": "way", "origin": "a", "destination": "b"}),
        "corridor_link": frame("corridor_link", {"corridor_id": "k", "link_id": "ab", "sequence": 0}),
        "post": frame("post", {"crossing_id": "x", "country": "KAZ", "regime": "customs", "lanes": 1.0, "hours_per_day": 24.0,
                               "service_time": 1.0, "service_cv": 1.0, "arrival_cv": 1.0}),
        "delay_cause": frame("delay_cause", {"crossing_id": "x", "cause": "papers", "hours": 1.0}),
        "assumption": frame("assumption", *(
            {"assumption_id": name, "value": value, "low": low, "high": high, "unit": "1", "reason": "test"}
            for name, value, low, high in (("guess", 2.0, 1.0, 3.0), ("fine", 0.0, -0.05, 0.05), ("rough", 0.0, -0.3, 0.3)))),
        "figure": frame("figure", *figures),
        "binding": frame("binding", bound("post", '{"crossing_id": "x"}', "service_time", service),
                         bound("delay_cause", '{"crossing_id": "x"}', "hours", delay),
                         bound("link", '{"link_id": "ab"}', "length", "figure('line_length/way/-/-/2023/actual')"
                               if any(f["indicator_id"] == "line_length" for f in figures) else "assumption('guess')"),
                         *((bound("node", '{"node_id": "a"}', c, f"given + assumption('{error}')") for c in ("x_coord", "y_coord"))
                           if located else ())),
    })  # fmt: skip
    resolution = resolve(dataset)
    assert resolution.findings == []
    return graded(resolution.dataset)


OWN = "figure('crossing_capacity/gate/-/-/2023/actual')"
OWN_DELAY = "figure('border_time_road/gate/-/-/2023/actual')"
OF_ALL = "figure('border_time_road/KAZ/-/-/2023/actual')"


@pytest.mark.parametrize(
    ("grade", "figures", "how"),
    [
        ("D", [], {}),
        ("C", [figure("border_time_road", "KAZ", 5.0)], {"delay": OF_ALL}),
        ("D", [figure("border_time_road", "KAZ", 5.0)], {"delay": OF_ALL, "error": "rough"}),
        ("B", [figure("crossing_freight", "gate", 5.0)], {}),
        ("D", [figure("crossing_freight", "gate", 5.0, "target")], {}),
        ("D", [figure("crossing_freight", "gate", 5.0)], {"located": False}),
        ("D", [figure("crossing_freight", "gate", 5.0)], {"place": None}),
        ("B", [figure("crossing_capacity", "gate", 5.0)], {"service": OWN}),
        ("C", [figure("crossing_capacity", "gate", 5.0)], {"service": OWN, "error": "rough"}),
        (
            "A",
            [figure("crossing_capacity", "gate", 5.0), figure("border_time_road", "gate", 5.0), figure("crossing_freight", "gate", 9.0)],
            {"service": OWN, "delay": OWN_DELAY},
        ),
    ],
)  # fmt: skip
def test_crossing(grade: str, figures: list[dict[str, object]], how: dict[str, object]) -> None:
    assert border(*figures, **how)["crossing"]["grade"].to_list() == [grade]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grade", "figures"),
    [
        ("D", []),
        ("C", [figure("line_length", "way", 5.0)]),
        ("C", [figure("transit_time", "way", 5.0)]),
        ("B", [figure("corridor_freight", "way", 5.0), figure("line_length", "way", 5.0)]),
        ("B", [figure("corridor_freight", "way", 5.0), figure("corridor_capacity", "way", 5.0)]),
        ("A", [figure("corridor_freight", "way", 5.0), figure("corridor_capacity", "way", 5.0), figure("line_length", "way", 5.0)]),
    ],
)  # fmt: skip
def test_corridor(grade: str, figures: list[dict[str, object]]) -> None:
    assert border(*figures)["corridor"]["grade"].to_list() == [grade]


def test_a_typed_grade_stays() -> None:
    graded_table = border(typed="A")["crossing"]
    assert graded_table["grade"].to_list() == ["A"]
    assert validate("crossing", graded_table) == []
