"""A year of electricity hour by hour, zone by zone: whether the yearly plan holds when the wind does not blow.

Receives the tables of the yearly model and ``power_zone``, ``plant_zone``, ``interconnector``, ``storage`` and, where
somebody measured, ``power_profile``; hands on an :class:`Hourly`. PyPSA (Brown, Hörsch and Schlachtberger, Journal of Open
Research Software 6, 2018) builds the linear programme and HiGHS solves it; both come with the extra ``power``.

The year is solved alone. Each fleet stands as in the yearly model, and may grow by what pace, construction time and
potential allow until then. A plant that burns or stores runs in any hour up to its firm share, and over the year up to its
availability; wind and sun follow their hours. One zone with level hours gives the answer of the yearly model.
"""

from __future__ import annotations

import importlib
import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from keruen.errors import Finding, KeruenError, SolveError, refuse_errors
from keruen.power import hours
from keruen.power.door import annuity, prepared
from keruen.power.model import Array, System, least_cost
from keruen.tables import Dataset

VARIABLE = ("wind", "solar")
"""Technologies whose hours are the weather's."""
UNSERVED = "unserved"
OPTIONS = {"output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "off"}
"""An interior point without a vertex: thousands of hours and storage tie the simplex method up."""


@dataclass(frozen=True)
class Hourly:
    """One year by the hour.

    Parameters
    ----------
    year, weeks
        Calendar year, and how many weeks of it were solved, each standing for its part of the year.
    cost
        Fuel, upkeep, carbon, lost load and the year's share of new capital [USD/year].
    yearly_cost
        What the yearly model says of the same year taken alone, without its peak [USD/year].
    renewables, target, target_price
        Share of the load; share aimed at (None without one); cost of one more renewable megawatt-hour [USD/MWh].
    mix
        By zone and technology: capacity and added [MW], generation and curtailed [TWh]; ``unserved`` is load not met.
    zones
        By zone: load and unserved [TWh], mean, median and 95th percentile of the price [USD/MWh].
    lines
        By interconnector: sent from its first to its second end and back [TWh], share of hours at the limit, and what
        one more megawatt would save [USD/MW-year].
    storage
        By storage: capacity and added [MW], electricity given [TWh].
    course
        By zone and hour: load, output of each technology, storage (given less taken) and import over lines [MW].
    """

    year: int
    weeks: int
    cost: float
    yearly_cost: float
    renewables: float
    target: float | None
    target_price: float | None
    mix: pl.DataFrame
    zones: pl.DataFrame
    lines: pl.DataFrame
    storage: pl.DataFrame
    course: pl.DataFrame


def hourly(
    dataset: Dataset,
    year: int | None = None,
    *,
    weeks: int = 4,
    scenario: str | None = None,
    carbon_price: float = 0.0,
    drought: float = 0.0,
    nuclear_delay: int = 0,
    lost_load: float = 3000.0,
    seed: int = 1,
) -> Hourly:
    """Return one year by the hour.

    Parameters
    ----------
    dataset
        Resolved tables.
    year
        A year of ``load``; None takes the first with a target, else the last.
    weeks
        Weeks that are solved, spread evenly over the year, 1 to 52.
    scenario, carbon_price, drought, nuclear_delay
        As for :func:`keruen.power.power`.
    lost_load
        Cost of a megawatt-hour of load that is not met [USD].
    seed
        Seed of wind and clouds.

    Raises
    ------
    InputError
        With every finding of the tables.
    KeruenError
        If PyPSA is not installed.
    SolveError
        If the target cannot be met, or the solver ends without an answer.
    ValueError
        If ``weeks`` or ``lost_load`` is out of range.
    """
    if not (math.isfinite(lost_load) and lost_load > 0.0):
        raise ValueError(f"a cost of lost load of {lost_load} USD/MWh; give more than 0")
    sample = hours.sampled(weeks)
    pypsa = _pypsa()
    by_year, system, _ = prepared(
        dataset, scenario=scenario, carbon_price=carbon_price, drought=drought, nuclear_delay=nuclear_delay
    )
    refuse_errors(zone_findings(dataset, year))
    t = _chosen(system, year)
    case = _Case(by_year[t], system, t, sample, lost_load, seed)
    with _quiet():
        return case.solve(pypsa)


def zone_findings(dataset: Dataset, year: int | None = None) -> Iterator[Finding]:
    """Yield what keeps the hours from being solved, beyond what keeps the yearly model from it."""
    if year is not None and year not in set(dataset["load"]["year"]):
        known = ", ".join(map(str, sorted(dataset["load"]["year"])))
        yield Finding(
            "load", str(year), "year", str(year), "is not a year of the model", f"choose one of {known}"
        )
    if not dataset.has("power_zone"):
        yield Finding("power_zone", "", "", "", "is empty", "list the zones of the grid in power_zone.csv")
        return
    total = float(dataset["power_zone"]["load_share"].sum())
    if abs(total - 1.0) > 1e-6:
        yield Finding(
            "power_zone",
            "",
            "load_share",
            f"{total:g}",
            "do not add up to 1",
            "correct the shares of the load",
        )
    shares = dict(dataset["plant_zone"].group_by("plant_id").agg(pl.col("share").sum()).iter_rows())
    for plant in sorted(dataset["plant"]["plant_id"]):
        if abs(shares.get(plant, 0.0) - 1.0) > 1e-6:
            yield Finding(
                "plant_zone", plant, "share", f"{shares.get(plant, 0.0):g}", "do not add up to 1",
                "say in which zones the fleet stands",
            )  # fmt: skip
    for row in dataset["interconnector"].iter_rows(named=True):
        if row["from_zone_id"] == row["to_zone_id"]:
            yield Finding(
                "interconnector", row["interconnector_id"], "to_zone_id", row["to_zone_id"], "leads back to its own zone",
                "name another zone",
            )  # fmt: skip
    for row in dataset["storage"].iter_rows(named=True):
        if row["investment"] is not None and row["life"] is None:
            yield Finding(
                "storage",
                row["storage_id"],
                "life",
                "",
                "can be built but lacks it",
                "give it, or empty investment",
            )
    lengths = dataset["power_profile"].group_by("zone_id", "series").len().sort("zone_id", "series")
    for zone, series, length in lengths.iter_rows():
        if length != hours.YEAR:
            yield Finding(
                "power_profile", f"{zone}, {series}", "hour", str(length), f"has {length} hours instead of {hours.YEAR}",
                "give every hour of the year, or none",
            )  # fmt: skip


def _chosen(system: System, year: int | None) -> int:
    years = system.years.tolist()
    if year is not None:
        return int(years.index(year))
    aimed = np.flatnonzero(np.isfinite(system.share))
    return int(aimed[0]) if aimed.size else len(years) - 1


def _pypsa() -> Any:
    try:
        return importlib.import_module("pypsa")
    except ImportError:
        raise KeruenError(
            "the hours of a year are solved with PyPSA, which comes with an extra; install it with: pip install 'keruen[power]'"
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep PyPSA and linopy from logging what is no finding of ours."""
    loggers = [logging.getLogger(name) for name in ("pypsa", "linopy")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # What will change in later versions of either is for whoever moves the constraints file.
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class _Case:
    """One year as a network of PyPSA: what stands and what may be built, in MW, USD and hours."""

    def __init__(
        self, dataset: Dataset, system: System, t: int, sample: npt.NDArray[np.int64], lost_load: float, seed: int
    ) -> None:  # fmt: skip
        self.dataset, self.system, self.t, self.sample, self.lost_load = dataset, system, t, sample, lost_load
        self.plants = dataset["plant"].sort("plant_id").to_dicts()
        self.zones = dataset["power_zone"].sort("zone_id").to_dicts()
        self.weight = hours.YEAR / sample.size
        self.weather = hours.weather(len(self.zones), seed)
        self.measured: dict[tuple[str, str], Array] = {
            (zone, series): frame.sort("hour")["value"].to_numpy()
            for (zone, series), frame in dataset["power_profile"].group_by("zone_id", "series")
        }
        self.load = {zone["zone_id"]: self._load(zone) for zone in self.zones}
        self.output: dict[str, Array] = {}

    # -- what goes in ------------------------------------------------------------------------------------------

    def _load(self, zone: dict[str, Any]) -> Array:
        course = self.measured.get((zone["zone_id"], "load"))
        if course is None:
            course = hours.load(zone["winter_swing"], zone["evening_swing"])
        part = course[self.sample]
        energy = float(self.system.load[self.t]) * 1e6 * float(zone["load_share"])
        return np.asarray(part * (energy / (part.sum() * self.weight)) if part.sum() else np.zeros(part.size))

    def _limit(self, p: int, z: int) -> Array:
        """Return the most that a plant gives in each hour, over its capacity."""
        zone, technology = self.zones[z], self.plants[p]["technology"]
        mean = float(self.system.availability[p, self.t])
        course = self.measured.get((zone["zone_id"], technology))
        if course is not None:
            return hours.to_mean(course[self.sample], mean)
        if technology == "wind":
            return hours.to_mean(hours.wind(mean, self.weather[0][z])[self.sample], mean)
        if technology == "solar":
            return hours.to_mean(hours.sun(zone["latitude"], mean, self.weather[1][z])[self.sample], mean)
        return np.full(self.sample.size, max(mean, float(self.system.firm[p])))

    def _generators(self, network: Any) -> None:
        s, t = self.system, self.t
        share = {
            (row["plant_id"], row["zone_id"]): row["share"]
            for row in self.dataset["plant_zone"].iter_rows(named=True)
        }
        self.fleets: list[tuple[str, int, int, bool]] = []
        limits: dict[str, Array] = {}
        for p, plant in enumerate(self.plants):
            standing = float(s.capacity[p, t]) * 1e3
            paced = float(s.build_rate[p]) * 1e3 * max(t + 1 - int(s.first_new[p]), 0)
            room = min(paced, max(float(s.potential[p]) * 1e3 - standing, 0.0))
            for z, zone in enumerate(self.zones):
                part = share.get((plant["plant_id"], zone["zone_id"]), 0.0)
                for new, most in ((False, standing * part), (True, room * part)):
                    if most <= 0.0:
                        continue
                    name = f"{plant['plant_id']} {zone['zone_id']}{' new' if new else ''}"
                    limits[name] = self._limit(p, z)
                    self.fleets.append((name, p, z, new))
                    network.add(
                        "Generator", name, bus=zone["zone_id"], carrier=plant["technology"],
                        p_nom=0.0 if new else most, p_nom_extendable=new, p_nom_max=most if new else np.inf,
                        capital_cost=(s.fixed_cost[p, t] + s.annuity[p, t]) * 1e3 if new else 0.0,
                        marginal_cost=s.running_cost[p, t], p_max_pu=limits[name],
                    )  # fmt: skip
        for zone in self.zones:
            most = float(self.load[zone["zone_id"]].max(initial=0.0))
            network.add(
                "Generator", f"{UNSERVED} {zone['zone_id']}", bus=zone["zone_id"], carrier=UNSERVED, p_nom=most,
                marginal_cost=self.lost_load,
            )  # fmt: skip
        self.limits = limits

    def _network(self, pypsa: Any) -> Any:
        network = pypsa.Network()
        network.set_snapshots(range(self.sample.size))
        network.snapshot_weightings["objective"] = self.weight
        network.snapshot_weightings["generators"] = self.weight
        rate = self._rate()
        for zone in self.zones:
            network.add("Bus", zone["zone_id"])
            network.add(
                "Load", f"load {zone['zone_id']}", bus=zone["zone_id"], p_set=self.load[zone["zone_id"]]
            )
        self._generators(network)
        self.lines = self.dataset["interconnector"].sort("interconnector_id").to_dicts()
        for row in self.lines:
            ends = (row["from_zone_id"], row["to_zone_id"])
            for way, (begin, end) in (("there", ends), ("back", ends[::-1])):
                network.add(
                    "Link", f"{row['interconnector_id']} {way}", bus0=begin, bus1=end, p_nom=row["capacity"],
                    efficiency=1.0 - row["loss"],
                )  # fmt: skip
        self.stores = self.dataset["storage"].sort("storage_id").to_dicts()
        for row in self.stores:
            one_way = math.sqrt(row["efficiency"])
            room = math.inf if row["potential"] is None else max(row["potential"] - row["capacity"], 0.0)
            for new in (False, True):
                if (new and (row["investment"] is None or room <= 0.0)) or (
                    not new and row["capacity"] <= 0.0
                ):
                    continue
                network.add(
                    "StorageUnit", f"{row['storage_id']}{' new' if new else ''}", bus=row["zone_id"],
                    p_nom=0.0 if new else row["capacity"], p_nom_extendable=new, p_nom_max=room if new else np.inf,
                    capital_cost=annuity(row["investment"], row["life"], rate) if new else 0.0,
                    max_hours=row["hours"], efficiency_store=one_way, efficiency_dispatch=one_way,
                    cyclic_state_of_charge=True,
                )  # fmt: skip
        return network

    def _rate(self) -> float:
        held = self.dataset["appraisal_parameter"].filter(pl.col("parameter_id") == "discount_rate")
        return float(held["value"][0])

    def _constrain(self, network: Any, _snapshots: Any) -> None:
        """Add what PyPSA has no attribute for: the yearly output of each fleet, and the share of renewables."""
        m, s, t = network.model, self.system, self.t
        made = m.variables["Generator-p"].sum("snapshot") * self.weight
        sizes = m.variables["Generator-p_nom"] if any(new for *_, new in self.fleets) else None
        for name, p, _, new in self.fleets:
            if self.plants[p]["technology"] in VARIABLE:
                continue
            most = float(s.availability[p, t]) * hours.YEAR
            given = made.sel(name=name)
            if new and sizes is not None:
                m.add_constraints(given - most * sizes.sel(name=name) <= 0.0, name=f"yearly output {name}")
            else:
                size = float(network.generators.at[name, "p_nom"])
                m.add_constraints(given <= most * size, name=f"yearly output {name}")
        green = [name for name, p, *_ in self.fleets if s.renewable[p]]
        if np.isfinite(s.share[t]):
            needed = float(s.share[t]) * float(s.load[t]) * 1e6
            if not green and needed > 0.0:
                raise SolveError(
                    f"the target of {100.0 * s.share[t]:.0f} % renewables in {s.years[t]} has no renewable plant"
                )
            if green:
                m.add_constraints(made.sel(name=green).sum() >= needed, name="renewables")

    # -- what comes out ----------------------------------------------------------------------------------------

    def solve(self, pypsa: Any) -> Hourly:
        """Return the year by the hour."""
        s, t = self.system, self.t
        year = int(s.years[t])
        network = self._network(pypsa)
        status, condition = network.optimize(
            solver_name="highs",
            io_api="lp",
            progress=False,
            extra_functionality=self._constrain,
            include_objective_constant=False,
            solver_options=OPTIONS,
        )
        if condition == "infeasible":
            raise SolveError(
                f"no hours of {year} meet the target of {100.0 * s.share[t]:.0f} % renewables with what can be built until "
                "then; the yearly model says which constraints conflict (keruen power)"
            )
        if status != "ok":
            raise SolveError(f"the hours of {year} ended without an answer: {condition}")
        p = {name: network.generators_t.p[name].to_numpy() for name in network.generators.index}
        size = network.generators.p_nom_opt
        given = {name: float(p[name].sum()) * self.weight / 1e6 for name in p}
        standing = float(s.fixed_cost[:, t] @ s.capacity[:, t]) * 1e6
        green = sum(given[name] for name, i, *_ in self.fleets if s.renewable[i])
        dual = (
            network.model.constraints["renewables"].dual
            if "renewables" in network.model.constraints
            else None
        )
        alone = least_cost(s.only(t))
        return Hourly(
            year=year,
            weeks=self.sample.size // hours.WEEK,
            cost=float(network.objective) + standing,
            yearly_cost=float(alone.cost[0]) * 1e6,
            renewables=green / float(s.load[t]) if s.load[t] else 0.0,
            target=float(s.share[t]) if np.isfinite(s.share[t]) else None,
            target_price=abs(float(dual)) if dual is not None else None,
            mix=self._mix(given, size),
            zones=self._zones(network, given),
            lines=self._lines(network),
            storage=self._storage(network),
            course=self._course(network, p),
        )

    def _mix(self, given: dict[str, float], size: Any) -> pl.DataFrame:
        rows = [
            {
                "zone_id": self.zones[z]["zone_id"], "technology": self.plants[i]["technology"], "capacity": float(size[name]),
                "added": float(size[name]) if new else 0.0, "generation": given[name],
                "curtailed": max(float(size[name]) * float(self.limits[name].sum()) * self.weight / 1e6 - given[name], 0.0)
                if self.plants[i]["technology"] in VARIABLE else 0.0,
            }
            for name, i, z, new in self.fleets
        ]  # fmt: skip
        none: dict[str, Any] = {"capacity": 0.0, "added": 0.0, "curtailed": 0.0}
        rows += [
            {
                "zone_id": z["zone_id"],
                "technology": UNSERVED,
                "generation": given[f"{UNSERVED} {z['zone_id']}"],
            }
            | none
            for z in self.zones
        ]
        return (
            pl.DataFrame(rows)
            .group_by("zone_id", "technology")
            .agg(pl.all().sum())
            .sort("zone_id", "technology")
        )

    def _zones(self, network: Any, given: dict[str, float]) -> pl.DataFrame:
        rows = []
        for zone in self.zones:
            name = zone["zone_id"]
            price = network.buses_t.marginal_price[name].to_numpy()
            rows.append(
                {
                    "zone_id": name, "load": float(self.load[name].sum()) * self.weight / 1e6,
                    "unserved": given[f"{UNSERVED} {name}"], "price": float(price.mean()),
                    "price_p50": float(np.quantile(price, 0.5)), "price_p95": float(np.quantile(price, 0.95)),
                }
            )  # fmt: skip
        return pl.DataFrame(rows)

    def _lines(self, network: Any) -> pl.DataFrame:
        rows = []
        for row in self.lines:
            name, most = row["interconnector_id"], float(row["capacity"])
            flow = [network.links_t.p0[f"{name} {way}"].to_numpy() for way in ("there", "back")]
            price = [
                network.buses_t.marginal_price[zone].to_numpy()
                for zone in (row["from_zone_id"], row["to_zone_id"])
            ]
            kept = 1.0 - float(row["loss"])
            spread = np.maximum(kept * price[1] - price[0], 0.0) + np.maximum(kept * price[0] - price[1], 0.0)
            rows.append(
                {
                    "interconnector_id": name, "from_zone_id": row["from_zone_id"], "to_zone_id": row["to_zone_id"],
                    "capacity": most, "sent": float(flow[0].sum()) * self.weight / 1e6,
                    "sent_back": float(flow[1].sum()) * self.weight / 1e6,
                    "full": float((np.maximum(*flow) >= most * (1.0 - 1e-6)).mean()) if most else 1.0,
                    "worth": float(spread.sum()) * self.weight,
                }
            )  # fmt: skip
        return pl.DataFrame(rows, schema=_LINES)

    def _storage(self, network: Any) -> pl.DataFrame:
        rows = []
        size = network.storage_units.p_nom_opt
        for row in self.stores:
            parts = [name for name in (row["storage_id"], f"{row['storage_id']} new") if name in size.index]
            gives = sum(float(network.storage_units_t.p[name].clip(lower=0.0).sum()) for name in parts)
            rows.append(
                {
                    "storage_id": row["storage_id"], "zone_id": row["zone_id"], "capacity": sum(float(size[n]) for n in parts),
                    "added": float(size.get(f"{row['storage_id']} new", 0.0)), "given": gives * self.weight / 1e6,
                }
            )  # fmt: skip
        return pl.DataFrame(rows, schema=_STORES)

    def _course(self, network: Any, p: dict[str, Array]) -> pl.DataFrame:
        frames = []
        shown = sorted({self.plants[i]["technology"] for _, i, *_ in self.fleets})
        for z, zone in enumerate(self.zones):
            name = zone["zone_id"]
            columns: dict[str, Any] = {"hour": self.sample, "load": self.load[name]}
            for technology in shown:
                parts = [
                    p[f]
                    for f, i, at, _ in self.fleets
                    if at == z and self.plants[i]["technology"] == technology
                ]
                columns[technology] = sum(parts, np.zeros(self.sample.size))
            columns[UNSERVED] = p[f"{UNSERVED} {name}"]
            units = network.storage_units.index[network.storage_units.bus == name]
            columns["storage"] = (
                network.storage_units_t.p[units].sum(axis=1).to_numpy() if len(units) else 0.0
            )
            arriving = (
                -network.links_t.p1[network.links.index[network.links.bus1 == name]].sum(axis=1).to_numpy()
            )
            leaving = (
                network.links_t.p0[network.links.index[network.links.bus0 == name]].sum(axis=1).to_numpy()
            )
            columns["lines"] = arriving - leaving
            frames.append(pl.DataFrame(columns).insert_column(0, pl.lit(name).alias("zone_id")))
        return pl.concat(frames)


_LINES = {
    "interconnector_id": pl.String, "from_zone_id": pl.String, "to_zone_id": pl.String, "capacity": pl.Float64,
    "sent": pl.Float64, "sent_back": pl.Float64, "full": pl.Float64, "worth": pl.Float64,
}  # fmt: skip
_STORES = {
    "storage_id": pl.String, "zone_id": pl.String, "capacity": pl.Float64, "added": pl.Float64, "given": pl.Float64,
}  # fmt: skip
