"""What a short yearly series leads one to expect, by several models that disagree.

Announced quantities have two to thirty yearly figures. No test can tell the right model from that, so plain ones speak
and are averaged with equal weights (Clemen 1989; Stock and Watson 2004 on why estimated weights do worse):

* *naive*: stays where it is, with the scatter that it had;
* *drift*: goes on at its mean pace;
* *exponential smoothing*: a level seen through errors that drifts (the Theta method; Hyndman and Billah 2003);
* *damped trend*: a level and a pace that both wander, the pace fading (Gardner and McKenzie 1985);
* *autoregression*: returns to a straight line, as fast as it used to.

All work on the logarithm of the quantity (of the odds, for a percentage), so that a pace is a growth rate, and are
solved by one filter (:mod:`keruen.trade.statespace`). Unknown parameters of a model are averaged over a grid by how
well they explain the series. With few points scatter and pace are pulled towards a prior, and the predictions are
Student's t: one point gives a wide answer, not none. With the extra ``trade`` two models of statsmodels can join.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from keruen.trade.statespace import Candidates, filtered, weights

Floats = npt.NDArray[np.float64]
Scale = Literal["log", "logit", "level"]

SCATTER = 0.16
"""Standard deviation of a year's change in logarithms, before the series is seen: between the tenth of trade and output and
the quarter of young corridors."""
POINTS = 1.5
"""Number of yearly changes that this scatter counts for: little, since quantities differ that much."""
PACE = 0.03
"""Mean yearly pace in logarithms, before the series is seen."""
PACE_SPREAD = 0.6
"""Standard deviation of that pace between quantities, in units of the scatter."""

BUILT_IN = ("naive", "drift", "exponential smoothing", "damped trend", "autoregression")
"""The models that are averaged unless others are named."""
FROM_LIBRARY = ("ets", "arima")
"""Models of statsmodels, which the extra ``trade`` brings."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model's answer: a mixture of Student's t on the working scale.

    Parameters
    ----------
    name
        See :data:`BUILT_IN` and :data:`FROM_LIBRARY`.
    locations, spreads, shares
        Centre, scale and weight of each component.
    freedom
        Degrees of freedom.
    """

    name: str
    locations: tuple[float, ...]
    spreads: tuple[float, ...]
    shares: tuple[float, ...]
    freedom: float

    @property
    def location(self) -> float:
        """Mean on the working scale."""
        return math.fsum(w * m for w, m in zip(self.shares, self.locations, strict=True))

    def above(self, threshold: float) -> float:
        """Chance of ending above a threshold of the working scale."""
        z = (np.array(self.locations) - threshold) / np.array(self.spreads)
        return float(np.dot(self.shares, stdtr(self.freedom, z)))


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
        return _quantile(self.models, share, self.scale)

    def middles(self) -> dict[str, float]:
        """Each model's median, in the quantity's unit: the range between models."""
        return {m.name: _quantile((m,), 0.5, self.scale) for m in self.models}

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


def _quantile(models: Sequence[Model], share: float, scale: Scale) -> float:
    """Bisect the models' mean distribution, all components at once."""
    centre = np.array([m for model in models for m in model.locations])
    spread = np.array([s for model in models for s in model.spreads])
    weight = np.array([w for model in models for w in model.shares]) / len(models)
    freedom = np.repeat([m.freedom for m in models], [len(m.shares) for m in models])
    low, high = float((centre - 60.0 * spread).min()), float((centre + 60.0 * spread).max())
    for _ in range(60):
        middle = 0.5 * (low + high)
        below = float(np.dot(weight, stdtr(freedom, (middle - centre) / spread)))
        low, high = (middle, high) if below < share else (low, middle)
    return float(from_scale(np.array(0.5 * (low + high)), scale))


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
        return np.exp(np.minimum(values, 700.0))
    if scale == "logit":
        return 100.0 / (1.0 + np.exp(-values))
    return values


def choose_scale(values: Floats, unit: str) -> Scale:
    """Odds for percentages between 0 and 100, logarithms for what is positive, else the values as they are."""
    if unit == "%" and bool(((values > 0.0) & (values < 100.0)).all()):
        return "logit"
    return "log" if bool((values > 0.0).all()) else "level"


def forecast(
    years: Sequence[int], values: Sequence[float], year: int, *, unit: str = "", models: Sequence[str] = BUILT_IN
) -> Forecast:  # fmt: skip
    """Return what to expect of a yearly series in a later year.

    Parameters
    ----------
    years, values
        The figures, one a year; gaps are allowed.
    year
        Year to look at, after the last.
    unit
        Unit of the values; ``%`` makes the models work on odds.
    models
        Names of the models to average.

    Raises
    ------
    ValueError
        If there are no figures, a year comes twice, a value is not finite, ``year`` is not after the last, or a model
        is unknown.
    KeruenError
        If a model of :data:`FROM_LIBRARY` is wanted and its library is not installed.

    Examples
    --------
    Ten per cent a year for eight years, three years on:

    >>> grown = forecast(range(2016, 2025), [100 * 1.1**k for k in range(9)], 2027)
    >>> 240 < grown.quantile(0.5) < 290, grown.chance(225.0) > 0.5 > grown.chance(300.0)
    (True, True)

    One figure gives a wide answer:

    >>> lone = forecast([2024], [100.0], 2027)
    >>> [round(lone.quantile(p), -1) for p in (0.1, 0.5, 0.9)]
    [50.0, 110.0, 230.0]
    """
    return forecasts(years, values, year, unit=unit, models=models)[-1]


