"""The simulation on tables: how long vehicles wait at a crossing, and what other lanes, hours or arrivals would do.

A crossing is simulated in its busier direction: its two sides one after the other, as the tables describe them. Before
and after meet the same vehicles, so that their difference is known better than either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from keruen.crossings import theory
from keruen.crossings.distributions import matching
from keruen.crossings.hours import MOST_DAYS, Calendar, Closure, Shift, always, calendar
from keruen.crossings.layout import MOST_PER_DAY, Layout, Station, Traffic
from keruen.crossings.performance import ValueOfTime
from keruen.crossings.posts import DAYS_PER_YEAR, MOST_LANES, Border, Side, read_borders
from keruen.crossings.simulation import FIRST_DAY, QUANTILES, Estimate, Run, estimate, simulate_layout
from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.tables.dataset import Dataset

PerCrossing = float | Mapping[str, float] | None
"""One number for every crossing, or numbers by crossing (or by ``crossing/country`` for one side)."""

NOON = 14.0
"""Middle of the opening hours on the local clock, where a post does not open all day."""


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What :func:`simulate` found. Times in hours; intervals are of 95 % over replications.

    Parameters
    ----------
    summary
        One row per crossing and variant (``before``, ``after``): ``vehicles_per_day``, ``lanes`` and
        ``hours_per_day`` of the weaker side, ``utilisation``, ``stable``, ``queue_growth`` [vehicles/day],
        ``wait`` with ``wait_low`` and ``wait_high``, ``wait_p50``, ``wait_p90`` with its ends, ``wait_p95``,
        ``time_in_system`` (handling and other delay included), ``other_delay``, ``queue`` [vehicles],
        ``throughput`` [vehicles/day], ``cost_of_waiting`` [USD/year], ``binds``, ``warmup_days``,
        ``unserved`` [vehicles] and ``little`` (relative residual of Little's law).
    by_hour
        One row per crossing, variant and hour of the day: ``arrivals`` [1/h], ``queue`` [vehicles], ``wait``,
        ``wait_p90``.
    distribution
        One row per crossing, variant and ``probability``: ``wait`` with its ends.
    by_day
        One row per crossing, variant and day of the run, warm-up included: ``queue`` [vehicles].
    comparison
        One row per crossing and measure: ``before``, ``after``, ``change`` with its ends, ``relative``; empty
        where no option was given.
    findings
        Warnings that were worked around.
    seed, days, replications
        As given.
    """

    summary: pl.DataFrame
    by_hour: pl.DataFrame
    distribution: pl.DataFrame
    by_day: pl.DataFrame
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
    value_of_time: PerCrossing = None,
) -> SimulationResult:
    """Simulate crossings as they are and, where an option is given, as they would be.

    Parameters
    ----------
    dataset
        Tables ``crossing``, ``post``, ``delay_cause``, ``link``, ``node``, ``mode``, and ``crossing_performance`` for
        the vehicles that arrive today.
    crossings
        Those wanted; None for all whose arrivals are known.
    arrivals
        Vehicles a day in the busier direction, after. Where none are known to arrive, before as well.
    lanes, hours
        Lanes and opening hours [h/day] of each side, after.
    closures
        Weather, holidays, strikes or works at every side, after; day 0 of a run is
        :data:`~keruen.crossings.simulation.FIRST_DAY`. Nothing is cut off as warm-up then.
    by_hour
        Relative arrivals of the 24 hours of the day; empty for even arrivals.
    days
        Days of arrivals in each replication, warm-up included.
    seed, replications
        The same seed gives the same bytes.
    value_of_time
        USD/t-h, as in :func:`keruen.crossings.performance`.

    Raises
    ------
    InputError
        If a crossing is unknown or cannot serve, its arrivals are not known, or an option is out of range; all
        faults together.
    """
    borders, warnings = read_borders(dataset, crossings)
    known = known_arrivals(dataset)
    after = {b.crossing_id: _option(arrivals, b.crossing_id) for b in borders}
    findings = [*warnings, *_check_options(borders, arrivals, lanes, hours)]
    wanted = []
    for border in borders:
        identifier = border.crossing_id
        rate = known.get(identifier) or after[identifier]
        if not rate:
            findings.append(
                Finding(
                    "crossing_performance",
                    identifier,
                    "vehicles_per_day",
                    "",
                    "nothing arrives" if identifier in known else "arrivals are not known",
                    "give arrivals, or assign the demand first",
                    Severity.WARNING if crossings is None else Severity.ERROR,
                )
            )
            continue
        wanted.append((border, rate))
    if not wanted and not any(f.severity is Severity.ERROR for f in findings):
        findings = [replace(finding, severity=Severity.ERROR) for finding in findings] or [
            Finding(
                "crossing", "", "", "", "there is no crossing to simulate", "add rows to the table crossing"
            )
        ]
    warnings = refuse_errors(findings)
    price = ValueOfTime(dataset, None, value_of_time)
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in _SCHEMAS}
    for border, rate in wanted:
        changed = with_options(border, lanes, hours)
        rate_after = after[border.crossing_id] or rate
        variants: list[tuple[str, Border, float, Sequence[Closure]]] = [("before", border, rate, ())]
        if changed.sides != border.sides or rate_after != rate or closures:
            variants.append(("after", changed, rate_after, closures))
        runs: list[Run] = []
        for name, variant, vehicles, shut in variants:
            warnings += _rounded(variant)
            run = simulate_border(
                variant, Traffic(vehicles, variant.sides[0].arrival_cv, by_hour),
                days=days, seed=seed, replications=replications, closures=shut,
                # Both variants count the same days, for they meet the same vehicles.
                warmup_days=0 if closures else runs[0].warmup_days if runs else None,
            )  # fmt: skip
            tables["summary"].append(_summary(variant, name, vehicles, run, price(variant)))
            tables["by_hour"] += _hours(border.crossing_id, name, run)
            tables["distribution"] += _distribution(border.crossing_id, name, run)
            tables["by_day"] += [
                {"crossing_id": border.crossing_id, "variant": name, "day": day, "queue": float(queue)}
                for day, queue in enumerate(run.queue_by_day.mean(axis=0))
            ]
            runs.append(run)
        if len(runs) == 2:
            tables["comparison"] += _compare(border.crossing_id, *runs)
    frames = {name: pl.DataFrame(rows, schema=_SCHEMAS[name]) for name, rows in tables.items()}
    return SimulationResult(
        **frames, findings=tuple(dict.fromkeys(warnings)), seed=seed, days=days, replications=replications
    )


