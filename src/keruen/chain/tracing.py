"""From a number in a run back to what it rests on: model cells, figures, statements with their passages, assumptions.

Model cells lead to evidence through ``lineage``. Result cells lead to model cells through what their engine reads:
the routes of a flow, the goods that share a queue with them, the sides of a crossing, the projects of a plan. Goods
that share no route, queue or full link with a flow do not touch it, and so are not in its trace.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from keruen.errors import KeruenError
from keruen.tables import INPUTS, TABLES, Dataset
from keruen.tables.binding import row_key

Cell = tuple[str, str, str]
"""Table, key of the row as JSON, column."""
Row = dict[str, Any]
_SHOWN = 6
_FULL = 0.999
"""Utilisation from which a link's capacity decides who may use it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one cell rests on.

    Parameters
    ----------
    cell
        Table, key and column.
    value
        Its value.
    inputs
        Model cells that it was computed from; the cell itself if it is one.
    figures, assumptions, statements
        Identifiers of the evidence behind them.
    given
        Cells typed by hand, each with a declared error.
    lines
        The same for people.
    """

    cell: Cell
    value: object
    inputs: tuple[Cell, ...]
    figures: tuple[str, ...]
    assumptions: tuple[str, ...]
    statements: tuple[str, ...]
    given: tuple[str, ...]
    lines: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def trace(dataset: Dataset, table: str, key: str, column: str) -> Trace:
    """Go from a cell back to the passages and assumptions that it rests on.

    Parameters
    ----------
    dataset
        A finished run.
    table, column
        Where the cell stands.
    key
        Key of its row: the value of a single key, several joined by commas, or a JSON object.

    Raises
    ------
    KeruenError
        If there is no such cell; the message says what there is.
    """
    frame = dataset[table]
    if column not in frame.columns:
        raise KeruenError(f"{table} has no column {column}; it has {', '.join(frame.columns)}")
    row = _find(table, frame, key)
    cell = (
        table,
        json.dumps({name: row[name] for name in TABLES[table].keys}, ensure_ascii=False, default=str),
        column,
    )
    return Tracer(dataset).trace(cell, row)


def _find(table: str, frame: pl.DataFrame, key: str) -> Row:
    keys = TABLES[table].keys
    try:
        wanted = (
            json.loads(key)
            if key.lstrip().startswith("{")
            else dict(zip(keys, _parts(key, len(keys)), strict=True))
        )
    except (json.JSONDecodeError, ValueError):
        raise KeruenError(f"{key!r} is no key of {table}; give {', '.join(keys)}") from None
    found = frame
    for name, value in wanted.items():
        if name not in frame.columns:
            raise KeruenError(f"{table} has no column {name}; its key is {', '.join(keys)}")
        found = found.filter(pl.col(name).cast(pl.String) == str(value))
    if found.height != 1:
        known = [", ".join(map(str, row)) for row in frame.select(keys).head(5).iter_rows()]
        problem = "no row" if not found.height else f"{found.height} rows"
        raise KeruenError(f"{problem} of {table} with {key!r}; there are {'; '.join(known)} ...")
    return found.row(0, named=True)


def _parts(key: str, n: int) -> list[str]:
    return [key] if n == 1 else [part.strip() for part in key.split(",")]


class Tracer:
    """Indexes of one run, for many traces.

    Parameters
    ----------
    dataset
        A finished run.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def trace(self, cell: Cell, row: Row) -> Trace:
        """Trace one cell whose row is known."""
        table, _, column = cell
        statements: set[str] = set()
        figures: set[str] = set()
        inputs: set[Cell] = set()
        if table in INPUTS:
            inputs = {cell} | (self.fitted if (table, column) == ("demand", "tonnes") else set())
        elif table == "statement":
            statements = {row["statement_id"]}
        elif table == "figure":
            figures = {row["figure_id"]}
        elif table == "conflict":
            statements = set(row["members"])
        else:
            rule = _RULES.get(table)
            if rule is None:
                raise KeruenError(f"{table} is bookkeeping and rests on nothing")
            inputs, figures = rule(self, row, column)
        rests = {(kind, name) for at in inputs for kind, name, _ in self.lineage.get(at, ())}
        figures |= {name for kind, name in rests if kind == "figure"}
        statements |= {s for name in figures for s in self.rests_on.get(name, ())}
        found = Trace(
            cell=cell,
            value=row[column],
            inputs=tuple(sorted(inputs)),
            figures=tuple(sorted(figures)),
            assumptions=tuple(sorted(name for kind, name in rests if kind == "assumption")),
            statements=tuple(sorted(statements)),
            given=tuple(sorted(name for kind, name in rests if kind == "given")),
            lines=(),
        )
        return _told(self, found)

    # Indexes

    @cached_property
    def lineage(self) -> dict[Cell, list[tuple[str, str, str]]]:
        """What each model cell rests on: kind, name, binding."""
        found: dict[Cell, list[tuple[str, str, str]]] = defaultdict(list)
        for table, row, column, kind, name, binding in self.dataset["lineage"].iter_rows():
            found[table, row, column].append((kind, name, binding))
        return found

    @cached_property
    def rests_on(self) -> dict[str, list[str]]:
        """Statements behind each figure."""
        return dict(self.dataset["figure"].select("figure_id", "rests_on").iter_rows())

    @cached_property
    def rows(self) -> Mapping[str, list[Row]]:
        """Rows of the input tables that engines read."""
        return {table: self.dataset[table].to_dicts() for table in INPUTS}

    @cached_property
    def keyed(self) -> Mapping[str, list[tuple[str, Row]]]:
        """The same with the key of each row as lineage names it."""
        return {
            table: [(row_key(table, self.dataset[table], at), row) for at, row in enumerate(rows)]
            for table, rows in self.rows.items()
        }

    @cached_property
    def link(self) -> dict[str, Row]:
        """Links by identifier."""
        return {row["link_id"]: row for row in self.rows["link"]}

    @cached_property
    def pair_links(self) -> dict[tuple[str, ...], list[frozenset[str]]]:
        """Links of every route of a pair and class."""
        found: dict[tuple[str, ...], list[frozenset[str]]] = defaultdict(list)
        columns = ("origin", "destination", "commodity_id", "traffic_type", "links")
        for *pair, links in self.dataset["path"].select(columns).iter_rows():
            found[tuple(pair)].append(frozenset(name.lstrip("-") for name in links))
        return found

    @cached_property
    def users(self) -> dict[str, set[tuple[str, ...]]]:
        """Pairs that use a link."""
        found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for pair, routes in self.pair_links.items():
            for name in frozenset().union(*routes):
                found[name].add(pair)
        return found

    @cached_property
    def crossings_of(self) -> dict[str, list[Row]]:
        """Crossings by the link that passes them; those of a port by the links to the water at its node."""
        found: dict[str, list[Row]] = defaultdict(list)
        for crossing in self.rows["crossing"]:
            if crossing["link_id"] is not None:
                found[crossing["link_id"]].append(crossing)
                continue
            for row in self.rows["link"]:
                at_port = crossing["node_id"] in (row["from_node_id"], row["to_node_id"])
                if at_port and row["mode_id"] in {"sea", "ocean", "river"}:
                    found[row["link_id"]].append(crossing)
        return found

    @cached_property
    def full(self) -> set[str]:
        """Links whose capacity decides who may use them."""
        busy = self.dataset["link_performance"].filter(pl.col("utilisation") >= _FULL)
        return set(busy["link_id"])

    # What engines read

    def cells(
        self, table: str, columns: Iterable[str], chosen: Callable[[Row], bool] = lambda _: True
    ) -> set[Cell]:
        """Return the cells of the chosen rows that hold something."""
        names = tuple(columns)
        return {
            (table, key, column)
            for key, row in self.keyed[table]
            if chosen(row)
            for column in names
            if row[column] is not None
        }

    def coupled(self, pairs: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
        """Return these pairs and all that share a queue or a full link with them, however indirectly."""
        found: set[tuple[str, ...]] = set()
        waiting = set(pairs)
        while waiting:
            pair = waiting.pop()
            found.add(pair)
            for name in frozenset().union(*self.pair_links[pair]):
                if name in self.crossings_of or name in self.full:
                    waiting |= self.users[name] - found
        return found

    def of_pairs(self, pairs: set[tuple[str, ...]]) -> set[Cell]:
        """Return every model cell that the routes and waits of these pairs were computed from."""
        links = frozenset().union(*(links for pair in pairs for links in self.pair_links[pair]))
        rows = [self.link[name] for name in links if name in self.link]
        modes = {row["mode_id"] for row in rows}
        nodes = {row[end] for row in rows for end in ("from_node_id", "to_node_id")}
        gauges = {row["gauge"] for row in rows} | {None}
        goods = {pair[2] for pair in pairs}
        lands = {(row["country"], row["mode_id"]) for row in rows}
        borders = {crossing["crossing_id"] for name in links for crossing in self.crossings_of.get(name, ())}
        cells = self.cells("link", ("length", "free_speed"), lambda row: row["link_id"] in links)
        cells |= self.cells(
            "link",
            ("paths_per_day", "passenger_paths", "train_net_load", "annual_capacity"),
            lambda row: row["link_id"] in links & self.full,
        )
        cells |= self.cells(
            "transfer",
            ("cost", "time"),
            lambda row: (
                row["node_id"] in nodes | {None}
                and row["from_mode"] in modes | {None}
                and row["to_mode"] in modes | {None}
                and row["from_gauge"] in gauges
                and row["to_gauge"] in gauges
            ),
        )
        cells |= self.cells(
            "tariff",
            ("rate", "preference"),
            lambda row: (
                any(row["mode_id"] == mode and row["country"] in (None, land) for land, mode in lands)
                and row["commodity_id"] in goods | {None}
            ),
        )
        # Where there is one way only nothing is chosen, whatever time is worth and however sharp the choice would be.
        choosing = {pair[2] for pair in pairs if len(self.pair_links[pair]) > 1}
        cells |= self.cells(
            "commodity", ("value_of_time", "scale"), lambda row: row["commodity_id"] in choosing
        )
        cells |= self.demand(pairs) | self.of_borders(borders)
        return cells

    def demand(self, pairs: set[tuple[str, ...]]) -> set[Cell]:
        """Return the demand cells of these pairs, and of all pairs with their totals where they were fitted together."""
        if self.fitted:
            return self.fitted
        key = ("origin", "destination", "commodity_id", "traffic_type")
        return self.cells("demand", ("tonnes",), lambda row: tuple(row[name] for name in key) in pairs)

    @cached_property
    def fitted(self) -> set[Cell]:
        """Cells from which the demand was fitted to published totals; empty where it was not."""
        if not self.dataset.has("demand_fit"):
            return set()
        years = set(self.dataset["demand"]["year"])
        totals = self.cells("control_total", ("low", "high"), lambda row: row["year"] in years)
        return totals | self.cells("demand", ("tonnes",))

    def of_borders(self, crossings: set[str]) -> set[Cell]:
        """Return the cells that the waits at these crossings are computed from."""
        kinds = {"rail": "rail", "road": "road", "port": "sea"}
        modes = {kinds[row["kind"]] for row in self.rows["crossing"] if row["crossing_id"] in crossings}
        cells = self.cells(
            "post",
            ("lanes", "hours_per_day", "service_time", "service_cv", "arrival_cv"),
            lambda row: row["crossing_id"] in crossings,
        )
        cells |= self.cells("delay_cause", ("hours",), lambda row: row["crossing_id"] in crossings)
        cells |= self.cells("quota", ("vehicles_per_day",), lambda row: row["crossing_id"] in crossings)
        cells |= self.cells("traffic", ("units_per_vehicle",), lambda row: row["crossing_id"] in crossings)
        cells |= self.cells(
            "station", ("servers", "service_time", "service_cv"), lambda row: row["crossing_id"] in crossings
        )
        return cells | self.cells(
            "mode", ("payload", "empty_return_share"), lambda row: row["mode_id"] in modes
        )


Rule = Callable[[Tracer, Row, str], tuple[set[Cell], set[str]]]


def _flow(tracer: Tracer, row: Row, column: str) -> tuple[set[Cell], set[str]]:
    pairs = {
        pair
        for pair in tracer.users.get(row["link_id"], set())
        if row.get("commodity_id") in (None, pair[2]) and row.get("traffic_type") in (None, pair[3])
    }
    own = tracer.cells(
        "link",
        ("paths_per_day", "passenger_paths", "train_net_load", "annual_capacity"),
        lambda link: link["link_id"] == row["link_id"],
    )
    if column == "annual_capacity":
        return own, set()
    cells = _shares(tracer, pairs)
    if column in {"time", "delay"}:
        crossings = {c["crossing_id"] for c in tracer.crossings_of.get(row["link_id"], ())}
        cells = cells if crossings or row["link_id"] in tracer.full else set()
        cells |= tracer.of_borders(crossings)
        if column == "time":
            cells |= tracer.cells(
                "link", ("length", "free_speed"), lambda link: link["link_id"] == row["link_id"]
            )
    return (cells | own if column == "utilisation" else cells), set()


def _shares(tracer: Tracer, pairs: set[tuple[str, ...]]) -> set[Cell]:
    """Cells behind how these pairs split over their routes; one with a single route has nothing to split."""
    split = {pair for pair in pairs if len(tracer.pair_links[pair]) > 1}
    cells = tracer.demand(pairs)
    return cells | tracer.of_pairs(tracer.coupled(split)) if split else cells


def _pair(tracer: Tracer, row: Row, column: str) -> tuple[set[Cell], set[str]]:
    pair = (row["origin"], row["destination"], row["commodity_id"], row["traffic_type"])
    if pair not in tracer.pair_links or (column == "tonnes" and "links" not in row):
        return tracer.demand({pair}), set()
    if column in {"tonnes", "share"}:
        cells = _shares(tracer, {pair})
        return (cells if column == "tonnes" else cells - tracer.demand({pair})), set()
    cells = tracer.of_pairs(tracer.coupled({pair}))
    if column == "cost":
        cells |= tracer.cells("commodity", ("value_of_time",), lambda goods: goods["commodity_id"] == pair[2])
    if column == "emission":
        links = frozenset().union(*tracer.pair_links[pair])
        modes = {tracer.link[name]["mode_id"] for name in links if name in tracer.link}
        cells |= tracer.cells("mode", ("emission",), lambda mode: mode["mode_id"] in modes)
    return cells, set()


def _crossing(tracer: Tracer, row: Row, column: str) -> tuple[set[Cell], set[str]]:
    name = row["crossing_id"]
    if column == "other_delay":
        return tracer.cells("delay_cause", ("hours",), lambda cause: cause["crossing_id"] == name), set()
    borders = tracer.of_borders({name})
    if column in {"throughput", "weaker_side"}:
        return {
            cell
            for cell in borders
            if cell[0] in {"post", "station", "traffic"}
            and cell[2] in {"lanes", "hours_per_day", "servers", "service_time", "units_per_vehicle"}
        }, set()
    links = [
        link
        for link, crossings in tracer.crossings_of.items()
        if any(c["crossing_id"] == name for c in crossings)
    ]
    pairs = {pair for link in links for pair in tracer.users.get(link, ())}
    return borders | _shares(tracer, pairs), set()


def _corridor(tracer: Tracer, row: Row, column: str) -> tuple[set[Cell], set[str]]:
    members = {
        link["link_id"] for link in tracer.rows["corridor_link"] if link["corridor_id"] == row["corridor_id"]
    }
    own = ("length",) if column == "length" else ("length", "free_speed")
    cells = tracer.cells("link", own, lambda link: link["link_id"] in members)
    if column == "length":
        return cells, set()
    if column == "spare_capacity":
        cells = tracer.cells(
            "link",
            ("paths_per_day", "passenger_paths", "train_net_load", "annual_capacity"),
            lambda link: link["link_id"] == row["tightest_link"],
        )
    pairs = {pair for link in members for pair in tracer.users.get(link, ())}
    return cells | _shares(tracer, pairs), set()


def _outlook(tracer: Tracer, row: Row, column: str) -> tuple[set[Cell], set[str]]:
    cells = tracer.cells("target", ("value",), lambda target: target["target_id"] == row["target_id"])
    told = {"binds", "binds_kind", "also", "explanation"}
    if column in {
        "capacity_limit",
        "capacity_planned",
        "expected_limited",
        "probability_limited",
        "verdict",
        *told,
    }:
        cells |= tracer.cells(
            "link", ("paths_per_day", "passenger_paths", "train_net_load", "annual_capacity")
        )
        cells |= tracer.cells("transfer", ("annual_capacity",))
        cells |= tracer.of_borders({crossing["crossing_id"] for crossing in tracer.rows["crossing"]})
        cells |= tracer.cells("project", ("duration",))
        cells |= tracer.cells("change", ("value",), lambda change: change["project_id"] is not None)
    if column in told:
        carriers = set(row["projects"] or ())
        cells |= tracer.cells("project", ("cost",), lambda project: project["project_id"] in carriers)
        cells |= tracer.cells("requirement", ("people",), lambda need: need["project_id"] in carriers)
    return cells, set() if column == "value" else set(row["figures"] or ())


def _plan(tracer: Tracer, row: Row, column: str) -> tuple[set[Cell], set[str]]:
    project = row.get("project_id")
    if column == "cost":
        return tracer.cells("project", ("cost",), lambda other: other["project_id"] == project), set()
    cells: set[Cell] = set()
    if column != "without_projects":
        spent = ("cost", "operating_cost", "duration", "life")
        cells |= tracer.cells("project", spent, lambda other: not other["portfolio"])
        cells |= tracer.cells("change", ("value",), lambda change: change["project_id"] is not None)
    for table, columns in (
        ("appraisal_parameter", ("value",)),
        ("demand", ("tonnes",)),
        (
            "link",
            ("length", "free_speed", "paths_per_day", "passenger_paths", "train_net_load", "annual_capacity"),
        ),
        ("transfer", ("cost", "time", "annual_capacity")),
        ("mode", ("resource_cost", "emission")),
        ("commodity", ("value_of_time",)),
    ):
        cells |= tracer.cells(table, columns)
    if all(
        parameter["parameter_id"] != "unserved_penalty" for parameter in tracer.rows["appraisal_parameter"]
    ):
        cells |= tracer.cells("commodity", ("value",))
    return cells | tracer.of_borders({crossing["crossing_id"] for crossing in tracer.rows["crossing"]}), set()


_RULES: Mapping[str, Rule] = {
    "flow": _flow,
    "link_performance": _flow,
    "path": _pair,
    "skim": _pair,
    "crossing_performance": _crossing,
    "corridor_scorecard": _corridor,
    "outlook": _outlook,
    "plan": _plan,
    "plan_summary": _plan,
}


def _told(tracer: Tracer, found: Trace) -> Trace:
    """Write the trace out for people: the cell, its inputs, and the passages and assumptions behind them."""
    dataset = tracer.dataset
    table, key, column = found.cell
    unit = (TABLES[table].schema.columns()[column].metadata or {}).get("unit", "")
    lines = [f"{table} {key} {column} = {found.value} {unit}".rstrip()]
    if found.inputs and found.inputs != (found.cell,):
        lines.append(f"computed from {len(found.inputs)} model cells:")
        by_table: dict[str, list[Cell]] = defaultdict(list)
        for cell in found.inputs:
            by_table[cell[0]].append(cell)
        for name, cells in by_table.items():
            shown = "; ".join(f"{at} {of}" for _, at, of in cells[:2])
            more = f"; and {len(cells) - 2} more" if len(cells) > 2 else ""
            lines.append(f"  {name}: {shown}{more}")
    if found.inputs == (found.cell,):
        bound = tracer.lineage.get(found.cell, [])
        for binding in sorted({name for *_, name in bound}):
            for row in tracer.rows["binding"]:
                if row["binding_id"] == binding:
                    lines.append(f"filled by {row['expression']} because: {row['reason']}")
    lines += _figure_lines(dataset, found)
    lines += _assumption_lines(dataset, found)
    if found.given:
        lines.append(f"typed by hand, each with a declared error: {'; '.join(found.given[:_SHOWN])}"
                     + (f"; and {len(found.given) - _SHOWN} more" if len(found.given) > _SHOWN else ""))  # fmt: skip
    return Trace(
        **{name: getattr(found, name) for name in Trace.__dataclass_fields__ if name != "lines"},
        lines=tuple(lines),
    )


def _figure_lines(dataset: Dataset, found: Trace) -> list[str]:
    lines = []
    figures = {row["figure_id"]: row for row in dataset["figure"].to_dicts()}
    statements = {row["statement_id"]: row for row in dataset["statement"].to_dicts()}
    sources = {row["source_id"]: row for row in dataset["source"].to_dicts()}
    loose = set(found.statements)
    for name in found.figures:
        figure = figures.get(name)
        if figure is None:
            continue
        lines.append(f"figure {name} = {figure['estimate']:g} {figure['unit']}: {figure['explanation']}")
        for statement in figure["rests_on"]:
            loose.discard(statement)
            lines += _passage(dataset, statements.get(statement), sources)
        for statement in figure["set_aside"]:
            lines += [
                line.replace("  said", "  set aside", 1)
                for line in _passage(dataset, statements.get(statement), sources)
            ]
    for statement in sorted(loose):
        lines += _passage(dataset, statements.get(statement), sources)
    return lines


def _passage(dataset: Dataset, statement: Row | None, sources: Mapping[str, Row]) -> list[str]:
    if statement is None:
        return []
    source = sources.get(statement["source_id"], {})
    text = dataset.documents.get(statement["source_id"], "")
    sentence = " ".join(text[statement["sentence_start"] : statement["sentence_end"]].split())
    head = f"{source.get('publisher', statement['source_id'])}, {source.get('title', '')}, {source.get('published', '')}"
    lines = [f"  said {statement['quote']!r} [{statement['statement_id']}] in: {sentence}", f"       {head}"]
    return [*lines, f"       {source['url']}"] if source.get("url") else lines


def _assumption_lines(dataset: Dataset, found: Trace) -> list[str]:
    known = {row["assumption_id"]: row for row in dataset["assumption"].to_dicts()}
    lines = []
    for name in found.assumptions:
        row = known[name]
        lines.append(
            f"assumed {name} = {row['value']:g} {row['unit']} ({row['low']:g} to {row['high']:g}): {row['reason']}"
        )
    return lines
