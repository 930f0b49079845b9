"""Import and export: other people's files into the tables of a dataset folder, and a dataset or run into their files.

Receives a file and what it means, or a dataset; hands on a folder that still passes every check, or a file. A folder is
changed whole or not at all: the new tables are checked beside the old ones first, and a fault that was not there before
refuses the import.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from keruen.chain.running import evidence_of
from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.formats.frames import csv_safe, frame_to_bytes
from keruen.formats.ical import read_events, write_events
from keruen.formats.oc4ids import read_oc4ids, write_oc4ids
from keruen.formats.sdmx import sdmx_csv
from keruen.formats.sheets import read_sheets, workbook
from keruen.tables import Dataset, check, load, read_folder
from keruen.tables.folder import LISTED, builtin, read_table
from keruen.tables.registry import INPUTS, TABLES
from keruen.tables.store import MANIFEST, read_run, write_atomically
from keruen.trade.fetching import Fetched, Query, fetch
from keruen.trade.history import gather
from keruen.trade.imports import MEANINGS, import_series, series_rows

IMPORTS = ("csv", "parquet", "xlsx", "sdmx", "oc4ids", "ical")
EXPORTS = ("csv", "parquet", "xlsx", "sdmx", "oc4ids", "ical")
_ENDINGS = {"csv": ".csv", "parquet": ".parquet", "xlsx": ".xlsx"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Parameters
    ----------
    added, replaced
        Rows by table: new ones, and ones that took the place of rows of the same key.
    findings
        Warnings.
    """

    added: Mapping[str, int]
    replaced: Mapping[str, int]
    findings: list[Finding]


def import_file(
    kind: str, path: Path, folder: Path, *, table: str | None = None, columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None, codes: Mapping[str, str] | None = None, replace: bool = False,
) -> Imported:  # fmt: skip
    """Add what a file holds to the tables of a dataset folder.

    Parameters
    ----------
    kind
        One of :data:`IMPORTS`.
    path
        File. ``oc4ids`` gives projects and parties, ``ical`` events, ``sdmx`` yearly series. ``csv``, ``parquet`` and
        ``xlsx`` give the rows of ``table``, or yearly series where ``columns`` or ``constants`` say what is what; a
        workbook without either gives every sheet that is named for a table.
    folder
        Dataset folder; changed whole or not at all.
    table
        Table that the rows are of.
    columns, constants, codes
        See :func:`keruen.trade.import_series`.
    replace
        Whether a row may take the place of one with the same key.

    Raises
    ------
    InputError
        With every fault: of the file, keys that are taken, and whatever would be wrong with the folder afterwards.
    """
    _refuse_builtin(folder)
    before, faults = read_folder(folder)
    found, findings = _read(
        kind, path, before, table, dict(columns or {}), dict(constants or {}), dict(codes or {})
    )
    return _merge(folder, before, faults, found, findings, replace)


def fetch_into(
    query: Query, folder: Path, *, columns: Mapping[str, str] | None = None, constants: Mapping[str, str] | None = None,
    codes: Mapping[str, str] | None = None, replace: bool = False, cache: Path | None = None, refresh: bool = False,
    base: str | None = None,
) -> tuple[Imported, Fetched]:  # fmt: skip
    """Ask a statistical office for yearly series and add them to a dataset folder.

    Parameters
    ----------
    query, cache, refresh, base
        See :func:`keruen.trade.fetching.fetch`.
    folder, replace
        See :func:`import_file`.
    columns, constants, codes
        See :func:`keruen.trade.import_series`; what the answer says of itself need not be said.

    Raises
    ------
    InputError, KeruenError
        As :func:`import_file` and :func:`keruen.trade.fetching.fetch` do.
    """
    _refuse_builtin(folder)
    before, faults = read_folder(folder)
    answer = fetch(query, cache=cache, refresh=refresh, base=base)
    constants = dict(answer.constants) | dict(constants or {})
    # A column that somebody overrides with a constant is not read.
    meant = {m: c for m, c in answer.columns.items() if m not in constants} | dict(columns or {})
    rows, findings = series_rows(answer.frame, query.source, columns=meant, constants=constants, codes=codes)
    return _merge(folder, before, faults, {"series": rows}, findings, replace), answer


def _refuse_builtin(folder: Path) -> None:
    if builtin(str(folder)) is not None and not folder.is_dir():
        raise _refused(str(folder), "is built in and stays as it is", f"copy it first: keruen export csv {folder} -o FOLDER")  # fmt: skip


