"""Which changes hold in a year, and what the tables are once they do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError, KeruenError, Severity, refuse_errors
from keruen.tables import TABLES, Dataset
from keruen.tables.binding import row_key
from keruen.tables.folder import validate
from keruen.tables.integrity import select

OPERATIONS = ("insert", "set", "multiply", "add", "disable")
"""In the order in which they apply, whatever the order of the rows."""


def project_changes(dataset: Dataset, project_id: str) -> pl.DataFrame:
    """Return the changes that a project makes, in every year."""
    return dataset["change"].filter(pl.col("project_id") == project_id)


def scenario_changes(dataset: Dataset, scenario_id: str) -> pl.DataFrame:
    """Return the changes that a scenario makes, in every year.

    Raises
    ------
    KeruenError
        If there is no such scenario.
    """
    known = dataset["scenario"]["scenario_id"].to_list()
    if scenario_id not in known:
        raise KeruenError(f"no such scenario: {scenario_id}; there are {', '.join(known) or 'none'}")
    return dataset["change"].filter(pl.col("scenario_id") == scenario_id)


def active_changes(
    dataset: Dataset,
    year: int,
    *,
    scenario_id: str | None = None,
    open_years: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """Return the changes that hold in a year.

    Parameters
    ----------
    dataset
        Holds ``change`` and ``scenario``.
    year
        Calendar year.
    scenario_id
        Scenario in force, if any.
    open_years
        First year in service of each project that is built. Relative years count from it: 0 is that year, negative
        years are construction.

    Raises
    ------
    KeruenError
        If there is no such scenario.
    """
    chosen = [scenario_changes(dataset, scenario_id)] if scenario_id is not None else []
    chosen += [
        project_changes(dataset, project)
        .with_columns(
            pl.when("relative").then(pl.col(bound) + opened).otherwise(bound).alias(bound)
            for bound in ("year_from", "year_to")
        )
        # Without a first year, a relative change holds once the project is in service, never before.
        .with_columns(
            pl.when("relative")
            .then(pl.col("year_from").fill_null(opened))
            .otherwise("year_from")
            .alias("year_from")
        )
        for project, opened in sorted((open_years or {}).items())
    ]
    if not chosen:
        return dataset["change"].clear()
    begun = pl.col("year_from").is_null() | (pl.col("year_from") <= year)
    unfinished = pl.col("year_to").is_null() | (pl.col("year_to") >= year)
    return pl.concat(chosen).filter(begun & unfinished).sort("change_id")


def apply(dataset: Dataset, changes: pl.DataFrame) -> Dataset:
    """Return the dataset after ``changes``, in the order insert, set, multiply, add, disable.

    Parameters
    ----------
    dataset
        Resolved tables.
    changes
        Rows of the ``change`` table that hold; see :func:`active_changes`.

    Raises
    ------
    InputError
        If two changes set one cell, a change selects no row, or a changed table breaks its schema.
    """
    findings: list[Finding] = []
    tables: dict[str, pl.DataFrame] = {}
    setters: dict[tuple[str, str, str], str] = {}
    for operation in OPERATIONS:
        for change in changes.filter(pl.col("operation") == operation).iter_rows(named=True):
            table = str(change["table"])
            frame = tables.get(table, dataset[table])
            if operation == "insert":
                tables[table] = pl.concat([frame, _row(table, change)])
                continue
            wanted = json.loads(change["key"])
            numbered = select(frame.with_row_index("__row"), wanted)
            if not numbered.height:
                findings.append(
                    _fault(change, "key", str(change["key"]), "selects no row", "correct the key")
                )
                continue
            rows = numbered["__row"].to_list()
            if operation == "set":
                for row in rows:
                    cell = (table, row_key(table, frame, row), str(change["column"]))
                    rival = setters.setdefault(cell, change["change_id"])
                    if rival != change["change_id"]:
                        findings.append(
                            _fault(change, "value", str(change["value"]), f"sets a cell that {rival} sets as well",
                                   "let one of them add or multiply, or make the projects exclude each other")
                        )  # fmt: skip
            tables[table] = _changed(table, frame, rows, change)
    for table, frame in tables.items():
        findings += validate(table, frame)
    refuse_errors(findings)
    return dataset.with_tables(**tables)


def _fault(change: Mapping[str, Any], column: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding("change", str(change["change_id"]), column, value, problem, remedy, Severity.ERROR)


def _row(table: str, change: Mapping[str, Any]) -> pl.DataFrame:
    """Make the row that an insert adds."""
    empty = TABLES[table].schema.create_empty()
    try:
        values = json.loads(change["value"])
        known = {name: values.get(name) for name in empty.columns}
        return pl.DataFrame([known], schema=empty.schema)
    except (TypeError, ValueError, AttributeError, pl.exceptions.PolarsError):
        raise InputError([
            _fault(change, "value", str(change["value"]), f"is no row of {table}", "give a JSON object of its columns")
        ]) from None  # fmt: skip


def _changed(table: str, frame: pl.DataFrame, rows: list[int], change: Mapping[str, Any]) -> pl.DataFrame:
    here = pl.int_range(pl.len()).is_in(rows)
    if change["operation"] == "disable":
        if "enabled" not in frame.columns:
            return frame.filter(~here)
        return frame.with_columns(pl.when(here).then(False).otherwise("enabled").alias("enabled"))
    column = str(change["column"])
    if change["operation"] == "set":
        value = pl.lit(cell_value(table, column, change["value"]), dtype=frame.schema[column])
    else:
        number = float(change["value"])
        value = pl.col(column) * number if change["operation"] == "multiply" else pl.col(column) + number
    return frame.with_columns(pl.when(here).then(value).otherwise(pl.col(column)).alias(column))


def cell_value(table: str, column: str, text: str) -> object:
    """Return the text of a change as a value of the column's type.

    Raises
    ------
    KeruenError
        If the text does not fit.
    """
    dtype = TABLES[table].schema.create_empty().schema[column]
    try:
        if dtype == pl.Boolean:
            return {"true": True, "false": False}[text.strip().lower()]
        if dtype.is_integer():
            return int(text)
        if dtype.is_float():
            return float(text)
    except (KeyError, ValueError):
        raise KeruenError(f"{text!r} is no value of {table}.{column} ({dtype})") from None
    return text
