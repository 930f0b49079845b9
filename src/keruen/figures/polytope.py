"""What a set of claims allows together: a polytope, and whether it is empty.

Receives rows; answers three questions by linear programming on HiGHS: do these claims agree, which few of them do not, and
between which bounds does a quantity lie. Every variable and row is scaled by its own size, so that tonnes and billions meet
on equal terms. The program is built once for a connected part of the evidence; claims are switched on and off by
the bounds of their rows, so that each further question starts from the last answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import highspy
import numpy as np

from keruen.errors import SolveError
from keruen.figures.identities import Row

SLACK = 1e-7
"""Relative violation up to which rows count as satisfied."""
_INFINITY = highspy.kHighsInf


class Polytope:
    """Rows of one connected part of the evidence.

    Parameters
    ----------
    rows
        Claims and identities; identities always hold.
    scales : dict of int to float
        Size of each variable, by which it is divided.
    """

    def __init__(self, rows: Sequence[Row], scales: dict[int, float]) -> None:
        self.rows = [r for r in rows if np.isfinite(r.low) or np.isfinite(r.high)]
        self.columns = {v: i for i, v in enumerate(sorted({v for r in self.rows for v, _ in r.terms}))}
        self.scales = scales
        self.owned: dict[int, list[int]] = {}
        for i, row in enumerate(self.rows):
            if row.owner >= 0:
                self.owned.setdefault(row.owner, []).append(i)
        self.size = [max(abs(a) * scales[v] for v, a in row.terms) for row in self.rows]
        self.bounds = [
            (_bound(r.low / size), _bound(r.high / size))
            for r, size in zip(self.rows, self.size, strict=True)
        ]
        self.active = set(self.owned)
        self.signed = {
            v for r in self.rows if r.owner >= 0 and len(r.terms) == 1 and r.low < 0 for v, _ in r.terms
        }

    @cached_property
    def _elastic(self) -> highspy.Highs:
        """The program in which claims may give way, at a cost."""
        return self._build(elastic=True)

    @cached_property
    def _hard(self) -> highspy.Highs:
        """The program in which every claim holds."""
        return self._build(elastic=False)

    def _build(self, *, elastic: bool) -> highspy.Highs:
        n, slack = len(self.columns), [i for i, r in enumerate(self.rows) if r.owner >= 0] if elastic else []
        position = {row: n + 2 * k for k, row in enumerate(slack)}
        starts, columns, values = [0], [], []
        for i, row in enumerate(self.rows):
            for v, a in row.terms:
                columns.append(self.columns[v])
                values.append(a * self.scales[v] / self.size[i])
            if i in position:
                columns += [position[i], position[i] + 1]
                values += [1.0, -1.0]
            starts.append(len(columns))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n + 2 * len(slack), len(self.rows)
        lp.col_cost_ = np.r_[np.zeros(n), np.ones(2 * len(slack))]
        lower = np.zeros(lp.num_col_)
        for v in self.signed:
            lower[self.columns[v]] = -_INFINITY
        lp.col_lower_ = lower
        lp.col_upper_ = np.full(lp.num_col_, _INFINITY)
        lp.row_lower_ = np.array([b[0] for b in self.bounds])
        lp.row_upper_ = np.array([b[1] for b in self.bounds])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(columns, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(values)
        solver = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("presolve", "off"),
            ("solver", "simplex"),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(lp)
        return solver

    def _switch(self, solver: highspy.Highs, owners: Collection[int]) -> None:
        for owner in self.active.symmetric_difference(owners):
            for i in self.owned[owner]:
                low, high = self.bounds[i] if owner in owners else (-_INFINITY, _INFINITY)
                solver.changeRowBounds(i, low, high)
        self.active = set(owners)

    def agree(self, owners: Collection[int]) -> bool:
        """Whether these claims can all be true."""
        return not self._clashing(owners)

    def yielding(self) -> set[int]:
        """Return claims of which some must give way for all identities to hold; empty if all claims agree."""
        self._relax(set(self.owned))
        given = self._elastic.getSolution().col_value[len(self.columns) :]
        claims = [r.owner for r in self.rows if r.owner >= 0]
        return {owner for k, owner in enumerate(claims) if given[2 * k] + given[2 * k + 1] > SLACK}

    def _relax(self, owners: set[int]) -> float:
        """Return by how much claims must give way in all, relative to their size."""
        self._switch(self._elastic, owners)
        status = _solved(self._elastic)
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolveError(
                f"comparing {len(owners)} statements ended as {status}; check that no value is out of all proportion"
            )
        return float(self._elastic.getInfo().objective_function_value)

    def _clashing(self, owners: Collection[int]) -> set[int]:
        """Return claims that carry a proof (Farkas) that these cannot all be true; empty if they can."""
        if self._relax(set(owners)) <= SLACK:
            return set()
        duals = self._elastic.getSolution().row_dual
        return {
            r.owner for r, dual in zip(self.rows, duals, strict=True) if r.owner >= 0 and abs(dual) > 1e-9
        }

    def conflict(self, owners: Collection[int], order: dict[int, float]) -> tuple[int, ...]:
        """Return a minimal conflict among claims, or nothing if they agree.

        Parameters
        ----------
        owners
            Claims.
        order
            Sort key by claim; the lowest are tried first for doing without.
        """
        core = self._clashing(owners)
        if not core:
            return ()
        for owner in sorted(core, key=lambda o: (order[o], o)):
            if owner in core and len(core) > 1:
                smaller = self._clashing(core - {owner})
                if smaller:
                    core = smaller
        return tuple(sorted(core))

    def proof(self, owners: Collection[int]) -> tuple[float, tuple[Row, ...]]:
        """Return by how much clashing claims miss each other, relative to their size, and the identities used."""
        missed = self._relax(set(owners))
        duals = self._elastic.getSolution().row_dual
        used = tuple(r for r, dual in zip(self.rows, duals, strict=True) if r.identity and abs(dual) > 1e-9)
        return missed, used

    def range(self, variable: int) -> tuple[float | None, float | None]:
        """Return the least and greatest value of a variable while every claim holds; None where open."""
        column, scale = self.columns[variable], self.scales[variable]
        ends: list[float | None] = []
        for sign in (1.0, -1.0):
            self._hard.changeColCost(column, sign)
            bounded = _solved(self._hard) == highspy.HighsModelStatus.kOptimal
            ends.append(sign * self._hard.getInfo().objective_function_value * scale if bounded else None)
        self._hard.changeColCost(column, 0.0)
        return ends[0], ends[1]


def _solved(solver: highspy.Highs) -> object:
    """Run the solver from where it stands, and once more from scratch if it loses its way; return its status."""
    solver.run()
    if solver.getModelStatus() in {highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError}:
        solver.clearSolver()
        solver.run()
    return solver.getModelStatus()


def _bound(value: float) -> float:
    return min(max(value, -_INFINITY), _INFINITY)
