"""What was announced, what it comes to, and where announcements cannot all be true."""

from __future__ import annotations

from typing import Any

from keruen.reports.html import Html, el, join
from keruen.reports.names import ASPECTS, Names, period
from keruen.reports.passages import Passages
from keruen.reports.section import Cell, Column, Section, table
from keruen.reports.wording import UNKNOWN, amount, count, share
from keruen.tables import Dataset

CAUSES = {
    "part_year": "part of a year against a full one",
    "reporter": "different reporters",
    "scope": "different scope",
    "valuation": "different valuation",
    "rounding": "rounding",
    "exchange": "exchange rate",
    "typing_error": "a typing error",
    "stale": "an outdated figure",
    "disagreement": "the sources disagree",
    "contradiction": "contradiction",
}
_HEDGES = {
    "approx": "about ", "gt": "more than ", "ge": "at least ", "lt": "less than ", "le": "at most ", "lt_near": "nearly ",
}  # fmt: skip


OPEN = 8
"""Conflicts that stand open on the page; the narrower ones are a click away."""


def section(dataset: Dataset, names: Names, passages: Passages) -> Section | None:
    """Return conflicts and figures, or None where the dataset has neither."""
    conflicts = _conflicts(dataset, names, passages)
    figures = _figures(dataset, names, passages)
    statements = dataset["statement"]
    if statements.is_empty() and figures is None and conflicts is None:
        return None
    n_sources = statements["source_id"].n_unique()
    n_figures, n_conflicts = dataset["figure"].height, dataset["conflict"].height
    headlines = []
    if not statements.is_empty():
        announced = join(
            el("a", count(statements.height, "statement"), href="#passages"),
            f" in {count(n_sources, 'source')}",
            join(" came to ", el("a", count(n_figures, "figure"), href="#evidence")) if n_figures else None,
            ".",
        )
        headlines.append(("What was announced", announced))
        headlines.append(("What disagrees", _disagreement(dataset, names, passages, n_conflicts)))
    if conflicts is None and figures is None:
        return Section("evidence", "Figures", el("p", "Nothing was reconciled yet."), headlines)
    return Section("evidence", "Figures and their conflicts", join(conflicts, figures), headlines)


def stated(row: dict[str, Any], names: Names) -> str:
    """Return the value of a statement as it was hedged, with its direction where it is of a change."""
    low, high, unit = row["value_low"], row["value_high"], row["unit"]
    if row["modifier"] == "range" and low is not None and high is not None:
        shown = f"{amount(low, unit, 4)} to {amount(high, unit, 4)}"
    elif row["value"] is None:
        known = high if low is None else low
        shown = f"{_HEDGES.get(row['modifier'], '')}{amount(known, unit, 4)}"
    else:
        shown = f"{_HEDGES.get(row['modifier'], '')}{amount(row['value'], unit, 4)}"
    rate = f" per {row['rate']}" if row["rate"] else ""
    direction = f" {row['direction']}" if row["direction"] and row["indicator_id"] in names.growth else ""
    return shown + rate + direction


def _disagreement(dataset: Dataset, names: Names, passages: Passages, n_conflicts: int) -> Html:
    if not n_conflicts:
        return join("No two statements were found to disagree.")
    what = join(
        el("a", count(n_conflicts, "conflict"), href="#evidence"),
        " between statements that cannot all be true",
    )
    # Two figures of one thing are understood at a glance; a clash by way of sums and shares is not.
    for number, row in enumerate(_by_size(dataset), 1):
        members = [passages.statements[m] for m in row["members"] if m in passages.statements]
        subjects = {names.subject(m) for m in members}
        if len(members) > 1 and len(subjects) == 1:
            values = " against ".join(stated(m, names) for m in members)
            return join(
                what, f"; the widest between figures of one thing ({share(row['size'])} apart) is ",
                f"{subjects.pop()}: ", el("a", values, href=f"#c{number}"), f" ({CAUSES[row['cause']]}).",
            )  # fmt: skip
    return join(what, ".")


def _by_size(dataset: Dataset) -> list[dict[str, Any]]:
    rows = dataset["conflict"].sort(["size", "conflict_id"], descending=[True, False])
    return list(rows.iter_rows(named=True))


