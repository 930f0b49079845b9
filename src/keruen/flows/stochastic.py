"""Logit equilibrium on a road network: drivers who see costs with an error of their own, congestion counted.

Receives a :class:`keruen.formats.road.Road` and the scale of the logit; hands on the same certified flows as the
deterministic :func:`keruen.flows.equilibrium`, but no list of routes: there are too many to list.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from keruen.flows.road import Equilibrium, RoadNet, check
from keruen.formats.road import Road
from keruen.kernels import dial, trees

Floats = NDArray[np.float64]

STEPS = 2000
"""Loadings after which a solve gives up."""
MEMORY = 8
"""Earlier steps that a step is extrapolated from."""


def stochastic(
    road: Road,
    scale: float,
    *,
    gap: float = 1e-6,
    progress: Callable[[int, float], None] | None = None,
) -> Equilibrium:
    """Return the logit stochastic user equilibrium of a road network.

    Parameters
    ----------
    road
        Links with BPR costs, and trips between pairs of nodes.
    scale
        Logit scale per unit of cost: routes that differ by ``1 / scale`` are used e to 1.
    gap
        Largest sum of differences between the flows and what the choice model loads at their costs, over the sum of flows.
    progress
        Called with the loading and its gap.

    Returns
    -------
    Equilibrium
        Considered are all routes that only lead away from their origin in the order of uncongested cost (Dial 1971). Its
        ``beckmann`` is the objective of Fisk (1980); the average excess cost is not defined and NaN; routes are not listed.

    Raises
    ------
    InputError
        If a cost, capacity or trip is negative or not a number, or an end is no node.
    ValueError
        If ``scale`` or ``gap`` is not above 0.

    References
    ----------
    Fisk, Transportation Research B 14 (1980) 243-255; Dial, Transportation Research 5 (1971) 83-111; steps are
    extrapolated after Walker and Ni, SIAM J. Numer. Anal. 49 (2011) 1715-1735.

    Examples
    --------
    Two roads, always 1 and 2 hours: at scale 1 the shorter is taken e to 1.

    >>> import numpy as np
    >>> two = Road(("a", "b"), np.array([0, 0], np.int32), np.array([1, 1], np.int32), capacity=np.ones(2),
    ...            free_time=np.array([1.0, 2.0]), b=np.zeros(2), power=np.ones(2), fixed=np.zeros(2), first_through=0,
    ...            origin=np.array([0], np.int32), destination=np.array([1], np.int32), trips=np.ones(1))
    >>> stochastic(two, 1.0).volume.round(4).tolist()
    [0.7311, 0.2689]
    """
    for name, value in (("scale", scale), ("gap", gap)):
        if not 0.0 < value < np.inf:
            raise ValueError(f"{name} {value} must be above 0")
    check(road)
    net = RoadNet.of(road, marginal=False)
    empty, slope = net.costs(np.zeros(net.order.size))
    roots, which = np.unique(road.origin, return_inverse=True)
    dist = np.empty((roots.size, len(road.node_ids)))
    start, tail, head, first_through = net.rows
    trees.forest(
        start, head, tail, np.arange(head.size, dtype=np.int32), empty[None, :], roots.astype(np.int32),
        np.zeros(roots.size, np.int32), first_through, dist, np.empty(dist.shape, np.int32),
    )  # fmt: skip
    joined = np.isfinite(dist[which, road.destination])
    moving = (road.trips > 0.0) & (road.origin != road.destination)
    pairs = np.lexsort((road.destination, road.origin))
    findings = net.unjoined(pairs[moving[pairs] & ~joined[pairs]])
    pairs = pairs[(moving & joined)[pairs]]
    origin, where = np.unique(road.origin[pairs], return_index=True)
    rank = np.argsort(dist[np.isin(roots, origin)], axis=1, kind="stable").astype(np.int32)
    trips = road.trips[pairs].astype(np.float64)
    arguments = (
        *net.rows, origin.astype(np.int32), np.append(where, pairs.size), road.destination[pairs].astype(np.int32), trips,
        rank, float(scale),
    )  # fmt: skip

    def load(volume: Floats) -> tuple[Floats, Floats, Floats, float]:
        cost, slope = net.costs(np.maximum(volume, 0.0))
        loaded = np.zeros(volume.size)
        return loaded, cost, slope, dial.spread(*arguments, cost, loaded)

    volume = load(np.zeros(head.size))[0]
    loaded, cost, slope, expected = load(volume)
    step, best, best_step, stall, reached, damping = 0, np.inf, 0, "", 0.0, 1.0
    # points and residuals that a step is extrapolated from, and the weights by which residuals are measured
    volumes: list[Floats] = []
    residuals: list[Floats] = []
    weight = np.zeros(head.size)
    while pairs.size:
        step += 1
        residual = loaded - volume
        reached = float(np.abs(residual).sum() / volume.sum())
        if progress is not None and step % 20 == 1:
            progress(step, reached)
        if reached <= gap and volume.min() >= 0.0:
            break
        if reached < 0.9 * best:
            best, best_step = reached, step
        if step >= STEPS or step - best_step > STEPS // 4:
            stall = f"the gap has stood near {best:.1e} since loading {best_step} of {step}"
            break
        if reached <= gap:
            volume, volumes, residuals = loaded, [], []
        elif residuals and weight @ residual**2 >= weight @ residuals[-1] ** 2:
            # too far: from the last point go along its residual, in which the weighted residual falls if the step is short
            damping *= 0.25
            volumes, residuals = volumes[-1:], residuals[-1:]
            volume = volumes[0] + damping * residuals[0]
        else:
            damping = min(2.0 * damping, 1.0)
            volumes, residuals = [*volumes[-MEMORY:], volume], [*residuals[-MEMORY:], residual]
            weight = slope + 1e-12 * slope.max()
            volume = _extrapolated(volumes, residuals, damping)
        loaded, cost, slope, expected = load(volume)
    routes = np.zeros(pairs.size + 1, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0)
    entropy = expected - float(volume @ np.where(volume > 0.0, cost, 0.0))
    return net.result(
        "logit", volume, reached, float("nan"), step, stall, findings, pairs, entropy, routes, origin.astype(np.int32),
        np.zeros((origin.size, 0), np.int32),
    )  # fmt: skip


def _extrapolated(volumes: list[Floats], residuals: list[Floats], damping: float) -> Floats:
    """Return the next volumes: the affine mix of earlier ones whose residual is least, moved on by that residual."""
    volume, residual = volumes[-1], residuals[-1]
    if len(volumes) > 1:
        changes = np.stack([b - a for a, b in pairwise(residuals)], axis=1)
        moves = np.stack([b - a for a, b in pairwise(volumes)], axis=1)
        square = changes.T @ changes
        square[np.diag_indices(len(square))] *= 1.0 + 1e-10
        weight = np.linalg.lstsq(square, changes.T @ residual, rcond=None)[0]
        volume, residual = volume - moves @ weight, residual - changes @ weight
    mixed: Floats = volume + damping * residual
    return mixed
