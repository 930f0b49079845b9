"""What harmonising standards would be worth: papers, permits, gauge and axle loads switched off one by one.

Receives a resolved dataset in which some scenarios name the standard that they suppose harmonised (``scenario.standard``);
hands on ``harmonisation``: by standard and country the hours, dollars and CO2 of a year. Each case is the base year with the
changes of one scenario, flows and crossings solved to their fixed point, so goods that come by a better way are counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from keruen.chain.appraising import changed
from keruen.chain.congestion import congest
from keruen.chain.settings import Progress, silent
from keruen.errors import Finding, InputError, Severity
from keruen.flows import Assignment
from keruen.network import Network, build
from keruen.plans.appraisal import arc_countries, gains
from keruen.plans.programme import parameters
from keruen.scenarios import active_changes
from keruen.tables import Dataset
from keruen.tables.appraisal import Harmonisation

TOGETHER = "together"
"""Name of the case in which every standard chosen is harmonised at once."""


@dataclass(frozen=True)
class Harmonised:
    """Standards with their worth.

    Parameters
    ----------
    dataset
        The dataset with ``harmonisation``.
    findings
        What makes a case less exact.
    """

    dataset: Dataset
    findings: tuple[Finding, ...]


def harmonise(
    dataset: Dataset,
    scenarios: Sequence[str] = (),
    *,
    network: Network | None = None,
    model: str = "logit",
    gap: float = 1e-6,
    progress: Progress = silent,
) -> Harmonised:
    """Return what each standard would be worth in the base year if it were harmonised alone, and all of them together.

    Parameters
    ----------
    dataset
        Resolved tables: those of the network, ``scenario``, ``change`` and ``appraisal_parameter``.
    scenarios
        Scenarios to value; empty takes those that name a standard.
    network
        Network of the base year; built where not given.
    model, gap
        See :func:`keruen.flows.assign`.
    progress
        Called with each case.

    Raises
    ------
    InputError
        If a scenario does not exist or changes nothing in the base year, no scenario names a standard, or the tables give
        no carbon prices.
    """
    base = network or build(dataset)
    chosen = tuple(dict.fromkeys(scenarios)) or _standards(dataset)
    _refuse(dataset, chosen, base.year)
    values = parameters(dataset)
    choke = dict(dataset["commodity"].select("commodity_id", "value").iter_rows())
    if "unserved_penalty" in values:
        choke = dict.fromkeys(choke, values["unserved_penalty"])
    prices = (values["carbon_price_low"], values["carbon_price_high"])
    progress("flows and crossings as they are")
    before = congest(dataset, base, model=model, gap=gap)
    hours, carbon = _spent(before.assignment)
    findings: list[Finding] = []
    rows: list[dict[str, object]] = []
    cases = {name: active_changes(dataset, base.year, scenario_id=name) for name in chosen}
    if len(chosen) > 1:
        cases[TOGETHER] = pl.concat(cases.values())
    for name, changes in cases.items():
        progress(f"flows and crossings with {name}")
        after = congest(*changed(dataset, base, changes), model=model, gap=gap).assignment
        if after.stall:
            findings.append(
                Finding("scenario", name, "", "", after.stall, "its worth is less exact", Severity.WARNING)
            )
        worth: dict[str, float] = defaultdict(float)
        for (kind, country, _), value in gains(
            before.assignment, after, carbon_price=prices, choke=choke
        ).items():
            worth[country] += value if kind != "co2_high" else 0.0
        hours_after, carbon_after = _spent(after)
        rows += [
            {
                "scenario_id": name,
                "country": country,
                "hours": hours.get(country, 0.0) - hours_after.get(country, 0.0),
                "value": worth[country],
                "co2": carbon.get(country, 0.0) - carbon_after.get(country, 0.0),
            }
            for country in sorted(set(worth) | set(hours) | set(hours_after))
        ]
    frame = pl.DataFrame(rows, schema=Harmonisation.create_empty().schema, orient="row")
    done = dataset.with_tables(harmonisation=Harmonisation.validate(frame.sort(Harmonisation.primary_key())))
    return Harmonised(done, tuple(findings))


def _standards(dataset: Dataset) -> tuple[str, ...]:
    found = dataset["scenario"].filter(pl.col("standard").is_not_null())["scenario_id"].to_list()
    if not found:
        raise InputError(
            [
                Finding(
                    "scenario", "", "standard", "", "no scenario names a standard",
                    "write in the column standard what a scenario harmonises, or name scenarios",
                )
            ]
        )  # fmt: skip
    return tuple(found)


def _refuse(dataset: Dataset, chosen: Sequence[str], year: int) -> None:
    known = dataset["scenario"]["scenario_id"].to_list()
    findings = [
        Finding("scenario", name, "scenario_id", name, "is no scenario", f"name one of {', '.join(known)}")
        for name in chosen
        if name not in known
    ]
    findings += [
        Finding(
            "change",
            name,
            "year_from",
            str(year),
            "nothing changes in the base year",
            "let its changes hold then",
        )
        for name in chosen
        if name in known and not active_changes(dataset, year, scenario_id=name).height
    ]
    findings += [
        Finding("appraisal_parameter", name, "value", "", "is missing", "add a row for it")
        for name in ("carbon_price_low", "carbon_price_high")
        if name not in parameters(dataset)
    ]
    if findings:
        raise InputError(findings)


def _spent(found: Assignment) -> tuple[dict[str, float], dict[str, float]]:
    """Return by country the tonne-hours and the tonnes of CO2 of a year."""
    n = found.network
    volume = found.class_volume.sum(axis=0)
    country = np.array(arc_countries(n), dtype=object)
    time, carbon = volume * (n.time + found.delay), volume * n.emission / 1000.0
    names = sorted(set(country))
    return (
        {name: float(time[country == name].sum()) for name in names},
        {name: float(carbon[country == name].sum()) for name in names},
    )


def harmonisation_lines(dataset: Dataset, *, home: str | None = None) -> Iterator[str]:
    """Say of every standard what harmonising it is worth a year, most first, and where.

    Parameters
    ----------
    dataset
        With ``harmonisation``.
    home
        Country told apart from the others; None takes the one that gains most.
    """
    table = dataset["harmonisation"]
    if not table.height:
        return
    if home is None:
        home = table.group_by("country").agg(pl.col("value").sum()).sort("value", "country")["country"][-1]
    names = dict(dataset["scenario"].select("scenario_id", "name").iter_rows()) | {
        TOGETHER: "All of them at once"
    }
    countries = dict(
        dataset["place"].filter(pl.col("kind") == "country").select("place_id", "name").iter_rows()
    )
    total = (
        table.group_by("scenario_id")
        .agg(pl.col("value", "hours", "co2").sum())
        .sort("value", descending=True)
    )
    own = dict(table.filter(pl.col("country") == home).select("scenario_id", "value").iter_rows())
    where = countries.get(home, home)
    yield f"{'Harmonised':<44} {'m USD/year':>11} {'of it ' + where:>18} {'m tonne-hours':>14} {'kt CO2':>8}"
    for row in total.iter_rows(named=True):
        yield (
            f"{names.get(row['scenario_id'], row['scenario_id']):<44.44} {row['value'] / 1e6:>11,.0f} "
            f"{own.get(row['scenario_id'], 0.0) / 1e6:>18,.0f} {row['hours'] / 1e6:>14,.0f} {row['co2'] / 1e3:>8,.1f}"
        )
    best = total.filter(pl.col("scenario_id") != TOGETHER).row(0, named=True)
    parts = table.filter(pl.col("scenario_id") == best["scenario_id"]).sort("value", descending=True)
    gaining = [
        f"{countries.get(c, c)} {v / 1e6:,.0f}"
        for c, v in parts.select("country", "value").head(5).iter_rows()
        if v > 5e5
    ]
    yield (
        f"Worth most: {names.get(best['scenario_id'], best['scenario_id'])}; m USD a year by country: "
        f"{', '.join(gaining) or 'less than 1 anywhere'}."
    )
    yield "Hours and carbon less are counted above zero; what it costs to harmonise is not in these figures."
