"""Which assumptions the answers depend on: each is moved alone to the ends of its range, and the model solved again.

Receives a dataset; hands on one row for each assumption that moves an observed quantity of the base year, the one that moves
most first. A one-at-a-time design (Saltelli and others 2008, section 1.2): it misses what assumptions do together.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from keruen.chain.evidence import weigh
from keruen.chain.settings import Progress, silent
from keruen.chain.validating import Model
from keruen.errors import Finding, InputError, refuse_errors
from keruen.tables import Dataset, read_folder, resolve

ENGINES = (
    "link",
    "transfer",
    "mode",
    "tariff",
    "toll",
    "commodity",
    "service",
    "demand",
    "control_total",
    "post",
    "delay_cause",
    "quota",
    "station",
    "traffic",
)
"""Tables that flows and waits are computed from."""
SCHEMA = {
    "assumption_id": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "unit": pl.String,
    "observation_id": pl.String, "label": pl.String, "base": pl.Float64, "at_low": pl.Float64, "at_high": pl.Float64,
    "swing": pl.Float64,
}  # fmt: skip


def sensitivity(
    dataset: str | Path | Dataset = "kazakhstan",
    assumptions: Sequence[str] = (),
    *,
    progress: Progress = silent,
) -> pl.DataFrame:
    """Rank assumptions by how far they move what is observed of the base year.

    Parameters
    ----------
    dataset
        Folder, name of a built-in model, or a dataset already read.
    assumptions
        Those to move; all that flows rest on by default, but for the shares of single pairs (``flow_...``).
    progress
        Called with each assumption.

    Returns
    -------
    DataFrame
        By assumption: its range, the observed quantity that it moves most, that quantity now and at both ends, and
        ``swing``, the distance between the ends as a share of now.

    Raises
    ------
    InputError
        If the dataset has errors, no observation of its base year, or no such assumption.
    """
    loaded, findings = (dataset, []) if isinstance(dataset, Dataset) else read_folder(dataset)
    refuse_errors(findings)
    weighed = weigh(loaded, progress)
    refuse_errors([*findings, *weighed.findings])
    found = weighed.dataset
    years = sorted(set(found["demand"]["year"]))
    if not years:
        raise InputError([Finding("demand", "", "", "", "has no rows, so nothing moves", "fill it")])
    year = years[0]
    seen = found["observation"].filter((pl.col("year") == year) & pl.col("scenario_id").is_null())
    if not seen.height:
        words = "has no row of the base year, so there is nothing to move"
        raise InputError(
            [Finding("observation", "", "year", str(year), words, "write down what was counted")]
        )
    wanted = _chosen(found, assumptions)
    start = Model(found, progress).gauge(year, None)
    base = {row["observation_id"]: start.measure(row) for row in seen.iter_rows(named=True)}
    rows = []
    for at, row in enumerate(wanted.iter_rows(named=True), start=1):
        progress(f"{row['assumption_id']} ({at} of {wanted.height})")
        ends = []
        for end in ("low", "high"):
            moved = pl.when(pl.col("assumption_id") == row["assumption_id"]).then(row[end]).otherwise("value")
            table = found["assumption"].with_columns(value=moved)
            moved_to = _refilled(found.with_tables(assumption=table), year)
            gauge = Model(moved_to, silent).solve(moved_to, year, None, start.assignment)
            ends.append({what["observation_id"]: gauge.measure(what) for what in seen.iter_rows(named=True)})
        swing = {name: abs(ends[1][name] - ends[0][name]) / max(abs(base[name]), 1e-9) for name in base}
        most = max(sorted(swing), key=lambda name: swing[name])
        label = seen.filter(observation_id=most)["label"].item()
        rows.append(
            (row["assumption_id"], row["value"], row["low"], row["high"], row["unit"], most, label, base[most], ends[0][most],
             ends[1][most], swing[most])
        )  # fmt: skip
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return frame.sort("swing", "assumption_id", descending=[True, False])


def _chosen(dataset: Dataset, wanted: Sequence[str]) -> pl.DataFrame:
    table = dataset["assumption"].sort("assumption_id")
    if unknown := sorted(set(wanted) - set(table["assumption_id"])):
        raise InputError(
            [Finding("assumption", name, "", "", "does not exist", "correct the name") for name in unknown]
        )
    if wanted:
        return table.filter(pl.col("assumption_id").is_in(list(wanted)))
    lineage = dataset["lineage"].filter(
        pl.col("table").is_in(ENGINES) & (pl.col("rests_on_kind") == "assumption")
    )
    mine = pl.col("assumption_id").is_in(lineage["rests_on"].unique().to_list())
    return table.filter(
        mine & ~pl.col("assumption_id").str.starts_with("flow_") & (pl.col("low") < pl.col("high"))
    )


def _refilled(dataset: Dataset, year: int) -> Dataset:
    """Return the dataset with its cells filled and its demand fitted again; what documents say is as it was."""
    from keruen.chain.estimating import demand_of

    filled = resolve(dataset).dataset
    if not filled.has("control_total"):
        return filled
    return demand_of(filled, year)[0]
