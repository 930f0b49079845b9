"""Where a change began and where it ended: "from $41 million to $10 million in 2022", "against 1,260 a year earlier".

A figure behind "from" or "against" is of another time than the one it is held against.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from keruen.statements.page import Page
from keruen.statements.period import Period, year_span
from keruen.statements.quantity import Quantity

_AGAINST = re.compile(
    r"\b(?:against|from|versus|vs\.?|compared (?:to|with)|up on|down on|против|с|со) (?:just |only |some |about |around |the |a |nearly |almost ){0,2}(?:(?:loss|profit|total|level|figure|result|deficit|surplus|growth|rate|output|turnover) of )?$"
)
_YEAR_BEFORE_OPENS = re.compile(r"(?:a|one) year (?:earlier|before|ago)\b|the year before\b")
_NEW_CLAUSE = re.compile(r"[;—]|\b(?:while|but|whereas|although|though)\b|, (?:so|and)\b")
_YEARLY = frozenset({"year", "half", "quarter", "part_year"})
_CHANGED_FROM = re.compile(r"\b(?:from|с|со) (?:about |around |some |nearly |almost |just |only )?$")
_CHANGED_TO = re.compile(
    r"\b(?:from [^;]{1,60} to|со? [^;]{1,60} до) (?:about |around |some |nearly |almost |over |more than |as much as |the )?$"
)
_TO_NUMBER = re.compile(
    r"(?: today| now| currently| at present| last year| this year| in \d{4})? (?:to|до) (?:about |around |some |nearly |almost |over |more than )?(?:[a-z]{0,3}[$€£¥₸] ?)?\d"
)
_TO_LEFT = re.compile(
    r"\b(?:to|до) (?:about |around |some |nearly |almost |over |more than )?(?:[a-z]{0,3}[$€£¥₸] ?)?\d[^;:]{0,60}$"
)
_YEAR_BEFORE = re.compile(
    r" (?:a year (?:earlier|ago|before)|the previous year|in the previous year|годом ранее|год назад|за год до этого)\b"
)
_YEAR_BEFORE_LEFT = re.compile(
    r"(?<!\w)(?:бір жыл бұрын|годом ранее|год назад)(?: был[оаи]?| бұл көрсеткіш)? $"
)


def year_before(day: date) -> date:
    """Return the same day of the year before; the 28th for a 29 February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def edge(period: Period | None, *, first: bool) -> Period | None:
    """Return the first or last year of a stated span of years, where a change within it began or ended; else the period."""
    if (
        period is None
        or period.granularity != "span"
        or period.inferred
        or not period.first
        or not period.last
        or (period.last.month, period.last.day) != (12, 31)
    ):
        return period
    begin, end = year_span(period.first.year if first else period.last.year)
    return replace(period, first=begin, last=end, granularity="year")


def starts(leaf: Page, q: Quantity) -> bool:
    """Whether a change starts at a figure: it stands behind "from", and another behind "to" beside it."""
    return bool(_CHANGED_FROM.search(leaf.low, max(0, q.start - 12), q.start)) and starts_beside(leaf, q)


def ends(leaf: Page, q: Quantity, start: int) -> bool:
    """Whether a change ends at a figure of the sentence that begins at ``start``."""
    return bool(_CHANGED_TO.search(leaf.low, max(start, q.start - 80), q.start))


def starts_beside(leaf: Page, q: Quantity) -> bool:
    """Whether a figure behind "from" has a figure behind "to" beside it."""
    start, _ = leaf.sentence(q.start)
    return bool(_TO_NUMBER.match(leaf.low, q.end) or _TO_LEFT.search(leaf.low, start, q.start))


def is_of_year_before(leaf: Page, q: Quantity) -> bool:
    """Whether a figure is what another is compared with: "against 1,260 a year earlier"."""
    low = leaf.low
    return bool(
        (_YEAR_BEFORE.match(low, q.end) and _AGAINST.search(low, max(0, q.start - 40), q.start))
        or _YEAR_BEFORE_LEFT.search(low, max(0, q.start - 30), q.start)
    )


def opens_year_before(leaf: Page, q: Quantity, start: int) -> bool:
    """Whether a figure is told of in a clause that opens its sentence with "a year earlier"."""
    opened = _YEAR_BEFORE_OPENS.match(leaf.low, start, q.start)
    return opened is not None and not _NEW_CLAUSE.search(leaf.low, opened.end(), q.start)


def starts_within_year(leaf: Page, q: Quantity, period: Period | None) -> bool:
    """Whether a figure is where a change within a year began: "fell in 2022 from $41 million to $10 million"."""
    if period is None or period.role != "at" or period.granularity not in _YEARLY or q.form != "number":
        return False
    if 0 <= period.start - q.end < 12 or not _CHANGED_FROM.search(leaf.low, max(0, q.start - 12), q.start):
        return False
    return starts_beside(leaf, q)
