"""From tables to the supernetwork of one year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keruen.errors import Finding, Severity, refuse_errors
from keruen.network.model import PATCHABLE, SINK, SOURCE, Network, Structure, derive, link_capacity
from keruen.tables.dataset import Dataset
from keruen.tables.registry import TABLES

WATER = ("sea", "ocean", "river")
"""Modes that go by water."""
_USED = (
    "node", "link", "transfer", "mode", "tariff", "toll", "commodity", "service", "demand", "seasonality",
    "availability", "restriction", "crossing",
)  # fmt: skip

Row = dict[str, Any]


def build(dataset: Dataset, *, year: int | None = None, month: int | None = None) -> Network:
    """Return the supernetwork of a year.

    Parameters
    ----------
    dataset
        Tables ``node``, ``link``, ``transfer``, ``mode``, ``tariff``, ``toll``, ``commodity``, ``service``, ``demand``,
        ``seasonality``, ``availability``, ``restriction`` and ``crossing``.
    year
        Year of the demand and of the restrictions in force; the first year of ``demand`` when not given.

    month
        1 to 12 for the network of one month, as rates of a year; see :meth:`Network.in_month`.

    Returns
    -------
    Network
        Arrays, and in ``findings`` what was worked around. A movement that a restriction bans is absent; it is
        in force when it holds on 1 July. Where the tables describe no loading (or unloading) at all, it is free.

    Raises
    ------
    InputError
        With every finding, where a row names a node, mode or goods that the dataset lacks, or a link joins a
        node to itself.

    Examples
    --------
    An empty dataset makes an empty network.

    >>> build(Dataset({}), year=2024).time.size
    0
    """
    tables = {name: dataset[name].sort(TABLES[name].keys) for name in _USED}
    rows = {name: tables[name].to_dicts() for name in _USED}
    if year is None:
        years = tables["demand"]["year"]
        year = int(years.min()) if len(years) else 0  # type: ignore[arg-type]
    findings = _faults(rows)
    refuse_errors(findings)
    cells = _cells(tables)
    draft = _Draft(rows)
    draft.add_hauls()
    draft.add_zones(year)
    findings += draft.add_transfers()
    structure, more = _finish(draft, year)
    findings += more + _unknown(rows, structure, cells)
    network = Network(
        year=year,
        structure=structure,
        tables=tables,
        cells=cells,
        findings=tuple(sorted(findings)),
        **derive(structure, cells),
    )
    return network if month is None else network.in_month(month)


def _faults(rows: Mapping[str, list[Row]]) -> list[Finding]:
    """Say which rows refer to what is not there, and which links are loops."""
    known = {
        name: {row[f"{name}_id"] for row in rows[name]} for name in ("node", "mode", "link", "commodity")
    }
    checks = (
        ("link", "link_id", (("from_node_id", "node"), ("to_node_id", "node"), ("mode_id", "mode"))),
        ("transfer", "transfer_id", (("node_id", "node"), ("from_mode", "mode"), ("to_mode", "mode"))),
        ("tariff", "tariff_id", (("mode_id", "mode"), ("commodity_id", "commodity"))),
        ("toll", "toll_id", (("link_id", "link"), ("commodity_id", "commodity"))),
        ("seasonality", "commodity_id", (("commodity_id", "commodity"),)),
        ("availability", "link_id", (("link_id", "link"),)),
        ("crossing", "crossing_id", (("link_id", "link"), ("node_id", "node"))),
        ("service", "commodity_id", (("commodity_id", "commodity"), ("mode_id", "mode"))),
        ("demand", "origin", (("origin", "node"), ("destination", "node"), ("commodity_id", "commodity"))),
    )
    found = []
    for table, key, references in checks:
        for row in rows[table]:
            for column, target in references:
                value = row[column]
                if value is not None and value not in known[target]:
                    problem, remedy = f"no such {target}", f"add the {target} or correct the name"
                    found.append(Finding(table, str(row[key]), column, str(value), problem, remedy))
    shares: dict[str, list[float]] = {}
    for row in rows["seasonality"]:
        shares.setdefault(row["commodity_id"], []).append(row["share"] or 0.0)
    for name, months in shares.items():
        if abs(sum(months) - 1.0) > 1e-6:
            problem, remedy = (
                "the shares of its months do not sum to 1",
                "give all twelve and let them sum to 1",
            )
            found.append(Finding("seasonality", name, "share", f"{sum(months):g}", problem, remedy))
    for table, columns in PATCHABLE.items():
        for column in columns:
            if TABLES[table].schema.columns()[column].nullable:
                continue
            for row in rows[table]:
                if row[column] is None:
                    name = ", ".join(str(row[k]) for k in TABLES[table].keys)
                    problem, remedy = "is empty", "give the number, or bind it and resolve the dataset"
                    found.append(Finding(table, name, column, "", problem, remedy))
    for row in rows["link"]:
        if row["from_node_id"] == row["to_node_id"]:
            problem, remedy = "a link cannot end where it starts", "give another end or drop the link"
            found.append(Finding("link", row["link_id"], "to_node_id", row["to_node_id"], problem, remedy))
    for row in rows["transfer"]:
        if row["from_mode"] is None and row["to_mode"] is None:
            problem = "neither the mode before nor the mode after is given"
            remedy = "leave from_mode empty for loading, to_mode for unloading, never both"
            found.append(Finding("transfer", row["transfer_id"], "from_mode", "", problem, remedy))
    return found


def _cells(tables: Mapping[str, pl.DataFrame]) -> dict[str, NDArray[Any]]:
    cells = {}
    for table, columns in PATCHABLE.items():
        for column in columns:
            series = tables[table][column]
            dtype = np.bool_ if column == "enabled" else np.float64
            array: NDArray[Any] = np.array(series.to_list(), dtype=dtype)
            array.setflags(write=False)
            cells[f"{table}.{column}"] = array
    return cells


def _gauge(value: float | None) -> float:
    return 0.0 if value is None else float(value)


@dataclass
class _Draft:
    """Vertices and arcs as they are gathered."""

    rows: Mapping[str, list[Row]]
    nodes: list[str] = field(default_factory=list)
    modes: dict[str, int] = field(default_factory=dict)
    vertices: dict[tuple[str, int, float], int] = field(default_factory=dict)
    arcs: list[tuple[int, int, int, bool, int, str, int]] = field(default_factory=list)
    capacities: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = [row["node_id"] for row in self.rows["node"]]
        self.modes = {row["mode_id"]: i for i, row in enumerate(self.rows["mode"])}

    def vertex(self, node: str, mode: int, gauge: float) -> int:
        return self.vertices.setdefault((node, mode, gauge), len(self.vertices))

    def capacity(self, table: str, row: int, where: str) -> int:
        return self.capacities.setdefault((table, row, where), len(self.capacities))

    def add_hauls(self) -> None:
        """Lay one arc for each direction in which a link may be used."""
        for i, row in enumerate(self.rows["link"]):
            mode, gauge = self.modes[row["mode_id"]], _gauge(row["gauge"])
            a = self.vertex(row["from_node_id"], mode, gauge)
            b = self.vertex(row["to_node_id"], mode, gauge)
            self.arcs.append((a, b, i, True, -1, row["from_node_id"], self.capacity("link", i, "+")))
            if not row["directed"]:
                self.arcs.append((b, a, i, False, -1, row["to_node_id"], self.capacity("link", i, "-")))

    def add_zones(self, year: int) -> None:
        """Give a source and a sink to every node where goods start or end."""
        ends = {row[end] for row in self.rows["demand"] for end in ("origin", "destination")}
        for row in self.rows["node"]:
            if row["zone_id"] is not None or row["node_id"] in ends:
                self.vertex(row["node_id"], SOURCE, 0.0)
                self.vertex(row["node_id"], SINK, 0.0)

    def add_transfers(self) -> list[Finding]:
        """Join the vertices of each node by the transfers that apply there; a row that names the node wins."""
        transfers = list(enumerate(self.rows["transfer"]))
        findings = []
        free = {}
        for end, column, word in ((SOURCE, "from_mode", "loading"), (SINK, "to_mode", "unloading")):
            free[end] = all(row[column] is not None for _, row in transfers)
            if free[end] and self.vertices:
                problem = f"no {word} is described, so it costs nothing and takes no time"
                remedy = f"add rows with an empty {column}"
                findings.append(Finding("transfer", "", column, "", problem, remedy, Severity.WARNING))
        names = {i: name for name, i in self.modes.items()} | {SOURCE: None, SINK: None}
        by_node: dict[str, list[tuple[int, float, int]]] = {}
        for (node, mode, gauge), v in self.vertices.items():
            by_node.setdefault(node, []).append((mode, gauge, v))
        for node in self.nodes:
            for m1, g1, v1 in sorted(by_node.get(node, ())):
                for m2, g2, v2 in sorted(by_node[node]):
                    if v1 == v2 or m1 == SINK or m2 == SOURCE or (m1 == SOURCE and m2 == SINK):
                        continue
                    found = [
                        (_rank(row), i)
                        for i, row in transfers
                        if _applies(row, node, names[m1], g1, names[m2], g2)
                    ]
                    best = max((rank for rank, _ in found), default=None)
                    for rank, i in found:
                        if rank == best:
                            entry = self.capacity("transfer", i, node)
                            self.arcs.append((v1, v2, -1, True, i, node, entry))
                    if not found and ((m1 == SOURCE and free[SOURCE]) or (m2 == SINK and free[SINK])):
                        self.arcs.append((v1, v2, -1, True, -1, node, self.capacity("free", 0, "")))
        return findings


def _applies(row: Row, node: str, m1: str | None, g1: float, m2: str | None, g2: float) -> bool:
    return (
        row["node_id"] in (None, node)
        and row["from_mode"] == m1
        and row["to_mode"] == m2
        and (row["from_gauge"] is None or row["from_gauge"] == g1)
        and (row["to_gauge"] is None or row["to_gauge"] == g2)
    )


def _rank(row: Row) -> int:
    """How specific a transfer is: a named node outweighs both gauges."""
    return 4 * (row["node_id"] is not None) + (row["from_gauge"] is not None) + (row["to_gauge"] is not None)


def _finish(draft: _Draft, year: int) -> tuple[Structure, list[Finding]]:
    """Turn what was gathered into arrays, with classes, tariffs, bans and demand."""
    rows = draft.rows
    node_index = {name: i for i, name in enumerate(draft.nodes)}
    commodity_index = {row["commodity_id"]: i for i, row in enumerate(rows["commodity"])}
    findings: list[Finding] = []
    wanted = []
    for i, row in enumerate(rows["demand"]):
        if row["year"] != year:
            continue
        if row["origin"] == row["destination"]:
            problem, remedy = "goods end where they start", "they use no link and are left out"
            key = f"{row['origin']}, {row['commodity_id']}, {row['traffic_type']}"
            findings.append(
                Finding("demand", key, "destination", row["destination"], problem, remedy, Severity.WARNING)
            )
            continue
        wanted.append((i, row))
    classes = sorted({(row["commodity_id"], row["traffic_type"]) for _, row in wanted})
    class_index = {name: k for k, name in enumerate(classes)}
    columns = list(zip(*draft.arcs, strict=True)) if draft.arcs else [()] * 7
    arc_link = np.array(columns[2], dtype=np.int32)
    country = {row["node_id"]: row["country"] for row in rows["node"]}
    bans, demand_ban, ban_findings = _bans(rows, arc_link, wanted, country, year)
    findings += ban_findings
    keys = list(draft.vertices)
    capacity_keys = list(draft.capacities)
    vertex = draft.vertices
    tolls = _tolls(rows, classes)
    demand_season, capacity_season = _seasons(rows, [row["commodity_id"] for _, row in wanted], capacity_keys)
    structure = Structure(
        node_ids=tuple(draft.nodes),
        mode_ids=tuple(draft.modes),
        link_ids=tuple(row["link_id"] for row in rows["link"]),
        node_country=tuple(country[n] for n in draft.nodes),
        vertex_node=np.array([node_index[n] for n, _, _ in keys], dtype=np.int32),
        vertex_mode=np.array([m for _, m, _ in keys], dtype=np.int32),
        vertex_gauge=np.array([g for _, _, g in keys], dtype=np.float64),
        tail=np.array(columns[0], dtype=np.int32),
        head=np.array(columns[1], dtype=np.int32),
        arc_link=arc_link,
        arc_forward=np.array(columns[3], dtype=np.bool_),
        arc_transfer=np.array(columns[4], dtype=np.int32),
        arc_node=np.array([node_index[n] for n in columns[5]], dtype=np.int32),
        arc_capacity=np.array(columns[6], dtype=np.int32),
        capacity_link=np.array([i if t == "link" else -1 for t, i, _ in capacity_keys], dtype=np.int32),
        capacity_transfer=np.array(
            [i if t == "transfer" else -1 for t, i, _ in capacity_keys], dtype=np.int32
        ),
        link_mode=np.array([draft.modes[row["mode_id"]] for row in rows["link"]], dtype=np.int32),
        class_commodity=np.array([commodity_index[c] for c, _ in classes], dtype=np.int32),
        class_traffic=tuple(t for _, t in classes),
        tariff_row=_tariffs(rows, classes),
        service_row=_services(rows, classes, draft.modes),
        toll_class=tolls[0],
        toll_link=tolls[1],
        toll_row=tolls[2],
        demand_season=demand_season,
        capacity_season=capacity_season,
        bans=bans,
        demand_row=np.array([i for i, _ in wanted], dtype=np.int32),
        demand_class=np.array(
            [class_index[row["commodity_id"], row["traffic_type"]] for _, row in wanted], dtype=np.int32
        ),
        demand_ban=demand_ban,
        demand_source=np.array([vertex[row["origin"], SOURCE, 0.0] for _, row in wanted], dtype=np.int32),
        demand_sink=np.array([vertex[row["destination"], SINK, 0.0] for _, row in wanted], dtype=np.int32),
        crossing_arcs=_crossing_arcs(draft, columns),
    )
    return structure, findings


def _tariffs(rows: Mapping[str, list[Row]], classes: list[tuple[str, str]]) -> NDArray[np.int32]:
    """Return the most specific tariff for each class and link; of two alike, the newer prices."""
    links = sorted({(row["country"], row["mode_id"]) for row in rows["link"]})
    chosen = np.full((len(classes), len(rows["link"])), -1, dtype=np.int32)
    for k, (commodity, traffic) in enumerate(classes):
        best: dict[tuple[str, str], int] = {}
        for country, mode in links:
            candidates = [
                (
                    (row["country"] is not None)
                    + (row["commodity_id"] is not None)
                    + (row["traffic_type"] is not None),
                    row["price_year"],
                    -i,
                )
                for i, row in enumerate(rows["tariff"])
                if row["mode_id"] == mode
                and row["country"] in (None, country)
                and row["commodity_id"] in (None, commodity)
                and row["traffic_type"] in (None, traffic)
            ]
            if candidates:
                best[country, mode] = -max(candidates)[2]
        for i, row in enumerate(rows["link"]):
            chosen[k, i] = best.get((row["country"], row["mode_id"]), -1)
    return chosen


def _services(
    rows: Mapping[str, list[Row]], classes: list[tuple[str, str]], modes: Mapping[str, int]
) -> NDArray[np.int32]:
    """Return the service of each class by each mode; -1 where it travels as the rest."""
    row = {(r["commodity_id"], modes[r["mode_id"]]): i for i, r in enumerate(rows["service"])}
    return np.array(
        [[row.get((commodity, m), -1) for m in range(len(modes))] for commodity, _ in classes], dtype=np.int32
    ).reshape(len(classes), len(modes))


def _tolls(rows: Mapping[str, list[Row]], classes: list[tuple[str, str]]) -> NDArray[np.int32]:
    """Return (3, n_tolls): which class pays, on which link, which row of ``toll``."""
    position = {row["link_id"]: i for i, row in enumerate(rows["link"])}
    found = [
        (k, position[row["link_id"]], i)
        for i, row in enumerate(rows["toll"])
        for k, (commodity, traffic) in enumerate(classes)
        if row["commodity_id"] in (None, commodity) and row["traffic_type"] in (None, traffic)
    ]
    return np.array(found, dtype=np.int32).reshape(-1, 3).T


def _seasons(
    rows: Mapping[str, list[Row]], goods: list[str], capacities: list[tuple[str, int, str]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each month has of every demand and capacity, as a rate of the year, over what the year has."""
    share = {(row["commodity_id"], row["month"]): row["share"] for row in rows["seasonality"]}
    seasonal = {name for name, _ in share}
    factor = {(row["link_id"], row["month"]): row["factor"] for row in rows["availability"]}
    names = [rows["link"][i]["link_id"] if table == "link" else None for table, i, _ in capacities]
    months = range(1, 13)
    demand = [[12.0 * share.get((c, m), 0.0) if c in seasonal else 1.0 for c in goods] for m in months]
    capacity = [[factor.get((name, m), 1.0) for name in names] for m in months]
    return (
        np.array(demand, dtype=np.float64).reshape(12, -1),
        np.array(capacity, dtype=np.float64).reshape(12, -1),
    )


