"""Statements to reconcile: rows by hand, and the figures of five articles."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from keruen.tables import TABLES, Dataset

HERE = Path(__file__).parent


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Build a valid table from rows that leave out what they do not need."""
    schema = TABLES[table].schema
    return schema.validate(
        pl.DataFrame(
            [{name: row.get(name) for name in schema.columns()} for row in rows],
            schema={name: column.dtype for name, column in schema.columns().items()},
        )
    )


def statement(statement_id: str, value: float | None, **given: Any) -> dict[str, Any]:
    """Return a row of the statement table; a year may be given instead of its days."""
    year = given.pop("year", None)
    if year is not None:
        given.setdefault("period_start", date(year, 1, 1))
        given.setdefault("period_end", date(year, 12, 31))
        given.setdefault("granularity", "year")
    row: dict[str, Any] = {
        "statement_id": statement_id, "source_id": f"source of {statement_id}", "start": 0, "end": 1,
        "quote": "" if value is None else f"{value:.12g}", "value": value, "unit": "USD", "modifier": "exact",
        "granularity": "none", "period_inferred": False, "kind": "reported", "indicator_id": "trade_turnover",
        "sentence_start": 0, "sentence_end": 1,
    }  # fmt: skip
    return row | given


def only(table: pl.DataFrame, **wanted: Any) -> dict[str, Any]:
    """Return the one row whose columns have these values."""
    rows = [r for r in table.iter_rows(named=True) if all(r[k] == v for k, v in wanted.items())]
    assert len(rows) == 1, f"{len(rows)} rows have {wanted}"
    return rows[0]


def article_dataset() -> Dataset:
    tables = {}
    for name in ("source", "place", "indicator", "exchange_rate", "identity"):
        path = HERE / "articles" / f"{name}.csv"
        raw = pl.read_csv(path, infer_schema=False)
        columns = TABLES[name].schema.columns()
        casts = [_typed(column, columns[column].dtype) for column in raw.columns]
        tables[name] = frame(name, raw.with_columns(casts).to_dicts())
    raw = pl.read_csv(HERE / "articles" / "statement.csv", infer_schema=False)
    columns = TABLES["statement"].schema.columns()
    rows = raw.with_columns([_typed(column, columns[column].dtype) for column in raw.columns]).to_dicts()
    for row in rows:
        row |= {"end": row["start"] + len(row["quote"]), "sentence_start": 0, "sentence_end": 0}
    return Dataset({**tables, "statement": frame("statement", rows)})


def _typed(column: str, dtype: Any) -> pl.Expr:
    if dtype == pl.Date:
        return pl.col(column).str.to_date("%Y-%m-%d")
    if dtype == pl.Boolean:
        return pl.col(column) == "true"
    return pl.col(column).cast(pl.Float64).cast(dtype) if dtype.is_numeric() else pl.col(column)
