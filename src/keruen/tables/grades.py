"""Data grades: how far what a crossing or corridor is given rests on what somebody published of it.

A grade is derived from the lineage, so it falls by itself when a figure is withdrawn and rises when one is found. Below
C outputs say "indicative" and rank nothing. Only figures of what has happened count, and only those that name the very
crossing or corridor count as its own: a survey of all crossings of a country says little of a single one.

| grade | crossing | corridor |
|---|---|---|
| A | its own capacity and delay are published, and its traffic | its volume and capacity, and three quarters of its length |
| B | its own capacity or traffic is published | its volume, and its capacity or half of its length |
| C | capacity or delay rests on a published figure of any scope | one figure of its own, or half of its length |
| D | all else | all else |

A crossing whose place is known only roughly stands one grade lower, and one whose place is not known has D.
"""

from __future__ import annotations

import json
from collections import defaultdict

import polars as pl

from keruen.tables.dataset import Dataset

UNGRADED = "D"
"""Grade of what nothing was published of, and of what has not been graded."""

_TRAFFIC = (
    "_freight",
    "_containers",
    "_throughput",
    "_trucks_per_day",
    "_vehicles_per_day",
    "trains_per_day",
)
_ROUGH = 0.1
"""An assumption on a coordinate that allows more than this either way [degree] tells of a place known only roughly."""

Rests = dict[tuple[str, str, str], set[str]]


def graded(dataset: Dataset) -> Dataset:
    """Fill the grades that the tables ``crossing`` and ``corridor`` leave empty.

    Parameters
    ----------
    dataset
        A resolved dataset, with ``figure`` and ``lineage``. A grade that somebody typed stays as it is.
    """
    figures: Rests = defaultdict(set)
    assumptions: Rests = defaultdict(set)
    for table, row, column, kind, name in (
        dataset["lineage"].select("table", "row", "column", "rests_on_kind", "rests_on").iter_rows()
    ):
        kept = figures if kind == "figure" else assumptions if kind == "assumption" else None
        if kept is not None:
            kept[table, row, column].add(name)
    own: dict[str, set[str]] = defaultdict(set)
    actual = dataset["figure"].filter((pl.col("aspect") == "actual") & pl.col("place_id").is_not_null())
    for place, indicator in actual.select("place_id", "indicator_id").iter_rows():
        own[place].add(indicator)
    tables = {}
    for name, grades in (
        ("crossing", _crossings(dataset, figures, assumptions, own)),
        ("corridor", _corridors(dataset, figures, own)),
    ):
        frame = dataset[name]
        derived = pl.Series("grade", [grades[key] for key in frame[f"{name}_id"]], dtype=pl.String)
        tables[name] = frame.with_columns(grade=pl.coalesce("grade", derived))
    return dataset.with_tables(**tables)


def _crossings(
    dataset: Dataset, figures: Rests, assumptions: Rests, own: dict[str, set[str]]
) -> dict[str, str]:
    spread = {
        name: max(high - value, value - low)
        for name, value, low, high in dataset["assumption"]
        .select("assumption_id", "value", "low", "high")
        .iter_rows()
    }
    nodes = {row["node_id"]: row for row in dataset["node"].iter_rows(named=True)}
    parts: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for table, column in (("post", "service_time"), ("delay_cause", "hours")):
        keys = ("crossing_id", "country") if table == "post" else ("crossing_id", "cause")
        for values in dataset[table].select(keys).iter_rows():
            parts[values[0]].append((table, _key(**dict(zip(keys, values, strict=True))), column))
    found = {}
    for row in dataset["crossing"].iter_rows(named=True):
        node = nodes.get(row["node_id"])
        rough = any(
            spread.get(name, 0.0) > _ROUGH
            for column in ("x_coord", "y_coord")
            for name in assumptions[("node", _key(node_id=row["node_id"]), column)]
        )
        if node is None or not node["located"]:
            found[row["crossing_id"]] = UNGRADED
            continue
        place = row["place_id"]
        resting = {part: figures[part] for part in parts[row["crossing_id"]]}
        about = {table: {f for (t, _, _), names in resting.items() if t == table for f in names} for table in ("post", "delay_cause")}  # fmt: skip
        capacity = any(_place(name) == place for name in about["post"])
        delay = any(_place(name) == place for name in about["delay_cause"])
        traffic = any(indicator.endswith(_TRAFFIC) for indicator in own[place]) if place else False
        if capacity and delay and traffic:
            grade = "A"
        elif capacity or traffic:
            grade = "B"
        elif about["post"] or about["delay_cause"]:
            grade = "C"
        else:
            grade = UNGRADED
        found[row["crossing_id"]] = _lower(grade) if rough else grade
    return found


def _corridors(dataset: Dataset, figures: Rests, own: dict[str, set[str]]) -> dict[str, str]:
    length = dict(dataset["link"].select("link_id", "length").iter_rows())
    found = {}
    for corridor, place in dataset["corridor"].select("corridor_id", "place_id").iter_rows():
        members = dataset["corridor_link"].filter(pl.col("corridor_id") == corridor)["link_id"]
        known = {link: length[link] or 0.0 for link in members if link in length}
        measured = sum(km for link, km in known.items() if figures[("link", _key(link_id=link), "length")])
        share = measured / total if (total := sum(known.values())) else 0.0
        told = own[place] if place else set()
        volume = any(indicator.endswith(_TRAFFIC) for indicator in told)
        capacity = "corridor_capacity" in told
        if volume and capacity and share >= 0.75:
            grade = "A"
        elif volume and (capacity or share >= 0.5):
            grade = "B"
        elif told or share >= 0.5:
            grade = "C"
        else:
            grade = UNGRADED
        found[corridor] = grade
    return found


def _lower(grade: str) -> str:
    return chr(min(ord(grade) + 1, ord(UNGRADED)))


def _place(figure_id: str) -> str:
    return figure_id.split("/")[1]


def _key(**values: str) -> str:
    return json.dumps(values, ensure_ascii=False)
