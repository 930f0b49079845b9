"""The wait at a crossing by formula, over its stations where they are described and over its posts where not.

Receives a :class:`~keruen.crossings.posts.Border` that faces the way the traffic goes; hands on what
``crossing_performance`` and the delay functions are made of, so that a change at a station moves goods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from keruen.crossings import theory
from keruen.crossings.analytic import Posts, QueueWait, mean_waits, queue_wait
from keruen.crossings.described import Stop
from keruen.crossings.posts import Border
from keruen.crossings.theory import DAY, Array

_STEPS_PER_HOUR = 4
_WEEK = 7 * 24 * _STEPS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Visit:
    """Waits at one station; all arrays have the shape of the arrivals.

    Parameters
    ----------
    stop
        The station.
    servers
        Servers from the point of view of a vehicle, whose units share them.
    utilisation
        Load per server.
    behind
        Mean wait behind other vehicles [h].
    within
        Mean wait of a unit behind those that came with it [h].
    opening
        Mean wait for the opening [h].
    sailing
        Mean wait for the next sailing [h]; 0 where nothing sails.
    """

    stop: Stop
    servers: float
    utilisation: Array
    behind: Array
    within: float
    opening: Array
    sailing: float


def visits(border: Border, vehicles_per_day: ArrayLike) -> Iterator[Visit]:
    """Yield the waits at each station in the order of passage; infinite from its throughput on.

    Notes
    -----
    The units of one vehicle arrive together, so a vehicle is served by many servers at once: as by one that is so many times
    faster, or, where it brings fewer units than there are servers, as by fewer servers. Its last units wait for its first;
    the next station receives them as far apart as this one lets them go. What leaves a station is as variable as Whitt
    (1983, eq. 39) says; trains are served in so nearly the same time that the tightest station sees them as they came
    (Friedman 1965). A ferry is a queue whose server goes on vacation when nobody is there, for as long as a service takes:
    the time to the next sailing is that to a random moment between two (Fuhrmann and Cooper 1985). Many vehicles to a sailing
    even each other out. Rooms, ranks and the hours of the day at which vehicles come are left out; the simulation has them.
    """
    arrivals = np.asarray(vehicles_per_day, dtype=float)
    units, spread = float(border.details.units), 0.0
    arrival_cv: Array = np.broadcast_to(np.asarray(border.sides[0].arrival_cv, dtype=float), arrivals.shape)
    for stop in border.details.stations:
        share = max(1.0, units / stop.servers)
        servers = max(1.0, stop.servers / units)
        mean, cv = stop.service.mean, stop.service.cv
        rho = arrivals * units / stop.throughput
        within = 0.0
        if stop.sails:
            sailing, opening = mean * (1.0 + cv**2) / 2.0, np.zeros_like(arrivals)
            within = mean * (share - 1.0) / 2.0
            cv, seen, servers = cv / np.sqrt(share), arrival_cv / np.sqrt(servers), 1.0
        else:
            sailing, opening, seen = 0.0, _wait_for_opening(stop, rho), arrival_cv
            later = max(units - stop.servers, 0.0)
            whole = mean * later * (later + 1.0) / (2.0 * stop.servers * units)
            within, spread = max(0.0, whole - spread), max(whole, spread)
            cv = cv / np.sqrt(units)
        slowed = mean * share * DAY / stop.hours_per_day
        behind = theory.wait_ggc(servers, slowed, rho, seen, cv)
        yield Visit(stop, servers, rho, behind, within, np.where(rho < 1.0, opening, np.inf), sailing)
        if units == 1.0:
            arrival_cv = theory.departure_cv(servers, rho, seen, cv)


def border_waits(border: Border, vehicles_per_day: ArrayLike) -> tuple[Array, Array]:
    """Return the mean wait for an opening or a sailing, and behind others [h], over all stations or posts.

    Parameters
    ----------
    border
        Its sides in the order of passage.
    vehicles_per_day
        Arrivals, the same at any hour; any shape. Waits are infinite from the throughput on.

    Notes
    -----
    Trains queue at the tightest station alone, so the longest of the waits behind other vehicles counts; vehicles of one unit
    queue at every station. Stations keep similar hours, so the longest of the waits for an opening counts.
    """
    if not border.details.stations:
        return mean_waits(Posts.of(border.sides), vehicles_per_day)
    arrivals = np.asarray(vehicles_per_day, dtype=float)
    opening, queue, known, within = (np.zeros_like(arrivals) for _ in range(4))
    for visit in visits(border, arrivals):
        opening = np.maximum(opening, visit.opening)
        queue = np.maximum(queue, visit.behind) if border.details.units > 1 else queue + visit.behind
        known, within = known + visit.sailing, within + visit.within
    return opening + known, queue + within


def border_wait(border: Border, vehicles_per_day: float) -> QueueWait:
    """Return the wait in the direction of the sides as :func:`border_waits`, with the one that a tenth exceeds.

    Examples
    --------
    A ferry of two wagons leaves every eight hours and wagons come one by one, few: they wait half the time between sailings.

    >>> from keruen.crossings.described import Details, Stop
    >>> from keruen.crossings.distributions import deterministic
    >>> from keruen.crossings.posts import Side
    >>> side = Side("KAZ", "customs", 2, 24.0, 0.5, 1.0, 1.0)
    >>> ferry = Stop("ferry", "KAZ", "ferry_departure", 2, deterministic(8.0))
    >>> port = Border("toy", "Toy", "port", "A", (side,), 20.0, 0.0, 0.0, None, Details((ferry,)))
    >>> round(border_wait(port, 0.01).mean, 2)
    4.0
    """
    if not border.details.stations:
        return queue_wait(border.sides, vehicles_per_day)
    most = border.throughput
    use = vehicles_per_day / most
    if use >= 1.0:
        return QueueWait(use, np.inf, np.inf, np.inf, False, vehicles_per_day - most)
    passed = list(visits(border, vehicles_per_day))
    night, chance = (float(wait) for wait in border_waits(border, vehicles_per_day))
    # Two parts are drawn, the longest; what is left is taken as known beforehand.
    queues = [(float(theory.erlang_c(v.servers, v.utilisation)), float(v.behind)) for v in passed]
    if border.details.units > 1:
        queues = [max(queues, key=lambda pair: pair[1])]
    sailing = [(1.0, v.sailing) for v in passed if v.sailing > 0.0]
    drawn = sorted([*queues, *sailing], key=lambda pair: -pair[1])[:2]
    longest = max(passed, key=lambda v: float(v.opening))
    profile = _opening_profile(longest.stop, float(longest.utilisation))
    within = sum(v.within for v in passed)
    evenly = (np.arange(12) + 0.5) / 6.0 * within
    rest = max(0.0, night + chance - float(profile.mean()) - within - sum(wait for _, wait in drawn))
    known = np.add.outer(profile, evenly).ravel() + rest
    p90 = theory.wait_quantile(0.9, [share for share, _ in drawn], [wait for _, wait in drawn], known)
    return QueueWait(use, night, chance, p90, True, 0.0)


def _wait_for_opening(stop: Stop, utilisation: Array) -> Array:
    """Return the mean wait for the opening [h]; over a whole week where the station rests on some days."""
    if len(stop.weekdays) == 7:
        return theory.wait_for_opening(stop.hours_per_day, utilisation)
    queue = _queue_over_weeks(stop, utilisation)[_WEEK : 2 * _WEEK]
    return np.asarray(queue.mean(axis=0))


def _opening_profile(stop: Stop, utilisation: float) -> Array:
    """Return the wait for the opening [h] of arrivals at evenly spaced moments of a day, or of a week."""
    if len(stop.weekdays) == 7:
        return theory.opening_profile(stop.hours_per_day, utilisation)
    queue = _queue_over_weeks(stop, np.asarray(utilisation))
    moment = np.arange(queue.size) / _STEPS_PER_HOUR
    gone = np.maximum.accumulate(moment - queue)
    week = slice(_WEEK, 2 * _WEEK, _STEPS_PER_HOUR)
    return np.asarray(moment[np.searchsorted(gone, moment[week] - 1e-9)] - moment[week])


def _queue_over_weeks(stop: Stop, utilisation: Array) -> Array:
    """Return the hours of arrivals that queue at the steps of three weeks, even arrivals, shape (3 weeks, ...)."""
    hour = np.arange(3 * _WEEK) / _STEPS_PER_HOUR
    opens, closes = (0.0, DAY) if stop.opens is None or stop.closes is None else (stop.opens, stop.closes)
    length = (closes - opens) % DAY or DAY
    since = (hour - opens) % DAY
    # The weekday is that on which the shift began.
    is_open = (since < length) & np.isin(((hour - since) // DAY).astype(int) % 7, stop.weekdays)
    served = 3.0 * 7.0 * DAY * _STEPS_PER_HOUR / is_open.sum() / np.clip(utilisation, 1e-6, 1.0)
    queue = np.zeros((hour.size, *served.shape))
    for step in range(1, hour.size):
        queue[step] = np.maximum(queue[step - 1] + (1.0 - served * is_open[step - 1]) / _STEPS_PER_HOUR, 0.0)
    return queue
