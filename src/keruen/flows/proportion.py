"""Which of the many route flows with the same link flows: those that spread every traveller alike over equal segments.

A deterministic equilibrium fixes link flows, not route flows. The condition of proportionality does: where two segments
with the same ends cost the same, all who reach them split between the two in one proportion, wherever they come from or go.
Then who uses a link has one answer. Moving flow between such segments leaves every link as full as it was, so costs
and gap stay what they were.

References
----------
Bar-Gera and Boyce, "Some amazing properties of road traffic network equilibria", Workshop on Network Science (2005);
Bar-Gera, "Traffic assignment by paired alternative segments", Transportation Research Part B 44 (2010), section 5;
Bar-Gera, "Primal method for determining the most likely route flows", Transportation Science 40 (2006).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from keruen.errors import KeruenError
from keruen.flows.road import Equilibrium, RoadNet
from keruen.flows.routes import add_up

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Hashes = NDArray[np.uint64]
Segment = tuple[int, ...]

STEPS, INNER = 100, 400
"""Newton steps after which the split is taken as it is, and most steps of conjugate gradients in each."""
EXACT = 1e-10
"""Share of a link's volume by which its routes may miss it."""
ALIKE, FINEST = 1000.0, 1e-10
"""Relative difference in cost up to which routes are alike: so many times the gap, and never less than the second."""
GROWTH = 4
"""Routes that may join, for each that was there: beyond it the rest stays without."""


def proportional(found: Equilibrium) -> Equilibrium:
    """Return the same equilibrium with its route flows in proportion over pairs of alternative segments.

    Parameters
    ----------
    found
        Flows of model ``ue`` or ``so``. The smaller their gap, the fewer segments are taken for equal that are not.

    Returns
    -------
    Equilibrium
        The same links, volumes and certificate. Routes that use the other of two equal segments join those that were kept.

    Raises
    ------
    KeruenError
        If the flows are those of a logit equilibrium, which are spread already and not listed.

    Examples
    --------
    Four trips from a and two from b reach c and go on to d by two links alike. However a solver splits them, half of
    each use the first.

    >>> import numpy as np
    >>> from keruen.flows import equilibrium, select_road
    >>> from keruen.formats.road import Road
    >>> two = Road(("a", "b", "c", "d"), np.array([0, 1, 2, 2], np.int32), np.array([2, 2, 3, 3], np.int32),
    ...            capacity=np.ones(4), free_time=np.ones(4), b=np.ones(4), power=np.ones(4), fixed=np.zeros(4),
    ...            first_through=0, origin=np.array([0, 1], np.int32), destination=np.array([3, 3], np.int32),
    ...            trips=np.array([4.0, 2.0]))
    >>> select_road(proportional(equilibrium(two, gap=1e-12)), 2)[1].round(6).tolist()
    [2.0, 1.0]
    """
    if found.model == "logit":
        raise KeruenError("routes of a logit equilibrium on roads are not listed: take model ue or so")
    pair = np.repeat(np.arange(found.pairs.size), np.diff(found.first))
    used = np.flatnonzero(found.flow > 0.0)
    start, links = _packed(used, found.start, found.sorted_links)
    pool = _Pool.of(pair[used], start, links, found.flow[used], found.order.size)
    pool.complete(sorted(_segments(found)))
    order = np.argsort(pool.pair, kind="stable")
    start, links = _packed(order, pool.start, pool.links)
    first = np.append(0, np.cumsum(np.bincount(pool.pair, minlength=found.pairs.size)))
    flow = _likeliest(first, start, links, pool.flow[order], found.order.size)
    return replace(found, first=first, start=start, sorted_links=links, flow=flow)


def _packed(kept: Longs, start: Longs, links: Ints) -> tuple[Longs, Ints]:
    """Return start and links of the kept routes alone, in their order."""
    length = np.diff(start)[kept]
    packed = np.append(0, np.cumsum(length))
    return packed, links[np.repeat(start[kept] - packed[:-1], length) + np.arange(packed[-1])]


