"""What a short yearly series leads one to expect, by several models that disagree.

Announced quantities have two to fifteen yearly figures. No test can tell the right model from that, so four plain ones
speak and are averaged with equal weights (Clemen 1989; Stock and Watson 2004 on why estimated weights do worse):

* *naive*: stays where it is, with the scatter that it had;
* *drift*: goes on at its mean pace;
* *damped drift*: goes on at a pace that fades by a fifth every year (Gardner and McKenzie 1985);
* *trend*: follows the straight line through all points.

They work on the logarithm of the quantity (of the odds, for a percentage), so a pace is a growth rate. With few points
the scatter and the pace are pulled towards a prior, and the intervals are Student's t: one point gives a wide answer,
not none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

Floats = npt.NDArray[np.float64]
Scale = Literal["log", "logit", "level"]

PRIOR_SCATTER = 0.25
"""Standard deviation of a year's change in logarithms, before the series is seen: the middle yearly change of announced
corridor and border figures is a fifth."""
PRIOR_POINTS = 2.0
"""Number of yearly changes that the prior scatter counts for."""
PRIOR_PACE = 0.03
"""Mean yearly pace in logarithms, before the series is seen."""
PRIOR_PACE_SPREAD = 0.12
"""Standard deviation of that pace between quantities."""
DAMPING = 0.8


def to_scale(values: Floats, scale: Scale) -> Floats:
    """Return values on the scale on which the models work."""
    if scale == "log":
        return np.log(values)
    if scale == "logit":
        share = np.clip(values / 100.0, 1e-4, 1.0 - 1e-4)
        return np.log(share / (1.0 - share))
    return values


def from_scale(values: Floats, scale: Scale) -> Floats:
    """Return values in the quantity's own unit."""
    if scale == "log":
        return np.exp(values)
    if scale == "logit":
        return 100.0 / (1.0 + np.exp(-values))
    return values


@dataclass(frozen=True, slots=True)
class Model:
    """One model's answer: a Student's t on the working scale.

    Parameters
    ----------
    name
        naive, drift, damped drift or trend.
    location, spread
        Centre and scale.
    freedom
        Degrees of freedom.
    """

    name: str
    location: float
    spread: float
    freedom: float

    def above(self, threshold: float) -> float:
        """Chance of ending above a threshold of the working scale."""
        return float(stdtr(self.freedom, (self.location - threshold) / self.spread))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What several models expect of one quantity in one year.

    Parameters
    ----------
    year
        Year that it is about.
    scale
        Working scale.
    models
        The models' answers.
    """

    year: int
    scale: Scale
    models: tuple[Model, ...]

    def quantile(self, share: float) -> float:
        """Value below which the averaged models put this share, in the quantity's unit."""
        low = min(m.location - 60.0 * m.spread for m in self.models)
        high = max(m.location + 60.0 * m.spread for m in self.models)
        for _ in range(80):
            middle = 0.5 * (low + high)
            below = 1.0 - math.fsum(m.above(middle) for m in self.models) / len(self.models)
            low, high = (middle, high) if below < share else (low, middle)
        return float(from_scale(np.array(0.5 * (low + high)), self.scale))

    def chances(self, threshold: float, *, above: bool = True) -> dict[str, float]:
        """Each model's chance of reaching ``threshold`` (of staying at or below it, when not ``above``)."""
        if self.scale == "log" and threshold <= 0.0:
            return {m.name: 1.0 if above else 0.0 for m in self.models}
        at = float(to_scale(np.array(threshold, dtype=np.float64), self.scale))
        return {m.name: m.above(at) if above else 1.0 - m.above(at) for m in self.models}

    def chance(self, threshold: float, *, above: bool = True) -> float:
        """The models' mean chance of reaching ``threshold``."""
        chances = self.chances(threshold, above=above)
        return math.fsum(chances.values()) / len(chances)


def choose_scale(values: Floats, unit: str) -> Scale:
    """Odds for percentages between 0 and 100, logarithms for what is positive, else the values as they are."""
    if unit == "%" and bool(((values > 0.0) & (values < 100.0)).all()):
        return "logit"
    return "log" if bool((values > 0.0).all()) else "level"


