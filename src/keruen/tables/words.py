"""Numbers as a newspaper prints them: the one place where an amount becomes words."""

from __future__ import annotations

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_MONEY = {"USD": "$", "EUR": "€"}
_SYMBOLS = frozenset({"t", "TEU", "%", "km", "m", "h", "MW", "TWh", "m3", "km/h", "km/day"})


def say(value: float | None, unit: str = "") -> str:
    """Return an amount with its unit as people write it.

    Examples
    --------
    >>> say(2.45e7, "t"), say(30e9, "USD"), say(29, "crossing"), say(15.0, "%"), say(1e9, "KZT"), say(None, "t")
    ('24.5 million t', '$30 billion', '29 crossings', '15 %', '1 billion KZT', 'unknown')
    """
    if value is None or value != value:
        return "unknown"
    size, word = next(((s, w) for s, w in _SCALES if abs(value) >= s * 0.9995), (1.0, ""))
    shown = value / size
    number = f"{shown:,.0f}" if abs(shown) >= 1000 else f"{shown:.4g}"
    amount = f"{number} {word}".strip()
    if unit in _MONEY:
        return f"{'-' if value < 0 else ''}{_MONEY[unit]}{amount.lstrip('-')}"
    if not unit or unit in _SYMBOLS or unit.isupper() or abs(value) == 1:
        return f"{amount} {unit}".strip()
    head, slash, per = unit.partition("/")
    plural = head[:-1] + "ies" if head.endswith("y") and head[-2:-1] not in "aeiou" else head + "s"
    return f"{amount} {head if head == 'times' else plural}{slash}{per}"


def percent(share: float | None) -> str:
    """Return a share as a whole percentage.

    Examples
    --------
    >>> percent(0.923), percent(None)
    ('92 %', 'unknown')
    """
    return "unknown" if share is None else f"{share:.0%}".replace("%", " %")
