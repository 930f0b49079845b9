"""Equilibrium on a single-class road network: plain arrays in, link and path flows with their certificate out.

The recipe is greedy and path-based: every pass grows the trees of all origins at fixed costs, which gives the exact gap
and the routes that are still missing, then sweeps over the pairs shift flow between the routes they have.
"""

from __future__ import annotations

from collections.abc import Callable
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

PASSES = 500
"""Passes over all origins after which a solve gives up."""
STALLED = 25
"""Passes without a better gap after which a solve says that it has stalled."""
BLOCKS = 8
"""Most parts into which the origins of a pass are dealt; routes that one part finds shift flow before the next looks."""
PER_BLOCK = 120_000
"""Labels (origins times nodes) that make a part of their own worth the sweeps it costs."""
BETWEEN = 8
"""Most sweeps between two parts of a pass; 200 where a pass is whole."""
QUIET = 0.3
"""Share of the mean excess cost of origins below which an origin is left out of a pass that is not whole; where trees
are so cheap that a pass has few parts, none is."""
DEPTH = 0.01
"""Share of the excess cost at which sweeps stop."""


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """Flows on a road network, with their certificate.

    Parameters
    ----------
    road
        What was assigned to.
    model
        ``ue`` or ``so``.
    volume
        (n_links,) in the units of the trips.
    cost
        (n_links,) cost of passing at that volume.
    gap
        (total cost - cost of all trips on cheapest routes) / total cost; for ``so`` with marginal costs.
    average_excess_cost
        The same difference over the number of trips.
    beckmann
        Beckmann's function at the volumes; NaN for ``so``.
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
    first, start, links, flow
        Routes: those of pair ``d`` are ``first[d]:first[d + 1]``, each a compressed row of links, and its flow.
    trees
        (n_origins, n_nodes) link by which the cheapest route from each origin of ``pairs`` (ascending) enters a node, or a
        negative number: where a warm start begins to look.
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
    links: Ints
    flow: Floats
    trees: Ints


def equilibrium(
    road: Road,
    *,
    model: str = "ue",
    gap: float = 1e-6,
    warm: Equilibrium | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Equilibrium:
    """Return the user equilibrium (``ue``) or the system optimum (``so``) of a road network.

    Parameters
    ----------
    road
        Links with BPR costs, and trips between pairs of nodes. A link with a capacity of zero whose cost depends on
        volume is closed.
    model
        ``ue``: no trip can get cheaper by another route (Wardrop 1952). ``so``: the total cost is least.
    gap
        Relative gap to reach.
    warm
        An earlier solution on the same nodes and links; its routes are where the solve starts.
    progress
        Called with the pass and its gap.

    Raises
    ------
    InputError
        If a cost, capacity or trip is negative or not a number, or an end is no node.
    ValueError
        If ``model`` or ``gap`` is out of range.

    References
    ----------
    Xie, Nie and Liu, "A greedy path-based algorithm for traffic assignment", Transportation Research Record 2672, 2018.

    Examples
    --------
    Pigou: one trip, one route that always costs 1 and one that costs its volume. All take the second; half should.

    >>> import numpy as np
    >>> two = Road(("a", "b"), np.array([0, 0], np.int32), np.array([1, 1], np.int32), capacity=np.ones(2),
    ...            free_time=np.array([1.0, 1e-9]), b=np.array([0.0, 1e9]), power=np.ones(2), fixed=np.zeros(2),
    ...            first_through=0, origin=np.array([0], np.int32), destination=np.array([1], np.int32),
    ...            trips=np.ones(1))
    >>> equilibrium(two).volume.round(6).tolist(), equilibrium(two, model="so").volume.round(6).tolist()
    ([0.0, 1.0], [0.5, 0.5])
    """
    if model not in ("ue", "so"):
        raise ValueError(f"model {model!r} is neither ue nor so")
    if not gap > 0.0:
        raise ValueError(f"gap {gap} must be above 0")
    _check(road)
    closed = _closed(road)
    net = _Net.of(road, closed, model == "so")
    pairs = np.lexsort((road.destination, road.origin))
    pairs = pairs[(road.trips[pairs] > 0.0) & (road.origin[pairs] != road.destination[pairs])]
    state = net.state()
    routes = None if warm is None else _warm(road, net, pairs, warm, closed)
    if warm is None or routes is None:
        routes, pairs, findings, trees = _cold(road, net, pairs, state)
    else:
        findings, trees = [], net.places(warm.trees)
    origins = _origins(road, pairs)
    destination, trips = road.destination[pairs].astype(np.int32), road.trips[pairs].astype(np.float64)
    size = float(trips.sum())
    best, best_pass, last_whole, passes, stall = np.inf, 0, 0, 0, ""
    reached, excess, total = 0.0, 0.0, 0.0
    blocks = int(np.clip(trees.size // PER_BLOCK, 1, BLOCKS))
    parts = np.zeros(origins[0].size)
    whole = blocks == 1
    quiet = QUIET if blocks == BLOCKS else 0.0
    first, start, links, flow = routes
    while pairs.size:
        passes += 1
        greedy.load(start, links, flow, state[0])
        greedy.refresh(net.curve, *state)
        everyone = np.arange(parts.size)
        todo = everyone if whole else np.flatnonzero(parts >= quiet * parts.mean())
        for block in range(1 if whole else blocks):
            new = greedy.price(
                *net.rows, *origins, destination, state[1], trees, first, start, links, flow,
                todo[block :: 1 if whole else blocks], parts,
            )  # fmt: skip
            if not whole:
                first, start, links, flow = _improve(
                    net, first, start, links, flow, new, state, parts, BETWEEN
                )
        total = float(state[0] @ state[1])
        excess = max(float(parts.sum()), 0.0)
        reached = excess / total if total > 0.0 else 0.0
        if progress is not None:
            progress(passes, reached)
        if whole:
            if reached <= gap:
                break
            last_whole = passes
            if reached < 0.9 * best:
                best, best_pass = reached, passes
            if passes >= PASSES or passes - best_pass >= STALLED:
                stall = f"the gap has stood near {best:.1e} since pass {best_pass} of {passes}"
                break
            # where leaving origins out has misled, it will again
            quiet = 0.0
            first, start, links, flow = _improve(net, first, start, links, flow, new, state, parts, 200)
        # parts are priced at costs that move; only a whole pass at fixed costs certifies the gap
        whole = blocks == 1 or reached <= gap or passes - last_whole >= STALLED
    _retouch(first, flow, trips)
    greedy.load(start, links, flow, state[0])
    volume = np.zeros(road.tail.size)
    volume[net.link] = state[0]
    cost = _cost(_curve(road, False), volume)
    cost[closed & (road.tail != road.head)] = np.inf
    links = net.link[links]
    return Equilibrium(
        road=road,
        model=model,
        volume=volume,
        cost=cost,
        gap=reached,
        average_excess_cost=excess / size if size > 0.0 else 0.0,
        beckmann=_beckmann(road, volume) if model == "ue" else float("nan"),
        total_cost=float(volume @ np.where(volume > 0.0, cost, 0.0)),
        conservation=_conservation(road, pairs, volume),
        passes=passes,
        stall=stall,
        findings=(*road.findings, *findings),
        pairs=pairs,
        first=first,
        start=start,
        links=links,
        flow=flow,
        trees=np.append(net.link, np.int32(-1))[trees],
    )


def _check(road: Road) -> None:
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


def _origins(road: Road, pairs: Longs) -> tuple[Ints, Longs]:
    origin, where = np.unique(road.origin[pairs], return_index=True)
    return origin.astype(np.int32), np.append(where, pairs.size).astype(np.int64)


def _improve(
    net: _Net,
    first: Longs,
    start: Longs,
    links: Ints,
    flow: Floats,
    new: tuple[Ints, Longs, Ints],
    state: tuple[Floats, Floats, Floats],
    parts: Floats,
    most: int,
) -> tuple[Longs, Longs, Ints, Floats]:
    """Take new routes in, drop empty ones, and shift flow between those of every pair that has a choice."""
    first, start, links, flow = greedy.merge(first, start, links, flow, *new)
    busy = np.flatnonzero(np.diff(first) > 1).astype(np.int32)
    greedy.sweeps(net.curve, first, start, links, flow, busy, *state, most, DEPTH * float(parts.sum()))
    return first, start, links, flow


def _closed(road: Road) -> NDArray[np.bool_]:
    """Return (n_links,) whether a link takes no part: closed, or from a node to itself."""
    closed: NDArray[np.bool_] = (road.capacity == 0.0) & (road.b * road.free_time > 0.0)
    closed |= road.tail == road.head
    return closed


def _cost(curve: Floats, volume: Floats) -> Floats:
    cost, slope = np.zeros(volume.size), np.zeros(volume.size)
    greedy.refresh(curve, volume, cost, slope)
    return cost


@dataclass(frozen=True, slots=True)
class _Net:
    """The open links sorted by tail, as the kernels want them; ``link`` is where each stands in the road."""

    n_links: int
    link: Ints
    rows: tuple[Ints, Ints, Ints, int]
    curve: Floats

    @classmethod
    def of(cls, road: Road, closed: NDArray[np.bool_], marginal: bool) -> _Net:
        usable = np.flatnonzero(~closed).astype(np.int32)
        row, head, order = compressed(road.tail[usable], road.head[usable], len(road.node_ids))
        link = usable[order]
        tail = np.ascontiguousarray(road.tail[link])
        return cls(road.tail.size, link, (row, tail, head, road.first_through), _curve(road, marginal)[link])

    def places(self, links: Ints) -> Ints:
        """Return where links of the road stand here, -1 for closed ones and for negative numbers."""
        where = np.full(self.n_links + 1, -1, np.int32)
        where[self.link] = np.arange(self.link.size, dtype=np.int32)
        return where[np.maximum(links, -1)]

    def state(self) -> tuple[Floats, Floats, Floats]:
        """Return volume, cost and slope of the empty network."""
        volume = np.zeros(self.link.size)
        cost, slope = np.zeros(self.link.size), np.zeros(self.link.size)
        greedy.refresh(self.curve, volume, cost, slope)
        return volume, cost, slope


def _cold(
    road: Road, net: _Net, pairs: Longs, state: tuple[Floats, Floats, Floats]
) -> tuple[tuple[Longs, Longs, Ints, Floats], Longs, list[Finding], Ints]:
    """Load every pair on one route; pairs that no route joins are listed and left out."""
    trips = road.trips[pairs].astype(np.float64)
    destination = road.destination[pairs].astype(np.int32)
    origins = _origins(road, pairs)
    trees = np.empty((origins[0].size, len(road.node_ids)), np.int32)
    start, links = greedy.begin(*net.rows, *origins, destination, trips, net.curve, *state, trees)
    joined = np.diff(start) > 0
    findings = []
    problem, remedy = "no route joins them", "the trips are left out; join the nodes or drop the trips"
    for pair in pairs[~joined]:
        name = f"{road.node_ids[road.origin[pair]]}, {road.node_ids[road.destination[pair]]}"
        value = f"{road.trips[pair]:g}"
        findings.append(Finding("trips", name, "trips", value, problem, remedy, Severity.WARNING))
    start = np.append(start[:-1][joined], links.size)
    pairs = pairs[joined]
    first = np.arange(pairs.size + 1, dtype=np.int64)
    trees = trees[np.isin(origins[0], road.origin[pairs])]
    return (first, start, links, road.trips[pairs].astype(np.float64)), pairs, findings, trees


def _warm(
    road: Road, net: _Net, pairs: Longs, warm: Equilibrium, closed: NDArray[np.bool_]
) -> tuple[Longs, Longs, Ints, Floats] | None:
    """Return the routes of an earlier solve with their flows scaled to the trips of now.

    A route over a link that is closed now is dropped and its flow goes to the pair's others; a pair that is left without
    any gets its cheapest route. Where the links or pairs are not the same, or a pair cannot be joined, there is nothing
    to start from.
    """
    old = warm.road
    same = (
        old.tail.size == road.tail.size
        and np.array_equal(old.tail, road.tail)
        and np.array_equal(old.head, road.head)
        and np.array_equal(old.origin[warm.pairs], road.origin[pairs])
        and np.array_equal(old.destination[warm.pairs], road.destination[pairs])
    )
    if not same:
        return None
    trips = road.trips[pairs].astype(np.float64)
    blocked = np.maximum.reduceat(closed[warm.links], warm.start[:-1]) if warm.flow.size else closed[:0]
    pair = np.repeat(np.arange(pairs.size), np.diff(warm.first))
    flow = np.where(blocked, 0.0, warm.flow)
    served = np.bincount(pair, weights=flow, minlength=pairs.size)
    flow *= (trips / np.where(served > 0.0, served, 1.0))[pair]
    old_links = np.maximum(net.places(warm.links), 0)
    state = net.state()
    greedy.load(warm.start, old_links, flow, state[0])
    greedy.refresh(net.curve, *state)
    # only pairs without a route look for one; the others have theirs and wait for the first pass
    lone = np.flatnonzero(served <= 0.0)
    origins = _origins(road, pairs[lone])
    trees = np.empty((origins[0].size, len(road.node_ids)), np.int32)
    destination = road.destination[pairs[lone]].astype(np.int32)
    start, links = greedy.begin(*net.rows, *origins, destination, trips[lone], net.curve, *state, trees)
    if not np.all(np.diff(start) > 0):
        return None
    first, start, links, flow = greedy.merge(
        warm.first, warm.start, old_links, flow, lone.astype(np.int32), start, links
    )
    flow[first[lone]] = trips[lone]
    return first, start, links, flow


def _retouch(first: Longs, flow: Floats, trips: Floats) -> None:
    """Make the flows of every pair sum to its trips to the last digit that rounding took."""
    if trips.size:
        flow *= np.repeat(trips / np.add.reduceat(flow, first[:-1]), np.diff(first))


def _conservation(road: Road, pairs: Longs, volume: Floats) -> float:
    n = len(road.node_ids)
    trips = road.trips[pairs]
    balance = np.bincount(road.head, weights=volume, minlength=n) - np.bincount(
        road.tail, weights=volume, minlength=n
    )
    balance += np.bincount(road.origin[pairs], weights=trips, minlength=n)
    balance -= np.bincount(road.destination[pairs], weights=trips, minlength=n)
    return float(np.abs(balance).max(initial=0.0)) / max(float(trips.sum()), 1e-300)
