"""Ratios, multiples and ranks in words: "one in every three", "two-thirds of", "doubled", "ranks fifth".

A share comes out in per cent, a multiple in ``times``, a rank as a number of unit ``rank``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort

from keruen.statements import cyrillic as cy
from keruen.statements import english as en
from keruen.statements.hedges import hedge
from keruen.statements.measures import noun_at, scale_at
from keruen.statements.numerals import AND_A_PART, DIGITS, WORDS, parse_digits, parse_words
from keruen.statements.page import Page
from keruen.statements.quantity import Quantity, alternatives, bounds

_FRACTION = re.compile(
    r"\b(?:(?P<count>an?|one|two|three|four|five|seven|nine|\d{1,2})[ -](?P<name>half|thirds?|quarters?|fourths?|fifths?|sixths?|seventh|eighths?|tenths?)"
    r"|(?P<half>half)|(?P<slash>[1-9]/[2-9]))\b(?!-)"
)
_FRACTION_LEFT = re.compile(
    r"\b(?:by|than|to|nearly|almost|about|around|over|roughly|approximately|exceeds?|least|under) (?:an? |one )?$"
)
_FRACTION_BAD = re.compile(
    r" (?:of )?(?:the |last |this )?(?:current |previous )?(?:19|20)\d\d|(?: of)? (?:the |this |last |next )?(?:year|century|month|decade|day|hour)\b|[ -](?:(?:of )?an? )?(?:million|billion|trillion|hundred|thousand|dozen|year|time|hour)"
)
_MULTIPLE = re.compile(
    rf"\b(?:({alternatives(en.MULTIPLES)})|({DIGITS}|{WORDS}{AND_A_PART}?)(?:[ -]?fold|[ -]times?|x))\b"
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
_OUTGROWN_LEFT = re.compile(
    r"\b(?:exceed|outpac|outstrip|surpass|outnumber|increas|grew|grow|rose|ris|multipl|expand|swell|swoll|soar|jump|fell|fall|shr[aiu]nk)\w*(?: [a-z-]+){0,3} (?:by )?$"
)
_ONE_IN = re.compile(rf"\b({WORDS}|\d{{1,2}}) (?:in|out of) (every )?({WORDS}|\d{{1,3}})\b")
_ONE_IN_RIGHT = re.compile(r" (?:are|is|were|was|have|has|live|work|study|come|came|say|said)\b")
_FACTOR = re.compile(rf"\ba factor of ({DIGITS}|{WORDS})(?![\w]|[.,]\d)")
_ONE_THING_IN = re.compile(rf"\bone [a-z-]{{3,20}} (?:in|out of) (?:every )?({WORDS}|\d{{1,3}})\b")
_EVERY = re.compile(
    r"\bevery (second|third|fourth|fifth|sixth|eighth|tenth) (?!(?:day|week|month|year|hour|time|night|weekend|sunday|monday|friday|saturday)\b)[a-z]+"
)
_ORDINAL = rf"(?:{'|'.join(en.ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))"
_RANK = re.compile(
    rf"\brank(?:s|ed|ing)? (?:(?!and\b)[a-z]+ ){{0,3}}?(?P<a>{_ORDINAL})\b"
    rf"|\b(?P<b>{_ORDINAL})(?: place\b| position\b| in the world\b|[- ](?:largest|biggest|most|longest|highest)\b)"
    rf"|\b(?:came|comes|coming|placed|places|finished|stood|stands|moved up to|climbed to) (?:in )?(?P<c>{'|'.join(en.ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))(?= (?:in|with|among|by|after|behind|on|place)\b|[,.;])"
    rf"|\btop[- ](?P<top>{WORDS}|\d{{1,3}})\b"
)


_BY_YEAR = re.compile(r" by (?:the end of |early |late |mid-)?(?:19|20)\d\d\b")
_SENSE = re.compile(
    r" (?:purpose|aim|goal|objective|task|strategy|approach|benefit|mission|role|problem|challenge|reason|answer|nature|meaning)s?\b"
)
_SHARE_VERB = re.compile(r" (?:came|comes|come|go|goes|went|is|are|was|were|have|has|belongs?)\b")
_FOLLOWS_OF = re.compile(
    r" {1,3}(?:of|the|all|its|their|more|less|fewer|higher|lower|larger|smaller|longer|shorter|cheaper|greater|bigger|below|above|under|over|down|up)\b"
)
_NO_FRACTION_LEFT = re.compile(r"\b(?:first|second|third|fourth|last|1st|2nd|the other|latter|and an?|and) $")
_TIMES_RATE = re.compile(r" (?:a|per|in|during|every|each|daily|weekly)\b")
_DOUBLE_THE = re.compile(
    r" (?:the|that|its|what) (?:volume|amount|number|level|figure|previous|same|total|result|rate|size|value)"
)
_PLAIN_VERBS = frozenset({"double", "triple", "treble", "quadruple", "halve"})


_RANK_HINTS = (
    "rank", "top", "place", "position", "est", "most", "world", "came", "come", "coming", "stood", "stands", "finished", "climbed", "moved up",
)  # fmt: skip
_MULTIPLE_HINTS = ("fold", "time", "x", "doubl", "twice", "tripl", "trebl", "quadrupl", "halv")
_FRACTION_HINTS = ("hal", "third", "quarter", "fourth", "fifth", "sixth", "seventh", "eighth", "tenth", "/")


class _Finder:
    """Collects the ratios of a page, none over a taken span or over another."""

    def __init__(
        self,
        leaf: Page,
        taken: list[tuple[int, int]],
        *,
        comma: bool | None,
    ) -> None:
        self.low, self.flat = leaf.low, leaf.flat
        self.comma = comma
        self.busy = list(taken)
        self.found: list[Quantity] = []

    def free(self, start: int, end: int) -> bool:
        """Whether no quantity and no period holds the span already."""
        i = bisect_left(self.busy, (start, end))
        after = i < len(self.busy) and self.busy[i][0] < end
        before = i > 0 and self.busy[i - 1][1] > start
        return not after and not before

    def keep(self, q: Quantity) -> None:
        """Take a quantity in."""
        self.found.append(q)
        insort(self.busy, (q.num_start, max(q.end, q.num_end)))

    def hedged(
        self,
        start: int,
        end: int,
        value: float,
        unit: str,
        form: str,
        *,
        until: int = 0,
        cyrillic: bool = False,
    ) -> None:
        """Take in a ratio with its hedge, if its place is free; its quote runs on to ``until``."""
        if self.free(start, end):
            modifier, begin, stop = hedge(self.low, start, end, cyrillic=cyrillic)
            low, high = bounds(value, modifier)
            self.keep(
                Quantity(
                    begin,
                    max(stop, until),
                    start,
                    end,
                    value,
                    low,
                    high,
                    unit,
                    modifier,
                    form=form,
                )
            )

    def rank(self, m: re.Match[str]) -> None:
        """Read "ranks fifth", "third-largest", "top three"."""
        name = next(n for n in ("a", "b", "c", "top") if m.group(n))
        written = m.group(name)
        start, end = m.span(name)
        if not self.free(*(m.span() if name == "top" else (start, end))):
            return
        if name == "top":
            n = float(written) if written.isdigit() else parse_words(written)
            self.keep(
                Quantity(
                    m.start(),
                    m.end(),
                    start,
                    end,
                    None,
                    1.0,
                    n,
                    "rank",
                    "le",
                    form="rank",
                )
            )
        else:
            n = en.ORDINALS.get(written) or float(written[:-2])
            self.keep(Quantity(start, end, start, end, n, n, n, "rank", form="rank"))

    def multiple(self, m: re.Match[str]) -> None:
        """Read "doubled", "fourfold", "2.5 times as many"."""
        low = self.low
        start, end = m.span()
        word, written = m.group(1), m.group(2)
        left = low[max(0, start - 40) : start]
        if word:
            if word in _PLAIN_VERBS and (
                low.startswith(" track", end)
                or not (_DOUBLE_LEFT.search(left) or _DOUBLE_THE.match(low, end))
            ):
                return
            if (
                low[end : end + 1] == "-"
                or _SENSE.match(low, end)
                or (word == "twice" and not _TIMES_RIGHT.match(low, end))
            ):
                return
            self.hedged(start, end, en.MULTIPLES[word], "times", "times")
            return
        before = low[start - 1 : start]
        if before.isalnum() or (before and before in "-.,_"):
            return
        if written[0].isdigit():
            numeral = parse_digits(written, comma=self.comma, scaled=False)
            if numeral is None or numeral.other is not None:
                return
            value = numeral.value
        else:
            value = parse_words(written)
        if low.endswith(("times", "time"), start, end) and (
            _TIMES_RATE.match(low, end)
            or not (
                not value.is_integer()
                or _TIMES_RIGHT.match(low, end)
                or _TIMES_LEFT.search(left)
                or _OUTGROWN_LEFT.search(left)
            )
        ):
            return
        self.hedged(start, end, value, "times", "times")

    def fraction(self, m: re.Match[str]) -> None:
        """Read "two-thirds of", "more than half", "by a quarter"."""
        low = self.low
        start, end = m.span()
        left = low[max(0, start - 24) : start]
        several = m.group("count") not in (None, "a", "an")
        of = _FOLLOWS_OF.match(low, end) or (several and _SHARE_VERB.match(low, end))
        if (
            _FRACTION_BAD.match(low, end)
            or (
                not several
                and _NO_FRACTION_LEFT.search(left)
                and not (left.endswith(" and ") and _BY_YEAR.match(low, end))
            )
            or not (of or _FRACTION_LEFT.search(left) or _BY_YEAR.match(low, end))
        ):
            return
        if m.group("slash"):
            if not of:
                return
            above, below = m.group("slash").split("/")
            value = 100 * int(above) / int(below)
        elif m.group("half"):
            value = 50.0
        else:
            word = m.group("count")
            n = 1.0 if word in ("a", "an") else float(word) if word.isdigit() else en.ONES[word]
            value = 100 * n * en.FRACTIONS[m.group("name")]
        if value <= 100:
            self.hedged(start, end, value, "%", "ratio")

    def one_in(self, m: re.Match[str]) -> None:
        """Read "one in every three enterprises", "three out of four"."""
        first, every, second = m.group(1), m.group(2), m.group(3)
        a = float(first) if first.isdigit() else parse_words(first)
        b = float(second) if second.isdigit() else parse_words(second)
        if b < 2 or a >= b or scale_at(self.low, m.end(), cyrillic=False):
            return
        _, end, _ = noun_at(self.low, self.flat, 2.0, m.end(), worded=True)
        # "8 in 10 trucks" is a share, "2 in 2024" is none
        loose = " in " in m.group() and not every and (a != 1 or (second.isdigit() and not first.isdigit()))
        if loose and (b > 10 or (end == m.end() and not _ONE_IN_RIGHT.match(self.low, end))):
            return
        if " in " not in m.group() and not every and (first.isdigit() or second.isdigit()):
            return
        self.hedged(m.start(), m.end(), 100 * a / b, "%", "ratio", until=end)

    def one_thing_in(self, m: re.Match[str]) -> None:
        """Read "one vehicle in five"."""
        whole = float(m.group(1)) if m.group(1).isdigit() else parse_words(m.group(1))
        if whole >= 2 and not scale_at(self.low, m.end(), cyrillic=False):
            self.hedged(m.start(), m.end(), 100 / whole, "%", "ratio")

    def factor(self, m: re.Match[str]) -> None:
        """Read "by a factor of 2.7"."""
        numeral = (
            parse_digits(m.group(1), comma=self.comma, scaled=False) if m.group(1)[0].isdigit() else None
        )
        value = (
            numeral.value
            if numeral is not None
            else parse_words(m.group(1))
            if m.group(1)[0].isalpha()
            else None
        )
        if value is not None and (numeral is None or numeral.other is None):
            self.hedged(*m.span(1), value, "times", "times")

    def every(self, m: re.Match[str]) -> None:
        """Read "every fifth wagon"."""
        self.hedged(m.start(), m.end(1), 100 / en.ORDINALS[m.group(1)], "%", "ratio", until=m.end())

    def cyrillic_words(self, start: int, end: int) -> None:
        """Read the Russian and Kazakh fractions and multiples of a sentence."""
        for m in cy.FRACTION.finditer(self.low, start, end):
            value = cy.by_stem(cy.FRACTIONS, m.group())
            if value is not None:
                self.hedged(m.start(), m.end(), value, "%", "ratio", cyrillic=True)
        for m in cy.MULTIPLE.finditer(self.low, start, end):
            number = m.group("n")
            value = float(number.replace(",", ".")) if number else cy.by_stem(cy.MULTIPLES, m.group())
            if value is not None:
                begin = m.start("n") if number else m.start()
                self.hedged(begin, m.end(), value, "times", "times", cyrillic=True)


def _with_hint(
    low: str, spans: list[tuple[int, int]], starts: list[int], hints: tuple[str, ...]
) -> list[tuple[int, int]]:
    """Return the sentences that hold a hint; most hold no ratio, and a plain search is far cheaper than a pattern."""
    marked: set[int] = set()
    for hint in hints:
        at = low.find(hint)
        while at >= 0:
            i = bisect_right(starts, at) - 1
            if i >= 0 and at < spans[i][1]:
                marked.add(i)
            if i + 1 >= len(spans):
                break
            # on to the next sentence: one hint is as good as many
            at = low.find(hint, max(at + 1, spans[i][1] if i >= 0 else starts[0]))
    return [spans[i] for i in sorted(marked)]


def ratios(
    leaf: Page,
    spans: list[tuple[int, int]],
    taken: list[tuple[int, int]],
    *,
    comma: bool | None,
    cyrillic: list[tuple[int, int]],
) -> list[Quantity]:
    """Return the ratios, multiples and ranks of the sentences ``spans``, outside the ``taken`` spans."""
    finder = _Finder(leaf, taken, comma=comma)
    low = leaf.low
    starts = [a for a, _ in spans]
    for hints, pattern, take in (
        (_RANK_HINTS, _RANK, finder.rank),
        (_MULTIPLE_HINTS, _MULTIPLE, finder.multiple),
        (_FRACTION_HINTS, _FRACTION, finder.fraction),
        ((" in ", " out of "), _ONE_IN, finder.one_in),
        (("one ",), _ONE_THING_IN, finder.one_thing_in),
        (("every ",), _EVERY, finder.every),
        (("a factor of ",), _FACTOR, finder.factor),
    ):
        for span in _with_hint(low, spans, starts, hints):
            for m in pattern.finditer(low, *span):
                take(m)
    for span in cyrillic:
        finder.cyrillic_words(*span)
    return finder.found
