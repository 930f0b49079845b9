"""Files of announcements in, one table of statements out; and statements read back from a file.

A file that cannot be read is a finding and the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from keruen import documents
from keruen.documents import SavedPage
from keruen.errors import Finding, InputError, Severity
from keruen.statements.catalogue import Catalogue
from keruen.statements.reader import candidate_frame, frame, read_ranked
from keruen.tables import TABLES, load
from keruen.tables.folder import MAX_BYTES

READABLE = (".txt", ".html", ".htm", ".pdf")
_SCHEMA = TABLES["statement"].schema


def read_files(
    files: Sequence[Path],
    *,
    published: str | None = None,
    sources: Path | None = None,
    dataset: str | None = None,
) -> tuple[pl.DataFrame, list[Finding]]:
    """Read the statements of several files.

    Parameters
    ----------
    files
        Text, HTML or PDF files; of a folder, those in it with such an ending; of a list of addresses, the pages saved beside
        it (see :func:`keruen.documents.saved_pages`).
    published
        Day of publication of all of them, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    sources
        CSV with columns ``doc`` (file name) and ``published``, which wins over ``published``.
    dataset
        Dataset whose indicators and places are used; None uses the default catalogue.

    Returns
    -------
    frame
        The ``statement`` table; ``source_id`` is the file's name without its ending, or made from the page's address.
    findings
        Files that could not be read, and files without a day of publication.

    Raises
    ------
    InputError
        If a day is no day, or the sources file or a list of addresses cannot be used.
    """
    frame, _, findings = rank_files(files, published=published, sources=sources, dataset=dataset)
    return frame, findings


def rank_files(
    files: Sequence[Path],
    *,
    published: str | None = None,
    sources: Path | None = None,
    dataset: str | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """Read the statements of several files, with the indicators that each may measure.

    Parameters and errors are those of :func:`read_files`.

    Returns
    -------
    frame
        The ``statement`` table.
    candidates
        One row per statement and indicator that fits its unit and words, best first: ``statement_id``, ``source_id``, ``quote``,
        ``rank``, ``indicator_id``, ``score`` and whether it was ``linked``.
    findings
        Files that could not be read, and files without a day of publication.
    """
    catalogue = Catalogue.of(load(dataset)) if dataset else Catalogue.default()
    everywhere = _day("--published", published) if published else None
    days = publication_days(sources) if sources else {}
    frames: list[pl.DataFrame] = [frame([])]
    ranked: list[pl.DataFrame] = [candidate_frame([])]
    pages, findings = _pages(files)
    if not pages and not findings:
        told = ", ".join(str(file) for file in files)
        raise InputError(
            [Finding("document", "", "", told, "holds nothing to read", "name text, HTML or PDF files")]
        )
    for page in pages:
        path = page.path
        try:
            document = documents.read(path, source_id=page.source_id or None)
        except InputError as error:
            findings += error.findings
            continue
        stated = _day(page.url, page.published) if page.published else everywhere
        day = days.get(path.name, days.get(path.stem, stated))
        if day is None:
            findings.append(
                Finding(path.name, "", "published", "", "has no day of publication, so 'last year' stays open",
                        "give --published YYYY-MM-DD or --sources", Severity.WARNING)
            )  # fmt: skip
        findings += [
            Finding(path.name, "", "", "", note, "check the text that was read", Severity.WARNING)
            for note in document.notes
        ]
        statements, candidates = read_ranked(document, published=day, catalogue=catalogue)
        frames.append(statements)
        ranked.append(candidates)
    return pl.concat(frames), pl.concat(ranked), findings


def _pages(files: Sequence[Path]) -> tuple[list[SavedPage], list[Finding]]:
    """Return the files to read: those named, those in folders, and those that a list of addresses stands for."""
    pages: list[SavedPage] = []
    findings: list[Finding] = []
    for path in readable(files):
        if documents.is_url_list(path):
            found, told = documents.saved_pages(path)
            pages += found
            findings += told
        else:
            pages.append(SavedPage("", path, ""))
    return pages, findings


def readable(files: Sequence[Path]) -> list[Path]:
    """Return the files, and of a folder those in it that can be read."""
    found: list[Path] = []
    for path in files:
        if path.is_dir():
            found += sorted(inner for inner in path.iterdir() if inner.suffix.lower() in READABLE)
        else:
            found.append(path)
    return found


def _day(where: str, text: str) -> date:
    parts = text.strip().split("-")
    try:
        year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
        return date(year, month, day)
    except ValueError:
        remedy = "give YYYY-MM-DD"
        raise InputError([Finding("published", where, "", text, "is no day", remedy)]) from None


def publication_days(path: Path) -> dict[str, date]:
    """Read days of publication by document from a CSV with columns ``doc`` and ``published``."""
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            [Finding(str(path), "", "", "", f"cannot be read: {error}", "give a CSV file")]
        ) from None
    if not {"doc", "published"} <= set(table.columns):
        raise InputError([
            Finding(path.name, "", "", ", ".join(table.columns), "lacks doc or published", "name the columns so")
        ])  # fmt: skip
    rows = table.select("doc", "published").drop_nulls().iter_rows()
    return {doc: _day(f"{path.name}, {doc}", text) for doc, text in rows}


def read_statements(path: Path) -> pl.DataFrame:
    """Read statements back from JSON Lines, CSV or Parquet, as ``keruen read -o`` writes them.

    Raises
    ------
    InputError
        If the file is missing, too large, or holds no statements.
    """

    def refuse(problem: str) -> InputError:
        remedy = "give a file that 'keruen read -o' wrote (.jsonl, .csv or .parquet)"
        return InputError([Finding("statement", "", "", str(path), problem, remedy)])

    if not path.is_file():
        raise refuse("is no file")
    if path.stat().st_size > MAX_BYTES:
        raise refuse(f"is over the limit of {MAX_BYTES:,} bytes")
    try:
        match path.suffix:
            case ".parquet":
                found = pl.read_parquet(path)
            case ".csv":
                found = pl.read_csv(path, infer_schema=False)
            case _:
                found = pl.read_ndjson(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise refuse(f"cannot be read: {str(error).splitlines()[0]}") from None
    wanted = _SCHEMA.create_empty().schema
    missing = [
        name
        for name in ("statement_id", "source_id", "quote", "value", "unit", "kind")
        if name not in found.columns
    ]
    if missing:
        raise refuse(f"lacks the columns {', '.join(missing)}")
    return found.select(
        _typed(found, name, dtype).alias(name) if name in found.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in wanted.items()
    )


def _typed(found: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if found.schema[name] != pl.String:
        return column.cast(dtype, strict=False)
    if dtype == pl.Date:
        return column.str.to_date("%Y-%m-%d", strict=False)
    if dtype == pl.Boolean:
        return column.str.to_lowercase() == "true"
    return column.cast(dtype, strict=False)
