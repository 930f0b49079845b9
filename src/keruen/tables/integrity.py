"""Integrity: what no single table can know, checked over the whole dataset and told all at once.

Foreign keys are anti-joins driven by the ``references`` metadata of the columns; the rest are the few rules that hold
for any network or programme. Rooms add checks of their own where they know more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import polars as pl

from keruen.errors import Finding, Severity
from keruen.tables.dataset import Dataset
from keruen.tables.folder import row_label
from keruen.tables.geodesy import great_circle
from keruen.tables.network import TRAFFIC_TYPES
from keruen.tables.registry import INPUTS, TABLES

ROUNDABOUT, NEARBY = 5.0, 50.0
"""Times the straight line, and length [km], beyond which a link is thought to be mistyped."""


def check(dataset: Dataset) -> list[Finding]:
    """Return every finding of the dataset's own integrity, errors and warnings.

    Parameters
    ----------
    dataset
        Tables that passed their own validation.
    """
    findings: list[Finding] = []
    for rule in (
        _foreign_keys,
        _links,
        _zones,
        _nodes,
        _corridors,
        _crossings,
        _selectors,
        _changes,
        _projects,
        _targets,
        _roster,
        _totals,
    ):
        findings += rule(dataset)
    return findings


def _foreign_keys(dataset: Dataset) -> Iterator[Finding]:
    for name in INPUTS:
        frame = dataset[name]
        for column, spec in TABLES[name].columns.items():
            target = (spec.metadata or {}).get("references")
            # A dataset without its own catalogue uses the default one, which its rooms check.
            if (
                not target
                or not frame.height
                or (target in {"indicator", "identity"} and not dataset.has(target))
            ):
                continue
            known = dataset[target][TABLES[target].keys[0]]
            missing = (
                (frame[column].is_not_null() & ~frame[column].is_in(known.implode())).arg_true().to_list()
            )
            for row in missing:
                yield Finding(
                    name, row_label(name, frame, row), column, str(frame[column][row]),
                    f"names a {target} that does not exist", f"add it to {target}.csv or correct the name",
                )  # fmt: skip


def _rows(name: str, frame: pl.DataFrame, condition: pl.Expr) -> Iterator[tuple[str, int]]:
    for row in frame.select(condition.fill_null(False)).to_series().arg_true().to_list():
        yield row_label(name, frame, row), row


def _links(dataset: Dataset) -> Iterator[Finding]:
    links = dataset["link"]
    for label, row in _rows("link", links, pl.col("from_node_id") == pl.col("to_node_id")):
        yield Finding("link", label, "to_node_id", links["to_node_id"][row], "starts and ends at the same node",
                      "give the two nodes that it joins, or delete it")  # fmt: skip
    rail = pl.col("mode_id") == "rail"
    for label, _ in _rows("link", links, rail & pl.col("gauge").is_null()):
        yield Finding("link", label, "gauge", "", "a railway has no gauge", "give 1520 or 1435 mm")
    for label, row in _rows("link", links, pl.col("passenger_paths") > pl.col("paths_per_day")):
        yield Finding(
            "link", label, "passenger_paths", str(links["passenger_paths"][row]),
            f"more passenger trains than the {links['paths_per_day'][row]} paths a day",
            "correct one of them; as it stands no goods can pass", Severity.WARNING,
        )  # fmt: skip

    for label, row, straight in _roundabout(dataset):
        yield Finding(
            "link", label, "length", f"{links['length'][row]:,.0f}",
            f"is {links['length'][row] / straight:,.0f} times the {straight:,.0f} km between its ends in a straight line",
            "correct the length or the coordinates of its nodes", Severity.WARNING,
        )  # fmt: skip


def _roundabout(dataset: Dataset) -> Iterator[tuple[str, int, float]]:
    """Yield links that are many times longer than the straight line, with that line [km]."""
    nodes = dataset["node"].filter(pl.col("located")).select("node_id", "x_coord", "y_coord")
    ends = (
        dataset["link"]
        .with_row_index("__row")
        .select("__row", "link_id", "from_node_id", "to_node_id", "length")
    )
    for side in ("from", "to"):
        ends = ends.join(
            nodes.rename({"node_id": f"{side}_node_id", "x_coord": f"{side}_x", "y_coord": f"{side}_y"}),
            on=f"{side}_node_id",
        )
    if not ends.height:
        return
    straight = great_circle(*(ends[name].to_numpy() for name in ("from_x", "from_y", "to_x", "to_y")))
    far = ends.with_columns(pl.Series("__straight", straight)).filter(
        (pl.col("length") > ROUNDABOUT * pl.col("__straight")) & (pl.col("length") > NEARBY)
    )
    for row in far.sort("__row").iter_rows(named=True):
        yield row["link_id"], row["__row"], max(row["__straight"], 0.1)


def _zones(dataset: Dataset) -> Iterator[Finding]:
    links, demand = dataset["link"], dataset["demand"]
    linked = set(links["from_node_id"]) | set(links["to_node_id"])
    zones = set(dataset["node"].filter(pl.col("zone_id").is_not_null())["node_id"])
    for column in ("origin", "destination"):
        for node in demand[column].unique(maintain_order=True).drop_nulls():
            if node not in linked:
                yield Finding("demand", node, column, node, "goods start or end here but no link touches the node",
                              "join it to the network with a link, or move the demand")  # fmt: skip
            elif node not in zones:
                yield Finding("demand", node, column, node, "goods start or end at a node that is no zone",
                              "give the node a zone_id", Severity.WARNING)  # fmt: skip
    for label, row in _rows("demand", demand, pl.col("origin") == pl.col("destination")):
        yield Finding("demand", label, "destination", demand["destination"][row],
                      "goes from a node to itself and never meets the network", "leave it out", Severity.WARNING)  # fmt: skip


def _nodes(dataset: Dataset) -> Iterator[Finding]:
    nodes, links = dataset["node"], dataset["link"]
    linked = set(links["from_node_id"]) | set(links["to_node_id"])
    for label, row in _rows(
        "node", nodes, pl.col("located") & (pl.col("x_coord").is_null() | pl.col("y_coord").is_null())
    ):
        yield Finding("node", label, "located", nodes["name"][row], "is said to be located but has no coordinates",
                      "give x_coord and y_coord, or set located to false")  # fmt: skip
    if links.height:
        for label, row in _rows("node", nodes, ~pl.col("node_id").is_in(list(linked)) & pl.col("located")):
            yield Finding("node", label, "", nodes["name"][row], "no link touches it",
                          "add a link, or delete the node", Severity.WARNING)  # fmt: skip


def _corridors(dataset: Dataset) -> Iterator[Finding]:
    ends = {
        row["link_id"]: (row["from_node_id"], row["to_node_id"])
        for row in dataset["link"].iter_rows(named=True)
    }
    for corridor, start, finish in (
        dataset["corridor"].select("corridor_id", "origin", "destination").iter_rows()
    ):
        members = (
            dataset["corridor_link"].filter(pl.col("corridor_id") == corridor).sort("sequence")["link_id"]
        )
        if not members.len():
            yield Finding("corridor", corridor, "", "", "has no links", "list them in corridor_link.csv")
            continue
        at = start
        for link in members:
            if link not in ends:
                break
            a, b = ends[link]
            if at not in (a, b):
                yield Finding(
                    "corridor_link", f"{corridor}, {link}", "sequence", link,
                    f"does not continue from {at}, where the link before it ends", "correct the order, or add the missing link",
                )  # fmt: skip
                break
            at = b if at == a else a
        else:
            if at != finish:
                yield Finding("corridor", corridor, "destination", finish, f"its links end at {at}",
                              "add the missing links or correct the destination")  # fmt: skip


def _crossings(dataset: Dataset) -> Iterator[Finding]:
    sides = dict(dataset["post"].group_by("crossing_id").len().iter_rows())
    crossings = dataset["crossing"]
    for crossing, kind, link in crossings.select("crossing_id", "kind", "link_id").iter_rows():
        wanted = 1 if kind == "port" else 2
        if sides.get(crossing, 0) < wanted:
            yield Finding("crossing", crossing, "", "", f"has {sides.get(crossing, 0)} posts where {wanted} are needed",
                          "add the missing side to post.csv")  # fmt: skip
        if kind != "port" and link is None:
            yield Finding(
                "crossing",
                crossing,
                "link_id",
                "",
                "no link passes it",
                "name the link between its two sides",
            )


class Selector:
    """Finds the rows that JSON keys select; each column is read once however many keys ask for it.

    Parameters
    ----------
    dataset
        Tables to look in.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._cells: dict[tuple[str, str], list[object]] = {}

    def rows(self, table: str, wanted: dict[str, object]) -> list[int]:
        """Return the positions of the rows whose columns equal ``wanted``; null selects empty cells."""
        found = list(range(self._dataset[table].height))
        for column, value in wanted.items():
            cells = self._cells.get((table, column))
            if cells is None:
                cells = self._cells[table, column] = self._dataset[table][column].to_list()
            found = [row for row in found if cells[row] == value]
        return found

    def named(self, table: str, key: object) -> list[int] | str:
        """Return the rows that a JSON key selects, or what is wrong with it."""
        if table not in INPUTS:
            return f"there is no input table {table!r}"
        try:
            wanted = json.loads(str(key))
        except json.JSONDecodeError as error:
            return f"the key is no JSON ({error.msg} at {error.pos})"
        if not isinstance(wanted, dict):
            return "the key is no JSON object"
        unknown = [name for name in wanted if name not in TABLES[table].columns]
        if unknown:
            return f"{table} has no column {', '.join(unknown)}"
        return self.rows(table, wanted)


