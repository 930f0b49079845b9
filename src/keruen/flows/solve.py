"""Volumes and waits at which choices and congestion agree, on the kept routes of a freight network.

Logit: Newton's method on the waits at the shared resources, which climbs the concave dual of the entropy programme
(Fisk, Transportation Research B 14, 1980; Bell, B 29, 1995 for capacities), so its only summit is the equilibrium.
Deterministic: greedy shifts between routes, capacities by the method of multipliers. In both a full link gets the wait
that keeps its queue from growing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.flows.routes import Freight, Routes, add_up
from keruen.kernels import choice, delay
from keruen.kernels.sweep import sweep

Floats = NDArray[np.float64]

STEPS = 500
"""Newton steps after which a solve gives up."""
STRIDE = 20.0
"""Longest step of a wait, in units of the logit's spread: beyond it shares are flat and Newton's model is blind."""
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


def logit(freight: Freight, routes: Routes, start: Solution, tolerance: float) -> Solution:
    """Return the logit equilibrium on the kept routes.

    The unknowns are the volume ``v`` of each resource with a supply function, whose wait is then ``x = t(v)``, and the
    wait ``x >= 0`` at each capacity. The dual function, expected cost of all pairs less the conjugates of the supply
    functions, is concave in ``x`` with gradient ``V(x) - v`` (for a capacity, ``V(x) - c``): what would be loaded less
    what is supplied. Newton steps, damped where the model of them fails, climb it; a step is taken when the slope
    along it has not turned further down than half of what it was up, so no values need be compared.

    Parameters
    ----------
    freight, routes
        The network made ready, and the routes to choose from.
    start
        Volumes and waits to start from.
    tolerance
        Relative residual of the volumes.
    """
    kind, parameter, n = freight.kind, freight.parameter, freight.kind.size
    limited = kind == delay.CAPACITY
    size = np.where(limited | (kind != delay.CONSTANT), parameter[:, 2], np.inf)
    spread = float(np.mean(1.0 / freight.scale)) if freight.scale.size else 1.0
    n_routes = routes.fixed.size
    share, route_cost, loaded = np.zeros(n_routes), np.zeros(n_routes), np.zeros(n)

    def supplied(unknown: Floats) -> tuple[Floats, Floats]:
        cost, slope = np.zeros(n), np.zeros(n)
        delay.costs_slopes(kind, parameter, unknown, False, cost, slope)
        return np.where(limited, unknown, cost), np.where(limited, 1.0, slope)

    def gradient(cost: Floats, unknown: Floats) -> Floats:
        choice.load(
            routes.first, routes.start, routes.resource, routes.weight, routes.fixed, routes.bonus, freight.scale,
            freight.demand,
            cost, route_cost, share, loaded,
        )  # fmt: skip
        up: Floats = loaded - np.where(limited, parameter[:, 2], unknown)
        return up

    unknown = np.where(limited, start.multiplier, start.volume)
    x, slope = supplied(unknown)
    up = gradient(x, unknown)
    damping, steps = 0.0, 0
    slot = np.full(n, -1, dtype=np.int64)
    while steps < STEPS:
        moving = np.flatnonzero((unknown > 0.0) | (up > 0.0))
        if float(np.max(np.abs(up[moving]) / size[moving], initial=0.0)) <= tolerance:
            break
        steps += 1
        slot[:] = -1
        slot[moving] = np.arange(moving.size)
        matrix = np.zeros((moving.size, moving.size))
        choice.sensitivity(
            routes.first,
            routes.start,
            routes.resource,
            routes.weight,
            freight.scale,
            freight.demand,
            share,
            slot,
            matrix,
        )
        matrix *= slope[moving]
        while True:
            hold = slope[moving] * np.where(np.isfinite(size[moving]), size[moving], 0.0) / spread
            step = up[moving].copy()
            system = matrix.copy()
            system[np.diag_indices(moving.size)] += (
                np.where(limited[moving], 1e-13 * hold, 1.0) + damping * hold
            )
            choice.eliminate(system, step)
            caps = limited[moving]
            step[caps] = np.clip(step[caps], -STRIDE * spread, STRIDE * spread)
            trial = unknown.copy()
            trial[moving] = np.maximum(unknown[moving] + step, 0.0)
            cost, steepness = supplied(trial)
            move = cost - x
            before = float(up @ move)
            new = gradient(cost, trial)
            after = float(new @ move)
            if (before > 0.0 and after >= -0.5 * before) or damping > 1e12:
                if after > -0.25 * before:
                    damping = damping * 0.1 if damping > 1e-9 else 0.0
                unknown, x, slope, up = trial, cost, steepness, new
                break
            damping = max(5.0 * damping, 1e-6)
    flow = share * np.repeat(freight.demand, np.diff(routes.first))
    return Solution(
        flow, loaded.copy(), x, np.where(limited, x, 0.0), route_cost, steps, _overload(freight, loaded)
    )


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
        volume = add_up(routes.resource, routes.weight * flow[owner], n)
        delay.costs_slopes(kind, parameter, volume, marginal, x, slope)
        route_cost = routes.fixed + add_up(owner, routes.weight * x[routes.resource], routes.fixed.size)
        total = float(flow @ route_cost)
        done, _ = sweep(
            routes.first, routes.start, routes.resource, routes.weight, routes.fixed, flow, kind, parameter, marginal,
            volume, x, slope, 200, 0.1 * tolerance * total,
        )  # fmt: skip
        steps += done
        volume = add_up(routes.resource, routes.weight * flow[owner], n)
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
    route_cost = routes.fixed + add_up(owner, routes.weight * x[routes.resource], routes.fixed.size)
    return Solution(flow, volume, x.copy(), multiplier, route_cost, steps, _overload(freight, volume))
