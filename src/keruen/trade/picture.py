"""Promises as a picture: when each was said, what the saying did, and the years by which it was to be kept.

Receives ``promise_status`` and ``promise_history``; hands on SVG text. One line a promise: a dot for each saying in the
colour of what it did, a bar at the end of each year promised, and the verdict at the end.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from html import escape

import polars as pl

from keruen.tables import Dataset
from keruen.tables.words import say
from keruen.trade.screen import WORDS

COLOURS = {"announced": "#2b7a78", "repeated": "#9bb8b5", "moved": "#d98a2b", "redefined": "#b8432f"}
"""What a saying did."""
_WIDTH, _LEFT, _RIGHT, _TOP, _STEP = 980, 330, 110, 34, 34
_LABEL = 58
"""Letters of a label on one line."""


def promise_picture(
    dataset: Dataset, promise_ids: Sequence[str] | None = None, *, ink: str = "#222222"
) -> str:
    """Return promises over time as an SVG drawing.

    Parameters
    ----------
    dataset
        With ``promise_status`` and ``promise_history``.
    promise_ids
        Promises to draw; by default those with a year or more than one saying.
    ink
        Colour of letters and lines; ``currentColor`` takes that of the page.

    Raises
    ------
    ValueError
        If there is no promise to draw.
    """
    status = dataset["promise_status"]
    wanted = (
        status.filter(pl.col("promise_id").is_in(list(promise_ids)))
        if promise_ids is not None
        else status.filter(pl.col("deadline").is_not_null() | (pl.col("versions") > 1))
    )
    rows = wanted.sort("first_announced", "promise_id").to_dicts()
    if not rows:
        raise ValueError("there is no promise to draw; call promises first")
    drawn = dataset["promise_history"].filter(pl.col("promise_id").is_in(wanted["promise_id"].implode()))
    sayings = drawn.sort("promise_id", "announced", "version").to_dicts()
    first = min(s["announced"].year for s in sayings)
    ends = [s["deadline"] for s in sayings if s["deadline"] is not None]
    last = max([rows[0]["as_of"].year, *(s["announced"].year for s in sayings), *ends]) + 1
    height = _TOP + _STEP * len(rows) + 30

    def at(day: dt.date) -> float:
        year = day.year + (day.timetuple().tm_yday - 1) / 365.25
        return float(_LEFT + (_WIDTH - _LEFT - _RIGHT) * (year - first) / (last - first))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="10.5" '
        f'role="img" fill="{ink}"><title>Promises: when they were said, and by when they were to be kept</title>'
    ]
    for i, (event, colour) in enumerate(COLOURS.items()):
        parts.append(f'<circle cx="{_LEFT + 8 + 92 * i}" cy="12" r="4.5" fill="{colour}"/><text x="{_LEFT + 18 + 92 * i}" y="16">{event}</text>')  # fmt: skip
    x = float(_LEFT + 8 + 92 * len(COLOURS))
    parts.append(
        f'<rect x="{x - 1}" y="6" width="3" height="12"/><text x="{x + 8}" y="16">year promised</text>'
    )
    for year in range(first, last + 1, 1 if last - first <= 18 else 5):
        x = at(dt.date(year, 1, 1))
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{height - 24}" stroke="{ink}" stroke-opacity="0.15"/>'
            f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle">{year}</text>'
        )
    x = at(rows[0]["as_of"])
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{height - 24}" stroke="{ink}" stroke-dasharray="3 3"/>')  # fmt: skip
    for i, row in enumerate(rows):
        y = _TOP + _STEP * i + _STEP / 2
        own = [s for s in sayings if s["promise_id"] == row["promise_id"]]
        lines = textwrap.wrap(row["label"], _LABEL, max_lines=2, placeholder=" …")
        for j, line in enumerate(lines):
            parts.append(f'<text x="{_LEFT - 12}" y="{y + 4 - 6 * (len(lines) - 1) + 12 * j:.1f}" text-anchor="end">{escape(line)}</text>')  # fmt: skip
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 12}" y="{y + 4:.1f}">{escape(WORDS.get(row["verdict"], row["verdict"]))}</text>'
        )
        due = [dt.date(s["deadline"], 12, 31) for s in own if s["deadline"] is not None]
        reach = max([own[-1]["announced"], *due])
        parts.append(f'<line x1="{at(own[0]["announced"]):.1f}" x2="{at(reach):.1f}" y1="{y}" y2="{y}" stroke="{ink}" stroke-opacity="0.45"/>')  # fmt: skip
        for day in sorted(set(due)):
            parts.append(f'<rect x="{at(day) - 1.5:.1f}" y="{y - 7}" width="3" height="14"/>')
        for s in own:
            hint = f"{s['announced']}: {s['event']}, {say(s['value'], s['unit'])}" + (f" by {s['deadline']}" if s["deadline"] else "")  # fmt: skip
            parts.append(f'<circle cx="{at(s["announced"]):.1f}" cy="{y}" r="4.5" fill="{COLOURS.get(s["event"], ink)}"><title>{escape(hint)}</title></circle>')  # fmt: skip
    return "".join(parts) + "</svg>\n"