def select(frame: pl.DataFrame, wanted: dict[str, object]) -> pl.DataFrame:
    """Return the rows of ``frame`` whose columns equal ``wanted``; null selects empty cells."""
    return (
        frame.filter(pl.col(column).eq_missing(pl.lit(value)) for column, value in wanted.items())
        if wanted
        else frame
    )


def _selectors(dataset: Dataset) -> Iterator[Finding]:
    selector = Selector(dataset)
    for name, told in (("binding", _binding_fault), ("change", _change_fault)):
        frame = dataset[name]
        for index, row in enumerate(frame.iter_rows(named=True)):
            rows = selector.named(row["table"], row["key"])
            if isinstance(rows, str):
                yield Finding(
                    name,
                    row_label(name, frame, index),
                    "key",
                    str(row["key"]),
                    rows,
                    "correct the table or key",
                )
            else:
                yield from told(row_label(name, frame, index), row, rows)


_Told = Callable[[str, dict[str, object], list[int]], Iterator[Finding]]


def _binding_fault(label: str, row: dict[str, object], rows: list[int]) -> Iterator[Finding]:
    column = str(row["column"])
    if column not in TABLES[str(row["table"])].columns:
        yield Finding(
            "binding", label, "column", column, f"{row['table']} has no such column", "correct the name"
        )
    elif not rows:
        yield Finding("binding", label, "key", str(row["key"]), "selects no row", "correct the key, or delete the binding",
                      Severity.WARNING)  # fmt: skip


