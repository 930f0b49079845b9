"""Equilibria whose answer is known from theory, and awkward networks."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from keruen.errors import InputError
from keruen.flows import Equilibrium, equilibrium, select_road
from keruen.formats.road import Road


def road(
    links: list[tuple[int, int, float, float, float, float]],
    trips: list[tuple[int, int, float]],
    **other: Any,
) -> Road:
    """Links are (tail, head, free time, b, capacity, power); trips are (origin, destination, number)."""
    ends = [v for a, b, *_ in (*links, *trips) for v in (a, b)]
    table = np.array(links, dtype=np.float64).reshape(-1, 6)
    wanted = np.array(trips, dtype=np.float64).reshape(-1, 3)
    made: dict[str, Any] = {
        "node_ids": tuple(str(i) for i in range(max(ends) + 1)),
        "tail": table[:, 0].astype(np.int32),
        "head": table[:, 1].astype(np.int32),
        "free_time": table[:, 2],
        "b": table[:, 3],
        "capacity": table[:, 4],
        "power": table[:, 5],
        "fixed": np.zeros(len(links)),
        "first_through": 0,
        "origin": wanted[:, 0].astype(np.int32),
        "destination": wanted[:, 1].astype(np.int32),
        "trips": wanted[:, 2],
    }
    return Road(**(made | other))


def linear(
    tail: int, head: int, constant: float, slope: float
) -> tuple[int, int, float, float, float, float]:
    """A link that costs ``constant + slope * volume``."""
    base = constant if constant > 0.0 else 1e-12
    return tail, head, base, slope / base, 1.0, 1.0


def test_braess_paradox() -> None:
    # six trips; with the middle link everyone takes it and pays 92, without it 83
    outer = [linear(0, 2, 0, 10), linear(0, 3, 50, 1), linear(2, 1, 50, 1), linear(3, 1, 0, 10)]
    with_middle = equilibrium(road([*outer, linear(2, 3, 10, 1)], [(0, 1, 6.0)]), gap=1e-12)
    without = equilibrium(road(outer, [(0, 1, 6.0)]), gap=1e-12)
    np.testing.assert_allclose(with_middle.volume, [4, 2, 2, 4, 2], atol=1e-10)
    assert with_middle.total_cost / 6 == pytest.approx(92.0, abs=1e-9)
    assert without.total_cost / 6 == pytest.approx(83.0, abs=1e-9)


def test_pigou() -> None:
    two = road([(0, 1, 1.0, 0.0, 1.0, 1.0), linear(0, 1, 0, 1)], [(0, 1, 1.0)])
    ue, so = equilibrium(two, gap=1e-12), equilibrium(two, model="so", gap=1e-12)
    np.testing.assert_allclose(ue.volume, [0, 1], atol=1e-9)
    np.testing.assert_allclose(so.volume, [0.5, 0.5], atol=1e-9)
    assert ue.total_cost / so.total_cost == pytest.approx(4 / 3, rel=1e-9)


@pytest.mark.parametrize("trips", [1.0, 4.0, 50.0])
def test_two_links_closed_form(trips: float) -> None:
    # 10 + v against 15 + 2 w
    two = road([linear(0, 1, 10, 1), linear(0, 1, 15, 2)], [(0, 1, trips)])
    ue = np.clip((5 + 2 * trips) / 3, 0, trips)
    so = np.clip((2.5 + 2 * trips) / 3, 0, trips)
    assert equilibrium(two, gap=1e-13).volume[0] == pytest.approx(ue, rel=1e-9)
    assert equilibrium(two, model="so", gap=1e-13).volume[0] == pytest.approx(so, rel=1e-9)


def test_symmetric_network_has_symmetric_flows() -> None:
    links = [(0, i, 1.0, 0.15, 5.0, 4.0) for i in (1, 2, 3)] + [
        (i, 4, 2.0, 0.15, 5.0, 4.0) for i in (1, 2, 3)
    ]
    found = equilibrium(road(links, [(0, 4, 30.0)]), gap=1e-13)
    np.testing.assert_allclose(found.volume, 10.0, rtol=1e-6)


def test_head_to_head_links_are_not_passable() -> None:
    found = equilibrium(road([(0, 1, 1.0, 0.0, 1.0, 1.0), (2, 1, 1.0, 0.0, 1.0, 1.0)], [(0, 2, 5.0)]))
    assert found.volume.tolist() == [0.0, 0.0]
    assert [f.row for f in found.findings] == ["0, 2"]


def test_disconnected_pairs_are_listed_and_the_rest_solved() -> None:
    links = [(0, 1, 1.0, 0.15, 1.0, 4.0), (2, 3, 1.0, 0.15, 1.0, 4.0)]
    found = equilibrium(road(links, [(0, 1, 2.0), (0, 3, 7.0)]))
    assert found.volume.tolist() == [2.0, 0.0]
    assert [f.row for f in found.findings] == ["0, 3"]
    assert found.conservation < 1e-15


def test_zero_time_links_duplicates_and_self_loops() -> None:
    links = [
        (0, 1, 0.0, 0.15, 1.0, 4.0), (1, 1, 0.0, 0.0, 1.0, 1.0), (1, 2, 1.0, 1.0, 1.0, 1.0), (1, 2, 1.0, 1.0, 1.0, 1.0),
        (2, 3, 0.0, 0.0, 1.0, 1.0),
    ]  # fmt: skip
    found = equilibrium(road(links, [(0, 3, 4.0)]), gap=1e-12)
    np.testing.assert_allclose(found.volume, [4, 0, 2, 2, 4], atol=1e-9)


def test_centroids_are_not_passed_through() -> None:
    # 0, 1, 2 are zones; the way through zone 1 is short, the one through node 3 long
    links = [
        (0, 1, 1.0, 0.0, 1.0, 1.0),
        (1, 2, 1.0, 0.0, 1.0, 1.0),
        (0, 3, 5.0, 0.0, 1.0, 1.0),
        (3, 2, 5.0, 0.0, 1.0, 1.0),
    ]
    blocked = equilibrium(road(links, [(0, 2, 1.0), (1, 2, 1.0)], first_through=3))
    assert blocked.volume.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert equilibrium(road(links, [(0, 2, 1.0)])).volume.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_no_demand_and_trips_within_a_zone() -> None:
    links = [(0, 1, 1.0, 0.15, 1.0, 4.0)]
    for trips in ([], [(0, 1, 0.0)], [(0, 0, 5.0)]):
        found = equilibrium(road(links, trips))
        assert (found.volume.tolist(), found.gap, found.stall) == ([0.0], 0.0, "")


def test_one_link_carries_everything_at_any_load() -> None:
    found = equilibrium(road([(0, 1, 1.0, 0.15, 1.0, 4.0)], [(0, 1, 1e6)]))
    assert found.volume.tolist() == [1e6]
    assert found.cost[0] == pytest.approx(1 + 0.15e24)


def test_a_capacity_of_zero_closes_a_link_that_congests() -> None:
    links = [(0, 1, 1.0, 0.15, 0.0, 4.0), (0, 1, 9.0, 0.15, 1.0, 4.0), (0, 1, 10.0, 0.0, 0.0, 4.0)]
    found = equilibrium(road(links, [(0, 1, 5.0)]), gap=1e-10)
    assert found.volume[0] == 0.0
    assert found.cost[0] == np.inf
    assert found.cost[1] == pytest.approx(10.0)


def test_every_bad_number_is_found_at_once() -> None:
    bad = road([(0, 1, -1.0, 0.15, 1.0, 4.0), (0, 1, 1.0, np.nan, 1.0, 4.0)], [(0, 1, -2.0)])
    with pytest.raises(InputError) as caught:
        equilibrium(bad)
    assert {f.column for f in caught.value.findings} == {"free_time", "b", "trips"}


def grid(seed: int, size: int = 4, pairs: int = 8) -> Road:
    """A random grid with two-way links and BPR costs of several powers."""
    rng = np.random.default_rng(seed)
    links = []
    for i in range(size * size):
        for j in (i + 1 if (i + 1) % size else -1, i + size):
            if 0 <= j < size * size:
                for a, b in ((i, j), (j, i)):
                    power = float(rng.choice([1.0, 2.5, 4.0]))
                    links.append((a, b, rng.uniform(1, 5), rng.uniform(0.1, 1), rng.uniform(2, 10), power))
    trips = [(*rng.choice(size * size, 2, replace=False), rng.uniform(1, 10)) for _ in range(pairs)]
    return road(links, trips)


def beckmann_by_descent(net: Road) -> float:
    """The slow twin: Beckmann's function minimised over link flows by origin, by a general convex solver."""
    n_nodes, n_links = len(net.node_ids), net.tail.size
    origins = sorted(set(net.origin.tolist()))
    incidence = np.zeros((n_nodes, n_links))
    incidence[net.head, np.arange(n_links)] += 1
    incidence[net.tail, np.arange(n_links)] -= 1
    blocks, needs = [], []
    for k, o in enumerate(origins):
        need = np.zeros(n_nodes)
        for origin, destination, trips in zip(net.origin, net.destination, net.trips, strict=True):
            if origin == o:
                need[destination] += trips
                need[o] -= trips
        block = np.zeros((n_nodes - 1, n_links * len(origins)))
        block[:, k * n_links : (k + 1) * n_links] = np.delete(incidence, o, axis=0)
        blocks.append(block)
        needs.append(np.delete(need, o))
    matrix, right = np.concatenate(blocks), np.concatenate(needs)

    def value(x: np.ndarray) -> tuple[float, np.ndarray]:
        v = np.maximum(x.reshape(len(origins), -1).sum(axis=0), 0.0)
        ratio = (v / net.capacity) ** net.power
        total = (net.free_time * v * (1 + net.b * ratio / (net.power + 1))).sum()
        return float(total), np.tile(net.free_time * (1 + net.b * ratio), len(origins))

    start = np.linalg.lstsq(matrix, right, rcond=None)[0]
    solved = minimize(
        value, np.maximum(start, 0.0), jac=True, method="SLSQP", bounds=[(0, None)] * matrix.shape[1],
        constraints={"type": "eq", "fun": lambda x: matrix @ x - right, "jac": lambda x: matrix},
        options={"maxiter": 500, "ftol": 1e-12},
    )  # fmt: skip
    return float(solved.fun)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_matches_a_general_convex_solver(seed: int) -> None:
    net = grid(seed, size=3, pairs=4)
    found = equilibrium(net, gap=1e-12)
    assert found.beckmann == pytest.approx(beckmann_by_descent(net), rel=1e-6)


