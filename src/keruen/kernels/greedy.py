"""User equilibrium on a road network: trees give new routes and the exact gap, sweeps shift flow between routes.

Pairs are sorted by origin; those of origin ``o`` are ``origin_first[o]:origin_first[o + 1]``. Routes are sorted by pair:
``first`` (n_pairs + 1,), and each is a compressed row of links, ``start`` (n_routes + 1,) and ``links``. Links are sorted
by tail, those that leave ``v`` are ``row[v]:row[v + 1]``. ``curve`` (n_links, 3) holds what :func:`link_cost` takes: t0 and the fixed
part, b t0/c^n, and n.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from keruen.kernels.trees import grow

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True, error_model="numpy")
def link_cost(empty: float, scale: float, n: float, v: float) -> tuple[float, float]:
    """Cost and slope of a link with volume ``v``, both of them the BPR function's: ``empty + scale v^n``."""
    if scale == 0.0 or v <= 0.0:
        return empty, (scale if n == 1.0 else 0.0)
    if n == 4.0:
        cube = scale * v * v * v
        return empty + cube * v, 4.0 * cube
    if n == 1.0:
        return empty + scale * v, scale
    grown = scale * v**n
    return empty + grown, n * grown / v


@njit(cache=True, error_model="numpy")
def refresh(curve: Floats, volume: Floats, cost: Floats, slope: Floats) -> None:
    """Fill cost and slope of all links, (n_links,) each."""
    for a in range(volume.size):
        cost[a], slope[a] = link_cost(curve[a, 0], curve[a, 1], curve[a, 2], volume[a])


@njit(cache=True, error_model="numpy")
def load(start: Longs, links: Ints, flow: Floats, volume: Floats) -> None:
    """Fill ``volume`` with the sum of route flows."""
    volume[:] = 0.0
    for p in range(flow.size):
        for e in range(start[p], start[p + 1]):
            volume[links[e]] += flow[p]


@njit(cache=True, error_model="numpy")
def _follow(tail: Ints, pred: Ints, end: int, links: Ints, used: int) -> tuple[Ints, int]:
    """Append the way from ``end`` back to the root of a tree; ``links`` is copied to a longer array when it is full."""
    v = end
    while pred[v] >= 0:
        if used == links.size:
            longer = np.empty(2 * used, dtype=np.int32)
            for e in range(used):
                longer[e] = links[e]
            links = longer
        links[used] = pred[v]
        used += 1
        v = tail[pred[v]]
    return links, used


@njit(cache=True, error_model="numpy")
def price(
    row: Longs,
    tail: Ints,
    head: Ints,
    first_through: int,
    origin: Ints,
    origin_first: Longs,
    destination: Ints,
    trips: Floats,
    curve: Floats,
    volume: Floats,
    cost: Floats,
    slope: Floats,
    trees: Ints,
    first: Longs,
    start: Longs,
    links: Ints,
    flow: Floats,
    visit: Longs,
    worth: float,
    excess: Floats,
) -> tuple[Ints, Longs, Ints, Floats]:
    """Bring the trees of the origins in ``visit`` (ascending) up to date; return the routes that their pairs lack.

    Fills ``excess`` (n_origins,) there: the sum over the pairs of an origin of what their trips pay above the cheapest
    route. A tree's route is new where it is cheaper than all that the pair has and would save its trips more than
    ``worth``. A pair that has none yet is loaded on its new one, and the next origin sees the costs that follow. ``trees`` (n_origins, n_nodes) holds the trees of
    before, -1 where there is none. New routes are ``(pair, start, links, flow)``; a pair that cannot be reached has none.
    """
    n = row.size - 1
    dist = np.empty(n)
    key = np.empty(2 * head.size + n)
    heap = np.empty(key.size, dtype=np.int32)
    new_pair = np.empty(destination.size, dtype=np.int32)
    new_start = np.empty(destination.size + 1, dtype=np.int64)
    new_flow = np.empty(destination.size)
    new_links = np.empty(1024, dtype=np.int32)
    count = 0
    used = np.int64(0)
    new_start[0] = 0
    for i in range(visit.size):
        o = visit[i]
        excess[o] = 0.0
        grow(row, head, tail, cost, origin[o], first_through, dist, trees[o], key, heap)
        loaded = count
        for d in range(origin_first[o], origin_first[o + 1]):
            least = dist[destination[d]]
            known = np.inf
            for p in range(first[d], first[d + 1]):
                c = 0.0
                for e in range(start[p], start[p + 1]):
                    c += cost[links[e]]
                known = min(known, c)
                if flow[p] > 0.0:
                    excess[o] += flow[p] * (c - least)
            if least < known * (1.0 - 1e-14) - 1e-15 and trips[d] * (known - least) > worth:
                new_links, used = _follow(tail, trees[o], destination[d], new_links, used)
                new_pair[count] = d
                new_flow[count] = trips[d] if known == np.inf else 0.0
                count += 1
                new_start[count] = used
        for i in range(loaded, count):
            if new_flow[i] > 0.0:
                for e in range(new_start[i], new_start[i + 1]):
                    volume[new_links[e]] += new_flow[i]
        for i in range(loaded, count):
            if new_flow[i] > 0.0:
                for e in range(new_start[i], new_start[i + 1]):
                    a = new_links[e]
                    cost[a], slope[a] = link_cost(curve[a, 0], curve[a, 1], curve[a, 2], volume[a])
    return new_pair[:count], new_start[: count + 1], new_links, new_flow[:count]


