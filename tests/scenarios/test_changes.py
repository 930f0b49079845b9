"""One mechanism for change: its order, its years, its faults, and patching equal to applying."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen import network, scenarios
from keruen.chain import weigh
from keruen.errors import InputError, KeruenError
from keruen.network.model import PATCHABLE
from keruen.tables import TABLES, Dataset, load


@pytest.fixture(scope="module")
def starter() -> Dataset:
    """The starter dataset with its cells filled."""
    return weigh(load("starter")).dataset


def changes(*rows: dict[str, Any]) -> pl.DataFrame:
    empty = TABLES["change"].schema.create_empty()
    whole = [
        {name: row.get(name) for name in empty.columns}
        | {"change_id": f"c{i}", "relative": row.get("relative", False)}
        for i, row in enumerate(rows)
    ]
    return pl.DataFrame(whole, schema=empty.schema)


def change(
    table: str, key: dict[str, Any], operation: str, column: str | None = None, value: Any = None
) -> dict[str, Any]:
    text = None if value is None else value if isinstance(value, str) else repr(value)
    return {
        "scenario_id": "s", "table": table, "key": json.dumps(key), "operation": operation, "column": column, "value": text,
    }  # fmt: skip


SARYZHOL = {"link_id": "town_saryzhol"}


def test_operations_apply_in_their_own_order_whatever_the_order_of_rows(starter: Dataset) -> None:
    rows = [
        change("link", SARYZHOL, "add", "paths_per_day", 1.0),
        change("link", SARYZHOL, "multiply", "paths_per_day", 2.0),
        change("link", SARYZHOL, "set", "paths_per_day", 10.0),
    ]
    for order in (rows, rows[::-1]):
        after = scenarios.apply(starter, changes(*order))
        assert after["link"].filter(link_id="town_saryzhol")["paths_per_day"].item() == 21.0


def test_disable_closes_a_link_and_removes_other_rows(starter: Dataset) -> None:
    after = scenarios.apply(
        starter,
        changes(
            change("link", SARYZHOL, "disable"), change("delay_cause", {"crossing_id": "saryzhol"}, "disable")
        ),
    )
    assert after["link"].filter(link_id="town_saryzhol")["enabled"].item() is False
    assert after["delay_cause"].height == starter["delay_cause"].height - 1


def test_insert_adds_a_whole_row(starter: Dataset) -> None:
    row = starter["link"].row(0, named=True) | {"link_id": "new", "length": 7.0}
    after = scenarios.apply(starter, changes(change("link", {}, "insert", value=json.dumps(row))))
    assert after["link"].filter(link_id="new")["length"].item() == 7.0
    assert starter["link"].filter(link_id="new").height == 0


def test_two_sets_on_one_cell_are_told(starter: Dataset) -> None:
    twice = changes(
        change("link", SARYZHOL, "set", "length", 1.0),
        change("link", {"mode_id": "rail"}, "set", "length", 2.0),
    )
    with pytest.raises(InputError, match="sets a cell that c0 sets as well"):
        scenarios.apply(starter, twice)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (change("link", {"link_id": "atlantis"}, "set", "length", 1.0), "selects no row"),
        (change("link", SARYZHOL, "set", "length", -5.0), "at least 0"),
        (change("link", SARYZHOL, "multiply", "length", float("inf")), "finite"),
        (change("link", {}, "insert", value="[]"), "no row of link"),
    ],
)
def test_a_change_that_cannot_be_made_is_told(starter: Dataset, row: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        scenarios.apply(starter, changes(row))


def test_a_value_of_the_wrong_kind_is_told(starter: Dataset) -> None:
    with pytest.raises(KeruenError, match=r"no value of link\.enabled"):
        scenarios.apply(starter, changes(change("link", SARYZHOL, "set", "enabled", "perhaps")))


def test_years_relative_to_completion(starter: Dataset) -> None:
    def held(year: int) -> set[str]:
        return set(scenarios.active_changes(starter, year, open_years={"gate_lanes": 2030})["change_id"])

    assert held(2028) == set()
    assert held(2029) == {"gate_lanes_2"}, "lanes are closed in the year of construction"
    assert held(2030) == held(2050) == {"gate_lanes_1"}


def test_a_scenario_holds_on_its_own(starter: Dataset) -> None:
    assert set(scenarios.active_changes(starter, 2024, scenario_id="gate_closed")["change_id"]) == {
        "gate_closed_1"
    }
    with pytest.raises(KeruenError, match="no such scenario"):
        scenarios.active_changes(starter, 2024, scenario_id="atlantis")


NUMERIC = [(t, c) for t, columns in PATCHABLE.items() for c in columns if c != "enabled"]


@st.composite
def random_changes(draw: st.DrawFn) -> list[tuple[str, str, str, int, float]]:
    """Table, column, operation, which row, number; no two sets on one cell."""
    found: list[tuple[str, str, str, int, float]] = []
    for _ in range(draw(st.integers(1, 6))):
        table, column = draw(st.sampled_from(NUMERIC))
        operation = draw(st.sampled_from(["set", "multiply", "add", "disable"]))
        at, number = draw(st.integers(0, 20)), draw(st.floats(0.1, 0.9))
        if operation == "disable":
            table, column = "link", "enabled"
        elif operation == "add" and TABLES[table].columns[column].max is not None:
            operation = "multiply"  # a share that something is added to may leave its bounds
        if operation == "set" and any(f[:4] == (table, column, "set", at) for f in found):
            continue
        found.append((table, column, operation, at, number))
    return found


@settings(max_examples=80, deadline=None)
@given(drawn=random_changes())
def test_patching_equals_applying(starter: Dataset, drawn: list[tuple[str, str, str, int, float]]) -> None:
    rows = []
    seen = set()
    for table, column, operation, at, number in drawn:
        frame = starter[table]
        if not frame.height:
            continue
        key = {name: frame[name][at % frame.height] for name in TABLES[table].keys}
        cell = (table, column, json.dumps(key))
        if frame[column][at % frame.height] is None or (operation == "set" and cell in seen):
            continue
        seen.add(cell)
        rows.append(change(table, key, operation, column, number))
    made = changes(*rows)
    before = network.build(starter)
    patched = scenarios.compile(before, made).on(before)
    rebuilt = network.build(scenarios.apply(starter, made))
    for name in (
        "enabled",
        "time",
        "length",
        "resource_cost",
        "emission",
        "charge",
        "capacity",
        "value_of_time",
        "scale",
        "tonnes",
    ):
        np.testing.assert_array_equal(getattr(patched, name), getattr(rebuilt, name), err_msg=name)


def test_what_the_arrays_do_not_hold_is_handed_back(starter: Dataset) -> None:
    made = scenarios.active_changes(starter, 2030, open_years={"second_track": 2030})
    patch = scenarios.compile(network.build(starter), made)
    assert set(patch.elsewhere["change_id"]) == {"second_track_3"}
    assert not patch.rebuild
    assert {(table, column) for table, column, *_ in patch.cells} == {("link", "paths_per_day")}
