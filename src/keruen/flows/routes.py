"""The routes that shippers consider on a freight network, and what each of them draws on.

A route belongs to a demand row (a *pair*: origin, destination, class of goods). The routes of a pair are those that
:func:`keruen.kernels.routes.via_routes` finds at uncongested cost, and those that congestion made cheaper than all of
them. So the set depends on the network alone, never on what was solved before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keruen.kernels import choice, delay, trees
from keruen.kernels import routes as kernel
from keruen.network import DelayFunction, Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_ROUTES = 10
"""Routes at uncongested cost that a pair keeps at most."""
ALIKE = 0.95
"""Share of its cost beyond which a route is too much like another one."""
REACH = 8.0
"""Routes dearer than the cheapest by more than this over the logit scale would carry less than exp(-8) of it."""


@dataclass(frozen=True, slots=True)
class Freight:
    """A network made ready for solving: class costs in hours, shared resources, searchable rows.

    Parameters
    ----------
    network
        Where it comes from.
    pairs
        (n_pairs,) demand of each pair, as positions in the network's demand arrays.
    row
        (n_pairs,) row of ``fixed``: one for each class and set of bans.
    fixed
        (n_rows, n_arcs) hours that do not depend on volume, charges over the value of time among them; infinite where
        closed or banned.
    free
        (n_rows, n_arcs) the same with the delay of empty resources.
    demand
        (n_pairs,) t/year.
    scale
        (n_pairs,) logit scale in 1/h.
    kind, parameter
        (n_resources,) and (n_resources, 4): see :mod:`keruen.kernels.delay`.
    drawn_start, drawn, drawn_weight
        Resources of each arc, compressed rows, and what a tonne takes of each: 1, or less of the capacity that only its empty
        wagons use, on their way back.
    resource_name
        For people: ``capacity:<entry>`` or ``crossing:<crossing_id>:<queue>``.
    forward, backward
        Compressed rows ``(start, head, arc)`` of the supernetwork and of its reverse.
    """

    network: Network
    pairs: Longs
    row: Ints
    fixed: Floats
    free: Floats
    demand: Floats
    scale: Floats
    kind: Longs
    parameter: Floats
    drawn_start: Longs
    drawn: Ints
    drawn_weight: Floats
    resource_name: tuple[str, ...]
    forward: tuple[Ints, Ints, Ints]
    backward: tuple[Ints, Ints, Ints]


@dataclass(frozen=True, slots=True)
class Routes:
    """Kept routes, sorted by pair; the last of each pair is to stay away, which costs ``fixed`` and uses nothing.

    Parameters
    ----------
    first
        (n_pairs + 1,) routes of a pair.
    arc_start, arcs
        Arcs of each route in order, compressed rows.
    fixed
        (n_routes,) hours.
    start, resource, weight
        Resources of each route, compressed rows, and what a tonne takes of each.
    bonus
        (n_routes,) logarithm of the path size.
    """

    first: Longs
    arc_start: Longs
    arcs: Ints
    fixed: Floats
    start: Longs
    resource: Ints
    weight: Floats
    bonus: Floats


def add_up(where: NDArray[Any], values: Floats, n: int) -> Floats:
    """Return (n,) the sums of ``values`` by ``where``, added in their order."""
    return np.bincount(where, weights=values, minlength=n).astype(np.float64, copy=False)


def compressed(tail: Ints, head: Ints, n_vertices: int) -> tuple[Ints, Ints, Ints]:
    """Return ``(start, head, arc)``: the arcs sorted by tail, in their own order within it."""
    order = np.argsort(tail, kind="stable").astype(np.int32)
    start = np.zeros(n_vertices + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=n_vertices), out=start[1:])
    return start, head[order].astype(np.int32), order


def opposite(network: Network) -> Longs:
    """Return (n_arcs,) the haul arc of the same link in the other direction; -1 where there is none."""
    s = network.structure
    place = {(int(s.arc_link[a]), bool(s.arc_forward[a])): int(a) for a in np.flatnonzero(s.arc_link >= 0)}
    back = [
        place.get((link, not ahead), -1) if link >= 0 else -1
        for link, ahead in zip(s.arc_link.tolist(), s.arc_forward.tolist(), strict=True)
    ]
    return np.array(back, dtype=np.int64)


def prepare(network: Network, delays: tuple[DelayFunction, ...]) -> Freight:
    """Return the network made ready for solving; demand of zero is left out."""
    s = network.structure
    n_arcs = s.tail.size
    by_crossing = {function.crossing_id: function for function in delays}
    closed = ~network.enabled | (network.capacity[s.arc_capacity] <= 0.0)
    arc_of: list[list[tuple[int, float]]] = [[] for _ in range(n_arcs)]
    kinds: list[int] = []
    parameters: list[tuple[float, float, float, float]] = []
    names: list[str] = []
    used = np.unique(s.arc_capacity)
    limited = used[np.isfinite(network.capacity[used]) & (network.capacity[used] > 0.0)]
    entry_resource = np.full(network.capacity.size, -1, dtype=np.int64)
    entry_resource[limited] = np.arange(limited.size)
    for entry in limited:
        kinds.append(delay.CAPACITY)
        parameters.append((0.0, 0.0, float(network.capacity[entry]) * (1.0 - 1e-9), 0.0))
        names.append(f"capacity:{entry}")
    for a in np.flatnonzero(entry_resource[s.arc_capacity] >= 0):
        arc_of[a].append((int(entry_resource[s.arc_capacity[a]]), 1.0))
    back = opposite(network)
    for a in np.flatnonzero((network.empties > 0.0) & (back >= 0)):
        if entry_resource[s.arc_capacity[back[a]]] >= 0:
            arc_of[a].append((int(entry_resource[s.arc_capacity[back[a]]]), float(network.empties[a])))
    for crossing in sorted(by_crossing):
        for queue, group in enumerate(s.crossing_arcs.get(crossing, ())):
            for a in group:
                arc_of[a].append((len(kinds), 1.0))
            kinds.append(by_crossing[crossing].kind)
            parameters.append(by_crossing[crossing].parameters)
            names.append(f"crossing:{crossing}:{queue}")
    kind = np.array(kinds, dtype=np.int64)
    parameter = np.array(parameters, dtype=np.float64).reshape(-1, 4)
    drawn_start = np.zeros(n_arcs + 1, dtype=np.int64)
    np.cumsum([len(drawn) for drawn in arc_of], out=drawn_start[1:])
    drawn = np.array([r for group in arc_of for r, _ in group], dtype=np.int32)
    drawn_weight = np.array([weight for group in arc_of for _, weight in group], dtype=np.float64)

    pairs = np.flatnonzero(network.tonnes > 0.0)
    of_class, of_ban = s.demand_class[pairs], s.demand_ban[pairs]
    kinds_of_row, row = np.unique(np.stack([of_class, of_ban], axis=1), axis=0, return_inverse=True)
    k = kinds_of_row[:, 0] if kinds_of_row.size else np.zeros(0, dtype=np.int32)
    money = (network.charge + network.preference)[k] / network.value_of_time[k][:, None]
    fixed = money + network.time + network.service_time[k]
    if kinds_of_row.size:
        fixed[s.bans[kinds_of_row[:, 1]] | closed] = np.inf
    idle = np.zeros(kind.size)
    delay.costs_slopes(kind, parameter, np.zeros(kind.size), False, idle, np.zeros(kind.size))
    n_vertices = s.vertex_node.size
    return Freight(
        network=network,
        pairs=pairs,
        row=row.reshape(-1).astype(np.int32),
        fixed=fixed,
        free=fixed + _on_arcs(drawn_start, drawn, drawn_weight, idle),
        demand=network.tonnes[pairs],
        scale=network.scale[of_class] * network.value_of_time[of_class],
        kind=kind,
        parameter=parameter,
        drawn_start=drawn_start,
        drawn=drawn,
        drawn_weight=drawn_weight,
        resource_name=tuple(names),
        forward=compressed(s.tail, s.head, n_vertices),
        backward=compressed(s.head, s.tail, n_vertices),
    )


def _on_arcs(drawn_start: Longs, drawn: Ints, weight: Floats, cost: Floats) -> Floats:
    owner = np.repeat(np.arange(drawn_start.size - 1), np.diff(drawn_start))
    return add_up(owner, weight * cost[drawn], drawn_start.size - 1)


def arc_delay(freight: Freight, cost: Floats) -> Floats:
    """Return the hours that an arc's resources take at resource costs ``cost``, (n_arcs,)."""
    return _on_arcs(freight.drawn_start, freight.drawn, freight.drawn_weight, cost)


