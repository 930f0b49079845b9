"""Delay functions: the wait at each crossing as a smooth function of tonnes, which `flows` lays on its arcs.

The wait by formula over both sides (:mod:`keruen.crossings.analytic`) is fitted by the one form that the assignment
knows, Sakasegawa's queue, which is finite and strictly increasing at every volume.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from keruen.crossings.analytic import Posts, mean_waits
from keruen.crossings.door import simulate_border
from keruen.crossings.layout import Traffic
from keruen.crossings.performance import Volumes
from keruen.crossings.posts import Border, Side, read_borders
from keruen.crossings.theory import DAY, Array
from keruen.kernels.delay import QUEUE, TANGENT_FROM
from keruen.network.delay import DelayFunction
from keruen.tables.dataset import Dataset

_USES = np.linspace(0.05, TANGENT_FROM, 19)
_SIMULATED_USES = np.array([0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, TANGENT_FROM])
_SERVERS = np.geomspace(1.0, 64.0, 49)


def delay_functions(
    dataset: Dataset, volumes: Volumes | None = None, *, simulated: bool = False, seed: int = 1
) -> list[DelayFunction]:
    """Return one fitted delay function for each crossing, in the order of their identifiers.

    Parameters
    ----------
    dataset
        Tables ``crossing``, ``post``, ``delay_cause``, ``link``, ``node`` and ``mode``.
    volumes
        Tonnes a year by crossing, (forward, backward), where known: they set how much of the throughput empties take.
        Without them both directions are taken to carry the same.
    simulated
        Fit to simulated waits instead of the formula: hundreds of times slower, and right where posts close at night or
        arrivals come in bursts.
    seed
        Of the simulation.

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
    wait = partial(_simulated_waits, seed=seed) if simulated else _formula_waits
    return [fit_delay(border, *known.get(border.crossing_id, (1.0, 1.0)), wait=wait) for border in borders]


def fit_delay(
    border: Border,
    forward: float = 1.0,
    backward: float = 1.0,
    *,
    wait: Callable[[Border, tuple[Side, ...]], tuple[Array, Array]] | None = None,
) -> DelayFunction:
    """Return the delay function of one crossing for a given ratio of the two directions.

    Parameters
    ----------
    border
        The crossing.
    forward, backward
        Tonnes in each direction; only their ratio counts.
    wait
        Gives utilisations and mean waits [h] of the crossing with these sides in the order of passage; None is the
        formula of :func:`keruen.crossings.analytic.mean_waits`.

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
    uses, waits = (wait or _formula_waits)(border, sides)
    always = border.handling_time + border.other_delay
    closes = any(side.hours_per_day < DAY for side in sides)
    servers, spread, night = _fit_queue(uses, waits, always, closes)
    scale = border.weaker.service_time
    return DelayFunction(
        border.crossing_id,
        QUEUE,
        servers=servers,
        service_time_h=scale,
        throughput_t_per_year=border.tonnes_at_throughput(forward, backward),
        factor=spread / scale,
        base_delay_h=always + night,
    )


def _formula_waits(border: Border, sides: tuple[Side, ...]) -> tuple[Array, Array]:
    """Return utilisations and mean waits [h], both (n,)."""
    night, chance = mean_waits(Posts.of(sides), _USES * border.weaker.throughput)
    return _USES, night + chance


def _simulated_waits(border: Border, sides: tuple[Side, ...], *, seed: int) -> tuple[Array, Array]:
    """Return the same from simulation, about forty thousand vehicles each."""
    variant = replace(border, sides=sides)
    waits = []
    for use in _SIMULATED_USES:
        vehicles = float(use) * border.weaker.throughput
        days = int(np.clip(4000.0 / vehicles, 28.0, 365.0))
        traffic = Traffic(vehicles, sides[0].arrival_cv)
        waits.append(
            float(simulate_border(variant, traffic, days=days, seed=seed, replications=10).wait.mean())
        )
    return _SIMULATED_USES, np.array(waits)


def _fit_queue(uses: Array, waits: Array, always: float, closes: bool) -> tuple[float, float, float]:
    """Return servers, spread [h] and constant wait [h] of the queue that is closest to `waits` (n,) at `uses` (n,).

    Only a post that closes makes vehicles wait without any traffic, so only then is there a constant.
    """
    shapes = uses ** (np.sqrt(2.0 * (_SERVERS[:, None] + 1.0)) - 1.0) / (_SERVERS[:, None] * (1.0 - uses))
    weight = 1.0 / (always + waits)
    x, y = shapes * weight, waits * weight
    constant = np.zeros(_SERVERS.size)
    if closes:
        # Normal equations of a line; where its intercept would be negative the line starts at none.
        xx, xw, ww = (x * x).sum(axis=1), x @ weight, float(weight @ weight)
        constant = np.maximum((xx * float(weight @ y) - xw * (x @ y)) / (xx * ww - xw * xw), 0.0)
    rest = y - constant[:, None] * weight
    spread = np.maximum((x * rest).sum(axis=1) / (x * x).sum(axis=1), 0.0)
    best = int(np.argmin(((spread[:, None] * x - rest) ** 2).sum(axis=1)))
    # A queue without any randomness still must not be flat: equilibrium needs a strict increase.
    return float(_SERVERS[best]), max(float(spread[best]), 1e-6), float(constant[best])
