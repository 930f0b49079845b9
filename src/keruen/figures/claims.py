"""What a statement allows: an interval on a quantity, with a centre, a width and a weight.

Receives statements as they were read, hands on :class:`Claim` rows. "27.4 bn" allows what rounds to it; "more than 50 bn"
allows nothing below and, since a pure lower bound would hide errors, not much above; "nearly 40 %" the reverse. The widths
are stated here and nowhere else, as are the prior weights: with a handful of sources their reliability cannot be
estimated, so it is declared.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

from keruen.figures.quantity import Quantity

OVER = (0.05, 0.25)
"""Least and greatest relative room above a "more than"; between them, one unit of its last non-zero digit."""
NEAR = (0.05, 0.10)
"""Least and greatest relative room below a "nearly"."""
ABOUT = (0.05, 0.10)
"""Least and greatest relative room on either side of an "about"."""
WORDED = 0.075
"""Relative room of a ratio told in words: "one in three", "a quarter", "half"."""
ROUND_NUMBER = 0.025
"""Greatest relative rounding read into the trailing zeros of a long number (60,000)."""
UP_TO = 0.5
"""An "up to" or "less than" is taken to mean at least this part of its bound."""
EDGE = 0.001
"""Relative slack of a hedge's own bound: "more than 50" does not deny 49.96."""
OPEN = 0.999
"""Rounding intervals are open: what rounds to 32 never equals what rounds to 33."""

