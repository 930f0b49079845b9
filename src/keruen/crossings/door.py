"""The simulation on tables: how long vehicles wait at a crossing, and what other lanes, hours or arrivals would do.

A crossing is simulated in both directions, its two sides one after the other or, where the tables describe them, its
stations. Before and after meet the same vehicles, so that their difference is known better than either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from keruen.crossings import tabled, theory
from keruen.crossings.described import Stop
from keruen.crossings.hours import Closure
from keruen.crossings.layout import MOST_PER_DAY
from keruen.crossings.limits import MOST_LANES
from keruen.crossings.performance import ValueOfTime
from keruen.crossings.posts import Border, read_borders
from keruen.crossings.simulation import FIRST_DAY, Run
from keruen.crossings.staged import NOON, simulate_border, traffic_of, whole_lanes
from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.tables.dataset import Dataset

PerCrossing = float | Mapping[str, float] | None
"""One number for every crossing, or numbers by crossing, ``crossing/country`` or ``crossing/station``."""


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What :func:`simulate` found. Times in hours; intervals are of 95 % over replications.

    Every table has ``crossing_id``, ``direction`` (such as ``KAZ to CHN``; at a port the country) and, but for the
    comparison, ``variant`` (``before``, ``after``). The busier direction comes first.

    Parameters
    ----------
    summary
        ``vehicles_per_day``, ``units_per_vehicle``, ``lanes`` and ``hours_per_day`` of the tightest side or station,
        ``utilisation``, ``stable``, ``queue_growth`` [vehicles/day], ``wait`` with ``wait_low`` and ``wait_high``,
        ``wait_p50``, ``wait_p90`` with its ends, ``wait_p95``, ``time_in_system`` (handling, quota and other delay
        included), ``quota_delay``, ``other_delay``, ``queue`` [units], ``throughput`` [vehicles/day],
        ``cost_of_waiting`` [USD/year], ``binds``, ``warmup_days``, ``unserved`` [units] and ``little`` (relative residual
        of Little's law).
    by_hour
        By hour of the day: ``arrivals`` [1/h], ``queue`` [units], ``wait``, ``wait_p90``.
    distribution
        By ``probability``: ``wait`` with its ends.
    by_day
        By day of the run, warm-up included: ``queue`` [units].
    by_station
        By ``station``: ``utilisation``, ``wait``, ``blocked`` (served, and held back by a full yard).
    by_class
        By ``class_id``: ``wait``; empty where there is one class.
    comparison
        By measure: ``before``, ``after``, ``change`` with its ends, ``relative``; empty where no option was given.
    findings
        Warnings that were worked around.
    seed, days, replications
        As given.
    """

    summary: pl.DataFrame
    by_hour: pl.DataFrame
    distribution: pl.DataFrame
    by_day: pl.DataFrame
    by_station: pl.DataFrame
    by_class: pl.DataFrame
    comparison: pl.DataFrame
    findings: tuple[Finding, ...]
    seed: int
    days: int
    replications: int


