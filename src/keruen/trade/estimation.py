"""The door of demand estimation: the demand of a year, fitted to what was published of that year.

Receives the table ``demand`` (a prior: who might send what where, in which proportions) and ``control_total`` (what the
goods of a year added up to); hands on the demand of the year and ``demand_fit``, which shows every residual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from keruen.errors import Finding, InputError, Severity
from keruen.tables import TABLES, Dataset
from keruen.trade.entropy import maximum_entropy

Pair = tuple[str, str, str, str]
"""Origin, destination, goods and traffic."""

MISSED = 0.005
"""Share of a total by which it may be missed before that is worth a warning."""


def demand_years(dataset: Dataset) -> list[int]:
    """Return the years that demand is known for, or can be fitted to, in order."""
    years = set(dataset["demand"]["year"]) | set(dataset["control_total"]["year"])
    return sorted(int(year) for year in years)


def fit_demand(
    dataset: Dataset,
    year: int | None = None,
    *,
    totals: pl.DataFrame | None = None,
    passing: Callable[[Sequence[str]], Mapping[Pair, float]] | None = None,
) -> tuple[Dataset, list[Finding]]:
    """Fit the demand of a year to the totals published of it, by maximum entropy.

    Parameters
    ----------
    dataset
        Resolved tables ``demand``, ``control_total`` and ``node``.
    year
        Year; the first of the demand table by default. For a year that the demand table lacks, the demand of the nearest
        year that it has is the prior.
    totals
        Totals to fit to instead of those of the dataset, in its columns; forecasts of them, for example.
    passing
        Share of each pair's goods that passes some links, for totals that are counted there (Van Zuylen and Willumsen
        1980); without it such totals are left out, and a warning says so.

    Returns
    -------
    tuple
        The dataset with ``demand`` of that year (and, where the year is in the demand table, its other years untouched)
        and ``demand_fit``; and warnings of totals that cannot be met.

    Raises
    ------
    InputError
        If the year has neither demand nor totals, or a total names goods, traffic or places that select no demand.
    """
    demand, known = dataset["demand"], demand_years(dataset)
    base = sorted(set(demand["year"]))
    if not base:
        return dataset, []
    year = base[0] if year is None else year
    given = dataset["control_total"] if totals is None else totals
    wanted = given.filter(pl.col("year") == year).sort("total_id")
    left_out = wanted.filter(pl.col("link_id").is_not_null()) if passing is None else wanted.clear()
    wanted = wanted.filter(~pl.col("total_id").is_in(left_out["total_id"].to_list()))
    if year not in known and not wanted.height:
        told = ", ".join(map(str, known))
        raise InputError(
            [Finding("demand", "", "year", str(year), "has no demand of this year", f"there is {told}")]
        )
    near = min(base, key=lambda have: (abs(have - year), have))
    prior = demand.filter(pl.col("year") == near).sort(TABLES["demand"].keys)
    fitted = prior.with_columns(year=pl.lit(year, dtype=prior.schema["year"]))
    report = dataset["demand_fit"].clear()
    findings = [
        Finding("control_total", name, "link_id", "", "is counted on links, whose use is not known here", "none needed",
                Severity.WARNING)
        for name in left_out["total_id"]
    ]  # fmt: skip
    if wanted.height:
        fitted, report, faults = _fitted(dataset, fitted, wanted, passing)
        findings += faults
    others = demand.filter(pl.col("year") != year) if year in base else demand.clear()
    return dataset.with_tables(demand=pl.concat([others, fitted]), demand_fit=report), findings


def _fitted(
    dataset: Dataset,
    prior: pl.DataFrame,
    totals: pl.DataFrame,
    passing: Callable[[Sequence[str]], Mapping[Pair, float]] | None,
) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """Return the fitted demand, the report of the fit and its warnings."""
    chosen = _counted(dataset, prior, totals, passing)
    flows = prior["tonnes"].to_numpy().astype(np.float64)
    names = totals["total_id"].to_list()
    faults = [
        Finding(
            "control_total",
            name,
            "",
            "",
            "selects no demand",
            "correct its origin, destination, goods or traffic",
        )
        for name, row in zip(names, chosen, strict=True)
        if not row @ flows > 0.0
    ]
    if faults:
        raise InputError(faults)
    low, high = (totals[side].to_numpy().astype(np.float64) for side in ("low", "high"))
    fit = maximum_entropy(flows, sp.csr_array(chosen), low, high)
    outside = np.maximum(fit.total - high, 0.0) - np.maximum(low - fit.total, 0.0)
    report = pl.DataFrame(
        {
            "total_id": names, "year": totals["year"], "label": totals["label"], "prior": chosen @ flows,
            "fitted": fit.total, "low": low, "high": high, "residual": outside,
            "multiplier": np.exp(np.clip(fit.multiplier, -700.0, 700.0)),
        }
    )  # fmt: skip
    findings = [
        Finding(
            "control_total", name, "low" if miss < 0 else "high", f"{end:.4g}", f"cannot be met: demand adds up to {have:.4g} t",
            "look for another total of the year that contradicts it", Severity.WARNING,
        )
        for name, miss, end, have in zip(
            names, outside, np.where(outside < 0.0, low, high), fit.total, strict=True
        )
        if abs(miss) > MISSED * end
    ]  # fmt: skip
    return prior.with_columns(tonnes=pl.Series(fit.flow)), report, findings


def _counted(
    dataset: Dataset,
    demand: pl.DataFrame,
    totals: pl.DataFrame,
    passing: Callable[[Sequence[str]], Mapping[Pair, float]] | None,
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return (n_totals, n_rows) the share of each row of demand that counts to a total."""
    country = dict(dataset["node"].select("node_id", "country").iter_rows())
    pairs = list(demand.select("origin", "destination", "commodity_id", "traffic_type").iter_rows())
    rows = []
    for total in totals.iter_rows(named=True):
        counts = selected(demand, country, total).astype(np.float64)
        if passing is not None and total["link_id"] is not None:
            share = passing(total["link_id"].split("|"))
            counts *= np.array([share.get(pair, 0.0) for pair in pairs])
        rows.append(counts)
    return np.array(rows).reshape(totals.height, demand.height)


