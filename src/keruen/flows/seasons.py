"""The twelve months of a year: harvests and heating move demand, ice and low water move capacity, and one month is worst.

A month is assigned as a rate over a year, so capacities, waits and delay functions keep their meaning. What moves in the
month is a twelfth of that rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from keruen.flows.assignment import Assignment
from keruen.flows.door import assign
from keruen.network import DelayFunction, Network

FULL = 0.999
"""Utilisation from which a link counts as full."""


def months(
    network: Network,
    *,
    model: str = "logit",
    gap: float = 1e-6,
    delays: Sequence[DelayFunction] | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> list[Assignment]:
    """Assign each month of a year, each from the one before.

    Parameters
    ----------
    network
        Network of the year; its tables ``seasonality`` and ``availability`` tell the months apart.
    model, gap, delays
        See :func:`keruen.flows.assign`.
    progress
        Called with the month and its gap.
    """
    found: list[Assignment] = []
    for month in range(1, 13):
        warm = found[-1] if found else None
        found.append(assign(network.in_month(month), model=model, gap=gap, delays=delays, warm=warm))
        if progress is not None:
            progress(month, found[-1].gap)
    return found


def seasons(of_months: Iterable[Assignment]) -> pl.DataFrame:
    """Put months side by side and say which is the peak.

    Parameters
    ----------
    of_months
        Assignments to networks of a month.

    Returns
    -------
    DataFrame
        ``month``, ``tonnes`` moved and ``unserved`` in the month [t], ``waiting`` in queues and for room [t h], links that are
        ``full`` (both directions counted), ``worst_link`` on which most is waited, and ``peak``: the month with most goods
        unserved, of equals the one with most waiting, then most tonnes.
    """
    rows = [_row(found) for found in of_months]
    # differences that no one could measure do not choose the peak
    order = [(round(r["unserved"], 3), round(r["waiting"], 3), round(r["tonnes"], 3)) for r in rows]
    worst = order.index(max(order)) if order else -1
    types = {
        "month": pl.Int64, "tonnes": pl.Float64, "unserved": pl.Float64, "waiting": pl.Float64, "full": pl.Int64,
        "worst_link": pl.String, "peak": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame([row | {"peak": i == worst} for i, row in enumerate(rows)], schema=types)


def _row(found: Assignment) -> dict[str, Any]:
    network, s = found.network, found.network.structure
    haul = s.arc_link >= 0
    waiting = found.volume * found.delay / 12.0
    on_link = np.bincount(s.arc_link[haul], weights=waiting[haul], minlength=len(s.link_ids))
    capacity = network.capacity[s.arc_capacity]
    unserved = float(found.unserved.sum())
    return {
        "month": network.month,
        "tonnes": (float(found.freight.demand.sum()) - unserved) / 12.0,
        "unserved": unserved / 12.0,
        "waiting": float(waiting.sum()),
        "full": int((haul & (capacity > 0.0) & (found.taken >= FULL * capacity)).sum()),
        "worst_link": s.link_ids[int(np.argmax(on_link))] if on_link.max(initial=0.0) > 0.0 else None,
    }