def check(found: Equilibrium) -> None:
    """What must hold of every solution: routes sum to links, pairs to trips, and used routes cost the least."""
    owner = np.repeat(np.arange(found.flow.size), np.diff(found.start))
    volume = np.bincount(found.links, weights=found.flow[owner], minlength=found.volume.size)
    np.testing.assert_allclose(volume, found.volume, rtol=1e-12, atol=1e-9)
    pair = np.repeat(np.arange(found.pairs.size), np.diff(found.first))
    np.testing.assert_allclose(
        np.bincount(pair, weights=found.flow), found.road.trips[found.pairs], rtol=1e-12
    )
    assert (found.flow >= 0.0).all()
    assert found.conservation < 1e-12


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_flows_are_conserved_and_order_does_not_matter(seed: int) -> None:
    net = grid(seed)
    found = equilibrium(net, gap=1e-11)
    check(found)
    rng = np.random.default_rng(seed)
    order = rng.permutation(net.trips.size)
    again = equilibrium(
        Road(
            net.node_ids, net.tail, net.head, net.capacity, net.free_time, net.b, net.power, net.fixed, 0,
            net.origin[order], net.destination[order], net.trips[order],
        ),
        gap=1e-11,
    )  # fmt: skip
    np.testing.assert_allclose(found.volume, again.volume, rtol=1e-5, atol=1e-4)


