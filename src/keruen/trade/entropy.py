"""Who sends how much where, when only totals are published: the flows nearest to a prior that respect every total.

Receives prior flows and published totals, each the sum of some flows and known within an interval; hands on the flows
of maximum entropy. Of all tables that fit the totals it is the one that adds nothing else to what the prior says
(Wilson 1970, chapter 2; Van Zuylen and Willumsen 1980 for counts on a network; Censor and Lent 1981 for intervals).
With rows and columns as totals and no intervals it is what iterative proportional fitting finds (Deming and Stephan 1940).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from keruen.errors import SolveError

Floats = npt.NDArray[np.float64]

SLACK = 1e-3
"""A total that must change its flows by a factor e is missed by this share. Totals that agree are met to some parts in ten
thousand; of totals that cannot all hold each gives way, and the miss is shown, instead of none being met."""
DONE = 1e-8
"""Share of a total to which its condition must hold."""
STEPS = 2000


@dataclass(frozen=True, slots=True)
class Fit:
    """Flows of maximum entropy.

    Parameters
    ----------
    flow
        (n_flows,) fitted flows.
    total
        (n_totals,) what they add up to.
    multiplier
        (n_totals,) logarithm of the factor by which a total pulls on each of its flows: 0 where the flows lie within the
        interval by themselves, above 0 where the total lifts them.
    steps
        Rounds of balancing and Newton's method.
    """

    flow: Floats
    total: Floats
    multiplier: Floats
    steps: int


def maximum_entropy(
    prior: Floats, selects: sp.csr_array, low: Floats, high: Floats, *, slack: float = SLACK
) -> Fit:
    """Return the flows nearest to ``prior`` in relative entropy whose totals lie within their intervals.

    Minimises the sum of ``x ln(x / prior) - x`` subject to ``low <= selects @ x <= high``, by Bregman's balancing,
    which finds what holds, and Newton's method on the multipliers, which finishes; there are as many multipliers as totals.

    Parameters
    ----------
    prior
        (n_flows,) positive where a flow is possible; a flow of 0 stays 0.
    selects
        (n_totals, n_flows) share of each flow that counts to each total; not negative.
    low, high
        (n_totals,) interval of each total; infinite where it is open.
    slack
        Share of itself by which a total gives way for each unit of its multiplier.

    Returns
    -------
    Fit
        Where totals contradict one another, the miss is shared out and shows in ``total``.

    Raises
    ------
    ValueError
        If a prior or share is negative or not finite, an interval is empty, or a total that must be positive selects no
        flow.
    SolveError
        If the multipliers do not settle.

    Examples
    --------
    Two flows of 10 and 30 that are known to make 20 are both halved, but for the slack:

    >>> fit = maximum_entropy(np.array([10.0, 30.0]), sp.csr_array([[1.0, 1.0]]), np.array([20.0]), np.array([20.0]))
    >>> fit.flow.round(1).tolist(), round(float(np.exp(fit.multiplier[0])), 2)
    ([5.0, 15.0], 0.5)
    """
    prior, low, high = (np.asarray(a, dtype=np.float64) for a in (prior, low, high))
    _refuse(prior, selects, low, high)
    size = np.where(np.isfinite(low) & (low > 0.0), low, np.where(np.isfinite(high), high, 0.0))
    size = np.maximum(size, 1e-9 * max(float(prior.sum()), 1e-300))
    ridge, transposed = slack * size, selects.T.tocsr()
    at = np.zeros(low.size)
    for step in range(STEPS):
        flow = _sweep(at, prior, selects, low, high, ridge)
        total = selects @ flow
        slope = total + ridge * at - np.where(at > 0.0, low, np.where(at < 0.0, high, total))
        free = np.flatnonzero(at)
        short = np.where(at == 0.0, np.maximum(low - total, total - high), np.abs(slope))
        if float((short / size).max(initial=0.0)) <= DONE:
            return Fit(flow, total, at, step)
        some = selects[free]
        curve = (some @ sp.diags_array(flow) @ some.T).toarray() + np.diag(ridge[free])
        move = np.zeros_like(at)
        move[free] = -np.linalg.solve(curve, slope[free])
        # Far from the answer the quadratic model says nothing: no flow changes a hundredfold in one step.
        reach = float(np.abs(transposed @ move).max(initial=0.0))
        length = min(1.0, 4.0 / max(reach, 1e-300))
        best = _dual(at, flow, low, high, ridge)
        while length > 1e-9:
            new = at + length * move
            new[new * at < 0.0] = 0.0  # beyond 0 the other end of the interval would hold
            value = _dual(new, prior * np.exp(np.minimum(transposed @ new, 600.0)), low, high, ridge)
            if value <= best + 1e-4 * float(slope @ (new - at)):
                at = new
                break
            length *= 0.5
    raise SolveError(
        f"the totals did not settle within {STEPS} steps; look for totals that contradict one another"
    )


def _sweep(
    at: Floats, prior: Floats, selects: sp.csr_array, low: Floats, high: Floats, ridge: Floats
) -> Floats:
    """Move each multiplier, one after the other, to where its own total fits (Bregman's balancing); return the flows."""
    log_prior = np.log(np.maximum(prior, 1e-300))
    power = selects.T @ at
    for k in range(at.size):
        here = slice(selects.indptr[k], selects.indptr[k + 1])
        which, share = selects.indices[here], selects.data[here]
        # Logarithms of the flows as they would be without this total; opposite pulls may be far beyond what exp can hold.
        others = np.log(share) + log_prior[which] + power[which] - share * at[k]
        alone = _log_sum(others)
        new = 0.0
        if alone < _log(low[k]) or alone > _log(high[k]):
            new = _root(
                others,
                share,
                float(low[k] if alone < _log(low[k]) else high[k]),
                float(ridge[k]),
                float(at[k]),
            )
        power[which] += share * (new - at[k])
        at[k] = new
    flow: Floats = prior * np.exp(power)
    return flow


def _root(others: Floats, share: Floats, wanted: float, ridge: float, at: float) -> float:
    """Return the multiplier at which flows make a total, less what the total gives way; by Newton on logarithms."""
    for _ in range(60):
        left = wanted - ridge * at
        if left <= 0.0:
            at = 0.5 * (at + wanted / ridge)
            at = min(at, wanted / ridge * (1.0 - 1e-12)) if wanted > 0.0 else -1.0
            continue
        grown = others + share * at
        total = _log_sum(grown)
        slope = float(np.exp(grown - total) @ share) + ridge / left
        step = (total - math.log(left)) / slope
        at -= step
        if abs(step) < 1e-13 * max(1.0, abs(at)):
            break
    return at


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf


def _log_sum(logarithms: Floats) -> float:
    most = float(logarithms.max(initial=-math.inf))
    return most + math.log(float(np.exp(logarithms - most).sum())) if math.isfinite(most) else most


def _dual(at: Floats, flow: Floats, low: Floats, high: Floats, ridge: Floats) -> float:
    """Return the function of the multipliers whose minimum is the answer."""
    up, down = at > 0.0, at < 0.0
    linear = float(at[up] @ low[up]) + float(at[down] @ high[down])
    return float(flow.sum()) - linear + 0.5 * float(ridge @ (at * at))


def _refuse(prior: Floats, selects: sp.csr_array, low: Floats, high: Floats) -> None:
    if not (np.isfinite(prior).all() and (prior >= 0.0).all()):
        raise ValueError("a prior flow is negative or not finite")
    if not (np.isfinite(selects.data).all() and (selects.data >= 0.0).all()):
        raise ValueError("a share of a flow in a total is negative or not finite")
    if np.isnan(low).any() or np.isnan(high).any() or (low > high).any() or (high < 0.0).any():
        raise ValueError("the interval of a total is empty, negative or not a number")
    empty = (selects @ prior <= 0.0) & (low > 0.0)
    if empty.any():
        raise ValueError(f"totals {np.flatnonzero(empty).tolist()} must be positive but select no flow")
