"""Scales, units and counted nouns: what stands behind a numeral, in base units."""

from __future__ import annotations

import re

from keruen.statements import cyrillic as cy
from keruen.statements import english as en
from keruen.statements.lexicon import lexicon
from keruen.statements.numerals import WORDS
from keruen.statements.quantity import alternatives

SIGN_LEFT = re.compile(
    rf"(?:(?<![a-z])(?:{alternatives(s for s in en.SIGNS if s[0].isalpha())})|[$€£¥₸₽₺₹₼₾₩₴₪]) ?$"
)
_SCALE = re.compile(rf"[ -]{{0,2}}({alternatives(en.SCALES)})(?:(?<=[^aeiou]n|sd|us)\.(?= ?[a-z]))?(?![\w])")
SHORT_SCALE = re.compile(r" ?([kmbt])(?!\w|/)")
_CURRENCY_NAMES = {
    **en.CURRENCIES,
    **{f"{name}s": code for name, code in en.CURRENCIES.items()},
    **{s: code for s, code in en.SIGNS.items() if s.isalpha() and s != "try"},
    "$": "USD", "€": "EUR", "₸": "KZT", "₽": "RUB", "us dollars": "USD", "u.s. dollars": "USD",
}  # fmt: skip
_CURRENCY_RIGHT = re.compile(rf"[ -]{{0,3}}(?:of )?({alternatives(_CURRENCY_NAMES)})(?!\w)")
UNIT = re.compile(rf"[ -]{{0,3}}(?:of )?({alternatives(en.UNITS)})(?!\w)")
ATTACHED = re.compile(rf" ?({alternatives(en.ATTACHED_UNITS)})(?!\w)")
_BRACKETED = re.compile(rf" ?\((?:in )?({alternatives(u for u in en.UNITS if ' ' not in u)})\)")
_RATE = re.compile(
    r" {0,2}(?:\([^()]{1,20}\) )?(?:(?:(?:per|a|an|each|every|in a) |/ ?)(?:calendar |single |marketing |(?:20|40|twenty|forty)-(?:foot|ft) |standard |loaded )?"
    r"(year|yr|annum|day|month|week|hour|quarter|container|tonne|ton|t|teu|trip|train|wagon|vehicle|truck|km|kilometre|kilometer|"
    r"person|capita|kwh|mwh|barrel|hectare|500 ?km)s?(?!\w)(?! (?:earlier|ago|before|later))|(annually|yearly|daily|monthly|weekly|hourly)(?!\w))"
)
RATE_NAMES = {
    "annum": "year", "yr": "year", "annually": "year", "yearly": "year", "daily": "day", "monthly": "month", "weekly": "week", "hourly": "hour",
    "tonne": "t", "ton": "t", "kilometre": "km", "kilometer": "km", "capita": "person", "500km": "500 km",
}  # fmt: skip
TIME_RATES = frozenset({"day", "hour", "week", "month"})
WORD = re.compile(r" {1,3}\"?([^\W\d_][\w.'&/-]*)")
_DEMONYMS = lexicon(
    """
    russians kazakhs kazakhstanis uzbeks kyrgyz tajiks turkmens uighurs germans ukrainians poles
    koreans turks azerbaijanis georgians iranians afghans belarusians europeans americans indians
    mongolians italians
    """
)
_NEVER_COUNTED = lexicon(
    """
    times percent points years months degrees hands others dollars
    """
)
_ADJECTIVE = re.compile(r"[a-z-]*(?:ish|an|ese|ern|al|ic|i|ch|k|foreign|new)")
_POINTS = re.compile(r" {1,2}points(?!\w)")
_PERCENT = re.compile(r"%|per ?cent")
_DEFINITE = re.compile(r"(?<!of )(?<!all )\b(?:the|these|those|both|our|their|its) [a-z-]+$")
_OF_WHOLE = re.compile(rf" of (?:the|its|their|our|his|these|those)(?= )(?! (?:\d|(?:{WORDS})\b))")
_TIME_NOISE = frozenset({"year", "month", "degree"})
_NO_HYPHEN = frozenset({"day", "h", "month", "year", "m"})
_AROUND_THE_CLOCK = re.compile(r" (?:a|per) (?:day|week)\b")
_PHRASE_ENDS = ",;:.)(\"'!?—–|/"


def scale_at(low: str, at: int, *, cyrillic: bool) -> tuple[float, int] | None:
    """Return factor and end of the scale words at ``at``: "million", "thousand billion", "млн"."""
    m = _SCALE.match(low, at)
    if m is None:
        return cy.scale_at(low, at) if cyrillic else None
    factor, end = en.SCALES[m.group(1)], m.end()
    again = _SCALE.match(low, end) if factor <= 1e3 else None
    if again and en.SCALES[again.group(1)] > factor:
        return factor * en.SCALES[again.group(1)], again.end()
    return factor, end