def simulate_border(
    border: Border,
    traffic: Traffic,
    *,
    days: int,
    seed: int,
    replications: int,
    closures: Sequence[Closure] = (),
    warmup_days: int | None = None,
) -> Run:
    """Simulate both sides of a crossing under traffic in the forward direction.

    Services are the simplest distributions with the mean and coefficient of variation of the posts. The queue left
    when the traffic stops is worked off in the same opening hours. Arguments as in
    :func:`keruen.crossings.simulation.simulate_layout`; closures hold at every side.
    """
    layout = Layout(tuple(_station(side, traffic, days, closures) for side in border.sides))
    return simulate_layout(
        layout, traffic, days=days, seed=seed, replications=replications, warmup_days=warmup_days
    )


def known_arrivals(dataset: Dataset) -> dict[str, float]:
    """Return vehicles a day in the busier direction by crossing, of the latest year in ``crossing_performance``."""
    latest = dataset["crossing_performance"].sort("year").group_by("crossing_id", maintain_order=True).last()
    return dict(latest.select("crossing_id", "vehicles_per_day").iter_rows())


def with_options(border: Border, lanes: PerCrossing, hours: PerCrossing) -> Border:
    """Return the crossing with other lanes and opening hours."""
    sides = []
    for side in border.sides:
        where = (f"{border.crossing_id}/{side.country}", border.crossing_id)
        sides.append(
            replace(
                side,
                lanes=_first(_option(lanes, *where), side.lanes),
                hours_per_day=_first(_option(hours, *where), side.hours_per_day),
            )
        )
    return replace(border, sides=tuple(sides))


def opening(side: Side, days: int, closures: Sequence[Closure] = ()) -> Calendar:
    """Return the calendar of a side: its lanes, open in one piece around :data:`NOON`."""
    lanes = whole_lanes(side)
    if side.hours_per_day >= theory.DAY and not closures:
        return always(lanes)
    half = side.hours_per_day / 2.0
    shift = Shift((NOON - half) % 24.0, (NOON + half) % 24.0, lanes)
    return calendar([shift], FIRST_DAY, days, closures=closures)


