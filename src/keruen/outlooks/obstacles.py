"""What stands in the way of a target besides the network: works that come late, money, workers, power plants.

Receives the projects that carry a target, with the plan, the people that skills found missing and the electricity mix
where those were made; hands on obstacles, each with the share of the target's need that is there all the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from keruen.tables import Dataset
from keruen.tables.words import say

Row = Mapping[str, Any]

FULL = 0.999
"""Share of a need from which nothing is missing."""
_CARRY = {"project": "project_id", "requirement": "project_id", "plant": "project_id", "change": "change_id"}
"""Tables whose rows belong to projects, and the part of the key that says to which."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that a target lacks.

    Parameters
    ----------
    kind
        ``link``, ``crossing``, ``terminal``, ``time``, ``money``, ``workers`` or ``power``.
    met
        Share of the need that is there, from 0 to 1; the lowest binds first.
    words
        In words.
    """

    kind: str
    met: float
    words: str


class Obstacles:
    """Looks up what the results of other rooms say of targets."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.project = {row["project_id"]: row for row in dataset["project"].iter_rows(named=True)}
        self.plan = {row["project_id"]: row for row in dataset["plan"].iter_rows(named=True)}

    @cached_property
    def _rests(self) -> Mapping[str, Mapping[str, bool]]:
        """Projects by figure that one of their numbers rests on; true where that is more than the people they need."""
        owner = dict(
            self.dataset["change"]
            .filter(pl.col("project_id").is_not_null())
            .select("change_id", "project_id")
            .iter_rows()
        )
        found: dict[str, dict[str, bool]] = {}
        rows = self.dataset["lineage"].filter(
            (pl.col("rests_on_kind") == "figure") & pl.col("table").is_in(list(_CARRY))
        )
        for table, key, figure in rows.select("table", "row", "rests_on").iter_rows():
            name: str = json.loads(key).get(_CARRY[table]) or ""
            name = owner.get(name, "") if table == "change" else name
            if name in self.project:
                held = found.setdefault(figure, {})
                held[name] = held.get(name, False) or table != "requirement"
        return found

    @cached_property
    def _aims(self) -> Mapping[str, tuple[str, ...]]:
        """Figures that the level of each target rests on."""
        rows = self.dataset["lineage"].filter(
            (pl.col("table") == "target")
            & (pl.col("column") == "value")
            & (pl.col("rests_on_kind") == "figure")
        )
        found: dict[str, tuple[str, ...]] = {}
        for key, figure in rows.select("row", "rests_on").iter_rows():
            name = json.loads(key)["target_id"]
            found[name] = (*found.get(name, ()), figure)
        return found

    def aims(self, target: Row) -> tuple[str, ...]:
        """Return the figures that the level of a target rests on."""
        return self._aims.get(target["target_id"], ())

    def carriers(self, target: Row) -> tuple[str, ...]:
        """Return the projects that carry a target: those with a number that rests on the same figure as its level.

        One that requires another of them comes after the target.
        """
        return tuple(sorted(self._carriers(target)))

    def _carriers(self, target: Row) -> dict[str, bool]:
        named: dict[str, bool] = {}
        for figure in self.aims(target):
            for name, works in self._rests.get(figure, {}).items():
                if not self.project[name]["portfolio"]:
                    named[name] = named.get(name, False) or works
        return {n: works for n, works in named.items() if self.project[n]["requires"] not in named}

    def of(self, target: Row) -> Iterator[Obstacle]:
        """Yield what a target with a deadline lacks besides the network and the pace."""
        for name, works in sorted(self._carriers(target).items()):
            row = self.project[name]
            if row["stage"] == "completed":
                continue
            if works:
                yield from self._late(row, target["deadline"])
                yield from self._unpaid(row, target["deadline"])
            yield from self._unmanned(row, target["deadline"])
        yield from self._power(target)

    def _late(self, row: Row, deadline: int) -> Iterator[Obstacle]:
        if row["earliest_start"] is None or row["duration"] is None:
            return
        start, opened = int(row["earliest_start"]), int(row["earliest_start"] + math.ceil(row["duration"]))
        if opened - 1 > deadline:
            done = max(deadline + 1 - start, 0) / (opened - start)
            yield Obstacle(
                "time", done, f"time: {row['name']} is to be finished in {opened - 1} at the earliest"
            )

    def _unpaid(self, row: Row, deadline: int) -> Iterator[Obstacle]:
        planned = self.plan.get(row["project_id"])
        if planned is None or row["cost"] is None:
            return
        if planned["selected"] and planned["open_year"] is not None and planned["open_year"] - 1 > deadline:
            span = planned["open_year"] - planned["start_year"]
            done = max(deadline + 1 - planned["start_year"], 0) / span if span else 0.0
            yield Obstacle(
                "time", done, f"time: the plan finishes {row['name']} in {planned['open_year'] - 1}"
            )
        if not planned["selected"] and planned["reason"].startswith("It does not earn"):
            words = f"money: {row['name']} costs {say(row['cost'], 'USD')}, and the plan does not build it"
            yield Obstacle("money", 0.0, words + self._committed(row))

    def _committed(self, row: Row) -> str:
        """Say what was committed for the project's place, those that overlap counted once."""
        if row["place_id"] is None:
            return ""
        here = pl.col("place_id") == row["place_id"]
        mine = self.dataset["commitment"].filter(here & pl.col("amount").is_not_null())
        counted: set[str] = set()
        by_stage: dict[str, float] = {}
        for told in mine.sort("amount", "commitment_id", descending=[True, False]).iter_rows(named=True):
            if not counted & set((told["overlaps_with"] or "").split("|")):
                counted.add(told["commitment_id"])
                by_stage[told["stage"]] = by_stage.get(told["stage"], 0.0) + told["amount"]
        words = " and ".join(
            f"{say(float(f'{amount:.3g}'), 'USD')} {stage.replace('_', ' ')}"
            for stage, amount in sorted(by_stage.items())
        )
        return f" (for the same place {words})" if words else ""

    def _unmanned(self, row: Row, deadline: int) -> Iterator[Obstacle]:
        """Yield the year in which the largest share of people is missing with today's places for study."""
        mine = self.dataset["skill_gap"].filter(
            (pl.col("project_id") == row["project_id"]) & (pl.col("year") <= deadline)
        )
        years = (
            mine.group_by("year")
            .agg(pl.col("needed", "gap", "gap_today").sum())
            .filter(pl.col("needed") > 0.0)
        )
        worst = years.with_columns((pl.col("gap_today") / pl.col("needed")).alias("short"))
        for gap in worst.sort("short", "year", descending=[True, False]).head(1).iter_rows(named=True):
            if 1.0 - gap["short"] >= FULL:
                return
            short = mine.filter(pl.col("year") == gap["year"]).sort(
                "gap_today", "skill_id", descending=[True, False]
            )
            trades = dict(self.dataset["skill"].select("skill_id", "name").iter_rows())
            trade = str(trades.get(short["skill_id"][0], short["skill_id"][0]))
            after = (
                "the training plan closes the gap"
                if gap["gap"] < 0.5
                else f"{gap['gap']:,.0f} even with the training plan"
            )
            yield Obstacle(
                "workers",
                1.0 - gap["short"],
                f"workers: {row['name']} lacks {gap['gap_today']:,.0f} of {gap['needed']:,.0f} people in {gap['year']} with "
                f"today's places for study, most of them {trade.lower()} ({after})",
            )

    def _power(self, target: Row) -> Iterator[Obstacle]:
        if target["indicator_id"] == "renewables_share":
            years = self.dataset["power_year"].filter(pl.col("year") == target["deadline"])
            for row in years.iter_rows(named=True):
                share, aim = 100.0 * row["renewables_without_target"], float(target["value"])
                if share < aim * FULL:
                    yield Obstacle("power", share / aim, self._plants(target["deadline"], share))

    def _plants(self, year: int, share: float) -> str:
        """Say what the electricity mix adds for the target."""
        mix = self.dataset["power_mix"].filter(
            (pl.col("year") <= year) & pl.col("technology").is_in(["wind", "solar", "hydro"])
        )
        added = (
            mix.group_by("technology")
            .agg(pl.col("added").sum())
            .filter(pl.col("added") >= 50.0)
            .sort("technology")
        )
        plants = [f"{mw / 1000.0:.1f} GW of {technology}" for technology, mw in added.iter_rows()]
        words = f"power: the plants that pay without a target give {share:.1f} %"
        return words + (f"; {' and '.join(plants)} more would be needed" if plants else "")

    def base(self, target: Row) -> str:
        """Say where the model itself starts, for a quantity of which no figure was read."""
        if target["indicator_id"] != "electricity_generation" or not self.dataset.has("power_year"):
            return ""
        years = self.dataset["power_year"].sort("year")
        start, load = years["year"][0], years["load"][0]
        if load <= 0.0 or target["deadline"] <= start:
            return ""
        pace = (float(target["value"]) / load) ** (1.0 / (target["deadline"] - start)) - 1.0
        return (
            f" The electricity room starts from {say(load, 'TWh')} used in {start}, an assumption: from there {pace:+.1%} a "
            "year would be needed."
        )

    def works(self, target: Row) -> str:
        """Say which projects carry the target and when they are to be finished."""
        told: Sequence[str] = [
            f"{row['name']} ({row['stage'].replace('_', ' ')}"
            + (
                f", to be finished in {int(row['earliest_start'] + math.ceil(row['duration'])) - 1})"
                if row["earliest_start"] is not None and row["duration"] is not None
                else ")"
            )
            for row in (self.project[name] for name in self.carriers(target))
        ]
        return f" It rests on {', '.join(told)}." if told else ""


