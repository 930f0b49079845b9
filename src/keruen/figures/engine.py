"""From claims to figures and conflicts.

Receives gathered claims and the world; hands on verdicts, one for each quantity, and disputes, one for each minimal
conflict. Claims on one quantity are weighed on a line; quantities that identities tie together are weighed jointly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from keruen.figures.causes import Clash, Reason, reasons
from keruen.figures.claims import Claim
from keruen.figures.gather import Gathered, Misconversion
from keruen.figures.identities import ground
from keruen.figures.joint import Clashing, Settled, accepted, connected, doubtful, mended, settle_part
from keruen.figures.quantity import Quantity
from keruen.figures.rivals import gap_between, pooled, weigh
from keruen.figures.sameness import one_set, one_thing
from keruen.figures.wording import against, amount, clipped, listed, told
from keruen.figures.workings import workings
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
    quantities: tuple[Quantity, ...]
    identities: tuple[str, ...]
    explanation: str
    reasons: tuple[Reason, ...]
    repairs: tuple[tuple[str, ...], ...]
    size: float
    workings: tuple[str, ...]

    @property
    def conflict_id(self) -> str:
        """Hash of the members."""
        return sha256("\n".join(self.members).encode()).hexdigest()[:16]

    @property
    def cause(self) -> str:
        """The likeliest reason's class."""
        return self.reasons[0].cause


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
    for pair in gathered.misconversions:
        notes[pair.original.quantity].append(f"{told(pair.restated)} is set aside: {misconverted(pair)}")
        aside[pair.original.quantity].append(pair.restated.statement_id)
    counted: list[Claim] = []
    for quantity in sorted(groups):
        singled, others = one_thing(groups[quantity])
        members, apart = one_set(singled, world)
        others += apart
        if others:
            notes[quantity].append(f"{listed(told(c) for c in others)} speak of other sets")
            aside[quantity].extend(c.statement_id for c in others)
        counted += members
    verdicts, clashes = _weighed(counted, notes, aside, world)
    return Reconciliation(
        tuple(sorted(verdicts, key=lambda v: str(v.quantity))),
        tuple(sorted([*disputes, *clashes], key=lambda d: d.conflict_id)),
        gathered.unlinked,
        gathered.empty,
    )


def _weighed(
    claims: Sequence[Claim],
    notes: Mapping[Quantity, Sequence[str]],
    aside: Mapping[Quantity, Sequence[str]],
    world: World,
) -> tuple[list[Verdict], list[Dispute]]:
    """Mend every connected part, then balance what is left."""
    grounded = ground(claims, world)
    disputes: list[Dispute] = []
    why: dict[int, Reason] = {}
    lost: set[int] = set()
    doubted: set[int] = set()
    tied: set[int] = set()
    for part in doubtful(connected(grounded.rows), claims):
        mending = mended(part, claims)
        lost |= mending.aside
        doubted |= mending.doubted
        for clash in telling(mending.clashing, mending.aside | mending.doubted):
            dispute, first = _disputed(clash, claims, grounded.variables, world)
            disputes.append(dispute)
            tied.update(clash.members if len(dispute.repairs) > 1 else ())
            for position in clash.members:
                why.setdefault(position, first)
    number = {q: v for v, q in enumerate(grounded.variables)}
    asked = frozenset(number[c.quantity] for c in claims if c.quantity in number)
    settled: dict[int, Settled] = {}
    for part in accepted(grounded, frozenset(lost), asked):
        variables = sorted({v for r in part for v, _ in r.terms})
        settled |= settle_part(part, claims, variables)
    by_quantity: dict[Quantity, list[int]] = defaultdict(list)
    for position, claim in enumerate(claims):
        by_quantity[claim.quantity].append(position)
    verdicts = [
        _verdict(
            quantity,
            positions,
            settled.get(number.get(quantity, -1)),
            claims,
            frozenset(lost),
            frozenset(tied),
            why,
            [
                *notes.get(quantity, ()),
                *_doubts([claims[i] for i in positions if i in doubted], positions, why),
            ],
            aside.get(quantity, ()),
        )
        for quantity, positions in sorted(by_quantity.items())
    ]
    return verdicts, disputes