def simulate(
    dataset: Dataset,
    crossings: Iterable[str] | None = None,
    *,
    arrivals: PerCrossing = None,
    lanes: PerCrossing = None,
    hours: PerCrossing = None,
    closures: Sequence[Closure] = (),
    by_hour: tuple[float, ...] = (),
    days: int = 56,
    seed: int = 1,
    replications: int = 20,
    first_day: date = FIRST_DAY,
    value_of_time: PerCrossing = None,
) -> SimulationResult:
    """Simulate crossings as they are and, where an option is given, as they would be.

    Parameters
    ----------
    dataset
        Tables ``crossing``, ``post``, ``delay_cause``, ``link``, ``node``, ``mode``, and ``crossing_performance`` for
        the vehicles that arrive today; ``station``, ``traffic``, ``traffic_class``, ``closure`` and ``quota`` where known.
    crossings
        Those wanted; None for all whose arrivals are known.
    arrivals
        Vehicles a day, after: by crossing those of the busier direction (the other keeps its proportion), by
        ``crossing/country`` those that come from that country. Where none are known to arrive, before as well.
    lanes, hours
        Lanes and opening hours [h/day], after: of each side, of one side, or of a station by its name. A sailing's room
        is changed by the station's name only.
    closures
        Weather, holidays, strikes or works at every side, after. Where anything closes, nothing is cut off as warm-up.
    by_hour
        Relative arrivals of the 24 hours of the day, instead of those of the table ``traffic``.
    days
        Days of arrivals in each replication, warm-up included.
    seed, replications
        The same seed gives the same bytes.
    first_day
        Day 0 of the run, by which closures, quotas, weekdays and seasons hold.
    value_of_time
        USD/t-h, as in :func:`keruen.crossings.performance`.

    Raises
    ------
    InputError
        If a crossing is unknown or cannot serve, its arrivals are not known, or an option is out of range; all
        faults together.
    """
    borders, warnings = read_borders(dataset, crossings)
    known = known_arrivals(dataset, borders)
    findings = [*warnings, *_check_options(borders, arrivals, lanes, hours)]
    wanted = []
    for border in borders:
        rates = _rates(border, known.get(border.crossing_id, {}), arrivals)
        if rates:
            wanted.append((border, rates))
            continue
        findings.append(
            Finding(
                "crossing_performance", border.crossing_id, "vehicles_per_day", "",
                "nothing arrives" if border.crossing_id in known else "arrivals are not known",
                "give arrivals, or assign the demand first",
                Severity.WARNING if crossings is None else Severity.ERROR,
            )
        )  # fmt: skip
    if not wanted and not any(f.severity is Severity.ERROR for f in findings):
        findings = [replace(finding, severity=Severity.ERROR) for finding in findings] or [
            Finding(
                "crossing", "", "", "", "there is no crossing to simulate", "add rows to the table crossing"
            )
        ]
    warnings = refuse_errors(findings)
    price = ValueOfTime(dataset, None, value_of_time)
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in tabled.SCHEMAS}
    for border, rates in wanted:
        changed = with_options(border, lanes, hours)
        for facing, before, after in rates:
            altered = changed if facing.sides == border.sides else changed.reversed()
            variants: list[tuple[str, Border, float, Sequence[Closure]]] = [("before", facing, before, ())]
            if changed != border or after != before or closures:
                variants.append(("after", altered, after, closures))
            runs: list[Run] = []
            for name, variant, vehicles, shut in variants:
                warnings += _rounded(variant)
                run = simulate_border(
                    variant, traffic_of(variant, vehicles, by_hour),
                    days=days, seed=seed, replications=replications, closures=shut, first_day=first_day,
                    # Both variants count the same days, for they meet the same vehicles.
                    warmup_days=0 if closures or _closes(border, first_day, days) else runs[0].warmup_days if runs else None,
                )  # fmt: skip
                for table, rows in tabled.rows_of(variant, name, vehicles, run, price(variant)).items():
                    tables[table] += rows
                runs.append(run)
            if len(runs) == 2:
                tables["comparison"] += tabled.compare(facing, *runs)
    frames = {name: pl.DataFrame(rows, schema=tabled.SCHEMAS[name]) for name, rows in tables.items()}
    return SimulationResult(
        **frames, findings=tuple(dict.fromkeys(warnings)), seed=seed, days=days, replications=replications
    )


def known_arrivals(dataset: Dataset, borders: Iterable[Border]) -> dict[str, dict[str, float]]:
    """Return vehicles a day by crossing and direction, of the latest year in ``crossing_performance``."""
    latest = dataset["crossing_performance"].sort("year").group_by("crossing_id", maintain_order=True).last()
    rows = {row["crossing_id"]: row for row in latest.iter_rows(named=True)}
    found = {}
    for border in borders:
        row = rows.get(border.crossing_id)
        if row is not None:
            busier = row["direction"] or border.direction
            found[border.crossing_id] = {busier: row["vehicles_per_day"]}
            if row["vehicles_per_day_back"] is not None and len(border.sides) == 2:
                other = next(d for d in (border.direction, border.reversed().direction) if d != busier)
                found[border.crossing_id][other] = row["vehicles_per_day_back"]
    return found


def _rates(
    border: Border, known: Mapping[str, float], arrivals: PerCrossing
) -> list[tuple[Border, float, float]]:
    """Return the crossing in each direction with vehicles a day before and after, the busier first; none if unknown."""
    faces = [border] if len(border.sides) < 2 else [border, border.reversed()]
    faces.sort(key=lambda face: -known.get(face.direction, 0.0))
    most = known.get(faces[0].direction) or 0.0
    whole = _option(arrivals, border.crossing_id)
    rates = []
    for face in faces:
        before = known.get(face.direction) or 0.0
        named = (
            _option(arrivals, f"{border.crossing_id}/{face.sides[0].country}")
            if isinstance(arrivals, Mapping)
            else None
        )
        if named is not None:
            after = named
        elif whole is not None:
            # What is not known to arrive comes in the first direction alone.
            after = whole * before / most if most else whole if face is faces[0] else 0.0
        else:
            after = before
        if before or after:
            rates.append((face, before or after, after or before))
    return rates


