"""Small charts, drawn by hand as SVG: they follow the page's colours in light, dark and print.

A charting library would fix the colours when it draws, and its first chart would cost most of what the whole page costs
(``benchmarks/reporting.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keruen.reports.html import Html, el, join


def bar(parts: Sequence[tuple[float, str]], largest: float, label: str) -> Html | None:
    """Return a stacked bar.

    Parameters
    ----------
    parts
        Lengths, in the unit of ``largest``, each with its class.
    largest
        Length that fills the width.
    label
        What a reader who cannot see it is told.

    Nothing is drawn for less than half a percent of ``largest``.
    """
    if sum(size for size, _ in parts) <= 0.005 * largest:
        return None
    drawn, x = [], 0.0
    for size, kind in parts:
        width = 100.0 * size / largest
        drawn.append(el("rect", x=round(x, 2), y=0, width=round(width, 2), height=8, class_=kind))
        x += width
    return _strip(drawn, label)


def likelihood(value: float | None, low: float | None, high: float | None) -> Html | None:
    """Return a bar from 0 to 1 with the range over models as a band and the average as a tick."""
    if value is None:
        return None
    low, high = (value if low is None else low), (value if high is None else high)
    drawn = [
        el("rect", x=0, y=0, width=100, height=8, class_="rail"),
        el(
            "rect",
            x=round(100 * low, 2),
            y=0,
            width=round(100 * max(high - low, 0.005), 2),
            height=8,
            class_="c3",
        ),
        el("rect", x=round(min(100 * value, 99.0), 2), y=0, width=1, height=8, class_="c2"),
    ]
    return _strip(drawn, f"chance {100 * value:.0f} %, models {100 * low:.0f} to {100 * high:.0f} %")


def span(row: Mapping[str, Any]) -> Html | None:
    """Return the interval of an expectation with the expected value, the latest (hollow) and the aim (line)."""
    low, high, expected = row["low"], row["high"], row["expected"]
    if low is None or high is None or expected is None:
        return None
    known = [v for v in (low, high, expected, row["value"], row["last_value"]) if v is not None]
    top: float = max(known) * 1.05
    if top <= 0 or min(known) < 0:
        return None

    def at(value: float) -> float:
        return round(100 * value / top, 2)

    drawn = [
        el("rect", x=0, y=3, width=100, height=2, class_="rail"),
        el("rect", x=at(low), y=1, width=round(at(high) - at(low), 2), height=6, class_="c3"),
        el("rect", x=round(at(expected) - 0.5, 2), y=1, width=1, height=6, class_="c2"),
        el("rect", x=round(at(row["value"]) - 0.5, 2), y=0, width=1, height=8, class_="aim"),
    ]
    if row["last_value"] is not None:
        drawn.append(
            el("rect", x=round(at(row["last_value"]) - 0.5, 2), y=1, width=1, height=6, class_="last")
        )
    return _strip(join(drawn), "interval, expected value, latest value and aim on a line from zero")


def _strip(drawn: Sequence[Html] | Html, label: str) -> Html:
    return el(
        "svg", el("title", label), drawn, viewBox="0 0 100 8", preserveAspectRatio="none", class_="strip", role="img"
    )  # fmt: skip
