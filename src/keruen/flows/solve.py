"""Volumes and waits at which choices and congestion agree, on the kept routes of a freight network.

Logit: Newton's method on the volumes of the shared resources, whose direction always descends on the function of Sheffi
and Powell (Networks 12, 1982), so the only stationary point is the equilibrium. Deterministic: greedy shifts between
routes. Capacities in both: the method of multipliers, so a full link gets the wait that keeps its queue from growing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.flows.routes import Freight, Routes, add_up
from keruen.kernels import choice, delay
from keruen.kernels.sweep import sweep

Floats = NDArray[np.float64]

TIGHT = 1e-9
"""Relative overload of a capacity that is let pass; the capacity aimed at is lower by as much."""


@dataclass(slots=True)
class Solution:
    """Where a solve stands.

    Parameters
    ----------
    flow
        (n_routes,) t/year.
    volume, cost
        (n_resources,) t/year, and hours that passing takes.
    multiplier
        (n_resources,) queueing hours at full capacities, 0 elsewhere.
    route_cost
        (n_routes,) hours.
    steps
        Newton steps or sweeps done.
    overload
        Largest relative overload of a capacity.
    """

    flow: Floats
    volume: Floats
    cost: Floats
    multiplier: Floats
    route_cost: Floats
    steps: int
    overload: float


def _penalty(freight: Freight, stiffness: float) -> Floats:
    """Return the resources' parameters with a penalty slope that a one per cent overload feels as a high cost."""
    parameter = freight.parameter.copy()
    limited = freight.kind == delay.CAPACITY
    spread = float(np.mean(1.0 / freight.scale)) if freight.scale.size else 1.0
    parameter[limited, 1] = stiffness * spread / parameter[limited, 2]
    return parameter


def _overload(freight: Freight, volume: Floats) -> float:
    limited = freight.kind == delay.CAPACITY
    capacity = freight.parameter[limited, 2]
    return float(np.max((volume[limited] - capacity) / capacity, initial=0.0))


def _newton(matrix: Floats, slope: Floats, residual: Floats) -> Floats:
    """Return the solution of ``(1 + matrix * slope) step = residual``; flat resources need no elimination."""
    steep = np.flatnonzero(slope > 0.0)
    part = residual[steep].copy()
    system = np.eye(steep.size) + matrix[np.ix_(steep, steep)] * slope[steep]
    choice.eliminate(system, part)
    step: Floats = residual - (matrix[:, steep] * (slope[steep] * part)).sum(axis=1)
    step[steep] = part
    return step


