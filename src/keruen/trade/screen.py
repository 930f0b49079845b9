"""The promise table as text: what an article could carry.

Receives the table ``promise_status``; hands on lines of a given width.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence

import polars as pl

from keruen.tables import Dataset
from keruen.tables.words import say
from keruen.trade.history import Row
from keruen.trade.wording import by_when

WORDS = {
    "late": "late",
    "redefined": "redefined",
    "met": "met",
    "open": "still to come",
    "no_evidence": "no evidence",
    "unmeasurable": "unmeasurable",
}
"""Verdicts as people read them, in the order in which they are listed: what went wrong first."""


EVENTS = {
    "broken": "Broken",
    "moved": "Moved",
    "redefined": "Redefined",
    "kept": "Kept",
    "new": "New",
    "gone": "No longer said",
}
"""What can happen to a promise between two runs, in the order in which it is told."""


def promise_lines(dataset: Dataset, *, width: int = 110) -> list[str]:
    """Return the promises as a table of text with a summary below.

    Parameters
    ----------
    dataset
        With ``promise_status`` and ``promise_history``; see :func:`keruen.trade.promises`.
    width
        Columns of the screen, at least 80.
    """
    rows = dataset["promise_status"].iter_rows(named=True)
    history: dict[str, list[Row]] = defaultdict(list)
    for version in (
        dataset["promise_history"].sort("promise_id", "announced", "version").iter_rows(named=True)
    ):
        history[version["promise_id"]].append(version)
    order = {verdict: place for place, verdict in enumerate(WORDS)}
    ranked = sorted(rows, key=lambda r: (order[r["verdict"]], r["first_announced"], r["promise_id"]))
    if not ranked:
        return ["Nothing was promised that the evidence tells of."]
    room = max(width, 80) - 6
    spans = [room * 30 // 100, room * 34 // 100, room * 22 // 100]
    widths = [*spans, room - sum(spans)]
    lines = text_row(["Promise", "Who said it, and when", "What came of it", "Verdict"], widths)
    lines.append("  ".join("-" * w for w in widths))
    for row in ranked:
        lines += text_row(
            [row["label"], _said(row, history[row["promise_id"]]), _stands(row), _verdict(row)], widths
        )
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


def change_lines(changes: pl.DataFrame, *, width: int = 110) -> list[str]:
    """Return what happened to promises between two runs, as text.

    Parameters
    ----------
    changes
        As :func:`keruen.trade.changes` returns it.
    width
        Columns of the screen.
    """
    lines: list[str] = []
    for event, words in EVENTS.items():
        for row in changes.filter(pl.col("event") == event).iter_rows(named=True):
            how = {"new": row["now"], "gone": row["was"]}.get(event, f"{row['was']} → {row['now']}")
            told = row["label"] if how in row["label"] else f"{row['label']}: {how}"
            lines += textwrap.wrap(f"{words}: {told}", width, subsequent_indent="  ")
    return lines or ["Nothing happened to any promise."]


def _said(row: Row, versions: Sequence[Row]) -> str:
    """Who said it and when, every level and year that it was given, and how often it was repeated."""
    told = [v for v in versions if v["event"] != "repeated"]
    said = [f"{v['announced']}: {_level(v)}" for v in told]
    repeated = len(versions) - len(told)
    again = (
        f" (said again {'once' if repeated == 1 else f'{repeated} times'}, last {versions[-1]['announced']})"
        if repeated
        else ""
    )
    office = row["office"][:1].upper() + row["office"][1:]
    return f"{office}. {'; then '.join(said)}{again}"


def _level(version: Row) -> str:
    level = say(version["value"], version["unit"]) if version["value"] is not None else "no level"
    return f"{level} {by_when(version['deadline'])}"


def _stands(row: Row) -> str:
    if row["measured_value"] is None:
        return "-"
    told = f"{say(row['measured_value'], row['unit'])} in {row['measured_year']}"
    if row["needed_growth"] is None or row["verdict"] not in ("open", "redefined", "late"):
        return told
    told += f"; needs {100.0 * row['needed_growth']:+.1f} % a year"
    if row["needed_volume_growth"] is not None:
        told += f" ({100.0 * row['needed_volume_growth']:+.1f} % in volume)"
    if row["achieved_growth"] is not None:
        told += f", has grown {100.0 * row['achieved_growth']:+.1f} %"
    return told


def _verdict(row: Row) -> str:
    word = WORDS[row["verdict"]]
    if row["verdict"] == "unmeasurable":
        return f"{word}: no {'year' if row['value'] is not None else 'level'} given"
    if row["verdict"] == "no_evidence":
        counted = row["measured_value"] is not None
        reason = f"no figure of {row['deadline']}" if counted else "nobody counts it"
        return f"{word}: {reason}"
    return word


def text_row(cells: list[str], widths: list[int]) -> list[str]:
    """Return one row of a table of text, its cells wrapped."""
    wrapped = [textwrap.wrap(cell, w) or [""] for cell, w in zip(cells, widths, strict=True)]
    return list(_side_by_side(wrapped, widths))


def _side_by_side(columns: list[list[str]], widths: list[int]) -> Iterator[str]:
    for at in range(max(map(len, columns))):
        parts = [(c[at] if at < len(c) else "").ljust(w) for c, w in zip(columns, widths, strict=True)]
        yield "  ".join(parts).rstrip()
