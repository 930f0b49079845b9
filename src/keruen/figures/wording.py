"""Numbers and names as a newspaper prints them.

Receives values, units and claims; hands on short text for the sentences of figures and conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keruen.figures.claims import Claim

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_SCALES = ((1e12, "trn"), (1e9, "bn"), (1e6, "m"))
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
    ('$27.4 bn', '2.5 trn RUB', '33.3 %', '29 crossings')
    """
    size = abs(value)
    for scale, word in _SCALES:
        if size >= 0.9995 * scale:
            number = f"{value / scale:.4g} {word}"
            break
    else:
        number = f"{value:,.0f}" if size >= 1000 else f"{value:.3g}"
    sign = _SIGNS.get(unit)
    if sign:
        return f"-{sign}{number[1:]}" if number.startswith("-") else f"{sign}{number}"
    if unit == "rank":
        return f"rank {number}"
    return f"{number} {_plural(unit) if value != 1 else unit}"


def _plural(unit: str) -> str:
    if not (unit.isalpha() and unit.islower() and len(unit) > 2):
        return unit
    if unit == "person":
        return "people"
    return f"{unit[:-1]}ies" if unit.endswith("y") and unit[-2] not in "aeiou" else f"{unit}s"


def told(claim: Claim) -> str:
    """Return a claim's number as announced, with who announced it."""
    value, unit = claim.written
    if unit == "rank" and claim.modifier != "exact":
        return f"top {value:g} ({claim.voice})"
    return f"{_HEDGES.get(claim.modifier, '')}{amount(value, unit)} ({claim.voice})"


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
