"""The door of the room: from targets and figures to the table ``outlook``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from keruen.crossings import delay_functions
from keruen.flows import Assignment
from keruen.network import Network, build
from keruen.outlooks.backtest import BackTest, back_test
from keruen.outlooks.capacity import Limit, capacity_limit
from keruen.scenarios import active_changes, apply
from keruen.tables import Dataset
from keruen.tables.results import Outlook
from keruen.tables.words import say
from keruen.trade.history import Yearly, catalogue, growth, needed, yearly
from keruen.trade.models import Forecast, forecast

LIKELY, UNLIKELY = 0.66, 0.33
"""Chances from which a target is called likely, and up to which unlikely (the words of the IPCC, Mastrandrea et al.
2010)."""
LESS_IS_BETTER = ("rank", "h", "day", "min")

Row = Mapping[str, Any]
Pair = tuple[str, str | None, str | None]
"""Indicator, place and partner."""


def outlook(
    dataset: Dataset, *, assignment: Assignment | None = None, network: Network | None = None
) -> Dataset:
    """Judge every target: what to expect, how likely, and what binds first.

    Parameters
    ----------
    dataset
        Tables ``target``, ``indicator`` and ``figure``; for targets that the network limits also those of the network,
        ``corridor``, ``corridor_link``, ``crossing``, ``post``, ``project`` and ``change``.
    assignment
        Flows, to say how full the tightest section is today.
    network
        The network; built from the dataset when it has links and none is given.

    Returns
    -------
    Dataset
        With the table ``outlook``, one row for each target. A target without a deadline is ``unmeasurable``, one
        without a figure ``no_evidence``; one whose deadline lies before the latest figure is ``met`` or ``missed``.

    Raises
    ------
    InputError
        If the network's tables cannot be used.
    """
    if network is None and dataset.has("link") and dataset.has("node"):
        network = assignment.network if assignment is not None else build(dataset)
    history = yearly_series(dataset)
    indicators = {row["indicator_id"]: row for row in catalogue(dataset).iter_rows(named=True)}
    limits = _Limits(dataset, network, assignment)
    # The clock is the evidence's own, so that the same evidence always gets the same verdict.
    latest = dataset["source"]["published"].max()
    clock = latest.year if isinstance(latest, date) else None
    rows = [
        _judge(target, indicators.get(target["indicator_id"], {}), history, limits, clock)
        for target in dataset["target"].sort("target_id").iter_rows(named=True)
    ]
    known = set(dataset["figure"]["figure_id"])
    for row in rows:
        # A value that was written down rests on a citation, which is no figure.
        row["figures"] = [figure for figure in row["figures"] if figure in known]
    frame = pl.DataFrame(rows, schema=Outlook.create_empty().schema, orient="row")
    return dataset.with_tables(outlook=Outlook.validate(frame))


def yearly_series(dataset: Dataset) -> dict[Pair, Yearly]:
    """Return the yearly series of all goods together, by indicator, place and partner; see :mod:`keruen.trade`."""
    return {key[:3]: series for key, series in yearly(dataset).items() if key[3] is None}


def score(dataset: Dataset, *, count: int = 200, seed: int = 1) -> BackTest | None:
    """Score the chances on pseudo-targets cut out of the dataset's own series; None where no series is long enough."""
    unit = dict(catalogue(dataset).select("indicator_id", "unit").iter_rows())
    usable = {
        "/".join(part or "-" for part in key): (series.years, series.values)
        for key, series in yearly_series(dataset).items()
        if len(series.years) >= 3
    }
    units = {name: unit.get(name.split("/")[0], "") for name in usable}
    return back_test(usable, units=units, count=count, seed=seed) if usable else None


class _Limits:
    """Capacity limits of measures, as the network stands and as announced projects will leave it."""

    def __init__(self, dataset: Dataset, network: Network | None, assignment: Assignment | None) -> None:
        self.dataset, self.network, self.assignment = dataset, network, assignment
        self._planned: dict[tuple[str, ...], tuple[Dataset, Network]] = {}

    def today(self, target: Row) -> Limit | None:
        if self.network is None or target["measure"] == "none" or not target["measure_key"]:
            return None
        return self._of(self.dataset, self.network, target)

    def planned(self, target: Row) -> Limit | None:
        """The limit once every announced project due by the deadline is open."""
        due = {p: y for p, y in _announced(self.dataset).items() if y <= target["deadline"]}
        if self.network is None or not due:
            return None
        key = tuple(sorted(due))
        if key not in self._planned:
            changed = self.dataset
            for project in key:
                # One by one: rival projects that set one cell are each other's alternatives.
                changes = active_changes(self.dataset, target["deadline"], open_years={project: due[project]})
                changed = apply(changed, changes)
            self._planned[key] = (changed, build(changed, year=self.network.year))
        return self._of(*self._planned[key], target)

    def _of(self, dataset: Dataset, network: Network, target: Row) -> Limit | None:
        posts = delay_functions(dataset) if dataset.has("post") else []
        return capacity_limit(dataset, network, posts, target["measure"], target["measure_key"])

    def fullness(self, limit: Limit) -> str:
        """How full the tightest link is today, in words."""
        if self.assignment is None or not limit.links:
            return ""
        n, s = self.assignment.network, self.assignment.network.structure
        if limit.links[0] not in s.link_ids:
            return ""
        arcs = s.arc_link == s.link_ids.index(limit.links[0])
        room = n.capacity[s.arc_capacity[arcs]]
        busy = (self.assignment.volume[arcs] / room).max(initial=0.0) if (room > 0.0).all() else 0.0
        return f", today {busy:.0%} full" if math.isfinite(busy) and busy > 0.0 else ""


