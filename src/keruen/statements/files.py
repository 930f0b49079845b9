"""Files in, statements out: what ``keruen read`` does with files, folders and a table of publication dates."""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from keruen import documents
from keruen.errors import Finding, InputError
from keruen.statements.catalogue import Catalogue
from keruen.statements.reader import frame, read
from keruen.tables import load

_SUFFIXES = frozenset({".txt", ".md", ".html", ".htm", ".pdf"})


def parse_day(written: str) -> date | None:
    """Return the day that an ISO date means; a month or year alone stands for its middle; None if it is no date.

    Examples
    --------
    >>> parse_day("2024-03-05"), parse_day("2024-11"), parse_day("soon")
    (datetime.date(2024, 3, 5), datetime.date(2024, 11, 15), None)
    """
    m = re.fullmatch(r"\s*(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\s*", written)
    if m is None:
        return None
    year, month, day = int(m[1]), int(m[2] or 7), int(m[3] or 0)
    try:
        return date(year, month, day or min(15, monthrange(year, month)[1]))
    except ValueError:
        return None


def _dates(path: Path) -> tuple[dict[str, date], list[Finding]]:
    """Return publication days by document, from a CSV with the columns doc (or source_id) and published."""
    days: dict[str, date] = {}
    findings: list[Finding] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return days, [Finding(str(path), "", "", "", f"cannot be read ({error})", "name a CSV file in UTF-8")]
    for number, row in enumerate(rows, start=2):
        name, written = row.get("doc") or row.get("source_id") or "", row.get("published") or ""
        day = parse_day(written)
        if not name or day is None:
            findings.append(
                Finding(
                    str(path),
                    f"line {number}",
                    "published",
                    written,
                    "names no document or no day",
                    "write doc and published as YYYY-MM-DD",
                )
            )
        else:
            days[Path(name).stem if Path(name).suffix in _SUFFIXES else name] = day
    return days, findings


def _listed(files: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and those of the folders that are."""
    out: list[Path] = []
    for path in files:
        if path.is_dir():
            out += sorted(
                p
                for p in path.rglob("*")
                if p.is_file() and p.suffix.lower() in _SUFFIXES and not p.name.startswith((".", "README"))
            )
        else:
            out.append(path)
    return out


def read_files(
    files: Iterable[str | Path],
    *,
    published: str | date | None = None,
    sources: str | Path | None = None,
    dataset: str | Path | None = None,
) -> tuple[pl.DataFrame, list[Finding]]:
    """Read the statements of files and folders.

    Parameters
    ----------
    files
        Text, HTML or PDF files, or folders of them.
    published
        Day of publication of all of them, ISO 8601.
    sources
        CSV with the columns doc and published; goes before ``published``.
    dataset
        Dataset whose indicators and places quantities are linked to; the default catalogue if not given.

    Returns
    -------
    polars.DataFrame
        The ``statement`` table of the files that could be read; a file's stem is its ``source_id``.
    list of Finding
        What could not be read, and why.
    """
    findings: list[Finding] = []
    day = parse_day(published) if isinstance(published, str) else published
    if isinstance(published, str) and day is None:
        findings.append(Finding("published", "", "", published, "is no day", "write YYYY-MM-DD"))
    days: dict[str, date] = {}
    if sources is not None:
        days, faults = _dates(Path(sources))
        findings += faults
    catalogue = Catalogue.default() if dataset is None else Catalogue.of(load(dataset))
    frames = [frame([])]
    for path in _listed(map(Path, files)):
        try:
            document = documents.read(path)
        except InputError as error:
            findings += error.findings
            continue
        frames.append(read(document, published=days.get(document.source_id, day), catalogue=catalogue))
    return pl.concat(frames), findings
