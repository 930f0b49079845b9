"""The doors of the room: assign the goods of a year to a freight network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from keruen.errors import Finding, InputError, Severity
from keruen.flows import routes as choice_set
from keruen.flows import solve
from keruen.flows.assignment import Assignment
from keruen.flows.routes import Freight, Routes, add_up
from keruen.flows.solve import Solution
from keruen.kernels import choice, delay
from keruen.network import DelayFunction, Network, build
from keruen.tables.dataset import Dataset

Floats = NDArray[np.float64]

MODELS = ("logit", "ue", "so")
ROUNDS = 40
"""Rounds of route generation after which a solve gives up."""


def assign(
    what: Dataset | Network,
    *,
    year: int | None = None,
    model: str = "logit",
    gap: float = 1e-6,
    delays: Sequence[DelayFunction] | None = None,
    warm: Assignment | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Assignment:
    """Assign the goods of a year to routes and modes.

    Parameters
    ----------
    what
        A dataset, or a network built from one (and perhaps patched).
    year
        Year; see :func:`keruen.network.build`. A network has its own.
    model
        ``logit`` spreads goods over routes by their generalised cost, with a path-size correction for overlap;
        ``ue`` sends all by the cheapest route; ``so`` makes the total cost least.
    gap
        Gap to reach.
    delays
        Delay functions of crossings, as :mod:`keruen.crossings` fits them.
    warm
        An earlier assignment to start from. The answer is the same, only sooner.
    progress
        Called with the round and its gap.

    Returns
    -------
    Assignment
        Known capacities hold: a full link or terminal gets the wait at which no more want to use it. Goods that
        cannot be carried at all stay away and are listed, as are pairs without a permitted route.

    Raises
    ------
    InputError
        If the tables cannot be used, or a delay function names an unknown crossing.
    ValueError
        If ``model`` or ``gap`` is out of range.
    """
    if model not in MODELS:
        raise ValueError(f"model {model!r} is none of {', '.join(MODELS)}")
    if not gap > 0.0:
        raise ValueError(f"gap {gap} must be above 0")
    network = what if isinstance(what, Network) else build(what, year=year)
    functions = tuple(delays or ())
    _check(network, functions)
    freight = choice_set.prepare(network, functions)
    open_pairs = choice_set.reachable(freight)
    findings = _unreachable(network, freight, open_pairs)
    if not open_pairs.all():
        freight = choice_set.only(freight, open_pairs)
    considered = _considered(freight, warm)
    pair, start, arcs, least = considered
    resumed = _resume(freight, warm)
    routes = choice_set.assemble(freight, pair, start, arcs, least)
    solution, steps, rounds, reached, excess = None, 0, 0, np.inf, 0.0
    for rounds in range(1, ROUNDS + 1):
        if model == "logit":
            solution = solve.logit(freight, routes, solution or resumed, min(gap, 1e-10))
        else:
            flow = _start(freight, routes, solution)
            solution = solve.deterministic(
                freight, routes, flow, (solution or resumed).multiplier, gap, model == "so"
            )
        steps += solution.steps
        new, new_start, new_arcs, cheapest = choice_set.cheaper(
            freight, routes, solution.cost, solution.route_cost
        )
        reached, excess = _certificate(freight, routes, solution, model, cheapest)
        if progress is not None:
            progress(rounds, reached)
        if new.size == 0 or (model != "logit" and reached <= gap):
            break
        arcs = np.concatenate([arcs, new_arcs])
        start = np.concatenate([start, start[-1] + new_start[1:]])
        pair = np.concatenate([pair, new])
        # sorted by pair, in the order in which they were found
        routes, solution = _grown(freight, pair, start, arcs, least, routes, solution)
    assert solution is not None
    stall = ""
    if solution.overload > 1e-6:
        stall = f"a capacity is still overloaded by {solution.overload:.1e} after {steps} steps"
    elif reached > gap:
        stall = f"gap {reached:.1e} after {rounds} rounds of routes and {steps} steps"
    flow = solution.flow
    found = [*network.findings, *findings, *_unserved(network, freight, routes, flow)]
    return Assignment(
        network=network,
        model=model,
        gap=reached,
        conservation=_conservation(freight, routes, flow),
        average_excess_cost=excess,
        beckmann=_beckmann(freight, routes, solution, model),
        overload=solution.overload,
        iterations=steps,
        rounds=rounds,
        stall=stall,
        findings=tuple(found),
        freight=freight,
        routes=routes,
        solution=solution,
        considered=considered,
    )


def _check(network: Network, delays: Sequence[DelayFunction]) -> None:
    known = network.structure.crossing_arcs
    unknown = [f for f in delays if f.crossing_id not in known]
    if unknown:
        problem, remedy = "no such crossing", "add the crossing or drop its delay function"
        raise InputError(
            Finding("crossing", "", "crossing_id", f.crossing_id, problem, remedy) for f in unknown
        )


def _considered(
    freight: Freight, warm: Assignment | None
) -> tuple[choice_set.Ints, choice_set.Longs, choice_set.Ints, Floats]:
    """Return the routes at uncongested cost: those of ``warm`` where nothing that they rest on has changed."""
    if warm is not None:
        old = warm.freight
        if (
            old.network.structure is freight.network.structure
            and np.array_equal(old.pairs, freight.pairs)
            and np.array_equal(old.row, freight.row)
            and np.array_equal(old.free, freight.free)
            and np.array_equal(old.scale, freight.scale)
        ):
            return warm.considered
    return choice_set.considered(freight)


def _resume(freight: Freight, warm: Assignment | None) -> Solution:
    """Return waits and volumes to start from, matched by the names of resources; 0 for those that are new."""
    n = freight.kind.size
    found = Solution(np.zeros(0), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(0), 0, 0.0)
    if warm is not None:
        old = {name: r for r, name in enumerate(warm.freight.resource_name)}
        known = [(r, old[name]) for r, name in enumerate(freight.resource_name) if name in old]
        new, was = np.array(known, dtype=np.int64).reshape(-1, 2).T
        for array, before in (
            (found.volume, warm.solution.volume),
            (found.cost, warm.solution.cost),
            (found.multiplier, warm.solution.multiplier),
        ):
            array[new] = before[was]
    return found


def _start(freight: Freight, routes: Routes, solution: Solution | None) -> Floats:
    """Return route flows to start from: the last ones, or everything on the route that is cheapest when empty."""
    if solution is not None:
        return solution.flow
    flow = np.zeros(routes.fixed.size)
    for d in range(freight.pairs.size):
        first, last = routes.first[d], routes.first[d + 1]
        flow[first + int(np.argmin(routes.fixed[first:last]))] = freight.demand[d]
    return flow


def _grown(
    freight: Freight,
    pair: choice_set.Ints,
    start: choice_set.Longs,
    arcs: choice_set.Ints,
    least: Floats,
    old: Routes,
    solution: Solution,
) -> tuple[Routes, Solution]:
    """Return the larger set of routes and the solution with its flows moved to their new places."""
    routes = choice_set.assemble(freight, pair, start, arcs, least)
    flow = np.zeros(routes.fixed.size)
    was = np.repeat(np.arange(freight.pairs.size), np.diff(old.first))
    position = np.arange(old.fixed.size) - old.first[was]
    position += routes.first[was]
    stay = old.first[1:] - 1
    position[stay] = routes.first[1:] - 1
    flow[position] = solution.flow
    solution.flow = flow
    return routes, solution


def _certificate(
    freight: Freight, routes: Routes, solution: Solution, model: str, cheapest: Floats
) -> tuple[float, float]:
    """Return the gap and the average excess cost, recomputed from the flows alone and the waits at capacities."""
    if freight.pairs.size == 0:
        return 0.0, 0.0
    cost, slope = np.zeros(freight.kind.size), np.zeros(freight.kind.size)
    delay.costs_slopes(freight.kind, freight.parameter, solution.volume, model == "so", cost, slope)
    limited = freight.kind == delay.CAPACITY
    cost[limited] = solution.multiplier[limited]
    n_routes = routes.fixed.size
    route_cost, share = np.zeros(n_routes), np.zeros(n_routes)
    choice.load(
        routes.first, routes.start, routes.resource, routes.weight, routes.fixed, routes.bonus, freight.scale,
        freight.demand, cost, route_cost, share, np.zeros(freight.kind.size),
    )  # fmt: skip
    owner = np.repeat(np.arange(freight.pairs.size), np.diff(routes.first))
    flow, size = solution.flow, float(freight.demand.sum())
    if model == "logit":
        gap = float(np.abs(flow - share * freight.demand[owner]).sum()) / size
        perceived = (
            route_cost
            + (np.log(np.maximum(flow / freight.demand[owner], 1e-300)) - routes.bonus) / freight.scale[owner]
        )
        least = np.minimum.reduceat(np.where(flow > 0.0, perceived, np.inf), routes.first[:-1])
        return gap, float(flow @ np.where(flow > 0.0, perceived - least[owner], 0.0)) / size
    least = np.minimum(cheapest, np.minimum.reduceat(route_cost, routes.first[:-1]))
    total = float(flow @ route_cost)
    excess = float(flow @ (route_cost - least[owner]))
    return (excess / total if total > 0.0 else 0.0), excess / size


def _conservation(freight: Freight, routes: Routes, flow: Floats) -> float:
    """Return the largest imbalance of a vertex, of flows on arcs against what starts and ends there."""
    s = freight.network.structure
    if freight.pairs.size == 0:
        return 0.0
    volume = add_up(routes.arcs, np.repeat(flow, np.diff(routes.arc_start)), s.tail.size)
    served = freight.demand - flow[routes.first[1:] - 1]
    n = s.vertex_node.size
    balance = add_up(s.head, volume, n) - add_up(s.tail, volume, n)
    balance += add_up(s.demand_source[freight.pairs], served, n)
    balance -= add_up(s.demand_sink[freight.pairs], served, n)
    return float(np.abs(balance).max()) / float(freight.demand.sum())


def _beckmann(freight: Freight, routes: Routes, solution: Solution, model: str) -> float:
    value: float = delay.beckmann(freight.kind, freight.parameter, solution.volume)
    value += float(solution.flow @ routes.fixed)
    if model == "so":
        return float("nan")
    if model == "logit":
        owner = np.repeat(np.arange(freight.pairs.size), np.diff(routes.first))
        share = np.maximum(solution.flow / freight.demand[owner], 1e-300)
        value += float((solution.flow / freight.scale[owner]) @ (np.log(share) - routes.bonus))
    return value


def _names(network: Network, demand: int) -> str:
    row = network.tables["demand"].row(int(network.structure.demand_row[demand]), named=True)
    return ", ".join(str(row[c]) for c in ("origin", "destination", "commodity_id", "traffic_type"))


def _unreachable(network: Network, freight: Freight, open_pairs: choice_set.Bools) -> list[Finding]:
    problem, remedy = "no permitted route exists", "it is left out; add a link or transfer, or lift the ban"
    return [
        Finding(
            "demand",
            _names(network, d),
            "tonnes",
            f"{network.tonnes[d]:g}",
            problem,
            remedy,
            Severity.WARNING,
        )
        for d in freight.pairs[~open_pairs]
    ]


def _unserved(network: Network, freight: Freight, routes: Routes, flow: Floats) -> list[Finding]:
    found = []
    for d, left in enumerate(flow[routes.first[1:] - 1]):
        if left > 1e-9 * freight.demand[d]:
            problem = f"{left:.6g} t/year find no room on any route"
            remedy = "add capacity; it is reported as unserved"
            name = _names(network, int(freight.pairs[d]))
            value = f"{freight.demand[d]:g}"
            found.append(Finding("demand", name, "tonnes", value, problem, remedy, Severity.WARNING))
    return found
