"""Route flows in proportion: one answer to who uses a link, whatever the solver happened to find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_flows_theory import grid, road

from keruen.errors import KeruenError
from keruen.flows import Equilibrium, equilibrium, proportional, select_road, stochastic
from keruen.formats import tntp
from keruen.formats.road import Road


def routes(found: Equilibrium) -> dict[tuple[int, tuple[int, ...]], float]:
    """Flow by pair and links."""
    owner = np.repeat(found.pairs, np.diff(found.first)).tolist()
    ways = [tuple(part.tolist()) for part in np.split(found.links, found.start[1:-1])]
    return dict(zip(zip(owner, ways, strict=True), found.flow.tolist(), strict=True))


def elsewhere(net: Road, gap: float) -> Equilibrium:
    """The same equilibrium, reached from the routes of a network with narrower links."""
    busiest = np.argsort(equilibrium(net, gap=1e-6).volume)[-8:]
    capacity = net.capacity.copy()
    capacity[busiest] *= 0.6
    return equilibrium(net, gap=gap, warm=equilibrium(replace(net, capacity=capacity), gap=1e-6))


def test_three_ways_of_known_shares_are_shared_alike() -> None:
    # sixty trips over three links at 1 + v/c: their volumes are as 1:2:3, and every pair splits so
    links = [(0, 2, 1.0, 0.0, 1.0, 1.0), (1, 2, 2.0, 0.0, 1.0, 1.0)]
    links += [(2, 3, 1.0, 1.0, c, 1.0) for c in (1.0, 2.0, 3.0)]
    links += [(3, 4, 1.0, 0.0, 1.0, 1.0), (3, 5, 1.0, 0.0, 1.0, 1.0)]
    net = road(links, [(0, 4, 6.0), (0, 5, 12.0), (1, 4, 18.0), (1, 5, 24.0)])
    found = proportional(equilibrium(net, gap=1e-13))
    for link, share in ((2, 1 / 6), (3, 2 / 6), (4, 3 / 6)):
        pairs, flow = select_road(found, link)
        assert dict(zip(pairs.tolist(), flow.tolist(), strict=True)) == pytest.approx(
            {i: share * net.trips[i] for i in range(4)}, rel=1e-6
        )


def test_segments_within_segments() -> None:
    """Two bridges one after the other, one trip a pair over both: routes are products of their shares."""
    links = [(0, 1, 1.0, 1.0, c, 1.0) for c in (1.0, 3.0)] + [(1, 2, 1.0, 1.0, c, 1.0) for c in (2.0, 3.0)]
    net = road(links, [(0, 2, 8.0), (0, 1, 4.0), (1, 2, 2.0)])
    found = routes(proportional(equilibrium(net, gap=1e-13)))
    # a route lists its links from its end
    for one, first in ((0, 0.25), (1, 0.75)):
        for two, second in ((2, 0.4), (3, 0.6)):
            assert found[0, (two, one)] == pytest.approx(8.0 * first * second, rel=1e-6)


def test_select_link_on_sioux_falls_has_one_answer(shared: Path) -> None:
    net = tntp.read(shared / "networks" / "SiouxFalls")
    plain = equilibrium(net, gap=1e-12), elsewhere(net, 1e-12)
    one, other = (routes(proportional(found)) for found in plain)
    # two solves agree on links but not on who uses them, until they are in proportion
    ways = [routes(found) for found in plain]
    assert max(abs(ways[0].get(k, 0.0) - ways[1].get(k, 0.0)) for k in ways[0]) > 100.0
    assert one.keys() == other.keys()
    assert max(abs(one[k] - other[k]) for k in one) < 1e-5
    # where routes of several pairs differ in the same two segments, all split alike
    split: dict[tuple[frozenset[int], frozenset[int]], list[float]] = {}
    by_pair: dict[int, list[tuple[int, ...]]] = {}
    for pair, way in one:
        by_pair.setdefault(pair, []).append(way)
    for pair, mine in by_pair.items():
        for a in mine:
            for b in mine:
                if a < b and min(one[pair, a], one[pair, b]) > 1e-6:
                    ends = frozenset(a) - frozenset(b), frozenset(b) - frozenset(a)
                    split.setdefault(ends, []).append(np.log(one[pair, a] / one[pair, b]))
    several = [shares for shares in split.values() if len(shares) > 1]
    assert len(several) > 20
    assert max(np.ptp(shares) for shares in several) < 1e-6


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_in_proportion_nothing_else_changes(seed: int) -> None:
    net = grid(seed, pairs=12)
    # a twin of every link makes ties
    doubled = Road(
        net.node_ids, *(np.concatenate([x, x]) for x in (net.tail, net.head, net.capacity, net.free_time, net.b, net.power)),
        np.concatenate([net.fixed, net.fixed]), 0, net.origin, net.destination, net.trips,
    )  # fmt: skip
    found = equilibrium(doubled, gap=1e-11)
    spread = proportional(found)
    assert spread.gap == found.gap
    served = np.add.reduceat(spread.flow, spread.first[:-1])
    np.testing.assert_allclose(served, net.trips[spread.pairs], rtol=1e-9)
    owner = np.repeat(np.arange(spread.flow.size), np.diff(spread.start))
    volume = np.bincount(spread.links, weights=spread.flow[owner], minlength=doubled.tail.size)
    np.testing.assert_allclose(volume, found.volume, rtol=1e-8, atol=1e-8)


def test_logit_is_spread_already() -> None:
    with pytest.raises(KeruenError, match="not listed"):
        proportional(stochastic(grid(1), 0.5))
