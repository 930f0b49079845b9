"""The promise table as text: what an article could carry.

Receives the table ``promise_status``; hands on lines of a given width.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from keruen.tables import Dataset
from keruen.tables.words import say
from keruen.trade.history import Row
from keruen.trade.wording import by_when

WORDS = {
    "met": "met",
    "late": "late",
    "redefined": "redefined",
    "open": "still to come",
    "no_evidence": "no evidence",
    "unmeasurable": "unmeasurable",
}
"""Verdicts as people read them, in the order in which they are listed."""


def promise_lines(dataset: Dataset, *, width: int = 110) -> list[str]:
    """Return the promises as a table of text with a summary below.

    Parameters
    ----------
    dataset
        With ``promise_status``; see :func:`keruen.trade.promises`.
    width
        Columns of the screen, at least 80.
    """
    rows = dataset["promise_status"].iter_rows(named=True)
    order = {verdict: place for place, verdict in enumerate(WORDS)}
    ranked = sorted(rows, key=lambda r: (order[r["verdict"]], r["first_announced"], r["promise_id"]))
    if not ranked:
        return ["Nothing was promised that the evidence tells of."]
    room = max(width, 80) - 6
    spans = [room * 36 // 100, room * 24 // 100, room * 26 // 100]
    widths = [*spans, room - sum(spans)]
    lines = text_row(["Promise", "Said", "Stands", "Verdict"], widths)
    lines.append("  ".join("-" * w for w in widths))
    for row in ranked:
        lines += text_row([row["label"], _said(row), _stands(row), WORDS[row["verdict"]]], widths)
    counts = [
        f"{n} {WORDS[verdict]}" for verdict in WORDS if (n := sum(r["verdict"] == verdict for r in ranked))
    ]
    told = f"{len(ranked)} promises as of {ranked[0]['as_of']}: {', '.join(counts)}."
    return [*lines, "", *textwrap.wrap(told, max(width, 80))]


def promise_summary(dataset: Dataset) -> str:
    """Return the tracker in one sentence, for the summary of a run.

    Parameters
    ----------
    dataset
        With ``promise_status``.
    """
    found = dataset["promise_status"]["verdict"].to_list()
    if not found:
        return "no promise was read"
    counts = [f"{found.count(v)} {word}" for v, word in WORDS.items() if found.count(v)]
    return f"{len(found)} promises: {', '.join(counts)}"


def _said(row: Row) -> str:
    level = say(row["value"], row["unit"]) if row["value"] is not None else "no level"
    now = f"{level} {by_when(row['deadline'])}"
    first = row["first_announced"].isoformat()
    if row["versions"] == 1:
        return f"{first}: {now}"
    if (row["first_value"], row["first_deadline"]) == (row["value"], row["deadline"]):
        return f"{first}: {now}; {row['versions']} times"
    was = say(row["first_value"], row["unit"]) if row["first_value"] is not None else "no level"
    return f"{first}: {was} {by_when(row['first_deadline'])}; since then {now}"


def _stands(row: Row) -> str:
    if row["measured_value"] is None:
        return "-"
    pace = row["needed_growth"]
    needed = f"; needs {100.0 * pace:+.1f} % a year" if pace is not None and row["verdict"] == "open" else ""
    return f"{say(row['measured_value'], row['unit'])} in {row['measured_year']}{needed}"


def text_row(cells: list[str], widths: list[int]) -> list[str]:
    """Return one row of a table of text, its cells wrapped."""
    wrapped = [textwrap.wrap(cell, w) or [""] for cell, w in zip(cells, widths, strict=True)]
    return list(_side_by_side(wrapped, widths))


def _side_by_side(columns: list[list[str]], widths: list[int]) -> Iterator[str]:
    for at in range(max(map(len, columns))):
        parts = [(c[at] if at < len(c) else "").ljust(w) for c, w in zip(columns, widths, strict=True)]
        yield "  ".join(parts).rstrip()