def forecasts(
    years: Sequence[int], values: Sequence[float], until: int, *, unit: str = "", models: Sequence[str] = BUILT_IN
) -> list[Forecast]:  # fmt: skip
    """Return what to expect in every year after the last figure up to ``until``.

    Parameters and errors are those of :func:`forecast`.
    """
    t = np.asarray(years, dtype=np.int64)
    v = np.asarray(values, dtype=np.float64)
    if t.size == 0 or t.size != v.size or np.unique(t).size < t.size or not np.isfinite(v).all():
        raise ValueError("a forecast needs finite figures of different years, one a year")
    unknown = sorted(set(models) - set(BUILT_IN) - set(FROM_LIBRARY))
    if unknown or not models:
        raise ValueError(
            f"no such model: {', '.join(unknown) or '(none)'}; known are {BUILT_IN + FROM_LIBRARY}"
        )
    order = np.argsort(t)
    t, v = t[order], v[order]
    ahead = int(until - t[-1])
    if ahead <= 0:
        raise ValueError(f"{until} is not after the last figure ({t[-1]})")
    scale = choose_scale(v, unit)
    y = to_scale(v, scale)
    # On the scale of levels a pace is in units; the prior then speaks of shares of the mean size.
    size = 1.0 if scale != "level" else max(float(np.abs(v).mean()), 1e-9)
    answers = _structural(t, y, ahead, size)
    if any(name in FROM_LIBRARY for name in models):
        from keruen.trade.library import library_models

        # A library's model needs some more points than parameters; below that it keeps silent.
        answers |= library_models(
            t, y, ahead, [m for m in models if m in FROM_LIBRARY], scatter=SCATTER * size
        )
    spoken = [answers[name] for name in models if name in answers]
    if not spoken:
        raise ValueError(f"the series of {t.size} figures is too short for {', '.join(models)}")
    return [Forecast(int(t[-1]) + h + 1, scale, tuple(a[h] for a in spoken)) for h in range(ahead)]


def _structural(t: npt.NDArray[np.int64], y: Floats, ahead: int, size: float) -> dict[str, list[Model]]:
    """Every built-in model's answers, by horizon."""
    candidates, slices = _grid()
    scaled = Candidates(
        candidates.level, candidates.slope, candidates.deviation, candidates.error,
        candidates.fading, candidates.persistence, candidates.pace * size, candidates.pace_spread,
    )  # fmt: skip
    found = filtered(t, y, ahead, scaled, scatter=SCATTER * size, points=POINTS)
    answers: dict[str, list[Model]] = {}
    for name, part in slices.items():
        shares = tuple(weights(found.evidence[part]).tolist())
        answers[name] = [
            Model(name, tuple(found.location[h, part]), tuple(found.spread[h, part]), shares, found.freedom)
            for h in range(ahead)
        ]
    return answers


@cache
def _grid() -> tuple[Candidates, Mapping[str, slice]]:
    """Candidates of all built-in models; variances are such that a year's change has variance one (slope apart)."""
    rows: list[tuple[float, ...]] = []
    slices: dict[str, slice] = {}

    def model(name: str, members: list[tuple[float, ...]]) -> None:
        slices[name] = slice(len(rows), len(rows) + len(members))
        rows.extend(members)

    # level, slope, deviation, error, fading, persistence, pace, pace spread
    model("naive", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)])
    model("drift", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, PACE, PACE_SPREAD)])
    model(
        "exponential smoothing",
        [(q, 0.0, 0.0, (1.0 - q) / 2.0, 1.0, 0.0, PACE, PACE_SPREAD) for q in (0.05, 0.2, 0.4, 0.7, 1.0)],
    )
    model(
        "damped trend",
        [
            (q, s, 0.0, (1.0 - q) / 2.0, f, 0.0, PACE, PACE_SPREAD)
            for q, s, f in product((0.3, 0.7, 1.0), (0.02, 0.1, 0.4), (0.6, 0.8, 0.95))
        ],
    )
    model(
        "autoregression",
        [(0.0, 0.0, (1.0 + r) / 2.0, 0.0, 1.0, r, PACE, PACE_SPREAD) for r in (0.2, 0.45, 0.7, 0.85, 0.95)],
    )
    columns = np.array(rows).T
    return Candidates(*columns), slices
