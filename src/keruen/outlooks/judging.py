"""The verdict on one target: from its series, what the network can carry and what else it lacks to a row of ``outlook``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from keruen.outlooks.capacity import Limit
from keruen.outlooks.obstacles import FULL, Obstacle
from keruen.tables.results import Outlook
from keruen.tables.words import say
from keruen.trade.history import Yearly, growth, needed
from keruen.trade.models import Forecast, forecast

LIKELY, UNLIKELY = 0.66, 0.33
"""Chances from which a target is called likely, and up to which unlikely (the words of the IPCC, Mastrandrea et al.
2010)."""
LESS_IS_BETTER = ("rank", "h", "day", "min")

Row = Mapping[str, Any]


class Limits(Protocol):
    """What the network can carry of a target."""

    def today(self, target: Row) -> Limit | None:
        """The limit as the network stands."""

    def planned(self, target: Row) -> Limit | None:
        """The limit once every announced project due by the deadline is open."""

    def fullness(self, limit: Limit) -> str:
        """How full the tightest link is today, in words."""


def judge(
    target: Row, indicator: Row, series: Yearly | None, limits: Limits, obstacles: Sequence[Obstacle], clock: int | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the numbers and words of one target.

    Parameters
    ----------
    target, indicator
        Rows of the tables.
    series
        Figures of what it measures; None where none was read.
    limits
        What the network can carry.
    obstacles
        What it lacks besides.
    clock
        Year of the latest evidence.
    """
    unit = indicator.get("unit", "")
    value, deadline = float(target["value"]), target["deadline"]
    row: dict[str, Any] = dict.fromkeys(Outlook.column_names())
    row |= {"target_id": target["target_id"], "label": target["label"], "value": value, "unit": unit}
    row |= {
        "deadline": deadline,
        "figures": list(series.evidence if series else ()),
        "models": "",
        "also": "",
    }
    more = not (indicator.get("indicator_class") == "rank" or unit in LESS_IS_BETTER)
    if series:
        row |= {"base_year": series.years[0], "base_value": series.values[0]}
        row |= {"last_year": series.years[-1], "last_value": series.values[-1]}
        row["achieved_growth"] = growth(series.years, series.values)
    limit = limits.today(target) if unit == "t" else None
    if limit is not None and math.isfinite(limit.tonnes):
        row["capacity_limit"] = limit.tonnes
    if deadline is None:
        return row | _undated(value, unit, series)
    # A limit that was passed already says that the network's figures are too low, not that the target is.
    refuted = limit is not None and series is not None and max(series.values) > limit.tonnes * 1.001
    lifted = limits.planned(target) if limit is not None and not refuted else None
    if lifted is not None and math.isfinite(lifted.tonnes):
        row["capacity_planned"] = lifted.tonnes
    held = None if refuted else limit
    found = [*obstacles, *_carried(value, held, lifted, deadline)]
    over = clock is not None and deadline < clock
    if series is None:
        judged = _unseen(value, over, held, lifted, found)
        judged["explanation"] += _network_words(value, unit, limit, lifted, limits, deadline)
        return row | judged
    reached = [(y, v) for y, v in zip(series.years, series.values, strict=True) if y <= deadline]
    if reached and ((over and _kept(reached[-1][1], value, more)) or reached[-1][0] == deadline):
        return row | _past(value, unit, deadline, reached[-1], more)
    if not reached:
        return row | {
            "verdict": "no_evidence",
            "binds_kind": "evidence",
            "binds": "no figure of the years up to the deadline",
            "explanation": f"The deadline has passed, and no figure up to {deadline} was read.",
        }
    series = series.until(deadline)
    judged = _ahead(value, unit, deadline, series, more, held, lifted, found, over)
    if refuted and limit is not None:
        judged["explanation"] += (
            f" More than the network's {say(limit.tonnes, unit)} was reached already, so its capacity is set aside."
        )
    else:
        judged["explanation"] += _network_words(value, unit, limit, lifted, limits, deadline)
    return row | judged