class Record:
    """What became of the promises so far: how often a day that was set was kept, and how each aim moved."""

    def __init__(self, dataset: Dataset) -> None:
        self.status = {row["promise_id"]: row for row in dataset["promise_status"].iter_rows(named=True)}
        self.by_figure: dict[str, str] = {name: name for name in self.status}
        for name, figures in dataset["promise"].select("promise_id", "figures").iter_rows():
            for figure in (figures or "").split("|"):
                if figure and name in self.status:
                    self.by_figure[figure] = name
        verdicts = [row["verdict"] for row in self.status.values()]
        self.kept = verdicts.count("met")
        self.due = self.kept + verdicts.count("late") + verdicts.count("redefined")

    def promise(self, target: Row, figures: Sequence[str]) -> Row | None:
        """Return the promise that a target is a version of."""
        names = [self.by_figure[figure] for figure in figures if figure in self.by_figure]
        if names:
            return self.status[names[0]]
        where = (target["indicator_id"], target["place_id"], target["partner_id"])
        alike = [
            row
            for row in self.status.values()
            if (row["indicator_id"], row["place_id"], row["partner_id"]) == where
            and row["value"] == target["value"]
            and row["deadline"] == target["deadline"]
        ]
        return alike[0] if alike else None

    def words(self) -> str:
        """Say how many promises whose day has come were kept."""
        if not self.due:
            return ""
        return f" Of {self.due} promises that have been tested or changed, {self.kept} {'was' if self.kept == 1 else 'were'} kept as made."
