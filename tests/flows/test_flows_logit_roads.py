"""Logit on roads against closed forms and against a list of all routes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_flows_theory import grid, linear, road

from keruen.errors import KeruenError
from keruen.flows import equilibrium, select_road, stochastic
from keruen.formats.road import Road


def test_two_links_closed_form() -> None:
    # 10 + v against 15 + 2 w for four trips: ln(v / w) = scale * (cost of w - cost of v)
    found = stochastic(road([linear(0, 1, 10, 1), linear(0, 1, 15, 2)], [(0, 1, 4.0)]), 0.3, gap=1e-12)
    v, w = found.volume
    assert np.log(v / w) == pytest.approx(0.3 * ((15 + 2 * w) - (10 + v)), abs=1e-9)
    assert v + w == pytest.approx(4.0, rel=1e-14)


def test_a_sharp_scale_is_the_user_equilibrium() -> None:
    net = road([linear(0, 1, 10, 1), linear(0, 1, 15, 2)], [(0, 1, 50.0)])
    np.testing.assert_allclose(stochastic(net, 5.0, gap=1e-8).volume, equilibrium(net).volume, rtol=1e-2)


def slow_load(net: Road, scale: float, cost: np.ndarray) -> np.ndarray:
    """Return the loading by a list of all routes that only lead away from their origin."""
    volume = np.zeros(cost.size)
    empty = net.free_time
    for origin, destination, trips in zip(net.origin, net.destination, net.trips, strict=True):
        dist = np.full(len(net.node_ids), np.inf)
        dist[origin] = 0.0
        for _ in range(dist.size):
            np.minimum.at(dist, net.head, dist[net.tail] + empty)
        routes, open_ = [], [(int(origin), [])]
        while open_:
            at, links = open_.pop()
            if at == destination:
                routes.append(links)
                continue
            for a in np.flatnonzero(net.tail == at):
                if dist[net.head[a]] > dist[at]:
                    open_.append((int(net.head[a]), [*links, a]))
        weight = np.array([np.exp(-scale * cost[links].sum()) for links in routes])
        for links, share in zip(routes, weight / weight.sum(), strict=True):
            volume[links] += trips * share
    return volume


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.05, 0.5, 3.0]))
def test_flows_are_what_a_list_of_routes_loads_at_their_costs(seed: int, scale: float) -> None:
    net = grid(seed, size=3, pairs=5)
    found = stochastic(net, scale, gap=1e-10)
    assert found.stall == ""
    assert found.conservation < 1e-12
    np.testing.assert_allclose(slow_load(net, scale, found.cost), found.volume, rtol=1e-6, atol=1e-7)


def test_what_cannot_be_reached_is_listed_and_routes_are_not() -> None:
    found = stochastic(
        road([linear(0, 1, 1, 1), linear(2, 3, 1, 1)], [(0, 1, 2.0), (0, 3, 7.0), (2, 2, 1.0)]), 1.0
    )
    assert [f.row for f in found.findings] == ["0, 3"]
    assert found.volume.tolist() == [2.0, 0.0]
    with pytest.raises(KeruenError, match="not listed"):
        select_road(found, 0)
    with pytest.raises(ValueError, match="scale"):
        stochastic(road([linear(0, 1, 1, 1)], [(0, 1, 2.0)]), 0.0)


def test_no_trips_at_all() -> None:
    assert stochastic(road([linear(0, 1, 1, 1)], []), 1.0).volume.tolist() == [0.0]
