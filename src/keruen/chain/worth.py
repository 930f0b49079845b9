"""What an appraisal says: measures of a project's benefits, and the lines that people read.

Receives rows of ``benefit`` and hands on the columns of ``appraisal``. Transfers are told as such: a charge that shippers
pay more and carriers take more is nobody's gain taken together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from keruen.plans.cashflow import present_value, rate_of_return
from keruen.plans.losing import losing_lines
from keruen.plans.programme import parameters
from keruen.tables import Dataset

TRANSFERS = frozenset({"charge", "resource_cost"})
PROJECT = frozenset({"capital", "operation", "residual"})
TIME = ("time", "reliability")


def measures(
    rows: Sequence[Mapping[str, Any]],
    years: Sequence[int],
    rate: float,
    opened: int,
    carbon_price: float = 0.0,
) -> dict[str, Any]:
    """Return the measures of one project's benefits, by column of ``appraisal``.

    Parameters
    ----------
    rows
        Rows of ``benefit``.
    years
        The years appraised, in order; money is discounted to the first.
    rate
        Discount rate [1/year].
    opened
        First year in service.
    carbon_price
        Low carbon price, at which ``co2`` is valued [USD/t CO2].
    """
    stream: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(years))
    lands: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(years))
    taken: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(years))
    for row in rows:
        at = int(row["year"]) - years[0]
        if row["type"] != "co2_high":
            lands[row["country"]][at] += row["value"]
        if (row["type"], row["beneficiary"]) == ("charge", "carriers"):
            taken[row["country"]][at] += row["value"]
        stream[row["type"]][at] += row["value"]
        if row["type"] != "co2_high":
            stream["welfare"][at] += row["value"]
        if row["type"] in PROJECT or (row["type"] in TRANSFERS and row["beneficiary"] == "carriers"):
            stream["financial"][at] += row["value"]
    worth = {kind: present_value(values, rate) for kind, values in stream.items()}
    by_land = [present_value(values, rate) for values in lands.values()]
    charges = [present_value(values, rate) for values in taken.values()]
    npv, capital = worth.get("welfare", 0.0), -worth.get("capital", 0.0)
    high = npv + worth.get("co2_high", 0.0)
    # The residual value is a share of the cost and moves with it.
    net_capital = capital - worth.get("residual", 0.0)
    owner = math.fsum(worth.get(kind, 0.0) for kind in PROJECT)
    at = opened - years[0]
    spent = -math.fsum(stream["capital"])
    first = stream["welfare"][at] - stream["capital"][at] - stream["residual"][at]
    verdict = (
        "worth_it"
        if min(npv, high) >= 0.0
        else "depends_on_carbon"
        if max(npv, high) >= 0.0
        else "not_worth_it"
    )
    return {
        "capital": capital,
        "npv": npv,
        "npv_high_carbon": high,
        "eirr": rate_of_return(stream["welfare"]),
        "bcr": (npv + capital) / capital if capital > 0.0 else None,
        "switching_value": (npv + net_capital) / net_capital if net_capital > 0.0 else None,
        "switching_benefits": -owner / (npv - owner) if npv > owner else None,
        "switching_time": _switching(npv, math.fsum(worth.get(kind, 0.0) for kind in TIME)),
        "switching_carbon_price": _carbon(npv, worth.get("co2", 0.0), carbon_price),
        "transfer": math.fsum(charges),
        "diverted": -math.fsum(value for value in charges if value < 0.0),
        "regional_gain": math.fsum(value for value in by_land if value > 0.0),
        "regional_loss": math.fsum(value for value in by_land if value < 0.0),
        "first_year_return": first / spent if spent > 0.0 else None,
        "financial_npv": worth.get("financial", 0.0),
        "verdict": verdict,
        "explanation": _explained(npv, capital, worth),
    }


def _switching(npv: float, part: float) -> float | None:
    """Return the multiple of one part of the net present value at which the whole is zero; None below zero."""
    if not part:
        return None
    multiple = 1.0 - npv / part
    return multiple if multiple >= 0.0 else None


def _carbon(npv: float, co2: float, price: float) -> float | None:
    """Return the carbon price at which the net present value is zero."""
    multiple = _switching(npv, co2)
    return None if multiple is None or price <= 0.0 else multiple * price


def _explained(npv: float, capital: float, worth: Mapping[str, float]) -> str:
    words = {
        "time": "time", "reliability": "waits that spread less", "charge": "charges that change hands", "choice": "a wider choice of routes",
        "generated": "goods that could not move before", "resource_cost": "the cost of carriage", "co2": "carbon",
    }  # fmt: skip
    most = max(words, key=lambda kind: abs(worth.get(kind, 0.0)))
    start = f"Over the years it {'gains' if npv >= 0.0 else 'loses'} {dollars(abs(npv))} for {dollars(capital)} of capital"
    if not any(worth.get(kind, 0.0) for kind in words):
        return f"{start}: it changes nothing that goods meet on their way."
    return f"{start}; the largest part of what it changes is {words[most]} ({dollars(worth.get(most, 0.0))})."


def dollars(value: float) -> str:
    """Return an amount in millions or billions."""
    sign = "-" if value < 0.0 else ""
    size = abs(value) / 1e6
    return f"{sign}${size / 1000.0:.3g} billion" if size >= 999.5 else f"{sign}${size:.3g} million"


def appraisal_lines(dataset: Dataset) -> Iterator[str]:
    """Say of every appraised project whether it is worth its cost, and who gains; sorted by net present value."""
    names = dict(dataset["project"].select("project_id", "name").iter_rows())
    rate = parameters(dataset).get("discount_rate", 0.0)
    benefit = dataset["benefit"].filter(pl.col("type") != "co2_high")
    rows = dataset["appraisal"].sort("npv", "project_id", descending=[True, False])
    yield from losing_lines(dataset)
    for row in rows.iter_rows(named=True):
        ratio = "no capital" if row["bcr"] is None else f"benefit/cost {row['bcr']:.2f}"
        rate_words = "no single rate of return" if row["eirr"] is None else f"EIRR {row['eirr']:.1%}"
        yield (
            f"{names.get(row['project_id'], row['project_id'])} (opens {row['open_year']}): NPV {dollars(row['npv'])} "
            f"at {rate:.3g}, {dollars(row['npv_high_carbon'])} at the high carbon price, {rate_words}, {ratio}."
        )
        yield f"  {row['explanation']}"
        switching = "; ".join(_switches(row))
        if switching:
            yield f"  It breaks even at {switching}."
        mine = benefit.filter(pl.col("project_id") == row["project_id"])
        for by in ("type", "country", "beneficiary"):
            parts = mine.group_by(by).agg(
                (pl.col("value") / (1.0 + rate) ** (pl.col("year") - row["first_year"])).sum()
            )
            yield f"  By {by}: {_parts(parts)}."
        more = "more" if row["transfer"] >= 0.0 else "less"
        yield (
            f"  Owner and carriers by themselves: {dollars(row['financial_npv'])}. Carriers take {dollars(abs(row['transfer']))} "
            f"{more} in charges; that changes hands and is no gain by itself."
        )
        if row["regional_loss"] < -0.5 or row["diverted"] > 0.5:
            yield (
                f"  Countries that gain: {dollars(row['regional_gain'])}; countries that lose: {dollars(row['regional_loss'])}, "
                f"with {dollars(row['diverted'])} of charges drawn from their carriers."
            )


def _parts(parts: pl.DataFrame) -> str:
    """Name parts from the largest gain to the largest loss; those below a hundredth of the largest stand together."""
    rows = sorted(parts.iter_rows(), key=lambda r: (-r[1], r[0]))
    least = max((abs(v) for _, v in rows), default=0.0) / 100.0
    words = [f"{who} {dollars(v)}" for who, v in rows if abs(v) >= least]
    small = [v for _, v in rows if abs(v) < least]
    return ", ".join([*words, *([f"{len(small)} others {dollars(math.fsum(small))}"] if small else [])])


_NEAR = 10.0
"""Multiples further away say nothing that a reader could use."""
_DEAR = 1000.0
"""USD/t CO2: the same of carbon prices."""


def _switches(row: Mapping[str, Any]) -> Iterator[str]:
    for name, words in (("value", "cost"), ("benefits", "benefits"), ("time", "the value of time")):
        multiple = row[f"switching_{name}"]
        if multiple is not None and 0.0 < multiple <= _NEAR:
            yield f"{multiple:.2f} times {words if name == 'time' else 'its ' + words}"
    price = row["switching_carbon_price"]
    if price is not None and price <= _DEAR:
        yield f"a carbon price of {price:,.0f} USD/t"
