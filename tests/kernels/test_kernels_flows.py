"""The compiled loops against their slow and obvious twins."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from keruen.flows.routes import compressed
from keruen.kernels import choice, delay, trees

KINDS = [
    (delay.CONSTANT, (3.0, 0.0, 1.0, 0.0)),
    (delay.BPR, (2.0, 0.15, 10.0, 4.0)),
    (delay.BPR, (2.0, 0.5, 10.0, 2.5)),
    (delay.BPR, (2.0, 0.5, 10.0, 1.0)),
    (delay.QUEUE, (1.0, 0.5, 10.0, 1.0)),
    (delay.QUEUE, (0.0, 0.5, 10.0, 6.0)),
    (delay.CAPACITY, (0.5, 2.0, 10.0, 0.0)),
]


@pytest.mark.parametrize(("kind", "p"), KINDS)
@pytest.mark.parametrize("v", [0.5, 4.0, 9.4, 9.6, 25.0])
def test_slope_and_integral_belong_to_the_cost(kind: int, p: tuple[float, ...], v: float) -> None:
    def cost(at: float) -> float:
        return float(delay.cost_slope(kind, *p, at, False)[0])

    step = 1e-5
    slope = delay.cost_slope(kind, *p, v, False)[1]
    assert slope == pytest.approx((cost(v + step) - cost(v - step)) / (2 * step), rel=1e-5, abs=1e-7)
    area = quad(cost, 0.0, v, points=[x for x in (9.5, 9.75) if x < v] or None, epsabs=1e-12, epsrel=1e-12)[0]
    assert delay.integral(kind, *p, v) == pytest.approx(area, rel=1e-8)


@pytest.mark.parametrize(("kind", "p"), KINDS[:-1])
@pytest.mark.parametrize("v", [0.5, 4.0, 9.4, 9.6, 25.0])
def test_marginal_cost_is_what_a_unit_adds_to_the_total(kind: int, p: tuple[float, ...], v: float) -> None:
    def total(at: float) -> float:
        return at * float(delay.cost_slope(kind, *p, at, False)[0])

    step = 1e-4
    marginal, slope = delay.cost_slope(kind, *p, v, True)
    assert marginal == pytest.approx((total(v + step) - total(v - step)) / (2 * step), rel=1e-6)
    ahead, behind = (delay.cost_slope(kind, *p, v + d, True)[0] for d in (step, -step))
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-4, abs=1e-7)


def test_queue_is_exact_for_one_exponential_server() -> None:
    # M/M/1: wait = s r / (1 - r)
    for r in (0.1, 0.5, 0.9):
        assert delay.cost_slope(delay.QUEUE, 0.0, 2.0, 1.0, 1.0, r, False)[0] == pytest.approx(
            2.0 * r / (1 - r)
        )


def test_queue_is_smooth_and_grows_beyond_saturation() -> None:
    at = np.array(
        [delay.cost_slope(delay.QUEUE, 0.0, 1.0, 1.0, 3.0, v, False) for v in np.linspace(0, 3, 301)]
    )
    assert (np.diff(at[:, 0]) > 0).all()
    assert np.isfinite(at).all()
    below, above = (delay.cost_slope(delay.QUEUE, 0.0, 1.0, 1.0, 3.0, 0.95 + d, False) for d in (-1e-9, 1e-9))
    assert below[0] == pytest.approx(above[0], rel=1e-6)
    assert below[1] == pytest.approx(above[1], rel=1e-6)


def slow_tree(
    tail: np.ndarray, head: np.ndarray, cost: np.ndarray, root: int, first_through: int, n: int
) -> np.ndarray:
    dist = np.full(n, np.inf)
    dist[root] = 0.0
    queue = [(0.0, root)]
    while queue:
        d, v = heapq.heappop(queue)
        if d > dist[v] or (v < first_through and v != root):
            continue
        for a in np.flatnonzero(tail == v):
            if d + cost[a] < dist[head[a]]:
                dist[head[a]] = d + cost[a]
                heapq.heappush(queue, (dist[head[a]], int(head[a])))
    return dist


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), first_through=st.integers(0, 5))
def test_trees_match_a_plain_dijkstra(seed: int, first_through: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = 12, 30
    tail, head = rng.integers(0, n, (2, m)).astype(np.int32)
    cost = rng.choice([0.0, 1.0, 2.5, np.inf], m)
    start, heads, arc = compressed(tail, head, n)
    dist, pred = np.empty(n), np.full(n, -1, np.int32)
    scratch = np.empty(2 * m + n), np.empty(2 * m + n, np.int32)
    trees.grow(start, heads, tail[arc], cost[arc], 3, first_through, dist, pred, *scratch)
    np.testing.assert_array_equal(dist, slow_tree(tail, head, cost, 3, first_through, n))
    for v in range(n):
        if np.isfinite(dist[v]) and v != 3:
            a = arc[pred[v]]
            assert head[a] == v
            assert dist[tail[a]] + cost[a] == dist[v]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), first_through=st.integers(0, 5))
def test_a_repaired_tree_is_a_new_tree(seed: int, first_through: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = 15, 45
    tail, head = rng.integers(0, n, (2, m)).astype(np.int32)
    start, heads, arc = compressed(tail, head, n)
    dist, pred = np.empty(n), np.full(n, -1, np.int32)
    scratch = np.empty(2 * m + n), np.empty(2 * m + n, np.int32)
    trees.grow(
        start, heads, tail[arc], rng.choice([0.0, 1.0, 2.5], m), 3, first_through, dist, pred, *scratch
    )
    for _ in range(3):
        cost = rng.choice([0.0, 1.0, 2.5, 4.0], m)
        trees.grow(start, heads, tail[arc], cost[arc], 3, first_through, dist, pred, *scratch)
        np.testing.assert_array_equal(dist, slow_tree(tail, head, cost, 3, first_through, n))
        for v in range(n):
            if np.isfinite(dist[v]) and v != 3:
                assert dist[tail[arc[pred[v]]]] + cost[arc[pred[v]]] == dist[v]


def problem(seed: int) -> tuple[np.ndarray, ...]:
    """Random pairs, routes and resources in the layout of the choice kernels."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5, 6)
    first = np.concatenate([[0], np.cumsum(counts)])
    uses = [np.sort(rng.choice(7, rng.integers(0, 5), replace=False)) for _ in range(first[-1])]
    start = np.concatenate([[0], np.cumsum([u.size for u in uses])])
    resource = np.concatenate(uses).astype(np.int32)
    fixed, bonus = rng.uniform(0, 3, first[-1]), -rng.uniform(0, 1, first[-1])
    draw = rng.choice([1.0, 0.4], resource.size)
    return first, start, resource, draw, fixed, bonus, rng.uniform(0.2, 2, 6), rng.uniform(1, 9, 6)


