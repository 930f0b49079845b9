"""A programme of projects on a network over several periods, as arrays: what may be built, and what it opens.

The planner's question is which projects start when, so that goods move at the least discounted cost. Goods travel on
arcs; arcs use *resources* (a track section, a berth, a gate), whose capacity in a period is what stands there already
plus what finished projects add. Opening a new arc, or offering an old one at a new cost, is a resource that has no
capacity until its project is complete. :mod:`keruen.plans.design` solves what is described here.

Reference: Magnanti and Wong (1984), "Network design and transportation planning", Transportation Science 18(1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from keruen.errors import Finding, refuse_errors

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Project:
    """Something that can be built once.

    Parameters
    ----------
    name
        Identifier, used in messages.
    cost
        Capital cost [money], spread evenly over the periods of construction.
    duration
        Periods of construction; with 0 it serves in the period in which it starts.
    earliest, latest
        First and last period in which work may start; ``latest`` None is as late as it can still open.
    operating_cost
        Cost in every period of service [money/period].
    life
        Periods of service; what is left of them at the horizon is credited in a straight line. None credits nothing.
    mandatory
        True for work that is under way: it is built in any case.
    """

    name: str
    cost: float
    duration: int = 0
    earliest: int = 0
    latest: int | None = None
    operating_cost: float = 0.0
    life: float | None = None
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What a project does to the capacity of a resource.

    Parameters
    ----------
    project, resource
        Indices.
    change
        Capacity added (taken away, if negative) [unit/period].
    first, last
        Periods it lasts for, counted from the first period of service; negative ones are construction.
    """

    project: int
    resource: int
    change: float
    first: int = 0
    last: int = 10_000


@dataclass(frozen=True, slots=True)
class Target:
    """A volume that is to move: goods among ``commodities`` whose route uses any of ``arcs``.

    Parameters
    ----------
    name
        Used in messages.
    period
        Period in which it is to be reached.
    value
        Volume [unit/period].
    arcs, commodities
        Indices of what counts.
    price
        Cost of a unit of shortfall [money/unit]; infinite makes it a hard constraint.
    """

    name: str
    period: int
    value: float
    arcs: tuple[int, ...]
    commodities: tuple[int, ...]
    price: float = math.inf


def _no_pairs() -> tuple[tuple[int, int], ...]:
    return ()


