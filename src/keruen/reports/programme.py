"""The plan: which project starts when, at what cost and why, and how good the plan is proven to be."""

from __future__ import annotations

from typing import Any

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
    body = join([_certificate(s) for s in summary], _gantt(built, names), _reasons(built, left, names))
    return Section(
        "plan", "Plan: what to build, and when", body, [("What to build first", _first(built, rows, names))]
    )


def _first(built: list[dict[str, Any]], rows: list[dict[str, Any]], names: Names) -> Html:
    if not built:
        return join(
            el("a", f"None of {count(len(rows), 'project')}", href="#plan"),
            " is worth starting within the plan.",
        )
    first = built[0]
    name = names.projects.get(first["project_id"], first["project_id"])
    cost = f" at {amount(first['cost'], 'USD')}" if first["cost"] is not None else ""
    start = f", started in {first['start_year']}" if first["start_year"] else ""
    return join(
        el("a", name, href="#plan"), f"{cost}{start}; the plan builds {len(built)} of {count(len(rows), 'project')}."
    )  # fmt: skip


def _certificate(row: dict[str, Any]) -> Html:
    saved = row["without_projects"] - row["objective"]
    pairs: list[tuple[str, Html | str]] = [
        ("Cost with this plan", f"{amount(row['objective'], 'USD')} (discounted)"),
        ("No plan can cost less than", amount(row["bound"], "USD")),
        ("Gap between the two", share(row["gap"])),
        ("With nothing built", f"{amount(row['without_projects'], 'USD')}: the plan saves {amount(saved, 'USD')}"),
        ("Capital spent", amount(row["capital"], "USD")),
        ("Demand that cannot be carried", amount(row["unserved"], "t")),
        ("Price of the targets", "no target constrains the plan" if row["price_of_targets"] is None
         else amount(row["price_of_targets"], "USD")),
        ("How the solve ended", row["status"]),
    ]  # fmt: skip
    return facts(pairs)


def _gantt(built: list[dict[str, Any]], names: Names) -> Html | None:
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
            el("td", cost, colspan=end - row["start_year"], class_="build")
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
    caption = el("caption", "Years of construction with the capital cost, then years in service.")
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
        Column("Saves by itself", numeric=True), Column("Why"),
    ]  # fmt: skip
    caption = (
        "Costs are in dollars of the plan's price year. Saves by itself: what transport saves over the horizon, "
        "discounted, compared with the plan without this one project."
    )
    return table(columns, rows, caption=caption)
