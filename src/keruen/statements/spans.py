"""Spans of time that no calendar page shows: decades, seasons, fiscal years, rolling years, "since independence", "the following year".

Receives the words of such a span and the day of publication, hands on a :class:`~keruen.statements.period.Period`. What leans on the
period told of before ("that year", "two years later") leans on ``told``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from keruen.statements.period import Period, first_months, month_end, year_span
from keruen.statements.period_words import MONTH, NUMBER, ORDINALS, YEAR, count, month_of_name

_LEAD = r"(?:in|during|over|for|of|from|since|throughout)"
_PART = r"(?:early|mid|late)[- ](?:the[ ])?"
SPAN = re.compile(
    rf"""\b(?:
      (?P<foryear>for[ ](?:the|this)[ ](?:calendar[ ])?year)(?![ ](?:to|through|ending|ended|before|ahead|earlier|was[ ]out))\b
    | (?P<by>by|until|till|before|no[ ]later[ ]than)[ ](?:the[ ])?(?:end[ ]of[ ](?:the[ ])?)?(?:(?P<byp>first|second|third|fourth|last)[ -](?P<byu>half|quarter)(?:[ ]of)?|(?P<byhq>[hq][1-4])(?:[ ]of)?|(?P<bys>spring|summer|autumn|winter)(?:[ ]of)?)[ ](?P<byy>{YEAR}|(?:this|next)[ ]year)
    | (?P<byrel>by|until)[ ](?:the[ ])?(?:(?P<bydec>mid-decade|middle[ ]of[ ]the[ ](?:next[ ])?decade|end[ ]of[ ](?:the|this)[ ]decade|decade's[ ]end|turn[ ]of[ ]the[ ]decade)|(?P<bycen>mid-century|middle[ ]of[ ]the[ ]century)|(?P<bymid>mid-?year|middle[ ]of[ ](?:the|this|next)[ ]year)|end[ ](?:of[ ](?:the[ ])?)?(?P<bymo>{MONTH})|end-(?P<byemo>{MONTH})|(?:end[ ]of[ ](?:the[ ])?)?(?P<bynext>(?:this|next|the)[ ](?:month|quarter|summer|autumn|spring)))
    | (?:(?P<dl>{_LEAD}|by)[ ](?:the[ ])?|the[ ])(?P<dp>{_PART}|(?:first|second)[ ]half[ ]of[ ]the[ ])?(?P<decade>(?:(?:19|20|21)\d|[2-9])0)'?s\b
    | (?:{_LEAD}[ ])?(?:the[ ])?(?P<sp>early[ ]|late[ ]|mid-)?(?:(?P<sn>spring|summer|autumn|fall|winter)[ ](?:of[ ])?(?P<sy>{YEAR}|(?:last|this|next)[ ]year)|(?P<srel>this|last|next)[ ](?P<sn2>spring|summer|autumn|fall|winter))
    | (?:{_LEAD}[ ])?(?:the[ ])?(?:(?:fiscal|financial|budget)[ ](?:year[ ])?|fy[ ]?)(?P<fy>{YEAR}|(?<=y)\d\d|(?<=y[ ])\d\d)(?:[ ]?[/–-][ ]?(?P<fy2>{YEAR}|\d\d))?(?![\d%])
    | (?:{_LEAD}[ ])?(?P<cm>[369]|12)m[ ]?(?:of[ ])?(?P<cmy>{YEAR}|'?\d\d)(?![\d%])
    | (?:{_LEAD}[ ])?(?:(?P<cn>[1-4])(?P<cu>[hq])|(?P<cu2>[hq])(?P<cn2>[1-4])(?=['’/-]))[ ]?[-/]?(?P<cy>{YEAR}|['’]?\d\d)(?![\d%])
    | (?:in|over|during|for)[ ](?:the[ ])?(?P<rn>{NUMBER})[ -](?P<ru>months?|years?)[ ](?:to|through|until|ending|ended|up[ ]to)[ ](?:in[ ]|on[ ])?(?:end-|the[ ]end[ ]of[ ])?(?:\d{{1,2}}[ ])?(?P<rm>{MONTH})?(?:[ ]\d{{1,2}}(?!\d),)?[ ]?(?P<ry>{YEAR})?
    | (?:in|over|during|for)[ ](?:the[ ])?(?P<dn>{NUMBER}[ ])?decades?[ ](?:to|through|ending)[ ](?P<dy>{YEAR})
    | (?:in|over|during|for)[ ]the[ ]year[ ](?:to|through|ending|ended)[ ](?:on[ ])?(?:end-|the[ ]end[ ]of[ ])?(?:\d{{1,2}}[ ])?(?P<ym>{MONTH})(?:[ ]\d{{1,2}}(?!\d),?)?(?:[ ](?P<yy>{YEAR}))?
    | (?P<indep>(?:since|after)[ ](?:(?:gaining|winning|its|the)[ ])*(?:independence|(?:collapse|fall|break-?up|dissolution)[ ]of[ ]the[ ](?:soviet[ ]union|ussr))|(?:in|over|during)[ ](?:the[ ]years|three[ ]decades)[ ]of[ ]independence)
    | (?:within|over|in)[ ](?:the[ ](?:first|coming|next|following)[ ])?(?P<wn>{NUMBER})[ ](?P<wu>years?|months?|decades?)(?P<wt>['’]s?[ ]time|[ ]from[ ]now)?
    | (?:{_LEAD}[ ])?(?:the[ ])?(?:first[ ])(?P<tq>two|three|2|3)[ ]quarters(?:[ ](?:of[ ]|in[ ])?(?P<tqy>{YEAR}|(?:last|this)[ ]year|the[ ]year))?
    | (?:(?:in|for|over|during)[ ])?(?:the[ ])?(?:full|whole|entire)[ -](?:of[ ])?(?:year[ ])?(?:of[ ])?(?P<full>{YEAR}|year\b|last[ ]year)
    | (?:(?:{_LEAD}|between)[ ])?(?P<m1>{MONTH})[ ](?P<m1y>{YEAR})[ ]?(?:[-–]|to|through|until|and)[ ]?(?P<m2>{MONTH})[ ](?P<m2y>{YEAR})
    | (?:in|during|for|of|over)?[ ]?(?P<same>(?:that|the[ ]same)[ ](?:same[ ])?year|since[ ]then)
    | (?P<since>since)(?=[ ](?:been[ ])?[a-z]+(?:ed|en|nt|lt|wn|ne|ade|old|ut)\b)
    | (?:(?:in|during|by)[ ])?(?P<later>the[ ]following[ ]year|the[ ]year[ ]after|the[ ]next[ ]year|(?P<ln>{NUMBER}|a)[ ]years?[ ](?:later|on\b|after[ ]that|thereafter))
    | (?:(?:in|during|for)[ ])?(?:the[ ])?(?P<qrel>last|this|previous|next|current)[ ](?P<qu>quarter|half-year)
    | (?P<vague>in[ ]the[ ](?:years|months|decades)[ ](?:ahead|to[ ]come)|in[ ](?:the[ ])?(?:coming|next)[ ](?:years|decades?|months|weeks)|over[ ](?:the[ ])?(?:coming|next)[ ](?:years|decades|months)|one[ ]day|before[ ]long|(?:very[ ])?soon\b|shortly\b|over[ ]time)
    )""",
    re.VERBOSE,
)  # fmt: skip
_SEASONS = {"winter": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9}


def _full_year(written: str) -> int:
    """Return the year of "2024", "24" or "'24"."""
    digits = written.lstrip("'’")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _piece(year: int, unit: str, n: int) -> tuple[date, date] | None:
    """Return first and last day of the n-th half or quarter of a year."""
    span = 6 if unit.startswith("h") else 3
    return (date(year, (n - 1) * span + 1, 1), month_end(year, n * span)) if n * span <= 12 else None


def _months_back(last_year: int, last_month: int, n: int) -> tuple[date, date]:
    """Return first and last day of the ``n`` months that end with the one given."""
    first = last_year * 12 + last_month - n
    return date(first // 12, first % 12 + 1, 1), month_end(last_year, last_month)


class Spans:
    """Reads spans, seen from the day of publication and from the period told of before."""

    def __init__(self, published: date | None) -> None:
        self.published = published

    def read(self, m: re.Match[str], told: Period | None) -> Period | None:
        """Return the period that a match of ``SPAN`` means; None if it means none."""
        g = m.groupdict()
        a, b = m.span()
        while m.string[a] == " ":
            a += 1
        while m.string[b - 1] == " ":
            b -= 1
        p = self.published
        if g["by"] or g["byrel"]:
            last, inferred = self._deadline(g)
            return Period(a, b, None, last, "year", inferred, "by")
        if g["foryear"]:
            return Period(a, b, *year_span(p.year), "year", True) if p else None
        if g["decade"]:
            return self._decade(a, b, g)
        if g["sn"] or g["sn2"]:
            return self._season(a, b, g)
        if g["fy"]:
            y = _full_year(g["fy"])
            if g["fy2"]:
                return Period(a, b, date(y, 4, 1), date(y + 1, 3, 31), "academic_year")
            return Period(a, b, *year_span(y), "year")
        if g["cm"]:
            return first_months(a, b, int(g["cm"]), _full_year(g["cmy"]), inferred=False)
        if g["cy"]:
            unit = g["cu"] or g["cu2"]
            piece = _piece(_full_year(g["cy"]), unit, int(g["cn"] or g["cn2"]))
            return Period(a, b, *piece, "half" if unit == "h" else "quarter") if piece else None
        if g["rn"]:
            return self._rolling(a, b, count(g["rn"]), g["ru"], g["rm"], g["ry"])
        if g["dy"]:
            return self._rolling(a, b, 10 * count((g["dn"] or "one").strip()), "years", None, g["dy"])
        if g["ym"]:
            return self._rolling(a, b, 12, "months", g["ym"], g["yy"])
        if g["indep"]:
            return Period(a, b, date(1991, 1, 1), p, "span", True)
        if g["wn"]:
            return self._within(a, b, m.group(), g)
        if g["tq"]:
            written = g["tqy"] or ""
            if not written.isdigit() and p is None:
                return Period(a, b, None, None, "part_year", True)
            n = 3 * count(g["tq"])
            year = int(written) if written.isdigit() else p.year - (written == "last year" or p.month <= n)  # type: ignore[union-attr]
            return first_months(a, b, n, year, inferred=not written.isdigit())
        if g["full"]:
            if g["full"].isdigit():
                return Period(a, b, *year_span(int(g["full"])), "year")
            year = p.year - (g["full"] != "year" or p.month <= 3) if p else None
            return Period(a, b, *year_span(year), "year", True) if year else None
        if g["m1"]:
            first, last = (
                date(int(g["m1y"]), month_of_name(g["m1"]), 1),
                month_end(int(g["m2y"]), month_of_name(g["m2"])),
            )
            return Period(a, b, first, last, "span") if first < last else None
        if g["same"] or g["later"] or g["since"]:
            return self._leaning(a, b, g, told)
        if g["qrel"]:
            return self._quarter(a, b, g)
        return Period(a, b, None, None, "none", True, "vague")

    def _deadline(self, g: dict[str, str | None]) -> tuple[date | None, bool]:
        """Return the day by which, and whether it was inferred."""
        p = self.published
        if g["by"]:
            written = str(g["byy"])
            if not written.isdigit() and p is None:
                return None, True
            year = int(written) if written.isdigit() else p.year + written.startswith("next")  # type: ignore[union-attr]
            if g["bys"]:
                month = _SEASONS[g["bys"]] % 12 + 2
                return month_end(year, month), not written.isdigit()
            unit = g["byu"] or str(g["byhq"])
            n = ORDINALS[g["byp"]] if g["byp"] else int(str(g["byhq"])[1])
            piece = _piece(year, unit, min(n, 2 if unit.startswith("h") else 4))
            return (piece[1] if piece else None), not written.isdigit()
        if p is None:
            return None, True
        if g["bydec"]:
            decade = p.year // 10 * 10
            if "mid" in g["bydec"]:
                ahead = "next" in g["bydec"] or p.year > decade + 5
                return date(decade + (15 if ahead else 5), 12, 31), True
            return date(decade + (10 if "turn" in g["bydec"] else 9), 12, 31), True
        if g["bycen"]:
            return date(p.year // 100 * 100 + 50, 12, 31), True
        if g["bymid"]:
            return date(
                p.year + ("next" in g["bymid"] or ("this" not in g["bymid"] and p.month > 6)), 6, 30
            ), True
        named = g["bymo"] or g["byemo"]
        if named:
            month = month_of_name(named)
            return month_end(p.year + (month < p.month), month), True
        named_next = str(g["bynext"])
        months = (
            p.month + named_next.startswith("next")
            if "month" in named_next
            else ((p.month - 1) // 3 + 1 + named_next.startswith("next")) * 3
        )
        if named_next.endswith(("summer", "autumn", "spring")):
            months = _SEASONS[named_next.rsplit(" ", 1)[1]] + 2
            months += 12 * (named_next.startswith("next") or months < p.month)
        return month_end(p.year + (months - 1) // 12, (months - 1) % 12 + 1), True

    def _decade(self, a: int, b: int, g: dict[str, str | None]) -> Period | None:
        """Return "the 1990s", "the early 2010s"; a two-digit decade is of the century that has seen it."""
        written = str(g["decade"])
        year = int(written) if len(written) == 4 else 1900 + int(written)
        if len(written) == 2 and g["dl"] is None:
            return None
        part = (g["dp"] or "").strip("- ")[:3]
        first, last = {"ear": (0, 3), "mid": (4, 6), "lat": (7, 9), "fir": (0, 4), "sec": (5, 9)}.get(
            part, (0, 9)
        )
        if g["dl"] == "by":
            return Period(a, b, None, date(year + (first if part else 0), 12, 31), "span", False, "by")
        end = date(year + last, 12, 31)
        if g["dl"] == "since" and self.published is not None:
            end = self.published
        return Period(a, b, date(year + first, 1, 1), end, "span") if date(year + first, 1, 1) < end else None

    def _season(self, a: int, b: int, g: dict[str, str | None]) -> Period | None:
        """Return "the summer of 2024", "this autumn"; a winter is of the year in which it ends."""
        p = self.published
        name = str(g["sn"] or g["sn2"])
        written = g["sy"] or str(g["srel"])
        if written.isdigit():
            year = int(written)
        elif p is None:
            return Period(a, b, None, None, "quarter", True)
        else:
            year = p.year + {"last": -1, "this": 0, "next": 1}[written.split()[0]]
            if g["srel"] == "last" and _SEASONS[name] + 2 < p.month and name != "winter":
                year = p.year
            if g["srel"] == "next" and _SEASONS[name] > p.month and name != "winter":
                year = p.year
        if name == "winter":
            return Period(a, b, date(year, 1, 1), month_end(year, 2), "quarter", not written.isdigit())
        month = _SEASONS[name]
        return Period(
            a, b, date(year, month, 1), month_end(year, month + 2), "quarter", not written.isdigit()
        )

    def _rolling(
        self, a: int, b: int, n: int, unit: str, month: str | None, year: str | None
    ) -> Period | None:
        """Return "the 12 months to June 2024", "the five years to 2023"."""
        p = self.published
        if not month and not year:
            return None
        last_month = month_of_name(month) if month else 12
        if year:
            last_year = int(year)
        elif p is None:
            return Period(a, b, None, None, "span", True)
        else:
            last_year = p.year if last_month <= p.month else p.year - 1
        n *= 12 if unit.startswith("year") else 1
        if not 1 <= n <= 1200:
            return None
        return Period(a, b, *_months_back(last_year, last_month, n), "span", not year)

    def _within(self, a: int, b: int, text: str, g: dict[str, str | None]) -> Period | None:
        """Return "within three years", "in five years' time", "over the next decade"; "in three years" alone says too little."""
        p = self.published
        n, unit = count(str(g["wn"])), str(g["wu"])
        if not (
            g["wt"]
            or text.startswith("within")
            or " next " in text
            or " coming " in text
            or " following " in text
        ):
            return None
        if p is None:
            return Period(a, b, None, None, "span", True)
        if unit.startswith("month"):
            if n > 60:
                return None
            index = p.year * 12 + p.month - 1 + n
            last = month_end(index // 12, index % 12 + 1)
            return Period(a, b, p.replace(day=1), last, "span", True)
        n *= 10 if unit.startswith("decade") else 1
        if n > 200:
            return None
        if g["wt"]:
            return Period(a, b, *year_span(p.year + n), "year", True)
        return Period(a, b, date(p.year, 1, 1), date(p.year + n, 12, 31), "span", True)

    def _leaning(self, a: int, b: int, g: dict[str, str | None], told: Period | None) -> Period | None:
        """Return "that year", "since then", "two years later", from the period told of before."""
        base = None if told is None else told.first or told.last
        if base is None:
            return None
        if g["same"] or g["since"]:
            if g["since"] or "since" in str(g["same"]):
                p = self.published
                return Period(a, b, base, p, "span", True) if p is not None and base < p else None
            return Period(a, b, *year_span(base.year), "year", True)
        n = 1 if not g["ln"] else count(g["ln"])
        if n > 100 or (self.published is not None and g["ln"] and base.year + n > self.published.year):
            return None
        return Period(a, b, *year_span(base.year + n), "year", True)

    def _quarter(self, a: int, b: int, g: dict[str, str | None]) -> Period | None:
        """Return "last quarter", "this half-year"."""
        p = self.published
        if p is None:
            return Period(a, b, None, None, "quarter", True)
        span = 3 if g["qu"] == "quarter" else 6
        index = p.year * 12 + (p.month - 1) // span * span
        index += {"last": -span, "previous": -span, "next": span}.get(str(g["qrel"]), 0)
        first = date(index // 12, index % 12 + 1, 1)
        last = first + timedelta(span * 31 - 5)
        grain = "quarter" if span == 3 else "half"
        return Period(a, b, first, month_end(last.year, last.month), grain, True)
