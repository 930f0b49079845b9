"""iCalendar files: a round trip, what other programs write, and hostile files."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import icalendar
import polars as pl
import pytest

import keruen as kr
from keruen.calendar import agenda, calendar
from keruen.errors import InputError
from keruen.formats.ical import MAX_BYTES, read_events, write_events
from keruen.tables.calendar import Event

HEAD, TAIL = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n", "END:VCALENDAR\r\n"


def ics(tmp_path: Path, *events: str) -> Path:
    path = tmp_path / "given.ics"
    blocks = ["BEGIN:VEVENT\r\n" + e.replace("\n", "\r\n") + "\r\nEND:VEVENT\r\n" for e in events]
    path.write_text(HEAD + "".join(blocks) + TAIL, newline="")
    return path


def full() -> pl.DataFrame:
    blank = dict.fromkeys(Event.columns())
    rows = [
        blank
        | {
            "event_id": "forum", "title": "Forum; with, signs \\ of all sorts\nand a line", "kind": "business",
            "start": dt.date(2026, 3, 2), "end": dt.date(2026, 3, 4), "start_time": "10:00", "end_time": "17:30",
            "time_zone": "Asia/Almaty", "place_id": "KAZ", "node_id": "astana", "location": "Astana, hall 3",
            "parties": "gov_kaz|gov_rus", "recurrence": "FREQ=MONTHLY;BYDAY=1MO", "except_dates": "2026-05-04",
            "extra_dates": "2026-05-11|2026-05-18", "fixed": False, "window": 9, "join_with": "games",
            "series": "forums", "note": "Ә ұ қ ё " * 20 + "end",
        },
        blank | {"event_id": "games", "title": "Games", "kind": "cultural", "start": dt.date(2026, 6, 1), "fixed": True},
        blank
        | {
            "event_id": "call@elsewhere.org", "title": "Call", "kind": "commission", "start": dt.date(2026, 6, 1),
            "start_time": "23:00", "end_time": "01:00", "end": dt.date(2026, 6, 2), "time_zone": "UTC", "fixed": True,
        },
    ]  # fmt: skip
    return Event.validate(pl.DataFrame(rows, schema=Event.create_empty().schema))


def test_round_trip_loses_nothing(tmp_path: Path) -> None:
    write_events(full(), tmp_path / "a.ics")
    back, findings = read_events(tmp_path / "a.ics")
    assert findings == []
    assert back.sort("event_id").to_dicts() == full().sort("event_id").to_dicts()
    write_events(back, tmp_path / "b.ics")
    assert (tmp_path / "a.ics").read_bytes() == (tmp_path / "b.ics").read_bytes()


def test_the_reference_calendar_goes_round(tmp_path: Path) -> None:
    dataset = calendar(kr.load("kazakhstan"), year=2025)
    for frame in (dataset["event"], agenda(dataset)):
        write_events(frame, tmp_path / "a.ics")
        back, findings = read_events(tmp_path / "a.ics")
        assert findings == []
        told = frame.with_columns(end=pl.when(pl.col("end") != pl.col("start")).then("end"))
        assert back.sort("event_id").equals(told.sort("event_id"))


def test_what_programs_ask_for_is_there(tmp_path: Path) -> None:
    """RFC 5545: PRODID and VERSION; UID and DTSTAMP of every event; a VTIMEZONE for every TZID; lines of 75 octets."""
    write_events(full(), tmp_path / "a.ics")
    data = (tmp_path / "a.ics").read_bytes()
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    parsed = icalendar.Calendar.from_ical(data)
    assert parsed["VERSION"] == "2.0"
    assert parsed["PRODID"]
    assert parsed.get_missing_tzids() == set()
    assert [str(zone["TZID"]) for zone in parsed.walk("VTIMEZONE")] == ["Asia/Almaty"]
    events = parsed.walk("VEVENT")
    assert len({str(e["UID"]) for e in events}) == len(events) == 3
    assert all("DTSTAMP" in e and not e.errors for e in events)
    forum = next(e for e in events if str(e["UID"]) == "forum@keruen")
    assert forum["DTSTART"].dt.utcoffset() == dt.timedelta(hours=5)


def test_other_programs_are_understood(tmp_path: Path) -> None:
    path = ics(
        tmp_path,
        "UID:1\nSUMMARY:Windows\nDTSTART;TZID=Russian Standard Time:20260301T100000\nDURATION:PT90M",
        "UID:2\nSUMMARY:Rule\nDTSTART:20260101\nDTEND:20260102\nRRULE:FREQ=DAILY\nCATEGORIES:Travel,Summit",
        "UID:2\nSUMMARY:Moved\nDTSTART:20260112\nRECURRENCE-ID:20260110\nATTENDEE:mailto:someone@example.org",
        "SUMMARY:No identifier\nDTSTART;VALUE=DATE:20260101\nBEGIN:VALARM\nACTION:DISPLAY\nEND:VALARM",
        "UID:5\nSUMMARY:Folded\n BEGIN:VEVENT is text here\nDTSTART;VALUE=DATE:20260101",
    )
    frame, findings = read_events(path)
    rows = {row["title"]: row for row in frame.iter_rows(named=True)}
    assert (rows["Windows"]["time_zone"], rows["Windows"]["end_time"]) == ("Europe/Moscow", "11:30")
    assert rows["Rule"]["kind"] == "summit"
    assert rows["Rule"]["except_dates"] == "2026-01-10"
    assert rows["Moved"]["start"] == dt.date(2026, 1, 12)
    assert rows["No identifier"]["event_id"].startswith("ics-")
    assert "FoldedBEGIN:VEVENT is text here" in rows
    assert any("ATTENDEE" in f.value for f in findings)
    assert "someone" not in str(frame.to_dicts())


def test_faults_cost_a_finding_and_not_the_file(tmp_path: Path) -> None:
    path = ics(
        tmp_path,
        "UID:ok\nSUMMARY:Kept\nDTSTART;VALUE=DATE:20260101",
        "UID:back\nSUMMARY:Back\nDTSTART:20260102T100000Z\nDTEND:20260101T100000Z",
        "UID:nostart\nSUMMARY:No start",
        "UID:bad\nSUMMARY:Bad day\nDTSTART;VALUE=DATE:20261341",
        "UID:rule\nSUMMARY:Bad rule\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SOMETIMES",
        "UID:ok\nSUMMARY:Twice\nDTSTART;VALUE=DATE:20260101",
        "UID:zone\nSUMMARY:Zone\nDTSTART;TZID=Nowhere:20260101T100000\nDTEND;TZID=Nowhere:20260101T110000",
        "no colon here",
    )
    path.write_bytes(path.read_bytes() + b"BEGIN:VEVENT\r\nUID:cut\r\n")
    frame, findings = read_events(path)
    kept = set(frame["event_id"])
    assert {"ok", "ok/2", "back", "zone", "rule"} <= kept
    for problem in (
        "ends before it starts",
        "no DTSTART",
        "stands twice",
        "is no known time zone",
        "seems to be cut off",
    ):
        assert any(problem in f"{f.value} {f.problem} {f.remedy}" for f in findings), problem
    for word in ("20261341", "SOMETIMES"):
        assert any(word in str(f) for f in findings), word
    # Whatever is not kept is told by its line.
    assert sum(f.problem.startswith("the event cannot be read") for f in findings) == 9 - 1 - frame.height


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no calendar"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"PK\x03\x04 a zip", "no calendar"),
    ],
)
def test_what_is_no_calendar_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "x.ics").write_bytes(data)
    with pytest.raises(InputError, match=problem):
        read_events(tmp_path / "x.ics")


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "x.ics").open("wb") as file:
        file.truncate(100 * 2**20)
    begun = time.process_time()
    with pytest.raises(InputError, match=f"limit of {MAX_BYTES:,}"):
        read_events(tmp_path / "x.ics")
    assert time.process_time() - begun < 1.0
