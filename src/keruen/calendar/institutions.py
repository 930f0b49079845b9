"""Who answers for what was promised, and when they meet next.

Receives the institutions, the promises with their verdicts and the events; hands on a frame, one row an institution. The
clock is the evidence's own, the day by which promises were judged.
"""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import polars as pl

from keruen.calendar.occurrences import occurrences
from keruen.errors import Finding, Severity
from keruen.tables import Dataset

_COLUMNS: dict[str, Any] = {
    "institution_id": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "parties": pl.String,
    "promises": pl.List(pl.String),
    "last_met": pl.Date,
    "next_meets": pl.Date,
    "next_announced": pl.String,
    "citation": pl.String,
}
_AHEAD = 2
"""Calendar years past this one in which a meeting is looked for."""


def answering(dataset: Dataset) -> pl.DataFrame:
    """Return what each institution answers for, and when it meets.

    Parameters
    ----------
    dataset
        Tables ``institution``, ``promise_status``, ``event`` and what :func:`keruen.calendar.calendar` takes.

    Returns
    -------
    polars.DataFrame
        One row an institution, sorted: ``promises`` that it answers for, ``last_met`` and ``next_meets`` (days of its
        events before and after the day of the latest evidence; null where none is known), and ``next_announced`` (a year
        or month, where no day is set).
    """
    promises = list(dataset["promise_status"].iter_rows(named=True))
    day = max((row["as_of"] for row in promises), default=None)
    day = day or max(
        (d for d in dataset["source"]["published"].to_list() if d is not None), default=dt.date.min
    )
    events = {row["event_id"]: row for row in dataset["event"].iter_rows(named=True)}
    past = {row["event_id"]: row["start"] for row in events.values() if row["start"] <= day}
    coming: dict[str, dt.date] = {}
    for year in range(day.year, day.year + _AHEAD + 1) if events else ():
        for found in occurrences(dataset, year, 0):
            if found.start > day:
                coming.setdefault(found.event_id, found.start)
    rows = []
    for row in dataset["institution"].sort("institution_id").iter_rows(named=True):
        met = _events(row, events)
        said = row["next_announced"]
        rows.append(
            {key: row[key] for key in _COLUMNS if key in row}
            | {
                "promises": sorted(p["promise_id"] for p in promises if _answers(row, p)),
                "last_met": max((past[e] for e in met if e in past), default=None),
                "next_meets": min((coming[e] for e in met if e in coming), default=None),
                # What was announced for a time that is over has no claim on the next meeting.
                "next_announced": said if said and said[:7] >= day.isoformat()[: len(said)] else None,
            }
        )
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


def when_next(row: Mapping[str, Any]) -> str:
    """Return when an institution meets next, in words.

    Examples
    --------
    >>> when_next({"next_meets": None, "next_announced": "2027", "last_met": dt.date(2025, 10, 9)})
    'meets next in 2027, day not set'
    >>> when_next({"next_meets": None, "next_announced": None, "last_met": dt.date(2025, 4, 21)})
    'last met 2025-04-21, next meeting not announced'
    """
    if row["next_meets"] is not None:
        return f"meets next on {row['next_meets']}"
    if row["next_announced"] is not None:
        return f"meets next in {row['next_announced']}, day not set"
    if row["last_met"] is not None:
        return f"last met {row['last_met']}, next meeting not announced"
    return "no meeting known"


def institution_lines(found: pl.DataFrame, *, width: int = 110) -> list[str]:
    """Return the institutions that answer for a promise as text, below an empty line; none where none does.

    Parameters
    ----------
    found
        As :func:`answering` returns it.
    width
        Columns of the screen.
    """
    told = found.filter(pl.col("promises").list.len() > 0)
    lines = ["", "Who answers, and when they meet next"] if told.height else []
    for row in told.sort(pl.col("promises").list.len(), "name", descending=[True, False]).iter_rows(
        named=True
    ):
        n = len(row["promises"])
        words = f"{row['name']} ({row['kind']}): {n} promise{'s' if n > 1 else ''}; {when_next(row)}"
        lines += textwrap.wrap(words, width, initial_indent="  ", subsequent_indent="    ")
    return lines


def institution_findings(dataset: Dataset) -> list[Finding]:
    """Return what is doubtful: meetings that are no event, patterns of another form, times that are none."""
    return list(_doubts(dataset))


def _doubts(dataset: Dataset) -> Iterator[Finding]:
    events = {row["event_id"]: row for row in dataset["event"].iter_rows(named=True)}
    known = {*events, *(row["series"] for row in events.values())}

    def doubt(column: str, value: str, problem: str, remedy: str) -> Finding:
        return Finding("institution", name, column, value, problem, remedy, Severity.WARNING)

    for row in dataset["institution"].iter_rows(named=True):
        name = row["institution_id"]
        for meeting in filter(None, (row["meetings"] or "").split("|")):
            if meeting not in known:
                yield doubt(
                    "meetings",
                    meeting,
                    "is no event and no series of events",
                    "add it to event.csv, or correct the name",
                )
        for pattern in row["answers_for"].split("|"):
            if pattern.count("/") != 2:
                yield doubt(
                    "answers_for",
                    pattern,
                    "is not indicator/place/partner",
                    "write - for none and * for anything",
                )
        said = row["next_announced"]
        if said and not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", said):
            yield doubt(
                "next_announced", said, "is no year and no month", "write YYYY or YYYY-MM; a day is an event"
            )


def _events(row: Mapping[str, Any], events: Mapping[str, Mapping[str, Any]]) -> set[str]:
    wanted = set(filter(None, (row["meetings"] or "").split("|")))
    return {name for name, event in events.items() if name in wanted or event["series"] in wanted}


def _answers(row: Mapping[str, Any], promise: Mapping[str, Any]) -> bool:
    what = "/".join(promise[c] or "-" for c in ("indicator_id", "place_id", "partner_id"))
    return any(fnmatchcase(what, pattern) for pattern in row["answers_for"].split("|"))
