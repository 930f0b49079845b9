"""The register: every project with its stage, what was announced of it, by whom and where; packages beside one another.

Receives projects, commitments, parties, statements and the lineage of cells; hands on frames. A package that may hold the same
money as another is never added to it: a group of overlapping packages has a least total (the largest alone) and a
greatest (all of them), and until the overlap is settled nothing in between is known.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from keruen.tables import Dataset
from keruen.tables.words import say
from keruen.trade.history import catalogue

_REGISTER: dict[str, Any] = {
    "project_id": pl.String,
    "name": pl.String,
    "sector": pl.String,
    "portfolio": pl.Boolean,
    "stage": pl.String,
    "place_id": pl.String,
    "owner": pl.String,
    "party": pl.String,
    "cost": pl.Float64,
    "price_year": pl.Int64,
    "cost_basis": pl.String,
    "jobs": pl.Float64,
    "announced": pl.List(pl.String),
    "moved": pl.List(pl.String),
    "overlaps": pl.List(pl.String),
    "figures": pl.List(pl.String),
    "statements": pl.List(pl.String),
    "sources": pl.List(pl.String),
}
_SAYINGS: dict[str, Any] = {
    "project_id": pl.String,
    "published": pl.Date,
    "indicator_id": pl.String,
    "label": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "deadline": pl.Int64,
    "kind": pl.String,
    "speaker": pl.String,
    "source_id": pl.String,
    "statement_id": pl.String,
    "quote": pl.String,
}
_WIDE = ("country", "region", "bloc", "world")
"""Kinds of places that hold more than one project: what is said of them is not said of a project."""
_AIMS = ("target", "pledge", "forecast")
_COST = "project_cost"
_PACKAGES: dict[str, Any] = {
    "group": pl.String,
    "commitment_id": pl.String,
    "name": pl.String,
    "stage": pl.String,
    "party": pl.String,
    "amount": pl.Float64,
    "projects": pl.Float64,
    "overlaps_with": pl.List(pl.String),
    "group_least": pl.Float64,
    "group_most": pl.Float64,
}


def register(dataset: Dataset) -> pl.DataFrame:
    """Return every project on one row.

    Parameters
    ----------
    dataset
        Tables ``project``, ``party``, ``lineage``, ``figure``, ``statement`` and ``source``.

    Returns
    -------
    polars.DataFrame
        One row a project, sorted: its own columns, ``party`` (name of the owner), ``cost_basis`` (``announced`` where a
        figure gives the cost alone, ``derived`` from figures and assumptions, ``assumed``, ``typed``, ``unknown``),
        ``announced`` (each value of the cost as it was said, in order of publication), ``moved`` (what was said anew with
        another level or year; see :func:`sayings`), ``overlaps`` (other projects that may hold the same money, by the
        packages that they stand for; see :func:`packages`), and the ``figures``, ``statements`` and ``sources`` that its cells
        rest on.
    """
    evidence = _Evidence(dataset)
    told = sayings(dataset)
    overlaps = _overlaps(dataset, evidence)
    parties = dict(dataset["party"].select("party_id", "name").iter_rows())
    rows = []
    for row in dataset["project"].sort("project_id").iter_rows(named=True):
        name = row["project_id"]
        figures = evidence.figures("project", name)
        statements = evidence.statements(figures)
        said = evidence.said(evidence.figures("project", name, "cost"))
        rows.append(
            {key: row[key] for key in _REGISTER if key in row}
            | {
                "party": parties.get(row["owner"]),
                "cost_basis": "unknown" if row["cost"] is None else evidence.basis("project", name, "cost"),
                "announced": [f"{day}: {level}" for day, level in said],
                "overlaps": sorted(overlaps.get(name, set())),
                "moved": _moved(told.filter(pl.col("project_id") == name)),
                "figures": figures,
                "statements": statements,
                "sources": evidence.sources(statements),
            }
        )
    return pl.DataFrame(rows, schema=_REGISTER, orient="row")


def sayings(dataset: Dataset) -> pl.DataFrame:
    """Return everything that was said of each project, in order.

    Parameters
    ----------
    dataset
        Tables ``project``, ``place``, ``lineage``, ``figure``, ``statement``, ``source`` and ``indicator``.

    Returns
    -------
    polars.DataFrame
        One row a project and statement: those behind its cells, and those of the place that is the project's own (a
        section, crossing, port or site; a country or region holds more than one). ``deadline`` is the year by which an
        aim is to be reached.
    """
    evidence = _Evidence(dataset)
    wide = set(dataset["place"].filter(pl.col("kind").is_in(_WIDE))["place_id"])
    by_place: dict[str, list[str]] = defaultdict(list)
    for place, statement in dataset["statement"].select("place_id", "statement_id").iter_rows():
        if place is not None and place not in wide:
            by_place[place].append(statement)
    labels = dict(catalogue(dataset).select("indicator_id", "label").iter_rows())
    rows = []
    for name, place in dataset["project"].select("project_id", "place_id").iter_rows():
        for row in evidence.dated({*evidence.all_said(name), *by_place.get(place, ())}):
            # What a project will cost is no aim of a year.
            aimed = row["kind"] in _AIMS and row["indicator_id"] != _COST
            end = row["period_end"] if aimed else None
            rows.append(
                {key: row[key] for key in _SAYINGS if key in row}
                | {
                    "project_id": name, "published": evidence.published[row["source_id"]],
                    "label": labels.get(row["indicator_id"], "not linked to an indicator"),
                    "deadline": end.year if end is not None else None,
                }
            )  # fmt: skip
    order = ["project_id", "published", "indicator_id", "deadline", "statement_id"]
    return pl.DataFrame(rows, schema=_SAYINGS, orient="row").sort(order, nulls_last=True)


def _overlaps(dataset: Dataset, evidence: _Evidence) -> dict[str, set[str]]:
    """Projects that may hold the same money: their costs rest on the amounts of packages that may overlap."""
    stands_for: dict[str, set[str]] = defaultdict(set)
    projects = dataset["project"]["project_id"].to_list()
    for package in dataset["commitment"]["commitment_id"].to_list():
        amount = evidence.grounds("commitment", package, "amount")
        for name in projects:
            if amount and amount == evidence.grounds("project", name, "cost"):
                stands_for[package].add(name)
    found: dict[str, set[str]] = defaultdict(set)
    for row in packages(dataset).iter_rows(named=True):
        others = set().union(*(stands_for[other] for other in row["overlaps_with"]))
        for name in stands_for[row["commitment_id"]]:
            found[name] |= others - {name}
    return found


def _moved(told: pl.DataFrame) -> list[str]:
    """What was said anew: an aim of the same year with another level or of the same level with another year, a cost."""
    found: list[str] = []
    for (_, label, _), part in told.group_by(["indicator_id", "label", "unit"], maintain_order=True):
        rows = [r for r in part.iter_rows(named=True) if r["value"] is not None]
        costs = [r for r in rows if r["indicator_id"] == _COST]
        aims = [r for r in rows if r["kind"] in _AIMS and r["indicator_id"] != _COST]
        for said in (aims, costs):
            for at, now in enumerate(said):
                earlier = [r for r in said[:at] if r["published"] < now["published"]]
                same = [r for r in earlier if (r["value"], r["deadline"]) == (now["value"], now["deadline"])]
                # Another level in another year is another milestone; two outlooks that differ are two scenarios.
                before = [
                    r
                    for r in earlier
                    if (r["deadline"] == now["deadline"] or r["value"] == now["value"])
                    and (said is costs or not r["kind"] == now["kind"] == "forecast")
                ]
                if before and not same:
                    words = [_level(before[-1]), _level(now)]
                    found.append(f"{label}: {' → '.join(words)} ({now['published']})")
    return list(dict.fromkeys(found))


def _level(row: Mapping[str, Any]) -> str:
    return say(row["value"], row["unit"]) + (f" by {row['deadline']}" if row["deadline"] else "")


def packages(dataset: Dataset) -> pl.DataFrame:
    """Return every commitment with the group of packages that it may overlap with.

    Parameters
    ----------
    dataset
        Tables ``commitment`` and ``party``.

    Returns
    -------
    polars.DataFrame
        One row a commitment, sorted by group; ``group_least`` and ``group_most`` bound what the group holds together
        [USD]: the largest alone, and the sum as if nothing overlapped. Null where an amount of the group is unknown.
    """
    held = {row["commitment_id"]: row for row in dataset["commitment"].iter_rows(named=True)}
    parties = dict(dataset["party"].select("party_id", "name").iter_rows())
    neighbours: dict[str, set[str]] = defaultdict(set)
    for name, row in held.items():
        for other in filter(None, (row["overlaps_with"] or "").split("|")):
            if other in held:
                neighbours[name].add(other)
                neighbours[other].add(name)
    rows = []
    for members in _groups(sorted(held), neighbours):
        amounts = [held[m]["amount"] for m in members]
        known = all(a is not None for a in amounts)
        for name in members:
            row = held[name]
            rows.append(
                {
                    "group": members[0], "commitment_id": name, "name": row["name"], "stage": row["stage"],
                    "party": parties.get(row["party_id"]), "amount": row["amount"],
                    "projects": row["projects"], "overlaps_with": sorted(neighbours[name]),
                    "group_least": max(amounts) if known else None,
                    "group_most": sum(amounts) if known else None,
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=_PACKAGES, orient="row")


def _groups(names: list[str], neighbours: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the connected groups, each sorted."""
    found, seen = [], set()
    for name in names:
        if name in seen:
            continue
        group, front = {name}, [name]
        while front:
            fresh = neighbours[front.pop()] - group
            group |= fresh
            front += fresh
        seen |= group
        found.append(sorted(group))
    return found


