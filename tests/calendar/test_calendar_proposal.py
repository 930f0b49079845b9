"""Clashes and the proposal: hand-worked cases, and every small calendar against all others."""

from __future__ import annotations

import datetime as dt
import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import keruen as kr
from keruen.calendar import agenda, calendar, findings, lines, proposal, table_lines
from keruen.calendar.clashes import collision, meet
from keruen.calendar.occurrences import Occurrence, Spot, occurrences
from keruen.calendar.proposal import joined, propose, regular
from keruen.errors import InputError, KeruenWarning
from keruen.tables import Dataset
from keruen.tables.calendar import Event
from keruen.tables.evidence import Place
from keruen.tables.network import Node
from keruen.tables.programme import Party, Target

BLANK = dict.fromkeys(Event.columns()) | {"kind": "business", "fixed": False, "parties": "gov"}


def row(event_id: str, start: str, **given: object) -> dict[str, object]:
    days = {name: dt.date.fromisoformat(str(given.pop(name))) for name in ("end",) if name in given}
    return (
        BLANK
        | {"event_id": event_id, "title": event_id, "start": dt.date.fromisoformat(start)}
        | given
        | days
    )


def world(*events: dict[str, object], **tables: pl.DataFrame) -> Dataset:
    """Astana and Moscow, 2,274 km apart, in two countries."""
    frame = {
        "place": pl.DataFrame(
            [
                {"place_id": p, "name": p, "kind": "country", "parent": None, "names": None}
                for p in ("KAZ", "RUS")
            ],
            schema=Place.create_empty().schema,
        ),
        "node": pl.DataFrame(
            [
                {"node_id": n, "name": n, "country": c, "node_type": "city", "x_coord": x, "y_coord": y,
                 "located": True, "zone_id": None, "place_id": None}
                for n, c, x, y in (("astana", "KAZ", 71.42, 51.19), ("moscow", "RUS", 37.65, 55.77))
            ],
            schema=Node.create_empty().schema,
        ),
        "party": pl.DataFrame(
            [{"party_id": "gov", "name": "gov", "kind": "government", "country": "KAZ"}],
            schema=Party.create_empty().schema,
        ),
        "event": Event.validate(pl.DataFrame(list(events), schema=Event.create_empty().schema)),
    }  # fmt: skip
    return Dataset(frame | tables)


def moves(dataset: Dataset) -> dict[str, int]:
    return dict(dataset["calendar_proposal"].select("event_id", "moved").iter_rows())


def test_two_events_one_party_three_days() -> None:
    """By hand: both on Tuesday to Thursday; the nearest three working days clear of them are the next week's
    Monday to Wednesday (+6 days) or, the other way, the week before's Wednesday to Friday (-6). Of two moves of the
    same length the later is taken, and only one event moves."""
    d = calendar(
        world(
            row("a", "2026-06-09", end="2026-06-11", node_id="astana"),
            row("b", "2026-06-09", end="2026-06-11", node_id="moscow"),
        ),
        year=2026,
    )
    assert sorted(moves(d).values()) == [0, 6]
    clash = d["clash"].row(0, named=True)
    assert (clash["kind"], clash["parties"], clash["resolved"]) == ("party", "gov", True)
    # 9:00 to 18:00 two days later is 57 hours; Moscow's day begins two hours after that of Astana.
    assert clash["hours"] == pytest.approx(57 - 2)
    assert list(lines(d)) == ["Calendar 2026: 2 events, 0 deadlines and openings; 1 clash; 1 move proposed."]
    assert any("6 days later; keeps clear of" in line for line in table_lines(d))


def test_an_event_of_a_day_moves_by_a_day() -> None:
    d = world(row("a", "2026-06-10", node_id="astana", fixed=True), row("b", "2026-06-10", node_id="moscow"))
    assert moves(calendar(d, year=2026)) == {"a": 0, "b": 1}


def test_the_way_takes_time() -> None:
    events = (
        row("a", "2026-06-10", node_id="astana", fixed=True),
        row("b", "2026-06-11", node_id="moscow", window=3),
    )
    assert moves(calendar(world(*events), year=2026)) == {"a": 0, "b": 0}
    # 18:00 in Astana to 9:00 in Moscow is 17 hours; at 100 km/h the way takes 22.7.
    slow = calendar(world(*events), year=2026, speed=100.0)
    assert slow["clash"]["kind"].to_list() == ["travel"]
    assert slow["clash"]["hours"][0] == pytest.approx(22.7 - 17, abs=0.1)
    assert moves(slow) == {"a": 0, "b": 1}


