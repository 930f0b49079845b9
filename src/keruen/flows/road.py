"""A road network as the kernels want it, and what every equilibrium on it is certified by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.errors import Finding, InputError, Severity
from keruen.flows.routes import compressed
from keruen.formats.road import Road
from keruen.kernels import greedy

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """Flows on a road network, with their certificate.

    Parameters
    ----------
    road
        What was assigned to.
    model
        ``ue``, ``so`` or ``logit``.
    volume
        (n_links,) in the units of the trips.
    cost
        (n_links,) cost of passing at that volume.
    gap
        (total cost - cost of all trips on cheapest routes) / total cost; for ``so`` with marginal costs.
    average_excess_cost
        The same difference over the number of trips.
    beckmann
        Beckmann's function at the volumes; NaN for ``so``; for ``logit`` that of Fisk.
    total_cost
        Sum of volume times cost.
    conservation
        Largest imbalance of a node over the number of trips.
    passes
        Passes over all origins.
    stall
        Why the gap was not reached; empty when it was.
    findings
        What the reader worked around, and pairs that no route joins, which are left out.
    pairs
        (n_pairs,) positions in the road's trips of the pairs that were assigned, sorted by origin.
    first, start, flow
        Routes: those of pair ``d`` are ``first[d]:first[d + 1]``; :attr:`links` holds ``start[p]:start[p + 1]`` of route ``p``.
    order
        (n_links,) links of the road sorted by tail.
    sorted_links
        Links of the routes, as positions in ``order``.
    origin, trees
        (n_origins,) and (n_origins, n_nodes): by which link (a position in ``order``) the cheapest route from each origin
        enters a node, -1 where none does. With the routes, that is what a warm start begins with.
    """

    road: Road
    model: str
    volume: Floats
    cost: Floats
    gap: float
    average_excess_cost: float
    beckmann: float
    total_cost: float
    conservation: float
    passes: int
    stall: str
    findings: tuple[Finding, ...]
    pairs: Longs
    first: Longs
    start: Longs
    flow: Floats
    order: Ints
    sorted_links: Ints
    origin: Ints
    trees: Ints

    @property
    def links(self) -> Ints:
        """(n_entries,) links of the routes one after the other, as positions in the road."""
        return self.order[self.sorted_links]


def check(road: Road) -> None:
    """Refuse numbers that are out of range, all at once."""
    n = len(road.node_ids)
    checks = (
        ("capacity", road.capacity, 0.0, np.inf),
        ("free_time", road.free_time, 0.0, np.inf),
        ("b", road.b, 0.0, np.inf),
        ("power", road.power, 0.0, np.inf),
        ("fixed", road.fixed, 0.0, np.inf),
        ("tail", road.tail, 0, n - 1),
        ("head", road.head, 0, n - 1),
        ("origin", road.origin, 0, n - 1),
        ("destination", road.destination, 0, n - 1),
        ("trips", road.trips, 0.0, np.inf),
    )
    found = []
    for name, values, low, high in checks:
        fine = (values >= low) & (values <= high) & np.isfinite(values)
        if name == "capacity":
            fine |= values == np.inf
        table = "trips" if name in ("origin", "destination", "trips") else "link"
        for i in np.flatnonzero(~fine):
            problem = f"must be a number from {low:g} to {high:g}"
            found.append(Finding(table, str(i), name, str(values[i]), problem, "correct the number"))
    if found:
        raise InputError(found)


@dataclass(frozen=True, slots=True)
class RoadNet:
    """The links of a road sorted by tail; closed ones cost infinitely much.

    ``order`` is where each link stands in the road, ``rows`` what :mod:`keruen.kernels.greedy` calls ``row``, ``tail``,
    ``head`` and ``first_through``, ``curve`` (n_links, 3) its cost functions. ``closed`` (n_links,) counts as the road does.
    """

    road: Road
    closed: Bools
    order: Ints
    rows: tuple[Ints, Ints, Ints, int]
    curve: Floats

    @classmethod
    def of(cls, road: Road, marginal: bool) -> RoadNet:
        """Sort the links; with ``marginal`` their costs are what one more trip costs all."""
        row, head, order = compressed(road.tail, road.head, len(road.node_ids))
        # a link from a node to itself takes no part
        closed = ((road.capacity == 0.0) & (road.b * road.free_time > 0.0)) | (road.tail == road.head)
        curve = _curve(road, marginal)
        curve[closed] = np.inf, 0.0, 1.0
        return cls(road, closed, order, (row, road.tail[order], head, road.first_through), curve[order])

    def costs(self, volume: Floats) -> tuple[Floats, Floats]:
        """Return cost and slope of every link at volumes, all in the order of the net."""
        cost, slope = np.zeros(volume.size), np.zeros(volume.size)
        greedy.refresh(self.curve, volume, cost, slope)
        return cost, slope

    def unjoined(self, pairs: Longs) -> tuple[Finding, ...]:
        """Say which trips are left out because no route joins their ends."""
        road, found = self.road, []
        problem, remedy = "no route joins them", "the trips are left out; join the nodes or drop the trips"
        for pair in pairs:
            name = f"{road.node_ids[road.origin[pair]]}, {road.node_ids[road.destination[pair]]}"
            value = f"{road.trips[pair]:g}"
            found.append(Finding("trips", name, "trips", value, problem, remedy, Severity.WARNING))
        return tuple(found)

    def result(
        self,
        model: str,
        state: Floats,
        gap: float,
        excess: float,
        passes: int,
        stall: str,
        findings: Sequence[Finding],
        pairs: Longs,
        entropy: float,
        routes: tuple[Longs, Longs, Ints, Floats],
        origin: Ints,
        trees: Ints,
    ) -> Equilibrium:
        """Return volumes ``state``, in the order of the net, with their certificate; ``entropy`` joins the objective."""
        road = self.road
        volume = np.zeros(road.tail.size)
        volume[self.order] = state
        cost = np.zeros(volume.size)
        greedy.refresh(_curve(road, False), volume, cost, np.zeros(volume.size))
        cost[self.closed & (road.tail != road.head)] = np.inf
        size = float(road.trips[pairs].sum())
        first, start, links, flow = routes
        return Equilibrium(
            road=road,
            model=model,
            volume=volume,
            cost=cost,
            gap=gap,
            average_excess_cost=excess / size if size > 0.0 else 0.0,
            beckmann=_beckmann(road, volume) + entropy,
            total_cost=float(volume @ np.where(volume > 0.0, cost, 0.0)),
            conservation=_conservation(road, pairs, volume),
            passes=passes,
            stall=stall,
            findings=(*road.findings, *findings),
            pairs=pairs,
            first=first,
            start=start,
            sorted_links=links,
            flow=flow,
            order=self.order,
            origin=origin,
            trees=trees,
        )


def _curve(road: Road, marginal: bool) -> Floats:
    """Return (n_links, 3): the cost when empty, what a power of the volume is multiplied by, and that power."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = road.free_time * road.b / road.capacity**road.power
    flat = (road.free_time * road.b == 0.0) | (road.power == 0.0)
    scale = np.where(flat | ~np.isfinite(scale), 0.0, scale)
    empty = road.free_time + road.fixed + np.where(road.power == 0.0, road.free_time * road.b, 0.0)
    return np.stack([empty, scale * (road.power + 1.0) if marginal else scale, road.power], axis=1)


def _beckmann(road: Road, volume: Floats) -> float:
    curve = _curve(road, False)
    return float((volume * (curve[:, 0] + curve[:, 1] * volume ** curve[:, 2] / (curve[:, 2] + 1.0))).sum())


def _conservation(road: Road, pairs: Longs, volume: Floats) -> float:
    n = len(road.node_ids)
    trips = road.trips[pairs]
    balance = np.bincount(road.head, weights=volume, minlength=n) - np.bincount(
        road.tail, weights=volume, minlength=n
    )
    balance += np.bincount(road.origin[pairs], weights=trips, minlength=n)
    balance -= np.bincount(road.destination[pairs], weights=trips, minlength=n)
    return float(np.abs(balance).max(initial=0.0)) / max(float(trips.sum()), 1e-300)
