"""Equilibrium on a single-class road network: plain arrays in, link and path flows with their certificate out.

The recipe is greedy and path-based: every pass grows the trees of all origins at fixed costs, which gives the exact gap
and the routes that are still missing, then sweeps over the pairs shift flow between the routes they have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.errors import Finding
from keruen.flows.road import Equilibrium, RoadNet, check
from keruen.formats.road import Road
from keruen.kernels import greedy

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
_New = tuple[Ints, Longs, Ints, Floats]

PASSES = 500
"""Passes over all origins after which a solve gives up."""
STALLED = 25
"""Passes without a better gap after which a solve says that it has stalled."""
BLOCKS = 8
"""Most parts into which the origins of a pass are dealt; routes that one part finds shift flow before the next looks."""
PER_BLOCK = 120_000
"""Labels (origins times nodes) that make a part of their own worth the sweeps it costs."""
BETWEEN, WHOLE = 8, 200
"""Most sweeps between two parts of a pass, and after a whole one."""
LEFT = 0.05
"""Share of the excess cost that the origins left out of a pass may hold together."""
FALL = 0.1
"""What sweeps are expected to leave of the excess cost of origins that were just priced."""
DEPTH, SPARE = 0.01, 0.05
"""Share of the excess cost, and of what the goal allows, at which sweeps stop."""


def equilibrium(
    road: Road,
    *,
    model: str = "ue",
    gap: float = 1e-6,
    warm: Equilibrium | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Equilibrium:
    """Return the user equilibrium (``ue``) or the system optimum (``so``) of a road network.

    Parameters
    ----------
    road
        Links with BPR costs, and trips between pairs of nodes. A link with a capacity of zero whose cost depends on
        volume is closed.
    model
        ``ue``: no trip can get cheaper by another route (Wardrop 1952). ``so``: the total cost is least.
    gap
        Relative gap to reach.
    warm
        An earlier solution on the same nodes and links; its routes are where the solve starts.
    progress
        Called with the pass and its gap.

    Raises
    ------
    InputError
        If a cost, capacity or trip is negative or not a number, or an end is no node.
    ValueError
        If ``model`` or ``gap`` is out of range.

    References
    ----------
    Xie, Nie and Liu, "A greedy path-based algorithm for traffic assignment", Transportation Research Record 2672, 2018.

    Examples
    --------
    Pigou: one trip, one route that always costs 1 and one that costs its volume. All take the second; half should.

    >>> import numpy as np
    >>> two = Road(("a", "b"), np.array([0, 0], np.int32), np.array([1, 1], np.int32), capacity=np.ones(2),
    ...            free_time=np.array([1.0, 1e-9]), b=np.array([0.0, 1e9]), power=np.ones(2), fixed=np.zeros(2),
    ...            first_through=0, origin=np.array([0], np.int32), destination=np.array([1], np.int32),
    ...            trips=np.ones(1))
    >>> equilibrium(two).volume.round(6).tolist(), equilibrium(two, model="so").volume.round(6).tolist()
    ([0.0, 1.0], [0.5, 0.5])
    """
    if model not in ("ue", "so"):
        raise ValueError(f"model {model!r} is neither ue nor so")
    if not gap > 0.0:
        raise ValueError(f"gap {gap} must be above 0")
    check(road)
    solve = _Solve.begin(road, model == "so", gap, warm)
    everyone = np.arange(solve.parts.size)
    best, best_pass, last_whole, passes, stall = np.inf, 0, 0, 0, ""
    # only a whole pass at fixed costs certifies the gap; in others costs move while parts are priced
    whole = solve.blocks(everyone) == 1 or warm is not None
    while solve.pairs.size:
        passes += 1
        if whole:
            solve.settle()
            new = solve.price(everyone)
            todo, reached = everyone, solve.gap
        else:
            todo = solve.busiest() if passes > 1 else everyone
            blocks = solve.blocks(todo)
            for block in range(blocks):
                solve.improve(solve.price(todo[block::blocks]), BETWEEN)
            reached = solve.gap
        if progress is not None:
            progress(passes, reached)
        if whole:
            if reached <= gap:
                break
            last_whole = passes
            if reached < 0.9 * best:
                best, best_pass = reached, passes
            if passes >= PASSES or passes - best_pass >= STALLED:
                stall = f"the gap has stood near {best:.1e} since pass {best_pass} of {passes}"
                break
            solve.improve(new, WHOLE)
        solve.parts[todo] *= FALL
        whole = solve.blocks(everyone) == 1 or solve.gap <= gap or passes - last_whole >= STALLED
    return solve.result(model, passes, stall)


@dataclass(slots=True)
class _Solve:
    """A solve on its way, links in the order of ``net``.

    ``state`` is volume, cost and slope; ``routes`` are first, start, links and flow; ``parts`` (n_origins,) the excess cost of
    each origin when it was last priced.
    """

    net: RoadNet
    goal: float
    pairs: Longs
    origins: tuple[Ints, Longs]
    destination: Ints
    trips: Floats
    state: tuple[Floats, Floats, Floats]
    routes: tuple[Longs, Longs, Ints, Floats]
    trees: Ints
    parts: Floats
    findings: tuple[Finding, ...] = ()

    @classmethod
    def begin(cls, road: Road, marginal: bool, goal: float, warm: Equilibrium | None) -> _Solve:
        """Load every pair on the routes that it has from an earlier solve, or on its cheapest one.

        Pairs that no route joins are listed and left out.
        """
        net = RoadNet.of(road, marginal)
        if warm is not None and not (
            np.array_equal(warm.road.tail, road.tail) and np.array_equal(warm.road.head, road.head)
        ):
            warm = None
        pairs = _pairs(road, warm)
        origin, where = np.unique(road.origin[pairs], return_index=True)
        trips = road.trips[pairs].astype(np.float64)
        n_nodes = len(road.node_ids)
        routes = np.zeros(pairs.size + 1, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0)
        trees = np.full((origin.size, n_nodes), -1, np.int32)
        touched = np.ones(pairs.size, np.bool_)
        if warm is not None:
            routes, touched = _inherited(road, pairs, trips, warm, net.closed[net.order])
            place = np.searchsorted(origin, warm.origin)
            known = np.flatnonzero(np.append(origin, -1)[place] == warm.origin)
            trees[place[known]] = warm.trees[known]
        volume, cost, slope = (np.zeros(net.order.size) for _ in range(3))
        greedy.load(*routes[1:], volume)
        greedy.refresh(net.curve, volume, cost, slope)
        solve = cls(
            net, goal, pairs,
            (origin.astype(np.int32), np.append(where, pairs.size)), road.destination[pairs].astype(np.int32), trips,
            (volume, cost, slope), routes, trees, np.zeros(origin.size),
        )  # fmt: skip
        owner = np.repeat(np.arange(origin.size), np.diff(solve.origins[1]))
        solve.improve(solve.price(np.unique(owner[touched])), 0 if warm is None else WHOLE)
        solve.leave_out_the_disconnected()
        return solve

    @property
    def total_cost(self) -> float:
        """Volume times cost, closed links apart."""
        volume, cost, _ = self.state
        return float(volume @ np.where(volume > 0.0, cost, 0.0))

    @property
    def excess(self) -> float:
        """What trips paid above their cheapest routes when their origins were last priced."""
        return max(float(self.parts.sum()), 0.0)

    @property
    def gap(self) -> float:
        """The excess over the total cost."""
        total = self.total_cost
        return self.excess / total if total > 0.0 else 0.0

    @property
    def spare(self) -> float:
        """What is too little to be worth a route or a sweep."""
        return SPARE * self.goal * self.total_cost

    def blocks(self, visit: Longs) -> int:
        """Return into how many parts a pass over origins is dealt."""
        return int(np.clip(visit.size * self.trees.shape[1] // PER_BLOCK, 1, BLOCKS))

    def busiest(self) -> Longs:
        """Return the origins to look at: the fewest that leave out only what is small beside the excess or the goal."""
        order = np.argsort(self.parts, kind="stable")
        left = max(LEFT * self.excess, 0.3 * self.goal * self.total_cost)
        return np.sort(order[np.searchsorted(np.cumsum(self.parts[order]), left) :])

    def settle(self) -> None:
        """Make the routes of every pair sum to its trips and links to their routes, to the last digit."""
        first, start, links, flow = self.routes
        if flow.size:
            flow *= np.repeat(self.trips / np.add.reduceat(flow, first[:-1]), np.diff(first))
        greedy.load(start, links, flow, self.state[0])
        greedy.refresh(self.net.curve, *self.state)

    def price(self, visit: Longs) -> _New:
        """Bring the trees of origins up to date and return the routes that their pairs lack."""
        new: _New = greedy.price(
            *self.net.rows, *self.origins, self.destination, self.trips, self.net.curve, *self.state, self.trees, *self.routes,
            visit, self.spare / max(self.pairs.size, 1), self.parts,
        )  # fmt: skip
        return new

    def improve(self, new: _New, most: int) -> None:
        """Take new routes in, drop empty ones, and shift flow between those of every pair that has a choice."""
        self.routes = greedy.merge(*self.routes, *new)
        busy = np.flatnonzero(np.diff(self.routes[0]) > 1).astype(np.int32)
        enough = max(DEPTH * self.excess, self.spare)
        greedy.sweeps(self.net.curve, *self.routes, busy, *self.state, most, enough)

    def leave_out_the_disconnected(self) -> None:
        """List pairs that no route joins, and go on without them."""
        joined = np.diff(self.routes[0]) > 0
        if joined.all():
            return
        self.findings = self.net.unjoined(self.pairs[~joined])
        owner = np.repeat(np.arange(self.parts.size), np.diff(self.origins[1]))[joined]
        kept, where = np.unique(owner, return_index=True)
        self.origins = self.origins[0][kept], np.append(where, owner.size)
        self.trees, self.parts = self.trees[kept], self.parts[kept]
        self.pairs, self.destination = self.pairs[joined], self.destination[joined]
        self.trips = self.trips[joined]
        self.routes = np.append(self.routes[0][:-1][joined], self.routes[3].size), *self.routes[1:]

    def result(self, model: str, passes: int, stall: str) -> Equilibrium:
        """Return the flows with their certificate."""
        return self.net.result(
            model, self.state[0], self.gap, self.excess, passes, stall, self.findings, self.pairs,
            0.0 if model == "ue" else float("nan"), self.routes, self.origins[0], self.trees,
        )  # fmt: skip


def _pairs(road: Road, warm: Equilibrium | None) -> Longs:
    """Return the positions of trips that use links, sorted by origin and destination."""
    wanted = (road.trips > 0.0) & (road.origin != road.destination)
    if (
        warm is not None
        and warm.pairs.size == np.count_nonzero(wanted)
        and np.array_equal(warm.road.origin, road.origin)
        and np.array_equal(warm.road.destination, road.destination)
        and wanted[warm.pairs].all()
    ):
        return warm.pairs
    pairs: Longs = np.lexsort((road.destination, road.origin))
    pairs = pairs[wanted[pairs]]
    return pairs


def _inherited(
    road: Road, pairs: Longs, trips: Floats, warm: Equilibrium, closed: Bools
) -> tuple[tuple[Longs, Longs, Ints, Floats], Bools]:
    """Return the routes of an earlier solve, flows scaled to the trips of now, and the pairs that lost flow or are new.

    Routes over a closed link keep no flow; a pair may be left without any.
    """
    first, start, links, flow = warm.first, warm.start, warm.sorted_links, warm.flow
    if pairs is not warm.pairs and flow.size:
        n = len(road.node_ids)
        ends = ((warm.road, warm.pairs), (road, pairs))
        old, now = (r.origin[p].astype(np.int64) * n + r.destination[p] for r, p in ends)
        place = np.minimum(np.searchsorted(old, now), old.size - 1)
        count = np.where(old[place] == now, np.diff(first)[place], 0)
        kept = _rows(first[place], count)
        length = np.diff(start)[kept]
        links = links[_rows(start[kept], length)]
        first, start = np.append(0, np.cumsum(count)), np.append(0, np.cumsum(length))
        flow = flow[kept]
    pair = np.repeat(np.arange(pairs.size), np.diff(first))
    blocked = np.maximum.reduceat(closed[links], start[:-1]) if flow.size else np.zeros(0, np.bool_)
    flow = np.where(blocked, 0.0, flow)
    served = np.bincount(pair, weights=flow, minlength=pairs.size)
    touched = served <= 0.0
    touched[pair[blocked]] = True
    # of a pair that used only closed ones, the first open route takes all
    spare = np.flatnonzero(~blocked & (served[pair] <= 0.0))
    idle, where = np.unique(pair[spare], return_index=True)
    flow[spare[where]] = served[idle] = trips[idle]
    flow *= (trips / np.where(served > 0.0, served, 1.0))[pair]
    return (first, start, links, flow), touched


def _rows(begin: Longs, count: Longs) -> Longs:
    """Return the positions ``begin[i]:begin[i] + count[i]`` of all rows, one after the other."""
    skipped = np.cumsum(count) - count
    places: Longs = np.repeat(begin - skipped, count) + np.arange(int(count.sum()))
    return places
