"""How well statements answer labels made by hand.

Rules (a label's fields in brackets): a statement answers a label if its span covers part of the label's numeral
[``num_start``, ``num_end``]; value within 0.1 % [``value``, for ranges ``value_low`` and ``value_high``]; unit, modifier
[``approx``] and kind equal; period by equal years of start and end; speaker by surname or institution; indicator by the
catalogue's reading of the label's words. Precision counts the statements that overlap no label at all as false. A comparison
without a numeral (tier C) is nobody's duty, but excuses a statement that overlaps it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError
from keruen.statements.catalogue import Catalogue
from keruen.statements.claims import Sentence, is_change
from keruen.statements.lexicon import lexicon
from keruen.statements.linking import THRESHOLD, candidates
from keruen.statements.page import page
from keruen.statements.quantity import Quantity

FIELDS = (
    "span",
    "value",
    "value+unit",
    "modifier",
    "kind",
    "period",
    "speaker",
    "indicator",
    "full",
)
"""What is scored; ``full`` is all of them at once. The indicator is left out where no label names one."""
_REQUIRED = (
    "doc",
    "start",
    "end",
    "num_start",
    "num_end",
    "value",
    "unit",
    "approx",
    "kind",
)
_TOLERANCE = 1e-3
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = lexicon(
    """
    of the and for s in to a an by other office ministry minister government state statement
    """
)


@dataclass(frozen=True, slots=True)
class FieldScore:
    """Precision, recall and F1 of one field."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What a comparison of statements with labels gave.

    Parameters
    ----------
    labels
        Labels that hold a numeral.
    found
        Of them, those that a statement answers.
    false
        Statements that overlap no label.
    fields
        Precision, recall and F1 by field.
    corpus
        SHA-256 of the labels, first 12 hex digits; floors are pinned to it.
    misses
        What went wrong, one line each.
    """

    labels: int
    found: int
    false: int
    fields: Mapping[str, FieldScore]
    corpus: str
    misses: Sequence[str]

    def __str__(self) -> str:
        lines = [
            f"labels {self.labels}, found {self.found}, false {self.false}, corpus {self.corpus}",
            f"{'':12} {'precision':>9} {'recall':>7} {'F1':>6}",
        ]
        lines += [
            f"{name:12} {f.precision:9.3f} {f.recall:7.3f} {f.f1:6.3f}" for name, f in self.fields.items()
        ]
        return "\n".join(lines)


def _read_labels(path: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the labels of a JSON Lines file and the hash of its bytes."""
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            [
                Finding(
                    "labels",
                    str(path),
                    "",
                    "",
                    f"cannot be read ({error})",
                    "name a JSON Lines file in UTF-8",
                )
            ]
        ) from None
    labels, findings = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            label = json.loads(line)
            missing = [name for name in _REQUIRED if name not in label]
        except (ValueError, TypeError):
            findings.append(
                Finding(
                    "labels",
                    f"line {number}",
                    "",
                    line[:60],
                    "is no JSON object",
                    "write one object a line",
                )
            )
            continue
        if missing:
            findings.append(
                Finding(
                    "labels",
                    f"line {number}",
                    ", ".join(missing),
                    "",
                    "is missing",
                    "add it (null where unknown)",
                )
            )
        labels.append(label)
    if findings:
        raise InputError(findings)
    return labels, hashlib.sha256(data).hexdigest()[:12]


def _texts(documents: Mapping[str, str] | Path | None, names: Iterable[str]) -> dict[str, str]:
    """Return the text of each labelled document that can be had."""
    if isinstance(documents, Path):
        found = {}
        for name in names:
            for file in (documents / name, documents / f"{name}.txt"):
                if file.is_file():
                    found[name] = file.read_bytes().decode("utf-8", errors="replace")
                    break
        return found
    return dict(documents or {})


def _near(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is None and b is None
    return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))


def _same_value(row: dict[str, Any], label: dict[str, Any]) -> bool:
    if label["value"] is not None and label["approx"] != "range":
        return _near(row["value"], label["value"])
    return _near(row["value_low"], label.get("value_low")) and _near(
        row["value_high"], label.get("value_high")
    )


def _years(row: dict[str, Any]) -> tuple[str | None, str | None]:
    start, end = row.get("period_start"), row.get("period_end")
    return (
        None if start is None else str(start)[:4],
        None if end is None else str(end)[:4],
    )


def same_speaker(found: str | None, labelled: str | None) -> bool:
    """Whether two names mean the same speaker: by surname, or by a telling word of an institution.

    Examples
    --------
    >>> same_speaker("Olzhas Bektenov", "Bektenov's office"), same_speaker(None, "(editor conversion)")
    (True, True)
    >>> same_speaker("Mikhail Mishustin", "Olzhas Bektenov")
    False
    """
    label = re.sub(r"\([^)]*\)", "", labelled or "").strip()
    if not found or not label:
        return not found and not label
    a = set(_WORD.findall(found.lower()))
    b = set(_WORD.findall(label.lower()))
    return bool((a & b) - _COMMON) or a == b


