"""Logit choice among kept routes, and what a small change of cost does to it.

Routes of pair ``d`` are ``first[d]:first[d + 1]``. A route costs ``fixed`` hours plus the cost of every resource that it
draws on (``start``, ``resource``: compressed rows), times ``draw``, what a tonne takes of it. Its chance is proportional to ``exp(bonus - scale * cost)``.
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
def load(
    first: Longs,
    start: Longs,
    resource: Ints,
    draw: Floats,
    fixed: Floats,
    bonus: Floats,
    scale: Floats,
    demand: Floats,
    cost: Floats,
    route_cost: Floats,
    share: Floats,
    volume: Floats,
) -> float:
    """Fill cost and share of every route and the volume of every resource; return the expected cost of all pairs.

    The expected cost is the sum over pairs of demand times the mean least perceived cost, ``-log(sum(exp)) / scale``
    (Sheffi, Urban Transportation Networks, 1985, section 10.2).
    """
    volume[:] = 0.0
    expected = 0.0
    for d in range(demand.size):
        best = -np.inf
        for p in range(first[d], first[d + 1]):
            c = fixed[p]
            for e in range(start[p], start[p + 1]):
                c += draw[e] * cost[resource[e]]
            route_cost[p] = c
            share[p] = bonus[p] - scale[d] * c
            best = max(best, share[p])
        total = 0.0
        for p in range(first[d], first[d + 1]):
            share[p] = math.exp(share[p] - best)
            total += share[p]
        expected -= demand[d] * (best + math.log(total)) / scale[d]
        for p in range(first[d], first[d + 1]):
            share[p] /= total
            flow = demand[d] * share[p]
            for e in range(start[p], start[p + 1]):
                volume[resource[e]] += draw[e] * flow
    return expected


@njit(cache=True, error_model="numpy")
def sensitivity(
    first: Longs,
    start: Longs,
    resource: Ints,
    draw: Floats,
    scale: Floats,
    demand: Floats,
    share: Floats,
    slot: Longs,
    matrix: Floats,
) -> None:
    """Fill ``matrix`` (n, n) with minus the derivative of each volume with respect to each resource's cost.

    It is the sum over pairs of demand times scale times the covariance of the routes' use of resources, so it is
    symmetric and positive semidefinite. ``slot`` gives each resource its row, -1 to leave it out.
    """
    n = matrix.shape[0]
    matrix[:, :] = 0.0
    mean = np.zeros(n)
    touched = np.empty(n, dtype=np.int64)
    mine = np.empty(slot.size, dtype=np.int64)
    take = np.empty(slot.size)
    for d in range(demand.size):
        weight = demand[d] * scale[d]
        if weight == 0.0:
            continue
        count = 0
        for p in range(first[d], first[d + 1]):
            if share[p] < 1e-14:
                continue
            m = 0
            for e in range(start[p], start[p + 1]):
                if slot[resource[e]] >= 0:
                    mine[m] = slot[resource[e]]
                    take[m] = draw[e]
                    m += 1
            for i in range(m):
                r = mine[i]
                if mean[r] == 0.0:
                    touched[count] = r
                    count += 1
                mean[r] += take[i] * share[p]
                for j in range(m):
                    matrix[r, mine[j]] += weight * share[p] * (take[i] * take[j])
        for i in range(count):
            r = touched[i]
            for j in range(count):
                matrix[r, touched[j]] -= weight * mean[r] * mean[touched[j]]
        for i in range(count):
            mean[touched[i]] = 0.0


@njit(cache=True, error_model="numpy")
def path_sizes(first: Longs, arc_start: Longs, arcs: Ints, weight: Floats, row: Ints, size: Floats) -> None:
    """Fill ``size`` (n_routes,) with the path size of every route among those of its pair.

    ``sum over arcs of (weight / total weight) / number of the pair's routes that use the arc``: 1 for a route that
    shares nothing, 1/n for n copies of one (Ben-Akiva and Bierlaire, Handbook of Transportation Science, 1999).
    ``weight`` (n_rows, n_arcs) is taken at ``row[d]``.
    """
    times = np.zeros(weight.shape[1], dtype=np.int64)
    for d in range(first.size - 1):
        for e in range(arc_start[first[d]], arc_start[first[d + 1]]):
            times[arcs[e]] += 1
        for p in range(first[d], first[d + 1]):
            total = 0.0
            shared = 0.0
            for e in range(arc_start[p], arc_start[p + 1]):
                w = weight[row[d], arcs[e]]
                total += w
                shared += w / times[arcs[e]]
            size[p] = shared / total if total > 0.0 else 1.0
        for e in range(arc_start[first[d]], arc_start[first[d + 1]]):
            times[arcs[e]] = 0


@njit(cache=True, error_model="numpy")
def price_routes(
    first: Longs,
    arc_start: Longs,
    arcs: Ints,
    fixed: Floats,
    row: Ints,
    drawn_start: Longs,
    drawn: Ints,
    drawn_weight: Floats,
    route_fixed: Floats,
    start: Longs,
    resource: Ints,
    draw: Floats,
) -> int:
    """Fill the fixed cost of every route and the resources that it draws on, each once; return their number.

    ``drawn`` (rows ``drawn_start``) are the resources of each arc, ``drawn_weight`` what a tonne takes of each; of two
    in one route the larger counts.
    """
    n = 0
    start[0] = 0
    for d in range(first.size - 1):
        for p in range(first[d], first[d + 1]):
            total = 0.0
            begin = n
            for e in range(arc_start[p], arc_start[p + 1]):
                a = arcs[e]
                total += fixed[row[d], a]
                for i in range(drawn_start[a], drawn_start[a + 1]):
                    new = True
                    for j in range(begin, n):
                        if resource[j] == drawn[i]:
                            draw[j] = max(draw[j], drawn_weight[i])
                            new = False
                            break
                    if new:
                        resource[n] = drawn[i]
                        draw[n] = drawn_weight[i]
                        n += 1
            route_fixed[p] = total
            start[p + 1] = n
    return n


@njit(cache=True, error_model="numpy")
def eliminate(matrix: Floats, right: Floats) -> None:
    """Solve ``matrix @ x = right`` in place by elimination with row pivots; ``right`` becomes ``x``.

    Small systems only; unlike a threaded library its sums have one order on every machine.
    """
    n = right.size
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        if pivot != k:
            for j in range(k, n):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
            right[k], right[pivot] = right[pivot], right[k]
        for i in range(k + 1, n):
            factor = matrix[i, k] / matrix[k, k]
            if factor != 0.0:
                for j in range(k + 1, n):
                    matrix[i, j] -= factor * matrix[k, j]
                right[i] -= factor * right[k]
    for k in range(n - 1, -1, -1):
        total = right[k]
        for j in range(k + 1, n):
            total -= matrix[k, j] * right[j]
        right[k] = total / matrix[k, k]
