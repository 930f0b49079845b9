"""The engine against slow and obvious twins."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from keruen.figures.balance import balance
from keruen.figures.bounds import is_tree, propagated
from keruen.figures.claims import allowed, resolution
from keruen.figures.conflicts import mend
from keruen.figures.identities import Row
from keruen.figures.polytope import Polytope
from keruen.figures.quantity import Period, Quantity
from keruen.figures.rivals import ROBUST

INFINITY = math.inf


def system(seed: int, claims: int, spread: float) -> list[Row]:
    """Claims on four parts, their whole and one ratio; the wider the spread, the more they disagree."""
    rng = random.Random(seed)
    truth = [rng.uniform(1, 5) for _ in range(4)]
    values = [*truth, sum(truth)]
    rows = [
        Row(((4, 1.0), *((i, -1.0) for i in range(4))), -0.01, 0.01, identity="sum"),
        Row(((0, 1.0), (1, -0.9 * truth[0] / truth[1])), 0.0, INFINITY, identity="share"),
        Row(((0, 1.0), (1, -1.1 * truth[0] / truth[1])), -INFINITY, 0.0, identity="share"),
    ]
    for owner in range(claims):
        v = rng.randrange(5)
        centre = values[v] * rng.uniform(1 - spread, 1 + spread)
        half = 0.05 * values[v]
        rows.append(Row(((v, 1.0),), centre - half, centre + half, owner, centre=centre, sd=half))
    return rows


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 7))
def test_conflicts_and_repairs_equal_those_of_trying_every_subset(seed: int, claims: int) -> None:
    rows = system(seed, claims, 0.3)
    shape = Polytope(rows, dict.fromkeys(range(5), 3.0))
    owners = range(claims)
    rng = random.Random(seed)
    weight = {o: rng.choice([0.5, 1.0, 1.0, 2.0]) for o in owners}
    agree = {s: shape.agree(s) for n in range(claims + 1) for s in itertools.combinations(owners, n)}
    minimal = {
        s for s, ok in agree.items() if not ok and all(agree[tuple(x for x in s if x != drop)] for drop in s)
    }
    found = mend(shape, owners, weight, lambda repair: repair)
    assert set(found.conflicts) == minimal
    assert found.complete
    cost = {s: sum(weight[o] for o in owners if o not in s) for s, ok in agree.items() if ok}
    assert sum(weight[o] for o in found.aside) == pytest.approx(min(cost.values()))
    lightest = {frozenset(owners) - set(s) for s, c in cost.items() if c <= min(cost.values()) + 1e-9}
    assert found.aside in lightest


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_balance_equals_a_general_solver(seed: int) -> None:
    rows = [r for r in system(seed, 8, 0.04) if r.identity != "share"]
    shape = Polytope(rows, dict.fromkeys(range(5), 3.0))
    if not shape.agree(range(8)):
        return
    soft = [r for r in rows if r.sd > 0]
    start = dict.fromkeys(range(5), 3.0) | {r.terms[0][0]: r.centre for r in soft}
    stated = {r.terms[0][0] for r in soft}
    found = balance(rows, start, {r.owner: r.centre for r in soft})

    def cost(x: np.ndarray) -> float:
        residual = np.array([(x[r.terms[0][0]] - r.centre) / r.sd for r in soft])
        return float(np.sum(ROBUST**2 * (np.sqrt(1 + (residual / ROBUST) ** 2) - 1)))

    bounds = []
    for row in rows:
        for sign, end in ((1.0, row.high), (-1.0, -row.low)):
            bounds.append(
                {
                    "type": "ineq",
                    "fun": lambda x, r=row, s=sign, e=end: e - s * sum(a * x[v] for v, a in r.terms),
                }
            )
    twin = minimize(
        cost, [start[v] for v in range(5)], constraints=bounds, method="SLSQP", options={"ftol": 1e-12}
    )
    mine = np.array([found.estimates[v] for v in range(5)])
    assert cost(mine) <= cost(twin.x) + 1e-4
    if len(stated) == 5 and twin.success:
        assert mine == pytest.approx(twin.x, rel=5e-3)
    for row in rows:
        assert row.low - 1e-6 <= sum(a * mine[v] for v, a in row.terms) <= row.high + 1e-6


def test_a_large_part_is_balanced_on_sparse_arrays_as_a_small_one_on_plain_ones() -> None:
    # Five hundred parts told ten percent too low and their whole: each moves by its share of the gap.
    n = 500
    rows = [Row(((n, 1.0), *((i, -1.0) for i in range(n))), -1e-6, 1e-6, identity="sum")]
    rows += [Row(((i, 1.0),), 0.5, 1.5, i, centre=0.9, sd=0.1) for i in range(n)]
    rows.append(Row(((n, 1.0),), 0.0, 1e4, n, centre=float(n), sd=0.01))
    found = balance(rows, dict.fromkeys(range(n), 0.9) | {n: float(n)}, dict.fromkeys(range(n + 1), 0.9))
    parts = [found.estimates[i] for i in range(n)]
    assert sum(parts) == pytest.approx(found.estimates[n], rel=1e-6)
    assert parts == pytest.approx([parts[0]] * n)
    assert parts[0] == pytest.approx(1.0, abs=1e-4)
    assert len(found.rests_on[0]) == n + 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_bounds_on_a_tree_equal_those_of_linear_programs(seed: int) -> None:
    rows = [r for r in system(seed, 6, 0.03) if r.identity != "share"]
    shape = Polytope(rows, dict.fromkeys(range(5), 3.0))
    assert is_tree(rows)
    if not shape.agree(range(6)):
        return
    for v, ends in propagated(rows, range(5)).items():
        for mine, twin in zip(ends, shape.range(v), strict=True):
            assert (mine is None) == (twin is None)
            assert mine is None or mine == pytest.approx(twin, abs=1e-6)


def test_a_circle_of_identities_is_no_tree() -> None:
    assert not is_tree(system(1, 3, 0.1))


@pytest.mark.parametrize(
    ("value", "quote", "modifier", "low", "high"),
    [
        (27.4e9, "$27.4 billion", "exact", 27.35e9, 27.45e9),
        (20e9, "approached $20 billion", "lt_near", 18e9, 20.02e9),
        (65.9e9, "exceeded $65.9 billion", "gt", 65.83e9, 69.2e9),
        (23000.0, "more than 23,000 companies", "gt", 22977.0, 24150.0),
        (60000.0, "60,000 people", "exact", 58500.0, 61500.0),
        (60123.0, "60,123 people", "exact", 60122.5, 60123.5),
        (1.5, "1,5 km", "exact", 1.45, 1.55),
        (2.4e6, "2 400 000 t", "exact", 2.35e6, 2.45e6),
        (27.0, "27 projects", "exact", 26.5, 27.5),
    ],
)
def test_what_a_wording_allows(value: float, quote: str, modifier: str, low: float, high: float) -> None:
    found = allowed(value, None, None, modifier, quote, "t", countable="projects" in quote)
    assert found is not None
    assert found[1:3] == pytest.approx((low, high), rel=2e-3)


def test_a_corrected_value_is_as_precise_as_the_wording_that_it_corrects() -> None:
    assert resolution(13.7e9, "$27.4 billion", countable=False)[0] / 13.7e9 == pytest.approx(0.1 / 27.4)


@pytest.mark.parametrize("bad", [math.nan, math.inf, None])
def test_what_has_no_number_allows_nothing(bad: float | None) -> None:
    assert allowed(bad, None, None, "exact", "", "USD", countable=False) is None


@given(st.dates(), st.integers(0, 4000))
def test_periods_are_told_so_that_they_can_be_told_apart(start: object, days: int) -> None:
    first = start.toordinal()  # type: ignore[attr-defined]
    one, other = Period(first, first + days), Period(first, first + days + 1)
    if other.end <= 3652059:
        assert str(one) != str(other)


def test_identifiers_of_quantities() -> None:
    key = Quantity.of("trade", "RUS", "KAZ", None, Period(0, 0), "pledge", directed=True)
    assert str(key) == "trade/RUS/KAZ/-/-/pledge"
