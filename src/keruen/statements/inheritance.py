"""What only the neighbours tell of a number: the unit of "from 16 to 158", "of these, 23,900" or "7.6 a day".

Receives the quantities of a page in the order of the text, some of them without a unit; hands on those that have or find one.
"""

from __future__ import annotations

import re
from itertools import pairwise

from keruen.statements.english import NOUNS
from keruen.statements.measures import TIME_RATES, noun_at, rate_at
from keruen.statements.numerals import WORDS
from keruen.statements.page import Page
from keruen.statements.quantity import MONEY, Quantity

SCALED = re.compile(r"\d ?(?:thousand|million|billion|mln|bn|тыс|млн|млрд)")
_SCALE_WORD = re.compile(r"(?:thousand|million|billion|trillion|mln|bln|bn|тыс|млн|млрд|трлн)")
_NUMBER_OF = re.compile(r"\bnumbers? of(?= )")
_OF_WHOLE = re.compile(r"\b(?:of|out of) (?:the |these |its |their |all )?$")
_STANDS_ALONE = re.compile(
    r" (?:of (?:them|these|those|which)|(?:have|has|had|are|were|was|is|will be) (?:already |now |currently |still |being )?[a-z]+|more (?:are|were|will))\b"
)
_NEXT_SHARES_UNIT = re.compile(
    r" {1,3}(?:(?:(?:in|during|for) [^,.;()]{2,18} )?(?:against|versus|vs\.?|from|compared (?:to|with)) |(?:and|or|to|и|до|или) {0,3}.{0,14}| {0,3})|, {0,3}",
    re.DOTALL,
)
_SHARES_UNIT_LEFT = re.compile(
    r"(?<!\w)(?:from|to|against|versus|with|than|was|were|of|and|vs\.?|с|до|против|и|из) $"
)
_PART_LEFT = re.compile(
    r"(?<!\w)(?:including|of which|of whom|of them|among them|in particular|notably|excluding)(?: the| only| just)? $"
)
_ANOTHER = re.compile(r"\b(?:another|a further|an additional) $|\b(?:another|further|additional) ")
_MORE = re.compile(r" more (?:are|were|is|was|have|has|had|will|would|by|in|on|to|under)\b")
_AIM_LEFT = re.compile(
    r"\b(?:aim|goal|target|plan|quota|limit) (?:is|was|remains|stands at|of|is to reach) (?:to [a-z]+ )?$"
)
_OF_THEM = re.compile(r" of (?:them|these|those|which)\b")
_ELSEWHERE = re.compile(r" (?:in|to|from|for|by|on|at|via|through) [a-z]")
_LISTED = re.compile(
    r" (?:of (?:them|these|which) )?(?:in|to|from|for|by|on|at|via|through) [^;.\d]{2,40}?(?:,|, and| and) (?:another |a further )?"
)
_MOVED = re.compile(
    r"\b(?:(?:has |have |had |will |would )?(?:also |now |nearly |almost |more than )?(?:doubled|tripled|quadrupled|halved|rose|risen|rise|fell|fallen|fall|grew|grown|grow|increased?|decreased?|declined?|dropped?|climbed|"
    r"jumped|reached?|totall?ed|numbered?|topped|exceeded?|surpassed|stood|stands?|expanded?|shrank|shrunk)) "
)
_RATIOS = frozenset({"%", "times", "rank", "percentage point"})
_RESTATES = re.compile(
    r"[ ,]{0,3}(?:\(|or |, or |или |equivalent to |\(?the equivalent of )[a-zа-я ~≈]{0,14}"
)
_OF_THESE = re.compile(
    rf"(?:of|among|out of) (?:these|those|them|which|that number|this number|the total)\b(?! (?:\d|(?:{WORDS})\b))"
)
_THAT_NUMBER = re.compile(
    r"\b(?:(?:that|this|the|their|its|whose) (?:number|figure|total|count)|(?:bring|raise|cut|reduce|increase|take) (?:it|them|this|that)) (?:[a-z-]+ ){0,3}$"
)
_HEADCOUNT = re.compile(
    r"\b(?:workforce|staff|population|headcount|payroll|audience|enrolment|enrollment|attendance|membership|personnel)\b(?: [a-z-]+){0,3}? $"
)
_EXCHANGED = re.compile(r" (?:to|against|per) (?:the |one |a )?(?:us |u\.s\. )?(?:dollar|euro|ruble|yuan)\b")
_DURATION = re.compile(r"[ -](?:years?|months?|degrees?)\b")
_REACH = 300
"""How far back a number may look for the unit of one before it, in code points."""


