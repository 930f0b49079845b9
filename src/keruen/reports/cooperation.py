"""Beyond freight: where electricity comes from, who is missing, and when parties meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from keruen import calendar, power, skills
from keruen.reports.html import Html, el, join
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, Section, table
from keruen.reports.wording import UNKNOWN, amount, count, number, share
from keruen.tables import Dataset


def electricity(dataset: Dataset) -> Section | None:
    """Return the electricity mix and what the target takes, or None where none was found."""
    if not dataset.has("power_year"):
        return None
    columns = [
        Column("Year"), Column("Needed", numeric=True), Column("Renewables", numeric=True), Column("Aim", numeric=True),
        Column("Without the aim", numeric=True), Column("Cost", numeric=True), Column("The aim adds", numeric=True),
        Column("Last renewable MWh", numeric=True), Column("Emission", numeric=True),
    ]  # fmt: skip
    rows = [
        [
            Cell(str(r["year"]), r["year"]),
            Cell(amount(r["load"], "TWh"), r["load"]),
            Cell(share(r["renewables"]), r["renewables"]),
            Cell(share(r["target"]) if r["target"] is not None else UNKNOWN, r["target"]),
            Cell(share(r["renewables_without_target"]), r["renewables_without_target"]),
            Cell(amount(r["cost"], "USD"), r["cost"]),
            Cell(amount(r["cost"] - r["cost_without_target"], "USD"), r["cost"] - r["cost_without_target"]),
            Cell(amount(r["target_price"], "USD/MWh"), r["target_price"]),
            Cell(f"{number(r['emission'] / 1e6)} Mt", r["emission"]),
        ]
        for r in dataset["power_year"].sort("year").iter_rows(named=True)
    ]
    body = join(
        [el("p", line) for line in power.lines(dataset)],
        _figure(power.picture, dataset, "Electricity made in a year [TWh], and the share of renewables; bold where a target holds."),
        table(columns, rows, caption="At least cost, with all that was announced. A dash is no target."),
    )  # fmt: skip
    return Section("power", "Electricity: what the target for renewables takes", body)


def people(dataset: Dataset, names: Names) -> Section | None:
    """Return who is missing and which courses close the gap, or None where nobody is needed."""
    if not dataset.has("skill_gap"):
        return None
    columns = [
        Column("Project"), Column("Skill (ISCO-08)"), Column("Year", numeric=True), Column("Needed", numeric=True),
        Column("Trained", numeric=True), Column("From the trade", numeric=True), Column("Missing", numeric=True),
        Column("Missing today", numeric=True), Column("Wait [years]", numeric=True), Column("Courses that feed it", prose=True),
    ]  # fmt: skip
    rows = [
        [
            names.projects.get(r["project_id"], r["project"]),
            f"{r['skill']} ({r['isco']})" if r["isco"] else r["skill"],
            Cell(str(r["year"]), r["year"]),
            *(
                Cell(number(round(r[name])), r[name])
                for name in ("needed", "trained", "free", "gap", "gap_today")
            ),
            Cell(UNKNOWN if r["wait"] is None else str(r["wait"]), r["wait"]),
            r["feeds"] or "none",
        ]
        for r in skills.programmes(dataset).iter_rows(named=True)
    ]
    caption = "Each project and skill in the year in which most are missing. Missing today: with the places that stand today."
    body = join(
        [el("p", line) for line in skills.lines(dataset)],
        _figure(
            skills.picture,
            dataset,
            "People missing by skill and year, with today's places and under the plan.",
        ),
        table(columns, rows, caption=caption),
        _places(dataset),
    )
    return Section("skills", "Skills: who is missing, and which places to add", body)


def _places(dataset: Dataset) -> Html | None:
    added = skills.sheets(dataset)["places to add"]
    if not added.height:
        return None
    columns = [
        Column("Course"), Column("Who teaches"), Column("Begin", numeric=True), Column("Places", numeric=True),
        Column("At work from", numeric=True), Column("Graduates", numeric=True), Column("Cost", numeric=True),
    ]  # fmt: skip
    rows = [
        [
            r["course"], r["institution"], Cell(str(r["year"]), r["year"]),
            Cell(number(round(r["places_added"])), r["places_added"]), Cell(str(r["graduate_year"]), r["graduate_year"]),
            Cell(number(round(r["graduates"])), r["graduates"]), Cell(amount(r["cost"], "USD"), r["cost"]),
        ]
        for r in added.iter_rows(named=True)
    ]  # fmt: skip
    return join(el("h3", "Places to add"), table(columns, rows))


def dates(dataset: Dataset) -> Section | None:
    """Return the year's events, what collides and what to move, or None without events."""
    proposal = dataset["calendar_proposal"]
    if not proposal.height:
        return None
    clashes, moved = dataset["clash"], proposal.filter(pl.col("moved") != 0)
    caption = "Dashed: the days as announced, where a move is proposed. Red frame: a clash that stays. Thin red lines are public holidays."
    body = join(
        [el("p", line) for line in calendar.lines(dataset)],
        _figure(lambda d: calendar.picture(d, ink="currentColor"), dataset, caption),
        _moves(moved.to_dicts()),
        el("ul", [el("li", row["explanation"]) for row in clashes.filter(~pl.col("resolved")).to_dicts()])
        if clashes.filter(~pl.col("resolved")).height
        else None,
    )
    return Section("calendar", "Calendar: who meets when", body)


def _moves(rows: list[dict[str, Any]]) -> Html | None:
    if not rows:
        return None
    columns = [Column("Event"), Column("Announced"), Column("Proposed"), Column("Why", prose=True)]
    cells = [
        [r["title"], r["start"].isoformat(), r["proposed_start"].isoformat(), r["reason"] or ""] for r in rows
    ]
    return table(columns, cells, caption=f"{count(len(rows), 'event')} to move.")


def _figure(draw: Callable[[Dataset], str], dataset: Dataset, caption: str) -> Html | None:
    """Return a drawing with its caption, or nothing where there is nothing to draw."""
    try:
        drawn = draw(dataset)
    except ValueError:
        return None
    return el("figure", el("div", Html(drawn), class_="scroll"), el("figcaption", caption))
