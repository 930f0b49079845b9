"""One table as a file of its own: CSV, JSON Lines or Parquet, by the ending of the name."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl

from keruen.errors import Finding, InputError
from keruen.tables.store import frame_bytes

_FORMULA = r"^[=+\-@\t\r]"


def frame_to_bytes(frame: pl.DataFrame, path: Path) -> bytes:
    r"""Return a table in the format that the ending of ``path`` names.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in CSV; lists become JSON there.

    Raises
    ------
    InputError
        If the ending is none of .csv, .parquet, .jsonl and .json.

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
            return _csv_safe(frame).write_csv().encode()
    raise InputError([
        Finding("output", "", "", str(path), "has an ending that names no format", "end it in .csv, .parquet or .jsonl")
    ])  # fmt: skip


def _csv_safe(frame: pl.DataFrame) -> pl.DataFrame:
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
        pl.when(safe.str.contains(_FORMULA)).then(pl.lit("'") + safe).otherwise(safe).name.keep()
    )