def _change_fault(label: str, row: dict[str, object], rows: list[int]) -> Iterator[Finding]:
    operation, column = row["operation"], row["column"]
    if operation in {"set", "multiply", "add"}:
        if column is None or str(column) not in TABLES[str(row["table"])].columns:
            yield Finding(
                "change",
                label,
                "column",
                str(column or ""),
                f"{row['table']} has no such column",
                "correct the name",
            )
        if row["value"] is None:
            yield Finding("change", label, "value", "", f"{operation} needs a value", "give it")
    if operation in {"multiply", "add"}:
        try:
            float(str(row["value"]))
        except ValueError:
            yield Finding(
                "change",
                label,
                "value",
                str(row["value"]),
                "is not a number",
                f"give the number to {operation}",
            )
    if operation != "insert" and not rows:
        yield Finding("change", label, "key", str(row["key"]), "selects no row", "correct the key")
    if (row["scenario_id"] is None) == (row["project_id"] is None):
        yield Finding("change", label, "", "", "belongs to a scenario or to a project, and to just one of them",
                      "fill scenario_id or project_id")  # fmt: skip


def _changes(dataset: Dataset) -> Iterator[Finding]:
    changes = dataset["change"].filter(pl.col("operation") == "set")
    same = ["scenario_id", "project_id", "table", "key", "column", "year_from", "relative"]
    clashes = changes.filter(pl.struct(same).is_duplicated())
    for change in clashes["change_id"]:
        yield Finding("change", change, "", "", "sets a cell that another change of the same owner sets in the same years",
                      "keep one of them")  # fmt: skip


