"""Near-optimal plans of a programme small enough to see all of them."""

from __future__ import annotations

import numpy as np
import pytest

from keruen.plans.alternatives import near_optimal
from keruen.plans.design import DesignProblem, Effect, Planner, Project


def ladder() -> DesignProblem:
    """Four movements, each by road at 10 or by an own railway at 2; three railways cost about the saving, one far less."""
    n = 4
    cost = np.concatenate([np.full(n, 10.0), np.full(n, 2.0)])
    return DesignProblem(
        n_nodes=2 * n, tail=np.tile(np.arange(n), 2), head=np.tile(np.arange(n) + n, 2),
        cost=np.tile(cost, (2, 1, 1)), capacity=np.tile(np.concatenate([np.full(n, np.inf), np.zeros(n)]), (2, 1)),
        use_arc=np.arange(2 * n), use_resource=np.arange(2 * n), use_rate=np.ones(2 * n),
        origin=np.arange(n), destination=np.arange(n) + n, commodity_class=np.zeros(n, dtype=np.int64),
        demand=np.ones((2, n)), penalty=np.full(n, np.inf),
        projects=tuple(Project(f"railway {i}", c) for i, c in enumerate([1.0, 15.5, 15.6, 15.7])),
        effects=tuple(Effect(i, n + i, 1.0) for i in range(n)), discount=np.ones(2),
    )  # fmt: skip


def test_at_least_five_that_differ_and_a_must_have() -> None:
    problem = ladder()
    planner = Planner(problem)
    best = planner.solve(gap=0.0)
    assert best.start.tolist() == [0, 0, 0, 0]
    assert best.objective == pytest.approx(4 * 4 + 1 + 15.5 + 15.6 + 15.7)
    found = near_optimal(planner, best, within=0.02 * best.objective, count=5)
    assert found.start.shape[0] >= 6
    assert len({row.tobytes() for row in found.start}) == found.start.shape[0]
    assert (found.cost <= 1.02 * best.objective + 1e-6).all()
    # Without railway 0 the cost rises by 15; the others may be left out for less than 2 %.
    assert found.must_have == (0,)
    assert found.can_wait == (1, 2, 3)
    for row, cost in zip(found.start, found.cost, strict=True):
        assert planner.cost_of(row) == pytest.approx(cost)


def test_nothing_differs_where_nothing_may_cost_more() -> None:
    planner = Planner(ladder())
    best = planner.solve(gap=0.0)
    found = near_optimal(planner, best, within=0.0)
    assert found.start.tolist() == [best.start.tolist()]
    assert found.must_have == (0, 1, 2, 3)
    assert found.can_wait == ()
