"""The model beside what was published: a section of the report, a page of the documentation, and the picture of both.

Receives the tables ``validation`` and ``back_test``; hands on markup. In the picture a point stands for the model over
the published number, so that half and twice lie equally far from the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keruen.reports.html import Html, el, text
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, Section, table
from keruen.reports.wording import amount
from keruen.tables import Dataset

Row = dict[str, Any]
_WIDTH, _LEFT, _RIGHT, _TOP, _STEP, _LONGEST = 860, 380, 40, 44, 19, 52
_MARKS = (
    (0.25, "a quarter"),
    (0.5, "half"),
    (0.8, "-20 %"),
    (1.0, "as published"),
    (1.2, "+20 %"),
    (2.0, "twice"),
    (4.0, "4 times"),
)
_ROLES = {"fitted": "fitted", "held_out": "not looked at"}


def section(dataset: Dataset, _names: Names) -> Section | None:
    """Return what a run says of observations of its own year, or None where there are none."""
    rows = list(dataset["validation"].sort("observation_id").iter_rows(named=True))
    if not rows:
        return None
    columns = [
        Column("What"), Column("Model", numeric=True), Column("Published", numeric=True),
        Column("Difference", numeric=True), Column("When calibrating"), Column("Rests on", prose=True),
    ]  # fmt: skip
    body = [
        [
            f"{row['label']} ({row['year']})",
            Cell(amount(row["model"], row["unit"]), row["model"]),
            Cell(amount(row["published"], row["unit"]), row["published"]),
            Cell(f"{100 * row['difference']:+.0f} %", row["difference"]),
            _ROLES[row["role"]],
            row["source"],
        ]
        for row in rows
    ]
    words = "What the model says of the year beside what was published of it. The command validate does the same for other years."
    return Section(
        "validation",
        "How close it comes: the model beside what was published",
        el("div", el("p", words), Html(picture(rows)), table(columns, body)),
    )


def picture(rows: Sequence[Row]) -> str:
    """Return an SVG drawing of the model over what was published.

    Parameters
    ----------
    rows
        Rows of ``validation``.
    """
    drawn = [row for row in rows if row["published"] > 0.0]
    height = _TOP + _STEP * len(drawn) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="11" '
        'role="img" fill="currentColor"><title>Model over published</title>',
        f'<rect x="{_at(0.8):.1f}" y="{_TOP - 8}" width="{_at(1.2) - _at(0.8):.1f}" height="{height - _TOP - 22}" '
        'fill="#5aa88a" fill-opacity="0.18"/>',
    ]
    for ratio, words in _MARKS:
        x = _at(ratio)
        firm = ratio == 1.0
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{height - 30}" stroke="#888888" '
            f'stroke-width="{1.4 if firm else 0.5}"/>'
        )
        if ratio in (0.25, 0.5, 1.0, 2.0, 4.0):
            parts.append(f'<text x="{x:.1f}" y="{_TOP - 14}" text-anchor="middle">{words}</text>')
    for i, row in enumerate(drawn):
        y = _TOP + _STEP * i + 6
        ratio = row["model"] / row["published"]
        x, off = _at(ratio), not 0.25 <= ratio <= 4.0
        held = row["role"] == "held_out"
        words = (
            row["label"]
            if len(row["label"]) <= _LONGEST
            else row["label"][: _LONGEST - 1].rstrip(" ,(") + "\u2026"
        )
        name = text(f"{words}, {row['year']}")
        parts.append(f'<text x="{_LEFT - 22}" y="{y + 4}" text-anchor="end">{name}</text>')
        parts.append(
            f'<line x1="{_at(1.0):.1f}" x2="{x:.1f}" y1="{y}" y2="{y}" stroke="#c98b4b" stroke-width="1"/>'
        )
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y}" r="4.5" stroke="#b3502f" stroke-width="1.6" '
            f'fill="{"#b3502f" if held else "#ffffff"}"><title>{100 * (ratio - 1):+.0f} %</title></circle>'
        )
        if off:
            parts.append(
                f'<text x="{x + (-8 if ratio > 1 else 8):.1f}" y="{y - 3}" text-anchor="{"end" if ratio > 1 else "start"}">{ratio:.2g}</text>'
            )
    parts.append(
        f'<text x="{_LEFT}" y="{height - 10}">Full: not looked at when the model was calibrated. Hollow: fitted. '
        "Shaded: within 20 %.</text></svg>"
    )
    return "".join(parts)


def _at(ratio: float) -> float:
    """Return where a ratio stands, a quarter and four times at the ends."""
    share = (math.log2(min(max(ratio, 0.25), 4.0)) + 2.0) / 4.0 if ratio > 0.0 else 0.0
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
