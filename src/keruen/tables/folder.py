"""Reading a dataset folder: every file is hostile until each cell has been read, and every fault is told at once.

A dataset is a folder of ``<table>.csv`` or ``<table>.parquet`` files and, optionally, a ``documents`` folder that the
``source`` table points into. CSV is read as text first; a typed read would stop at the first bad value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import dataframely as dy
import polars as pl

from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.tables.dataset import Dataset
from keruen.tables.registry import INPUTS, TABLES

MAX_BYTES = 128 * 2**20
"""Largest table file that is read."""
MAX_ROWS = 2_000_000
"""Most rows of one table."""
MAX_DOCUMENT_BYTES = 8 * 2**20
"""Largest document of a dataset."""
LISTED = 10
"""Rows listed for one fault of one column; the rest are counted."""

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def builtin(name: str) -> Path | None:
    """Return the folder of a built-in dataset, or None if there is none of that name."""
    if not name.isidentifier():
        return None
    folder = Path(str(resources.files("keruen"))) / "reference" / name
    return folder if (folder / "source.csv").is_file() else None


def load(dataset: str | Path = "kazakhstan") -> Dataset:
    """Read and validate a dataset folder, or a built-in dataset by name.

    Cells that a binding fills may be empty; :func:`keruen.tables.resolve` fills them once figures are known.

    Parameters
    ----------
    dataset
        Folder, or name of a built-in dataset.

    Returns
    -------
    Dataset
        Every table of the folder, in file order sorted by name, with its documents.

    Raises
    ------
    InputError
        With every finding, if any is an error.
    """
    loaded, findings = read_folder(dataset)
    refuse_errors(findings)
    return loaded


def read_folder(dataset: str | Path) -> tuple[Dataset, list[Finding]]:
    """Read what can be read of a dataset folder and list every fault, errors and warnings.

    Raises
    ------
    InputError
        If there is no such folder, or it holds no table at all.
    """
    folder = builtin(str(dataset)) or Path(dataset)
    if not folder.is_dir():
        raise InputError([_no_dataset(dataset, "is no folder" if folder.exists() else "does not exist")])
    raw, findings = _read_tables(folder)
    if not raw and not findings:
        raise InputError([_no_dataset(dataset, "holds no table")])
    bound = _bound_columns(raw.get("binding"))
    frames: dict[str, pl.DataFrame] = {}
    for name, table in raw.items():
        fillable = bound.get(name, frozenset())
        frames[name], faults = _typed(name, table, fillable)
        findings += faults + validate(name, frames[name], fillable=fillable)
    documents, faults = _read_documents(folder, frames.get("source"))
    return Dataset(frames, name=folder.name, documents=documents), _first_per_cell(findings) + faults


def _first_per_cell(findings: list[Finding]) -> list[Finding]:
    """Keep the first fault of a cell: one that could not be read need not be called empty as well."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        cell = (finding.table, finding.row, finding.column)
        if not finding.row or finding.row.startswith("and "):
            cell = (*cell[:2], f"{finding.column}\x1f{finding.problem}")
        kept.setdefault(cell, finding)
    return list(kept.values())


def _read_tables(folder: Path) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    findings: list[Finding] = []
    raw: dict[str, pl.DataFrame] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".csv", ".parquet"}:
            continue
        name = path.stem
        if name not in TABLES:
            findings.append(
                Finding(path.name, "", "", "", "Keruen knows no table of this name and leaves it out",
                        f"rename it to one of {', '.join(INPUTS)}", Severity.WARNING)
            )  # fmt: skip
        elif name in raw:
            findings.append(
                Finding(
                    path.name,
                    "",
                    "",
                    "",
                    "the table is given twice, as CSV and as Parquet",
                    "keep one of them",
                )
            )
        else:
            table, faults = read_table(path)
            findings += faults
            if table is not None:
                raw[name] = table
    return raw, findings


def _no_dataset(dataset: str | Path, problem: str) -> Finding:
    remedy = "give a folder of tables such as node.csv, or start one with 'keruen new NAME'"
    return Finding("dataset", "", "", str(dataset), problem, remedy)


