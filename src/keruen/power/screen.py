"""The electricity mix in words: a sentence or two for a run's screen, and a table by year.

Receives ``power_mix`` and ``power_year``; or an :class:`Hourly`; hands on lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from keruen.power.chance import Chance
from keruen.power.door import INDICATOR
from keruen.power.hourly import UNSERVED, VARIABLE, Hourly
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
            f"Power: at least cost {100.0 * last['renewables']:.0f} % of electricity is renewable in {last['year']}, "
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
        f"Power: {100.0 * goal['target']:.0f} % renewables by {goal['year']} (model: {100.0 * start['renewables']:.1f} % in "
        f"{start['year']}) takes {', '.join(parts) or 'no new plant'}, "
        f"{float(renewable['investment'].sum()) / 1e9:.1f} bn dollars."
    )
    more = goal["cost"] - goal["cost_without_target"]
    if goal["target_price"] > 0.005:
        yield (
            f"The target costs {more / 1e6:,.0f} m dollars in {goal['year']} ({100.0 * (more / goal['cost_without_target']):.1f} % of "
            f"the power bill), {goal['target_price']:.0f} dollars for the last renewable MWh; without it the share "
            f"would be {100.0 * goal['renewables_without_target']:.1f} %."
        )
    else:
        yield f"The target costs nothing in {goal['year']}: the cheapest mix holds {100.0 * goal['renewables']:.1f} % by itself."


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
        target = "-" if row["target"] is None else f"{100.0 * row['target']:.0f} %"
        premium = "-" if row["target_price"] is None else f"{row['target_price']:.1f}"
        yield (
            f"{row['year']}  {made}  {100.0 * row['renewables']:>7.1f} %  {target:>6}  {row['cost'] / 1e9:>6.2f}  "
            f"{row['emission'] / 1e6:>6.1f}  {row['price']:>7.1f}  {premium:>9}"
        )
    yield "USD/MWh: cost of one more megawatt-hour; of target: of one more renewable one, where the target binds."
    yield from _pace(dataset)
    built = mix.filter(pl.col("added") > 0.5).group_by("technology", maintain_order=True)
    for technology, frame in built:
        when = ", ".join(
            f"{r['added'] / 1e3:.2f} in {r['year']}" for r in frame.sort("year").iter_rows(named=True)
        )
        yield f"New {technology[0]} [GW]: {when}"
    yield from _burnt(dataset)


def _burnt(dataset: Dataset) -> Iterator[str]:
    """Yield what is burnt of each fuel in the first and the last year, beside what was last mined of it, where both are known."""
    burnt = dataset["power_mix"].filter(pl.col("fuel") > 0.5).sort("year")
    fuels = dict(dataset["plant"].drop_nulls("fuel_id").select("technology", "fuel_id").iter_rows())
    names = dict(dataset["fuel"].select("fuel_id", "name").iter_rows())
    for (technology,), frame in burnt.group_by("technology", maintain_order=True):
        fuel = fuels[technology]
        ends = [frame.row(0, named=True), frame.row(-1, named=True)][: min(frame.height, 2)]
        told = " and ".join(f"{row['fuel']:,.0f} t in {row['year']}" for row in ends)
        mined = (
            dataset["figure"]
            .filter((pl.col("indicator_id") == f"{fuel}_production") & (pl.col("aspect") == "actual"))
            .drop_nulls(["period_end", "estimate"])
            .filter(pl.col("unit") == "t")
            .sort("period_end", "figure_id")
        )
        beside = ""
        if mined.height:
            last = mined.row(-1, named=True)
            beside = (
                f"; {last['estimate']:,.0f} t were mined in {last['period_end'].year}, "
                f"{100.0 * ends[-1]['fuel'] / last['estimate']:.1f} % would be burnt"
            )
        yield f"{names[fuel]}, as mined: {told}{beside}."


def _pace(dataset: Dataset) -> Iterator[str]:
    """Yield how fast the announced share rose, beside how fast it must rise; none without two figures of the past."""
    aimed = dataset["power_year"].filter(pl.col("target").is_not_null()).sort("year")
    past = (
        dataset["figure"]
        .filter((pl.col("indicator_id") == INDICATOR) & (pl.col("aspect") == "actual"))
        .filter(pl.col("period_end").is_not_null() & pl.col("estimate").is_not_null())
        .sort("period_end")
    )
    if past.height < 2 or not aimed.height:
        return
    told = [(row["period_end"].year, float(row["estimate"])) for row in past.iter_rows(named=True)]
    (first, low), (last, high) = told[0], told[-1]
    goal, share = int(aimed["year"][0]), 100.0 * float(aimed["target"][0])
    if last > first and goal > last:
        done, needed = (high - low) / (last - first), (share - high) / (goal - last)
        yield (
            f"Announced: {', '.join(f'{value:g} % in {year}' for year, value in told)}; {done:.2f} points a year so far, "
            f"{needed:.2f} a year needed for {share:g} % in {goal}."
        )


def chance_lines(found: Chance) -> Iterator[str]:
    """Yield how often the targets can be met when every assumption varies within its range, and what they then cost."""
    if not found.draws:
        yield f"In none of {found.unserved} draws is the load met at all, so nothing can be said of the target."
        return
    yield (
        f"The targets can be met in {found.attainable:.0%} of {found.draws} draws of the assumptions (standard error "
        f"{100.0 * found.error:.0f} points): an upper bound, for it supposes that the cheapest plants are built in time."
    )
    if found.unserved:
        yield f"In {found.unserved} further draws the load itself cannot be met."
    if found.attainable > 0.0:
        low, middle, high = (value / 1e9 for value in found.premium)
        yield (
            f"They then cost {middle:.1f} bn dollars in all years together ({low:.1f} to {high:.1f} in eight of ten draws), "
            "discounted."
        )


def hourly_lines(found: Hourly) -> Iterator[str]:
    """Yield a year by the hour: whether it holds, what the hours add, and a table by zone."""
    yield f"{found.year} by the hour, from {found.weeks} {'week' if found.weeks == 1 else 'weeks'} spread over the year:"
    load, unserved = float(found.zones["load"].sum()), float(found.zones["unserved"].sum())
    short = 1e6 * unserved
    holds = "every hour is served" if short < 1.0 else f"{short:,.0f} MWh of {load:,.0f} TWh cannot be served"
    yield (
        f"  {holds}; {100.0 * found.renewables:.1f} % renewable; {found.cost / 1e9:.2f} bn dollars a year, "
        f"{100.0 * (found.cost / found.yearly_cost - 1.0):+.1f} % on the yearly model of that year alone."
    )
    if found.target is not None and found.target_price is not None:
        yield (
            f"  The target of {100.0 * found.target:.0f} % costs {found.target_price:.0f} dollars for the last renewable MWh."
        )
    built = found.mix.filter(pl.col("added") > 0.5).group_by("technology").agg(pl.col("added").sum())
    parts = [
        f"{row['added'] / 1e3:.2f} GW of {row['technology']}"
        for row in built.sort("added", descending=True).to_dicts()
    ]
    batteries = float(found.storage["added"].sum())
    if batteries > 0.5:
        parts.append(f"{batteries / 1e3:.2f} GW of storage")
    yield f"  New until then: {', '.join(parts) or 'nothing'}."
    yield "Zone         TWh load   unserved   wind+sun  curtailed   USD/MWh  95 % of hours"
    weather = found.mix.filter(pl.col("technology").is_in(VARIABLE)).group_by("zone_id").agg(
        pl.col("generation", "curtailed").sum()
    )  # fmt: skip
    of_zone = {row["zone_id"]: row for row in weather.to_dicts()}
    for row in found.zones.iter_rows(named=True):
        green = of_zone.get(row["zone_id"], {"generation": 0.0, "curtailed": 0.0})
        yield (
            f"{row['zone_id']:<12} {row['load']:>8.1f} {row[UNSERVED]:>10.4f} {green['generation']:>10.1f} "
            f"{green['curtailed']:>10.2f} {row['price']:>9.1f} {row['price_p95']:>14.1f}"
        )
    for row in found.lines.iter_rows(named=True):
        yield (
            f"{row['from_zone_id']} - {row['to_zone_id']}: {row['sent']:.2f} TWh there, {row['sent_back']:.2f} back, at its limit of "
            f"{row['capacity']:,.0f} MW in {100.0 * row['full']:.0f} % of hours; one more MW saves {row['worth']:,.0f} dollars a year."
        )
