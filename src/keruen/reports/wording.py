"""Numbers as people say them: 4.2 Mt, $1.7 billion, 93 %, 2.5 days; unknown is a dash and never a zero."""

from __future__ import annotations

import math

NBSP = "\u00a0"
UNKNOWN = "–"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with ``digits`` significant digits and thousands separated.

    Examples
    --------
    >>> number(1234.5), number(0.04567), number(12.0), number(None)
    ('1,230', '0.0457', '12', '–')
    >>> number(27466.0), number(156687.3)
    ('27,466', '157,000')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if value != int(value):
        value = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    shown = f"{value:,.{decimals}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return shown.replace("-", "\u2212")


def amount(value: float | None, unit: str | None, digits: int = 3) -> str:
    r"""Return an amount with its unit, in ``digits`` significant digits.

    Examples
    --------
    >>> amount(4.2e6, "t/year"), amount(1.7e9, "USD"), amount(5e11, "KZT"), amount(33.0, "%")
    ('4.2\xa0Mt/year', '$1.7\xa0billion', '500\xa0billion KZT', '33\xa0%')
    >>> amount(2e-9, "USD"), amount(0.018, "USD/t-km"), amount(141.2, "TWh", 4), amount(1.0, "rank")
    ('under $1', '$0.018/t-km', '141.2\xa0TWh', 'rank\xa01')
    >>> amount(1.0, "project"), amount(27.0, "project"), amount(182.0, "km"), amount(None, "t")
    ('1\xa0project', '27\xa0projects', '182\xa0km', '–')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    unit = unit or "1"
    base, _, per = unit.partition("/")
    rate = f"/{per}" if per else ""
    if base == "t":
        if abs(value) >= 1e5:
            return f"{number(value / 1e6, digits)}{NBSP}Mt{rate}"
        return f"{number(value, digits)}{NBSP}t{rate}"
    if base == "rank":
        return f"rank{NBSP}{number(value)}"
    if len(base) == 3 and base.isupper() and base.isalpha() and base != "TEU":
        sign = _SIGNS.get(base, "")
        tail = "" if sign else f" {base}"
        minus, size = ("\u2212" if value < 0 else ""), abs(value)
        for scale, word in _SCALES:
            if size >= scale * 0.9995:
                return f"{minus}{sign}{number(size / scale, digits)}{NBSP}{word}{tail}{rate}"
        if per in ("", "year") and 0 < size < 1:
            return f"under {sign}1{tail}{rate}"
        return f"{minus}{sign}{number(size)}{tail}{rate}"
    if unit == "1":
        return number(value)
    shown = number(value, digits)
    for scale, word in _SCALES:
        if abs(value) >= scale:
            shown = f"{number(value / scale)}{NBSP}{word}"
            break
    if base.isalpha() and base.islower() and len(base) > 2 and abs(value) != 1:
        base = base[:-1] + "ies" if base.endswith("y") and base[-2] not in "aeiou" else base + "s"
    return f"{shown}{NBSP}{base}{rate}"


def share(value: float | None) -> str:
    r"""Return a share as a percentage: whole percents, one decimal below 10 %.

    Examples
    --------
    >>> share(0.931), share(0.0123), share(1.4), share(0.000001), share(None)
    ('93\xa0%', '1.2\xa0%', '140\xa0%', 'under 0.001\xa0%', '–')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    percent = 100.0 * value
    if 0 < abs(percent) < 0.001:
        return f"under 0.001{NBSP}%"
    shown = number(percent, 2) if abs(percent) < 10 else f"{percent:,.0f}".replace("-", "\u2212")
    return f"{shown}{NBSP}%"


def hours(value: float | None) -> str:
    r"""Return a duration.

    Examples
    --------
    >>> hours(1e-6), hours(0.4), hours(7.25), hours(60.0), hours(None)
    ('under 1\xa0min', '24\xa0min', '7.2\xa0h', '60\xa0h (2.5\xa0days)', '–')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return f"0{NBSP}h"
    if value < 1 / 60:
        return f"under 1{NBSP}min"
    if value < 1:
        return f"{number(60 * value, 2)}{NBSP}min"
    if value < 48:
        return f"{number(value, 2 if value < 10 else 3)}{NBSP}h"
    return f"{number(value)}{NBSP}h ({number(value / 24, 2)}{NBSP}days)"


def count(n: int, one: str, many: str | None = None) -> str:
    r"""Return a count with its noun.

    Examples
    --------
    >>> count(1, "source"), count(1200, "source"), count(2, "country", "countries")
    ('1\xa0source', '1,200\xa0sources', '2\xa0countries')
    """
    return f"{n:,}{NBSP}{one if n == 1 else many or one + 's'}"