def test_a_public_holiday_is_kept() -> None:
    holiday = row(
        "nauryz", "2020-03-21", end="2020-03-23", kind="holiday", place_id="KAZ", recurrence="FREQ=YEARLY",
        fixed=True, parties=None,
    )  # fmt: skip
    forum = row("forum", "2026-03-23", node_id="astana")
    d = calendar(world(holiday, forum, row("away", "2026-03-23", node_id="moscow", parties=None)), year=2026)
    assert d["clash"].select("event_id", "other_event_id", "kind").rows() == [("forum", "nauryz", "holiday")]
    assert moves(d) == {"nauryz": 0, "forum": 1, "away": 0}
    festival = forum | {"kind": "cultural"}
    assert not calendar(world(holiday, festival), year=2026)["clash"].height


def test_what_may_not_move_is_told() -> None:
    d = calendar(
        world(
            row("a", "2026-06-10", node_id="astana", fixed=True),
            row("b", "2026-06-10", node_id="moscow", fixed=True),
        ),
        year=2026,
    )
    assert not d["clash"]["resolved"].any()
    assert d["calendar_proposal"]["reason"].to_list() == [
        "still clashes with b: neither may be moved", "still clashes with a: neither may be moved",
    ]  # fmt: skip


def test_business_and_culture_are_joined_where_asked() -> None:
    fair = row("fair", "2026-09-15", end="2026-09-17", node_id="astana", fixed=True)
    days = row("days", "2026-09-24", node_id="astana", kind="cultural", join_with="fair")
    d = calendar(world(fair, days), year=2026)
    # On the next day, Friday the 18th, or earlier; the shortest move is six days.
    assert moves(d) == {"fair": 0, "days": -6}
    assert d["calendar_proposal"].filter(event_id="days")["reason"].item() == "joins fair"
    assert moves(calendar(world(fair, days | {"window": 5}), year=2026))["days"] == 0


def test_a_series_comes_at_regular_intervals() -> None:
    meetings = [
        row(f"m{k}", day, kind="commission", node_id="astana", series="commission", window=20)
        for k, day in enumerate(("2026-02-03", "2026-05-05", "2026-07-07", "2026-11-03"))
    ]
    d = calendar(world(*meetings), year=2026)
    starts = d["calendar_proposal"]["proposed_start"].sort()
    gaps = starts.diff().drop_nulls().dt.total_days().to_list()
    # Gaps of 91, 63 and 119 days: one move of the third meeting, by 21 days or more, would do; 20 are allowed.
    assert max(gaps) - min(gaps) <= 14
    assert sum(m != 0 for m in moves(d).values()) == 2
    one = calendar(world(*[m | {"window": 30} for m in meetings]), year=2026)
    assert sum(m != 0 for m in moves(one).values()) == 1


def test_deadlines_and_holidays_stand_in_the_calendar() -> None:
    target = pl.DataFrame(
        [{"target_id": "t", "label": "30 Mt", "indicator_id": "i", "place_id": "KAZ", "partner_id": None,
          "value": 1.0, "deadline": 2026, "party_id": "gov", "measure": "none", "measure_key": None}],
        schema=Target.create_empty().schema,
    )  # fmt: skip
    d = calendar(world(row("a", "2026-12-31", node_id="moscow"), target=target), year=2026)
    assert d["calendar_proposal"].select("event_id", "start", "moved").rows() == [
        ("a", dt.date(2026, 12, 31), 0), ("target:t", dt.date(2026, 12, 31), 0),
    ]  # fmt: skip
    assert agenda(d).height == 2


def test_faults_come_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        calendar(
            world(
                row("back", "2026-06-10", end="2026-06-09"),
                row("clock", "2026-06-10", start_time="10:00", end_time="09:00"),
                row("half", "2026-06-10", start_time="10:00"),
                row("zone", "2026-06-10", time_zone="Mars/Olympus"),
                row("often", "2026-06-10", recurrence="FREQ=SECONDLY"),
                row("never", "2026-06-10", recurrence="FREQ=DAILY;INTERVAL=0"),
                row("dates", "2026-06-10", except_dates="tomorrow"),
            ),
            year=2026,
        )
    assert {f.row for f in caught.value.findings if f.severity == "error"} == {
        "back", "clock", "half", "zone", "often", "never", "dates",
    }  # fmt: skip


def test_nothing_is_a_calendar_too() -> None:
    empty = calendar(Dataset({}))
    assert empty["calendar_proposal"].height == empty["clash"].height == 0
    assert list(lines(empty)) == []


SPOTS = [
    Spot("node:a", "A", frozenset({"node:a"}), 71.4, 51.2),
    Spot("node:m", "M", frozenset({"node:m"}), 37.6, 55.8),
]


@st.composite
def small_calendars(draw: st.DrawFn) -> list[Occurrence]:
    n = draw(st.integers(2, 4))
    found = []
    for k in range(n):
        start = dt.date(2026, 6, 1) + dt.timedelta(draw(st.integers(0, 11)))
        found.append(
            Occurrence(
                f"e{k}", f"e{k}", draw(st.sampled_from(["business", "summit", "cultural"])), start,
                start + dt.timedelta(draw(st.integers(0, 2))), spot=draw(st.sampled_from(SPOTS)),
                parties=frozenset(draw(st.sets(st.sampled_from("pq"), min_size=1))),
                window=draw(st.sampled_from([0, 1, 3])),
                join_with=draw(st.sampled_from([None, None, "e0"])), series=draw(st.sampled_from([None, "s"])),
            )
        )  # fmt: skip
    return sorted(found, key=lambda o: (o.start, o.event_id))


