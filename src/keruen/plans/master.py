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
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import highspy
import numpy as np
import numpy.typing as npt

from keruen.errors import SolveError
from keruen.plans.limits import project_rows, start_columns
from keruen.plans.paths import cheapest_routes, refresh_trees
from keruen.plans.problem import DesignProblem, Floats, Ints
from keruen.plans.solver import new_solver

TOLERANCE = 1e-6


class Infeasible(SolveError):
    """No plan satisfies the rows of the programme."""


class _Use:
    """What the routes of a point use of every scarce resource."""

    def __init__(self, m: Master, flow: Floats) -> None:
        self.m = m
        n = len(m.key_pair)
        self.route, self.key = np.array(m.entry_route), np.array(m.entry_key)
        self.rate = np.array(m.entry_rate)
        self.pair, self.resource = np.array(m.key_pair), np.array(m.key_resource)
        self.period = m.period[self.pair]
        self.used = np.bincount(self.key, self.rate * flow[self.route], minlength=n)
        self.demand = m.demand[self.pair]
        self.standing = np.minimum(self.demand, m.problem.capacity[self.period, self.resource])
        self.cell = self.period * m.problem.n_resources + self.resource
        self.total = np.bincount(self.cell, self.used, minlength=m.problem.capacity.size)
        self.total = self.total.reshape(m.problem.capacity.shape)
        self._by_key = np.argsort(self.key, kind="stable")
        self._first = np.searchsorted(self.key[self._by_key], np.arange(n + 1))

    def entries(self, keys: Ints) -> Ints:
        """Entries of the given uses."""
        found: Ints = np.concatenate([self._by_key[self._first[k] : self._first[k + 1]] for k in keys])
        return found

    def keys_of(self, period: int, resource: int) -> Ints:
        """Uses of one resource in one period."""
        return np.flatnonzero(self.cell == period * self.m.problem.n_resources + resource)

    def crowded(self) -> list[tuple[int, int]]:
        """Resources used beyond what stands there already, as (period, resource)."""
        q = self.m.problem
        floor = np.where(self.m.takes_away, 0.0, q.capacity)
        found = np.argwhere(self.total > floor * (1.0 + 1e-9) + 1e-12)
        return [(int(t), int(r)) for t, r in found if math.isfinite(q.capacity[t, r])]

    def suspects(self) -> Ints:
        """Uses that may violate their strong row: beyond what stands there, by routes that pass it once."""
        # A route that passes a resource twice uses more than the demand; then the row does not hold.
        twice = np.bincount(self.key, self.rate > 1.0, minlength=self.pair.size) > 0
        over = self.used > self.standing + 1e-5 * self.demand
        return np.flatnonzero(over & (self.standing < self.demand) & ~twice)


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
        self.route_pair: list[int] = []
        self.route_arcs: list[Ints] = []
        self.known: set[tuple[int, bytes]] = set()
        # What routes use of scarce resources: one entry per route and (pair, resource).
        self.use_keys: dict[tuple[int, int], int] = {}
        self.key_pair = array("q")
        self.key_resource = array("q")
        self.entry_route = array("q")
        self.entry_key = array("q")
        self.entry_rate = array("d")
        self.strong: dict[tuple[int, int], int] = {}
        self.strong_of_pair: list[list[tuple[int, int]]] = [[] for _ in range(self.n_pairs)]
        self._big_penalty()
        self._build()
        self.x = self.dual = self.reduced = np.zeros(0)
        self.value = 0.0
        self.slack = 0.0

    # -- what stands still -------------------------------------------------------------------------------------

    def _graph(self, q: DesignProblem) -> None:
        self.tail, self.head = q.tail.astype(np.int64), q.head.astype(np.int64)
        self.out_arc = np.argsort(q.tail, kind="stable").astype(np.int64)
        self.first_out = np.searchsorted(q.tail[self.out_arc], np.arange(q.n_nodes + 1)).astype(np.int64)
        order = np.argsort(q.use_arc, kind="stable")
        self.use_resource = q.use_resource[order].astype(np.int64)
        self.use_rate = q.use_rate[order]
        self.first_use = np.searchsorted(q.use_arc[order], np.arange(q.n_arcs + 1)).astype(np.int64)
        self.use_arc = q.use_arc[order].astype(np.int64)
        self._users: dict[int, list[tuple[int, float]]] = {}
        for a, r, rate in zip(self.use_arc, self.use_resource, self.use_rate, strict=True):
            self._users.setdefault(int(r), []).append((int(a), float(rate)))

    def _capacities(self, q: DesignProblem) -> None:
        """Number the rows of scarce resources, and list what each project adds to them."""
        self.scarce = np.zeros(q.n_resources, dtype=np.bool_)
        self.scarce[self.use_resource] = True
        of_project: dict[int, list[int]] = {}
        for j, (p, _) in enumerate(self.starts):
            of_project.setdefault(p, []).append(j)
        # (period, resource) -> [(change, starts in service)]
        self.additions: dict[tuple[int, int], list[tuple[float, list[int]]]] = {}
        for e in q.effects:
            for t in range(q.n_periods):
                if not math.isfinite(q.capacity[t, e.resource]):
                    continue
                serving = []
                for j in of_project.get(e.project, []):
                    p, s = self.starts[j]
                    if e.first <= t - (s + q.projects[p].duration) <= e.last and t >= s:
                        serving.append(j)
                if serving:
                    self.additions.setdefault((t, e.resource), []).append((e.change, serving))

        self.takes_away = np.zeros(q.capacity.shape, dtype=np.bool_)
        for (t, r), found in self.additions.items():
            self.takes_away[t, r] = any(change < 0.0 for change, _ in found)

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
        np.maximum.at(extra, self.use_arc, of_resource[self.use_resource])
        dear = np.where(finite, q.cost + extra, np.inf).reshape(-1, q.n_arcs)
        distance, _, _ = self._routes(dear, {}, np.zeros(0))
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
        self.row_resource: dict[tuple[int, int], int] = {}
        self.resource_terms: dict[tuple[int, int], dict[int, float]] = {}
        for t in range(q.n_periods):
            for r in map(int, np.flatnonzero(self.scarce & np.isfinite(q.capacity[t]))):
                terms: dict[int, float] = {}
                for change, serving in self.additions.get((t, r), []):
                    for j in serving:
                        terms[j] = terms.get(j, 0.0) - change
                self.resource_terms[t, r] = terms
                # Most standing capacity never binds; its row is added when it is first exceeded.
                if q.capacity[t, r] <= 0.0:
                    self.row_resource[t, r] = len(rows)
                    rows.append((-inf, float(q.capacity[t, r]), list(terms), list(terms.values())))
        self.row_target = len(rows)
        for i, target in enumerate(q.targets):
            rows.append((target.value, inf, [self.col_short + i], [1.0]))
        self.row_project = len(rows)
        self.project_rows = project_rows(q, self.starts)
        for row in self.project_rows:
            rows.append((max(row.lower, -inf), min(row.upper, inf), row.columns, row.coefficients))
        self._add_rows(rows)
        self.n_rows = len(rows)
        self.resource_row = np.full((q.n_periods, q.n_resources), -1, dtype=np.int64)
        for (t, r), i in self.row_resource.items():
            self.resource_row[t, r] = i

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

    def _routes(
        self, price: Floats, extras: dict[int, list[tuple[int, float]]], bonus: Floats
    ) -> tuple[Floats, Ints, Ints]:
        """Call the kernel: ``extras`` are (arc, price) by pair, ``bonus`` the premium of each target."""
        n = self.n_pairs
        extra_first = np.zeros(n + 1, dtype=np.int64)
        flat: list[tuple[int, float]] = []
        bonus_first = np.zeros(n + 1, dtype=np.int64)
        sets: list[int] = []
        paying = [i for i in range(bonus.size) if bonus[i] > 0.0]
        for i in range(n):
            if i in extras:
                flat += extras[i]
            extra_first[i + 1] = len(flat)
            for j in paying:
                if self.problem.targets[j].period == self.period[i] and self.counts[j, self.commodity[i]]:
                    sets.append(j)
            bonus_first[i + 1] = len(sets)
        chosen = np.array(sets, dtype=np.int64)
        graph = (self.first_out, self.out_arc, self.tail, self.head)
        price = np.ascontiguousarray(price)
        refresh_trees(
            *graph,
            price,
            self.tree_price,
            self.tree_row,
            self.tree_origin,
            self.tree_label,
            self.tree_came_by,
        )
        found: tuple[Floats, Ints, Ints] = cheapest_routes(
            *graph,
            price,
            self.price_row,
            self.problem.origin[self.commodity].astype(np.int64),
            self.problem.destination[self.commodity].astype(np.int64),
            extra_first,
            np.array([a for a, _ in flat], dtype=np.int64),
            np.array([v for _, v in flat], dtype=np.float64),
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
        q = self.problem
        dual = self.dual
        price = self.route_cost.copy()
        scarcity = np.where(self.resource_row >= 0, -dual[self.resource_row], 0.0)
        scarcity = np.maximum(scarcity, 0.0)
        for t in range(q.n_periods):
            toll = np.zeros(q.n_arcs)
            np.add.at(toll, self.use_arc, self.use_rate * scarcity[t, self.use_resource])
            price[t] += toll
        extras: dict[int, list[tuple[int, float]]] = {}
        for i in range(self.n_pairs):
            own: list[tuple[int, float]] = []
            for r, row in self.strong_of_pair[i]:
                if dual[row] < -1e-12:
                    own += [(a, -rate * dual[row]) for a, rate in self.users(r)]
            if own:
                extras[i] = own
        bonus = np.maximum(dual[self.row_target : self.row_target + len(q.targets)], 0.0)
        distance, first, arcs = self._routes(price.reshape(-1, q.n_arcs), extras, bonus)
        reduced = distance - dual[: self.n_pairs]
        # What is left behind is a column too, so a movement's reduced cost is never worse than that one's (0).
        paying = np.flatnonzero(reduced < -TOLERANCE * np.maximum(1.0, np.abs(dual[: self.n_pairs])))
        correction = float(np.minimum(reduced, 0.0) @ self.demand)
        added = self.add_routes([(int(i), arcs[first[i] : first[i + 1]]) for i in paying])
        return added, correction

    def users(self, resource: int) -> list[tuple[int, float]]:
        """Arcs that use a resource, with their rates."""
        return self._users.get(resource, [])

    def usage(self, arcs: Ints) -> dict[int, float]:
        """Resources that a route uses, with the amount per unit of flow."""
        used: dict[int, float] = {}
        for a in arcs:
            for u in range(self.first_use[a], self.first_use[a + 1]):
                r = int(self.use_resource[u])
                used[r] = used.get(r, 0.0) + float(self.use_rate[u])
        return used

    def add_routes(self, routes: list[tuple[int, Ints]]) -> int:
        """Add routes as columns, leaving out those known and those that pass a node twice."""
        q = self.problem
        cost: list[float] = []
        first: list[int] = []
        rows: list[int] = []
        values: list[float] = []
        for pair, arcs in routes:
            key = (pair, arcs.tobytes())
            nodes = q.tail[arcs]
            if key in self.known or np.unique(nodes).size < nodes.size:
                continue
            self.known.add(key)
            t, k = int(self.period[pair]), int(self.commodity[pair])
            first.append(len(rows))
            cost.append(float(self.route_cost[t, q.commodity_class[k], arcs].sum()))
            rows.append(pair)
            values.append(1.0)
            for r, rate in self.usage(arcs).items():
                if self.resource_row[t, r] >= 0:
                    rows.append(int(self.resource_row[t, r]))
                    values.append(rate)
                if (t, r) in self.resource_terms:
                    self.entry_route.append(len(self.route_pair))
                    self.entry_key.append(self._key(pair, r))
                    self.entry_rate.append(rate)
                if (pair, r) in self.strong:
                    rows.append(self.strong[pair, r])
                    values.append(rate)
            for i, target in enumerate(q.targets):
                if target.period == t and self.counts[i, k] and self.set_of_target[i, arcs].any():
                    rows.append(self.row_target + i)
                    values.append(1.0)
            self.route_pair.append(pair)
            self.route_arcs.append(arcs.copy())
        n = len(cost)
        if n:
            self.h.addCols(
                n,
                np.array(cost),
                np.zeros(n),
                np.full(n, highspy.kHighsInf),
                len(rows),
                np.array(first, dtype=np.int32),
                np.array(rows, dtype=np.int32),
                np.array(values),
            )
        return n

    # -- strong rows -------------------------------------------------------------------------------------------

    def _key(self, pair: int, resource: int) -> int:
        """Number of a movement's use of a resource."""
        if (pair, resource) not in self.use_keys:
            self.use_keys[pair, resource] = len(self.key_pair)
            self.key_pair.append(pair)
            self.key_resource.append(resource)
        return self.use_keys[pair, resource]

    def separate(self, *, strong: bool = True) -> int:
        """Add the rows of capacity, and with ``strong`` the strong rows, that the present point violates.

        Returns
        -------
        int
            How many were added.
        """
        q, x = self.problem, self.x
        if not self.entry_key:
            return 0
        # Routes priced since the last solve carry nothing yet.
        flow = np.zeros(len(self.route_pair))
        flow[: x.size - self.col_route] = np.maximum(x[self.col_route :], 0.0)
        use = _Use(self, flow)
        new: list[tuple[float, float, npt.ArrayLike, npt.ArrayLike]] = []

        def add(upper: float, terms: dict[int, float], keys: Ints) -> int:
            entries = use.entries(keys)
            columns = [*terms, *(self.col_route + use.route[entries]).tolist()]
            new.append((-highspy.kHighsInf, upper, columns, [*terms.values(), *use.rate[entries].tolist()]))
            return self.n_rows + len(new) - 1

        for t, r in use.crowded():
            terms = self.resource_terms[t, r]
            room = float(q.capacity[t, r])
            limit = room - sum(c * x[j] for j, c in terms.items())
            if self.resource_row[t, r] < 0 and use.total[t, r] > limit + 1e-7 * max(1.0, limit):
                self.resource_row[t, r] = add(room, terms, use.keys_of(t, r))
        for k in use.suspects() if strong else ():
            i, r = self.key_pair[k], self.key_resource[k]
            t, d = int(self.period[i]), float(use.demand[k])
            if (i, r) in self.strong or (t, r) not in self.additions:
                continue
            terms = {}
            for change, serving in self.additions[t, r]:
                for j in serving:
                    if change > 0.0:
                        terms[j] = terms.get(j, 0.0) - min(d, change)
            limit = float(use.standing[k]) - sum(c * x[j] for j, c in terms.items())
            if use.used[k] > limit + 1e-5 * d:
                row = add(float(use.standing[k]), terms, np.array([k]))
                self.strong[i, r] = row
                self.strong_of_pair[i].append((r, row))
        self._add_rows(new)
        self.n_rows += len(new)
        return len(new)

    # -- solving -----------------------------------------------------------------------------------------------

    def run(self) -> float:
        """Solve the programme as it stands and return its value.

        Raises
        ------
        Infeasible
            When its rows contradict each other.
        SolveError
            When the solver ends any other way than at an optimum.
        """
        self.h.run()
        status = self.h.getModelStatus()
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
        # Adding a column or row makes HiGHS forget all of these, so they are kept here.
        solution = self.h.getSolution()
        self.x = np.array(solution.col_value)
        self.dual = np.array(solution.row_dual)
        self.reduced = np.array(solution.col_dual)
        self.value = float(self.h.getInfo().objective_function_value)
        return self.value

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
        bound = -math.inf
        for _ in range(rounds):
            value = self.run()
            added, correction = self.price()
            bound = max(bound, value + correction)
            # What pricing can still gain is known; below the slack it is not worth another round.
            priced = added == 0 or -correction <= self.slack * abs(value)
            cut = self.separate(strong=strong and (priced or added < max(5, 0.02 * self.n_pairs)))
            if (priced and cut == 0) or bound >= cutoff or (stoppable and self.interrupted()):
                break
        return bound

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
        except Infeasible:
            value = math.inf
        finally:
            self.limit_starts(zeros, ones)
        return value