def telling(clashing: Sequence[Clashing], dropped: frozenset[int]) -> list[Clashing]:
    """Keep the conflicts that say something of their own.

    One that blames the same claims as a smaller one, by the same identities or more, repeats it by a longer way round; one
    whose every member stands in others that blame the same merely mixes them. Rivals on one quantity are all kept.
    """
    kept: list[tuple[frozenset[int], frozenset[str]]] = []
    told_of: list[Clashing] = []
    for clash in sorted(clashing, key=lambda c: (len(c.members), len(c.laws), c.members)):
        blamed = dropped.intersection(clash.members)
        names = frozenset(r.identity for r in clash.laws)
        if names and any(b <= blamed and n <= names for b, n in kept):
            continue
        if names:
            kept.append((blamed, names))
        told_of.append(clash)
    return _unmixed(told_of, dropped)


def _unmixed(clashing: list[Clashing], dropped: frozenset[int]) -> list[Clashing]:
    """Drop those that only mix others, the most mixed first."""

    def mixture(clash: Clashing) -> tuple[int, int, tuple[int, ...]]:
        return len({r.form for r in clash.laws} - {"drift"}), len(clash.members), clash.members

    left = list(clashing)
    for clash in sorted((c for c in clashing if c.laws), key=mixture, reverse=True):
        blamed = dropped.intersection(clash.members)
        others = {
            m for c in left if c is not clash and dropped.intersection(c.members) == blamed for m in c.members
        }
        if blamed and others.issuperset(clash.members):
            left.remove(clash)
    return left


def _doubts(claims: Sequence[Claim], positions: Sequence[int], why: Mapping[int, Reason]) -> list[str]:
    """Tell that a figure is kept though figures of other years speak against it."""
    reason = next((why[i] for i in positions if i in why), None)
    return [f"doubted: {reason.sentence}"] if claims and reason is not None else []


def _verdict(
    quantity: Quantity,
    positions: Sequence[int],
    settled: Settled | None,
    claims: Sequence[Claim],
    lost: frozenset[int],
    tied: frozenset[int],
    why: Mapping[int, Reason],
    notes: Sequence[str],
    aside: Sequence[str],
) -> Verdict:
    kept = [claims[i] for i in positions if i not in lost]
    dropped = [claims[i] for i in positions if i in lost]
    reason = next((why[i] for i in positions if i in lost and i in why), None)
    sentence = ""
    if settled is None or (settled.implied and None in (settled.low, settled.high)):
        # Nothing else determines it: the heaviest claims stand, disputed or not.
        best = kept or [dropped[i] for i in weigh(dropped).kept]
        estimate, low, high, rests_on = pooled(best)
        disputed = not kept
        dropped = [c for c in dropped if c not in best]
        settled = Settled(
            estimate, low, high, frozenset(i for i in positions if claims[i].statement_id in rests_on)
        )
        kept = best
        if disputed and reason is not None:
            sentence = (
                f"{listed(told(c) for c in best)}, disputed: {reason.sentence}; nothing else determines it"
            )
    unit = claims[positions[0]].unit
    if not sentence:
        tie = any(i in lost and i in tied for i in positions)
        sentence = _told_figure(settled, unit, kept, dropped, reason, claims, tie=tie)
    moved = tuple(sorted(claims[i].statement_id for i in settled.rests_on))
    return Verdict(
        quantity,
        unit,
        tidy(settled.estimate),
        None if settled.low is None else tidy(min(settled.low, settled.estimate)),
        None if settled.high is None else tidy(max(settled.high, settled.estimate)),
        moved,
        tuple(sorted({*aside, *(c.statement_id for c in dropped)} - set(moved))),
        clipped(". ".join(s[:1].upper() + s[1:] for s in (sentence, *notes)) + "."),
    )


