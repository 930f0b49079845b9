"""The appraisal: what each project brings, by what and to whom, and whether it is worth its cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from keruen.plans.losing import losing_lines
from keruen.reports.html import Html, el, join
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, Section, table
from keruen.reports.wording import UNKNOWN, amount, share
from keruen.tables import Dataset

VERDICTS = {
    "worth_it": "worth its cost",
    "not_worth_it": "not worth its cost",
    "depends_on_carbon": "depends on the carbon price",
}
TYPES = {
    "time": "time", "reliability": "waits that spread less", "charge": "charges (transfer)", "choice": "choice of routes",
    "generated": "goods that could not move", "resource_cost": "cost of carriage", "co2": "carbon, low price",
    "co2_high": "carbon, high price adds", "capital": "capital", "operation": "operation",
    "residual": "residual value",
}  # fmt: skip
_MOST = 7
"""Countries drawn by name; the others stand together."""


def section(dataset: Dataset, names: Names) -> Section | None:
    """Return the appraisal, or None where nothing was appraised."""
    if not dataset.has("appraisal"):
        return None
    rows = list(
        dataset["appraisal"].sort("npv", "project_id", descending=[True, False]).iter_rows(named=True)
    )
    rate = dict(dataset["appraisal_parameter"].select("parameter_id", "value").iter_rows())["discount_rate"]
    present = dataset["benefit"].join(dataset["appraisal"].select("project_id", "first_year"), on="project_id").with_columns(
        (pl.col("value") / (1.0 + rate) ** (pl.col("year") - pl.col("first_year"))).alias("present")
    )  # fmt: skip
    note = (
        f"Present values at {share(rate)} a year, with the project less without it. To the right what is gained, to the left what it "
        "takes. Charges change hands between shippers and carriers. Carbon counts at the low price; what the high price adds is "
        "told apart."
    )
    body = join(
        [el("p", words, class_="warn") for words in losing_lines(dataset)],
        _measures(rows, names),
        el("p", note, class_="note"),
        el("div", [_card(row, present, names) for row in rows], class_="cards"),
    )
    return Section("appraisal", "Appraisal: what projects are worth, and to whom", body, [])


def _measures(rows: Sequence[dict[str, Any]], names: Names) -> Html:
    columns = [
        Column("Project"), Column("Opens", numeric=True), Column("Net present value", numeric=True),
        Column("At the high carbon price", numeric=True), Column("EIRR", numeric=True), Column("Benefit/cost", numeric=True),
        Column("Breaks even at this multiple of cost", numeric=True), Column("Owner and carriers alone", numeric=True),
        Column("Countries that gain", numeric=True), Column("Countries that lose", numeric=True), Column("Verdict"),
    ]  # fmt: skip

    def money(value: float) -> Cell:
        return Cell(amount(value, "USD"), value)

    def plain(value: float | None) -> Cell:
        return Cell(UNKNOWN if value is None else f"{value:.2f}", value)

    cells = [
        [
            names.projects.get(row["project_id"], row["project_id"]),
            Cell(str(row["open_year"]), row["open_year"]),
            money(row["npv"]),
            money(row["npv_high_carbon"]),
            Cell("none" if row["eirr"] is None else share(row["eirr"]), row["eirr"]),
            plain(row["bcr"]),
            plain(row["switching_value"]),
            money(row["financial_npv"]),
            money(row["regional_gain"]),
            money(row["regional_loss"]),
            VERDICTS[row["verdict"]],
        ]
        for row in rows
    ]
    classes = ["bad" if row["npv"] < 0.0 else None for row in rows]
    return table(columns, cells, classes=classes)


def _card(row: dict[str, Any], present: pl.DataFrame, names: Names) -> Html:
    mine = present.filter(pl.col("project_id") == row["project_id"])
    by_type = dict(mine.group_by("type").agg(pl.col("present").sum()).iter_rows())
    lands = mine.filter(pl.col("type") != "co2_high").group_by("country").agg(pl.col("present").sum())
    ranked = sorted(lands.iter_rows(), key=lambda pair: (-abs(pair[1]), pair[0]))
    by_land = [(names.places.get(land, land), value) for land, value in ranked[:_MOST]]
    if ranked[_MOST:]:
        by_land.append((f"{len(ranked) - _MOST} others", sum(value for _, value in ranked[_MOST:])))
    name = names.projects.get(row["project_id"], row["project_id"])
    return el(
        "article",
        el("h3", name),
        el("p", row["explanation"]),
        bars(
            [(words, by_type[kind]) for kind, words in TYPES.items() if kind in by_type], f"{name}, by type"
        ),
        el("h4", "By country"),
        bars(by_land, f"{name}, by country"),
        class_="target",
    )


def bars(parts: Sequence[tuple[str, float]], label: str) -> Html:
    """Return bars to the right for gains and to the left for losses.

    Parameters
    ----------
    parts
        Words and USD.
    label
        What a reader who cannot see it is told.
    """
    largest = max((abs(value) for _, value in parts), default=0.0) or 1.0
    middle, reach, step = 215.0, 75.0, 15
    drawn: list[Html] = []
    for i, (words, value) in enumerate(parts):
        width = round(reach * abs(value) / largest, 2)
        y = step * i
        drawn += [
            el("text", words, x=0, y=y + 11),
            el("rect", x=round(middle if value >= 0 else middle - width, 2), y=y + 2, width=width, height=11,
               class_="c2" if value >= 0 else "loss"),
            el("text", amount(value, "USD"), x=384, y=y + 11, text_anchor="end"),
        ]  # fmt: skip
    height = step * len(parts)
    drawn.append(el("path", d=f"M{middle} 0V{height}", class_="axis"))
    return el("svg", el("title", label), drawn, viewBox=f"0 0 386 {height + 2}", class_="worth", role="img")