@njit(cache=True, error_model="numpy")
def merge(
    first: Longs,
    start: Longs,
    links: Ints,
    flow: Floats,
    new_pair: Ints,
    new_start: Longs,
    new_links: Ints,
    new_flow: Floats,
) -> tuple[Longs, Longs, Ints, Floats]:
    """Return the routes with the new ones among them and the empty ones gone, packed."""
    n_pairs = first.size - 1
    n_new = new_pair.size
    n_routes = n_new
    n_links = new_start[n_new]
    for p in range(flow.size):
        if flow[p] > 0.0:
            n_routes += 1
            n_links += start[p + 1] - start[p]
    out_first = np.empty(n_pairs + 1, dtype=np.int64)
    out_start = np.empty(n_routes + 1, dtype=np.int64)
    out_links = np.empty(n_links, dtype=np.int32)
    out_flow = np.empty(n_routes)
    out_first[0] = 0
    out_start[0] = 0
    q = 0
    used = 0
    i = 0
    for d in range(n_pairs):
        for p in range(first[d], first[d + 1]):
            if flow[p] > 0.0:
                for e in range(start[p], start[p + 1]):
                    out_links[used] = links[e]
                    used += 1
                out_flow[q] = flow[p]
                q += 1
                out_start[q] = used
        while i < n_new and new_pair[i] == d:
            for e in range(new_start[i], new_start[i + 1]):
                out_links[used] = new_links[e]
                used += 1
            out_flow[q] = new_flow[i]
            i += 1
            q += 1
            out_start[q] = used
        out_first[d + 1] = q
    return out_first, out_start, out_links, out_flow


@njit(cache=True, error_model="numpy")
def shift(
    curve: Floats,
    start: Longs,
    links: Ints,
    flow: Floats,
    dear: int,
    cheap: int,
    stamp: Longs,
    mark: int,
    volume: Floats,
    cost: Floats,
    slope: Floats,
) -> float:
    """Shift flow from a route to a cheaper one until they cost the same, or nothing is left; return the excess met.

    A Newton step over the links in which the two differ. Where the curve is so bent that the step goes past equality,
    it is drawn back by the secant. ``stamp`` (n_links,) is scratch and ``mark`` a number above all in it, raised by 2
    from call to call.
    """
    low = 0.0
    for e in range(start[cheap], start[cheap + 1]):
        stamp[links[e]] = mark
        low += cost[links[e]]
    high = 0.0
    steep = 0.0
    for e in range(start[dear], start[dear + 1]):
        a = links[e]
        high += cost[a]
        if stamp[a] == mark:
            stamp[a] = mark + 1
        else:
            steep += slope[a]
    for e in range(start[cheap], start[cheap + 1]):
        a = links[e]
        if stamp[a] == mark:
            steep += slope[a]
    gain = high - low
    if gain <= 0.0:
        return 0.0
    excess = flow[dear] * gain
    move = flow[dear]
    if steep * move > gain:
        move = gain / steep
    for _ in range(4):
        flow[dear] -= move
        flow[cheap] += move
        left = gain
        for e in range(start[cheap], start[cheap + 1]):
            a = links[e]
            if stamp[a] == mark:
                volume[a] += move
                left += cost[a]
                cost[a], slope[a] = link_cost(curve[a, 0], curve[a, 1], curve[a, 2], volume[a])
                left -= cost[a]
        for e in range(start[dear], start[dear + 1]):
            a = links[e]
            if stamp[a] != mark + 1:
                volume[a] = max(volume[a] - move, 0.0)
                left -= cost[a]
                cost[a], slope[a] = link_cost(curve[a, 0], curve[a, 1], curve[a, 2], volume[a])
                left += cost[a]
        if left >= -0.5 * gain or move < 0.0:
            break
        # past equality: the secant says how much of the step to take back
        move = move * left / (gain - left)
        gain = left
    return excess


@njit(cache=True, error_model="numpy")
def sweeps(
    curve: Floats,
    first: Longs,
    start: Longs,
    links: Ints,
    flow: Floats,
    busy: Ints,
    volume: Floats,
    cost: Floats,
    slope: Floats,
    most: int,
    target: float,
) -> tuple[int, float]:
    """Sweep over the pairs in ``busy`` (those with a choice) until one sweep meets at most ``target`` of excess cost.

    Every fourth sweep takes all of them. Those between leave out pairs that are nearly at rest: all together they had an
    excess of at most half the target. Returns the number of sweeps and the excess that the last one met.
    """
    stamp = np.zeros(volume.size, dtype=np.int64)
    mark = np.int64(1)
    excess = 0.0
    rest = 0.5 * target / max(busy.size, 1)
    active = np.empty(busy.size, dtype=np.int32)
    n_active = 0
    since = 4
    for done in range(most):
        full = since >= 4
        since = 0 if full else since + 1
        todo = busy.size if full else n_active
        n_active = 0
        excess = 0.0
        for i in range(todo):
            d = busy[i] if full else active[i]
            best = first[d]
            least = np.inf
            for p in range(first[d], first[d + 1]):
                c = 0.0
                for e in range(start[p], start[p + 1]):
                    c += cost[links[e]]
                if c < least:
                    least = c
                    best = p
            met = 0.0
            for p in range(first[d], first[d + 1]):
                if p != best and flow[p] > 0.0:
                    met += shift(curve, start, links, flow, p, best, stamp, mark, volume, cost, slope)
                    mark += 2
            excess += met
            if met > rest:
                active[n_active] = d
                n_active += 1
        if excess <= target:
            if full:
                return done + 1, excess
            since = 4
    return most, excess
