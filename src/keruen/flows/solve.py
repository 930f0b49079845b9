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


def logit(freight: Freight, routes: Routes, cost: Floats, tolerance: float) -> Solution:
    """Return the logit equilibrium on the kept routes.

    The unknowns are the hours ``x`` that each resource takes. The dual function, expected cost of all pairs less the
    conjugates of the supply functions, is concave with gradient ``V(x) - v(x)``: what would be loaded less what
    makes passing cost ``x`` (for a capacity, its limit, and ``x >= 0``). Damped Newton steps climb it; a step is
    taken when the slope along it has not turned much further down than it was up, so no values need be compared.

    Parameters
    ----------
    freight, routes
        The network made ready, and the routes to choose from.
    cost
        (n_resources,) hours to start from.
    tolerance
        Relative residual of the volumes.
    """
    kind, parameter, n = freight.kind, freight.parameter, freight.kind.size
    lowest, slope, loaded, supply = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    delay.costs_slopes(kind, parameter, np.zeros(n), False, lowest, slope)
    share, route_cost = np.zeros(routes.fixed.size), np.zeros(routes.fixed.size)
    matrix, waste = np.zeros((n, n)), np.zeros(n)
    limited, free = kind == delay.CAPACITY, kind != delay.CONSTANT

    def gradient(at: Floats) -> Floats:
        choice.load(
            routes.first, routes.start, routes.resource, routes.fixed, routes.bonus, freight.scale, freight.demand,
            at, route_cost, share, loaded,
        )  # fmt: skip
        delay.inverses(kind, parameter, at, supply)
        return loaded - supply

    x = np.maximum(cost, lowest)
    up = gradient(x)
    size = np.maximum(parameter[:, 2], 1e-300)
    spread = float(np.mean(1.0 / freight.scale)) if freight.scale.size else 1.0
    damping, steps = 1e-6, 0
    while steps < STEPS:
        open_ = free & ((x > lowest) | (up > 0.0))
        if float(np.max(np.abs(up[open_]) / size[open_], initial=0.0)) <= tolerance:
            break
        steps += 1
        choice.sensitivity(
            routes.first, routes.start, routes.resource, freight.scale, freight.demand, share, matrix
        )
        # an empty resource has no slope: look at it as loaded
        delay.costs_slopes(kind, parameter, np.maximum(supply, loaded), False, waste, slope)
        bend = np.where(limited, 0.0, 1.0 / np.maximum(slope, 1e-300))
        moving = np.flatnonzero(open_)
        while True:
            step = up[moving].copy()
            system = matrix[np.ix_(moving, moving)].copy()
            system[np.diag_indices(moving.size)] += bend[moving] + (damping + 1e-13) * size[moving] / spread
            choice.eliminate(system, step)
            step *= min(1.0, STRIDE * spread / max(float(np.max(np.abs(step), initial=0.0)), 1e-300))
            trial = x.copy()
            trial[moving] = np.maximum(x[moving] + step, lowest[moving])
            move = trial - x
            before = float(up @ move)
            new = gradient(trial)
            after = float(new @ move)
            if before > 0.0 and after >= -0.9 * before:
                damping = damping * 0.1 if after > -0.5 * before else damping
                x, up = trial, new
                break
            if damping > 1e12:
                x, up = trial, new
                break
            damping = max(5.0 * damping, 1e-9)
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
