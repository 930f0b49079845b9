"""Delay functions: the wait at each crossing as a smooth function of tonnes, which `flows` lays on its arcs.

The wait by formula over both sides (:mod:`keruen.crossings.analytic`) is fitted by the one form that the assignment
knows, Sakasegawa's queue, which is finite and strictly increasing at every volume.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keruen.crossings.analytic import Posts, mean_waits
from keruen.crossings.performance import Volumes
from keruen.crossings.posts import Border, read_borders
from keruen.kernels.delay import QUEUE, TANGENT_FROM
from keruen.network.delay import DelayFunction
from keruen.tables.dataset import Dataset

Array = NDArray[np.float64]

_GRID = np.linspace(0.05, TANGENT_FROM, 19)
_SERVERS = np.geomspace(1.0, 64.0, 49)
_SHAPES = _GRID ** (np.sqrt(2.0 * (_SERVERS[:, None] + 1.0)) - 1.0) / (_SERVERS[:, None] * (1.0 - _GRID))
"""Waits of queues with these servers at these utilisations, for a spread of one hour; (n_servers, n_grid)."""


def delay_functions(dataset: Dataset, volumes: Volumes | None = None) -> list[DelayFunction]:
    """Return one fitted delay function for each crossing, in the order of their identifiers.

    Parameters
    ----------
    dataset
        Tables ``crossing``, ``post``, ``delay_cause``, ``link``, ``node`` and ``mode``.
    volumes
        Tonnes a year by crossing, (forward, backward), where known: they set how much of the throughput empties take.
        Without them both directions are taken to carry the same.

    Returns
    -------
    list of DelayFunction
        Delay is the wait in the queue, the handling at both sides and every cause that is no queue.

    Raises
    ------
    InputError
        If a crossing has no side, link or mode, or a post cannot serve.

    Notes
    -----
    `servers` and `factor` are those of the single queue that comes closest to the wait over all sides between 5 % and
    95 % of the throughput, in least squares of the relative error of the delay; beyond 95 % the delay goes on along its tangent.
    """
    borders, _ = read_borders(dataset)
    known = volumes or {}
    return [fit_delay(border, *known.get(border.crossing_id, (1.0, 1.0))) for border in borders]


def fit_delay(border: Border, forward: float = 1.0, backward: float = 1.0) -> DelayFunction:
    """Return the delay function of one crossing for a given ratio of the two directions.

    Examples
    --------
    >>> from keruen.crossings.posts import Border, Side
    >>> side = Side("KAZ", "customs", 2, 24.0, 0.5, 1.0, 1.0)
    >>> fitted = fit_delay(Border("toy", "Toy", "road", "A", (side,), 20.0, 0.0, 3.0, "toy"))
    >>> round(fitted(0.0), 9), round(fitted(0.8 * fitted.throughput_t_per_year), 1)
    (3.5, 4.4)
    """
    if forward + backward <= 0.0:
        forward = backward = 1.0
    sides = border.sides if forward >= backward else border.sides[::-1]
    night, chance = mean_waits(Posts.of(sides), np.append(0.0, _GRID) * border.weaker.throughput)
    idle, waits = night[0], (night + chance)[1:] - night[0]
    base = border.handling_time + border.other_delay + float(idle)
    servers, spread = _fit_queue(waits, base)
    scale = border.weaker.service_time
    return DelayFunction(
        border.crossing_id,
        QUEUE,
        servers=servers,
        service_time_h=scale,
        throughput_t_per_year=border.tonnes_at_throughput(forward, backward),
        factor=spread / scale,
        base_delay_h=base,
    )


def _fit_queue(waits: Array, base: float) -> tuple[float, float]:
    """Return servers and spread [h] whose queue is closest to `waits` (n_grid,) over the grid of utilisations."""
    weight = 1.0 / (base + waits)
    weighted = _SHAPES * weight
    spreads = np.maximum(weighted @ (waits * weight) / (weighted**2).sum(axis=1), 0.0)
    errors = ((spreads[:, None] * weighted - waits * weight) ** 2).sum(axis=1)
    best = int(np.argmin(errors))
    # A queue without any randomness still must not be flat: equilibrium needs a strict increase.
    return float(_SERVERS[best]), max(float(spreads[best]), 1e-6)
