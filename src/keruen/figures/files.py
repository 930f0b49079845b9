"""What a person hands to ``keruen reconcile``: files of statements, a table of sources and the documents themselves.

Hands on one dataset. Statements carry offsets and quotes only, so sources tell who published when, and documents give the
sentences around a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from keruen import documents as library
from keruen import statements
from keruen.errors import Finding, InputError
from keruen.statements import files
from keruen.tables import TABLES, Dataset, load


def open_evidence(
    given: Sequence[str],
    *,
    dataset: str | None = None,
    sources: Path | None = None,
    documents: Sequence[Path] = (),
) -> Dataset:
    """Gather statements with what is known of their sources.

    Parameters
    ----------
    given
        Files of statements, as ``keruen read -o`` writes them, or names of datasets whose documents are read.
    dataset
        Dataset with sources, identities, rates and places.
    sources
        CSV with columns ``doc``, ``published`` and, where known, ``publisher`` and ``weight``.
    documents
        Files, or folders of them, that the statements were read from.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    ground = load(dataset) if dataset else Dataset({}, name="statements")
    frames: list[pl.DataFrame] = []
    texts: dict[str, str] = {}
    for name in given:
        if Path(name).is_file() or Path(name).suffix:
            frames.append(files.read_statements(Path(name)))
        else:
            read = statements.apply_reviews(statements.read_all(load(name))).dataset
            ground = ground if dataset else read
            texts |= read.documents
            frames.append(read["statement"])
    for path in files.readable(documents):
        document = library.read(path)
        texts[document.source_id] = document.text
    tables = {name: ground[name] for name in TABLES if ground.has(name)}
    tables["statement"] = pl.concat(frames).unique("statement_id", keep="first", maintain_order=True)
    if sources is not None:
        tables["source"] = _sources(sources, ground["source"])
    return Dataset(tables, name=ground.name, documents={**ground.documents, **texts})


def _sources(path: Path, known: pl.DataFrame) -> pl.DataFrame:
    """Return the ``source`` table with the rows of a CSV beside or instead of those known."""
    days = files.publication_days(path)
    table = pl.read_csv(path, infer_schema=False)
    findings, rows = [], []
    for row in table.iter_rows(named=True):
        weight = row.get("weight")
        try:
            trust = float(weight) if weight else 1.0
        except ValueError:
            trust = -1.0
        if not 0 < trust <= 1:
            findings.append(
                Finding(
                    path.name,
                    str(row["doc"]),
                    "weight",
                    str(weight),
                    "is no weight",
                    "give a number in (0, 1]",
                )
            )
        if row["doc"] is not None:
            # Documents are named by their file; without its ending that is the source.
            doc = str(row["doc"])
            stem = Path(doc).stem if Path(doc).suffix.lower() in files.READABLE else doc
            publisher = row.get("publisher") or row.get("title") or stem
            rows.append(
                {"source_id": stem, "title": row.get("title") or stem, "publisher": publisher,
                 "published": days.get(doc), "weight": trust}
            )  # fmt: skip
    if findings:
        raise InputError(findings)
    columns = TABLES["source"].schema.columns()
    listed = pl.DataFrame(
        [{name: row.get(name) for name in columns} for row in rows],
        schema={name: column.dtype for name, column in columns.items()},
    )
    return pl.concat([listed, known.join(listed, on="source_id", how="anti")])
