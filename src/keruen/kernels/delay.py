"""What it costs to pass a resource (a link, a border post, a berth) that a volume of goods or vehicles shares.

A kind is an integer so that compiled code can choose by it; the meaning of the four parameters depends on it:

====  ========  =======================================  ============================================
kind  name      cost at volume v                         parameters ``(p0, p1, p2, p3)``
====  ========  =======================================  ============================================
0     CONSTANT  ``t0``                                   ``t0, -, -, -``
1     BPR       ``t0 (1 + b (v / c) ** n)``              ``t0, b, c, n``
2     QUEUE     ``t0 + a r ** e / (m (1 - r))``          ``t0, a, throughput, m``; ``r = v / throughput``
3     CAPACITY  ``max(0, mu + k (v - c))``               ``mu, k, c, -``
====  ========  =======================================  ============================================

QUEUE is Sakasegawa's approximation of the mean wait with m servers, ``e = sqrt(2 (m + 1)) - 1``, in the form of Allen
and Cunneen; ``a`` is the service time times ``(ca2 + cs2) / 2``. It is exact for M/M/1. Above ``r = 0.95`` it goes on
along its tangent, so that it is finite, strictly increasing and smooth for every volume.
CAPACITY is the augmented Lagrangian of ``v <= c`` with multiplier ``mu`` and penalty slope ``k``.

Sources: Bureau of Public Roads, Traffic Assignment Manual (1964); Sakasegawa, Ann. Inst. Stat. Math. 29 (1977) 67-75;
Allen, Probability, Statistics and Queueing Theory (1990), section 5.3; Rockafellar, Math. Program. 5 (1973) 354-373.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

CONSTANT = 0
BPR = 1
QUEUE = 2
CAPACITY = 3

TANGENT_FROM = 0.95
"""Utilisation above which the queue's delay goes on along its tangent."""


@njit(cache=True, error_model="numpy")
def _queue(a: float, m: float, r: float) -> tuple[float, float, float]:
    """Wait and its first two derivatives with respect to utilisation ``r``, tangent not applied."""
    e = math.sqrt(2.0 * (m + 1.0)) - 1.0
    if r <= 1e-12:
        return 0.0, (a / m if e <= 1.0 else 0.0), 0.0
    scale, rest = a / m, 1.0 - r
    w = scale * r**e / rest
    d1 = scale * (e * r ** (e - 1.0) / rest + r**e / rest**2)
    d2 = scale * (
        e * (e - 1.0) * r ** (e - 2.0) / rest + 2.0 * e * r ** (e - 1.0) / rest**2 + 2.0 * r**e / rest**3
    )
    return w, d1, d2


@njit(cache=True, error_model="numpy")
def cost_slope(
    kind: int, p0: float, p1: float, p2: float, p3: float, v: float, marginal: bool
) -> tuple[float, float]:
    """Cost of passing at volume ``v`` and its derivative; with ``marginal`` of ``d(v cost)/dv`` instead.

    The multiplier of a capacity is a price already, so ``marginal`` leaves it as it is.
    """
    v = max(v, 0.0)
    if kind == 1:
        if p1 == 0.0 or p0 == 0.0:
            return p0, 0.0
        r = v / p2
        if p3 == 4.0:
            r3 = r * r * r
            grown, slope = p1 * r3 * r, 4.0 * p1 * r3
        elif p3 == 1.0:
            grown, slope = p1 * r, p1
        elif p3 == 0.0:
            grown, slope = p1, 0.0
        elif r == 0.0:
            grown, slope = 0.0, 0.0
        else:
            grown = p1 * r**p3
            slope = p3 * grown / r
        if marginal:
            return p0 * (1.0 + (p3 + 1.0) * grown), p0 * (p3 + 1.0) * slope / p2
        return p0 * (1.0 + grown), p0 * slope / p2
    if kind == 2:
        r = v / p2
        w, d1, d2 = _queue(p1, p3, min(r, TANGENT_FROM))
        if r > TANGENT_FROM:
            w += d1 * (r - TANGENT_FROM)
            d2 = 0.0
        if marginal:
            return p0 + w + r * d1, (2.0 * d1 + r * d2) / p2
        return p0 + w, d1 / p2
    if kind == 3:
        price = p0 + p1 * (v - p2)
        return (price, p1) if price > 0.0 else (0.0, 0.0)
    return p0, 0.0


@njit(cache=True, error_model="numpy")
def integral(kind: int, p0: float, p1: float, p2: float, p3: float, v: float) -> float:
    """Area below the cost from 0 to ``v``."""
    v = max(v, 0.0)
    if kind == 1:
        return p0 * v * (1.0 + p1 * (v / p2) ** p3 / (p3 + 1.0)) if p1 != 0.0 else p0 * v
    if kind == 2:
        r = v / p2
        x = min(r, TANGENT_FROM)
        e = math.sqrt(2.0 * (p3 + 1.0)) - 1.0
        # ∫ r^e / (1 - r) dr = Σ x^(e + 1 + j) / (e + 1 + j), a geometric tail
        area, power, j = 0.0, x ** (e + 1.0), 0
        while power > 1e-17 and j < 2000:
            area += power / (e + 1.0 + j)
            power *= x
            j += 1
        area *= p1 / p3
        if r > TANGENT_FROM:
            w, d1, _ = _queue(p1, p3, TANGENT_FROM)
            over = r - TANGENT_FROM
            area += over * w + 0.5 * over * over * d1
        return p0 * v + area * p2
    if kind == 3:
        if p1 == 0.0:
            return p0 * v
        low, high = max(p0 - p1 * p2, 0.0), max(p0 + p1 * (v - p2), 0.0)
        return (high * high - low * low) / (2.0 * p1)
    return p0 * v


@njit(cache=True, error_model="numpy")
def costs_slopes(
    kind: NDArray[np.int64],
    parameter: NDArray[np.float64],
    volume: NDArray[np.float64],
    marginal: bool,
    cost: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> None:
    """Fill ``cost`` and ``slope``, both (n,), from ``parameter`` (n, 4) and ``volume`` (n,)."""
    for r in range(kind.size):
        cost[r], slope[r] = cost_slope(
            kind[r], parameter[r, 0], parameter[r, 1], parameter[r, 2], parameter[r, 3], volume[r], marginal
        )


@njit(cache=True, error_model="numpy")
def beckmann(kind: NDArray[np.int64], parameter: NDArray[np.float64], volume: NDArray[np.float64]) -> float:
    """Sum of the areas below the cost functions (Beckmann, McGuire and Winsten 1956, section 3.1).

    A capacity adds nothing at a feasible volume and is left out.
    """
    total = 0.0
    for r in range(kind.size):
        if kind[r] == CAPACITY:
            continue
        total += integral(
            kind[r], parameter[r, 0], parameter[r, 1], parameter[r, 2], parameter[r, 3], volume[r]
        )
    return total
