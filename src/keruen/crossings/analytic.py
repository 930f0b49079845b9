"""The wait over both sides of a crossing by formula: the quick answer that tables of results and `flows` rest on.

Vehicles come to the first side, wait, are handled, and arrive at the second as they leave the first. The wait is made
of the night (what comes while the post is closed), and of chance (vehicles in each other's way).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from keruen.crossings import theory
from keruen.crossings.posts import Side
from keruen.crossings.theory import Array


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


def mean_waits(sides: tuple[Side, ...], vehicles_per_day: ArrayLike) -> tuple[Array, Array]:
    """Return the mean wait for an opening and behind other vehicles [h], over all sides.

    Parameters
    ----------
    sides
        In the order of passage.
    vehicles_per_day
        Arrivals, the same at any hour; any shape, which the results share. Waits are infinite from the throughput on.

    Notes
    -----
    Two posts in a row are taken as two queues, the second fed by the departures of the first (Whitt 1983). A post that
    is open for h hours works through the year like one that is always open and 24/h times slower; what this leaves
    out, arrivals gathering before the gate, is the deterministic queue of :func:`~keruen.crossings.theory.wait_for_opening`.
    Sides that keep the same hours make a vehicle wait for an opening once, so the longer of the two waits counts.
    """
    arrivals = np.asarray(vehicles_per_day, dtype=float)
    night = np.zeros_like(arrivals)
    chance = np.zeros_like(arrivals)
    for side, rho, arrival_cv in _stations(sides, arrivals):
        slowed = side.service_time * theory.DAY / side.hours_per_day
        chance = chance + theory.wait_ggc(side.lanes, slowed, rho, arrival_cv, side.service_cv)
        closed = np.where(rho < 1.0, theory.wait_for_opening(side.hours_per_day, rho), np.inf)
        night = np.maximum(night, closed)
    return night, chance


def queue_wait(sides: tuple[Side, ...], vehicles_per_day: float) -> QueueWait:
    """Return the wait of vehicles that pass `sides` one after the other, as :func:`mean_waits` with its quantile."""
    throughput = min(side.throughput for side in sides)
    utilisation = vehicles_per_day / throughput
    if utilisation >= 1.0:
        return QueueWait(utilisation, np.inf, np.inf, np.inf, False, vehicles_per_day - throughput)
    night, chance = (float(wait) for wait in mean_waits(sides, vehicles_per_day))
    waits, shares, nights = [], [], []
    for side, rho, arrival_cv in _stations(sides, np.asarray(vehicles_per_day, dtype=float)):
        slowed = side.service_time * theory.DAY / side.hours_per_day
        waits.append(float(theory.wait_ggc(side.lanes, slowed, rho, arrival_cv, side.service_cv)))
        shares.append(float(theory.erlang_c(side.lanes, rho)))
        nights.append(
            (float(theory.wait_for_opening(side.hours_per_day, rho)), side.hours_per_day, float(rho))
        )
    _, hours, rho_there = max(nights)
    p90 = theory.wait_quantile(0.9, shares, waits, theory.opening_profile(hours, rho_there))
    return QueueWait(utilisation, night, chance, p90, True, 0.0)


def _stations(sides: tuple[Side, ...], arrivals: Array) -> Iterator[tuple[Side, Array, Array]]:
    """Yield each side with its utilisation and the coefficient of variation of what arrives there."""
    arrival_cv = np.full_like(arrivals, sides[0].arrival_cv)
    for side in sides:
        rho = arrivals / side.throughput
        yield side, rho, arrival_cv
        arrival_cv = theory.departure_cv(side.lanes, rho, arrival_cv, side.service_cv)
