"""Equilibrium among kept routes by greedy shifts, one pair after the other, costs updated at once.

Routes of pair ``d`` are ``first[d]:first[d + 1]``; each draws on resources by compressed rows, ``draw`` of
each for a tonne. From every route that is
dearer than the pair's cheapest, flow is shifted to the cheapest by a Newton step over the resources in which the two
differ (the gradient projection of Jayakrishnan et al. 1994 in the greedy order of Xie, Nie and Liu 2018).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from keruen.kernels.delay import cost_slope

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True, error_model="numpy")
def sweep(
    first: Longs,
    start: Longs,
    resource: Ints,
    draw: Floats,
    fixed: Floats,
    flow: Floats,
    kind: Longs,
    parameter: Floats,
    marginal: bool,
    volume: Floats,
    cost: Floats,
    slope: Floats,
    most: int,
    target: float,
) -> tuple[int, float]:
    """Sweep over all pairs up to ``most`` times, until the excess cost met in one sweep is at most ``target``.

    ``flow`` (n_routes,), ``volume``, ``cost`` and ``slope`` (n_resources,) are updated in place. Returns the number
    of sweeps and the excess, ``sum of flow * (cost - cheapest)``, that the last one met.
    """
    stamp = np.zeros(volume.size, dtype=np.int64)
    more_of = np.zeros(volume.size)
    mark = 0
    excess = 0.0
    done = 0
    for _ in range(most):
        done += 1
        excess = 0.0
        for d in range(first.size - 1):
            if first[d + 1] - first[d] < 2:
                continue
            best = -1
            least = np.inf
            for p in range(first[d], first[d + 1]):
                c = fixed[p]
                for e in range(start[p], start[p + 1]):
                    c += draw[e] * cost[resource[e]]
                if c < least:
                    least = c
                    best = p
            for p in range(first[d], first[d + 1]):
                if p == best or flow[p] <= 0.0:
                    continue
                # more_of: what a tonne that shifts takes more of a resource; stamps: mark on the cheapest route, mark + 1
                # on the other only
                mark += 2
                low = fixed[best]
                for e in range(start[best], start[best + 1]):
                    r = resource[e]
                    stamp[r] = mark
                    more_of[r] = draw[e]
                    low += draw[e] * cost[r]
                high = fixed[p]
                steep = 0.0
                for e in range(start[p], start[p + 1]):
                    r = resource[e]
                    high += draw[e] * cost[r]
                    if stamp[r] == mark:
                        more_of[r] -= draw[e]
                    else:
                        stamp[r] = mark + 1
                        more_of[r] = -draw[e]
                        steep += draw[e] * draw[e] * slope[r]
                for e in range(start[best], start[best + 1]):
                    r = resource[e]
                    steep += more_of[r] * more_of[r] * slope[r]
                more = high - low
                if more <= 0.0:
                    continue
                excess += flow[p] * more
                shift = flow[p]
                if steep * flow[p] > more:
                    shift = more / steep
                for _ in range(2):
                    flow[p] -= shift
                    flow[best] += shift
                    left = more
                    for side in range(2):
                        route = p if side else best
                        for e in range(start[route], start[route + 1]):
                            r = resource[e]
                            if stamp[r] != mark + side or more_of[r] == 0.0:
                                continue
                            volume[r] += more_of[r] * shift
                            left += more_of[r] * cost[r]
                            cost[r], slope[r] = cost_slope(
                                kind[r], parameter[r, 0], parameter[r, 1], parameter[r, 2], parameter[r, 3],
                                volume[r], marginal,
                            )  # fmt: skip
                            left -= more_of[r] * cost[r]
                    if left >= -0.5 * more or shift < 0.0:
                        break
                    # past equality: the secant says how much of the step to take back
                    shift = shift * left / (more - left)
                    more = left
        if excess <= target:
            break
    return done, excess
