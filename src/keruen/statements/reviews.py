"""Reviews: a person's decisions on statements, kept as a table, applied after every reading.

Receives the ``statement`` and ``review`` tables, hands on statements as corrected, and the queue of those worth a look. A decision
is keyed by the statement's content, so it survives a new reading; it is appended, never overwritten.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from keruen.errors import Finding, InputError, Severity
from keruen.statements.page import page
from keruen.statements.quantity import bounds
from keruen.statements.reader import frame, statement_id
from keruen.tables import TABLES, Dataset
from keruen.tables.evidence import DECISIONS

_SCHEMA = TABLES["statement"].schema
_REVIEW = TABLES["review"].schema
_FIXED = frozenset(
    {
        "statement_id",
        "source_id",
        "start",
        "end",
        "quote",
        "sentence_start",
        "sentence_end",
    }
)
_BOUNDS = ("value_low", "value_high")


class Reviewed(NamedTuple):
    """A dataset with its reviews applied, and the reviews that could not be.

    Each review that was not applied has exactly one finding.
    """

    dataset: Dataset
    findings: list[Finding]

    @property
    def applied(self) -> int:
        """Number of reviews that changed or confirmed a statement."""
        return self.dataset["review"].height - len(self.findings)


def _finding(
    review: Mapping[str, Any],
    column: str,
    problem: str,
    remedy: str,
    *,
    error: bool = False,
) -> Finding:
    severity = Severity.ERROR if error else Severity.WARNING
    return Finding(
        "review",
        str(review["review_id"]),
        column,
        str(review.get(column) or "")[:80],
        problem,
        remedy,
        severity,
    )


def _fields(review: Mapping[str, Any]) -> dict[str, Any] | Finding:
    """Return the columns that a review sets, typed as the statement table wants them, or what is wrong with them."""
    written = review["fields"]
    if not written:
        return {}
    try:
        given = json.loads(written)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return _finding(
            review,
            "fields",
            "is no JSON object",
            'write {"value": 27, "unit": "project"}',
            error=True,
        )
    types = _SCHEMA.create_empty().schema
    typed: dict[str, Any] = {}
    for name, value in given.items():
        if name not in types or name in _FIXED:
            return _finding(
                review,
                "fields",
                f"names {name!r}, which no review can set",
                "name a column of the statement table",
                error=True,
            )
        try:
            typed[name] = _typed(types[name], value)
        except (TypeError, ValueError):
            return _finding(
                review,
                "fields",
                f"gives {name} the value {value!r}",
                f"give {name} a {types[name]}",
                error=True,
            )
        options = (_SCHEMA.columns()[name].metadata or {}).get("options")
        if options and typed[name] is not None and typed[name] not in options:
            return _finding(
                review,
                "fields",
                f"gives {name} the value {value!r}",
                f"choose one of {', '.join(options)}",
                error=True,
            )
    return typed


def _typed(kind: Any, value: Any) -> Any:
    """Return a JSON value as a column's Python type."""
    if value is None:
        return None
    if kind == pl.Date:
        return date.fromisoformat(value)
    if kind == pl.Float64:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError
        return float(value)
    wanted: type = bool if kind == pl.Boolean else str
    if not isinstance(value, wanted):
        raise TypeError
    return value


