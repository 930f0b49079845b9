"""A period as written, and the days it means."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """A period as written at ``[start, end)``.

    ``role`` says how it relates to a figure: ``at`` (the figure is of it), ``by`` (a deadline), ``base`` (what the figure is
    compared with), ``same`` (the period told of before), ``vague`` (a future without a date).
    """

    start: int
    end: int
    first: date | None
    last: date | None
    granularity: str
    inferred: bool = False
    role: str = "at"


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def year_span(year: int) -> tuple[date, date]:
    """Return the first and last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def first_months(start: int, end: int, n: int, year: int | None, *, inferred: bool) -> Period | None:
    """Return the first ``n`` months of a year, written at ``[start, end)``; None if there are no such months."""
    if not 1 <= n <= 12:
        return None
    if year is None:
        return Period(start, end, None, None, "part_year", True)
    grain = {3: "quarter", 6: "half", 12: "year"}.get(n, "part_year")
    return Period(start, end, date(year, 1, 1), month_end(year, n), grain, inferred)


def bare_month(start: int, end: int, month: int, published: date | None) -> Period:
    """Return the month that a name without a year means: the nearest one, ahead of publication only if close."""
    if published is None:
        return Period(start, end, None, None, "month", True)
    year = published.year if month <= published.month + 3 else published.year - 1
    return Period(start, end, date(year, month, 1), month_end(year, month), "month", True)
