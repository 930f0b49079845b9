"""A crossing or port as a small network of stations, and the traffic that comes to it.

Plain frozen descriptions with their checks; :mod:`keruen.crossings.simulation` runs them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from keruen.crossings.distributions import Distribution
from keruen.crossings.hours import Calendar
from keruen.crossings.theory import Array
from keruen.errors import Finding

MOST_VISITS = 20_000_000
"""Vehicles times stations times replications; some 30 bytes each, a bound on memory and time."""
MOST_DAYS = 36_600
"""A century."""
MOST_PER_DAY = 1e6
"""More vehicles a day than any crossing sees."""


@dataclass(frozen=True, slots=True)
class Station:
    """A place where vehicles queue and are served: yard, customs, inspection, gauge change, berth, ferry.

    Parameters
    ----------
    name
        For people; unique within a layout.
    calendar
        Open lanes over time. Of a sailing, each break is a departure and its lanes the vehicles that it takes.
    service
        Time at a lane, of every vehicle or by class.
    priority
        Rank by class, 0 first; a class that is not named ranks last. Service is never interrupted.
    yard
        Name of the room that its vehicles stand in, waiting or served; empty for one without limit.
    sailing
        True for a ferry: vehicles wait for a departure instead of a lane; `service` is not used.
    headway
        Time between two sailings where they keep no timetable; every replication draws its own. `calendar` then
        gives the mean number of them.
    shut
        Elapsed hours between which such a ferry does not sail.
    intake
        True for a quota: from each break of the calendar on, as many as its lanes pass at once and the rest wait for the
        next break. Its wait is no queue and is reported apart.
    """

    name: str
    calendar: Calendar
    service: Distribution | Mapping[str, Distribution]
    priority: Mapping[str, int] = field(default_factory=dict)
    yard: str = ""
    sailing: bool = False
    headway: Distribution | None = None
    shut: tuple[tuple[float, float], ...] = ()
    intake: bool = False

    @property
    def timeless(self) -> bool:
        """Whether it serves by allowance (a sailing, a quota) instead of by lanes."""
        return self.sailing or self.intake

    def service_of(self, kind: str) -> Distribution | None:
        """Return the service time of a class; None where it was not given."""
        return self.service if isinstance(self.service, Distribution) else self.service.get(kind)


@dataclass(frozen=True, slots=True)
class Layout:
    """Stations in the order of passage.

    Parameters
    ----------
    stations
        Every vehicle visits them in this order unless `routes` says otherwise.
    yards
        Vehicles that each named yard holds; a vehicle is held back at its station until the next yard has room.
    routes
        Names of the stations that a class visits, in order, where not all.
    """

    stations: tuple[Station, ...]
    yards: Mapping[str, int] = field(default_factory=dict)
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Vehicles that arrive.

    Parameters
    ----------
    per_day
        Mean number of vehicles a day, those with appointments included.
    cv
        Coefficient of variation of the times between arrivals; 1 is a Poisson process, 0 a timetable.
    by_hour, by_weekday, by_month
        Relative weights (24, 7 from Monday, 12), of any scale; empty for none.
    batch
        Vehicles that arrive together: the wagons of a train, the trucks of a ferry.
    shares
        Share of each class; one class where empty.
    early
        Classes that come by appointment, with the time by which a vehicle comes before its slot. Slots are spread
        evenly over the expected arrivals, and nobody is served before the slot at the first station.
    times
        Elapsed hours of all arrivals in order, instead of all the above but `shares`.
    """

    per_day: float = 0.0
    cv: float = 1.0
    by_hour: tuple[float, ...] = ()
    by_weekday: tuple[float, ...] = ()
    by_month: tuple[float, ...] = ()
    batch: int = 1
    shares: Mapping[str, float] = field(default_factory=dict)
    early: Mapping[str, Distribution] = field(default_factory=dict)
    times: tuple[float, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in their order."""
        return tuple(self.shares) or ("all",)

    def rates(self, first_day: date, days: int) -> Array:
        """Return the expected vehicles per hour, shape (24 days,)."""
        hours = _weights(self.by_hour, 24)
        day_of = [first_day + timedelta(days=i) for i in range(days)]
        weekday = _weights(self.by_weekday, 7)[[day.weekday() for day in day_of]]
        month = _weights(self.by_month, 12)[[day.month - 1 for day in day_of]]
        return np.asarray(np.outer(weekday * month, hours).ravel() * self.per_day / 24.0)

    def mean_per_day(self, first_day: date, days: int) -> float:
        """Return the expected vehicles a day over a run."""
        if self.times:
            return len(self.times) / days
        return float(self.rates(first_day, days).sum() / days)


def _weights(weights: tuple[float, ...], n: int) -> Array:
    if not weights:
        return np.ones(n)
    array = np.asarray(weights, dtype=float)
    return np.asarray(array / array.mean())


def check(layout: Layout, traffic: Traffic, days: int, replications: int) -> list[Finding]:
    """Return everything that keeps a run from starting."""
    findings = [*_check_layout(layout, traffic), *_check_traffic(traffic, days, replications)]
    expected = float(len(traffic.times)) if traffic.times else traffic.per_day * days
    visits = expected * len(layout.stations) * replications
    if visits > MOST_VISITS:
        findings.append(
            Finding("run", "", "days", str(days), f"{visits:.0f} visits to stations are more than {MOST_VISITS}",
                    "simulate fewer days or replications")
        )  # fmt: skip
    return findings


def _check_layout(layout: Layout, traffic: Traffic) -> Iterable[Finding]:
    names = [station.name for station in layout.stations]
    if not names or len(set(names)) < len(names):
        yield Finding(
            "layout",
            "",
            "stations",
            ", ".join(names),
            "needs stations with different names",
            "name each once",
        )
    for station in layout.stations:
        where = station.name
        if station.calendar.most < 1:
            yield Finding("station", where, "lanes", "0", "never opens", "add a lane or a sailing")
        if station.yard and station.yard not in layout.yards:
            yield Finding(
                "station", where, "yard", station.yard, "there is no such yard", "add its room to yards"
            )
        for kind in traffic.classes:
            if station.service_of(kind) is None:
                yield Finding("station", where, "service", kind, "has no time for this class", "add it")
        for kind, rank in station.priority.items():
            if not 0 <= rank < 100:
                yield Finding(
                    "station",
                    where,
                    "priority",
                    f"{kind}: {rank}",
                    "must lie between 0 and 99",
                    "0 is served first",
                )
    for yard, room in layout.yards.items():
        if room < 1:
            yield Finding("layout", yard, "yards", str(room), "holds no vehicle", "give at least 1")
    for kind, route in layout.routes.items():
        if not route or not set(route) <= set(names) or len(set(route)) < len(route):
            yield Finding(
                "layout",
                kind,
                "routes",
                ", ".join(route),
                "must visit known stations, each once",
                "correct the names",
            )


def _check_traffic(traffic: Traffic, days: int, replications: int) -> Iterable[Finding]:
    if not 1 <= days <= MOST_DAYS:
        yield Finding(
            "run", "", "days", str(days), f"must be at least 1 and at most {MOST_DAYS}", "simulate fewer days"
        )
    if not 1 <= replications <= 10_000:
        yield Finding(
            "run",
            "",
            "replications",
            str(replications),
            "must lie between 1 and 10000",
            "20 give an interval",
        )
    if traffic.times:
        times = np.asarray(traffic.times)
        if not (np.all(np.isfinite(times)) and np.all(times >= 0.0) and np.all(np.diff(times) >= 0.0)):
            yield Finding(
                "traffic",
                "",
                "times",
                "",
                "must be elapsed hours from 0 on, in order",
                "sort and correct them",
            )
    elif not (math.isfinite(traffic.per_day) and traffic.per_day > 0.0):
        yield Finding(
            "traffic",
            "",
            "per_day",
            str(traffic.per_day),
            "must be above 0",
            "give the vehicles that arrive in a day",
        )
    if not (math.isfinite(traffic.cv) and 0.0 <= traffic.cv <= 20.0):
        yield Finding(
            "traffic", "", "cv", str(traffic.cv), "must lie between 0 and 20", "1 is a Poisson process"
        )
    if traffic.batch < 1:
        yield Finding("traffic", "", "batch", str(traffic.batch), "must be at least 1", "1 is one by one")
    for name, n in (("by_hour", 24), ("by_weekday", 7), ("by_month", 12)):
        weights = getattr(traffic, name)
        good = all(math.isfinite(w) and w >= 0.0 for w in weights)
        if weights and (len(weights) != n or not good or sum(weights) <= 0.0):
            yield Finding(
                "traffic", "", name, str(weights), f"must be {n} weights of at least 0", "give one for each"
            )
    if traffic.shares:
        shares = list(traffic.shares.values())
        if not all(math.isfinite(s) and s >= 0.0 for s in shares) or abs(sum(shares) - 1.0) > 1e-6:
            yield Finding(
                "traffic",
                "",
                "shares",
                str(dict(traffic.shares)),
                "must be shares that add up to 1",
                "correct them",
            )
    for kind in traffic.early:
        if kind not in traffic.classes or traffic.times:
            yield Finding(
                "traffic", kind, "early", kind, "appointments need a class with a share", "add it to shares"
            )
