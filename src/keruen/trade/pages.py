"""The register as text: a table for the screen, and a page for each project.

Receives the frames of :mod:`keruen.trade.projects`; hands on lines, and pages in Markdown that read as they are.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError
from keruen.tables import Dataset
from keruen.tables.words import say
from keruen.trade.projects import packages, register, sayings
from keruen.trade.screen import text_row
from keruen.trade.wording import by_when

STAGES = {
    "announced": "announced",
    "signed": "signed",
    "financed": "financed",
    "under_construction": "under construction",
    "completed": "completed",
}
"""Stages as people read them."""


def register_lines(dataset: Dataset, *, width: int = 110) -> list[str]:
    """Return the register as a table of text, with the packages that may overlap below it.

    Parameters
    ----------
    dataset
        As for :func:`keruen.trade.register`.
    width
        Columns of the screen, at least 80.
    """
    rows = list(register(dataset).iter_rows(named=True))
    if not rows:
        return ["No project is registered."]
    order = {stage: at for at, stage in enumerate(STAGES)}
    rows.sort(key=lambda r: (order[r["stage"]], r["portfolio"], r["project_id"]))
    names = {r["project_id"]: r["name"] for r in rows}
    room = max(width, 80) - 6
    spans = [room * 34 // 100, room * 17 // 100, room * 27 // 100]
    widths = [*spans, room - sum(spans)]
    lines = text_row(["Project", "Stage", "Cost", "Answers for it"], widths)
    lines.append("  ".join("-" * w for w in widths))
    for row in rows:
        name = f"{row['name']} [{row['project_id']}]" + (
            " (portfolio, not itemised)" if row["portfolio"] else ""
        )
        lines += text_row([name, STAGES[row["stage"]], cost_words(row), row["party"] or "not named"], widths)
        notes = [f"moved: {m}" for m in row["moved"]]
        if row["overlaps"]:
            notes.append(f"may hold the same money as: {', '.join(names[o] for o in row['overlaps'])}")
        for note in notes:
            lines += textwrap.wrap(note, max(width, 80), initial_indent="    ", subsequent_indent="    ")
    counts = [f"{n} {STAGES[s]}" for s in STAGES if (n := sum(r["stage"] == s for r in rows))]
    portfolios = sum(r["portfolio"] for r in rows)
    told = (
        f"{len(rows)} projects: {', '.join(counts)}. {portfolios} of them are portfolios that nobody itemised. "
        "Costs are not added up: some may hold the same money."
    )
    lines += ["", *textwrap.wrap(told, max(width, 80))]
    bounds = package_words(packages(dataset))
    if bounds:
        lines += ["", "Packages"]
        for line in bounds:
            lines += textwrap.wrap(line, max(width, 80), initial_indent="  ", subsequent_indent="    ")
    return lines


def cost_words(row: Mapping[str, Any]) -> str:
    """Return a project's cost and what it rests on, as one phrase.

    Examples
    --------
    >>> cost_words({"cost": 2.4e8, "cost_basis": "announced", "announced": ["2025-03-03: $240 million"]})
    '$240 million, announced 2025-03-03'
    >>> cost_words({"cost": None, "cost_basis": "unknown", "announced": []})
    'unknown'
    """
    if row["cost"] is None:
        return "unknown"
    amount = say(row["cost"], "USD")
    said = row["announced"]
    if not said:
        return f"{amount}, {row['cost_basis']}"
    if len(said) == 1:
        day, _, level = said[0].partition(": ")
        return f"{amount}, announced {day}" + ("" if level == amount else f" as {level}")
    return f"{amount}; announced " + ", ".join(f"{level} ({day})" for day, _, level in (s.partition(": ") for s in said))  # fmt: skip


def package_words(found: pl.DataFrame) -> list[str]:
    """Return a sentence for each group of packages; those that may overlap are bounded and never added up."""
    lines = []
    for (_,), group in found.group_by(["group"], maintain_order=True):
        members = [f"{r['name']} ({say(r['amount'], 'USD')})" for r in group.iter_rows(named=True)]
        least, most = group["group_least"][0], group["group_most"][0]
        if len(members) == 1:
            lines.append(f"{members[0]}: overlaps with nothing that is known.")
        elif least is None:
            lines.append(f"{'; '.join(members)}: may hold the same money, and an amount is unknown.")
        else:
            lines.append(
                f"{'; '.join(members)}: may hold the same money; together between {say(least, 'USD')} and "
                f"{say(most, 'USD')} until somebody settles the overlap."
            )
    return lines


def project_page(dataset: Dataset, project_id: str) -> str:
    """Return the page of one project in Markdown.

    Parameters
    ----------
    dataset
        As for :func:`keruen.trade.register`.
    project_id
        Project.

    Raises
    ------
    InputError
        If there is no such project.
    """
    return project_pages(dataset, [project_id])[project_id]


def project_pages(dataset: Dataset, project_ids: Sequence[str] | None = None) -> dict[str, str]:
    """Return pages in Markdown by project, all of them unless some are named.

    Parameters
    ----------
    dataset
        As for :func:`keruen.trade.register`.
    project_ids
        Projects; None for all.

    Raises
    ------
    InputError
        Naming every project that there is not.
    """
    rows = {row["project_id"]: row for row in register(dataset).iter_rows(named=True)}
    wanted = list(rows) if project_ids is None else list(project_ids)
    lost = [name for name in wanted if name not in rows]
    if lost:
        raise InputError(_unknown(name, list(rows)) for name in lost)
    told = sayings(dataset)
    places = dict(dataset["place"].select("place_id", "name").iter_rows())
    titles = {s["source_id"]: s for s in dataset["source"].iter_rows(named=True)}
    names = {name: row["name"] for name, row in rows.items()}
    found = {}
    for name in wanted:
        said = list(told.filter(pl.col("project_id") == name).iter_rows(named=True))
        found[name] = "\n".join(_page(rows[name], said, places, titles, names))
    return found


def _unknown(name: str, known: list[str]) -> Finding:
    near = get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
    remedy = f"did you mean {' or '.join(near)}?" if near else "the register has no project"
    return Finding("project", "", "project_id", name, "there is no such project", remedy)


def _page(
    row: Mapping[str, Any], said: Sequence[Mapping[str, Any]], places: Mapping[str, str],
    sources: Mapping[str, Mapping[str, Any]], names: Mapping[str, str],
) -> list[str]:  # fmt: skip
    facts = [("Stage", STAGES[row["stage"]]), ("Sector", row["sector"])]
    if row["portfolio"]:
        facts.append(("Portfolio", "announced as a whole and not itemised"))
    facts.append(("Answers for it", row["party"] or "not named"))
    if row["place_id"]:
        facts.append(("Where", places.get(row["place_id"], row["place_id"])))
    facts.append(("Cost", cost_words(row) + (f" (prices of {row['price_year']})" if row["price_year"] and row["cost"] is not None else "")))  # fmt: skip
    if row["jobs"] is not None:
        facts.append(("Jobs", f"{row['jobs']:,.0f}"))
    facts.append(("What moved", "; ".join(row["moved"]) or "nothing that was said twice"))
    if row["overlaps"]:
        facts.append(("May hold the same money as", "; ".join(names[o] for o in row["overlaps"])))
    lines = [f"# {row['name']}", "", *(f"- **{term}:** {text}" for term, text in facts), ""]
    if not said:
        return [*lines, "Nothing that the evidence holds was said of it; its numbers are assumptions.", ""]
    lines += ["## What was said of it", ""]
    for one in said:
        level = say(one["value"], one["unit"]) if one["value"] is not None else one["quote"]
        when = f" {by_when(one['deadline'])}" if one["deadline"] else ""
        source = sources[one["source_id"]]
        who = f"{one['speaker']}, in " if one["speaker"] else ""
        lines.append(
            f"- {one['published']}: {one['label'].lower()}, {level}{when} ({one['kind']}). "
            f"“{' '.join(one['quote'].split())}”: {who}{source['publisher']}, {source['title']}"
            + (f", <{source['url']}>" if source["url"] else "")
        )
    return [*lines, ""]
