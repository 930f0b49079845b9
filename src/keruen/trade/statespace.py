"""Short yearly series as linear Gaussian state-space models, many at once.

All candidate models are one structural form (Harvey 1989, Forecasting, structural time series models and the Kalman
filter, chapters 2 to 4) with different variances: the series is a level, plus a deviation that dies out, plus an error;
the level moves by a slope, which may fade:

    y = level + deviation + error
    level' = level + slope + shock,  slope' = fading * slope + shock,  deviation' = persistence * deviation + shock

Receives years, values on a working scale and the candidates' parameters; hands on, for every candidate, its marginal
likelihood and the location and spread of its prediction, a Student's t because the common variance is integrated out
under an inverse-gamma prior (West and Harrison 1997, Bayesian forecasting and dynamic models, section 4.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Parameters of the candidates, each (n_candidates,); variances are shares of the variance of a year's change.

    Parameters
    ----------
    level, slope, deviation, error
        Variances of the shocks.
    fading
        Share of the slope that is left a year later.
    persistence
        Share of the deviation that is left a year later.
    pace
        Slope expected before the series is seen.
    pace_spread
        Standard deviation of that slope, in standard deviations of a year's change; 0 means that the slope is known.
    """

    level: Floats
    slope: Floats
    deviation: Floats
    error: Floats
    fading: Floats
    persistence: Floats
    pace: Floats
    pace_spread: Floats


@dataclass(frozen=True, slots=True)
class Filtered:
    """What the candidates make of a series.

    Parameters
    ----------
    evidence
        (n_candidates,) logarithm of the marginal likelihood, but for a constant.
    location, spread
        (n_horizons, n_candidates) centre and scale of the prediction.
    freedom
        Degrees of freedom of the prediction.
    """

    evidence: Floats
    location: Floats
    spread: Floats
    freedom: float


def filtered(
    years: npt.NDArray[np.int64], values: Floats, ahead: int, candidates: Candidates, *, scatter: float, points: float
) -> Filtered:  # fmt: skip
    """Run every candidate's Kalman filter over the series and on to ``ahead`` years past its end.

    Parameters
    ----------
    years, values
        (n,) years in order, gaps allowed, and values on the working scale.
    ahead
        Number of years to predict past the last.
    candidates
        Parameters.
    scatter
        Standard deviation of a year's change expected before the series is seen.
    points
        Number of yearly changes which that expectation counts for.
    """
    c = candidates
    n = c.level.size
    stationary = np.divide(c.deviation, 1.0 - c.persistence**2, where=c.deviation > 0.0, out=np.zeros(n))
    # The first value settles the level exactly (a diffuse start); level = y - deviation - error from there on.
    mean = np.zeros((n, 3))
    mean[:, 0] = values[0]
    mean[:, 1] = c.pace
    cov = np.zeros((n, 3, 3))
    cov[:, 0, 0] = stationary + c.error
    cov[:, 0, 2] = cov[:, 2, 0] = -stationary
    cov[:, 2, 2] = stationary
    cov[:, 1, 1] = c.pace_spread**2
    step = np.zeros((n, 3, 3))
    step[:, 0, 0] = step[:, 0, 1] = 1.0
    step[:, 1, 1] = c.fading
    step[:, 2, 2] = c.persistence
    shocks = np.zeros((n, 3, 3))
    shocks[:, 0, 0], shocks[:, 1, 1], shocks[:, 2, 2] = c.level, c.slope, c.deviation
    back = np.swapaxes(step, 1, 2)
    squares, log_scale = np.zeros(n), np.zeros(n)
    for at in range(1, values.size):
        for _ in range(int(years[at] - years[at - 1])):
            mean = np.einsum("nij,nj->ni", step, mean)
            cov = step @ cov @ back + shocks
        # y sees level and deviation: the gain and the variance are sums of two columns.
        seen = cov[:, :, 0] + cov[:, :, 2]
        variance = seen[:, 0] + seen[:, 2] + c.error
        miss = values[at] - mean[:, 0] - mean[:, 2]
        gain = seen / variance[:, None]
        mean = mean + gain * miss[:, None]
        cov = cov - gain[:, :, None] * seen[:, None, :]
        squares += miss**2 / variance
        log_scale += np.log(variance)
    freedom = points + values.size - 1
    total = points * scatter**2 + squares
    evidence = -0.5 * log_scale - 0.5 * freedom * np.log(total)
    sigma = np.sqrt(total / freedom)
    location, spread = np.empty((ahead, n)), np.empty((ahead, n))
    for h in range(ahead):
        mean = np.einsum("nij,nj->ni", step, mean)
        cov = step @ cov @ back + shocks
        location[h] = mean[:, 0] + mean[:, 2]
        spread[h] = sigma * np.sqrt(cov[:, 0, 0] + 2.0 * cov[:, 0, 2] + cov[:, 2, 2] + c.error)
    return Filtered(evidence, location, spread, freedom)


def weights(evidence: Floats) -> Floats:
    """Return posterior weights of candidates equally likely before the series was seen."""
    raised = np.exp(evidence - evidence.max())
    shares: Floats = raised / math.fsum(raised)
    return shares