def _undated(value: float, unit: str, series: Yearly | None) -> dict[str, Any]:
    so_far = f"; it stood at {say(series.values[-1], unit)} in {series.years[-1]}" if series else ""
    return {
        "verdict": "unmeasurable",
        "binds_kind": "evidence",
        "binds": "no deadline was announced",
        "explanation": f"No deadline was announced, so nothing can miss {say(value, unit)}{so_far}.",
    }


def _unseen(
    value: float, over: bool, limit: Limit | None, lifted: Limit | None, obstacles: Sequence[Obstacle]
) -> dict[str, Any]:
    """Judge a target of which no figure was read: only the network can rule it out."""
    first, also = _first(obstacles)
    return {
        "verdict": "out_of_reach" if not over and _beyond(value, limit, lifted) else "no_evidence",
        "binds_kind": first.kind if first else "evidence",
        "binds": first.words if first else "no figure of what is measured",
        "also": also,
        "explanation": "No full-year figure of this indicator was read, so its pace is unknown.",
    }


def _kept(reached: float, value: float, more: bool) -> bool:
    return reached >= value if more else reached <= value


def _past(value: float, unit: str, deadline: int, reached: tuple[int, float], more: bool) -> dict[str, Any]:
    """Judge a target whose deadline has come and of which a figure tells."""
    year, amount = reached
    met = _kept(amount, value, more)
    word = "met" if met else "missed"
    beside = "" if met else f", {abs(value - amount) / abs(value) if value else 1.0:.0%} off"
    return {
        "verdict": word,
        "probability": float(met),
        "probability_low": float(met),
        "probability_high": float(met),
        "binds_kind": "nothing" if met else "time",
        "binds": "nothing: it is reached" if met else "time: the deadline has passed",
        "explanation": f"The target of {say(value, unit)} by {deadline} was {word}: {say(amount, unit)} in {year}{beside}.",
    }


def _ahead(
    value: float, unit: str, deadline: int, series: Yearly, more: bool, limit: Limit | None,
    lifted: Limit | None, obstacles: Sequence[Obstacle], over: bool,
) -> dict[str, Any]:  # fmt: skip
    """Judge a target whose deadline is still to come, or of whose deadline no figure is known yet."""
    last_year, last = series.years[-1], series.values[-1]
    expected: Forecast = forecast(series.years, series.values, deadline, unit=unit)
    chances, middles = expected.chances(value, above=more), expected.middles()
    chance = math.fsum(chances.values()) / len(chances)
    middle = expected.quantile(0.5)
    pace, achieved = needed(last_year, last, deadline, value), growth(series.years, series.values)
    reached = _kept(last, value, more)
    if _beyond(value, limit, lifted):
        verdict = "out_of_reach"
    elif reached:
        verdict = "met"
    else:
        verdict = "likely" if chance >= LIKELY else "unlikely" if chance <= UNLIKELY else "uncertain"
    slow = _pace(value, deadline, last_year, reached, more, chance, middle, pace, achieved)
    first, also = _first(obstacles, slow)
    if first is None:
        binds = "nothing: it is reached already, and has to be held" if reached else "nothing that is known"
    else:
        binds = first.words
    figures = "one figure" if len(series.years) == 1 else f"{len(series.years)} figures"
    spread = f"{min(chances.values()):.0%} to {max(chances.values()):.0%} between models"
    passed = f"The deadline has passed and no figure of {deadline} was read. " if over else ""
    return {
        "needed_growth": pace,
        "expected": middle,
        "low": expected.quantile(0.1),
        "high": expected.quantile(0.9),
        "model_low": min(middles.values()),
        "model_high": max(middles.values()),
        "probability": chance,
        "probability_low": min(chances.values()),
        "probability_high": max(chances.values()),
        "models": "|".join(f"{name} {share:.0%}" for name, share in chances.items()),
        **_limited(value, middle, chance, more, limit, lifted),
        "binds_kind": first.kind if first else "nothing",
        "binds": binds,
        "also": also,
        "verdict": verdict,
        "explanation": (
            f"{passed}From {say(last, unit)} in {last_year} to {say(value, unit)} by {deadline}: "
            f"{_pace_words(pace, achieved, series)} Chance {chance:.0%} ({spread}, {figures}), expected {say(middle, unit)}."
        ),
    }


