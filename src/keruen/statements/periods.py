"""Periods in words: "the first nine months of 2024", "by the end of 2027", "over the past 20 years".

Receives a folded page and the day of publication, hands on :class:`Period` objects. Relative words count from the day of
publication; without one they yield no dates. Conventions: "by Y" has no first day; "over the past N years" runs from the
first day of the N-th year back to the end of the year of publication.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from keruen.statements import cyrillic as cy
from keruen.statements.period import (
    Period,
    bare_month,
    first_months,
    month_end,
    year_span,
)
from keruen.statements.period_words import MONTHS, NUMBER, OPENERS, ORDINALS, PATTERN, count, month_of_name
from keruen.statements.periods_cyrillic import read_cyrillic
from keruen.statements.spans import SPAN, Spans

_WORD = re.compile(r"\w+")
_SINCE_LEFT = re.compile(r"\bsince [a-z][^,.;:\d]{2,50} $")
_DIGITS_OPEN = re.compile(
    r"(?:19|20|21)\d\d(?!\d)|\d{1,4}(?:st|nd|rd|th)?[ -](?:of )?(?:the )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|months?\b|years?\b|decades?\b|weeks?\b|days?\b|half\b|quarter\b|centur)|[1-4][hq]|\d{1,2}m"
)
"""What a period that opens with digits looks like; few numbers do."""
_LEVEL = re.compile(r"(?:'s)? levels?\b")
_PRICED = re.compile(r" (?:constant )?(?:prices|(?:us )?dollars|exchange rates?)\b")
_COMPARED = re.compile(
    r"\b(?:than|compared (?:to|with)|relative to|versus|over|on)(?: that| those| it| what it)?(?: was| were)?(?: in| during| for| at| of| over)?(?: the)?"
    r"(?: (?:same|corresponding|similar|previous|year-ago|level|figure|result|period|month|quarter|year|in|of|for|a)){0,5} ?$"
)
"""What makes a period the base of a comparison: "than in", "compared to the same period of"; no figure stands between."""


class Calendar:
    """Turns words into days, seen from the day of publication.

    Parameters
    ----------
    published
        Day of publication; None leaves relative words without dates.
    """

    def __init__(self, published: date | None) -> None:
        self.published = published
        self._spans = Spans(published)
        self._told: Period | None = None

    def relative_year(self, words: str) -> int | None:
        """Return the calendar year that "last year" or "2024" means."""
        if words[-4:].isdigit():
            return int(words[-4:])
        if self.published is None:
            return None
        if words.startswith("last") or words.startswith("the previous") or words.startswith("previous"):
            return self.published.year - 1
        return self.published.year + (1 if words.startswith("next") else 0)

    def month_of(self) -> tuple[date, date] | None:
        """Return the month of publication."""
        if self.published is None:
            return None
        p = self.published
        return p.replace(day=1), month_end(p.year, p.month)

    def find(self, low: str, start: int, end: int) -> list[Period]:
        """Return the periods written in ``low[start:end]``, ascending."""
        out = []
        behind = start
        for word in _WORD.finditer(low, start, end):
            token = word.group()
            if word.start() < behind or not (
                token in OPENERS or token in MONTHS or token[0].isdigit() or token.startswith("fy")
            ):
                continue
            if token[0].isdigit() and not _DIGITS_OPEN.match(low, word.start(), end):
                continue
            period, behind = self._at(low, word.start(), end, behind)
            if period is not None and not _PRICED.match(low, period.end, end):
                if period.granularity == "year" and period.role == "at" and period.first is not None:
                    period = self._since(low, start, period)
                if (
                    period.role == "base"
                    and word.start() - start < 3
                    and low.endswith(" ago", start, period.end)
                ):
                    # "ten years ago the port handled": told of, not compared with
                    period = replace(period, role="at")
                if period.role == "at" and (period.first or period.last):
                    self._told = period
                if period.role in ("at", "same") and (
                    _COMPARED.search(low, max(start, period.start - 48), period.start)
                    or _LEVEL.match(low, period.end, end)
                ):
                    period = replace(period, role="base")
                out.append(period)
        if cy.HAS.search(low, start, end):
            for m in cy.PERIOD.finditer(low, start, end):
                try:
                    period = read_cyrillic(m, self.published)
                except (ValueError, OverflowError):
                    period = None
                if period is None:
                    continue
                # a Latin reading of the bare year gives way to the longer one
                out = [
                    p
                    for p in out
                    if p.end <= period.start
                    or period.end <= p.start
                    or p.end - p.start > period.end - period.start
                ]
                if not any(p.start < period.end and period.start < p.end for p in out):
                    out.append(period)
            out.sort(key=lambda p: p.start)
        return out

    def _since(self, low: str, start: int, period: Period) -> Period:
        """Return the years up to publication for "since the union was founded in 2015"; other periods as they are."""
        p = self.published
        if (
            p is None
            or period.first is None
            or period.first >= p
            or not _SINCE_LEFT.search(low, max(start, period.start - 60), period.start)
        ):
            return period
        return replace(period, last=p, granularity="span")

    def _at(self, low: str, at: int, end: int, behind: int) -> tuple[Period | None, int]:
        """Return the period that begins at ``at``, and where the search goes on: the longer of a span and a calendar period."""
        span, found = SPAN.match(low, at, end), PATTERN.match(low, at, end)
        for m, read in ((span, self._read_span), (found, self._read)):
            if m is None or (m is span and found is not None and found.end() > span.end()):
                continue
            try:
                period = read(m)
            except (ValueError, OverflowError):
                period = None
            if period is not None or m is found:
                return period, m.end()
        return None, behind

    def _read_span(self, m: re.Match[str]) -> Period | None:
        return self._spans.read(m, self._told)

    def _read(self, m: re.Match[str]) -> Period | None:
        group = m.groupdict()
        text = m.group()
        year: int | None
        a, b = m.span()
        while m.string[a] == " ":
            a += 1
        p = self.published

        def made(
            first: date | None,
            last: date | None,
            grain: str,
            *,
            inferred: bool = False,
            role: str = "at",
        ) -> Period:
            return Period(a, b, first, last, grain, inferred, role)

        if group["ay"]:
            return self._academic(a, b, group["ay"])
        if group["part"]:
            return self._part(a, b, group["part"], group["party"])
        if group["hq"]:
            written = group["hqy"]
            if not written and p is None:
                return made(None, None, "quarter", inferred=True)
            year = (
                (int(written) if len(written) == 4 else 2000 + int(written))
                if written
                else (p.year if p else 0)
            )
            n, half = int(group["hq"][1]), group["hq"][0] == "h"
            if half and n > 2:
                return None
            span = 6 if half else 3
            return made(
                date(year, (n - 1) * span + 1, 1),
                month_end(year, n * span),
                "half" if half else "quarter",
                inferred=not written,
            )
        if group["nm"]:
            return first_months(
                a,
                b,
                count(group["nm"]),
                self.relative_year(group["nmy"]),
                inferred=not group["nmy"][-4:].isdigit(),
            )
        if group["nmx"]:
            n = count(group["nmx"])
            if p is None or not 2 <= n <= 12:
                return made(None, None, "part_year", inferred=True)
            year = p.year if p.month > n else p.year - 1
            return first_months(a, b, n, year, inferred=True)
        if group["m1"]:
            return self._month_range(a, b, group)
        if group["byend"]:
            when = group["byendy"]
            if when == "the decade":
                return made(
                    None,
                    date((p.year // 10) * 10 + 9, 12, 31) if p else None,
                    "year",
                    inferred=True,
                    role="by",
                )
            early = "beginning" in group["byend"] or "start" in group["byend"]
            if when[:3] in MONTHS and when[-4:].isdigit() and not when[:4].isdigit():
                return made(
                    None,
                    month_end(int(when[-4:]), month_of_name(when.split()[0])),
                    "month",
                    role="by",
                )
            year = self.relative_year(when)
            if year is None:
                return made(None, None, "year", inferred=True, role="by")
            return made(
                None,
                date(year, 1, 31) if early else date(year, 12, 31),
                "year",
                inferred=not when[-4:].isdigit(),
                role="by",
            )
        if group["byy"]:
            year = int(group["byy"])
            if group["bym"]:
                return made(None, month_end(year, month_of_name(group["bym"])), "month", role="by")
            return made(None, date(year, 12, 31), "year", role="by")
        if group["byrel"]:
            year = p.year + (1 if "next" in text else 0) if p else None
            return made(
                None,
                date(year, 12, 31) if year else None,
                "year",
                inferred=True,
                role="by",
            )
        if group["atend"]:
            year = self.relative_year(group["atendy"])
            if year is None:
                return made(None, None, "day", inferred=True)
            day = date(year, 1, 1) if group["atend"] in ("start", "beginning") else date(year, 12, 31)
            return made(day, day, "day", inferred=not group["atendy"][-4:].isdigit())
        if group["endy"]:
            day = date(int(group["endy"]), 12, 31)
            return made(day, day, "day")
        if group["y1"]:
            y1, tail = int(group["y1"]), group["y2"] or group["y3"]
            y2 = int(tail) if len(tail) == 4 else y1 // 100 * 100 + int(tail)
            return made(date(y1, 1, 1), date(y2, 12, 31), "span") if y2 > y1 else None
        if group["dm1"] or group["dm2"]:
            return self._day(a, b, group, text)
        if group["my"]:
            year = self.relative_year(group["myy"])
            month = month_of_name(group["my"])
            if year is None:
                return made(None, None, "month", inferred=True)
            lead = (group["mlead"] or "").strip()
            if lead in ("by", "until"):
                return made(None, month_end(year, month), "month", role="by")
            return made(
                date(year, month, 1),
                p if lead == "since" and p else month_end(year, month),
                "month",
            )
        if group["mo"]:
            return self._bare_month(a, b, month_of_name(group["mo"]), text)
        if group["pastn"]:
            return self._past(a, b, group["pastn"])
        if group["ago"]:
            if p is None:
                return made(None, None, "year", inferred=True, role="base")
            n = count(group["ago"])
            if 2 <= n <= 200 and text.endswith("years ago") and group["ago"] not in ("a few", "several"):
                return made(*year_span(p.year - n), "year", inferred=True, role="base")
            return (
                made(None, None, "year", inferred=True, role="base")
                if n > 200
                else made(None, None, "none", inferred=True, role="base")
            )
        if group["rel"]:
            return self._relative(a, b, group["rel"])
        if group["vague"]:
            return made(None, None, "none", role="vague")
        if group["now"]:
            month_span = self.month_of()
            month_first, month_last = month_span or (None, None)
            return made(month_first, month_last, "month", inferred=True)
        year = int(group["y"])
        lead = (group["lead"] or "").strip()
        first, last = year_span(year)
        if lead in ("since", "from"):
            if p is not None and year <= p.year and lead == "since":
                return made(first, p, "span")
            return made(first, last, "year")
        based = lead.startswith(("compared", "against", "than", "vs")) or lead == "on"
        return made(first, last, "year", role="base" if based else "at")

    def _part(self, a: int, b: int, part: str, when: str | None) -> Period | None:
        """Return a half, a quarter or the first or last months of a year."""
        which, what = re.split(r"[ -]", part, maxsplit=1)
        n = ORDINALS[which]
        if "month" in what and n not in (1, 9):
            return None
        if (
            when is None
            and which in ("i", "ii", "iii", "iv", "last", "final", "second", "third")
            and "half" not in what
            and "quarter" not in what
        ):
            return None
        digits = bool(when and when[-4:].isdigit())
        if when:
            year = self.relative_year(re.sub(r"^[ ,]*(?:of )?", "", when))
        else:
            year = self.published.year if self.published else None
        if year is None:
            return Period(a, b, None, None, "part_year", True)
        if "month" in what:
            n_months = count(re.split(r"[ -]month", what)[0])
            if not 1 <= n_months <= 12:
                return None
            if n == 9:
                return Period(
                    a,
                    b,
                    date(year, 13 - n_months, 1),
                    date(year, 12, 31),
                    "part_year",
                    not digits,
                )
            return first_months(a, b, n_months, year, inferred=not digits)
        span = 6 if what == "half" else 3
        n = 12 // span if n == 9 else n
        if n * span > 12:
            return None
        if (
            not digits
            and when is None
            and self.published
            and date(year, (n - 1) * span + 1, 1) > self.published
        ):
            year -= 1
        return Period(
            a,
            b,
            date(year, (n - 1) * span + 1, 1),
            month_end(year, n * span),
            what,
            not digits,
        )

    def _academic(self, a: int, b: int, words: str) -> Period:
        years = re.findall(r"\d{4}", words)
        if years:
            y = int(years[0])
        elif self.published is None:
            return Period(a, b, None, None, "academic_year", True)
        else:
            y = self.published.year - (0 if self.published.month >= 9 else 1)
            y += {"last": -1, "next": 1}.get(words.split()[0], 0) - (
                1 if words.startswith("the previous") else 0
            )
        if "financial" in words or "fiscal" in words:
            return Period(a, b, date(y, 4, 1), date(y + 1, 3, 31), "academic_year")
        if "marketing" in words:
            return Period(a, b, date(y, 9, 1), date(y + 1, 8, 31), "academic_year", True)
        return Period(a, b, date(y, 9, 1), date(y + 1, 8, 31), "academic_year", not years)

    def _month_range(self, a: int, b: int, group: dict[str, str | None]) -> Period | None:
        m1, m2 = month_of_name(str(group["m1"])), month_of_name(str(group["m2"]))
        when = group["mmy"]
        if m2 <= m1:
            return self._over_new_year(a, b, m1, m2, when)
        if when:
            year, inferred = self.relative_year(when), not when[-4:].isdigit()
        else:
            p = self.published
            year = None if p is None else p.year if p.month >= m2 else p.year - 1
            inferred = True
        if year is None:
            return Period(a, b, None, None, "part_year", True)
        grain = {2: "quarter", 5: "half", 11: "year"}.get(m2 - m1, "part_year")
        return Period(a, b, date(year, m1, 1), month_end(year, m2), grain, inferred)

    def _over_new_year(self, a: int, b: int, m1: int, m2: int, when: str | None) -> Period | None:
        """Return "October-March": months of two years, the last one named, else the latest that began at most two months ahead."""
        p = self.published
        if when:
            last = self.relative_year(when)
        elif p is None or m1 == m2:
            return None
        else:
            last = p.year + (m1 <= p.month + 2)
        if last is None or m1 == m2:
            return None
        return Period(a, b, date(last - 1, m1, 1), month_end(last, m2), "span", not when)

    def _day(self, a: int, b: int, group: dict[str, str | None], text: str) -> Period:
        month = month_of_name(str(group["dm1"] or group["dm2"]))
        number = int(re.sub(r"\D", "", str(group["d1"] or group["d2"])))
        if group["dy"]:
            year: int | None = int(str(group["dy"]))
        else:
            year = self.published.year if self.published else None
        if year is None:
            return Period(a, b, None, None, "day", True)
        ahead = (
            text.startswith("from ")
            and not group["dy"]
            and self.published is not None
            and month < self.published.month
        )
        day = date(year + ahead, month, number)
        if text.startswith(("by ", "until ")):
            return Period(a, b, None, day, "day", not group["dy"], "by")
        return Period(
            a,
            b,
            day,
            day,
            "day",
            not group["dy"],
            "at" if text.startswith("as ") or ahead else "date",
        )

    def _bare_month(self, a: int, b: int, month: int, text: str) -> Period | None:
        p = self.published
        if month == 5 and text.endswith("may") and not text.startswith(("in ", "since ", "during ", "last ")):
            return None
        if p is None:
            return Period(a, b, None, None, "month", True)
        if text.startswith("since"):
            return Period(
                a,
                b,
                date(p.year if month <= p.month else p.year - 1, month, 1),
                p,
                "span",
                True,
            )
        if text.startswith("next"):
            year = p.year if month > p.month else p.year + 1
        elif text.startswith("last"):
            year = p.year if month < p.month else p.year - 1
        elif not text.startswith(("by", "until")):
            return bare_month(a, b, month, p)
        if text.startswith(("by", "until")):
            year = p.year if month >= p.month else p.year + 1
            last = (
                date(year, month, 15)
                if "mid" in text
                else date(year, month, 10)
                if "early" in text
                else month_end(year, month)
            )
            return Period(a, b, None, last, "month", True, "by")
        return Period(a, b, date(year, month, 1), month_end(year, month), "month", True)

    def _past(self, a: int, b: int, words: str) -> Period | None:
        p = self.published
        if words == "previous year":
            return Period(a, b, None, None, "none", True, "base")
        if p is None:
            return Period(a, b, None, None, "span", True)
        number = re.search(rf" ({NUMBER}) ", words)
        n = count(number.group(1)) if number else 1
        ahead = words.startswith(("next", "coming", "following"))
        if "decade" in words:
            n, unit = n * 10, "year"
        elif "year" in words:
            unit = "year"
        elif "month" in words:
            unit = "month"
        else:
            days = n * (7 if "week" in words else 1)
            return (
                Period(a, b, p, p + timedelta(days), "span", True)
                if ahead
                else Period(a, b, p - timedelta(days), p, "span", True)
            )
        if number is None and "years" in words:
            return Period(a, b, None, None, "none", True, "vague")
        if n > 1000:
            return None
        if unit == "year":
            if ahead:
                return Period(a, b, date(p.year, 1, 1), date(p.year + n, 12, 31), "span", True)
            if number is None and "decade" not in words:
                return Period(a, b, *year_span(p.year - 1), "year", True)
            return Period(a, b, date(p.year - n, 1, 1), date(p.year, 12, 31), "span", True)
        index = p.year * 12 + p.month - 1
        if ahead:
            last = index + n
            return Period(
                a,
                b,
                p.replace(day=1),
                month_end(last // 12, last % 12 + 1),
                "span",
                True,
            )
        first = index - n
        return Period(
            a,
            b,
            date(first // 12, first % 12 + 1, 1),
            month_end((index - 1) // 12, (index - 1) % 12 + 1),
            "span",
            True,
        )

    def _relative(self, a: int, b: int, words: str) -> Period:
        p = self.published
        if words.endswith("period"):
            return Period(a, b, None, None, "none", True, "same")
        if words.startswith("the same") and words[-4:].isdigit():
            year = int(words[-4:])
            span = year_span(year)
            if p is not None and "month" in words:
                span = date(year, p.month, 1), month_end(year, p.month)
            elif p is not None and "quarter" in words:
                month = (p.month - 1) // 3 * 3 + 1
                span = date(year, month, 1), month_end(year, month + 2)
            return Period(a, b, *span, "same", True, "base")
        if words.startswith(("the same", "the corresponding", "a year", "year on", "year-on")):
            return Period(a, b, None, None, "none", True, "base")
        if p is None:
            return Period(a, b, None, None, "year", True)
        if words == "the year before":
            return Period(a, b, *year_span(p.year - 2), "year", True)
        if "month" in words or "week" in words:
            index = (
                p.year * 12
                + p.month
                - 1
                + {"last": -1, "next": 1}.get(words.split()[0], 0) * ("month" in words)
            )
            y, mth = index // 12, index % 12 + 1
            return Period(a, b, date(y, mth, 1), month_end(y, mth), "month", True)
        if "date" in words or "so far" in words or words.startswith("since"):
            return Period(a, b, date(p.year, 1, 1), p, "part_year", True)
        if words == "the previous year":
            return Period(a, b, *year_span(p.year - 1), "year", True, "base")
        found = self.relative_year(words)
        if found is None:
            return Period(a, b, None, None, "none", True, "vague")
        return Period(a, b, *year_span(found), "year", True)
