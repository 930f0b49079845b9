"""What a figure is a figure of: an indicator at a place, with a partner, for some goods, over a period.

Receives the columns of a statement, hands on a :class:`Quantity` whose text is the figure's identifier. Two statements are
rivals exactly when their quantities are equal, so everything that can be said in two ways (the order of two trading
partners, a year given by its first and last day) is brought to one way here.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import NamedTuple

ABSENT = "-"
"""Stands for what is not given in a figure's identifier."""

_ASPECTS = {
    "reported": "actual",
    "estimate": "actual",
    "forecast": "forecast",
    "target": "target",
    "pledge": "pledge",
}


class Period(NamedTuple):
    """First and last day as proleptic ordinals; 0 where open.

    Examples
    --------
    >>> print(Period.of(date(2024, 1, 1), date(2024, 12, 31)), Period.of(None, date(2027, 12, 31)))
    2024 ..2027
    >>> print(Period.of(date(2023, 1, 1), date(2023, 9, 30)), Period.of(date(2024, 3, 1), date(2024, 3, 31)))
    2023-01..2023-09 2024-03
    """

    start: int
    end: int

    @classmethod
    def of(cls, start: date | None, end: date | None) -> Period:
        """Return the period from ``start`` to ``end``, either of which may be open."""
        return cls(start.toordinal() if start else 0, end.toordinal() if end else 0)

    @classmethod
    def year(cls, year: int) -> Period:
        """Return a calendar year."""
        return cls(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal())

    @property
    def first(self) -> date | None:
        """First day, or None where open."""
        return date.fromordinal(self.start) if self.start else None

    @property
    def last(self) -> date | None:
        """Last day, or None where open."""
        return date.fromordinal(self.end) if self.end else None

    @property
    def calendar_year(self) -> int | None:
        """The year, if the period is one calendar year from end to end."""
        if not (self.start and self.end) or not 364 <= self.end - self.start <= 365:
            return None
        first = date.fromordinal(self.start)
        return first.year if (first.month, first.day) == (1, 1) and self == Period.year(first.year) else None

    @property
    def days(self) -> int:
        """Length in days; 0 where an end is open."""
        return self.end - self.start + 1 if self.start and self.end else 0

    def contains(self, other: Period) -> bool:
        """Whether ``other`` lies within this period; both must be closed."""
        return bool(self.days and other.days) and self.start <= other.start and other.end <= self.end

    def shifted(self, years: int) -> Period:
        """Return the same days ``years`` later; 29 February becomes the 28th, and month ends stay month ends."""

        def shift(day: date | None) -> date | None:
            if day is None:
                return None
            year = day.year + years
            at_end = day.day == monthrange(day.year, day.month)[1]
            length = monthrange(year, day.month)[1]
            return date(year, day.month, length if at_end else min(day.day, length))

        return Period.of(shift(self.first), shift(self.last))

    def __str__(self) -> str:
        first, last = self.first, self.last
        if first is None and last is None:
            return ABSENT
        whole_years = (first is None or (first.month, first.day) == (1, 1)) and (
            last is None or (last.month, last.day) == (12, 31)
        )
        whole_months = (first is None or first.day == 1) and (
            last is None or last.day == monthrange(last.year, last.month)[1]
        )
        form = "%Y" if whole_years else "%Y-%m" if whole_months else "%Y-%m-%d"
        texts = [day.strftime(form) if day else "" for day in (first, last)]
        return texts[0] if texts[0] == texts[1] else "..".join(texts)


class Quantity(NamedTuple):
    """The key of a figure. Absent parts are empty text.

    Examples
    --------
    >>> str(Quantity.of("trade_turnover", "RUS", "KAZ", None, Period.year(2024), "reported", directed=False))
    'trade_turnover/KAZ/RUS/-/2024/actual'
    """

    indicator: str
    place: str
    partner: str
    commodity: str
    period: Period
    aspect: str

    @classmethod
    def of(
        cls,
        indicator: str,
        place: str | None,
        partner: str | None,
        commodity: str | None,
        period: Period,
        kind: str,
        *,
        directed: bool,
    ) -> Quantity:
        """Bring the columns of a statement to a key; an undirected pair is put in alphabetical order."""
        here, there = place or "", partner or ""
        if not directed and here and there and there < here:
            here, there = there, here
        return cls(indicator, here, there, commodity or "", period, _ASPECTS[kind])

    def __str__(self) -> str:
        parts = (self.indicator, self.place, self.partner, self.commodity, str(self.period), self.aspect)
        return "/".join(part or ABSENT for part in parts)