def _announced(dataset: Dataset) -> dict[str, int]:
    """First year in service of each project whose start and duration were announced."""
    rows = dataset["project"].filter(~pl.col("portfolio")).iter_rows(named=True)
    return {
        row["project_id"]: int(row["earliest_start"] + math.ceil(row["duration"]))
        for row in rows
        if row["earliest_start"] is not None and row["duration"] is not None
    }


def _judge(
    target: Row,
    indicator: Row,
    history: Mapping[Pair, Yearly],
    limits: _Limits,
    clock: int | None,
) -> dict[str, Any]:
    """Return one row of the outlook; ``clock`` is the year of the latest evidence."""
    unit = indicator.get("unit", "")
    value, deadline = float(target["value"]), target["deadline"]
    series = _history(target, indicator, history)
    row: dict[str, Any] = dict.fromkeys(Outlook.column_names())
    row |= {"target_id": target["target_id"], "label": target["label"], "value": value, "unit": unit}
    row |= {"deadline": deadline, "binds": "", "figures": list(series.evidence if series else ())}
    more = not (indicator.get("indicator_class") == "rank" or unit in LESS_IS_BETTER)
    if series:
        row |= {"last_year": series.years[-1], "last_value": series.values[-1]}
        row["achieved_growth"] = growth(series.years, series.values)
    limit = limits.today(target) if unit == "t" else None
    if limit is not None and math.isfinite(limit.tonnes):
        row["capacity_limit"] = limit.tonnes
    if deadline is None:
        so_far = f"; it stood at {say(series.values[-1], unit)} in {series.years[-1]}" if series else ""
        return row | {
            "verdict": "unmeasurable",
            "binds": "no deadline was announced",
            "explanation": f"No deadline was announced, so nothing can miss {say(value, unit)}{so_far}.",
        }
    over = clock is not None and deadline < clock
    # A limit that was passed already says that the network's figures are too low, not that the target is.
    refuted = limit is not None and series is not None and max(series.values) > limit.tonnes * 1.001
    lifted = limits.planned(target) if limit is not None and not refuted else None
    if lifted is not None and math.isfinite(lifted.tonnes):
        row["capacity_planned"] = lifted.tonnes
    if series is None:
        words = _capacity_words(value, unit, limit, lifted, limits, deadline)
        return row | {
            "verdict": "out_of_reach" if not over and _beyond(value, limit, lifted) else "no_evidence",
            "binds": words[0] or "no figure of what is measured",
            "explanation": f"No full-year figure of this indicator was read, so its pace is unknown.{words[1]}",
        }
    if over or deadline <= series.years[-1]:
        return row | _past(value, unit, deadline, series, more)
    if refuted and limit is not None:
        judged = _ahead(value, unit, deadline, series, more, None, None, limits)
        judged["explanation"] += (
            f" More than the network's {say(limit.tonnes, unit)} was reached already, so its capacity is set aside."
        )
        return row | judged
    return row | _ahead(value, unit, deadline, series, more, limit, lifted, limits)


def _history(target: Row, indicator: Row, history: Mapping[Pair, Yearly]) -> Yearly | None:
    name, place, partner = target["indicator_id"], target["place_id"], target["partner_id"]
    found = history.get((name, place, partner))
    if found is None and not indicator.get("directed", True) and partner is not None:
        found = history.get((name, partner, place))
    return found


