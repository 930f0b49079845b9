"""Wide programmes: bounds from rough duals hold, dives and changes give plans that keep every limit."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_plans_design import best_of_all, random_problem

from keruen.plans import master as master_module
from keruen.plans.design import Planner, Progress, solve
from keruen.plans.inside import bound_at_duals, relax_inside
from keruen.plans.limits import project_rows, start_columns
from keruen.plans.master import Master
from keruen.plans.pool import ResourceUse

quiet = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@quiet
@given(st.integers(0, 10_000), st.floats(0.0, 3.0))
def test_a_bound_from_any_duals_is_never_above_the_best_plan(seed: int, factor: float) -> None:
    problem = replace(random_problem(np.random.default_rng(seed), 2, 3), targets=())
    best = best_of_all(problem)
    m = Master(problem)
    # Duals of the wrong size, and of the wrong sign where the seed says so, weaken the bound and never break it.
    m.relax()
    noise = np.random.default_rng(seed).normal(1.0, 0.3, m.dual.size)
    m.dual = m.dual * factor * noise
    m.price()
    assert bound_at_duals(m) <= best * (1.0 + 1e-7) + 1e-7
    assert bound_at_duals(m, whole=True) <= best * (1.0 + 1e-7) + 1e-7


@quiet
@given(st.integers(0, 10_000))
def test_interior_points_bound_as_well_as_the_simplex_method(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 3, 4)
    exact = Master(problem).relax()
    rough = relax_inside(Master(problem), np.inf, 60, True)
    assert rough <= exact + 1e-6 * abs(exact) + 1e-6
    assert rough >= exact - 0.02 * abs(exact) - 1e-6


@quiet
@given(st.integers(0, 10_000))
def test_a_wide_search_keeps_every_limit_and_costs_what_it_says(seed: int) -> None:
    q = replace(random_problem(np.random.default_rng(seed), 3, 4), targets=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(master_module, "WIDE", -1)
        plan = solve(q, gap=0.0)
    columns = start_columns(q)
    z = np.array([1.0 if plan.start[p] == s else 0.0 for p, s in columns])
    for row in project_rows(q, columns):
        assert float(row.coefficients @ z[row.columns]) <= row.upper + 1e-6, row.name
    assert plan.objective == pytest.approx(Planner(q).cost_of(plan.start), rel=1e-6)
    assert plan.bound <= best_of_all(q) * (1.0 + 1e-6) + 1e-7
    arriving = np.zeros_like(q.demand)
    np.add.at(arriving, (plan.route_period, plan.route_commodity), plan.route_flow)
    assert arriving + plan.unserved == pytest.approx(q.demand, abs=1e-6)


def test_a_limit_of_time_ends_the_root_too() -> None:
    q = random_problem(np.random.default_rng(3), 3, 5)
    told: list[Progress] = []
    began = time.monotonic()
    plan = solve(q, gap=0.0, seconds=1e-9, progress=told.append)
    assert plan.status == "stopped by the limit of time"
    assert plan.bound <= plan.objective
    assert plan.nodes == 0
    assert time.monotonic() - began < 60.0


@quiet
@given(st.integers(0, 10_000))
def test_uses_of_routes_equal_those_counted_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q = random_problem(rng, 2, 3)
    shared = replace(
        q, use_arc=np.concatenate([q.use_arc, q.use_arc[:2]]), use_resource=np.concatenate([q.use_resource, [0, 0]]),
        use_rate=np.concatenate([q.use_rate, [0.5, 2.0]]),
    )  # fmt: skip
    routes = [rng.integers(0, q.n_arcs, int(rng.integers(0, 5))).astype(np.int64) for _ in range(4)]
    slow: dict[tuple[int, int], float] = {}
    for i, arcs in enumerate(routes):
        for a in arcs:
            for used, r, rate in zip(shared.use_arc, shared.use_resource, shared.use_rate, strict=True):
                if used == a:
                    slow[i, int(r)] = slow.get((i, int(r)), 0.0) + float(rate)
    route, resource, amount = ResourceUse(shared).of_routes(routes)
    fast = {(int(i), int(r)): float(x) for i, r, x in zip(route, resource, amount, strict=True)}
    assert fast == pytest.approx(slow)