def whole_lanes(side: Side) -> int:
    """Return the lanes as a whole number of at least one."""
    return max(1, math.floor(side.lanes + 0.5))


def _station(side: Side, traffic: Traffic, days: int, closures: Sequence[Closure]) -> Station:
    lanes = whole_lanes(side)
    # Lanes were rounded to whole ones: the time at a lane makes up for it, so that the throughput stays.
    service = matching(side.service_time * lanes / side.lanes, side.service_cv)
    load = traffic.per_day / side.throughput
    drain = min(MOST_DAYS, math.ceil(days * max(1.0, load)) + 60)
    return Station(side.country, opening(side, drain, closures), service)


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
    known = {border.crossing_id for border in borders} | sides
    limits = (
        ("arrivals", arrivals, MOST_PER_DAY, "give vehicles a day"),
        ("lanes", lanes, MOST_LANES, "give the lanes that work in parallel"),
        ("hours", hours, theory.DAY, "give opening hours above 0 and up to 24"),
    )
    for name, option, most, remedy in limits:
        values = (
            option.items() if isinstance(option, Mapping) else [("", option)] if option is not None else []
        )
        for where, value in values:
            if where and where not in known:
                findings.append(
                    Finding("option", where, name, str(value), "names no crossing that is simulated",
                            f"choose among {', '.join(sorted(known))}")
                )  # fmt: skip
            if not (math.isfinite(value) and 0.0 < value <= most):
                findings.append(
                    Finding(
                        "option", where, name, str(value), f"must be above 0 and at most {most:g}", remedy
                    )
                )
    return findings


def _rounded(border: Border) -> list[Finding]:
    return [
        Finding("post", f"{border.crossing_id}/{side.country}", "lanes", str(side.lanes), "is no whole number",
                f"simulated as {whole_lanes(side)} lanes with the same throughput", Severity.WARNING)
        for side in border.sides
        if side.lanes != whole_lanes(side)
    ]  # fmt: skip


_TEXT, _NUMBER, _WHOLE = pl.String(), pl.Float64(), pl.Int64()
_SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "summary": {"crossing_id": _TEXT, "variant": _TEXT}
    | dict.fromkeys(("vehicles_per_day", "lanes", "hours_per_day", "utilisation"), _NUMBER)
    | {"stable": pl.Boolean()}
    | dict.fromkeys(
        ("queue_growth", "wait", "wait_low", "wait_high", "wait_p50", "wait_p90", "wait_p90_low", "wait_p90_high",
         "wait_p95", "time_in_system", "other_delay", "queue", "throughput", "cost_of_waiting"), _NUMBER)
    | {"binds": _TEXT, "warmup_days": _WHOLE, "unserved": _NUMBER, "little": _NUMBER},
    "by_hour": {"crossing_id": _TEXT, "variant": _TEXT, "hour": _WHOLE}
    | dict.fromkeys(("arrivals", "queue", "wait", "wait_p90"), _NUMBER),
    "by_day": {"crossing_id": _TEXT, "variant": _TEXT, "day": _WHOLE, "queue": _NUMBER},
    "distribution": {"crossing_id": _TEXT, "variant": _TEXT}
    | dict.fromkeys(("probability", "wait", "wait_low", "wait_high"), _NUMBER),
    "comparison": {"crossing_id": _TEXT, "measure": _TEXT}
    | dict.fromkeys(("before", "after", "change", "change_low", "change_high", "relative"), _NUMBER),
}  # fmt: skip


def _summary(
    border: Border, variant: str, vehicles: float, run: Run, value_of_time: float | None
) -> dict[str, object]:
    wait, p90 = estimate(run.wait), run.quantile(0.9)
    loaded = vehicles * DAYS_PER_YEAR * border.payload / (1.0 + border.empty_return_share)
    return {
        "crossing_id": border.crossing_id,
        "variant": variant,
        "vehicles_per_day": vehicles,
        "lanes": border.weaker.lanes,
        "hours_per_day": border.weaker.hours_per_day,
        "utilisation": float(run.utilisation.max()),
        "stable": run.stable,
        "queue_growth": None if run.stable else run.growth,
        "wait": wait.mean,
        "wait_low": wait.low,
        "wait_high": wait.high,
        "wait_p50": run.quantile(0.5).mean,
        "wait_p90": p90.mean,
        "wait_p90_low": p90.low,
        "wait_p90_high": p90.high,
        "wait_p95": run.quantile(0.95).mean,
        "time_in_system": float(run.time_in_system.mean()) + border.other_delay,
        "other_delay": border.other_delay,
        "queue": float(run.queue_by_hour.mean()),
        "throughput": float(run.throughput.mean()),
        "cost_of_waiting": None if value_of_time is None else loaded * wait.mean * value_of_time,
        "binds": binds(border, run),
        "warmup_days": run.warmup_days,
        "unserved": float(run.unserved.mean()),
        "little": float(run.little.max()),
    }