def _projects(dataset: Dataset) -> Iterator[Finding]:
    projects = dataset["project"]
    requires = dict(projects.select("project_id", "requires").iter_rows())
    for project in requires:
        seen, at = {project}, requires[project]
        while at is not None and at not in seen:
            seen.add(at)
            at = requires.get(at)
        if at == project:
            yield Finding("project", project, "requires", str(requires[project]), "waits for itself through its precedence",
                          "break the circle")  # fmt: skip


def _targets(dataset: Dataset) -> Iterator[Finding]:
    homes = {"corridor": "corridor", "crossing": "crossing", "link": "link", "transit": "place"}
    for target, measure, place in dataset["target"].select("target_id", "measure", "measure_key").iter_rows():
        home = homes.get(measure)
        if home and place not in set(dataset[home][TABLES[home].keys[0]]):
            yield Finding(
                "target",
                target,
                "measure_key",
                str(place or ""),
                f"names no {home}",
                f"give a key of {home}.csv",
            )


def roll(dataset: Dataset, table: str) -> pl.Series:
    """Return the keys of a table's rows as the roster writes them."""
    keys = [pl.col(name).cast(pl.String) for name in TABLES[table].keys]
    return dataset[table].select(row=pl.concat_str(keys, separator=", "))["row"]


def _roster(dataset: Dataset) -> Iterator[Finding]:
    for (name,), wanted in dataset["roster"].group_by("table", maintain_order=True):
        table = str(name)
        if table not in INPUTS:
            yield Finding("roster", table, "table", table, "there is no such input table", "correct the name")
            continue
        missing = wanted.filter(~pl.col("row").is_in(roll(dataset, table).implode()))["row"]
        for row in missing:
            yield Finding(table, row, "", "", "is on the roster but not in the table",
                          "bring the row back, or take it off roster.csv if it went on purpose")  # fmt: skip


def _totals(dataset: Dataset) -> Iterator[Finding]:
    """Say which control totals and observations name what is not there, or are no interval."""
    nodes = dataset["node"]
    known = {
        "origin": set(nodes["node_id"]) | set(nodes["country"]),
        "commodity_id": set(dataset["commodity"]["commodity_id"]),
        "traffic_type": set(TRAFFIC_TYPES),
    }
    known["destination"] = known["origin"]
    for table in ("control_total", "observation"):
        for row in dataset[table].iter_rows(named=True):
            name = row[TABLES[table].keys[0]]
            for column, options in known.items():
                for part in (row.get(column) or "").split("|"):
                    if part and part not in options:
                        yield Finding(table, name, column, part, "names nothing that the network has",
                                      "give keys separated by |")  # fmt: skip
            if table == "control_total" and (row["low"] or 0.0) > (row["high"] or 0.0):
                yield Finding(table, name, "low", f"{row['low']:g}", f"lies above high, {row['high']:g}",
                              "exchange the two, or correct their bindings")  # fmt: skip
