"""Quantities in English and Cyrillic prose: numeral, scale, unit, hedge, range, ratio and rank, with exact spans.

Receives a :class:`~keruen.statements.page.Page`, hands on :class:`Quantity` objects in the order of the text. What a quantity
is about (period, kind, speaker, indicator) is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from keruen.statements import english as en
from keruen.statements.numerals import DIGITS, WORDS, Numeral, decimal_comma, parse_digits, parse_words
from keruen.statements.page import Page


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


def _alternatives(words: object) -> str:
    """Return a regex of literal alternatives, longest first, spaces matching one to three blanks."""
    ordered = sorted(map(str, words), key=len, reverse=True)  # type: ignore[call-overload]
    return "|".join(re.escape(w).replace(r"\ ", " {1,3}") for w in ordered)


_SIGN_LEFT = re.compile(
    rf"(?:(?<![a-z])(?:{_alternatives(s for s in en.SIGNS if s[0].isalpha())})|[$€£¥₸₽₺₹₼₾₩₴]) ?$"
)
_SCALE = re.compile(rf"[ -]{{0,2}}({_alternatives(en.SCALES)})(?![\w])")
_SHORT_SCALE = re.compile(r" ?([kmbt])(?!\w|/)")
_CURRENCY_NAMES = {
    **en.CURRENCIES,
    **{f"{name}s": code for name, code in en.CURRENCIES.items()},
    **{s: code for s, code in en.SIGNS.items() if len(s) == 3 and s.isalpha() and s != "try"},
    "$": "USD", "€": "EUR", "₸": "KZT", "₽": "RUB", "us dollars": "USD", "u.s. dollars": "USD",
}  # fmt: skip
_CURRENCY_RIGHT = re.compile(rf"[ -]{{0,3}}(?:of )?({_alternatives(_CURRENCY_NAMES)})(?!\w)")
_UNIT = re.compile(rf"[ -]{{0,3}}(?:of )?({_alternatives(en.UNITS)})(?!\w)")
_ATTACHED = re.compile(rf" ?({_alternatives(en.ATTACHED_UNITS)})(?!\w)")
_RATE = re.compile(
    r" {0,2}(?:\([^()]{1,20}\) )?(?:(?:per|a|an|each|every|/|in a) ?(?:calendar |single |marketing |(?:20|40|twenty|forty)-(?:foot|ft) |standard |loaded )?"
    r"(year|annum|day|month|week|hour|quarter|container|tonne|ton|t|teu|trip|train|wagon|vehicle|truck|km|kilometre|kilometer|"
    r"person|capita|kwh|mwh|barrel|hectare|500 ?km)s?(?!\w)|(annually|yearly|daily|monthly|weekly|hourly)(?!\w))"
)
_RATE_NAMES = {
    "annum": "year", "annually": "year", "yearly": "year", "daily": "day", "monthly": "month", "weekly": "week", "hourly": "hour",
    "tonne": "t", "ton": "t", "kilometre": "km", "kilometer": "km", "capita": "person", "500km": "500 km",
}  # fmt: skip
_TIME_RATES = frozenset({"day", "hour", "week", "month"})
_HEDGES: list[tuple[str, str]] = [
    ("le", r"(?:did|does|do|will|would|should|must|to|can|could|may)(?: not|n't)(?: to)? (?:exceed|surpass|top)|not exceed(?:ing|s|ed)?|never exceed(?:ed|s)?|no more than|not more than|no greater than|not above|up to|at most|a maximum of|maximum of|as much as|as many as|as high as|capped at|no longer than|not over"),
    ("ge", r"at least|no less than|not less than|no fewer than|not fewer than|not below|a minimum of|minimum of|not lower than|no lower than|at a minimum"),
    ("lt_near", r"nearly|almost|close to|closer to|near|nearing|approach(?:es|ed|ing)?|just (?:under|below|short of)|slightly (?:under|below|less than)|a little (?:under|less than|below)|practically|virtually|verging on"),
    ("gt", r"(?:just |slightly |well |far |much |a little |significantly )?(?:more than|(?<!hand )(?<!hands )(?<!handed )(?<!take )(?<!takes )(?<!took )(?<!turn )over|above|in excess of|upwards? of|greater than|higher than|larger than|longer than|beyond)|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|top(?:s|ped|ping)?|passed the mark of|outstripp?(?:ed|ing|s)|north of"),
    ("lt", r"(?:well |far |much )?(?:less than|fewer than|under|below|lower than|short of|shorter than|smaller than)"),
    ("approx", r"about|around|approximately|roughly|some|circa|c\.|ca\.?|approx\.?|an estimated|in the region of|in the order of|of the order of|on the order of|or so|~|≈|somewhere around|an average of about"),
]  # fmt: skip
_FILLER = r"(?:(?:the|a|an|some|another|additional|extra|further|total of|record|mark of|level of|threshold of|estimated|combined|roughly|only|as many as|as much as) ){0,3}"
_HEDGE_LEFT = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _HEDGES)
    + rf")[ :]{{1,3}}{_FILLER}$"
)
_LEAD_LEFT = re.compile(
    r"(?<![\w-])(?:(?:an? )?(?:additional|further|extra|new|another|total of|record)|a total of|only) {1,3}$"
)
_HEDGE_RIGHT = re.compile(
    r" ?(?:(\+)(?!\w)|(or more|plus|and more|and above|or above)\b|(or less|or fewer|or below)\b|(or so)\b)"
)
_RANGE_DASH = re.compile(rf" ?[-–] ?(?:us\$|[$€£¥₸₽])?(?={DIGITS})")
_RANGE_WORD = re.compile(
    rf" {{1,3}}(to|and|or) {{1,3}}(?:as (?:much|many) as |nearly |about |around |over )?(?:us\$|[$€£¥₸₽]|(?:usd|eur|kzt) ?)?(?={DIGITS}|{WORDS}\b)"
)
_OUT_OF = re.compile(
    rf" (?:out )?of (?:the |its |their |our |all |a total of |these |those )?(?={DIGITS}|{WORDS}\b)"
)
_NUMBER_AT = re.compile(
    rf"({DIGITS})(?![\w])|({DIGITS})(?=(?:bn|mn|mln|bln|trn|tn|m|b|k|%|km|t|mt|gw|mw)\b|%)|({WORDS})(?![\w])"
)
_DIGIT_SCAN = re.compile(DIGITS)
_WORD_SCAN = re.compile(
    rf"\b(?:(?:an? )(?=(?:hundred|thousand|million|billion|trillion)\b)|({WORDS})(?![\w]|-[a-z]))"
)
_DOZENS = re.compile(r"\b(a |several |two |three )?dozens? (?:of )?")
_TAIL_OK = re.compile(
    r"(?:bn|mn|mln|bln|trn|tn|m|b|k|%|km|kg|t|mt|kt|gw|mw|kw|kv|kwh|mwh|gwh|twh|ha|teu|h|mm|cm|mtpa|bcm|mcm|th|m3|km2|м|млн|млрд|тыс|км|т|р)(?!\w)|[^\w]|$"
)
_WORD = re.compile(r" {1,3}([^\W\d_][\w.'&/-]*)")
_DEMONYMS = frozenset(
    ["russians", "kazakhs", "kazakhstanis", "uzbeks", "kyrgyz", "tajiks", "turkmens", "uighurs", "germans", "ukrainians", "poles", "koreans", "turks", "azerbaijanis", "georgians", "iranians", "afghans", "belarusians", "europeans", "americans", "indians", "mongolians", "italians"]
)
_NUMBER_OF = re.compile(r"\bnumber of(?= )")
_OF_WHOLE = re.compile(r"\b(?:of|out of) (?:the |these |its |their |all )?$")
_DEFINITE = re.compile(r"(?<!of )(?<!all )\b(?:the|these|those|both|our|their|its) [a-z-]+$")
_TIME_NOISE = frozenset({"year", "month", "m", "degree"})

_FRACTION = re.compile(
    r"\b(?:(?P<count>an?|one|two|three|four|five|seven|nine|\d{1,2})[ -](?P<name>half|thirds?|quarters?|fourths?|fifths?|sixths?|seventh|eighths?|tenths?)"
    r"|(?P<half>half)|(?P<slash>[1-9]/[2-9]))\b(?!-)"
)
_FRACTION_LEFT = re.compile(
    r"\b(?:by|than|to|nearly|almost|about|around|over|roughly|approximately|exceeds?|least|under) (?:an? |one )?$"
)
_FRACTION_BAD = re.compile(
    r" (?:of )?(?:the |last |this )?(?:current |previous )?(?:19|20)\d\d|(?: of)? (?:the |this |last |next )?(?:year|century|month|decade|day|hour)\b|[ -](?:a )?(?:million|billion|trillion|hundred|thousand|dozen|year|time|hour)"
)
_MULTIPLE = re.compile(
    rf"\b(?:({_alternatives(en.MULTIPLES)})|({DIGITS}|{WORDS})(?:[ -]?fold|[ -]times|x))\b"
)
_DOUBLE_LEFT = re.compile(
    r"\b(?:to|will|would|could|should|can|may|and|nearly|almost|than|over|had|have|has|more|about|plans?|must) (?:nearly |almost |more than )?$"
)
_TIMES_RIGHT = re.compile(
    r" (?:as |the |more|higher|larger|greater|bigger|faster|lower|less|those|that|its|over|what|compared|than|longer|cheaper|smaller)"
)
_TIMES_LEFT = re.compile(
    r"\b(?:by|increas\w+|grew|grow\w*|rose|ris\w+|up|jump\w*|expand\w*|multipl\w+|fell|fall\w*|nearly|almost|than|about|almost) (?:an? |by |nearly |almost |about |more than |over )*$"
)
_ONE_IN = re.compile(rf"\b({WORDS}|\d{{1,2}}) (?:in|out of) (every )?({WORDS}|\d{{1,3}})\b")
_ORDINAL = rf"(?:{'|'.join(en.ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))"
_RANK = re.compile(
    rf"\brank(?:s|ed|ing)? (?:(?!and\b)[a-z]+ ){{0,3}}?(?P<a>{_ORDINAL})\b"
    rf"|\b(?P<b>{_ORDINAL})(?: place\b| position\b| in the world\b|[- ](?:largest|biggest|most|longest|highest)\b)"
    rf"|\btop[- ](?P<top>{WORDS}|\d{{1,3}})\b"
)


def bounds(value: float, modifier: str) -> tuple[float | None, float | None]:
    """Return low and high of a hedged value: an open side is None."""
    return (
        None if modifier in ("lt", "le", "lt_near") else value,
        None if modifier in ("gt", "ge") else value,
    )


def _singular(word: str) -> str:
    """Return the singular of an English plural, by rule."""
    if word in en.IRREGULAR:
        return en.IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "ses")) and word[:-1] not in en.NOUNS:
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


class Scanner:
    """Finds the quantities of one page.

    Parameters
    ----------
    leaf
        The page.
    taken
        Spans of dates and periods, ascending; numerals inside them are no quantities.
    """

    def __init__(self, leaf: Page, taken: list[tuple[int, int]]) -> None:
        self.leaf = leaf
        self.low = leaf.low
        self.comma = decimal_comma(leaf.low, cyrillic=False)
        self.blocked = taken
        self.found: list[Quantity] = []

    # -- scanning ------------------------------------------------------------------------------------------------

    def scan(self) -> list[Quantity]:
        """Return all quantities, ascending and without overlap."""
        low = self.low
        spots: list[tuple[int, int, Numeral | None]] = []
        for m in _DIGIT_SCAN.finditer(low):
            spots.append((m.start(), m.end(), None))
        for m in _WORD_SCAN.finditer(low):
            value = parse_words(m.group(1)) if m.group(1) else 1.0
            spots.append((m.start(), m.end(1) if m.group(1) else m.end() - 1, Numeral(value)))
        for m in _RANK.finditer(low):
            self._rank(m)
        for m in _MULTIPLE.finditer(low):
            self._multiple(m)
        for m in _FRACTION.finditer(low):
            self._fraction(m)
        for m in _ONE_IN.finditer(low):
            self._one_in(m)
        special = [(q.start, q.end) for q in self.found]
        busy = sorted([*self.blocked, *special])
        spots.sort(key=lambda s: s[0])
        cursor, k = 0, 0
        for start, end, numeral in spots:
            while k < len(busy) and busy[k][1] <= start:
                k += 1
            if start < cursor or (k < len(busy) and busy[k][0] <= start):
                continue
            cursor = max(cursor, self._number(start, end, numeral))
        self.found.sort(key=lambda q: (q.num_start, q.end))
        return self._settle()

    # -- plain numbers -------------------------------------------------------------------------------------------

    def _number(self, start: int, end: int, numeral: Numeral | None) -> int:
        """Parse the quantity whose numeral starts at ``start``; return where scanning goes on."""
        low = self.low
        before = low[start - 1] if start else " "
        worded = numeral is not None
        sign = None
        if not worded:
            if before in ".,:/" and start > 1 and low[start - 2].isdigit():
                return end
            sign = _SIGN_LEFT.search(low, max(0, start - 5), start)
            if sign is None and (before.isalnum() or before == "_" or before in "'#"):
                return end
            if before == "+" and start > 1 and low[start - 2].isalnum():
                return end
            if before == "-" and start > 1 and (low[start - 2].isalnum()):
                return end
            if not _TAIL_OK.match(low, end) or (
                low[end : end + 1] in ":/" and low[end + 1 : end + 2].isdigit()
            ):
                return end
            if low[end : end + 1] in ".," and low[end + 1 : end + 2].isdigit():
                return end
        parsed = self._amount(start, end, numeral, money=sign is not None)
        if parsed is None:
            return end
        value, other, after, scaled = parsed
        num_end = after
        currency = en.SIGNS[sign.group().strip()] if sign else ""
        unit, factor, noun, known = currency, 1.0, "", True
        begin = sign.start() if sign else start
        negative = low[begin - 1 : begin] == "-" and (begin < 2 or not low[begin - 2].isalnum())
        if negative:
            value, other, begin = -value, None if other is None else -other, begin - 1
        rate = None
        second: tuple[float, int] | None = None
        if not currency:
            unit, factor, after, noun, known = self._unit(value, after, worded=worded, scaled=scaled)
        # a second number: a range, or a part of a whole
        joined = (
            None if noun else self._second(begin, after if unit else num_end, value, bool(currency), unit)
        )
        whole: Quantity | None = None
        if joined is not None:
            second_value, second_scaled, join_end, join, second_num_end = joined
            u2, f2, a2, n2, k2 = (
                (currency, 1.0, join_end, "", True)
                if currency
                else self._unit(second_value, join_end, worded=False, scaled=second_scaled)
            )
            if join == "of":
                if n2 and value <= second_value:
                    whole_start = second_num_end[0]
                    whole = Quantity(
                        whole_start, a2, whole_start, second_num_end[1], second_value * f2, second_value * f2, second_value * f2, u2, noun=n2, known=k2
                    )  # fmt: skip
                    unit, factor, after, noun, known = u2, f2, a2, n2, k2
            elif (u2 or currency) and (not unit or unit == u2):
                if second_scaled and not scaled:
                    value *= second_value / second_num_end[2]
                second = (second_value * f2, a2)
                unit, factor, after, noun, known = u2, f2, a2, n2, k2
                num_end = second_num_end[1]
        rate_match = _RATE.match(low, after) if unit else None
        if rate_match and not (rate_match.group(1) == "t" and unit != "USD"):
            name = rate_match.group(1) or rate_match.group(2)
            rate = _RATE_NAMES.get(name, name)
            after = rate_match.end()
            if rate in _TIME_RATES and (noun or unit in ("t", "barrel", "TEU", "train pair", "m3")):
                unit = f"{'train pair' if unit == 'pair' else unit}/{rate}"
        modifier, begin, after = self._hedge(begin, after, unit)
        if second is not None and low.endswith("between ", 0, begin):
            begin -= len("between ")
        value *= factor
        if other is not None:
            low_value, high_value = sorted((value, other * factor))
            self.found.append(
                Quantity(
                    begin,
                    after,
                    start,
                    num_end,
                    None,
                    low_value,
                    high_value,
                    unit,
                    "range",
                    rate,
                    noun=noun,
                    known=known,
                )
            )
        elif second is not None:
            low_value, high_value = value, second[0]
            self.found.append(
                Quantity(
                    begin,
                    after,
                    start,
                    num_end,
                    (low_value + high_value) / 2,
                    low_value,
                    high_value,
                    unit,
                    "range",
                    rate,
                    noun=noun,
                    known=known,
                )
            )
        else:
            lo, hi = bounds(value, modifier)
            self.found.append(
                Quantity(
                    begin, after, start, num_end, value, lo, hi, unit, modifier, rate, noun=noun, known=known
                )
            )
        if whole is not None:
            whole.base = True
            self.found.append(whole)
        return after

    def _amount(
        self, start: int, end: int, numeral: Numeral | None, *, money: bool
    ) -> tuple[float, float | None, int, bool] | None:
        """Return value, other reading, end and whether a scale word stood behind the numeral."""
        low = self.low
        scale = _SCALE.match(low, end)
        short = None
        if scale is None and numeral is None:
            short = _SHORT_SCALE.match(low, end)
            if short is not None and not money:
                attached = short.start(1) == end
                follows = _UNIT.match(low, short.end()) or _WORD.match(low, short.end())
                if (
                    short.group(1) not in "kmb"
                    or not attached
                    or (
                        short.group(1) == "m"
                        and not _UNIT.match(low, short.end())
                        and not self._counted(short.end())
                    )
                    or not follows
                ):
                    short = None
        if numeral is None:
            numeral = parse_digits(low[start:end], comma=self.comma, scaled=bool(scale or short))
            if numeral is None:
                return None
        value, other = numeral.value, numeral.other
        if scale:
            factor = en.SCALES[scale.group(1)]
            end = scale.end()
            again = _SCALE.match(low, end)
            if again and factor <= 1e3 and en.SCALES[again.group(1)] > factor:
                factor *= en.SCALES[again.group(1)]
                end = again.end()
            return value * factor, None if other is None else other * factor, end, True
        if short:
            return value * en.SHORT_SCALES[short.group(1)], other, short.end(), True
        return value, other, end, False

    def _counted(self, at: int) -> bool:
        """Whether a counted noun stands at ``at``."""
        return bool(self._noun(2.0, at, worded=False)[0])

    def _unit(
        self, value: float, after: int, *, worded: bool, scaled: bool
    ) -> tuple[str, float, int, str, bool]:
        """Return unit, factor, end, counted noun (empty for a measure) and whether the noun is a known one."""
        low = self.low
        m = _ATTACHED.match(low, after)
        if m and (m.start(1) == after or scaled or m.group(1) == "mt"):
            unit, factor = en.ATTACHED_UNITS[m.group(1)]
            return unit, factor, m.end(), "", True
        m = _UNIT.match(low, after)
        if m:
            hyphen = low[after : after + 1] == "-"
            unit, factor = (
                en.UNITS[m.group(1)] if m.group(1) in en.UNITS else en.UNITS[re.sub(" +", " ", m.group(1))]
            )
            if not (hyphen and unit in ("day", "h", "month", "year", "m")) and not (
                unit in _TIME_NOISE and unit != "m"
            ):
                if unit in ("h", "day") and re.match(
                    r" (?:a|per) (?:day|week)\b", low[m.end() : m.end() + 10]
                ):
                    return "", 1.0, after, "", True
                return unit, factor, m.end(), "", True
            return "", 1.0, after, "", True
        m = _CURRENCY_RIGHT.match(low, after)
        if m:
            return _CURRENCY_NAMES[re.sub(" +", " ", m.group(1))], 1.0, m.end(), "", True
        if low[after : after + 1] == "-":
            return "", 1.0, after, "", True
        noun, end, known = self._noun(value, after, worded=worded)
        return noun, 1.0, end, noun, known

    def _noun(self, value: float, after: int, *, worded: bool) -> tuple[str, int, bool]:
        """Return the unit of the noun phrase that starts at ``after``, its end, and whether the noun is known."""
        low, flat = self.low, self.leaf.flat
        unit, end, known = "", after, True
        at, previous, last = after, "", ""
        if low.startswith(" of ", after) and value >= 1e3:
            at = after + 3
        for _ in range(8):
            m = _WORD.match(low, at)
            if m is None:
                break
            word = m.group(1).rstrip(".")
            if word in en.PHRASE_STOPS:
                break
            at = m.start(1) + len(word)
            if word.endswith("'s") or word.endswith("s'"):
                previous = ""
                continue
            single = _singular(word)
            plural = word != single or word in en.IRREGULAR
            if plural if value != 1 else (word in en.NOUNS):
                hit = en.NOUNS.get(f"{previous} {single}") or en.NOUNS.get(single)
                if hit:
                    unit, end = hit, at
                elif word in _DEMONYMS and flat[m.start(1)].isupper():
                    unit, end = "person", at
                elif not unit and word not in en.NOT_COUNTED and len(word) > 3 and word not in _DEMONYMS:
                    last = f"{single}\0{at}"
            previous = single
            if m.end() > at or low[at : at + 1] in ",;:.)(\"'!?—–|/":
                break
        if unit:
            if worded and (
                (unit in TRIVIAL and value <= 2) or _DEFINITE.search(low, max(0, after - 24), after)
            ):
                return "", after, True
            return unit, end, True
        if last and not worded and not low[after : after + 1] == ",":
            name, position = last.split("\0")
            if int(position) == at:
                return name, at, False
        return unit, end, known

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
        if join == "to" and left.endswith("from ") and not re.search(r"(?:rang|var)\w+ from $", left):
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
        return (
            flat[at : at + 1].isupper()
            and at > 0
            and flat[at - 2 : at - 1] not in ".!?"
            and flat[begin - 1 : begin] == " "
        )

    def _hedge(self, begin: int, after: int, unit: str) -> tuple[str, int, int]:
        """Return modifier and the span widened by the words that express it."""
        low = self.low
        right = _HEDGE_RIGHT.match(low, after)
        if right:
            modifier = (
                "gt" if right.group(1) else "ge" if right.group(2) else "le" if right.group(3) else "approx"
            )
            return modifier, begin, right.end()
        floor = max(0, begin - 48)
        m = _HEDGE_LEFT.search(low[floor:begin])
        if m:
            modifier = str(m.lastgroup)
            return modifier, floor + m.start(), after
        m = _LEAD_LEFT.search(low[floor:begin])
        return "exact", floor + m.start() if m else begin, after

    # -- ratios, multiples and ranks -----------------------------------------------------------------------------

    def _free(self, start: int, end: int) -> bool:
        """Whether no quantity and no period holds the span already."""
        return not any(s < end and start < e for s, e in self.blocked) and not any(
            q.start < end and start < q.end for q in self.found
        )

    def _special(self, start: int, end: int, value: float, unit: str, form: str) -> None:
        """Keep a ratio, multiple or rank."""
        if not self._free(start, end):
            return
        modifier, begin, stop = self._hedge(start, end, unit)
        lo, hi = bounds(value, modifier)
        self.found.append(Quantity(begin, stop, start, end, value, lo, hi, unit, modifier, form=form))

    def _fraction(self, m: re.Match[str]) -> None:
        low = self.low
        start, end = m.span()
        left = low[max(0, start - 24) : start]
        follows_of = re.match(r"[ ]+(?:of|the|all|its|their)\b", low[end : end + 8])
        if _FRACTION_BAD.match(low, end) or re.search(
            r"\b(?:first|second|third|fourth|last|1st|2nd|the other|latter|and an?|and) $", left
        ):
            return
        if not follows_of and not _FRACTION_LEFT.search(left):
            return
        if m.group("slash"):
            a, b = m.group("slash").split("/")
            if not follows_of:
                return
            value = 100 * int(a) / int(b)
        elif m.group("half"):
            value = 50.0
        else:
            word = m.group("count")
            times = 1.0 if word in ("a", "an") else float(word) if word.isdigit() else en.ONES[word]
            value = 100 * times * en.FRACTIONS[m.group("name")]
            if value > 100:
                return
        self._special(start, end, value, "%", "ratio")

    def _multiple(self, m: re.Match[str]) -> None:
        low = self.low
        start, end = m.span()
        word, number = m.group(1), m.group(2)
        left = low[max(0, start - 40) : start]
        if word:
            if word in ("double", "triple", "treble", "quadruple", "halve") and (
                not _DOUBLE_LEFT.search(left) or low[end : end + 1] == "-" or low.startswith(" track", end)
            ):
                return
            if word == "twice" and not _TIMES_RIGHT.match(low, end):
                return
            if low[end : end + 1] == "-":
                return
            self._special(start, end, en.MULTIPLES[word], "times", "times")
            return
        before = low[start - 1 : start]
        if before.isalnum() or before in "-.,_":
            return
        written = str(number)
        if written[0].isdigit():
            numeral = parse_digits(written, comma=self.comma, scaled=False)
            if numeral is None or numeral.other is not None:
                return
            value = numeral.value
        else:
            value = parse_words(written)
        times = low[:end].endswith("times")
        if times and re.match(r" (?:a|per|in|during|every|each|daily|weekly)\b", low[end : end + 10]):
            return
        if times and not _TIMES_RIGHT.match(low, end) and not _TIMES_LEFT.search(left):
            return
        self._special(start, end, value, "times", "times")

    def _one_in(self, m: re.Match[str]) -> None:
        first, every, second = m.group(1), m.group(2), m.group(3)
        a = float(first) if first.isdigit() else parse_words(first)
        b = float(second) if second.isdigit() else parse_words(second)
        inner = " in " in m.group()
        if (
            b < 2
            or a >= b
            or (inner and not every and (a != 1 or (second.isdigit() and not first.isdigit())))
        ):
            return
        if not inner and not every and (first.isdigit() or second.isdigit()):
            return
        scale = _SCALE.match(self.low, m.end())
        if scale:
            return
        _, end, _ = self._noun(2.0, m.end(), worded=True)
        if self._free(m.start(), m.end()):
            self._special(m.start(), m.end(), 100 * a / b, "%", "ratio")
            if self.found and self.found[-1].num_start == m.start():
                self.found[-1].end = max(end, self.found[-1].end)

    def _rank(self, m: re.Match[str]) -> None:
        if m.group("top"):
            written = m.group("top")
            n = float(written) if written.isdigit() else parse_words(written)
            if self._free(*m.span()):
                self.found.append(
                    Quantity(
                        m.start(),
                        m.end(),
                        m.start("top"),
                        m.end("top"),
                        None,
                        1.0,
                        n,
                        "rank",
                        "le",
                        form="rank",
                    )
                )
            return
        name = "a" if m.group("a") else "b"
        written = m.group(name)
        n = en.ORDINALS.get(written) or float(written[:-2])
        if self._free(m.start(name), m.end(name)):
            self.found.append(
                Quantity(m.start(name), m.end(name), m.start(name), m.end(name), n, n, n, "rank", form="rank")
            )

    # -- what only the neighbours tell ---------------------------------------------------------------------------

    def _settle(self) -> list[Quantity]:
        """Return the quantities with units inherited from their neighbours, conversions paired, the rest dropped."""
        low = self.low
        found = self.found
        for i, q in enumerate(found):
            if q.unit or (q.value is None and q.low is None):
                continue
            left = low[max(0, q.start - 14) : q.start]
            previous = found[i - 1] if i else None
            following = found[i + 1] if i + 1 < len(found) else None
            gap = low[q.end : following.start] if following else ""
            near = following is not None and following.unit and len(gap) < 24
            if (
                following is not None
                and near
                and re.fullmatch(
                    r" {1,3}(?:and|or|to|to (?:as (?:much|many) as|about))? {0,3}|, {0,3}| (?:to|and) .{0,14}",
                    gap,
                )
                and "." not in gap
            ):
                self._inherit(q, following, scale=gap.strip() in ("to", "and", "or"))
            elif (
                previous is not None
                and previous.unit
                and re.search(r"\b(?:from|to|against|versus|with|than|was|were|of|and|vs\.?) $", left)
                and self.leaf.sentence(previous.start) == self.leaf.sentence(q.start)
                and not _is_year(q)
                and q.start - previous.end < 60
            ):
                self._inherit(q, previous, scale=False)
            elif not _is_year(q):
                sentence_start, _ = self.leaf.sentence(q.start)
                for m in _NUMBER_OF.finditer(low, max(sentence_start, q.start - 90), q.start):
                    unit, _, known = self._noun(2.0, m.end(), worded=False)
                    if unit and known:
                        q.unit = q.noun = unit
                if (
                    not q.unit
                    and previous is not None
                    and previous.noun
                    and _OF_WHOLE.search(low, max(sentence_start, previous.start - 12), previous.num_start)
                    and sentence_start <= previous.start
                ):
                    self._inherit(q, previous, scale=False)
        kept = [q for q in found if q.unit and not (_is_year(q) and not q.known)]
        for a, b in zip(kept, kept[1:], strict=False):
            if a.unit != b.unit and _is_money(a.unit) and _is_money(b.unit):
                gap = low[a.end : b.start]
                if re.fullmatch(
                    r"[ ,]{0,3}(?:\(|or |, or |equivalent to |\(?the equivalent of )(?:[a-z ~≈]{0,14})", gap
                ):
                    b.converts = a
        return kept

    @staticmethod
    def _inherit(q: Quantity, source: Quantity, *, scale: bool) -> None:
        """Give a bare number the unit of its neighbour (and the scale, inside a range)."""
        q.unit, q.noun, q.rate, q.known = source.unit, source.noun, source.rate, source.known
        if (
            scale
            and source.value is not None
            and q.value is not None
            and abs(q.value) < 1000
            and abs(source.value) >= 1000 * max(1.0, abs(q.value)) / 100
        ):
            face = _face(source)
            if face and face > 1:
                for name in ("value", "low", "high"):
                    level = getattr(q, name)
                    setattr(q, name, None if level is None else level * face)


def _face(q: Quantity) -> float:
    """Return the scale that a quantity was written with: 1e6 for 12 million, else 1."""
    for scale in (1e12, 1e9, 1e6, 1e3):
        if q.value is not None and q.num_end - q.num_start > 7 and abs(q.value) >= scale:
            return scale
    return 1.0


def _is_year(q: Quantity) -> bool:
    """Whether a bare number looks like a calendar year."""
    return (
        q.form == "number"
        and q.value is not None
        and q.num_end - q.num_start == 4
        and 1900 <= q.value <= 2100
        and float(q.value).is_integer()
    )


def _is_money(unit: str) -> bool:
    """Whether a unit is a currency."""
    return unit in MONEY


MONEY = frozenset(en.SIGNS.values()) | frozenset(en.CURRENCIES.values())
TRIVIAL = en.TRIVIAL_WITH_TWO


def quantities(leaf: Page, taken: list[tuple[int, int]]) -> list[Quantity]:
    """Return the quantities of a page, ascending; numerals inside the ``taken`` spans are left out."""
    return Scanner(leaf, taken).scan()