def test_two_meetings_of_a_series_have_one_interval_and_need_no_move() -> None:
    """Even on one day: only what else is wrong in their group is mended, and a wish out of reach moves nobody."""
    day = dt.date(2026, 6, 1)
    first, second = (
        Occurrence(
            name,
            name,
            "business",
            day,
            day,
            spot=SPOTS[0],
            parties=frozenset({party}),
            window=window,
            series="s",
        )
        for name, party, window in (("e0", "p", 0), ("e2", "q", 1))
    )
    late = dt.date(2026, 6, 3)
    third = Occurrence(
        "e1", "e1", "business", late, late, spot=SPOTS[0], parties=frozenset({"p"}), window=0, join_with="e0"
    )
    assert propose([first, second, third], 2026, speed=500.0).shift == (0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(small_calendars())
def test_no_other_calendar_is_better(found: list[Occurrence]) -> None:
    """Against every possible calendar: fewest clashes, then most wishes, fewest moves, fewest days."""
    n = len(found)
    near = [(i, j) for i in range(n) for j in range(i + 1, n) if meet(found[i], found[j])]
    wished = [
        (i, j) for i in range(n) for j in range(n) if found[i].join_with == found[j].event_id and i != j
    ]
    members = [i for i in range(n) if found[i].series]

    def score(by: tuple[int, ...]) -> tuple[float, ...]:
        return (
            sum(collision(found[i], found[j], speed=500.0, by=(by[i], by[j])) is not None for i, j in near),
            -sum(joined(found[i], found[j], (by[i], by[j])) for i, j in wished)
            - (bool(members) and regular([found[i] for i in members], [by[i] for i in members])),
            sum(m != 0 for m in by),
            sum(2 * abs(m) + (m < 0) for m in by),
        )

    got = propose(found, 2026, speed=500.0)
    best = min(map(score, itertools.product(*(o.shifts(2026) for o in found))))
    assert score(got.shift) == best


def test_an_event_over_new_year_is_seen_from_both() -> None:
    d = world(row("a", "2025-12-30", end="2026-01-02", node_id="astana"))
    assert [len(occurrences(d, year, 0)) for year in (2024, 2025, 2026)] == [0, 1, 1]


def test_rules_without_end_are_refused_when_they_fill_the_year() -> None:
    daily = [row(f"e{k:02}", "2020-01-01", recurrence="FREQ=DAILY") for k in range(60)]
    with pytest.raises(InputError, match="more than 20000 events in 2026"):
        calendar(world(*daily), year=2026)


def test_a_search_cut_short_still_keeps_windows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposal, "NODES", 0)
    crowd = [
        row(f"e{k:02}", f"2026-06-{1 + k % 26:02}", node_id=("astana", "moscow")[k * k % 3 % 2], window=4)
        for k in range(60)
    ]
    with pytest.warns(KeruenWarning, match="may not be the one with the fewest moves"):
        d = calendar(world(*crowd), year=2026)
    assert d["calendar_proposal"]["moved"].abs().max() <= 4
    assert d["calendar_proposal"]["clashes_left"].sum() <= d["calendar_proposal"]["clashes"].sum()
    assert d["calendar_proposal"]["clashes_left"].sum() == 2 * (~d["clash"]["resolved"]).sum()


def test_the_reference_calendar_is_whole() -> None:
    dataset = kr.load("kazakhstan")
    assert findings(dataset) == []
    d = calendar(dataset, year=2025)
    first = d["calendar_proposal"].filter(kind="holiday", start=dt.date(2025, 5, 9))["title"].to_list()
    assert first == ["Victory Day (Kazakhstan)", "Victory Day (Russia)"]
    due = d["calendar_proposal"].filter(kind="deadline")
    assert set(due["event_id"]) == {
        f"target:{t}" for t in dataset["target"].filter(pl.col("deadline") == 2025)["target_id"]
    }


def test_a_crowd_too_large_to_compare_is_moved_by_fewer_days_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """29 days of one against 29 of the other are 841 pairs: 7, then 3 days either way leave 49."""
    two = world(row("a", "2026-06-10", node_id="astana"), row("b", "2026-06-10", node_id="moscow"))
    monkeypatch.setattr(proposal, "COMPARED", 50)
    with pytest.warns(KeruenWarning, match="by more than 3 days"):
        d = calendar(two, year=2026)
    assert sorted(map(abs, moves(d).values())) == [0, 1]
    monkeypatch.setattr(proposal, "COMPARED", 0)
    with pytest.warns(KeruenWarning, match="by more than 0 days"):
        assert set(moves(calendar(two, year=2026)).values()) == {0}
