"""Numbers as people say them."""

from __future__ import annotations

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def say(value: float | None, unit: str = "") -> str:
    """Return a number with its unit, as a newspaper would print it.

    Examples
    --------
    >>> say(27.4e9, "USD"), say(2.76e6, "t"), say(15, "%"), say(None, "t"), say(29, "crossing")
    ('$27.4 billion', '2.76 million t', '15 %', 'unknown', '29 crossings')
    """
    if value is None or value != value:
        return "unknown"
    text = f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    for scale, word in _SCALES:
        if abs(value) >= scale * 0.9995:
            text = f"{value / scale:.3g} {word}"
            break
    if unit == "USD":
        return f"-${text[1:]}" if text.startswith("-") else f"${text}"
    if unit.isalpha() and unit.islower() and len(unit) > 2:
        plural = unit[:-1] + "ies" if unit.endswith("y") and unit[-2:-1] not in "aeiou" else unit + "s"
        unit = unit if value == 1 else plural
    return f"{text} {unit}".rstrip()


def percent(share: float | None) -> str:
    """Return a share as a whole percentage.

    Examples
    --------
    >>> percent(0.923), percent(None)
    ('92 %', 'unknown')
    """
    return "unknown" if share is None else f"{share:.0%}".replace("%", " %")
