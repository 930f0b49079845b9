"""Recurrence: against dateutil itself within its own years, and rules that never end."""

from __future__ import annotations

import datetime as dt

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.calendar.recurrence import days, parts

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
RULES = st.builds(
    lambda freq, interval, more: ";".join([f"FREQ={freq}", f"INTERVAL={interval}", *more]),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.lists(
        st.sampled_from(
            ["COUNT=7", "BYMONTH=2,10", "BYMONTHDAY=-1", "BYDAY=MO,FR", "WKST=SU", "UNTIL=20400229"]
        ),
        unique_by=lambda p: p.split("=")[0],
        max_size=2,
    ).filter(lambda ps: not {"COUNT=7", "UNTIL=20400229"} <= set(ps)),
)


@settings(max_examples=80, deadline=None)
@given(RULES, DAYS, DAYS)
def test_days_are_those_of_the_rule(rule: str, start: dt.date, first: dt.date) -> None:
    last = first + dt.timedelta(400)
    midnight = dt.time()
    whole = rrulestr(rule, dtstart=dt.datetime.combine(start, midnight))
    expected = {
        m.date()
        for m in whole.between(
            dt.datetime.combine(first, midnight), dt.datetime.combine(last, midnight), inc=True
        )
    }
    assert set(days(rule, start, first, last)) == expected | ({start} if first <= start <= last else set())


def test_a_rule_without_end_is_opened_in_the_window_alone() -> None:
    day = dt.date(2026, 1, 1)
    assert len(days("FREQ=DAILY", dt.date(1900, 1, 1), day, dt.date(2026, 12, 31))) == 365
    never = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    assert days(never, dt.date(1900, 1, 1), day, dt.date(2026, 12, 31)) == []


def test_an_end_in_utc_is_understood_in_the_zone() -> None:
    """19:00 UTC on the first is midnight of the second in Almaty: the day of the second no longer counts at 10:00."""
    window = (dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    rule = "FREQ=DAILY;UNTIL=20260601T190000Z"
    got = days(rule, window[0], *window, time=dt.time(10), zone="Asia/Almaty")
    assert got == [dt.date(2026, 6, 1)]
    later = "FREQ=DAILY;UNTIL=20260602T050000Z"
    assert len(days(later, window[0], *window, time=dt.time(10), zone="Asia/Almaty")) == 2


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ", "FREQ=SECONDLY", "FREQ=HOURLY;INTERVAL=1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=99999999999999999999", "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;UNTIL=20269999",
        "FREQ=DAILY;BYHOUR=1,2", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;BYMONTH=,,",
        "FREQ=DAILY;COUNT=\u0661",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    day = dt.date(2026, 1, 1)
    with pytest.raises(ValueError, match=r"\S"):
        days(rule, day, day, day)


def test_parts_are_told_apart() -> None:
    assert parts("RRULE:freq=weekly;byday=MO") == {"FREQ": "WEEKLY", "BYDAY": "MO"}