@dataclass(slots=True)
class _Pool:
    """Routes that can be found by what they are made of: a route's hash is the sum of those of its pair and links."""

    pair: Longs
    start: Longs
    links: Ints
    flow: Floats
    of_link: Hashes
    of_pair: Hashes

    @classmethod
    def of(cls, pair: Longs, start: Longs, links: Ints, flow: Floats, n_links: int) -> _Pool:
        # the same numbers on every machine: a fixed seed of a fixed generator
        draw = np.random.Generator(np.random.PCG64(2010))
        of_link = draw.integers(0, 2**64, n_links, dtype=np.uint64)
        of_pair = draw.integers(0, 2**64, int(pair.max(initial=-1)) + 1, dtype=np.uint64)
        return cls(pair, start, links, flow, of_link, of_pair)

    def hashes(self) -> tuple[Hashes, Hashes]:
        """Return the sum of links before each entry, (n_entries + 1,), and the hash of each route."""
        before = np.zeros(self.links.size + 1, dtype=np.uint64)
        np.cumsum(self.of_link[self.links], out=before[1:])
        return before, before[self.start[1:]] - before[self.start[:-1]] + self.of_pair[self.pair]

    def route(self, p: int) -> Segment:
        """Return the links of a route."""
        return tuple(self.links[self.start[p] : self.start[p + 1]].tolist())

    def complete(self, segments: list[tuple[Segment, Segment]]) -> None:
        """Let every route over one of two segments alike have its twin over the other."""
        most = GROWTH * self.flow.size
        while True:
            new = self._missing(segments)
            if not new or self.flow.size + len(new) > most:
                return
            self._add(new)

    def _missing(self, segments: list[tuple[Segment, Segment]]) -> list[tuple[int, Segment]]:
        """Return pair and links of the twins that are not there."""
        before, route = self.hashes()
        ranked, by_link = np.sort(route), np.argsort(self.links, kind="stable")
        first = np.searchsorted(self.links[by_link], np.arange(self.of_link.size + 1))
        owner = np.repeat(np.arange(self.flow.size), np.diff(self.start))
        new: dict[int, tuple[int, Segment]] = {}
        for segment in segments:
            one, other = ((way, np.uint64(self.of_link[list(way)].sum(dtype=np.uint64))) for way in segment)
            for (here, out), (there, into) in ((one, other), (other, one)):
                entry = by_link[first[here[0]] : first[here[0] + 1]]
                p = owner[entry]
                fits = self.start[p + 1] - entry >= len(here)
                p, entry = p[fits], entry[fits]
                over = before[entry + len(here)] - before[entry] == out
                p, entry = p[over], entry[over]
                wanted = route[p] - out + into
                place = np.minimum(np.searchsorted(ranked, wanted), ranked.size - 1)
                for i in np.flatnonzero(ranked[place] != wanted).tolist():
                    way, at = self.route(int(p[i])), int(entry[i] - self.start[p[i]])
                    twin = way[:at] + there + way[at + len(here) :]
                    if len(set(twin)) == len(twin):
                        new[int(wanted[i])] = int(self.pair[p[i]]), twin
        return list(new.values())

    def _add(self, new: list[tuple[int, Segment]]) -> None:
        self.pair = np.append(self.pair, [pair for pair, _ in new])
        ends = self.start[-1] + np.cumsum([len(way) for _, way in new])
        self.start = np.append(self.start, ends)
        self.links = np.append(self.links, np.array([a for _, way in new for a in way], dtype=np.int32))
        self.flow = np.append(self.flow, np.zeros(len(new)))


def _segments(found: Equilibrium) -> set[tuple[Segment, Segment]]:
    """Return each two ways alike by which cheapest routes of one origin part and meet again, links from end to start.

    One of them is a branch of the origin's tree, the other ends with a link that costs no more but is not in it. From any
    cheapest route, exchanges of such segments one after the other lead to the one that follows the tree.
    """
    road, n = found.road, len(found.road.node_ids)
    net = RoadNet.of(road, found.model == "so")
    cost = net.costs(found.volume[found.order])[0]
    tail, head = road.tail[found.order], road.head[found.order]
    tie = max(ALIKE * found.gap, FINEST)
    origin = road.origin[found.pairs]
    segments: set[tuple[Segment, Segment]] = set()
    for root, tree in zip(found.origin.tolist(), found.trees, strict=True):
        far = _distances(tree, tail, cost)
        far[(tree < 0) & (np.arange(n) != root)] = np.inf
        with np.errstate(invalid="ignore"):
            more = far[tail] + cost - far[head]
        alike = (more <= tie * far[head]) & ((tail >= road.first_through) | (tail == root)) & (head != root)
        ways: dict[int, list[int]] = {}
        for a in np.flatnonzero(alike).tolist():
            ways.setdefault(int(head[a]), []).append(a)
        # only what lies on the way to where its trips go
        ahead = np.unique(road.destination[found.pairs[origin == root]]).tolist()
        seen = set(ahead)
        while ahead:
            node = ahead.pop()
            into = int(tree[node])
            for a in ways.get(node, ()):
                if int(tail[a]) not in seen:
                    seen.add(int(tail[a]))
                    ahead.append(int(tail[a]))
                pair = _apart(into, a, tree, tail) if a != into else None
                if pair is not None:
                    segments.add(pair)
    return segments


