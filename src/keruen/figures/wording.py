"""Numbers and names as a newspaper prints them.

Receives values, units and claims; hands on short text for the sentences of figures and conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from keruen.figures.claims import Claim
from keruen.tables.words import say

_SPELLED = {"t": "tonne", "t-km": "tonne-kilometre", "t-h": "tonne-hour", "h": "hour"}
"""Units that a sentence spells out."""
_ORDINALS = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)
_HEDGES = {
    "gt": "more than ",
    "ge": "at least ",
    "lt_near": "nearly ",
    "lt": "less than ",
    "le": "up to ",
    "approx": "about ",
}


def amount(value: float, unit: str) -> str:
    """Return a value with its unit.

    Examples
    --------
    >>> amount(27.4e9, "USD"), amount(2.5e12, "RUB"), amount(100 / 3, "%"), amount(29.0, "crossing")
    ('$27.4 billion', '2.5 trillion RUB', '33.33 %', '29 crossings')
    >>> amount(1.84e6, "t"), amount(12.0, "train pair/day"), amount(1.0, "rank"), amount(6e4, "person")
    ('1.84 million tonnes', '12 train pairs a day', 'first place', '60,000 people')
    """
    if unit == "rank":
        return f"{_ORDINALS[int(value)] if value in range(1, len(_ORDINALS)) else f'number {value:g}'} place"
    if unit == "person" and value != 1:
        return f"{say(value)} people"
    head, slash, per = unit.partition("/")
    if per in {"day", "week", "month", "year"}:
        return f"{say(value, _SPELLED.get(head, head))} a {per}"
    return say(value, unit if slash else _SPELLED.get(unit, unit))


def month(day: date) -> str:
    """Return the month of a day, as in a sentence.

    Examples
    --------
    >>> month(date(2025, 8, 15))
    'August 2025'
    """
    return f"{day:%B %Y}"


def hedged(claim: Claim) -> str:
    """Return a claim's number as announced."""
    value, unit = claim.written
    if claim.words:
        return claim.words
    if unit == "rank" and claim.modifier != "exact":
        return f"a place in the top {value:g}"
    return f"{_HEDGES.get(claim.modifier, '')}{amount(value, unit)}"


def told(claim: Claim) -> str:
    """Return a claim's number as announced, with who announced it."""
    return f"{hedged(claim)} ({claim.voice})"


def listed(texts: Iterable[str]) -> str:
    """Join texts as a list in prose; repeated ones are told once.

    Examples
    --------
    >>> listed(["a", "b", "b", "c"])
    'a, b and c'
    """
    items = list(dict.fromkeys(texts))
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def clipped(text: str, length: int = 1900) -> str:
    """Cut an overlong sentence at a word, with an ellipsis."""
    return text if len(text) <= length else text[: text.rfind(" ", 0, length)] + " …"


def against(groups: Sequence[Sequence[Claim]]) -> str:
    """Tell groups of claims that stand against each other."""
    return " against ".join(listed(told(c) for c in group) for group in groups if group)
