"""Who answers for what was promised, and when they meet next."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from keruen import load, weigh
from keruen.calendar import answering, institution_findings, when_next
from keruen.calendar.institutions import institution_lines
from keruen.tables import Dataset
from keruen.tables.calendar import Event, Institution
from keruen.tables.trade import PromiseStatus
from keruen.trade import promises


def frame(schema: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    empty = schema.create_empty()
    return pl.DataFrame([dict.fromkeys(empty.columns) | r for r in rows], schema=empty.schema, orient="row")


def promise(name: str, indicator: str, place: str, partner: str | None) -> dict[str, Any]:
    return {"promise_id": name, "indicator_id": indicator, "place_id": place, "partner_id": partner,
            "as_of": dt.date(2025, 6, 1)}  # fmt: skip


def event(name: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "event_id": name,
        "title": name,
        "kind": "summit",
        "start": dt.date.fromisoformat(day),
        "fixed": True,
    } | more


def world(**institution: Any) -> Dataset:
    row = {"institution_id": "council", "name": "Council", "kind": "council", "answers_for": "transit/ALA/*"}
    return Dataset(
        {
            "institution": frame(Institution, [row | institution]),
            "promise_status": frame(
                PromiseStatus,
                [promise("a", "transit", "ALA", None), promise("b", "transit", "BOR", None), promise("c", "trade", "ALA", "BOR")],
            ),
            "event": frame(
                Event,
                [event("first", "2023-03-01", series="Talks"), event("second", "2025-09-01", series="Talks"),
                 event("yearly", "2020-04-10", recurrence="FREQ=YEARLY")],
            ),
        }
    )  # fmt: skip


def row(dataset: Dataset) -> dict[str, Any]:
    return answering(dataset).row(0, named=True)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("transit/ALA/-", ["a"]),
        ("transit/*/*", ["a", "b"]),
        ("trade/ALA/BOR|transit/BOR/-", ["b", "c"]),
        ("port/ALA/-", []),
    ],
)
def test_a_pattern_says_what_it_answers_for(pattern: str, found: list[str]) -> None:
    assert row(world(answers_for=pattern))["promises"] == found


def test_the_next_meeting_is_the_first_after_the_evidence() -> None:
    found = row(world(meetings="Talks"))
    assert (found["last_met"], found["next_meets"]) == (dt.date(2023, 3, 1), dt.date(2025, 9, 1))
    assert when_next(found) == "meets next on 2025-09-01"


def test_a_meeting_that_comes_again_is_found_in_a_later_year() -> None:
    assert row(world(meetings="yearly"))["next_meets"] == dt.date(2026, 4, 10)


def test_a_year_that_was_announced_stands_until_it_is_over() -> None:
    assert when_next(row(world(meetings="first", next_announced="2027"))) == "meets next in 2027, day not set"
    assert when_next(row(world(meetings="first", next_announced="2025"))) == "meets next in 2025, day not set"
    late = row(world(meetings="first", next_announced="2025-05"))
    assert when_next(late) == "last met 2023-03-01, next meeting not announced"
    assert when_next(row(world())) == "no meeting known"


def test_doubts_name_meetings_patterns_and_times() -> None:
    found = institution_findings(
        world(meetings="Talks|nowhere", answers_for="transit", next_announced="soon")
    )
    assert [(f.column, f.value) for f in found] == [("meetings", "nowhere"), ("answers_for", "transit"), ("next_announced", "soon")]  # fmt: skip


def test_the_institutions_of_the_reference_model_each_answer_for_something() -> None:
    dataset = promises(weigh(load("kazakhstan")).dataset)
    found = answering(dataset)
    assert institution_findings(dataset) == []
    assert all(found["promises"].list.len() > 0)
    summit = found.row(by_predicate=pl.col("institution_id") == "ca_russia_summit", named=True)
    assert (summit["last_met"], summit["next_announced"]) == (dt.date(2025, 10, 9), "2027")
    assert any("meets next in 2027" in line for line in institution_lines(found))