def test_select_link_sums_to_the_flow() -> None:
    found = equilibrium(grid(3), gap=1e-10)
    for link in range(found.volume.size):
        pairs, flow = select_road(found, link)
        assert flow.sum() == pytest.approx(found.volume[link], rel=1e-12, abs=1e-9)
        assert set(pairs.tolist()) <= set(found.pairs.tolist())


def test_warm_start_reaches_the_same_flows() -> None:
    net = grid(5, size=6, pairs=40)
    base = equilibrium(net, gap=1e-12)
    busiest = int(np.argmax(base.volume))
    capacity = net.capacity.copy()
    capacity[busiest] = 0.0
    closed = Road(
        net.node_ids, net.tail, net.head, capacity, net.free_time, net.b, net.power, net.fixed, 0, net.origin,
        net.destination, net.trips,
    )  # fmt: skip
    cold, warm = equilibrium(closed, gap=1e-12), equilibrium(closed, gap=1e-12, warm=base)
    assert warm.volume[busiest] == 0.0
    np.testing.assert_allclose(cold.volume, warm.volume, rtol=1e-6, atol=1e-5)
    check(warm)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_warm_equals_cold_after_any_change(seed: int) -> None:
    """Links closed and opened, capacities and costs changed, pairs come, gone and grown: the flows are those of a cold solve."""
    rng = np.random.default_rng(seed)
    net = grid(seed, pairs=20)
    closed = net.capacity.copy()
    closed[rng.choice(closed.size, 2, replace=False)] = 0.0
    base = equilibrium(replace(net, capacity=closed), gap=1e-12)
    capacity = np.where(rng.random(closed.size) < 0.1, 1.3 * net.capacity, net.capacity)
    capacity[rng.choice(capacity.size, 3, replace=False)] = 0.0
    stay = rng.random(net.trips.size) < 0.8
    newcomer = rng.choice(16, (2, 3), replace=False).astype(np.int32)
    now = replace(
        net,
        capacity=capacity,
        free_time=net.free_time * rng.uniform(0.9, 1.1, net.free_time.size),
        origin=np.append(net.origin[stay], newcomer[0]),
        destination=np.append(net.destination[stay], newcomer[1]),
        trips=np.append(net.trips[stay], [1.0, 2.0, 3.0]) * rng.uniform(0.5, 1.5),
    )
    cold, warm = equilibrium(now, gap=1e-12), equilibrium(now, gap=1e-12, warm=base)
    assert warm.gap <= 1e-12
    np.testing.assert_allclose(cold.volume, warm.volume, rtol=1e-5, atol=1e-4)
    assert [f.row for f in warm.findings] == [f.row for f in cold.findings]
    check(warm)


def test_a_goal_beyond_arithmetic_stalls_and_says_so() -> None:
    found = equilibrium(grid(1), gap=1e-300)
    assert found.gap < 1e-12 or found.stall
    assert found.stall == "" or "pass" in found.stall


def test_origins_in_parts_reach_the_flows_of_whole_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    net = grid(7, size=6, pairs=60)
    whole = equilibrium(net, gap=1e-12)
    monkeypatch.setattr(sys.modules["keruen.flows.equilibrium"], "PER_BLOCK", 36 * 5)
    parts = equilibrium(net, gap=1e-12)
    assert parts.gap <= 1e-12
    np.testing.assert_allclose(parts.volume, whole.volume, rtol=1e-6, atol=1e-5)
    check(parts)