@pytest.mark.parametrize("seed", range(5))
def test_logit_load_and_its_sensitivity(seed: int) -> None:
    first, start, resource, draw, fixed, bonus, scale, demand = problem(seed)
    cost = np.random.default_rng(seed).uniform(0, 2, 7)

    def load(at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        route, share, volume = np.zeros(fixed.size), np.zeros(fixed.size), np.zeros(7)
        value = choice.load(
            first, start, resource, draw, fixed, bonus, scale, demand, at, route, share, volume
        )
        return value, share, volume

    def own(p: int) -> slice:
        return slice(start[p], start[p + 1])

    value, share, volume = load(cost)
    slow, total = np.zeros(7), 0.0
    for d in range(6):
        routes = range(first[d], first[d + 1])
        weight = [
            math.exp(bonus[p] - scale[d] * (fixed[p] + draw[own(p)] @ cost[resource[own(p)]])) for p in routes
        ]
        total -= demand[d] * math.log(sum(weight)) / scale[d]
        for p, w in zip(routes, weight, strict=True):
            slow[resource[own(p)]] += draw[own(p)] * demand[d] * w / sum(weight)
    np.testing.assert_allclose(volume, slow, rtol=1e-12)
    assert value == pytest.approx(total, rel=1e-12)

    slot = np.array([0, 1, -1, 2, 3, 4, 5])
    matrix = np.zeros((6, 6))
    choice.sensitivity(first, start, resource, draw, scale, demand, share, slot, matrix)
    step = 1e-6
    for r in np.flatnonzero(slot >= 0):
        up, down = cost.copy(), cost.copy()
        up[r] += step
        down[r] -= step
        derivative = (load(up)[2] - load(down)[2]) / (2 * step)
        np.testing.assert_allclose(-matrix[slot[r]], derivative[slot >= 0], atol=1e-7)


def test_path_size() -> None:
    # two copies of one route count for a half each, a lone route for one
    first = np.array([0, 3])
    start = np.array([0, 2, 4, 5])
    arcs = np.array([0, 1, 0, 1, 2], dtype=np.int32)
    size = np.zeros(3)
    choice.path_sizes(first, start, arcs, np.array([[1.0, 3.0, 2.0]]), np.zeros(1, dtype=np.int32), size)
    assert size.tolist() == [0.5, 0.5, 1.0]


def test_elimination_matches_a_library() -> None:
    rng = np.random.default_rng(1)
    matrix, right = rng.normal(size=(20, 20)), rng.normal(size=20)
    matrix[0, 0] = 0.0
    expected = np.linalg.solve(matrix, right)
    choice.eliminate(matrix, right)
    np.testing.assert_allclose(right, expected, rtol=1e-9)
