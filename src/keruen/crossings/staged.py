"""A crossing as the simulation runs it: its posts or its stations in the order of passage, and the traffic that comes.

Receives a :class:`~keruen.crossings.posts.Border` that already faces the way the traffic goes, hands on a
:class:`~keruen.crossings.layout.Layout` and :class:`~keruen.crossings.layout.Traffic`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np

from keruen.crossings import theory
from keruen.crossings.described import ShutDays, Stop
from keruen.crossings.distributions import deterministic, exponential, matching
from keruen.crossings.hours import MOST_DAYS, Calendar, Closure, Shift, always, calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.posts import Border, Side
from keruen.crossings.simulation import FIRST_DAY, Run, simulate_layout

NOON = 14.0
"""Middle of the opening hours on the local clock, where a post does not open all day."""

QUOTA = "quota of "
"""How the name of a station starts that stands for an intake quota."""


def simulate_border(
    border: Border,
    traffic: Traffic,
    *,
    days: int,
    seed: int,
    replications: int,
    closures: Sequence[Closure] = (),
    warmup_days: int | None = None,
    first_day: date = FIRST_DAY,
) -> Run:
    """Simulate a crossing in the direction of its sides.

    The queue left when the traffic stops is worked off in the same opening hours. Arguments as in
    :func:`keruen.crossings.simulation.simulate_layout`; `closures` hold at every side, on top of those of the tables.
    """
    return simulate_layout(
        layout_of(border, traffic.per_day, days, closures, first_day), traffic,
        days=days, seed=seed, replications=replications, warmup_days=warmup_days, first_day=first_day,
    )  # fmt: skip


def traffic_of(border: Border, vehicles_per_day: float, by_hour: tuple[float, ...] = ()) -> Traffic:
    """Return the traffic of a crossing: units, weights and classes as its tables tell; `by_hour` goes before theirs."""
    told = border.details
    return Traffic(
        vehicles_per_day * told.units,
        border.sides[0].arrival_cv,
        by_hour or told.by_hour,
        told.by_weekday,
        told.by_month,
        told.units,
        {kind.name: kind.share for kind in told.classes},
        {kind.name: exponential(kind.before_slot) for kind in told.classes if kind.before_slot is not None},
    )


def layout_of(
    border: Border,
    units_per_day: float,
    days: int,
    closures: Sequence[Closure] = (),
    first_day: date = FIRST_DAY,
) -> Layout:
    """Return the stations of a crossing in the order of passage.

    Parameters
    ----------
    border
        The crossing, its sides in the order of passage.
    units_per_day
        Arrivals; they set for how long the calendars must go on until the last queue is worked off.
    days
        Days of arrivals.
    closures
        What closes every side, besides the closures of the tables.
    first_day
        Day 0 of the run.
    """
    drain = min(MOST_DAYS, math.ceil(days * max(1.0, units_per_day / units_throughput(border))) + 60)
    ranks = {kind.name: kind.rank for kind in border.details.classes}
    stations: list[Station] = []
    yards: dict[str, int] = {}
    told = border.details
    # A neighbour's quota stands between the two sides.
    quota = told.quota_into(border.sides[-1].country, first_day, first_day + timedelta(days=days - 1))
    allowance = (
        None
        if quota is None or len(border.sides) < 2
        else Station(
            QUOTA + border.sides[-1].country, _allowance(quota * told.units, drain), deterministic(0.0), intake=True
        )
    )  # fmt: skip
    at_home = True
    zone = told.stations[0].timezone if told.stations else "UTC"
    for place in told.stations or border.sides:
        if at_home and place.country == border.sides[-1].country and len(border.sides) > 1:
            at_home = False
            stations += [allowance] if allowance else []
        shut = [*closures, *_closures(told.closures, place)]
        if isinstance(place, Side):
            stations.append(replace(_post(place, drain, shut, first_day), priority=ranks))
            continue
        if place.room is not None:
            yards[place.name] = max(place.room, 1)
        stations.append(replace(_station(place, drain, shut, first_day, zone), priority=ranks))
    if allowance and at_home:
        stations.append(allowance)
    return Layout(tuple(stations), yards)


def units_throughput(border: Border) -> float:
    """Return the most units a day that the tightest station, or post, can handle."""
    if border.details.stations:
        return min(stop.throughput for stop in border.details.stations)
    return border.weaker.throughput * border.details.units


def whole_lanes(lanes: float) -> int:
    """Return lanes as a whole number of at least one."""
    return max(1, math.floor(lanes + 0.5))


def opening(side: Side, days: int, closures: Sequence[Closure] = (), first_day: date = FIRST_DAY) -> Calendar:
    """Return the calendar of a side: its lanes, open in one piece around :data:`NOON`."""
    lanes = whole_lanes(side.lanes)
    if side.hours_per_day >= theory.DAY and not closures:
        return always(lanes)
    half = side.hours_per_day / 2.0
    shift = Shift((NOON - half) % 24.0, (NOON + half) % 24.0, lanes)
    return calendar([shift], first_day, days, closures=closures)


def _post(side: Side, days: int, closures: Sequence[Closure], first_day: date) -> Station:
    # Lanes were rounded to whole ones: the time at a lane makes up for it, so that the throughput stays.
    service = matching(side.service_time * whole_lanes(side.lanes) / side.lanes, side.service_cv)
    return Station(side.country, opening(side, days, closures, first_day), service)


def _station(stop: Stop, days: int, closures: Sequence[Closure], first_day: date, zone: str) -> Station:
    lanes = whole_lanes(stop.servers)
    if stop.sails:
        n = max(1, math.ceil(24.0 * days / stop.service.mean))
        breaks: theory.Array = (np.arange(n, dtype=np.float64) + 0.5) * stop.service.mean
        spans = tuple(
            ((c.start - datetime.combine(first_day, time())).total_seconds() / 3600.0,
             (c.end - datetime.combine(first_day, time())).total_seconds() / 3600.0)
            for c in closures if c.lanes == 0
        )  # fmt: skip
        open_at = np.ones(n, dtype=bool)
        for begin, end in spans:
            open_at &= (breaks < begin) | (breaks >= end)
        sailings = Calendar(breaks[open_at], np.full(int(open_at.sum()), lanes, dtype=np.int64))
        headway = stop.service if stop.service.cv > 0.0 else None
        return Station(stop.name, sailings, deterministic(0.0), sailing=True, headway=headway, shut=spans)
    service = stop.service.scaled(lanes / stop.servers)
    yard = stop.name if stop.room is not None else ""
    if stop.opens is None or stop.closes is None:
        whole_week = len(stop.weekdays) == 7
        if whole_week and not closures:
            return Station(stop.name, always(lanes), service, yard=yard)
        shift = Shift(0.0, 24.0, lanes, stop.weekdays)
    else:
        shift = Shift(stop.opens, stop.closes, lanes, stop.weekdays)
    hours = calendar([shift], first_day, days, closures=closures, timezone=stop.timezone, origin=zone)
    return Station(stop.name, hours, service, yard=yard)


def _closures(shut: Sequence[ShutDays], place: Side | Stop) -> list[Closure]:
    lanes = place.lanes if isinstance(place, Side) else place.servers
    return [
        Closure(
            datetime.combine(days.first_day, time()), datetime.combine(days.last_day + timedelta(days=1), time()),
            math.floor(whole_lanes(lanes) * days.open_share + 0.5), days.reason,
        )
        for days in shut
        if days.country in (None, place.country)
    ]  # fmt: skip


def _allowance(units_per_day: float, days: int) -> Calendar:
    """Return the calendar of a quota: whole units each midnight, as many over the days as the quota says."""
    total = np.floor(np.arange(days + 1) * units_per_day + 1e-9)
    return Calendar(np.arange(days, dtype=np.float64) * theory.DAY, np.diff(total).astype(np.int64))
