"""The wait over both sides of a crossing by formula: the quick answer that tables of results and `flows` rest on.

Vehicles come to the first side, wait, are handled, and arrive at the second as they leave the first. The wait is made
of the night (what comes while the post is closed), and of chance (vehicles in each other's way).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keruen.crossings import theory
from keruen.crossings.posts import Side


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


def queue_wait(sides: tuple[Side, ...], vehicles_per_day: float) -> QueueWait:
    """Return the wait of vehicles that pass `sides` one after the other.

    Parameters
    ----------
    sides
        In the order of passage.
    vehicles_per_day
        Arrivals, the same at any hour.

    Notes
    -----
    Two posts in a row are taken as two queues, the second fed by the departures of the first (Whitt 1983). A post that
    is open for h hours works through the year like one that is always open and 24/h times slower; what this leaves
    out, arrivals gathering before the gate, is the deterministic queue of :func:`~keruen.crossings.theory.wait_for_opening`.
    Sides that keep the same hours make a vehicle wait for an opening once, so the longer of the two waits counts.
    """
    throughput = min(side.throughput for side in sides)
    utilisation = vehicles_per_day / throughput
    if utilisation >= 1.0:
        return QueueWait(utilisation, np.inf, np.inf, np.inf, False, vehicles_per_day - throughput)
    arrival_cv = sides[0].arrival_cv
    waits, shares, nights = [], [], []
    for side in sides:
        rho = vehicles_per_day / side.throughput
        slowed = side.service_time * theory.DAY / side.hours_per_day
        waits.append(float(theory.wait_ggc(side.lanes, slowed, rho, arrival_cv, side.service_cv)))
        shares.append(float(theory.erlang_c(side.lanes, rho)))
        nights.append(float(theory.wait_for_opening(side.hours_per_day, rho)))
        arrival_cv = float(theory.departure_cv(side.lanes, rho, arrival_cv, side.service_cv))
    longest = int(np.argmax(nights))
    side = sides[longest]
    profile = theory.opening_profile(side.hours_per_day, vehicles_per_day / side.throughput)
    p90 = theory.wait_quantile(0.9, shares, waits, profile)
    return QueueWait(utilisation, nights[longest], float(np.sum(waits)), p90, True, 0.0)
