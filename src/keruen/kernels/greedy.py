"""User equilibrium on a road network: trees give new routes and the exact gap, sweeps shift flow between routes.

Pairs are sorted by origin; those of origin ``o`` are ``origin_first[o]:origin_first[o + 1]``. Routes are sorted by pair:
``first`` (n_pairs + 1,), and each is a compressed row of links, ``start`` (n_routes + 1,) and ``links``. ``curve``
(n_links, 4) holds the parameters of :mod:`keruen.kernels.delay` of kind BPR, ``fixed`` what is added to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from keruen.kernels.trees import grow, regrow

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True)
def link_cost(curve: Floats, link: int, v: float) -> tuple[float, float]:
    """Cost and slope of a link, both of them the BPR function's; ``curve`` holds t0, b/c^n t0, n and the fixed part."""
    scale = curve[link, 1]
    n = curve[link, 2]
    if scale == 0.0 or v <= 0.0:
        return curve[link, 0], (scale if n == 1.0 else 0.0)
    if n == 4.0:
        cube = scale * v * v * v
        return curve[link, 0] + cube * v, 4.0 * cube
    if n == 1.0:
        return curve[link, 0] + scale * v, scale
    grown = scale * v**n
    return curve[link, 0] + grown, n * grown / v


@njit(cache=True)
def refresh(curve: Floats, volume: Floats, cost: Floats, slope: Floats) -> None:
    """Fill cost and slope of all links, (n_links,) each."""
    for a in range(volume.size):
        cost[a], slope[a] = link_cost(curve, a, volume[a])


@njit(cache=True)
def load(start: Longs, links: Ints, flow: Floats, volume: Floats) -> None:
    """Fill ``volume`` with the sum of route flows."""
    volume[:] = 0.0
    for p in range(flow.size):
        for e in range(start[p], start[p + 1]):
            volume[links[e]] += flow[p]


@njit(cache=True)
def begin(
    row_start: Ints,
    row_head: Ints,
    row_link: Ints,
    tail: Ints,
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
    start: Longs,
    links: Ints,
) -> int:
    """Load every pair on its cheapest route, origin after origin, costs updated along the way.

    Fills ``trees`` (n_origins, n_nodes), ``start`` (n_pairs + 1,) and ``links``; returns the number of entries, or minus one if ``links`` is too
    small. A pair that cannot be reached gets an empty route.
    """
    n = row_start.size - 1
    dist = np.empty(n)
    heap = np.empty(n, dtype=np.int32)
    place = np.empty(n, dtype=np.int32)
    used = 0
    start[0] = 0
    for o in range(origin.size):
        pred = trees[o]
        grow(row_start, row_head, row_link, cost, origin[o], first_through, dist, pred, heap, place)
        begun = used
        for d in range(origin_first[o], origin_first[o + 1]):
            v = destination[d]
            if used + n > links.size:
                return -1
            while pred[v] >= 0:
                a = row_link[pred[v]]
                links[used] = a
                volume[a] += trips[d]
                used += 1
                v = tail[a]
            start[d + 1] = used
        for e in range(begun, used):
            a = links[e]
            cost[a], slope[a] = link_cost(curve, a, volume[a])
    return used


@njit(cache=True)
def price(
    row_start: Ints,
    row_head: Ints,
    row_link: Ints,
    tail: Ints,
    first_through: int,
    origin: Ints,
    origin_first: Longs,
    destination: Ints,
    trips: Floats,
    cost: Floats,
    trees: Ints,
    first: Longs,
    start: Longs,
    links: Ints,
    new_pair: Ints,
    new_start: Longs,
    new_links: Ints,
) -> tuple[float, int]:
    """Bring the trees of all origins up to date; return the cost of all trips on cheapest routes, and how many routes are new.

    A tree's route is new where it is cheaper than all that the pair has. A negative number says that ``new_links`` is
    too small. ``trees`` (n_origins, n_nodes) holds the trees of before; -2 in front of one says that there is none.
    """
    n = row_start.size - 1
    dist = np.empty(n)
    heap = np.empty(n, dtype=np.int32)
    place = np.empty(n, dtype=np.int32)
    total = 0.0
    count = 0
    used = 0
    new_start[0] = 0
    for o in range(origin.size):
        pred = trees[o]
        if pred[0] == -2:
            grow(row_start, row_head, row_link, cost, origin[o], first_through, dist, pred, heap, place)
        else:
            regrow(
                row_start, row_head, row_link, tail, cost, origin[o], first_through, dist, pred, heap, place
            )
        for d in range(origin_first[o], origin_first[o + 1]):
            least = dist[destination[d]]
            total += least * trips[d]
            known = np.inf
            for p in range(first[d], first[d + 1]):
                c = 0.0
                for e in range(start[p], start[p + 1]):
                    c += cost[links[e]]
                known = min(known, c)
            if least < known * (1.0 - 1e-14) - 1e-15:
                if used + n > new_links.size:
                    return total, -1
                v = destination[d]
                while pred[v] >= 0:
                    a = row_link[pred[v]]
                    new_links[used] = a
                    used += 1
                    v = tail[a]
                new_pair[count] = d
                count += 1
                new_start[count] = used
    return total, count


@njit(cache=True)
def merge(
    first: Longs,
    start: Longs,
    links: Ints,
    flow: Floats,
    new_pair: Ints,
    new_start: Longs,
    new_links: Ints,
    n_new: int,
) -> tuple[Longs, Longs, Ints, Floats]:
    """Return the routes with the new ones among them and the empty ones gone, packed."""
    n_pairs = first.size - 1
    n_routes = n_new
    n_links = new_start[n_new]
    for p in range(flow.size):
        if flow[p] > 0.0:
            n_routes += 1
            n_links += start[p + 1] - start[p]
    out_first = np.empty(n_pairs + 1, dtype=np.int64)
    out_start = np.empty(n_routes + 1, dtype=np.int64)
    out_links = np.empty(n_links, dtype=np.int32)
    out_flow = np.zeros(n_routes)
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
            i += 1
            q += 1
            out_start[q] = used
        out_first[d + 1] = q
    return out_first, out_start, out_links, out_flow


@njit(cache=True)
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
                cost[a], slope[a] = link_cost(curve, a, volume[a])
                left -= cost[a]
        for e in range(start[dear], start[dear + 1]):
            a = links[e]
            if stamp[a] != mark + 1:
                volume[a] = max(volume[a] - move, 0.0)
                left -= cost[a]
                cost[a], slope[a] = link_cost(curve, a, volume[a])
                left += cost[a]
        if left >= -0.5 * gain or move < 0.0:
            break
        # past equality: the secant says how much of the step to take back
        move = move * left / (gain - left)
        gain = left
    return excess


@njit(cache=True)
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

    Returns the number of sweeps and the excess that the last one met.
    """
    stamp = np.zeros(volume.size, dtype=np.int64)
    mark = 1
    excess = 0.0
    for done in range(most):
        excess = 0.0
        for i in range(busy.size):
            d = busy[i]
            best = first[d]
            least = np.inf
            for p in range(first[d], first[d + 1]):
                c = 0.0
                for e in range(start[p], start[p + 1]):
                    c += cost[links[e]]
                if c < least:
                    least = c
                    best = p
            for p in range(first[d], first[d + 1]):
                if p != best and flow[p] > 0.0:
                    excess += shift(curve, start, links, flow, p, best, stamp, mark, volume, cost, slope)
                    mark += 2
        if excess <= target:
            return done + 1, excess
    return most, excess
