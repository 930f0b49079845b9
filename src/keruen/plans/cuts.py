"""Rows over starts alone: what must cross a cut of the network needs that much opened across it, in whole projects.

Receives the planner's linear programme and its point; hands on violated rows. Goods that must move and start inside a
set of nodes and end outside it need room >= their amount on the arcs that leave the set. Whole projects allow to round
that row (mixed-integer rounding over complemented starts: Marchand and Wolsey 2001; on cuts of one node and of two
neighbours: Chouman, Crainic and Gendron 2017). No route appears in such a row, so pricing stays as it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keruen.plans.problem import Floats, Ints

if TYPE_CHECKING:
    from keruen.plans.master import Master

VIOLATED = 1e-3
"""Least violation of a row whose largest coefficient is 1."""
FEW_NODES = 400
"""Nodes up to which cuts are looked at."""


def rounded(room: Floats, need: float, x: Floats) -> tuple[float, Floats, float]:
    """Return the most violated rounding of ``room @ z >= need`` over z in {0, 1}.

    Parameters
    ----------
    room : (n,)
        What each start opens; at least 0.
    need
        What must be opened; above 0.
    x : (n,)
        The point to be cut off.

    Returns
    -------
    violation
        By how much the row is violated, its largest coefficient scaled to 1.
    coefficients : (n,)
        The row's left side.
    least
        Its right side: coefficients @ z >= least.

    Examples
    --------
    Two of three equal tracks are needed where one and a half would do in halves:

    >>> violation, row, least = rounded(np.ones(3) * 10.0, 15.0, np.ones(3) * 0.5)
    >>> row.tolist(), round(least, 6), round(violation, 6)
    ([1.0, 1.0, 1.0], 2.0, 0.5)
    """
    room = np.minimum(room, need)
    best, best_row, best_least = 0.0, room, -math.inf
    broken = (x > 1e-6) & (x < 1.0 - 1e-6)
    sizes = np.unique(room[broken & (room > 0.0)])
    if not sizes.size:
        return best, best_row, best_least
    if sizes.size > 24:
        sizes = sizes[np.linspace(0, sizes.size - 1, 24).astype(np.int64)]
    for turned in (x >= 1.0 - 1e-6, x > 0.5, np.zeros(x.size, dtype=np.bool_)):
        sign = np.where(turned, -1.0, 1.0)
        # Rounded so that an error of the arithmetic weakens the row.
        scaled = sign * room / sizes[:, None] + 1e-9
        side = (need - room[turned].sum()) / sizes - 1e-9
        part = side - np.floor(side)
        whole = np.floor(scaled)
        row = sign * (whole + np.minimum((scaled - whole) / np.maximum(part, 1e-3)[:, None], 1.0))
        least = np.ceil(side) + np.where(turned, row, 0.0).sum(axis=1)
        size = np.abs(row).max(axis=1)
        lacking = np.where(
            (part > 0.01) & (part < 0.99) & (size > 0.0), (least - row @ x) / np.maximum(size, 1e-9), 0.0
        )
        k = int(np.argmax(lacking))
        if lacking[k] > best:
            best, best_row, best_least = float(lacking[k]), row[k] / size[k], float(least[k] / size[k])
    return best, best_row, best_least


class Cutsets:
    """Cuts of one node, and of two that an arc joins, with what must cross them in each period.

    Parameters
    ----------
    m
        The programme.
    """

    def __init__(self, m: Master) -> None:
        self.m, q = m, m.problem
        self.periods: list[int] = []
        self._between: dict[int, Floats] = {}
        if m.feasibility or q.n_nodes > FEW_NODES:
            return
        for t in range(q.n_periods):
            mine = (m.period == t) & m.must_move
            if mine.any():
                self.periods.append(t)
                between = np.zeros((q.n_nodes, q.n_nodes))
                k = m.commodity[mine]
                np.add.at(between, (q.origin[k], q.destination[k]), m.demand[mine])
                self._between[t] = between
        if not self.periods:
            return
        self.pairs = np.unique(np.sort(np.stack([m.tail, m.head]), axis=0), axis=1).T
        # One limited resource of each arc that has any: its widest use counts.
        self.resource = np.full(q.n_arcs, -1, dtype=np.int64)
        self.rate = np.ones(q.n_arcs)
        limited = m.scarce[q.use_resource] & (q.use_rate > 0.0)
        self.resource[q.use_arc[limited]] = q.use_resource[limited]
        self.rate[q.use_arc[limited]] = q.use_rate[limited]
        self._opened: dict[int, tuple[Ints, Floats]] = {}

    def separate(self, x: Floats) -> list[tuple[Ints, Floats, float]]:
        """Return the rows that starts ``x`` (n_starts,) violate as (columns, coefficients, least)."""
        found: list[tuple[Ints, Floats, float]] = []
        for t in self.periods:
            nodes = np.arange(self.m.problem.n_nodes)[:, None]
            rows = self._of_sets(t, nodes, x)
            found += rows or self._of_sets(t, self.pairs, x)
        return found

    def _of_sets(self, t: int, sets: Ints, x: Floats) -> list[tuple[Ints, Floats, float]]:
        m, between = self.m, self._between[t]
        open_arc = np.isfinite(m.problem.cost[t]).any(axis=0)
        out, into = between.sum(axis=1), between.sum(axis=0)
        found = []
        for nodes in sets:
            inside = np.zeros(m.problem.n_nodes, dtype=np.bool_)
            inside[nodes] = True
            within = float(between[np.ix_(nodes, nodes)].sum())
            for need, leaving in (
                (float(out[nodes].sum()) - within, inside[m.tail] & ~inside[m.head]),
                (float(into[nodes].sum()) - within, inside[m.head] & ~inside[m.tail]),
            ):
                if need > 0.0:
                    row = self._row(t, np.flatnonzero(leaving & open_arc), need, x)
                    if row is not None:
                        found.append(row)
        return found

    def _row(self, t: int, arcs: Ints, need: float, x: Floats) -> tuple[Ints, Floats, float] | None:
        m, q = self.m, self.m.problem
        resources = self.resource[arcs]
        if not arcs.size or (resources < 0).any() or not np.isfinite(q.capacity[t, resources]).all():
            return None
        rate = np.full(q.n_resources, np.inf)
        np.minimum.at(rate, resources, self.rate[arcs])
        room = np.zeros(m.n_starts)
        for r in np.unique(resources).tolist():
            cell = t * q.n_resources + r
            if m.takes_away[cell]:
                return None
            need -= float(q.capacity[t, r]) / rate[r]
            columns, change = self._terms(cell)
            room[columns] += change / rate[r]
        columns = np.flatnonzero(room)
        if need <= 1e-9 or room.sum() < need:
            return None
        violation, row, least = rounded(room[columns], need, x[columns])
        if violation < VIOLATED:
            return None
        kept: npt.NDArray[np.bool_] = row != 0.0
        return columns[kept], row[kept], least

    def _terms(self, cell: int) -> tuple[Ints, Floats]:
        if cell not in self._opened:
            columns, values = self.m._terms(cell)
            self._opened[cell] = columns, -values
        return self._opened[cell]
