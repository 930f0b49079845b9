"""The door of demand estimation: which goods a total counts, other years, and totals that cannot be used."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from keruen.errors import InputError
from keruen.tables import TABLES, Dataset
from keruen.trade import demand_years, fit_demand


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a table, nulls where nothing is given."""
    types = {name: column.dtype for name, column in TABLES[table].schema.columns().items()}
    return pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types)


def total(name: str, low: float, high: float, *, year: int = 2023, **selects: object) -> dict[str, Any]:
    return {
        "total_id": name,
        "year": year,
        "label": name,
        "both_ways": False,
        "low": low,
        "high": high,
        **selects,
    }


def world(*totals: dict[str, Any]) -> Dataset:
    """Two towns of A, one of B and one of C; 10 t of grain and 20 t of coal between each two of them."""
    nodes = {"a1": "AAA", "a2": "AAA", "b": "BBB", "c": "CCC"}
    goods = [
        {"origin": o, "destination": d, "commodity_id": g, "traffic_type": t, "year": 2023, "tonnes": x}
        for o, d, t in (
            ("a1", "a2", "domestic"),
            ("a1", "b", "export"),
            ("a2", "c", "export"),
            ("b", "c", "transit"),
        )
        for g, x in (("grain", 10.0), ("coal", 20.0))
    ]
    return Dataset(
        {
            "node": frame(
                "node",
                [{"node_id": n, "name": n, "country": c, "node_type": "city"} for n, c in nodes.items()],
            ),
            "demand": frame("demand", goods),
            "control_total": frame("control_total", list(totals)),
        }
    )


def tonnes(dataset: Dataset, **where: str | int) -> float:
    return float(dataset["demand"].filter(**where)["tonnes"].sum())


def test_a_total_counts_what_it_names() -> None:
    dataset, findings = fit_demand(world(
        total("exports", 90.0, 90.0, traffic_type="export"), total("grain_to_b", 25.0, 25.0, destination="BBB", commodity_id="grain"),
    ))  # fmt: skip
    assert findings == []
    assert tonnes(dataset, traffic_type="export") == pytest.approx(90.0, rel=2e-3)
    assert tonnes(dataset, destination="b", commodity_id="grain") == pytest.approx(25.0, rel=3e-3)
    assert tonnes(dataset, traffic_type="transit") == 30.0, "what no total counts stays"


def test_both_ways_counts_the_way_back() -> None:
    both = total("a_and_b", 60.0, 60.0, origin="BBB", destination="AAA", both_ways=True)
    assert tonnes(fit_demand(world(both))[0], origin="a1", destination="b") == pytest.approx(60.0, rel=2e-3)


def test_a_year_without_demand_starts_from_the_nearest_one() -> None:
    given = world(total("exports", 120.0, 120.0, year=2021, traffic_type="export"))
    assert demand_years(given) == [2021, 2023]
    dataset, _ = fit_demand(given, 2021)
    assert set(dataset["demand"]["year"]) == {2021}
    assert tonnes(dataset, traffic_type="export") == pytest.approx(120.0, rel=2e-3)
    assert tonnes(given, year=2023) == tonnes(fit_demand(given, 2023)[0], year=2023)


def test_the_fit_shows_every_residual() -> None:
    dataset, findings = fit_demand(
        world(
            total("one", 10.0, 12.0, traffic_type="export"), total("two", 20.0, 20.0, traffic_type="export")
        )
    )
    report = dataset["demand_fit"].sort("total_id")
    assert report["prior"].to_list() == [60.0, 60.0]
    assert report["residual"][0] > 0.0 > report["residual"][1]
    assert [f.row for f in findings] == ["one", "two"]
    assert "contradicts" in str(findings[0])


def test_a_total_on_links_counts_the_share_that_passes() -> None:
    wanted = total("bridge", 15.0, 15.0, link_id="bridge")
    dataset, findings = fit_demand(world(wanted), passing=lambda _: {("a1", "b", "coal", "export"): 0.5})
    assert findings == []
    assert tonnes(dataset, origin="a1", destination="b", commodity_id="coal") == pytest.approx(30.0, rel=2e-3)
    left, findings = fit_demand(world(wanted))
    assert left["demand_fit"].is_empty()
    assert "counted on links" in str(findings[0])


def test_a_total_of_nothing_and_an_unknown_year_are_refused() -> None:
    with pytest.raises(InputError, match="selects no demand"):
        fit_demand(world(total("none", 1.0, 2.0, origin="CCC")))
    with pytest.raises(InputError, match="there is 2023"):
        fit_demand(world(), 1999)
