"""Bindings: figures and assumptions fill the cells of the model, and lineage says which filled what.

Receives a dataset whose evidence wing has run (it has figures) and hands on the same dataset with every bound cell
filled, and the ``lineage`` table. Nothing else in Keruen writes a number into a model table.
"""

from __future__ import annotations

import fnmatch
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

import numpy as np
import numpy.typing as npt
import polars as pl

from keruen.errors import Finding, Severity
from keruen.tables.dataset import Dataset
from keruen.tables.expression import Array, Expression, ExpressionError, parse
from keruen.tables.folder import LISTED, row_label, validate
from keruen.tables.geodesy import great_circle
from keruen.tables.integrity import Selector
from keruen.tables.registry import INPUTS, TABLES

Cell = tuple[str, str]
Rests = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A dataset with its bound cells filled.

    Parameters
    ----------
    dataset
        The dataset, with ``lineage``.
    findings
        Bindings that could not be followed, and cells that they filled with something that the schema forbids.
    n_cells
        Number of cells filled.
    """

    dataset: Dataset
    findings: Sequence[Finding]
    n_cells: int


@dataclass(slots=True)
class _Rule:
    """One binding, parsed, with the rows that it selects."""

    binding_id: str
    label: str
    table: str
    column: str
    expression: Expression
    rows: npt.NDArray[np.int64]
    rank: int


@dataclass(slots=True)
class _Work:
    """Arrays under way: cell values and what each rests on, by table and column."""

    dataset: Dataset
    figures: dict[str, float]
    assumptions: dict[str, float]
    named: dict[str, str] = field(default_factory=dict)
    filled: dict[Cell, Array] = field(default_factory=dict)
    rests: dict[Cell, dict[int, tuple[Rests, str]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def column(self, table: str, name: str) -> Array:
        done = self.filled.get((table, name))
        return (
            done if done is not None else self.dataset[table][name].cast(pl.Float64).to_numpy(writable=True)
        )


def _numbers(cells: pl.Series) -> Array:
    """Return cells as numbers; an empty one, or a text that is no number, is NaN."""
    return cells.cast(pl.Float64, strict=False).to_numpy(writable=True)


def _series(typed: pl.Series, numbers: Array) -> pl.Series:
    """Return the column with its numbers filled in; the value of a change is text and stays so."""
    filled = pl.Series(typed.name, numbers, nan_to_null=True)
    if typed.dtype != pl.String:
        return filled
    texts = [None if number is None else repr(number) for number in filled.to_list()]
    return pl.Series(typed.name, texts, dtype=pl.String).zip_with(filled.is_not_null(), typed)


def resolve(dataset: Dataset) -> Resolution:
    """Fill every bound cell from figures and assumptions and derive the lineage.

    Among bindings of one cell the one that names the row by its whole key wins, then the one that names more columns.

    Parameters
    ----------
    dataset
        Validated inputs; the ``figure`` table if any binding refers to figures.
    """
    work = _Work(
        dataset,
        figures=dict(dataset["figure"].select("figure_id", "estimate").iter_rows()),
        assumptions=dict(dataset["assumption"].select("assumption_id", "value").iter_rows()),
    )
    rules = _rules(work)
    for cell in _order(rules, work.findings):
        for rule in _winners(rules[cell]):
            _apply(rule, work)
    tables = {
        table: dataset[table].with_columns(
            _series(dataset[table][column], work.filled[table, column])
            for owner, column in work.filled
            if owner == table
        )
        for table in {table for table, _ in work.filled}
    }
    for table, frame in tables.items():
        work.findings += validate(table, frame)
    lineage, n_cells = _lineage(work)
    return Resolution(dataset.with_tables(**tables, lineage=lineage), work.findings, n_cells)


def unbound(dataset: Dataset) -> list[Finding]:
    """List model cells that rest on no figure and no assumption: warnings, and more than a reference model may have.

    Parameters
    ----------
    dataset
        A resolved dataset, with ``lineage``.
    """
    bound: dict[Cell, set[str]] = defaultdict(set)
    for table, row, column in dataset["lineage"].select("table", "row", "column").iter_rows():
        bound[table, column].add(row)
    findings = []
    for table in INPUTS:
        frame = dataset[table]
        for name, column in TABLES[table].columns.items():
            if not (column.metadata or {}).get("evidence"):
                continue
            rows = [
                row
                for row in np.flatnonzero(~np.isnan(_numbers(frame[name]))).tolist()
                if row_key(table, frame, row) not in bound[table, name]
            ]
            for row in rows[:LISTED]:
                findings.append(
                    Finding(table, row_label(table, frame, row), name, str(frame[name][row]),
                            "no binding says what this number rests on", "bind it to a figure or an assumption", Severity.WARNING)
                )  # fmt: skip
            if len(rows) > LISTED:
                findings.append(
                    Finding(table, f"and {len(rows) - LISTED} more rows", name, "",
                            "no binding says what these numbers rest on", "bind them to figures or assumptions", Severity.WARNING)
                )  # fmt: skip
    return findings


def row_key(table: str, frame: pl.DataFrame, row: int) -> str:
    """Return the key of a row as canonical JSON, as lineage and change rows name it."""
    return json.dumps(
        {name: frame[name][row] for name in TABLES[table].keys}, ensure_ascii=False, default=str
    )


def _rules(work: _Work) -> dict[Cell, list[_Rule]]:
    rules: dict[Cell, list[_Rule]] = defaultdict(list)
    bindings = work.dataset["binding"]
    taken: dict[tuple[str, str, int, int], str] = {}
    selector = Selector(work.dataset)
    for index, row in enumerate(bindings.iter_rows(named=True)):
        label = row_label("binding", bindings, index)
        table, column = row["table"], row["column"]
        if table not in INPUTS or column not in TABLES[table].columns:
            continue  # integrity has named it
        try:
            expression = parse(row["expression"])
            wanted = json.loads(row["key"])
        except ExpressionError as error:
            work.findings.append(
                Finding("binding", label, "expression", row["expression"], str(error), "correct it")
            )
            continue
        except json.JSONDecodeError:
            continue  # integrity has named it
        if not isinstance(wanted, dict) or not wanted.keys() <= TABLES[table].columns.keys():
            continue  # integrity has named it
        faults = _unknown(label, expression, table, work)
        work.findings += faults
        if faults:
            continue
        rows = np.array(selector.rows(table, wanted), dtype=np.int64)
        # A row named by its whole key is an exception to every rule that selects by other columns.
        rank = len(wanted) + (len(TABLES[table].columns) if set(TABLES[table].keys) <= wanted.keys() else 0)
        for at in rows.tolist():
            rival = taken.setdefault((table, column, at, rank), row["binding_id"])
            if rival != row["binding_id"]:
                work.findings.append(
                    Finding("binding", label, "key", row["key"],
                            f"binds {table}[{row_label(table, work.dataset[table], at)}].{column}, as does {rival}",
                            "delete one, or name more key columns in the one that should win")
                )  # fmt: skip
        rules[table, column].append(_Rule(row["binding_id"], label, table, column, expression, rows, rank))
    return rules


def _winners(rules: list[_Rule]) -> Iterator[_Rule]:
    """Leave each rule the rows that no rule of a higher rank fills, so that no number is computed to be discarded."""
    taken = np.zeros(0, dtype=np.int64)
    for rule in sorted(rules, key=lambda rule: -rule.rank):
        yield replace(rule, rows=rule.rows[~np.isin(rule.rows, taken)])
        taken = np.append(taken, rule.rows)


def _unknown(label: str, expression: Expression, table: str, work: _Work) -> list[Finding]:
    """List what the expression refers to and the dataset does not have."""
    findings = []
    for pattern in sorted(name for name in expression.figures if "*" in name and name not in work.figures):
        matches = fnmatch.filter(work.figures, pattern)
        if len(matches) == 1:
            work.named[pattern], work.figures[pattern] = matches[0], work.figures[matches[0]]
        elif matches:
            findings.append(
                Finding("binding", label, "expression", pattern, f"fits {len(matches)} figures",
                        f"name one of {', '.join(sorted(matches)[:5])}")
            )  # fmt: skip
            return findings
    for kind, names, known in (
        ("figure", expression.figures, work.figures),
        ("assumption", expression.assumptions, work.assumptions),
    ):
        for name in sorted(names - known.keys()):
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            remedy = f"did you mean {near[0]!r}?" if near else f"add it, or bind to another {kind}"
            findings.append(Finding("binding", label, "expression", name, f"there is no such {kind}", remedy))
    for name in sorted(expression.columns):
        column = TABLES[table].columns.get(name)
        if column is None or not column.dtype.is_numeric():
            findings.append(
                Finding(
                    "binding",
                    label,
                    "expression",
                    name,
                    f"{table} has no numeric column of this name",
                    "correct it",
                )
            )
    if expression.great_circle and table != "link":
        findings.append(
            Finding(
                "binding",
                label,
                "expression",
                "great_circle()",
                "measures a link, not another table",
                "remove it",
            )
        )
    return findings


def _order(rules: dict[Cell, list[_Rule]], findings: list[Finding]) -> list[Cell]:
    """Order the bound columns so that each comes after those it is computed from."""
    graph: dict[Cell, set[Cell]] = {}
    for cell, bound in rules.items():
        needs = {(cell[0], name) for rule in bound for name in rule.expression.columns}
        if any(rule.expression.great_circle for rule in bound):
            needs |= {("node", "x_coord"), ("node", "y_coord")}
        graph[cell] = needs & rules.keys()
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(f"{table}.{column}" for table, column in error.args[1])
        findings.append(
            Finding("binding", "", "expression", circle, "the columns need each other", "break the circle")
        )
        return []


def _apply(rule: _Rule, work: _Work) -> None:
    if not rule.rows.size:
        return
    expression, cell = rule.expression, (rule.table, rule.column)
    rests: list[Rests] = [
        frozenset({("figure", work.named.get(name, name)) for name in expression.figures})
        | frozenset({("assumption", name) for name in expression.assumptions})
    ] * rule.rows.size
    columns = {name: work.column(rule.table, name)[rule.rows] for name in expression.columns}
    for name in expression.columns:
        inherited = work.rests.get((rule.table, name), {})
        rests = [
            r | inherited[at][0] if at in inherited else r
            for r, at in zip(rests, rule.rows.tolist(), strict=True)
        ]
    typed = _numbers(work.dataset[rule.table][rule.column])
    if expression.given:
        columns["given"] = typed[rule.rows]
        frame = work.dataset[rule.table]
        rests = [
            r | {("given", f"{rule.table}.{rule.column} {row_key(rule.table, frame, at)}")}
            for r, at in zip(rests, rule.rows.tolist(), strict=True)
        ]
    measured = None
    if expression.great_circle:
        measured, inherited_pairs = _measure(rule, work)
        rests = [r | pair for r, pair in zip(rests, inherited_pairs, strict=True)]
    values = np.broadcast_to(
        expression.evaluate(
            figures=work.figures, assumptions=work.assumptions, columns=columns, great_circle=measured
        ),
        rule.rows.shape,
    )
    frame = work.dataset[rule.table]
    for at in rule.rows[~np.isfinite(values)].tolist():
        problem = (
            "no value is given in the cell"
            if expression.given and np.isnan(typed[at])
            else "gives no finite number"
        )
        work.findings.append(
            Finding("binding", rule.label, "expression", expression.text,
                    f"for {rule.table}[{row_label(rule.table, frame, at)}].{rule.column} {problem}",
                    "check the figures and columns it uses")
        )  # fmt: skip
    target = work.filled.setdefault(cell, typed)
    target[rule.rows] = values
    owner = work.rests.setdefault(cell, {})
    for at, rest in zip(rule.rows.tolist(), rests, strict=True):
        owner[at] = (rest, rule.binding_id)


def _measure(rule: _Rule, work: _Work) -> tuple[Array, list[Rests]]:
    """Measure the links between their nodes and say which cells the coordinates rest on."""
    place = {name: at for at, name in enumerate(work.dataset["node"]["node_id"])}
    links = work.dataset["link"][rule.rows]
    ends = [
        np.array([place.get(name, -1) for name in links[column]], dtype=np.int64)
        for column in ("from_node_id", "to_node_id")
    ]
    lon, lat = work.column("node", "x_coord"), work.column("node", "y_coord")
    unknown = (ends[0] < 0) | (ends[1] < 0)
    distance = great_circle(lon[ends[0]], lat[ends[0]], lon[ends[1]], lat[ends[1]])
    distance[unknown] = np.nan
    nothing: tuple[Rests, str] = (frozenset(), "")
    rests = [
        frozenset().union(
            *(
                work.rests.get(("node", axis), {}).get(end, nothing)[0]
                for axis in ("x_coord", "y_coord")
                for end in pair
            )
        )
        for pair in zip(ends[0].tolist(), ends[1].tolist(), strict=True)
    ]
    return distance, rests


def _lineage(work: _Work) -> tuple[pl.DataFrame, int]:
    rows: list[tuple[str, str, str, str, str, str]] = []
    n_cells = 0
    for (table, column), cells in sorted(work.rests.items()):
        frame = work.dataset[table]
        for at, (rests, binding) in sorted(cells.items()):
            n_cells += 1
            key = row_key(table, frame, at)
            rows += [(table, key, column, kind, name, binding) for kind, name in sorted(rests)]
    empty = TABLES["lineage"].schema.create_empty()
    return pl.DataFrame(rows, schema=empty.schema, orient="row"), n_cells