def _bans(
    rows: Mapping[str, list[Row]],
    arc_link: NDArray[np.int32],
    wanted: list[tuple[int, Row]],
    country: Mapping[str, str],
    year: int,
) -> tuple[NDArray[np.bool_], NDArray[np.int32], list[Finding]]:
    """Return the sets of forbidden arcs, which of them binds each demand, and what is restricted."""
    day = dt.date(year, 7, 1) if year else dt.date.min
    findings = []
    active: list[tuple[Row, NDArray[np.bool_]]] = []
    for row in rows["restriction"]:
        if not (row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])):
            continue
        on_link = np.array(
            [
                row["country"] in (None, link["country"])
                and row["link_id"] in (None, link["link_id"])
                and row["mode_id"] in (None, link["mode_id"])
                for link in rows["link"]
            ],
            dtype=np.bool_,
        )
        arcs = (arc_link >= 0) & on_link[np.maximum(arc_link, 0)] if on_link.size else arc_link >= 0
        if row["effect"] == "ban":
            active.append((row, arcs))
        what = "banned, and absent from the network" if row["effect"] == "ban" else f"under {row['effect']}"
        scope = ", ".join(
            f"{c}={row[c]}"
            for c in (
                "country", "link_id", "mode_id", "commodity_id", "traffic_type", "origin_country",
                "destination_country",
            )
            if row[c] is not None
        )  # fmt: skip
        problem = f"{int(on_link.sum())} links {what} for {scope or 'everything'} ({row['reference']})"
        remedy = "only a dated legal scenario lifts it"
        findings.append(
            Finding(
                "restriction",
                row["restriction_id"],
                "effect",
                row["effect"],
                problem,
                remedy,
                Severity.WARNING,
            )
        )
    sets: dict[tuple[int, ...], int] = {(): 0}
    demand_ban = np.zeros(len(wanted), dtype=np.int32)
    for d, (_, row) in enumerate(wanted):
        binding = tuple(
            i
            for i, (ban, _) in enumerate(active)
            if ban["commodity_id"] in (None, row["commodity_id"])
            and ban["traffic_type"] in (None, row["traffic_type"])
            and ban["origin_country"] in (None, country[row["origin"]])
            and ban["destination_country"] in (None, country[row["destination"]])
        )
        demand_ban[d] = sets.setdefault(binding, len(sets))
    bans = np.zeros((len(sets), arc_link.size), dtype=np.bool_)
    for binding, b in sets.items():
        for i in binding:
            bans[b] |= active[i][1]
    return bans, demand_ban, findings


