"""A calendar in which the events no longer collide: a small integer programme on HiGHS.

With ``x[i, a]`` = 1 where event i is held ``a`` days later, over the days that its window allows,

* every event is held once: sum over a of x[i, a] = 1;
* a pair collides where both its days say so: u[i, j] >= x[i, a] + sum over the b that collide with a of x[j, b] - 1;
* a wish is granted (y = 1) only where the days say so: x[i, a] + y - 1 <= sum over the b joined with a of x[j, b],
  and the longest gap of a series less the shortest is at most its tolerance + M (1 - y).

Four aims in strict order, each solved and then held: fewest collisions, most wishes granted, fewest events moved, fewest
days. Events that cannot influence each other are solved apart; a group in which nothing is wrong is left as it stands.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from keruen.calendar.clashes import collision, pairs
from keruen.calendar.occurrences import Occurrence
from keruen.errors import KeruenWarning, SolveError

Floats = npt.NDArray[np.float64]

TOLERANCE = 14
"""Days by which the longest gap of a regular series may exceed the shortest."""
NODES = 500
"""Largest search tree for one aim of one group; beyond it the best calendar found is taken, and a warning says so."""
SECONDS = 20.0
"""Longest time for one aim of one group, should a tree of that size take so long."""
COMPARED = 1_000_000
"""Most pairs of days compared in one group; beyond it windows are narrowed until they fit, and a warning says so."""


@dataclass(frozen=True)
class Proposal:
    """Where every event is to stand.

    Parameters
    ----------
    shift
        (n,) days later, in the order of the occurrences.
    pairs
        Pairs that collide, or could after a move.
    joins
        Pairs that should be held together.
    series
        Members of each series, by name, in order.
    """

    shift: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    joins: tuple[tuple[int, int], ...]
    series: Mapping[str, tuple[int, ...]]


def joined(a: Occurrence, b: Occurrence, by: tuple[int, int] = (0, 0)) -> bool:
    """Whether two events overlap or follow on the next day, if moved by these days."""
    return (
        a.start.toordinal() + by[0] <= b.end.toordinal() + by[1] + 1
        and b.start.toordinal() + by[1] <= a.end.toordinal() + by[0] + 1
    )


def regular(members: Sequence[Occurrence], by: Sequence[int]) -> bool:
    """Whether the meetings of a series come at regular intervals, to within two weeks."""
    days = [o.start.toordinal() + shift for o, shift in zip(members, by, strict=True)]
    gaps = [later - day for day, later in itertools.pairwise(days)]
    return len(gaps) < 2 or (min(gaps) > 0 and max(gaps) - min(gaps) <= TOLERANCE)


def propose(found: Sequence[Occurrence], year: int, *, speed: float) -> Proposal:
    """Return the days on which the fewest events collide, and of those the ones with the fewest moves.

    Parameters
    ----------
    found
        Occurrences in order of their first day.
    year
        Calendar year, which no event leaves.
    speed
        Door-to-door speed, km/h.

    Raises
    ------
    SolveError
        If no calendar is found for a group of events.
    """
    choices = [o.shifts(year) if o.window else [0] for o in found]
    near = list(pairs(found, speed=speed))
    joins = list(_joins(found))
    series: dict[str, list[int]] = {}
    for i, o in enumerate(found):
        if o.series:
            series.setdefault(o.series, []).append(i)
    group = _Groups(len(found))
    for i, j in [*near, *joins]:
        if len(choices[i]) > 1 and len(choices[j]) > 1:
            group.join(i, j)
    for members in series.values():
        for i in members[1:]:
            group.join(members[0], i)
    shift = [0] * len(found)
    for members in group.members():
        inside = set(members)
        here = [p for p in near if inside & set(p)]
        task = _Task(
            found,
            _narrowed(choices, here),
            members,
            here,
            [p for p in joins if inside & set(p)],
            [s for s in series.values() if inside & set(s)],
            speed,
        )
        if task.movable() and task.something_is_wrong():
            for i, days in task.solve().items():
                shift[i] = days
    return Proposal(tuple(shift), tuple(near), tuple(joins), {name: tuple(s) for name, s in series.items()})


def _narrowed(choices: Sequence[Sequence[int]], near: Sequence[tuple[int, int]]) -> Sequence[Sequence[int]]:
    """Return the choices as they are, or only the nearer days where so many events meet that all cannot be compared."""
    reach = max((abs(a) for pair in near for i in pair for a in choices[i]), default=0)
    kept = choices
    while reach and sum(len(kept[i]) * len(kept[j]) for i, j in near) > COMPARED:
        reach //= 2
        kept = [[a for a in days if abs(a) <= reach] for days in choices]
    if kept is not choices:
        warnings.warn(
            f"too many events meet each other to compare all their days: none is moved by more than {reach} days; "
            "fix the events that must stay, or look at fewer parties",
            KeruenWarning,
            stacklevel=3,
        )
    return kept


def _joins(found: Sequence[Occurrence]) -> list[tuple[int, int]]:
    by_event: dict[str, list[int]] = {}
    for i, o in enumerate(found):
        by_event.setdefault(o.event_id, []).append(i)
    # Of an event that comes again, the time nearest to this one is meant.
    return [
        (i, min(by_event[o.join_with], key=lambda j: (abs((found[j].start - o.start).days), j)))
        for i, o in enumerate(found)
        if o.join_with in by_event and o.join_with != o.event_id
    ]


class _Groups:
    """Events that can influence each other."""

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))

    def _root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        a, b = sorted((self._root(i), self._root(j)))
        self._parent[b] = a

    def members(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for i in range(len(self._parent)):
            found.setdefault(self._root(i), []).append(i)
        return list(found.values())


class _Task:
    """The integer programme of one group."""

    def __init__(
        self,
        found: Sequence[Occurrence],
        choices: Sequence[Sequence[int]],
        members: Sequence[int],
        near: Sequence[tuple[int, int]],
        joins: Sequence[tuple[int, int]],
        series: Sequence[Sequence[int]],
        speed: float,
    ) -> None:
        self.found, self.choices, self.members = found, choices, members
        self.near, self.joins, self.series, self.speed = near, joins, series, speed

    def movable(self) -> bool:
        return any(len(self.choices[i]) > 1 for i in self.members)

    def something_is_wrong(self) -> bool:
        f = self.found
        return (
            any(self._collide(i, 0, j, 0) for i, j in self.near)
            or not all(joined(f[i], f[j]) for i, j in self.joins)
            or not all(regular([f[i] for i in s], [0] * len(s)) for s in self.series)
        )

    def _collide(self, i: int, a: int, j: int, b: int) -> bool:
        return collision(self.found[i], self.found[j], speed=self.speed, by=(a, b)) is not None

    def solve(self) -> dict[int, int]:
        """Return the days by which each member is moved."""
        h = highspy.Highs()
        h.setOptionValue("output_flag", False)
        h.setOptionValue("threads", 1)
        h.setOptionValue("random_seed", 1)
        h.setOptionValue("time_limit", SECONDS)
        h.setOptionValue("mip_max_nodes", NODES)
        h.setOptionValue("mip_rel_gap", 0.0)
        inside = set(self.members)
        column: dict[tuple[int, int], int] = {}
        clashes, wishes = self._clash_cost(inside), []
        for i in self.members:
            for a in self.choices[i]:
                column[i, a] = _variable(h, 1.0, whole=True)
            _row(h, 1.0, 1.0, {column[i, a]: 1.0 for a in self.choices[i]})
        cost = {column[key]: value for key, value in clashes.items()}
        for i, j in self.near:
            if i in inside and j in inside:
                hits = [
                    (column[i, a], [column[j, b] for b in self.choices[j] if self._collide(i, a, j, b)])
                    for a in self.choices[i]
                ]
                if any(hit for _, hit in hits):
                    u = _variable(h, 1.0, whole=False)
                    cost[u] = 1.0
                    for own, hit in hits:
                        if hit:
                            _row(h, -1.0, highspy.kHighsInf, {u: 1.0, own: -1.0} | dict.fromkeys(hit, -1.0))
        for i, j in self.joins:
            wishes.append(_variable(h, 1.0, whole=True))
            for a in self.choices[i] if i in inside else [0]:
                terms = {wishes[-1]: 1.0} | ({column[i, a]: 1.0} if i in inside else {})
                limit = 1.0 if i in inside else 0.0
                for b in self.choices[j] if j in inside else [0]:
                    if joined(self.found[i], self.found[j], (a, b)):
                        if j in inside:
                            terms[column[j, b]] = -1.0
                        else:
                            limit += 1.0
                _row(h, -highspy.kHighsInf, limit, terms)
        for members in self.series:
            if len(members) > 2:  # fewer have one interval at most, which is regular by itself
                wishes.append(self._regular(h, members, column))
        aims = [
            cost,
            dict.fromkeys(wishes, -1.0),
            {c: 1.0 for (_, a), c in column.items() if a},
            # Of two moves of the same length the later one is kinder: nobody need hurry.
            {c: 2.0 * abs(a) + (a < 0) for (_, a), c in column.items() if a},
        ]
        # As it stands, with no wish granted, is always a calendar: a search that is cut short has something to keep.
        values = np.array(h.getLp().col_upper_, dtype=float)
        values[wishes] = 0.0
        for (_, a), c in column.items():
            values[c] = float(a == 0)
        for aim in aims:
            if aim:
                values = _minimise(h, aim, values)
        return {i: a for (i, a), c in column.items() if values[c] > 0.5}

    def _clash_cost(self, inside: set[int]) -> dict[tuple[int, int], float]:
        """Collisions of each choice with events outside the group, which do not move."""
        cost: dict[tuple[int, int], float] = {}
        for i, j in self.near:
            if (i in inside) != (j in inside):
                mover = i if i in inside else j
                for a in self.choices[mover]:
                    by = (a, 0) if mover == i else (0, a)
                    if self._collide(i, by[0], j, by[1]):
                        cost[mover, a] = cost.get((mover, a), 0.0) + 1.0
        return cost

    def _regular(
        self, h: highspy.Highs, members: Sequence[int], column: Mapping[tuple[int, int], int]
    ) -> int:
        wish = _variable(h, 1.0, whole=True)
        most = 800.0
        longest, less = (_variable(h, most, whole=False) for _ in range(2))  # less: most - shortest gap
        for i, j in itertools.pairwise(members):
            standing = float((self.found[j].start - self.found[i].start).days)
            gap = {column[j, b]: float(b) for b in self.choices[j] if b}
            gap |= {column[i, a]: -float(a) for a in self.choices[i] if a}
            minus = {c: -value for c, value in gap.items()}
            # longest >= gap and shortest <= gap, and no gap is empty where the wish is granted
            _row(h, standing, highspy.kHighsInf, {longest: 1.0} | minus)
            _row(h, -highspy.kHighsInf, standing, {less: -1.0, wish: most} | minus)
            _row(h, 1.0 - standing - most, highspy.kHighsInf, gap | {wish: -most})
        _row(h, -highspy.kHighsInf, TOLERANCE + 2.0 * most, {longest: 1.0, less: 1.0, wish: most})
        return wish


def _variable(h: highspy.Highs, upper: float, *, whole: bool) -> int:
    column = int(h.getNumCol())
    h.addVar(0.0, upper)
    if whole:
        h.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    return column


def _row(h: highspy.Highs, lower: float, upper: float, terms: Mapping[int, float]) -> None:
    h.addRow(lower, upper, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values())))


def _minimise(h: highspy.Highs, aim: Mapping[int, float], start: Floats) -> Floats:
    """Solve for one aim, then hold what was reached; every aim counts whole units."""
    n = int(h.getNumCol())
    h.changeColsCost(n, np.arange(n, dtype=np.int32), np.array([aim.get(c, 0.0) for c in range(n)]))
    known = highspy.HighsSolution()
    known.col_value = start.tolist()
    h.setSolution(known)
    h.run()
    status, info = h.getModelStatus(), h.getInfo()
    if status != highspy.HighsModelStatus.kOptimal:
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise SolveError(
                f"no calendar was found ({h.modelStatusToString(status)}); "
                "give a smaller window, or fix the events that must stay"
            )
        warnings.warn(
            "many events depend on each other: the proposed calendar may not be the one with the fewest moves; "
            "a smaller window or more fixed events make it exact",
            KeruenWarning,
            stacklevel=2,
        )
    best = h.getSolution()
    _row(h, -highspy.kHighsInf, round(info.objective_function_value) + 0.5, aim)
    return np.asarray(best.col_value, dtype=float)