def _corrected(row: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return a statement with fields set; bounds follow value and modifier where they are not set themselves."""
    new = {**row, **fields}
    if (
        ("value" in fields or "modifier" in fields)
        and not any(name in fields for name in _BOUNDS)
        and new["value"] is not None
        and new["modifier"] != "range"
    ):
        new["value_low"], new["value_high"] = bounds(new["value"], new["modifier"])
    if "indicator_id" in fields and "indicator_score" not in fields:
        new["indicator_score"] = 1.0 if fields["indicator_id"] else None
    return new


def _added(review: Mapping[str, Any], fields: dict[str, Any], text: str | None) -> dict[str, Any] | Finding:
    """Return the statement that a review adds, or why it cannot."""
    quote = review["quote"] or ""
    if text is None:
        return _finding(
            review,
            "source_id",
            "has no document",
            "name a source whose document is in the dataset",
        )
    n = text.count(quote) if quote else 0
    if n != 1:
        return _finding(
            review,
            "quote",
            f"stands {n} times in the document, not once",
            "quote more of the passage" if n else "quote the document exactly",
        )
    if (
        fields.get("value") is None and fields.get("value_low") is None and fields.get("value_high") is None
    ) or "unit" not in fields:
        return _finding(
            review,
            "fields",
            "gives no value or no unit",
            'add {"value": ..., "unit": ...}',
        )
    start = text.index(quote)
    begin, end = page(text).sentence(start)
    end = max(end, start + len(quote))
    words = text[begin:end]
    row: dict[str, Any] = dict.fromkeys(_SCHEMA.create_empty().columns)
    row.update(
        statement_id=statement_id(str(review["source_id"]), words, start - begin, 1 + text[:begin].count(words)),
        source_id=review["source_id"], start=start, end=start + len(quote), quote=quote, modifier="exact", granularity="none",
        period_inferred=False, kind="reported", sentence_start=begin, sentence_end=end,
    )  # fmt: skip
    return _corrected(row, fields)


def apply_reviews(dataset: Dataset) -> Reviewed:
    """Apply the ``review`` table to the ``statement`` table.

    Parameters
    ----------
    dataset
        With statements, as :func:`read_all` gives them, and reviews. They are applied in the order of ``decided``, then
        ``review_id``; a later decision on a statement stands over an earlier one.

    Returns
    -------
    Reviewed
        The dataset with corrected and added statements, without the rejected; and one finding for each review that was not
        applied: stale (its statement is gone, or reads as corrected already), or ambiguous (its quote does not stand there once).

    Raises
    ------
    InputError
        If a review's ``fields`` cannot be used, with every such review.
    """
    reviews = dataset["review"].sort("decided", "review_id")
    if reviews.height == 0:
        return Reviewed(dataset, [])
    rows = {r["statement_id"]: r for r in dataset["statement"].iter_rows(named=True)}
    rejected: dict[str, dict[str, Any]] = {}
    findings: list[Finding] = []
    for review in reviews.iter_rows(named=True):
        fields = _fields(review)
        outcome = (
            fields
            if isinstance(fields, Finding)
            else _apply(review, fields, rows, rejected, dataset.documents)
        )
        if outcome is not None:
            findings.append(outcome)
    if any(f.severity is Severity.ERROR for f in findings):
        raise InputError(findings)
    order = {name: i for i, name in enumerate(sorted(dataset.documents))}
    ordered = sorted(
        rows.values(),
        key=lambda r: (
            order.get(r["source_id"], -1),
            r["source_id"],
            r["start"],
            r["end"],
        ),
    )
    return Reviewed(dataset.with_tables(statement=frame(ordered)), findings)


def _apply(
    review: Mapping[str, Any],
    fields: dict[str, Any],
    rows: dict[str, dict[str, Any]],
    rejected: dict[str, dict[str, Any]],
    documents: Mapping[str, str],
) -> Finding | None:
    """Apply one review to the rows in place; return why it was not applied, if so."""
    decision = review["decision"]
    if decision == "add":
        row = _added(review, fields, documents.get(review["source_id"]))
        if isinstance(row, Finding):
            return row
        twin = next(
            (
                r
                for r in rows.values()
                if r["source_id"] == row["source_id"]
                and r["start"] < row["end"]
                and row["start"] < r["end"]
                and r["value"] == row["value"]
                and r["unit"] == row["unit"]
            ),
            None,
        )
        if twin is not None:
            return _finding(
                review,
                "quote",
                "is read without help by now",
                "remove the review, or correct the statement that was read",
            )
        rows[row["statement_id"]] = row
        return None
    name = review["statement_id"]
    if name in rejected and decision != "reject":
        rows[name] = rejected.pop(name)
    if not name or name not in rows:
        return _finding(
            review,
            "statement_id",
            "is no statement of this reading",
            "review the passage again: its sentence or its source has changed",
        )
    row = rows[name]
    if review["source_id"] != row["source_id"] or (review["quote"] and review["quote"] != row["quote"]):
        return _finding(
            review,
            "quote",
            f"is not what the statement quotes now ({row['quote'][:60]!r})",
            "review the passage again",
        )
    if decision == "reject":
        rejected[name] = rows.pop(name)
    elif decision == "correct":
        new = _corrected(row, fields)
        if new == row:
            return _finding(
                review,
                "fields",
                "changes nothing: the statement is read that way by now",
                "remove the review",
            )
        rows[name] = new
    return None


# -- the queue -------------------------------------------------------------------------------------------------------------


def confidence(statements: pl.DataFrame) -> pl.Series:
    """Return how far each statement can be trusted to be read right, from 0 to 1.

    The score of its indicator (.35 where unlinked) is lowered for an ambiguous value, a period that was inferred or not stated,
    a currency sign that yuan and yen share, a missing place, and a kind other than a report without a period.
    """
    c = pl.col
    factor = (
        (0.4 + 0.6 * c("indicator_score").fill_null(0.0))
        * pl.when(c("value").is_null()).then(0.5).otherwise(1.0)
        * pl.when(c("period_start").is_null() & c("period_end").is_null())
        .then(0.75)
        .when(c("period_inferred"))
        .then(0.9)
        .otherwise(1.0)
        * pl.when(c("quote").str.contains("¥", literal=True)).then(0.7).otherwise(1.0)
        * pl.when(c("place_id").is_null()).then(0.85).otherwise(1.0)
    )
    return statements.select(factor.clip(0.0, 1.0).round(4).alias("confidence")).to_series()


def review_queue(statements: pl.DataFrame, reviews: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the statements that nobody has decided on, the least certain first.

    Parameters
    ----------
    statements
        A ``statement`` table.
    reviews
        Decisions so far; their statements are left out.

    Returns
    -------
    polars.DataFrame
        The columns of ``statement`` and ``confidence``, from 0 to 1.
    """
    queue = statements.with_columns(confidence(statements))
    if reviews is not None and reviews.height:
        decided = reviews.filter(pl.col("decision") != "add")["statement_id"].drop_nulls().to_list()
        queue = queue.filter(~pl.col("statement_id").is_in(decided))
    return queue.sort("confidence", "source_id", "start")


def decide(
    statement: Mapping[str, Any],
    decision: str,
    *,
    decided: date,
    reason: str,
    fields: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a row of the ``review`` table.

    Parameters
    ----------
    statement
        Row of the ``statement`` table; for ``add`` only ``source_id`` and ``quote`` are needed.
    decision
        accept, correct, reject or add.
    decided
        Day of the decision.
    reason
        Why.
    fields
        Columns to set, for correct and add.

    Raises
    ------
    InputError
        If the decision is unknown or its fields cannot be used.
    """
    values = {k: v.isoformat() if isinstance(v, date) else v for k, v in (fields or {}).items()}
    written = json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None
    name = statement.get("statement_id") if decision != "add" else None
    digest = hashlib.sha256(
        "\x1f".join(
            map(
                str,
                (
                    statement["source_id"],
                    name,
                    statement["quote"],
                    decision,
                    written,
                    decided,
                ),
            )
        ).encode("utf-8", "surrogatepass")
    )
    row = {
        "review_id": f"r-{digest.hexdigest()[:12]}", "source_id": statement["source_id"], "statement_id": name, "decision": decision,
        "quote": statement["quote"], "fields": written, "reason": reason, "decided": decided,
    }  # fmt: skip
    problems: list[Finding] = []
    if decision not in DECISIONS:
        problems.append(
            _finding(
                row,
                "decision",
                "is no decision",
                f"choose one of {', '.join(DECISIONS)}",
                error=True,
            )
        )
    if not reason.strip():
        problems.append(_finding(row, "reason", "is empty", "say why in a few words", error=True))
    checked = _fields(row)
    if isinstance(checked, Finding):
        problems.append(checked)
    elif decision in ("correct", "add") and not checked:
        problems.append(_finding(row, "fields", "is empty", "name the columns to set", error=True))
    if problems:
        raise InputError(problems)
    return row


def append_reviews(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Append decisions to a ``review.csv``: what stands in it stays byte for byte, and a crash leaves the old file whole.

    Parameters
    ----------
    path
        The file; it is made if it does not exist.
    rows
        Rows as :func:`decide` makes them. One whose ``review_id`` is already there is left out: the same decision, twice.

    Returns
    -------
    int
        Number of rows appended.

    Raises
    ------
    InputError
        If the file exists and is no review table.
    """
    file = Path(path)
    columns = list(_REVIEW.create_empty().columns)
    old = file.read_bytes() if file.exists() else b""
    known: set[str] = set()
    header = columns
    if old.strip():
        reader = csv.reader(io.StringIO(old.decode("utf-8-sig", errors="replace"), newline=""))
        header = next(reader)
        missing = [c for c in columns if c not in header]
        if missing:
            raise InputError(
                [
                    Finding(
                        str(file),
                        "",
                        c,
                        "",
                        "is missing",
                        "give the file the columns of the review table",
                    )
                    for c in missing
                ]
            )
        at = header.index("review_id")
        known = {row[at] for row in reader if len(row) > at}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    if not old.strip():
        writer.writerow(header)
    n = 0
    for row in rows:
        if row["review_id"] in known:
            continue
        known.add(str(row["review_id"]))
        writer.writerow(["" if row.get(c) is None else row[c] for c in header])
        n += 1
    if n == 0:
        return 0
    kept = old if not old or old.endswith(b"\n") else old + b"\n"
    if not old.strip():
        kept = b""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as sink:
            sink.write(kept + out.getvalue().encode("utf-8"))
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return n


def passage(text: str, statement: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what stands before, in and behind a statement's quote within its sentence, on one line each, for a person to read.

    Examples
    --------
    >>> passage("Trade grew. It reached $5 bn in 2024.", {"sentence_start": 12, "start": 23, "end": 28, "sentence_end": 37})
    ('It reached ', '$5 bn', ' in 2024.')
    """
    cuts = (
        statement["sentence_start"],
        statement["start"],
        statement["end"],
        statement["sentence_end"],
    )
    before, quote, behind = (re.sub(r"\s+", " ", text[a:b]) for a, b in itertools.pairwise(cuts))
    return before, quote, behind