def _conflicts(dataset: Dataset, names: Names, passages: Passages) -> Html | None:
    rows = _by_size(dataset)
    if not rows:
        return None
    cards = []
    for number, row in enumerate(rows, 1):
        members = [m for m in row["members"] if m in passages.statements]
        sides = [_side(m, names, passages) for m in members]
        others = [a.strip() for a in (row["alternatives"] or "").split("|") if a.strip()]
        subjects = list(dict.fromkeys(names.subject(passages.statements[m]) for m in members))
        more = f" and {count(len(subjects) - 1, 'figure')} bound to it" if len(subjects) > 1 else ""
        subject = subjects[0] + more if subjects else row["conflict_id"]
        tie = len(row["repairs"]) > 1
        cards.append(
            el(
                "article",
                el("h4", f"{number}. {subject}"),
                el("div", sides, class_="sides"),
                el(
                    "p",
                    el("b", CAUSES[row["cause"]].capitalize(), class_="tag"),
                    f" {row['explanation']} ",
                    el("span", f"Size of the disagreement: {share(row['size'])}.", class_="note"),
                ),
                _alternatives(others),
                el(
                    "p",
                    f"A tie: {count(len(row['repairs']), 'repair')} would do equally well.",
                    class_="note",
                )
                if tie
                else None,
                class_="conflict",
                id=f"c{number}",
            )
        )
    shown, folded = cards[:OPEN], cards[OPEN:]
    rest = el("details", el("summary", f"{len(folded)} narrower"), folded) if folded else None
    return join(el("h3", f"{count(len(rows), 'conflict')}, the widest first"), shown, rest)


def _alternatives(others: list[str]) -> Html | None:
    """Return the explanations that were judged less likely, in their order."""
    if not others:
        return None
    items = []
    for other in others:
        cause, colon, rest = other.partition(":")
        known = CAUSES.get(cause.strip().replace(" ", "_"))
        items.append(el("li", el("b", known.capitalize()), ":", rest) if known and colon else el("li", other))
    summary = el("summary", f"{count(len(others), 'explanation')} less likely")
    return el("details", summary, el("ol", items), class_="note")


def _side(statement_id: str, names: Names, passages: Passages) -> Html:
    row = passages.statements[statement_id]
    source = names.sources.get(row["source_id"])
    inferred = " (inferred)" if row["period_inferred"] else ""
    return el(
        "div",
        el("p", passages.link(statement_id, stated(row, names)), class_="value"),
        el("p", f"{names.subject(row)}, {period(row)}{inferred}, {row['kind']}", class_="note"),
        el("blockquote", passages.sentence(statement_id)),
        el("p", f"Said by {row['speaker']}. " if row["speaker"] else None, passages.citation(row["source_id"]), class_="note"),
        el("p", f"Prior weight {source['weight']:g}", class_="note") if source else None,
    )  # fmt: skip


def _figures(dataset: Dataset, names: Names, passages: Passages) -> Html | None:
    if not dataset.has("figure"):
        return None
    disputed = {m for members in dataset["conflict"]["members"].to_list() for m in members}
    rows, classes = [], []
    for row in dataset["figure"].sort("figure_id").iter_rows(named=True):
        unit = row["unit"]
        used, dropped = row["rests_on"], row["set_aside"]
        interval = (
            f"{amount(row['low'], unit)} to {amount(row['high'], unit)}"
            if row["low"] is not None and row["high"] is not None and row["low"] != row["high"]
            else UNKNOWN
        )
        first = (
            passages.link(used[0], amount(row["estimate"], unit, 4))
            if used
            else amount(row["estimate"], unit, 4)
        )
        refs = [join(" " if i else None, _reference(s, passages)) for i, s in enumerate(used)]
        aside = [join(" " if i else None, el("s", _reference(s, passages))) for i, s in enumerate(dropped)]
        words = (
            row["period"].replace("..", " to ").strip()
            if not row["period"].startswith("..")
            else "by " + row["period"][2:]
        )
        rows.append(
            [
                names.subject(row),
                Cell("not stated" if words == "-" else words, row["period"]),
                ASPECTS[row["aspect"]],
                Cell(first, row["estimate"]),
                Cell(interval, row["high"]),
                Cell([refs, " set aside: " if aside else None, aside], float(len(used))),
                row["explanation"],
            ]
        )  # fmt: skip
        classes.append("disputed" if disputed & {*used, *dropped} else None)
    columns = [
        Column("Figure"), Column("Period"), Column("Aspect"), Column("Estimate", numeric=True),
        Column("Evidence allows", numeric=True), Column("Rests on"), Column("What was weighed", prose=True),
    ]  # fmt: skip
    shown = table(
        columns,
        rows,
        caption="Select a figure to go to its passage. A bar at the left marks figures in dispute.",
        classes=classes,
    )
    return el("details", el("summary", f"All {count(len(rows), 'figure')}"), shown, open=len(rows) <= 40)


def _reference(statement_id: str, passages: Passages) -> Html:
    row = passages.statements.get(statement_id)
    return passages.link(statement_id, row["source_id"] if row else statement_id)
