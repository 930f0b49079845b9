"""Periods in Russian and Kazakh words: "за девять месяцев 2024 года", "2030 жылға дейін"."""

from __future__ import annotations

import re
from datetime import date

from keruen.statements import cyrillic as cy
from keruen.statements.period import (
    Period,
    bare_month,
    first_months,
    month_end,
    year_span,
)

_CYRILLIC_ORDINALS = {
    "перв": 1,
    "бірінші": 1,
    "втор": 2,
    "екінші": 2,
    "трет": 3,
    "үшінші": 3,
    "четверт": 4,
    "төртінші": 4,
}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def _count_cyrillic(word: str) -> int:
    """Return the number that Russian or Kazakh words or digits stand for."""
    return int(word) if word.isdigit() else int(sum(cy.WORDS.get(w, 0) for w in word.split()))


def _ordinal_cyrillic(word: str) -> int:
    """Return the number of "первом", "III" or "2-м"."""
    if word[0].isdigit():
        return int(word[0])
    return _ROMAN.get(word) or next(n for stem, n in _CYRILLIC_ORDINALS.items() if word.startswith(stem))


def _year_of(word: str | None, published: date | None) -> int | None:
    """Return the year of "2024", "прошлого" or "текущего"."""
    if word and word.isdigit():
        return int(word)
    if published is None:
        return None
    return published.year - (1 if word and word.startswith("прошл") else 0)


def _past_months(start: int, end: int, n: int, published: date) -> Period:
    """Return the ``n`` months before that of publication."""
    last = published.year * 12 + published.month - 2
    first = last - n + 1
    return Period(
        start,
        end,
        date(first // 12, first % 12 + 1, 1),
        month_end(last // 12, last % 12 + 1),
        "span",
        True,
    )


def read_cyrillic(m: re.Match[str], published: date | None) -> Period | None:
    """Return the period of a Russian or Kazakh phrase."""
    g, p = m.groupdict(), published
    a, b = m.span()
    stated = any(g[k] and g[k].isdigit() for k in ("nmy", "party", "mmy", "ry", "dy"))

    def made(
        first: date | None,
        last: date | None,
        grain: str,
        *,
        inferred: bool = False,
        role: str = "at",
    ) -> Period:
        return Period(a, b, first, last, grain, inferred, role)

    if g["ay"]:
        return made(date(int(g["ay"]), 9, 1), date(int(g["ay"]) + 1, 8, 31), "academic_year")
    if g["kky"]:
        return first_months(a, b, _count_cyrillic(g["kkn"]), int(g["kky"]), inferred=False)
    if g["nm"]:
        return first_months(
            a,
            b,
            _count_cyrillic(g["nm"]),
            _year_of(g["nmy"], published),
            inferred=not stated,
        )
    if g["nmkk"]:
        return first_months(a, b, _count_cyrillic(g["nmkk"]), p.year if p else None, inferred=True)
    if g["part"]:
        n = _ordinal_cyrillic(g["part"])
        span = 6 if g["what"].startswith(("полу", "жарты")) else 3
        year = _year_of(g["party"], published)
        if year is None or n * span > 12:
            return made(None, None, "part_year", inferred=True)
        return made(
            date(year, (n - 1) * span + 1, 1),
            month_end(year, n * span),
            "half" if span == 6 else "quarter",
            inferred=not stated,
        )
    if g["m1"]:
        m1, m2 = cy.month_number(g["m1"]), cy.month_number(g["m2"])
        if m2 <= m1:
            return None
        when = g["mmy"] or g["ry"]
        this_year = None if p is None else p.year if p.month >= m2 else p.year - 1
        year = _year_of(when, published) if when else this_year
        if year is None:
            return made(None, None, "part_year", inferred=True)
        return made(date(year, m1, 1), month_end(year, m2), "part_year", inferred=not stated)
    if g["by"] or g["kkby"]:
        return made(None, date(int(g["by"] or g["kkby"]), 12, 31), "year", role="by")
    if g["past"] or g["pastu"] or g["kkpast"]:
        written = g["past"] or g["kkpast"]
        if p is None or not written:
            return made(None, None, "span", inferred=True, role="vague")
        n = _count_cyrillic(written)
        if g["pastu"] and g["pastu"].startswith("месяц"):
            return _past_months(a, b, n, p)
        return made(date(p.year - n, 1, 1), date(p.year, 12, 31), "span", inferred=True)
    if g["end"]:
        day = date(int(g["endy"]), 12, 31)
        return made(day, day, "day")
    shift = -1 if g["last"] else 0 if g["this"] else 1 if g["next"] else None
    if shift is not None:
        return (
            made(*year_span(p.year + shift), "year", inferred=True)
            if p
            else made(None, None, "year", inferred=True)
        )
    if g["base"] or g["same"]:
        return made(None, None, "none", inferred=True, role="base" if g["base"] else "same")
    if g["now"]:
        month_first, month_last = (p.replace(day=1), month_end(p.year, p.month)) if p else (None, None)
        return made(month_first, month_last, "month", inferred=True)
    if g["y1"]:
        return (
            made(date(int(g["y1"]), 1, 1), date(int(g["y2"]), 12, 31), "span") if g["y2"] > g["y1"] else None
        )
    if g["d"]:
        written_year = int(g["dy"]) if g["dy"] else p.year if p else None
        if written_year is None:
            return made(None, None, "day", inferred=True, role="date")
        day = date(written_year, cy.month_number(g["dm"]), int(g["d"]))
        return made(day, day, "day", inferred=not g["dy"], role="date")
    if g["mo"]:
        year_of, month = int(g["moy"]), cy.month_number(g["mo"])
        return made(date(year_of, month, 1), month_end(year_of, month), "month")
    if g["bare"]:
        return bare_month(a, b, cy.month_number(g["bare"]), p)
    return made(*year_span(int(g["y"])), "year")
