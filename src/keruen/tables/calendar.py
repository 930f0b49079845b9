"""Calendar tables: when the parties meet, which meetings collide, and a calendar in which they do not.

``event`` and ``institution`` are inputs. ``clash`` and ``calendar_proposal`` are written by the room ``calendar``.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, date, flag, key, quantity, ref, text

EVENT_KINDS = ("summit", "commission", "business", "cultural", "deadline", "milestone", "holiday")
CLASHES = ("party", "travel", "holiday")


def _clock(description: str) -> dy.String:
    return dy.String(
        nullable=True,
        regex=r"^(?:[01]\d|2[0-3]):[0-5]\d$",
        description=description,
        metadata={"unit": "HH:MM"},
    )


class Event(dy.Schema):
    """A meeting, festival, deadline, milestone or public holiday, once or as often as its recurrence says."""

    event_id = key("Identifier.")
    title = text("What it is.", nullable=False)
    kind = choice(EVENT_KINDS, "What sort of event.")
    start = date("First day.", nullable=False)
    end = date("Last day; null where it is the first.")
    start_time = _clock("Local time at which the first day begins; null for all day.")
    end_time = _clock("Local time at which the last day ends; null for all day.")
    time_zone = text("IANA time zone of the times, such as Asia/Almaty; null for that of the place.")
    place_id = ref("place", "Where; for a holiday the country that keeps it.", nullable=True)
    node_id = ref("node", "Town where it is held, which has coordinates.", nullable=True)
    location = text("Where, in words.")
    parties = text("Who takes part, separated by |: a party, or a place for the leaders of a country.")
    recurrence = text("iCalendar rule (RFC 5545, RRULE) by which it comes again, such as FREQ=YEARLY.")
    except_dates = text("First days on which the rule is not kept, separated by |.")
    extra_dates = text("First days beside those of the rule, separated by |.")
    fixed = flag("True where it may not be moved.")
    window = count(
        "day",
        "Days by which it may be moved either way; null for the usual number.",
        nullable=True,
        minimum=0,
        maximum=183,
    )
    join_with = ref("event", "Event together with which it should be held.", nullable=True)
    series = text("Series whose meetings should come at regular intervals.")
    note = text("How sure the dates are, and where they were published.")


INSTITUTION_KINDS = ("format", "council", "commission", "ministry", "association", "company")


class Institution(dy.Schema):
    """A format, council, commission or office that answers for something announced, and the meetings at which it does."""

    institution_id = key("Identifier.")
    name = text("Name.", nullable=False)
    kind = choice(INSTITUTION_KINDS, "What sort of institution.")
    parties = text("Who sits in it, separated by |: a party, or a place for the leaders of a country.")
    answers_for = text(
        "What it answers for, separated by |: indicator/place/partner, with * for anything and - for none.",
        nullable=False,
    )
    meetings = text("Events, or series of events, at which it meets, separated by |.")
    next_announced = text("Next meeting as announced, where no day is set: a year, or a month as YYYY-MM.")
    citation = text("Where its task, or its next meeting, was published.")


class Clash(dy.Schema):
    """Two events that one party cannot both attend, or an event on a public holiday."""

    event_id = key("Event.")
    occurrence = key("Its first day.")
    other_event_id = key("The other event, or the holiday.")
    other_occurrence = key("Its first day.")
    kind = choice(
        CLASHES,
        "A party in two places at once; too little time to travel; a public holiday of the place.",
    )
    parties = text("Parties that both need, separated by |; empty for a holiday.")
    hours = quantity("h", "Hours for which they overlap, or hours short of the journey.", evidence=False)
    resolved = flag("True where the proposal avoids it.")
    explanation = text("In a sentence.", nullable=False)


class CalendarProposal(dy.Schema):
    """The calendar of a year: every event with the days on which it stands and those proposed."""

    event_id = key("Event.")
    occurrence = key("First day as it stands.")
    title = text("What it is.", nullable=False)
    kind = choice(EVENT_KINDS, "What sort of event.")
    start = date("First day as it stands.", nullable=False)
    end = date("Last day as it stands.", nullable=False)
    proposed_start = date("First day proposed.", nullable=False)
    proposed_end = date("Last day proposed.", nullable=False)
    moved = count("day", "Days later; negative is earlier, 0 where it stays.")
    clashes = count("1", "Clashes as it stands.", minimum=0)
    clashes_left = count("1", "Clashes as proposed.", minimum=0)
    reason = text("Why it is moved, or why a clash stays; empty where nothing is wrong.")
