"""How likely it is that the target can be met at all, and what it may cost: the model under drawn assumptions.

Receives a resolved dataset with its bindings; hands on a :class:`Chance`. Each assumption behind plants, fuels and loads
is drawn from a triangle over its range, apart from the others, and the model solved again. That is the chance
that the target *can* be met by somebody who builds at least cost, so an upper bound on the chance that it will be.
The peak is left aside: drawn apart from each other, most fleets would fail peaks that were in fact met.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from keruen.errors import InputError
from keruen.power.door import system_of
from keruen.power.model import attainable, least_cost
from keruen.tables import Dataset, resolve

_DRAWN = ("plant", "fuel", "load")


@dataclass(frozen=True)
class Chance:
    """What the draws say.

    Parameters
    ----------
    draws
        Number of draws in which the load can be met, so that the target can be asked about.
    unserved
        Draws in which it cannot, whatever the target.
    attainable
        Share of ``draws`` in which every target can be met.
    error
        Standard error of that share.
    premium : (3,)
        Discounted cost of the targets where they can be met: 10 %, 50 % and 90 % quantile [USD]; NaN where never.
    """

    draws: int
    unserved: int
    attainable: float
    error: float
    premium: tuple[float, float, float]


def chance(dataset: Dataset, draws: int = 50, *, seed: int = 1) -> Chance:
    """Return how often the targets for renewables can be met when assumptions vary within their ranges.

    Parameters
    ----------
    dataset
        Resolved tables, with ``binding``, ``assumption`` and ``figure``.
    draws
        Number of draws.
    seed
        Seed of the draws.

    Raises
    ------
    ValueError
        If ``draws`` is below one.
    InputError
        As for :func:`keruen.power.power`, or if a drawn value breaks a table.
    """
    if draws < 1:
        raise ValueError(f"{draws} draws say nothing; give one or more")
    generator = np.random.default_rng(seed)
    bindings = dataset["binding"].filter(pl.col("table").is_in(_DRAWN))
    # Only what electricity rests on is drawn, so that an assumption elsewhere changes no draw.
    words = " ".join(bindings["expression"])
    held = dataset["assumption"].sort("assumption_id")
    held = held.filter(
        pl.Series([f"assumption('{name}')" in words for name in held["assumption_id"]], dtype=pl.Boolean)
    )
    low, mode, high = (held[name].to_numpy() for name in ("low", "value", "high"))
    met, unserved, premiums = 0, 0, []
    for _ in range(draws):
        drawn = np.where(
            high > low, generator.triangular(low, mode, np.where(high > low, high, low + 1.0)), mode
        )
        varied = resolve(
            dataset.with_tables(binding=bindings, assumption=held.with_columns(pl.Series("value", drawn)))
        )
        if varied.findings:
            raise InputError(varied.findings)
        system = system_of(varied.dataset)
        system = replace(system, peak=np.full_like(system.peak, np.nan))
        if not attainable(system, with_target=False):
            unserved += 1
        elif attainable(system):
            met += 1
            premiums.append(1e6 * (least_cost(system).total - least_cost(system, with_target=False).total))
    asked = draws - unserved
    share = met / asked if asked else math.nan
    error = math.sqrt(share * (1.0 - share) / asked) if asked else math.nan
    q = np.quantile(premiums, [0.1, 0.5, 0.9]) if premiums else np.full(3, np.nan)
    return Chance(asked, unserved, share, error, (float(q[0]), float(q[1]), float(q[2])))
