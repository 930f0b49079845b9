"""How good the chances are: targets cut out of the past, whose answer is known.

A pseudo-target is drawn as announcements draw them: at some year a level is set above the last figure, to be reached
some years later, in round numbers; growth and years are those that real announcements asked for. What the models said
then is scored by what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keruen.trade.models import forecast

GROWTH = (-0.02, 0.18)
"""Yearly growth that drawn targets ask for where too few announcements tell; those of trade and transport mostly lie
within."""
ENOUGH = 5
"""Announcements from which theirs is drawn instead."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Pseudo-targets given a similar chance.

    Parameters
    ----------
    count
        How many.
    said
        Mean chance that was given.
    happened
        Share that was reached.
    """

    count: int
    said: float
    happened: float


@dataclass(frozen=True, slots=True)
class BackTest:
    """Scores of the averaged models beside simpler forecasters.

    Parameters
    ----------
    count
        Number of pseudo-targets.
    brier
        Mean squared error of the averaged chance (0 is perfect, 0.25 is a coin).
    brier_naive
        The same of the naive model alone.
    brier_rate
        The same of always saying the share that is reached overall, which nobody knows in advance.
    within
        Share of outcomes inside the stated 80 % interval.
    reliability
        Chances said against shares that happened, by fifths.
    """

    count: int
    brier: float
    brier_naive: float
    brier_rate: float
    within: float
    reliability: tuple[Bin, ...]


def back_test(
    series: Mapping[str, tuple[Sequence[int], Sequence[float]]], *, units: Mapping[str, str] | None = None,
    asks: Sequence[tuple[float, int]] = (), count: int = 200, seed: int = 1,
) -> BackTest:  # fmt: skip
    """Score the models on pseudo-targets cut out of yearly series.

    Parameters
    ----------
    series
        Years and values by name; those with fewer than three figures are left out.
    units
        Unit by name.
    asks
        Yearly growth that real announcements asked for, with the years that they gave. With fewer than :data:`ENOUGH` the
        growth is drawn from :data:`GROWTH` and the years evenly.
    count
        Number of pseudo-targets to draw.
    seed
        Seed of the draws.

    Raises
    ------
    ValueError
        If no series has three figures.
    """
    usable = {name: s for name, s in sorted(series.items()) if len(s[0]) >= 3}
    if not usable:
        raise ValueError("no series has three yearly figures, so nothing can be cut out of the past")
    rng = np.random.default_rng(seed)
    names = list(usable)
    said, naive, reached, inside = [], [], [], []
    for _ in range(count):
        name = names[int(rng.integers(len(names)))]
        years, values = (np.asarray(part) for part in usable[name])
        order = np.argsort(years)
        years, values = years[order], values[order].astype(np.float64)
        cut = int(rng.integers(1, years.size - 1)) + 1 if years.size > 2 else 1
        if len(asks) >= ENOUGH:
            asked, lead = asks[int(rng.integers(len(asks)))]
            due = cut + int(np.argmin(np.abs(years[cut:] - years[cut - 1] - lead)))
        else:
            asked, due = float(rng.uniform(*GROWTH)), int(rng.integers(cut, years.size))
        ahead = int(years[due] - years[cut - 1])
        level = _rounded(float(values[cut - 1]) * (1.0 + asked) ** ahead)
        unit = (units or {}).get(name, "")
        expected = forecast(years[:cut].tolist(), values[:cut].tolist(), int(years[due]), unit=unit)
        chances = expected.chances(level)
        said.append(sum(chances.values()) / len(chances))
        naive.append(chances["naive"])
        reached.append(float(values[due] >= level))
        inside.append(expected.quantile(0.1) <= values[due] <= expected.quantile(0.9))
    p, q, happened = np.array(said), np.array(naive), np.array(reached)
    bins = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        chosen = (p >= low) & ((p < low + 0.2) | (low == 0.8))
        if chosen.any():
            bins.append(Bin(int(chosen.sum()), float(p[chosen].mean()), float(happened[chosen].mean())))
    return BackTest(
        count,
        float(((p - happened) ** 2).mean()),
        float(((q - happened) ** 2).mean()),
        float(((happened.mean() - happened) ** 2).mean()),
        float(np.mean(inside)),
        tuple(bins),
    )


def _rounded(value: float) -> float:
    """Round to two figures, as announcements do."""
    return float(f"{value:.2g}")
