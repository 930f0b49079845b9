"""Whether each project is worth its cost, and whether a plan holds: flows and crossings with and without, year by year.

Receives a dataset (with a plan, if there is one) and hands on the tables ``benefit`` and ``appraisal``. The case
without is the network as it is with all that is under construction or complete, and what the project itself requires;
the case with adds the project. Both are solved to the fixed point of flows and crossings in the years between which the
benefits of others run nearly on a straight line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keruen.chain.congestion import Congested, congest
from keruen.chain.settings import Progress, silent
from keruen.chain.worth import measures
from keruen.crossings.analytic import wait_deviation
from keruen.crossings.posts import read_borders
from keruen.errors import Finding, InputError, Severity
from keruen.flows import Assignment
from keruen.network import Network, build
from keruen.plans import PlanResult
from keruen.plans.appraisal import Gains, gains
from keruen.plans.design import Planner
from keruen.plans.programme import MILLION, parameters, planned_years
from keruen.scenarios import active_changes, apply, compile
from keruen.tables import Dataset
from keruen.tables.appraisal import Appraisal, Benefit
from keruen.tables.words import say

COMMITTED = ("under_construction", "completed")
BEND = 0.05
"""Share of a project's gains that a straight line between solved years may miss before a year between is solved too."""
NOISE = 1e-3
"""USD a year below which a difference of two large sums is rounding."""


@dataclass(frozen=True)
class Appraised:
    """Projects appraised.

    Parameters
    ----------
    dataset
        The dataset with ``benefit`` and ``appraisal``.
    findings
        Which projects could not be appraised and why, and what was worked around.
    """

    dataset: Dataset
    findings: tuple[Finding, ...]


def appraise(
    dataset: Dataset,
    projects: Sequence[str] = (),
    *,
    network: Network | None = None,
    by: int | None = None,
    model: str = "logit",
    gap: float = 1e-6,
    progress: Progress = silent,
) -> Appraised:
    """Appraise the projects of the plan, or those named.

    Parameters
    ----------
    dataset
        Resolved tables: those of the network, ``project``, ``change``, ``appraisal_parameter``; ``plan`` gives the years
        in which projects open.
    projects
        Projects to appraise; empty takes those that the plan builds, or all where there is no plan.
    network
        Network of the base year; built where not given.
    by
        Last year appraised; None takes ``horizon``.
    model, gap
        See :func:`keruen.flows.assign`.
    progress
        Called with each project.

    Raises
    ------
    InputError
        If a project that was named does not exist, or the tables give no discount rate or carbon prices.
    """
    work = _Work(dataset, network or build(dataset), by, model, gap, progress)
    known = {row["project_id"]: row for row in dataset["project"].iter_rows(named=True)}
    work.refuse([name for name in projects if name not in known])
    named = tuple(dict.fromkeys(projects)) or work.planned()
    benefits: list[dict[str, Any]] = []
    verdicts: list[dict[str, Any]] = []
    for name in sorted(named):
        problem = work.unfit(known[name])
        if problem:
            work.findings.append(
                Finding("project", name, "", "", problem, "it is not appraised", Severity.WARNING)
            )
            continue
        progress(f"appraising {name}")
        rows, verdict = work.appraise(known[name])
        benefits += rows
        verdicts.append(verdict)
    benefit = pl.DataFrame(benefits, schema=Benefit.create_empty().schema, orient="row")
    appraisal = pl.DataFrame(verdicts, schema=Appraisal.create_empty().schema, orient="row")
    done = dataset.with_tables(
        benefit=Benefit.validate(benefit.sort(Benefit.primary_key())), appraisal=Appraisal.validate(appraisal)
    )
    return Appraised(done, tuple(dict.fromkeys(work.findings)))


def case(
    dataset: Dataset, network: Network, year: int, open_years: Mapping[str, int]
) -> tuple[Dataset, Network]:
    """Return the tables and the network of a year in which some projects are built, with demand grown to it.

    Parameters
    ----------
    dataset
        Resolved tables.
    network
        Network of the base year.
    year
        The year.
    open_years
        First year in service of each project that is built.
    """
    tables, found = changed(dataset, network, active_changes(dataset, year, open_years=open_years))
    values = parameters(dataset)
    general = values.get("demand_growth", 0.0)
    growth = [
        (1.0 + values.get(f"demand_growth_{traffic}", general)) ** (year - network.year)
        for traffic in found.tables["demand"]["traffic_type"].to_list()
    ]
    rows = np.arange(len(growth))
    grown = found.patched([("demand", "tonnes", rows, found.cells["demand.tonnes"] * np.array(growth))])
    return tables, replace(grown, year=year)


