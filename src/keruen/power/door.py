"""The door of power: from tables to the electricity mix of each year.

Receives ``plant``, ``fuel``, ``load``, ``project``, ``target`` and ``appraisal_parameter``; hands on ``power_mix`` and
``power_year``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from keruen import scenarios
from keruen.errors import Finding, refuse_errors
from keruen.power.model import Array, Solution, System, least_cost
from keruen.tables import Dataset
from keruen.tables.power import PowerMix, PowerYear

BURNING = ("coal", "gas", "nuclear")
"""Technologies that make nothing without fuel."""
INDICATOR = "renewables_share"
"""Indicator of the targets that bind the mix, in per cent of the electricity needed."""
_STEADY = ("plant_id", "technology", "renewable", "firm_share", "construction", "build_rate", "potential")
"""Columns of ``plant`` that a scenario may change, but not from one year to the next."""
_CHANGED = ("plant", "fuel", "load", "project", "appraisal_parameter")


@dataclass(frozen=True)
class Power:
    """The least-cost mix and what the target adds to it.

    Parameters
    ----------
    dataset
        With ``power_mix`` and ``power_year``.
    cost, cost_without_target
        Discounted cost of all years, in USD of the price year: with the target, and without it.
    target_price
        By year with a target: what one more renewable megawatt-hour under it costs [USD/MWh]; 0 where it does not bind.
    """

    dataset: Dataset
    cost: float
    cost_without_target: float
    target_price: dict[int, float]


def power(
    dataset: Dataset,
    *,
    scenario: str | None = None,
    carbon_price: float = 0.0,
    drought: float = 0.0,
    nuclear_delay: int = 0,
) -> Dataset:
    """Return the dataset with the least-cost electricity mix of every year of ``load``.

    Parameters
    ----------
    dataset
        Resolved tables.
    scenario
        Scenario whose changes hold, each in its years.
    carbon_price
        USD per tonne of CO2.
    drought
        Share of the water that is missing in every year, 0 to 1.
    nuclear_delay
        Years by which announced nuclear plants come later.

    Raises
    ------
    InputError
        With every finding, such as a plant with no fuel.
    SolveError
        If the target cannot be met; it says which constraints conflict.
    """
    return plan_power(
        dataset, scenario=scenario, carbon_price=carbon_price, drought=drought, nuclear_delay=nuclear_delay
    ).dataset


def plan_power(
    dataset: Dataset,
    *,
    scenario: str | None = None,
    carbon_price: float = 0.0,
    drought: float = 0.0,
    nuclear_delay: int = 0,
) -> Power:
    """Return the mix with the cost and the shadow price of the target; parameters and errors as for :func:`power`."""
    by_year, system, emission = prepared(
        dataset, scenario=scenario, carbon_price=carbon_price, drought=drought, nuclear_delay=nuclear_delay
    )
    years = system.years.tolist()
    solution = least_cost(system)
    free = least_cost(system, with_target=False) if np.isfinite(system.share).any() else solution
    told = dataset.with_tables(
        power_mix=_mix(by_year, system, solution, emission),
        power_year=_yearly(system, solution, free, emission),
    )
    prices = {
        int(year): float(price)
        for year, price in zip(years, solution.target_price, strict=True)
        if np.isfinite(price)
    }
    return Power(told, solution.total * 1e6, free.total * 1e6, prices)


def prepared(
    dataset: Dataset, *, scenario: str | None, carbon_price: float, drought: float, nuclear_delay: int
) -> tuple[list[Dataset], System, Array]:
    """Return the tables as they hold in each year, the arrays of the model, and the emission of each plant [t CO2/MWh].

    Raises
    ------
    ValueError, InputError
        As for :func:`power`.
    """
    if not (math.isfinite(carbon_price) and carbon_price >= 0.0):
        raise ValueError(f"a carbon price of {carbon_price} USD/t; give 0 or more")
    if not 0.0 <= drought <= 1.0:
        raise ValueError(f"a drought of {drought}; give the missing share of the water, 0 to 1")
    refuse_errors(findings(dataset))
    years = sorted(dataset["load"]["year"].to_list())
    by_year = [_in_year(dataset, year, scenario) for year in years]
    if scenario is not None:
        refuse_errors(f for changed in by_year for f in findings(changed))
        refuse_errors(_unsteady(by_year, scenario))
    return by_year, *_system(by_year, years, carbon_price, drought, nuclear_delay)


def system_of(dataset: Dataset) -> System:
    """Return the arrays of the model as the tables stand.

    Raises
    ------
    InputError
        As for :func:`power`.
    """
    refuse_errors(findings(dataset))
    years = sorted(dataset["load"]["year"].to_list())
    return _system([dataset] * len(years), years, 0.0, 0.0, 0)[0]


def findings(dataset: Dataset) -> list[Finding]:
    """Return what keeps the power model from running, all at once."""
    return list(_findings(dataset))


def _findings(dataset: Dataset) -> Iterator[Finding]:
    fuels = set(dataset["fuel"]["fuel_id"])
    projects = {row["project_id"]: row for row in dataset["project"].iter_rows(named=True)}
    for table in ("plant", "load"):
        if not dataset.has(table):
            yield Finding(table, "", "", "", "is empty", f"list what there is in {table}.csv")
    years = sorted(dataset["load"]["year"].to_list())
    for before, after in itertools.pairwise(years):
        if after != before + 1:
            yield Finding(
                "load", str(after), "year", str(after), f"follows on {before}", "list every year between"
            )
    for row in dataset["plant"].iter_rows(named=True):
        plant = row["plant_id"]
        if row["technology"] in BURNING and row["fuel_id"] is None:
            yield Finding("plant", plant, "fuel_id", "", f"is a {row['technology']} plant with no fuel",
                          "name what it burns")  # fmt: skip
        if row["fuel_id"] is not None and row["fuel_id"] not in fuels:
            yield Finding("plant", plant, "fuel_id", row["fuel_id"], "names a fuel that does not exist",
                          "add it to fuel.csv or correct the name")  # fmt: skip
        if row["fuel_id"] is not None and row["efficiency"] is None:
            yield Finding("plant", plant, "efficiency", "", "burns fuel at no stated efficiency",
                          "give electricity out of heat, for example 0.36")  # fmt: skip
        needed = ("investment", "construction", "life") if row["build_rate"] else ()
        for column in needed:
            if row[column] is None:
                yield Finding(
                    "plant", plant, column, "", "can be built but lacks it", "give it, or empty build_rate"
                )
        if row["project_id"] is not None:
            project = projects.get(row["project_id"])
            if project is None or project["earliest_start"] is None or project["duration"] is None:
                yield Finding("plant", plant, "project_id", row["project_id"],
                              "the project has no start or duration", "give earliest_start and duration")  # fmt: skip
    if _parameter(dataset, "discount_rate") is None:
        yield Finding("appraisal_parameter", "discount_rate", "value", "", "is missing", "give a yearly rate")
    for row in _targets(dataset).iter_rows(named=True):
        if not 0.0 <= row["value"] <= 100.0:
            yield Finding("target", row["target_id"], "value", str(row["value"]), "is no share in per cent",
                          "give 0 to 100")  # fmt: skip


def _targets(dataset: Dataset) -> pl.DataFrame:
    return dataset["target"].filter(
        (pl.col("indicator_id") == INDICATOR)
        & pl.col("deadline").is_not_null()
        & pl.col("value").is_not_null()
    )


def _parameter(dataset: Dataset, name: str) -> float | None:
    found = dataset["appraisal_parameter"].filter(pl.col("parameter_id") == name)["value"].to_list()
    return float(found[0]) if found and found[0] is not None else None


def _in_year(dataset: Dataset, year: int, scenario: str | None) -> Dataset:
    if scenario is None:
        return dataset
    changes = scenarios.active_changes(dataset, year, scenario_id=scenario)
    return scenarios.apply(dataset, changes.filter(pl.col("table").is_in(_CHANGED)))


def _unsteady(by_year: list[Dataset], scenario: str) -> Iterator[Finding]:
    first = by_year[0]["plant"].sort("plant_id").select(_STEADY)
    for changed in by_year[1:]:
        now = changed["plant"].sort("plant_id").select(_STEADY)
        for column in _STEADY:
            if not now[column].equals(first[column], null_equal=True):
                yield Finding("change", scenario, "year_from", "", f"changes plant.{column} in some years only",
                              "let the change hold in every year")  # fmt: skip
                return


def _system(
    by_year: list[Dataset], years: list[int], carbon_price: float, drought: float, nuclear_delay: int
) -> tuple[System, Array]:
    """Return the arrays of the model and the emission of each plant's electricity [t CO2/MWh]."""
    first = by_year[0]
    plants = first["plant"].sort("plant_id")
    n, m = plants.height, len(years)
    rate = _parameter(first, "discount_rate") or 0.0
    made: dict[str, Array] = {name: np.zeros((n, m)) for name in (
        "capacity", "availability", "running", "fixed", "annuity", "emission")}  # fmt: skip
    load, peak = np.zeros(m), np.full(m, np.nan)
    for t, (year, dataset) in enumerate(zip(years, by_year, strict=True)):
        needed = dataset["load"].row(by_predicate=pl.col("year") == year, named=True)
        load[t] = needed["energy"]
        peak[t] = np.nan if needed["peak"] is None else needed["peak"] / 1e3
        fuels = {row["fuel_id"]: row for row in dataset["fuel"].iter_rows(named=True)}
        projects = {row["project_id"]: row for row in dataset["project"].iter_rows(named=True)}
        for p, row in enumerate(dataset["plant"].sort("plant_id").iter_rows(named=True)):
            opens = years[0]
            if row["project_id"] is not None:
                project = projects[row["project_id"]]
                opens = project["earliest_start"] + math.ceil(project["duration"])
                opens += nuclear_delay if row["technology"] == "nuclear" else 0
            age = year - opens
            remains = max(0.0, 1.0 - row["retirement"] * age) if age >= 0 else 0.0
            heat = 0.0 if row["fuel_id"] is None else 1.0 / row["efficiency"]
            fuel = fuels[row["fuel_id"]] if heat else {"cost": 0.0, "emission": 0.0}
            emission = heat * fuel["emission"] / 1e3
            made["capacity"][p, t] = row["capacity"] * remains / 1e3
            made["availability"][p, t] = row["availability"] * (
                1.0 - drought if row["technology"] == "hydro" else 1.0
            )
            made["running"][p, t] = row["variable_cost"] + heat * fuel["cost"] + carbon_price * emission
            made["fixed"][p, t] = row["fixed_cost"] / 1e3
            made["annuity"][p, t] = annuity(row["investment"], row["life"], rate, row["construction"]) / 1e3
            made["emission"][p, t] = emission
    rows = plants.to_dicts()
    system = System(
        years=np.array(years),
        plants=tuple(row["name"] for row in rows),
        capacity=made["capacity"],
        availability=made["availability"],
        firm=np.array([row["firm_share"] for row in rows]),
        running_cost=made["running"],
        fixed_cost=made["fixed"],
        annuity=made["annuity"],
        first_new=np.array(
            [min(m, math.ceil(row["construction"])) if row["build_rate"] else m for row in rows]
        ),
        build_rate=np.array([(row["build_rate"] or 0.0) / 1e3 for row in rows]),
        potential=np.array([np.inf if row["potential"] is None else row["potential"] / 1e3 for row in rows]),
        renewable=np.array([row["renewable"] for row in rows]),
        load=load,
        peak=peak,
        share=_shares(first, years),
        discount=(1.0 + rate) ** -np.arange(m, dtype=float),
    )
    return system, made["emission"]