def settle(leaf: Page, found: list[Quantity], *, cyrillic: bool) -> list[Quantity]:
    """Return the quantities with units inherited from their neighbours and conversions paired; what stays bare is dropped.

    Parameters
    ----------
    leaf
        The page.
    found
        Its quantities, ascending.
    cyrillic
        Whether the page holds Cyrillic letters.
    """
    bare: set[int] = set()
    for i, q in enumerate(found):
        if not q.unit:
            bare.add(id(q))
            before = [p for p in reversed(found[max(0, i - 6) : i]) if p.unit]
            _inherit(leaf, q, before, found[i + 1] if i + 1 < len(found) else None)
            _take_rate(leaf, q, cyrillic=cyrillic)
    kept = [q for q in found if q.unit and not (_is_year(q) and not q.known)]
    for a, b in reversed(list(pairwise(kept))):
        if id(a) in bare and id(b) in bare and _joined(leaf.low, a, b):
            a.low, a.high, a.modifier, a.end, a.num_end = a.value, b.value, "range", b.end, b.num_end
            a.value = ((a.low or 0.0) + (a.high or 0.0)) / 2
            kept.remove(b)
    for a, b in pairwise(kept):
        if (
            a.unit != b.unit
            and a.unit in MONEY
            and b.unit in MONEY
            and _RESTATES.fullmatch(leaf.low, a.end, b.start)
        ):
            b.converts = a
    return kept


def _joined(low: str, a: Quantity, b: Quantity) -> bool:
    """Whether two numbers that found the same unit make one range: "from 35 days to three to five"."""
    return (
        a.unit == b.unit
        and a.modifier == b.modifier == "exact"
        and low[a.end : b.start] in (" to ", " or ")
        and a.value is not None
        and b.value is not None
        and 0 < b.value - a.value <= 5
        and not low.endswith("from ", 0, a.start)
    )


def _inherit(leaf: Page, q: Quantity, before: list[Quantity], following: Quantity | None) -> None:
    """Give a bare number the unit that a neighbour, or "the number of", provides; ``before`` has the nearest first."""
    low = leaf.low
    if (
        following is not None
        and following.unit
        and following.start - q.end < 40
        and _NEXT_SHARES_UNIT.fullmatch(low, q.end, following.start)
    ):
        gap = low[q.end : following.start].strip()
        if "." not in gap:
            _share_unit(q, following, scaled=gap in ("to", "and", "or", "до", "и"))
            return
    if _is_year(q) or _DURATION.match(low, q.end) or _EXCHANGED.match(low, q.end) or _is_label(leaf, q):
        return
    start, _ = leaf.sentence(q.start)
    if _HEADCOUNT.search(low, max(start, q.start - 60), q.start):
        q.unit = q.noun = "person"
        return
    if (not before or before[0].start < start or before[0].unit in _RATIOS) and _count_subject(
        leaf, q, start
    ):
        return
    source = _source(leaf, q, before, start)
    if source is not None:
        _share_unit(q, source, scaled=False)
        return
    for m in _NUMBER_OF.finditer(low, max(start, q.start - 90), q.start):
        unit, _, known = noun_at(low, leaf.flat, 2.0, m.end(), worded=False)
        if unit and known:
            q.unit = q.noun = unit
    if not q.unit:
        _count_subject(leaf, q, start)


def _is_label(leaf: Page, q: Quantity) -> bool:
    """Whether a bare number stands behind a name and belongs to it: "Route 66 is"."""
    flat = leaf.flat
    word = flat.rfind(" ", max(0, q.start - 24), max(0, q.start - 1)) + 1
    return (
        word > 2
        and q.start - word > 1
        and flat[word].isupper()
        and flat[word - 2] not in '.!?"'
        and flat[q.start - 1] == " "
        and flat[q.start - 2].isalnum()
    )


def _count_subject(leaf: Page, q: Quantity, start: int) -> bool:
    """Give a bare number the plural that its clause is about, if it names one: "Flights have doubled to 96 a week"."""
    low = leaf.low
    verbs = list(_MOVED.finditer(low, max(start, q.start - 60), q.start))
    if not verbs or re.search(r"[,;:]", low[verbs[-1].end() : q.start]):
        return False
    words = ["", *re.findall(r"[a-z]+", low[max(start, verbs[-1].start() - 60) : verbs[-1].start()])]
    for first, second in reversed(list(pairwise(words))):
        # "vessel calls": the word before may make another thing of it
        phrase = f" {first} {second}" if f"{first} {second.removesuffix('s')}" in NOUNS else f" {second}"
        unit, _, known = noun_at(phrase, phrase, 2.0, 0, worded=False)
        if unit and known:
            q.unit = q.noun = unit
            return True
    return False