def _read(
    kind: str, path: Path, before: Dataset, table: str | None, columns: dict[str, str], constants: dict[str, str],
    codes: dict[str, str],
) -> tuple[dict[str, pl.DataFrame], list[Finding]]:  # fmt: skip
    """Return frames by table, as they will stand in the folder."""
    match kind:
        case "oc4ids":
            return _fitted(*read_oc4ids(path), before)
        case "ical":
            events, findings = read_events(path)
            return {"event": events}, findings
        case "sdmx":
            pass
        case "csv" | "parquet" | "xlsx" if table is not None or not (columns or constants):
            return _tables(kind, path, table), []
        case "csv" | "xlsx":
            pass
        case _:
            raise _refused(kind, "is no format that series are imported from", f"use {', '.join(IMPORTS)}")
    rows, findings = import_series(path, columns=columns, constants=constants, codes=codes)
    return {"series": rows}, findings


def _tables(kind: str, path: Path, table: str | None) -> dict[str, pl.DataFrame]:
    """Rows of Keruen's own tables, as text or as Parquet has them."""
    if path.suffix != _ENDINGS[kind] and not path.is_dir():
        raise _refused(path.name, f"does not end in {_ENDINGS[kind]}", "name the format that it has")
    if kind == "xlsx":
        sheets = read_sheets(path)
        if table is not None:
            sheets = {table: sheets.get(table, next(iter(sheets.values())))}
        found = {name: frame for name, frame in sheets.items() if name in INPUTS}
    else:
        files = sorted(path.glob(f"*{_ENDINGS[kind]}")) if path.is_dir() else [path]
        found, findings = {}, []
        for file in files:
            name = table or file.stem
            if name in INPUTS:
                frame, faults = read_table(file)
                findings += faults
                if frame is not None:
                    found[name] = frame
        refuse_errors(findings)
    if not found:
        problem = "holds no table that people write"
        raise _refused(
            path.name, problem, f"name one with --table, or say what its columns mean: {', '.join(MEANINGS)}"
        )
    return found


def _fitted(
    tables: dict[str, pl.DataFrame], findings: list[Finding], before: Dataset
) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """Empty the places that the dataset does not know, and say so: other people's identifiers are not ours."""
    known = set(before["place"]["place_id"])
    findings = list(findings)
    fitted = {}
    for name, column in (("project", "place_id"), ("party", "country")):
        frame = tables[name]
        strange = pl.col(column).is_not_null() & ~pl.col(column).is_in(sorted(known))
        for key, value in frame.filter(strange).select(TABLES[name].keys[0], column).iter_rows():
            findings.append(
                Finding(name, key, column, value, "is no place of the dataset and is left empty",
                        "add it to place.csv and import again with --replace", Severity.WARNING)
            )  # fmt: skip
        fitted[name] = frame.with_columns(pl.when(strange).then(None).otherwise(pl.col(column)).alias(column))
    return {name: frame for name, frame in fitted.items() if frame.height}, findings


def _merge(
    folder: Path, before: Dataset, faults: list[Finding], found: Mapping[str, pl.DataFrame],
    findings: list[Finding], replace: bool,
) -> Imported:  # fmt: skip
    added, replaced, taken = {}, {}, []
    whole: dict[Path, bytes] = {}
    for name, frame in found.items():
        rows = _as_text(frame)
        keys = TABLES[name].keys
        lost = [key for key in keys if key not in rows.columns]
        if lost:
            taken += [Finding(name, "", key, "", "the file has no such column, and it is part of the key", "add it") for key in lost]  # fmt: skip
            continue
        path = folder / f"{name}.parquet"
        path = path if path.is_file() else folder / f"{name}.csv"
        held = _as_text(_held(path)) if path.is_file() else rows.clear()
        same = held.join(rows, on=keys, how="semi")
        if same.height and not replace:
            for row in same.select(keys).head(10).iter_rows():
                taken.append(Finding(name, ", ".join(map(str, row)), "", "", "is in the dataset already", "import with --replace, or leave it out"))  # fmt: skip
            if same.height > 10:
                taken.append(Finding(name, f"and {same.height - 10} more rows", "", "", "are in the dataset already", "import with --replace"))  # fmt: skip
        replaced[name], added[name] = same.height, rows.height - same.height
        merged = pl.concat([held.join(rows, on=keys, how="anti"), rows], how="diagonal")
        whole[folder / f"{name}.csv"] = csv_safe(merged).write_csv().encode()
    if taken:
        raise InputError([*taken, *findings])
    _try(folder, whole, {*map(str, faults), *map(str, check(before))}, findings)
    for path, data in whole.items():
        write_atomically(path, data)
        path.with_suffix(".parquet").unlink(missing_ok=True)
    return Imported(added, replaced, findings)


