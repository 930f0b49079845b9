"""Plans that cost nearly the same and differ: what any good plan holds, and what can be left or wait.

One best plan says too much: within a little of its cost there are others. Each new one is made to use as little as
possible of what those before it chose (hop, skip and jump: Brill, Chang and Hopkins 1982), under a ceiling on its cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from keruen.errors import SolveError
from keruen.plans.design import DesignSolution, Planner
from keruen.plans.master import Master
from keruen.plans.problem import Floats, Ints
from keruen.plans.solver import new_solver

ATTEMPTS = 3
"""Tries for one plan; each adds the capacity rows that the last one turned out to exceed."""


@dataclass(frozen=True)
class Alternatives:
    """Near-optimal plans.

    Parameters
    ----------
    start : (n_plans, n_projects) period
        When each project starts in each plan, the best first; -1 where it is not built.
    cost : (n_plans,)
        Discounted cost of each plan [money].
    must_have
        Projects that every one of them builds.
    can_wait
        Projects that all build, but not at the same time, or that some leave out.
    """

    start: Ints
    cost: Floats
    must_have: tuple[int, ...]
    can_wait: tuple[int, ...]


def near_optimal(
    planner: Planner,
    best: DesignSolution,
    *,
    within: float,
    count: int = 5,
    nodes: int = 100,
    seconds: float | None = None,
) -> Alternatives:
    """Return plans that cost at most ``within`` more than the best and differ as much as they can.

    Parameters
    ----------
    planner
        The planner that found ``best``.
    best
        The plan to start from.
    within
        What another plan may cost more [money].
    count
        Number of other plans to look for; fewer come back where there are no more.
    nodes, seconds
        Limits of the search for each; without ``seconds`` the same input gives the same plans.

    Raises
    ------
    SolveError
        If the solver fails.
    """
    m = planner.master
    ceiling = best.objective + within
    if not planner.problem.targets:
        return _gathered(*_varied(planner, best, ceiling, count))
    for p in range(best.start.size):
        # Routes that goods would take without it, or with it, must be known before it can be left or added.
        other = best.start.copy()
        other[p] = -1 if best.start[p] >= 0 else planner.problem.projects[p].earliest
        chosen = np.array([1.0 if other[p] == s else 0.0 for p, s in m.starts])
        with m.without_limits():
            m.evaluate(chosen)
    starts, costs = [best.start], [best.objective]
    seen = {best.start.tobytes()}
    for _ in range(count):
        for _ in range(ATTEMPTS):
            choice = _different(m, starts, ceiling, nodes, seconds)
            if choice is None:
                break
            cost = planner.cost_of(choice)
            if cost <= ceiling * (1.0 + 1e-9) and choice.tobytes() not in seen:
                seen.add(choice.tobytes())
                starts.append(choice)
                costs.append(cost)
                break
    return _gathered(starts, costs)


def _gathered(starts: list[Ints], costs: list[float]) -> Alternatives:
    table = np.array(starts)
    built = table >= 0
    same = built.all(axis=0) & (table == table[0]).all(axis=0)
    return Alternatives(
        table,
        np.array(costs),
        tuple(np.flatnonzero(built.all(axis=0)).tolist()),
        tuple(np.flatnonzero(built.any(axis=0) & ~same).tolist()),
    )


def _varied(
    planner: Planner, best: DesignSolution, ceiling: float, count: int
) -> tuple[list[Ints], list[float]]:
    """Change the best plan project by project, as far as the ceiling lets it, each time towards what was used least.

    Where fixed starts are costed year by year this is far sooner done than another programme in whole numbers.
    """
    q = planner.problem
    options: list[list[int]] = [[] for _ in q.projects]
    for p, s in planner.master.starts:
        options[p].append(s)
    free = [p for p in range(len(q.projects)) if not q.projects[p].mandatory]
    uses: dict[tuple[int, int], int] = {(p, int(best.start[p])): 1 for p in free}
    moved = dict.fromkeys(free, 0)
    starts, costs = [best.start], [best.objective]
    seen = {best.start.tobytes()}
    for turn in range(4 * count):
        if len(starts) > count:
            break
        current, cost = best.start.copy(), best.objective
        for i, p in enumerate(sorted(free, key=lambda p: (moved[p], p))):
            # Leaving out what is built, or building what is not, differs more than another year; among what was used as
            # often, to keep a project and to change it take turns.
            def rank(s: int, p: int = p, i: int = i) -> tuple[int, int, int]:
                kept, toggled = s == best.start[p], (s < 0) != (best.start[p] < 0)
                turns = (i >> (turn % 3)) % 2  # noqa: B023
                return uses.get((p, s), 0), (turns if kept else 1 - turns) if toggled or kept else 2, s

            for s in sorted((-1, *options[p]), key=rank)[:3]:
                trial = current.copy()
                trial[p] = s
                value = planner.cost_of(trial)
                if value <= ceiling * (1.0 + 1e-9):
                    current, cost = trial, value
                    break
        for p in free:
            uses[p, int(current[p])] = uses.get((p, int(current[p])), 0) + 1
        if current.tobytes() in seen:
            continue
        seen.add(current.tobytes())
        starts.append(current)
        costs.append(cost)
        for p in free:
            moved[p] += int(current[p] != best.start[p])
    return starts, costs


def _different(
    m: Master, starts: list[Ints], ceiling: float, nodes: int, seconds: float | None
) -> Ints | None:
    """Find starts that use least of what earlier plans chose, under a ceiling on the cost."""
    project = np.array([p for p, _ in m.starts])
    period = np.array([s for _, s in m.starts])
    weight = np.zeros(m.n_starts)
    for earlier in starts:
        # Leaving a project out is a greater difference than moving it; so is building one that was left out.
        weight += np.where(earlier[project] >= 0, 1.0, -1.0) + 0.1 * (earlier[project] == period)
    lp = m.h.getLp()
    matrix = sp.csc_matrix(
        (lp.a_matrix_.value_, lp.a_matrix_.index_, lp.a_matrix_.start_), shape=(lp.num_row_, lp.num_col_)
    )
    if lp.a_matrix_.format_ == highspy.MatrixFormat.kRowwise:
        matrix = sp.csr_matrix(
            (lp.a_matrix_.value_, lp.a_matrix_.index_, lp.a_matrix_.start_), shape=(lp.num_row_, lp.num_col_)
        ).tocsc()
    cost = np.asarray(lp.col_cost_)
    scale = max(abs(ceiling), 1.0)
    # No earlier plan again: at least one start must differ from each.
    taken = np.array([(earlier[project] == period) for earlier in starts], dtype=np.float64)
    again = sp.csr_matrix(np.hstack([1.0 - 2.0 * taken, np.zeros((len(starts), lp.num_col_ - m.n_starts))]))
    rows = sp.vstack([matrix, sp.csr_matrix(cost / scale), again]).tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = lp.num_col_, lp.num_row_ + 1 + len(starts)
    model.col_cost_ = np.concatenate([weight, np.zeros(lp.num_col_ - m.n_starts)])
    model.col_lower_, model.col_upper_ = lp.col_lower_, lp.col_upper_
    inf = highspy.kHighsInf
    model.row_lower_ = np.concatenate([lp.row_lower_, [-inf], 1.0 - taken.sum(axis=1)])
    model.row_upper_ = np.concatenate([lp.row_upper_, [ceiling / scale], np.full(len(starts), inf)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        rows.indptr, rows.indices, rows.data,
    )  # fmt: skip
    kinds = [highspy.HighsVarType.kContinuous] * lp.num_col_
    kinds[: m.n_starts] = [highspy.HighsVarType.kInteger] * m.n_starts
    model.integrality_ = kinds
    h = new_solver()
    h.setOptionValue("mip_max_nodes", nodes)
    if seconds is not None:
        h.setOptionValue("time_limit", seconds)
    h.passModel(model)
    h.run()
    if h.getModelStatus() == highspy.HighsModelStatus.kSolveError:
        raise SolveError("HiGHS failed while looking for another plan")
    solution = h.getSolution()
    if not solution.value_valid or not math.isfinite(h.getInfo().objective_function_value):
        return None
    chosen = np.asarray(solution.col_value)[: m.n_starts] > 0.5
    found = np.full(len(m.problem.projects), -1, dtype=np.int64)
    found[project[chosen]] = period[chosen]
    return found
