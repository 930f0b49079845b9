"""Statements become claims: keyed, in one unit, with bounds, weight and voice.

Receives the statement table and the world, hands on claims and the list of what could not be used and why. A statement
that the reader linked to no indicator is counted and left alone: a guess here would be a false conflict there.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from keruen.figures.claims import Claim, allowed, prior_weight
from keruen.figures.quantity import Period, Quantity
from keruen.figures.wording import amount
from keruen.figures.world import Origin, World

AVERAGING = 0.03
"""Relative width that converting at a year's average rate adds to an amount."""

LEAST, MOST = 1e-15, 1e30
"""Values beyond these are slips of a scale, not figures."""

AMOUNT = "amount"
"""Stands for the indicator of an amount that is linked to none, where only its conversion is checked."""

_NOWHERE = Origin("", None, 1.0)


@dataclass(frozen=True, slots=True)
class Misconversion:
    """An amount and its restatement whose rate was never seen in that year."""

    original: Claim
    restated: Claim
    rate: float
    band: tuple[float, float]
    year: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """Claims to weigh, conversions to check, and what was left out.

    Parameters
    ----------
    claims
        Sorted by quantity, then statement.
    misconversions
        Restated amounts whose rate lies outside the year's band.
    restated
        Statements that merely give a claim's amount in another currency.
    unlinked
        Statements without an indicator.
    empty
        Linked statements without a number (a comparison, say), or with one that is out of all proportion.
    incomparable
        Claims whose unit cannot be brought to their quantity's, with the reason; ``value`` is in their own unit.
    """

    claims: tuple[Claim, ...]
    misconversions: tuple[Misconversion, ...]
    restated: tuple[str, ...]
    unlinked: tuple[str, ...]
    empty: tuple[str, ...]
    incomparable: tuple[tuple[Claim, str], ...]


def gather(statements: Iterable[Mapping[str, Any]], world: World) -> Gathered:
    """Turn statement rows into claims.

    Parameters
    ----------
    statements
        Rows of the ``statement`` table, reviews applied.
    world
        Indicators, places, sources and rates.
    """
    rows = sorted(statements, key=lambda r: str(r["statement_id"]))
    by_id = {r["statement_id"]: r for r in rows}
    world = replace(world, origins=_dated(rows, world.origins))
    converted_ids = {r["converts"] for r in rows if r["converts"]}
    unlinked, empty, claims = [], [], []
    for row in rows:
        original = by_id.get(row["converts"]) if row["converts"] else None
        linked = row["indicator_id"] or (original["indicator_id"] if original else None)
        if not linked:
            unlinked.append(row["statement_id"])
            if original is None and row["statement_id"] not in converted_ids:
                continue
        # A conversion is checked whatever the amounts are of.
        claim = _claim(row, original, linked or AMOUNT, world)
        if claim is None or not (claim.value == 0 or LEAST < abs(claim.value) < MOST):
            if linked:
                empty.append(row["statement_id"])
        else:
            claims.append(claim)
    claims, failed, restated = settle_conversions(
        claims, {r["statement_id"]: r["converts"] for r in rows}, world
    )
    claims = [c for c in claims if c.quantity.indicator != AMOUNT]
    loose = set(unlinked)
    restated = [s for s in restated if s not in loose]
    usable, incomparable = _common_unit(claims, world)
    return Gathered(
        tuple(_share_weight(usable)),
        tuple(failed),
        tuple(restated),
        tuple(unlinked),
        tuple(empty),
        tuple(incomparable),
    )


def _dated(rows: Iterable[Mapping[str, Any]], origins: Mapping[str, Origin]) -> dict[str, Origin]:
    """Date the sources that nobody dated by the latest month that the reader took their "currently" to mean."""
    months: dict[str, date] = {}
    for row in rows:
        start, end = row["period_start"], row["period_end"]
        if row["period_inferred"] and start is not None and end is not None and (end - start).days <= 31:
            months[row["source_id"]] = max(end, months.get(row["source_id"], end))
    undated = {source: origins.get(source, _NOWHERE) for source in months}
    return {**origins} | {
        source: replace(origin, published=months[source])
        for source, origin in undated.items()
        if origin.published is None
    }