def rate_at(low: str, at: int, *, cyrillic: bool) -> tuple[str, int] | None:
    """Return what a quantity is per ("year", "day", "500 km") and where that ends."""
    m = _RATE.match(low, at)
    if m is not None:
        name = re.sub(" +", "", m.group(1) or m.group(2))
        return RATE_NAMES.get(name, name), m.end()
    if cyrillic:
        m = cy.RATE.match(low, at)
        if m is not None:
            return str(m.lastgroup), m.end()
    return None


def unit_at(
    low: str,
    flat: str,
    value: float,
    at: int,
    *,
    worded: bool,
    scaled: bool,
    cyrillic: bool,
) -> tuple[str, float, int, str, bool]:
    """Return unit, factor, end, counted noun (empty for a measure) and whether the noun is a known one.

    ``worded`` says that the numeral was written in words, ``scaled`` that a scale word stood behind it.
    """
    none = ("", 1.0, at, "", True)
    m = ATTACHED.match(low, at)
    if m and (
        m.start(1) == at or scaled or m.group(1) == "mt" or low[m.end() : m.end() + 1] not in ("-", "'")
    ):
        unit, factor = en.ATTACHED_UNITS[m.group(1)]
        return unit, factor, m.end(), "", True
    if value % 1 and _POINTS.match(low, at) and _PERCENT.search(low, max(0, at - 160), at + 80):
        # "2.5 percent, 0.4 points below"
        return "percentage point", 1.0, low.index("p", at) + 6, "", True
    m = UNIT.match(low, at)
    if m:
        unit, factor = en.UNITS[re.sub(" +", " ", m.group(1))]
        if (
            low[at : at + 1] == "-" and unit in _NO_HYPHEN and not m.group(1).startswith("minute")
        ) or unit in _TIME_NOISE:
            return none
        if unit in ("h", "day") and _AROUND_THE_CLOCK.match(low, m.end()):
            return none
        return unit, factor, m.end(), "", True
    m = _CURRENCY_RIGHT.match(low, at)
    if m:
        return _CURRENCY_NAMES[re.sub(" +", " ", m.group(1))], 1.0, m.end(), "", True
    if cyrillic:
        found = cy.unit_at(low, at)
        if found is not None:
            return *found, True
    if low[at : at + 1] == "-":
        return none
    noun, end, known = noun_at(low, flat, value, at, worded=worded)
    named = _BRACKETED.match(low, end) if noun else None
    if named is not None:
        # "273,000 containers (TEU)"
        unit, factor = en.UNITS[named.group(1)]
        return unit, factor, named.end(), "", True
    return noun, 1.0, end, noun, known


def _singular(word: str) -> str:
    """Return the singular of an English plural, by rule."""
    if word in en.IRREGULAR:
        return en.IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "ses")) and word[:-1] not in en.NOUNS:
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def noun_at(low: str, flat: str, value: float, after: int, *, worded: bool) -> tuple[str, int, bool]:
    """Return the unit of the noun phrase at ``after``, its end, and whether the noun is known.

    The last known plural of the phrase counts ("container trains" are trains). A plural that nobody knows is a unit of its own
    behind digits, and nothing behind a number word.
    """
    unit, end = "", after
    at, previous = after, ""
    unknown, unknown_end = "", -1
    # "25 Abai Avenue opens": behind a proper name that is no adjective a word in -s may well be a verb
    proper = False
    whole = _OF_WHOLE.match(low, after) if value > 1 else None
    if whole is not None:
        at = whole.end()
    elif low.startswith(" of ", after) and value >= 1e3:
        at = after + 3
    for _ in range(8):
        m = WORD.match(low, at)
        if m is None:
            break
        word = m.group(1).rstrip(".")
        if word in en.PHRASE_STOPS and not (
            (word == "more" and at == after) or (word == "and" and not unit and previous and not unknown)
        ):
            break
        at = m.start(1) + len(word)
        if word.endswith(("'s", "s'")):
            previous = ""
            continue
        single = _singular(word)
        plural = word != single or word in en.IRREGULAR
        proper = proper or flat[m.start(1)].isupper()
        if plural if value != 1 else word in en.NOUNS:
            hit = en.NOUNS.get(f"{previous} {single}") or en.NOUNS.get(single)
            if hit:
                unit, end = hit, at
            elif word in _DEMONYMS and flat[m.start(1)].isupper():
                unit, end = "person", at
            elif (
                not unit
                and not (worded and word in en.NOT_COUNTED)
                and word not in _NEVER_COUNTED
                and len(word) > 3
                and word not in _DEMONYMS
                and not (proper and not _ADJECTIVE.fullmatch(previous))
            ):
                unknown, unknown_end = single, at
        previous = single
        if m.end() > at or low[at : at + 1] in _PHRASE_ENDS:
            break
    if unit:
        pointed_at = worded and (
            value == 1.0
            or (unit in en.TRIVIAL_WITH_TWO and value <= 2)
            or _DEFINITE.search(low, max(0, after - 24), after)
        )
        return ("", after, True) if pointed_at else (unit, end, True)
    if unknown and unknown_end == at and not worded and low[after : after + 1] != ",":
        return unknown, at, False
    return "", after, True
