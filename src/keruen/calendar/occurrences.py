"""The events of a year: every meeting, deadline, milestone and holiday with its hours and its spot on the map.

Receives the tables ``event``, ``target`` and ``plan`` with places and nodes; hands on frozen occurrences, or findings
about events that cannot be read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from keruen.calendar.recurrence import days
from keruen.errors import Finding, Severity
from keruen.tables import Dataset

ATTENDED = ("summit", "commission", "business", "cultural")
"""Kinds that parties travel to."""
WORKING = ("summit", "commission", "business")
"""Kinds that keep clear of public holidays."""
DAY = (dt.time(9), dt.time(18))
"""Hours of an event for which none are given, in the local time of its place."""
MOST = 20_000
"""Largest number of occurrences in a year."""


@dataclass(frozen=True)
class Spot:
    """Where an event is held.

    Parameters
    ----------
    spot_id
        The node or place.
    name
        In words.
    within
        Itself and everything that it lies in.
    longitude, latitude
        Degrees; None where they are not known.
    """

    spot_id: str
    name: str
    within: frozenset[str]
    longitude: float | None = None
    latitude: float | None = None

    def apart_from(self, other: Spot) -> bool:
        """Whether nobody can be at both at once; a town is not apart from its own country."""
        return self.spot_id not in other.within and other.spot_id not in self.within


@dataclass(frozen=True)
class Occurrence:
    """An event on its days in the year.

    Parameters
    ----------
    event_id, title, kind
        As in the table.
    start, end
        First and last day.
    begins, ends
        Local times; None where none are given.
    zone
        IANA zone; None for that of the spot.
    spot
        None where nothing is known of the place.
    parties
        Who takes part.
    window
        Days by which it may be moved either way; 0 where it may not.
    join_with, series
        As in the table.
    """

    event_id: str
    title: str
    kind: str
    start: dt.date
    end: dt.date
    begins: dt.time | None = None
    ends: dt.time | None = None
    zone: str | None = None
    spot: Spot | None = None
    parties: frozenset[str] = frozenset()
    window: int = 0
    join_with: str | None = None
    series: str | None = None
    _hours: dict[int, tuple[float, float]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def tzinfo(self) -> dt.tzinfo:
        """Its time zone; without one, whole hours by longitude (15 degrees each), else UTC."""
        if self.zone is not None:
            return ZoneInfo(self.zone)
        longitude = self.spot.longitude if self.spot is not None else None
        return dt.timezone(dt.timedelta(hours=round((longitude or 0.0) / 15.0)))

    def hours(self, shift: int = 0) -> tuple[float, float]:
        """Begin and end in hours since 1970 (UTC), if held ``shift`` days later."""
        if shift not in self._hours:
            by = dt.timedelta(shift)
            begin = dt.datetime.combine(self.start + by, self.begins or DAY[0], self.tzinfo)
            end = dt.datetime.combine(self.end + by, self.ends or DAY[1], self.tzinfo)
            self._hours[shift] = (begin.timestamp() / 3600, end.timestamp() / 3600)
        return self._hours[shift]

    def shifts(self, year: int) -> list[int]:
        """Days by which it may be moved: within its window and the year, and never onto a weekend.

        An event that takes in a weekend as it stands may do so after a move as well.
        """
        weekday = all(
            (self.start + dt.timedelta(d)).weekday() < 5
            for d in range(min((self.end - self.start).days, 7) + 1)
        )
        found = [0]
        for shift in range(-self.window, self.window + 1):
            start, end = self.start + dt.timedelta(shift), self.end + dt.timedelta(shift)
            clear = not weekday or (
                start.weekday() < 5 and end.weekday() >= start.weekday() and end.weekday() < 5
            )
            if shift and start.year == end.year == year and clear:
                found.append(shift)
        return sorted(found, key=lambda s: (abs(s), s))


def spots(dataset: Dataset) -> dict[tuple[str, str], Spot]:
    """Return every spot by ("node" or "place", identifier)."""
    places = {row["place_id"]: row for row in dataset["place"].iter_rows(named=True)}

    def around(place_id: str | None) -> set[str]:
        found: set[str] = set()
        while place_id is not None and place_id in places and f"place:{place_id}" not in found:
            found.add(f"place:{place_id}")
            place_id = places[place_id]["parent"]
        return found

    known: dict[tuple[str, str], Spot] = {}
    for row in dataset["node"].iter_rows(named=True):
        name = f"node:{row['node_id']}"
        within = {name} | around(row["place_id"]) | around(row["country"])
        spot = Spot(name, row["name"], frozenset(within), row["x_coord"], row["y_coord"])
        known["node", row["node_id"]] = spot
        if row["place_id"] is not None:
            known.setdefault(("place", row["place_id"]), spot)
    for place_id, row in places.items():
        name = f"place:{place_id}"
        known.setdefault(("place", place_id), Spot(name, row["name"], frozenset({name} | around(place_id))))
    return known


def findings(dataset: Dataset) -> list[Finding]:
    """Return what is wrong with the table ``event``: errors refuse the calendar, warnings are listed.

    Parameters
    ----------
    dataset
        With the table ``event``.
    """
    return list(_findings(dataset))


def _findings(dataset: Dataset) -> Iterator[Finding]:
    zones = available_timezones()
    known = set(dataset["party"]["party_id"]) | set(dataset["place"]["place_id"])
    for row in dataset["event"].iter_rows(named=True):
        name = row["event_id"]

        def told(
            column: str,
            problem: str,
            remedy: str,
            severity: Severity = Severity.ERROR,
            row: Mapping[str, Any] = row,
            name: str = name,
        ) -> Finding:
            return Finding("event", name, column, str(row[column] or "")[:100], problem, remedy, severity)

        end = row["end"] or row["start"]
        if end < row["start"]:
            yield told("end", f"ends before it starts on {row['start']}", "correct one of the two days")
        elif end == row["start"] and (row["end_time"] or "24:00") < (row["start_time"] or "00:00"):
            yield told(
                "end_time", f"ends before it starts at {row['start_time']}", "correct one of the two times"
            )
        elif (end - row["start"]).days > 366:
            yield told("end", "lasts more than a year", "enter its parts as events of their own")
        if (row["start_time"] is None) != (row["end_time"] is None):
            yield told("start_time", "one of the two times is missing", "give both, or neither for all day")
        if not 1900 <= row["start"].year <= 2199:
            yield told("start", "lies outside the years 1900 to 2199", "correct the year")
        if row["time_zone"] is not None and row["time_zone"] not in zones:
            yield told("time_zone", "is no IANA time zone", "write it as Area/City, such as Asia/Almaty")
        elif row["recurrence"] is not None and 1900 <= row["start"].year <= 2199:
            try:
                days(row["recurrence"], row["start"], row["start"], row["start"])
            except ValueError as fault:
                yield told("recurrence", str(fault), "write a rule by days such as FREQ=YEARLY;COUNT=5")
        for column in ("except_dates", "extra_dates"):
            for text in _split(row[column]):
                try:
                    dt.date.fromisoformat(text)
                except ValueError:
                    yield told(column, f"{text[:40]!r} is no day", "write days as 2026-05-01, separated by |")
        for party in _split(row["parties"]):
            if party not in known:
                yield told("parties", f"{party[:80]!r} is neither a party nor a place", "add it to party.csv",
                           Severity.WARNING)  # fmt: skip
        if row["parties"] and row["kind"] in ATTENDED and not (row["place_id"] or row["node_id"]):
            yield told("place_id", "parties come but it is not known where", "give the place or node; until then "
                       "no clash is looked for", Severity.WARNING)  # fmt: skip


def occurrences(dataset: Dataset, year: int, window: int) -> list[Occurrence]:
    """Return everything that falls on a day of the year, in order of its first day.

    Parameters
    ----------
    dataset
        With ``event`` (free of errors), ``target`` and, once there is a plan, ``plan``.
    year
        Calendar year.
    window
        Days by which an event may be moved that says nothing of it.

    Raises
    ------
    ValueError
        If there are more than 20,000.
    """
    known = spots(dataset)
    found: list[Occurrence] = []
    for row in dataset["event"].iter_rows(named=True):
        for occurrence in _of_event(row, year, window, known):
            found.append(occurrence)
            if len(found) > MOST:
                raise ValueError(f"more than {MOST} events in {year}")
    for row in dataset["target"].iter_rows(named=True):
        if row["deadline"] == year:
            day, spot = dt.date(year, 12, 31), known.get(("place", row["place_id"]))
            parties = frozenset([row["party_id"]] if row["party_id"] else [])
            found.append(
                Occurrence(
                    f"target:{row['target_id']}",
                    row["label"],
                    "deadline",
                    day,
                    day,
                    spot=spot,
                    parties=parties,
                )
            )
    names = dict(dataset["project"].select("project_id", "name").iter_rows())
    for row in dataset["plan"].iter_rows(named=True):
        if row["open_year"] == year:
            day, title = dt.date(year, 1, 1), names.get(row["project_id"], row["project_id"])
            found.append(
                Occurrence(f"plan:{row['project_id']}", f"Opens by plan: {title}", "milestone", day, day)
            )
    return sorted(found, key=lambda o: (o.start, o.event_id))


def _of_event(
    row: Mapping[str, Any], year: int, window: int, known: Mapping[tuple[str, str], Spot]
) -> Iterator[Occurrence]:
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    length = (row["end"] or row["start"]) - row["start"]
    begins, ends = (dt.time.fromisoformat(row[c]) if row[c] else None for c in ("start_time", "end_time"))
    # An event that began late in the year before still fills the first days of this one.
    starts = {row["start"]}
    if row["recurrence"]:
        zone = row["time_zone"] or "UTC"
        starts |= set(days(row["recurrence"], row["start"], first - length, last, time=begins, zone=zone))
    starts |= {dt.date.fromisoformat(text) for text in _split(row["extra_dates"])}
    starts -= {dt.date.fromisoformat(text) for text in _split(row["except_dates"])}
    spot = known.get(("node", row["node_id"])) or known.get(("place", row["place_id"]))
    moves = row["kind"] in ATTENDED and not row["fixed"]
    for start in sorted(starts):
        if start <= last and start + length >= first:
            yield Occurrence(
                row["event_id"], row["title"], row["kind"], start, start + length, begins, ends, row["time_zone"],
                spot, frozenset(_split(row["parties"])),
                (row["window"] if row["window"] is not None else window) if moves else 0,
                row["join_with"], row["series"],
            )  # fmt: skip


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split("|") if part.strip()]