def annuity(
    investment: float | None, life: float | None, rate: float, construction: float | None = None
) -> float:
    """Return the yearly cost of capital with interest over half the construction time, in the unit of ``investment``."""
    if investment is None or life is None:
        return 0.0
    paid = investment * (1.0 + rate) ** ((construction or 0.0) / 2.0)
    return float(paid * rate / (1.0 - (1.0 + rate) ** -life)) if rate else paid / life


def _shares(dataset: Dataset, years: list[int]) -> Array:
    """Return the share aimed at in each year: that of the latest deadline passed, NaN before the first."""
    share = np.full(len(years), np.nan)
    for row in _targets(dataset).sort("deadline", "value").iter_rows(named=True):
        share[np.array(years) >= row["deadline"]] = row["value"] / 100.0
    return share


def _mix(by_year: list[Dataset], system: System, solution: Solution, emission: Array) -> pl.DataFrame:
    entering = np.diff(system.capacity, axis=1, prepend=system.capacity[:, :1])
    rows = []
    for t, dataset in enumerate(by_year):
        heat = dict(dataset["fuel"].select("fuel_id", "heat_content").iter_rows())
        for p, row in enumerate(dataset["plant"].sort("plant_id").iter_rows(named=True)):
            content = heat.get(row["fuel_id"])
            brought = max(entering[p, t], 0.0) if row["project_id"] is not None else 0.0
            added = (solution.built[p, t] + brought) * 1e3
            rows.append(
                {
                    "year": int(system.years[t]),
                    "technology": row["technology"],
                    "capacity": solution.capacity[p, t] * 1e3,
                    "added": added,
                    "generation": solution.generation[p, t],
                    "investment": added * (row["investment"] or 0.0),
                    "emission": solution.generation[p, t] * emission[p, t] * 1e6,
                    "fuel": content and solution.generation[p, t] * 1e6 / (row["efficiency"] * content),
                }
            )
    # What one fleet burns is unknown where that of another is.
    fuel = pl.when(pl.col("fuel").is_not_null().all()).then(pl.col("fuel").sum())
    frame = (
        pl.DataFrame(rows, infer_schema_length=None)
        .group_by("year", "technology")
        .agg(pl.all().exclude("fuel").sum(), fuel.cast(pl.Float64).alias("fuel"))
        .sort("year", "technology")
    )
    return PowerMix.validate(frame, cast=True)


def _yearly(system: System, solution: Solution, free: Solution, emission: Array) -> pl.DataFrame:
    def share(found: Solution) -> Array:
        made: Array = found.generation[system.renewable].sum(axis=0)
        return np.divide(made, system.load, out=np.zeros_like(made), where=system.load > 0.0)

    frame = pl.DataFrame(
        {
            "year": system.years,
            "load": system.load,
            "cost": solution.cost * 1e6,
            "cost_without_target": free.cost * 1e6,
            "emission": (solution.generation * emission).sum(axis=0) * 1e6,
            "renewables": share(solution),
            "renewables_without_target": share(free),
            "target": pl.Series(system.share).fill_nan(None),
            "target_price": pl.Series(solution.target_price).fill_nan(None),
            "price": solution.price,
        }
    )
    return PowerYear.validate(frame, cast=True)
