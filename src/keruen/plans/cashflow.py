"""Arithmetic of appraisal: yearly streams of money in, net present value and rates of return out.

Formulae: European Commission, Guide to Cost-Benefit Analysis of Investment Projects (2014), annex II.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LOWEST, HIGHEST = -0.9, 10.0
"""Rates of return that are looked for [1/year]."""


def present_value(stream: ArrayLike, rate: float) -> float:
    """Return the value of a stream in its first year.

    Parameters
    ----------
    stream : (n_years,)
        USD in each year.
    rate
        Discount rate [1/year].

    Examples
    --------
    >>> round(present_value([-100.0, 60.0, 60.5], 0.1), 6)
    4.545455
    """
    values = np.asarray(stream, dtype=np.float64)
    return math.fsum(values / (1.0 + rate) ** np.arange(values.size))


def rate_of_return(stream: ArrayLike) -> float | None:
    """Return the rate at which the present value is zero; None where there is none, or more than one.

    Parameters
    ----------
    stream : (n_years,)
        USD in each year.

    Examples
    --------
    >>> round(rate_of_return([-100.0, 60.0, 60.0]), 4)
    0.1307
    >>> rate_of_return([-100.0, 230.0, -132.0]) is None  # 10 % and 20 %
    True
    """
    from scipy.optimize import brentq

    values = np.trim_zeros(np.asarray(stream, dtype=np.float64))
    if values.size < 2:
        return None
    # Descartes: a polynomial in 1/(1 + rate) has at most as many positive roots as its coefficients change sign.
    signs = np.sign(values[values != 0.0])
    if not (signs[1:] != signs[:-1]).any():
        return None
    grid = np.concatenate([np.linspace(LOWEST, 1.0, 951), np.linspace(1.05, HIGHEST, 180)])
    worth = np.array([present_value(values, float(rate)) for rate in grid])
    exact = np.flatnonzero(worth == 0.0)
    crossed = np.flatnonzero(np.sign(worth[1:]) * np.sign(worth[:-1]) < 0.0)
    if exact.size + crossed.size != 1:
        return None
    if exact.size:
        return float(grid[exact[0]])
    i = int(crossed[0])
    return float(brentq(lambda rate: present_value(values, rate), grid[i], grid[i + 1], xtol=1e-12))
