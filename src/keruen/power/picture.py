"""The electricity mix as a picture: generation by technology stacked over the years, the share of renewables above.

Receives ``power_mix`` and ``power_year``; hands on SVG text.
"""

from __future__ import annotations

from html import escape

import polars as pl

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
