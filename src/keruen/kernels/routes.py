"""Which routes a shipper considers: the cheapest route through each arc, alike ones left out.

The cheapest route from origin to destination *through* an arc joins a forward and a backward tree (single-via routes:
Abraham, Delling, Goldberg and Werneck, ACM J. Exp. Algorithmics 18, 2013). Taken in order of cost, they give
alternatives by mode, crossing and line, and the same ones whatever was computed before.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@njit(cache=True, error_model="numpy")
def trace(pred: Ints, entry_arc: Ints, tail: Ints, vertex: int, out: Ints) -> int:
    """Write the arcs from a tree's root to ``vertex`` into ``out``, last one first; return how many."""
    n = 0
    e = pred[vertex]
    while e >= 0:
        a = entry_arc[e]
        out[n] = a
        n += 1
        e = pred[tail[a]]
    return n


@njit(cache=True, error_model="numpy")
def via_routes(
    tail: Ints,
    head: Ints,
    place: Ints,
    cost: Floats,
    row: Ints,
    source: Ints,
    sink: Ints,
    forward_tree: Ints,
    forward_dist: Floats,
    forward_pred: Ints,
    forward_arc: Ints,
    backward_tree: Ints,
    backward_dist: Floats,
    backward_pred: Ints,
    backward_arc: Ints,
    slack: Floats,
    most: int,
    alike: float,
    route_pair: Ints,
    route_start: NDArray[np.int64],
    route_arcs: Ints,
) -> tuple[int, int]:
    """Choose up to ``most`` routes for each pair; return the number of routes and of arc entries.

    ``cost`` (n_rows, n_arcs); pair ``d`` uses ``row[d]`` of it, tree ``forward_tree[d]`` from its source and
    ``backward_tree[d]`` to its sink. A route is admitted if it costs at most ``slack[d]`` more than the cheapest,
    visits no place (``place`` of its vertices, (n_vertices,)) twice, and shares at most ``alike`` of its cost with
    any route admitted before. Routes are sought through arcs between places alone. Routes go to ``route_pair``, ``route_start`` and ``route_arcs``; a negative number
    of routes says that these are too small.
    """
    n_arcs = tail.size
    n_vertices = place.size
    through = np.empty(n_arcs)
    arcs = np.empty(n_arcs, dtype=np.int32)
    one = np.empty(n_vertices + 1, dtype=np.int32)
    two = np.empty(n_vertices + 1, dtype=np.int32)
    seen = np.zeros(n_vertices, dtype=np.int64)
    used = np.zeros((most, n_arcs), dtype=np.bool_)
    covered = np.zeros(n_arcs, dtype=np.bool_)
    stamp = 0
    n_routes = 0
    n_entries = 0
    route_start[0] = 0
    for d in range(row.size):
        costs = cost[row[d]]
        ahead = forward_dist[forward_tree[d]]
        behind = backward_dist[backward_tree[d]]
        ahead_pred = forward_pred[forward_tree[d]]
        back_pred = backward_pred[backward_tree[d]]
        least = ahead[sink[d]]
        if not np.isfinite(least):
            continue
        limit = (least + slack[d]) * (1.0 + 1e-12)
        candidates = 0
        for a in range(n_arcs):
            covered[a] = False
            if place[tail[a]] == place[head[a]]:
                continue
            c = ahead[tail[a]] + costs[a] + behind[head[a]]
            if not c <= limit:
                continue
            # there and back again: the route would visit a place twice, and most candidates are of this sort
            e = back_pred[head[a]]
            if e >= 0 and place[head[backward_arc[e]]] == place[tail[a]]:
                continue
            e = ahead_pred[tail[a]]
            if e >= 0 and place[tail[forward_arc[e]]] == place[head[a]]:
                continue
            through[candidates] = c
            arcs[candidates] = a
            candidates += 1
        admitted = 0
        while admitted < most:
            # the cheapest candidate left; of equals, the first arc
            cheapest = np.inf
            o = -1
            for i in range(candidates):
                if through[i] < cheapest and not covered[arcs[i]]:
                    cheapest = through[i]
                    o = i
            if o < 0:
                break
            through[o] = np.inf
            a = arcs[o]
            n1 = trace(ahead_pred, forward_arc, tail, tail[a], one)
            n2 = trace(back_pred, backward_arc, head, head[a], two)
            stamp += 1
            total = n1 + 1 + n2
            if n_routes + 1 >= route_start.size or n_entries + total > route_arcs.size:
                return -1, 0
            for i in range(n1):
                route_arcs[n_entries + i] = one[n1 - 1 - i]
            route_arcs[n_entries + n1] = a
            for i in range(n2):
                route_arcs[n_entries + n1 + 1 + i] = two[i]
            fine = True
            here = place[source[d]]
            seen[here] = stamp
            for i in range(total):
                there = place[head[route_arcs[n_entries + i]]]
                if there != here:
                    if seen[there] == stamp:
                        fine = False
                        break
                    seen[there] = stamp
                    here = there
            if not fine and admitted > 0:
                continue
            whole = 0.0
            for i in range(total):
                whole += costs[route_arcs[n_entries + i]]
            for k in range(admitted):
                common = 0.0
                n_common = 0
                for i in range(total):
                    if used[k, route_arcs[n_entries + i]]:
                        common += costs[route_arcs[n_entries + i]]
                        n_common += 1
                if common > alike * whole or n_common == total:
                    fine = False
                    break
            for i in range(total):
                covered[route_arcs[n_entries + i]] = True
            if not fine and admitted > 0:
                continue
            for i in range(n_arcs):
                used[admitted, i] = False
            for i in range(total):
                used[admitted, route_arcs[n_entries + i]] = True
            admitted += 1
            route_pair[n_routes] = d
            n_entries += total
            n_routes += 1
            route_start[n_routes] = n_entries
    return n_routes, n_entries
