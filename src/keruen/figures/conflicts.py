"""Which claims cannot all be true, and the lightest ways to mend it.

Receives a polytope of claims and their weights; hands on minimal conflicts and repairs. A repair is a set of claims that
meets every minimal conflict, and a lightest one is what Fellegi and Holt (1976, "A systematic approach to automatic edit and
imputation") set aside. Conflicts and repairs are each other's duals (Reiter 1987): a lightest repair of the conflicts known
so far either mends everything or shows another conflict.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MOST_CONFLICTS = 32
"""Minimal conflicts sought in one connected part of the evidence, beyond those that the repair needs."""
EFFORT = 640
"""Claims of a part times conflicts sought in it: large parts are searched less far."""
MOST_REPAIRS = 64
"""Candidate repairs kept for one group of conflicts."""
TIE = 1e-6
"""Relative weight within which repairs are tied."""

Members = tuple[int, ...]


class Evidence(Protocol):
    """What is asked of a polytope."""

    def agree(self, owners: Collection[int]) -> bool:
        """Whether the claims can all be true."""

    def conflict(self, owners: Collection[int], order: dict[int, float]) -> Members:
        """Return a minimal conflict, or nothing."""


@dataclass(frozen=True, slots=True)
class Mending:
    """Minimal conflicts of a part of the evidence, and what to set aside.

    Parameters
    ----------
    conflicts
        Minimal conflicts.
    aside
        The repair that is taken.
    repairs
        By conflict, in the order of ``conflicts``: every lightest repair of the group of conflicts that it belongs to.
    complete
        Whether all minimal conflicts are known.
    """

    conflicts: tuple[Members, ...]
    aside: frozenset[int]
    repairs: tuple[tuple[Members, ...], ...]
    complete: bool


def mend(
    evidence: Evidence,
    owners: Collection[int],
    weight: Mapping[int, float],
    preference: Callable[[Members], Any],
) -> Mending:
    """Find minimal conflicts and the lightest repair.

    Parameters
    ----------
    evidence
        Tells whether claims agree.
    owners
        All claims of a connected part.
    weight
        Prior weight by claim.
    preference
        Sort key among tied repairs; the lowest is taken.
    """
    everyone = frozenset(owners)
    order = dict(weight)
    known: list[Members] = []
    remaining = set(everyone)
    while found := evidence.conflict(remaining, order):
        known.append(found)
        remaining -= set(found)
    complete = False
    most = min(MOST_CONFLICTS, max(1, EFFORT // len(everyone)))
    tested: set[frozenset[int]] = set()
    while True:
        groups = [(group, _ranked(_repairs(group, weight), weight, preference)) for group in grouped(known)]
        best = [frozenset(repairs[0]) for _, repairs in groups]
        fresh: Members = ()
        for candidate in _candidates(best, groups):
            if candidate not in tested:
                fresh = evidence.conflict(everyone - candidate, order)
                if fresh:
                    break
                tested.add(candidate)
            if len(known) >= most:
                break
        if fresh:
            known.append(fresh)
            continue
        complete = len(known) < most and _exhaustive(groups) and all(len(r) < MOST_REPAIRS for _, r in groups)
        break
    by_conflict: dict[Members, tuple[Members, ...]] = {}
    for group, repairs in groups:
        lightest = _weight(repairs[0], weight)
        tied = tuple(r for r in repairs if _weight(r, weight) <= lightest * (1 + TIE))
        by_conflict |= dict.fromkeys(group, tied)
    listed = sorted(known)
    return Mending(tuple(listed), frozenset().union(*best), tuple(by_conflict[c] for c in listed), complete)


def _ranked(
    repairs: list[Members], weight: Mapping[int, float], preference: Callable[[Members], Any]
) -> list[Members]:
    """Put the preferred one of the lightest repairs first: it is the one that is checked and taken."""
    lightest = _weight(repairs[0], weight) * (1 + TIE)
    tied = [r for r in repairs if _weight(r, weight) <= lightest]
    return sorted(tied, key=lambda r: (preference(r), r)) + repairs[len(tied) :]


def _exhaustive(groups: list[tuple[list[Members], list[Members]]]) -> bool:
    """Whether every combination of the groups' repairs is tried."""
    return math.prod(len(repairs) for _, repairs in groups) <= MOST_REPAIRS


def _candidates(
    best: list[frozenset[int]], groups: list[tuple[list[Members], list[Members]]]
) -> Iterable[frozenset[int]]:
    """Yield the lightest repair, then every other one, or where those are too many, those that differ in one group."""
    yield frozenset().union(*best)
    if _exhaustive(groups):
        for combination in itertools.product(*(repairs for _, repairs in groups)):
            yield frozenset().union(*combination)
        return
    for i, (_, repairs) in enumerate(groups):
        elsewhere = frozenset().union(*(b for k, b in enumerate(best) if k != i))
        for repair in repairs[1:]:
            yield elsewhere | frozenset(repair)


def grouped(conflicts: Collection[Members]) -> list[list[Members]]:
    """Group conflicts that share claims, directly or through others."""
    groups: list[tuple[set[int], list[Members]]] = []
    for conflict in sorted(conflicts):
        touching = [g for g in groups if g[0] & set(conflict)]
        members = set(conflict).union(*(g[0] for g in touching))
        merged = [conflict, *(c for g in touching for c in g[1])]
        groups = [g for g in groups if g not in touching]
        groups.append((members, merged))
    return [sorted(g[1]) for g in groups]


def _repairs(conflicts: list[Members], weight: Mapping[int, float]) -> list[Members]:
    """Return minimal sets that meet every conflict, lightest first (Berge's algorithm, capped at MOST_REPAIRS)."""
    partial: set[frozenset[int]] = {frozenset()}
    for conflict in sorted(conflicts, key=lambda c: (len(c), c)):
        grown = {p if p & set(conflict) else p | {c} for p in partial for c in conflict}
        minimal = [g for g in grown if not any(other < g for other in grown)]
        minimal.sort(key=lambda g: (_weight(g, weight), sorted(g)))
        partial = set(minimal[:MOST_REPAIRS])
    return [tuple(sorted(p)) for p in sorted(partial, key=lambda g: (_weight(g, weight), sorted(g)))]


def _weight(members: Iterable[int], weight: Mapping[int, float]) -> float:
    return math.fsum(weight[m] for m in members)
