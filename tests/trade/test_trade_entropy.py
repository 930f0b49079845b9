"""Demand of maximum entropy: closed forms, iterative proportional fitting as the rival, and what holds for any totals."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.trade.entropy import maximum_entropy

TIGHT = 1e-9
"""Slack of tests that compare with an exact answer."""


def table(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a prior table and margins that agree with one another."""
    draw = np.random.default_rng(seed)
    prior = draw.gamma(1.0, 1.0, (rows, columns))
    truth = prior * draw.gamma(4.0, 0.25, (rows, columns))
    return prior, truth.sum(axis=1), truth.sum(axis=0)


def margins(rows: int, columns: int) -> sp.csr_array:
    """Return which cells of a table each row and column total counts."""
    return sp.csr_array(
        np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])
    )


def test_one_total_scales_what_it_counts_and_leaves_the_rest() -> None:
    fit = maximum_entropy(
        np.array([10.0, 30.0, 7.0]),
        sp.csr_array([[1.0, 1.0, 0.0]]),
        np.array([20.0]),
        np.array([20.0]),
        slack=TIGHT,
    )
    assert fit.flow == pytest.approx([5.0, 15.0, 7.0])
    assert np.exp(fit.multiplier[0]) == pytest.approx(0.5)


def test_what_fits_already_is_left_as_it_is() -> None:
    prior = np.array([10.0, 30.0])
    fit = maximum_entropy(prior, sp.csr_array([[1.0, 1.0]]), np.array([35.0]), np.array([41.0]))
    assert fit.flow.tolist() == prior.tolist()
    assert fit.multiplier.tolist() == [0.0]


@pytest.mark.parametrize(("low", "high", "nearest"), [(50.0, 60.0, 50.0), (10.0, 20.0, 20.0)])
def test_an_interval_is_met_at_its_nearer_end(low: float, high: float, nearest: float) -> None:
    fit = maximum_entropy(
        np.array([10.0, 30.0]), sp.csr_array([[1.0, 1.0]]), np.array([low]), np.array([high]), slack=TIGHT
    )
    assert fit.total[0] == pytest.approx(nearest, rel=1e-6)


def test_a_share_of_a_flow_pulls_by_its_share() -> None:
    """Flow i becomes prior * exp(share * multiplier): Van Zuylen and Willumsen (1980), equation 15."""
    share = np.array([1.0, 0.25])
    fit = maximum_entropy(
        np.array([4.0, 8.0]), sp.csr_array(share[None, :]), np.array([9.0]), np.array([9.0]), slack=TIGHT
    )
    assert fit.flow == pytest.approx(np.array([4.0, 8.0]) * np.exp(share * fit.multiplier[0]))
    assert share @ fit.flow == pytest.approx(9.0, rel=1e-6)


def test_margins_give_what_iterative_proportional_fitting_gives() -> None:
    prior, by_row, by_column = table(12, 9, seed=4)
    total = np.concatenate([by_row, by_column])
    fit = maximum_entropy(prior.ravel(), margins(12, 9), total, total, slack=1e-8)
    rival = prior.copy()
    for _ in range(4000):  # Deming and Stephan (1940)
        rival *= (by_row / rival.sum(axis=1))[:, None]
        rival *= by_column / rival.sum(axis=0)
    assert fit.flow.reshape(12, 9) == pytest.approx(rival, rel=1e-5)


def test_totals_that_contradict_are_each_missed_a_little() -> None:
    both = sp.csr_array([[1.0, 1.0], [1.0, 1.0]])
    fit = maximum_entropy(np.array([1.0, 1.0]), both, np.array([10.0, 12.0]), np.array([10.0, 12.0]))
    assert fit.total[0] == pytest.approx(fit.total[1])
    assert 10.0 < fit.total[0] < 12.0


@pytest.mark.parametrize(
    ("prior", "share", "low", "high", "words"),
    [
        ([-1.0], [[1.0]], [1.0], [2.0], "prior flow"),
        ([1.0], [[-1.0]], [1.0], [2.0], "share of a flow"),
        ([1.0], [[1.0]], [3.0], [2.0], "interval"),
        ([1.0], [[1.0]], [float("nan")], [2.0], "interval"),
        ([0.0], [[1.0]], [1.0], [2.0], "select no flow"),
    ],
)
def test_what_cannot_be_is_refused(
    prior: list[float], share: list[list[float]], low: list[float], high: list[float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        maximum_entropy(np.array(prior), sp.csr_array(share), np.array(low), np.array(high))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), n_flows=st.integers(1, 40), n_totals=st.integers(1, 12), width=st.floats(0.0, 0.3),
    scale=st.floats(1e-3, 1e8),
)  # fmt: skip
def test_totals_that_agree_are_met_and_the_answer_is_the_optimum(
    seed: int, n_flows: int, n_totals: int, width: float, scale: float
) -> None:
    draw = np.random.default_rng(seed)
    prior = draw.gamma(1.0, scale, n_flows) + 1e-9 * scale
    counts = (draw.random((n_totals, n_flows)) < 0.4).astype(np.float64)
    counts[np.arange(n_totals), draw.integers(0, n_flows, n_totals)] = 1.0
    truth = prior * np.exp(draw.normal(0.0, 1.0, n_flows))
    low, high = counts @ truth * (1.0 - width), counts @ truth * (1.0 + width)
    fit = maximum_entropy(prior, sp.csr_array(counts), low, high)
    # A total gives way by a thousandth of itself for each unit of its multiplier, and only in its own direction.
    room = (1.2e-3 * np.abs(fit.multiplier) + 1e-7) * high
    assert (fit.total >= low - room).all()
    assert (fit.total <= high + room).all()
    # Stationary: no total that lies inside pulls, and flows are the prior times the pulls of their totals.
    inside = (fit.total > low * (1 + 1e-6)) & (fit.total < high * (1 - 1e-6))
    assert np.abs(fit.multiplier[inside]).max(initial=0.0) < 1e-9
    assert fit.flow == pytest.approx(prior * np.exp(counts.T @ fit.multiplier), rel=1e-6)
    assert fit.multiplier @ (fit.total - low) <= fit.multiplier @ (high - low) + 1e-9 * scale
    # The order of totals does not matter, nor does the unit.
    turned = maximum_entropy(7.0 * prior, sp.csr_array(counts[::-1]), 7.0 * low[::-1], 7.0 * high[::-1])
    assert turned.flow == pytest.approx(7.0 * fit.flow, rel=1e-4)