def _forest(rows: tuple[Ints, Ints, Ints], cost: Floats, row: Ints, root: Ints) -> tuple[Ints, Floats, Ints]:
    """Grow one tree for each distinct cost row and root; return which tree each pair uses, distances, entries."""
    start, head, arc = rows
    keys, which = np.unique(np.stack([row, root], axis=1), axis=0, return_inverse=True)
    dist = np.empty((len(keys), start.size - 1))
    pred = np.empty((len(keys), start.size - 1), dtype=np.int32)
    tail = np.repeat(np.arange(start.size - 1, dtype=np.int32), np.diff(start))
    trees.forest(start, head, tail, arc, cost, keys[:, 1].copy(), keys[:, 0].copy(), 0, dist, pred)
    return which.reshape(-1).astype(np.int32), dist, pred


def reachable(freight: Freight) -> Bools:
    """Return (n_pairs,) whether a permitted route exists."""
    s = freight.network.structure
    tree, dist, _ = _forest(freight.forward, freight.free, freight.row, s.demand_source[freight.pairs])
    found: Bools = np.isfinite(dist[tree, s.demand_sink[freight.pairs]])
    return found


def only(freight: Freight, chosen: Bools) -> Freight:
    """Return the same with the chosen pairs alone."""
    return replace(
        freight,
        pairs=freight.pairs[chosen],
        row=freight.row[chosen],
        demand=freight.demand[chosen],
        scale=freight.scale[chosen],
    )


