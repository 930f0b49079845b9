"""Why statements that cannot all be true may differ, likeliest reason first.

Receives the claims of a conflict and the identities by which they clash, hands on ranked reasons. A mismatch of scope (part
of a year, reporter, valuation, another set of things) is an explanation before disagreement is, and contradiction is the
verdict when nothing else is left. Each reason is a test on what is known of the claims, never on their subject; its score
is a stated prior, and only the order of scores matters.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from keruen.figures.claims import Claim
from keruen.figures.wording import amount, listed, month
from keruen.figures.world import World

REVISED = 60
"""Days between two publications after which the later may be a revision."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A class of explanation with its score and a sentence."""

    cause: str
    score: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Claims that cannot all be true.

    Parameters
    ----------
    members
        A minimal conflict: without any one of them the rest agree.
    forms, identities
        Forms and names of the identities by which they clash; empty for rivals on one quantity.
    carried
        Whether a figure had to be carried to another year.
    gap
        Distance between what the members allow, relative to their size.
    """

    members: tuple[Claim, ...]
    forms: frozenset[str]
    identities: tuple[str, ...]
    carried: bool
    gap: float


def reasons(clash: Clash, world: World) -> list[Reason]:
    """Return every reason that fits, likeliest first; the last one is always contradiction."""
    found: dict[str, Reason] = {}
    tests = (_typing, _rounding, _exchange, _part_year, _stale, _reporter, _valuation, _scope, _disagreement)
    for test in tests:
        for reason in test(clash, world):
            if reason.cause not in found or found[reason.cause].score < reason.score:
                found[reason.cause] = reason
    ranked = sorted(found.values(), key=lambda r: (-r.score, r.cause))
    return [*ranked, Reason("contradiction", 0.0, "nothing that is known of them explains the difference")]


def is_currency(unit: str) -> bool:
    """Whether a unit is an ISO 4217 code."""
    return len(unit) == 3 and unit.isalpha() and unit.isupper() and unit != "TEU"


def is_slip(first: float, second: float) -> bool:
    """Whether two values differ as by a slip of the hand: a power of ten, or two neighbouring digits swapped.

    Examples
    --------
    >>> is_slip(27.4, 274.0), is_slip(135, 153), is_slip(135, 67)
    (True, True, False)
    """
    return _power_of_ten(first, second) or _swapped(first, second)


def _power_of_ten(first: float, second: float) -> bool:
    if first * second <= 0:
        return False
    power = math.log10(first / second)
    return abs(power) > 0.5 and abs(power - round(power)) < 0.01


def _swapped(first: float, second: float) -> bool:
    one, two = (f"{abs(x):.12e}".split("e")[0].replace(".", "").rstrip("0") for x in (first, second))
    differing = [i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b]
    return (
        len(one) == len(two) >= 2
        and len(differing) == 2
        and differing[1] == differing[0] + 1
        and sorted(one) == sorted(two)
        and math.floor(math.log10(abs(first))) == math.floor(math.log10(abs(second)))
    )


def _rivals(clash: Clash) -> tuple[Claim, Claim] | None:
    """Return the two claims of a conflict on one quantity, the smaller first."""
    if len(clash.members) != 2 or clash.members[0].quantity != clash.members[1].quantity:
        return None
    low, high = sorted(clash.members, key=lambda c: (c.value, c.statement_id))
    return low, high


def _typing(clash: Clash, _: World) -> Iterator[Reason]:
    pair = _rivals(clash)
    if pair is None:
        return
    values = [amount(*c.written) for c in pair]
    if _power_of_ten(pair[0].value, pair[1].value):
        yield Reason(
            "typing_error",
            0.95,
            f"{values[0]} and {values[1]} differ by a power of ten: a slipped decimal or scale",
        )
    elif _swapped(pair[0].value, pair[1].value):
        yield Reason(
            "typing_error", 0.7, f"{values[0]} and {values[1]} have the same digits in another order"
        )


def _rounding(clash: Clash, world: World) -> Iterator[Reason]:
    pair = _rivals(clash)
    if pair is None or "exchange" in clash.forms:
        return
    if world.measure(pair[0].quantity.indicator, pair[0].unit).kind in {"count", "rank"}:
        return
    low, high = pair
    if high.value - low.value <= 1.001 * max(low.step, high.step):
        yield Reason(
            "rounding", 0.9, "they differ by no more than one unit in the last digit of the rougher one"
        )
    elif all(c.modifier != "exact" or c.step < c.sd for c in pair) and clash.gap <= 0.1:
        yield Reason("rounding", 0.75, "both are rough wordings of a number that may lie between them")
    elif clash.gap <= 0.02:
        yield Reason("rounding", 0.5, "rounding at different steps explains most of the difference")


def _exchange(clash: Clash, world: World) -> Iterator[Reason]:
    if clash.forms & {"exchange"}:
        yield Reason("exchange", 0.9, "the rate between the two was not seen in that year")
        return
    currencies = sorted({c.written[1] for c in clash.members if is_currency(c.written[1])})
    if len(currencies) > 1 and clash.gap <= 0.25:
        yield Reason(
            "exchange", 0.65, f"amounts in {listed(currencies)} were converted at the year's average rate"
        )
    pair = _rivals(clash)
    money = pair is not None and pair[0].unit == pair[1].unit and is_currency(pair[0].unit)
    if money and pair is not None and pair[0].value > 0:
        ratio = pair[1].value / pair[0].value
        for currency, year in sorted(world.rates):
            rate = world.rate(currency, year)
            if rate is None or pair[0].published is None or abs(year - pair[0].published.year) > 1:
                continue
            if ratio > 1.02 and (abs(ratio * rate[0] - 1) < 0.02 or abs(ratio / rate[0] - 1) < 0.02):
                yield Reason(
                    "exchange",
                    0.3,
                    f"the ratio of the two is that of {currency} to the dollar: perhaps a mislabelled currency",
                )


def _part_year(clash: Clash, _: World) -> Iterator[Reason]:
    early: dict[tuple[str, str], list[str]] = defaultdict(list)
    for c in clash.members:
        if c.early and c.published is not None:
            early[str(c.quantity.period), month(c.published)].append(amount(*c.written))
    if early:
        told = listed(
            f"{listed(values)} for {period} {'was' if len(values) == 1 else 'were'} printed in {printed}"
            for (period, printed), values in early.items()
        )
        yield Reason(
            "part_year", 0.92, f"{told}, before that period was over, so only part of it can be covered"
        )
    # Where a stretch exceeds the period that holds it, the stretch is no excuse.
    periods = [c.quantity.period for c in clash.members]
    nested = any(a != b and (a.contains(b) or b.contains(a)) for a, b in combinations(periods, 2))
    if nested and not clash.forms & {"part_year", "cumulative"}:
        yield Reason("part_year", 0.6, "they cover periods of different length")


def _stale(clash: Clash, _: World) -> Iterator[Reason]:
    dates = sorted({c.published for c in clash.members if c.published is not None})
    pair = _rivals(clash)
    apart = (dates[-1] - dates[0]).days if len(dates) > 1 else 0
    if pair is not None and apart > 0:
        if pair[0].quantity.aspect != "actual":
            yield Reason(
                "stale",
                0.8,
                f"the later announcement ({month(dates[-1])}) may replace the earlier ({month(dates[0])})",
            )
        elif apart >= REVISED and clash.gap <= 0.15:
            yield Reason(
                "stale",
                0.45,
                f"figures are revised: one was published in {month(dates[0])}, the other in {month(dates[-1])}",
            )
    if pair is not None and {c.kind for c in pair} == {"estimate", "reported"}:
        yield Reason("stale", 0.5, "one is an estimate that the reported figure may have replaced")
    if clash.carried:
        yield Reason(
            "stale",
            0.55,
            "they are of different years, and the change between them may be larger than allowed for",
        )


def _reporter(clash: Clash, world: World) -> Iterator[Reason]:
    voices = sorted({c.voice for c in clash.members})
    if clash.forms & {"mirror"}:
        yield Reason("reporter", 0.85, "each side counts the same trade in its own statistics")
    pair = _rivals(clash)
    if not pair or not pair[0].quantity.partner or len(voices) < 2 or pair[0].quantity.aspect != "actual":
        return
    if _ratio(pair) <= 1.35:
        # A voice that names one of the two sides reports that side's statistics.
        ends = {pair[0].quantity.place, pair[0].quantity.partner}
        sides = [{e for e in ends if world.names.get(e, e) in c.voice} for c in pair]
        score = (
            0.85 if sides[0] and sides[1] and sides[0] != sides[1] else 0.72 if sides[0] != sides[1] else 0.6
        )
        yield Reason("reporter", score, f"{listed(voices)} may quote the statistics of different sides")


def _valuation(clash: Clash, world: World) -> Iterator[Reason]:
    pair = _rivals(clash)
    if not all(is_currency(c.unit) for c in clash.members):
        return
    if clash.forms & {"mirror"}:
        yield Reason("valuation", 0.6, "imports are valued with freight and insurance, exports without")
    elif (
        pair
        and pair[0].quantity.partner
        and 1.02 <= _ratio(pair) <= 1.15
        and world.measure(pair[0].quantity.indicator, pair[0].unit).kind == "flow"
    ):
        yield Reason("valuation", 0.4, "one may be valued with freight and insurance, the other without")


_SCOPES = {
    "growth": "the growth rate may cover other goods, prices or members than the amounts do",
    "share": "the share may be of another total than the one printed (other goods, members or partners)",
    "rank": "the ranking may go by another measure than the amounts",
    "part_whole": "the parts and the whole may not be counted in the same way (members, goods or partners)",
    "sum": "the parts may not cover what the sum covers (goods, services or direction)",
    "part_year": "the two may not cover the same goods, modes of transport or section of the line",
    "cumulative": "the total may leave out what the yearly amounts hold, or be net of what was withdrawn",
    "product": "the factors may not be drawn the way that the product is",
}
"""What may differ in scope, by form of identity; the first that applies is told."""


def _scope(clash: Clash, world: World) -> Iterator[Reason]:
    for form, sentence in _SCOPES.items():
        if form in clash.forms:
            yield Reason("scope", 0.62, sentence)
            break
    pair = _rivals(clash)
    if pair is None:
        return
    kind = world.measure(pair[0].quantity.indicator, pair[0].unit).kind
    if kind in {"count", "stock"}:
        yield Reason("scope", 0.68, "they may count different sets")
    elif kind in {"ratio", "growth", "rank"}:
        yield Reason("scope", 0.5, "their bases may differ")
    else:
        covered = (
            "goods alone or services too, with oil or without"
            if is_currency(pair[0].unit)
            else "modes of transport, with oil or without, direction or section of the line"
            if pair[0].unit in {"t", "t-km", "TEU"}
            else "what is counted, and where"
        )
        score = 0.58 if _ratio(pair) > 1.35 or pair[0].source_id == pair[1].source_id else 0.35
        yield Reason("scope", score, f"they may not cover the same thing ({covered})")


def _disagreement(clash: Clash, _: World) -> Iterator[Reason]:
    voices = sorted({c.voice for c in clash.members})
    if len(voices) > 1:
        yield Reason("disagreement", 0.3, f"{listed(voices)} give different figures")


def _ratio(pair: tuple[Claim, Claim]) -> float:
    low, high = sorted(abs(c.value) for c in pair)
    return high / low if low > 0 else math.inf


def compatible_scopes(claims: Sequence[Claim]) -> bool:
    """Whether claims name one set: only then can their numbers be rivals.

    Exact numbers that one document gives for one count or stock, or that lie far apart, are of different sets (135 and 67
    projects); near ones, and slips of the hand, are rivals.
    """
    for a, b in combinations(claims, 2):
        if a.low <= b.high and b.low <= a.high:
            continue
        if is_slip(a.value, b.value):
            continue
        if a.source_id == b.source_id or _ratio((a, b)) > NEARBY:
            return False
    return True


NEARBY = 1.3
"""Counts of one set seldom lie further apart than this factor."""
