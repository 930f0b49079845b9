"""The words of English periods: months, numbers, ordinals, and the phrases that calendar periods are written in."""

from __future__ import annotations

import re

from keruen.statements.english import ONES, TENS

_MONTH_NAMES = (
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"), ("july", "jul"),
    ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"), ("december", "dec"),
)  # fmt: skip
MONTHS = {name: i + 1 for i, names in enumerate(_MONTH_NAMES) for name in names}
NUMBERS = {
    **{k: int(v) for k, v in ONES.items()},
    **{k: int(v) for k, v in TENS.items()},
    "a": 1,
    "a few": 3,
    "couple of": 2,
}
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "last": 9,
    "final": 9,
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
}

YEAR = r"(?:19|20|21)\d\d"
MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan\.?|feb\.?|mar\.?|apr\.?|jun\.?|jul\.?|aug\.?|sept\.?|sep\.?|oct\.?|nov\.?|dec\.?)"
NUMBER = r"(?:\d{1,3}|twenty-five|" + "|".join(sorted({*ONES, *TENS}, key=len, reverse=True)) + ")"
WHEN = rf"(?:{YEAR}|(?:this|last|next|the[ ]current|the[ ]previous|the[ ]same|current|the|previous)[ ]year)"
DAY = r"\d{1,2}(?:st|nd|rd|th)?"

