"""What the replications of a crossing gave, laid out as tables that people and pictures read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from keruen.crossings import theory
from keruen.crossings.described import Stop
from keruen.crossings.posts import DAYS_PER_YEAR, Border, Side
from keruen.crossings.simulation import QUANTILES, Estimate, Run, estimate
from keruen.crossings.staged import QUOTA

_TEXT, _NUMBER, _WHOLE = pl.String(), pl.Float64(), pl.Int64()
_WHICH = {"crossing_id": _TEXT, "variant": _TEXT, "direction": _TEXT}
SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "summary": _WHICH
    | dict.fromkeys(("vehicles_per_day", "units_per_vehicle", "lanes", "hours_per_day", "utilisation"), _NUMBER)
    | {"stable": pl.Boolean()}
    | dict.fromkeys(
        ("queue_growth", "wait", "wait_low", "wait_high", "wait_p50", "wait_p90", "wait_p90_low", "wait_p90_high",
         "wait_p95", "time_in_system", "quota_delay", "other_delay", "queue", "throughput", "cost_of_waiting"), _NUMBER)
    | {"binds": _TEXT, "warmup_days": _WHOLE, "unserved": _NUMBER, "little": _NUMBER},
    "by_hour": _WHICH | {"hour": _WHOLE} | dict.fromkeys(("arrivals", "queue", "wait", "wait_p90"), _NUMBER),
    "by_day": _WHICH | {"day": _WHOLE, "queue": _NUMBER},
    "by_station": _WHICH | {"station": _TEXT} | dict.fromkeys(("utilisation", "wait", "blocked"), _NUMBER),
    "by_class": _WHICH | {"class_id": _TEXT, "wait": _NUMBER},
    "distribution": _WHICH | dict.fromkeys(("probability", "wait", "wait_low", "wait_high"), _NUMBER),
    "comparison": {"crossing_id": _TEXT, "direction": _TEXT, "measure": _TEXT}
    | dict.fromkeys(("before", "after", "change", "change_low", "change_high", "relative"), _NUMBER),
}  # fmt: skip
"""Columns of the tables of :class:`keruen.crossings.SimulationResult`."""

Rows = list[dict[str, object]]


def rows_of(
    border: Border, variant: str, vehicles: float, run: Run, value_of_time: float | None
) -> dict[str, Rows]:
    """Return the rows of every table but the comparison for one run.

    Parameters
    ----------
    border
        The crossing, its sides in the order of passage.
    variant
        ``before`` or ``after``.
    vehicles
        Vehicles a day that arrive.
    run
        What the replications gave.
    value_of_time
        USD/t-h; None where it is not known.
    """
    which: dict[str, object] = {
        "crossing_id": border.crossing_id, "variant": variant, "direction": border.direction,
    }  # fmt: skip
    columns = zip(
        run.arrivals_by_hour.mean(axis=0), run.queue_by_hour.mean(axis=0), run.wait_by_hour.mean(axis=0),
        run.wait_p90_by_hour, strict=True,
    )  # fmt: skip
    waits = [estimate(run.wait_quantiles[:, i]) for i in range(QUANTILES.size)]
    stops = zip(
        run.stations, run.utilisation, run.wait_by_station.mean(axis=0), run.blocked_by_station.mean(axis=0), strict=True
    )  # fmt: skip
    classes = [kind.name for kind in border.details.classes]
    return {
        "summary": [which | _summary(border, vehicles, run, value_of_time)],
        "by_hour": [
            which | {"hour": hour, "arrivals": float(came), "queue": float(queue), "wait": float(wait), "wait_p90": float(p90)}
            for hour, (came, queue, wait, p90) in enumerate(columns)
        ],
        "by_day": [
            which | {"day": day, "queue": float(queue)} for day, queue in enumerate(run.queue_by_day.mean(axis=0))
        ],
        "by_station": [
            which | {"station": name, "utilisation": float(rho), "wait": float(wait), "blocked": float(held)}
            for name, rho, wait, held in stops
        ],
        "by_class": [
            which | {"class_id": name, "wait": float(run.wait_by_class[:, k].mean())} for k, name in enumerate(classes)
        ],
        "distribution": [
            which | {"probability": float(p), "wait": wait.mean, "wait_low": wait.low, "wait_high": wait.high}
            for p, wait in zip(QUANTILES, waits, strict=True)
        ],
    }  # fmt: skip


def _summary(border: Border, vehicles: float, run: Run, value_of_time: float | None) -> dict[str, object]:
    wait, p90 = estimate(run.wait), run.quantile(0.9)
    loaded = vehicles * DAYS_PER_YEAR * border.payload / (1.0 + border.empty_return_share)
    other, tightest = border.other_delay, border.tightest
    units = border.details.units
    return {
        "vehicles_per_day": vehicles,
        "units_per_vehicle": float(units),
        "lanes": tightest.lanes if isinstance(tightest, Side) else tightest.servers,
        "hours_per_day": tightest.hours_per_day,
        "utilisation": float(run.utilisation.max()),
        "stable": run.stable,
        "queue_growth": None if run.stable else run.growth / units,
        "wait": wait.mean,
        "wait_low": wait.low,
        "wait_high": wait.high,
        "wait_p50": run.quantile(0.5).mean,
        "wait_p90": p90.mean,
        "wait_p90_low": p90.low,
        "wait_p90_high": p90.high,
        "wait_p95": run.quantile(0.95).mean,
        "time_in_system": float(run.time_in_system.mean()) + other,
        "quota_delay": float(run.quota_delay.mean()),
        "other_delay": other,
        "queue": float(run.queue_by_hour.mean()),
        "throughput": float(run.throughput.mean()) / units,
        "cost_of_waiting": None if value_of_time is None else loaded * wait.mean * value_of_time,
        "binds": _binds(border, run, other),
        "warmup_days": run.warmup_days,
        "unserved": float(run.unserved.mean()),
        "little": float(run.little.max()),
    }


def _binds(border: Border, run: Run, other: float) -> str:
    """Name the largest part of the time at a simulated crossing."""
    tightest = run.stations[int(np.argmax(run.utilisation))]
    if not run.stable:
        return tightest if tightest.startswith(QUOTA) else f"throughput of {tightest}"
    places: Iterable[Side | Stop] = border.details.stations or border.sides
    hours = {
        place.country if isinstance(place, Side) else place.name: place.hours_per_day for place in places
    }
    waits = run.wait_by_station.mean(axis=0) + run.blocked_by_station.mean(axis=0)
    spent = float(run.time_in_system.mean() - run.wait.mean() - run.quota_delay.mean())
    parts = {"delay that is no queue": other, "handling": spent}
    for name, wait, rho in zip(run.stations, waits.tolist(), run.utilisation.tolist(), strict=True):
        if name.startswith(QUOTA):
            parts[name] = wait
            continue
        night = min(float(theory.wait_for_opening(hours[name], rho)), wait)
        parts[f"opening hours of {name}"] = night
        parts[f"lanes of {name}"] = wait - night
    return max(parts, key=lambda part: parts[part])


def compare(border: Border, before: Run, after: Run) -> Rows:
    """Return what changed between two runs that met the same vehicles, with the interval of each change."""
    p90 = int(np.flatnonzero(QUANTILES == 0.9)[0])
    measures = {
        "wait": (before.wait, after.wait),
        "wait_p90": (before.wait_quantiles[:, p90], after.wait_quantiles[:, p90]),
        "time_in_system": (before.time_in_system, after.time_in_system),
        "queue": (before.queue_by_hour.mean(axis=1), after.queue_by_hour.mean(axis=1)),
        "throughput": (before.throughput / border.details.units, after.throughput / border.details.units),
    }
    rows: Rows = []
    for measure, (old, new) in measures.items():
        change: Estimate = estimate(new - old)
        mean = float(old.mean())
        rows.append(
            {"crossing_id": border.crossing_id, "direction": border.direction, "measure": measure, "before": mean,
             "after": float(new.mean()), "change": change.mean, "change_low": change.low, "change_high": change.high,
             "relative": change.mean / mean if mean > 0.0 else None}
        )  # fmt: skip
    return rows
