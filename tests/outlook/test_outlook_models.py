"""Forecasts of short series: their shape, their width and their score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.outlooks.backtest import back_test
from keruen.outlooks.models import Model, forecast


def test_naive_and_drift_by_hand() -> None:
    steady = forecast([2020, 2021, 2022], [100.0, 110.0, 121.0], 2023)
    by_name = {m.name: m for m in steady.models}
    assert set(by_name) == {"naive", "drift", "damped drift", "trend"}
    assert by_name["naive"].location == pytest.approx(np.log(121.0))
    # Both changes are ln 1.1: scatter^2 = (2 x 0.25^2 + 2 x ln(1.1)^2) / 4.
    scatter = np.sqrt((2 * 0.25**2 + 2 * np.log(1.1) ** 2) / 4)
    assert by_name["naive"].spread == pytest.approx(scatter)
    assert by_name["trend"].location == pytest.approx(np.log(133.1))
    assert np.log(121.0) < by_name["damped drift"].location < by_name["drift"].location < np.log(133.1)


def test_more_figures_narrow_the_answer_and_more_years_widen_it() -> None:
    def width(n: int, ahead: int) -> float:
        years = list(range(2024 - n + 1, 2025))
        f = forecast(years, [100 * 1.05**k for k in range(n)], 2024 + ahead)
        return f.quantile(0.9) / f.quantile(0.1)

    assert width(1, 3) > width(3, 3) > width(8, 3)
    assert width(4, 2) < width(4, 5) < width(4, 10)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.1, 1e12), min_size=1, max_size=8), st.integers(1, 15), st.floats(1e-3, 1e13))
def test_chances_are_chances_and_fall_with_the_level(values: list[float], ahead: int, level: float) -> None:
    f = forecast(range(2000, 2000 + len(values)), values, 1999 + len(values) + ahead)
    assert 0.0 <= f.chance(level) <= 1.0
    assert f.chance(level) >= f.chance(2.0 * level)
    assert f.chance(level) + f.chance(level, above=False) == pytest.approx(1.0)
    assert f.quantile(0.1) <= f.quantile(0.5) <= f.quantile(0.9)
    assert f.chance(f.quantile(0.3)) == pytest.approx(0.7, abs=1e-6)


def test_a_percentage_stays_within_its_bounds() -> None:
    f = forecast([2020, 2022, 2024], [3.0, 4.5, 7.0], 2040, unit="%")
    assert 0.0 < f.quantile(0.01) < f.quantile(0.99) < 100.0
    assert f.scale == "logit"


def test_values_of_either_sign_are_forecast_as_they_are() -> None:
    f = forecast([2020, 2021, 2022], [-1.0, 0.0, 1.0], 2023)
    assert f.scale == "level"
    assert 0.5 < f.quantile(0.5) < 2.5


def test_order_and_unit_of_the_figures_do_not_matter() -> None:
    a = forecast([2020, 2022, 2023], [10.0, 12.0, 15.0], 2027)
    b = forecast([2023, 2020, 2022], [15e6, 10e6, 12e6], 2027)
    assert a.chance(20.0) == pytest.approx(b.chance(20e6))


@pytest.mark.parametrize(
    ("years", "values", "year"), [([], [], 2025), ([2024, 2024], [1.0, 2.0], 2025), ([2024], [1.0], 2024)]
)
def test_unusable_series_are_refused(years: list[int], values: list[float], year: int) -> None:
    with pytest.raises(ValueError):
        forecast(years, values, year)


def test_student_tail() -> None:
    assert Model("naive", 0.0, 1.0, 4.0).above(0.0) == pytest.approx(0.5)
    assert Model("naive", 0.0, 1.0, 4.0).above(2.1318) == pytest.approx(0.05, abs=1e-4)


def walks(count: int, drift: float, scatter: float, seed: int) -> dict[str, tuple[list[int], list[float]]]:
    rng = np.random.default_rng(seed)
    return {
        f"s{i}": (
            list(range(2010, 2022)),
            (100 * np.exp(np.cumsum(rng.normal(rng.normal(drift, 0.03), scatter, 12)))).tolist(),
        )
        for i in range(count)
    }


def test_averaged_chances_beat_naive_where_things_grow_and_are_calibrated() -> None:
    scored = back_test(walks(60, 0.07, 0.2, 3), count=600, seed=2)
    assert scored.count == 600
    assert scored.brier < scored.brier_naive
    assert scored.brier < scored.brier_rate
    assert 0.72 <= scored.within <= 0.95
    assert sum(b.count for b in scored.reliability) == 600
    said = [b.said for b in scored.reliability]
    happened = [b.happened for b in scored.reliability]
    assert said == sorted(said)
    assert happened[-1] - happened[0] > 0.5


def test_back_test_is_repeatable_and_needs_a_past() -> None:
    series = walks(5, 0.03, 0.1, 1)
    assert back_test(series, count=50) == back_test(series, count=50)
    with pytest.raises(ValueError, match="three yearly figures"):
        back_test({"short": ([2020, 2021], [1.0, 2.0])})
