"""Hedges: the words around a quantity that say more than, nearly, up to, about."""

from __future__ import annotations

import re

from keruen.statements import cyrillic as cy

_HEDGES: list[tuple[str, str]] = [
    ("le", r"(?:did|does|do|will|would|should|must|to|can|could|may)(?: not|n't)(?: to)? (?:exceed|surpass|top)|not exceed(?:ing|s|ed)?|never exceed(?:ed|s)?|no more than|not more than|no greater than|not above|up to|at most|a maximum of|maximum of|as much as|as many as|as high as|capped at|no longer than|not over"),
    ("ge", r"at least|no less than|not less than|no fewer than|not fewer than|not below|a minimum of|minimum of|not lower than|no lower than|at a minimum"),
    ("lt_near", r"nearly|almost|close to|closer to|clos(?:e|es|ed|ing) in on|on the verge of|nears?|neared|nearing|approach(?:es|ed|ing)?|just (?:under|below|short of)|slightly (?:under|below|less than)|a little (?:under|less than|below)|practically|virtually|verging on"),
    ("gt", r"(?:just |slightly |well |far |much |a little |significantly )?(?:more than|(?<!hand )(?<!hands )(?<!handed )(?<!take )(?<!takes )(?<!took )(?<!turn )(?<!turned )(?<!turns )(?<!taken )(?<!taking )(?<!handing )(?<!turning )(?<!carried )over|above|in excess of|upwards? of|greater than|higher than|larger than|longer than|beyond)|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|top(?:s|ped|ping)?|passed the mark of|outstripp?(?:ed|ing|s)|north of"),
    ("lt", r"(?:well |far |much )?(?:less than|fewer than|under|below|lower than|short of|shorter than|smaller than)"),
    ("approx", r"about|around|barely|approximately|roughly|some|circa|c\.|ca\.?|approx\.?|an estimated|in the region of|in the order of|of the order of|on the order of|or so|~|≈|somewhere around|an average of about"),
]  # fmt: skip
_FILLER = r"(?:(?:the|a|an|some|another|additional|extra|further|total of|record|mark of|level of|threshold of|estimated|combined|roughly|only|as many as|as much as) ){0,3}"
_HEDGE_LEFT = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _HEDGES)
    + rf")[ :]{{1,3}}{_FILLER}$"
)
_UNDER_A = re.compile(r"(?:under|over|above|below|beyond) an? ")
"""Says where a thing stands, not how large it is: "under a $4 billion agreement"."""
_PASSED_LEFT = re.compile(rf"(?<![\w-])(?:passe[sd]|crossed|overshot) (?:the )?{_FILLER}$")
_LARGE = re.compile(r"million|billion|trillion|thousand|[$€£¥%]")
_LEAD_LEFT = re.compile(
    r"(?<![\w-])(?:(?:an? )?(?:additional|further|extra|new|another|total of|record)|a total of|only) {1,3}$"
)
_HEDGE_RIGHT = re.compile(
    r" ?(?:(\+)(?!\w)|(or more|plus|and more|and above|or above)\b|(or less|or fewer|or below)\b|(or so)\b)"
)


def hedge(
    low: str, begin: int, after: int, *, cyrillic: bool, inner: int | None = None
) -> tuple[str, int, int]:
    """Return the modifier of the quantity at ``[begin, after)`` and the span widened by the words that express it.

    ``inner`` is where the numeral ends: Kazakh puts the hedge between numeral and noun.
    """
    right = _HEDGE_RIGHT.match(low, after)
    if right:
        modifier = (
            "gt" if right.group(1) else "ge" if right.group(2) else "le" if right.group(3) else "approx"
        )
        return modifier, begin, right.end()
    floor = max(0, begin - 48)
    left = low[floor:begin]
    m = _HEDGE_LEFT.search(left)
    if m and not _UNDER_A.match(left, m.start()):
        return str(m.lastgroup), floor + m.start(), after
    m = _PASSED_LEFT.search(left)
    if m and _LARGE.search(low, begin, after):
        return "gt", floor + m.start(), after
    if cyrillic:
        right = cy.HEDGE_RIGHT.match(low, after)
        if right:
            return str(right.lastgroup), begin, right.end()
        within = cy.HEDGE_INNER.match(low, inner, after) if inner is not None else None
        if within:
            return str(within.lastgroup), begin, after
        m = cy.HEDGE_LEFT.search(left)
        if m:
            return str(m.lastgroup), floor + m.start(), after
        m = cy.UP_TO_LEFT.search(left)
        if m and not cy.FROM_LEFT.search(left) and not cy.CHANGE_TO_LEFT.search(left):
            return "le", floor + m.start(), after
    m = _LEAD_LEFT.search(left)
    return "exact", floor + m.start() if m else begin, after
