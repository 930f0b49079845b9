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
from typing import Any, TypeAlias

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from keruen.errors import SolveError
from keruen.figures.identities import Row
from keruen.figures.rivals import ROBUST

ROUNDS = 5
"""Most rounds of reweighting."""
SWITCHES = 8
"""Most rounds of guessing which bounds bind before the interior-point solver is asked."""
RIDGE = 1e-13
"""Pull of each variable towards its starting point, relative to its other pulls: it decides what nothing else does."""
VISIBLE = 1e-8
"""Relative influence from which an estimate is said to rest on a claim."""
BROKEN = 1e-9
"""Relative violation from which a bound counts as broken."""
GIVE = 1e-6
"""Relative room for what a linear program found to agree within its own, coarser tolerance."""
DENSE = 400
"""Variables and bounds up to which plain arrays are quicker than sparse ones."""

Vector = NDArray[np.float64]
Matrix: TypeAlias = "NDArray[np.float64] | Any"
"""A plain array, or for large parts a sparse one."""


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

    soft = [r for r in rows if r.sd > 0]
    hard = [r for r in rows if np.isfinite(r.low) or np.isfinite(r.high)]
    dense = len(variables) + len(hard) <= DENSE
    size = np.array([max(abs(a) * scale[column[v]] for v, a in r.terms) for r in hard])
    pull = _matrix(soft, np.ones(len(soft)), column, scale, dense=dense)
    wall = _matrix(hard, size, column, scale, dense=dense)
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
        done = float(np.max(np.abs(moved - point))) <= 1e-11
        point = moved
        if done:
            break
    influence = _influence(pull, weights, wall, active, origin)
    # What a relative change of a claim's value moves in its row: the value, or for a ratio its numerator.
    reach = np.array([max(abs(a * scale[column[v]] * point[column[v]]) for v, a in r.terms) for r in soft])
    return Balanced(
        {v: float(point[i] * scale[i]) for v, i in column.items()},
        {
            v: _movers(influence[i], point[i], reach, soft, hard, active, size, values)
            for v, i in column.items()
        },
    )


def _matrix(
    rows: Sequence[Row], size: Vector, column: Mapping[int, int], scale: Vector, *, dense: bool
) -> Matrix:
    """Return the coefficients of rows over scaled variables, each row divided by its size."""
    entries = [(i, column[v], a) for i, r in enumerate(rows) for v, a in r.terms]
    i, j, a = (np.array(x) for x in zip(*entries, strict=True)) if entries else (np.zeros(0, dtype=int),) * 3
    values = a * scale[j] / size[i] if entries else a
    if not dense:
        return sparse.csr_array((values, (i, j)), shape=(len(rows), len(scale)))
    full = np.zeros((len(rows), len(scale)))
    np.add.at(full, (i, j), values)
    return full


def _curvature(pull: Matrix, weights: Vector) -> tuple[Matrix, Vector, float]:
    """Return the second derivative of the weighted squares, the ridge to add to its diagonal, and its size."""
    if isinstance(pull, np.ndarray):
        square: Matrix = (pull.T * weights) @ pull
    else:
        square = (pull.T @ sparse.diags_array(weights) @ pull).tocsr()
    diagonal = square.diagonal()
    top = max(float(diagonal.max(initial=0.0)), 1e-300)
    return square, RIDGE * np.where(diagonal > 0, diagonal, top), top


def _kkt(pull: Matrix, weights: Vector, wall: Matrix, active: NDArray[np.bool_]) -> tuple[Matrix, Vector]:
    """Return the Karush-Kuhn-Tucker matrix with the binding rows as equations, and the ridge in it."""
    square, ridge, top = _curvature(pull, weights)
    n, bound = square.shape[0], wall[active]
    if isinstance(square, np.ndarray):
        full = np.zeros((n + len(bound), n + len(bound)))
        full[:n, :n] = square + np.diag(ridge)
        full[n:, :n], full[:n, n:] = bound, bound.T
        # Binding rows may repeat each other; a trace on the diagonal keeps the system regular.
        full[range(n, len(full)), range(n, len(full))] = -1e-12 / top
        return full, ridge
    trace = -1e-12 / top * sparse.eye_array(bound.shape[0])
    blocks = [[square + sparse.diags_array(ridge), bound.T], [bound, trace]]
    return sparse.block_array(blocks, format="csr"), ridge


