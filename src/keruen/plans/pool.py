"""The routes that are known so far, and what they use of limited resources (a track section, a berth, a gate).

Receives routes as lists of arcs; hands on, for a batch of them or for all, the uses that the rows of a linear programme
are made of. A *use* is a movement on a resource: the routes of one movement share it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keruen.plans.problem import DesignProblem, Floats, Ints

Flags = npt.NDArray[np.bool_]


def expand(first: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the positions that compressed rows hold, one after the other, and which of ``rows`` each belongs to.

    Examples
    --------
    >>> at, of = expand(np.array([0, 2, 2, 5]), np.array([2, 0]))
    >>> at.tolist(), of.tolist()
    ([2, 3, 4, 0, 1], [0, 0, 0, 1, 1])
    """
    count = first[rows + 1] - first[rows]
    of = np.repeat(np.arange(rows.size), count)
    at = np.arange(of.size) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first[rows], count)
    return at, of


class ResourceUse:
    """Which arcs use which resources, by arc and by resource."""

    def __init__(self, q: DesignProblem) -> None:
        order = np.argsort(q.use_arc, kind="stable")
        self.arc = q.use_arc[order].astype(np.int64)
        self.resource = q.use_resource[order].astype(np.int64)
        self.rate = q.use_rate[order]
        self.first = np.searchsorted(self.arc, np.arange(q.n_arcs + 1)).astype(np.int64)
        self.by_resource = np.argsort(self.resource, kind="stable")
        self.first_of_resource = np.searchsorted(
            self.resource[self.by_resource], np.arange(q.n_resources + 1)
        ).astype(np.int64)
        self.n_resources, self.n_arcs = q.n_resources, q.n_arcs

    def of_routes(self, routes: list[Ints]) -> tuple[Ints, Ints, Floats]:
        """Return what routes use as three arrays, by route and then resource: route, resource, amount per unit."""
        arcs = np.concatenate([np.zeros(0, dtype=np.int64), *routes])
        length = np.array([r.size for r in routes], dtype=np.int64)
        at, of_arc = expand(self.first, arcs)
        route = np.repeat(np.arange(length.size), length)[of_arc]
        code, inverse = np.unique(route * self.n_resources + self.resource[at], return_inverse=True)
        amount: Floats = np.bincount(inverse, self.rate[at], minlength=code.size).astype(np.float64)
        return code // self.n_resources, code % self.n_resources, amount

    def tolls(self, scarcity: Floats) -> Floats:
        """Return what each arc's use of resources costs at their prices: (n_arcs,)."""
        toll: Floats = np.bincount(
            self.arc, self.rate * scarcity[self.resource], minlength=self.n_arcs
        ).astype(np.float64)
        return toll


@dataclass(frozen=True, slots=True)
class Batch:
    """Routes that were new.

    Parameters
    ----------
    pair : (n,)
        Movement of each.
    arcs
        Arcs of each.
    route, resource, amount : (n_uses,)
        What they use of limited resources; ``route`` counts within the batch.
    """

    pair: Ints
    arcs: list[Ints]
    route: Ints
    resource: Ints
    amount: Floats


class Pool:
    """Routes by movement (pair), with their uses of limited resources.

    Parameters
    ----------
    q
        The programme.
    period : (n_pairs,)
        Period of each movement.
    limited : (n_periods, n_resources)
        Whether a resource can ever bind.
    """

    def __init__(self, q: DesignProblem, period: Ints, limited: Flags) -> None:
        self.q, self.period, self.limited = q, period, limited
        self.uses = ResourceUse(q)
        self.pair: list[int] = []
        self.arcs: list[Ints] = []
        self.known: set[tuple[int, bytes]] = set()
        self._key_of = np.full((period.size, q.n_resources), -1, dtype=np.int32)
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        self._keys: list[Ints] = [none]
        self._n_keys = 0
        self._entries: list[tuple[Ints, Ints, Floats]] = [(none, none, nothing)]

    def add(self, routes: list[tuple[int, Ints]]) -> Batch:
        """Take in routes, leaving out those known and those that pass a node twice."""
        pair: list[int] = []
        arcs: list[Ints] = []
        for i, route in routes:
            key = (i, route.tobytes())
            if key in self.known or len(set(self.q.tail[route].tolist())) < route.size:
                continue
            self.known.add(key)
            pair.append(i)
            arcs.append(route.copy())
        of = np.array(pair, dtype=np.int64)
        route, resource, amount = self.uses.of_routes(arcs)
        may_bind = self.limited[self.period[of[route]], resource]
        route, resource, amount = route[may_bind], resource[may_bind], amount[may_bind]
        code = of[route] * self.q.n_resources + resource
        flat = self._key_of.reshape(-1)
        new = np.unique(code[flat[code] < 0])
        flat[new] = self._n_keys + np.arange(new.size)
        self._n_keys += new.size
        self._keys.append(new)
        self._entries.append((route + len(self.pair), flat[code].astype(np.int64), amount))
        self.pair += pair
        self.arcs += arcs
        return Batch(of, arcs, route, resource, amount)

    def keys(self) -> tuple[Ints, Ints]:
        """Movement and resource of each use."""
        if len(self._keys) > 1:
            self._keys = [np.concatenate(self._keys)]
        code = self._keys[0]
        return code // max(self.q.n_resources, 1), code % max(self.q.n_resources, 1)

    def entries(self) -> tuple[Ints, Ints, Floats]:
        """Route, use and amount per unit of flow of every entry."""
        if len(self._entries) > 1:
            r, k, a = zip(*self._entries, strict=True)
            self._entries = [(np.concatenate(r), np.concatenate(k), np.concatenate(a))]
        return self._entries[0]

    def __len__(self) -> int:
        return len(self.pair)


class Crowding:
    """What the flows of a point use of every limited resource."""

    def __init__(self, pool: Pool, flow: Floats, demand: Floats, capacity: Floats) -> None:
        self.route, self.key, self.rate = pool.entries()
        self.pair, self.resource = pool.keys()
        n = self.pair.size
        period = pool.period[self.pair]
        self.used = np.bincount(self.key, self.rate * flow[self.route], minlength=n)
        self.demand = demand[self.pair]
        self.standing = np.minimum(self.demand, capacity[period, self.resource])
        self.cell = period * capacity.shape[1] + self.resource
        self.total = np.bincount(self.cell, self.used, minlength=capacity.size)
        self._by_key = np.argsort(self.key, kind="stable")
        self._first = np.searchsorted(self.key[self._by_key], np.arange(n + 1))

    def entries(self, keys: Ints) -> tuple[Ints, Floats]:
        """Routes that the given uses are made of, with their rates."""
        at, _ = expand(self._first, keys)
        mine = self._by_key[at]
        return self.route[mine], self.rate[mine]

    def keys_of(self, cell: int) -> Ints:
        """Uses of one resource in one period."""
        return np.flatnonzero(self.cell == cell)

    def passed_twice(self) -> Flags:
        """Uses by some route that takes more than a unit: their strong row would not hold."""
        twice: Flags = np.bincount(self.key, self.rate > 1.0, minlength=self.pair.size) > 0
        return twice