def changed(dataset: Dataset, network: Network, changes: pl.DataFrame) -> tuple[Dataset, Network]:
    """Return tables and network after changes, built anew only where the structure changes."""
    patch = compile(network, changes)
    tables = apply(dataset, changes)
    return tables, build(tables, year=network.year) if patch.rebuild else patch.on(network)


def wait_variance(tables: Dataset, found: Congested) -> NDArray[np.float64]:
    """Return the variance of the wait on each arc, from the posts and what passes them.

    Parameters
    ----------
    tables
        ``crossing``, ``post`` and what they need, of the year.
    found
        Flows and volumes that agree.

    Returns
    -------
    (n_arcs,)
        [h2]; 0 where nothing waits.
    """
    structure = found.assignment.network.structure
    variance = np.zeros(structure.tail.size)
    if not tables.has("post"):
        return variance
    borders, _ = read_borders(tables, [name for name in found.volumes if name in structure.crossing_arcs])
    for border in borders:
        there, back = border.vehicles(*found.volumes[border.crossing_id])
        groups = structure.crossing_arcs[border.crossing_id]
        ahead = wait_deviation(border.sides, there) ** 2
        behind = wait_deviation(border.sides[::-1], back) ** 2
        if len(groups) == 1:
            # At a port a vessel brings and takes on one call, so both directions stand in the one queue.
            ahead = behind = wait_deviation(border.sides, max(there, back)) ** 2
        for arcs in groups:
            variance[arcs] = np.where(structure.arc_forward[arcs], ahead, behind)
    return variance