PATTERN = re.compile(
    rf"""\b(?:
      (?:in[ ]|during[ ]|over[ ]|for[ ]|of[ ])?(?:the[ ])?(?P<ay>(?:{YEAR}[-/–](?:{YEAR}|\d\d)[ ](?:academic|school|marketing|financial|fiscal)[ ]year)|(?:this|last|next|the[ ]current|the[ ]previous|the[ ]new)[ ](?:academic|school)[ ]year|(?:academic|school)[ ]year[ ]{YEAR}[-/–](?:{YEAR}|\d\d))
    | (?:in[ ]|during[ ]|over[ ]|for[ ])?(?:the[ ])?(?P<part>(?:first|second|third|fourth|last|final|1st|2nd|3rd|4th|i|ii|iii|iv)[ -](?:half|quarter|{NUMBER}[ -]months?))(?P<party>[ ](?:of[ ](?:the[ ]year[ ])?)?{WHEN}|[ ]of[ ]the[ ]year|,?[ ]{YEAR})?
    | (?:in[ ]|during[ ]|over[ ]|for[ ])?(?:the[ ])?(?P<hq>[hq][1-4])(?:[ ,]+(?:of[ ])?|[ ]?)(?P<hqy>{YEAR}|\d\d\b)?
    | (?:in[ ]|during[ ]|over[ ]|for[ ]|after[ ]|the[ ]|within[ ]){{1,2}}(?P<nm>{NUMBER})[ -]months?[ ](?:of[ ]|in[ ])(?P<nmy>{WHEN}|{YEAR})
    | (?:over|in|for)[ ](?:the[ ])?(?P<nmx>{NUMBER})[ ]months(?![ ]of)
    | (?:in[ ]|from[ ]|between[ ]|during[ ]|for[ ]|over[ ])?(?P<m1>{MONTH})(?:[ ]?[-–][ ]?|[ -](?:to|and|through|until|till)[ -])(?P<m2>{MONTH})(?:,?[ ](?:of[ ])?(?P<mmy>{WHEN}|{YEAR}))?
    | (?:(?P<byend>(?:by|until|till|before|no[ ]later[ ]than|not[ ]later[ ]than|towards?|through)[ ](?:the[ ])?(?:end|close|beginning|start|middle)[ ](?:of[ ])?)(?P<byendy>{YEAR}|this[ ]year|next[ ]year|the[ ](?:current[ ])?year|the[ ]decade|{MONTH}[ ]{YEAR}))
    | (?:by|until|till|before|no[ ]later[ ]than|not[ ]later[ ]than|towards?|through|up[ ]to)[ ](?:around[ ]|about[ ]|late[ -]|early[ -]|mid-?[ ]?|the[ ]year[ ]|(?P<bym>{MONTH})[ ]|year-end[ ]|end-)?(?P<byy>{YEAR})\b
    | by[ ](?P<byrel>(?:the[ ])?year-?[ ]?end|next[ ]year|the[ ]year's[ ]end)
    | (?:(?:at|as[ ]of|as[ ]at)[ ](?:the[ ])?)(?P<atend>end|start|beginning|close)[ ]of[ ](?P<atendy>{YEAR}|last[ ]year|this[ ]year|the[ ]year)
    | end-(?P<endy>{YEAR})
    | (?:(?:between|from|in|during|over|for)[ ])?(?P<y1>{YEAR})(?:[ ]?[-–/][ ]?(?P<y2>{YEAR}|\d\d(?![\d%.,]))|[ ](?:and|to|through|until)[ ](?P<y3>{YEAR}))\b
    | (?:as[ ]of|as[ ]at|on|since|by|until|from|in|of)?[ ]?(?:(?P<d1>{DAY})[ ](?:of[ ])?(?P<dm1>{MONTH})|(?P<dm2>{MONTH})[ ](?P<d2>{DAY})(?!\d)(?:[-–]\d{{1,2}})?)(?:,?[ ](?P<dy>{YEAR}))?\b
    | (?P<mlead>(?:in|during|for|since|from|of|by|as[ ]of|last|this|next|until|late[ ]|early[ ]|mid-)[ -]?)?(?P<my>{MONTH})(?:,?[ ](?:of[ ])?(?P<myy>{YEAR}|last[ ]year|this[ ]year|next[ ]year))
    | (?:in|since|during|last|this|next|from|until|by|as[ ]of)[ ](?:early[ ]|late[ ]|mid-)?(?P<mo>{MONTH})(?![ ]?\d)
    | (?:over|during|in|for|within|across)[ ](?:the[ ])?(?P<pastn>(?:past|last|previous|recent|preceding|next|coming|following)[ ](?:{NUMBER}[ ])?(?:or[ ]so[ ])?(?:years?|months?|decades?|weeks?|days?)|(?:past|last|next|coming)[ ](?:year|decade|month|week))
    | (?P<ago>{NUMBER}|a|several|a[ ]few)[ ](?:years?|months?|decades?|days?|weeks?|centuries)[ ](?:ago|earlier|later|before(?=[ ]*[.,;:)]|$))
    | (?P<rel>last[ ]year|this[ ]year|next[ ]year|the[ ]current[ ]year|the[ ]previous[ ]year|the[ ]year[ ]before|a[ ]year[ ](?:earlier|ago|before)|the[ ]same[ ](?:period|month|quarter)(?:[ ](?:of|in|a|last)[ ](?:the[ ])?(?:previous[ ]year|last[ ]year|year[ ](?:earlier|ago|before)|{YEAR}|year))?|year[ -]on[ -]year|last[ ]month|this[ ]month|next[ ]month|last[ ]week|this[ ]week|the[ ]year[ ]to[ ]date|year[ ]to[ ]date|so[ ]far[ ]this[ ]year|since[ ]the[ ](?:start|beginning)[ ]of[ ]the[ ]year|(?:the|this|that)[ ](?:(?:reporting|corresponding|same|review)[ ])?period(?:[ ](?:of|in)[ ](?:the[ ])?(?:previous[ ]year|last[ ]year|{YEAR}))?)
    | (?P<vague>in[ ]the[ ](?:near|medium|long|short|foreseeable)[ -](?:term|future|run)|in[ ](?:the[ ])?(?:coming|next[ ]few)[ ](?:years|months)|in[ ](?:the[ ])?future|eventually|once[ ](?:complete|completed|finished))
    | (?P<now>currently|now|at[ ]present|today|presently|to[ ]date|so[ ]far|at[ ]the[ ]moment)
    | (?P<lead>in[ ]|for[ ]|during[ ]|since[ ]|from[ ]|of[ ]|throughout[ ]|starting[ ](?:in|from)[ ]|compared[ ](?:to|with)[ ]|against[ ]|than[ ]in[ ]|over[ ]|on[ ]|vs\.?[ ])?(?:the[ ]year[ ])?(?P<y>{YEAR})(?P<fc>[ ]?[ef]\b)?(?![\w%]|,\d|\.\d|[ ](?:million|billion|thousand|tons|tonnes|km|teu|mw|people)\b)
    )""",
    re.VERBOSE,
)  # fmt: skip


def count(word: str) -> int:
    """Return the number that a word or digits stand for."""
    if word.isdigit():
        return int(word)
    if "-" in word:
        a, b = word.split("-", 1)
        return NUMBERS.get(a, 0) + NUMBERS.get(b, 0)
    return NUMBERS.get(word, 1)


def month_of_name(word: str) -> int:
    """Return the number of a month's name or its short form."""
    return MONTHS[word.rstrip(".")]


OPENERS = frozenset(
    {
        *ONES, *TENS, *ORDINALS, "in", "during", "over", "for", "of", "the", "h1", "h2", "q1", "q2", "q3", "q4", "after", "within", "from",
        "between", "by", "until", "till", "before", "no", "not", "toward", "towards", "through", "up", "at", "as", "end", "since", "on", "this",
        "next", "late", "early", "mid", "across", "a", "several", "year", "so", "eventually", "once", "currently", "now", "today", "presently",
        "fy", "fiscal", "financial", "full", "whole", "one", "soon", "shortly", "that", "spring", "summer", "winter", "autumn", "previous", "current", "very", "budget", "entire", "to", "starting", "throughout", "compared", "against", "than", "vs", "academic", "school", "last",
    }
)  # fmt: skip
"""Words that a period can open with, numerals and months apart."""
