"""Rows on cuts of the network hold for every plan that moves everything, and do bite."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_plans_design import best_of_all, random_problem

from keruen.formats.dow import FixedChargeInstance
from keruen.plans.cuts import rounded
from keruen.plans.design import Planner, solve
from keruen.plans.fixed_charge import fixed_charge_problem
from keruen.plans.master import Master

quiet = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@quiet
@given(st.integers(0, 100_000), st.booleans())
def test_a_rounded_row_holds_for_every_choice_that_opens_enough(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    room = rng.integers(1, 12, n).astype(float) if whole else rng.uniform(0.1, 9.0, n)
    need = float(rng.uniform(0.05, 1.0) * room.sum())
    x = np.clip(rng.uniform(-0.4, 1.4, n), 0.0, 1.0)
    violation, row, least = rounded(room, need, x)
    if violation > 0.0:
        assert least - row @ x == pytest.approx(violation)
    for z in product((0.0, 1.0), repeat=n):
        if room @ z >= need:
            assert row @ z >= least - 1e-6


def star(capacity: list[float], fixed: list[float]) -> FixedChargeInstance:
    """Parallel arcs from 0 to 1 that must carry 15."""
    n = len(capacity)
    zeros, ones = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.int64)
    return FixedChargeInstance(
        2,
        zeros,
        ones,
        np.zeros(n),
        np.array(capacity),
        np.array(fixed),
        zeros[:1],
        ones[:1],
        np.array([15.0]),
    )


def test_two_of_three_tracks_are_known_at_the_root() -> None:
    # In halves one and a half tracks would do: 150.
    problem = fixed_charge_problem(star([10.0, 10.0, 10.0], [100.0, 100.0, 100.0]))
    assert Master(problem).relax() == pytest.approx(200.0)
    loose = Master(problem)
    loose.cutsets.periods = []
    assert loose.relax() == pytest.approx(150.0)


@quiet
@given(st.integers(0, 10_000))
def test_the_root_bound_is_never_above_the_best_plan_that_moves_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 2, 3)
    problem = replace(problem, targets=())
    must = replace(problem, penalty=np.full(problem.n_commodities, np.inf))
    best = best_of_all(replace(problem, penalty=np.full(problem.n_commodities, 1e6)))
    if best < 1e5:
        assert Planner(must).bound() <= best * (1.0 + 1e-7) + 1e-7
        assert solve(must, gap=0.0).objective == pytest.approx(best, rel=1e-6)