def replay(
    planned: PlanResult,
    years: Sequence[int] = (),
    *,
    network: Network | None = None,
    model: str = "logit",
    gap: float = 1e-6,
    progress: Progress = silent,
) -> pl.DataFrame:
    """Send the goods through the network that a plan makes, and set what it costs beside what the planner counted on.

    The planner lets one hand lead all goods by the cheapest routes and meets queues in steps; here shippers choose for
    themselves by charges and waits.

    Parameters
    ----------
    planned
        What :func:`keruen.plans.plan` returned.
    years
        Years to replay; empty takes the middle and the last year planned.
    network
        Network of the base year that the plan was made on; built where not given.
    model, gap
        See :func:`keruen.flows.assign`.
    progress
        Called with each year.

    Returns
    -------
    DataFrame
        ``year``; ``planned`` and ``replayed``: resource cost, hours at the value of time and carbon at the mean of the
        low and the high price, of the goods that move [USD/year]; ``difference`` = replayed / planned - 1;
        ``planned_unserved`` and ``replayed_unserved`` [t/year]; ``waiting``: of the replayed cost, what is
        spent in queues [USD/year].

    Raises
    ------
    InputError
        If a year was not planned.
    """
    work, found = planned.programme, planned.solution
    known = [int(y) for y in work.years]
    wrong = [y for y in years if y not in known]
    if wrong:
        raise InputError(
            Finding("plan", "", "year", str(y), "was not planned", f"name one of {known[0]} to {known[-1]}") for y in wrong
        )  # fmt: skip
    base = network or build(planned.dataset)
    opened = {
        name: known[0] + int(start) + work.problem.projects[i].duration
        for i, (name, start) in enumerate(zip(work.project_ids, found.start, strict=True))
        if start >= 0
    }
    rows = []
    for year in sorted(set(years)) or sorted({known[len(known) // 2], known[-1]}):
        progress(f"replaying {year}")
        tables, grown = case(planned.dataset, base, year, opened)
        congested = congest(tables, grown, model=model, gap=gap).assignment
        expected = _planned_cost(planned, year - known[0])
        cost, waiting = _replayed_cost(congested, _carbon(planned.dataset))
        rows.append(
            {
                "year": year,
                "planned": expected,
                "replayed": cost,
                "difference": cost / expected - 1.0 if expected else None,
                "planned_unserved": float(found.unserved[year - known[0]].sum()) * MILLION,
                "replayed_unserved": float(congested.unserved.sum()),
                "waiting": waiting,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"year": pl.Int64, "difference": pl.Float64})


def beside(planned: PlanResult, *, by: int | None = None, progress: Progress = silent) -> pl.DataFrame:
    """Set what the planner counts for each project beside what the appraisal by flows finds.

    Parameters
    ----------
    planned
        What :func:`keruen.plans.plan` returned.
    by
        Last year planned; None takes ``horizon``.
    progress
        Called with each project and year.

    Returns
    -------
    DataFrame
        ``project_id``; ``counted``: net saving of the project beside the rest of the plan, as the planner counts it (what is
        not built, at its earliest start); ``npv``: net present value by :func:`appraise`; ``uncounted``: of that, variety of
        routes and waits that spread less, which the planner does not count [USD, discounted].

    Raises
    ------
    InputError
        If the tables cannot be appraised.
    """
    work, start = planned.programme, planned.solution.start
    names = [name for name in work.project_ids if name not in work.complete]
    found = appraise(planned.dataset, names, by=by, progress=progress).dataset
    planner = Planner(replace(work.problem, targets=()), warm=planned.planner)
    cost, rate = planner.cost_of(start, limits=False), parameters(planned.dataset)["discount_rate"]
    rows = []
    for name, npv in found["appraisal"].select("project_id", "npv").iter_rows():
        i = work.project_ids.index(name)
        other = start.copy()
        other[i] = -1 if start[i] >= 0 else work.problem.projects[i].earliest
        saved = (planner.cost_of(other, limits=False) - cost) * (1.0 if start[i] >= 0 else -1.0)
        extra = found["benefit"].filter(
            (pl.col("project_id") == name) & pl.col("type").is_in(["choice", "reliability"])
        )
        years = extra["year"].to_numpy() - int(work.years[0])
        uncounted = float((extra["value"].to_numpy() * (1.0 + rate) ** -years.astype(np.float64)).sum())
        rows.append({"project_id": name, "counted": saved * MILLION, "npv": npv, "uncounted": uncounted})
    kinds = {"project_id": pl.String, "counted": pl.Float64, "npv": pl.Float64, "uncounted": pl.Float64}
    return pl.DataFrame(rows, schema=kinds)


def beside_lines(dataset: Dataset, found: pl.DataFrame) -> Iterator[str]:
    """Say of each project what planner and appraisal make of it, and why where their signs differ."""
    names = dict(dataset["project"].select("project_id", "name").iter_rows())
    for row in found.iter_rows(named=True):
        counted, npv, uncounted = row["counted"], row["npv"], row["uncounted"]
        amounts = [say(float(f"{value:.3g}"), "USD") for value in (counted, npv, uncounted)]
        words = (
            f"Appraised: {names[row['project_id']]}: the planner counts {amounts[0]} net, the appraisal by flows finds {amounts[1]} net, "
            f"{amounts[2]} of it variety of routes and steadier waits."
        )
        if counted * npv < 0.0:
            if (npv - uncounted) * counted > 0.0:
                words += " The signs differ by these, which the planner does not count."
            else:
                words += " The signs differ because in the plan one hand leads all goods round what is scarce, and shippers who choose for themselves do not."
        yield words


def _carbon(dataset: Dataset) -> float:
    """Return the carbon price that the planner uses: the mean of low and high [USD/t CO2]."""
    values = parameters(dataset)
    given = [values[name] for name in ("carbon_price_low", "carbon_price_high") if name in values]
    return sum(given) / len(given) if given else 0.0


def _planned_cost(planned: PlanResult, period: int) -> float:
    problem, found = planned.programme.problem, planned.solution
    parts = [
        float(found.route_flow[i])
        * float(
            problem.cost[period, problem.commodity_class[found.route_commodity[i]], found.route_arcs[i]].sum()
        )
        for i in np.flatnonzero(found.route_period == period)
    ]
    return math.fsum(parts) * MILLION


def _replayed_cost(found: Assignment, carbon: float) -> tuple[float, float]:
    """Return what moving the goods takes, and what of it is waiting [USD/year]."""
    n, volume = found.network, found.class_volume
    by_class = volume * n.value_of_time[:, None]
    hours = by_class.sum(axis=0)
    waiting = float(hours @ found.delay)
    plain = volume.sum(axis=0) @ (n.resource_cost + carbon * n.emission / 1000.0)
    return float(plain + hours @ n.time + (by_class * n.service_time).sum()) + waiting, waiting


class _Work:
    """What the appraisals of one dataset share: parameters, and the years solved already."""

    def __init__(
        self, dataset: Dataset, network: Network, by: int | None, model: str, gap: float, progress: Progress
    ) -> None:
        self.dataset, self.network, self.model, self.gap, self.progress = (
            dataset,
            network,
            model,
            gap,
            progress,
        )
        self.findings: list[Finding] = []
        self.parameter = parameters(dataset)
        self.years = [int(y) for y in planned_years(dataset, network, by)]
        self.solved: dict[tuple[int, tuple[tuple[str, int], ...]], tuple[Dataset, Congested]] = {}
        self.project = {row["project_id"]: row for row in dataset["project"].iter_rows(named=True)}
        self.changed = set(dataset["change"]["project_id"].drop_nulls().to_list())
        self.plan = {
            row["project_id"]: row["open_year"]
            for row in dataset["plan"].iter_rows(named=True)
            if row["selected"]
        }
        self.reliability_ratio = dict(
            dataset["commodity"].select("commodity_id", "reliability_ratio").drop_nulls().iter_rows()
        )
        penalty = self.parameter.get("unserved_penalty")
        self.choke = {
            name: value if penalty is None else penalty
            for name, value in dataset["commodity"].select("commodity_id", "value").iter_rows()
        }

    def refuse(self, unknown: Sequence[str]) -> None:
        """Refuse names that are no projects, and tables without what an appraisal needs."""
        findings = [
            Finding("project", name, "project_id", name, "is no project", "name one that exists")
            for name in unknown
        ]
        findings += [
            Finding("appraisal_parameter", name, "value", "", "is missing", "add a row for it")
            for name in ("discount_rate", "carbon_price_low", "carbon_price_high")
            if name not in self.parameter
        ]
        if findings:
            raise InputError(findings)

    def planned(self) -> tuple[str, ...]:
        """Return the projects of the plan; all where there is no plan."""
        return tuple(self.plan) if self.dataset.has("plan") else tuple(self.project)

    def opening(self, row: Mapping[str, Any]) -> int:
        """Return the first year in service: as planned, else as early as announced."""
        planned = self.plan.get(row["project_id"])
        if planned is not None:
            return int(planned)
        duration = math.ceil(row["duration"] or 0.0)
        if row["stage"] == "completed":
            return int(row["earliest_start"] or 0) + duration
        if row["stage"] == "under_construction":
            return max(int(row["earliest_start"] or self.years[0]) + duration, self.years[0])
        return max(int(row["earliest_start"] or 0), self.years[0]) + duration

    def unfit(self, row: Mapping[str, Any]) -> str:
        """Say why a project cannot be appraised; empty where it can."""
        if row["portfolio"]:
            return "is a package that is not itemised"
        if row["stage"] == "completed":
            return "is complete: its cost is spent"
        if row["cost"] is None:
            return "has no announced cost"
        if row["project_id"] not in self.changed:
            return "has no known effect on the network"
        if self.opening(row) > self.years[-1]:
            return f"opens in {self.opening(row)}, after the last year appraised"
        return ""

    def basis(self, name: str) -> dict[str, int]:
        """Return the projects that stand in both cases: what is committed, and what this one requires."""
        kept = {p for p, row in self.project.items() if row["stage"] in COMMITTED}
        waits = self.project[name]["requires"]
        while waits is not None and waits not in kept:
            kept.add(waits)
            waits = self.project[waits]["requires"]
        kept.discard(name)
        # What opened before the base year is part of the network as the tables describe it.
        return {
            p: opened
            for p in sorted(kept & self.changed)
            if (opened := self.opening(self.project[p])) > self.network.year
        }

    def solve(self, year: int, open_years: Mapping[str, int]) -> tuple[Dataset, Congested]:
        """Solve a year, once; with its tables."""
        key = (year, tuple(sorted(open_years.items())))
        if key not in self.solved:
            tables, network = case(self.dataset, self.network, year, open_years)
            found = congest(tables, network, model=self.model, gap=self.gap)
            if found.assignment.stall:
                self.findings.append(
                    Finding("demand", str(year), "", "", found.assignment.stall,
                            "gains of that year are less exact", Severity.WARNING)
                )  # fmt: skip
            self.solved[key] = tables, found
        return self.solved[key]

    def yearly(self, name: str, opened: int) -> dict[int, Gains]:
        """Return the gains of every year: solved at the ends of each span of like years, and between as their growth bends."""
        basis = self.basis(name)
        within = {**basis, name: opened}
        states = [
            (
                tuple(active_changes(self.dataset, y, open_years={name: opened})["change_id"].to_list()),
                tuple(active_changes(self.dataset, y, open_years=basis)["change_id"].to_list()),
            )
            for y in self.years
        ]
        found: dict[int, Gains] = {}
        begin = 0
        for i in range(1, len(states) + 1):
            if i < len(states) and states[i] == states[begin]:
                continue
            if states[begin][0]:
                span = self.years[begin:i]
                solved = _bent(span, lambda year: self.gained(year, basis, within))
                for y in span:
                    found[y] = _between(y, sorted(solved), solved)
            begin = i
        return found

    def gained(self, year: int, basis: Mapping[str, int], within: Mapping[str, int]) -> Gains:
        self.progress(f"flows and crossings of {year}, with and without")
        return gains(
            self.solve(year, basis)[1].assignment,
            self.solve(year, within)[1].assignment,
            carbon_price=(self.parameter["carbon_price_low"], self.parameter["carbon_price_high"]),
            choke=self.choke,
            variance=(self.variance(year, basis), self.variance(year, within)),
            reliability_ratio=self.reliability_ratio,
        )

    def variance(self, year: int, open_years: Mapping[str, int]) -> NDArray[np.float64]:
        """Return the variance of the wait on each arc of a year that was solved [h2]."""
        tables, found = self.solve(year, open_years)
        return wait_variance(tables, found)

    def country(self, row: Mapping[str, Any]) -> str:
        """Return the country that pays: its owner's, else that of its place, else where the goods start."""
        owner = dict(self.dataset["party"].select("party_id", "country").iter_rows()).get(row["owner"])
        if owner:
            return str(owner)
        places = {p["place_id"]: p for p in self.dataset["place"].iter_rows(named=True)}
        place = places.get(row["place_id"])
        while place is not None and place["kind"] != "country":
            place = places.get(place["parent"])
        return str(place["place_id"]) if place is not None else self.network.structure.node_country[0]

    def spending(self, row: Mapping[str, Any], opened: int) -> dict[tuple[str, int], float]:
        """Return capital, operation and residual value by year; what was spent before the first year is sunk."""
        duration, cost, last = math.ceil(row["duration"] or 0.0), float(row["cost"]), self.years[-1]
        when = range(opened - duration, opened) if duration else range(opened, opened + 1)
        found = {("capital", y): -cost / len(when) for y in when if y >= self.years[0] and cost}
        if row["operating_cost"]:
            found |= {("operation", y): -float(row["operating_cost"]) for y in range(opened, last + 1)}
        life = row["life"]
        if life and life > (served := last + 1 - opened) and cost:
            found["residual", last] = cost * (1.0 - served / life)
        return found

    def appraise(self, row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        name, opened = row["project_id"], self.opening(row)
        country = self.country(row)
        values: dict[tuple[int, str, str, str], float] = {
            (year, kind, country, "owner"): value
            for (kind, year), value in self.spending(row, opened).items()
        }
        for year, found in self.yearly(name, opened).items():
            values |= {(year, *key): value for key, value in found.items()}
        columns = ("project_id", "year", "type", "country", "beneficiary", "value")
        rows = [
            dict(zip(columns, (name, *key, value), strict=True))
            for key, value in sorted(values.items())
            if abs(value) > NOISE
        ]
        rate, carbon = self.parameter["discount_rate"], self.parameter["carbon_price_low"]
        verdict = measures(rows, self.years, rate, opened, carbon)
        span = {"first_year": self.years[0], "last_year": self.years[-1]}
        return rows, {"project_id": name, "open_year": opened} | span | verdict


def _bent(span: Sequence[int], gained: Callable[[int], Gains]) -> dict[int, Gains]:
    """Solve the ends and the middle of a span of years, and halve on where the straight line misses what was solved.

    Queues grow late and steeply, so a line from a year without scarcity to one with it would count years of gains that are
    not there.
    """
    solved = {year: gained(year) for year in sorted({span[0], span[-1]})}

    def total(found: Gains) -> float:
        return math.fsum(value for (kind, _, _), value in found.items() if kind != "co2_high")

    waiting = [(span[0], span[-1])]
    while waiting:
        low, high = waiting.pop(0)
        if high - low < 2:
            continue
        middle = (low + high + 1) // 2
        share = (middle - low) / (high - low)
        line = (1.0 - share) * total(solved[low]) + share * total(solved[high])
        solved[middle] = gained(middle)
        points = sorted(solved)
        whole = math.fsum(abs(total(_between(year, points, solved))) for year in span)
        if abs(total(solved[middle]) - line) * (high - low) / 2.0 > BEND * whole:
            waiting += [(low, middle), (middle, high)]
    return solved


def _between(year: int, points: Sequence[int], solved: Mapping[int, Gains]) -> Gains:
    """Return gains on the straight line between the solved years on either side."""
    if year in solved:
        return solved[year]
    low = max(p for p in points if p < year)
    high = min(p for p in points if p > year)
    share = (year - low) / (high - low)
    keys = sorted(set(solved[low]) | set(solved[high]))
    return {k: (1.0 - share) * solved[low].get(k, 0.0) + share * solved[high].get(k, 0.0) for k in keys}
