"""How many lanes, and when: the fewest that keep the wait of nine in ten below a limit.

Answers rest on simulation: a number of lanes counts as enough when the upper end of the interval of the quantile does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from keruen.crossings import theory
from keruen.crossings.distributions import matching
from keruen.crossings.door import one_border, with_options
from keruen.crossings.hours import Shift, calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.limits import MOST_LANES
from keruen.crossings.posts import Side
from keruen.crossings.simulation import FIRST_DAY, Run, simulate_layout
from keruen.crossings.staged import simulate_border, traffic_of
from keruen.errors import Finding, InputError
from keruen.tables.dataset import Dataset


@dataclass(frozen=True, slots=True)
class LanesNeeded:
    """The fewest lanes on each side that keep the wait below a limit.

    Parameters
    ----------
    crossing_id
        The crossing.
    lanes
        Lanes on each side; None where no number is enough.
    now
        Lanes of the weaker side today.
    target
        Limit of the wait [h].
    reason
        In a sentence.
    tried
        One row per number of lanes simulated: ``lanes``, ``utilisation``, ``wait_p90`` [h] with its ends, ``enough``.
    """

    crossing_id: str
    lanes: int | None
    now: float
    target: float
    reason: str
    tried: pl.DataFrame


def lanes_needed(
    dataset: Dataset,
    crossing: str,
    *,
    target: float = 4.0,
    arrivals: float | None = None,
    days: int = 56,
    seed: int = 1,
    replications: int = 20,
) -> LanesNeeded:
    """Return how many lanes on each side keep the wait of nine vehicles in ten below `target` hours.

    Parameters
    ----------
    dataset
        As for :func:`keruen.crossings.simulate`.
    crossing
        The crossing.
    target
        Limit of the wait [h], above 0.
    arrivals
        Vehicles a day in the busier direction; None takes those of ``crossing_performance``.
    days, seed, replications
        As for :func:`keruen.crossings.simulate`.

    Raises
    ------
    InputError
        If the crossing is unknown or cannot serve, or its arrivals or the target are not given.
    """
    _positive_target(target)
    border, rate = one_border(dataset, crossing, arrivals)
    night = max(
        float(np.quantile(theory.opening_profile(side.hours_per_day, 0.0, 960), 0.9)) for side in border.sides
    )
    tried: dict[int, dict[str, object]] = {}

    def enough(lanes: int) -> bool:
        if lanes not in tried:
            run = simulate_border(
                (asked := with_options(border, float(lanes), None)), traffic_of(asked, rate),
                days=days, seed=seed, replications=replications,
            )  # fmt: skip
            p90 = run.quantile(0.9)
            tried[lanes] = {
                "lanes": lanes, "utilisation": float(run.utilisation.max()), "wait_p90": p90.mean,
                "wait_p90_low": p90.low, "wait_p90_high": p90.high,
                "enough": run.stable and p90.high <= target,
            }  # fmt: skip
        return bool(tried[lanes]["enough"])

    def answer(lanes: int | None, reason: str) -> LanesNeeded:
        table = pl.DataFrame([tried[n] for n in sorted(tried)], schema=_TRIED)
        return LanesNeeded(crossing, lanes, border.weaker.lanes, target, reason, table)

    now = max(1, math.floor(border.weaker.lanes))
    if night > target:
        enough(now)
        return answer(None, f"no number of lanes is enough: the night alone keeps one in ten {night:.1f} h")
    busiest = max(s.service_time / s.hours_per_day for s in border.sides)
    low, high = 0, max(1, math.ceil(rate * busiest))
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST_LANES:
            return answer(None, f"no number of lanes up to {MOST_LANES} is enough")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    if high <= now:
        would = f"; {high} would do" if high < now else ""
        return answer(high, f"the {now} lanes of today are enough{would}")
    return answer(high, f"{high} lanes on each side keep nine in ten below {target:g} h; there are {now}")


_TRIED: dict[str, pl.DataType] = {"lanes": pl.Int64()} | dict.fromkeys(
    ("utilisation", "wait_p90", "wait_p90_low", "wait_p90_high"), pl.Float64()
) | {"enough": pl.Boolean()}  # fmt: skip


def staffing(
    dataset: Dataset,
    crossing: str,
    by_hour: tuple[float, ...] = (),
    *,
    target: float = 1.0,
    country: str | None = None,
    arrivals: float | None = None,
    days: int = 28,
    seed: int = 1,
    replications: int = 8,
) -> pl.DataFrame:
    """Return lanes to staff in each hour of the day at one side of a crossing.

    Parameters
    ----------
    dataset
        As for :func:`keruen.crossings.simulate`.
    crossing
        The crossing.
    by_hour
        Relative arrivals of the 24 hours of the day; without them those of the table ``traffic``, else even.
    target
        Wait [h] that at most one in ten of those who arrive in any hour may exceed.
    country
        Side; None takes the weaker one.
    arrivals
        Vehicles a day in the busier direction; None takes those of ``crossing_performance``.
    days, seed, replications
        As for :func:`keruen.crossings.simulate`.

    Returns
    -------
    pl.DataFrame
        ``hour``, ``arrivals`` [1/h], ``lanes``, ``wait`` and ``wait_p90`` [h] of those who arrive in that hour.

    Raises
    ------
    InputError
        If the crossing, side, target or weights cannot be, or arrivals are not known.

    Notes
    -----
    Starts from the offered load of each hour, a service time late, with stationary formulas (lag SIPP; Green, Kolesar
    and Soares 2001, Operations Research 49(4)); then adds a lane where the simulated wait is longest over the limit, and
    at last takes away every lane that the limit does not need.
    """
    _positive_target(target)
    border, rate = one_border(dataset, crossing, arrivals)
    by_hour = by_hour or border.details.by_hour or (1.0,) * 24
    if len(by_hour) != 24:
        raise InputError(
            [
                Finding(
                    "option",
                    crossing,
                    "by_hour",
                    str(by_hour),
                    "must be 24 weights",
                    "give one for each hour",
                )
            ]
        )
    side = _side(border.sides, crossing, country) if country else border.weaker
    traffic = Traffic(rate, side.arrival_cv, by_hour)
    service = matching(side.service_time, side.service_cv)

    def run(lanes: list[int]) -> Run:
        shifts = [Shift(float(hour), float(hour + 1), n) for hour, n in enumerate(lanes)]
        station = Station(side.country, calendar(shifts, FIRST_DAY, 2 * days + 30), service)
        return simulate_layout(
            Layout((station,)),
            traffic,
            days=days,
            seed=seed,
            replications=replications,
            warmup_days=min(7, days // 4),
        )

    expected = traffic.rates(FIRST_DAY, 1)
    lanes = [_lanes_for(side, expected, hour, target) for hour in range(24)]
    result = run(lanes)
    while (over := result.wait_p90_by_hour - target).max() > 0.0:
        worst = int(np.argmax(over))
        lanes[worst] += 1 + lanes[worst] // 10
        if lanes[worst] > MOST_LANES:
            raise InputError(
                [Finding("option", crossing, "target", str(target), f"needs more than {MOST_LANES} lanes",
                         "allow a longer wait")]
            )  # fmt: skip
        result = run(lanes)
    # No hour lives on lanes that the hour before has left busy: each staffs at least its own load.
    least = np.ceil(expected * side.service_time).astype(int).tolist()
    for hour in sorted(range(24), key=lambda h: (-lanes[h], h)):
        while lanes[hour] > least[hour] and sum(lanes) > 1:
            fewer = [n - (h == hour) for h, n in enumerate(lanes)]
            trial = run(fewer)
            if trial.wait_p90_by_hour.max() > target or trial.unserved.any() or not trial.stable:
                break
            lanes, result = fewer, trial
    return pl.DataFrame(
        {
            "hour": list(range(24)),
            "arrivals": expected,
            "lanes": lanes,
            "wait": result.wait_by_hour.mean(axis=0),
            "wait_p90": result.wait_p90_by_hour,
        }
    )


def _lanes_for(side: Side, expected: np.ndarray, hour: int, target: float) -> int:
    """Return the lanes whose stationary queue keeps the limit under the load that reaches this hour."""
    reach = max(1, math.ceil(side.service_time))
    load = float(np.mean([expected[(hour - lag) % 24] for lag in range(reach + 1)])) * side.service_time
    for lanes in range(max(1, math.ceil(load)), MOST_LANES + 1):
        rho = load / lanes
        if rho < 1.0:
            wait = theory.wait_ggc(lanes, side.service_time, rho, side.arrival_cv, side.service_cv)
            if theory.wait_quantile(0.9, theory.erlang_c(lanes, rho), wait) <= target:
                return lanes
    return MOST_LANES


def _side(sides: tuple[Side, ...], crossing: str, country: str) -> Side:
    for side in sides:
        if side.country == country:
            return side
    raise InputError(
        [Finding("post", f"{crossing}/{country}", "country", country, "the crossing has no such side",
                 f"choose among {', '.join(s.country for s in sides)}")]
    )  # fmt: skip


def _positive_target(target: float) -> None:
    if not (math.isfinite(target) and target > 0.0):
        raise InputError(
            [
                Finding(
                    "option",
                    "",
                    "target",
                    str(target),
                    "must be above 0",
                    "give hours that nine in ten may wait",
                )
            ]
        )