def _crossing_arcs(draft: _Draft, columns: list[Any]) -> dict[str, tuple[NDArray[np.int32], ...]]:
    """Return the arcs on which each crossing's delay falls, one group per queue."""
    link_index = {row["link_id"]: i for i, row in enumerate(draft.rows["link"])}
    water = {draft.modes[m] for m in WATER if m in draft.modes}
    mode_of = [mode for _, mode, _ in draft.vertices]
    found = {}
    for row in draft.rows["crossing"]:
        if row["link_id"] is not None:
            i = link_index[row["link_id"]]
            groups = [[a] for a, link in enumerate(columns[2]) if link == i]
        else:
            arcs = [
                a
                for a, (tail, head, link, node) in enumerate(
                    zip(columns[0], columns[1], columns[2], columns[5], strict=True)
                )
                if link < 0
                and node == row["node_id"]
                and (mode_of[tail] in water) != (mode_of[head] in water)
            ]
            groups = [arcs] if arcs else []
        found[row["crossing_id"]] = tuple(np.array(group, dtype=np.int32) for group in groups)
    return found


def _unknown(
    rows: Mapping[str, list[Row]], structure: Structure, cells: Mapping[str, NDArray[Any]]
) -> list[Finding]:
    """List by mode what is not known: capacities, and tariffs where some class would pay one."""
    capacity = link_capacity(cells)
    found = []
    for m, mode in enumerate(structure.mode_ids):
        of_mode = structure.link_mode == m
        unknown = int((of_mode & np.isnan(capacity)).sum())
        if unknown:
            problem = f"capacity of {unknown} of {int(of_mode.sum())} {mode} links is unknown"
            remedy = "they are taken as never full and marked as unknown"
            found.append(Finding("link", "", "annual_capacity", "", problem, remedy, Severity.WARNING))
        untold = int((of_mode & (structure.tariff_row < 0).any(axis=0)).sum())
        if untold and structure.class_commodity.size:
            problem = f"no tariff for some goods on {untold} {mode} links"
            remedy = "the resource cost of the mode is charged instead"
            found.append(Finding("tariff", "", "mode_id", mode, problem, remedy, Severity.WARNING))
    return found