def _held(path: Path) -> pl.DataFrame:
    frame, faults = read_table(path)
    refuse_errors(faults)
    assert frame is not None
    return frame


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame as a folder's CSV holds it: everything text, an empty cell null."""
    safe = csv_safe(frame)
    texts = safe.with_columns(pl.all().cast(pl.String))
    return texts.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _try(folder: Path, whole: Mapping[Path, bytes], known: set[str], findings: list[Finding]) -> None:
    """Read the folder as it would be; refuse what is wrong with it and was not before."""
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name)
        for path in folder.iterdir():
            if path.suffix in (".csv", ".parquet") and folder / f"{path.stem}.csv" not in whole:
                shutil.copyfile(path, trial / path.name)
        if (folder / "documents").is_dir():
            os.symlink((folder / "documents").resolve(), trial / "documents", target_is_directory=True)
        for path, data in whole.items():
            (trial / path.name).write_bytes(data)
        after, faults = read_folder(trial)
        new = [f for f in (*faults, *check(after)) if f.severity is Severity.ERROR and str(f) not in known]
        if new:
            raise InputError([*_shortened(new), *findings])


def _shortened(faults: list[Finding]) -> list[Finding]:
    """Keep the first faults of a kind and count the rest."""
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for fault in dict.fromkeys(faults):
        kinds.setdefault((fault.table, fault.column, fault.problem), []).append(fault)
    kept = []
    for (table, column, problem), same in kinds.items():
        kept += same[:LISTED]
        if len(same) > LISTED:
            rest = f"and {len(same) - LISTED} more rows"
            kept.append(Finding(table, rest, column, "", problem, same[0].remedy))
    return kept


def export_file(kind: str, what: str, out: Path, *, table: str | None = None) -> Path:
    """Write a dataset or run in another format, whole or not at all.

    Parameters
    ----------
    kind
        One of :data:`EXPORTS`. ``oc4ids`` holds the projects, ``sdmx`` (SDMX-CSV) the yearly series, ``ical`` the events;
        the others every table, or just ``table``.
    what
        Run folder, dataset folder, or name of a built-in model.
    out
        File to write; a folder for all tables as ``csv`` or ``parquet`` (of a dataset folder that is a copy of it).
    table
        The one table to write.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    InputError
        If the dataset has errors or nothing to export, or ``out`` is a folder that holds something.
    """
    match kind:
        case "oc4ids":
            found = evidence_of(what)
            return _written(out, lambda path: write_oc4ids(found, path))
        case "sdmx":
            frame, findings = gather(evidence_of(what))
            refuse_errors(findings)
            _need(frame, "yearly_series")
            return _written(out, lambda path: write_atomically(path, sdmx_csv(frame)))
        case "ical":
            held = _held_by(what)
            _need(held["event"], "event")
            return _written(out, lambda path: write_events(held["event"], path, name=f"Keruen: {held.name}"))
        case "csv" | "parquet" | "xlsx":
            return _export_tables(kind, _held_by(what), out, table)
    raise _refused(kind, "is no format that Keruen writes", f"use {', '.join(EXPORTS)}")


def _held_by(what: str) -> Dataset:
    return read_run(Path(what)).dataset if (Path(what) / MANIFEST).is_file() else load(what)


def _export_tables(kind: str, dataset: Dataset, out: Path, table: str | None) -> Path:
    if table is not None:
        if table not in TABLES:
            raise _refused(
                table, "is no table", f"use one of {', '.join(n for n in dataset if dataset.has(n))}"
            )
        _need(dataset[table], table)
        target = out if out.suffix else out / f"{table}{_ENDINGS[kind]}"
        if target.suffix != _ENDINGS[kind]:
            raise _refused(str(out), f"does not end in {_ENDINGS[kind]}", "name the file for its format")
        return _written(target, lambda path: write_atomically(path, frame_to_bytes(dataset[table], path)))
    frames = {name: dataset[name] for name in sorted(dataset) if dataset.has(name)}
    if kind == "xlsx":
        return _written(out, lambda path: write_atomically(path, workbook(frames)))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise _refused(str(out), "holds something already", "name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and moved there whole.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name:
        draft = Path(name) / "draft"
        draft.mkdir()
        for table_name, frame in frames.items():
            path = draft / f"{table_name}{_ENDINGS[kind]}"
            path.write_bytes(frame_to_bytes(frame, path))
        _write_documents(dataset, draft / "documents")
        if out.exists():
            out.rmdir()
        draft.rename(out)
    return out


def _write_documents(dataset: Dataset, folder: Path) -> None:
    """Write the texts under the names that the source table gives them, so that the copy can be read again."""
    paths = dict(dataset["source"].select("source_id", "path").iter_rows())
    for source, text in dataset.documents.items():
        path = folder / (paths.get(source) or f"{source}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def _need(frame: pl.DataFrame, table: str) -> None:
    if not frame.height:
        raise _refused(
            table, "has no rows, so there is nothing to export", "fill it, or export another table"
        )


def _written(out: Path, write: Callable[[Path], None]) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out)
    return out


def _refused(value: str, problem: str, remedy: str) -> InputError:
    return InputError([Finding("exchange", "", "", value, problem, remedy)])
