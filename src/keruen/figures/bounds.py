"""Bounds that claims and identities imply, without a solver.

Receives rows, hands on the range of each quantity. Each row bounds each of its quantities by the ranges of the others; taken
round until nothing moves. On a tree of identities the result is exact; where identities close a circle it
would only be an outer bound, and the caller asks a linear program instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from keruen.figures.identities import Row

ROUNDS = 100
"""Most rounds; a tree needs as many as it is deep."""


def is_tree(rows: Sequence[Row]) -> bool:
    """Whether the identities of a connected part close no circle."""
    edges = {tuple(sorted(v for v, _ in r.terms)) for r in rows if len(r.terms) > 1}
    variables = {v for r in rows for v, _ in r.terms}
    return sum(len(edge) - 1 for edge in edges) == len(variables) - 1


def propagated(rows: Sequence[Row], wanted: Iterable[int]) -> dict[int, tuple[float | None, float | None]]:
    """Return the range of each wanted variable; None where open.

    Parameters
    ----------
    rows
        Claims and identities of a connected part that can all hold.
    wanted
        Variables.

    Examples
    --------
    >>> whole, part = Row(((0, 1.0),), 9.0, 11.0, 0), Row(((1, 1.0),), 10.0, 14.0, 1)
    >>> at_most = Row(((0, 1.0), (1, -1.0)), 0.0, float("inf"), identity="parts")
    >>> propagated([whole, part, at_most], [0, 1])
    {0: (10.0, 11.0), 1: (10.0, 11.0)}
    """
    signed = {r.terms[0][0] for r in rows if len(r.terms) == 1 and r.low < 0}
    low = {v: -math.inf if v in signed else 0.0 for r in rows for v, _ in r.terms}
    high = dict.fromkeys(low, math.inf)
    for _ in range(ROUNDS):
        moved = False
        for row in rows:
            least = [a * (low[v] if a > 0 else high[v]) for v, a in row.terms]
            most = [a * (high[v] if a > 0 else low[v]) for v, a in row.terms]
            for k, (v, a) in enumerate(row.terms):
                # What the others leave to this term.
                top = row.high - math.fsum(x for i, x in enumerate(least) if i != k)
                bottom = row.low - math.fsum(x for i, x in enumerate(most) if i != k)
                ends = (bottom / a, top / a) if a > 0 else (top / a, bottom / a)
                if ends[0] > low[v] and not math.isclose(ends[0], low[v], rel_tol=1e-12):
                    low[v], moved = ends[0], True
                if ends[1] < high[v] and not math.isclose(ends[1], high[v], rel_tol=1e-12):
                    high[v], moved = ends[1], True
        if not moved:
            break
    return {
        v: (low[v] if math.isfinite(low[v]) else None, high[v] if math.isfinite(high[v]) else None)
        for v in wanted
        if v in low
    }
