"""Evidence fills cells: by rule and exception, in the right order, with a lineage, and never by running code."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.tables import TABLES, Dataset, resolve, unbound
from keruen.tables.expression import ExpressionError, parse
from keruen.tables.geodesy import great_circle


def rows(table: str, *values: dict[str, Any]) -> pl.DataFrame:
    empty = TABLES[table].schema.create_empty()
    return pl.DataFrame(
        [{name: value.get(name) for name in empty.columns} for value in values], schema=empty.schema
    )


def assumption(name: str, value: float) -> dict[str, Any]:
    return {"assumption_id": name, "value": value, "low": value, "high": value, "unit": "1", "reason": "test"}


def binding(name: str, table: str, key: dict[str, Any], column: str, expression: str) -> dict[str, Any]:
    return {
        "binding_id": name,
        "table": table,
        "key": json.dumps(key),
        "column": column,
        "expression": expression,
        "reason": "t",
    }


def toy(*bindings: dict[str, Any]) -> Dataset:
    node = {"country": "ALA", "node_type": "city", "located": True}
    link = {"mode_id": "rail", "directed": False, "country": "ALA", "gauge": 1520.0, "enabled": True}
    return Dataset(
        {
            "node": rows(
                "node",
                {"node_id": "a", "name": "A", "x_coord": 0.0, "y_coord": 0.0, **node},
                {"node_id": "b", "name": "B", "x_coord": 1.0, "y_coord": 0.0, **node},
            ),
            "link": rows(
                "link",
                {"link_id": "ab", "from_node_id": "a", "to_node_id": "b", "free_speed": 40.0, **link},
                {"link_id": "ba", "from_node_id": "b", "to_node_id": "a", "free_speed": 40.0, **link},
            ),
            "assumption": rows(
                "assumption", assumption("detour", 1.2), assumption("error", 0.0), assumption("long", 300.0)
            ),
            "binding": rows("binding", *bindings),
        }
    )


DETOUR = binding("rule", "link", {}, "length", "great_circle() * assumption('detour')")


def test_rule_and_exception() -> None:
    done = resolve(
        toy(DETOUR, binding("exception", "link", {"link_id": "ba"}, "length", "assumption('long')"))
    )
    assert not done.findings
    length = dict(done.dataset["link"].select("link_id", "length").iter_rows())
    assert length == {"ab": pytest.approx(1.2 * 111.195, rel=1e-4), "ba": 300.0}
    owner = dict(done.dataset["lineage"].select("row", "rests_on").iter_rows())
    assert owner['{"link_id": "ba"}'] == "long"


def test_lineage_follows_what_a_cell_was_computed_from() -> None:
    error = binding("position", "node", {}, "x_coord", "given + assumption('error')")
    rests = (
        resolve(toy(DETOUR, error))
        .dataset["lineage"]
        .filter(pl.col("table") == "link", pl.col("row").str.contains("ab"))
    )
    assert {"detour", "error"} <= set(rests["rests_on"])
    assert 'node.x_coord {"node_id": "b"}' in set(rests["rests_on"])


def test_columns_fill_in_the_order_that_they_need_each_other() -> None:
    speed = binding("speed", "link", {}, "free_speed", "length / 2")
    link = resolve(toy(speed, DETOUR)).dataset["link"]
    assert (link["free_speed"] == link["length"] / 2).all()


def test_a_figure_may_be_named_by_a_pattern_that_fits_just_one() -> None:
    def figures(*names: str) -> pl.DataFrame:
        common = {
            "indicator_id": "i",
            "period": "-",
            "aspect": "actual",
            "unit": "km",
            "rests_on": [],
            "set_aside": [],
        }
        return rows(
            "figure", *({"figure_id": name, "estimate": 7.0, "explanation": "t", **common} for name in names)
        )

    bound = toy(binding("b", "link", {}, "length", "figure('line_length/a_b/*/actual')"))
    one = resolve(
        bound.with_tables(figure=figures("line_length/a_b/-/-/2024-11/actual", "line_length/c/-/-/-/actual"))
    )
    assert one.dataset["link"]["length"].to_list() == [7.0, 7.0]
    assert set(one.dataset["lineage"]["rests_on"]) == {"line_length/a_b/-/-/2024-11/actual"}
    two = resolve(
        bound.with_tables(
            figure=figures("line_length/a_b/-/-/2024/actual", "line_length/a_b/-/-/2025/actual")
        )
    )
    assert any("fits 2 figures" in finding.problem for finding in two.findings)


def test_two_bindings_of_equal_rank_are_a_finding() -> None:
    done = resolve(toy(DETOUR, binding("again", "link", {}, "length", "assumption('long')")))
    assert any("as does rule" in str(finding) for finding in done.findings)


def test_circle_is_a_finding() -> None:
    done = resolve(
        toy(
            binding("x", "link", {}, "length", "free_speed * 2"),
            binding("y", "link", {}, "free_speed", "length / 2"),
        )
    )
    assert any("need each other" in finding.problem for finding in done.findings)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("figure('trade')", "there is no such figure"),
        ("assumption('detuor')", "did you mean 'detour'"),
        ("lenght * 2", "no numeric column"),
        ("assumption('long') / assumption('error')", "no finite number"),
        ("given * 2", "no value is given in the cell"),
        ("__import__('os').system('true')", "allowed are"),
        ("[1][0]", "allowed are"),
        ("1 if given else 2", "allowed are"),
        ("min(1)", "it takes 2"),
        ("length +", "is no expression"),
    ],
)
def test_what_cannot_be_followed_is_told(expression: str, words: str) -> None:
    done = resolve(toy(binding("b", "link", {}, "length", expression)))
    assert any(words in str(finding) for finding in done.findings), done.findings


def test_filled_cells_still_obey_the_schema() -> None:
    done = resolve(toy(binding("b", "link", {}, "length", "0 - assumption('long')")))
    assert any(f.column == "length" and "at least 0" in f.problem for f in done.findings)


def test_unbound_numbers_are_listed() -> None:
    found = unbound(resolve(toy(DETOUR)).dataset)
    assert {(f.table, f.column) for f in found} == {
        ("node", "x_coord"),
        ("node", "y_coord"),
        ("link", "free_speed"),
    }


def test_great_circle_of_a_quarter_of_the_equator() -> None:
    quarter = great_circle(*(np.array([x]) for x in (0.0, 0.0, 90.0, 0.0)))
    assert quarter[0] == pytest.approx(np.pi / 2 * 6371.0088)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused_in_words(text: str) -> None:
    with suppress(ExpressionError):
        assert parse(text).text == text


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ExpressionError):
        parse("(" * 500 + "1" + ")" * 500)
    with pytest.raises(ExpressionError, match="nested"):
        parse("-" * 200 + "1")
