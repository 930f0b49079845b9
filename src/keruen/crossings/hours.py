"""When a post is staffed: shifts by local clock, closures by date, and the calendar that the kernels follow.

Clocks are local, with their midnights and changes to daylight saving; calendars count elapsed hours from the first
local midnight of the run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from keruen.crossings.limits import MOST_LANES
from keruen.crossings.theory import Array
from keruen.errors import Finding, refuse_errors
from keruen.kernels.queues import Integers

ALL_WEEK = (0, 1, 2, 3, 4, 5, 6)
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Shift:
    """Lanes that are staffed between two times of the local clock.

    Parameters
    ----------
    start, end
        Hours of the clock, 0 to 24. An end at or before the start lies on the next day: 22 to 6 is a night shift.
    lanes
        Lanes staffed; shifts that overlap add up.
    weekdays
        Days on which it starts, Monday is 0.
    """

    start: float
    end: float
    lanes: int
    weekdays: tuple[int, ...] = ALL_WEEK


@dataclass(frozen=True, slots=True)
class Closure:
    """Weather, a holiday, a strike or works: no more than `lanes` are open in between.

    Parameters
    ----------
    start, end
        Local date and time.
    lanes
        Lanes that stay open.
    reason
        For people.
    """

    start: datetime
    end: datetime
    lanes: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open lanes over elapsed time: from ``breaks[j]`` [h] on ``lanes[j]``, the last for ever."""

    breaks: Array
    lanes: Integers

    @property
    def most(self) -> int:
        """Most lanes that are ever open."""
        return int(self.lanes.max(initial=0))

    def lane_hours(self, start: float, end: float) -> float:
        """Return lanes times hours open between two elapsed times."""
        edges = np.append(self.breaks, np.inf)
        spans = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
        return float((np.maximum(spans, 0.0) * self.lanes).sum())


def always(lanes: int) -> Calendar:
    """Return the calendar of lanes that never close."""
    return Calendar(np.zeros(1), np.array([lanes], dtype=np.int64))


def calendar(
    shifts: Sequence[Shift],
    first_day: date,
    days: int,
    *,
    closures: Sequence[Closure] = (),
    timezone: str = "UTC",
    origin: str | None = None,
) -> Calendar:
    """Return the calendar of a run.

    Parameters
    ----------
    shifts
        Weekly pattern.
    first_day
        Day whose local midnight is elapsed hour 0.
    days
        Days that the pattern goes on; nothing is open afterwards.
    closures
        Exceptions.
    timezone
        IANA name of the local clock. A night shift over a change to daylight saving is an hour shorter.
    origin
        Clock whose first midnight is elapsed hour 0, where that is not the local one: two sides of a border may keep
        different time.

    Raises
    ------
    InputError
        If a shift, closure, time zone or the number of days cannot be; all faults together.

    Examples
    --------
    A night shift from 22 to 6 over the night on which Warsaw loses an hour:

    >>> night = calendar([Shift(22, 6, 1)], date(2026, 3, 28), 1, timezone="Europe/Warsaw")
    >>> night.breaks.tolist(), night.lanes.tolist()
    ([0.0, 6.0, 22.0, 29.0], [1, 0, 1, 0])
    """
    zone = _check(shifts, days, closures, timezone)
    home = zone if origin is None else ZoneInfo(origin)
    zero = datetime.combine(first_day, time(), tzinfo=home).astimezone(UTC)

    def elapsed(local: datetime) -> float:
        return (local.replace(tzinfo=zone).astimezone(UTC) - zero).total_seconds() / 3600.0

    steps: dict[float, int] = {0.0: 0}
    more = 0 if origin is None else 1
    for offset in range(-1 - more, days + more):
        day = first_day + timedelta(days=offset)
        midnight = datetime.combine(day, time())
        for shift in shifts:
            if day.weekday() not in shift.weekdays or shift.lanes == 0:
                continue
            length = (shift.end - shift.start) % 24.0 or 24.0
            begin = elapsed(midnight + timedelta(hours=shift.start))
            end = elapsed(midnight + timedelta(hours=shift.start + length))
            if end <= 0.0:
                continue
            begin = max(begin, 0.0)
            steps[begin] = steps.get(begin, 0) + shift.lanes
            steps[end] = steps.get(end, 0) - shift.lanes
    exceptions = [(max(elapsed(c.start), 0.0), elapsed(c.end), c.lanes) for c in closures]
    for begin, end, _ in exceptions:
        if end > 0.0:
            steps.setdefault(begin, 0)
            steps.setdefault(end, 0)
    breaks = np.array(sorted(steps))
    lanes = np.cumsum([steps[t] for t in breaks.tolist()])
    for begin, end, left in exceptions:
        within = (breaks >= begin) & (breaks < end)
        lanes[within] = np.minimum(lanes[within], left)
    changes = np.append(True, np.diff(lanes) != 0)
    return Calendar(breaks[changes], lanes[changes].astype(np.int64))


def _check(shifts: Sequence[Shift], days: int, closures: Sequence[Closure], timezone: str) -> ZoneInfo:
    findings = []
    for i, shift in enumerate(shifts):
        for column, value in (("start", shift.start), ("end", shift.end)):
            if not (math.isfinite(value) and 0.0 <= value <= 24.0):
                findings.append(
                    Finding("shift", str(i), column, str(value), "must lie between 0 and 24 h",
                            "give the hour of the local clock")
                )  # fmt: skip
        if not 0 <= shift.lanes <= MOST_LANES:
            findings.append(
                Finding("shift", str(i), "lanes", str(shift.lanes), f"must lie between 0 and {MOST_LANES}",
                        "give the lanes that are staffed")
            )  # fmt: skip
        if not set(shift.weekdays) <= set(ALL_WEEK):
            findings.append(
                Finding(
                    "shift",
                    str(i),
                    "weekdays",
                    str(shift.weekdays),
                    "must be days 0 to 6",
                    "count from Monday",
                )
            )
    if not any(shift.lanes > 0 and shift.weekdays for shift in shifts):
        findings.append(
            Finding("shift", "", "", "", "the post never opens", "add a shift with at least one lane")
        )
    for i, closure in enumerate(closures):
        if closure.end <= closure.start:
            findings.append(
                Finding("closure", str(i), "end", str(closure.end), f"must lie after its start {closure.start}",
                        "correct the dates")
            )  # fmt: skip
        if closure.lanes < 0:
            findings.append(
                Finding(
                    "closure",
                    str(i),
                    "lanes",
                    str(closure.lanes),
                    "must be at least 0",
                    "give the lanes left open",
                )
            )
    if not 1 <= days <= MOST_DAYS:
        findings.append(
            Finding(
                "calendar",
                "",
                "days",
                str(days),
                f"must lie between 1 and {MOST_DAYS}",
                "simulate a shorter time",
            )
        )
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
        findings.append(
            Finding(
                "calendar",
                "",
                "timezone",
                timezone,
                "is no known time zone",
                "use an IANA name such as Asia/Almaty",
            )
        )
    refuse_errors(findings)
    return zone
