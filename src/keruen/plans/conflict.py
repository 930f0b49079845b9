"""Why no plan is possible: a smallest set of limits that cannot all be kept.

Limits are dropped in groups (a budget, a target, an order of two projects, a movement that must be carried). What is
left is tried; a group without which a plan becomes possible belongs to the conflict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from keruen.errors import SolveError
from keruen.plans.master import Master
from keruen.plans.problem import DesignProblem
from keruen.plans.progress import Interrupt
from keruen.plans.search import Search
from keruen.plans.solver import Infeasible


class InfeasiblePlan(SolveError):
    """No plan satisfies every limit.

    Parameters
    ----------
    conflict
        A smallest set of limits that contradict each other, in words: drop any one and the rest can be kept.
    """

    def __init__(self, conflict: tuple[str, ...]) -> None:
        self.conflict = conflict
        listed = "; ".join(conflict) if conflict else "the limits on projects"
        super().__init__(f"no plan keeps all of these at once: {listed}; relax one of them")

    def __reduce__(self) -> tuple[type[InfeasiblePlan], tuple[tuple[str, ...]]]:
        return type(self), (self.conflict,)


@dataclass(frozen=True, slots=True)
class _Limit:
    """A group of limits that can be dropped together."""

    words: str
    drop: Callable[[DesignProblem], DesignProblem]


def smallest_conflict(problem: DesignProblem, interrupt: Interrupt) -> tuple[str, ...]:
    """Return a set of limits, none of which can be spared, that cannot all be kept; empty if a plan exists.

    Every limit is dropped in turn for good if the rest still contradict each other (deletion filter, Chinneck and
    Dravnieks 1991).
    """
    if _possible(problem, interrupt):
        return ()
    needed: list[str] = []
    # Movements are many and rarely the reason: all of them are tried at once before one by one.
    groups = _limits(problem)
    relaxed = _drop_movements(problem)
    movements = range(problem.n_commodities)
    if not _possible(relaxed, interrupt):
        problem = relaxed
        movements = range(0)
    for limit in groups:
        without = limit.drop(problem)
        if _possible(without, interrupt):
            needed.append(limit.words)
        else:
            problem = without
    must = [k for k in movements if not np.isfinite(problem.penalty[k]) and problem.demand[:, k].any()]
    for k in must:
        without = _drop_movement(problem, k)
        if _possible(without, interrupt):
            ends = f"{problem.origin[k]} to {problem.destination[k]}"
            needed.append(f"all of movement {k} (node {ends}) must be carried")
        else:
            problem = without
    return tuple(needed)


def _possible(problem: DesignProblem, interrupt: Interrupt) -> bool:
    """Whether some plan keeps every limit."""
    slack = 1e-6 * max(1.0, float(problem.demand.max(initial=0.0)))
    try:
        master = Master(problem, interrupt.stop, feasibility=True)
        search = Search(
            master, gap=0.0, nodes=500, seconds=None, progress=None, interrupt=interrupt, decide=slack
        )
        search.run()
    except Infeasible:
        return False
    # An open question counts as possible: a conflict is only named when it is proven.
    return search.objective <= slack or search.bound <= slack


def _drop_movement(q: DesignProblem, commodity: int) -> DesignProblem:
    penalty = q.penalty.copy()
    penalty[commodity] = 0.0
    return replace(q, penalty=penalty)


def _drop_movements(q: DesignProblem) -> DesignProblem:
    return replace(q, penalty=np.zeros_like(q.penalty))


def _limits(q: DesignProblem) -> list[_Limit]:
    found: list[_Limit] = []
    if q.budget is not None and np.isfinite(q.budget).any():
        found.append(_Limit("the yearly budgets", lambda p: replace(p, budget=None)))
    if q.cumulative_budget is not None and np.isfinite(q.cumulative_budget).any():
        found.append(_Limit("the budget over all periods", lambda p: replace(p, cumulative_budget=None)))
    if q.workers is not None:
        found.append(_Limit("the workers there are", lambda p: replace(p, workers=None, crew=None)))
    if q.least_starts is not None:
        found.append(_Limit("the least number of starts", lambda p: replace(p, least_starts=None)))
    if q.most_starts is not None:
        found.append(_Limit("the most starts at once", lambda p: replace(p, most_starts=None)))
    for a, b in q.requires:
        words = f"{q.projects[a].name} requires {q.projects[b].name}"
        found.append(_Limit(words, partial(_without_order, pair=(a, b))))
    for a, b in q.excludes:
        words = f"{q.projects[a].name} excludes {q.projects[b].name}"
        found.append(_Limit(words, partial(_without_exclusion, pair=(a, b))))
    for i, project in enumerate(q.projects):
        if project.mandatory:
            found.append(_Limit(f"{project.name} must be built", partial(_voluntary, project=i)))
    for target in q.targets:
        if not np.isfinite(target.price):
            words = f"target {target.name}: {target.value:g} in period {target.period}"
            found.append(_Limit(words, partial(_without_target, name=target.name)))
    return found


def _without_order(q: DesignProblem, pair: tuple[int, int]) -> DesignProblem:
    return replace(q, requires=tuple(r for r in q.requires if r != pair))


def _without_exclusion(q: DesignProblem, pair: tuple[int, int]) -> DesignProblem:
    return replace(q, excludes=tuple(e for e in q.excludes if e != pair))


def _voluntary(q: DesignProblem, project: int) -> DesignProblem:
    projects = list(q.projects)
    projects[project] = replace(projects[project], mandatory=False)
    return replace(q, projects=tuple(projects))


def _without_target(q: DesignProblem, name: str) -> DesignProblem:
    return replace(q, targets=tuple(t for t in q.targets if t.name != name))
