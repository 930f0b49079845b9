"""The register: every project with what was announced of it, one entry each, and the packages that may overlap."""

from __future__ import annotations

from typing import Any

import polars as pl

from keruen.reports.html import Child, Html, el, join
from keruen.reports.names import Names
from keruen.reports.passages import Passages
from keruen.reports.section import Cell, Column, Section, facts, table
from keruen.reports.wording import UNKNOWN, amount, count
from keruen.tables import Dataset
from keruen.trade.pages import STAGES, cost_words, package_words
from keruen.trade.projects import packages, register, sayings
from keruen.trade.wording import by_when


def section(dataset: Dataset, names: Names, passages: Passages) -> Section | None:
    """Return the register, or None where there is no project."""
    if not dataset.has("project"):
        return None
    rows = list(register(dataset).iter_rows(named=True))
    told = sayings(dataset)
    rows.sort(key=lambda r: (_step(r["stage"]), r["portfolio"], r["project_id"]))
    columns = [
        Column("Project"), Column("Stage"), Column("Cost", numeric=True), Column("Rests on"), Column("Jobs", numeric=True),
        Column("Answers for it"), Column("What moved", prose=True),
    ]  # fmt: skip
    portfolios = sum(r["portfolio"] for r in rows)
    caption = (
        f"{count(len(rows), 'project')}, {portfolios} of them portfolios that nobody itemised. Costs are in dollars; they "
        "are not added up, since some may hold the same money."
    )
    overview = table(columns, [_row(r) for r in rows], caption=caption)
    pages = [_page(r, told.filter(pl.col("project_id") == r["project_id"]), names, passages) for r in rows]
    groups = package_words(packages(dataset))
    held = join(el("h3", "Packages"), el("ul", [el("li", words) for words in groups])) if groups else None
    return Section(
        "projects",
        "Projects: what was announced of each",
        join(overview, held, el("h3", "One by one"), pages),
    )


def _row(row: dict[str, Any]) -> list[Cell | Child]:
    return [
        [
            el("a", row["name"], href=f"#project-{row['project_id']}"),
            " (portfolio)" if row["portfolio"] else None,
        ],
        Cell(STAGES.get(row["stage"], row["stage"]), _step(row["stage"])),
        Cell(amount(row["cost"], "USD") if row["cost"] is not None else UNKNOWN, row["cost"]),
        row["cost_basis"],
        Cell(f"{row['jobs']:,.0f}" if row["jobs"] is not None else UNKNOWN, row["jobs"]),
        row["party"] or "not named",
        "; ".join(row["moved"]),
    ]


def _step(stage: str) -> int:
    order = list(STAGES)
    return order.index(stage) if stage in order else len(order)


def _page(row: dict[str, Any], told: pl.DataFrame, names: Names, passages: Passages) -> Html:
    """Return one project's entry: what it is, and everything that was said of it with the passages."""
    pairs: list[tuple[str, Child]] = [
        ("Stage", STAGES.get(row["stage"], row["stage"])),
        ("Sector", row["sector"]),
    ]
    if row["portfolio"]:
        pairs.append(("Portfolio", "announced as a whole and not itemised"))
    pairs.append(("Answers for it", row["party"] or "not named"))
    if row["place_id"]:
        pairs.append(("Where", names.places.get(row["place_id"], row["place_id"])))
    pairs.append(("Cost", cost_words(row)))
    if row["jobs"] is not None:
        pairs.append(("Jobs", f"{row['jobs']:,.0f}"))
    pairs.append(("What moved", "; ".join(row["moved"]) or "nothing that was said twice"))
    if row["overlaps"]:
        others = [names.projects.get(other, other) for other in row["overlaps"]]
        pairs.append(("May hold the same money as", "; ".join(others)))
    said = [el("li", _saying(one, names, passages)) for one in told.iter_rows(named=True)]
    words = (
        el("ul", said)
        if said
        else el("p", "Nothing that the evidence holds was said of it; its numbers are assumptions.")
    )
    # The anchor is inside, so that following a link to it opens the entry.
    inner = el("div", facts(pairs), words, id=f"project-{row['project_id']}")
    return el("details", el("summary", row["name"]), inner)


def _saying(row: dict[str, Any], names: Names, passages: Passages) -> Html:
    level = amount(row["value"], row["unit"]) if row["value"] is not None else row["quote"]
    when = f" {by_when(row['deadline'])}" if row["deadline"] else ""
    publisher = names.sources[row["source_id"]]["publisher"]
    who = f"{row['speaker']}, in {publisher}" if row["speaker"] else publisher
    return join(
        f"{row['published'].isoformat()}: {row['label']}, ",
        passages.link(row["statement_id"], f"{level}{when}"),
        f" ({row['kind']}), {who}",
    )
