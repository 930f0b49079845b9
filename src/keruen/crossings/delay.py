"""Delay functions: the wait at each crossing as a smooth function of tonnes, which `flows` lays on its arcs.

The wait by formula over both sides or all stations (:mod:`keruen.crossings.tandem`) is fitted by the one form that the assignment
knows, Sakasegawa's queue, which is finite and strictly increasing at every volume.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from keruen.crossings.analytic import quota_delay
from keruen.crossings.performance import Volumes
from keruen.crossings.posts import Border, read_borders
from keruen.crossings.staged import simulate_border, traffic_of
from keruen.crossings.tandem import border_waits
from keruen.crossings.theory import DAY, Array
from keruen.kernels.delay import QUEUE, TANGENT_FROM
from keruen.network.delay import DelayFunction
from keruen.tables.dataset import Dataset

_USES = np.concatenate([np.linspace(0.05, 0.9, 18), [0.92, 0.94, 0.95, 0.96, 0.97]])
_SIMULATED_USES = np.array([0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95])
_SERVERS, _POLES = np.geomspace(1.0, 64.0, 49), np.array([1.0, 1.01, 1.02, 1.03, 1.05, 1.07, 1.1, 1.15, 1.2])


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
    `servers`, `factor` and `pole` are those of the single queue that comes closest to the wait over all sides between 5 %
    and 97 % of the throughput, in least squares of the relative error of the delay; from 95 % of the pole on the delay goes
    on along its tangent. Where an intake quota is below the throughput, it takes its place, and its delay is part of the wait.
    """
    borders, _ = read_borders(dataset)
    known = volumes or {}
    ratios = [(border, *known.get(border.crossing_id, (1.0, 1.0))) for border in borders]
    if not simulated:
        return [_fitted(*ratio) for ratio in ratios]
    return [fit_delay(*ratio, wait=partial(_simulated_waits, seed=seed)) for ratio in ratios]


@lru_cache(maxsize=4096)
def _fitted(border: Border, forward: float, backward: float) -> DelayFunction:
    """A run asks for the same crossings again and again: in every round, for every project and target."""
    return fit_delay(border, forward, backward)


def fit_delay(
    border: Border,
    forward: float = 1.0,
    backward: float = 1.0,
    *,
    wait: Callable[[Border], tuple[Array, Array]] | None = None,
) -> DelayFunction:
    """Return the delay function of one crossing for a given ratio of the two directions.

    Parameters
    ----------
    border
        The crossing.
    forward, backward
        Tonnes in each direction; only their ratio counts.
    wait
        Gives utilisations and mean waits [h] of the crossing with its sides in the order of passage; None is the
        formula of :func:`keruen.crossings.tandem.border_waits`.

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
    facing = border if forward >= backward else border.reversed()
    uses, waits = (wait or formula_waits)(facing)
    always = border.handling_time + border.other_delay
    closes = bool(border.details.stations) or any(side.hours_per_day < DAY for side in border.sides)
    pole, servers, spread, night = _fit_queue(uses, waits, always, closes)
    scale = border.weaker.service_time
    return DelayFunction(
        border.crossing_id,
        QUEUE,
        servers=servers,
        service_time_h=scale,
        throughput_t_per_year=border.tonnes_at_throughput(forward, backward)
        * _most(facing)
        / border.throughput,
        factor=spread / scale,
        base_delay_h=always + night,
        pole=pole,
    )


def _most(facing: Border) -> float:
    """Return the most vehicles a day in this direction: its throughput, or what the quota lets in."""
    quota = facing.quota()
    return facing.throughput if quota is None else min(quota, facing.throughput)


@lru_cache(maxsize=1024)
def formula_waits(facing: Border) -> tuple[Array, Array]:
    """Return uses of the throughput and mean waits [h] by formula, in the direction of the sides; both (n,)."""
    arrivals = _USES * _most(facing)
    night, chance = border_waits(facing, arrivals)
    quota = facing.quota()
    if quota is None:
        return _USES, night + chance
    return _USES, night + chance + quota_delay(arrivals, quota, facing.sides[0].arrival_cv)


def _simulated_waits(facing: Border, *, seed: int) -> tuple[Array, Array]:
    """Return the same from simulation, about forty thousand vehicles each."""
    waits = []
    for use in _SIMULATED_USES:
        vehicles = float(use) * _most(facing)
        days = int(np.clip(4000.0 / vehicles, 28.0, 365.0))
        run = simulate_border(facing, traffic_of(facing, vehicles), days=days, seed=seed, replications=10)
        waits.append(float(run.wait.mean() + run.quota_delay.mean()))
    return _SIMULATED_USES, np.array(waits)


def _shapes(uses: Array) -> Array:
    """Return the wait of queues of spread 1 at `uses` (n,) for all poles and servers, shape (n_poles * n_servers, n)."""
    r = uses / _POLES[:, None, None]
    m = _SERVERS[:, None]
    e = np.sqrt(2.0 * (m + 1.0)) - 1.0
    x = np.minimum(r, TANGENT_FROM)
    slope = e * x ** (e - 1.0) / (1.0 - x) + x**e / (1.0 - x) ** 2
    wait = (x**e / (1.0 - x) + slope * (r - x)) / m
    return np.asarray(wait.reshape(-1, uses.size))


_FORMULA_SHAPES = _shapes(_USES)


def _fit_queue(uses: Array, waits: Array, always: float, closes: bool) -> tuple[float, float, float, float]:
    """Return pole, servers, spread [h] and constant wait [h] of the queue that is closest to `waits` (n,) at `uses` (n,).

    Only a post that closes, a ferry or a train before a hall makes vehicles wait without any traffic, so only then is there a
    constant.
    """
    shapes = _FORMULA_SHAPES if uses is _USES else _shapes(uses)
    weight = 1.0 / (always + waits)
    x, y = shapes * weight, waits * weight
    constant = np.zeros(len(x))
    if closes:
        # Normal equations of a line; where its intercept would be negative the line starts at none.
        xx, xw, ww = (x * x).sum(axis=1), x @ weight, float(weight @ weight)
        constant = np.maximum((xx * float(weight @ y) - xw * (x @ y)) / (xx * ww - xw * xw), 0.0)
    rest = y - constant[:, None] * weight
    spread = np.maximum((x * rest).sum(axis=1) / (x * x).sum(axis=1), 0.0)
    best = int(np.argmin(((spread[:, None] * x - rest) ** 2).sum(axis=1)))
    pole, servers = _POLES[best // _SERVERS.size], _SERVERS[best % _SERVERS.size]
    # A queue without any randomness still must not be flat: equilibrium needs a strict increase.
    return float(pole), float(servers), max(float(spread[best]), 1e-6), float(constant[best])
