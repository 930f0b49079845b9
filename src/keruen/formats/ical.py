"""Calendars of ordinary programs (iCalendar, RFC 5545): read into the table ``event`` and written from it.

Every VEVENT is read on its own, so that one that is malformed costs a finding and not the file. Recurrence is kept as the
rule it is, never opened here. What iCalendar has no property for (kind, parties, place, window) travels as ``X-KERUEN-``
properties, so that a round trip loses nothing. Names and addresses of people who attend are not kept, which is said.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import polars as pl
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from keruen.errors import Finding, InputError, Severity
from keruen.tables.calendar import EVENT_KINDS, Event
from keruen.tables.folder import read_text
from keruen.tables.store import write_atomically

MAX_BYTES = 8 * 2**20
"""Largest file that is read."""
STAMP = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""DTSTAMP of written events, the same in every run."""
_ZONES = frozenset(available_timezones())
_OWN = "@keruen"
_DEADLINES = ("deadline", "milestone")
_FIELDS = {
    "place_id": "X-KERUEN-PLACE",
    "node_id": "X-KERUEN-NODE",
    "parties": "X-KERUEN-PARTIES",
    "join_with": "X-KERUEN-JOIN",
    "series": "X-KERUEN-SERIES",
}
_KEPT = frozenset(
    [
        "UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "LOCATION", "RRULE", "EXDATE", "RDATE",
        "CATEGORIES", "RECURRENCE-ID", "X-KERUEN-FIXED", "X-KERUEN-WINDOW", *_FIELDS.values(),
        # About the entry in its program and not about the event:
        "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "CLASS", "PRIORITY",
    ]
)  # fmt: skip


def write_events(events: pl.DataFrame, path: str | Path, *, name: str = "Keruen") -> None:
    """Write events as an iCalendar file that calendar programs open; the same events give the same bytes.

    Parameters
    ----------
    events
        Rows of the table ``event``.
    path
        File to write.
    name
        Name under which programs show the calendar.
    """
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//Keruen//Calendar//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    for row in events.sort("event_id").iter_rows(named=True):
        calendar.add_component(_component(row))
    if events.height:
        # Rules without an end are covered by the time zones' rules for a generation.
        first = min(events["start"].to_list()).replace(month=1, day=1)
        calendar.add_missing_timezones(first_date=first, last_date=dt.date(max(first.year, 2006) + 32, 1, 1))
    write_atomically(Path(path), calendar.to_ical())


def _component(row: dict[str, Any]) -> icalendar.Event:
    event = icalendar.Event()
    event.add("UID", row["event_id"] if "@" in row["event_id"] else row["event_id"] + _OWN)
    event.add("DTSTAMP", STAMP)
    event.add("SUMMARY", row["title"])
    last = row["end"] or row["start"]
    timed = row["start_time"] is not None and row["end_time"] is not None
    start: dt.date = row["start"]
    if timed:
        zone = ZoneInfo(row["time_zone"]) if row["time_zone"] is not None else None
        start = dt.datetime.combine(start, dt.time.fromisoformat(row["start_time"]), zone)
        event.add("DTSTART", start)
        event.add("DTEND", dt.datetime.combine(last, dt.time.fromisoformat(row["end_time"]), zone))
    else:
        event.add("DTSTART", start)
        event.add("DTEND", last + dt.timedelta(1))
    if row["recurrence"]:
        event.add("RRULE", icalendar.vRecur.from_ical(row["recurrence"]))
    for column, name in (("except_dates", "EXDATE"), ("extra_dates", "RDATE")):
        for text in (row[column] or "").split("|"):
            if text:
                day = dt.date.fromisoformat(text)
                event.add(
                    name,
                    dt.datetime.combine(day, start.time(), start.tzinfo)
                    if isinstance(start, dt.datetime)
                    else day,
                )
    event.add("CATEGORIES", [row["kind"]])
    if row["kind"] in ("holiday", *_DEADLINES):
        event.add("TRANSP", "TRANSPARENT")
    if row["location"]:
        event.add("LOCATION", row["location"])
    if row["note"]:
        event.add("DESCRIPTION", row["note"])
    for column, name in _FIELDS.items():
        if row[column]:
            event.add(name, icalendar.vText(row[column]))
    event.add("X-KERUEN-FIXED", str(row["fixed"]).upper())
    if row["window"] is not None:
        event.add("X-KERUEN-WINDOW", str(row["window"]))
    return event


