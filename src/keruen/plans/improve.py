"""Plans for programmes too wide to branch on: a dive through the relaxation, then changes one project at a time.

Receives a relaxed programme and what fixed starts cost (:class:`~keruen.plans.years.Years`); hands on better and better
choices of starts. A *dive* settles the projects of which the relaxation is surest, relaxes the rest anew, and so on. The
changes leave a project out, move it, or add one; when none helps, a few projects are taken out and the rest tried again
(iterated local search: Lourenço, Martin and Stützle 2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from keruen.plans.inside import run_inside
from keruen.plans.master import Master
from keruen.plans.problem import Floats, Ints
from keruen.plans.solver import Infeasible, OutOfTime

SURE = 0.02
"""Share of a project in the relaxation below which a dive leaves it out."""
KEPT = 7e-6
"""Reduced cost of a whole movement, as a share of the programme's value, up to which a route stays in a dive."""
SHIFTS = (-1, 1, -2, 2)
EVALUATIONS = 6000


def dive(m: Master, x: Floats, reduced: Floats, stop: Callable[[], bool]) -> Floats | None:
    """Return a choice of starts (n_starts,) reached by settling projects, the surest first; None where it fails.

    Parameters
    ----------
    m
        The programme, relaxed.
    x, reduced : (n_columns,)
        Its point and reduced costs; routes that are far from paying are put aside meanwhile.
    stop
        Whether to end early; what is not settled then is left out.
    """
    n, n_projects = m.h.getNumCol(), len(m.problem.projects)
    project = np.array([p for p, _ in m.starts])
    demand = m.demand[np.array(m.route_pair, dtype=np.int64)]
    top = np.full(n, math.inf)
    top[: m.n_starts] = 1.0
    old = slice(m.col_route, x.size)
    known = demand[: x.size - m.col_route]
    far = (reduced[old] * known > KEPT * abs(m.value)) & (x[old] <= 1e-4 * known)
    top[old][far] = 0.0
    low = np.zeros(n)
    columns = np.arange(n, dtype=np.int32)
    settled = np.zeros(n_projects, dtype=np.bool_)
    z = x[: m.n_starts].copy()
    try:
        while not settled.all() and not stop():
            surest = np.zeros(n_projects)
            np.maximum.at(surest, project, z)
            total = np.bincount(project, z, minlength=n_projects)
            left = np.flatnonzero(~settled)
            left = left[np.argsort(-surest[left], kind="stable")]
            for p in left:
                mine = np.flatnonzero(project == p)
                if total[p] < SURE and not m.problem.projects[p].mandatory:
                    top[mine], settled[p] = 0.0, True
            for p in [p for p in left if not settled[p]][: max(8, left.size // 8)]:
                mine = np.flatnonzero(project == p)
                open_starts = mine[top[mine] > 0.0]
                if not open_starts.size:
                    settled[p] = True
                    continue
                j = int(open_starts[np.argmax(z[open_starts])])
                low[j] = 1.0
                if not _within(m, low[: m.n_starts]):
                    low[j] = top[j] = 0.0
                    continue
                top[mine], top[j], settled[p] = 0.0, 1.0, True
            m.h.changeColsBounds(n, columns, low, top)
            run_inside(m)
            z = m.x[: m.n_starts].copy()
    except (Infeasible, OutOfTime):
        return None
    finally:
        top[m.n_starts :] = math.inf
        top[: m.n_starts] = 1.0
        m.h.changeColsBounds(n, columns, np.zeros(n), top)
    return low[: m.n_starts]


def _within(m: Master, choice: Floats) -> bool:
    """Whether the upper limits on starts leave room for a part of a choice."""
    for row in m.project_rows:
        total = float(np.dot(choice[row.columns], row.coefficients))
        if total > row.upper + 1e-9 * max(1.0, abs(row.upper)) and (row.coefficients >= 0.0).all():
            return False
    return True


class LocalSearch:
    """Changes of one plan that make it cheaper.

    Parameters
    ----------
    m
        The programme: its starts and the limits on them.
    cost
        What starts (n_projects,) cost; infinite where something that must move does not.
    wanted : (n_starts,)
        The relaxation's point: says when to try to start what is not built.
    stop
        Whether to end.
    """

    def __init__(
        self, m: Master, cost: Callable[[Ints], float], wanted: Floats, stop: Callable[[], bool]
    ) -> None:
        self.m, self.cost, self.wanted, self.stop = m, cost, wanted, stop
        self.index = {start: j for j, start in enumerate(m.starts)}
        n = len(m.problem.projects)
        self.total = np.bincount([p for p, _ in m.starts], wanted, minlength=n)
        self.tried = 0

    def improve(self, start: Ints, value: float, found: Callable[[Ints, float], None]) -> None:
        """Better a plan that costs ``value`` until nothing helps any more; each better one is told to ``found``."""
        best, best_value = self._settle(start, value, found)
        rng = np.random.default_rng(1)
        while self._more():
            built = np.flatnonzero(best >= 0)
            free = [p for p in built if not self.m.problem.projects[p].mandatory]
            if len(free) < 2:
                return
            taken = rng.choice(free, size=min(len(free) - 1, int(rng.integers(1, 4))), replace=False)
            other = best.copy()
            other[taken] = -1
            if not self._allowed(other):
                continue
            rest = np.flatnonzero((other < 0) & (self.total > 1e-3))
            order = rng.permutation(rest)[:20]
            trial, trial_value = self._refill(other, order)
            if trial_value < best_value * (1.0 - 1e-9):
                best, best_value = trial, trial_value
                found(best, best_value)

    def _more(self) -> bool:
        return self.tried < EVALUATIONS and not self.stop()

    def _cost(self, start: Ints) -> float:
        self.tried += 1
        return self.cost(start)

    def _allowed(self, start: Ints) -> bool:
        choice = np.zeros(self.m.n_starts)
        for p in np.flatnonzero(start >= 0):
            j = self.index.get((int(p), int(start[p])))
            if j is None:
                return False
            choice[j] = 1.0
        return self.m.allows(choice)

    def _refill(self, start: Ints, order: Ints) -> tuple[Ints, float]:
        """Add projects in an order, each where it fits soonest after the relaxation wants it, while that helps."""
        best, value = start, self._cost(start)
        for p in order:
            if not self._more():
                break
            for s in self._times(int(p)):
                trial = best.copy()
                trial[p] = s
                if self._allowed(trial):
                    cost = self._cost(trial)
                    if cost < value:
                        best, value = trial, cost
                    break
        return best, value

    def _times(self, project: int) -> list[int]:
        """Starts of a project, those that the relaxation wants most first, then from the first on."""
        mine = [(s, self.wanted[j]) for (p, s), j in self.index.items() if p == project]
        return [s for s, _ in sorted(mine, key=lambda c: (-round(c[1], 3), c[0]))]

    def _moves(self, start: Ints) -> Iterator[tuple[int, int]]:
        """Single changes worth a try, as (project, new start)."""
        for p in np.lexsort((np.arange(start.size), -self.total)):
            if start[p] >= 0:
                wishes = [-1, *(int(start[p]) + shift for shift in SHIFTS)]
                if self.m.problem.projects[p].mandatory:
                    wishes = wishes[1:]
            else:
                wishes = self._times(int(p))[:2] if self.total[p] > 1e-2 else []
            for s in wishes:
                if s == -1 or (int(p), s) in self.index:
                    yield int(p), s

    def _settle(self, start: Ints, value: float, found: Callable[[Ints, float], None]) -> tuple[Ints, float]:
        """Take every single change that helps until none does."""
        helped = True
        while helped and self._more():
            helped = False
            for p, s in list(self._moves(start)):
                if not self._more():
                    break
                other = start.copy()
                other[p] = s
                if not self._allowed(other):
                    continue
                cost = self._cost(other)
                if cost < value * (1.0 - 1e-9):
                    start, value, helped = other, cost, True
                    found(start, value)
        return start, value