def with_options(border: Border, lanes: PerCrossing, hours: PerCrossing) -> Border:
    """Return the crossing with other lanes and opening hours."""
    name = border.crossing_id
    sides = []
    for side in border.sides:
        where = (f"{name}/{side.country}", name)
        sides.append(
            replace(
                side,
                lanes=_first(_option(lanes, *where), side.lanes),
                hours_per_day=_first(_option(hours, *where), side.hours_per_day),
            )
        )
    stops = tuple(_stop_with(stop, name, lanes, hours) for stop in border.details.stations)
    return replace(border, sides=tuple(sides), details=replace(border.details, stations=stops))


def _stop_with(stop: Stop, crossing: str, lanes: PerCrossing, hours: PerCrossing) -> Stop:
    own = f"{crossing}/{stop.name}"
    where = (own,) if stop.sails else (own, f"{crossing}/{stop.country}", crossing)
    named = isinstance(lanes, Mapping) or not stop.sails
    servers = _option(lanes, *where) if named else None
    opened = None if stop.sails else _option(hours, *where)
    if servers is not None:
        stop = replace(stop, servers=servers)
    if opened is not None:
        round_the_clock = opened >= theory.DAY
        stop = replace(
            stop,
            opens=None if round_the_clock else (NOON - opened / 2.0) % 24.0,
            closes=None if round_the_clock else (NOON + opened / 2.0) % 24.0,
        )
    return stop


def _closes(border: Border, first_day: date, days: int) -> bool:
    end = first_day + timedelta(days=days)
    return any(shut.first_day < end and shut.last_day >= first_day for shut in border.details.closures)


def _first(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else float(value)


def _option(option: PerCrossing, *keys: str) -> float | None:
    if not isinstance(option, Mapping):
        return option
    return next((option[key] for key in keys if key in option), None)


def _check_options(
    borders: list[Border], arrivals: PerCrossing, lanes: PerCrossing, hours: PerCrossing
) -> list[Finding]:
    findings = []
    sides = {f"{border.crossing_id}/{side.country}" for border in borders for side in border.sides}
    stops = {f"{border.crossing_id}/{stop.name}" for border in borders for stop in border.details.stations}
    known = {border.crossing_id for border in borders} | sides
    limits = (
        ("arrivals", arrivals, MOST_PER_DAY, known, "give vehicles a day"),
        ("lanes", lanes, MOST_LANES, known | stops, "give the lanes that work in parallel"),
        ("hours", hours, theory.DAY, known | stops, "give opening hours above 0 and up to 24"),
    )
    for name, option, most, places, remedy in limits:
        values = (
            option.items() if isinstance(option, Mapping) else [("", option)] if option is not None else []
        )
        for where, value in values:
            if where and where not in places:
                findings.append(
                    Finding("option", where, name, str(value), "names no crossing, side or station that is simulated",
                            f"choose among {', '.join(sorted(places))}")
                )  # fmt: skip
            if not (math.isfinite(value) and 0.0 < value <= most):
                findings.append(
                    Finding(
                        "option", where, name, str(value), f"must be above 0 and at most {most:g}", remedy
                    )
                )
    return findings


def _rounded(border: Border) -> list[Finding]:
    places = (
        [("station", stop.name, "servers", stop.servers) for stop in border.details.stations]
        or [("post", side.country, "lanes", side.lanes) for side in border.sides]
    )  # fmt: skip
    return [
        Finding(table, f"{border.crossing_id}/{name}", column, str(lanes), "is no whole number",
                f"simulated as {whole_lanes(lanes)} lanes with the same throughput", Severity.WARNING)
        for table, name, column, lanes in places
        if lanes != whole_lanes(lanes)
    ]  # fmt: skip


def one_border(dataset: Dataset, crossing: str, arrivals: float | None) -> tuple[Border, float]:
    """Return a crossing in its busier direction and the vehicles that arrive there in a day.

    Raises
    ------
    InputError
        If the crossing is unknown or cannot serve, or its arrivals are neither given nor known.
    """
    (border,), _ = read_borders(dataset, [crossing])
    if arrivals is None or (math.isfinite(arrivals) and 0.0 < arrivals <= MOST_PER_DAY):
        known = known_arrivals(dataset, [border]).get(crossing, {})
        for facing, _, rate in _rates(border, known, arrivals)[:1]:
            return facing, float(rate)
    raise InputError(
        [Finding("crossing_performance", crossing, "vehicles_per_day", str(arrivals), "arrivals are not known",
                 "give arrivals above 0, or assign the demand first")]
    )  # fmt: skip
