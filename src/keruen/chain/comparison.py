"""Two runs or more, side by side: which result changed, by how much, absolutely and in per cent."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from keruen.tables import RESULTS, TABLES, Dataset

_FROM = (
    "corridor_scorecard",
    "crossing_performance",
    "link_performance",
    "outlook",
    "plan",
    "plan_summary",
    "figure",
)


def compare(runs: Mapping[str, Dataset], tables: tuple[str, ...] = _FROM) -> pl.DataFrame:
    """Put the numbers of several runs side by side.

    Parameters
    ----------
    runs
        Finished runs by name; the first is what the others are compared with.
    tables
        Result tables to compare.

    Returns
    -------
    pl.DataFrame
        One row for each number that differs in any run: ``table``, ``key``, ``column``, ``unit``, a column per run, and for
        each run after the first ``<run> change`` (absolute) and ``<run> percent``. What a run does not have is null.

    Examples
    --------
    >>> import keruen as kr
    >>> crossing = kr.run("starter").dataset
    >>> compare({"before": crossing, "after": crossing}).height
    0
    """
    first, *others = runs
    long = [_long(dataset, tables).rename({"value": name}) for name, dataset in runs.items()]
    joined = long[0]
    for frame in long[1:]:
        joined = joined.join(frame, on=["table", "key", "column", "unit"], how="full", coalesce=True)
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(first)) for name in others)
    changes = []
    for name in others:
        changed = pl.col(name) - pl.col(first)
        percent = pl.when(pl.col(first) != 0).then(100 * changed / pl.col(first).abs())
        changes += [changed.alias(f"{name} change"), percent.alias(f"{name} percent")]
    return joined.filter(differs).with_columns(changes).sort("table", "key", "column")


def _long(dataset: Dataset, tables: tuple[str, ...]) -> pl.DataFrame:
    """Return every number of the result tables as a row of its own."""
    frames = []
    for name in tables:
        assert name in RESULTS
        keys = TABLES[name].keys
        frame = dataset[name]
        key = pl.concat_str([pl.col(k).cast(pl.String) for k in keys], separator=", ").alias("key")
        numbers = [
            (column, str((spec.metadata or {}).get("unit", "")))
            for column, spec in TABLES[name].columns.items()
            if column not in keys and (spec.dtype.is_numeric() or spec.dtype == pl.Boolean)
        ]
        frames += [
            frame.select(
                pl.lit(name).alias("table"), key, pl.lit(column).alias("column"), pl.lit(unit).alias("unit"),
                pl.col(column).cast(pl.Float64).alias("value"),
            )
            for column, unit in numbers
        ]  # fmt: skip
    return pl.concat(frames).drop_nulls("value")
