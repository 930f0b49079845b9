"""A calendar of a calendar program beside that of the model, and the year as a picture."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from keruen.calendar import beside, calendar, picture
from keruen.calendar.picture import MOST
from keruen.chain import evidence_of
from keruen.errors import InputError
from keruen.formats.ical import read_events
from keruen.tables import Dataset

FORUM = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Elsewhere//EN
BEGIN:VEVENT
UID:forum@elsewhere
SUMMARY:Forum of investors
DTSTART;VALUE=DATE:20250421
LOCATION:Congress Centre\\, Astana
CATEGORIES:business
END:VEVENT
BEGIN:VEVENT
UID:staff@elsewhere
SUMMARY:Staff
DTSTART;VALUE=DATE:20250303
LOCATION:Room 5
CATEGORIES:business
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return evidence_of("kazakhstan")


@pytest.fixture
def events(tmp_path: Path) -> pl.DataFrame:
    file = tmp_path / "ministry.ics"
    file.write_text(FORUM, encoding="utf-8", newline="\r\n")
    return read_events(file)[0]


def test_the_owner_of_a_calendar_attends_and_towns_are_found_by_name(
    dataset: Dataset, events: pl.DataFrame
) -> None:
    both, findings = beside(dataset, events, parties=["gov_kaz"])
    forum = both["event"].row(by_predicate=pl.col("event_id") == "forum@elsewhere", named=True)
    assert (forum["parties"], forum["node_id"], forum["place_id"]) == ("gov_kaz", "astana", "KAZ")
    assert [(f.row, f.column, f.value) for f in findings] == [("staff@elsewhere", "location", "Room 5")]
    found = calendar(both, year=2025)
    clash = found["clash"].row(0, named=True)
    assert {clash["event_id"], clash["other_event_id"]} == {"forum@elsewhere", "kaz_rus_pm_2025"}
    moved = found["calendar_proposal"].filter(pl.col("moved") != 0)
    assert moved["event_id"].to_list() == ["forum@elsewhere"]


def test_without_a_party_it_says_that_nobody_attends(dataset: Dataset, events: pl.DataFrame) -> None:
    _, findings = beside(dataset, events)
    assert [f.column for f in findings].count("parties") == 2


def test_an_unknown_party_is_refused_with_those_alike(dataset: Dataset, events: pl.DataFrame) -> None:
    with pytest.raises(InputError, match="did you mean gov_kaz"):
        beside(dataset, events, parties=["gov_kz"])


def test_the_same_event_twice_takes_the_place_of_the_first(dataset: Dataset, events: pl.DataFrame) -> None:
    once, _ = beside(dataset, events, parties=["gov_kaz"])
    later = events.with_columns(start=dt.date(2025, 6, 2))
    twice, _ = beside(once, later, parties=["gov_kaz"])
    assert twice["event"].height == once["event"].height
    assert twice["event"].filter(event_id="forum@elsewhere")["start"].to_list() == [dt.date(2025, 6, 2)]


def test_the_picture_shows_what_moves_and_counts_what_is_left_out(
    dataset: Dataset, events: pl.DataFrame
) -> None:
    both, _ = beside(dataset, events, parties=["gov_kaz"])
    drawn = ElementTree.fromstring(picture(calendar(both, year=2025)))
    words = [text.text for text in drawn.iter() if text.tag.endswith("text")]
    assert "moved by +1 days" in words
    assert "Forum of investors" in words
    many = pl.concat([events.head(1).with_columns(event_id=pl.lit(f"e{i}"), parties=pl.lit(None, pl.String))
                      for i in range(MOST + 5)])  # fmt: skip
    full = calendar(dataset.with_tables(event=many), year=2025)
    left_out = [
        t.text for t in ElementTree.fromstring(picture(full)).iter() if (t.text or "").startswith("and ")
    ]
    shown = full["calendar_proposal"].filter(pl.col("kind") != "holiday").height
    assert left_out == [f"and {shown - MOST} more"]
    with pytest.raises(ValueError, match="call calendar first"):
        picture(Dataset({}))
