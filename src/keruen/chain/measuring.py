"""What the model says of something that can be counted: tonnes over a border, days along a corridor, trucks a day.

Receives the result tables of one assignment and rows of ``observation``; hands on the model's number for each, in the
unit in which such things are published.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError
from keruen.flows import Assignment, itineraries
from keruen.tables import Dataset
from keruen.trade import Pair, selected

Row = Mapping[str, Any]

UNITS = {
    "crossing": "t", "border": "t", "link": "t", "corridor": "t", "transit": "t", "turnover": "t-km", "corridor_time": "h",
    "corridor_cost": "USD/t", "crossing_time": "h", "crossing_vehicles": "1/day",
}  # fmt: skip
"""Unit of each measure; volumes are those of a year."""


class Gauge:
    """The results of one run, ready to be measured.

    Parameters
    ----------
    dataset
        With ``path``, ``corridor_scorecard`` and ``crossing_performance`` of one year.
    assignment
        The flows behind them, where costs of single classes of goods are asked for.
    """

    def __init__(self, dataset: Dataset, assignment: Assignment | None = None) -> None:
        self.dataset = dataset
        self.assignment = assignment
        self.country: dict[str, str] = dict(dataset["node"].select("node_id", "country").iter_rows())

    def measure(self, observation: Row) -> float:
        """Return what the model says, in the unit of :data:`UNITS`.

        Raises
        ------
        InputError
            If the observation names what the model lacks.
        """
        return _MEASURES[observation["measure"]](self, observation)

    @cached_property
    def itinerary(self) -> pl.DataFrame:
        """Steps of every corridor, by class of goods."""
        assert self.assignment is not None
        return itineraries(self.dataset, self.assignment)

    def passing(self, links: Sequence[str]) -> dict[Pair, float]:
        """Return the share of each pair's goods that passes any of these links."""
        pair = ["origin", "destination", "commodity_id", "traffic_type"]
        all_of = self.dataset["path"].group_by(pair).agg(pl.col("tonnes").sum().alias("all"))
        here = self.uses.filter(pl.col("link_id").is_in(list(links))).unique("path_id")
        share = here.group_by(pair).agg(pl.col("flow").sum()).join(all_of, on=pair).sort(pair)
        return {(o, d, c, t): flow / total for o, d, c, t, flow, total in share.iter_rows()}

    @cached_property
    def uses(self) -> pl.DataFrame:
        """One row per route and link, with the link's mode and country."""
        link = self.dataset["link"].select("link_id", "mode_id", "country", "length")
        path = self.dataset["path"].with_columns(flow=pl.col("tonnes")).drop("length", "tonnes")
        exploded = path.explode("links").rename({"links": "link_id"}).drop_nulls("link_id")
        return exploded.with_columns(pl.col("link_id").str.strip_prefix("-")).join(
            link, on="link_id", how="left"
        )

    def chosen(self, observation: Row) -> pl.DataFrame:
        """Return the uses by the goods that an observation counts."""
        if all(observation[c] is None for c in ("origin", "destination", "commodity_id")):
            return self.uses
        return self.uses.filter(
            pl.Series(selected(self.uses, self.country, {**observation, "both_ways": True}))
        )

    def names(self, observation: Row, table: str) -> list[str]:
        """Return the keys that an observation names, all of which the table must hold."""
        wanted = str(observation["measure_key"]).split("|")
        known = set(self.dataset[table][f"{table}_id"])
        if missing := [name for name in wanted if name not in known]:
            raise _fault(observation, f"names no {table}: {', '.join(missing)}")
        return wanted


def _fault(observation: Row, problem: str) -> InputError:
    return InputError(
        [Finding("observation", observation["observation_id"], "measure_key", str(observation["measure_key"]), problem,
                 "correct the key; the column's description says its form")]
    )  # fmt: skip


def _tonnes(uses: pl.DataFrame) -> float:
    return float(uses["flow"].sum())


def _links(gauge: Gauge, observation: Row) -> float:
    names = gauge.names(observation, "link")
    return _tonnes(gauge.chosen(observation).filter(pl.col("link_id").is_in(names)))