def _limited(
    value: float, middle: float, chance: float, more: bool, limit: Limit | None, lifted: Limit | None
) -> dict[str, float]:
    """Return the version within what the network will be able to carry."""
    most = max(limit.tonnes if limit else 0.0, lifted.tonnes if lifted else 0.0)
    if limit is None or not more or not math.isfinite(most):
        return {}
    return {"expected_limited": min(middle, most), "probability_limited": chance if most >= value else 0.0}


def _pace(
    value: float, deadline: int, last_year: int, reached: bool, more: bool, chance: float, middle: float,
    pace: float | None, achieved: float | None,
) -> list[Obstacle]:  # fmt: skip
    """Return time as an obstacle, where the pace falls short."""
    if reached or chance >= LIKELY:
        return []
    short = middle / value if more else value / middle if middle else 0.0
    # Of the models' whole answer the middle may reach the aim and the chance still be no more than even.
    met = min(max(short, 0.0), FULL)
    if pace is not None and achieved is not None and abs(pace) > abs(achieved):
        return [Obstacle("time", met, "time: the pace needed exceeds the pace achieved")]
    left = deadline - last_year
    words = f"time: the pace achieved has to hold for {left} more year{'s' if left > 1 else ''}"
    if achieved is None:
        words = "time: one figure tells no pace"
    return [Obstacle("time", met, words)]


def _first(obstacles: Sequence[Obstacle], pace: Sequence[Obstacle] = ()) -> tuple[Obstacle | None, str]:
    """Return what binds first, of which the least is there, and the others in words.

    A pace that falls short comes last: it tells that something binds, not what.
    """
    ordered = [*sorted(obstacles, key=lambda o: (o.met, o.kind, o.words)), *pace]
    return (ordered[0] if ordered else None), "; ".join(o.words for o in ordered[1:])


def _pace_words(needed: float | None, achieved: float | None, series: Yearly) -> str:
    if needed is None:
        return "a pace cannot be told."
    if achieved is None:
        return f"{needed:+.1%} a year is needed; one figure tells no pace."
    return f"{needed:+.1%} a year is needed, {achieved:+.1%} was achieved since {series.years[0]}."


def _beyond(value: float, limit: Limit | None, lifted: Limit | None) -> bool:
    """Whether the network cannot carry it, not even with every announced project that is due."""
    return limit is not None and max(limit.tonnes, lifted.tonnes if lifted else 0.0) < value


def _carried(value: float, limit: Limit | None, lifted: Limit | None, deadline: int) -> list[Obstacle]:
    """Return the network as an obstacle, where as it stands it cannot carry the target."""
    if limit is None or limit.tonnes >= value:
        return []
    words = f"capacity: {_sections(limit)}"
    if lifted is not None and lifted.tonnes >= value:
        words += f" (enough once what is announced for {deadline} is open)"
    return [Obstacle(limit.kind or "link", limit.tonnes / value, words)]


def _network_words(
    value: float, unit: str, limit: Limit | None, lifted: Limit | None, limits: Limits, deadline: int
) -> str:
    """Say what the network can carry."""
    if limit is None:
        return ""
    if not math.isfinite(limit.tonnes):
        return " No known capacity limits it."
    said = f" The network carries at most {say(limit.tonnes, unit)}, held by {_sections(limit)}{limits.fullness(limit)}"
    if limit.tonnes < value and lifted is not None and lifted.tonnes > limit.tonnes * (1.0 + 1e-9):
        most = say(lifted.tonnes, unit) if math.isfinite(lifted.tonnes) else "any amount"
        said += f"; with every announced project due by {deadline} open, {most}"
    return said + "."


def _sections(limit: Limit) -> str:
    """Name the sections that hold a limit, the largest first."""
    named = limit.sections
    if not named:
        return "the network"
    if len(named) <= 2:
        return " and ".join(named)
    return f"{named[0]}, {named[1]} and {len(named) - 2} more"
