"""What prices an amount of money is in: current, constant, those of a year, or purchasing power parity.

Most announcements do not say, and then nothing is told.
"""

from __future__ import annotations

import re

from keruen.statements.quantity import MONEY, Quantity

_YEAR = r"(?:19|20)\d\d"
_BASIS = re.compile(
    rf"""\b(?:
      (?P<ppp>purchasing[ -]power(?:[ ]parity)?|ppp|international[ ]dollars)
    | (?:in|at)[ ](?:constant[ ](?:(?P<y1>{_YEAR})[ ])?|(?P<y2>{_YEAR})[ ](?:constant[ ])?|prices[ ]of[ ](?P<y3>{_YEAR})\b)(?:us[ ])?(?:prices|dollars|terms|euros|tenge|rubles|)
    | constant[ ](?:(?P<y4>{_YEAR})[ ])?(?:us[ ])?(?:prices|dollars|us\$|usd)
    | (?P<real>in[ ]real[ ]terms|inflation-adjusted|adjusted[ ]for[ ]inflation|(?:in|at)[ ](?:comparable|constant)[ ]prices)
    | (?P<current>(?:in|at)[ ](?:current|nominal)[ ](?:prices|terms|dollars)|in[ ]nominal[ ]terms|nominally)
    )""",
    re.VERBOSE,
)
_WORD_BEHIND = re.compile(r"(?:prices|dollars|terms|euros|tenge|rubles)$")
_REACH = 70
_BREAK = re.compile(r"[;]|\b(?:while|whereas|but)\b|\.(?= )")


def price_basis(low: str, q: Quantity, start: int, end: int) -> str | None:
    """Return the prices that an amount of money is in; None where the sentence ``[start, end)`` does not say, or it is no money.

    Examples
    --------
    >>> from keruen.statements.quantity import Quantity
    >>> text = "gdp was $5 billion in constant 2015 prices."
    >>> price_basis(text, Quantity(8, 18, 8, 18, 5e9, 5e9, 5e9, "USD"), 0, len(text))
    'constant 2015'
    """
    if q.unit not in MONEY:
        return None
    spans = ((q.end, min(end, q.end + _REACH)), (max(start, q.start - _REACH), q.start))
    for a, b in spans:
        for m in _BASIS.finditer(low, a, b):
            gap = (q.end, m.start()) if m.start() >= q.end else (m.end(), q.start)
            told = _told(m)
            if told and not _BREAK.search(low, *gap):
                return told
    return None


def _told(m: re.Match[str]) -> str | None:
    """Return the name of a basis; None if a year stands there without the word for prices: "in 2015"."""
    if m.group("ppp"):
        return "ppp"
    if m.group("current"):
        return "current"
    if m.group("real"):
        return "constant"
    year = next((m.group(name) for name in ("y1", "y2", "y3", "y4") if m.group(name)), None)
    if m.group("y2") and not _WORD_BEHIND.search(m.group()):
        return None
    return f"constant {year}" if year else "constant"