def read_events(path: str | Path, *, kind: str = "business") -> tuple[pl.DataFrame, list[Finding]]:
    """Return the events of an iCalendar file as rows of ``event``, and what was wrong or could not be kept.

    Parameters
    ----------
    path
        File to read, at most 8 MiB.
    kind
        Kind of events whose categories name none.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, or holds no calendar.
    """
    file = Path(path)
    text = read_text(file, MAX_BYTES)
    if kind not in EVENT_KINDS:
        raise InputError([Finding(file.name, "", "kind", kind, "is no kind of event", f"give one of {', '.join(EVENT_KINDS)}")])  # fmt: skip
    if re.search(r"^BEGIN:VCALENDAR\s*$", text, re.IGNORECASE | re.MULTILINE) is None:
        raise InputError([Finding(file.name, "", "", "", "holds no calendar (no BEGIN:VCALENDAR)", "export it as iCalendar (.ics)")])  # fmt: skip
    reader = _Reader(file.name, kind)
    for line, block in _blocks(text, reader.findings, file.name):
        reader.read(line, block)
    rows = reader.settled()
    frame: pl.DataFrame = Event.validate(pl.DataFrame(rows, schema=Event.create_empty().schema))
    return frame, sorted(reader.findings)


def _blocks(text: str, findings: list[Finding], file: str) -> Iterator[tuple[int, str]]:
    """Yield each VEVENT with the number of its first line; what stands in no event but should is told."""
    begun, lines, inner = 0, list[str](), 0
    for number, line in enumerate(text.split("\n"), 1):
        # A line that begins with a blank continues the one above and begins nothing.
        line = line.rstrip("\r")
        word = line.rstrip().upper()
        if word == "BEGIN:VEVENT":
            if begun:
                findings.append(_told(file, begun, "END:VEVENT", "", "is missing; the event is left out",
                                      "end every event before the next begins"))  # fmt: skip
            begun, lines, inner = number, [], 0
        elif word in ("BEGIN:VTODO", "BEGIN:VJOURNAL", "BEGIN:VFREEBUSY"):
            findings.append(
                _told(file, number, "", word[6:], "is no event and is left out", "enter it as an event")
            )
        if begun:
            if word.startswith("BEGIN:") and word != "BEGIN:VEVENT":
                inner += 1
            if not inner:
                lines.append(line)
            if word.startswith("END:") and word != "END:VEVENT":
                inner -= 1
            if word == "END:VEVENT":
                yield begun, "\r\n".join(lines) + "\r\n"
                begun = 0
    if begun:
        findings.append(_told(file, begun, "END:VEVENT", "", "is missing; the event is left out", "the file seems to be cut off"))  # fmt: skip


