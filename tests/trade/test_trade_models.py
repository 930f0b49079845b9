"""The forecasting engine against hand calculations and a slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from keruen.trade.models import (
    BUILT_IN,
    PACE,
    PACE_SPREAD,
    POINTS,
    SCATTER,
    Forecast,
    Model,
    forecast,
    forecasts,
)
from keruen.trade.statespace import Candidates, filtered


def by_name(f: Forecast) -> dict[str, Model]:
    return {m.name: m for m in f.models}


def test_naive_by_hand() -> None:
    steady = forecast([2020, 2021, 2022], [100.0, 110.0, 121.0], 2024)
    naive = by_name(steady)["naive"]
    assert tuple(by_name(steady)) == BUILT_IN
    assert naive.location == pytest.approx(np.log(121.0))
    # Both changes are ln 1.1: a weighted mean of their squares and the prior, and two years on twice as much.
    variance = (POINTS * SCATTER**2 + 2 * np.log(1.1) ** 2) / (POINTS + 2)
    assert naive.spreads[0] == pytest.approx(np.sqrt(2 * variance))
    assert naive.freedom == POINTS + 2


def test_drift_is_regression_of_the_changes() -> None:
    """Known shocks only: the pace is the conjugate normal mean of the yearly changes."""
    values = 100.0 * np.exp([0.0, 0.10, 0.15, 0.30])
    drift = by_name(forecast([2019, 2020, 2021, 2022], values.tolist(), 2023))["drift"]
    prior = 1.0 / PACE_SPREAD**2
    pace = (0.30 + prior * PACE) / (3.0 + prior)
    assert drift.location == pytest.approx(np.log(values[-1]) + pace)


@pytest.mark.parametrize("gap", [False, True])
def test_filter_equals_the_joint_normal(gap: bool) -> None:
    """The filter's prediction is that of the multivariate normal written out in full, for every model at once."""
    rng = np.random.default_rng(5)
    years = np.array([2010, 2011, 2013, 2014, 2017, 2018] if gap else range(2010, 2016))
    y = np.cumsum(rng.normal(0.05, 0.1, years.size)) + 4.0
    c = Candidates(*(np.array([v]) for v in (0.5, 0.2, 0.3, 0.4, 0.8, 0.6, 0.03, 0.7)))
    ahead = 3
    got = filtered(years, y, ahead, c, scatter=0.12, points=3.0)

    # Slow twin: y(t) = level0 + sum of slopes + sum of shocks + deviation + error, covariances by simulation-free sums.
    horizon = list(years - years[0]) + [int(years[-1] - years[0]) + h for h in (1, 2, 3)]
    n_steps = horizon[-1]
    # Every random source as a column: slope0, level shocks, slope shocks, deviation0, deviation shocks, errors.
    sources, variances, mean = [], [], np.zeros(len(horizon))

    def paths(
        slope0: float, level: np.ndarray, slope: np.ndarray, dev0: float, dev: np.ndarray
    ) -> np.ndarray:
        lv, sl, dv, out = 0.0, slope0, dev0, [dev0]
        for k in range(n_steps):
            lv, sl, dv = lv + sl + level[k], 0.8 * sl + slope[k], 0.6 * dv + dev[k]
            out.append(lv + dv)
        return np.array(out)[horizon]

    zero = np.zeros(n_steps)
    mean = paths(0.03, zero, zero, 0.0, zero)
    for k in range(n_steps):
        unit = np.eye(n_steps)[k]
        sources += [
            paths(0, unit, zero, 0, zero),
            paths(0, zero, unit, 0, zero),
            paths(0, zero, zero, 0, unit),
        ]
        variances += [0.5, 0.2, 0.3]
    sources += [paths(1.0, zero, zero, 0.0, zero), paths(0.0, zero, zero, 1.0, zero)]
    variances += [0.7**2, 0.3 / (1 - 0.36)]
    a = np.array(sources).T
    cov = a @ np.diag(variances) @ a.T + 0.4 * np.eye(len(horizon))
    # The level is unknown altogether: generalised least squares for it.
    n = years.size
    inv = np.linalg.inv(cov[:n, :n])
    one = np.ones(n)
    level0 = one @ inv @ (y - mean[:n]) / (one @ inv @ one)
    rest = y - mean[:n] - level0
    squares = rest @ inv @ rest
    sigma2 = (3 * 0.12**2 + squares) / (3 + n - 1)
    for h in range(ahead):
        k = cov[n + h, :n]
        location = mean[n + h] + level0 + k @ inv @ rest
        lack = 1.0 - k @ inv @ one
        variance = cov[n + h, n + h] - k @ inv @ k + lack**2 / (one @ inv @ one)
        assert got.location[h, 0] == pytest.approx(location)
        assert got.spread[h, 0] == pytest.approx(np.sqrt(sigma2 * variance))
    assert got.freedom == 3 + n - 1


def test_more_figures_narrow_the_answer_and_more_years_widen_it() -> None:
    def width(n: int, ahead: int) -> float:
        years = list(range(2024 - n + 1, 2025))
        f = forecast(years, [100 * 1.05**k for k in range(n)], 2024 + ahead)
        return f.quantile(0.9) / f.quantile(0.1)

    assert width(1, 3) > width(4, 3) > width(10, 3)
    assert width(5, 2) < width(5, 5) < width(5, 10)


def test_autoregression_returns_and_naive_stays() -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.1, 24)
    wave = [*(100.0 * np.exp(noise)).tolist(), 150.0]
    models = by_name(forecast(range(2000, 2025), wave, 2026))
    assert np.exp(models["naive"].location) == pytest.approx(150.0)
    assert np.exp(models["autoregression"].location) < 120.0
    assert np.exp(models["exponential smoothing"].location) < 125.0


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.1, 1e12), min_size=1, max_size=8), st.integers(1, 15), st.floats(1e-3, 1e13))
def test_chances_are_chances_and_fall_with_the_level(values: list[float], ahead: int, level: float) -> None:
    f = forecast(range(2000, 2000 + len(values)), values, 1999 + len(values) + ahead)
    assert 0.0 <= f.chance(level) <= 1.0
    assert f.chance(level) >= f.chance(2.0 * level)
    assert f.chance(level) + f.chance(level, above=False) == pytest.approx(1.0)
    low, middle, high = (f.quantile(q) for q in (0.1, 0.5, 0.9))
    assert low <= middle <= high
    assert min(f.middles().values()) * (1 - 1e-9) <= middle <= max(f.middles().values()) * (1 + 1e-9)
    assert f.chance(f.quantile(0.3)) == pytest.approx(0.7, abs=1e-6)


def test_a_percentage_stays_within_its_bounds_and_signs_are_kept() -> None:
    f = forecast([2020, 2022, 2024], [3.0, 4.5, 7.0], 2040, unit="%")
    assert f.scale == "logit"
    assert 0.0 < f.quantile(0.01) < f.quantile(0.99) < 100.0
    balance = forecast([2019, 2020, 2021, 2022], [1.0, -1.0, 1.0, -1.0], 2023)
    assert balance.scale == "level"
    assert balance.quantile(0.1) < 0.0 < balance.quantile(0.9)


def test_order_and_unit_of_the_figures_do_not_matter() -> None:
    a = forecast([2020, 2022, 2023], [10.0, 12.0, 15.0], 2027)
    b = forecast([2023, 2020, 2022], [15e6, 10e6, 12e6], 2027)
    assert a.chance(20.0) == pytest.approx(b.chance(20e6))


def test_a_path_passes_through_the_single_years() -> None:
    path = forecasts([2020, 2021, 2023], [10.0, 12.0, 11.0], 2026)
    assert [f.year for f in path] == [2024, 2025, 2026]
    assert path[1].quantile(0.9) == forecast([2020, 2021, 2023], [10.0, 12.0, 11.0], 2025).quantile(0.9)


def test_mixture_quantile_of_one_component_is_the_students() -> None:
    f = Forecast(2030, "level", (Model("naive", (2.0,), (3.0,), (1.0,), 7.0),))
    assert f.quantile(0.9) == pytest.approx(2.0 + 3.0 * student.ppf(0.9, 7.0))


@pytest.mark.parametrize(
    ("years", "values", "year", "models"),
    [
        ([], [], 2025, BUILT_IN),
        ([2024, 2024], [1.0, 2.0], 2025, BUILT_IN),
        ([2024], [1.0], 2024, BUILT_IN),
        ([2023, 2024], [1.0, float("nan")], 2025, BUILT_IN),
        ([2023, 2024], [1.0, 2.0], 2025, ("prophecy",)),
        ([2023, 2024], [1.0, 2.0], 2025, ()),
    ],
)
def test_unusable_requests_are_refused(
    years: list[int], values: list[float], year: int, models: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError):
        forecast(years, values, year, models=models)
