"""A quantity as written, before anybody asks what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from keruen.statements import english as en

MONEY = frozenset(en.SIGNS.values()) | frozenset(en.CURRENCIES.values())
"""ISO 4217 codes that the reader knows."""


@dataclass(slots=True)
class Quantity:
    """A quantity as written: spans are code points of the page, values are in base units."""

    start: int
    end: int
    num_start: int
    num_end: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    modifier: str = "exact"
    rate: str | None = None
    form: str = "number"
    noun: str = ""
    known: bool = True
    converts: Quantity | None = None
    base: bool = False
    factor: float = 1.0
    """What the written unit is in base units: 1e-9 TWh for a kilowatt-hour."""


def bounds(value: float, modifier: str) -> tuple[float | None, float | None]:
    """Return low and high of a hedged value: an open side is None.

    Examples
    --------
    >>> bounds(40.0, "lt_near"), bounds(5.0, "gt"), bounds(7.0, "exact")
    ((None, 40.0), (5.0, None), (7.0, 7.0))
    """
    return (
        None if modifier in ("lt", "le", "lt_near") else value,
        None if modifier in ("gt", "ge") else value,
    )


def alternatives(words: Iterable[str]) -> str:
    """Return a regex of literal alternatives, longest first, spaces matching one to three blanks."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(w).replace(r"\ ", " {1,3}") for w in ordered)