_NUMERAL = re.compile(r"\d+(?:[.,\s\u00a0\u202f’']\d+)*")


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement as evidence on one quantity.

    Parameters
    ----------
    statement_id, source_id
        Where it stands.
    quantity
        What it is about.
    value, low, high
        Centre and the interval that it allows, in ``unit``.
    sd
        Standard deviation for balancing, in ``unit``.
    weight
        Prior weight; the lightest claims are set aside first.
    unit
        Unit of the numbers above (the quantity's unit).
    step
        One unit in the last written digit, in ``unit``.
    modifier, kind
        As in the statement.
    voice
        Who says so: the speaker, else the publisher.
    speaker
        The named speaker; empty where nobody is named.
    published
        Day of publication, where known.
    early
        Whether it was printed before its own period was over.
    written
        The statement's own value and unit, for print.
    rate
        What the value is per, where it is a rate.
    restated_by
        The same amount in another currency, for print.
    start
        Offset in the document; orders the statements of one document.
    sentence
        First offset of its sentence; -1 where that is not known.
    words
        The quantity as written, where it is told in words ("one in three"); empty otherwise.
    """

    statement_id: str
    source_id: str
    quantity: Quantity
    value: float
    low: float
    high: float
    sd: float
    weight: float
    unit: str
    step: float
    modifier: str
    kind: str
    voice: str
    speaker: str
    published: date | None
    early: bool
    written: tuple[float, str]
    rate: str = ""
    restated_by: str = ""
    start: int = 0
    sentence: int = -1
    words: str = ""


def resolution(value: float, quote: str, *, countable: bool) -> tuple[float, float]:
    """Return one unit in the last written digit and in the last non-zero digit.

    Parameters
    ----------
    value
        Value in base units.
    quote
        The quantity as written, from which the decimals are read; without a fitting numeral the value's own digits serve.
    countable
        Whether the value counts things: then numbers below a thousand are exact.

    Examples
    --------
    >>> resolution(27.4e9, "$27.4 billion", countable=False)
    (100000000.0, 100000000.0)
    >>> resolution(5e10, "$50 billion", countable=False)
    (1000000000.0, 10000000000.0)
    """
    size = abs(value)
    if size == 0 or not math.isfinite(size):
        return 1.0, 1.0
    exact = countable and size < 1000
    found = _numeral(size, quote)
    if found is None:
        # Told in words: only the value's own digits are left.
        nonzero = _last_nonzero(f"{size:.12e}") * size
        return (1.0 if exact else min(nonzero, 2 * ROUND_NUMBER * size)), max(nonzero, 1.0 if exact else 0.0)
    written, nonzero = (float(f"{part * size:.6e}") for part in found)
    # 20 bn is written to the billion, but 60,000 hardly to the person.
    if not exact and (nonzero / written > 50 or (nonzero > written and size / written >= 100)):
        written = max(written, min(nonzero, 2 * ROUND_NUMBER * size))
    return written, max(nonzero, written)


def _numeral(size: float, quote: str) -> tuple[float, float] | None:
    """Return the last written and the last non-zero unit of the numeral that makes up a value, relative to it.

    The numeral that differs from the value by a power of ten is taken, or else the first one: a corrected value was
    written as precisely as the one that it corrects.
    """
    first: tuple[float, float] | None = None
    for numeral in _NUMERAL.findall(quote):
        plain = re.sub(r"[\s\u00a0\u202f’']", "", numeral)
        for text in (
            plain.replace(",", ""),
            plain.replace(".", "").replace(",", "."),
            plain.replace(",", "."),
        ):
            try:
                number = float(text)
            except ValueError:
                continue
            if number <= 0 or not math.isfinite(number):
                continue
            decimals = len(text.partition(".")[2]) if "." in text else 0
            unit = 10.0**-decimals / number
            # A zero behind the decimal point was meant.
            units = unit, unit if decimals else _last_nonzero(f"{number:.12e}")
            scale = size / number
            power = round(math.log10(scale))
            if -3 <= power <= 15 and math.isclose(scale, 10.0**power, rel_tol=1e-6):
                return units
            first = first or units
    return first


def _last_nonzero(digits: str) -> float:
    """Return one unit of the last non-zero digit of a number in exponential form, relative to the number."""
    mantissa, exponent = digits.split("e")
    significant = mantissa.rstrip("0").rstrip(".").replace(".", "")
    return float(10.0 ** (int(exponent) - len(significant) + 1) / float(digits))


def allowed(
    value: float | None,
    low: float | None,
    high: float | None,
    modifier: str,
    quote: str,
    unit: str,
    *,
    countable: bool,
) -> tuple[float, float, float, float, float] | None:
    """Return centre, low, high, standard deviation and written step of what a statement allows.

    Returns None where the statement has no number at all.

    Examples
    --------
    >>> centre, low, high, _, _ = allowed(5e10, 5e10, None, "gt", "exceed $50 billion", "USD", countable=False)
    >>> round(low / 1e9, 3), round(high / 1e9, 3)
    (49.95, 60.0)
    """
    given = [x for x in (value, low, high) if x is not None and math.isfinite(x)]
    if not given:
        return None
    if value is not None:
        centre = value
    elif low is not None and high is not None:
        centre = (low + high) / 2
    else:
        centre = given[0]
    step, digit = resolution(centre, quote, countable=countable)
    size = abs(centre)
    if unit == "%" and not any(c.isdigit() for c in quote) and modifier in {"exact", "approx"}:
        half = size * (WORDED if modifier == "exact" else ABOUT[1])
        return centre, centre - half, centre + half, half, step
    half = step / 2 * OPEN
    edge = EDGE * size

    def room(limits: tuple[float, float], share: float = 1.0) -> float:
        return max(size * min(max(share * digit / size if size else 0.0, limits[0]), limits[1]), half)

    match modifier:
        case "gt" | "ge":
            width = room(OVER)
            bounds, sd = (centre - edge, centre + width), width
        case "lt_near":
            width = room(NEAR)
            bounds, sd = (centre - width, centre + edge), width
        case "lt" | "le":
            reach = UP_TO * size
            bounds, sd = (centre - reach, centre + edge), reach / 2
        case "approx":
            width = room(ABOUT, 0.5)
            bounds, sd = (centre - width, centre + width), width
        case "range" if low is not None and high is not None and high > low:
            bounds, sd = (low, high), (high - low) / 2
        case _:
            bounds, sd = (centre - half, centre + half), half
    return centre, bounds[0], bounds[1], max(sd, 1e-9 * max(size, 1e-300)), step


KIND_WEIGHT = {"reported": 1.0, "estimate": 0.7, "forecast": 0.8, "target": 1.0, "pledge": 1.0}
"""Prior weight by kind: an estimate yields to a report."""
MODIFIER_WEIGHT = {
    "exact": 1.0,
    "range": 0.9,
    "gt": 0.9,
    "ge": 0.9,
    "lt_near": 0.85,
    "approx": 0.8,
    "lt": 0.8,
    "le": 0.8,
}
"""Prior weight by hedge."""
UNNAMED = 0.8
"""Factor for a statement that nobody is named for."""
INFERRED = 0.9
"""Factor for a period that was inferred rather than stated."""
EARLY = 0.4
"""Factor for a report printed before its own period was over."""
RESTATED = 0.5
"""Factor for an amount restated in another currency."""


def prior_weight(
    *,
    source: float,
    kind: str,
    modifier: str,
    named: bool,
    inferred: bool,
    early: bool,
    restated: bool,
    value: float,
    step: float,
) -> float:
    """Return the prior weight of a statement: the product of the factors above and its precision.

    A number written to more digits weighs up to a tenth more: it was taken from a table rather than from memory.
    """
    digits = math.floor(math.log10(abs(value) / step) + 1e-9) if value and step > 0 else 0
    precision = 1.0 + 0.05 * min(max(digits, 0), 2)
    factors = (
        source,
        KIND_WEIGHT[kind],
        MODIFIER_WEIGHT[modifier],
        1.0 if named else UNNAMED,
        INFERRED if inferred else 1.0,
        EARLY if early else 1.0,
        RESTATED if restated else 1.0,
        precision,
    )
    return round(math.prod(factors), 9)