def _crossings(gauge: Gauge, observation: Row) -> float:
    crossings = gauge.dataset["crossing"].filter(
        pl.col("crossing_id").is_in(gauge.names(observation, "crossing"))
    )
    if crossings["link_id"].null_count():
        raise _fault(observation, "is a port, which no one link passes; measure its links")
    return _tonnes(gauge.chosen(observation).filter(pl.col("link_id").is_in(crossings["link_id"].to_list())))


def _border(gauge: Gauge, observation: Row) -> float:
    parts = str(observation["measure_key"]).split("|")
    links = gauge.dataset["link"]
    if len(parts) != 3 or parts[2] not in set(links["mode_id"]):
        raise _fault(observation, "is not COUNTRY|COUNTRY|mode")
    ends = pl.concat_list(
        pl.col(end).replace_strict(gauge.country, default="") for end in ("from_node_id", "to_node_id")
    )
    over = links.filter(
        (pl.col("mode_id") == parts[2])
        & (ends.list.sort() == pl.lit(sorted(parts[:2]), dtype=pl.List(pl.String)))
    )
    if not over.height:
        raise _fault(observation, "is a border that no link passes")
    passed = gauge.chosen(observation).filter(pl.col("link_id").is_in(over["link_id"].to_list()))
    # What comes back was not exchanged, and a line that winds about the border is passed once.
    once = passed.group_by("path_id", maintain_order=True).agg(
        pl.col("flow").first(), pl.len().alias("times")
    )
    return _tonnes(once.filter(pl.col("times") % 2 == 1))


def _of_country(gauge: Gauge, observation: Row) -> pl.DataFrame:
    country, _, mode = str(observation["measure_key"]).partition("|")
    here = gauge.chosen(observation).filter(
        (pl.col("country") == country) & (pl.lit(not mode) | (pl.col("mode_id") == mode))
    )
    if country not in set(gauge.country.values()):
        raise _fault(observation, "names no country of the network")
    return here


def _transit(gauge: Gauge, observation: Row) -> float:
    country = str(observation["measure_key"]).partition("|")[0]
    ends = [
        pl.col(end).replace_strict(gauge.country, default="") != country for end in ("origin", "destination")
    ]
    return _tonnes(_of_country(gauge, observation).filter(ends).unique("path_id"))


def _turnover(gauge: Gauge, observation: Row) -> float:
    here = _of_country(gauge, observation)
    return float((here["flow"] * here["length"]).sum())


def _card(column: str) -> Callable[[Gauge, Row], float]:
    def read(gauge: Gauge, observation: Row) -> float:
        (name,) = gauge.names(observation, "corridor")[:1]
        if observation["commodity_id"] is not None and column != "tonnes":
            steps = gauge.itinerary.filter(corridor_id=name, commodity_id=observation["commodity_id"])
            return float(steps["hours" if column == "time" else column].sum())
        return float(gauge.dataset["corridor_scorecard"].filter(corridor_id=name)[column].item())

    return read


def _performances(gauge: Gauge, observation: Row) -> Iterator[Row]:
    names = gauge.names(observation, "crossing")
    yield from (
        gauge.dataset["crossing_performance"].filter(pl.col("crossing_id").is_in(names)).iter_rows(named=True)
    )


def _crossing_time(gauge: Gauge, observation: Row) -> float:
    """Queue, handling and other delay, averaged over the vehicles."""
    rows = list(_performances(gauge, observation))
    weight = math.fsum(row["vehicles_per_day"] for row in rows) or 1.0
    hours = [(row["wait"] or 0.0) + (row["handling_time"] or 0.0) + row["other_delay"] for row in rows]
    return math.fsum(row["vehicles_per_day"] * h for row, h in zip(rows, hours, strict=True)) / weight


def _vehicles(gauge: Gauge, observation: Row) -> float:
    """Both directions together, at most: of the busier one as many come back."""
    return 2.0 * math.fsum(row["vehicles_per_day"] for row in _performances(gauge, observation))


_MEASURES: dict[str, Callable[[Gauge, Row], float]] = {
    "crossing": _crossings, "border": _border, "link": _links, "corridor": _card("tonnes"), "transit": _transit,
    "turnover": _turnover, "corridor_time": _card("time"), "corridor_cost": _card("cost"),
    "crossing_time": _crossing_time, "crossing_vehicles": _vehicles,
}  # fmt: skip
