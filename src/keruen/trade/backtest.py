"""How good the forecasts are: the past is cut off, year by year, and what the models said then is scored.

Receives yearly series whose ends are known; hands on the share of held-out years inside the stated interval and the
interval score (Gneiting and Raftery 2007, section 6.2), which charges for width as well as for misses, so that a wide
interval does not win.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keruen.trade.models import BUILT_IN, forecasts

TAIL = 0.1
"""Share left out on either side of the interval."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Scores at one distance.

    Parameters
    ----------
    ahead
        Years past the last figure seen.
    count
        Held-out figures.
    within
        Share of them inside the 80 % interval.
    score, score_naive
        Mean interval score of the averaged models and of the naive model, in shares of the last figure seen.
    """

    ahead: int
    count: int
    within: float
    score: float
    score_naive: float


@dataclass(frozen=True, slots=True)
class RollingTest:
    """Scores over all cuts.

    Parameters
    ----------
    count, within, score, score_naive
        As in :class:`Horizon`, over all distances.
    horizons
        The same by distance.
    """

    count: int
    within: float
    score: float
    score_naive: float
    horizons: tuple[Horizon, ...]


def interval_score(low: float, high: float, value: float, *, tail: float = TAIL) -> float:
    """Return the width of an interval, plus a charge for missing the value.

    Examples
    --------
    A miss by 1 costs 10 at an 80 % interval:

    >>> interval_score(0.0, 2.0, 1.0), interval_score(0.0, 2.0, 3.0)
    (2.0, 12.0)
    """
    return (high - low) + (max(low - value, 0.0) + max(value - high, 0.0)) / tail


def rolling_test(
    series: Mapping[str, tuple[Sequence[int], Sequence[float]]], *, horizons: int = 5, least: int = 5,
    units: Mapping[str, str] | None = None, models: Sequence[str] = BUILT_IN,
) -> RollingTest:  # fmt: skip
    """Cut every series after every figure from the ``least``-th on, and score what was forecast for what followed.

    Parameters
    ----------
    series
        Years and values by name.
    horizons
        Years past the cut to score.
    least
        Figures that the models must see.
    units
        Unit by name; ``%`` makes the models work on odds.
    models
        See :func:`keruen.trade.models.forecast`.

    Raises
    ------
    ValueError
        If no series has more than ``least`` figures.
    """
    rows: list[tuple[int, bool, float, float]] = []
    for name, (raw_years, raw_values) in sorted(series.items()):
        order = np.argsort(np.asarray(raw_years))
        years = np.asarray(raw_years)[order].tolist()
        values = np.asarray(raw_values, dtype=np.float64)[order].tolist()
        known, unit = dict(zip(years, values, strict=True)), (units or {}).get(name, "")
        for cut in range(least, len(years)):
            last = years[cut - 1]
            seen, until = (years[:cut], values[:cut]), last + horizons
            naive = forecasts(*seen, until, unit=unit, models=("naive",))
            for said, plain in zip(forecasts(*seen, until, unit=unit, models=models), naive, strict=True):
                if said.year not in known:
                    continue
                value, size = known[said.year], max(abs(values[cut - 1]), 1e-12)
                low, high = said.quantile(TAIL), said.quantile(1.0 - TAIL)
                score = interval_score(low, high, value) / size
                beside = interval_score(plain.quantile(TAIL), plain.quantile(1.0 - TAIL), value) / size
                rows.append((said.year - last, low <= value <= high, score, beside))
    if not rows:
        raise ValueError(f"no series has more than {least} figures, so nothing can be held out")
    by = [
        Horizon(h, *_scored([r for r in rows if r[0] == h]))
        for h in range(1, horizons + 1)
        if any(r[0] == h for r in rows)
    ]
    return RollingTest(*_scored(rows), tuple(by))


def _scored(rows: Sequence[tuple[int, bool, float, float]]) -> tuple[int, float, float, float]:
    n = len(rows)
    return (
        n,
        sum(r[1] for r in rows) / n,
        math.fsum(r[2] for r in rows) / n,
        math.fsum(r[3] for r in rows) / n,
    )
