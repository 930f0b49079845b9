"""The supernetwork of one year as frozen arrays, and how a changed cell finds its way into them.

Every place has one vertex for each mode and gauge that meets there, and, where goods start or end, a source and a sink.
Haul arcs run between places; transfer arcs (loading, unloading, transshipment, change of gauge) run within one.

A change of a number does not need a new network. The cells that the arrays rest on are kept in :attr:`Network.cells`,
one array per table and column in the order of :attr:`Network.tables`; :meth:`Network.locate` finds the rows that a
key selects and :meth:`Network.patched` returns the network with other numbers in them. The arrays are derived from the
cells by the same code that built them, so a patch and a rebuild from changed tables give the same arrays. Which
columns can be patched is :data:`PATCHABLE`; any other column (a mode, a gauge, an end) changes the structure and
needs :func:`keruen.network.build`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from keruen.errors import Finding, KeruenError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

PATCHABLE: Mapping[str, tuple[str, ...]] = {
    "link": (
        "length",
        "free_speed",
        "paths_per_day",
        "passenger_paths",
        "train_net_load",
        "annual_capacity",
        "enabled",
    ),
    "transfer": ("cost", "time", "annual_capacity"),
    "mode": ("resource_cost", "emission", "empty_return_share", "empties_on_line"),
    "tariff": ("rate", "preference"),
    "toll": ("rate",),
    "commodity": ("value_of_time", "scale"),
    "service": ("speed_factor",),
    "demand": ("tonnes",),
}
"""Columns whose cells can change without a rebuild, by table."""

SOURCE = -1
SINK = -2


@dataclass(frozen=True, slots=True)
class Structure:
    """What does not change with a number: who is joined to whom, and which rows an arc rests on.

    Parameters
    ----------
    node_ids, mode_ids, link_ids
        Names behind the indices, sorted.
    node_country
        Country of each node.
    vertex_node
        (n_vertices,) node of each vertex.
    vertex_mode
        (n_vertices,) mode of each vertex; ``SOURCE`` and ``SINK`` where goods start and end.
    vertex_gauge
        (n_vertices,) track gauge [mm]; 0 off the railway.
    tail, head
        (n_arcs,) vertices that an arc joins.
    arc_link
        (n_arcs,) row of ``link``; -1 for a transfer.
    arc_forward
        (n_arcs,) True where a haul arc runs from the link's start to its end.
    arc_transfer
        (n_arcs,) row of ``transfer``; -1 for a haul arc, and for loading that no row describes.
    arc_node
        (n_arcs,) node of a transfer; for a haul arc the node at its tail.
    arc_capacity
        (n_arcs,) entry of ``capacity`` that the arc draws on; the arcs of one transfer at one node share one.
    capacity_link, capacity_transfer
        (n_capacities,) the row that gives the capacity, -1 where it is the other's.
    link_mode
        (n_links,) mode.
    class_commodity, class_traffic
        (n_classes,) row of ``commodity``, and traffic type, of each class.
    tariff_row
        (n_classes, n_links) row of ``tariff`` that applies; -1 where none does.
    service_row
        (n_classes, n_modes) row of ``service`` that applies; -1 where none does.
    toll_class, toll_link, toll_row
        (n_tolls,) class of goods that pays, link, and row of ``toll``.
    demand_season, capacity_season
        (12, n_demands) and (12, n_capacities) what a month has, as a rate of the year, over what the year has.
    bans
        (n_bans, n_arcs) True where an arc is forbidden; row 0 forbids nothing.
    demand_row
        (n_demands,) row of ``demand``.
    demand_class, demand_ban
        (n_demands,) class of goods, and row of ``bans``.
    demand_source, demand_sink
        (n_demands,) vertices.
    crossing_arcs
        Arcs on which a crossing's delay falls: for each crossing a tuple of groups, one queue per group.
    """

    node_ids: tuple[str, ...]
    mode_ids: tuple[str, ...]
    link_ids: tuple[str, ...]
    node_country: tuple[str, ...]
    vertex_node: Ints
    vertex_mode: Ints
    vertex_gauge: Floats
    tail: Ints
    head: Ints
    arc_link: Ints
    arc_forward: Bools
    arc_transfer: Ints
    arc_node: Ints
    arc_capacity: Ints
    capacity_link: Ints
    capacity_transfer: Ints
    link_mode: Ints
    class_commodity: Ints
    class_traffic: tuple[str, ...]
    tariff_row: Ints
    service_row: Ints
    toll_class: Ints
    toll_link: Ints
    toll_row: Ints
    demand_season: Floats
    capacity_season: Floats
    bans: Bools
    demand_row: Ints
    demand_class: Ints
    demand_ban: Ints
    demand_source: Ints
    demand_sink: Ints
    crossing_arcs: Mapping[str, tuple[Ints, ...]]


@dataclass(frozen=True, slots=True)
class Network:
    """The network of one year.

    Parameters
    ----------
    year
        Calendar year.
    month
        1 to 12 where the network is that of a month: demand and capacity are then rates of that month, over a year. None
        for the year as a whole.
    structure
        Who is joined to whom.
    tables
        The tables it was built from, sorted by key.
    cells
        Numbers that the arrays rest on, by ``"table.column"``, in the row order of ``tables``; null is NaN.
    findings
        What was worked around: bans in force, licences, unknown capacities, missing tariffs.
    enabled
        (n_arcs,) False for what a project has yet to open.
    time
        (n_arcs,) hours without queueing, for goods without a service of their own.
    service_time
        (n_classes, n_arcs) hours that goods of a class need beyond ``time``; negative where they go faster.
    length
        (n_arcs,) km.
    resource_cost
        (n_arcs,) USD/t.
    emission
        (n_arcs,) kg CO2/t.
    empties
        (n_arcs,) what a tonne on a haul takes of the capacity of the other direction of its link, for wagons that run back empty.
    charge
        (n_classes, n_arcs) USD/t that the shipper pays: the tariff of a haul, or the resource cost where none is known, and
        tolls.
    preference
        (n_classes, n_arcs) USD/t by which shippers shun a haul beyond what time and charges explain; nobody pays it.
    capacity
        (n_capacities,) t/year; infinite where unknown.
    value_of_time
        (n_classes,) USD/t-h.
    scale
        (n_classes,) logit scale, t/USD.
    tonnes
        (n_demands,) t/year.
    """

    year: int
    structure: Structure
    tables: Mapping[str, pl.DataFrame]
    cells: Mapping[str, NDArray[Any]]
    findings: tuple[Finding, ...]
    enabled: Bools
    time: Floats
    service_time: Floats
    length: Floats
    resource_cost: Floats
    emission: Floats
    empties: Floats
    charge: Floats
    preference: Floats
    capacity: Floats
    value_of_time: Floats
    scale: Floats
    tonnes: Floats
    month: int | None = None

    def in_month(self, month: int | None) -> Network:
        """Return the network of a month, 1 to 12, or with None that of the year as a whole.

        Raises
        ------
        ValueError
            If there is no such month.
        """
        if month is not None and month not in range(1, 13):
            raise ValueError(f"month {month} is none of 1 to 12")
        return replace(self, month=month, **derive(self.structure, self.cells, month))

    def locate(self, table: str, key: Mapping[str, object]) -> NDArray[np.int64]:
        """Return the rows of ``table`` that ``key`` selects, as positions in its cells.

        Parameters
        ----------
        table
            Table name.
        key
            Columns and the values that they must have; any columns that select one row or several.

        Raises
        ------
        KeruenError
            If the network does not rest on the table, or it lacks a column.
        """
        if table not in self.tables:
            raise KeruenError(
                f"the network does not rest on table {table}; it rests on {', '.join(self.tables)}"
            )
        frame = self.tables[table]
        missing = sorted(set(key) - set(frame.columns))
        if missing:
            raise KeruenError(f"table {table} has no column {', '.join(missing)}")
        chosen = np.ones(frame.height, dtype=np.bool_)
        for column, value in key.items():
            cells = frame[column].to_list()
            chosen &= np.fromiter((cell == value for cell in cells), dtype=np.bool_, count=frame.height)
        return np.flatnonzero(chosen)

    def patched(self, patches: Iterable[tuple[str, str, ArrayLike, ArrayLike]]) -> Network:
        """Return the network with other numbers in some cells.

        Parameters
        ----------
        patches
            ``(table, column, rows, values)``, applied in order; a null is NaN.

        Raises
        ------
        KeruenError
            If a column cannot be patched.
        """
        cells = dict(self.cells)
        for table, column, rows, values in patches:
            name = f"{table}.{column}"
            if name not in cells:
                known = ", ".join(f"{t}.{c}" for t, columns in PATCHABLE.items() for c in columns)
                raise KeruenError(
                    f"{name} cannot be patched: rebuild the network; what can be patched is {known}"
                )
            array = cells[name].copy()
            array[np.asarray(rows, dtype=np.int64)] = values
            array.setflags(write=False)
            cells[name] = array
        return replace(self, cells=cells, **derive(self.structure, cells, self.month))


def link_capacity(cells: Mapping[str, NDArray[Any]]) -> Floats:
    """Return the capacity of each link per direction [t/year]; NaN where unknown.

    Train paths that passenger trains leave, times the net load of a train; else ``annual_capacity`` as given.
    """
    paths = np.maximum(cells["link.paths_per_day"] - np.nan_to_num(cells["link.passenger_paths"]), 0.0)
    by_paths = paths * cells["link.train_net_load"] * 365.0
    return np.where(np.isnan(by_paths), cells["link.annual_capacity"], by_paths)


def derive(
    structure: Structure, cells: Mapping[str, NDArray[Any]], month: int | None = None
) -> dict[str, Any]:
    """Return the arrays that follow from the cells, by their names in :class:`Network`."""
    s = structure
    haul = s.arc_link >= 0
    link = np.where(haul, s.arc_link, 0)
    moved = s.arc_transfer >= 0
    transfer = np.where(moved, s.arc_transfer, 0)

    def of_links(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(haul, values[link], 0.0) if values.size else np.zeros(haul.size)

    def of_transfers(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(moved, values[transfer], 0.0) if values.size else np.zeros(haul.size)

    length = of_links(cells["link.length"])
    handling = of_transfers(cells["transfer.cost"])
    by_mode = cells["mode.resource_cost"][s.link_mode] if s.link_mode.size else np.zeros(0)
    emission = cells["mode.emission"][s.link_mode] if s.link_mode.size else np.zeros(0)
    back = np.nan_to_num(cells["mode.empty_return_share"] * cells["mode.empties_on_line"])
    empties = back[s.link_mode] if s.link_mode.size else np.zeros(0)
    rates = np.append(cells["tariff.rate"], np.nan)[s.tariff_row]
    rates = np.where(np.isnan(rates), by_mode[None, :], rates)
    shunned = np.nan_to_num(np.append(cells["tariff.preference"], np.nan)[s.tariff_row])
    charge, preference = np.zeros((2, s.class_commodity.size, haul.size))
    if s.link_mode.size:
        charge[:, haul] = (rates[:, link] * length)[:, haul]
        toll = np.zeros((s.class_commodity.size, s.link_mode.size))
        np.add.at(toll, (s.toll_class, s.toll_link), cells["toll.rate"][s.toll_row])
        charge[:, haul] += toll[:, link[haul]]
        preference[:, haul] = (shunned[:, link] * length)[:, haul]
    charge += handling

    haul_time = of_links(cells["link.length"] / cells["link.free_speed"])
    pace = 1.0 / np.append(cells["service.speed_factor"], 1.0)[s.service_row] - 1.0
    service_time = np.zeros((s.class_commodity.size, haul.size))
    if s.link_mode.size:
        service_time[:, haul] = (pace[:, s.link_mode[link]] * haul_time)[:, haul]

    known = link_capacity(cells)
    capacity = np.full(s.capacity_link.size, np.inf)
    on_link = s.capacity_link >= 0
    capacity[on_link] = known[s.capacity_link[on_link]]
    on_transfer = s.capacity_transfer >= 0
    capacity[on_transfer] = cells["transfer.annual_capacity"][s.capacity_transfer[on_transfer]]
    capacity[np.isnan(capacity)] = np.inf
    tonnes = cells["demand.tonnes"][s.demand_row]
    if month is not None:
        left = s.capacity_season[month - 1]
        # of an unknown capacity a part is unknown too, but nothing is nothing
        capacity = np.where(left > 0.0, capacity * np.maximum(left, 1e-300), 0.0)
        tonnes = tonnes * s.demand_season[month - 1]

    arrays: dict[str, NDArray[Any]] = {
        "enabled": np.where(haul, cells["link.enabled"][link], True)
        if link.size and s.link_mode.size
        else ~haul,
        "time": haul_time + of_transfers(cells["transfer.time"]),
        "service_time": service_time,
        "length": length,
        "resource_cost": of_links(by_mode) * length + handling,
        "emission": of_links(emission) * length,
        "empties": of_links(empties),
        "charge": charge,
        "preference": preference,
        "capacity": capacity,
        "value_of_time": cells["commodity.value_of_time"][s.class_commodity],
        "scale": cells["commodity.scale"][s.class_commodity],
        "tonnes": tonnes,
    }
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
