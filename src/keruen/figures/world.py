"""What reconciling needs to know of the world besides the statements: indicators, places, sources, rates and identities.

Receives a dataset, hands on plain mappings. A dataset that holds statements alone is completed from the built-in
catalogue, so that a bare file of statements can be reconciled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from keruen.tables import Dataset, load

COUNTABLE = "count"
LEVELS = frozenset({"flow", "stock", "count"})
"""Classes whose values are amounts; ratios, growth rates and ranks are relations between amounts."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An indicator: its unit, class, whether place and partner differ in role, and its name for people."""

    unit: str
    kind: str
    directed: bool
    label: str


@dataclass(frozen=True, slots=True)
class Law:
    """A row of the identity table, its operands split."""

    identity_id: str
    form: str
    result: str
    operands: tuple[str, ...]
    over: str
    tolerance: float


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a statement was published."""

    publisher: str
    published: date | None
    weight: float


@dataclass(frozen=True, slots=True)
class World:
    """Everything but the statements; see :func:`world_of`."""

    measures: Mapping[str, Measure]
    parents: Mapping[str, str]
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    origins: Mapping[str, Origin]
    rates: Mapping[tuple[str, int], tuple[float, float | None, float | None]]
    laws: tuple[Law, ...]

    def measure(self, indicator: str, unit: str) -> Measure:
        """Return an indicator; one that no catalogue knows is taken by the unit of its statement."""
        found = self.measures.get(indicator)
        if found is not None:
            return found
        kind = "ratio" if unit == "%" else "rank" if unit == "rank" else "flow"
        return Measure(unit, kind, True, indicator.replace("_", " "))

    def ancestors(self, place: str) -> tuple[str, ...]:
        """Return the places that ``place`` lies in, nearest first; a cycle of parents ends the chain."""
        chain: list[str] = []
        here = self.parents.get(place, "")
        while here and here != place and here not in chain:
            chain.append(here)
            here = self.parents.get(here, "")
        return tuple(chain)

    def rate(self, currency: str, year: int) -> tuple[float, float, float] | None:
        """Return dollars for a unit of ``currency``: average, low and high of the year.

        A year without a row takes the nearest within two; without a band of its own a year gets five percent either way.
        """
        if currency == "USD":
            return 1.0, 1.0, 1.0
        for distance in (0, -1, 1, -2, 2):
            row = self.rates.get((currency, year + distance))
            if row is not None:
                average, low, high = row
                spread = 0.05 * (1 + abs(distance))
                return average, low or average * (1 - spread), high or average * (1 + spread)
        return None


def world_of(dataset: Dataset) -> World:
    """Gather what a dataset says of the world; tables that it lacks come from the built-in catalogue."""
    catalogue = _catalogue()

    def rows(table: str) -> Iterator[dict[str, Any]]:
        frame = dataset[table] if dataset.has(table) or catalogue is None else catalogue[table]
        return frame.iter_rows(named=True)

    places = list(rows("place"))
    return World(
        measures={
            r["indicator_id"]: Measure(r["unit"], r["indicator_class"], bool(r["directed"]), r["label"])
            for r in rows("indicator")
        },
        parents={r["place_id"]: r["parent"] for r in places if r["parent"]},
        names={r["place_id"]: r["name"] for r in places},
        kinds={r["place_id"]: r["kind"] for r in places},
        origins={
            r["source_id"]: Origin(r["publisher"], r["published"], r["weight"] or 1.0) for r in rows("source")
        },
        rates={
            (r["currency"], r["year"]): (r["usd_per_unit"], r["low"], r["high"])
            for r in rows("exchange_rate")
        },
        laws=tuple(
            Law(
                r["identity_id"],
                r["form"],
                r["result"] or "",
                tuple(part.strip() for part in (r["operands"] or "").split("|") if part.strip()),
                r["over"] or "",
                r["tolerance"],
            )
            for r in sorted(rows("identity"), key=lambda r: str(r["identity_id"]))
        ),
    )


@cache
def _catalogue() -> Dataset | None:
    folder = Path(str(resources.files("keruen"))) / "reference" / "catalogue"
    return load(folder) if any(folder.glob("*.csv")) else None
