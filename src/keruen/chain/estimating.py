"""The demand of a year, where some of its totals were counted on the way: demand and routes, one after the other.

Receives the demand that the tables hold; hands on that of the year asked for. Totals of countries and goods need no
routes. For those that were counted on links, the routes of the demand at hand say whose goods pass there, and the demand
is fitted again until it no longer moves.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from keruen.chain.congestion import congest
from keruen.chain.measuring import Gauge
from keruen.chain.settings import Progress, silent
from keruen.errors import Finding
from keruen.network import build
from keruen.tables import Dataset
from keruen.trade import fit_demand

ROUNDS = 6
SETTLED = 0.005
"""Share of all goods that may still move between pairs when the demand counts as settled."""


def demand_of(
    dataset: Dataset, year: int, *, totals: pl.DataFrame | None = None, progress: Progress = silent
) -> tuple[Dataset, list[Finding]]:
    """Return a dataset with the demand of a year, fitted to its totals.

    Parameters
    ----------
    dataset
        Resolved tables.
    year
        Year.
    totals
        Totals in place of those of the dataset; see :func:`keruen.trade.fit_demand`.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError
        As :func:`keruen.trade.fit_demand` does.
    """
    given = dataset["control_total"] if totals is None else totals
    counted = given.filter((pl.col("year") == year) & pl.col("link_id").is_not_null())
    if not counted.height:
        return fit_demand(dataset, year, totals=totals)
    progress(f"finding whose goods of {year} pass where they were counted")
    base = min(dataset["demand"]["year"].unique(), key=lambda have: (abs(have - year), have))
    now, moved = dataset.with_tables(demand=dataset["demand"].filter(pl.col("year") == base)), np.inf
    findings: list[Finding] = []
    for _ in range(ROUNDS):
        assignment = congest(now, build(now)).assignment
        gauge = Gauge(now.with_tables(**assignment.tables()))
        before = now["demand"]["tonnes"].to_numpy()
        now, findings = fit_demand(dataset, year, totals=totals, passing=gauge.passing)
        mine = now["demand"].filter(pl.col("year") == year)
        now = now.with_tables(demand=mine)
        moved = float(np.abs(mine["tonnes"].to_numpy() - before).sum() / before.sum())
        if moved <= SETTLED:
            break
    return now, findings
