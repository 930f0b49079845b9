"""Yearly series: what stands for a year, whose statistics, in which money, and what is doubtful."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen import load, weigh
from keruen.errors import InputError
from keruen.tables import Dataset
from keruen.tables.evidence import ExchangeRate, Figure, Place, Source, Statement
from keruen.tables.trade import Series
from keruen.trade import forecast, history, promises, score, series
from keruen.trade.history import find, gather, growth, needed, yearly


def frame(schema: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    empty = schema.create_empty()
    return pl.DataFrame([dict.fromkeys(empty.columns) | r for r in rows], schema=empty.schema, orient="row")


def figure(
    indicator: str, period: str, value: float, *, unit: str = "USD", rests: tuple[str, ...] = ()
) -> dict[str, Any]:
    end = {4: f"{period}-12-31", 7: f"{period}-28"}.get(len(period))
    return {
        "figure_id": f"{indicator}/ALA/BOR/-/{period}/actual", "indicator_id": indicator, "place_id": "ALA",
        "partner_id": "BOR", "period": period, "period_end": dt.date.fromisoformat(end) if end else None,
        "aspect": "actual", "unit": unit, "estimate": value, "rests_on": list(rests), "set_aside": [],
        "explanation": "",
    }  # fmt: skip


def statement(name: str, source: str, value: float, speaker: str | None) -> dict[str, Any]:
    return {
        "statement_id": name, "source_id": source, "start": 0, "end": 1, "quote": "x", "value": value,
        "unit": "USD", "modifier": "exact", "granularity": "year", "period_inferred": False, "kind": "reported",
        "speaker": speaker, "sentence_start": 0, "sentence_end": 1,
    }  # fmt: skip


def source(name: str, day: str) -> dict[str, Any]:
    return {"source_id": name, "title": name, "publisher": name, "published": dt.date.fromisoformat(day),
            "language": "en", "weight": 1.0}  # fmt: skip


def world(*figures: dict[str, Any], **tables: pl.DataFrame) -> Dataset:
    return Dataset({"figure": frame(Figure, list(figures)), **tables})


def written(
    year: int, value: float, vintage: str = "2020", unit: str = "USD", indicator: str = "export"
) -> dict[str, Any]:
    return {"series_id": f"{indicator}/ALA/BOR/-/-", "year": year, "vintage": vintage, "indicator_id": indicator,
            "place_id": "ALA", "partner_id": "BOR", "unit": unit, "value": value, "citation": "a page"}  # fmt: skip


KEY = ("export", "ALA", "BOR", None)


def test_a_flow_needs_its_whole_year_and_a_stock_the_latest_day_within() -> None:
    found = yearly(
        world(
            figure("export", "2023", 10.0), figure("export", "2024-03", 3.0),
            figure("investment_stock", "2024-03", 5.0), figure("investment_stock", "2024-09", 6.0),
        )
    )  # fmt: skip
    assert found[KEY].years == (2023,)
    stock = found["investment_stock", "ALA", "BOR", None]
    assert (stock.years, stock.values) == ((2024,), (6.0,))


def test_the_mirrors_are_kept_beside_the_weighed_figure() -> None:
    data = world(
        figure("export", "2023", 10.5, rests=("a", "b")),
        statement=frame(
            Statement,
            [
                statement("a", "s1", 10.0, "customs service of Ala"),
                statement("b", "s2", 11.0, "Bora"),
                statement("c", "s2", 9.0, "Ala and Bora"),
            ],
        ),
        source=frame(Source, [source("s1", "2024-02-01"), source("s2", "2024-03-01")]),
        place=frame(
            Place,
            [{"place_id": p, "name": n, "kind": "country"} for p, n in (("ALA", "Ala"), ("BOR", "Bora"))],
        ),
    )
    rows = series(data)["yearly_series"].select("series_id", "vintage", "reporter", "value").rows()
    assert rows == [
        ("export/ALA/BOR/-/-", "2024-03-01", None, 10.5),
        ("export/ALA/BOR/-/ALA", "2024-02-01", "ALA", 10.0),
        ("export/ALA/BOR/-/BOR", "2024-03-01", "BOR", 11.0),
    ]


def test_money_is_converted_by_the_years_average_and_left_out_without_one() -> None:
    rate = frame(ExchangeRate, [{"currency": "EUR", "year": 2023, "usd_per_unit": 1.08}])
    data = world(figure("export", "2023", 10.0, unit="EUR"), figure("export", "2024", 10.0, unit="EUR"), exchange_rate=rate)  # fmt: skip
    rows, findings = gather(data)
    assert rows.select("year", "unit", "value").rows() == [(2023, "USD", pytest.approx(10.8))]
    (found,) = findings
    assert (found.value, found.problem) == (
        "EUR",
        "is in EUR, the indicator in USD, and no rate of 2024 is known",
    )


def test_the_latest_vintage_counts_and_evidence_comes_before_what_was_written_down() -> None:
    rows = [written(2021, 1.0), written(2021, 2.0, "2022"), written(2022, 3.0)]
    data = world(figure("export", "2022", 4.0), series=frame(Series, rows))
    found = yearly(data)[KEY]
    assert (found.years, found.values) == ((2021, 2022), (2.0, 4.0))
    assert found.evidence == ("a page", "export/ALA/BOR/-/2022/actual")
    assert series(data)["yearly_series"].height == 4


def test_rows_drawn_before_the_figures_changed_are_not_believed() -> None:
    old = series(world(figure("export", "2023", 10.0)))
    new = old.with_tables(figure=frame(Figure, [figure("export", "2023", 20.0)]))
    assert yearly(new)[KEY].values == (20.0,)
    assert yearly(old)[KEY].values == (10.0,)


def test_a_pair_is_found_under_either_name_unless_directed() -> None:
    history = yearly(world(figure("export", "2023", 10.0)))
    assert find(history, ("export", "BOR", "ALA", None), directed=True) is None
    assert find(history, ("export", "BOR", "ALA", None), directed=False) is not None


def test_doubts_are_told_and_mixed_units_refused() -> None:
    gap = world(series=frame(Series, [written(2019, 1.0), written(2022, -1.0)]))
    assert [(f.column, f.value, f.problem) for f in gather(gap)[1]] == [
        ("value", "-1", "is negative"), ("year", "2020, 2021", "has gaps"),
    ]  # fmt: skip
    mixed = world(series=frame(Series, [written(2019, 1.0), written(2020, 1.0, unit="t")]))
    with pytest.raises(InputError, match="mixes units"):
        series(mixed)
    balance = world(series=frame(Series, [written(2019, -1.0, indicator="trade_balance")]))
    assert gather(balance)[1] == []


def test_a_vintage_given_twice_is_found_when_the_folder_is_read(tmp_path: Path) -> None:
    rows = frame(Series, [written(2019, 1.0), written(2019, 2.0)])
    rows.write_csv(tmp_path / "series.csv")
    with pytest.raises(InputError) as refused:
        load(tmp_path)
    assert all(f.table == "series" for f in refused.value.findings)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.permutations(range(5)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    figures = [figure("export", str(2018 + k), 10.0 + k) for k in range(5)]
    straight = forecast(world(*figures), horizon=2)["forecast"]
    assert forecast(world(*[figures[k] for k in order]), horizon=2)["forecast"].equals(straight)


def test_the_forecast_table_of_the_starter() -> None:
    data = forecast(weigh(load("starter")).dataset, horizon=3)
    table = data["forecast"]
    assert table["series_id"].unique().to_list() == ["corridor_freight/steppe_corridor/-/-/-"]
    assert table["year"].to_list() == [2025, 2026, 2027]
    for row in table.iter_rows(named=True):
        assert row["low"] < row["model_low"] <= row["expected"] <= row["model_high"] < row["high"]
    with pytest.raises(ValueError, match="one year or more"):
        forecast(data, horizon=0)


def test_scores_need_a_past() -> None:
    assert score(weigh(load("starter")).dataset) is None
    figures = [figure("export", str(2010 + k), 10.0 * 1.05**k) for k in range(8)]
    found = score(world(*figures), horizons=2)
    assert found is not None
    assert found.count == 4 + 3


def test_promises_and_series_leave_the_dataset_they_were_given_alone() -> None:
    data = weigh(load("starter")).dataset
    before = {name: data[name] for name in data}
    promises(forecast(data))
    assert all(data[name] is before[name] for name in data)
    assert not data.has("yearly_series")


def test_the_same_frames_are_gathered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = weigh(load("starter")).dataset
    calls = []
    inner = history._gather
    monkeypatch.setattr(history, "_gather", lambda d: calls.append(d) or inner(d))
    promises(forecast(data))
    yearly(data)
    assert len(calls) == 1
    yearly(data.with_tables(figure=data["figure"].clone()))
    assert len(calls) == 2


def test_growth_needs_two_positive_values() -> None:
    assert growth([2020], [1.0]) is None
    assert growth([2020, 2021], [-1.0, 1.0]) is None
    assert needed(2024, 1.0, 2024, 2.0) is None
