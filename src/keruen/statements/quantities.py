"""Quantities in English, Russian and Kazakh prose: numeral, scale, unit, hedge and range, with exact spans.

Receives a :class:`~keruen.statements.page.Page`, hands on :class:`~keruen.statements.quantity.Quantity` objects in the order of
the text. What a quantity is about (period, kind, speaker, indicator) is decided elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from keruen.statements import cyrillic as cy
from keruen.statements import english as en
from keruen.statements.hedges import hedge
from keruen.statements.inheritance import COUNTED_BY_TIME, SCALED, settle
from keruen.statements.measures import (
    ATTACHED,
    RATE_NAMES,
    SHORT_SCALE,
    SIGN_LEFT,
    TIME_RATES,
    UNIT,
    WORD,
    noun_at,
    rate_at,
    scale_at,
    unit_at,
)
from keruen.statements.numerals import (
    AND_A_PART,
    DIGITS,
    PART_OF_A,
    WORDS,
    Numeral,
    decimal_comma,
    parse_digits,
    parse_part,
    parse_words,
)
from keruen.statements.page import Page
from keruen.statements.quantity import MONEY, Quantity, bounds
from keruen.statements.ratios import ratios

_RANGE_DASH = re.compile(rf" ?[-–] ?(?:us\$|[$€£¥₸₽])?(?={DIGITS})")
_RANGE_WORD = re.compile(
    rf" {{1,3}}(to|and|or) {{1,3}}(?:as (?:much|many) as |nearly |about |around |over )?(?:us\$|[$€£¥₸₽]|(?:usd|eur|kzt) ?)?(?={DIGITS}|{WORDS}\b)"
)
_OUT_OF = re.compile(
    rf" (?:out )?of (?:the |its |their |our |all |a total of |these |those )?(?={DIGITS}|{WORDS}\b)"
)
_NUMBER_AT = re.compile(
    rf"({DIGITS})(?![\w]|[.,]\d)|({DIGITS})(?=(?:bn|mn|mln|bln|trn|tn|m|b|k|%|km|t|mt|gw|mw)\b|%)|({WORDS})(?![\w])"
)
_DIGIT_SCAN = re.compile(DIGITS)
_SCALE_NEXT = r"(?=(?:dozen|hundred|thousand|million|billion|trillion)\b)"
_WORD_SCAN = re.compile(
    rf"\b(?:(?P<part>(?:{PART_OF_A}) |(?:a )?half-){_SCALE_NEXT}|(?P<one>an? ){_SCALE_NEXT}|(?P<words>(?:{WORDS}){AND_A_PART}?)(?![\w]|-[a-z]))"
)
_AND_A_HALF = re.compile(r" and a half\b(?! (?:hundred|thousand|million|billion|trillion))")
_LABELLED_LEFT = re.compile(
    r"(?<![a-z-])(?:grade|type|class|form|box|lot|gate|exit|page|pages|chapter|section|article|articles|paragraph|para|paras|art\.|annex|appendix|table|figure|fig\.|no\.?|nos\.?|room|"
    r"floor|route|highway|bus|flight|platform|terminal|phase|part|volume|vol\.|issue|version|mark|model|suite|zone|area|site|item|rule|law|decree|resolution|"
    r"protocol|note|footnote|psalm|apollo|windows|formula|channel|level|category|tier|berth|pier|hall|door|seat|chart|clause|schedule|lesson|game|round|match|minute|"
    r"vitamin|mile|kilometre|km|unit|reactor|block|line|quay|track|group|group of|iphone|agenda|vision|aged|dial|call) $"
)
"""Words that a number behind them merely labels."""
_TAIL_OK = re.compile(
    r"(?:bn|mn|mln|bln|trn|tn|m|b|k|%|km|kg|t|mt|kt|gw|mw|kw|kv|kwh|mwh|gwh|twh|ha|teu|h|mm|cm|mtpa|bcm|mcm|th|m3|km2|м|млн|млрд|тыс|км|т|р)(?!\w)|[^\w]|$"
)
_MORE_WORDS = re.compile(rf",? (?:and )?({WORDS})(?![\w-])")
_SPLIT_DECIMAL = re.compile(r", (\d)(?= ?(?:тыс|млн|млрд|трлн))")
_BY_LEFT = re.compile(r"\bby (?:about |around |some |nearly |almost |over |more than |roughly )?$")
_YUAN = re.compile(r"\b(?:china|chinese|yuan|renminbi|rmb|beijing|shanghai)\b")
_YEN = re.compile(r"\b(?:japan|japanese|yen|tokyo)\b")
_RANGING = re.compile(r"(?:rang|var)\w+ from $")


_PERIODIC = re.compile(r"\b(?:daily|weekly|monthly|hourly) [a-z]")
_PERIODIC_LEFT = re.compile(
    r"\b(daily|weekly|monthly|hourly) (?:[a-z-]+ ){1,4}(?:of|is|was|are|were|at|to|by|exceed(?:s|ed)?|reach(?:es|ed)|average[sd]|total(?:s|led)) "
    r"(?:about |around |some |nearly |almost |over |more than |up to |at least |only |just |[a-z]{0,3}[$€£¥₸] ?)?$"
)
"""What makes the figure behind it one per day: "daily flows of 9 million cubic metres"."""
_NO_PERIOD = frozenset({"", "%", "percentage point", "times", "rank", "h", "day", "MW", "km", "km/h"})
_TOKEN = re.compile(r"[a-z]+|\d[\d.,]*")
_NUMERIC = frozenset(
    {
        *en.ONES,
        *en.TENS,
        *en.SCALES,
        *en.FRACTIONS,
        *en.MULTIPLES,
        *en.ORDINALS,
        "rank",
        "ranks",
        "ranked",
        "ranking",
        "top",
    }
)


def numeric_spans(leaf: Page) -> list[tuple[int, int]]:
    """Return the spans of the sentences that hold a numeral, or a word that may be one: only they need to be read."""
    sentences = leaf.spans()
    if cy.HAS.search(leaf.low):
        # Cyrillic number words have many endings: a sentence in that script is read whole
        return [
            span
            for span in sentences
            if cy.HAS.search(leaf.low, *span)
            or any(t in _NUMERIC or not t[0].isalpha() for t in _TOKEN.findall(leaf.low, *span))
        ]
    out: list[tuple[int, int]] = []
    behind = -1
    starts = leaf.starts
    for m in _TOKEN.finditer(leaf.low):
        if m.start() >= behind:
            token = m.group()
            if token in _NUMERIC or not token[0].isalpha():
                span = sentences[bisect_right(starts, m.start()) - 1]
                out.append(span)
                behind = span[1]
    return out


class _Scanner:
    """Reads the plain numbers of a page, left to right."""

    def __init__(self, leaf: Page, spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> None:
        self.leaf = leaf
        self.spans = spans
        self.low = leaf.low
        self.cyrillic = bool(cy.HAS.search(leaf.low))
        self.comma = decimal_comma(leaf.low)
        self.taken = taken
        self.periodic = bool(_PERIODIC.search(leaf.low))
        self.found: list[Quantity] = []

    def scan(self) -> list[Quantity]:
        """Return all quantities, ascending, numerals without overlap."""
        low = self.low
        has_cyrillic = self.cyrillic
        cyrillic_spans = [s for s in self.spans if cy.HAS.search(low, *s)] if has_cyrillic else []
        self.found = ratios(self.leaf, self.spans, self.taken, comma=self.comma, cyrillic=cyrillic_spans)
        busy = sorted([*self.taken, *((q.start, q.end) for q in self.found)])
        spots: list[tuple[int, int, Numeral | None]] = []
        for span in self.spans:
            spots += [(m.start(), m.end(), None) for m in _DIGIT_SCAN.finditer(low, *span)]
            for m in _WORD_SCAN.finditer(low, *span):
                if m.group("words"):
                    spots.append((m.start(), m.end(), Numeral(parse_words(m.group("words")))))
                else:
                    worth = parse_part(m.group("part")) if m.group("part") else 1.0
                    spots.append((m.start(), m.end() - 1, Numeral(worth)))
        for span in cyrillic_spans:
            for m in cy.NUMBER_WORD.finditer(low, *span):
                # a scale word may stand alone: "тысячу рабочих мест"
                word = m.group("word")
                spots.append(
                    (
                        m.start(),
                        m.end() if word else m.start(),
                        Numeral(cy.WORDS[word] if word else 1.0),
                    )
                )
        spots.sort(key=lambda s: s[0])
        cursor, k, script = 0, 0, 0
        for start, end, numeral in spots:
            while script < len(cyrillic_spans) and cyrillic_spans[script][1] <= start:
                script += 1
            self.cyrillic = script < len(cyrillic_spans) and cyrillic_spans[script][0] <= start
            while k < len(busy) and busy[k][1] <= start:
                k += 1
            if start >= cursor and not (k < len(busy) and busy[k][0] <= start):
                cursor = max(cursor, self._number(start, end, numeral))
        self.found.sort(key=lambda q: (q.num_start, q.end))
        return settle(self.leaf, self.found, cyrillic=has_cyrillic)

    def _is_part_of_name(self, start: int, end: int) -> bool:
        """Whether digits belong to a word, a time, a date, a version or a telephone number."""
        low = self.low
        before = low[start - 1 : start]
        beyond = low[start - 2 : start - 1] if start > 1 else ""
        if before and before in ".,:/" and beyond.isdigit():
            return True
        if before and before in "+-" and beyond.isalnum():
            return True
        if not _TAIL_OK.match(low, end):
            return True
        return low[end : end + 1] in (":", "/", ".", ",") and low[end + 1 : end + 2].isdigit()

    def _is_label(self, start: int, end: int) -> bool:
        """Whether a number tells one thing from its like: "Grade 11 pupils", "Terminal 2"; a measure or scale behind it is none."""
        low = self.low
        return bool(
            _LABELLED_LEFT.search(low, max(0, start - 16), start)
            and not UNIT.match(low, end)
            and not ATTACHED.match(low, end)
            and scale_at(low, end, cyrillic=self.cyrillic) is None
        )

    def _number(self, start: int, end: int, numeral: Numeral | None) -> int:
        """Read the quantity whose numeral starts at ``start``; return where scanning goes on."""
        low = self.low
        worded = numeral is not None
        sign = None
        if not worded:
            sign = SIGN_LEFT.search(low, max(0, start - 5), start)
            if (
                sign is not None
                and sign.group().strip() == "try"
                and not self.leaf.flat[sign.start()].isupper()
            ):
                sign = None
            before = low[start - 1 : start]
            if sign is None and before and (before.isalnum() or before in "_'#"):
                return end
            if self._is_part_of_name(start, end) or (sign is None and self._is_label(start, end)):
                return end
            typo = _SPLIT_DECIMAL.match(low, end) if self.cyrillic else None
            if typo is not None and low[start:end].isdigit():
                # "101, 9 млн": a blank slipped in behind the decimal comma
                numeral = Numeral(float(f"{low[start:end]}.{typo.group(1)}"))
                end = typo.end()
        parsed = self._amount(start, end, numeral, money=sign is not None)
        if parsed is None:
            return max(end, start + 1)
        value, other, after, scaled = parsed
        num_end = after
        plus = low[after : after + 1] == "+" and not low[after + 1 : after + 2].isalnum()
        after += plus
        currency = self._currency(sign) if sign else ""
        unit, factor, noun, known = currency, 1.0, "", True
        begin = sign.start() if sign else start
        if low[begin - 1 : begin] == "-" and (begin < 2 or not low[begin - 2].isalnum()):
            value, other, begin = -value, None if other is None else -other, begin - 1
        if not currency:
            unit, factor, after, noun, known = self._unit(value, after, worded=worded, scaled=scaled)
        whole: Quantity | None = None
        top: float | None = None
        joined = (
            None if noun else self._second(begin, after if unit else num_end, value, bool(currency), unit)
        )
        if joined is not None:
            total, total_scaled, join_end, join, (n_start, n_end, face) = joined
            other_unit = (
                (currency, 1.0, join_end, "", True)
                if currency
                else self._unit(total, join_end, worded=False, scaled=total_scaled)
            )
            if join == "of":
                if other_unit[3] and value <= total and (other_unit[4] or not 1900 <= total <= 2100):
                    unit, factor, after, noun, known = other_unit
                    all_of = total * factor
                    whole = Quantity(
                        n_start,
                        after,
                        n_start,
                        n_end,
                        all_of,
                        all_of,
                        all_of,
                        unit,
                        noun=noun,
                        known=known,
                        base=True,
                    )
            elif (
                other_unit[0]
                and (not unit or unit == other_unit[0])
                and not (join == "-" and not other_unit[4])
            ):
                if total_scaled and not scaled and value < face:
                    value *= total / face
                unit, factor, after, noun, known = other_unit
                top, num_end = total * factor, n_end
        rate = None
        per = rate_at(low, after, cyrillic=self.cyrillic) if unit else None
        if per is not None and (per[0] != "t" or unit in MONEY):
            rate, after = per
            if rate in TIME_RATES and (noun or unit in COUNTED_BY_TIME):
                unit = f"{'train pair' if unit == 'pair' else unit}/{rate}"
        elif self.periodic and unit not in _NO_PERIOD:
            often = _PERIODIC_LEFT.search(low, max(0, begin - 80), begin)
            if often is not None:
                rate = RATE_NAMES[often.group(1)]
                if rate in TIME_RATES and (noun or unit in COUNTED_BY_TIME):
                    unit = f"{unit}/{rate}"
        modifier, begin, after = hedge(low, begin, after, cyrillic=self.cyrillic, inner=num_end)
        if plus and modifier == "exact":
            modifier = "gt"
        value *= factor
        central: float | None = value
        if other is not None:
            modifier, central, (lower, upper) = (
                "range",
                None,
                sorted((value, other * factor)),
            )
        elif top is not None:
            modifier, central, lower, upper = "range", (value + top) / 2, value, top
            if low.endswith("between ", 0, begin):
                begin -= len("between ")
        else:
            lower, upper = bounds(value, modifier)  # type: ignore[assignment]
        self.found.append(
            Quantity(
                begin,
                after,
                start,
                num_end,
                central,
                lower,
                upper,
                unit,
                modifier,
                rate,
                noun=noun,
                known=known,
                factor=factor,
            )
        )
        if whole is not None:
            self.found.append(whole)
        return after

    def _currency(self, sign: re.Match[str]) -> str:
        """Return the currency of a sign; yuan and yen share one, which the sentence or else the document tells apart."""
        if sign.group().strip() != "¥":
            return en.SIGNS[sign.group().strip()]
        low = self.low
        for span in (self.leaf.sentence(sign.start()), (0, len(low))):
            yuan, yen = bool(_YUAN.search(low, *span)), bool(_YEN.search(low, *span))
            if yuan != yen:
                return "CNY" if yuan else "JPY"
        return "JPY"

    def _amount(
        self, start: int, end: int, numeral: Numeral | None, *, money: bool
    ) -> tuple[float, float | None, int, bool] | None:
        """Return value, other reading, end and whether a scale stood behind the numeral."""
        low = self.low
        scale = scale_at(low, end, cyrillic=self.cyrillic)
        short = None
        if scale is None and numeral is None:
            short = SHORT_SCALE.match(low, end)
            if short is not None and not money and not self._is_short_scale(short, end):
                short = None
        if numeral is None:
            numeral = parse_digits(low[start:end], comma=self.comma, scaled=bool(scale or short))
            if numeral is None:
                return None
        elif scale is None and end == start:
            return None
        value, other = numeral.value, numeral.other
        factor, stop = scale or (1.0, end)
        if scale is not None and low[start : start + 1].isalpha():
            value, stop = self._longer_words(value, factor, stop)
        if scale is not None and (half := _AND_A_HALF.match(low, stop)):
            value, stop = value + 0.5, half.end()
        if short:
            factor, stop = en.SHORT_SCALES[short.group(1)], short.end()
        return (
            value * factor,
            None if other is None else other * factor,
            stop,
            bool(scale or short),
        )

    def _longer_words(self, value: float, factor: float, stop: int) -> tuple[float, int]:
        """Return value and end of a numeral in words that goes on behind its scale: "two thousand five hundred"."""
        least = factor
        while True:
            m = _MORE_WORDS.match(self.low, stop)
            if m is None:
                return value, stop
            scale = scale_at(self.low, m.end(), cyrillic=False)
            part = parse_words(m.group(1)) * (scale[0] if scale else 1.0)
            if part >= least:
                return value, stop
            value += part / factor
            least = scale[0] if scale else 1.0
            stop = scale[1] if scale else m.end()

    def _is_short_scale(self, short: re.Match[str], end: int) -> bool:
        """Whether a letter right behind a numeral scales it: "8m tonnes", "5k people"."""
        low, letter, after = self.low, short.group(1), short.end()
        if letter not in "kmb" or short.start(1) != end:
            return False
        if letter == "m":
            return bool(
                UNIT.match(low, after)
                or ATTACHED.match(low, after)
                or noun_at(low, self.leaf.flat, 2.0, after, worded=False)[0]
            )
        return bool(UNIT.match(low, after) or WORD.match(low, after))

    def _unit(
        self, value: float, at: int, *, worded: bool, scaled: bool
    ) -> tuple[str, float, int, str, bool]:
        return unit_at(
            self.low,
            self.leaf.flat,
            value,
            at,
            worded=worded,
            scaled=scaled,
            cyrillic=self.cyrillic,
        )

    def _second(
        self, begin: int, after: int, value: float, money: bool, unit: str
    ) -> tuple[float, bool, int, str, tuple[int, int, float]] | None:
        """Return a second number joined to the first: value, scaled, end, join word, and the numeral's span and face value."""
        low = self.low
        join = ""
        m = _OUT_OF.match(low, after) if not unit else None
        if m:
            join = "of"
        else:
            m = _RANGE_DASH.match(low, after)
            if m:
                join = "-"
            else:
                m = _RANGE_WORD.match(low, after)
                if m:
                    join = m.group(1)
        if m is None:
            return None
        n = _NUMBER_AT.match(low, m.end())
        if n is None:
            return None
        written = n.group(1) or n.group(2)
        numeral = (
            parse_digits(written, comma=self.comma, scaled=False)
            if written
            else Numeral(parse_words(n.group(3)))
        )
        if numeral is None:
            return None
        parsed = self._amount(n.start(), n.end(), None if written else numeral, money=money)
        if parsed is None:
            return None
        total, _, end, scaled = parsed
        left = low[max(0, begin - 24) : begin]
        if join == "and" and not left.endswith("between "):
            return None
        if join == "or" and (total <= value or total > value + 5):
            return None
        if join == "to" and left.endswith("from ") and not _RANGING.search(left):
            return None
        if (
            join == "to"
            and (unit or money or SCALED.search(low, begin, after))
            and _BY_LEFT.search(low, max(0, begin - 24), begin)
        ):
            # "by 2 bcm to 5 bcm" is a change and a level; "by 2 to 5 bcm" a range
            return None
        comparable = value < numeral.value if scaled and value < 1000 else value < total
        if join != "of" and not comparable:
            return None
        if join == "-" and (1900 <= value <= 2100 or self._designation(begin)):
            return None
        return total, scaled, end, join, (n.start(), end, numeral.value or 1.0)

    def _designation(self, begin: int) -> bool:
        """Whether the word before a numeral makes it a name: "Boeing 737-800"."""
        flat = self.leaf.flat
        at = flat.rfind(" ", max(0, begin - 24), max(0, begin - 1)) + 1
        inside = at > 1 and flat[at - 2] not in ".!?"
        return inside and flat[at].isupper() and flat[begin - 1] == " "


def quantities(leaf: Page, spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[Quantity]:
    """Return the quantities of a page's sentences, ascending.

    Parameters
    ----------
    leaf
        The page.
    spans
        Sentences to read, as :func:`numeric_spans` gives them.
    taken
        Spans of dates, periods and tables, ascending; numerals inside them are left out.
    """
    return _Scanner(leaf, spans, taken).scan()
