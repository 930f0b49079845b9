"""What people ask of a finished plan: what else is as good, what more money buys, who pays, and what a target takes.

Receives a :class:`~keruen.plans.door.PlanResult`; hands on tables and sentences. Amounts are discounted US dollars of the
plan's price year unless a function says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from keruen.errors import Finding, InputError, SolveError
from keruen.network import build
from keruen.plans.alternatives import Alternatives, near_optimal
from keruen.plans.conflict import InfeasiblePlan
from keruen.plans.design import DesignSolution, Planner
from keruen.plans.door import PlanResult, dollars, plan
from keruen.plans.problem import Ints
from keruen.plans.programme import MILLION
from keruen.scenarios import active_changes, apply
from keruen.tables.dataset import Dataset

MORE = 0.1
"""Share by which a budget is moved to see what it is worth."""


def _silent(_what: str) -> None:
    """Report nothing."""


# -- other plans -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choices:
    """Plans about as good as the best, and what they have in common.

    Parameters
    ----------
    plans
        ``plan`` (0 is the best), ``project_id``, ``start_year`` (null: not built) and ``costs_more`` [USD] than the best.
    must_have, can_wait
        Projects still to be decided that all of them build; that some leave out or build later.
    within
        What a plan may cost more than the best [USD].
    """

    plans: pl.DataFrame
    must_have: tuple[str, ...]
    can_wait: tuple[str, ...]
    within: float


def choices(
    result: PlanResult, *, share: float = 0.02, count: int = 5, seconds: float | None = None
) -> Choices:
    """Look for plans that cost little more than the best and differ as much as they can.

    Parameters
    ----------
    result
        A plan.
    share
        What they may cost more, as a share of what the works of the plan cost. (A share of the whole cost would be mostly
        transport, and let in plans that throw away all that the works save.)
    count
        How many to look for.
    seconds
        Most seconds for each; None gives the same plans every time.
    """
    within = share * abs(result.solution.projects_cost or result.solution.objective)
    found: Alternatives = near_optimal(
        result.planner, result.solution, within=within, count=count, seconds=seconds
    )
    ids, first = result.programme.project_ids, int(result.programme.years[0])
    rows = [
        {
            "plan": i,
            "project_id": ids[p],
            "start_year": first + int(start[p]) if start[p] >= 0 else None,
            "costs_more": (cost - result.solution.objective) * MILLION,
        }
        for i, (start, cost) in enumerate(zip(found.start, found.cost, strict=True))
        for p in range(len(ids))
    ]
    given = {i for i, p in enumerate(result.programme.problem.projects) if p.mandatory}
    return Choices(
        pl.DataFrame(rows, schema={"plan": pl.Int64, "project_id": pl.String, "start_year": pl.Int64, "costs_more": pl.Float64}),
        tuple(ids[p] for p in found.must_have if p not in given),
        tuple(ids[p] for p in found.can_wait if p not in given),
        within * MILLION,
    )  # fmt: skip


# -- what each project earns ------------------------------------------------------------------------------------


def earnings(result: PlanResult) -> pl.DataFrame:
    """Return what each chosen project earns: alone, last, and all together.

    Returns
    -------
    DataFrame
        ``project_id``; ``alone``: cost saved by it as the only new project, net of its own cost; ``last``: what is lost
        if it alone is dropped from the plan [USD]. The last row, ``all together``, is the plan against building nothing
        new; where it is less than the sum of ``alone``, projects share gains, where it is more, they need each other.
    """
    planner = Planner(replace(result.programme.problem, targets=()), warm=result.planner)
    start, projects = result.solution.start, result.programme.problem.projects
    nothing = np.array(
        [s if p.mandatory else -1 for p, s in zip(projects, start, strict=True)], dtype=np.int64
    )
    base, best = (planner.cost_of(s, limits=False) for s in (nothing, start))
    rows = []
    for i in np.flatnonzero((start >= 0) & (nothing < 0)):
        one, rest = nothing.copy(), start.copy()
        one[i], rest[i] = start[i], -1
        rows.append(
            {
                "project_id": result.programme.project_ids[i],
                "alone": (base - planner.cost_of(one, limits=False)) * MILLION,
                "last": (planner.cost_of(rest, limits=False) - best) * MILLION,
            }
        )
    rows.append({"project_id": "all together", "alone": None, "last": (base - best) * MILLION})
    return pl.DataFrame(rows, schema={"project_id": pl.String, "alone": pl.Float64, "last": pl.Float64})


# -- who pays ---------------------------------------------------------------------------------------------------


def payers(result: PlanResult) -> pl.DataFrame:
    """Return who pays what in which year.

    Returns
    -------
    DataFrame
        ``party``: the owner's name, or ``not known``; ``year``; ``capital``: what is spent on construction [USD/year],
        undiscounted, in prices of the plan's price year.
    """
    dataset, work = result.dataset, result.programme
    names = dict(dataset["party"].select("party_id", "name").iter_rows())
    owner = dict(dataset["project"].select("project_id", "owner").iter_rows())
    rows = [
        {
            "party": names.get(owner[name], owner[name]) or "not known",
            "year": int(work.years[t]),
            "capital": float(amount) * MILLION,
        }
        for i, name in enumerate(work.project_ids)
        if result.solution.start[i] >= 0
        for t, amount in enumerate(work.problem.spending(i, int(result.solution.start[i])))
        if amount > 0.0
    ]
    frame = pl.DataFrame(rows, schema={"party": pl.String, "year": pl.Int64, "capital": pl.Float64})
    return frame.group_by("party", "year").agg(pl.col("capital").sum()).sort("party", "year")


# -- what limits are worth --------------------------------------------------------------------------------------


def worth_of_limits(
    result: PlanResult, *, gap: float = 0.01, nodes: int = 300, progress: Callable[[str], None] = _silent
) -> Iterator[str]:
    """Say in words what a little more or less of the budget, and another year for each target, are worth.

    Limits on whole projects have no price at the margin: the plan is made anew with the limit moved, and the difference told.
    """
    problem = result.programme.problem
    if problem.cumulative_budget is None:
        yield "Budget: none is set, so money limits nothing."
    else:
        for share, words in ((MORE, "more"), (-MORE, "less")):
            progress(f"planning with {MORE:.0%} {words} money")
            fixed = sum(
                (problem.spending(i, int(s)) for i, s in enumerate(result.solution.start) if problem.projects[i].mandatory),
                start=np.zeros(problem.n_periods),
            )  # fmt: skip
            own = problem.cumulative_budget - np.cumsum(fixed)
            moved = replace(problem, cumulative_budget=np.cumsum(fixed) + own * (1.0 + share))
            change = result.solution.objective - _again(result, moved, gap, nodes).objective
            money = abs(share) * float(own[-1])
            noise = result.solution.objective - result.solution.bound
            if abs(change) <= max(noise, 1e-9 * abs(result.solution.objective)):
                yield f"Budget: {dollars(money)} {words} over all years changes nothing that can be told apart from the proven gap."
            else:
                verb = "saves" if change > 0 else "costs"
                yield f"Budget: {dollars(money)} {words} over all years {verb} {dollars(abs(change))}, discounted and net."
    for i, target in enumerate(problem.targets):
        if target.period + 1 >= problem.n_periods:
            continue
        progress(f"planning with another year for {target.name}")
        later = tuple(replace(t, period=t.period + 1) if j == i else t for j, t in enumerate(problem.targets))
        change = (
            result.solution.objective - _again(result, replace(problem, targets=later), gap, nodes).objective
        )
        yield f"Deadline: one year more for {target.name} is worth {dollars(max(change, 0.0))}."


def _again(result: PlanResult, problem: object, gap: float, nodes: int) -> DesignSolution:
    planner = Planner(problem, warm=result.planner)  # type: ignore[arg-type]
    stake = abs(result.solution.objective - result.solution.bound) / max(abs(result.solution.objective), 1e-9)
    return planner.solve(gap=max(min(stake, gap), 1e-8), nodes=nodes, first=result.solution.start)


# -- what a target takes ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Remedy:
    """What would make a plan possible that is not.

    Parameters
    ----------
    conflict
        A smallest set of limits that contradict each other; empty if a plan exists as things are, or nothing was proven.
    sentence
        The cheapest way found to reach the targets, or that there is none and how far any plan gets.
    result
        The plan behind it; None where nothing does.
    """

    conflict: tuple[str, ...]
    sentence: str
    result: PlanResult | None


def remedy(dataset: Dataset, targets: Sequence[str], *, budget: float | None = None, by: int | None = None,
           without: Sequence[str] = (), gap: float = 0.01, progress: Callable[[str], None] = _silent) -> Remedy:  # fmt: skip
    """Return the cheapest way to reach targets that cannot be reached within the limits.

    Money is freed first: the cheapest plan without a budget says which projects it takes and what they cost. Where that
    does not do, the projects that were ruled out are let in again. Where nothing does, the shortfall is made as small as
    any plan can make it, and the conflict is named.

    Raises
    ------
    InputError, SolveError
        As :func:`keruen.plans.plan` does.
    """
    network = build(dataset)
    conflict: tuple[str, ...] = ()
    proven = True
    ways: list[tuple[str, float | None, Sequence[str]]] = [
        ("as things are", budget, without),
        ("with as much money as it takes", math.inf, without),
    ]
    if without:
        ways.append((f"with as much money as it takes and {', '.join(without)} allowed", math.inf, ()))
    for words, money, ruled_out in ways:
        progress(f"looking for a plan {words}")
        try:
            found = plan(
                dataset, network=network, budget=money, by=by, targets=targets, without=ruled_out, gap=gap
            )
        except InfeasiblePlan as error:
            conflict = conflict or error.conflict
            continue
        except SolveError:
            # Neither a plan nor a proof that there is none; the next way may find one.
            proven = False
            continue
        return Remedy(conflict, _way(found, words), found)
    progress("looking for how far any plan gets")
    # A shortfall dearer than anything else is made as small as it can be.
    prices = dict.fromkeys(targets, 1e6)
    found = plan(dataset, network=network, budget=math.inf, by=by, targets=prices, gap=gap)
    short = [
        f"{target.name} stays {missing * MILLION:,.0f} t short of {target.value * MILLION:,.0f}"
        for target, missing in zip(found.programme.problem.targets, found.solution.shortfall, strict=True)
        if missing > 1e-9
    ]
    words = "; ".join(short) if short else "the targets can be reached only with what was forbidden"
    head = "No plan reaches" if proven else "No plan was found that reaches"
    return Remedy(conflict, f"{head} the targets, whatever it costs: {words}.", None)


def _way(found: PlanResult, words: str) -> str:
    chosen = found.dataset["plan"].filter("selected")
    stage = dict(found.dataset["project"].select("project_id", "stage").iter_rows())
    new = chosen.filter(
        pl.col("project_id").is_in(
            [p for p, s in stage.items() if s not in ("under_construction", "completed")]
        )
    )
    names = dict(found.dataset["project"].select("project_id", "name").iter_rows())
    built = "; ".join(
        f"{row['start_year']}: {names[row['project_id']]}"
        for row in new.sort("start_year", "project_id").iter_rows(named=True)
    )
    price = found.dataset["plan_summary"]["price_of_targets"][0]
    price_words = (
        "" if price is None else f", {dollars(price / MILLION)} more than the best plan without the targets"
    )
    capital = float(new["cost"].sum() or 0.0) / MILLION
    return f"The targets are reached {words}: {dollars(capital)} of new capital{price_words}. It starts {built or 'nothing new'}."  # fmt: skip


# -- regret -----------------------------------------------------------------------------------------------------


def regret(result: PlanResult, scenarios: Sequence[str] = (), *, by: int | None = None, budget: float | None = None,
           gap: float = 0.01, progress: Callable[[str], None] = _silent) -> pl.DataFrame:  # fmt: skip
    """Return what each plan costs more than the best one, were each scenario to come true.

    The plans are the given one and the best of each scenario; each is costed in every scenario with goods on their best
    routes there. A scenario's changes hold in all years planned.

    Parameters
    ----------
    result
        A plan of the dataset without any scenario.
    scenarios
        Names from the table ``scenario``; empty takes all that change something.
    by, budget, gap
        As in :func:`keruen.plans.plan`.
    progress
        Called with each scenario.

    Returns
    -------
    DataFrame
        ``plan`` (named by the scenario that it is best for; ``given`` is the plan given), one column a scenario with the
        regret [USD], and ``worst``, the largest of them; the plan with the least ``worst`` comes first (Savage 1951).

    Raises
    ------
    InputError
        If a scenario does not exist.
    """
    dataset = result.dataset
    known = dataset["scenario"]["scenario_id"].to_list()
    wrong = [name for name in scenarios if name not in known]
    if wrong:
        raise InputError(
            [
                Finding("scenario", name, "", "", "does not exist", f"name one of {', '.join(known)}")
                for name in wrong
            ]
        )
    changing = set(dataset["change"]["scenario_id"].drop_nulls().to_list())
    chosen = list(scenarios) or [name for name in known if name in changing]
    year = int(result.programme.years[0])
    worlds: dict[str, PlanResult] = {"given": result}
    for name in chosen:
        progress(f"planning for {name}")
        changed = apply(dataset, active_changes(dataset, year, scenario_id=name))
        try:
            worlds[name] = plan(changed, by=by, budget=budget, gap=gap, warm=result)
        except InfeasiblePlan as error:
            raise SolveError(f"scenario {name}: {error}") from error
    rows = []
    for label, made in worlds.items():
        when = dict(zip(made.programme.project_ids, made.solution.start.tolist(), strict=True))
        row: dict[str, object] = {"plan": label}
        for name, world in worlds.items():
            row[name] = max(_cost_in(world, when) - world.solution.objective, 0.0) * MILLION
        rows.append(row)
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(worlds, pl.Float64))
    return frame.with_columns(worst=pl.max_horizontal(*worlds)).sort("worst", "plan")


def _cost_in(world: PlanResult, when: Mapping[str, int]) -> float:
    projects, ids = world.programme.problem.projects, world.programme.project_ids
    start: Ints = np.array([when.get(name, -1) for name in ids], dtype=np.int64)
    for i, project in enumerate(projects):
        if project.mandatory and start[i] < 0:
            start[i] = project.earliest
    return world.planner.cost_of(start, limits=False)
