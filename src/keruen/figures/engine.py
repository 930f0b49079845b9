"""From claims to figures and conflicts.

Receives gathered claims and the world; hands on verdicts, one for each quantity, and disputes, one for each minimal
conflict. Claims on one quantity are weighed on a line; quantities that identities tie together are weighed jointly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from keruen.figures.causes import Clash, Reason, compatible_scopes, reasons
from keruen.figures.claims import Claim
from keruen.figures.gather import Gathered, Misconversion
from keruen.figures.quantity import Quantity
from keruen.figures.rivals import pooled, weigh
from keruen.figures.wording import against, amount, clipped, listed, told
from keruen.figures.world import World

MOST_REPAIRS = 8
"""Tied repairs that are listed for one conflict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence says of one quantity; the columns of the ``figure`` table."""

    quantity: Quantity
    unit: str
    estimate: float
    low: float | None
    high: float | None
    rests_on: tuple[str, ...]
    set_aside: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A minimal conflict; the columns of the ``conflict`` table."""

    members: tuple[str, ...]
    identities: tuple[str, ...]
    explanation: str
    cause: str
    alternatives: tuple[str, ...]
    repairs: tuple[tuple[str, ...], ...]
    size: float

    @property
    def conflict_id(self) -> str:
        """Hash of the members."""
        return sha256("\n".join(self.members).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Figures and conflicts, with the count of what gave none.

    Parameters
    ----------
    verdicts, disputes
        Sorted by identifier.
    unlinked, empty
        Statements without an indicator, and linked ones without a number.
    """

    verdicts: tuple[Verdict, ...]
    disputes: tuple[Dispute, ...]
    unlinked: tuple[str, ...]
    empty: tuple[str, ...]


def settle(gathered: Gathered, world: World) -> Reconciliation:
    """Weigh all claims.

    Parameters
    ----------
    gathered
        Claims and what could not be compared.
    world
        Indicators, places, rates and identities.
    """
    groups: dict[Quantity, list[Claim]] = defaultdict(list)
    for claim in gathered.claims:
        groups[claim.quantity].append(claim)
    notes: dict[Quantity, list[str]] = defaultdict(list)
    aside: dict[Quantity, list[str]] = defaultdict(list)
    for claim, reason in gathered.incomparable:
        notes[claim.quantity].append(f"{told(claim)} is left out: {reason}")
        aside[claim.quantity].append(claim.statement_id)
    disputes = [_misconversion(pair, world) for pair in gathered.misconversions]
    for pair, found in zip(gathered.misconversions, disputes, strict=True):
        notes[pair.original.quantity].append(f"{told(pair.restated)} is set aside: {found.explanation}")
        aside[pair.original.quantity].append(pair.restated.statement_id)
    verdicts = []
    for quantity in sorted(groups):
        members, others = one_set(groups[quantity], world)
        if others:
            notes[quantity].append(f"{listed(told(c) for c in others)} speak of other sets")
            aside[quantity].extend(c.statement_id for c in others)
        verdict, clashes = _on_a_line(members, notes[quantity], aside[quantity], world)
        verdicts.append(verdict)
        disputes.extend(clashes)
    return Reconciliation(
        tuple(sorted(verdicts, key=lambda v: str(v.quantity))),
        tuple(sorted(disputes, key=lambda d: d.conflict_id)),
        gathered.unlinked,
        gathered.empty,
    )


def one_set(claims: Sequence[Claim], world: World) -> tuple[list[Claim], list[Claim]]:
    """Split the claims on a count or stock into those on one set of things and those on others.

    The set that most documents name stays, or the larger of two: it is the likelier whole.
    """
    quantity = claims[0].quantity
    kind = world.measure(quantity.indicator, claims[0].unit).kind
    if len(claims) == 1 or (kind not in {"count", "stock"} and quantity.aspect != "pledge"):
        return list(claims), []
    if compatible_scopes(claims):
        return list(claims), []
    clusters: list[list[Claim]] = []
    for claim in sorted(claims, key=lambda c: (c.value, c.statement_id)):
        if clusters and compatible_scopes([*clusters[-1], claim]):
            clusters[-1].append(claim)
        else:
            clusters.append([claim])
    chosen = max(clusters, key=lambda group: (len({c.source_id for c in group}), group[0].value))
    ids = {c.statement_id for c in chosen}
    return [c for c in claims if c.statement_id in ids], [c for c in claims if c.statement_id not in ids]


def _on_a_line(
    claims: Sequence[Claim], notes: Sequence[str], aside: Sequence[str], world: World
) -> tuple[Verdict, list[Dispute]]:
    weighing = weigh(claims)
    kept = [claims[i] for i in weighing.kept]
    lost = [claims[i] for i in weighing.aside]
    repairs = tuple(tuple(sorted(claims[i].statement_id for i in repair)) for repair in weighing.repairs)
    disputes = []
    why: dict[str, Reason] = {}
    for i, j in weighing.conflicts:
        clash = Clash((claims[i], claims[j]), frozenset(), (), False, gap_between(claims[i], claims[j]))
        ranked = reasons(clash, world)
        disputes.append(dispute(clash, ranked, repairs))
        for position in (i, j):
            why.setdefault(claims[position].statement_id, ranked[0])
    estimate, low, high, rests_on = pooled(kept)
    verdict = Verdict(
        claims[0].quantity,
        claims[0].unit,
        tidy(estimate),
        tidy(low),
        tidy(high),
        rests_on,
        tuple(sorted({*aside, *(c.statement_id for c in lost)})),
        clipped(_told_figure(estimate, kept, lost, why, notes, len(repairs) > 1)),
    )
    return verdict, disputes


def gap_between(a: Claim, b: Claim) -> float:
    """Return the distance between what two claims allow, relative to the larger."""
    size = max(abs(a.value), abs(b.value))
    return max(a.low - b.high, b.low - a.high, 0.0) / size if size else 0.0


def tidy(value: float) -> float:
    """Round to ten significant digits, below which solvers differ."""
    return float(f"{value:.9e}")


def dispute(clash: Clash, ranked: Sequence[Reason], repairs: Iterable[tuple[str, ...]]) -> Dispute:
    """Put a conflict into words, with the repairs that touch it."""
    members = tuple(sorted(c.statement_id for c in clash.members))
    ordered = sorted(clash.members, key=lambda c: (-abs(c.value), c.statement_id))
    touching = dict.fromkeys(tuple(m for m in repair if m in members) for repair in repairs)
    first = ranked[0]
    values = [c.value for c in clash.members]
    size = (
        (max(values) - min(values)) / max(map(abs, values))
        if len(members) == 2 and not clash.forms
        else clash.gap
    )
    return Dispute(
        members,
        clash.identities,
        clipped(f"{against([[c] for c in ordered])}: {first.sentence}."),
        first.cause,
        tuple(f"{r.cause}: {r.sentence}" for r in ranked[1:]),
        tuple(repair for repair in touching if repair)[:MOST_REPAIRS],
        tidy(abs(size)),
    )


def _misconversion(pair: Misconversion, world: World) -> Dispute:
    low, high = pair.band
    gap = min(abs(pair.rate - low), abs(pair.rate - high)) / pair.rate
    clash = Clash((pair.original, pair.restated), frozenset({"exchange"}), ("exchange",), False, gap)
    ranked = reasons(clash, world)
    units = f"{pair.restated.written[1]} to the {pair.original.written[1]}"
    detail = f"the rate of {pair.rate:.4g} {units} lies outside {pair.year}'s {low:.4g} to {high:.4g}"
    ranked[0] = Reason(ranked[0].cause, ranked[0].score, detail)
    return dispute(clash, ranked, [(pair.restated.statement_id,)])


def _told_figure(
    estimate: float,
    kept: Sequence[Claim],
    lost: Sequence[Claim],
    why: Mapping[str, Reason],
    notes: Sequence[str],
    tied: bool,
) -> str:
    heaviest = sorted(kept, key=lambda c: (-c.weight, c.statement_id))
    sentence = listed(told(c) for c in heaviest)
    if len({round(c.value, 6) for c in kept}) > 1:
        sentence += f", weighed to {amount(estimate, kept[0].unit)}"
    if lost:
        reason = next((why[c.statement_id] for c in lost if c.statement_id in why), None)
        sentence += f" against {listed(told(c) for c in lost)}"
        if reason is not None:
            sentence += f": {reason.sentence}"
        if tied:
            sentence += "; the two weigh the same, and the later publication is kept"
        else:
            sentence += f"; {amount(estimate, kept[0].unit)} is kept as the better supported"
    sentences = [sentence, *notes]
    return ". ".join(s[:1].upper() + s[1:] if i else s for i, s in enumerate(sentences)) + "."
