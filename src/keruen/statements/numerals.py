"""Numerals in digits and words: what they are worth, and when they cannot be told.

A numeral whose separator may be read two ways keeps both readings; nothing is guessed in silence.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from keruen.statements.english import ONES, TENS

DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,3}(?:'\d{3})+"
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d+(?:[.,]\d+)?)"
)
"""A numeral in digits, with the separators of English, Russian and Swiss typesetting."""

_UNIT_WORDS = "|".join(sorted(ONES, key=len, reverse=True))
_TENS_WORDS = "|".join(TENS)
_SMALL = rf"(?:(?:{_TENS_WORDS})(?:[- ](?:{_UNIT_WORDS}))?|{_UNIT_WORDS})"
WORDS = rf"(?:(?:{_SMALL}|a)[- ]hundred(?:(?: and)? {_SMALL})?|{_SMALL})"
"""A numeral in English words, below a thousand."""

AND_A_PART = r"(?:[- ]and[- ](?:a[- ]half|a[- ]quarter|three[- ]quarters))"
"""What may follow a numeral in words: "two and a half"."""
PART_OF_A = r"(?:half an?|(?:a|one)[- ]quarter of an?|(?:a|one)[- ]third of an?|three[- ]quarters of an?)"
"""A part of the scale word that follows: "half a million"."""
_PARTS = (("three", 3 / 4), ("half", 1 / 2), ("quarter", 1 / 4), ("third", 1 / 3))
_ENDS_IN_A_PART = re.compile(f"{AND_A_PART}$")

_POINT_STYLE = re.compile(r"\d,\d{3}(?!\d)|\d\.\d{1,2}(?![\d.])")
_COMMA_STYLE = re.compile(r"\d,\d{1,2}(?!\d)")
_CYRILLIC = re.compile("[а-яё]")
_MAX_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Numeral:
    """The worth of a numeral: one value, or the two that its separator allows."""

    value: float
    other: float | None = None


def decimal_comma(low: str) -> bool | None:
    """Return whether the text writes decimals with a comma; None when its numerals do not tell.

    Russian and Kazakh do; in other texts "1,5" speaks for it, "1.5" and "23,000" against.
    """
    sample = low[:20_000]
    if len(_CYRILLIC.findall(sample)) > 0.3 * len(sample):
        return True
    point, comma = bool(_POINT_STYLE.search(low)), bool(_COMMA_STYLE.search(low))
    return None if point == comma else comma


def parse_digits(written: str, *, comma: bool | None, scaled: bool) -> Numeral | None:
    """Return what a numeral in digits is worth; None if it is no finite number.

    Parameters
    ----------
    written
        The numeral as matched by ``DIGITS``.
    comma
        Whether the text is known to write decimals with a comma (:func:`decimal_comma`).
    scaled
        Whether a scale word ("million") follows, which makes a three-digit tail a decimal.

    Examples
    --------
    >>> parse_digits("23,000", comma=None, scaled=False)
    Numeral(value=23000.0, other=None)
    >>> parse_digits("12.000", comma=None, scaled=False)
    Numeral(value=12.0, other=12000.0)
    >>> parse_digits("1,5", comma=None, scaled=True)
    Numeral(value=1.5, other=None)
    """
    if len(written) > _MAX_DIGITS:
        return None
    if not written.isascii() and len({ord(c) - int(c) for c in written if c.isdigit()}) > 1:
        # digits of two scripts in one numeral
        return None
    groups = written.replace(" ", "").replace("'", "")
    n_comma, n_point = groups.count(","), groups.count(".")
    other: float | None = None
    if n_comma and n_point:
        decimal = "." if groups.rfind(".") > groups.rfind(",") else ","
        value = float(groups.replace("," if decimal == "." else ".", "").replace(",", "."))
    elif n_comma > 1 or n_point > 1:
        value = float(groups.replace(",", "").replace(".", ""))
    elif n_comma or n_point:
        mark = "," if n_comma else "."
        whole, tail = groups.split(mark)
        as_decimal = float(f"{whole}.{tail}")
        if len(tail) != 3 or len(whole) > 3 or whole.startswith("0") or " " in written:
            value = as_decimal
        else:
            as_group = float(whole + tail)
            decimal_mark = comma if mark == "," else (None if comma is None else not comma)
            if mark == "," and comma is None:
                decimal_mark = False
            if scaled and (mark == "." or comma):
                decimal_mark = True
            if comma and not scaled:
                decimal_mark = None
            if decimal_mark is None:
                value, other = as_decimal, as_group
            else:
                value = as_decimal if decimal_mark else as_group
    else:
        value = float(groups)
    return Numeral(value, other) if math.isfinite(value) else None


def parse_words(written: str) -> float:
    """Return what a numeral in English words below a thousand is worth.

    Examples
    --------
    >>> parse_words("twenty-seven"), parse_words("two hundred and five"), parse_words("two and a half")
    (27.0, 205.0, 2.5)
    """
    ending = _ENDS_IN_A_PART.search(written)
    if ending is not None:
        return parse_words(written[: ending.start()]) + parse_part(ending.group())
    total = 0.0
    for word in written.replace("-", " ").split():
        if word == "hundred":
            total = (total or 1.0) * 100.0
        elif word not in ("and", "a", "an"):
            total += ONES.get(word) or TENS[word]
    return total


def parse_part(written: str) -> float:
    """Return what a part of one in English words is worth.

    Examples
    --------
    >>> parse_part("half a"), parse_part("three-quarters of a")
    (0.5, 0.75)
    """
    return next(worth for word, worth in _PARTS if word in written)