def _solve(matrix: Matrix, right: Vector) -> Vector:
    if isinstance(matrix, np.ndarray):
        return np.asarray(np.linalg.solve(matrix, right))
    return np.asarray(splu(matrix.tocsc()).solve(right))


def _minimum(
    pull: Matrix,
    weights: Vector,
    centre: Vector,
    wall: Matrix,
    low: Vector,
    high: Vector,
    origin: Vector,
) -> tuple[Vector, NDArray[np.bool_]]:
    """Return the point of least weighted squares within the bounds, and which bounds bind."""
    n, m = pull.shape[1], wall.shape[0]
    aim = pull.T @ (weights * centre)

    def polished(active: NDArray[np.bool_], at: Vector) -> tuple[Vector, Vector]:
        matrix, ridge = _kkt(pull, weights, wall, active)
        answer = _solve(matrix, np.concatenate([aim + ridge * origin, at[active]]))
        return answer[:n], answer[n:]

    # Guess which bounds bind: those that are broken join, those that would pull the wrong way leave (a primal-dual
    # active set, Hintermüller, Ito and Kunisch 2003). It is nearly always right at once.
    side = np.zeros(m, dtype=np.int8)
    for _ in range(SWITCHES):
        active = side != 0
        point, push = polished(active, np.where(side > 0, high, low))
        level = wall @ point
        switched = side.copy()
        switched[active] = np.where(push * side[active] >= 0, side[active], 0)
        switched[(side == 0) & (level > high + BROKEN)] = 1
        switched[(side == 0) & (level < low - BROKEN)] = -1
        if np.array_equal(switched, side):
            return point, active
        side = switched
    square, ridge, top = _curvature(pull, weights)
    convex = sparse.csc_matrix(square) + sparse.diags_array(ridge)
    p = sparse.csc_matrix(sparse.triu(convex / top))
    q = -(aim + ridge * origin) / top
    upper, lower = np.isfinite(high), np.isfinite(low)
    a = sparse.csc_matrix(sparse.vstack([sparse.csr_array(wall[upper]), -sparse.csr_array(wall[lower])]))
    b = np.r_[high[upper], -low[lower]] + GIVE
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    solution = clarabel.DefaultSolver(p, q, a, b, [clarabel.NonnegativeConeT(len(b))], settings).solve()
    if str(solution.status) not in {"Solved", "AlmostSolved"}:
        raise SolveError(f"balancing {n} figures under {m} bounds ended as {solution.status}")
    point, dual = np.array(solution.x), np.array(solution.z)
    binding = (np.array(solution.s) < 2 * GIVE) & (dual > np.array(solution.s))
    side = np.zeros(m, dtype=np.int8)
    side[np.flatnonzero(upper)[binding[: upper.sum()]]] = 1
    side[np.flatnonzero(lower)[binding[upper.sum() :]]] = -1
    exact, _ = polished(side != 0, np.where(side > 0, high, low))
    level = wall @ exact
    within = np.all((level <= high + GIVE) & (level >= low - GIVE))
    return (exact if within else point), side != 0


def _influence(
    pull: Matrix,
    weights: Vector,
    wall: Matrix,
    active: NDArray[np.bool_],
    origin: Vector,
) -> NDArray[np.float64]:
    """Return how each variable moves with each soft row's target and each binding row's bound."""
    n = len(origin)
    matrix, _ = _kkt(pull, weights, wall, active)
    adjoint = _solve(matrix, np.eye(matrix.shape[0])[:, :n])
    through = (weights[:, None] * (pull @ adjoint[:n])).T
    return np.hstack([through, adjoint[n:].T])


def _movers(
    influence: Vector,
    estimate: float,
    reach: Vector,
    soft: Sequence[Row],
    hard: Sequence[Row],
    active: NDArray[np.bool_],
    size: Vector,
    values: Mapping[int, float],
) -> set[int]:
    """Return the claims whose value moves an estimate visibly."""
    found: set[int] = set()
    floor = VISIBLE * max(abs(estimate), 1e-12)
    for k, row in enumerate(soft):
        if row.owner >= 0 and abs(influence[k] * reach[k]) > floor:
            found.add(row.owner)
    bound = [(row, size[i]) for i, (row, on) in enumerate(zip(hard, active, strict=True)) if on]
    for k, (row, divisor) in enumerate(bound):
        moved = influence[len(soft) + k] * (abs(values[row.owner]) / divisor if row.owner >= 0 else 0.0)
        if abs(moved) > floor:
            found.add(row.owner)
    return found
