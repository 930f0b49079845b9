"""From tables to the planner's arrays: the network of every year, what projects change in it, and what may be spent.

Money is in millions of dollars, goods in millions of tonnes, so a cost of 1 USD/t is 1. A tonne's cost on an arc is what
carriage takes of resources, its hours at the class's value of time, and its emission at the carbon price; tariffs are
transfers and stay out. A crossing's queue enters as steps of its marginal delay (volume times wait), along the delay
function that flows and appraisal use, also beyond the throughput; a project that widens it widens every step.

A project's effects are found by laying its changes on the network and comparing the arrays: more capacity adds to what
an arc shares; a new or cheaper arc stands beside the old one and opens with the project.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from keruen.crossings import BORDER_TABLES, delay_functions
from keruen.errors import Finding, InputError, Severity
from keruen.network import DelayFunction, Network
from keruen.plans.aims import flow_targets
from keruen.plans.problem import DesignProblem, Effect, Floats, Ints, Project, Target
from keruen.scenarios import apply, compile
from keruen.tables.dataset import Dataset

Longs = npt.NDArray[np.int64]

MILLION = 1e6
STEPS = (0.6, 0.8, 0.95, 1.1, 1.4, 2.0)
"""Shares of a crossing's throughput at which its delay is stepped; a last step, without end, is priced up to twice that."""
DESCRIPTIVE = ("name", "tracks", "traction", "place_id")
"""Columns of a link that say what it is, and on which no flow depends."""
ALWAYS = 10_000
COMMITTED = "under_construction"


@dataclass(frozen=True)
class Programme:
    """A planner's problem with the names behind its indices.

    Parameters
    ----------
    problem
        Arrays, in millions of dollars and tonnes.
    years : (n_periods,)
        Calendar year of each period.
    project_ids
        Projects that can be planned, in the order of ``problem.projects``.
    left_out
        Why each other project is not planned, by ``project_id``.
    complete
        Projects among ``project_ids`` that are complete and only enter service within the years planned.
    arc : (n_instances,)
        Arc of the network that each arc of the problem stands for.
    origin_country, destination_country
        Country of the ends of each movement.
    findings
        What was worked around.
    """

    problem: DesignProblem
    years: Ints
    project_ids: tuple[str, ...]
    left_out: Mapping[str, str]
    complete: frozenset[str]
    arc: Longs
    origin_country: tuple[str, ...]
    destination_country: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """The network with the changes of one project in force, and the crossings they touch."""

    network: Network
    posts: Mapping[str, DelayFunction]


def parameters(dataset: Dataset) -> dict[str, float]:
    """Return the appraisal parameters by name."""
    return dict(dataset["appraisal_parameter"].select("parameter_id", "value").iter_rows())


def planned_years(dataset: Dataset, network: Network, by: int | None) -> Ints:
    """Return the years that are planned: from the one after the base year, for the horizon or up to ``by``.

    Raises
    ------
    InputError
        If the last year comes before the first.
    """
    first = network.year + 1
    horizon = round(parameters(dataset).get("horizon", 15.0))
    last = by if by is not None else horizon if horizon > 1000 else first + horizon - 1
    if last < first:
        table, row = ("appraisal_parameter", "horizon") if by is None else ("plan", "")
        column = "value" if by is None else "by"
        problem, remedy = f"is before {first}, the first year planned", f"name {first} or a later year"
        raise InputError([Finding(table, row, column, str(last), problem, remedy)])
    return np.arange(first, last + 1)


def programme(
    dataset: Dataset,
    network: Network,
    *,
    budget: float | None = None,
    by: int | None = None,
    without: Sequence[str] = (),
    targets: Mapping[str, float] | None = None,
) -> Programme:
    """Return the planner's problem of a dataset.

    Parameters
    ----------
    dataset
        Resolved tables.
    network
        The network of the base year.
    budget
        USD a year for construction, unspent money carried over; None takes ``budget_per_year``.
    by
        Last year planned; None takes the horizon.
    without
        Projects that are not to be built.
    targets
        Targets to hold, with the price of a tonne of shortfall [USD/t] (infinite: hard).
    """
    return _Draft(dataset, network, budget, by, tuple(without), dict(targets or {})).finish()


