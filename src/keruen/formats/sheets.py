"""Workbooks (Excel): written for people to look at and edit, read as text.

Receives frames and hands on the bytes of a workbook, one sheet a table; receives a file and hands on frames of text. A
text is never written as a formula or a link, whatever it begins with, and a formula is read as the value that was saved
with it.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import xlsxwriter

from keruen.errors import Finding, InputError

MAX_BYTES = 64 * 2**20
"""Largest workbook that is read."""
MAX_UNPACKED = 512 * 2**20
"""Largest workbook once unpacked: a small file can hold a very large one."""
_MOST_ROWS, _MOST_TEXT = 1_048_575, 32_767
_WIDEST = 60


def workbook(frames: Mapping[str, pl.DataFrame]) -> bytes:
    """Return a workbook with one sheet a frame; the same frames give the same bytes.

    Parameters
    ----------
    frames
        Frames by name of the sheet, which is cut to the 31 letters that Excel allows. Lists become JSON.

    Raises
    ------
    InputError
        Naming every sheet with more rows, and every text with more letters, than a workbook can hold.
    """
    sheets = {_sheet_name(name): frame for name, frame in frames.items()}
    faults = [fault for name, frame in sheets.items() for fault in _too_much(name, frame)]
    if faults:
        raise InputError(faults)
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        # The moment of writing would make every file differ.
        book.set_properties({"created": dt.datetime(2000, 1, 1), "comments": "Written by Keruen."})
        head, day = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(frame.columns):
                sheet.write_string(0, at, column, head)
                cells = frame[column].to_list()
                for line, cell in enumerate(cells, start=1):
                    _write(sheet, line, at, cell, day)
                longest = max((len(str(cell)) for cell in cells[:200] if cell is not None), default=0)
                sheet.set_column(at, at, min(max(longest, len(column)) + 2, _WIDEST))
            if frame.height:
                sheet.autofilter(0, 0, frame.height, max(frame.width - 1, 0))
    return buffer.getvalue()


def _write(sheet: Any, line: int, at: int, cell: Any, day: Any) -> None:
    match cell:
        case None:
            pass
        case bool():
            sheet.write_boolean(line, at, cell)
        case int() | float():
            if cell == cell and abs(cell) != float("inf"):
                sheet.write_number(line, at, cell)
        case dt.date():
            sheet.write_datetime(line, at, dt.datetime(cell.year, cell.month, cell.day), day)
        case str():
            sheet.write_string(line, at, cell)
        case _:
            sheet.write_string(line, at, json.dumps(list(cell), ensure_ascii=False))


def _sheet_name(name: str) -> str:
    return "".join("_" if letter in "[]:*?/\\'" else letter for letter in name)[:31] or "table"


def _too_much(name: str, frame: pl.DataFrame) -> list[Finding]:
    if frame.height > _MOST_ROWS:
        problem = f"has more than the {_MOST_ROWS:,} rows of a sheet"
        return [Finding(name, "", "", f"{frame.height:,}", problem, "write it as .csv or .parquet")]
    texts = frame.select(pl.col(pl.String).str.len_chars().max())
    return [
        Finding(name, "", column, f"{texts[column][0]:,} letters", f"is longer than the {_MOST_TEXT:,} letters of a cell",
                "write it as .csv or .parquet")
        for column in texts.columns if (texts[column][0] or 0) > _MOST_TEXT
    ]  # fmt: skip


def read_sheets(path: Path) -> dict[str, pl.DataFrame]:
    """Read every sheet as text, by its name.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xls`` or ``.ods`` of at most :data:`MAX_BYTES` bytes.

    Raises
    ------
    InputError
        If it is missing, too large (packed or unpacked), or no workbook.
    """
    if not path.is_file():
        raise _refused(path, "does not exist" if not path.exists() else "is no file", "give a workbook")
    if path.stat().st_size > MAX_BYTES:
        raise _refused(path, f"is over the limit of {MAX_BYTES:,} bytes", "split it, or save it as CSV UTF-8")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > MAX_UNPACKED:
            raise _refused(
                path, f"unpacks to {unpacked:,} bytes, over the limit of {MAX_UNPACKED:,}", "split it"
            )
    try:
        book = fastexcel.read_excel(str(path))
        found = {n: pl.DataFrame(book.load_sheet(n, dtypes="string").to_polars()) for n in book.sheet_names}
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, OSError) as error:
        problem = f"cannot be read: {str(error).splitlines()[0]}"
        raise _refused(path, problem, "save it again as .xlsx, or as CSV UTF-8") from None
    # A workbook knows moments, not days.
    day = pl.col(pl.String).str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1")
    return {name: frame.with_columns(day) for name, frame in found.items()}


def _refused(path: Path, problem: str, remedy: str) -> InputError:
    return InputError([Finding(path.name, "", "", "", problem, remedy)])
