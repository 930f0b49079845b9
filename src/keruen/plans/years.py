"""What a fixed choice of starts costs: with the projects given, years have nothing to do with each other.

Receives a :class:`~keruen.plans.problem.DesignProblem` without targets; hands on the least cost of moving the goods of
each year at given capacities, and the routes taken. Each year keeps a small linear programme over routes warm, whose
capacities change from question to question; a capacity that was asked about before is not solved again.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import highspy
import numpy as np
import numpy.typing as npt

from keruen.errors import SolveError
from keruen.plans.paths import cheapest_routes, refresh_trees
from keruen.plans.pool import ResourceUse
from keruen.plans.problem import DesignProblem, Floats, Ints
from keruen.plans.solver import new_solver

TOLERANCE = 1e-6
ROUNDS = 500


class _Year:
    """Least-cost flows of one period over a growing set of routes."""

    def __init__(self, years: Years, period: int) -> None:
        self.y = years
        q = years.problem
        self.period = period
        self.commodity = np.flatnonzero(q.demand[period] > 0.0).astype(np.int64)
        self.pair_of = np.full(q.n_commodities, -1, dtype=np.int64)
        self.pair_of[self.commodity] = np.arange(self.commodity.size)
        self.demand = q.demand[period, self.commodity]
        self.behind = years.behind[self.commodity]
        self.must = ~np.isfinite(q.penalty[self.commodity])
        self.price_row = q.commodity_class[self.commodity].astype(np.int64)
        self.origin = q.origin[self.commodity].astype(np.int64)
        self.destination = q.destination[self.commodity].astype(np.int64)
        trees, at = np.unique(np.stack([self.price_row, self.origin]), axis=1, return_inverse=True)
        self.pair_tree = at.reshape(-1).astype(np.int64)
        self.tree_row, self.tree_origin = np.ascontiguousarray(trees[0]), np.ascontiguousarray(trees[1])
        self.label = np.full((self.tree_row.size, q.n_nodes), np.inf)
        self.came_by = np.full((self.tree_row.size, q.n_nodes), -1, dtype=np.int64)
        self.before = np.full(q.cost[period].shape, np.inf)
        self.row = np.full(q.n_resources, -1, dtype=np.int64)
        self.rows: list[int] = []
        self.route_pair: list[int] = []
        self.route_arcs: list[Ints] = []
        self.known: set[tuple[int, bytes]] = set()
        # Uses of resources by routes, one entry each.
        self.use_route: list[Ints] = [np.zeros(0, dtype=np.int64)]
        self.use_resource: list[Ints] = [np.zeros(0, dtype=np.int64)]
        self.use_rate: list[Floats] = [np.zeros(0)]
        self.h = new_solver()
        n = self.demand.size
        none, zeros = np.zeros(0, dtype=np.int32), np.zeros(n)
        self.h.addRows(n, self.demand, self.demand, 0, none, none, np.zeros(0))
        column = np.arange(n, dtype=np.int32)
        top = np.full(n, highspy.kHighsInf)
        self.h.addCols(n, self.behind, zeros, top, n, column, column, np.ones(n))
        self.flow = self.solution = np.zeros(0)
        # Questions answered: capacity, what was used of it, whether it was scarce, cost.
        self.answers: list[tuple[Floats, Floats, npt.NDArray[np.bool_], float]] = []

    def cost(self, capacity: Floats, before: _Year | None) -> float:
        """Least cost, undiscounted; infinite if something that must move does not.

        ``before`` is a period just solved whose routes are worth trying.
        """
        for asked, used, scarce, value in self.answers:
            less, more = capacity < asked, capacity > asked
            # Flows stay best where what they use stays and what is added was neither closed nor scarce.
            if (used[less] <= capacity[less]).all() and (~scarce[more] & (asked[more] > 0.0)).all():
                return value
        if before is not None:
            self.learn(before.taken())
        return self._solve(capacity)

    def flows(self, capacity: Floats) -> Floats:
        """Bring the flows to what is best at these capacities; return what stays behind (n_movements,)."""
        self._solve(capacity)
        behind: Floats = np.maximum(self.solution[: self.demand.size], 0.0)
        return behind

    def used(self, capacity: Floats) -> Floats:
        """What the best flows at these capacities use of every resource: (n_resources,)."""
        self._solve(capacity)
        used, _ = self._exceeded(capacity)
        return used

    def taken(self) -> list[tuple[int, Ints]]:
        """Routes in use, as (commodity, arcs)."""
        used = np.flatnonzero(self.flow > 1e-9)
        return [(int(self.commodity[self.route_pair[j]]), self.route_arcs[j]) for j in used]

    def learn(self, routes: list[tuple[int, Ints]]) -> None:
        """Take over routes, given as (commodity, arcs), where they are open."""
        cost = self.y.problem.cost[self.period]
        mine = [(int(self.pair_of[k]), arcs) for k, arcs in routes if self.pair_of[k] >= 0]
        self.add([(i, arcs) for i, arcs in mine if np.isfinite(cost[self.price_row[i], arcs]).all()])

    def _solve(self, capacity: Floats) -> float:
        if (capacity < -1e-9).any():
            return math.inf
        if not self.demand.size:
            return 0.0
        y, q = self.y, self.y.problem
        if self.rows:
            index = np.array([self.row[r] for r in self.rows], dtype=np.int32)
            lower = np.full(index.size, -highspy.kHighsInf)
            self.h.changeRowsBounds(index.size, index, lower, np.maximum(capacity[self.rows], 0.0))
        # A closed arc is no route; its price would otherwise have to be found.
        shut = np.zeros(q.n_arcs, dtype=np.bool_)
        shut[y.uses.arc[capacity[y.uses.resource] <= 0.0]] = True
        base = np.where(shut, np.inf, q.cost[self.period])
        for _ in range(ROUNDS):
            value, dual = self._run()
            used, cut = self._exceeded(capacity)
            if not cut and not self._price(base, dual):
                break
        behind = self.solution[: self.demand.size]
        if behind[self.must].max(initial=0.0) > 1e-6 * max(1.0, float(self.demand.max(initial=0.0))):
            value = math.inf
        scarce = np.where(self.row >= 0, dual[self.row], 0.0) < 0.0
        self.answers.append((capacity, used, scarce, value))
        return value

    def _run(self) -> tuple[float, Floats]:
        self.h.run()
        if self.h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.h.clearSolver()
            self.h.run()
            if self.h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                words = self.h.modelStatusToString(self.h.getModelStatus())
                raise SolveError(f"the flows of one period ended with '{words}' instead of an optimum, twice")
        solution = self.h.getSolution()
        self.solution = np.array(solution.col_value)
        self.flow = np.maximum(self.solution[self.demand.size :], 0.0)
        return float(self.h.getInfo().objective_function_value), np.array(solution.row_dual)

    def _uses(self) -> tuple[Ints, Ints, Floats]:
        """Entries of resource use as three arrays: route, resource, rate."""
        if len(self.use_route) > 1:
            self.use_route = [np.concatenate(self.use_route)]
            self.use_resource = [np.concatenate(self.use_resource)]
            self.use_rate = [np.concatenate(self.use_rate)]
        return self.use_route[0], self.use_resource[0], self.use_rate[0]

    def _exceeded(self, capacity: Floats) -> tuple[Floats, int]:
        """Return what the flows use of every resource, and how many rows were added for what they exceed."""
        route, resource, rate = self._uses()
        used: Floats = np.bincount(resource, rate * self.flow[route], minlength=capacity.size).astype(
            np.float64
        )
        over = (used > capacity + 1e-7 * np.maximum(1.0, capacity)) & (self.row < 0)
        found = np.flatnonzero(over)
        for r in map(int, found):
            mine = resource == r
            self.row[r] = self.h.getNumRow()
            self.rows.append(r)
            columns = (self.demand.size + route[mine]).astype(np.int32)
            top = max(float(capacity[r]), 0.0)
            self.h.addRow(-highspy.kHighsInf, top, columns.size, columns, rate[mine])
        return used, int(found.size)

    def _price(self, base: Floats, dual: Floats) -> int:
        """Add the routes that pay; return how many."""
        y, n = self.y, self.demand.size
        scarcity = np.where(self.row >= 0, np.maximum(-dual[self.row], 0.0), 0.0)
        price = base + y.uses.tolls(scarcity)
        graph = (y.first_out, y.out_arc, y.tail, y.head)
        refresh_trees(*graph, price, self.before, self.tree_row, self.tree_origin, self.label, self.came_by)
        own = np.zeros(n + 1, dtype=np.int64)
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        distance, first, arcs = cheapest_routes(
            *graph, price, self.price_row, self.origin, self.destination,
            own, none, nothing, own, none, nothing, np.zeros((1, base.shape[1]), dtype=np.bool_),
            self.pair_tree, self.label, self.came_by,
        )  # fmt: skip
        reduced = distance - dual[:n]
        paying = np.flatnonzero(reduced < -TOLERANCE * np.maximum(1.0, np.abs(dual[:n])))
        return self.add([(int(i), arcs[first[i] : first[i + 1]]) for i in paying])

    def add(self, routes: list[tuple[int, Ints]]) -> int:
        """Add routes that are not known yet; return how many."""
        y = self.y
        pair: list[int] = []
        arcs: list[Ints] = []
        for i, route in routes:
            key = (i, route.tobytes())
            if key not in self.known:
                self.known.add(key)
                pair.append(i)
                arcs.append(route.copy())
        n = len(pair)
        if n:
            of, of_arc = np.array(pair, dtype=np.int64), np.repeat(np.arange(n), [a.size for a in arcs])
            price = y.problem.cost[self.period, self.price_row[of][of_arc], np.concatenate(arcs)]
            cost = np.bincount(of_arc, price, minlength=n)
            route, resource, rate = y.uses.of_routes(arcs)
            self.use_route.append(route + len(self.route_pair))
            self.use_resource.append(resource)
            self.use_rate.append(rate)
            limited = self.row[resource] >= 0
            column = np.concatenate([np.arange(n), route[limited]])
            order = np.argsort(column, kind="stable")
            rows = np.concatenate([of, self.row[resource[limited]]])[order].astype(np.int32)
            values = np.concatenate([np.ones(n), rate[limited]])[order]
            first = np.searchsorted(column[order], np.arange(n)).astype(np.int32)
            top = np.full(n, highspy.kHighsInf)
            self.h.addCols(n, cost, np.zeros(n), top, rows.size, first, rows, values)
            self.route_pair += pair
            self.route_arcs += arcs
        return n


class Years:
    """The periods of a problem, each with its routes kept warm.

    Parameters
    ----------
    problem
        What is planned; its limits on starts and its targets are not looked at.
    big
        Cost of a unit left behind of what must move [money/unit]: above that of any route.
    """

    def __init__(self, problem: DesignProblem, big: float) -> None:
        q = self.problem = problem
        self.behind = np.where(np.isfinite(q.penalty), q.penalty, big)
        self.tail, self.head = q.tail.astype(np.int64), q.head.astype(np.int64)
        self.out_arc = np.argsort(q.tail, kind="stable").astype(np.int64)
        self.first_out = np.searchsorted(q.tail[self.out_arc], np.arange(q.n_nodes + 1)).astype(np.int64)
        self.uses = ResourceUse(q)
        self.years = [_Year(self, t) for t in range(q.n_periods)]

    def capacity(self, start: Ints) -> Floats:
        """Return the capacity that stands in every period when projects start so: (n_periods, n_resources)."""
        q = self.problem
        found = q.capacity.copy()
        for e in q.effects:
            if start[e.project] >= 0:
                opens = int(start[e.project]) + q.projects[e.project].duration
                first = max(opens + e.first, int(start[e.project]), 0)
                found[first : max(opens + e.last + 1, 0), e.resource] += e.change
        return found

    def cost(self, start: Ints) -> float:
        """Discounted cost of projects and of moving the goods [money]; infinite if it leaves behind what must move.

        Parameters
        ----------
        start : (n_projects,) period
            When each project starts; -1 where it is not built.

        Raises
        ------
        SolveError
            If the solver fails.
        """
        q, capacity = self.problem, self.capacity(start)
        moving, before = 0.0, None
        for year in self.years:
            moving += float(q.discount[year.period]) * year.cost(capacity[year.period], before)
            before = year
        return moving + math.fsum(q.discounted_cost(p, int(s)) for p, s in enumerate(start) if s >= 0)

    def trimmed(self, start: Ints, allows: Callable[[Ints], bool]) -> Ints:
        """Leave out projects that the best flows do without, the dearest first.

        Parameters
        ----------
        start : (n_projects,) period
            A choice of starts; -1 where a project is not built.
        allows
            Whether a choice keeps every limit.
        """
        q, kept = self.problem, start.copy()
        capacity = self.capacity(start)
        used = np.array([year.used(capacity[year.period]) for year in self.years])
        dear = [q.discounted_cost(p, int(s)) if s >= 0 else 0.0 for p, s in enumerate(start)]
        for p in np.argsort(np.negative(dear), kind="stable"):
            if dear[p] <= 0.0 or q.projects[p].mandatory:
                continue
            other = kept.copy()
            other[p] = -1
            if (self.capacity(other) >= used - 1e-9).all() and allows(other):
                kept = other
        return kept

    def flows(self, start: Ints) -> tuple[list[tuple[int, int, Ints, float]], Floats]:
        """Return the best flows of a choice of starts.

        Returns
        -------
        routes
            Those in use, as (period, commodity, arcs, amount).
        unserved : (n_periods, n_commodities)
            What stays behind.
        """
        q, capacity = self.problem, self.capacity(start)
        routes, unserved = [], np.zeros((q.n_periods, q.n_commodities))
        for year in self.years:
            behind = year.flows(capacity[year.period])
            unserved[year.period, year.commodity] = behind
            routes += [
                (
                    year.period,
                    int(year.commodity[year.route_pair[j]]),
                    year.route_arcs[j],
                    float(year.flow[j]),
                )
                for j in np.flatnonzero(year.flow > 1e-9 * max(1.0, float(q.demand.max(initial=0.0))))
            ]
        return routes, unserved

    def routes(self) -> list[tuple[int, int, Ints]]:
        """Routes found so far, as (period, commodity, arcs)."""
        return [
            (year.period, int(year.commodity[i]), arcs)
            for year in self.years
            for i, arcs in zip(year.route_pair, year.route_arcs, strict=True)
        ]

    def learn(self, other: Years) -> None:
        """Take over the routes in use in the years of a problem on the same network with the same movements."""
        for mine, theirs in zip(self.years, other.years, strict=True):
            mine.learn(theirs.taken())
