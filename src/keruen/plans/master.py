"""The planner's linear programme: routes as columns, priced when they pay; strong rows, added when they are violated.

With ``z[p, s]`` the start of project p in period s and ``f`` the flow on a route,

* every movement: its flows and what stays behind make up the demand;
* every resource and period: use <= standing capacity + sum of effect x (projects in service);
* strong rows: one movement's use of a resource <= min(demand, standing) + sum of min(demand, effect) x (in service),
  which holds for whole projects and cuts off halves (Gendron and Crainic 1994);
* projects start once, after what they require, within budgets and crews; targets are reached or their shortfall paid.

A bound from here holds even before pricing has ended: the programme's value plus, for every movement, its demand times
the reduced cost of its cheapest route (Lagrangian relaxation of the demand rows).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import highspy
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from keruen.errors import SolveError
from keruen.plans.cuts import Cutsets
from keruen.plans.inside import relax_inside
from keruen.plans.limits import project_rows, start_columns
from keruen.plans.paths import cheapest_routes, refresh_trees
from keruen.plans.pool import Crowding, Pool, expand
from keruen.plans.problem import DesignProblem, Floats, Ints
from keruen.plans.solver import Infeasible, OutOfTime, new_solver

TOLERANCE = 1e-6
DUAL, PRIMAL = 1, 4
"""Strategies of the simplex method, as HiGHS numbers them."""
WIDE = 4000
"""Steps of the simplex method in one solve from which a programme is solved by interior points."""


class Master:
    """The linear programme over a growing set of routes and strong rows, kept warm between solves.

    ``slack`` is the share of its value that pricing may leave lying at the end of a relaxation (bounds allow for it).

    Parameters
    ----------
    problem
        What is to be planned.
    interrupted
        Asked between solves; True ends a relaxation early, with a bound that still holds.
    feasibility
        True counts only what must move and does not, and what hard targets fall short, instead of money: the
        programme's value is then 0 just when some plan satisfies everything.
    """

    def __init__(
        self,
        problem: DesignProblem,
        interrupted: Callable[[], bool] = lambda: False,
        *,
        feasibility: bool = False,
    ) -> None:
        q = self.problem = problem
        self.route_cost = q.discount[:, None, None] * q.cost
        self.feasibility = feasibility
        if feasibility:
            self.route_cost = np.where(np.isfinite(q.cost), 0.0, np.inf)
        self.interrupted = interrupted
        self.h = new_solver()
        self.starts = start_columns(q)
        self.n_starts = len(self.starts)
        self.start_cost = np.array([0.0 if feasibility else q.discounted_cost(p, s) for p, s in self.starts])
        period, commodity = np.nonzero(q.demand > 0.0)
        order = np.lexsort((commodity, q.origin[commodity], q.commodity_class[commodity], period))
        self.period, self.commodity = period[order].astype(np.int64), commodity[order].astype(np.int64)
        self.demand = q.demand[self.period, self.commodity]
        self.n_pairs = int(self.demand.size)
        n_classes = q.cost.shape[1]
        self.price_row = self.period * n_classes + q.commodity_class[self.commodity]
        keys = np.stack([self.price_row, q.origin[self.commodity].astype(np.int64)])
        trees, self.pair_tree = np.unique(keys, axis=1, return_inverse=True)
        self.tree_row, self.tree_origin = np.ascontiguousarray(trees[0]), np.ascontiguousarray(trees[1])
        self.tree_label = np.full((self.tree_row.size, q.n_nodes), np.inf)
        self.tree_came_by = np.full((self.tree_row.size, q.n_nodes), -1, dtype=np.int64)
        self.tree_price = np.full((q.n_periods * n_classes, q.n_arcs), np.inf)
        self._graph(q)
        self._capacities(q)
        self.set_of_target = np.zeros((max(len(q.targets), 1), q.n_arcs), dtype=np.bool_)
        self.counts = np.zeros((max(len(q.targets), 1), max(q.n_commodities, 1)), dtype=np.bool_)
        for i, target in enumerate(q.targets):
            self.set_of_target[i, list(target.arcs)] = True
            self.counts[i, list(target.commodities)] = True
        self.pool = Pool(q, self.period, self.scarce & np.isfinite(q.capacity))
        self.uses, self.route_pair, self.route_arcs = self.pool.uses, self.pool.pair, self.pool.arcs
        # Row of a movement's strong row on a resource, -1 where there is none yet; and those there are, in order.
        self.strong = np.full((self.n_pairs, q.n_resources), -1, dtype=np.int32)
        self._strong: list[tuple[int, int, int]] = []
        self._big_penalty()
        self._build()
        self.cutsets = Cutsets(self)
        self.x, self.reduced, self.dual = (
            np.zeros(self.col_route),
            np.zeros(self.col_route),
            np.zeros(self.n_rows),
        )
        self.value = 0.0
        self.deadline = math.inf
        self.slack = 0.0
        self.wide, self.steps = False, 0

    # -- what stands still -------------------------------------------------------------------------------------

    def _graph(self, q: DesignProblem) -> None:
        self.tail, self.head = q.tail.astype(np.int64), q.head.astype(np.int64)
        self.out_arc = np.argsort(q.tail, kind="stable").astype(np.int64)
        self.first_out = np.searchsorted(q.tail[self.out_arc], np.arange(q.n_nodes + 1)).astype(np.int64)

    def _capacities(self, q: DesignProblem) -> None:
        """List what each project adds to scarce resources, by (period, resource): its change and the starts in service."""
        self.scarce = np.zeros(q.n_resources, dtype=np.bool_)
        self.scarce[q.use_resource] = True
        of_project: list[list[int]] = [[] for _ in q.projects]
        for j, (p, _) in enumerate(self.starts):
            of_project[p].append(j)
        start = np.array([s for _, s in self.starts], dtype=np.int64)
        cells: list[int] = []
        changes: list[float] = []
        serving: list[Ints] = []
        for e in q.effects:
            mine = np.array(of_project[e.project], dtype=np.int64)
            begun = start[mine]
            age = np.arange(q.n_periods)[:, None] - begun - q.projects[e.project].duration
            serves = (e.first <= age) & (age <= e.last) & (np.arange(q.n_periods)[:, None] >= begun)
            for t in np.flatnonzero(serves.any(axis=1) & np.isfinite(q.capacity[:, e.resource])):
                cells.append(int(t) * q.n_resources + e.resource)
                changes.append(e.change)
                serving.append(mine[serves[t]])
        order = np.argsort(np.array(cells, dtype=np.int64), kind="stable")
        self.add_cell = np.array(cells, dtype=np.int64)[order]
        self.add_change = np.array(changes)[order]
        serving = [serving[i] for i in order]
        size = np.array([0, *(found.size for found in serving)])
        columns = np.concatenate([np.zeros(0, dtype=np.int64), *serving])
        shape = (len(serving), max(self.n_starts, 1))
        self.service = sp.csr_matrix((np.ones(columns.size), columns, np.cumsum(size)), shape=shape)
        self.first_add = np.searchsorted(self.add_cell, np.arange(q.capacity.size + 1))
        self.takes_away = np.zeros(q.capacity.size, dtype=np.bool_)
        self.takes_away[self.add_cell[self.add_change < 0.0]] = True

    def _terms(self, cell: int, most: float = math.inf) -> tuple[Ints, Floats]:
        """What starts add to a resource in a period, with the sign of a row's left side; each change at ``most``.

        A finite ``most`` is for strong rows, which hold without what is taken away.
        """
        here = slice(self.first_add[cell], self.first_add[cell + 1])
        change = np.minimum(self.add_change[here], most)
        if math.isfinite(most):
            change = np.maximum(change, 0.0)
        total = self.service[here].T @ change
        columns = np.flatnonzero(total)
        return columns, -total[columns]

    def _big_penalty(self) -> None:
        """Price what must move so high that it is left behind only where it cannot move at all."""
        q = self.problem
        finite = np.isfinite(q.cost)
        extra = np.zeros(q.n_arcs)
        least = float(self.demand.min()) if self.n_pairs else 1.0
        of_resource = np.zeros(q.n_resources)
        for e in q.effects:
            if e.change > 0.0:
                whole = q.projects[e.project].cost + q.projects[e.project].operating_cost * q.n_periods
                share = whole / min(e.change, least)
                of_resource[e.resource] = max(of_resource[e.resource], share)
        np.maximum.at(extra, q.use_arc, of_resource[q.use_resource])
        dear = np.where(finite, q.cost + extra, np.inf).reshape(-1, q.n_arcs)
        distance, _, _ = self._routes(dear, np.zeros(0), np.zeros(0))
        top = float(distance[np.isfinite(distance)].max(initial=1.0))
        self.big = 10.0 * max(top, 1e-3)
        self.reachable = np.isfinite(distance)
        penalty = q.penalty[self.commodity]
        self.must_move = ~np.isfinite(penalty)
        self.behind_cost = q.discount[self.period] * np.where(self.must_move, self.big, penalty)
        if self.feasibility:
            self.behind_cost = self.must_move.astype(np.float64)

    def _build(self) -> None:
        q, h = self.problem, self.h
        inf = highspy.kHighsInf
        short = np.array([q.discount[t.period] * t.price for t in q.targets])
        self.hard_target = ~np.isfinite(short)
        short = np.where(self.hard_target, 10.0 * self.big, short)
        if self.feasibility:
            short = self.hard_target.astype(np.float64)
        self.col_behind = self.n_starts
        self.col_short = self.col_behind + self.n_pairs
        self.col_route = self.col_short + len(q.targets)
        cost = np.concatenate([self.start_cost, self.behind_cost, short])
        upper = np.concatenate([np.ones(self.n_starts), np.full(self.n_pairs + len(q.targets), inf)])
        none = np.zeros(0, dtype=np.int32)
        h.addCols(cost.size, cost, np.zeros(cost.size), upper, 0, none, none, np.zeros(0))
        rows: list[tuple[float, float, npt.ArrayLike, npt.ArrayLike]] = []
        for i in range(self.n_pairs):
            rows.append((self.demand[i], self.demand[i], [self.col_behind + i], [1.0]))
        self.resource_row = np.full((q.n_periods, q.n_resources), -1, dtype=np.int64)
        # Most standing capacity never binds; its row is added when it is first exceeded.
        for t, r in np.argwhere(self.scarce & (q.capacity <= 0.0)):
            columns, values = self._terms(t * q.n_resources + r)
            self.resource_row[t, r] = len(rows)
            rows.append((-inf, float(q.capacity[t, r]), columns, values))
        self.row_target = len(rows)
        for i, target in enumerate(q.targets):
            rows.append((target.value, inf, [self.col_short + i], [1.0]))
        self.row_project = len(rows)
        self.project_rows = project_rows(q, self.starts)
        for row in self.project_rows:
            rows.append((max(row.lower, -inf), min(row.upper, inf), row.columns, row.coefficients))
        self._add_rows(rows)
        self.n_rows = len(rows)

    def _add_rows(self, rows: list[tuple[float, float, npt.ArrayLike, npt.ArrayLike]]) -> None:
        if not rows:
            return
        columns = [np.asarray(r[2], dtype=np.int32) for r in rows]
        values = [np.asarray(r[3], dtype=np.float64) for r in rows]
        first = np.concatenate([[0], np.cumsum([c.size for c in columns])[:-1]]).astype(np.int32)
        index, value = np.concatenate(columns), np.concatenate(values)
        lower, upper = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
        self.h.addRows(len(rows), lower, upper, index.size, first, index, value)

    # -- pricing -----------------------------------------------------------------------------------------------

    def _own_prices(self, dual: Floats) -> tuple[Ints, Ints, Floats]:
        """What strong rows charge single movements, as compressed rows by pair: first, arc, price."""
        own = np.array(self._strong, dtype=np.int64).reshape(-1, 3)
        own = own[dual[own[:, 2]] < -1e-12] if dual.size else own[:0]
        own = own[np.argsort(own[:, 0], kind="stable")]
        at, of = expand(self.uses.first_of_resource, own[:, 1])
        use = self.uses.by_resource[at]
        first = np.searchsorted(own[of, 0], np.arange(self.n_pairs + 1)).astype(np.int64)
        return first, self.uses.arc[use], -dual[own[of, 2]] * self.uses.rate[use]

    def _premiums(self, bonus: Floats) -> tuple[Ints, Ints]:
        """Targets that pay each movement, as compressed rows by pair."""
        paying = np.flatnonzero(bonus > 0.0)
        at = np.array([self.problem.targets[j].period for j in paying], dtype=np.int64)
        counted = (self.period[:, None] == at) & self.counts[paying][:, self.commodity].T
        pair, which = np.nonzero(counted)
        return np.searchsorted(pair, np.arange(self.n_pairs + 1)).astype(np.int64), paying[which]

    def _routes(self, price: Floats, dual: Floats, bonus: Floats) -> tuple[Floats, Ints, Ints]:
        """Call the kernel: ``dual`` gives the strong rows' own prices, ``bonus`` the premium of each target."""
        extra_first, extra_arc, extra_price = self._own_prices(dual)
        bonus_first, chosen = self._premiums(bonus)
        graph = (self.first_out, self.out_arc, self.tail, self.head)
        price = np.ascontiguousarray(price)
        trees = (self.tree_row, self.tree_origin, self.tree_label, self.tree_came_by)
        refresh_trees(*graph, price, self.tree_price, *trees)
        found: tuple[Floats, Ints, Ints] = cheapest_routes(
            *graph,
            price,
            self.price_row,
            self.problem.origin[self.commodity].astype(np.int64),
            self.problem.destination[self.commodity].astype(np.int64),
            extra_first,
            extra_arc,
            extra_price,
            bonus_first,
            chosen,
            bonus[chosen] if chosen.size else np.zeros(0),
            self.set_of_target,
            self.pair_tree,
            self.tree_label,
            self.tree_came_by,
        )
        return found

    def price(self) -> tuple[int, float]:
        """Add the routes that pay at the present duals.

        Returns
        -------
        added
            Number of routes added.
        correction
            What pricing takes off the programme's value to make it a bound (0 or less).
        """
        q, dual = self.problem, self.dual
        scarcity = np.where(self.resource_row >= 0, np.maximum(-dual[self.resource_row], 0.0), 0.0)
        price = self.route_cost + np.array([self.uses.tolls(row) for row in scarcity])[:, None, :]
        bonus = np.maximum(dual[self.row_target : self.row_target + len(q.targets)], 0.0)
        distance, first, arcs = self._routes(price.reshape(-1, q.n_arcs), dual, bonus)
        self.cheapest = distance
        reduced = distance - dual[: self.n_pairs]
        # What is left behind is a column too, so a movement's reduced cost is never worse than that one's (0).
        paying = np.flatnonzero(reduced < -TOLERANCE * np.maximum(1.0, np.abs(dual[: self.n_pairs])))
        correction = float(np.minimum(reduced, 0.0) @ self.demand)
        added = self.add_routes([(int(i), arcs[first[i] : first[i + 1]]) for i in paying])
        return added, correction

    def add_routes(self, routes: list[tuple[int, Ints]]) -> int:
        """Add routes as columns, leaving out those known and those that pass a node twice."""
        q, before = self.problem, len(self.pool)
        batch = self.pool.add(routes)
        n = batch.pair.size
        if not n:
            return 0
        of_arc = np.repeat(np.arange(n), [arcs.size for arcs in batch.arcs])
        arcs = np.concatenate(batch.arcs)
        price = self.route_cost.reshape(-1, q.n_arcs)[self.price_row[batch.pair][of_arc], arcs]
        cost = np.bincount(of_arc, price, minlength=n)
        pair = batch.pair[batch.route]
        capacity_row = self.resource_row[self.period[pair], batch.resource]
        strong_row = self.strong[pair, batch.resource].astype(np.int64)
        column, row, value = [np.arange(n)], [batch.pair], [np.ones(n)]
        for found in (capacity_row, strong_row):
            there = found >= 0
            column.append(batch.route[there])
            row.append(found[there])
            value.append(batch.amount[there])
        for i, target in enumerate(q.targets):
            passes = np.bincount(of_arc, self.set_of_target[i, arcs], minlength=n) > 0
            counts = passes & (self.period[batch.pair] == target.period)
            counted = np.flatnonzero(counts & self.counts[i, self.commodity[batch.pair]])
            column.append(counted)
            row.append(np.full(counted.size, self.row_target + i))
            value.append(np.ones(counted.size))
        columns = np.concatenate(column)
        order = np.argsort(columns, kind="stable")
        first = np.searchsorted(columns[order], np.arange(n)).astype(np.int32)
        rows, values = np.concatenate(row)[order].astype(np.int32), np.concatenate(value)[order]
        top = np.full(n, highspy.kHighsInf)
        self.h.addCols(n, cost, np.zeros(n), top, rows.size, first, rows, values)
        return len(self.pool) - before

    # -- strong rows -------------------------------------------------------------------------------------------

    def separate(self, *, strong: bool = True) -> int:
        """Add the rows of capacity, and with ``strong`` the strong rows, that the present point violates.

        Returns
        -------
        int
            How many were added.
        """
        q, x = self.problem, self.x
        # Routes priced since the last solve carry nothing yet.
        flow = np.zeros(len(self.pool))
        flow[: x.size - self.col_route] = np.maximum(x[self.col_route :], 0.0)
        use = Crowding(self.pool, flow, self.demand, q.capacity)
        if not use.key.size:
            return 0
        new: list[tuple[float, float, npt.ArrayLike, npt.ArrayLike]] = []

        def add(upper: float, terms: tuple[Ints, Floats], keys: Ints) -> int:
            routes, rates = use.entries(keys)
            columns = np.concatenate([terms[0], self.col_route + routes])
            new.append((-highspy.kHighsInf, upper, columns, np.concatenate([terms[1], rates])))
            return self.n_rows + len(new) - 1

        built = self.service[:, : self.n_starts] @ x[: self.n_starts] if self.n_starts else np.zeros(0)
        standing = q.capacity.reshape(-1)
        room = standing + np.bincount(self.add_cell, self.add_change * built, minlength=standing.size)
        over = use.total > room + 1e-7 * np.maximum(1.0, np.abs(np.where(np.isfinite(room), room, 0.0)))
        for cell in np.flatnonzero(over & (self.resource_row.reshape(-1) < 0)).tolist():
            self.resource_row.reshape(-1)[cell] = add(
                float(standing[cell]), self._terms(cell), use.keys_of(cell)
            )
        if strong:
            lacking = (use.used > use.standing + 1e-5 * use.demand) & (use.standing < use.demand)
            fresh = self.strong[use.pair, use.resource] < 0
            suspects = np.flatnonzero(
                lacking & fresh & (np.diff(self.first_add)[use.cell] > 0) & ~use.passed_twice()
            )
            at, of = expand(self.first_add, use.cell[suspects])
            most = np.clip(self.add_change[at], 0.0, use.demand[suspects][of]) * built[at]
            limit = use.standing[suspects] + np.bincount(of, most, minlength=suspects.size)
            for k in suspects[use.used[suspects] > limit + 1e-5 * use.demand[suspects]]:
                i, r = int(use.pair[k]), int(use.resource[k])
                terms = self._terms(int(use.cell[k]), float(use.demand[k]))
                row = add(float(use.standing[k]), terms, np.array([k]))
                self.strong[i, r] = row
                self._strong.append((i, r, row))
            if not new:
                for columns, values, least in self.cutsets.separate(x[: self.n_starts]):
                    new.append((least, highspy.kHighsInf, columns, values))
        self._add_rows(new)
        self.n_rows += len(new)
        return len(new)

    # -- solving -----------------------------------------------------------------------------------------------

    def run(self, *, priced: bool = False) -> float:
        """Solve the programme as it stands and return its value.

        Parameters
        ----------
        priced
            True if routes are all that was added since the last time: the primal method goes on from there.

        Raises
        ------
        Infeasible
            When its rows contradict each other.
        OutOfTime
            When ``deadline`` (of the monotonic clock) passes meanwhile.
        SolveError
            When the solver ends any other way than at an optimum.
        """
        self.h.setOptionValue("simplex_strategy", PRIMAL if priced else DUAL)
        self.limit_time()
        self.h.run()
        status = self.h.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise OutOfTime("the limit of time was reached")
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Infeasible(
                "the limits on projects contradict each other: no choice of starts satisfies them all"
            )
        if status != highspy.HighsModelStatus.kOptimal:
            self.h.clearSolver()
            self.h.run()
            status = self.h.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                raise Infeasible("the limits on projects contradict each other")
            if status != highspy.HighsModelStatus.kOptimal:
                words = self.h.modelStatusToString(status)
                raise SolveError(f"the linear programme ended with '{words}' instead of an optimum, twice")
        self.keep()
        return self.value

    def limit_time(self) -> None:
        """Let the next solve last until the deadline at most."""
        left = self.deadline - time.monotonic()
        # The solver's clock runs on from solve to solve.
        self.h.setOptionValue("time_limit", self.h.getRunTime() + max(left, 0.01))

    def keep(self) -> None:
        """Keep the answer: adding a column or row makes HiGHS forget it."""
        solution = self.h.getSolution()
        self.x = np.array(solution.col_value)
        self.dual = np.array(solution.row_dual)
        self.reduced = np.array(solution.col_dual)
        info = self.h.getInfo()
        self.value, self.steps = float(info.objective_function_value), info.simplex_iteration_count

    def relax(
        self, *, strong: bool = True, cutoff: float = math.inf, rounds: int = 200, stoppable: bool = True
    ) -> float:
        """Price and separate until neither finds anything; return a valid lower bound.

        Parameters
        ----------
        strong
            Whether to separate strong rows.
        cutoff
            Stop as soon as the bound passes it.
        rounds
            Most rounds of pricing.
        stoppable
            Whether an interruption ends it early; the point may then exceed capacities.
        """
        bound, cut = -math.inf, 1
        for _ in range(rounds):
            if self.wide:
                return max(bound, relax_inside(self, cutoff, rounds, stoppable))
            try:
                value = self.run(priced=cut == 0)
            except OutOfTime:
                if not stoppable:
                    raise
                break
            added, correction = self.price()
            bound = max(bound, value + correction)
            # What pricing can still gain is known; below the slack it is not worth another round.
            priced = added == 0 or -correction <= self.slack * abs(value)
            cut = self.separate(strong=strong and (priced or added < max(5, 0.02 * self.n_pairs)))
            if (priced and cut == 0) or bound >= cutoff or (stoppable and self.interrupted()):
                break
            self.wide = self.steps > WIDE and self.problem.n_periods > 1
        return bound

    def floor(self) -> float:
        """Return a bound that takes no solving: every movement by its cheapest route, as if all were open and free."""
        price = self.route_cost.reshape(-1, self.problem.n_arcs)
        distance, _, _ = self._routes(price, np.zeros(0), np.zeros(0))
        return float(
            np.minimum(distance, self.behind_cost) @ self.demand + np.minimum(self.start_cost, 0.0).sum()
        )

    def point(self) -> Floats:
        """The present values of the start columns: (n_starts,)."""
        return self.x[: self.n_starts]

    def limit_starts(self, lower: Floats, upper: Floats) -> None:
        """Bound the start columns."""
        index = np.arange(self.n_starts, dtype=np.int32)
        self.h.changeColsBounds(self.n_starts, index, lower, upper)

    def price_starts(self, cost: Floats) -> None:
        """Set the objective of the start columns."""
        self.h.changeColsCost(self.n_starts, np.arange(self.n_starts, dtype=np.int32), cost)

    @contextmanager
    def without_limits(self) -> Iterator[None]:
        """Leave aside every row that holds only starts."""
        inf = highspy.kHighsInf
        for i in range(len(self.project_rows)):
            self.h.changeRowBounds(self.row_project + i, -inf, inf)
        try:
            yield
        finally:
            for i, row in enumerate(self.project_rows):
                self.h.changeRowBounds(self.row_project + i, max(row.lower, -inf), min(row.upper, inf))

    def allows(self, choice: Floats) -> bool:
        """Whether a choice of starts (n_starts,) keeps every row that holds only starts."""
        for row in self.project_rows:
            total = float(np.dot(choice[row.columns], row.coefficients))
            tolerance = TOLERANCE * max(1.0, abs(total))
            if not row.lower - tolerance <= total <= row.upper + tolerance:
                return False
        return True

    def artificial(self) -> tuple[Floats, Floats]:
        """What must move and does not (n_pairs,), and what hard targets fall short (n_targets,)."""
        x = self.x
        behind = np.where(self.must_move, x[self.col_behind : self.col_short], 0.0)
        short = np.where(self.hard_target, x[self.col_short : self.col_route], 0.0)
        return behind, short

    def evaluate(self, choice: Floats) -> float:
        """Cost of the plan that starts exactly ``choice`` (n_starts,), at the best flows; infinite if it breaks a rule."""
        zeros, ones = np.zeros(self.n_starts), np.ones(self.n_starts)
        fixed = np.round(choice)
        self.limit_starts(fixed, fixed)
        try:
            self.relax(strong=False, stoppable=False)
            value = self.value
            behind, short = self.artificial()
            tolerance = 1e-6 * max(1.0, float(self.demand.max(initial=0.0)))
            missing = max(behind.max(initial=0.0), short.max(initial=0.0))
            if missing > tolerance and not self.feasibility:
                value = math.inf
        except (Infeasible, OutOfTime):
            value = math.inf
        finally:
            self.limit_starts(zeros, ones)
        return value