def selected(
    goods: pl.DataFrame, country: Mapping[str, str], wanted: Mapping[str, Any]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return (n_rows,) whether goods with an origin and a destination are among those that a row selects.

    Parameters
    ----------
    goods
        Columns ``origin``, ``destination``, ``commodity_id`` and ``traffic_type``.
    country
        Country by node.
    wanted
        ``origin``, ``destination``, ``commodity_id`` and ``traffic_type`` with alternatives separated by |, or None for
        any; ``both_ways``.
    """
    ends = {
        end: np.array(
            [[node, country.get(node, "")] for node in goods[end].to_list()], dtype=np.str_
        ).reshape(-1, 2)
        for end in ("origin", "destination")
    }

    def at(end: str, places: str | None) -> np.ndarray[Any, np.dtype[np.bool_]]:
        if places is None:
            return np.ones(goods.height, dtype=np.bool_)
        known = np.isin(ends[end], places.split("|"))
        return known[:, 0] | known[:, 1]

    conditions = [at("origin", wanted["origin"]) & at("destination", wanted["destination"])]
    if wanted["both_ways"]:
        conditions[0] |= at("origin", wanted["destination"]) & at("destination", wanted["origin"])
    for column in ("commodity_id", "traffic_type"):
        options: Sequence[str] = (wanted.get(column) or "").split("|")
        if options != [""]:
            conditions.append(np.isin(goods[column].to_numpy().astype(np.str_), options))
    found: np.ndarray[Any, np.dtype[np.bool_]] = np.logical_and.reduce(conditions)
    return found