class _Evidence:
    """What the cells of a table rest on."""

    def __init__(self, dataset: Dataset) -> None:
        self._rests: dict[tuple[str, str], dict[str, list[tuple[str, str]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        lineage = dataset["lineage"].filter(pl.col("table").is_in(["project", "commitment"]))
        for table, key, column, kind, rests in lineage.select(
            "table", "row", "column", "rests_on_kind", "rests_on"
        ).iter_rows():
            self._rests[table, str(json.loads(key).get(f"{table}_id"))][column].append((kind, rests))
        self._figures: dict[str, dict[str, Any]] = {
            row["figure_id"]: row for row in dataset["figure"].iter_rows(named=True)
        }
        self._said = {row["statement_id"]: row for row in dataset["statement"].iter_rows(named=True)}
        self.published = dict(dataset["source"].select("source_id", "published").iter_rows())

    def figures(self, table: str, key: str, column: str | None = None) -> list[str]:
        cells = self._rests[table, key]
        chosen = cells.values() if column is None else [cells.get(column, [])]
        return sorted({rests for cell in chosen for kind, rests in cell if kind == "figure"})

    def grounds(self, table: str, key: str, column: str) -> frozenset[tuple[str, str]]:
        """Figures and assumptions of a cell."""
        return frozenset(self._rests[table, key].get(column, ()))

    def basis(self, table: str, key: str, column: str) -> str:
        kinds = {kind for kind, _ in self._rests[table, key].get(column, [])}
        if not kinds:
            return "typed"
        return "announced" if kinds == {"figure"} else "derived" if "figure" in kinds else "assumed"

    def statements(self, figures: list[str]) -> list[str]:
        return sorted({s for f in figures if f in self._figures for s in self._figures[f]["rests_on"]})

    def all_said(self, key: str) -> set[str]:
        """Statements behind any cell of a project, those set aside elsewhere as well."""
        found = set()
        for figure in self.figures("project", key):
            if figure in self._figures:
                kept, aside = self._told(self._figures[figure])
                found |= {row["statement_id"] for row in (*kept, *aside)}
        return found

    def dated(self, statements: Iterable[str]) -> list[dict[str, Any]]:
        """Rows of statements whose source is known."""
        rows = (self._said[s] for s in statements if s in self._said)
        return [row for row in rows if row["source_id"] in self.published]

    def _told(self, figure: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Statements that a figure rests on, and rival ones of other texts that were set aside."""
        kept = [self._said[s] for s in figure["rests_on"] if s in self._said]
        # What was set aside but stands in the same text speaks of something else; elsewhere it is an earlier or
        # rival amount.
        together = {row["source_id"] for row in kept}
        aside = [self._said[s] for s in figure["set_aside"] if s in self._said]
        return kept, [row for row in aside if row["source_id"] not in together]

    def sources(self, statements: list[str]) -> list[str]:
        return sorted({self._said[s]["source_id"] for s in statements if s in self._said})

    def said(self, figures: list[str]) -> list[tuple[str, str]]:
        """Day and amount of every statement of money behind figures, superseded ones as well, in order."""
        found = set()
        for figure in figures:
            held = self._figures.get(figure)
            if held is None or not re.fullmatch(r"[A-Z]{3}", held["unit"]) or held["unit"] == "TEU":
                continue
            kept, aside = self._told(held)
            for row in (*kept, *aside):
                if row["value"] is not None and row["source_id"] in self.published:
                    found.add((str(self.published[row["source_id"]]), say(row["value"], row["unit"])))
        return sorted(found)