def considered(freight: Freight) -> tuple[Ints, Longs, Ints, Floats]:
    """Return the routes considered at uncongested cost: pair, start and arcs; and the cheapest cost of each pair."""
    s = freight.network.structure
    source, sink = s.demand_source[freight.pairs], s.demand_sink[freight.pairs]
    ahead, ahead_dist, ahead_pred = _forest(freight.forward, freight.free, freight.row, source)
    back, back_dist, back_pred = _forest(freight.backward, freight.free, freight.row, sink)
    n = freight.pairs.size
    entries = 64 * n * MOST_ROUTES + s.vertex_node.size + 1
    while True:
        pair = np.empty(n * MOST_ROUTES + 1, dtype=np.int32)
        start = np.empty(n * MOST_ROUTES + 2, dtype=np.int64)
        arcs = np.empty(entries, dtype=np.int32)
        n_routes, n_entries = kernel.via_routes(
            s.tail, s.head, s.vertex_node, freight.free, freight.row, source, sink,
            ahead, ahead_dist, ahead_pred, freight.forward[2], back, back_dist, back_pred, freight.backward[2],
            REACH / freight.scale, MOST_ROUTES, ALIKE, pair, start, arcs,
        )  # fmt: skip
        if n_routes >= 0:
            break
        entries *= 2
    least = ahead_dist[ahead, sink] if n else np.zeros(0)
    return pair[:n_routes], start[: n_routes + 1], arcs[:n_entries], least


def assemble(freight: Freight, pair: Ints, start: Longs, arcs: Ints, least: Floats) -> Routes:
    """Return the routes sorted by pair, priced, each pair's last one being to stay away.

    To stay away costs three times the cheapest uncongested route plus forty times the spread of the logit, so it takes
    less than 1e-17 of the goods unless queues drive them to it: where capacity cannot carry what is wanted.
    """
    n = freight.pairs.size
    pair = np.concatenate([pair, np.arange(n, dtype=np.int32)])
    begin = np.concatenate([start[:-1], np.full(n, start[-1])])
    length = np.concatenate([np.diff(start), np.zeros(n, dtype=np.int64)])
    order = np.argsort(pair, kind="stable")
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(pair, minlength=n), out=first[1:])
    arc_start = np.zeros(order.size + 1, dtype=np.int64)
    np.cumsum(length[order], out=arc_start[1:])
    take = np.repeat(begin[order] - arc_start[:-1], length[order]) + np.arange(arc_start[-1])
    sorted_arcs = arcs[take]
    fixed = np.zeros(order.size)
    most = int(np.diff(freight.drawn_start).max(initial=0)) * sorted_arcs.size
    resource_start = np.zeros(order.size + 1, dtype=np.int64)
    resource = np.empty(most, dtype=np.int32)
    weight = np.empty(most)
    count = choice.price_routes(
        first, arc_start, sorted_arcs, freight.fixed, freight.row, freight.drawn_start, freight.drawn,
        freight.drawn_weight, fixed, resource_start, resource, weight,
    )  # fmt: skip
    size = np.ones(order.size)
    choice.path_sizes(first, arc_start, sorted_arcs, freight.free, freight.row, size)
    stay = first[1:] - 1
    fixed[stay] = 3.0 * least + 40.0 / freight.scale
    size[stay] = 1.0
    return Routes(
        first, arc_start, sorted_arcs, fixed, resource_start, resource[:count], weight[:count], np.log(size)
    )


def cheaper(
    freight: Freight, routes: Routes, cost: Floats, route_cost: Floats
) -> tuple[Ints, Longs, Ints, Floats]:
    """Return the routes that at resource costs ``cost`` are cheaper than all that their pair keeps.

    Returns
    -------
    pair, start, arcs
        The new routes.
    least
        (n_pairs,) cost of the cheapest route of all.
    """
    s = freight.network.structure
    now = freight.fixed + arc_delay(freight, cost)
    source, sink = s.demand_source[freight.pairs], s.demand_sink[freight.pairs]
    tree, dist, pred = _forest(freight.forward, now, freight.row, source)
    n = freight.pairs.size
    least = dist[tree, sink] if n else np.zeros(0)
    kept = np.minimum.reduceat(route_cost, routes.first[:-1]) if n else np.zeros(0)
    new = np.flatnonzero(least < kept - 1e-9 * (1.0 + np.abs(kept))).astype(np.int32)
    out = np.empty(s.vertex_node.size + 1, dtype=np.int32)
    arcs = [np.zeros(0, dtype=np.int32)]
    for d in new:
        length = kernel.trace(pred[tree[d]], freight.forward[2], s.tail, sink[d], out)
        arcs.append(out[:length][::-1].copy())
    start = np.zeros(new.size + 1, dtype=np.int64)
    np.cumsum([part.size for part in arcs[1:]], out=start[1:])
    return new, start, np.concatenate(arcs), least
