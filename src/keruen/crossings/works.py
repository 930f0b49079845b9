"""When to rebuild which crossing, so that a crossing and the one that stands in for it are never closed together."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from keruen.crossings.posts import read_borders
from keruen.crossings.reconstruction import Works
from keruen.errors import Finding, refuse_errors
from keruen.tables.dataset import Dataset
from keruen.tables.geodesy import great_circle
from keruen.tables.programme import Change

_SCHEMA: dict[str, pl.DataType] = {
    "crossing_id": pl.String(), "start_year": pl.Int64(), "end_year": pl.Int64(), "alternative": pl.String(),
    "alternative_distance": pl.Float64(), "reason": pl.String(),
}  # fmt: skip


def works_calendar(
    dataset: Dataset,
    order: Sequence[str],
    *,
    first_year: int,
    last_year: int,
    at_once: int,
    duration: int = 2,
    within: float = 300.0,
) -> pl.DataFrame:
    """Return the years in which each crossing is rebuilt, the first of the order first.

    Parameters
    ----------
    dataset
        As for :func:`keruen.crossings.performance`, with coordinates of the nodes.
    order
        Crossings, the most urgent first, such as :func:`keruen.crossings.reconstruction_ranking` gives.
    first_year, last_year
        First year of works, and the year by the end of which they must be done.
    at_once
        Crossings that can be in works at a time.
    duration
        Years of works at one crossing.
    within
        Distance [km] up to which a crossing can stand in for another.

    Returns
    -------
    pl.DataFrame
        In the order given: ``crossing_id``, ``start_year`` and ``end_year`` (null where it does not fit), ``alternative``
        (the nearest crossing of the same kind between the same two countries, among all of the dataset) with
        ``alternative_distance`` [km], and ``reason``. A crossing is never in works together with its alternative, nor with
        one whose alternative it is.

    Raises
    ------
    InputError
        If a crossing is unknown or named twice, or the years or numbers cannot be.
    """
    findings = []
    if first_year + duration - 1 > last_year or duration < 1:
        findings.append(
            Finding("option", "", "last_year", str(last_year), f"{duration} years from {first_year} do not fit",
                    "give more years or shorter works")
        )  # fmt: skip
    if at_once < 1:
        findings.append(
            Finding("option", "", "at_once", str(at_once), "must be at least 1", "allow one at a time")
        )
    if len(set(order)) < len(order):
        findings.append(Finding("option", "", "order", "", "names a crossing twice", "name each once"))
    refuse_errors(findings)
    read_borders(dataset, order)
    alternatives = _alternatives(dataset, within)
    years: dict[str, range] = {}
    rows = []
    for crossing in order:
        rivals = {alternatives[crossing][0]} if crossing in alternatives else set()
        rivals |= {other for other, (stands_in, _) in alternatives.items() if stands_in == crossing}
        fits, blocked = None, set()
        for start in range(first_year, last_year - duration + 2):
            span = range(start, start + duration)
            closed = {r for r in rivals if r in years and _overlap(years[r], span)}
            crowded = any(sum(year in other for other in years.values()) >= at_once for year in span)
            if not closed and not crowded:
                fits = span
                break
            blocked |= closed
        if fits is not None:
            years[crossing] = fits
            reason = f"after {', '.join(sorted(blocked))}" if blocked else "as early as works allow"
        elif blocked:
            reason = f"not together with {', '.join(sorted(blocked))}"
        else:
            reason = f"no more than {at_once} at once"
        name, distance = alternatives.get(crossing, (None, None))
        rows.append(
            {"crossing_id": crossing, "start_year": fits[0] if fits else None, "end_year": fits[-1] if fits else None,
             "alternative": name, "alternative_distance": distance, "reason": reason}
        )  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA)


def works_changes(dataset: Dataset, plan: pl.DataFrame, works: Works, *, scenario_id: str) -> pl.DataFrame:
    """Return what the works of a calendar do to the tables: fewer lanes on both sides while they last, more afterwards.

    Parameters
    ----------
    dataset
        Tables ``post`` and ``station``.
    plan
        As :func:`works_calendar` returns it; crossings without years are left out.
    works
        Its central `open_share` is the loss, its central `lanes_factor` the gain.
    scenario_id
        Scenario that the rows belong to; the table ``scenario`` must have it before they are applied.

    Returns
    -------
    pl.DataFrame
        Rows of the table ``change``.
    """
    ferries = (
        dataset["station"].filter(pl.col("kind") == "ferry_departure").select("crossing_id", "station_id")
    )
    stations = dataset["station"].join(ferries, on=["crossing_id", "station_id"], how="anti")
    rows: list[dict[str, object]] = []
    for row in plan.drop_nulls("start_year").iter_rows(named=True):
        crossing, start, end = row["crossing_id"], row["start_year"], row["end_year"]
        places = [("post", "lanes", {"crossing_id": crossing})]
        places += [
            ("station", "servers", {"crossing_id": crossing, "station_id": name})
            for name in stations.filter(crossing_id=crossing)["station_id"].to_list()
        ]
        for table, column, key in places:
            spans = (
                ("works", works.open_share.value, start, end),
                ("rebuilt", works.lanes_factor.value, end + 1, None),
            )
            for what, factor, first, last in spans:
                name = "_".join([scenario_id, *key.values(), table, what])
                rows.append(
                    {"change_id": name, "scenario_id": scenario_id, "project_id": None, "table": table,
                     "key": json.dumps(key), "column": column, "operation": "multiply", "value": f"{factor:g}",
                     "year_from": first, "year_to": last, "relative": False}
                )  # fmt: skip
    return Change.validate(pl.DataFrame(rows, schema=Change.create_empty().schema))


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _alternatives(dataset: Dataset, within: float) -> Mapping[str, tuple[str, float]]:
    """Return the nearest crossing of the same kind between the same countries, and its distance [km]."""
    nodes = {row["node_id"]: row for row in dataset["node"].iter_rows(named=True)}
    sides = dataset["post"].group_by("crossing_id").agg(pl.col("country").sort())
    between = {name: tuple(countries) for name, countries in sides.iter_rows()}
    places = []
    for row in dataset["crossing"].sort("crossing_id").iter_rows(named=True):
        node = nodes.get(row["node_id"], {})
        if node.get("x_coord") is not None and node.get("y_coord") is not None:
            group = (row["kind"], between.get(row["crossing_id"], ()))
            places.append((row["crossing_id"], group, node["x_coord"], node["y_coord"]))
    found = {}
    for name, group, x, y in places:
        others = [
            (_distance(x, y, u, v), other) for other, its, u, v in places if its == group and other != name
        ]
        distance, other = min(others, default=(math.inf, ""))
        if distance <= within:
            found[name] = (other, distance)
    return found


def _distance(x: float, y: float, u: float, v: float) -> float:
    """Great circle between two points in degrees [km]."""
    return float(great_circle(*(np.array([degrees]) for degrees in (x, y, u, v)))[0])
