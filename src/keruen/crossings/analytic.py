"""The wait over both sides of a crossing by formula: the quick answer that tables of results and `flows` rest on.

Vehicles come to the first side, wait, are handled, and arrive at the second as they leave the first. The wait is made
of the night (what comes while the post is closed), and of chance (vehicles in each other's way).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from keruen.crossings import theory
from keruen.crossings.distributions import matching
from keruen.crossings.posts import Side
from keruen.crossings.theory import Array
from keruen.kernels import queues


@dataclass(frozen=True, slots=True)
class QueueWait:
    """Wait over all sides in one direction.

    Parameters
    ----------
    utilisation
        Arrivals over the throughput of the weaker side.
    night
        Mean wait for an opening [h].
    chance
        Mean wait behind other vehicles while open [h].
    p90
        Wait that one vehicle in ten exceeds [h].
    stable
        False from a utilisation of 1 on; the waits are then infinite.
    growth
        Vehicles a day by which the queue grows; 0 where stable.
    """

    utilisation: float
    night: float
    chance: float
    p90: float
    stable: bool
    growth: float

    @property
    def mean(self) -> float:
        """Mean wait [h]."""
        return self.night + self.chance


@dataclass(frozen=True, slots=True)
class Posts:
    """Sides in the order of passage as arrays, so that many variants are answered at once.

    Parameters
    ----------
    lanes, hours_per_day, service_time, service_cv
        One array for each side, of any shapes that broadcast with the arrivals.
    arrival_cv
        Coefficient of variation of what arrives at the first side.
    """

    lanes: tuple[Array, ...]
    hours_per_day: tuple[Array, ...]
    service_time: tuple[Array, ...]
    service_cv: tuple[Array, ...]
    arrival_cv: Array

    @classmethod
    def of(cls, sides: tuple[Side, ...]) -> Posts:
        """Return the arrays of sides."""

        def column(field: str) -> tuple[Array, ...]:
            return tuple(np.asarray(getattr(side, field), dtype=float) for side in sides)

        return cls(
            column("lanes"), column("hours_per_day"), column("service_time"), column("service_cv"),
            np.asarray(sides[0].arrival_cv, dtype=float),
        )  # fmt: skip

    def stations(self, arrivals: Array) -> Iterator[tuple[Array, Array, Array]]:
        """Yield utilisation, mean wait behind others [h] and mean wait for an opening [h] of each side."""
        arrival_cv = np.broadcast_to(self.arrival_cv, arrivals.shape)
        for lanes, hours, service, cv in zip(
            self.lanes, self.hours_per_day, self.service_time, self.service_cv, strict=True
        ):
            rho = arrivals * service / (lanes * hours)
            # Whoever is at a lane when it closes is still served, so a busy lane works longer than it is open.
            overrun = np.minimum(service * (1.0 + cv**2) / 2.0, theory.DAY - hours)
            eased = rho * hours / (hours + np.minimum(rho, 1.0) * overrun)
            slowed = service * theory.DAY / (hours + overrun)
            chance = np.where(rho < 1.0, theory.wait_ggc(lanes, slowed, eased, arrival_cv, cv), np.inf)
            night = np.where(rho < 1.0, theory.wait_for_opening(hours, rho), np.inf)
            yield rho, chance, night
            arrival_cv = theory.departure_cv(lanes, rho, arrival_cv, cv)


def mean_waits(posts: Posts, vehicles_per_day: ArrayLike) -> tuple[Array, Array]:
    """Return the mean wait for an opening and behind other vehicles [h], over all sides.

    Parameters
    ----------
    posts
        Sides in the order of passage.
    vehicles_per_day
        Arrivals, the same at any hour; any shape. Waits are infinite from the throughput on.

    Notes
    -----
    Two posts in a row are taken as two queues, the second fed by the departures of the first (Whitt 1983). A post that
    is open for h hours works through the year like one that is always open and 24/h times slower; what this leaves
    out, arrivals gathering before the gate, is the deterministic queue of :func:`~keruen.crossings.theory.wait_for_opening`.
    Sides that keep the same hours make a vehicle wait for an opening once, so the longer of the two waits counts.
    """
    arrivals = np.asarray(vehicles_per_day, dtype=float)
    longest, behind = np.zeros_like(arrivals), np.zeros_like(arrivals)
    for _, chance, night in posts.stations(arrivals):
        longest, behind = np.maximum(longest, night), behind + chance
    return longest, behind


def queue_wait(sides: tuple[Side, ...], vehicles_per_day: float) -> QueueWait:
    """Return the wait of vehicles that pass `sides` one after the other, as :func:`mean_waits` with its quantile."""
    throughput = min(side.throughput for side in sides)
    utilisation = vehicles_per_day / throughput
    if utilisation >= 1.0:
        return QueueWait(utilisation, np.inf, np.inf, np.inf, False, vehicles_per_day - throughput)
    arrivals = np.asarray(vehicles_per_day, dtype=float)
    rhos, waits, nights = np.array(list(Posts.of(sides).stations(arrivals))).T
    shares = theory.erlang_c(np.array([side.lanes for side in sides]), rhos)
    longest = int(np.argmax(nights))
    profile = theory.opening_profile(sides[longest].hours_per_day, float(rhos[longest]))
    p90 = theory.wait_quantile(0.9, shares, waits, profile)
    return QueueWait(utilisation, float(nights[longest]), float(waits.sum()), p90, True, 0.0)


def wait_deviation(sides: tuple[Side, ...], vehicles_per_day: float, *, most: float = 0.97) -> float:
    """Return the standard deviation [h] of the wait that :func:`queue_wait` gives.

    Parameters
    ----------
    sides
        In the order of passage.
    vehicles_per_day
        Arrivals.
    most
        Utilisation above which the wait is taken to spread no further: up to there the delay functions are fitted.

    Notes
    -----
    A wait is zero or else exponential at each side, independent of the other's, and the wait for an opening comes on top: the
    distribution of :func:`keruen.crossings.theory.wait_quantile`.

    Examples
    --------
    M/M/1 at 90 % of one vehicle an hour: nine in ten wait, ten hours on average, so the variance is 0.9 (2 - 0.9) 100.

    >>> from keruen.crossings.posts import Side
    >>> one = Side("KAZ", "customs", 1, 24.0, 1.0, 1.0, 1.0)
    >>> round(wait_deviation((one,), 0.9 * 24) ** 2, 6)
    99.0
    """
    throughput = min(side.throughput for side in sides)
    arrivals = np.asarray(min(vehicles_per_day, most * throughput), dtype=float)
    if arrivals <= 0.0:
        return 0.0
    rhos, waits, nights = np.array(list(Posts.of(sides).stations(arrivals))).T
    shares = np.minimum(theory.erlang_c(np.array([side.lanes for side in sides]), rhos), 1.0)
    keep = shares > 1e-12
    chance = waits[keep] ** 2 * (2.0 / shares[keep] - 1.0)
    longest = int(np.argmax(nights))
    profile = theory.opening_profile(sides[longest].hours_per_day, float(rhos[longest]))
    return float(np.sqrt(chance.sum() + np.var(profile)))


_SAMPLE = 50_000
_KEY = np.uint64(0x9E3779B97F4A7C15)


def quota_delay(vehicles_per_day: ArrayLike, quota: float, arrival_cv: float) -> Array:
    """Return the mean delay [h] of vehicles where only so many a day are let in; ``inf`` from the quota on.

    Parameters
    ----------
    vehicles_per_day
        Arrivals, the same at any hour; shape (n,).
    quota
        Most vehicles a day that are let in; what is not used by midnight is lost.
    arrival_cv
        Coefficient of variation between arrivals.

    Notes
    -----
    The backlog at midnight is that of an M/D/c queue with a day's service and the quota for servers (Crommelin 1932),
    which has no closed form; it is counted over fifty thousand vehicles, always the same, so that the answer is
    smooth in the arrivals.

    Examples
    --------
    >>> [round(float(d), 1) for d in quota_delay([50.0, 95.0, 99.0, 100.0], 100.0, 1.0)]
    [0.0, 0.1, 1.9, inf]
    """
    arrivals = np.atleast_1d(np.asarray(vehicles_per_day, dtype=float))
    return np.array([_quota_delay(rate, quota, arrival_cv) for rate in arrivals.tolist()])


@lru_cache(maxsize=4096)
def _quota_delay(rate: float, quota: float, arrival_cv: float) -> float:
    if rate <= 0.0 or rate >= quota:
        return 0.0 if rate <= 0.0 else np.inf
    spacing = matching(theory.DAY / rate, arrival_cv)
    gaps, leave = np.empty(_SAMPLE), np.empty(_SAMPLE)
    queues.draws(spacing.kind, spacing.first, spacing.second, spacing.sample, _KEY, gaps)
    moments = np.cumsum(gaps)
    days = int(moments[-1] / theory.DAY + _SAMPLE / quota) + 2  # no backlog is larger than the sample
    total = np.floor(np.arange(days + 1) * quota + 1e-9)
    queues.intakes(moments, np.arange(days) * theory.DAY, np.diff(total).astype(np.int64), leave)
    return float((leave - moments).mean())
