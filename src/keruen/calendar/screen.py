"""The calendar as text: a sentence for the summary of a run, and the list of what is moved and why."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from keruen.calendar.occurrences import ATTENDED
from keruen.tables import Dataset


def lines(dataset: Dataset) -> Iterator[str]:
    """Yield one plain sentence about the calendar, or nothing where there is none.

    Parameters
    ----------
    dataset
        With ``calendar_proposal`` and ``clash``; see :func:`keruen.calendar.calendar`.
    """
    proposal, clash = dataset["calendar_proposal"], dataset["clash"]
    if not proposal.height:
        return
    met = proposal.filter(pl.col("kind").is_in(ATTENDED))
    due = proposal.filter(pl.col("kind").is_in(["deadline", "milestone"])).height
    moved = met.filter(pl.col("moved") != 0).height
    left = clash.filter(~pl.col("resolved")).height
    year = max(day.year for day in proposal["start"].to_list())
    told = f"Calendar {year}: {_count(met.height, 'event')}, {_count(due, 'deadline and opening', 'deadlines and openings')}"
    if not clash.height and not moved:
        yield f"{told}; nothing clashes."
    else:
        stays = f"; {left} of them cannot be avoided" if left else ""
        yield f"{told}; {_count(clash.height, 'clash', 'clashes')}{stays}; {_count(moved, 'move')} proposed."


def table_lines(dataset: Dataset) -> Iterator[str]:
    """Yield the sentence of :func:`lines`, every clash, and every event that is moved, with its reason.

    Parameters
    ----------
    dataset
        With ``calendar_proposal`` and ``clash``.
    """
    yield from lines(dataset)
    for row in dataset["clash"].iter_rows(named=True):
        yield f"  {row['occurrence']}  {'avoided' if row['resolved'] else 'STAYS  '}  {row['explanation']}"
    for row in dataset["calendar_proposal"].filter(pl.col("moved") != 0).iter_rows(named=True):
        days = _count(abs(row["moved"]), "day")
        way = "later" if row["moved"] > 0 else "earlier"
        yield f"  {row['title']}: {row['proposed_start']} instead of {row['start']}, {days} {way}; {row['reason']}."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"
