"""The chances of targets cut out of the past."""

from __future__ import annotations

import numpy as np
import pytest

from keruen.outlooks.backtest import back_test


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


def test_pseudo_targets_are_drawn_as_announcements_are() -> None:
    steady = {"s": (list(range(2000, 2020)), [100 * 1.05**k for k in range(20)])}
    easy = back_test(steady, asks=[(0.02, 5)] * 6, count=60)
    hard = back_test(steady, asks=[(0.30, 5)] * 6, count=60)
    assert easy.brier_rate == hard.brier_rate == 0.0, "all reached, none reached"
    assert easy.reliability[-1].happened == 1.0
    assert hard.reliability[0].happened == 0.0
    few = back_test(steady, asks=[(0.30, 5)], count=60)
    assert few == back_test(steady, count=60), "one announcement tells nothing"