def _claim(
    row: Mapping[str, Any], original: Mapping[str, Any] | None, indicator: str, world: World
) -> Claim | None:
    measure = world.measure(indicator, row["unit"])
    # A conversion in brackets says no more than the amount that it restates.
    modifier = (
        original["modifier"] if original is not None and row["modifier"] == "exact" else row["modifier"]
    )
    value, low, high = row["value"], row["value_low"], row["value_high"]
    if modifier != row["modifier"]:
        low = high = None
    unit = row["unit"]
    if measure.kind == "growth" and unit == "times":
        # Doubled is a growth of a hundred percent.
        value, low, high = (100 * (x - 1) if x is not None else None for x in (value, low, high))
        unit = "%"
    elif measure.kind == "growth" and row["direction"] == "down":
        value, low, high = (-abs(x) if x is not None else None for x in (value, high, low))
    if measure.kind == "rank":
        given = [x for x in (low, value, high) if x is not None]
        bounds = (value or given[-1], min(given), max(given), 0.5, 1.0) if given else None
    else:
        bounds = allowed(value, low, high, modifier, row["quote"], unit, countable=measure.kind == "count")
    if bounds is None:
        return None
    origin = world.origins.get(row["source_id"], _NOWHERE)
    period = Period.of(row["period_start"], row["period_end"])
    speaker = row["speaker"] or (original["speaker"] if original else None) or ""
    early = (
        measure.kind == "flow"
        and row["kind"] in {"reported", "estimate"}
        and bool(period.end)
        and origin.published is not None
        and origin.published.toordinal() < period.end
    )
    centre, least, most, sd, step = bounds
    return Claim(
        statement_id=row["statement_id"],
        source_id=row["source_id"],
        quantity=Quantity.of(
            indicator, row["place_id"], row["partner_id"], row["commodity_id"], period, row["kind"],
            directed=measure.directed,
        ),
        value=centre,
        low=least,
        high=most,
        sd=sd,
        weight=prior_weight(
            source=origin.weight,
            kind=row["kind"],
            modifier=modifier,
            named=bool(speaker),
            inferred=bool(row["period_inferred"]),
            early=early,
            restated=original is not None,
            value=centre,
            step=step,
        ),
        unit=unit,
        step=step,
        modifier=modifier,
        kind=row["kind"],
        voice=speaker or origin.publisher or row["source_id"],
        speaker=speaker,
        published=origin.published,
        early=early,
        written=(centre, unit),
        rate=row["rate"] or "",
        start=row["start"],
        sentence=row["sentence_start"] if (row["sentence_end"] or 0) > row["end"] - 1 else -1,
        words=_in_words(row["quote"]) if unit == "%" else "",
    )  # fmt: skip


def _in_words(quote: str) -> str:
    """Return a quantity that is told without a digit, as it stands in the middle of a sentence."""
    plain = " ".join(quote.split())
    return "" if any(c.isdigit() for c in plain) else plain[:1].lower() + plain[1:]