def _source(leaf: Page, q: Quantity, before: list[Quantity], start: int) -> Quantity | None:
    """Return the earlier quantity whose unit a bare number, in the sentence that begins at ``start``, goes on with."""
    low = leaf.low
    scaled = bool(_SCALE_WORD.search(low, q.num_start, q.num_end)) and not low.startswith("-", q.end)
    nearest = before[0] if before else None
    another = bool(_ANOTHER.search(low, max(start, q.start - 12), q.num_start) or _MORE.match(low, q.end))
    if nearest is not None and nearest.start >= start and not another:
        beside = q.start - nearest.end < 60 and _SHARES_UNIT_LEFT.search(
            low, max(start, q.start - 14), q.start
        )
        counts = nearest.unit in ("%", "percentage point") and q.value is not None and q.value >= 1000
        if beside and nearest.unit not in ("times", "rank") and not counts:
            return nearest
        if nearest.noun and _OF_WHOLE.search(low, max(start, nearest.start - 12), nearest.num_start):
            return nearest
        if nearest.unit not in _RATIOS and (
            _OF_THEM.match(low, q.end)
            or (_LISTED.fullmatch(low, nearest.end, q.start) and _ELSEWHERE.match(low, q.end))
        ):
            # "523 km, 213 of them in China, 260 in Kyrgyzstan"
            return nearest
        if (
            scaled
            and _SCALE_WORD.search(low, nearest.num_start, nearest.num_end)
            and nearest.unit not in _RATIOS
        ):
            # "13.9 million passengers last year, 4.4 million in the summer"
            return nearest
    paragraph = leaf.paragraph(q.start)
    near = [p for p in before if q.start - p.end <= _REACH and leaf.paragraph(p.start) == paragraph]
    counted = next((p for p in near if p.noun), None)
    if counted is not None and another:
        # "53 projects, creating 28,000 jobs, and another 65": the first thing that the sentence counts
        counted = next((p for p in reversed(near) if p.noun and p.start >= start), counted)
    if counted is not None and (
        (another and counted.start >= start)
        or (low[q.start - 1] == "(" and low.startswith(")", q.end) and q.num_end - q.num_start >= 3)
        or _AIM_LEFT.search(low, max(start, q.start - 40), q.start)
        or _OF_THESE.match(low, start)
        or _THAT_NUMBER.search(low, max(start, q.start - 40), q.start)
        or (
            counted.start >= start - 160
            and (
                rate_at(low, q.end, cyrillic=False)
                or _PART_LEFT.search(low, max(start, q.start - 20), q.start)
            )
        )
        # "200 locomotives. Twelve have already arrived."
        or (q.start - counted.end < 160 and _STANDS_ALONE.match(low, q.end))
    ):
        return counted
    if not scaled:
        return None
    # "10 million tonnes. [...] Six million would be an achievement": a number with a scale is no idle one
    return next(
        (
            p
            for p in near
            if p.unit not in _RATIOS
            and (_SCALE_WORD.search(low, p.num_start, p.num_end) or (p.value is not None and p.value >= 1e5))
        ),
        None,
    )


def _take_rate(leaf: Page, q: Quantity, *, cyrillic: bool) -> None:
    """Read what stands behind a number that has just found its unit: "or 7.6 a day"."""
    per = rate_at(leaf.low, q.end, cyrillic=cyrillic) if q.unit and not q.rate else None
    if per is None or "/" in q.unit:
        return
    q.rate, q.end = per
    if q.rate in TIME_RATES and (q.noun or q.unit in COUNTED_BY_TIME):
        q.unit = f"{'train pair' if q.unit == 'pair' else q.unit}/{q.rate}"


COUNTED_BY_TIME = frozenset({"t", "barrel", "TEU", "train pair", "m3"})
"""Measures whose unit names the time that they are per."""


def _share_unit(q: Quantity, source: Quantity, *, scaled: bool) -> None:
    """Give a bare number the unit of its neighbour, and its scale where the two form one expression ("8 and 12 million")."""
    q.unit, q.noun, q.rate, q.known = (source.unit, source.noun, source.rate, source.known)
    face = _face(source) if scaled and q.value is not None and abs(q.value) < 1000 else 1.0
    if face == 1.0:
        # "18.3 billion kilowatt-hours, 3.5 billion of them imported"; a scale seen in base units holds the factor already
        face = q.factor = source.factor
    if face != 1.0 and q.value is not None:
        q.value *= face
        q.low = None if q.low is None else q.low * face
        q.high = None if q.high is None else q.high * face


def _face(q: Quantity) -> float:
    """Return the scale that a quantity was written with: 1e6 for "12 million", else 1."""
    if q.value is None or q.num_end - q.num_start <= 7:
        return 1.0
    return next((scale for scale in (1e12, 1e9, 1e6, 1e3) if abs(q.value) >= scale), 1.0)


def _is_year(q: Quantity) -> bool:
    """Whether a bare number looks like a calendar year."""
    return (
        q.form == "number"
        and q.value is not None
        and q.num_end - q.num_start == 4
        and 1900 <= q.value <= 2100
        and q.value.is_integer()
    )