def _labelled_indicator(catalogue: Catalogue, label: dict[str, Any]) -> str | None:
    """Return the indicator that a label names, or that the catalogue reads from the label's words."""
    if "indicator_id" in label:
        return label["indicator_id"]  # type: ignore[no-any-return]
    words = str(label.get("indicator") or "")
    if not words:
        return None
    leaf = page(f"{words}: 1")
    at = len(words) + 2
    q = Quantity(
        at,
        at + 1,
        at,
        at + 1,
        label["value"],
        label.get("value_low"),
        label.get("value_high"),
        label["unit"],
    )
    sentence = Sentence(leaf.low, (0, at + 1), [])
    change = is_change(leaf.low, q) or (
        bool(re.search(r"\bgrowth\b", leaf.low)) and label["unit"] in ("%", "times")
    )
    ranked = candidates(catalogue, catalogue.phrase_hits(leaf.low, 0, at), sentence, q, change=change)
    return ranked[0].indicator_id if ranked and ranked[0].score >= THRESHOLD else None


def score(
    statements: pl.DataFrame,
    labels_path: str | Path,
    documents: Mapping[str, str] | str | Path | None = None,
    *,
    catalogue: Catalogue | None = None,
) -> Score:
    """Compare statements with labels.

    Parameters
    ----------
    statements
        A ``statement`` table; ``source_id`` is the label's ``doc``, with or without its file ending.
    labels_path
        Labels as JSON Lines.
    documents
        Texts by ``doc``, or their folder, to check that each label's text stands at its offsets; the labels' folder if not given.
        A text in a mapping that no label names holds no figure, so that all that is read in it is false.
    catalogue
        Reads the indicator from a label's words; the default one if not given.

    Returns
    -------
    Score
        Found, false, and precision, recall and F1 by field.

    Raises
    ------
    InputError
        If the labels cannot be read, or do not fit the documents.
    """
    path = Path(labels_path)
    labels, corpus = _read_labels(path)
    names = {str(label["doc"]) for label in labels}
    source = (
        path.parent if documents is None else Path(documents) if isinstance(documents, str) else documents
    )
    texts = _texts(source, names)
    if isinstance(documents, Mapping):
        # a text handed over without a label holds no figure
        names |= documents.keys()
    misplaced = [
        Finding(
            "labels",
            str(label.get("id", "")),
            "start",
            str(label["start"]),
            "its text does not stand there",
            "count code points in the file as read in UTF-8",
        )
        for label in labels
        if label["doc"] in texts
        and "text" in label
        and texts[label["doc"]][label["start"] : label["end"]] != label["text"]
    ]
    if misplaced:
        raise InputError(misplaced)
    catalogue = catalogue or Catalogue.default()
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in statements.iter_rows(named=True):
        rows.setdefault(_stem(str(row["source_id"])), []).append(row)
    judged = any("indicator" in label or "indicator_id" in label for label in labels)
    scored = [f for f in FIELDS if judged or f != "indicator"]
    right = dict.fromkeys(scored, 0)
    misses: list[str] = []
    n_labels = n_false = 0
    for name in sorted(names):
        mine = [label for label in labels if label["doc"] == name]
        theirs = rows.get(_stem(name), [])
        for label in mine:
            if label.get("num_start") is None or (label.get("num_text", "") is None):
                continue
            n_labels += 1
            answers = [r for r in theirs if r["start"] < label["num_end"] and label["num_start"] < r["end"]]
            if not answers:
                misses.append(f"missed {name} {label['start']}: {label.get('text', '')}")
                continue
            row = max(
                answers,
                key=lambda r: (
                    _same_value(r, label),
                    r["unit"] == label["unit"],
                    -abs(r["start"] - label["start"]),
                ),
            )
            verdict = _compare(row, label, catalogue if judged else None)
            for field, good in verdict.items():
                right[field] += good
            wrong = [f for f in scored[1:-1] if not verdict[f]]
            if wrong:
                misses.append(f"differs {name} {label['start']}: {label.get('text', '')}: {', '.join(wrong)}")
        for row in theirs:
            if not any(row["start"] < label["end"] and label["start"] < row["end"] for label in mine):
                n_false += 1
                misses.append(f"false {name} {row['start']}: {row['quote']}")
    found = right["span"]
    fields = {
        f: FieldScore(
            right[f] / (found + n_false) if found + n_false else 0.0,
            right[f] / n_labels if n_labels else 0.0,
        )
        for f in scored
    }
    return Score(n_labels, found, n_false, fields, corpus, misses)


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] if name.endswith((".txt", ".html", ".pdf")) else name


def _compare(row: dict[str, Any], label: dict[str, Any], catalogue: Catalogue | None) -> dict[str, bool]:
    """Return which fields of a statement agree with its label; without a catalogue the indicator is not judged."""
    value = _same_value(row, label)
    verdict = {
        "span": True,
        "value": value,
        "value+unit": value and row["unit"] == label["unit"],
        "modifier": row["modifier"] == label["approx"],
        "kind": row["kind"] == label["kind"],
        "period": _years(row) == _years(label),
        "speaker": same_speaker(row["speaker"], label.get("speaker")),
    }
    if catalogue is not None:
        verdict["indicator"] = row["indicator_id"] == _labelled_indicator(catalogue, label)
    verdict["full"] = all(verdict.values())
    return verdict
