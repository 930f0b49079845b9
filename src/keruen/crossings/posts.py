"""A crossing as the tables describe it: what queues there, its two sides, and how tonnes become vehicles.

Receives a :class:`~keruen.tables.dataset.Dataset`, hands on plain frozen descriptions that every other module of this
room starts from. Faults of all crossings are gathered and told at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from keruen.crossings.described import NOTHING_TOLD, Details, Stop, read_details
from keruen.crossings.limits import MOST_LANES
from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.tables.dataset import Dataset
from keruen.tables.grades import UNGRADED

MODE_OF_KIND = {"rail": "rail", "road": "road", "port": "sea"}
DAYS_PER_YEAR = 365.0
BORDER_TABLES = ("crossing", "post", "delay_cause", "quota", "station", "traffic")
"""Tables with a column ``crossing_id`` that the delay functions are computed from."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a crossing, as it serves one direction.

    Parameters
    ----------
    country
        Whose side it is.
    regime
        ``customs`` or ``union``.
    lanes
        Servers that work in parallel for one direction.
    hours_per_day
        Opening hours [h/day], in one piece.
    service_time
        Mean time of one vehicle at a server [h].
    service_cv, arrival_cv
        Coefficients of variation of service times, and of times between arrivals where this side comes first.
    """

    country: str
    regime: str
    lanes: float
    hours_per_day: float
    service_time: float
    service_cv: float
    arrival_cv: float

    @property
    def throughput(self) -> float:
        """Most vehicles a day and direction."""
        return self.lanes * self.hours_per_day / self.service_time


@dataclass(frozen=True, slots=True)
class Border:
    """A crossing or port with its sides.

    Parameters
    ----------
    crossing_id, name, kind, grade
        As in the table ``crossing``.
    sides
        Two sides in the forward direction of the link; one at a port.
    payload
        Net load of one loaded vehicle [t].
    empty_return_share
        Share of loaded runs that come back empty.
    other_delay
        Mean delay of a vehicle that is no queue [h], all causes together but those that its stations make plain.
    link_id
        Link that passes it; None for a port.
    details
        Stations, traffic, closures and quotas, where the optional tables tell them.
    """

    crossing_id: str
    name: str
    kind: str
    grade: str
    sides: tuple[Side, ...]
    payload: float
    empty_return_share: float
    other_delay: float
    link_id: str | None
    details: Details = NOTHING_TOLD

    @property
    def direction(self) -> str:
        """From which side to which, in the order of `sides`; at a port the one country."""
        return " to ".join(dict.fromkeys(side.country for side in self.sides))

    def reversed(self) -> Border:
        """Return the crossing as those see it who pass it the other way."""
        details = replace(self.details, stations=self.details.stations[::-1])
        return replace(self, sides=self.sides[::-1], details=details)

    def quota(self, year: int | None = None) -> float | None:
        """Return the vehicles a day that the country of the last side lets in; None without a quota.

        Parameters
        ----------
        year
            Year in which it must hold; None takes the quotas that have no end.
        """
        if len(self.sides) < 2:
            return None
        first, last = (date(year, 1, 1), date(year, 12, 31)) if year else (date.max, date.max)
        return self.details.quota_into(self.sides[-1].country, first, last)

    @property
    def weaker(self) -> Side:
        """The side that can handle less; of two equals the first."""
        return min(self.sides, key=lambda side: side.throughput)

    @property
    def throughput(self) -> float:
        """Most vehicles a day and direction: of the tightest station where they are described, else of the weaker side."""
        if self.details.stations:
            return min(stop.throughput for stop in self.details.stations) / self.details.units
        return self.weaker.throughput

    @property
    def handling_time(self) -> float:
        """Mean time at the servers of all stations, or sides [h]."""
        if self.details.stations:
            return sum(stop.service.mean for stop in self.details.stations if not stop.sails)
        return sum(side.service_time for side in self.sides)

    @property
    def tightest(self) -> Side | Stop:
        """The station, or side where none is described, that can handle least; of two equals the first."""
        return min(self.details.stations, key=lambda stop: stop.throughput, default=None) or self.weaker

    def vehicles(self, forward: float, backward: float) -> tuple[float, float]:
        """Return vehicles a day in each direction for tonnes a year in each; empties come back the other way."""
        yearly = self.payload * DAYS_PER_YEAR
        share = self.empty_return_share
        return (forward + share * backward) / yearly, (backward + share * forward) / yearly

    def tonnes_at_throughput(self, forward: float = 1.0, backward: float = 1.0) -> float:
        """Return the tonnes a year at which the busier direction fills the tightest station, or side.

        The directions keep the ratio given. At a port both directions count, elsewhere the busier one.
        """
        calls = max(self.vehicles(forward, backward))
        tonnes = forward + backward if self.kind == "port" else max(forward, backward)
        return self.throughput * tonnes / calls


def read_borders(
    dataset: Dataset, crossings: Iterable[str] | None = None
) -> tuple[list[Border], list[Finding]]:
    """Return the crossings in the order of their identifiers, and warnings.

    Parameters
    ----------
    dataset
        Tables ``crossing``, ``post``, ``delay_cause``, ``link``, ``node`` and ``mode``.
    crossings
        Those wanted; None for all.

    Raises
    ------
    InputError
        If a crossing is unknown, has no post, no link or no mode, or if a post cannot serve; all faults together.
    """
    known = dataset["crossing"]
    findings: list[Finding] = []
    wanted: Sequence[str] = known["crossing_id"].to_list() if crossings is None else list(crossings)
    present = set(known["crossing_id"].to_list())
    for name in sorted(set(wanted) - present):
        findings.append(
            Finding(
                "crossing",
                name,
                "crossing_id",
                name,
                "there is no such crossing",
                f"choose among {', '.join(sorted(present)) or 'none: the table is empty'}",
            )
        )
    chosen = known.filter(pl.col("crossing_id").is_in(sorted(set(wanted)))).sort("crossing_id")
    modes = {row["mode_id"]: row for row in dataset["mode"].iter_rows(named=True)}
    links = {row["link_id"]: row for row in dataset["link"].iter_rows(named=True)}
    country_of = dict(dataset["node"].select("node_id", "country").iter_rows())
    posts: dict[str, list[Side]] = {}
    for row in dataset["post"].sort("crossing_id", "country").iter_rows(named=True):
        if row["crossing_id"] in wanted:
            findings += _check_post(row)
            side = Side(**{field: row[field] for field in Side.__slots__})
            posts.setdefault(row["crossing_id"], []).append(side)
    causes: dict[str, dict[str, float]] = {}
    for name, cause, hours in dataset["delay_cause"].select("crossing_id", "cause", "hours").iter_rows():
        causes.setdefault(name, {})[cause] = hours
    countries = {name: frozenset(side.country for side in sides) for name, sides in posts.items()}
    details, faults = read_details(dataset, countries)
    findings += faults
    borders = []
    for row in chosen.iter_rows(named=True):
        identifier, kind = row["crossing_id"], row["kind"]
        sides = posts.get(identifier, [])
        link = links.get(row["link_id"])
        if not sides:
            findings.append(
                Finding(
                    "post", identifier, "", "", "the crossing has no side", "add its posts to the table post"
                )
            )
        elif len(sides) == 1 and kind != "port":
            findings.append(
                Finding(
                    "post",
                    identifier,
                    "country",
                    sides[0].country,
                    "only one side is known",
                    "add the other side; until then this one is taken for the weaker",
                    Severity.WARNING,
                )
            )
        elif len(sides) > (1 if kind == "port" else 2):
            findings.append(
                Finding(
                    "post",
                    identifier,
                    "",
                    str(len(sides)),
                    "more sides than a crossing has",
                    "keep one side for a port and two for a crossing",
                )
            )
        if kind != "port" and link is None:
            findings.append(
                Finding(
                    "crossing",
                    identifier,
                    "link_id",
                    str(row["link_id"]),
                    "no such link passes it",
                    "name the link that crosses the border here",
                )
            )
        mode_id = MODE_OF_KIND[kind] if link is None or kind == "port" else link["mode_id"]
        mode = modes.get(mode_id)
        if mode is None:
            findings.append(
                Finding("mode", mode_id, "", "", f"what passes {identifier} has no payload", "add the mode")
            )
        if not sides or mode is None:
            continue
        payload = mode["payload"]
        if link is not None and kind == "rail" and link["train_net_load"]:
            payload = link["train_net_load"]
        if link is not None and len(sides) == 2:
            # Forward is the direction of the link: the side of its start comes first.
            start, end = country_of.get(link["from_node_id"]), country_of.get(link["to_node_id"])
            sides = sorted(sides, key=lambda s: (s.country != start, s.country == end, s.country))
        its, told = causes.get(identifier, {}), details[identifier]
        borders.append(
            Border(
                identifier,
                row["name"],
                kind,
                row["grade"] or UNGRADED,
                tuple(sides),
                payload,
                mode["empty_return_share"],
                sum(its[cause] for cause in sorted(its) if cause not in told.explained),
                row["link_id"],
                told,
            )
        )
    return borders, refuse_errors(findings)


def border_findings(dataset: Dataset) -> list[Finding]:
    """Return everything that is wrong or doubtful in the tables of crossings, without raising."""
    if not dataset.has("crossing"):
        return []
    try:
        return read_borders(dataset)[1]
    except InputError as error:
        return list(error.findings)


def _check_post(row: Mapping[str, object]) -> list[Finding]:
    """Return what keeps a post from serving; tables that were validated pass, patched ones may not."""
    bounds = {
        "lanes": (
            0.0,
            float(MOST_LANES),
            False,
            "give the lanes, tracks or berths that really work in parallel",
        ),
        "hours_per_day": (0.0, 24.0, False, "give opening hours above 0 and up to 24"),
        "service_time": (0.0, 8760.0, False, "give the hours that one vehicle takes at a lane"),
        "service_cv": (0.0, 20.0, True, "give standard deviation over mean"),
        "arrival_cv": (0.0, 20.0, True, "give standard deviation over mean"),
    }
    findings = []
    for column, (low, high, closed, remedy) in bounds.items():
        value = row[column]
        ok = isinstance(value, int | float) and math.isfinite(value) and value <= high
        ok = ok and (value >= low if closed else value > low)  # type: ignore[operator]
        if not ok:
            limit = f"must be {'at least' if closed else 'above'} {low:g} and at most {high:g}"
            where = f"{row['crossing_id']}/{row['country']}"
            findings.append(Finding("post", where, column, str(value), limit, remedy))
    return findings
