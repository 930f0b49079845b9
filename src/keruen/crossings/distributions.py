"""Distributions of service times and of times between arrivals, as the kernels take them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keruen.crossings.theory import Array
from keruen.errors import Finding, InputError
from keruen.kernels import queues

_NAMES = {
    queues.DETERMINISTIC: "deterministic",
    queues.EXPONENTIAL: "exponential",
    queues.ERLANG: "Erlang",
    queues.LOGNORMAL: "lognormal",
    queues.EMPIRICAL: "empirical",
}
_MOST_PHASES = 100
_MOST_VALUES = 10_000_000


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of positive times [h]; made by the functions of this module.

    Parameters
    ----------
    kind
        Code of :mod:`keruen.kernels.queues`.
    mean, cv
        Mean [h] and coefficient of variation.
    first, second
        Parameters as the kernels take them.
    values
        Observed times, where empirical.
    """

    kind: int
    mean: float
    cv: float
    first: float
    second: float = 0.0
    values: tuple[float, ...] = ()

    @property
    def sample(self) -> Array:
        """Observed times as an array, shape (n,)."""
        return np.array(self.values, dtype=float)

    def scaled(self, factor: float) -> Distribution:
        """Return the same shape with every time multiplied."""
        if self.kind == queues.EMPIRICAL:
            return empirical([value * factor for value in self.values])
        if self.kind == queues.LOGNORMAL:
            return lognormal(self.mean * factor, self.cv)
        if self.kind == queues.ERLANG:
            return erlang(self.mean * factor, int(self.second))
        return (deterministic if self.kind == queues.DETERMINISTIC else exponential)(self.mean * factor)


def _positive(kind: int, name: str, value: float, *, zero: bool = False) -> None:
    if not math.isfinite(value) or value < 0.0 or (value == 0.0 and not zero):
        raise InputError(
            [
                Finding("distribution", _NAMES[kind], name, str(value),
                        f"must be finite and {'at least' if zero else 'above'} 0", "give a time in hours")
            ]
        )  # fmt: skip


def deterministic(time: float) -> Distribution:
    """Return the distribution that always takes `time` [h]."""
    _positive(queues.DETERMINISTIC, "time", time, zero=True)
    return Distribution(queues.DETERMINISTIC, time, 0.0, time)


def exponential(mean: float) -> Distribution:
    """Return the exponential distribution."""
    _positive(queues.EXPONENTIAL, "mean", mean)
    return Distribution(queues.EXPONENTIAL, mean, 1.0, mean)


def erlang(mean: float, phases: int) -> Distribution:
    """Return the sum of equal exponential phases."""
    _positive(queues.ERLANG, "mean", mean)
    if not 1 <= phases <= _MOST_PHASES:
        raise InputError(
            [Finding("distribution", "Erlang", "phases", str(phases), f"must lie between 1 and {_MOST_PHASES}",
                     "use a deterministic time for more")]
        )  # fmt: skip
    return Distribution(queues.ERLANG, mean, 1.0 / math.sqrt(phases), mean / phases, float(phases))


def lognormal(mean: float, cv: float) -> Distribution:
    """Return the lognormal distribution with this mean and coefficient of variation."""
    _positive(queues.LOGNORMAL, "mean", mean)
    _positive(queues.LOGNORMAL, "cv", cv)
    spread = math.sqrt(math.log1p(cv * cv))
    return Distribution(queues.LOGNORMAL, mean, cv, math.log(mean) - spread * spread / 2.0, spread)


def empirical(values: Sequence[float]) -> Distribution:
    """Return the distribution that repeats observed times [h], each equally likely.

    Raises
    ------
    InputError
        If there is no value, or one is negative or not finite.
    """
    findings = []
    if not 0 < len(values) <= _MOST_VALUES:
        findings.append(
            Finding("distribution", "empirical", "values", f"{len(values)} values", f"must be 1 to {_MOST_VALUES}",
                    "give observed times, or a distribution by mean and cv")
        )  # fmt: skip
    findings += [
        Finding("distribution", "empirical", f"values[{i}]", str(value), "must be finite and at least 0",
                "drop or correct the observation")
        for i, value in enumerate(values)
        if not (math.isfinite(value) and value >= 0.0)
    ][:20]  # fmt: skip
    if findings:
        raise InputError(findings)
    array = np.asarray(values, dtype=float)
    mean = float(array.mean())
    cv = float(array.std() / mean) if mean > 0.0 else 0.0
    return Distribution(queues.EMPIRICAL, mean, cv, 0.0, 0.0, tuple(float(v) for v in values))


def matching(mean: float, cv: float) -> Distribution:
    """Return the simplest distribution with this mean and coefficient of variation.

    Deterministic for 0, exponential for 1, Erlang where 1/cv² is within 1 % of a whole number, else lognormal.

    Examples
    --------
    >>> matching(2.0, 0.5).kind == queues.ERLANG, matching(2.0, 1.7).kind == queues.LOGNORMAL
    (True, True)
    """
    if cv == 0.0:
        return deterministic(mean)
    if cv == 1.0:
        return exponential(mean)
    phases = round(1.0 / (cv * cv)) if 0.1 <= cv < 1.0 else 0
    if phases > 1 and abs(phases * cv * cv - 1.0) < 0.01:
        return erlang(mean, phases)
    return lognormal(mean, cv)
