"""What stands behind a crossing, where the tables tell it: stations, traffic by hour and class, closures, intake quotas.

Receives the tables ``station``, ``traffic``, ``traffic_class``, ``closure`` and ``quota``; hands on plain frozen
descriptions by crossing. Faults of all rows are gathered.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from keruen.crossings import distributions
from keruen.crossings.distributions import Distribution
from keruen.crossings.hours import ALL_WEEK
from keruen.crossings.limits import MOST_LANES
from keruen.errors import Finding, InputError, Severity
from keruen.tables.dataset import Dataset

MOST_ABOARD = 10_000
"""More units than any vessel takes."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A station of a crossing as the table ``station`` describes it, its service time ready to be drawn."""

    name: str
    country: str
    kind: str
    servers: float
    service: Distribution
    opens: float | None = None
    closes: float | None = None
    weekdays: tuple[int, ...] = ALL_WEEK
    timezone: str = "UTC"
    room: int | None = None

    @property
    def sails(self) -> bool:
        """Whether it is a ferry, which takes many at once."""
        return self.kind == "ferry_departure"

    @property
    def hours_per_day(self) -> float:
        """Opening hours, averaged over the week [h/day]."""
        if self.opens is None or self.closes is None:
            return 24.0
        return ((self.closes - self.opens) % 24.0 or 24.0) * len(self.weekdays) / 7.0

    @property
    def throughput(self) -> float:
        """Most units a day."""
        return self.servers * self.hours_per_day / self.service.mean


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of traffic: its share, its rank and the mean time by which it comes before an appointment [h]."""

    name: str
    share: float
    rank: int
    before_slot: float | None


@dataclass(frozen=True, slots=True)
class ShutDays:
    """Days on which a side (None for both) keeps only a share of its lanes open."""

    country: str | None
    first_day: date
    last_day: date
    open_share: float
    reason: str


@dataclass(frozen=True, slots=True)
class Intake:
    """Most vehicles a day that a country lets in, between two days."""

    country: str
    vehicles_per_day: float
    valid_from: date | None
    valid_to: date | None

    def holds(self, first_day: date, last_day: date) -> bool:
        """Whether it is in force at any time between two days."""
        return (self.valid_from or date.min) <= last_day and (self.valid_to or date.max) >= first_day


@dataclass(frozen=True, slots=True)
class Details:
    """All that the optional tables tell of one crossing.

    Parameters
    ----------
    stations
        In the order of passage along the link; empty where only the posts are known.
    units
        Units that one vehicle brings.
    by_hour, by_weekday, by_month
        Relative weights of arrivals; empty for even ones.
    classes
        Classes of traffic; empty for one.
    closures, quotas
        As in their tables.
    explained
        Causes of delay that the stations make plain.
    """

    stations: tuple[Stop, ...] = ()
    units: int = 1
    by_hour: tuple[float, ...] = ()
    by_weekday: tuple[float, ...] = ()
    by_month: tuple[float, ...] = ()
    classes: tuple[Kind, ...] = ()
    closures: tuple[ShutDays, ...] = ()
    quotas: tuple[Intake, ...] = ()
    explained: frozenset[str] = frozenset()

    def quota_into(self, country: str, first_day: date, last_day: date) -> float | None:
        """Return the tightest quota of a country that holds between two days; None without one."""
        return min(
            (
                q.vehicles_per_day
                for q in self.quotas
                if q.country == country and q.holds(first_day, last_day)
            ),
            default=None,
        )


NOTHING_TOLD = Details()
"""Of a crossing whose posts are all that is known."""


def read_details(
    dataset: Dataset, sides: Mapping[str, frozenset[str]]
) -> tuple[dict[str, Details], list[Finding]]:
    """Return the details of the crossings named, and everything that is wrong with them.

    Parameters
    ----------
    dataset
        Any of the optional tables.
    sides
        Countries of the posts of each crossing.
    """
    findings: list[Finding] = []
    parts: dict[str, dict[str, Any]] = {name: {} for name in sides}
    lists: dict[str, dict[str, list[Any]]] = {name: defaultdict(list) for name in sides}

    def rows(table: str, *order: str) -> Iterator[tuple[str, dict[str, Any], str]]:
        for row in dataset[table].sort(*order).iter_rows(named=True):
            if row["crossing_id"] in sides:
                label = "/".join(str(row[name]) for name in order if name not in {"sequence"})
                yield row["crossing_id"], row, label
                country = row.get("country")
                if country is not None and country not in sides[row["crossing_id"]]:
                    told = ", ".join(sorted(sides[row["crossing_id"]])) or "none"
                    findings.append(
                        Finding(table, label, "country", country, "is no side of the crossing",
                                f"the sides in post are {told}")
                    )  # fmt: skip

    for name, row, label in rows("station", "crossing_id", "sequence", "station_id"):
        stop, faults = _stop(row, label)
        findings += faults
        if stop is not None:
            lists[name]["stations"].append(stop)
        if row["explains"]:
            lists[name]["explained"].append(row["explains"])
            if dataset["delay_cause"].filter(crossing_id=name, cause=row["explains"]).is_empty():
                findings.append(
                    Finding("station", label, "explains", row["explains"], "is no delay cause of this crossing",
                            "name a cause of delay_cause, or leave it empty")
                )  # fmt: skip
    for name, row, label in rows("traffic", "crossing_id"):
        units = row["units_per_vehicle"]
        if not (isinstance(units, int | float) and 0.5 <= units <= MOST_ABOARD):
            findings.append(
                Finding("traffic", label, "units_per_vehicle", str(units), f"must lie between 1 and {MOST_ABOARD}",
                        "give the wagons of a train or the trucks of a ferry")
            )  # fmt: skip
            units = 1
        parts[name]["units"] = max(1, math.floor(units + 0.5))
        for column, n in (("by_hour", 24), ("by_weekday", 7), ("by_month", 12)):
            parts[name][column], faults = _weights(row[column], n, label, column)
            findings += faults
    for name, row, _ in rows("traffic_class", "crossing_id", "class_id"):
        lists[name]["classes"].append(Kind(row["class_id"], row["share"], row["rank"], row["before_slot"]))
    for name in sides:
        shares = [kind.share for kind in lists[name]["classes"]]
        if shares and not abs(sum(shares) - 1.0) <= 1e-6:
            findings.append(
                Finding("traffic_class", name, "share", f"{sum(shares):g}", "the shares do not add up to 1",
                        "correct them")
            )  # fmt: skip
    for name, row, label in rows("closure", "crossing_id", "closure_id"):
        if row["last_day"] < row["first_day"]:
            findings.append(
                Finding("closure", label, "last_day", str(row["last_day"]), f"lies before the first, {row['first_day']}",
                        "correct the days")
            )  # fmt: skip
        else:
            lists[name]["closures"].append(
                ShutDays(row["country"], row["first_day"], row["last_day"], row["open_share"], row["reason"])
            )
    for name, row, _ in rows("quota", "crossing_id", "country"):
        lists[name]["quotas"].append(
            Intake(row["country"], row["vehicles_per_day"], row["valid_from"], row["valid_to"])
        )
    found = {}
    for name in sides:
        told: dict[str, Any] = {key: tuple(values) for key, values in lists[name].items()}
        told["explained"] = frozenset(told.get("explained", ()))
        found[name] = Details(**parts[name], **told)
    return found, findings


def _stop(row: Mapping[str, Any], label: str) -> tuple[Stop | None, list[Finding]]:
    findings = []

    def fault(column: str, value: object, problem: str, remedy: str) -> None:
        findings.append(Finding("station", label, column, str(value), problem, remedy))

    ferry = row["kind"] == "ferry_departure"
    most = MOST_ABOARD if ferry else MOST_LANES
    for column, low, high, remedy in (
        ("servers", 0.0, most, "give what really works in parallel, or what a sailing takes"),
        ("service_time", 0.0, 8760.0, "give the hours that one unit takes, or those between two sailings"),
    ):
        if not (isinstance(row[column], int | float) and low < row[column] <= high):
            fault(column, row[column], f"must be above {low:g} and at most {high:g}", remedy)
    if not (isinstance(row["service_cv"], int | float) and 0.0 <= row["service_cv"] <= 20.0):
        fault(
            "service_cv", row["service_cv"], "must lie between 0 and 20", "give standard deviation over mean"
        )
    if (row["opens"] is None) != (row["closes"] is None):
        fault("closes", row["closes"], "opening and closing time belong together", "give both or neither")
    for column in ("opens", "closes"):
        if row[column] is not None and not 0.0 <= row[column] <= 24.0:
            fault(column, row[column], "must lie between 0 and 24 h", "give the hour of the local clock")
    if row["room"] is not None and not 1.0 <= row["room"] <= 1e6:
        fault(
            "room",
            row["room"],
            "must lie between 1 and a million",
            "give the units that fit, or leave it empty",
        )
    if ferry and row["room"] is not None:
        fault(
            "room",
            row["room"],
            "a ferry's room is what a sailing takes",
            "give it as servers and leave room empty",
        )
    weekdays = row["weekdays"] or "1234567"
    if not (set(weekdays) <= set("1234567") and len(set(weekdays)) == len(weekdays)):
        fault(
            "weekdays",
            weekdays,
            "must be days 1 to 7, each once",
            "count from Monday: 12345 is Monday to Friday",
        )
        weekdays = "1234567"
    try:
        ZoneInfo(row["timezone"] or "UTC")
    except (KeyError, ValueError, OSError):
        fault("timezone", row["timezone"], "is no known time zone", "use an IANA name such as Asia/Almaty")
    if findings:
        return None, findings
    try:
        service = _service(row)
    except InputError as error:
        return None, [
            Finding("station", label, f.column, f.value, f.problem, f.remedy) for f in error.findings
        ]
    return Stop(
        row["station_id"], row["country"], row["kind"], row["servers"], service, row["opens"], row["closes"],
        tuple(sorted(int(day) - 1 for day in weekdays)), row["timezone"] or "UTC",
        None if row["room"] is None else int(row["room"]),
    ), []  # fmt: skip


def _service(row: Mapping[str, Any]) -> Distribution:
    """Return the distribution of a station's times.

    Raises
    ------
    InputError
        If the mean, the variation or the observations do not fit it.
    """
    mean, cv = row["service_time"], row["service_cv"]
    match row["distribution"]:
        case "deterministic":
            return distributions.deterministic(mean)
        case "exponential":
            return distributions.exponential(mean)
        case "erlang":
            return distributions.erlang(mean, max(1, math.floor(1.0 / cv**2 + 0.5)) if cv > 0.0 else 101)
        case "lognormal":
            return distributions.lognormal(mean, cv)
        case "empirical":
            # The observations give the shape; the table's mean, which evidence may move, gives the level.
            seen = distributions.empirical(_numbers(row["observed"]))
            return seen.scaled(mean / seen.mean) if seen.mean > 0.0 else seen
    return distributions.matching(mean, cv)


def _numbers(text: str | None) -> list[float]:
    """Return numbers separated by |; what is none becomes not-a-number, which no table of times accepts."""
    found = []
    for part in (text or "").split("|"):
        try:
            found.append(float(part))
        except ValueError:
            if part.strip() or found:
                found.append(math.nan)
    return found


def _weights(text: str | None, n: int, label: str, column: str) -> tuple[tuple[float, ...], list[Finding]]:
    if text is None:
        return (), []
    weights = _numbers(text)
    good = len(weights) == n and all(math.isfinite(w) and w >= 0.0 for w in weights) and sum(weights) > 0.0
    if good:
        return tuple(weights), []
    return (), [
        Finding("traffic", label, column, text, f"must be {n} weights of at least 0, separated by |",
                "give one for each", Severity.ERROR)
    ]  # fmt: skip
