"""Formulas of queueing theory for one border post and for two in a row.

A post has `servers` lanes that work in parallel, open for part of the day, in front of which vehicles queue first come,
first served. What arrives and how long it is handled is known by mean and coefficient of variation (cv). These
formulas answer at once and without noise; :mod:`keruen.crossings.simulation` answers what they cannot.

All functions take floats or arrays of one shape and return an array of that shape. Times are in hours. `servers` may
be fractional: a lane open on half of the days counts as half a lane.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

DAY = 24.0


def erlang_b(servers: ArrayLike, load: ArrayLike) -> Array:
    """Return the share of arrivals that find all servers busy where nobody waits (Erlang's loss formula).

    Parameters
    ----------
    servers
        Servers; any positive real number.
    load
        Arrival rate times mean service time [Erlang], positive.

    Notes
    -----
    Written with the incomplete gamma function, which continues it to fractional servers (Jagerman 1974).
    """
    c, a = np.asarray(servers, dtype=float), np.asarray(load, dtype=float)
    upper = special.gammaincc(c + 1.0, a)
    log_poisson = c * np.log(a) - a - special.gammaln(c + 1.0)
    return np.asarray(np.exp(log_poisson) / upper)


def erlang_c(servers: ArrayLike, utilisation: ArrayLike) -> Array:
    """Return the share of arrivals that wait in an M/M/c queue (Erlang's delay formula).

    Parameters
    ----------
    servers
        Servers; any positive real number.
    utilisation
        Load per server, 0 <= utilisation < 1.

    Examples
    --------
    One lane that is busy 70 % of the time makes 70 % of the trucks wait.

    >>> round(float(erlang_c(1, 0.7)), 6)
    0.7
    """
    c, rho = np.broadcast_arrays(np.asarray(servers, dtype=float), np.asarray(utilisation, dtype=float))
    blocked = erlang_b(c, np.maximum(rho, 1e-300) * c)
    return np.asarray(np.where(rho > 0.0, blocked / (1.0 - rho * (1.0 - blocked)), 0.0))


def wait_mmc(servers: ArrayLike, service_time: ArrayLike, utilisation: ArrayLike) -> Array:
    """Return the mean wait [h] in an M/M/c queue; ``inf`` from a utilisation of 1 on.

    Examples
    --------
    Four lanes of one hour each, 90 % busy:

    >>> round(float(wait_mmc(4, 1.0, 0.9)), 5)
    1.96938
    """
    c, s, rho = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (servers, service_time, utilisation))
    )
    stable = rho < 1.0
    r = np.where(stable, rho, 0.5)
    return np.asarray(np.where(stable, erlang_c(c, r) * s / (c * (1.0 - r)), np.inf))


def wait_ggc(
    servers: ArrayLike,
    service_time: ArrayLike,
    utilisation: ArrayLike,
    arrival_cv: ArrayLike,
    service_cv: ArrayLike,
) -> Array:
    """Return the mean wait [h] in a GI/G/c queue by two moments; ``inf`` from a utilisation of 1 on.

    Parameters
    ----------
    servers, service_time, utilisation
        As in :func:`wait_mmc`.
    arrival_cv, service_cv
        Coefficients of variation of the times between arrivals and of the service times.

    Notes
    -----
    Kimura (1986, Operations Research 34(5)) interpolates harmonically between M/M/c, M/D/c and D/M/c; the last two are
    M/M/c corrected as in Cosmetatos (1975) and Whitt (1993, Production and Operations Management 2(2), eqs. 2.16-2.20).
    Exact for M/M/c and for M/G/1 (Pollaczek and Khinchine); for M/D/8 at 80 % it gives 0.152 service times where
    simulation gives 0.151 and the formula of Allen and Cunneen 0.143. Arrivals more variable than Poisson scale the wait
    as in Krämer and Langenbach-Belz (1976, 8th International Teletraffic Congress).

    Examples
    --------
    One lane, ten minutes each without variation, 80 % busy: 20 minutes.

    >>> round(float(wait_ggc(1, 10 / 60, 0.8, 1.0, 0.0)) * 60, 6)
    20.0
    """
    c, s, rho, ca, cs = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (servers, service_time, utilisation, arrival_cv, service_cv))
    )
    ca2, cs2 = ca**2, cs**2
    stable = rho < 1.0
    r = np.clip(np.where(stable, rho, 0.5), 1e-12, None)
    # For less than two servers Whitt's gamma vanishes at one and would turn negative below it.
    many = np.maximum(c, 1.0)
    gamma = np.minimum(0.24, (1.0 - r) * (many - 1.0) * (np.sqrt(4.0 + 5.0 * many) - 2.0) / (16.0 * many * r))
    m_d_c = (1.0 + gamma) / 2.0
    d_m_c = (1.0 - 4.0 * gamma) * np.exp(-2.0 * (1.0 - r) / (3.0 * r)) / 2.0
    d_m_c = np.maximum(d_m_c, 1e-12)
    regular = np.minimum(ca2, 1.0)
    spread = regular + cs2
    inverse = (1.0 - regular) / d_m_c + (1.0 - cs2) / m_d_c + 2.0 * (regular + cs2 - 1.0)
    # Heavy-tailed service met by near-regular arrivals lies outside the formula's range: Allen and Cunneen bound it.
    ratio = np.where(inverse > 0.0, spread / np.where(inverse > 0.0, inverse, 1.0), spread / 2.0)
    ratio = np.where(cs2 > 1.0, np.clip(ratio, 0.5 * cs2 * regular, spread), np.minimum(ratio, spread))
    # Bursts matter less where lanes are often idle between them.
    eased = np.exp(-(1.0 - r) * np.maximum(ca2 - 1.0, 0.0) / (np.maximum(ca2, 1.0) + 4.0 * cs2))
    bursty = np.where(ca2 > 1.0, (ca2 + cs2) / (1.0 + cs2) * eased, 1.0)
    wait = wait_mmc(c, s, np.where(stable, rho, 0.5)) * ratio * bursty
    return np.asarray(np.where(stable, wait, np.inf))


def departure_cv(
    servers: ArrayLike, utilisation: ArrayLike, arrival_cv: ArrayLike, service_cv: ArrayLike
) -> Array:
    """Return the coefficient of variation between departures, which arrive at the next post.

    Notes
    -----
    Whitt (1983, Bell System Technical Journal 62(9), eq. 39).

    Examples
    --------
    Poisson in, exponential service: Poisson out (Burke).

    >>> float(departure_cv(3, 0.8, 1.0, 1.0))
    1.0
    """
    c, rho, ca, cs = (np.asarray(x, dtype=float) for x in (servers, utilisation, arrival_cv, service_cv))
    r2 = np.minimum(rho, 1.0) ** 2
    squared = 1.0 + (1.0 - r2) * (ca**2 - 1.0) + r2 / np.sqrt(c) * (cs**2 - 1.0)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


def wait_for_opening(hours_per_day: ArrayLike, utilisation: ArrayLike) -> Array:
    """Return the mean wait [h] caused by closing at night: even arrivals, served only while the post is open.

    Parameters
    ----------
    hours_per_day
        Opening hours in one piece, up to 24.
    utilisation
        Arrivals over what the opening hours can handle, up to 1.

    Notes
    -----
    The area between the cumulative curves of arrivals and departures of a D(t)/D/1 queue; the first term of Webster
    (1958) with the night as the red phase.

    Examples
    --------
    Open 12 hours and idle otherwise, half of the arrivals wait 6 hours on average:

    >>> float(wait_for_opening(12.0, 0.0))
    3.0
    """
    h, rho = np.asarray(hours_per_day, dtype=float), np.minimum(np.asarray(utilisation, dtype=float), 1.0)
    idle = np.where(h < DAY, 1.0 - rho * h / DAY, 1.0)
    return np.asarray((DAY - h) ** 2 / (2.0 * DAY * idle))


def opening_profile(hours_per_day: float, utilisation: float, points: int = 96) -> Array:
    """Return the wait for the opening [h] of arrivals at ``points`` evenly spaced moments of a day, shape (points,)."""
    closed = DAY - hours_per_day
    share = min(utilisation, 1.0) * hours_per_day / DAY
    moment = (np.arange(points) + 0.5) * DAY / points
    return np.asarray(np.maximum(closed - moment * (1.0 - share), 0.0))


def wait_quantile(
    probability: float, waiting_shares: ArrayLike, mean_waits: ArrayLike, profile: Array | None = None
) -> float:
    """Return the wait [h] that a share of ``1 - probability`` exceeds, over one or two posts in a row.

    Parameters
    ----------
    probability
        Between 0 and 1, such as 0.9.
    waiting_shares, mean_waits
        Per post: share that waits at all, and mean wait [h] of everybody; shape (1,) or (2,).
    profile
        Waits known beforehand that come on top, equally likely (such as :func:`opening_profile`).

    Notes
    -----
    A wait is zero or else exponential, exact for M/M/c and in heavy traffic; waits at two posts are taken as
    independent.

    Examples
    --------
    >>> round(wait_quantile(0.9, [0.9], [9.0]), 3)   # M/M/1 at 90 %: ln(0.9 / 0.1) * 10
    21.972
    """
    shares = np.atleast_1d(np.asarray(waiting_shares, dtype=float))
    means = np.atleast_1d(np.asarray(mean_waits, dtype=float))
    keep = (means > 1e-12) & (shares > 1e-12)  # an hour by a millionth of a millionth is none
    shares, means = shares[keep], means[keep]
    scales = means / shares
    known = np.zeros(1) if profile is None else profile
    if shares.size == 2 and abs(scales[0] - scales[1]) < 1e-6 * scales.sum():
        scales = scales * np.array([1.0, 1.0 + 1e-5])

    def exceeding(t: Array) -> Array:
        over = np.maximum(t, 0.0)
        if shares.size == 0:
            beyond = np.zeros_like(over)
        elif shares.size == 1:
            beyond = shares[0] * np.exp(-over / scales[0])
        else:
            (p, q), (x, y) = shares, scales
            both = (x * np.exp(-over / x) - y * np.exp(-over / y)) / (x - y)
            beyond = p * (1 - q) * np.exp(-over / x) + q * (1 - p) * np.exp(-over / y) + p * q * both
        return np.where(t < 0.0, 1.0, beyond)

    low = 0.0
    high = float(known.max()) + float(scales.sum()) * 2.0 * (1.0 - np.log1p(-probability)) + 1e-9
    if float(exceeding(-known).mean()) <= 1.0 - probability:
        return 0.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if float(exceeding(middle - known).mean()) > 1.0 - probability:
            low = middle
        else:
            high = middle
    return float(0.5 * (low + high))
