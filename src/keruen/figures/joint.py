"""Quantities that identities tie together are weighed jointly.

Receives claims and their rows; hands on, for each connected part of the evidence, its conflicts, what is set aside, and the
balanced estimates with their bounds. Parts are kept as small as the identities really bind: rows that merely carry a
figure to another year may prove a conflict but join nothing afterwards.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from keruen.figures.balance import balance
from keruen.figures.bounds import is_tree, propagated
from keruen.figures.claims import Claim
from keruen.figures.conflicts import MOST_CONFLICTS, Mending, mend
from keruen.figures.identities import PARTS, Grounded, Row
from keruen.figures.polytope import SLACK, Polytope
from keruen.figures.rivals import gap_between, pooled, preference, weigh


@dataclass(frozen=True, slots=True)
class Settled:
    """What one quantity comes to: estimate, bounds, and positions of the claims that move it."""

    estimate: float
    low: float | None
    high: float | None
    rests_on: frozenset[int]
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Clashing:
    """A minimal conflict by positions: its relative size, the identities that prove it, the repairs of its group."""

    members: tuple[int, ...]
    gap: float
    laws: tuple[Row, ...]
    repairs: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """Conflicts of a part, the claims set aside, and those that are doubted but kept."""

    clashing: list[Clashing]
    aside: frozenset[int]
    doubted: frozenset[int]


FREE = 1e-6
"""Factor on the weight of a claim that is set aside already."""


def connected(rows: Iterable[Row]) -> list[list[Row]]:
    """Split rows into parts that share no variable and no claim."""
    parent: dict[int, int] = {}

    def root(x: int) -> int:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    rows = list(rows)
    for row in rows:
        # Claims are told from variables by their sign.
        nodes = [v for v, _ in row.terms] + ([-1 - row.owner] if row.owner >= 0 else [])
        for other in nodes[1:]:
            parent[root(other)] = root(nodes[0])
    parts: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        parts[root(row.terms[0][0])].append(row)
    return list(parts.values())


def sizes(rows: Sequence[Row], claims: Sequence[Claim]) -> dict[int, float]:
    """Return a typical size of each variable: its largest claim, or what its identities suggest."""
    found: dict[int, float] = {}
    for row in rows:
        if row.owner >= 0 and len(row.terms) == 1:
            v = row.terms[0][0]
            found[v] = max(found.get(v, 0.0), abs(claims[row.owner].value), 1e-12)
    pending = [r for r in rows if len(r.terms) > 1]
    stuck = False
    while pending:
        left = []
        for row in pending:
            known = [abs(a) * found[v] for v, a in row.terms if v in found]
            unknown = [(v, a) for v, a in row.terms if v not in found]
            # A row with one open end tells its size; with several, the size is a guess that waits its turn.
            if unknown and known and (len(unknown) == 1 or stuck):
                for v, a in unknown:
                    found[v] = max(known) / abs(a)
            elif unknown:
                left.append(row)
        if len(left) == len(pending):
            if stuck:
                break
            stuck = True
        else:
            stuck = False
        pending = left
    for row in pending:
        for v, _ in row.terms:
            found.setdefault(v, 1.0)
    return found


def doubtful(parts: Sequence[Sequence[Row]], claims: Sequence[Claim]) -> list[Sequence[Row]]:
    """Return the connected parts whose claims cannot all hold; one linear program asks about all of them."""
    tied = [part for part in parts if any(len(r.terms) > 1 for r in part)]
    single = [part for part in parts if not any(len(r.terms) > 1 for r in part)]
    rows = [r for part in tied for r in part]
    yielding = Polytope(rows, sizes(rows, claims)).yielding() if rows else set()
    return single + [part for part in tied if any(r.owner in yielding for r in part)]


def mended(part: Sequence[Row], claims: Sequence[Claim]) -> Mended:
    """Find what clashes in a connected part, what is set aside, and what is only doubted.

    Identities of one year decide what is set aside. A clash that needs a figure carried from another year is told, with its
    lightest repair, but sets nothing aside: the drift band is a habit, not a law.
    """
    clashing: list[Clashing] = []
    aside: set[int] = set()
    for rows in connected(r for r in part if not r.carried):
        found, dropped = repaired(rows, claims)
        clashing += found
        aside |= dropped
    doubted: frozenset[int] = frozenset()
    if any(r.carried for r in part):
        known = {c.members for c in clashing}
        found, doubted = repaired(part, claims, aside)
        clashing += [c for c in found if c.members not in known]
    return Mended(clashing, frozenset(aside), doubted - aside)


def repaired(
    rows: Sequence[Row], claims: Sequence[Claim], light: Collection[int] = ()
) -> tuple[list[Clashing], frozenset[int]]:
    """Find the minimal conflicts of rows and their lightest repair.

    Parameters
    ----------
    rows
        A connected part.
    claims
        All claims, by position.
    light
        Claims that are set aside already and cost nothing more.
    """
    owners = sorted({r.owner for r in rows if r.owner >= 0})
    if all(len(r.terms) == 1 for r in rows):
        return _rivals(owners, claims)
    shape = Polytope(rows, sizes(rows, claims))
    if shape.agree(owners):
        return [], frozenset()

    def liked(repair: tuple[int, ...]) -> tuple[list[int], list[str]]:
        return preference([claims[i] for i in repair])

    weight = {i: claims[i].weight * (FREE if i in light else 1.0) for i in owners}
    mending: Mending = mend(shape, owners, weight, liked)
    clashing = [
        Clashing(members, *shape.proof(members), repairs)
        for members, repairs in zip(mending.conflicts, mending.repairs, strict=True)
    ]
    return clashing, mending.aside


def _rivals(owners: Sequence[int], claims: Sequence[Claim]) -> tuple[list[Clashing], frozenset[int]]:
    """Weigh claims on one quantity that nothing ties to another."""
    weighing = weigh([claims[i] for i in owners])
    repairs = tuple(tuple(owners[i] for i in repair) for repair in weighing.repairs)
    lost = set(weighing.aside)
    # Of very many pairs those are told first in which the weightier side was kept.
    pairs = sorted(
        weighing.conflicts,
        key=lambda pair: (
            len(lost.intersection(pair)) != 1,
            -sum(claims[owners[i]].weight for i in pair),
            pair,
        ),
    )
    clashing = [
        Clashing((owners[i], owners[j]), gap_between(claims[owners[i]], claims[owners[j]]), (), repairs)
        for i, j in pairs[:MOST_CONFLICTS]
    ]
    return clashing, frozenset(owners[i] for i in weighing.aside)


def settle_part(rows: Sequence[Row], claims: Sequence[Claim], wanted: Iterable[int]) -> dict[int, Settled]:
    """Balance one connected part whose rows can all hold.

    Parameters
    ----------
    rows
        Rows of accepted claims and of identities; none is carried.
    claims
        All claims, by position.
    wanted
        Variables to answer for.
    """
    direct: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.owner >= 0 and len(row.terms) == 1:
            direct[row.terms[0][0]].append(row.owner)
    alone = {v: pooled([claims[i] for i in owners]) for v, owners in direct.items()}
    by_id = {claims[i].statement_id: i for owners in direct.values() for i in owners}
    loose = all(r.sd == 0 or (r.owner >= 0 and len(r.terms) == 1) for r in rows)
    point = {v: a[0] for v, a in alone.items()}
    if loose and all(_holds(r, point) for r in rows):
        estimates = point
        movers = {v: frozenset(by_id[s] for s in a[3]) for v, a in alone.items()}
    else:
        scale = sizes(rows, claims)
        start = {v: point.get(v, s) for v, s in scale.items()}
        balanced = balance(rows, start, _values(rows, claims))
        estimates = balanced.estimates
        movers = {v: frozenset(m) for v, m in balanced.rests_on.items()}
    bounds: dict[int, tuple[float | None, float | None]] = {v: (a[1], a[2]) for v, a in alone.items()}
    if any(len(r.terms) > 1 for r in rows):
        bounds |= propagated(rows, wanted) if is_tree(rows) else _by_programme(rows, claims, wanted)
    answer = {}
    for v in wanted:
        if v in estimates and v in bounds:
            low, high = bounds[v]
            estimate = estimates[v]
            if low is not None:
                estimate = max(estimate, low)
            if high is not None:
                estimate = min(estimate, high)
            answer[v] = Settled(estimate, low, high, movers.get(v, frozenset()), v not in direct)
    return answer


def _by_programme(
    rows: Sequence[Row], claims: Sequence[Claim], wanted: Iterable[int]
) -> dict[int, tuple[float | None, float | None]]:
    shape = Polytope(rows, sizes(rows, claims))
    return {v: shape.range(v) for v in wanted if v in shape.columns}


def _values(rows: Sequence[Row], claims: Sequence[Claim]) -> dict[int, float]:
    return {r.owner: claims[r.owner].value for r in rows if r.owner >= 0}


def _holds(row: Row, point: Mapping[int, float]) -> bool:
    if any(v not in point for v, _ in row.terms):
        # An amount that nobody states can be chosen to fit only if the row is loose; leave that to the solver.
        return False
    level = math.fsum(a * point[v] for v, a in row.terms)
    size = max(abs(a * point[v]) for v, a in row.terms) or 1.0
    return row.low - SLACK * size <= level <= row.high + SLACK * size


def accepted(grounded: Grounded, aside: frozenset[int], wanted: frozenset[int]) -> list[list[Row]]:
    """Return the connected parts of what is left: claims that count, and identities that carry nothing over.

    Amounts that neither a claim nor an identity determines are dropped, and with them the rows that need them; as parts of
    a whole they may be nothing at all. So are amounts that nobody asks for and that lead nowhere.

    Parameters
    ----------
    grounded
        All variables and rows.
    aside
        Claims set aside, by position.
    wanted
        Variables that a figure is asked of.
    """
    rows = [r for r in grounded.rows if not r.carried and r.owner not in aside]
    anchored = {r.terms[0][0] for r in rows if len(r.terms) == 1}
    ties = [r for r in rows if r.sd > 0 and len(r.terms) > 1]
    grown = True
    while grown:
        grown = False
        for row in ties:
            loose = [v for v, _ in row.terms if v not in anchored]
            if len(loose) == 1:
                anchored.add(loose[0])
                grown = True
    kept = _without(rows, {v for r in rows for v, _ in r.terms} - anchored)
    while True:
        edges = {frozenset(v for v, _ in r.terms) for r in kept if len(r.terms) > 1}
        ends = Counter(v for edge in edges for v in edge)
        idle = {v for v, n in ends.items() if n == 1} - wanted
        if not idle:
            return connected(kept)
        kept = _without(kept, idle)


def _without(rows: Iterable[Row], gone: Collection[int]) -> list[Row]:
    """Drop variables: as a part of a whole one counts for nothing, any other row goes with it."""
    kept = []
    for row in rows:
        terms = tuple(t for t in row.terms if t[0] not in gone)
        if len(terms) == len(row.terms):
            kept.append(row)
        elif row.form in PARTS and row.terms[0] in terms and len(terms) > 1:
            kept.append(replace(row, terms=terms))
    return kept
