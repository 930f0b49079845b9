"""When an event comes again: iCalendar rules (RFC 5545), opened within a window of days and never beyond it.

Receives the first day and the rule's text; hands on days. python-dateutil does the expansion. Two things keep a hostile
rule from running for ever: rules finer than a day are refused, and the expansion is done 7,600 years later, where the
library's own end of time (the year 9999) is near. The Gregorian calendar repeats exactly every 400 years, weekdays
included, so nothing else changes.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_LATER = 7600
_DAYS_LATER = _LATER // 400 * 146_097
_PARTS = frozenset(
    [
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
    ]
)
_LIST = re.compile(r"[+-]?\d{0,3}[A-Z]{0,2}(?:,[+-]?\d{0,3}[A-Z]{0,2})*")


def parts(rule: str) -> dict[str, str]:
    """Return the parts of a recurrence rule by name.

    Parameters
    ----------
    rule
        Text of an ``RRULE``, with or without that word before it.

    Raises
    ------
    ValueError
        If it is no rule, or one finer than a day; the message says what is wrong.

    Examples
    --------
    >>> parts("FREQ=YEARLY;BYMONTH=10")
    {'FREQ': 'YEARLY', 'BYMONTH': '10'}
    """
    found: dict[str, str] = {}
    for piece in rule.strip().upper().removeprefix("RRULE:").strip(";").split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value:
            raise ValueError(f"{piece!r} is not of the form NAME=VALUE")
        if name not in _PARTS:
            raise ValueError(f"{name} is not a part of a rule by days")
        if name in found:
            raise ValueError(f"{name} stands twice")
        if not _LIST.fullmatch(value) and name not in {"FREQ", "UNTIL", "COUNT", "INTERVAL"}:
            raise ValueError(f"{name}={value[:40]} cannot be read")
        found[name] = value
    if found.get("FREQ") not in FREQUENCIES:
        raise ValueError(f"FREQ is not one of {', '.join(FREQUENCIES)}")
    for name, most in (("INTERVAL", 1000), ("COUNT", 100_000)):
        value = found.get(name, "1")
        if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= most:
            raise ValueError(f"{name} is not a whole number from 1 to {most}")
    return found


def days(
    rule: str,
    start: dt.date,
    first: dt.date,
    last: dt.date,
    *,
    time: dt.time | None = None,
    zone: str = "UTC",
) -> list[dt.date]:
    """Return the days between ``first`` and ``last`` on which the rule begins an event.

    Parameters
    ----------
    rule
        Text of an ``RRULE``; without an end it is opened within the window alone.
    start
        First day of the event, which counts as an occurrence even where the rule leaves it out.
    first, last
        The window, both days within it; years 1900 to 2200.
    time, zone
        Local time at which the event begins, and its zone; they tell on which day an ``UNTIL`` in UTC falls.

    Raises
    ------
    ValueError
        If the rule cannot be read.

    Examples
    --------
    >>> [str(day) for day in days("FREQ=MONTHLY;BYDAY=-1FR", dt.date(2026, 1, 30),
    ...                           dt.date(2026, 1, 1), dt.date(2026, 3, 31))]
    ['2026-01-30', '2026-02-27', '2026-03-27']
    """
    given = parts(rule)
    until = last
    if (text := given.pop("UNTIL", "")) != "":
        until = min(last, _until(text, time, zone))
    begin = start
    step = {"DAILY": 1, "WEEKLY": 7}.get(given["FREQ"], 0) * int(given.get("INTERVAL", "1"))
    # A weekly rule counts whole weeks from the first one, which may begin before the window does.
    ahead = (first - start).days - 7 * int(given.get("INTERVAL", "1")) - 7
    if step and "COUNT" not in given and ahead > 0:
        begin = start + dt.timedelta(ahead // step * step)
    text = ";".join(f"{name}={value}" for name, value in given.items())
    found: list[dt.date] = []
    if until >= first:
        later = dt.datetime(begin.year + _LATER, begin.month, begin.day)
        until_later = dt.date(until.year + _LATER, until.month, until.day)
        try:
            for moment in rrulestr(text, dtstart=later):
                if moment.date() > until_later:
                    break
                found.append(moment.date() - dt.timedelta(_DAYS_LATER))
        except (KeyError, IndexError, TypeError, ArithmeticError) as fault:
            raise ValueError(f"{rule[:80]!r} is no rule: {fault}") from None
    return sorted({day for day in [start, *found] if first <= day <= last})


def _until(text: str, time: dt.time | None, zone: str) -> dt.date:
    match = re.fullmatch(r"(\d{8})(?:T(\d{6})(Z?))?", text)
    if match is None:
        raise ValueError(f"UNTIL={text[:40]} is neither a day nor a moment")
    moment = dt.datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")
    if match[2] is None or time is None:
        return moment.date()
    if match[3]:
        moment = moment.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return moment.date() if moment.time() >= time else moment.date() - dt.timedelta(1)