def binds(border: Border, run: Run) -> str:
    """Name the largest part of the time at a simulated crossing."""
    tightest = border.sides[int(np.argmax(run.utilisation))]
    if not run.stable:
        return f"throughput of {tightest.country}"
    waits = run.wait_by_station.mean(axis=0)
    parts = {"delay that is no queue": border.other_delay, "handling": border.handling_time}
    for side, wait, rho in zip(border.sides, waits.tolist(), run.utilisation.tolist(), strict=True):
        night = min(float(theory.wait_for_opening(side.hours_per_day, rho)), wait)
        parts[f"opening hours of {side.country}"] = night
        parts[f"lanes of {side.country}"] = wait - night
    return max(parts, key=lambda part: parts[part])


def _hours(crossing: str, variant: str, run: Run) -> list[dict[str, object]]:
    columns = zip(
        run.arrivals_by_hour.mean(axis=0), run.queue_by_hour.mean(axis=0), run.wait_by_hour.mean(axis=0),
        run.wait_p90_by_hour, strict=True,
    )  # fmt: skip
    return [
        {"crossing_id": crossing, "variant": variant, "hour": hour, "arrivals": float(came), "queue": float(queue),
         "wait": float(wait), "wait_p90": float(p90)}
        for hour, (came, queue, wait, p90) in enumerate(columns)
    ]  # fmt: skip


def _distribution(crossing: str, variant: str, run: Run) -> list[dict[str, object]]:
    waits = [estimate(run.wait_quantiles[:, i]) for i in range(QUANTILES.size)]
    return [
        {"crossing_id": crossing, "variant": variant, "probability": float(probability), "wait": wait.mean,
         "wait_low": wait.low, "wait_high": wait.high}
        for probability, wait in zip(QUANTILES, waits, strict=True)
    ]  # fmt: skip


def _compare(crossing: str, before: Run, after: Run) -> list[dict[str, object]]:
    p90 = int(np.flatnonzero(QUANTILES == 0.9)[0])
    measures = {
        "wait": (before.wait, after.wait),
        "wait_p90": (before.wait_quantiles[:, p90], after.wait_quantiles[:, p90]),
        "time_in_system": (before.time_in_system, after.time_in_system),
        "queue": (before.queue_by_hour.mean(axis=1), after.queue_by_hour.mean(axis=1)),
        "throughput": (before.throughput, after.throughput),
    }
    rows: list[dict[str, object]] = []
    for measure, (old, new) in measures.items():
        change: Estimate = estimate(new - old)
        mean = float(old.mean())
        rows.append(
            {"crossing_id": crossing, "measure": measure, "before": mean, "after": float(new.mean()),
             "change": change.mean, "change_low": change.low, "change_high": change.high,
             "relative": change.mean / mean if mean > 0.0 else None}
        )  # fmt: skip
    return rows


def one_border(dataset: Dataset, crossing: str, arrivals: float | None) -> tuple[Border, float]:
    """Return a crossing and the vehicles that arrive there in a day.

    Raises
    ------
    InputError
        If the crossing is unknown or cannot serve, or its arrivals are neither given nor known.
    """
    (border,), _ = read_borders(dataset, [crossing])
    rate = known_arrivals(dataset).get(crossing) if arrivals is None else arrivals
    if rate is None or not (math.isfinite(rate) and 0.0 < rate <= MOST_PER_DAY):
        raise InputError(
            [Finding("crossing_performance", crossing, "vehicles_per_day", str(rate), "arrivals are not known",
                     "give arrivals above 0, or assign the demand first")]
        )  # fmt: skip
    return border, float(rate)