def settle_conversions(
    claims: list[Claim], converts: Mapping[str, str | None], world: World
) -> tuple[list[Claim], list[Misconversion], list[str]]:
    """Check restated amounts against the year's band of rates and keep one claim of each pair.

    Where the rate fits, the side in the indicator's unit stays and the other is told in brackets; where it does not, the
    original stays and the restatement is set aside.

    Returns
    -------
    kept, misconversions, restated
        Claims that count; pairs outside their band; statements that merely repeat an amount.
    """
    tolerance = max((law.tolerance for law in world.laws if law.form == "exchange"), default=0.0)
    found = {c.statement_id: c for c in claims}
    replaced: dict[str, Claim | None] = {}
    failed, restated = [], []
    for claim in claims:
        original = found.get(converts.get(claim.statement_id) or "")
        if original is None or original is claim or original.unit == claim.unit:
            continue
        year = _year_of(original)
        rates = (world.rate(original.unit, year), world.rate(claim.unit, year))
        if rates[0] is not None and rates[1] is not None and min(original.low, claim.low) > 0:
            band = (
                rates[0][1] / rates[1][2] * (1 - tolerance),
                rates[0][2] / rates[1][1] * (1 + tolerance),
            )
            # The printed amount was converted, so only the result was rounded.
            implied = tuple((claim.value + side * claim.step / 2) / original.value for side in (-1, 1))
            if implied[0] > band[1] or implied[1] < band[0]:
                failed.append(Misconversion(original, claim, claim.value / original.value, band, year))
                replaced[claim.statement_id] = None
                continue
        canonical = world.measure(claim.quantity.indicator, claim.unit).unit
        stays, goes = (claim, original) if claim.unit == canonical else (original, claim)
        replaced[goes.statement_id] = None
        replaced[stays.statement_id] = replace(
            stays, quantity=original.quantity, weight=original.weight, restated_by=amount(*goes.written)
        )
        restated.append(goes.statement_id)
    kept = (replaced.get(c.statement_id, c) for c in claims)
    return [c for c in kept if c is not None], failed, restated


def _common_unit(claims: list[Claim], world: World) -> tuple[list[Claim], list[tuple[Claim, str]]]:
    """Bring the claims on each quantity to one unit: the indicator's, or else the commonest."""
    groups: dict[Quantity, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.quantity].append(claim)
    usable: list[Claim] = []
    left: list[tuple[Claim, str]] = []
    for quantity in sorted(groups):
        group = groups[quantity]
        canonical = world.measure(quantity.indicator, group[0].unit).unit
        reached = [(c, converted(c, canonical, world)) for c in group]
        if all(claim is None for _, claim in reached):
            canonical = min(Counter(c.unit for c in group).items(), key=lambda item: (-item[1], item[0]))[0]
            reached = [(c, converted(c, canonical, world)) for c in group]
        rates = Counter(c.rate for _, c in reached if c is not None)
        rate = min(rates.items(), key=lambda item: (-item[1], item[0]))[0]
        for claim, common in reached:
            if common is None:
                left.append((claim, f"{claim.unit} cannot be compared with {canonical}"))
            elif common.rate != rate:
                left.append(
                    (claim, f"a figure per {claim.rate or 'period'} is not one per {rate or 'period'}")
                )
            else:
                usable.append(common)
    return usable, left


def converted(claim: Claim, unit: str, world: World) -> Claim | None:
    """Return a claim in another unit, at the average rate of its year, or None if there is no way across.

    Parameters
    ----------
    claim
        The claim as announced.
    unit
        ISO 4217 code, or any other unit (which only equals itself).
    world
        Exchange rates.
    """
    if claim.unit == unit:
        return claim
    rates = [world.rate(currency, _year_of(claim)) for currency in (claim.unit, unit)]
    if rates[0] is None or rates[1] is None:
        return None
    factor = rates[0][0] / rates[1][0]
    slack = AVERAGING * abs(claim.value) * factor
    return replace(
        claim,
        value=claim.value * factor,
        low=claim.low * factor - slack,
        high=claim.high * factor + slack,
        sd=math.hypot(claim.sd * factor, slack),
        step=claim.step * factor,
        unit=unit,
    )


def _year_of(claim: Claim) -> int:
    period = claim.quantity.period
    for day in (
        period.last if period.days and period.days <= 366 else None,
        claim.published,
        period.last,
        period.first,
    ):
        if day is not None:
            return day.year
    return date.min.year


def _share_weight(claims: list[Claim]) -> list[Claim]:
    """Let a document speak once: statements of one source on one quantity share its weight."""
    repeats = Counter((c.quantity, c.source_id) for c in claims)
    return [replace(c, weight=c.weight / repeats[c.quantity, c.source_id]) for c in claims]
