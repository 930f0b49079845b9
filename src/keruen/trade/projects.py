"""The register: every project with its stage, what was announced of it, by whom and where; packages beside one another.

Receives projects, commitments, parties and the lineage of their cells; hands on frames. A package that may hold the same
money as another is never added to it: a group of overlapping packages has a least total (the largest alone) and a
greatest (all of them), and until the overlap is settled nothing in between is known.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from keruen.tables import Dataset
from keruen.tables.words import say

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
    "moved": pl.Boolean,
    "figures": pl.List(pl.String),
    "statements": pl.List(pl.String),
    "sources": pl.List(pl.String),
}
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
        ``announced`` (each value of the cost as it was said, in order of publication), ``moved`` (whether those values
        differ), and the ``figures``, ``statements`` and ``sources`` that its cells rest on.
    """
    evidence = _Evidence(dataset)
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
                "moved": len({level for _, level in said}) > 1,
                "figures": figures,
                "statements": statements,
                "sources": evidence.sources(statements),
            }
        )
    return pl.DataFrame(rows, schema=_REGISTER, orient="row")


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
        lineage = dataset["lineage"].filter(pl.col("table") == "project")
        for table, key, column, kind, rests in lineage.select(
            "table", "row", "column", "rests_on_kind", "rests_on"
        ).iter_rows():
            self._rests[table, str(json.loads(key).get("project_id"))][column].append((kind, rests))
        self._figures: dict[str, dict[str, Any]] = {
            row["figure_id"]: row for row in dataset["figure"].iter_rows(named=True)
        }
        self._said = {row["statement_id"]: row for row in dataset["statement"].iter_rows(named=True)}
        self._published = dict(dataset["source"].select("source_id", "published").iter_rows())

    def figures(self, table: str, key: str, column: str | None = None) -> list[str]:
        cells = self._rests[table, key]
        chosen = cells.values() if column is None else [cells.get(column, [])]
        return sorted({rests for cell in chosen for kind, rests in cell if kind == "figure"})

    def basis(self, table: str, key: str, column: str) -> str:
        kinds = {kind for kind, _ in self._rests[table, key].get(column, [])}
        if not kinds:
            return "typed"
        return "announced" if kinds == {"figure"} else "derived" if "figure" in kinds else "assumed"

    def statements(self, figures: list[str]) -> list[str]:
        return sorted({s for f in figures if f in self._figures for s in self._figures[f]["rests_on"]})

    def sources(self, statements: list[str]) -> list[str]:
        return sorted({self._said[s]["source_id"] for s in statements if s in self._said})

    def said(self, figures: list[str]) -> list[tuple[str, str]]:
        """Day and amount of every statement of money behind figures, superseded ones as well, in order."""
        found = set()
        for figure in figures:
            held = self._figures.get(figure)
            if held is None or not re.fullmatch(r"[A-Z]{3}", held["unit"]) or held["unit"] == "TEU":
                continue
            kept = [self._said[s] for s in held["rests_on"] if s in self._said]
            # What was set aside but stands in the same text speaks of something else; elsewhere it is an earlier or
            # rival amount.
            together = {row["source_id"] for row in kept}
            aside = [self._said[s] for s in held["set_aside"] if s in self._said]
            for row in [*kept, *(r for r in aside if r["source_id"] not in together)]:
                if row["value"] is not None and row["source_id"] in self._published:
                    found.add((str(self._published[row["source_id"]]), say(row["value"], row["unit"])))
        return sorted(found)