def _past(value: float, unit: str, deadline: int, series: Yearly, more: bool) -> dict[str, Any]:
    """Judge a target whose deadline has come."""
    by_then = [(y, v) for y, v in zip(series.years, series.values, strict=True) if y <= deadline]
    if not by_then:
        return {
            "verdict": "no_evidence",
            "binds": "no figure of the years up to the deadline",
            "explanation": f"The deadline has passed, and no figure up to {deadline} was read.",
        }
    year, reached = by_then[-1]
    met = reached >= value if more else reached <= value
    if not met and year < deadline:
        return {
            "verdict": "no_evidence",
            "binds": "no figure of the deadline's year",
            "explanation": f"The deadline has passed; the last figure before it, of {year}, is {say(reached, unit)}.",
        }
    word = "met" if met else "missed"
    beside = "" if met else f", {abs(value - reached) / abs(value) if value else 1.0:.0%} off"
    return {
        "verdict": word,
        "probability": float(met),
        "probability_low": float(met),
        "probability_high": float(met),
        "binds": "nothing: it is reached" if met else "time: the deadline has passed",
        "explanation": f"The target of {say(value, unit)} by {deadline} was {word}: {say(reached, unit)} in {year}{beside}.",
    }


def _ahead(
    value: float, unit: str, deadline: int, series: Yearly, more: bool, limit: Limit | None,
    lifted: Limit | None, limits: _Limits,
) -> dict[str, Any]:  # fmt: skip
    """Judge a target whose deadline is still to come."""
    last_year, last = series.years[-1], series.values[-1]
    expected: Forecast = forecast(series.years, series.values, deadline, unit=unit)
    chances = expected.chances(value, above=more)
    chance = math.fsum(chances.values()) / len(chances)
    pace = needed(last_year, last, deadline, value)
    achieved = growth(series.years, series.values)
    beyond, reached = _beyond(value, limit, lifted), last >= value if more else last <= value
    words = _capacity_words(value, unit, limit, lifted, limits, deadline)
    if beyond:
        verdict = "out_of_reach"
    elif reached:
        verdict = "met"
    else:
        verdict = "likely" if chance >= LIKELY else "unlikely" if chance <= UNLIKELY else "uncertain"
    if words[0]:
        binds = words[0]
    elif reached:
        binds = "nothing: it is reached already, and has to be held"
    elif pace is not None and achieved is not None and abs(pace) > abs(achieved):
        binds = "time: the pace needed exceeds the pace achieved"
    elif chance < LIKELY:
        left = deadline - last_year
        binds = f"time: the pace achieved has to hold for {left} more year{'s' if left > 1 else ''}"
    else:
        binds = "nothing that is known"
    told = _pace_words(pace, achieved, series)
    figures = "one figure" if len(series.years) == 1 else f"{len(series.years)} figures"
    spread = f"{min(chances.values()):.0%} to {max(chances.values()):.0%} between models"
    return {
        "needed_growth": pace,
        "expected": expected.quantile(0.5),
        "low": expected.quantile(0.1),
        "high": expected.quantile(0.9),
        "probability": chance,
        "probability_low": min(chances.values()),
        "probability_high": max(chances.values()),
        "binds": binds,
        "verdict": verdict,
        "explanation": (
            f"From {say(last, unit)} in {last_year} to {say(value, unit)} by {deadline}: {told} "
            f"Chance {chance:.0%} ({spread}, {figures}), expected {say(expected.quantile(0.5), unit)}.{words[1]}"
        ),
    }


def _pace_words(needed: float | None, achieved: float | None, series: Yearly) -> str:
    if needed is None:
        return "a pace cannot be told."
    if achieved is None:
        return f"{needed:+.1%} a year is needed; one figure tells no pace."
    return f"{needed:+.1%} a year is needed, {achieved:+.1%} was achieved since {series.years[0]}."


def _beyond(value: float, limit: Limit | None, lifted: Limit | None) -> bool:
    """Whether the network cannot carry it, not even with every announced project that is due."""
    return limit is not None and max(limit.tonnes, lifted.tonnes if lifted else 0.0) < value


def _capacity_words(
    value: float, unit: str, limit: Limit | None, lifted: Limit | None, limits: _Limits, deadline: int
) -> tuple[str, str]:
    """What binds, and the sentences that explain it; empty where the network holds."""
    if limit is None:
        return "", ""
    if not math.isfinite(limit.tonnes):
        return "", " No known capacity limits it."
    where = _sections(limit)
    said = f" The network carries at most {say(limit.tonnes, unit)}, held by {where}{limits.fullness(limit)}"
    if limit.tonnes >= value:
        return "", said + "."
    if lifted is not None and lifted.tonnes > limit.tonnes * (1.0 + 1e-9):
        most = say(lifted.tonnes, unit) if math.isfinite(lifted.tonnes) else "any amount"
        said += f"; with every announced project due by {deadline} open, {most}"
    return f"capacity: {where}", said + "."


def _sections(limit: Limit) -> str:
    """Name the sections that hold a limit, the largest first."""
    named = limit.sections
    if not named:
        return "the network"
    if len(named) <= 2:
        return " and ".join(named)
    return f"{named[0]}, {named[1]} and {len(named) - 2} more"
