"""The hours of a year in one zone: how load, wind and sun go, where no measured hours are given.

Receives a zone's latitude and swings and a seed; hands on arrays of one value per hour. The sun follows its height over
the horizon under clouds that change from day to day; wind is a first-order autoregression of a normal score, read as a
Weibull speed and put through a turbine's power curve (Brown, Katz and Murphy, Journal of Climate and Applied Meteorology
23, 1984); load follows the cold and the evening. So the hours are typical and reproducible, not those of any real year.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr

Array = npt.NDArray[np.float64]

YEAR = 8760
WEEK = 168
_PERSISTENCE = 0.97
"""Correlation of a zone's wind from one hour to the next: a lull lasts one to two days."""
_COMMON = 0.4
"""Share of the variance of wind and clouds that all zones have in common."""
_CUT_IN, _RATED, _CUT_OUT = 3.0, 12.0, 25.0
"""Speeds [m/s] at which a turbine starts, reaches its capacity and stops."""
_COLDEST, _EVENING = 20, 19
"""Day of the year and hour of the day of the highest load."""


def sampled(weeks: int) -> npt.NDArray[np.int64]:
    """Return the hours of whole weeks spread evenly over the year.

    Examples
    --------
    >>> hours = sampled(4)
    >>> hours.size, hours[:2].tolist(), int(hours[168])
    (672, [0, 1], 2184)
    """
    if not 1 <= weeks <= 52:
        raise ValueError(f"{weeks} weeks; give 1 to 52")
    starts = (np.arange(weeks) * 52 // weeks) * WEEK
    return (starts[:, None] + np.arange(WEEK)).ravel()


def load(winter_swing: float, evening_swing: float) -> Array:
    """Return the load of each hour over its yearly mean (8760,)."""
    hour = np.arange(YEAR)
    season = 1.0 + winter_swing * np.cos(2.0 * np.pi * (hour / 24.0 - _COLDEST) / 365.0)
    day = 1.0 + evening_swing * np.cos(2.0 * np.pi * (hour % 24 - _EVENING) / 24.0)
    made = season * day
    return np.asarray(made / made.mean())


def sun(latitude: float, availability: float, clouds: Array) -> Array:
    """Return the output of solar plants over their capacity (8760,), with the yearly mean ``availability``.

    Parameters
    ----------
    latitude
        Degrees north.
    availability
        Mean over the year, 0 to below the share that clear skies would give.
    clouds : (365,)
        Normal scores of the days, from :func:`weather`.
    """
    hour = np.arange(YEAR)
    # Declination by Cooper (Solar Energy 12, 1969).
    declination = np.radians(23.45) * np.sin(2.0 * np.pi * (284.0 + hour // 24) / 365.0)
    angle = np.radians(15.0) * (hour % 24 + 0.5 - 12.0)
    phi = np.radians(latitude)
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    clear = np.maximum(height, 0.0) * np.repeat(0.4 + 0.6 * ndtr(clouds), 24)
    return to_mean(clear, availability)


def wind(availability: float, scores: Array) -> Array:
    """Return the output of wind farms over their capacity (8760,), with the yearly mean ``availability``.

    Parameters
    ----------
    availability
        Mean over the year, above 0 and below 0.9.
    scores : (8760,)
        Normal scores of the hours, from :func:`weather`.
    """
    rank = ndtr(scores)
    # Weibull of shape two: its scale is what makes the mean output right.
    speed = np.sqrt(-np.log1p(-np.minimum(rank, 1.0 - 1e-9)))

    def excess(scale: float) -> float:
        return float(_turbine(scale * speed).mean()) - availability

    if availability <= 0.0:
        return np.zeros(YEAR)
    if excess(14.0) < 0.0:
        return to_mean(_turbine(14.0 * speed), availability)
    return _turbine(float(brentq(excess, 0.5, 14.0, xtol=1e-10)) * speed)


def weather(zones: int, seed: int) -> tuple[Array, Array]:
    """Return normal scores of wind (zones, 8760) and clouds (zones, 365), in part common to all zones."""
    generator = np.random.default_rng(seed)

    def mixed(shape: int) -> Array:
        common, own = generator.standard_normal(shape), generator.standard_normal((zones, shape))
        return np.asarray(np.sqrt(_COMMON) * common + np.sqrt(1.0 - _COMMON) * own)

    shocks, clouds = mixed(YEAR), mixed(365)
    scores = np.empty_like(shocks)
    scores[:, 0] = shocks[:, 0]
    for t in range(1, YEAR):
        scores[:, t] = _PERSISTENCE * scores[:, t - 1] + np.sqrt(1.0 - _PERSISTENCE**2) * shocks[:, t]
    return scores, clouds


def _turbine(speed: Array) -> Array:
    share = (speed**3 - _CUT_IN**3) / (_RATED**3 - _CUT_IN**3)
    return np.where(speed > _CUT_OUT, 0.0, np.clip(share, 0.0, 1.0))


def to_mean(shape: Array, mean: float) -> Array:
    """Scale a course to a mean, no hour above 1; what the cap cuts off is given back to the other hours."""
    if mean <= 0.0 or not shape.any():
        return np.zeros_like(shape)
    if mean >= np.count_nonzero(shape) / shape.size:
        return (shape > 0.0).astype(np.float64)

    def excess(factor: float) -> float:
        return float(np.minimum(factor * shape, 1.0).mean()) - mean

    high = 1.0
    while excess(high) < 0.0:
        high *= 2.0
    return np.minimum(float(brentq(excess, 0.0, high, xtol=1e-12)) * shape, 1.0)
