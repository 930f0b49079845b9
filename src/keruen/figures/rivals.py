"""Rival statements of one quantity: which agree, which are set aside, and what the rest say.

Receives claims on one quantity, hands on a weighing. On a line, claims agree together exactly when they agree two by two
(Helly's theorem in one dimension), so minimal conflicts are pairs and the heaviest agreeing set is the deepest point of
their intervals: no solver is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from keruen.figures.claims import Claim

ROBUST = 1.345
"""Residual, in standard deviations, from which a claim pulls less than in proportion."""
TIE = 1e-6
"""Weights closer than this are tied."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What rival claims come to.

    Parameters
    ----------
    kept, aside
        Positions of the claims that count and of those set aside.
    repairs
        Every lightest set of claims whose removal leaves agreement; several are a tie, the first is the one taken.
    conflicts
        Pairs that disagree.
    """

    kept: tuple[int, ...]
    aside: tuple[int, ...]
    repairs: tuple[tuple[int, ...], ...]
    conflicts: tuple[tuple[int, int], ...]


def weigh(claims: Sequence[Claim]) -> Weighing:
    """Set aside the lightest claims so that the rest agree.

    Parameters
    ----------
    claims
        Claims on one quantity, in one unit.
    """
    everyone = tuple(range(len(claims)))
    if max(c.low for c in claims) <= min(c.high for c in claims):
        return Weighing(everyone, (), (), ())
    cliques = {
        tuple(i for i in everyone if claims[i].low <= point <= claims[i].high)
        for point in {c.low for c in claims}
    }
    depth = {clique: math.fsum(claims[i].weight for i in clique) for clique in cliques}
    best = max(depth.values())
    tied = sorted(
        (clique for clique, weight in depth.items() if weight >= best * (1 - TIE)),
        key=lambda clique: preference([c for i, c in enumerate(claims) if i not in clique]),
    )
    repairs = tuple(tuple(i for i in everyone if i not in clique) for clique in tied)
    pairs = tuple(
        (i, j)
        for i in everyone
        for j in everyone[i + 1 :]
        if claims[i].low > claims[j].high or claims[j].low > claims[i].high
    )
    return Weighing(tied[0], repairs[0], repairs, pairs)


def preference(aside: Sequence[Claim]) -> tuple[list[int], list[str]]:
    """Sort key between tied repairs: the older publication is set aside, then the higher identifier."""
    dates = sorted((c.published.toordinal() if c.published else 0 for c in aside), reverse=True)
    kept_first = sorted((c.statement_id for c in aside), reverse=True)
    return dates, [_reversed(text) for text in kept_first]


def _reversed(text: str) -> str:
    """Return a text that sorts the other way round."""
    return "".join(chr(0x10FFFF - ord(c)) for c in text) + chr(0x10FFFF)


def pooled(claims: Sequence[Claim]) -> tuple[float, float, float, tuple[str, ...]]:
    """Return estimate, low, high and the statements that move the estimate, of claims that agree.

    A weighted mean with pseudo-Huber weights (Charbonnier), so that every claim keeps some pull and none too much, held
    within what all claims allow.

    Examples
    --------
    With no claim near a bound this is the weighted mean; see the tests.
    """
    low, high = max(c.low for c in claims), min(c.high for c in claims)
    base = [c.weight / c.sd**2 for c in claims]
    estimate = math.fsum(b * c.value for b, c in zip(base, claims, strict=True)) / math.fsum(base)
    for _ in range(30):
        pull = [
            b / math.sqrt(1 + ((estimate - c.value) / (ROBUST * c.sd)) ** 2)
            for b, c in zip(base, claims, strict=True)
        ]
        moved = math.fsum(p * c.value for p, c in zip(pull, claims, strict=True)) / math.fsum(pull)
        done = math.isclose(moved, estimate, rel_tol=1e-14)
        estimate = moved
        if done:
            break
    if low <= estimate <= high:
        return estimate, low, high, tuple(sorted(c.statement_id for c in claims))
    bound = low if estimate < low else high
    at = tuple(sorted(c.statement_id for c in claims if (c.low if estimate < low else c.high) == bound))
    return bound, low, high, at


def gap_between(a: Claim, b: Claim) -> float:
    """Return the distance between what two claims allow, relative to the larger."""
    size = max(abs(a.value), abs(b.value))
    return max(a.low - b.high, b.low - a.high, 0.0) / size if size else 0.0