def forecast(years: Sequence[int], values: Sequence[float], year: int, *, unit: str = "") -> Forecast:
    """Return what to expect of a yearly series in a later year.

    Parameters
    ----------
    years, values
        The figures, one a year; gaps are allowed.
    year
        Year to look at, after the last.
    unit
        Unit of the values; ``%`` makes the models work on odds.

    Raises
    ------
    ValueError
        If there are no figures, a year comes twice, or ``year`` is not after the last.

    Examples
    --------
    Ten per cent a year for eight years, three years on:

    >>> grown = forecast(range(2016, 2025), [100 * 1.1**k for k in range(9)], 2027)
    >>> round(grown.quantile(0.5)), grown.chance(250.0) > 0.5 > grown.chance(300.0)
    (261, True)

    One figure gives a wide answer:

    >>> lone = forecast([2024], [100.0], 2027)
    >>> [round(lone.quantile(p), -1) for p in (0.1, 0.5, 0.9)]
    [40.0, 100.0, 270.0]
    """
    t = np.asarray(years, dtype=np.float64)
    v = np.asarray(values, dtype=np.float64)
    if t.size == 0 or t.size != v.size or np.unique(t).size < t.size:
        raise ValueError("a forecast needs figures of different years, one a year")
    order = np.argsort(t)
    t, v = t[order], v[order]
    h = float(year - t[-1])
    if h <= 0:
        raise ValueError(f"{year} is not after the last figure ({t[-1]:.0f})")
    scale = choose_scale(v, unit)
    y = to_scale(v, scale)
    # On the scale of levels a pace is in units; the prior then speaks of shares of the mean size.
    size = 1.0 if scale != "level" else max(float(np.abs(v).mean()), 1e-9)
    models = [_naive(t, y, h, size), _drift(t, y, h, size, 1.0), _drift(t, y, h, size, DAMPING)]
    if t.size >= 3:
        models.append(_trend(t, y, h, size))
    return Forecast(year, scale, tuple(models))


def _scatter(residuals: Floats, size: float) -> tuple[float, float]:
    """Posterior scatter of a year's change, and its degrees of freedom (inverse-gamma prior)."""
    freedom = PRIOR_POINTS + residuals.size
    prior = (PRIOR_SCATTER * size) ** 2
    return math.sqrt((PRIOR_POINTS * prior + float(residuals @ residuals)) / freedom), freedom


def _naive(t: Floats, y: Floats, h: float, size: float) -> Model:
    # Each change is divided by the root of its years: a random walk's scatter grows that way.
    steps = np.diff(y) / np.sqrt(np.diff(t))
    scatter, freedom = _scatter(steps, size)
    return Model("naive", float(y[-1]), scatter * math.sqrt(h), freedom)


def _pace(t: Floats, y: Floats, size: float) -> tuple[float, float, float, float]:
    """Posterior pace with its standard error, scatter and degrees of freedom."""
    span = float(t[-1] - t[0])
    raw = float(y[-1] - y[0]) / span if span > 0.0 else PRIOR_PACE * size
    steps = (np.diff(y) - raw * np.diff(t)) / np.sqrt(np.diff(t))
    scatter, freedom = _scatter(steps, size)
    seen = span / scatter**2
    before = 1.0 / (PRIOR_PACE_SPREAD * size) ** 2
    pace = (seen * raw + before * PRIOR_PACE * size) / (seen + before)
    return pace, math.sqrt(1.0 / (seen + before)), scatter, freedom


def _drift(t: Floats, y: Floats, h: float, size: float, damping: float) -> Model:
    pace, error, scatter, freedom = _pace(t, y, size)
    reach = h if damping == 1.0 else damping * (1.0 - damping**h) / (1.0 - damping)
    spread = math.sqrt(scatter**2 * h + (error * reach) ** 2)
    name = "drift" if damping == 1.0 else "damped drift"
    return Model(name, float(y[-1]) + pace * reach, spread, freedom)


def _trend(t: Floats, y: Floats, h: float, size: float) -> Model:
    centre = float(t.mean())
    moment = float(((t - centre) ** 2).sum())
    slope = float(((t - centre) * y).sum()) / moment
    residuals = y - y.mean() - slope * (t - centre)
    freedom = PRIOR_POINTS + t.size - 2
    prior = (PRIOR_SCATTER * size) ** 2
    variance = (PRIOR_POINTS * prior + float(residuals @ residuals)) / freedom
    at = float(t[-1]) + h
    spread = math.sqrt(variance * (1.0 + 1.0 / t.size + (at - centre) ** 2 / moment))
    return Model("trend", float(y.mean()) + slope * (at - centre), spread, freedom)
