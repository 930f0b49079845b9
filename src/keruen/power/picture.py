"""The electricity mix as a picture: generation by technology stacked over the years, the share of renewables above.

Receives ``power_mix`` and ``power_year``, or the hours of a year; hands on SVG text.
"""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt
import polars as pl

from keruen.power.hourly import Hourly
from keruen.power.hours import WEEK
from keruen.tables import Dataset

COLOURS = {
    "coal": "#5b5b5b", "gas": "#c98b4b", "nuclear": "#8f6bb3", "import": "#b9b9b9", "hydro": "#4a86b8",
    "solar": "#e3c23f", "wind": "#5aa88a",
}  # fmt: skip
"""Technologies from the bottom up."""
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _LEGEND = 760, 380, 46, 40, 30, 110


def picture(dataset: Dataset) -> str:
    """Return the mix as an SVG drawing.

    Parameters
    ----------
    dataset
        With ``power_mix`` and ``power_year``.

    Raises
    ------
    ValueError
        If there is no mix to draw.
    """
    years = dataset["power_year"].sort("year")
    if not years.height:
        raise ValueError("there is no electricity mix to draw; call power first")
    mix = dataset["power_mix"]
    made = {(r["year"], r["technology"]): r["generation"] for r in mix.iter_rows(named=True)}
    largest = max(years["load"].to_list()) or 1.0
    step = (_WIDTH - _LEFT - _LEGEND) / years.height
    room = _HEIGHT - _TOP - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="11" role="img"><title>Electricity by technology and the share of renewables</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    ]
    for mark in range(0, int(largest) + 1, 40):
        y = _HEIGHT - _BOTTOM - room * mark / largest
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _LEGEND}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4e4e4"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{mark}</text>'
        )
    parts.append('<text x="6" y="16" fill="#444">TWh a year; above each bar the share of renewables</text>')
    for i, row in enumerate(years.iter_rows(named=True)):
        x, top = _LEFT + i * step + step * 0.1, float(_HEIGHT - _BOTTOM)
        for technology, colour in COLOURS.items():
            height = room * made.get((row["year"], technology), 0.0) / largest
            top -= height
            parts.append(
                f'<rect x="{x:.1f}" y="{top:.2f}" width="{step * 0.8:.1f}" height="{height:.2f}" fill="{colour}"/>'
            )
        middle = x + step * 0.4
        weight = "bold" if row["target"] is not None else "normal"
        parts.append(
            f'<text x="{middle:.1f}" y="{top - 5:.1f}" text-anchor="middle" font-weight="{weight}" fill="#2c6e55">'
            f"{row['renewables']:.0%}</text>"
            f'<text x="{middle:.1f}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#444">{row["year"]}</text>'
        )
    shown = [
        t
        for t in reversed(COLOURS)
        if mix.filter((pl.col("technology") == t) & (pl.col("generation") > 0)).height
    ]
    for i, technology in enumerate(shown):
        y = _TOP + 18 * i
        parts.append(
            f'<rect x="{_WIDTH - _LEGEND + 14}" y="{y}" width="12" height="12" fill="{COLOURS[technology]}"/>'
            f'<text x="{_WIDTH - _LEGEND + 32}" y="{y + 10}" fill="#222">{escape(technology)}</text>'
        )
    return "".join(parts) + "</svg>\n"


def hourly_picture(found: Hourly, week: int = 0) -> str:
    """Return a week by the hour as an SVG drawing, one band for each zone: what runs, and the load as a line.

    Parameters
    ----------
    found
        A year by the hour.
    week
        Which of its weeks.

    Raises
    ------
    ValueError
        If there is no such week.
    """
    if not 0 <= week < found.weeks:
        raise ValueError(f"week {week} of {found.weeks}; weeks count from 0")
    zones = found.zones["zone_id"].to_list()
    band = 190
    height = _TOP + band * len(zones) + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="11" role="img"><title>A week of {found.year} by the hour</title>'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
        f'<text x="6" y="16" fill="#444">A week of {found.year}, GW by the hour; the line is the load</text>'
    ]
    order = [name for name in COLOURS if name in found.course.columns]
    for i, zone in enumerate(zones):
        hours = found.course.filter(pl.col("zone_id") == zone).slice(week * WEEK, WEEK)
        parts.append(_band(hours, zone, order, _TOP + band * i, band - 34))
    start = int(found.course["hour"][week * WEEK]) // 24
    for day in range(7):
        x = _LEFT + (_WIDTH - _LEFT - _LEGEND) * (day + 0.5) / 7
        parts.append(
            f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle" fill="#444">day {start + day + 1}</text>'
        )
    shown = [*reversed(order), "storage", "lines"]
    for i, name in enumerate(shown):
        y = _TOP + 18 * i
        parts.append(
            f'<rect x="{_WIDTH - _LEGEND + 14}" y="{y}" width="12" height="12" fill="{_colour(name)}"/>'
            f'<text x="{_WIDTH - _LEGEND + 32}" y="{y + 10}" fill="#222">{escape(name)}</text>'
        )
    return "".join(parts) + "</svg>\n"


def _band(hours: pl.DataFrame, zone: str, order: list[str], top: float, room: float) -> str:
    """Return one zone's week: sources stacked from the bottom, what leaves by lines or storage cut off the top."""
    sources = [hours[name].to_numpy() for name in order]
    sources += [np.maximum(hours[name].to_numpy(), 0.0) for name in ("storage", "lines")]
    stacked = np.cumsum(sources, axis=0) / 1e3
    load = hours["load"].to_numpy() / 1e3
    largest = max(float(stacked[-1].max()), float(load.max())) or 1.0
    x = _LEFT + (_WIDTH - _LEFT - _LEGEND) * np.arange(load.size) / (load.size - 1)

    def line(values: npt.NDArray[np.float64]) -> list[str]:
        return [f"{a:.1f},{top + room * (1.0 - b / largest):.1f}" for a, b in zip(x, values, strict=True)]

    below = np.zeros(load.size)
    parts = [f'<text x="{_LEFT}" y="{top - 4:.1f}" fill="#222" font-weight="bold">{escape(zone)}</text>']
    for name, above in zip([*order, "storage", "lines"], stacked, strict=True):
        points = " ".join([*line(above), *reversed(line(below))])
        parts.append(f'<polygon points="{points}" fill="{_colour(name)}"/>')
        below = above
    parts.append(
        f'<polyline points="{" ".join(line(load))}" fill="none" stroke="#111" stroke-width="1.2"/>'
        f'<text x="{_LEFT - 6}" y="{top + 8:.1f}" text-anchor="end" fill="#444">{largest:.1f}</text>'
        f'<text x="{_LEFT - 6}" y="{top + room:.1f}" text-anchor="end" fill="#444">0</text>'
    )
    return "".join(parts)


def _colour(name: str) -> str:
    return COLOURS.get(name, {"storage": "#c05a7a", "lines": "#d9d3c3"}.get(name, "#888888"))