def read_text(path: Path, limit: int) -> str:
    """Return a file's text with its newlines kept.

    Raises
    ------
    InputError
        If it is no file, too large, or not UTF-8; the finding says which, and where.
    """

    def refuse(problem: str, remedy: str) -> InputError:
        return InputError([Finding(path.name, "", "", "", problem, remedy)])

    if not path.is_file():
        raise refuse(
            "is a folder, not a file" if path.is_dir() else "does not exist", "put a file in its place"
        )
    size = path.stat().st_size
    if size > limit:
        raise refuse(
            f"has {size:,} bytes, over the limit of {limit:,}", "split it or leave out what is not needed"
        )
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse(
            f"is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start} (line {line})",
            "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        ) from None
    return text


def read_table(path: Path) -> tuple[pl.DataFrame | None, list[Finding]]:
    """Read one table file to a frame of text (CSV) or of its own types (Parquet); None with findings where it cannot be.

    Parameters
    ----------
    path
        File of at most :data:`MAX_BYTES` bytes and :data:`MAX_ROWS` rows.
    """

    def fault(problem: str, remedy: str) -> tuple[None, list[Finding]]:
        return None, [Finding(path.name, "", "", "", problem, remedy)]

    try:
        if path.suffix == ".parquet":
            if not path.is_file() or path.stat().st_size > MAX_BYTES:
                return fault(
                    "is no file or is over the size limit", f"give a file of at most {MAX_BYTES:,} bytes"
                )
            frame = pl.read_parquet(path, n_rows=MAX_ROWS + 1)
        else:
            text = read_text(path, MAX_BYTES)
            if not text.strip():
                return fault("is empty", "give a header line with the column names, or delete the file")
            if "\x00" in text:
                return fault("holds NUL characters", "save it as plain CSV text")
            if text.count("\n") > MAX_ROWS + 1:
                return fault(f"has over {MAX_ROWS:,} rows, the limit of one table", "aggregate or split it")
            frame = pl.read_csv(text.encode(), infer_schema=False)
    except InputError as error:
        return None, list(error.findings)
    except (pl.exceptions.PolarsError, OSError) as error:
        return fault(
            f"cannot be read: {str(error).splitlines()[0]}", "check quotes, separators and the file itself"
        )
    if frame.height > MAX_ROWS:
        return fault(f"has over {MAX_ROWS:,} rows, the limit of one table", "aggregate or split it")
    return frame, []


def _typed(table: str, raw: pl.DataFrame, fillable: frozenset[str]) -> tuple[pl.DataFrame, list[Finding]]:
    """Give each column its type; a value that does not fit becomes null and a finding."""
    columns = TABLES[table].columns
    findings: list[Finding] = []
    for extra in (name for name in raw.columns if name not in columns):
        findings.append(
            Finding(table, "", extra, "", "the schema has no such column and it is left out",
                    f"remove it or rename it to one of {', '.join(columns)}", Severity.WARNING)
        )  # fmt: skip
    typed: dict[str, pl.Series] = {}
    for name, column in columns.items():
        if name not in raw.columns:
            typed[name] = pl.Series(name, [None] * raw.height, dtype=column.dtype)
            if not column.nullable and name not in fillable:
                findings.append(
                    Finding(table, "", name, "", "the column is missing", f"add it: {column.description}")
                )
            continue
        given = raw[name]
        if given.dtype == pl.String:
            given = given.str.strip_chars()
            # An apostrophe that keeps a spreadsheet from running a text as a formula is no part of the text.
            given = given.str.replace(r"^'([=+\-@\t\r＝＋－＠])", "$1")
            given = pl.select(pl.when(given != "").then(given).alias(name)).to_series()
        typed[name] = _convert(given, column)
        lost = (given.is_not_null() & typed[name].is_null()).arg_true().to_list()
        findings += _listed(
            table,
            raw,
            name,
            given,
            lost,
            f"is not {_type_in_words(column)}",
            f"expected: {column.description}",
        )
    return pl.DataFrame(typed), findings


def _convert(given: pl.Series, column: dy.Column) -> pl.Series:
    if given.dtype == pl.String and isinstance(column, dy.Date):
        return given.str.to_date("%Y-%m-%d", strict=False)
    if given.dtype == pl.String and isinstance(column, dy.Bool):
        return given.str.to_lowercase().replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    if given.dtype == pl.String and isinstance(column, dy.List):
        return pl.Series(given.name, [_json_list(text) for text in given.to_list()], dtype=column.dtype)
    try:
        return given.cast(column.dtype, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series(given.name, [None] * given.len(), dtype=column.dtype)


def _json_list(text: str | None) -> list[str] | None:
    try:
        value = json.loads(text) if text is not None else None
    except json.JSONDecodeError:
        return None
    return [str(item) for item in value] if isinstance(value, list) else None


def _type_in_words(column: dy.Column) -> str:
    words: Mapping[type[dy.Column], str] = {
        dy.Float64: "a number (a decimal point, no thousands separator)",
        dy.Integer: "a whole number",
        dy.Bool: "true or false",
        dy.Date: "a day as YYYY-MM-DD",
        dy.List: "a JSON list",
    }
    return words.get(type(column), "text")


def validate(table: str, frame: pl.DataFrame, *, fillable: frozenset[str] = frozenset()) -> list[Finding]:
    """Check a typed frame against the schema of its table, rule by rule and row by row.

    Parameters
    ----------
    table
        Name of the table.
    frame
        Rows with the schema's columns and types.
    fillable
        Columns that bindings fill later: an empty cell there is no fault yet.
    """
    findings: list[Finding] = []
    checks = [
        (
            name,
            rule,
            (~expression).fill_null(False),
        )  # a rule on a null says null; emptiness has a rule of its own
        for name in TABLES[table].columns
        for rule, expression in _rules(table, name)
        if rule != "nullability" or name not in fillable
    ]
    # All rules in one pass; rows are looked up only where one is broken, which is hardly ever.
    broken = frame.select(failed.any().alias(str(at)) for at, (_, _, failed) in enumerate(checks)).row(0)
    for (name, rule, failed), is_broken in zip(checks, broken, strict=True):
        if is_broken:
            rows = frame.select(failed).to_series().arg_true().to_list()
            problem, remedy = _rule_in_words(rule, TABLES[table].columns[name])
            findings += _listed(table, frame, name, frame[name], rows, problem, remedy)
    keys = TABLES[table].keys
    duplicated = frame.select(pl.struct(keys).is_duplicated()).to_series().arg_true().to_list()
    findings += _listed(
        table, frame, "", None, duplicated, f"the key ({', '.join(keys)}) stands in more than one row",
        "give every row its own key, or delete the copy",
    )  # fmt: skip
    return findings


@cache
def _rules(table: str, name: str) -> tuple[tuple[str, pl.Expr], ...]:
    """Return the rules of a column: what is not finite is told before what is out of bounds."""
    rules = TABLES[table].columns[name].validation_rules(pl.col(name))
    return tuple(sorted(rules.items(), key=lambda item: item[0] not in {"inf", "nan"}))


def _rule_in_words(rule: str, column: dy.Column) -> tuple[str, str]:
    unit = (column.metadata or {}).get("unit", "")
    described = f"expected: {column.description}"
    match rule:
        case "nullability":
            return "is empty", described
        case "min" | "max" | "min_exclusive" | "max_exclusive":
            words = {"min": "at least", "max": "at most", "min_exclusive": "above", "max_exclusive": "below"}[
                rule
            ]
            return f"must be {words} {getattr(column, rule)} {unit}".rstrip(), described
        case "inf" | "nan":
            return "is not a finite number", described
        case "regex":
            options = (column.metadata or {}).get("options")
            return (
                ("is not an option", f"give one of {', '.join(options)}")
                if options
                else ("is no identifier", described)
            )
        case "max_length":
            return f"is longer than {getattr(column, rule)} characters", "shorten it"
        case _:
            return f"breaks the rule {rule}", described


def _listed(
    table: str,
    frame: pl.DataFrame,
    column: str,
    values: pl.Series | None,
    rows: list[int],
    problem: str,
    remedy: str,
) -> Iterator[Finding]:
    for row in rows[:LISTED]:
        value = "" if values is None or values[row] is None else str(values[row])[:80]
        yield Finding(table, row_label(table, frame, row), column, value, problem, remedy)
    if len(rows) > LISTED:
        yield Finding(table, f"and {len(rows) - LISTED} more rows", column, "", problem, remedy)


def row_label(table: str, frame: pl.DataFrame, row: int) -> str:
    """Name a row by its key and its line in the file."""
    keys = [str(frame[name][row]) for name in TABLES[table].keys if name in frame.columns]
    return f"{', '.join(keys)} (row {row + 1})"


def _bound_columns(bindings: pl.DataFrame | None) -> dict[str, frozenset[str]]:
    if bindings is None or not {"table", "column"} <= set(bindings.columns):
        return {}
    pairs = bindings.select("table", "column").drop_nulls().unique()
    return {
        str(table): frozenset(group["column"].to_list())
        for (table,), group in pairs.group_by("table", maintain_order=True)
    }


def _read_documents(folder: Path, sources: pl.DataFrame | None) -> tuple[dict[str, str], list[Finding]]:
    """Read the documents that the source table points to; a path may not leave the documents folder."""
    documents: dict[str, str] = {}
    findings: list[Finding] = []
    root = (folder / "documents").resolve()
    for source_id, name in sources.select("source_id", "path").iter_rows() if sources is not None else ():
        if source_id is None or name is None:
            continue
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            findings.append(
                Finding("source", source_id, "path", name, "leads out of the documents folder",
                        "put the document into documents/ and give its name")
            )  # fmt: skip
            continue
        try:
            documents[source_id] = read_text(path, MAX_DOCUMENT_BYTES)
        except InputError as error:
            findings += [
                Finding("source", source_id, "path", name, found.problem, found.remedy)
                for found in error.findings
            ]
    return documents, findings
