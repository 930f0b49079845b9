"""Series from other people's files: SDMX, CSV and Excel become rows of the table ``series``.

Receives a file, which of its columns mean what, and what holds for all of its rows; hands on rows and every fault. Nothing
is guessed: a value that is no number, a period that is no year and a cell said twice are findings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.formats.sdmx import ABSENT, CONCEPTS, DATAFLOW, TIME, VALUE, read_sdmx
from keruen.tables.folder import MAX_BYTES, read_text
from keruen.tables.trade import Series
from keruen.trade.history import series_id

MEANINGS = (
    "year", "value", "indicator_id", "place_id", "partner_id", "commodity_id", "reporter", "valuation", "unit",
    "vintage", "definition", "citation",
)  # fmt: skip
"""What a column, or a constant for the whole file, can mean."""
NEEDED = ("year", "value", "indicator_id", "unit", "vintage")
_MULTIPLIER = "UNIT_MULT"


def import_series(
    path: Path,
    *,
    columns: Mapping[str, str],
    constants: Mapping[str, str] | None = None,
    codes: Mapping[str, str] | None = None,
) -> tuple[pl.DataFrame, list[Finding]]:
    """Read a file into rows of the table ``series``.

    Parameters
    ----------
    path
        ``.xml`` or ``.json`` (SDMX), ``.csv``, or ``.xlsx`` (first sheet).
    columns
        Column of the file by meaning: ``{"place_id": "REF_AREA", "value": "OBS_VALUE", "year": "TIME_PERIOD"}``. The last
        two need not be said for SDMX. An SDMX column ``UNIT_MULT`` (a power of ten) is heeded.
    constants
        What holds for every row, by meaning: ``{"indicator_id": "export", "unit": "USD", "vintage": "2025-04"}``.
    codes
        Place by code of the file, where they differ: ``{"KZ": "KAZ"}``.

    Returns
    -------
    rows, findings
        Rows that pass the schema, and warnings (an observation without a value is left out and said).

    Raises
    ------
    InputError
        With every fault: columns that the file lacks, cells that cannot be read, a year of one series given twice.
    """
    return series_rows(_read(path), path.name, columns=columns, constants=constants, codes=codes)


def series_rows(
    frame: pl.DataFrame, file: str, *, columns: Mapping[str, str], constants: Mapping[str, str] | None = None,
    codes: Mapping[str, str] | None = None,
) -> tuple[pl.DataFrame, list[Finding]]:  # fmt: skip
    """Turn a frame of text into rows of the table ``series``; see :func:`import_series`.

    Parameters
    ----------
    frame
        One row an observation.
    file
        Name by which faults speak of it.
    columns, constants, codes
        As for :func:`import_series`.

    Raises
    ------
    InputError
        As for :func:`import_series`.
    """
    constants = dict(constants or {})
    columns = dict(columns)
    # A file of Keruen's own says what its columns mean; any other tells the year and the value alone.
    own = "DATAFLOW" in frame.columns and frame.height > 0 and frame["DATAFLOW"][0] == DATAFLOW
    for meaning, name in CONCEPTS.items() if own else (("year", TIME), ("value", VALUE)):
        if meaning not in columns and meaning not in constants and name in frame.columns:
            columns[meaning] = name
    refuse_errors(_unmeant(frame, columns, constants))
    findings: list[Finding] = []
    rows = []
    first_line: dict[tuple[str, int, str], int] = {}
    for line, cells in enumerate(frame.iter_rows(named=True), start=1):
        told: dict[str, str | None] = {**constants, **{m: cells[c] for m, c in columns.items()}}
        told = {meaning: _plain(text) for meaning, text in told.items()}
        row = _row(file, line, told, cells.get(_MULTIPLIER), codes or {}, findings)
        if row is None:
            continue
        at = (row["series_id"], row["year"], row["vintage"])
        if at in first_line:
            findings.append(
                Finding(file, f"line {line}", "", ", ".join(map(str, at)),
                        f"is given twice (first on line {first_line[at]})", "keep one, or give them other vintages")
            )  # fmt: skip
            continue
        first_line[at] = line
        rows.append(row)
    refuse_errors(findings)
    made = pl.DataFrame(rows, schema=Series.create_empty().schema, orient="row")
    return Series.validate(made.sort("series_id", "year", "vintage")), findings


def _read(path: Path) -> pl.DataFrame:
    match path.suffix.lower():
        case ".xlsx" | ".xls" | ".ods":
            from keruen.formats.sheets import read_sheets

            return next(iter(read_sheets(path).values()))
        case ".csv":
            return _csv(path)
        case _:
            return read_sdmx(path)


def _csv(path: Path) -> pl.DataFrame:
    text = read_text(path, MAX_BYTES)
    try:
        return pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        problem = f"cannot be read: {str(error).splitlines()[0]}"
        raise InputError(
            [Finding(path.name, "", "", "", problem, "check quotes, separators and the header")]
        ) from None


def _unmeant(frame: pl.DataFrame, columns: Mapping[str, str], constants: Mapping[str, str]) -> list[Finding]:
    found = []
    for meaning in (*columns, *constants):
        if meaning not in MEANINGS:
            found.append(
                Finding("mapping", meaning, "", "", "is nothing that a series has", f"use {', '.join(MEANINGS)}")
            )  # fmt: skip
    for meaning, name in columns.items():
        if name not in frame.columns:
            found.append(
                Finding("mapping", meaning, "", name, "is no column of the file",
                        f"its columns are {', '.join(frame.columns)}")
            )  # fmt: skip
    for meaning in NEEDED:
        if meaning not in columns and meaning not in constants:
            found.append(
                Finding("mapping", meaning, "", "", "is neither a column nor a constant",
                        "name the column that holds it, or the value that holds throughout")
            )  # fmt: skip
    return found


def _row(
    file: str, line: int, told: Mapping[str, str | None], multiplier: str | None, codes: Mapping[str, str],
    findings: list[Finding],
) -> dict[str, Any] | None:  # fmt: skip
    """Return one row of the table; None with a finding where it cannot be."""
    before = len(findings)

    def fault(column: str, problem: str, remedy: str, severity: Severity = Severity.ERROR) -> None:
        findings.append(
            Finding(file, f"line {line}", column, told.get(column) or "", problem, remedy, severity)
        )

    for meaning in ("indicator_id", "unit", "vintage"):
        if told.get(meaning) is None:
            fault(meaning, "is empty", "fill it in")
    year = told.get("year") or ""
    if not re.fullmatch(r"(19|20|21)\d\d", year):
        fault("year", "is no year", "give yearly figures; sum or average finer ones first")
    if told.get("value") is None:
        fault("value", "is empty", "the observation is left out", Severity.WARNING)
        return None
    value = _number(told["value"] or "")
    power = _number(multiplier) if multiplier else 0.0
    if value is None or power is None:
        fault("value", "is no number", "write it with digits and a point")
    if told.get("valuation") not in (None, "CIF", "FOB"):
        fault("valuation", "is neither CIF nor FOB", "give one of them or leave it empty")
    if len(findings) > before:
        return None
    place, partner, reporter = (
        codes.get(told.get(m) or "", told.get(m)) for m in ("place_id", "partner_id", "reporter")
    )
    row: dict[str, Any] = dict.fromkeys(Series.column_names())
    assert value is not None
    assert power is not None
    key = (told["indicator_id"] or "", place, partner, told.get("commodity_id"))
    return row | {
        "series_id": series_id(key, reporter), "year": int(year), "vintage": told["vintage"],
        "indicator_id": told["indicator_id"], "place_id": place, "partner_id": partner,
        "commodity_id": told.get("commodity_id"), "reporter": reporter, "valuation": told.get("valuation"),
        "unit": told["unit"], "value": value * 10.0**power, "definition": told.get("definition"),
        "citation": told.get("citation"),
    }  # fmt: skip


def _plain(text: str | None) -> str | None:
    """A cell without blanks; null where it is empty or does not apply."""
    text = (text or "").strip()
    return text if text not in ("", ABSENT) else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