def _distances(tree: Ints, tail: Ints, cost: Floats) -> Floats:
    """Return the cost from the root of a tree to each node; 0 where the tree does not lead."""
    here = np.arange(tree.size)
    far = np.where(tree >= 0, cost[tree], 0.0)
    up = np.where(tree >= 0, tail[tree], here)
    while (up != up[up]).any():
        far, up = far + far[up], up[up]
    return far


def _apart(one: int, other: int, tree: Ints, tail: Ints) -> tuple[Segment, Segment] | None:
    """Return the ways back from two links into one node to where they part, the smaller first; None in a circle."""
    here, there = [one], [other]
    node = int(tail[one])
    at = {node: 1}
    while tree[node] >= 0:
        here.append(int(tree[node]))
        node = int(tail[here[-1]])
        at[node] = len(here)
    node = int(tail[other])
    while node not in at:
        if tree[node] < 0:
            return None
        there.append(int(tree[node]))
        node = int(tail[there[-1]])
    first, second = sorted((tuple(here[: at[node]]), tuple(there)))
    return (first, second) if not set(first) & set(second) else None


def _likeliest(first: Longs, start: Longs, links: Ints, flow: Floats, n_links: int) -> Floats:
    """Return the flows of greatest entropy over routes that load every link and serve every pair as ``flow`` does.

    They are ``trips * exp(-sum of mu over the links)`` over the pair's sum of these, with a ``mu`` for each link, so two
    segments split in one proportion everywhere. The ``mu`` make a convex dual function least, by Newton steps whose systems
    are solved by conjugate gradients: sums alone, in one order.
    """
    n_pairs, n_routes = first.size - 1, flow.size
    pair = np.repeat(np.arange(n_pairs), np.diff(first))
    owner = np.repeat(np.arange(n_routes), np.diff(start))
    # links that all routes of a pair share say nothing of its choice
    key = pair[owner] * n_links + links
    _, which, times = np.unique(key, return_inverse=True, return_counts=True)
    tells = times[which] < np.diff(first)[pair[owner]]
    owner, links = owner[tells], links[tells]
    if not owner.size:
        return flow
    trips = add_up(pair, flow, n_pairs)
    volume = add_up(links, flow[owner], n_links)
    size = np.maximum(volume, 1e-6 * volume.max())

    def loaded(mu: Floats) -> tuple[Floats, Floats]:
        weight = -add_up(owner, mu[links], n_routes)
        weight = np.exp(weight - np.maximum.reduceat(weight, first[:-1])[pair])
        now = (trips / np.add.reduceat(weight, first[:-1]))[pair] * weight
        return now, add_up(links, now[owner], n_links) - volume

    mu = np.zeros(n_links)
    now, over = loaded(mu)
    for _ in range(STEPS):
        if float(np.max(np.abs(over) / size)) <= EXACT:
            break

        def curved(x: Floats, now: Floats = now) -> Floats:
            along = add_up(owner, x[links], n_routes)
            mean = add_up(pair, now * along, n_pairs) / trips
            return add_up(links, (now * (along - mean[pair]))[owner], n_links)

        step = _conjugate(curved, over, add_up(links, now[owner], n_links))
        rise, length = float(over @ step), 1.0
        while True:
            new, left = loaded(mu + length * step)
            if float(left @ step) >= -0.5 * rise or length < 1e-6:
                break
            length *= 0.5
        mu, now, over = mu + length * step, new, left
    return now


def _conjugate(curved: Callable[[Floats], Floats], right: Floats, scale: Floats) -> Floats:
    """Return an approximate solution of a consistent system whose matrix may be singular, scaled by its diagonal."""
    inverse = 1.0 / np.where(scale > 0.0, scale, 1.0)
    found, rest = np.zeros(right.size), right.copy()
    ahead = inverse * rest
    size = first = float(rest @ ahead)
    for _ in range(INNER):
        bent = curved(ahead)
        steep = float(ahead @ bent)
        if steep <= 0.0:
            break
        found += size / steep * ahead
        rest -= size / steep * bent
        last, size = size, float(rest @ (inverse * rest))
        if size <= 1e-6 * first:
            break
        ahead = inverse * rest + size / last * ahead
    return found
