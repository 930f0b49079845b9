"""An assignment: where the goods go, how sure that is, and the tables that say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keruen.errors import Finding
from keruen.flows.routes import Freight, Routes, add_up, arc_delay, opposite
from keruen.flows.solve import Solution
from keruen.kernels import delay
from keruen.network import Network
from keruen.tables.registry import TABLES

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

TRACE = 1e-12
"""Share of a pair's goods below which a route is not listed."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Flows of one year, with their certificate.

    Parameters
    ----------
    network
        What was assigned to.
    model
        ``logit``, ``ue`` or ``so``.
    gap
        Logit: the sum of differences between route flows and what the choice model loads at their costs, over the
        demand. Else: (total cost - cost of all goods on cheapest routes) / total cost.
    conservation
        Largest imbalance of any vertex over the total demand.
    average_excess_cost
        Hours that a tonne pays above its cheapest route (logit: in perceived cost), averaged.
    beckmann
        Value of the function that the equilibrium minimises [t h/year]; NaN for ``so``, whose total cost it is not.
    overload
        Largest relative overload of a known capacity.
    iterations
        Newton steps or sweeps.
    rounds
        Rounds of route generation.
    stall
        Why the goal was not reached; empty when it was.
    findings
        Pairs without a route and goods that capacity cannot carry, after those of the network.
    freight, routes, solution, considered
        The state that a later solve can start from.
    """

    network: Network
    model: str
    gap: float
    conservation: float
    average_excess_cost: float
    beckmann: float
    overload: float
    iterations: int
    rounds: int
    stall: str
    findings: tuple[Finding, ...]
    freight: Freight
    routes: Routes
    solution: Solution
    considered: tuple[Ints, Longs, Ints, Floats]

    @property
    def route_pair(self) -> Longs:
        """(n_routes,) pair of each route, as a position in ``freight.pairs``."""
        return np.repeat(np.arange(self.freight.pairs.size), np.diff(self.routes.first))

    @property
    def class_volume(self) -> Floats:
        """(n_classes, n_arcs) tonnes a year on every arc of the supernetwork, by class of goods."""
        s = self.network.structure
        n_classes, n_arcs = s.class_commodity.size, s.tail.size
        count = np.diff(self.routes.arc_start)
        of_class = s.demand_class[self.freight.pairs[self.route_pair]]
        where = np.repeat(of_class.astype(np.int64), count) * n_arcs + self.routes.arcs
        flows = np.repeat(self.solution.flow, count)
        return add_up(where, flows, n_classes * n_arcs).reshape(n_classes, n_arcs)

    @property
    def volume(self) -> Floats:
        """(n_arcs,) tonnes a year of all classes."""
        total: Floats = self.class_volume.sum(axis=0)
        return total

    @property
    def taken(self) -> Floats:
        """(n_arcs,) tonnes a year of capacity that are taken: the volume, and empty wagons on their way back from the other side."""
        n, volume = self.network, self.volume
        back = opposite(n)
        return volume + np.where(back >= 0, (n.empties * volume)[back], 0.0)

    @property
    def delay(self) -> Floats:
        """(n_arcs,) hours of waiting on every arc."""
        return arc_delay(self.freight, self.average_cost)

    @property
    def average_cost(self) -> Floats:
        """(n_resources,) hours that passing takes, without what a system optimum adds for the hours of others."""
        cost, slope = np.zeros(self.solution.cost.size), np.zeros(self.solution.cost.size)
        kind = self.freight.kind
        delay.costs_slopes(kind, self.freight.parameter, self.solution.volume, False, cost, slope)
        cost[kind == delay.CAPACITY] = self.solution.multiplier[kind == delay.CAPACITY]
        return cost

    @property
    def unserved(self) -> Floats:
        """(n_pairs,) tonnes a year that queues keep from moving, because capacity cannot carry them."""
        left = self.solution.flow[self.routes.first[1:] - 1]
        return np.where(left > 1e-9 * self.freight.demand, left, 0.0)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the frames ``flow``, ``link_performance``, ``path`` and ``skim``, sorted by key."""
        frames = {
            "flow": self._flow(),
            "link_performance": self._link_performance(),
            "path": self._path(),
            "skim": self._skim(),
        }
        return {
            name: frame.select(TABLES[name].schema.column_names()).sort(TABLES[name].keys or ["path_id"])
            for name, frame in frames.items()
        }

    def _haul(self) -> tuple[Longs, dict[str, list[str]]]:
        """Return the haul arcs and the names of their link and ends."""
        s = self.network.structure
        arcs = np.flatnonzero(s.arc_link >= 0)
        names = {
            "link_id": [s.link_ids[i] for i in s.arc_link[arcs]],
            "from_node_id": [s.node_ids[i] for i in s.vertex_node[s.tail[arcs]]],
            "to_node_id": [s.node_ids[i] for i in s.vertex_node[s.head[arcs]]],
        }
        return arcs, names

    def _flow(self) -> pl.DataFrame:
        s = self.network.structure
        arcs, names = self._haul()
        volume = self.class_volume[:, arcs]
        k, i = np.nonzero(volume > 1e-9)
        commodity = self.network.tables["commodity"]["commodity_id"].to_list()
        return pl.DataFrame(
            {name: [values[j] for j in i] for name, values in names.items()}
            | {
                "commodity_id": [commodity[s.class_commodity[c]] for c in k],
                "traffic_type": [s.class_traffic[c] for c in k],
                "year": pl.Series([self.network.year] * k.size, dtype=pl.Int64),
                "tonnes": volume[k, i],
            },
            schema_overrides=dict.fromkeys((*names, "commodity_id", "traffic_type"), pl.String),
        )

    def _link_performance(self) -> pl.DataFrame:
        n = self.network
        arcs, names = self._haul()
        volume, taken, wait = self.volume[arcs], self.taken[arcs], self.delay[arcs]
        capacity = n.capacity[n.structure.arc_capacity[arcs]]
        known = np.isfinite(capacity)
        full = np.where(
            known & (capacity > 0.0),
            np.minimum(taken / np.where(capacity > 0.0, capacity, 1.0), np.inf),
            0.0,
        )
        # what the solver lets pass of a capacity is no overload
        full = np.where((full > 1.0) & (full <= 1.0 + 1e-8), 1.0, full)
        frame = pl.DataFrame(
            names
            | {
                "year": pl.Series([n.year] * arcs.size, dtype=pl.Int64),
                "tonnes": volume,
                "annual_capacity": capacity,
                "utilisation": full,
                "time": n.time[arcs] + wait,
                "delay": wait,
                "known": known,
                "enabled": n.enabled[arcs],
            },
            schema_overrides=dict.fromkeys(names, pl.String),
        )
        return frame.filter("enabled").with_columns(
            pl.when("known").then("annual_capacity").alias("annual_capacity"),
            pl.when("known").then("utilisation").alias("utilisation"),
        )

    def route_sums(self) -> dict[str, Floats]:
        """Return (n_routes,) sums along every route: ``tariff`` [USD/t], ``time``, ``border_time`` [h], ``length``
        [km], ``emission`` [kg CO2/t], ``resource_cost`` and generalised ``cost`` [USD/t].
        """
        n, s, routes = self.network, self.network.structure, self.routes
        size = routes.fixed.size
        owner = np.repeat(np.arange(size), np.diff(routes.arc_start))
        of_class = s.demand_class[self.freight.pairs[self.route_pair]]

        def along(values: Floats) -> Floats:
            return add_up(owner, values, size)

        resource_owner = np.repeat(np.arange(size), np.diff(routes.start))
        wait = self.average_cost
        at_border = np.array(
            [not name.startswith("capacity:") for name in self.freight.resource_name], dtype=np.bool_
        )
        entry_border = np.zeros(n.capacity.size, dtype=np.bool_)
        border_arc = np.zeros(s.tail.size, dtype=np.bool_)
        for groups in s.crossing_arcs.values():
            for group in groups:
                border_arc[group] = True
        entry_border[s.arc_capacity[border_arc]] = True
        for r, name in enumerate(self.freight.resource_name):
            kind, _, rest = name.partition(":")
            if kind == "capacity":
                at_border[r] = entry_border[int(rest)]
        handling = np.where(border_arc & (s.arc_link < 0), n.time, 0.0)

        def waits(values: Floats) -> Floats:
            return add_up(resource_owner, routes.weight * values[routes.resource], size)

        tariff = along(n.charge[of_class[owner], routes.arcs])
        hours = n.time[routes.arcs] + n.service_time[of_class[owner], routes.arcs]
        time = along(hours) + waits(wait)
        return {
            "tariff": tariff,
            "time": time,
            "border_time": along(handling[routes.arcs]) + waits(np.where(at_border, wait, 0.0)),
            "length": along(n.length[routes.arcs]),
            "emission": along(n.emission[routes.arcs]),
            "resource_cost": along(n.resource_cost[routes.arcs]),
            "cost": tariff + time * n.value_of_time[of_class],
        }

    def ends(self, demands: Longs) -> dict[str, list[str]]:
        """Return origin, destination, goods and traffic of demands, given by their positions in the network's arrays."""
        s = self.network.structure
        rows = s.demand_row[demands]
        table = self.network.tables["demand"]
        return {
            name: table[name].gather(rows).to_list()
            for name in ("origin", "destination", "commodity_id", "traffic_type")
        }

    def route_links(self, route: int) -> list[str]:
        """Return the links of a route in order; a minus sign marks one travelled backwards."""
        s, routes = self.network.structure, self.routes
        arcs = routes.arcs[routes.arc_start[route] : routes.arc_start[route + 1]]
        return [
            ("" if s.arc_forward[a] else "-") + s.link_ids[s.arc_link[a]] for a in arcs if s.arc_link[a] >= 0
        ]

    def _path(self) -> pl.DataFrame:
        pair, sums = self.route_pair, self.route_sums()
        moves = np.ones(pair.size, dtype=np.bool_)
        moves[self.routes.first[1:] - 1] = False
        kept = np.flatnonzero(moves & (self.solution.flow > TRACE * self.freight.demand[pair]))
        ends = self.ends(self.freight.pairs[pair[kept]])
        number = kept - self.routes.first[pair[kept]] + 1
        path_id = [
            f"{o}/{d}/{c}/{t}/{i}" for o, d, c, t, i in zip(*ends.values(), number.tolist(), strict=True)
        ]
        return pl.DataFrame(
            {"path_id": path_id}
            | ends
            | {
                "year": pl.Series([self.network.year] * kept.size, dtype=pl.Int64),
                "tonnes": self.solution.flow[kept],
                "share": self.solution.flow[kept] / self.freight.demand[pair[kept]],
            }
            | {name: sums[name][kept] for name in ("cost", "time", "length", "emission")}
            | {"links": pl.Series([self.route_links(int(p)) for p in kept], dtype=pl.List(pl.String))},
            schema_overrides=dict.fromkeys(("path_id", *ends), pl.String),
        )

    def _skim(self) -> pl.DataFrame:
        n_demands = self.network.tonnes.size
        ends = self.ends(np.arange(n_demands))
        flow = self.solution.flow.copy()
        flow[self.routes.first[1:] - 1] = 0.0
        pair, n_pairs = self.route_pair, self.freight.pairs.size
        served = add_up(pair, flow, n_pairs)
        # a pair that nothing moves for is described by its choice shares alone: nothing to average
        sums = self.route_sums()
        columns: dict[str, Floats] = {"tonnes": np.zeros(n_demands)}
        columns["tonnes"][self.freight.pairs] = served
        for name in ("cost", "tariff", "time", "border_time", "length", "emission"):
            mean = add_up(pair, flow * sums[name], n_pairs)
            columns[name] = np.zeros(n_demands)
            columns[name][self.freight.pairs] = mean / np.where(served > 0.0, served, 1.0)
        found = np.zeros(n_demands, dtype=np.bool_)
        found[self.freight.pairs] = True
        found |= self.network.tonnes <= 0.0
        return pl.DataFrame(
            ends
            | {"year": pl.Series([self.network.year] * n_demands, dtype=pl.Int64)}
            | columns
            | {"reachable": found},
            schema_overrides=dict.fromkeys(ends, pl.String),
        )