class _Draft:
    """The problem as it is gathered."""

    def __init__(
        self, dataset: Dataset, network: Network, budget: float | None, by: int | None,
        without: tuple[str, ...], targets: dict[str, float],
    ) -> None:  # fmt: skip
        self.dataset, self.network, self.without, self.targets = dataset, network, without, targets
        self.parameter = parameters(dataset)
        self.years = planned_years(dataset, network, by)
        self.budget = budget if budget is not None else self.parameter.get("budget_per_year", math.inf)
        low, high = (self.parameter.get(f"carbon_price_{end}") for end in ("low", "high"))
        given = [price for price in (low, high) if price is not None]
        self.carbon = sum(given) / len(given) if given else 0.0
        self.findings: list[Finding] = []
        self.posts = {f.crossing_id: f for f in delay_functions(dataset)} if dataset.has("post") else {}
        self.rate = self.parameter.get("discount_rate", 0.0)

    # -- projects ----------------------------------------------------------------------------------------------

    def _warn(self, table: str, row: str, column: str, value: object, problem: str, remedy: str) -> None:
        self.findings.append(Finding(table, row, column, str(value), problem, remedy, Severity.WARNING))

    def _windows(self, project: str) -> list[tuple[int, int, pl.DataFrame]]:
        """Return the spans of years, counted from the first in service, and the changes that hold in each."""
        rows = self.dataset["change"].filter(pl.col("project_id") == project)
        spans: list[tuple[int, int]] = []
        for row in rows.iter_rows(named=True):
            if not row["relative"] and (row["year_from"] is not None or row["year_to"] is not None):
                self._warn(
                    "change", row["change_id"], "year_from", row["year_from"],
                    "calendar years of a project's change do not move with its start",
                    "it is planned as holding from the first year in service; make it relative",
                )  # fmt: skip
                spans.append((0, ALWAYS))
                continue
            begin = 0 if row["year_from"] is None else int(row["year_from"])
            spans.append((begin, ALWAYS if row["year_to"] is None else int(row["year_to"])))
        edges = sorted({begin for begin, _ in spans} | {end + 1 for _, end in spans})
        found = []
        for begin, after in pairwise(edges):
            active = [a <= begin and after - 1 <= b for a, b in spans]
            if any(active):
                found.append((begin, after - 1, rows.filter(pl.Series(active, dtype=pl.Boolean))))
        return found

    def _state(self, changes: pl.DataFrame, project: str) -> _State:
        """Lay changes on the network and refit the crossings that they touch."""
        patch = compile(self.network, changes)
        posts: dict[str, DelayFunction] = {}
        for change in patch.elsewhere.iter_rows(named=True):
            if change["table"] in self.network.tables and change["table"] != "crossing":
                if change["operation"] == "insert":
                    problem = "adds a row to the network, which the planner cannot open year by year"
                    remedy = "add the row disabled and let the project enable it"
                elif change["column"] in DESCRIPTIVE:
                    continue
                else:
                    problem = "changes the structure of the network, which the planner cannot do year by year"
                    remedy = "it is left aside; change capacity, speed, cost or enable another link instead"
                self._warn("change", change["change_id"], "column", change["column"], problem, remedy)
        tables = set(patch.elsewhere["table"].to_list()) if patch.elsewhere.height else set()
        if tables & set(BORDER_TABLES):
            here = patch.elsewhere.filter(pl.col("table").is_in(BORDER_TABLES))
            changed = apply(self.dataset, here)
            touched = {
                crossing
                for t in BORDER_TABLES
                for one, other in ((changed[t], self.dataset[t]), (self.dataset[t], changed[t]))
                for crossing in one.join(other, on=one.columns, how="anti", nulls_equal=True)["crossing_id"]
            }
            only = changed.with_tables(
                crossing=changed["crossing"].filter(pl.col("crossing_id").is_in(sorted(touched)))
            )
            posts = {f.crossing_id: f for f in delay_functions(only)} if touched else {}
        return _State(patch.on(self.network), posts)

    def _plannable(self) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Split the projects into those that can be planned and the rest, with the reason."""
        left_out: dict[str, str] = {}
        chosen = []
        changed = set(self.dataset["change"]["project_id"].drop_nulls().to_list())
        for row in self.dataset["project"].sort("project_id").iter_rows(named=True):
            name = row["project_id"]
            opens = math.ceil(row["duration"] or 0.0) + max(
                int(row["earliest_start"] or 0), int(self.years[0])
            )
            if row["portfolio"]:
                left_out[name] = "A package that is not itemised: it is never planned as one project."
            elif row["stage"] == "completed":
                if name in changed and self._opening(row) > self.network.year:
                    chosen.append(row)
                else:
                    left_out[name] = "It is complete and part of the network already."
            elif name in self.without:
                left_out[name] = "It was ruled out for this plan."
            elif row["cost"] is None:
                left_out[name] = "No cost was announced, so it cannot be weighed."
            elif name not in changed:
                left_out[name] = "What it would change in the network is not known."
            elif opens > int(self.years[-1]) and row["stage"] != COMMITTED:
                left_out[name] = f"It cannot open before {opens}, after the last year planned."
            else:
                chosen.append(row)
        complete = {r["project_id"] for r in self.dataset["project"].to_dicts() if r["stage"] == "completed"}
        while True:
            planned = {row["project_id"] for row in chosen} | complete | {None}
            waiting = [row for row in chosen if row["requires"] not in planned]
            if not waiting:
                return chosen, left_out
            for row in waiting:
                left_out[row["project_id"]] = f"It needs {row['requires']}, which is not planned."
            chosen = [row for row in chosen if row["requires"] in planned]

    @staticmethod
    def _opening(row: Mapping[str, Any]) -> int:
        """First year in service as announced; 0 where that is not known."""
        if row["earliest_start"] is None:
            return 0
        return int(row["earliest_start"]) + math.ceil(row["duration"] or 0.0)

    def _project(self, row: Mapping[str, Any]) -> Project:
        """Return the planner's project; of one under way only what is left to do, of a complete one nothing."""
        first = int(self.years[0])
        if row["stage"] == "completed":
            opens = min(max(self._opening(row) - first, 0), len(self.years) - 1)
            return Project(row["project_id"], cost=0.0, earliest=opens, latest=opens, mandatory=True)
        duration = math.ceil(row["duration"] or 0.0)
        earliest = int(row["earliest_start"]) - first if row["earliest_start"] is not None else 0
        cost = float(row["cost"]) / MILLION
        committed = row["stage"] == COMMITTED
        latest = None
        if committed:
            done = min(max(-earliest, 0), duration)
            cost *= 1.0 - done / duration if duration else 1.0
            duration -= done
            duration = min(duration, len(self.years) - 1)
            earliest = min(max(earliest, 0), len(self.years) - 1 - duration)
            latest = earliest
        return Project(
            row["project_id"],
            cost=cost,
            duration=duration,
            earliest=max(earliest, 0),
            latest=latest,
            operating_cost=float(row["operating_cost"] or 0.0) / MILLION,
            life=row["life"],
            mandatory=committed,
        )

    # -- arcs --------------------------------------------------------------------------------------------------

    def _movements(self) -> None:
        """Gather demand by ends and class of cost, and its growth by type of traffic."""
        n, s = self.network, self.network.structure
        rows: dict[tuple[int, int], int] = {}
        of: dict[tuple[int, int, int], dict[str, float]] = {}
        for d in range(n.tonnes.size):
            if n.tonnes[d] <= 0.0:
                continue
            k = int(s.demand_class[d])
            row = rows.setdefault((int(s.class_commodity[k]), int(s.demand_ban[d])), len(rows))
            ends = (int(s.demand_source[d]), int(s.demand_sink[d]), row)
            by_type = of.setdefault(ends, {})
            by_type[s.class_traffic[k]] = by_type.get(s.class_traffic[k], 0.0) + float(n.tonnes[d]) / MILLION
        keys = sorted(of)
        self.row_commodity = [c for c, _ in rows]
        self.row_ban = [b for _, b in rows]
        self.row_vot = n.cells["commodity.value_of_time"][np.array(self.row_commodity, dtype=np.int64)]
        self.origin = np.array([k[0] for k in keys], dtype=np.int64)
        self.destination = np.array([k[1] for k in keys], dtype=np.int64)
        self.row = np.array([k[2] for k in keys], dtype=np.int64)
        ahead = self.years - n.year
        self.demand = np.zeros((self.years.size, len(keys)))
        general = self.parameter.get("demand_growth", 0.0)
        for j, key in enumerate(keys):
            for traffic, tonnes in sorted(of[key].items()):
                growth = self.parameter.get(f"demand_growth_{traffic}", general)
                self.demand[:, j] += tonnes * (1.0 + growth) ** ahead

    def _cost(self, network: Network, arcs: Longs, delay: float = 0.0) -> Floats:
        """Return what a tonne costs on arcs [USD/t]: (n_rows, n_arcs)."""
        plain = network.resource_cost[arcs] + self.carbon * network.emission[arcs] / 1000.0
        # a service is of goods and mode, so any class of the goods tells it
        of_class = [network.structure.class_commodity.tolist().index(c) for c in self.row_commodity]
        hours = network.time[arcs][None, :] + network.service_time[np.ix_(of_class, arcs)] + delay
        cost: Floats = plain[None, :] + self.row_vot[:, None] * hours
        for i, ban in enumerate(self.row_ban):
            cost[i, network.structure.bans[ban, arcs]] = np.inf
        return cost

    def _resource(self, name: tuple[Any, ...], capacity: float) -> int:
        if name not in self.resources:
            self.resources[name] = len(self.capacity)
            self.capacity.append(capacity)
        return self.resources[name]

    def _instance(self, arc: int, cost: Floats, uses: Sequence[int]) -> None:
        if not np.isfinite(cost).any():
            return
        for r in uses:
            self.use_arc.append(len(self.arcs))
            self.use_resource.append(r)
        self.arcs.append(arc)
        self.costs.append(cost)

    def _steps(self, post: DelayFunction) -> list[tuple[float, float]]:
        """Return the steps of a queue: width [Mt/year] and marginal delay of a tonne [h]."""
        top = post.throughput_t_per_year
        if not math.isfinite(top):
            return [(math.inf, post(0.0))]
        found, before, spent = [], 0.0, 0.0
        for share in (*STEPS, 2.0 * STEPS[-1]):
            total = share * top * post(share * top)
            found.append(((share - before) * top / MILLION, (total - spent) / ((share - before) * top)))
            before, spent = share, total
        return [*found[:-1], (math.inf, found[-1][1])]

    def _lay(
        self, arc: int, network: Network, posts: Mapping[str, DelayFunction], gates: Sequence[int]
    ) -> None:
        """Lay an arc as it is in ``network``, once for each step of the queue that it passes."""
        s = self.network.structure
        entry = int(s.arc_capacity[arc])
        uses = list(gates)
        if ("capacity", entry) in self.resources:
            uses.append(self.resources["capacity", entry])
        at = np.array([arc])
        where = self.crossing_of.get(arc)
        if where is None:
            self._instance(arc, self._cost(network, at)[:, 0], uses)
            return
        crossing, group = where
        post = posts.get(crossing, self.posts[crossing])
        base = self._steps(self.posts[crossing])
        for i, ((_, delay), (width, _)) in enumerate(zip(self._steps(post), base, strict=False)):
            step = [self._resource(("step", crossing, group, i), width)] if math.isfinite(width) else []
            self._instance(arc, self._cost(network, at, delay)[:, 0], [*uses, *step])

    def _arcs(self, states: list[tuple[int, int, int, _State]]) -> list[Effect]:
        """Lay every arc, with a copy for each project that makes it cheaper, and gather the effects."""
        n, s = self.network, self.network.structure
        self.arcs: list[int] = []
        self.costs: list[Floats] = []
        self.use_arc: list[int] = []
        self.use_resource: list[int] = []
        self.capacity: list[float] = []
        self.resources: dict[tuple[Any, ...], int] = {}
        self.crossing_of = {
            int(a): (crossing, g)
            for crossing, groups in s.crossing_arcs.items()
            if crossing in self.posts
            for g, group in enumerate(groups)
            for a in group
        }
        effects: list[Effect] = []
        plenty = 2.0 * float(self.demand.sum(axis=1).max(initial=1.0))
        for c in np.flatnonzero(np.isfinite(n.capacity)):
            self._resource(("capacity", int(c)), float(n.capacity[c]) / MILLION)
        for p, first, last, state in states:
            for c in np.flatnonzero(state.network.capacity != n.capacity):
                resource = self.resources.get(("capacity", int(c)))
                after = float(state.network.capacity[c]) / MILLION
                if resource is not None and math.isfinite(after):
                    change = after - self.capacity[resource]
                    effects.append(Effect(p, resource, change, first, last))
            for crossing, post in sorted(state.posts.items()):
                for g in range(len(s.crossing_arcs.get(crossing, ()))):
                    steps = zip(self._steps(self.posts[crossing]), self._steps(post), strict=False)
                    for i, ((before, _), (after, _)) in enumerate(steps):
                        if math.isfinite(before) and math.isfinite(after) and after != before:
                            resource = self._resource(("step", crossing, g, i), before)
                            effects.append(Effect(p, resource, after - before, first, last))
        everywhere = np.arange(s.tail.size)
        base = self._cost(n, everywhere)
        dearer: dict[int, list[tuple[int, int, int]]] = {}
        copies: list[tuple[int, int, _State]] = []
        for p, first, last, state in states:
            after_cost = self._cost(state.network, everywhere)
            for crossing, post in state.posts.items():
                wait = post(0.0) - self.posts[crossing](0.0)
                for group in s.crossing_arcs.get(crossing, ()):
                    after_cost[:, group] += self.row_vot[:, None] * wait
            passable = np.isfinite(base) & np.isfinite(after_cost)
            difference = np.where(
                passable, np.where(passable, after_cost, 0.0) - np.where(passable, base, 0.0), 0.0
            )
            cheaper = (difference < -1e-6).any(axis=0)
            worse = (difference > 1e-6).any(axis=0)
            opened = state.network.enabled & ~n.enabled
            closed = n.enabled & ~state.network.enabled
            for arc in np.flatnonzero((cheaper | worse) & n.enabled & state.network.enabled | opened):
                gate = self._resource(("gate", p, first, int(arc)), 0.0)
                effects.append(Effect(p, gate, plenty, first, last))
                copies.append((int(arc), gate, state))
            for arc in np.flatnonzero((worse & n.enabled) | closed):
                dearer.setdefault(int(arc), []).append((p, first, last))
        for a in map(int, np.flatnonzero(n.enabled)):
            gates = []
            for p, first, last in dearer.get(a, ()):
                # The arc as it was is gone while the change holds.
                gate = self._resource(("old", p, first, a), plenty)
                effects.append(Effect(p, gate, -plenty, first, last))
                gates.append(gate)
            self._lay(a, n, {}, gates)
        for a, gate, state in copies:
            self._lay(a, state.network, state.posts, [gate])
        return effects

    # -- the whole ---------------------------------------------------------------------------------------------

    def finish(self) -> Programme:
        """Return the problem."""
        s = self.network.structure
        self._movements()
        rows, left_out = self._plannable()
        projects = [self._project(row) for row in rows]
        ids = [row["project_id"] for row in rows]
        states = [
            (p, first, last, self._state(changes, name))
            for p, name in enumerate(ids)
            for first, last, changes in self._windows(name)
        ]
        effects = self._arcs(states)
        felt = {e.project for e in effects if e.change > 0.0}
        needed = {row["requires"] for p, row in enumerate(rows) if p in felt}
        keep = [p for p in range(len(ids)) if p in felt or ids[p] in needed]
        for p in sorted(set(range(len(ids))) - set(keep)):
            left_out[ids[p]] = "What it changes does not touch any route of goods in the model."
        place = {p: i for i, p in enumerate(keep)}
        effects = [
            Effect(place[e.project], e.resource, e.change, e.first, e.last)
            for e in effects
            if e.project in place
        ]
        projects, ids, rows = [projects[p] for p in keep], [ids[p] for p in keep], [rows[p] for p in keep]
        index = {name: i for i, name in enumerate(ids)}
        requires, excludes = self._orders(rows, index)
        n_periods = self.years.size
        arcs = np.array(self.arcs, dtype=np.int64)
        cost = np.array(self.costs).T.reshape(1, len(self.row_vot), arcs.size)
        country = np.array(s.node_country, dtype=object)
        origin_country = tuple(country[s.vertex_node[self.origin]].tolist())
        destination_country = tuple(country[s.vertex_node[self.destination]].tolist())
        problem = DesignProblem(
            n_nodes=int(s.vertex_node.size),
            tail=s.tail[arcs].astype(np.int64),
            head=s.head[arcs].astype(np.int64),
            cost=np.repeat(cost, n_periods, axis=0),
            capacity=np.tile(np.array(self.capacity), (n_periods, 1)),
            use_arc=np.array(self.use_arc, dtype=np.int64),
            use_resource=np.array(self.use_resource, dtype=np.int64),
            use_rate=np.ones(len(self.use_arc)),
            origin=self.origin,
            destination=self.destination,
            commodity_class=self.row,
            demand=self.demand,
            penalty=self._penalty(),
            projects=tuple(projects),
            effects=tuple(effects),
            discount=(1.0 + self.rate) ** -(self.years - self.years[0]).astype(np.float64),
            requires=requires,
            excludes=excludes,
            cumulative_budget=self._money(projects),
            least_starts=self._starts("least_starts_per_year", projects),
            most_starts=self._starts("most_starts_per_year", projects),
            targets=self._targets(arcs, origin_country, destination_country),
        )
        return Programme(
            problem, self.years, tuple(ids), left_out,
            frozenset(row["project_id"] for row in rows if row["stage"] == "completed"), arcs, origin_country, destination_country,
            tuple(sorted(self.findings)),
        )  # fmt: skip

    def _penalty(self) -> Floats:
        """Return the worth of a tonne that stays behind [USD/t]: as given, else the value of the goods."""
        if "unserved_penalty" in self.parameter:
            return np.full(self.origin.size, self.parameter["unserved_penalty"])
        value = np.array(self.network.tables["commodity"]["value"].to_list(), dtype=np.float64)
        # Coal and ore move at a cost near their price; a fair loss is then what goods are worth in general.
        least = float(np.median(value)) if value.size else 0.0
        return np.maximum(value[np.array(self.row_commodity, dtype=np.int64)[self.row]], least)

    def _money(self, projects: Sequence[Project]) -> Floats | None:
        """Return the budget up to each year; money for work under way is set aside already."""
        if not math.isfinite(self.budget):
            return None
        under_way = np.zeros(self.years.size)
        for project in projects:
            if project.mandatory:
                span = max(project.duration, 1)
                under_way[project.earliest : project.earliest + span] += project.cost / span
        worst = int(np.argmax(under_way))
        if under_way[worst] * MILLION > self.budget:
            self._warn(
                "appraisal_parameter", "budget_per_year", "value", f"{self.budget:,.0f} USD",
                f"is less than the {under_way[worst] * MILLION:,.0f} USD that work under construction takes in {self.years[worst]}",
                "that work is finished all the same, and the budget counts for new works alone; raise it, or say what is to stop",
            )  # fmt: skip
        total: Floats = self.budget / MILLION * np.arange(1.0, self.years.size + 1.0) + np.cumsum(under_way)
        return total

    def _starts(self, name: str, projects: Sequence[Project]) -> Floats | None:
        """Return how many projects start each year at most or at least; works in hand come on top."""
        number = self.parameter.get(name)
        if number is None:
            return None
        in_hand = [project.earliest for project in projects if project.mandatory]
        total: Floats = number + np.bincount(
            np.array(in_hand, dtype=np.int64), minlength=self.years.size
        ).astype(np.float64)
        return total

    @staticmethod
    def _orders(
        rows: Sequence[Mapping[str, Any]], index: Mapping[str, int]
    ) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        """Return which project waits for which and which pairs rule each other out."""
        requires, excludes = [], set()
        for i, row in enumerate(rows):
            if row["requires"] in index:
                requires.append((i, index[row["requires"]]))
            if row["excludes"] in index:
                other = index[row["excludes"]]
                excludes.add((min(i, other), max(i, other)))
        return tuple(requires), tuple(sorted(excludes))

    def _targets(
        self, arcs: Longs, origin_country: Sequence[str], destination_country: Sequence[str]
    ) -> tuple[Target, ...]:
        """Return the chosen targets as limits on flows."""
        ends = (tuple(origin_country), tuple(destination_country))
        found, findings = flow_targets(self.dataset, self.network, self.years, self.targets, arcs, ends)
        self.findings += findings
        return found
