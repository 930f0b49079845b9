"""The review queue at the keyboard: one statement at a time, least certain first, each decision kept at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import InputError
from keruen.statements.reviews import append_reviews, decide, passage, review_queue
from keruen.tables import TABLES

_DECISIONS = {"a": "accept", "c": "correct", "r": "reject"}
KEYS = "[a]ccept  [c]orrect  [r]eject  [s]kip  [q]uit"
_FIELDS = ("value", "value_low", "value_high", "unit", "modifier", "price_basis", "period_start", "period_end", "kind", "speaker",
           "indicator_id", "place_id", "partner_id", "commodity_id")  # fmt: skip
_SHOWN = (
    "value",
    "unit",
    "modifier",
    "period_start",
    "period_end",
    "kind",
    "speaker",
    "indicator_id",
    "place_id",
    "partner_id",
)


def screen(
    statements: pl.DataFrame,
    documents: Mapping[str, str],
    reviews: Path,
    *,
    today: date,
    ask: Callable[[str], str],
    tell: Callable[[str], None],
) -> int:
    """Go through the queue until it is empty or the person quits.

    Parameters
    ----------
    statements
        A ``statement`` table.
    documents
        Text by source, for the passage; without it the quote alone is shown.
    reviews
        The ``review.csv`` to append to; statements decided there are left out.
    today
        Day that decisions carry.
    ask, tell
        How to ask for a line and show one.

    Returns
    -------
    int
        Number of decisions written.

    Raises
    ------
    InputError
        If ``reviews`` is no review table.
    """
    queue = review_queue(statements, _decided(reviews))
    written = 0
    try:
        for at, row in enumerate(queue.iter_rows(named=True), start=1):
            tell(f"\n{at} of {queue.height}, confidence {row['confidence']:.2f}, {row['source_id']}")
            tell(_told(row, documents.get(row["source_id"])))
            answer = _choice(ask)
            if answer == "q":
                break
            if answer != "s":
                written += append_reviews(reviews, [_made(row, _DECISIONS[answer], today, ask, tell)])
    except EOFError:
        tell("\nThe input ended; what was decided is kept.")
    tell(f"{written} decisions in {reviews}")
    return written


def _told(row: Mapping[str, Any], text: str | None) -> str:
    before, quote, behind = passage(text, row) if text is not None else ("", row["quote"], "")
    shown = "  ".join(f"{name}={row[name]}" for name in _SHOWN if row[name] is not None)
    return f"  {before}>>{quote}<<{behind}\n  {shown}"


def _made(
    row: Mapping[str, Any], decision: str, today: date, ask: Callable[[str], str], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Ask for what a decision needs until it holds."""
    while True:
        fields = _fields(ask) if decision == "correct" else None
        reason = "read right" if decision == "accept" else ask("  why? ").strip()
        try:
            return decide(row, decision, decided=today, reason=reason or "not said", fields=fields)
        except InputError as error:
            tell(str(error))


def _choice(ask: Callable[[str], str]) -> str:
    while True:
        answer = ask(f"  {KEYS}: ").strip().lower()[:1]
        if answer in {*_DECISIONS, "s", "q"}:
            return answer


def _fields(ask: Callable[[str], str]) -> dict[str, str | float]:
    """Ask for corrected columns as name=value, one to a line, an empty line to end."""
    found: dict[str, str | float] = {}
    while True:
        line = ask(f"  column=value ({', '.join(_FIELDS)}; empty to end): ").strip()
        name, equals, value = line.partition("=")
        if line and equals and name.strip() in _FIELDS:
            found[name.strip()] = _typed(name.strip(), value.strip())
        elif not line and found:
            return found


def _typed(name: str, text: str) -> str | float:
    try:
        return float(text) if name.startswith("value") else text
    except ValueError:
        return text  # what is no number is told when the decision is made


def _decided(reviews: Path) -> pl.DataFrame | None:
    """Return the decisions so far; what the file really holds is checked when one is appended."""
    if not reviews.is_file() or not reviews.stat().st_size:
        return None
    found = pl.read_csv(reviews, infer_schema=False)
    wanted = {"statement_id", "decision"}
    return found if wanted <= set(found.columns) else TABLES["review"].schema.create_empty()