def _told(file: str, line: int, column: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding(file, f"line {line}", column, value[:100], problem, remedy, Severity.WARNING)


class _Reader:
    """Rows so far, and what was found on the way."""

    def __init__(self, file: str, kind: str) -> None:
        self.file, self.kind = file, kind
        self.findings: list[Finding] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self.replaced: list[tuple[str, dt.date]] = []
        self.line = 0

    def tell(self, column: str, value: object, problem: str, remedy: str) -> None:
        self.findings.append(_told(self.file, self.line, column, str(value), problem, remedy))

    def read(self, line: int, block: str) -> None:
        """Read one event, or tell why it cannot be."""
        self.line = line
        try:
            event = icalendar.Event.from_ical(block)
            assert isinstance(event, icalendar.Event)
            row = self._row(event)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as fault:
            self.tell("", str(fault), "the event cannot be read and is left out", "correct it in the file")
            return
        name, copy = row["event_id"], 1
        while row["event_id"] in self.rows:
            copy += 1
            row["event_id"] = f"{name}/{copy}"
        if copy > 1:
            self.tell("UID", name, f"stands twice; the later one is kept as {row['event_id']}", "give each event a UID of its own")  # fmt: skip
        self.rows[row["event_id"]] = row

    def settled(self) -> list[dict[str, Any]]:
        """Return the rows; a time that was moved by hand is taken out of its rule."""
        for name, day in self.replaced:
            if name in self.rows:
                dates = {d for d in (self.rows[name]["except_dates"] or "").split("|") if d} | {
                    day.isoformat()
                }
                self.rows[name]["except_dates"] = "|".join(sorted(dates))
        for row in self.rows.values():
            if row["join_with"] is not None and row["join_with"] not in self.rows:
                self.findings.append(Finding(self.file, row["event_id"], "X-KERUEN-JOIN", row["join_with"],
                                             "names an event that is not in the file", "add it to the table event",
                                             Severity.WARNING))  # fmt: skip
        return list(self.rows.values())

    def _row(self, event: icalendar.Event) -> dict[str, Any]:
        if event.errors:
            self.tell(
                str(event.errors[0][0] or ""), event.errors[0][1], "cannot be read", "correct it in the file"
            )
        start = _moment(event, "DTSTART")
        if start is None:
            raise ValueError("no DTSTART")
        end = self._end(event, start)
        row: dict[str, Any] = dict.fromkeys(Event.columns(), None)
        row["event_id"] = self._identifier(event, start)
        row["title"] = self._text(event, "SUMMARY") or "(no title)"
        row["kind"] = self._kind(event)
        row["start"] = _day(start)
        row["end"] = _day(end) if _day(end) != _day(start) else None
        if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
            row["start_time"], row["end_time"] = start.strftime("%H:%M"), end.strftime("%H:%M")
            row["time_zone"] = self._zone(event, start)
        rule = event.get("RRULE")
        if isinstance(rule, list):
            self.tell("RRULE", len(rule), "stands more than once; the first is kept", "split the event")
            rule = rule[0]
        if rule is not None:
            row["recurrence"] = rule.to_ical().decode()
        row["except_dates"] = self._dates(event, "EXDATE", start)
        row["extra_dates"] = self._dates(event, "RDATE", start)
        row["location"], row["note"] = self._text(event, "LOCATION"), self._text(event, "DESCRIPTION")
        for column, name in _FIELDS.items():
            row[column] = self._text(event, name)
        row["fixed"] = str(event.get("X-KERUEN-FIXED", "FALSE")).upper() == "TRUE"
        days = str(event.get("X-KERUEN-WINDOW", ""))
        row["window"] = int(days) if re.fullmatch(r"\d{1,3}", days, re.ASCII) and int(days) <= 183 else None
        lost = sorted({str(name).upper() for name in event} - _KEPT)
        if lost:
            self.tell("", ", ".join(lost), "is not kept", "put what matters into the description")
        return row

    def _end(self, event: icalendar.Event, start: dt.date) -> dt.date:
        end = _moment(event, "DTEND")
        if end is None:
            length = event.get("DURATION")
            whole = not isinstance(start, dt.datetime)
            end = start + (length.dt if length is not None else dt.timedelta(1 if whole else 0))
        elif isinstance(end, dt.datetime) != isinstance(start, dt.datetime):
            self.tell("DTEND", end, "is a day where DTSTART is a moment, or the reverse; the day is kept", "write both alike")  # fmt: skip
            return start if isinstance(start, dt.datetime) else max(start, _day(end))
        elif isinstance(end, dt.datetime) and isinstance(start, dt.datetime):
            if (end.tzinfo is None) != (start.tzinfo is None):
                end = end.replace(tzinfo=start.tzinfo)
            elif start.tzinfo is not None:
                end = end.astimezone(start.tzinfo)
        # An all-day event ends before its DTEND; some programs write the same day for one day.
        if not isinstance(start, dt.datetime) and end == start:
            return start
        if end < start:
            self.tell("DTEND", end, f"ends before it starts at {start}; kept as if it ended when it starts", "correct the end")  # fmt: skip
            return start
        return end if isinstance(end, dt.datetime) else end - dt.timedelta(1)

    def _identifier(self, event: icalendar.Event, start: dt.date) -> str:
        told = str(event.get("UID", "")).strip().removesuffix(_OWN)
        name = re.sub(r"\s+", " ", told)
        if not name or len(name) > 180:
            # Without one, the event's own words tell it from others, the same in every reading.
            name = (
                "ics-"
                + hashlib.sha256(f"{told}|{start}|{event.get('SUMMARY', '')}".encode()).hexdigest()[:16]
            )
            self.tell("UID", told, f"is missing or too long; {name} is taken", "give the event a short UID")
        again = _moment(event, "RECURRENCE-ID")
        if again is not None:
            self.replaced.append((name, _day(again)))
            return f"{name}/{_day(again)}"
        return name

    def _kind(self, event: icalendar.Event) -> str:
        given = event.get("CATEGORIES", [])
        for group in given if isinstance(given, list) else [given]:
            for word in getattr(group, "cats", [group]):
                if str(word).strip().lower() in EVENT_KINDS:
                    return str(word).strip().lower()
        self.tell("CATEGORIES", "", f"names no kind of event; {self.kind} is taken", f"give one of {', '.join(EVENT_KINDS)}")  # fmt: skip
        return self.kind

    def _zone(self, event: icalendar.Event, start: dt.datetime) -> str | None:
        told = (
            str(event["DTSTART"].params.get("TZID", "")).strip('"')
            if not isinstance(event["DTSTART"], list)
            else ""
        )
        if not told:
            return "UTC" if start.tzinfo is not None else None
        zone = told if told in _ZONES else WINDOWS_TO_OLSON.get(told)
        if zone is None:
            self.tell("TZID", told, "is no known time zone; the local time is kept", "use IANA names such as Asia/Almaty")  # fmt: skip
        return zone

    def _dates(self, event: icalendar.Event, name: str, start: dt.date) -> str | None:
        given = event.get(name, [])
        found: set[dt.date] = set()
        for group in given if isinstance(given, list) else [given]:
            for item in group.dts:
                if isinstance(item.dt, tuple):
                    self.tell(
                        name,
                        item.dt[0],
                        "is a period; its first day is kept",
                        "enter it as an event of its own",
                    )
                    found.add(_day(item.dt[0]))
                else:
                    moment = item.dt
                    zoned = [
                        m for m in (moment, start) if isinstance(m, dt.datetime) and m.tzinfo is not None
                    ]
                    if len(zoned) == 2:
                        moment = zoned[0].astimezone(zoned[1].tzinfo)
                    found.add(_day(moment))
        return "|".join(sorted(day.isoformat() for day in found)) or None

    def _text(self, event: icalendar.Event, name: str) -> str | None:
        given = event.get(name)
        text = "\n".join(str(part) for part in given) if isinstance(given, list) else str(given or "")
        text, most = text.strip(), 2000
        if name in ("X-KERUEN-PLACE", "X-KERUEN-NODE", "X-KERUEN-JOIN"):
            text, most = " ".join(text.split()), 200
        if len(text) > most:
            self.tell(name, text[:40], f"is longer than {most} signs; the rest is left out", "shorten it")
            text = text[:most].strip()
        return text or None


def _moment(event: icalendar.Event, name: str) -> dt.date | None:
    given = event.get(name)
    if isinstance(given, list):
        raise ValueError(f"{name} stands more than once")
    if given is None:
        return None
    found = given.dt
    if not isinstance(found, dt.date):
        raise ValueError(f"{name} is no day")
    return found


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment
