"""The door of the room: from targets and figures to the table ``outlook``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from keruen.crossings import delay_functions
from keruen.flows import Assignment
from keruen.network import Network, build
from keruen.outlooks.backtest import BackTest, back_test
from keruen.outlooks.capacity import Capacities, Limit
from keruen.outlooks.judging import judge
from keruen.outlooks.obstacles import Obstacles, Record
from keruen.scenarios import active_changes, apply
from keruen.tables import Dataset
from keruen.tables.results import Outlook
from keruen.trade.history import Yearly, catalogue, find, needed, yearly
from keruen.trade.promised import promised

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
        ``corridor``, ``corridor_link``, ``crossing``, ``post``, ``project`` and ``change``. What ``plan``, ``skill_gap``,
        ``power_year`` and ``promise_status`` say is told where those tables have rows.
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
    history = yearly(dataset)
    indicators = {row["indicator_id"]: row for row in catalogue(dataset).iter_rows(named=True)}
    limits = _Limits(dataset, network, assignment)
    # The clock is the evidence's own, so that the same evidence always gets the same verdict.
    latest = dataset["source"]["published"].max()
    clock = latest.year if isinstance(latest, date) else None
    obstacles, record = Obstacles(dataset), Record(dataset)
    book = _Book(dataset)
    rows = []
    for target in dataset["target"].sort("target_id").iter_rows(named=True):
        indicator = indicators.get(target["indicator_id"], {})
        where = (target["indicator_id"], target["place_id"], target["partner_id"], None)
        series = find(history, where, directed=indicator.get("directed", True))
        lacking = list(obstacles.of(target)) if target["deadline"] is not None else []
        row = judge(target, indicator, series, limits, lacking, clock)
        aims, carriers = obstacles.aims(target), obstacles.carriers(target)
        promise = record.promise(target, aims)
        row |= {"measured": book.measured(target, indicator), "projects": list(carriers), "versions": ""}
        if promise is not None:
            row |= {name: promise[name] for name in ("promise_id", "first_value", "first_deadline")}
            row["versions"] = promise["history"]
        row["explanation"] += obstacles.works(target)
        if row["verdict"] == "no_evidence":
            row["explanation"] += obstacles.base(target) + record.words()
        row["statements"] = book.statements([*aims, *row["figures"]])
        # A value that was written down rests on a citation, which is no figure.
        written = [cited for cited in row["figures"] if cited not in book.figures]
        if written:
            row["explanation"] += f" Written down from: {'; '.join(dict.fromkeys(written))}."
        row["figures"] = [figure for figure in row["figures"] if figure in book.figures]
        rows.append(row)
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
    return back_test(usable, units=units, asks=asked(dataset), count=count, seed=seed) if usable else None


def asked(dataset: Dataset) -> list[tuple[float, int]]:
    """Return what announcements asked for: yearly growth from the last figure then known, and years given.

    Of each promise its first dated saying counts, where a figure of the years before was read.
    """
    history = yearly(dataset)
    directed = dict(catalogue(dataset).select("indicator_id", "directed").iter_rows())
    found = []
    for promise in promised(dataset)[0]:
        said = next((v for v in promise.versions if v.deadline is not None and v.value is not None), None)
        key = (promise.measured_by or promise.quantity[0], *promise.quantity[1:])
        series = find(history, key, directed=directed.get(key[0], True))
        known = series.until(said.announced.year) if series and said else None
        if not known or not known.years or not said or said.deadline is None or said.value is None:
            continue
        pace = needed(known.years[-1], known.values[-1], said.deadline, said.value)
        if pace is not None:
            found.append((pace, said.deadline - known.years[-1]))
    return sorted(found)


class _Book:
    """Names and statements."""

    def __init__(self, dataset: Dataset) -> None:
        self.places = dict(dataset["place"].select("place_id", "name").iter_rows())
        self.figures: dict[str, Sequence[str]] = dict(
            dataset["figure"].select("figure_id", "rests_on").iter_rows()
        )

    def measured(self, target: Row, indicator: Row) -> str:
        """Say what is measured, and where."""
        where = [
            str(self.places.get(target[side], target[side]))
            for side in ("place_id", "partner_id")
            if target[side]
        ]
        return ", ".join(
            [indicator.get("label", target["indicator_id"]), *([" and ".join(where)] if where else [])]
        )

    def statements(self, figures: Sequence[str]) -> list[str]:
        """Return the statements behind figures, each once."""
        return list(dict.fromkeys(s for figure in figures for s in self.figures.get(figure, ())))


class _Limits:
    """Capacity limits of measures, as the network stands and as announced projects will leave it."""

    def __init__(self, dataset: Dataset, network: Network | None, assignment: Assignment | None) -> None:
        self.dataset, self.network, self.assignment = dataset, network, assignment
        self._models: dict[tuple[str, ...], Capacities] = {}

    def today(self, target: Row) -> Limit | None:
        if self.network is None or target["measure"] == "none" or not target["measure_key"]:
            return None
        if () not in self._models:
            self._models[()] = self._model(self.dataset, self.network)
        return self._models[()].limit(target["measure"], target["measure_key"])

    def planned(self, target: Row) -> Limit | None:
        """The limit once every announced project due by the deadline is open."""
        due = {p: y for p, y in _announced(self.dataset).items() if y <= target["deadline"]}
        if self.network is None or not due:
            return None
        key = tuple(sorted(due))
        if key not in self._models:
            changed = self.dataset
            for project in key:
                # One by one: rival projects that set one cell are each other's alternatives.
                changes = active_changes(self.dataset, target["deadline"], open_years={project: due[project]})
                changed = apply(changed, changes)
            self._models[key] = self._model(changed, build(changed, year=self.network.year))
        return self._models[key].limit(target["measure"], target["measure_key"])

    @staticmethod
    def _model(dataset: Dataset, network: Network) -> Capacities:
        return Capacities(dataset, network, delay_functions(dataset) if dataset.has("post") else [])

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
