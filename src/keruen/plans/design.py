"""Which projects start when, so that goods move at the least cost: the planner's engine, without tables.

:func:`solve` takes a :class:`DesignProblem` and hands back a plan with its certificate: the cost of the plan, and a
bound below which no plan exists. Both are reported as they move, and a run that is stopped (by a limit or Ctrl-C)
returns the best plan so far with the bound that holds then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keruen.errors import SolveError
from keruen.plans.conflict import InfeasiblePlan, smallest_conflict
from keruen.plans.master import Master
from keruen.plans.problem import DesignProblem, Effect, Floats, Ints, Project, Target
from keruen.plans.progress import Interrupt, Progress, relative_gap
from keruen.plans.search import Search
from keruen.plans.solver import Infeasible
from keruen.plans.years import Years

__all__ = [
    "DesignProblem",
    "DesignSolution",
    "Effect",
    "InfeasiblePlan",
    "Planner",
    "Progress",
    "Project",
    "Target",
    "relative_gap",
    "solve",
]


@dataclass(frozen=True)
class DesignSolution:
    """A plan and its certificate.

    Parameters
    ----------
    start : (n_projects,) period
        When each project starts; -1 where it is not built.
    objective
        Discounted cost of the plan [money].
    bound
        No plan costs less [money].
    status
        How the search ended, in words.
    nodes
        Nodes branched on.
    flow : (n_periods, n_arcs) unit/period
        What moves on each arc.
    unserved : (n_periods, n_commodities) unit/period
        What stays behind.
    shortfall : (n_targets,) unit/period
        What priced targets are missed by.
    projects_cost
        Of the objective, capital and operating cost less residual value, discounted [money].
    route_period, route_commodity : (n_routes,) indices
        Movement that each route in use belongs to.
    route_flow : (n_routes,) unit/period
        What takes it.
    route_arcs
        Arcs of each route, in order.
    """

    start: Ints
    objective: float
    bound: float
    status: str
    nodes: int
    flow: Floats
    unserved: Floats
    shortfall: Floats
    projects_cost: float
    route_period: Ints
    route_commodity: Ints
    route_flow: Floats
    route_arcs: tuple[Ints, ...]

    @property
    def gap(self) -> float:
        """(objective - bound) / objective."""
        return relative_gap(self.objective, self.bound)


def solve(
    problem: DesignProblem,
    *,
    gap: float = 0.01,
    nodes: int = 2000,
    seconds: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> DesignSolution:
    """Choose which projects start when.

    Parameters
    ----------
    problem
        The programme and the network.
    gap
        Stop when (objective - bound) / objective is this small; 0 proves the plan best.
    nodes
        Most nodes to branch on. Without ``seconds`` the same input gives the same plan.
    seconds
        Most seconds, or None.
    progress
        Called with both bounds whenever one of them moves.

    Returns
    -------
    DesignSolution

    Raises
    ------
    InfeasiblePlan
        When no plan satisfies every limit; it names a smallest set of limits that contradict each other.
    SolveError
        When the solver fails, or a limit is reached before any plan was found.

    Examples
    --------
    One tonne a year goes from 0 to 1 by road at 10; a railway that costs 12 carries it at 2. Over two years:

    >>> import numpy as np
    >>> railway = Project("railway", cost=12.0)
    >>> problem = DesignProblem(
    ...     n_nodes=2, tail=np.array([0, 0]), head=np.array([1, 1]),
    ...     cost=np.array([[[10.0, 2.0]]] * 2), capacity=np.array([[np.inf, 0.0]] * 2),
    ...     use_arc=np.array([0, 1]), use_resource=np.array([0, 1]), use_rate=np.ones(2),
    ...     origin=np.array([0]), destination=np.array([1]), commodity_class=np.array([0]),
    ...     demand=np.ones((2, 1)), penalty=np.array([np.inf]),
    ...     projects=(railway,), effects=(Effect(0, 1, 5.0),), discount=np.ones(2),
    ... )
    >>> plan = solve(problem, gap=0.0)
    >>> plan.start.tolist(), plan.objective, plan.bound
    ([0], 16.0, 16.0)
    """
    return Planner(problem).solve(gap=gap, nodes=nodes, seconds=seconds, progress=progress)


class Planner:
    """A problem with its routes kept warm: solve it, and ask what other choices of starts would cost.

    Parameters
    ----------
    problem
        The programme and the network.
    warm
        A planner of a similar problem (other costs, budgets, demand or targets); its routes are taken over where the network and
        the movements are the same.
    """

    def __init__(self, problem: DesignProblem, *, warm: Planner | None = None) -> None:
        self.problem = problem
        self._interrupt = Interrupt()
        self.master = m = Master(problem, self._interrupt.stop)
        self._years = Years(problem, m.big)
        self._pair = np.full(problem.demand.shape, -1, dtype=np.int64)
        self._pair[m.period, m.commodity] = np.arange(m.n_pairs)
        if warm is not None and _same_movements(m, warm.master):
            old = warm.master
            row = problem.commodity_class[m.commodity]
            # Routes that carry nothing are found again sooner than dragged along.
            used = np.zeros(len(old.pool), dtype=np.bool_)
            carried = old.x[old.col_route :] > 0.0
            used[: carried.size] = carried
            m.add_routes(
                [
                    (pair, arcs)
                    for pair, arcs, wanted in zip(old.route_pair, old.route_arcs, used, strict=True)
                    if wanted and np.isfinite(problem.cost[m.period[pair], row[pair], arcs]).all()
                ]
            )
            self._years.learn(warm._years)

    def _pool(self) -> None:
        """Offer the programme the routes that fixed choices of starts were found to take."""
        found = self._years.routes()
        self.master.add_routes([(int(self._pair[t, k]), arcs) for t, k, arcs in found])

    @property
    def reachable(self) -> Floats:
        """(n_periods, n_commodities) 1 where a movement has a route once everything is built, or wants nothing."""
        m = self.master
        found = np.ones_like(self.problem.demand)
        found[m.period, m.commodity] = m.reachable
        return found

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C ended what was last asked for."""
        return self._interrupt.asked

    def bound(self, *, seconds: float | None = None) -> float:
        """Return a lower bound of the cost of any plan, before branching [money].

        Parameters
        ----------
        seconds
            Most seconds; the bound is then what is proven by then.

        Raises
        ------
        InfeasiblePlan
            When the limits on projects contradict each other.
        """
        self._pool()
        with self._interrupt as interrupt:
            if seconds is not None:
                interrupt.deadline = self.master.deadline = time.monotonic() + seconds
            try:
                return max(self.master.relax(), self.master.floor())
            except Infeasible as error:
                raise InfeasiblePlan(smallest_conflict(self.problem, interrupt)) from error
            finally:
                self.master.deadline = math.inf

    def cost_of(self, start: Ints, *, limits: bool = True) -> float:
        """Return what it costs to start projects just so, at the best flows [money].

        Parameters
        ----------
        start : (n_projects,) period
            When each project starts; -1 where it is not built.
        limits
            False leaves aside budgets, orders and the like: what the choice would cost if it were allowed.

        Returns
        -------
        float
            Infinite where the choice breaks a limit or leaves behind what must move.
        """
        m = self.master
        choice = np.array([1.0 if start[p] == s else 0.0 for p, s in m.starts])
        if not self.problem.targets:
            # Nothing but targets is weighed across movements and starts at once: years can be costed one by one.
            if limits and not m.allows(choice):
                return math.inf
            possible = np.full(start.size, -1, dtype=np.int64)
            for j in np.flatnonzero(choice):
                possible[m.starts[j][0]] = m.starts[j][1]
            return self._years.cost(possible)
        if limits:
            return m.evaluate(choice)
        with m.without_limits():
            return m.evaluate(choice)

    def solve(
        self,
        *,
        gap: float = 0.01,
        nodes: int = 2000,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        first: Ints | None = None,
    ) -> DesignSolution:
        """Choose which projects start when; see :func:`solve`.

        Parameters
        ----------
        gap, nodes, seconds, progress
            As there.
        first : (n_projects,) period
            A choice to begin with, such as the plan before a change.

        Raises
        ------
        InfeasiblePlan, SolveError
            As there.
        """
        problem, master = self.problem, self.master
        with self._interrupt as interrupt:
            search = Search(
                master, gap=gap, nodes=nodes, seconds=seconds, progress=progress, interrupt=interrupt,
                years=None if problem.targets else self._years,
            )  # fmt: skip
            try:
                if first is not None:
                    search.offer(np.array([1.0 if first[p] == s else 0.0 for p, s in master.starts]))
                search.run()
            except Infeasible as error:
                raise InfeasiblePlan(smallest_conflict(problem, interrupt)) from error
            if search.choice is None:
                conflict = () if search.out_of_time() else smallest_conflict(problem, interrupt)
                if conflict:
                    raise InfeasiblePlan(conflict)
                raise SolveError(
                    f"no plan was found within the limits ({search.nodes} nodes); no plan costs less than "
                    f"{search.bound:,.6g}; raise the limits, or price targets instead of demanding them"
                )
            return _solution(search, interrupt)