def logit(freight: Freight, routes: Routes, volume: Floats, multiplier: Floats, tolerance: float) -> Solution:
    """Return the logit equilibrium on the kept routes.

    Parameters
    ----------
    freight, routes
        The network made ready, and the routes to choose from.
    volume, multiplier
        (n_resources,) where to start.
    tolerance
        Relative residual of the volumes.
    """
    kind, n = freight.kind, freight.kind.size
    parameter = _penalty(freight, 1e3)
    limited = kind == delay.CAPACITY
    x, slope, loaded = np.zeros(n), np.zeros(n), np.zeros(n)
    share, route_cost = np.zeros(routes.fixed.size), np.zeros(routes.fixed.size)
    matrix = np.zeros((n, n))
    size = max(float(freight.demand.sum()), 1e-300)
    steps = 0

    def evaluate(at: Floats) -> float:
        delay.costs_slopes(kind, parameter, at, False, x, slope)
        expected: float = choice.load(
            routes.first, routes.start, routes.resource, routes.fixed, routes.bonus, freight.scale, freight.demand,
            x, route_cost, share, loaded,
        )  # fmt: skip
        return expected

    volume = volume.copy()
    for _ in range(60):
        parameter[limited, 0] = multiplier[limited]
        expected = evaluate(volume)
        residual = loaded - volume
        norm = float(np.abs(residual).sum())
        for _ in range(100):
            if norm <= 1e-3 * tolerance * size:
                break
            choice.sensitivity(
                routes.first, routes.start, routes.resource, freight.scale, freight.demand, share, matrix
            )
            value = delay.potential(kind, parameter, volume, x) - expected
            step = _newton(matrix, slope, residual)
            descent = float(-(slope * residual) @ step)
            length = 1.0
            start = volume
            steps += 1
            while True:
                volume = np.maximum(start + length * step, 0.0)
                expected = evaluate(volume)
                residual = loaded - volume
                new = float(np.abs(residual).sum())
                if new <= (1.0 - 0.1 * length) * norm or length < 1e-9:
                    break
                if (
                    delay.potential(kind, parameter, volume, x) - expected
                    <= value + 1e-4 * length * descent
                    < value
                ):
                    break
                length *= 0.5
            stuck = length < 1e-9
            norm = new
            if stuck:
                break
        volume = loaded.copy()
        overload = _overload(freight, volume)
        moved = np.where(
            limited, np.maximum(multiplier + parameter[:, 1] * (volume - parameter[:, 2]), 0.0), 0.0
        )
        slack = np.where(moved > 0.0, np.abs(volume - parameter[:, 2]) / parameter[:, 2], 0.0)[limited]
        multiplier = moved
        if max(overload, float(slack.max(initial=0.0))) <= TIGHT:
            break
    flow = share * np.repeat(freight.demand, np.diff(routes.first))
    return Solution(flow, volume, x.copy(), multiplier, route_cost, steps, _overload(freight, volume))


def deterministic(
    freight: Freight,
    routes: Routes,
    flow: Floats,
    multiplier: Floats,
    tolerance: float,
    marginal: bool,
) -> Solution:
    """Return the deterministic equilibrium on the kept routes, or with ``marginal`` the system optimum.

    Parameters
    ----------
    freight, routes
        The network made ready, and the routes to choose from.
    flow
        (n_routes,) where to start; it carries the demand of every pair.
    multiplier
        (n_resources,) where to start.
    tolerance
        Excess cost over total cost.
    marginal
        Whether each shipper pays for the hours that he costs the others.
    """
    kind, n = freight.kind, freight.kind.size
    limited = kind == delay.CAPACITY
    parameter = _penalty(freight, 30.0)
    flow = flow.copy()
    owner = np.repeat(np.arange(routes.fixed.size), np.diff(routes.start))
    x, slope = np.zeros(n), np.zeros(n)
    steps = 0
    volume = np.zeros(n)
    before = np.inf
    for _ in range(200):
        parameter[limited, 0] = multiplier[limited]
        volume = add_up(routes.resource, flow[owner], n)
        delay.costs_slopes(kind, parameter, volume, marginal, x, slope)
        route_cost = routes.fixed + add_up(owner, x[routes.resource], routes.fixed.size)
        total = float(flow @ route_cost)
        done, _ = sweep(
            routes.first, routes.start, routes.resource, routes.fixed, flow, kind, parameter, marginal,
            volume, x, slope, 200, 0.1 * tolerance * total,
        )  # fmt: skip
        steps += done
        volume = add_up(routes.resource, flow[owner], n)
        overload = _overload(freight, volume)
        moved = np.where(
            limited, np.maximum(multiplier + parameter[:, 1] * (volume - parameter[:, 2]), 0.0), 0.0
        )
        slack = np.where(moved > 0.0, np.abs(volume - parameter[:, 2]) / parameter[:, 2], 0.0)[limited]
        multiplier = moved
        worst = max(overload, float(slack.max(initial=0.0)))
        if worst <= TIGHT:
            break
        if worst > 0.5 * before:
            parameter[limited, 1] *= 3.0
        before = worst
    delay.costs_slopes(kind, parameter, volume, marginal, x, slope)
    route_cost = routes.fixed + add_up(owner, x[routes.resource], routes.fixed.size)
    return Solution(flow, volume, x.copy(), multiplier, route_cost, steps, _overload(freight, volume))
