"""The verb of the calendar: one dataset in, the same with its clashes and a calendar without them.

Receives a dataset with events; hands on the tables ``clash`` and ``calendar_proposal``, and the proposal as events that
can be written to a file for an ordinary calendar program.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from keruen.calendar.clashes import Collision, collision
from keruen.calendar.occurrences import ATTENDED, Occurrence, findings, occurrences
from keruen.calendar.proposal import Proposal, joined, propose, regular
from keruen.errors import Finding, InputError, refuse_errors
from keruen.tables import Dataset
from keruen.tables.calendar import CalendarProposal, Clash, Event

SPEED = 500.0
"""Door-to-door speed of a delegation, km/h along the great circle: a flight with its transfers and waiting."""
WINDOW = 14
"""Days by which an event may be moved either way where the table does not say."""


def calendar(
    dataset: Dataset, *, year: int | None = None, speed: float = SPEED, window: int = WINDOW
) -> Dataset:
    """Return the dataset with ``clash`` and ``calendar_proposal`` of one year.

    Events, deadlines of targets and openings by the plan stand in one calendar. An event without times fills its days
    from 9 to 18 hours local time. Parties of events whose place is not known are not looked at, nor are deadlines and
    milestones, to which nobody travels; public holidays count for summits, commissions and business.

    Parameters
    ----------
    dataset
        With ``event``; ``target``, ``plan``, ``place``, ``node`` and ``party`` where there are any.
    year
        Calendar year; by default the latest in which an event that parties attend first stands, else the last
        deadline.
    speed
        Door-to-door speed of a delegation, km/h.
    window
        Days by which an event may be moved either way where the table says nothing of it.

    Raises
    ------
    InputError
        For events that cannot be read, all at once; see :func:`keruen.calendar.findings`.
    SolveError
        If no proposal is found.
    """
    refuse_errors(findings(dataset))
    if not (speed > 0 and window >= 0):
        raise InputError([Finding("calendar", "", "speed" if window >= 0 else "window", f"{speed}, {window}",
                                  "is not positive", "give km/h above 0 and days from 0 upwards")])  # fmt: skip
    if year is None:
        year = _latest_year(dataset)
    try:
        found = occurrences(dataset, year, window)
    except ValueError as fault:
        raise InputError([Finding("event", "", "recurrence", "", str(fault), "give rules an end or a longer interval")]) from None  # fmt: skip
    proposal = propose(found, year, speed=speed)
    clashes = list(_clashes(found, proposal, speed))
    rows = [_proposed(i, found, proposal, speed) for i in range(len(found))]
    return dataset.with_tables(
        clash=_frame(Clash, clashes).sort("occurrence", "event_id", "other_occurrence", "other_event_id"),
        calendar_proposal=_frame(CalendarProposal, rows),
    )


def _latest_year(dataset: Dataset) -> int:
    met = dataset["event"].filter(pl.col("kind").is_in(ATTENDED))["start"].dt.year().to_list()
    due = dataset["target"]["deadline"].drop_nulls().to_list()
    return max(met or due, default=2000)


def _frame(schema: Any, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    frame: pl.DataFrame = schema.validate(pl.DataFrame(rows, schema=schema.create_empty().schema))
    return frame


def _say(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} h"


def _clashes(found: Sequence[Occurrence], proposal: Proposal, speed: float) -> Iterator[dict[str, Any]]:
    for i, j in proposal.pairs:
        standing = collision(found[i], found[j], speed=speed)
        if standing is None:
            continue
        left = collision(found[i], found[j], speed=speed, by=(proposal.shift[i], proposal.shift[j]))
        a, b = (found[j], found[i]) if found[i].kind == "holiday" else (found[i], found[j])
        yield {
            "event_id": a.event_id, "occurrence": a.start.isoformat(),
            "other_event_id": b.event_id, "other_occurrence": b.start.isoformat(),
            "kind": standing.kind, "parties": "|".join(sorted(a.parties & b.parties)) if b.kind != "holiday" else None,
            "hours": standing.hours, "resolved": left is None, "explanation": _explained(a, b, standing),
        }  # fmt: skip


def _explained(a: Occurrence, b: Occurrence, why: Collision) -> str:
    if why.kind == "holiday":
        return f"{a.title} falls on {b.title}, a public holiday there."
    who = ", ".join(sorted(a.parties & b.parties))
    where = [o.spot.name if o.spot is not None else "" for o in (a, b)]
    if why.kind == "party":
        return f"{who} would be in {where[0]} ({a.title}) and in {where[1]} ({b.title}) for the same {_say(why.hours)}."
    return f"{who} would be {_say(why.hours)} late on the way between {where[0]} ({a.title}) and {where[1]} ({b.title})."


def _proposed(i: int, found: Sequence[Occurrence], proposal: Proposal, speed: float) -> dict[str, Any]:
    o, shift = found[i], proposal.shift[i]
    standing, left, room = [], [], []
    for p, q in proposal.pairs:
        if i not in (p, q):
            continue
        other = q if i == p else p
        by = (proposal.shift[p], proposal.shift[q])
        if collision(found[p], found[q], speed=speed):
            standing.append(other)
        if collision(found[p], found[q], speed=speed, by=by):
            left.append(other)
        unmoved = (0, by[1]) if i == p else (by[0], 0)
        if collision(found[p], found[q], speed=speed, by=unmoved):
            room.append(other)
    why = []
    if shift:
        why += [
            f"keeps clear of {found[k].title}" for k in dict.fromkeys([*standing, *room]) if k not in left
        ]
        for p, q in proposal.joins:
            together = joined(found[p], found[q], (proposal.shift[p], proposal.shift[q]))
            if i in (p, q) and together and not joined(found[p], found[q]):
                why.append(f"joins {found[q if i == p else p].title}")
        for name, members in proposal.series.items():
            across = [found[k] for k in members]
            even = regular(across, [proposal.shift[k] for k in members])
            if i in members and even and not regular(across, [0] * len(members)):
                why.append(f"brings the meetings of {name} to regular intervals")
    for k in left:
        held = (
            "neither may be moved" if not (o.window or found[k].window) else "no days within reach are free"
        )
        why.append(f"still clashes with {found[k].title}: {held}")
    return {
        "event_id": o.event_id, "occurrence": o.start.isoformat(), "title": o.title, "kind": o.kind,
        "start": o.start, "end": o.end,
        "proposed_start": o.start + dt.timedelta(shift), "proposed_end": o.end + dt.timedelta(shift),
        "moved": shift, "clashes": len(standing), "clashes_left": len(left), "reason": "; ".join(why) or None,
    }  # fmt: skip


def agenda(dataset: Dataset) -> pl.DataFrame:
    """Return the proposed calendar as rows of ``event``, one for each time, ready to be written to a file.

    Parameters
    ----------
    dataset
        With ``calendar_proposal``; see :func:`calendar`.
    """
    events = {row["event_id"]: row for row in dataset["event"].iter_rows(named=True)}
    blank = dict.fromkeys(Event.columns(), None)
    rows = []
    for row in dataset["calendar_proposal"].iter_rows(named=True):
        known = events.get(row["event_id"], blank)
        again = known["recurrence"] or known["extra_dates"]
        why = (
            f"Moved by {row['moved']} days from {row['start']}: {row['reason']}."
            if row["moved"]
            else row["reason"]
        )
        rows.append(
            known
            | {
                "event_id": f"{row['event_id']}/{row['occurrence']}" if again else row["event_id"],
                "title": row["title"], "kind": row["kind"],
                "start": row["proposed_start"], "end": row["proposed_end"],
                "recurrence": None, "except_dates": None, "extra_dates": None,
                "fixed": True if known["fixed"] is None else known["fixed"], "join_with": None,
                "note": "\n".join(text for text in (known["note"], why) if text) or None,
            }
        )  # fmt: skip
    return _frame(Event, rows)
