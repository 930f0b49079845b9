"""The door of the room: from projects, changes and a budget to the tables ``plan`` and ``plan_summary``."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from keruen.errors import Finding, InputError, Severity
from keruen.flows import Assignment
from keruen.network import Network, build
from keruen.plans.design import DesignProblem, DesignSolution, Planner, Progress
from keruen.plans.problem import Ints
from keruen.plans.programme import MILLION, Programme, programme
from keruen.plans.search import ROOT
from keruen.tables.dataset import Dataset
from keruen.tables.results import Plan, PlanSummary


@dataclass(frozen=True)
class PlanResult:
    """A plan with its certificate.

    Parameters
    ----------
    dataset
        The dataset with ``plan`` and ``plan_summary``.
    programme
        What was solved, in arrays, with the names behind the indices.
    solution
        The engine's answer, in millions of dollars and tonnes.
    planner
        The engine with its routes: asked for other plans (:func:`keruen.plans.near_optimal`) or handed to the next plan.
    findings
        What was worked around.
    """

    dataset: Dataset
    programme: Programme
    solution: DesignSolution
    planner: Planner
    findings: tuple[Finding, ...]


def plan(
    dataset: Dataset,
    *,
    network: Network | None = None,
    assignment: Assignment | None = None,
    budget: float | None = None,
    by: int | None = None,
    targets: Sequence[str] | Mapping[str, float] = (),
    without: Sequence[str] = (),
    gap: float = 0.01,
    nodes: int = 300,
    seconds: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    warm: PlanResult | None = None,
) -> PlanResult:
    """Choose which projects start in which year.

    Parameters
    ----------
    dataset
        Resolved tables: those of the network, ``project``, ``change``, ``target``, ``appraisal_parameter``.
    network
        The network of the base year; built (or taken from the assignment) where not given.
    assignment
        Flows of the base year; its network is used where none is given.
    budget
        USD a year for construction, unspent money carried over; None takes ``budget_per_year``.
    by
        Last year planned; None takes ``horizon``.
    targets
        Targets that the plan must reach, by ``target_id``; as a mapping, each with the price of a tonne that it falls short
        of it [USD/t]. What they cost is reported apart.
    without
        Projects that are not to be built.
    gap
        Stop when the plan is proven to come within this share of all that any plan could save.
    nodes, seconds
        Limits of the search; without ``seconds`` the same dataset gives the same bytes.
    progress
        Called with both bounds [million USD] as they move.
    warm
        An earlier plan of a similar dataset, to begin from: sooner, and as good to within the gap.

    Returns
    -------
    PlanResult

    Raises
    ------
    InputError
        If the tables cannot be used, or a project or target that was named does not exist.
    InfeasiblePlan
        If no plan satisfies budget, orders and targets; it names what clashes.
    SolveError
        If the solver fails.
    """
    if network is None:
        network = assignment.network if assignment is not None else build(dataset)
    prices = dict(targets) if isinstance(targets, Mapping) else dict.fromkeys(targets, math.inf)
    _check(dataset, prices, without)
    work = programme(dataset, network, budget=budget, by=by, without=without, targets=prices)
    planner, problem, findings = _reachable(work, warm.planner if warm is not None else None)
    work = replace(work, problem=problem)
    nothing = np.array([p.earliest if p.mandatory else -1 for p in problem.projects], dtype=np.int64)
    # What projects are worth is told without the targets, which would make a loss look like a gain.
    free = Planner(replace(problem, targets=()), warm=planner) if problem.targets else planner
    before = free.cost_of(nothing)
    first = (
        warm.solution.start if warm is not None and warm.programme.project_ids == work.project_ids else None
    )
    solution, price = _solve(planner, free, before, gap, nodes, seconds, progress, first)
    frame = _table(dataset, work, free, solution)
    summary = _summary(work, solution, before, price)
    return PlanResult(
        dataset.with_tables(plan=frame, plan_summary=summary),
        work,
        solution,
        planner,
        tuple(sorted([*work.findings, *findings])),
    )


def _check(dataset: Dataset, targets: Mapping[str, float], without: Sequence[str]) -> None:
    findings = []
    known = set(dataset["project"]["project_id"].to_list())
    for name in without:
        if name not in known:
            findings.append(
                Finding("project", name, "project_id", name, "is no project", "name one that exists")
            )
    known = set(dataset["target"]["target_id"].to_list())
    for name, price in targets.items():
        if name not in known:
            findings.append(
                Finding("target", name, "target_id", name, "is no target", "name one that exists")
            )
        elif not price > 0.0:
            findings.append(
                Finding("target", name, "price", str(price), "must be above 0", "price its shortfall")
            )
    if findings:
        raise InputError(findings)


def _reachable(work: Programme, warm: Planner | None) -> tuple[Planner, DesignProblem, list[Finding]]:
    """Leave out movements that no plan can carry for want of any route."""
    planner = Planner(work.problem, warm=warm)
    lost = planner.reachable == 0.0
    if not lost.any():
        return planner, work.problem, []
    movements = np.flatnonzero(lost.any(axis=0))
    problem = replace(work.problem, demand=np.where(lost, 0.0, work.problem.demand))
    words = f"{movements.size} movements have no route that is open or planned"
    finding = Finding("demand", "", "", "", words, "they are left out of the plan", Severity.WARNING)
    return Planner(problem, warm=warm), problem, [finding]


def _solve(
    planner: Planner, free: Planner, before: float, gap: float, nodes: int, seconds: float | None,
    progress: Callable[[Progress], None] | None,
    first: Ints | None,
) -> tuple[DesignSolution, float | None]:  # fmt: skip
    """Solve with the targets and, where there are any, without them for their price."""
    began = time.monotonic()

    def best(on: Planner, share: float) -> DesignSolution:
        # The cost of transport dwarfs what projects save of it, so the gap is held against what is at stake.
        until = None if seconds is None else share * seconds - (time.monotonic() - began)
        bound = on.bound(seconds=None if until is None else ROOT * until)
        left = None if until is None else max(share * (seconds or 0.0) - (time.monotonic() - began), 0.0)
        stake = abs(before - bound) if math.isfinite(before) else abs(bound)
        if on.stopped:
            left = 0.0
        needed = gap * stake / max(abs(bound), 1e-9)
        return on.solve(
            gap=max(min(needed, gap), 1e-8), nodes=nodes, seconds=left, progress=progress, first=first
        )

    if free is planner:
        return best(planner, 1.0), None
    # Without targets the same plans are sought again, from routes that are known by then.
    solution = best(planner, 0.7)
    return solution, solution.objective - best(free, 1.0).objective


def _table(dataset: Dataset, work: Programme, planner: Planner, solution: DesignSolution) -> pl.DataFrame:
    """Say of every project when it starts or why it does not."""
    problem, first = work.problem, int(work.years[0])
    cost = planner.cost_of(solution.start, limits=False)
    index = {name: i for i, name in enumerate(work.project_ids)}
    rows = []
    for row in dataset["project"].sort("project_id").iter_rows(named=True):
        name = row["project_id"]
        out: dict[str, Any] = {"project_id": name, "selected": False, "cost": row["cost"]}
        i = index.get(name)
        if i is None:
            out["reason"] = work.left_out[name]
        elif name in work.complete:
            out["reason"] = f"It is complete and serves from {first + int(solution.start[i])} in every plan."
        elif solution.start[i] >= 0:
            start = int(solution.start[i])
            spent = problem.discounted_cost(i, start)
            saved = _saved_alone(planner, problem, solution, cost, i)
            out |= {
                "selected": True,
                "start_year": first + start,
                "open_year": first + start + problem.projects[i].duration,
                "discounted_cost": spent * MILLION,
                "value_alone": saved * MILLION,
                "reason": _why_built(problem, i, saved, spent),
            }
        else:
            out["reason"] = _why_not(planner, problem, solution, cost, i, work)
        rows.append(out)
    frame = pl.DataFrame(rows, schema=Plan.create_empty().schema, orient="row")
    return Plan.validate(frame)


def _saved_alone(
    planner: Planner, problem: DesignProblem, solution: DesignSolution, cost: float, project: int
) -> float:
    """What transport saves by one project of the plan, discounted [million USD]."""
    other = solution.start.copy()
    other[project] = -1
    without = planner.cost_of(other, limits=False)
    return without - cost + problem.discounted_cost(project, int(solution.start[project]))


def _why_built(problem: DesignProblem, project: int, saved: float, spent: float) -> str:
    words = f"It saves {dollars(saved)} of transport over the years planned for {dollars(spent)}, both discounted."
    if problem.projects[project].mandatory:
        return f"It is under construction and built in any case. {words}"
    if saved < spent * (1.0 - 1e-6):
        if any(project == b for _, b in problem.requires):
            return f"Another project needs it. {words}"
        return f"A target needs it: alone it loses {dollars(spent - saved)}. {words}"
    return words


def _why_not(
    planner: Planner,
    problem: DesignProblem,
    solution: DesignSolution,
    cost: float,
    project: int,
    work: Programme,
) -> str:
    added: Ints = solution.start.copy()

    def weighed(start: int) -> tuple[float, float]:
        added[project] = start
        spent = problem.discounted_cost(project, start)
        return cost - planner.cost_of(added, limits=False) + spent, spent

    start, when = problem.projects[project].earliest, ""
    last = len(work.years) - 1 - problem.projects[project].duration
    saved, spent = weighed(start)
    if saved <= spent * (1.0 + 1e-6):
        # What does not pay at once may pay once goods have grown.
        tried = [(*weighed(later), later) for later in range(start + 1, last + 1)]
        best = max(tried, key=lambda t: t[0] - t[1], default=(0.0, 0.0, start))
        if best[0] > best[1] * (1.0 + 1e-6):
            saved, spent, start = best
            when = f", started in {int(work.years[start])},"
        added[project] = start
    words = (
        f"it would{when} save {dollars(max(saved, 0.0))} of transport for {dollars(spent)}, both discounted"
    )
    if saved <= spent * (1.0 + 1e-6):
        return f"It does not earn its cost beside the plan: {words}."
    for a, b in problem.excludes:
        if project in (a, b):
            other = b if project == a else a
            if solution.start[other] >= 0:
                return f"{work.project_ids[other]} rules it out, though {words}."
    for a, b in problem.requires:
        if a == project and solution.start[b] < 0:
            return f"It needs {work.project_ids[b]}, which is not built, though {words}."
    if math.isfinite(planner.cost_of(added)):
        # Within the proven gap such a choice can be left lying.
        return f"It would improve the plan by less than what the search left open: {words}."
    if problem.most_starts is not None:
        now = int((solution.start == start).sum())
        if now + 1 > problem.most_starts[start]:
            return f"As many projects start in {int(work.years[start])} as may, though {words}."
    if any(s >= 0 and not p.mandatory for s, p in zip(solution.start, problem.projects, strict=True)):
        return f"The budget is spent on what saves more, though {words}."
    return f"The budget allows nothing new, though {words}."


def _summary(work: Programme, solution: DesignSolution, before: float, price: float | None) -> pl.DataFrame:
    problem = work.problem
    capital = sum(
        float(problem.spending(p, int(s)).sum()) for p, s in enumerate(solution.start) if s >= 0
    )  # fmt: skip
    # Against what plans can save at most: the cost of transport as a whole would flatter every plan.
    stake = before - solution.bound if math.isfinite(before) else abs(solution.bound)
    row = {
        "plan_id": "plan",
        "objective": solution.objective * MILLION,
        "bound": solution.bound * MILLION,
        "gap": max(solution.objective - solution.bound, 0.0) / stake if stake > 0.0 else 0.0,
        "without_projects": before * MILLION,
        "capital": capital * MILLION,
        "unserved": float(solution.unserved.sum()) * MILLION,
        "price_of_targets": None if price is None else price * MILLION,
        "status": solution.status,
    }
    frame = pl.DataFrame([row], schema=PlanSummary.create_empty().schema, orient="row")
    return PlanSummary.validate(frame)


def dollars(millions: float) -> str:
    """Return an amount as people write it.

    Examples
    --------
    >>> dollars(2_340.0), dollars(12.3), dollars(0.0)
    ('$2.34 billion', '$12.3 million', '$0')
    """
    if abs(millions) >= 999.5:
        return f"${millions / 1000.0:.3g} billion"
    return f"${millions:.3g} million" if abs(millions) >= 0.001 else "$0"
