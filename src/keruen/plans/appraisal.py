"""What a change of the network is worth in a year, and to whom: the same goods assigned with and without it.

Receives two assignments and hands on gains by type, country and beneficiary, which add up to the change of welfare:

- *shippers* gain what generalised cost falls (time at the value of time, and charges): by the rule of half over the
  routes that exist in both cases, for old and diverted goods alike. A route that exists in one case only has no cost
  in the other; what it adds is the exact change of the logit's inclusive value, of which the part that is no
  difference of time or charge is ``choice``;
- *carriers* gain the charges that they take more (what shippers pay less is the same transfer) and the resource cost
  that they spend less;
- the *public* gains by carbon not emitted;
- *shippers* gain by waits that spread less. They choose routes by mean waits, so this is what all goods bear before less
  after, at the reliability ratio times the value of time for an hour of standard deviation along a route.

References
----------
Williams, On the formation of travel demand models and economic evaluation measures of user benefit, Environment and
Planning A 9 (1977). Kidokoro, Benefit estimation of transport projects, J. Transport Economics and Policy 38 (2004).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.flows import Assignment
from keruen.network import Network

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Gains = dict[tuple[str, str, str], float]
"""USD a year by type, country and beneficiary."""
Pair = tuple[str, str, str, str]
Arc = tuple[object, ...]


def arc_names(network: Network) -> list[Arc]:
    """Return a name of every arc that another build of a similar network gives it too."""
    s = network.structure

    def side(vertex: int) -> tuple[object, ...]:
        return int(s.vertex_mode[vertex]), float(s.vertex_gauge[vertex])

    return [
        (s.link_ids[s.arc_link[a]], bool(s.arc_forward[a]))
        if s.arc_link[a] >= 0
        else (s.node_ids[s.arc_node[a]], *side(int(s.tail[a])), *side(int(s.head[a])))
        for a in range(s.tail.size)
    ]


@dataclass(frozen=True, slots=True)
class _Moves:
    """The routes of one pair: share of its goods, and logarithm of the path size, by arcs; the empty route stays away."""

    tonnes: float
    row: int
    ban: int
    scale: float
    value_of_time: float
    stay: float
    shares: dict[tuple[int, ...], float]
    path_size: dict[tuple[int, ...], float]


class _Case:
    """One assignment with its arcs under common numbers; arrays are (n_union,)."""

    def __init__(self, found: Assignment, number: Mapping[Arc, int], variance: Floats | None) -> None:
        n, s = found.network, found.network.structure
        own = np.array([number[name] for name in arc_names(n)], dtype=np.int64)
        self.size = len(number)

        def spread(values: Floats) -> Floats:
            wide = np.zeros((*values.shape[:-1], self.size))
            wide[..., own] = values
            return wide

        self.open = np.zeros(self.size, dtype=np.bool_)
        self.open[own] = n.enabled & (n.capacity[s.arc_capacity] > 0.0)
        self.banned = np.zeros((s.bans.shape[0], self.size), dtype=np.bool_)
        self.banned[:, own] = s.bans
        self.time = spread(n.time + n.service_time + found.delay)
        self.charge = spread(n.charge)
        self.variance = spread(np.zeros(s.tail.size) if variance is None else variance)
        self.preference = spread(n.preference)
        volume = found.class_volume
        self.resource = spread(volume.sum(axis=0) * n.resource_cost)
        self.carbon = spread(volume.sum(axis=0) * n.emission) / 1000.0
        self.revenue = spread((volume * n.charge).sum(axis=0))
        self.moves = self._moves(found, own)

    @staticmethod
    def _moves(found: Assignment, own: NDArray[np.int64]) -> dict[Pair, _Moves]:
        n, s, f, r = found.network, found.network.structure, found.freight, found.routes
        ends = found.ends(f.pairs)
        moves: dict[Pair, _Moves] = {}
        arcs, flow = own[r.arcs].tolist(), found.solution.flow.tolist()
        for i, key in enumerate(zip(*ends.values(), strict=True)):
            d = int(f.pairs[i])
            row = int(s.demand_class[d])
            shares: dict[tuple[int, ...], float] = {}
            size: dict[tuple[int, ...], float] = {}
            for p in range(int(r.first[i]), int(r.first[i + 1])):
                route = tuple(arcs[int(r.arc_start[p]) : int(r.arc_start[p + 1])])
                shares[route] = shares.get(route, 0.0) + flow[p] / float(f.demand[i])
                size[route] = float(r.bonus[p])
            last = int(r.first[i + 1]) - 1
            moves[key] = _Moves(
                float(f.demand[i]), row, int(s.demand_ban[d]), float(n.scale[row]), float(n.value_of_time[row]),
                float(r.fixed[last]) * float(n.value_of_time[row]), shares, size,
            )  # fmt: skip
        return moves

    def allows(self, move: _Moves, route: tuple[int, ...]) -> bool:
        """Whether a route can be taken in this case."""
        at = list(route)
        return bool(self.open[at].all() and not self.banned[move.ban, at].any())

    def cost(self, move: _Moves, route: tuple[int, ...]) -> float:
        """Generalised cost of a route [USD/t]."""
        if not route:
            return move.stay
        at = list(route)
        money = self.charge[move.row, at] + self.preference[move.row, at]
        return float(money.sum() + move.value_of_time * self.time[move.row, at].sum())


def gains(
    without: Assignment,
    within: Assignment,
    *,
    carbon_price: tuple[float, float],
    choke: Mapping[str, float],
    variance: tuple[Floats, Floats] | None = None,
    reliability_ratio: Mapping[str, float] | None = None,
) -> Gains:
    """Return what the second assignment is worth above the first.

    Parameters
    ----------
    without, within
        The same year without and with the change.
    carbon_price
        Low and high [USD/t CO2].
    choke
        Cost at which goods that have a route in one case only would stay at home, by commodity [USD/t].
    variance
        Variance of the time on each arc, without and with, (n_arcs,) each [h2]; None where it is not known.
    reliability_ratio
        Value of an hour's standard deviation over the value of an hour, by commodity.

    Returns
    -------
    dict
        USD a year by type (``time``, ``charge``, ``reliability``, ``choice``, ``generated``, ``resource_cost``, ``co2``,
        ``co2_high``), country (of the arc; of the origin for ``generated``) and beneficiary. All but ``co2_high`` add up to the
        change of welfare.
    """
    names, country = _union(without.network, within.network)
    spreads = (None, None) if variance is None else variance
    before, after = _Case(without, names, spreads[0]), _Case(within, names, spreads[1])
    total: dict[tuple[str, str, str], list[float]] = defaultdict(list)

    def by_country(kind: str, who: str, values: Floats) -> None:
        for arc in np.flatnonzero(values):
            total[kind, country[arc], who].append(float(values[arc]))

    by_country("charge", "carriers", after.revenue - before.revenue)
    by_country("resource_cost", "carriers", before.resource - after.resource)
    low, high = carbon_price
    by_country("co2", "public", low * (before.carbon - after.carbon))
    by_country("co2_high", "public", (high - low) * (before.carbon - after.carbon))
    time, charge, choice = np.zeros(len(names)), np.zeros(len(names)), np.zeros(len(names))
    nodes = dict(zip(without.network.structure.node_ids, without.network.structure.node_country, strict=True))
    nodes |= dict(zip(within.network.structure.node_ids, within.network.structure.node_country, strict=True))
    logit = without.model == "logit"
    for key in sorted(set(before.moves) | set(after.moves)):
        old, new = before.moves.get(key), after.moves.get(key)
        if old is not None and new is not None:
            stayed = _pair(before, after, old, new, logit, time, charge, choice)
        else:
            stayed = _generated(before, old, choke[key[2]], -1.0) + _generated(after, new, choke[key[2]], 1.0)
        if stayed:
            total["generated", nodes[key[0]], "shippers"].append(stayed)
    reliable = np.zeros(len(names))
    for case, sign in ((before, 1.0), (after, -1.0)):
        _add_spread(case, sign, reliability_ratio or {}, reliable)
    by_country("reliability", "shippers", reliable)
    by_country("time", "shippers", time)
    by_country("charge", "shippers", charge)
    by_country("choice", "shippers", choice)
    return {key: math.fsum(values) for key, values in sorted(total.items())}


def arc_countries(network: Network) -> list[str]:
    """Return the country in which each arc lies: its link's, or its node's."""
    s = network.structure
    links = dict(network.tables["link"].select("link_id", "country").iter_rows())
    return [
        links[s.link_ids[s.arc_link[a]]] if s.arc_link[a] >= 0 else s.node_country[s.arc_node[a]]
        for a in range(s.tail.size)
    ]


def _add_spread(case: _Case, sign: float, ratio: Mapping[str, float], to: Floats) -> None:
    """Add what goods bear because waits spread to arcs, each by its part of the route's variance.

    Waits at different places are independent, so variances add up along a route and standard deviations do not.
    """
    for key, move in case.moves.items():
        worth = sign * ratio.get(key[2], 0.0) * move.value_of_time * move.tonnes
        if not worth:
            continue
        for route, share in move.shares.items():
            at = list(route)
            parts = case.variance[at]
            whole = float(parts.sum())
            if whole > 0.0:
                # An arc may stand twice in a route, so each visit is added by itself.
                np.add.at(to, at, worth * share * parts / math.sqrt(whole))


def _union(one: Network, other: Network) -> tuple[dict[Arc, int], list[str]]:
    """Number the arcs of both networks, and say in which country each lies."""
    number: dict[Arc, int] = {}
    country: list[str] = []
    for network in (one, other):
        for name, where in zip(arc_names(network), arc_countries(network), strict=True):
            if name not in number:
                number[name] = len(number)
                country.append(where)
    return number, country


def _generated(case: _Case, move: _Moves | None, choke: float, sign: float) -> float:
    """Return half of what goods without a route in the other case save below the cost that kept them at home."""
    if move is None:
        return 0.0
    saved = sum(share * max(choke - case.cost(move, r), 0.0) for r, share in move.shares.items() if r)
    return sign * 0.5 * move.tonnes * saved


def _pair(
    before: _Case,
    after: _Case,
    old: _Moves,
    new: _Moves,
    logit: bool,
    time: Floats,
    charge: Floats,
    choice: Floats,
) -> float:
    """Add the gains of one pair's shippers to arcs; return what those gain who stayed at home in one case.

    Three steps: off the routes that only the first case has, along the change of cost of the routes that both have
    (rule of half), on to the routes that only the second has. The first and last are changes of the inclusive value.
    """
    tonnes = 0.5 * (old.tonnes + new.tonnes)
    gone = {r for r in old.shares if not after.allows(new, r)}
    fresh = {r for r in new.shares if not before.allows(old, r)}
    s0, s1, middle0, middle1 = old.shares, new.shares, old.shares, new.shares
    worth = 0.0
    if not logit:
        middle0 = middle1 = {}
    elif gone or fresh:
        # The smaller choice set is what both cases have; routes that overlap count by their path sizes within it.
        size = {r: x for r, x in new.path_size.items() if r not in fresh} if gone else {}
        size |= {r: x for r, x in old.path_size.items() if r not in gone} if fresh else {}
        first, middle0 = _inclusive(before, old, size)
        last, middle1 = _inclusive(after, new, size)
        worth = first - _inclusive(before, old, old.path_size)[0]
        worth += _inclusive(after, new, new.path_size)[0] - last
        if len(size) == 1:
            worth, middle0, middle1 = 0.0, {}, {}
    stayed = moved = 0.0
    for route in sorted({*s0, *s1, *middle0, *middle1}):
        a, m0 = s0.get(route, 0.0), middle0.get(route, 0.0)
        b, m1 = s1.get(route, 0.0), middle1.get(route, 0.0)
        half = 0.5 * (m0 + m1)
        if not route:
            # To stay away costs the same in both cases.
            stayed += (a - m0 + m1 - b) * old.stay
            moved += (a - m0 + m1 - b) * old.stay
            continue
        at = list(route)
        for case, move, weight in ((before, old, a - m0 + half), (after, new, m1 - b - half)):
            if weight:
                time[at] += tonnes * weight * move.value_of_time * case.time[move.row, at]
                charge[at] += tonnes * weight * case.charge[move.row, at]
                choice[at] += tonnes * weight * case.preference[move.row, at]
        moved += (a - m0) * before.cost(old, route) if a != m0 else 0.0
        moved += (m1 - b) * after.cost(new, route) if m1 != b else 0.0
    if middle0 and (gone or fresh):
        share = {r: s0.get(r, 0.0) + s1.get(r, 0.0) for r in sorted(gone | fresh)}
        total = math.fsum(share.values())
        for route, part in share.items():
            # A route is new by an arc that opened; where a ban alone was lifted, by all of them.
            arcs = [i for i in route if before.open[i] != after.open[i]] or list(route)
            weight = part / total if total else 1.0 / len(share)
            choice[arcs] += tonnes * (worth - moved) * weight / len(arcs)
    return tonnes * stayed


def _inclusive(
    case: _Case, move: _Moves, size: Mapping[tuple[int, ...], float]
) -> tuple[float, dict[tuple[int, ...], float]]:
    """Return what a choice set is worth [USD/t], and the shares of its routes, at the costs of a case."""
    routes = sorted(size)
    fit = np.array([size[r] - move.scale * case.cost(move, r) for r in routes])
    best = float(fit.max())
    weight = np.exp(fit - best)
    total = float(weight.sum())
    return (best + math.log(total)) / move.scale, dict(zip(routes, (weight / total).tolist(), strict=True))
