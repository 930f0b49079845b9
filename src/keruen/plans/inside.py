"""Relaxing wide programmes by interior points: many years at once, where the simplex method takes minutes.

Receives the planner's linear programme; hands on a bound that holds however roughly it was solved (Lagrangian relaxation:
rows of goods priced, rows of starts kept), and a point from which plans can be found. The duals lie in the middle of the
best ones, so that few rounds of pricing do (Gondzio, González-Brevis and Munari 2013).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import highspy
import numpy as np
import scipy.sparse as sp

from keruen.errors import SolveError
from keruen.plans.problem import Floats
from keruen.plans.solver import Infeasible, OutOfTime, new_solver

if TYPE_CHECKING:
    from keruen.plans.master import Master

INSIDE = 1e-3
"""Relative gap between programme and bound at which interior points are near enough."""


def relax_inside(m: Master, cutoff: float, rounds: int, stoppable: bool) -> float:
    """Relax by interior points: on wide programmes far sooner than by the simplex, and good to ``INSIDE``.

    Their duals lie in the middle of the best ones, so few rounds of pricing do; the point is not a vertex.
    """
    bound = -math.inf
    for k in range(rounds):
        try:
            value = run_inside(m)
        except OutOfTime:
            if not stoppable:
                raise
            break
        added, _ = m.price()
        bound = max(bound, bound_at_duals(m))
        near = value - bound <= 0.1 * abs(value) or k >= 10
        cut = m.separate(strong=near)
        closed = value - bound <= INSIDE * abs(value)
        if (closed and cut <= 0.01 * m.n_pairs) or (added == 0 and cut == 0) or bound >= cutoff:
            break
        if stoppable and m.interrupted():
            break
    return bound


def run_inside(m: Master) -> float:
    """Solve the programme by interior points, to a rough optimum."""
    h = m.h
    for name, value in (("solver", "ipm"), ("run_crossover", "off"), ("ipm_optimality_tolerance", 1e-4)):
        h.setOptionValue(name, value)
    h.clearSolver()
    m.limit_time()
    h.run()
    status = h.getModelStatus()
    for name, setting in (("solver", "choose"), ("run_crossover", "on")):
        h.setOptionValue(name, setting)
    if status == highspy.HighsModelStatus.kInfeasible:
        raise Infeasible("the limits on projects contradict each other")
    if status == highspy.HighsModelStatus.kTimeLimit:
        raise OutOfTime("the limit of time was reached")
    m.keep()
    if not np.isfinite(m.x).all() or not np.isfinite(m.dual).all() or m.x.size != h.getNumCol():
        raise SolveError(f"the interior-point method ended with '{h.modelStatusToString(status)}'")
    return m.value


def bound_at_duals(m: Master, *, whole: bool = False) -> float:
    """Return the Lagrangian bound at the present duals, after :meth:`price`: valid however rough they are.

    Rows of goods are priced, rows of starts kept: what is left is a choice of starts at their reduced costs, and
    ``whole`` takes no halves in it, which can bound better than the linear programme does.
    """
    q, lp, n_rows = m.problem, m.h.getLp(), m.dual.size
    lower, upper = np.asarray(lp.row_lower_)[:n_rows], np.asarray(lp.row_upper_)[:n_rows]
    dual = m.dual.copy()
    dual[~np.isfinite(lower)] = np.minimum(dual[~np.isfinite(lower)], 0.0)
    dual[~np.isfinite(upper)] = np.maximum(dual[~np.isfinite(upper)], 0.0)
    prices = slice(m.row_target, m.row_target + len(q.targets))
    short = np.asarray(lp.col_cost_)[m.col_short : m.col_route]
    dual[prices] = np.minimum(dual[prices], short)
    dual[: m.n_pairs] = 0.0
    dual[m.row_project : m.row_project + len(m.project_rows)] = 0.0
    side = np.where(dual > 0.0, lower, np.where(dual < 0.0, upper, 0.0))
    moving = float(m.demand @ np.minimum(m.cheapest, m.behind_cost))
    matrix, shape = lp.a_matrix_, (lp.num_row_, lp.num_col_)
    parts = (np.asarray(matrix.value_), np.asarray(matrix.index_), np.asarray(matrix.start_))
    rowwise = matrix.format_ == highspy.MatrixFormat.kRowwise
    full = sp.csr_matrix(parts, shape=shape) if rowwise else sp.csc_matrix(parts, shape=shape)
    padded = np.concatenate([dual, np.zeros(lp.num_row_ - n_rows)])
    reduced = (np.asarray(lp.col_cost_) - full.T @ padded)[: m.n_starts]
    low, high = np.asarray(lp.col_lower_)[: m.n_starts], np.asarray(lp.col_upper_)[: m.n_starts]
    return float(dual @ side) + moving + _cheapest_starts(m, reduced, low, high, whole)


def _cheapest_starts(m: Master, cost: Floats, low: Floats, high: Floats, whole: bool) -> float:
    """Return a lower bound of the cheapest choice of starts at these costs within every limit on starts."""
    h, none = new_solver(), np.zeros(0, dtype=np.int32)
    h.addCols(m.n_starts, cost, low, high, 0, none, none, np.zeros(0))
    for row in m.project_rows:
        columns = row.columns.astype(np.int32)
        h.addRow(
            max(row.lower, -highspy.kHighsInf),
            min(row.upper, highspy.kHighsInf),
            columns.size,
            columns,
            row.coefficients,
        )
    if whole:
        every = np.arange(m.n_starts, dtype=np.int32)
        h.changeColsIntegrality(m.n_starts, every, np.ones(m.n_starts, dtype=np.uint8))
        h.setOptionValue("mip_max_nodes", 2000)
    h.run()
    if h.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        raise Infeasible("the limits on projects contradict each other")
    info = h.getInfo()
    value = info.mip_dual_bound if whole else info.objective_function_value
    optimal = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(value) if whole or optimal else float(np.minimum(cost * low, cost * high).sum())
