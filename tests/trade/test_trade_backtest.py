"""Calibration on the past: published series, written down with their source, and simulated ones of known truth."""

from __future__ import annotations

import numpy as np
import pytest

from keruen import load
from keruen.trade.backtest import RollingTest, interval_score, rolling_test
from keruen.trade.history import yearly

Series = dict[str, tuple[list[int], list[float]]]

# Federal Aviation Administration, Statistical handbook of aviation: revenue passenger-miles of United States airlines,
# million, 1937 to 1960, as printed in R. G. Brown (1963), Smoothing, forecasting and prediction, and in R's airmiles.
AIR = [412, 480, 683, 1052, 1385, 1418, 1634, 2178, 3362, 5948, 6109, 5981,
       6753, 8003, 10566, 12528, 14760, 16769, 19819, 22362, 25340, 25343, 29269, 30514]  # fmt: skip


def published() -> Series:
    """GDP of five countries (World Bank) and prices in the United States (BLS) from the reference model; air travel."""
    dataset = load("kazakhstan")
    found: Series = {
        h.series_id: (list(h.years), list(h.values))
        for h in yearly(dataset.with_tables(figure=dataset["figure"].clear())).values()
        if h.key[0] == "gdp"
    }
    prices = dataset["price_index"].sort("year")
    found["prices/USA"] = (prices["year"].to_list(), prices["value"].to_list())
    found["airlines/USA"] = (list(range(1937, 1961)), [float(v) for v in AIR])
    return found


def simulated(count: int = 4, years: int = 14, seed: int = 1) -> Series:
    """Series whose laws are known: walks with drift, lines with error, deviations that die out, wandering paces."""
    rng = np.random.default_rng(seed)
    span = list(range(2000, 2000 + years))
    found: Series = {}
    for i in range(count):
        steps = np.arange(years)
        walk = np.cumsum(rng.normal(rng.normal(0.04, 0.04), 0.10, years))
        line = rng.normal(0.04, 0.03) * steps + rng.normal(0.0, 0.08, years)
        level = np.cumsum(rng.normal(0.0, 0.05, years)) + rng.normal(0.0, 0.10, years)
        pace = np.cumsum(np.cumsum(rng.normal(0.0, 0.02, years)) + 0.04) + rng.normal(0.0, 0.05, years)
        for name, path in (("walk", walk), ("line", line), ("level", level), ("pace", pace)):
            found[f"simulated {name} {i}"] = (span, (100.0 * np.exp(path)).tolist())
    return found


def report(what: str, found: RollingTest) -> str:
    return f"{what}: {found.count} points, {found.within:.0%} within, score {found.score:.3f}, naive {found.score_naive:.3f}"


@pytest.mark.slow
def test_coverage_and_score_on_published_series() -> None:
    found = rolling_test(published())
    print(report("published", found))
    assert found.count >= 200
    assert 0.70 <= found.within <= 0.90
    assert found.score < found.score_naive


@pytest.mark.slow
def test_coverage_and_score_on_simulated_series() -> None:
    found = rolling_test(simulated())
    print(report("simulated", found))
    assert found.count >= 200
    assert 0.70 <= found.within <= 0.90
    assert found.score < found.score_naive


def test_the_count_of_held_out_points_by_hand() -> None:
    """Seven figures seen from the fifth on: after the fifth two are held out, after the sixth one."""
    found = rolling_test({"s": (list(range(2010, 2017)), [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6])}, horizons=3)
    assert found.count == 3
    assert [(h.ahead, h.count) for h in found.horizons] == [(1, 2), (2, 1)]


def test_interval_score_prefers_the_true_interval() -> None:
    """A proper score: on average nothing beats the quantiles of the law itself (Gneiting and Raftery 2007)."""
    draws = np.random.default_rng(2).normal(size=4000)

    def mean(half: float) -> float:
        return float(np.mean([interval_score(-half, half, x) for x in draws]))

    assert mean(1.2816) < min(mean(0.9), mean(1.8))


def test_a_past_is_needed() -> None:
    with pytest.raises(ValueError, match="more than 5 figures"):
        rolling_test({"short": ([2020, 2021], [1.0, 2.0])})
