"""The electricity mix in words: a sentence or two for a run's screen, and a table by year.

Receives ``power_mix`` and ``power_year``; hands on lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from keruen.tables import Dataset
from keruen.tables.power import TECHNOLOGIES


def lines(dataset: Dataset) -> Iterator[str]:
    """Yield one or two plain sentences on what the target takes and costs; none without a mix."""
    years = dataset["power_year"].sort("year")
    if not years.height:
        return
    aimed = years.filter(pl.col("target").is_not_null())
    if not aimed.height:
        last = years.row(-1, named=True)
        yield (
            f"Power: at least cost {last['renewables']:.0%} of electricity is renewable in {last['year']}, "
            f"for {last['cost'] / 1e9:.1f} bn dollars a year; no target is set."
        )
        return
    goal, start = aimed.row(0, named=True), years.row(0, named=True)
    built = dataset["power_mix"].filter((pl.col("year") <= goal["year"]) & (pl.col("added") > 0.5))
    takes = built.group_by("technology").agg(pl.col("added").sum(), pl.col("investment").sum())
    renewable = takes.filter(pl.col("technology").is_in(["wind", "solar", "hydro"])).sort(
        "added", descending=True
    )
    parts = [f"{row['added'] / 1e3:.1f} GW of {row['technology']}" for row in renewable.iter_rows(named=True)]
    yield (
        f"Power: {goal['target']:.0%} renewables by {goal['year']} (model: {start['renewables']:.1%} in "
        f"{start['year']}) takes {' and '.join(parts) or 'no new plant'}, "
        f"{float(renewable['investment'].sum()) / 1e9:.1f} bn dollars."
    )
    more = goal["cost"] - goal["cost_without_target"]
    if goal["target_price"] > 0.005:
        yield (
            f"The target costs {more / 1e6:,.0f} m dollars in {goal['year']} ({more / goal['cost_without_target']:.1%} of "
            f"the power bill), {goal['target_price']:.0f} dollars for the last renewable MWh; without it the share "
            f"would be {goal['renewables_without_target']:.1%}."
        )
    else:
        yield f"The target costs nothing in {goal['year']}: the cheapest mix holds {goal['renewables']:.1%} by itself."


def table_lines(dataset: Dataset) -> Iterator[str]:
    """Yield a table by year: generation of each technology, share, cost and prices."""
    years, mix = dataset["power_year"].sort("year"), dataset["power_mix"]
    present = set(mix["technology"])
    shown = [name for name in TECHNOLOGIES if name in present]
    yield (
        "TWh   "
        + "".join(f"{name:>8}" for name in shown)
        + "  renewable  target  bn USD  Mt CO2  USD/MWh  of target"
    )
    for row in years.iter_rows(named=True):
        of_year = dict(
            mix.filter(pl.col("year") == row["year"]).select("technology", "generation").iter_rows()
        )
        made = "".join(f"{of_year.get(name, 0.0):>8.1f}" for name in shown)
        target = "-" if row["target"] is None else f"{row['target']:.0%}"
        premium = "-" if row["target_price"] is None else f"{row['target_price']:.1f}"
        yield (
            f"{row['year']}  {made}  {row['renewables']:>9.1%}  {target:>6}  {row['cost'] / 1e9:>6.2f}  "
            f"{row['emission'] / 1e6:>6.1f}  {row['price']:>7.1f}  {premium:>9}"
        )
    built = mix.filter(pl.col("added") > 0.5).group_by("technology", maintain_order=True)
    for technology, frame in built:
        when = ", ".join(
            f"{r['added'] / 1e3:.2f} in {r['year']}" for r in frame.sort("year").iter_rows(named=True)
        )
        yield f"New {technology[0]} [GW]: {when}"
