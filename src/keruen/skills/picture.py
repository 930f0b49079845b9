"""Missing people as a picture: a square for each skill and year, with today's places and under the plan.

Receives ``skill_gap`` and ``skill``; hands on SVG text.
"""

from __future__ import annotations

from html import escape

import polars as pl

from keruen.tables import Dataset

_LABEL, _CELL, _ROW, _TOP = 210, 40, 22, 44


def picture(dataset: Dataset) -> str:
    """Return the gaps as an SVG drawing: today's places on the left, the plan on the right.

    Parameters
    ----------
    dataset
        With ``skill_gap``.

    Raises
    ------
    ValueError
        If there is no table of gaps to draw.
    """
    gaps = dataset["skill_gap"]
    if not gaps.height:
        raise ValueError("there are no gaps to draw; call skills first")
    names = dict(dataset["skill"].select("skill_id", "name").iter_rows())
    total = gaps.group_by("skill_id", "year").agg(pl.col("gap", "gap_today").sum())
    cells = {(r["skill_id"], r["year"]): r for r in total.iter_rows(named=True)}
    years = sorted(set(gaps["year"]))
    skills = sorted(set(gaps["skill_id"]), key=lambda s: names[s])
    largest = max([r["gap_today"] for r in cells.values()] + [1.0])
    panel = len(years) * _CELL
    width, height = _LABEL + 2 * panel + 30, _TOP + _ROW * len(skills) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11" role="img"><title>People missing by skill and year</title>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    ]
    for side, (column, title) in enumerate(
        (("gap_today", "Missing with today's places"), ("gap", "Missing under the plan"))
    ):
        left = _LABEL + side * (panel + 20)
        parts.append(f'<text x="{left}" y="16" font-weight="bold" fill="#222">{escape(title)}</text>')
        for i, year in enumerate(years):
            x = left + i * _CELL
            parts.append(f'<text x="{x + _CELL / 2}" y="36" text-anchor="middle" fill="#444">{year}</text>')
            for j, skill in enumerate(skills):
                row = cells.get((skill, year))
                missing = 0.0 if row is None else row[column]
                y = _TOP + j * _ROW
                # The root lets small gaps be seen beside large ones.
                strength = (missing / largest) ** 0.5 if missing > 0.0 else 0.0
                parts.append(
                    f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_ROW - 2}" '
                    f'fill="{"#f3f3f3" if row is not None else "#ffffff"}"/>'
                    f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_ROW - 2}" fill="#c0392b" '
                    f'fill-opacity="{0.85 * strength:.2f}"/>'
                )
                if missing >= 0.5:
                    parts.append(
                        f'<text x="{x + _CELL / 2 - 1}" y="{y + 14}" text-anchor="middle" '
                        f'fill="{"#ffffff" if strength > 0.6 else "#222"}">{missing:,.0f}</text>'
                    )
    for j, skill in enumerate(skills):
        parts.append(
            f'<text x="{_LABEL - 8}" y="{_TOP + j * _ROW + 14}" text-anchor="end" fill="#222">{escape(names[skill])}</text>'
        )
    return "".join(parts) + "</svg>\n"
