"""What things are called: identifiers of the dataset turned into the words that people use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import polars as pl

from keruen.tables import Dataset, load

ASPECTS = {"actual": "reported", "forecast": "forecast", "target": "target", "pledge": "pledge"}


class Names:
    """Names of everything in a dataset, by identifier; one that is not listed is called by its identifier."""

    def __init__(self, dataset: Dataset) -> None:
        self.indicators: dict[str, str] = {}
        self.growth: set[str] = set()
        if dataset.has("statement") or dataset.has("figure"):
            known = dataset["indicator"] if dataset.has("indicator") else _built_in()
            self.indicators = dict(known.select("indicator_id", "label").iter_rows())
            self.growth = set(known.filter(known["indicator_class"] == "growth")["indicator_id"])
        self.places = dict(dataset["place"].select("place_id", "name").iter_rows())
        self.commodities = dict(dataset["commodity"].select("commodity_id", "name").iter_rows())
        self.modes = dict(dataset["mode"].select("mode_id", "name").iter_rows())
        self.nodes = dict(dataset["node"].select("node_id", "name").iter_rows())
        self.projects = dict(dataset["project"].select("project_id", "name").iter_rows())
        self.corridors = dict(dataset["corridor"].select("corridor_id", "name").iter_rows())
        self.crossings = dict(dataset["crossing"].select("crossing_id", "name").iter_rows())
        self.links = {
            r["link_id"]: r["name"]
            or f"{self.nodes.get(r['from_node_id'], r['from_node_id'])}-"
            f"{self.nodes.get(r['to_node_id'], r['to_node_id'])}"
            for r in dataset["link"].iter_rows(named=True)
        }
        self.sources: dict[str, dict[str, Any]] = {
            r["source_id"]: r for r in dataset["source"].iter_rows(named=True)
        }

    def subject(self, row: Mapping[str, Any]) -> str:
        """Return what a figure or statement is about: indicator, places and goods, without period."""
        indicator = row["indicator_id"]
        parts = [self.indicators.get(indicator, indicator) if indicator else "not linked to an indicator"]
        places = [self.places.get(row[c], row[c]) for c in ("place_id", "partner_id") if row[c]]
        if places:
            parts.append(" and ".join(places))
        if row["commodity_id"]:
            parts.append(self.commodities.get(row["commodity_id"], row["commodity_id"]))
        return ", ".join(parts)


@cache
def _built_in() -> pl.DataFrame:
    """Return the indicators of the built-in catalogue, which datasets without their own are read with."""
    with as_file(files("keruen") / "reference" / "catalogue") as folder:
        return load(folder)["indicator"]


def period(row: Mapping[str, Any]) -> str:
    """Return the period of a statement in words.

    Examples
    --------
    >>> import datetime as d
    >>> period({"granularity": "year", "period_start": d.date(2024, 1, 1), "period_end": d.date(2024, 12, 31)})
    '2024'
    >>> period({"granularity": "span", "period_start": None, "period_end": d.date(2030, 12, 31)})
    'by the end of 2030'
    """
    start, end = row["period_start"], row["period_end"]
    if start is None and end is None:
        return "no period given"
    if start is None:
        return f"by the end of {end.year}" if (end.month, end.day) == (12, 31) else f"by {end.isoformat()}"
    if end is None:
        return f"from {start.isoformat()}"
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
    if start == end:
        return str(start.isoformat())
    if start.day == 1 and (start.year, start.month) == (end.year, end.month):
        return f"{start.year}-{start.month:02d}"
    return f"{start.isoformat()} to {end.isoformat()}"
