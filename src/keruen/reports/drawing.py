"""Small charts, drawn by hand as SVG: they follow the page's colours in light, dark and print.

A charting library would fix the colours when it draws, and its first chart alone would cost over half of what the whole page costs
(``benchmarks/reporting.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keruen.reports.html import Html, el
from keruen.reports.wording import amount


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


def _strip(drawn: Sequence[Html] | Html, label: str) -> Html:
    return el(
        "svg", el("title", label), drawn, viewBox="0 0 100 8", preserveAspectRatio="none", class_="strip", role="img"
    )  # fmt: skip


_FAN = ("expected", "low", "high", "model_low", "model_high")


def timeline(
    points: Sequence[tuple[int, float]],
    row: Mapping[str, Any],
    unit: str,
    fan: Sequence[Mapping[str, Any]] = (),
) -> Html | None:
    """Return what is known of a target over the years: figures, the fan of what is expected, the aim and the limit.

    Parameters
    ----------
    points
        Year and value of the figures, oldest first.
    row
        A row of ``outlook``.
    unit
        Unit of the values.
    fan
        What is expected of the years before the deadline: rows with ``year``, ``expected``, ``low``, ``high``,
        ``model_low`` and ``model_high``.
    """
    known = [v for v in (row["value"], row["expected"], *(v for _, v in points)) if v is not None]
    if not points or row["deadline"] is None or min(known) < 0 or max(known) <= 0:
        return None
    deadline: int = row["deadline"]
    first, last = min(points[0][0], deadline - 1), max(points[-1][0], deadline)
    # A very wide interval would press everything else to the floor: it is cut off at twice the rest, with an arrow.
    top: float = min(max([*known, row["high"] or 0.0]), 2 * max(known)) * 1.08

    def x(year: float) -> float:
        return round(8 + 244 * (year - first) / (last - first), 1)

    def y(value: float) -> float:
        return round(92 - 84 * min(value, top) / top, 1)

    due = x(deadline)
    drawn: list[Html] = [el("path", d="M4 92H268", class_="axis")]
    if row["capacity_limit"] is not None and row["capacity_limit"] < top:
        drawn.append(
            el(
                "path",
                el("title", "the network can carry"),
                d=f"M4 {y(row['capacity_limit'])}H268",
                class_="limit",
            )
        )
    if row["expected"] is not None and row["low"] is not None and row["high"] is not None:
        start = {"year": points[-1][0]} | dict.fromkeys(_FAN, points[-1][1])
        ahead = [start, *(p for p in fan if points[-1][0] < p["year"]), {**row, "year": deadline}]
        for low, high, kind in (("low", "high", "fan"), ("model_low", "model_high", "models")):
            if row[low] is not None and row[high] is not None:
                upper = [f"{x(p['year'])} {y(p[high])}" for p in ahead]
                lower = [f"{x(p['year'])} {y(p[low])}" for p in reversed(ahead)]
                drawn.append(el("path", d=f"M{'L'.join(upper + lower)}z", class_=kind))
        if row["high"] > top:
            drawn.append(el("path", d=f"M{due - 5} 8l5 -7l5 7z", class_="c3"))
        middle = "L".join(f"{x(p['year'])} {y(p['expected'])}" for p in ahead)
        drawn.append(el("path", d=f"M{middle}", class_="ahead"))
        drawn.append(el("circle", cx=due, cy=y(row["expected"]), r=3.2, class_="c2"))
    line = "L".join(f"{x(year)} {y(value)}" for year, value in points)
    drawn.append(el("path", d=f"M{line}", class_="past"))
    drawn += [
        el(
            "circle",
            el("title", f"{year}: {amount(value, unit)}"),
            cx=x(year),
            cy=y(value),
            r=2.6,
            class_="c2",
        )
        for year, value in points
    ]
    drawn.append(el("path", d=f"M{due - 9} {y(row['value'])}h18", class_="goal"))
    drawn.append(el("text", "aim", x=due + 12, y=y(row["value"]) + 3.5))
    years = sorted({points[0][0], points[-1][0], deadline})
    shown = [
        year for i, year in enumerate(years) if i == 0 or x(year) - x(years[i - 1]) > 30 or year == deadline
    ]
    drawn += [
        el("text", str(year), x=x(year), y=105, text_anchor="middle" if x(year) > 16 else "start")
        for year in shown
    ]
    label = f"{len(points)} figures from {points[0][0]} to {points[-1][0]}, and the aim for {row['deadline']}"
    return el("svg", el("title", label), drawn, viewBox="0 0 290 110", class_="timeline", role="img")
