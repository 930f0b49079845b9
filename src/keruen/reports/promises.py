"""The promise tracker: what was promised, what became of it, and where each saying stands."""

from __future__ import annotations

from typing import Any

from keruen.calendar import answering, when_next
from keruen.reports.html import Child, Html, el, join
from keruen.reports.names import Names
from keruen.reports.passages import Passages
from keruen.reports.section import Cell, Column, Section, table
from keruen.reports.wording import UNKNOWN, amount, count
from keruen.tables import Dataset
from keruen.trade.picture import promise_picture

VERDICTS = {
    "late": "late",
    "redefined": "redefined",
    "open": "still open",
    "met": "met",
    "unmeasurable": "not measurable",
    "no_evidence": "no evidence",
}
_TAGS = {"late": "missed", "met": "met", "redefined": "unlikely"}


def section(dataset: Dataset, names: Names, passages: Passages) -> Section | None:
    """Return the promises, the broken first, or None where none was tracked."""
    if not dataset.has("promise_status"):
        return None
    order = list(VERDICTS)
    rows = sorted(
        dataset["promise_status"].iter_rows(named=True),
        key=lambda r: (order.index(r["verdict"]), r["deadline"] or 9999, r["promise_id"]),
    )
    columns = [
        Column("Promise"), Column("Verdict"), Column("First said"), Column("As it stands"), Column("Measured"),
        Column("What became of it", prose=True),
    ]  # fmt: skip
    as_of = max(r["as_of"] for r in rows)
    caption = f"{count(len(rows), 'promise')}, judged by what was known on {as_of.isoformat()}."
    judged = table(columns, [_row(r, names, passages) for r in rows], caption=caption)
    labels = {r["promise_id"]: r["label"] for r in rows}
    body = join(_picture(dataset), judged, _institutions(dataset, labels))
    return Section("promises", "Promises: what became of them", body)


def _picture(dataset: Dataset) -> Html | None:
    """Return the promises over time, where the run kept every saying."""
    if not dataset.has("promise_history"):
        return None
    try:
        drawn = promise_picture(dataset, ink="currentColor")
    except ValueError:
        return None
    caption = el(
        "figcaption",
        "Each saying of a promise and the years promised; dashed is the day of the latest evidence.",
    )
    return el("figure", el("div", Html(drawn), class_="scroll"), caption)


def _institutions(dataset: Dataset, labels: dict[str, str]) -> Html | None:
    """Return which format, council or commission answers for what, and when it meets next."""
    found = [row for row in answering(dataset).iter_rows(named=True) if row["promises"]]
    if not found:
        return None
    rows: list[list[Cell | Child]] = [
        [row["name"], row["kind"], Cell(when_next(row), str(row["next_meets"] or row["next_announced"] or "9999")),
         "; ".join(labels[p] for p in row["promises"])]
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Institution"),
        Column("Kind"),
        Column("When it meets"),
        Column("Answers for", prose=True),
    ]
    return join(el("h3", "Who answers, and when they meet next"), table(columns, rows))


def _row(row: dict[str, Any], names: Names, passages: Passages) -> list[Cell | Child]:
    unit = row["unit"]
    tag = el("span", VERDICTS[row["verdict"]], class_=f"tag v-{_TAGS.get(row['verdict'], row['verdict'])}")
    measured: Html | str = UNKNOWN
    if row["measured_value"] is not None:
        measured = f"{amount(row['measured_value'], unit, 4)} in {row['measured_year']}"
        if row["evidence_statements"]:
            measured = passages.link(row["evidence_statements"][0], measured)
    said = [
        join(" " if i else None, passages.link(s, _source(s, passages, names)))
        for i, s in enumerate(row["statements"])
    ]
    return [
        [row["label"], el("div", row["office"], class_="note office") if row["office"] else None],
        Cell(tag, VERDICTS[row["verdict"]]),
        Cell(f"{row['first_announced'].isoformat()}: {_level(row, 'first_')}", row["first_announced"].isoformat()),
        _level(row, ""),
        measured,
        [row["explanation"], el("div", row["history"], class_="office"), el("div", "Said in ", said, class_="office") if said else None],
    ]  # fmt: skip


def _level(row: dict[str, Any], when: str) -> str:
    value, deadline = row[f"{when}value"], row[f"{when}deadline"]
    return amount(value, row["unit"], 4) + (f" by {deadline}" if deadline else ", no date given")


def _source(statement: str, passages: Passages, names: Names) -> str:
    row = passages.statements.get(statement)
    source = names.sources.get(row["source_id"]) if row else None
    return f"{source['publisher']} {source['published'].isoformat()}" if source else statement
