"""Trees that are mended, and years that are costed one by one, agree with doing everything anew."""

from __future__ import annotations

import numpy as np
import pytest

from keruen.plans.design import DesignProblem, Effect, Planner, Project
from keruen.plans.paths import refresh_trees


def all_distances(n: int, tail: np.ndarray, head: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Floyd and Warshall's method."""
    d = np.full((n, n), np.inf)
    np.minimum.at(d, (tail, head), price)
    np.fill_diagonal(d, 0.0)
    for k in range(n):
        d = np.minimum(d, d[:, [k]] + d[[k], :])
    return d


@pytest.mark.parametrize("seed", range(5))
def test_mended_trees_hold_the_cheapest_routes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = 25, 90
    tail, head = rng.integers(0, n, m), rng.integers(0, n, m)
    out = np.argsort(tail, kind="stable")
    first = np.searchsorted(tail[out], np.arange(n + 1))
    row, root = np.repeat(np.arange(2), n), np.tile(np.arange(n), 2)
    label, came = np.full((2 * n, n), np.inf), np.full((2 * n, n), -1)
    price, before = rng.uniform(1.0, 9.0, (2, m)), np.full((2, m), np.inf)
    for _ in range(15):
        price = price.copy()
        where = rng.integers(0, 2, 6), rng.integers(0, m, 6)
        price[where] = np.where(rng.random(6) < 0.3, np.inf, rng.integers(0, 9, 6))
        refresh_trees(first, out, tail, head, price, before, row, root, label, came)
        for r in range(2):
            np.testing.assert_allclose(label[row == r], all_distances(n, tail, head, price[r]))
        tree, node = np.nonzero(came >= 0)
        arc = came[tree, node]
        np.testing.assert_array_equal(head[arc], node)
        np.testing.assert_allclose(label[tree, tail[arc]] + price[row[tree], arc], label[tree, node])


@pytest.mark.parametrize("seed", range(4))
def test_years_one_by_one_cost_what_the_whole_programme_costs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m, n_periods, n_pairs, n_projects = 12, 50, 4, 15, 6
    origin = rng.integers(0, n, n_pairs)
    capacity = rng.integers(4, 12, m).astype(float)
    capacity[:3] = 0.0
    resource = np.concatenate([np.arange(3), rng.integers(3, m, n_projects - 3)])
    effects = [Effect(i, int(r), float(rng.integers(3, 9))) for i, r in enumerate(resource)]
    # One takes away while it is built.
    effects.append(Effect(4, int(resource[5]), -2.0, -1, -1))
    problem = DesignProblem(
        n_nodes=n, tail=rng.integers(0, n, m), head=rng.integers(0, n, m),
        cost=np.tile(rng.uniform(1.0, 9.0, m), (n_periods, 1, 1)), capacity=np.tile(capacity, (n_periods, 1)),
        use_arc=np.arange(m), use_resource=np.arange(m), use_rate=np.ones(m), origin=origin,
        destination=(origin + rng.integers(1, n, n_pairs)) % n, commodity_class=np.zeros(n_pairs, dtype=np.int64),
        demand=np.tile(rng.integers(1, 6, n_pairs).astype(float), (n_periods, 1)), penalty=np.full(n_pairs, 40.0),
        projects=tuple(Project(f"p{i}", 5.0 + i, duration=1, life=10.0) for i in range(n_projects)),
        effects=tuple(effects), discount=0.9 ** np.arange(n_periods),
    )  # fmt: skip
    planner, whole = Planner(problem), Planner(problem).master
    for _ in range(12):
        start = rng.integers(-1, n_periods - 1, n_projects)
        choice = np.array([1.0 if start[p] == s else 0.0 for p, s in whole.starts])
        assert planner.cost_of(start) == pytest.approx(whole.evaluate(choice), rel=1e-7)
