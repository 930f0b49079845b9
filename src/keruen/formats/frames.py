"""One table as a file of its own: CSV, JSON Lines, Parquet or a workbook, by the ending of the name."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl

from keruen.errors import Finding, InputError
from keruen.tables.store import frame_bytes

_FORMULA = r"^[=+\-@\t\r＝＋－＠]"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def frame_to_bytes(frame: pl.DataFrame, path: Path) -> bytes:
    r"""Return a table in the format that the ending of ``path`` names.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in CSV, which :func:`keruen.load` takes
    away again; lists become JSON there and in a workbook.

    Raises
    ------
    InputError
        If the ending is none of .csv, .parquet, .jsonl, .json and .xlsx, or a workbook cannot hold the table.

    Examples
    --------
    >>> frame_to_bytes(pl.DataFrame({"a": ["=1+1", "b"]}), Path("x.csv"))
    b"a\n'=1+1\nb\n"
    """
    match path.suffix:
        case ".parquet":
            return frame_bytes(frame)
        case ".jsonl" | ".json":
            buffer = io.BytesIO()
            frame.write_ndjson(buffer)
            return buffer.getvalue()
        case ".csv":
            return csv_safe(frame).write_csv().encode()
        case ".xlsx":
            from keruen.formats.sheets import workbook

            return workbook({path.stem: frame})
    raise InputError([
        Finding("output", "", "", str(path), "has an ending that names no format", "end it in .csv, .xlsx, .parquet or .jsonl")
    ])  # fmt: skip


def csv_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table for CSV: lists as JSON, and an apostrophe before what a spreadsheet would run as a formula."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    as_json = [
        pl.Series(
            name,
            [None if x is None else json.dumps(list(x), ensure_ascii=False) for x in frame[name]],
            dtype=pl.String,
        )
        for name in lists
    ]
    safe = pl.col(texts)
    return frame.with_columns(as_json).with_columns(
        pl.when(safe.str.contains(_FORMULA) & ~safe.str.contains(_NUMBER))
        .then(pl.lit("'") + safe)
        .otherwise(safe)
        .name.keep()
    )
