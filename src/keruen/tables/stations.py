"""Tables of what stands behind one crossing: its stations, who comes when, closures, and quotas of the neighbour.

All are optional. A crossing without stations is its two posts (``post``); one with stations is simulated station by station.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, date, key, quantity, ref, text

STATION_KINDS = (
    "arrival_yard", "customs", "inspection", "gauge_change", "berth", "ferry_departure", "other",
)  # fmt: skip
DISTRIBUTIONS = ("deterministic", "exponential", "erlang", "lognormal", "empirical")
CLOSURE_REASONS = ("weather", "holiday", "strike", "works")


class Station(dy.Schema):
    """A station of a crossing or port. Vehicles visit those of a crossing in order; back, in the opposite order."""

    crossing_id = key("Crossing.", references="crossing")
    station_id = key("Identifier within the crossing.")
    country = ref("place", "Side on which it stands.")
    sequence = count("1", "Order of passage along the crossing's link.", minimum=0)
    kind = choice(STATION_KINDS, "What is done there.")
    servers = quantity(
        "1", "Lanes, tracks, teams or berths that work in parallel; of a ferry, units that one sailing takes.",
        above=0.0,
    )  # fmt: skip
    service_time = quantity(
        "h", "Mean time of one unit at a server; of a ferry, mean time between two sailings.", above=0.0
    )
    service_cv = quantity("1", "Coefficient of variation of that time.", minimum=0.0)
    distribution = choice(
        DISTRIBUTIONS, "Distribution of that time; null for the simplest with this mean and variation.", nullable=True
    )  # fmt: skip
    observed = text("Observed times [h], separated by |, where the distribution is empirical.")
    opens = quantity(
        "h", "Opening time on the local clock; null for round the clock.", nullable=True, evidence=False,
        minimum=0.0, maximum=24.0,
    )  # fmt: skip
    closes = quantity(
        "h", "Closing time on the local clock; at or before the opening it lies on the next day.", nullable=True,
        evidence=False, minimum=0.0, maximum=24.0,
    )  # fmt: skip
    weekdays = text("Days on which it opens, 1 for Monday, as in 12345; null for all.")
    timezone = text("Local clock by IANA name, such as Asia/Almaty; null for UTC.")
    room = quantity(
        "1", "Units that fit there, waiting or served; who finds no room blocks the station before. Null: no limit.",
        nullable=True, above=0.0,
    )  # fmt: skip
    explains = text("Cause in delay_cause that this station makes plain; it is not added to the time there.")
    note = text("What is known of it.")


class Traffic(dy.Schema):
    """How vehicles come to a crossing: in what number at once, and when. Weights are relative, separated by |."""

    crossing_id = key("Crossing.", references="crossing")
    units_per_vehicle = quantity(
        "1", "Units that arrive together and that stations count: wagons of a train, trucks of a ferry.", above=0.0
    )  # fmt: skip
    by_hour = text("24 weights of the hours of the day, from midnight; null for even arrivals.")
    by_weekday = text("7 weights of the days of the week, from Monday.")
    by_month = text("12 weights of the months, from January.")


class TrafficClass(dy.Schema):
    """Part of the traffic of a crossing with a rank of its own: perishables, transit, authorised operators."""

    crossing_id = key("Crossing.", references="crossing")
    class_id = key("Class.")
    share = quantity("1", "Share of the vehicles; those of a crossing add up to 1.", minimum=0.0, maximum=1.0)
    rank = count("1", "Order of service, 0 first; nobody is interrupted.", minimum=0, maximum=99)
    before_slot = quantity(
        "h", "Mean time by which vehicles come before their appointment; null without one.", nullable=True, above=0.0
    )  # fmt: skip


class Closure(dy.Schema):
    """Days on which a crossing is closed or narrowed."""

    closure_id = key("Identifier.")
    crossing_id = ref("crossing", "Crossing.")
    country = ref("place", "Side; null for both.", nullable=True)
    first_day = date("First day.", nullable=False)
    last_day = date("Last day.", nullable=False)
    open_share = quantity("1", "Share of the lanes that stay open.", minimum=0.0, maximum=1.0)
    reason = choice(CLOSURE_REASONS, "Why.")
    note = text("What is known of it.")


class Quota(dy.Schema):
    """Most vehicles a day that a country lets in at a crossing: delay by it is no queue, and no lane shortens it."""

    crossing_id = key("Crossing.", references="crossing")
    country = key("Country that lets in.", references="place")
    vehicles_per_day = quantity("1/day", "Most that it lets in.", above=0.0)
    valid_from = date("First day; null for always.")
    valid_to = date("Last day; null while in force.")
    note = text("What is known of it.")