def _told_figure(
    settled: Settled,
    unit: str,
    kept: Sequence[Claim],
    lost: Sequence[Claim],
    reason: Reason | None,
    claims: Sequence[Claim],
    *,
    tie: bool,
) -> str:
    heaviest = sorted(kept, key=lambda c: (-c.weight, c.statement_id))
    said = listed(told(c) for c in heaviest)
    own = {c.statement_id for c in kept}
    helpers = [claims[i] for i in sorted(settled.rests_on) if claims[i].statement_id not in own]
    value = amount(settled.estimate, unit)
    if not kept:
        said = f"{value}, implied by {listed(told(c) for c in helpers)}"
    elif len({round(c.value, 6) for c in kept}) > 1:
        said += f", weighed to {value}"
    elif helpers and abs(settled.estimate - kept[0].value) > 5e-4 * abs(settled.estimate):
        said += f", adjusted to {value} to agree with {listed(told(c) for c in helpers)}"
    if lost:
        said += f", against {listed(told(c) for c in lost)}"
        if reason is not None:
            said += f": {reason.sentence}"
        why = "though the two weigh the same, as the later announcement" if tie else "as the better supported"
        said += f"; {value} is kept {why}"
    return said


def _disputed(
    clash: Clashing, claims: Sequence[Claim], variables: Sequence[Quantity], world: World
) -> tuple[Dispute, Reason]:
    members = tuple(claims[i] for i in clash.members)
    forms = frozenset(r.form for r in clash.laws if r.form != "drift")
    names = tuple(sorted({r.identity for r in clash.laws}))
    gap = gap_between(*members) if len(members) == 2 and not names else clash.gap
    told_of = Clash(members, forms, names, any(r.carried for r in clash.laws), gap)
    ranked = reasons(told_of, world)
    repairs = [tuple(sorted(claims[i].statement_id for i in repair)) for repair in clash.repairs]
    arithmetic = workings(clash.laws, {i: claims[i] for i in clash.members}, variables)
    return dispute(told_of, ranked, repairs, arithmetic), ranked[0]


def _fits(pair: Misconversion, year: int, world: World) -> bool:
    """Whether a rate lies in the band of another year, which must have a row of its own."""
    units = pair.original.unit, pair.restated.unit
    if any(unit != "USD" and (unit, year) not in world.rates for unit in units):
        return False
    here, there = (world.rate(unit, year) for unit in units)
    return here is not None and there is not None and here[1] / there[2] <= pair.rate <= here[2] / there[1]


def tidy(value: float) -> float:
    """Round to ten significant digits, below which solvers differ."""
    return float(f"{value:.9e}")


def dispute(
    clash: Clash, ranked: Sequence[Reason], repairs: Iterable[tuple[str, ...]], arithmetic: Iterable[str] = ()
) -> Dispute:
    """Put a conflict into words, with the repairs that touch it."""
    quantity = {c.statement_id: c.quantity for c in clash.members}
    members = tuple(sorted(quantity))
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
        tuple(quantity[m] for m in members),
        clash.identities,
        clipped(f"{against([[c] for c in ordered])}: {first.sentence}."),
        tuple(ranked),
        tuple(r for r in touching if r and not any(o and set(o) < set(r) for o in touching))[:MOST_REPAIRS],
        tidy(abs(size)),
        tuple(arithmetic),
    )


def misconverted(pair: Misconversion) -> str:
    """Tell a rate that lies outside its year's band."""
    here, there = pair.original.written[1], pair.restated.written[1]
    low, high = pair.band
    return f"the two imply {pair.rate:.4g} {there} to the {here}, which in {pair.year} moved between {low:.4g} and {high:.4g}"


def _misconversion(pair: Misconversion, world: World) -> Dispute:
    low, high = pair.band
    gap = min(abs(pair.rate - low), abs(pair.rate - high)) / pair.rate
    clash = Clash((pair.original, pair.restated), frozenset({"exchange"}), ("exchange",), False, gap)
    ranked = reasons(clash, world)
    ranked[0] = Reason(ranked[0].cause, ranked[0].score, misconverted(pair))
    others = [
        year for year in range(pair.year - 3, pair.year + 4) if year != pair.year and _fits(pair, year, world)
    ]
    if others:
        told_years = listed(str(year) for year in others)
        ranked.insert(
            1, Reason("stale", 0.5, f"such a rate was seen in {told_years}: it may be of another day")
        )
    return dispute(clash, ranked, [(pair.restated.statement_id,)])