@dataclass(frozen=True)
class DesignProblem:
    """A multi-period network design problem.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    tail, head : (n_arcs,) node indices
        Ends of the arcs.
    cost : (n_periods, n_classes, n_arcs) money/unit
        Cost of carrying a unit; infinite where a class may not pass.
    capacity : (n_periods, n_resources) unit/period
        Capacity that stands without any project; infinite is unlimited.
    use_arc, use_resource : (n_uses,) indices
        Which arc uses which resource.
    use_rate : (n_uses,) resource units per unit of flow
        How much of it.
    origin, destination : (n_commodities,) node indices
        Ends of the movements.
    commodity_class : (n_commodities,) class indices
        Row of ``cost`` that applies.
    demand : (n_periods, n_commodities) unit/period
        What wants to move.
    penalty : (n_commodities,) money/unit
        Cost of a unit that stays behind; infinite means that all must move.
    projects, effects
        What may be built, and what it does.
    requires
        Pairs (a, b): b must be complete before a starts.
    excludes
        Pairs (a, b) of which at most one is built.
    budget : (n_periods,) money
        Most that may be spent on construction in each period, or None.
    cumulative_budget : (n_periods,) money
        Most that may be spent up to each period, or None.
    crew : (n_projects, n_skills) workers/period
        Workers that each project takes while it is built, or None.
    workers : (n_periods, n_skills) workers
        Workers there are, or None.
    least_starts, most_starts : (n_periods,)
        Fewest and most projects that may start in each period, or None.
    targets
        Volumes to be reached.
    discount : (n_periods,)
        Discount factors.
    """

    n_nodes: int
    tail: Ints
    head: Ints
    cost: Floats
    capacity: Floats
    use_arc: Ints
    use_resource: Ints
    use_rate: Floats
    origin: Ints
    destination: Ints
    commodity_class: Ints
    demand: Floats
    penalty: Floats
    projects: tuple[Project, ...]
    effects: tuple[Effect, ...]
    discount: Floats
    requires: tuple[tuple[int, int], ...] = field(default_factory=_no_pairs)
    excludes: tuple[tuple[int, int], ...] = field(default_factory=_no_pairs)
    budget: Floats | None = None
    cumulative_budget: Floats | None = None
    crew: Floats | None = None
    workers: Floats | None = None
    least_starts: Floats | None = None
    most_starts: Floats | None = None
    targets: tuple[Target, ...] = ()

    def __post_init__(self) -> None:
        refuse_errors(_faults(self))

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return int(self.capacity.shape[0])

    @property
    def n_arcs(self) -> int:
        """Number of arcs."""
        return int(self.tail.size)

    @property
    def n_resources(self) -> int:
        """Number of resources."""
        return int(self.capacity.shape[1])

    @property
    def n_commodities(self) -> int:
        """Number of commodities."""
        return int(self.origin.size)

    def last_start(self, project: int) -> int:
        """Last period in which a project may start and still serve within the horizon."""
        p = self.projects[project]
        still_opens = self.n_periods - 1 - p.duration
        return still_opens if p.latest is None else min(p.latest, still_opens)

    def spending(self, project: int, start: int) -> Floats:
        """Capital spent in each period [money], undiscounted.

        Returns
        -------
        (n_periods,)
        """
        p = self.projects[project]
        spent = np.zeros(self.n_periods)
        spent[start : start + max(p.duration, 1)] = p.cost / max(p.duration, 1)
        return spent

    def discounted_cost(self, project: int, start: int) -> float:
        """Capital and operating cost less what the project is still worth at the horizon, discounted [money]."""
        p = self.projects[project]
        opens = start + p.duration
        cost = float(self.discount @ self.spending(project, start))
        cost += p.operating_cost * float(self.discount[opens:].sum())
        if p.life is not None:
            left = max(0.0, 1.0 - (self.n_periods - opens) / p.life)
            cost -= p.cost * left * float(self.discount[-1])
        return cost


