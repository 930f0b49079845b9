"""Run folders: what a run found, written so that a killed run leaves the one before it whole.

Every table becomes a Parquet file named by its content; one manifest, replaced atomically, says which files belong
together. Reading checks the hashes, so a file that was touched is noticed and never silently believed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError
from keruen.tables.dataset import Dataset
from keruen.tables.registry import TABLES

MANIFEST = "manifest.json"
FORMAT = 1
_FILES = "tables"


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was read back.

    Parameters
    ----------
    dataset
        Inputs and results, with the documents.
    manifest
        Settings, seed, versions, hashes and timings.
    """

    dataset: Dataset
    manifest: Mapping[str, Any]


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame as Parquet: the same rows give the same bytes at any number of threads."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_run(folder: Path, dataset: Dataset, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Write a run: content-hashed tables first, the manifest that names them last.

    Parameters
    ----------
    folder
        Run folder; made if it does not exist.
    dataset
        Inputs and results.
    manifest
        What else to record: settings, seed, versions, timings.

    Returns
    -------
    dict
        The manifest as written.

    Raises
    ------
    InputError
        If the folder is a file, or holds other files but no run.
    """
    refuse_foreign(folder)
    (folder / _FILES).mkdir(parents=True, exist_ok=True)
    tables: dict[str, dict[str, Any]] = {}
    frames = {name: _ordered(name, dataset[name]) for name in sorted(dataset)}
    documents = sorted(dataset.documents.items())
    frames["document"] = pl.DataFrame(
        documents, schema={"source_id": pl.String, "text": pl.String}, orient="row"
    )
    for name, frame in frames.items():
        data = frame_bytes(frame)
        digest = sha256(data)
        file = f"{name}-{digest[:16]}.parquet"
        path = folder / _FILES / file
        if not path.exists() or sha256(path.read_bytes()) != digest:
            write_atomically(path, data)
        writer = TABLES[name].writer if name in TABLES else ""
        tables[name] = {"file": file, "sha256": digest, "rows": frame.height, "writer": writer}
    written = {"format": FORMAT, "dataset": dataset.name, "tables": tables, **manifest}
    text = json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(folder / MANIFEST, text.encode())
    kept = {entry["file"] for entry in tables.values()}
    for path in (folder / _FILES).iterdir():
        if path.name not in kept:
            path.unlink(missing_ok=True)
    return written


def refuse_foreign(folder: Path) -> None:
    """Refuse to write a run where something else lives.

    Raises
    ------
    InputError
        If ``folder`` is a file, or holds files but no manifest and no tables of a run.
    """
    if folder.exists() and not folder.is_dir():
        problem, remedy = "is a file, not a folder", "name another folder with -o"
    elif (
        folder.is_dir()
        and any(folder.iterdir())
        and not (folder / MANIFEST).exists()
        and not (folder / _FILES).is_dir()
    ):
        problem, remedy = "holds other files and no run", "name an empty or new folder with -o"
    else:
        return
    raise InputError([Finding("run", "", "", str(folder), problem, remedy)])


def read_run(folder: str | Path) -> Run:
    """Read a run folder and check every file against its hash.

    Raises
    ------
    InputError
        If there is no run, or a file is missing or was changed since; every such file is named.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError([
            Finding("run", "", "", str(folder), "holds no manifest.json, so it is no run", "make one with 'keruen run -o'")
        ])  # fmt: skip
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        entries = {str(name): (str(e["file"]), str(e["sha256"])) for name, e in manifest["tables"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError([
            Finding("run", "", "", MANIFEST, "is no manifest of a run", "make the run again with 'keruen run -o'")
        ]) from None  # fmt: skip
    findings: list[Finding] = []
    frames: dict[str, pl.DataFrame] = {}
    for name, (file, digest) in entries.items():
        data = _read_hashed(folder / _FILES / Path(file).name, digest)
        if data is None:
            findings.append(
                Finding(
                    "run", name, "", file, "is missing or was changed after the run", "make the run again"
                )
            )
        else:
            frames[name] = pl.read_parquet(io.BytesIO(data))
    if findings:
        raise InputError(findings)
    documents = dict(frames.pop("document").iter_rows()) if "document" in frames else {}
    known = {name: frame for name, frame in frames.items() if name in TABLES}
    return Run(Dataset(known, name=str(manifest.get("dataset", "")), documents=documents), manifest)


def _read_hashed(path: Path, digest: str) -> bytes | None:
    if not path.is_file():
        return None
    data = path.read_bytes()
    return data if sha256(data) == digest else None


def _ordered(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort rows by key and columns by schema: the order in which they were found is not part of a result."""
    columns = [column for column in TABLES[name].schema.columns() if column in frame.columns]
    return frame.select(columns).sort(TABLES[name].keys)
