"""Agreeing claims come to one set of figures.

Receives rows that can all hold; hands on the estimate of every quantity and the claims that move it. Weighted least squares
in the manner of Stone, Champernowne and Meade (1942, "The precision of national income estimates"), with pseudo-Huber weights
so that a rough claim pulls less than in proportion, inside the bounds that claims and identities set: "more than 50" has a
centre, a one-sided width and a floor. The quadratic program is solved by Clarabel only where a bound binds; the answer is
then recomputed from the binding rows, which also tells exactly what each estimate rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from keruen.errors import SolveError
from keruen.figures.identities import Row
from keruen.figures.rivals import ROBUST

ROUNDS = 6
"""Most rounds of reweighting."""
RIDGE = 1e-9
"""Pull towards the starting point of what nothing else determines, relative to the strongest pull."""
VISIBLE = 1e-8
"""Relative influence from which an estimate is said to rest on a claim."""
_DENSE = 500

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Balanced:
    """Estimates by variable, and the claims that move them.

    Parameters
    ----------
    estimates : dict of int to float
        In the unit of the variable.
    rests_on : dict of int to set of int
        Claims, by position.
    """

    estimates: dict[int, float]
    rests_on: dict[int, set[int]]


def balance(rows: Sequence[Row], start: Mapping[int, float], values: Mapping[int, float]) -> Balanced:
    """Balance one connected part of the evidence.

    Parameters
    ----------
    rows
        Claims and identities that can all hold.
    start : dict of int to float
        A first idea of each variable; also its scale.
    values : dict of int to float
        Stated value by claim, against which influence is measured.

    Raises
    ------
    SolveError
        If the solver ends without an answer.
    """
    variables = sorted(start)
    column = {v: i for i, v in enumerate(variables)}
    scale = np.array([abs(start[v]) or 1.0 for v in variables])
    origin = np.array([start[v] for v in variables]) / scale

    def matrix(some: Sequence[Row]) -> sparse.csr_matrix:
        entries = [(i, column[v], a * scale[column[v]]) for i, r in enumerate(some) for v, a in r.terms]
        i, j, a = (list(x) for x in zip(*entries, strict=True)) if entries else ([], [], [])
        return sparse.csr_matrix((a, (i, j)), shape=(len(some), len(variables)))

    soft = [r for r in rows if r.sd > 0]
    hard = [r for r in rows if np.isfinite(r.low) or np.isfinite(r.high)]
    pull, wall = matrix(soft), matrix(hard)
    size = np.maximum(abs(wall).max(axis=1).toarray().ravel(), 1e-300) if hard else np.zeros(0)
    wall = sparse.diags_array(1 / size).tocsr() @ wall if hard else wall
    low = np.array([r.low for r in hard]) / size
    high = np.array([r.high for r in hard]) / size
    centre = np.array([r.centre for r in soft])
    stated = np.array([r.owner >= 0 for r in soft])
    point, active = origin, np.zeros(len(hard), dtype=bool)
    weights: Vector = np.ones(len(soft))
    for _ in range(ROUNDS):
        spread = np.array(
            [r.sd * (abs(point[column[r.relative_to]]) * scale[column[r.relative_to]] if r.relative_to >= 0 else 1.0)
             for r in soft]
        )  # fmt: skip
        residual = (pull @ point - centre) / spread
        weights = np.where(stated, 1 / np.sqrt(1 + (residual / ROBUST) ** 2), 1.0) / spread**2
        moved, active = _minimum(pull, weights, centre, wall, low, high, origin)
        done = np.allclose(moved, point, rtol=1e-12, atol=0)
        point = moved
        if done:
            break
    influence = _influence(pull, weights, wall, active, origin)
    return Balanced(
        {v: float(point[i] * scale[i]) for v, i in column.items()},
        {
            v: _movers(influence[i], point[i], soft, weights, hard, active, size, values)
            for v, i in column.items()
        },
    )


def _kkt(
    pull: sparse.csr_matrix, weights: Vector, wall: sparse.csr_matrix, active: NDArray[np.bool_]
) -> tuple[sparse.csc_matrix, float]:
    """Return the Karush-Kuhn-Tucker matrix with the binding rows as equations, and the ridge in it."""
    n = pull.shape[1]
    curvature = pull.T @ sparse.diags_array(weights) @ pull
    ridge = RIDGE * max(float(curvature.diagonal().max(initial=0.0)), 1.0)
    bound = wall[active]
    return sparse.bmat(
        [
            [curvature + ridge * sparse.eye_array(n), bound.T],
            [bound, -1e-12 / ridge * sparse.eye_array(bound.shape[0])],
        ],
        format="csc",
    ), ridge


def _solve(matrix: sparse.csc_matrix, right: Vector) -> Vector:
    if matrix.shape[0] <= _DENSE:
        return np.asarray(np.linalg.solve(matrix.toarray(), right))
    return np.asarray(splu(matrix).solve(right))


def _minimum(
    pull: sparse.csr_matrix,
    weights: Vector,
    centre: Vector,
    wall: sparse.csr_matrix,
    low: Vector,
    high: Vector,
    origin: Vector,
) -> tuple[Vector, NDArray[np.bool_]]:
    """Return the point of least weighted squares within the bounds, and which bounds bind."""
    n, m = pull.shape[1], wall.shape[0]
    active = np.zeros(m, dtype=bool)

    def polished(at: Vector) -> Vector:
        matrix, ridge = _kkt(pull, weights, wall, active)
        right = np.r_[pull.T @ (weights * centre) + ridge * origin, at[active]]
        return _solve(matrix, right)[:n]

    def broken(point: Vector) -> float:
        level = wall @ point
        return float(np.max(np.maximum(low - level, level - high), initial=0.0))

    free = polished(np.zeros(m))
    if broken(free) <= 1e-9:
        return free, active
    curvature = pull.T @ sparse.diags_array(weights) @ pull
    ridge = RIDGE * max(float(curvature.diagonal().max(initial=0.0)), 1.0)
    top = float(curvature.diagonal().max(initial=1.0))
    p = sparse.triu((curvature + ridge * sparse.eye_array(n)) / top, format="csc")
    q = -(pull.T @ (weights * centre) + ridge * origin) / top
    upper, lower = np.isfinite(high), np.isfinite(low)
    a = sparse.vstack([wall[upper], -wall[lower]], format="csc")
    b = np.r_[high[upper], -low[lower]]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    solution = clarabel.DefaultSolver(p, q, a, b, [clarabel.NonnegativeConeT(len(b))], settings).solve()
    if str(solution.status) not in {"Solved", "AlmostSolved"}:
        raise SolveError(f"balancing {n} figures under {m} bounds ended as {solution.status}")
    point, dual = np.array(solution.x), np.array(solution.z)
    at = np.zeros(m)
    binding = (np.array(solution.s) < 1e-6) & (dual > np.array(solution.s))
    for rows, values, some in (
        (np.flatnonzero(upper), high, binding[: upper.sum()]),
        (np.flatnonzero(lower), low, binding[upper.sum() :]),
    ):
        active[rows[some]] = True
        at[rows[some]] = values[rows[some]]
    exact = polished(at)
    return (exact if broken(exact) <= 1e-7 else point), active


def _influence(
    pull: sparse.csr_matrix,
    weights: Vector,
    wall: sparse.csr_matrix,
    active: NDArray[np.bool_],
    origin: Vector,
) -> NDArray[np.float64]:
    """Return how each variable moves with each soft row's target and each binding row's bound."""
    n = len(origin)
    matrix, _ = _kkt(pull, weights, wall, active)
    adjoint = _solve(matrix, np.eye(matrix.shape[0])[:, :n])
    through = (sparse.diags_array(weights) @ pull @ adjoint[:n]).T
    return np.hstack([through, adjoint[n:].T])


def _movers(
    influence: Vector,
    estimate: float,
    soft: Sequence[Row],
    weights: Vector,
    hard: Sequence[Row],
    active: NDArray[np.bool_],
    size: Vector,
    values: Mapping[int, float],
) -> set[int]:
    """Return the claims whose value moves an estimate visibly."""
    found: set[int] = set()
    floor = VISIBLE * max(abs(estimate), 1e-12)
    for k, row in enumerate(soft):
        target = row.centre if row.relative_to < 0 else 1.0
        if row.owner >= 0 and abs(influence[k] * target) > floor:
            found.add(row.owner)
    bound = [(row, size[i]) for i, (row, on) in enumerate(zip(hard, active, strict=True)) if on]
    for k, (row, divisor) in enumerate(bound):
        moved = influence[len(soft) + k] * (abs(values[row.owner]) / divisor if row.owner >= 0 else 0.0)
        if abs(moved) > floor:
            found.add(row.owner)
    return found
