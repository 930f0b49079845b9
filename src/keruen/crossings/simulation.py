"""Simulation of a layout: replicated, seeded, with the warm-up cut off and Little's law checked on every run.

Where every vehicle is served in the order of arrival, exact recursions answer; otherwise the event loop does. Both
draw the same numbers for the same vehicle, so that they agree to the last bit where both apply, and so that two
variants of a crossing meet the same customers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import special

from keruen.crossings import layout as layouts
from keruen.crossings.distributions import Distribution, matching
from keruen.crossings.hours import Calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.theory import Array
from keruen.errors import SolveError, refuse_errors
from keruen.kernels import queues, queues_events
from keruen.kernels.queues import Integers

QUANTILES = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
_ARRIVALS, _CLASSES, _SERVICE, _EARLY, _SAILINGS = 0, 1, 2, 3, 4
_BEFORE = 16  # sailings drawn before the run starts, so that its start falls anywhere between two
LITTLE_TOLERANCE = 1e-6
FIRST_DAY = date(2024, 1, 1)
"""Monday on which a run starts unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications with its 95 % interval (Student)."""

    mean: float
    low: float
    high: float


def estimate(values: Array) -> Estimate:
    """Return the mean of replications (n,) and its 95 % interval; one replication has none and gives infinite ends."""
    mean = float(values.mean())
    if values.size < 2 or not np.isfinite(mean):
        return Estimate(mean, -np.inf, np.inf)
    half = float(special.stdtrit(values.size - 1, 0.975) * values.std(ddof=1) / np.sqrt(values.size))
    return Estimate(mean, mean - half, mean + half)


@dataclass(frozen=True, slots=True)
class Run:
    """What the replications of one layout gave; R replications, S stations, K classes.

    Parameters
    ----------
    stations
        Names in the order of passage.
    wait, quota_delay, time_in_system
        (R,) means [h] over vehicles that arrived after the warm-up. Waiting includes being blocked; what an intake quota
        costs is told apart from it.
    wait_quantiles
        (R, 8) at :data:`QUANTILES` [h].
    wait_by_class
        (R, K) means [h].
    wait_by_station, blocked_by_station
        (R, S) means [h] over all vehicles.
    wait_by_hour, queue_by_hour, arrivals_by_hour
        (R, 24) mean wait [h] of those who arrive in that hour of the day, mean vehicles waiting, and arrivals [1/h].
    wait_p90_by_hour
        (24,) wait [h] that one in ten of those who arrive in that hour exceeds, over all replications.
    queue_by_day
        (R, days) mean vehicles waiting, warm-up included.
    utilisation
        (S,) offered load over open lane hours; at 1 and beyond the queue grows without end.
    growth
        Vehicles a day by which the queue grows at the tightest station; 0 where stable.
    throughput
        (R,) vehicles a day that left between warm-up and horizon.
    unserved
        (R,) vehicles that could not leave even after the traffic stopped.
    little
        (R,) relative difference between the integral of vehicles present and the sum of times in the system.
    warmup_days
        Days cut off at the start.
    """

    stations: tuple[str, ...]
    wait: Array
    quota_delay: Array
    time_in_system: Array
    wait_quantiles: Array
    wait_by_class: Array
    wait_by_station: Array
    blocked_by_station: Array
    wait_by_hour: Array
    queue_by_hour: Array
    arrivals_by_hour: Array
    wait_p90_by_hour: Array
    queue_by_day: Array
    utilisation: Array
    growth: float
    throughput: Array
    unserved: Array
    little: Array
    warmup_days: int

    @property
    def stable(self) -> bool:
        """False where more arrives than can be handled."""
        return self.growth == 0.0

    def quantile(self, probability: float) -> Estimate:
        """Return the wait [h] at one of :data:`QUANTILES`."""
        return estimate(self.wait_quantiles[:, int(np.flatnonzero(np.isclose(QUANTILES, probability))[0])])


@dataclass(frozen=True, slots=True)
class _Passage:
    """Times of one replication: (n,) arrivals and classes, (n, S) times by station, NaN where not visited."""

    arrival: Array
    kind: Integers
    enter: Array
    start: Array
    finish: Array
    leave: Array
    area: float
    end: float


def simulate_layout(
    layout: Layout,
    traffic: Traffic,
    *,
    days: int,
    seed: int,
    replications: int = 20,
    warmup_days: int | None = None,
    first_day: date = FIRST_DAY,
) -> Run:
    """Simulate a layout under traffic that stops after some days; what is still queueing then is worked off.

    Parameters
    ----------
    layout, traffic
        What is there and what comes.
    days
        Days of arrivals.
    seed
        The same seed gives the same bytes.
    replications
        Independent runs, for the intervals.
    warmup_days
        Days cut off; None finds them by MSER (White 1997) on the queue by day over all replications. Where the queue
        grows without end nothing is cut off, for there is no steady state to wait for.
    first_day
        Day that starts at elapsed hour 0; it sets weekday and month of the traffic.

    Raises
    ------
    InputError
        If the layout or the traffic cannot be; all faults together.
    SolveError
        If Little's law fails, which would be a fault of this program.

    Examples
    --------
    >>> from keruen.crossings.distributions import exponential
    >>> from keruen.crossings.hours import always
    >>> gate = Layout((Station("gate", always(1), exponential(0.5)),))
    >>> run = simulate_layout(gate, Traffic(per_day=24), days=400, seed=1, replications=10)
    >>> interval = estimate(run.wait)
    >>> interval.low < 0.5 < interval.high   # M/M/1, half full: one service time
    True
    """
    refuse_errors(layouts.check(layout, traffic, days, replications))
    arrivals = traffic.mean_per_day(first_day, days)
    utilisation = _utilisation(layout, traffic, arrivals, days)
    tightest = float(utilisation.max())
    growth = arrivals * (1.0 - 1.0 / tightest) if tightest >= 1.0 else 0.0
    root = _key(np.uint64(seed % 2**64), 0)
    passages = _passages(layout, traffic, first_day, days)
    runs = [passages(_key(root, replication)) for replication in range(replications)]
    midnights = np.linspace(0.0, 24.0 * days, days + 1)
    queue_by_day = np.array([_waiting(p, midnights) / 24.0 for p in runs])
    if warmup_days is None:
        warmup_days = 0 if tightest >= 1.0 else mser(queue_by_day.mean(axis=0))
    return _summarise(
        runs, layout, traffic, queue_by_day, utilisation, growth, days, min(warmup_days, days - 1)
    )


def mser(series: Array) -> int:
    """Return how many values to cut off the start so that the mean of the rest is least uncertain.

    Parameters
    ----------
    series
        Batch means in order, (n,).

    Notes
    -----
    Marginal standard error rule (White 1997, Simulation 69(6)), looking no further than half of the series.

    Examples
    --------
    >>> mser(np.array([0.0, 1.0, 5.0, 5.2, 4.9, 5.1, 5.0, 4.8, 5.1, 5.0]))
    2
    """
    n = series.size
    if n < 4:
        return 0
    errors = [float(((series[d:] - series[d:].mean()) ** 2).sum()) / (n - d) ** 2 for d in range(n // 2 + 1)]
    return int(np.argmin(errors))


def _key(key: np.uint64, number: int) -> np.uint64:
    return np.uint64(queues.subkey(key, number))


def _utilisation(layout: Layout, traffic: Traffic, arrivals: float, days: int) -> Array:
    loads = []
    for station in layout.stations:
        load = 0.0
        for kind in traffic.classes:
            if station.name in layout.routes.get(kind, (station.name,)):
                service = station.service_of(kind)
                hours = 1.0 if station.timeless or service is None else service.mean
                load += arrivals * traffic.shares.get(kind, 1.0) * hours
        if station.timeless:
            within = station.calendar.breaks < 24.0 * days
            offered = float(station.calendar.lanes[within].sum()) / days
        else:
            offered = station.calendar.lane_hours(0.0, 24.0 * days) / days
        loads.append(load / offered if offered > 0.0 else np.inf)
    return np.array(loads)


def _passages(
    layout: Layout, traffic: Traffic, first_day: date, days: int
) -> Callable[[np.uint64], _Passage]:
    """Return the function that runs one replication for its key."""
    engine = _recursion if _in_order(layout, traffic) else _events

    def one(key: np.uint64) -> _Passage:
        arrival, kind, slot = _arrivals(traffic, first_day, days, key)
        return engine(_sailing(layout, key), traffic, arrival, kind, slot, _key(key, _SERVICE))

    return one


def _sailing(layout: Layout, key: np.uint64) -> Layout:
    """Return the layout with the sailings of one replication where they keep no timetable."""
    stations = list(layout.stations)
    for s, station in enumerate(stations):
        if station.headway is not None:
            end = station.calendar.breaks[-1]
            n = int(end / station.headway.mean * (1.0 + station.headway.cv)) + 4 * _BEFORE
            gaps = _draws(station.headway, n, _key(_key(key, _SAILINGS), s))
            breaks = np.cumsum(gaps) - _BEFORE * station.headway.mean
            keep = (breaks > 0.0) & (breaks <= end)
            for begin, until in station.shut:
                keep &= (breaks < begin) | (breaks >= until)
            lanes = np.full(int(keep.sum()), station.calendar.most, dtype=np.int64)
            stations[s] = replace(station, calendar=Calendar(breaks[keep], lanes))
    return replace(layout, stations=tuple(stations))


def _in_order(layout: Layout, traffic: Traffic) -> bool:
    """Whether the recursions cover a layout: no yards, appointments, routes, ranks or classes with times of their own."""
    if layout.yards or layout.routes or traffic.early:
        return False
    for station in layout.stations:
        ranks = {station.priority.get(kind, -1) for kind in traffic.classes}
        if len(ranks) > 1 or not isinstance(station.service, Distribution):
            return False
        if station.sailing and np.unique(station.calendar.lanes).size > 1:
            return False
    return True


def _arrivals(traffic: Traffic, first_day: date, days: int, key: np.uint64) -> tuple[Array, Integers, Array]:
    """Return times of arrival in order, classes, and slots (``-inf`` for none), each (n,)."""
    if traffic.times:
        arrival = np.asarray(traffic.times, dtype=float)
        return arrival, _classes(traffic, arrival.size, key, ()), np.full(arrival.size, -np.inf)
    rates = traffic.rates(first_day, days)
    edges = np.arange(rates.size + 1, dtype=float)
    booked = sum(traffic.shares[kind] for kind in traffic.early)
    free = rates * (1.0 - booked) / traffic.batch
    moments = np.repeat(_process(matching(1.0, traffic.cv), free, edges, _key(key, _ARRIVALS)), traffic.batch)
    kinds = _classes(traffic, moments.size, key, tuple(traffic.early))
    slots = np.full(moments.size, -np.inf)
    for kind, early in traffic.early.items():
        index = traffic.classes.index(kind)
        own = _key(_key(key, _EARLY), index)
        slot = _process(matching(1.0, 0.0), rates * traffic.shares[kind], edges, own)
        before = _draws(early, slot.size, own)
        moments = np.append(moments, np.maximum(slot - before, 0.0))
        kinds = np.append(kinds, np.full(slot.size, index, dtype=np.int64))
        slots = np.append(slots, slot)
    in_time = np.argsort(moments, kind="stable")
    return moments[in_time], kinds[in_time], slots[in_time]


def _classes(traffic: Traffic, n: int, key: np.uint64, without: tuple[str, ...]) -> Integers:
    shares = np.array([0.0 if kind in without else traffic.shares.get(kind, 1.0) for kind in traffic.classes])
    if shares.size == 1 or shares.sum() <= 0.0:
        return np.zeros(n, dtype=np.int64)
    # An exponential put through its own distribution function is uniform.
    uniform = -np.expm1(-_draws(matching(1.0, 1.0), n, _key(key, _CLASSES)))
    bounds = np.cumsum(shares)[:-1] / shares.sum()
    return np.searchsorted(bounds, uniform, side="right").astype(np.int64)


def _process(spacing: Distribution, rate: Array, edges: Array, key: np.uint64) -> Array:
    """Return moments (n,) of a process with this expected rate and this shape of spacing."""
    expected = float((rate * np.diff(edges)).sum())
    if expected <= 0.0:
        return np.zeros(0)
    n = int(expected + 6.0 * max(spacing.cv, 0.1) * np.sqrt(expected)) + 16
    while True:
        unit = np.cumsum(_draws(spacing, n, key))
        moment = np.empty(n)
        count = queues.clock(unit, edges, rate, moment)
        if count < n:
            return moment[:count]
        n *= 2


def _draws(distribution: Distribution, n: int, key: np.uint64) -> Array:
    out = np.empty(n)
    queues.draws(distribution.kind, distribution.first, distribution.second, distribution.sample, key, out)
    return out


def _recursion(
    layout: Layout, traffic: Traffic, arrival: Array, kind: Integers, slot: Array, key: np.uint64
) -> _Passage:
    """Run stations one after the other, each first come, first served."""
    n, n_stations = arrival.size, len(layout.stations)
    times = [np.empty((n_stations, n)) for _ in range(3)]
    enter, start, finish = times
    ready, order = arrival, np.arange(n)
    for s, station in enumerate(layout.stations):
        begins = np.empty(n)
        if station.timeless:
            breaks = station.calendar.breaks
            if station.intake:
                queues.intakes(ready, breaks, station.calendar.lanes, begins)
            else:
                queues.sailings(ready, breaks, station.calendar.most, begins)
            done = begins
        else:
            assert isinstance(station.service, Distribution)
            service = _draws(station.service, n, _key(key, s))[order]
            if station.calendar.breaks.size == 1 and station.calendar.breaks[0] == 0.0:
                queues.fifo(ready, service, station.calendar.most, begins)
            else:
                queues.fifo_calendar(ready, service, station.calendar.breaks, station.calendar.lanes, begins)
            done = begins + service
        enter[s, order], start[s, order], finish[s, order] = ready, begins, done
        by_time = np.argsort(done, kind="stable")
        ready, order = done[by_time], order[by_time]
    left = np.isfinite(ready)
    end = float(max(ready[left][-1] if left.any() else 0.0, arrival[-1] if n else 0.0))
    area = _present(arrival, ready, np.array([0.0, end]))[0]
    return _Passage(arrival, kind, enter.T, start.T, finish.T, finish.T, float(area), end)


def _events(
    layout: Layout, traffic: Traffic, arrival: Array, kind: Integers, slot: Array, key: np.uint64
) -> _Passage:
    """Run the event loop and lay its stops out by station."""
    stations, classes = layout.stations, traffic.classes
    names = [station.name for station in stations]
    n, n_stations, n_classes = arrival.size, len(stations), len(classes)
    route = np.full((n_classes, n_stations), -1, dtype=np.int64)
    for k, name in enumerate(classes):
        stops = [names.index(stop) for stop in layout.routes.get(name, names)]
        route[k, : len(stops)] = stops
    service = [[station.service_of(name) for name in classes] for station in stations]
    table = [[d if d is not None else matching(1.0, 0.0) for d in row] for row in service]
    sizes = np.array([[len(d.values) for d in row] for row in table]).ravel()
    ends = np.append(0, np.cumsum(sizes))
    sample_from = np.array([ends[s * n_classes : (s + 1) * n_classes + 1] for s in range(n_stations)])
    yards = {station.yard or f"\0{station.name}" for station in stations}
    yard_names = sorted(yards)
    out = [np.empty((n, n_stations)) for _ in range(4)]
    _, area, end = queues_events.run(
        arrival,
        kind,
        slot,
        int(route[0, 0]) if traffic.early else -1,
        route,
        np.array([[st.priority.get(name, _last(st)) for name in classes] for st in stations], dtype=np.int64),
        np.array([[d.kind for d in row] for row in table], dtype=np.int64),
        np.array([[d.first for d in row] for row in table]),
        np.array([[d.second for d in row] for row in table]),
        np.concatenate([d.sample for row in table for d in row]),
        sample_from.astype(np.int64),
        np.append(0, np.cumsum([st.calendar.breaks.size for st in stations])).astype(np.int64),
        np.concatenate([st.calendar.breaks for st in stations]),
        np.concatenate([st.calendar.lanes for st in stations]),
        np.array([st.timeless for st in stations]),
        np.array([st.intake for st in stations]),
        np.array([yard_names.index(st.yard or f"\0{st.name}") for st in stations], dtype=np.int64),
        np.array([layout.yards.get(name, n + 1) for name in yard_names], dtype=np.int64),
        key,
        *out,
    )
    by_station: list[Array] = [np.full((n, n_stations), np.nan) for _ in out]
    for k in range(n_classes):
        rows = np.flatnonzero(kind == k)
        for h, s in enumerate(route[k].tolist()):
            if s >= 0:
                for stop, station_times in zip(out, by_station, strict=True):
                    station_times[rows, s] = stop[rows, h]
    enter, start, finish, leave = by_station
    return _Passage(arrival, kind, enter, start, finish, leave, area, end)


def _last(station: Station) -> int:
    return max(station.priority.values(), default=-1) + 1


def _present(start: Array, end: Array, edges: Array) -> Array:
    """Return the integral of the number of open intervals over each span between edges, shape (n_edges - 1,).

    ``start`` and ``end`` are sorted separately; which end belongs to which start does not matter.
    """

    def area(moments: Array) -> Array:
        index = np.searchsorted(moments, edges, side="right")
        sums = np.append(0.0, np.cumsum(moments[np.isfinite(moments)]))
        return np.asarray(index * edges - sums[np.minimum(index, sums.size - 1)])

    return np.asarray(np.diff(area(start) - area(end)))


def _waiting(passage: _Passage, edges: Array) -> Array:
    """Return the integral of the number of vehicles waiting or blocked over each span, shape (n_edges - 1,)."""
    total = np.zeros(edges.size - 1)
    spans = [(passage.enter, passage.start)]
    if passage.finish is not passage.leave:
        spans.append((passage.finish, passage.leave))
    for begins, ends in spans:
        for s in range(begins.shape[1]):
            came = np.isfinite(begins[:, s])
            total += _present(np.sort(begins[came, s]), np.sort(ends[came, s]), edges)
    return total


def _summarise(
    runs: list[_Passage],
    layout: Layout,
    traffic: Traffic,
    queue_by_day: Array,
    utilisation: Array,
    growth: float,
    days: int,
    warmup_days: int,
) -> Run:
    horizon, warm = 24.0 * days, 24.0 * warmup_days
    n_classes = len(traffic.classes)
    edges = np.arange(24 * warmup_days, 24 * days + 1, dtype=float)
    is_queue = np.array([not station.intake for station in layout.stations])
    rows: dict[str, list[NDArray[np.float64] | float]] = {}
    late_waits, late_hours = [], []
    for p in runs:
        with np.errstate(invalid="ignore"):  # whoever never gets somewhere has waited infinity less infinity
            waited, blocked = p.start - p.enter, p.leave - p.finish
        visited = ~np.isnan(p.enter)
        departure = np.where(visited, p.leave, -np.inf).max(axis=1)
        left = np.isfinite(departure)
        lost = np.where(visited, waited + blocked, 0.0)
        wait = lost[:, is_queue].sum(axis=1)
        counted = left & (p.arrival >= warm)
        hour = (p.arrival[counted] % 24.0).astype(np.int64)
        seen = wait[counted]
        late_waits.append(seen)
        late_hours.append(hour)
        per_hour = np.bincount(hour, minlength=24).astype(float)
        sojourn = float((departure[left] - p.arrival[left]).sum() + (p.end - p.arrival[~left]).sum())
        queue = _waiting(p, edges).reshape(-1, 24).mean(axis=0)
        within = (departure >= warm) & (departure < horizon)
        n_station = np.maximum((visited & counted[:, None]).sum(axis=0), 1)
        values: dict[str, NDArray[np.float64] | float] = {
            "wait": _mean(seen),
            "quota_delay": _mean(lost[counted][:, ~is_queue].sum(axis=1)),
            "time_in_system": _mean(departure[counted] - p.arrival[counted]),
            "wait_quantiles": np.quantile(seen, QUANTILES) if seen.size else np.full(QUANTILES.size, np.nan),
            "wait_by_class": np.array([_mean(wait[counted & (p.kind == k)]) for k in range(n_classes)]),
            "wait_by_station": np.where(visited & counted[:, None], waited, 0.0).sum(axis=0) / n_station,
            "blocked_by_station": np.where(visited & counted[:, None], blocked, 0.0).sum(axis=0) / n_station,
            "wait_by_hour": np.bincount(hour, seen, minlength=24) / np.maximum(per_hour, 1.0),
            "queue_by_hour": queue,
            "arrivals_by_hour": per_hour / (days - warmup_days),
            "throughput": float(within.sum()) / (days - warmup_days),
            "unserved": float((~left).sum()),
            "little": abs(p.area - sojourn) / max(sojourn, 1e-12),
        }
        for name, value in values.items():
            rows.setdefault(name, []).append(value)
    stacked = {name: np.array(values) for name, values in rows.items()}
    if stacked["little"].max() > LITTLE_TOLERANCE:
        raise SolveError(f"Little's law fails by {stacked['little'].max():.1e}; the run cannot be trusted")
    waits, hours = np.concatenate(late_waits), np.concatenate(late_hours)
    p90 = [float(np.quantile(waits[hours == h], 0.9)) if np.any(hours == h) else 0.0 for h in range(24)]
    return Run(
        stations=tuple(station.name for station in layout.stations),
        **stacked,
        wait_p90_by_hour=np.array(p90),
        queue_by_day=queue_by_day,
        utilisation=utilisation,
        growth=growth,
        warmup_days=warmup_days,
    )


def _mean(values: Array) -> float:
    return float(values.mean()) if values.size else float("nan")