def _same_movements(a: Master, b: Master) -> bool:
    """Whether routes of one programme are routes of the other."""
    p, q = a.problem, b.problem
    return (
        p.n_nodes == q.n_nodes
        and np.array_equal(p.tail, q.tail)
        and np.array_equal(p.head, q.head)
        and np.array_equal(p.origin, q.origin)
        and np.array_equal(p.destination, q.destination)
        and np.array_equal(a.period, b.period)
        and np.array_equal(a.commodity, b.commodity)
    )


def _solution(search: Search, interrupt: Interrupt) -> DesignSolution:
    m, q = search.m, search.m.problem
    assert search.choice is not None
    start = np.full(len(q.projects), -1, dtype=np.int64)
    for j in np.flatnonzero(search.choice > 0.5):
        p, s = m.starts[j]
        start[p] = s
    if search.values is None:
        assert search.years is not None
        routes, unserved = search.years.flows(start)
        shortfall = np.zeros(0)
    else:
        routes, unserved, shortfall = _flows(m, search.values)
    flow = np.zeros((q.n_periods, q.n_arcs))
    for t, _, arcs, amount in routes:
        flow[t, arcs] += amount
    if search.good_enough():
        status = "gap reached" if search.gap > 0.0 else "proven best"
    elif interrupt.asked:
        status = "stopped by Ctrl-C"
    elif search.out_of_time():
        status = "stopped by the limit of time"
    else:
        status = "stopped by the limit of nodes"
    return DesignSolution(
        start=start,
        objective=search.objective,
        bound=min(search.bound, search.objective),
        status=status,
        nodes=search.nodes,
        flow=flow,
        unserved=unserved,
        shortfall=shortfall,
        projects_cost=math.fsum(m.start_cost[search.choice > 0.5]),
        route_period=np.array([r[0] for r in routes], dtype=np.int64),
        route_commodity=np.array([r[1] for r in routes], dtype=np.int64),
        route_flow=np.array([r[3] for r in routes]),
        route_arcs=tuple(r[2] for r in routes),
    )


def _flows(m: Master, x: Floats) -> tuple[list[tuple[int, int, Ints, float]], Floats, Floats]:
    """Read a point: routes in use as (period, commodity, arcs, amount), what stays behind, and shortfalls."""
    q = m.problem
    amount = np.maximum(x[m.col_route :], 0.0)
    used = np.flatnonzero(amount > 1e-9 * max(1.0, float(m.demand.max(initial=0.0))))
    pairs = np.array([m.route_pair[j] for j in used], dtype=np.int64)
    routes = [
        (int(m.period[i]), int(m.commodity[i]), m.route_arcs[j], float(amount[j]))
        for i, j in zip(pairs, used, strict=True)
    ]
    unserved = np.zeros((q.n_periods, q.n_commodities))
    unserved[m.period, m.commodity] = np.maximum(x[m.col_behind : m.col_short], 0.0)
    return routes, unserved, np.maximum(x[m.col_short : m.col_route], 0.0)
