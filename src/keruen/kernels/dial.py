"""Logit loading of a road network without a list of routes: flow splits from link to link (Dial 1971).

Only links that lead away from the origin carry flow: those whose head comes later than their tail in the order of distance. Among the
routes made of them, a route's share is proportional to ``exp(-scale * cost)``.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True, error_model="numpy")
def spread(
    row: Ints,
    tail: Ints,
    head: Ints,
    first_through: int,
    origin: Ints,
    origin_first: Longs,
    destination: Ints,
    trips: Floats,
    rank: Ints,
    scale: float,
    cost: Floats,
    volume: Floats,
) -> float:
    """Fill ``volume`` (n_links,) with the loading at ``cost``; return the sum of trips times mean least perceived cost.

    Links are sorted by tail, ``row[v]:row[v + 1]`` leave ``v``. ``rank`` (n_origins, n_nodes) holds the nodes in the order of
    their distance from the origin; a link leads away where its head comes later. Pairs are sorted by origin.

    Weights are kept as logarithms relative to the best one, so that no sum under- or overflows.

    References
    ----------
    Dial, A probabilistic multipath traffic assignment model which obviates path enumeration, Transportation Research 5
    (1971) 83-111; Sheffi, Urban Transportation Networks (1985), section 11.1.
    """
    n = row.size - 1
    best = np.empty(n)
    weight = np.empty(n)
    through = np.empty(n)
    place = np.empty(n, dtype=np.int32)
    volume[:] = 0.0
    expected = 0.0
    for o in range(origin.size):
        root = origin[o]
        for i in range(n):
            v = rank[o, i]
            place[v] = i
            best[v] = np.inf
            weight[v] = 0.0
            through[v] = 0.0
        best[root] = 0.0
        weight[root] = 1.0
        # weight[v] * exp(-scale * best[v]) is the sum over routes to v
        for i in range(n):
            v = rank[o, i]
            if weight[v] == 0.0 or (v < first_through and v != root):
                continue
            for e in range(row[v], row[v + 1]):
                w = head[e]
                if place[w] <= i or cost[e] == np.inf:
                    continue
                c = best[v] + cost[e]
                if c < best[w]:
                    weight[w] = weight[w] * math.exp(-scale * (best[w] - c)) if weight[w] > 0.0 else 0.0
                    best[w] = c
                weight[w] += weight[v] * math.exp(-scale * (c - best[w]))
        for d in range(origin_first[o], origin_first[o + 1]):
            w = destination[d]
            through[w] += trips[d]
            expected += trips[d] * (best[w] - math.log(weight[w]) / scale)
        for i in range(n - 1, -1, -1):
            v = rank[o, i]
            if weight[v] == 0.0 or (v < first_through and v != root):
                continue
            for e in range(row[v], row[v + 1]):
                w = head[e]
                if through[w] == 0.0 or place[w] <= i or cost[e] == np.inf:
                    continue
                part = weight[v] * math.exp(-scale * (best[v] + cost[e] - best[w])) / weight[w]
                flow = through[w] * part
                volume[e] += flow
                through[v] += flow
    return expected
