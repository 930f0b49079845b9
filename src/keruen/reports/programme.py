"""The plan: which project starts when, at what cost and why, and how good the plan is proven to be."""

from __future__ import annotations

import math
from typing import Any

from keruen.plans.losing import losing_lines
from keruen.reports.html import Html, el, join
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, Section, facts, table
from keruen.reports.wording import UNKNOWN, amount, count, share
from keruen.tables import Dataset


def section(dataset: Dataset, names: Names) -> Section | None:
    """Return the plan, or None where nothing was planned."""
    if not dataset.has("plan"):
        return None
    rows = list(dataset["plan"].sort("project_id").iter_rows(named=True))
    built = sorted(
        (r for r in rows if r["selected"]),
        key=lambda r: (r["start_year"] or 9999, -(r["value_alone"] or 0.0), r["project_id"]),
    )
    left = [r for r in rows if not r["selected"]]
    summary = list(dataset["plan_summary"].sort("plan_id").iter_rows(named=True))
    stages = dict(dataset["project"].select("project_id", "stage").iter_rows())
    under_way = {project for project, stage in stages.items() if stage in ("under_construction", "completed")}
    body = join(
        [el("p", words, class_="warn") for words in losing_lines(dataset)],
        [_certificate(s) for s in summary],
        _gantt(built, names, under_way),
        _reasons(built, left, names),
    )
    first = _first(built, rows, names, under_way)
    return Section("plan", "Plan: what to build, and when", body, [("What to build first", first)])


def _first(
    built: list[dict[str, Any]], rows: list[dict[str, Any]], names: Names, under_way: set[str]
) -> Html:
    """Name the first project that is still to be decided, apart from what is under construction anyway."""
    new = [r for r in built if r["project_id"] not in under_way]
    running = len(built) - len(new)
    anyway = f"{running} of them under construction in any case" if running else ""
    if not new:
        none = el("a", f"Nothing new of {count(len(rows), 'project')}", href="#plan")
        return join(
            none,
            " is worth starting within the plan",
            f"; {running} are under construction in any case." if running else ".",
        )
    first = new[0]
    cost = f" at {amount(first['cost'], 'USD')}" if first["cost"] is not None else ""
    start = f", started in {first['start_year']}" if first["start_year"] else ""
    return join(
        el("a", names.projects.get(first["project_id"], first["project_id"]), href="#plan"),
        f"{cost}{start}; the plan builds {len(built)} of {count(len(rows), 'project')}",
        f", {anyway}." if anyway else ".",
    )


def _certificate(row: dict[str, Any]) -> Html:
    saved = row["without_projects"] - row["objective"]
    # As many digits as it takes to tell the two bounds apart, and one more.
    apart = abs(row["objective"] - row["bound"]) / max(abs(row["objective"]), 1.0)
    digits = 4 if apart <= 0 else min(max(2 - math.floor(math.log10(apart)), 4), 9)
    pairs: list[tuple[str, Html | str]] = [
        ("Cost with this plan", f"{amount(row['objective'], 'USD', digits)} (discounted)"),
        ("No plan can cost less than", amount(row["bound"], "USD", digits)),
        ("Gap between the two", share(row["gap"])),
        ("With nothing built", f"{amount(row['without_projects'], 'USD', digits)}: the plan saves {amount(saved, 'USD')}"),
        ("Capital spent", amount(row["capital"], "USD")),
        ("Demand that cannot be carried", amount(row["unserved"], "t")),
        ("Price of the targets", "no target constrains the plan" if row["price_of_targets"] is None
         else amount(row["price_of_targets"], "USD")),
        ("How the solve ended", row["status"]),
    ]  # fmt: skip
    return facts(pairs)


def _gantt(built: list[dict[str, Any]], names: Names, under_way: set[str]) -> Html | None:
    timed = [r for r in built if r["start_year"] is not None]
    if not timed:
        return None
    first = min(r["start_year"] for r in timed)
    last = max(max(r["open_year"] or r["start_year"] + 1, r["start_year"] + 1) for r in timed)
    years = range(first, last + 1)
    rows = []
    for row in timed:
        opening = row["open_year"]
        end = last + 1 if opening is None else max(opening, row["start_year"])
        cost = amount(row["cost"], "USD")
        cells = [
            el("td", colspan=row["start_year"] - first) if row["start_year"] > first else None,
            el(
                "td",
                cost,
                colspan=end - row["start_year"],
                class_="build given" if row["project_id"] in under_way else "build",
            )
            if end > row["start_year"]
            else None,
            el("td", f"in service from {opening}", colspan=last + 1 - opening, class_="service")
            if opening is not None and opening <= last
            else None,
        ]
        rows.append(
            el("tr", el("th", names.projects.get(row["project_id"], row["project_id"]), scope="row"), cells)
        )
    head = el("tr", el("th", "Project", scope="col"), [el("th", str(y), scope="col") for y in years])
    caption = el(
        "caption",
        "Years of construction with the capital cost, then years in service. Framed only: under construction in any case.",
    )
    return el(
        "div", el("table", caption, el("thead", head), el("tbody", rows), class_="gantt"), class_="scroll"
    )


def _reasons(built: list[dict[str, Any]], left: list[dict[str, Any]], names: Names) -> Html:
    rows = []
    for row in [*built, *left]:
        rows.append(
            [
                names.projects.get(row["project_id"], row["project_id"]),
                el("b", "build") if row["selected"] else "leave",
                Cell(row["start_year"] or UNKNOWN, row["start_year"]),
                Cell(row["open_year"] or UNKNOWN, row["open_year"]),
                Cell(amount(row["cost"], "USD"), row["cost"]),
                Cell(amount(row["discounted_cost"], "USD"), row["discounted_cost"]),
                Cell(amount(row["value_alone"], "USD"), row["value_alone"]),
                row["reason"],
            ]
        )
    columns = [
        Column("Project"), Column("Decision"), Column("Start", numeric=True), Column("Opens", numeric=True),
        Column("Cost", numeric=True), Column("Discounted, with operation", numeric=True),
        Column("Saves by itself", numeric=True), Column("Why", prose=True),
    ]  # fmt: skip
    caption = (
        "Costs are in dollars of the plan's price year. Saves by itself: what transport saves over the horizon, "
        "discounted, compared with the plan without this one project."
    )
    return table(columns, rows, caption=caption)
