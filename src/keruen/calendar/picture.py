"""A year of events as a picture: a line for each event, its days, where a move puts it, and what still collides.

Receives ``calendar_proposal`` and ``event``; hands on SVG text. Public holidays are thin lines from top to bottom.
"""

from __future__ import annotations

import datetime as dt
from html import escape

import polars as pl

from keruen.tables import Dataset

COLOURS = {
    "summit": "#8f6bb3", "commission": "#2b7a78", "business": "#c98b4b", "cultural": "#4a86b8", "deadline": "#777777",
    "milestone": "#777777",
}  # fmt: skip
MOST = 60
"""Lines drawn; what moves or collides comes first, the rest is counted."""
_WIDTH, _LEFT, _RIGHT, _TOP, _STEP = 980, 330, 20, 34, 20
_LABEL = 56


def picture(dataset: Dataset, *, ink: str = "#222222") -> str:
    """Return the proposed calendar as an SVG drawing.

    Parameters
    ----------
    dataset
        With ``calendar_proposal``; see :func:`keruen.calendar.calendar`.
    ink
        Colour of letters and lines; ``currentColor`` takes that of the page.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    proposal = dataset["calendar_proposal"]
    if not proposal.height:
        raise ValueError("there is no calendar to draw; call calendar first")
    holidays = proposal.filter(pl.col("kind") == "holiday")
    shown = proposal.filter(pl.col("kind") != "holiday")
    urgent = (pl.col("moved") != 0) | (pl.col("clashes") > 0)
    kept = shown.sort(urgent, "start", "event_id", descending=[True, False, False]).head(MOST)
    kept = kept.sort("start", "event_id")
    year = max(day.year for day in proposal["start"].to_list())
    first = dt.date(year, 1, 1)
    days = (dt.date(year + 1, 1, 1) - first).days
    height = _TOP + _STEP * max(kept.height, 1) + (_STEP if shown.height > MOST else 0) + 10

    def x(day: dt.date) -> float:
        at = min(max((day - first).days, 0), days)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at / days

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="11" '
        f'fill="{ink}" role="img"><title>Events of {year}</title><text x="6" y="16" font-weight="bold">{year}</text>'
    ]
    for month in range(1, 13):
        begin = x(dt.date(year, month, 1))
        parts.append(
            f'<line x1="{begin:.1f}" x2="{begin:.1f}" y1="22" y2="{height - 6}" stroke="{ink}" stroke-opacity=".18"/>'
            f'<text x="{begin + 4:.1f}" y="16">{dt.date(year, month, 1):%b}</text>'
        )
    for day in sorted(set(holidays["start"].to_list())):
        parts.append(
            f'<line x1="{x(day):.1f}" x2="{x(day):.1f}" y1="24" y2="{height - 6}" stroke="#b8432f" stroke-opacity=".3" '
            f'stroke-dasharray="2 3"/>'
        )
    for i, row in enumerate(kept.iter_rows(named=True)):
        y = _TOP + _STEP * i
        title = row["title"] if len(row["title"]) <= _LABEL else row["title"][: _LABEL - 1] + "…"
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(title)}</text>')
        colour = COLOURS.get(row["kind"], "#5aa88a")
        begin, end = x(row["proposed_start"]), x(row["proposed_end"] + dt.timedelta(1))
        if row["moved"]:
            old = x(row["start"])
            parts.append(
                f'<rect x="{old:.1f}" y="{y + 2}" width="{max(x(row["end"] + dt.timedelta(1)) - old, 4):.1f}" height="11" '
                f'fill="none" stroke="{colour}" stroke-dasharray="2 2"/>'
                f'<line x1="{old:.1f}" x2="{begin:.1f}" y1="{y + 7.5}" y2="{y + 7.5}" stroke="{colour}"/>'
            )
        edge = ' stroke="#b8432f" stroke-width="2"' if row["clashes_left"] else ""
        told = f"{row['proposed_start']} to {row['proposed_end']}"
        parts.append(
            f'<rect x="{begin:.1f}" y="{y + 2}" width="{max(end - begin, 4):.1f}" height="11" fill="{colour}"{edge}>'
            f"<title>{escape(row['title'])}: {told}</title></rect>"
        )
        note = (
            f"moved by {row['moved']:+d} days"
            if row["moved"]
            else "still clashes"
            if row["clashes_left"]
            else ""
        )
        if note:
            right = end + 90 < _WIDTH
            at, anchor = (end + 5, "start") if right else (begin - 5, "end")
            parts.append(f'<text x="{at:.1f}" y="{y + 11}" text-anchor="{anchor}">{note}</text>')
    if shown.height > MOST:
        parts.append(f'<text x="6" y="{height - 10}">and {shown.height - MOST} more</text>')
    return "".join(parts) + "</svg>\n"