def _faults(q: DesignProblem) -> list[Finding]:
    """Return everything that is wrong with the arrays, in words."""
    found: list[Finding] = []

    def fault(table: str, row: str, column: str, value: object, problem: str, remedy: str) -> None:
        found.append(Finding(table, row, column, str(value), problem, remedy))

    t, a, r, k, p = q.n_periods, q.n_arcs, q.n_resources, q.n_commodities, len(q.projects)
    if q.cost.ndim != 3:
        fault("arcs", "", "cost", q.cost.shape, "needs three axes", "give periods, classes, arcs")
    n_classes = q.cost.shape[1] if q.cost.ndim == 3 else 0
    shapes: list[tuple[str, npt.NDArray[np.generic] | None, tuple[int, ...]]] = [
        ("head", q.head, (a,)),
        ("cost", q.cost, (t, n_classes, a)),
        ("use_resource", q.use_resource, q.use_arc.shape),
        ("use_rate", q.use_rate, q.use_arc.shape),
        ("destination", q.destination, (k,)),
        ("commodity_class", q.commodity_class, (k,)),
        ("demand", q.demand, (t, k)),
        ("penalty", q.penalty, (k,)),
        ("discount", q.discount, (t,)),
        ("budget", q.budget, (t,)),
        ("cumulative_budget", q.cumulative_budget, (t,)),
        ("least_starts", q.least_starts, (t,)),
        ("most_starts", q.most_starts, (t,)),
    ]
    if (q.crew is None) != (q.workers is None):
        fault("programme", "", "crew", "", "crew and workers come together", "give both or neither")
    if q.crew is not None and q.workers is not None:
        shapes += [("crew", q.crew, (p, q.workers.shape[1])), ("workers", q.workers, (t, q.crew.shape[1]))]
    for name, array, shape in shapes:
        if array is not None and array.shape != shape:
            fault("arrays", "", name, array.shape, f"must have shape {shape}", "give one value for each")
    indices = [
        ("tail", q.tail, q.n_nodes),
        ("head", q.head, q.n_nodes),
        ("use_arc", q.use_arc, a),
        ("use_resource", q.use_resource, r),
        ("origin", q.origin, q.n_nodes),
        ("destination", q.destination, q.n_nodes),
        ("commodity_class", q.commodity_class, n_classes),
    ]
    for name, index, n in indices:
        for wrong in np.flatnonzero((index < 0) | (index >= n)):
            fault("arrays", str(wrong), name, index[wrong], f"there are only {n}", f"use 0 to {n - 1}")
    for name, values in [
        ("cost", q.cost),
        ("capacity", q.capacity),
        ("use_rate", q.use_rate),
        ("demand", q.demand),
        ("penalty", q.penalty),
        ("discount", q.discount),
    ]:
        bad = np.isnan(values) | (values < 0.0)
        if name in ("demand", "use_rate", "discount"):
            bad |= np.isinf(values)
        for cell in np.argwhere(bad)[:20]:
            at = ",".join(map(str, cell))
            fault("arrays", at, name, values[tuple(cell)], "must be a number from 0 up", "correct it")
    for i, project in enumerate(q.projects):
        for name, value in [
            ("cost", project.cost),
            ("operating_cost", project.operating_cost),
            ("duration", project.duration),
            ("earliest", project.earliest),
        ]:
            if not (math.isfinite(value) and value >= 0):
                fault("project", project.name, name, value, "must be a number from 0 up", "correct it")
        if project.life is not None and not project.life > 0:
            fault("project", project.name, "life", project.life, "must be above 0", "give years of service")
        if project.mandatory and q.last_start(i) < project.earliest:
            fault(
                "project", project.name, "mandatory", project.earliest, "cannot open within the horizon",
                "lengthen the horizon or leave the project out",
            )  # fmt: skip
    for i, e in enumerate(q.effects):
        if not (0 <= e.project < p and 0 <= e.resource < r) or not math.isfinite(e.change):
            fault("effect", str(i), "", e, "names no such project or resource", "use indices that exist")
    for name, pairs in (("requires", q.requires), ("excludes", q.excludes)):
        for first, second in pairs:
            if not (0 <= first < p and 0 <= second < p) or first == second:
                fault("project", str(first), name, second, "names no other project", "name another project")
    found += _circles(q)
    for target in q.targets:
        if not 0 <= target.period < t:
            fault(
                "target", target.name, "period", target.period, "lies outside the horizon", "move the horizon"
            )
        if not (math.isfinite(target.value) and target.value >= 0) or math.isnan(target.price):
            fault("target", target.name, "value", target.value, "must be a number from 0 up", "correct it")
        if any(not 0 <= i < a for i in target.arcs) or any(not 0 <= i < k for i in target.commodities):
            fault("target", target.name, "arcs", "", "names an arc or commodity that is absent", "correct it")
    return found


def _circles(q: DesignProblem) -> list[Finding]:
    """Return a finding for each project that waits for itself."""
    needs: dict[int, list[int]] = {}
    for first, second in q.requires:
        needs.setdefault(first, []).append(second)
    found: list[Finding] = []
    for start in sorted(needs):
        seen: set[int] = set()
        todo = list(needs[start])
        while todo:
            i = todo.pop()
            if i not in seen:
                seen.add(i)
                todo += needs.get(i, [])
        if start in seen and start < len(q.projects):
            name = q.projects[start].name
            found.append(
                Finding("project", name, "requires", "", "waits for itself in a circle", "break the circle")
            )
    return found
