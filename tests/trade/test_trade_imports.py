"""Series from SDMX, CSV and Excel, and what they refuse."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from keruen.errors import InputError
from keruen.formats.sdmx import read_sdmx
from keruen.trade.imports import import_series

ABOUT = {"indicator_id": "export", "unit": "USD", "vintage": "2025-04"}

GENERIC = """<m:GenericData xmlns:m="urn:m" xmlns:g="urn:g"><m:DataSet>
<g:Series><g:SeriesKey><g:Value id="REF_AREA" value="KZ"/></g:SeriesKey>
<g:Attributes><g:Value id="UNIT_MULT" value="6"/></g:Attributes>
<g:Obs><g:ObsDimension value="2023"/><g:ObsValue value="78.7"/></g:Obs>
<g:Obs><g:ObsDimension value="2024"/></g:Obs></g:Series></m:DataSet></m:GenericData>"""
SPECIFIC = """<m:StructureSpecificData xmlns:m="urn:m"><m:DataSet><Series REF_AREA="KZ" UNIT_MULT="6">
<Obs TIME_PERIOD="2023" OBS_VALUE="78.7"/></Series></m:DataSet></m:StructureSpecificData>"""


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def problems(error: pytest.ExceptionInfo[InputError]) -> list[tuple[str, str]]:
    return [(f.column or f.row, f.problem) for f in error.value.findings]


def test_the_flat_samples_of_the_standard(shared: Path) -> None:
    """Exchange rates of the European Central Bank, in JSON and in XML; the values stand in the files."""
    rates = read_sdmx(shared / "samples" / "sdmx" / "flat.json")
    assert rates.select("CURRENCY", "TIME_PERIOD", "OBS_VALUE").rows() == [
        ("NZD", "2013-01-18", "1.5931"), ("NZD", "2013-01-21", "1.5925"),
        ("RUB", "2013-01-18", "40.3426"), ("RUB", "2013-01-21", "40.3"),
    ]  # fmt: skip
    assert rates["CURRENCY_DENOM"].unique().to_list() == ["EUR"]
    francs = read_sdmx(shared / "samples" / "sdmx" / "ng-flat.xml")
    assert francs.row(0, named=True)["OBS_VALUE"] == "1.3413"
    assert francs["TIME_PERIOD"][:2].to_list() == ["2010-08", "2010-09"]
    with pytest.raises(InputError, match="holds no observation"):
        read_sdmx(shared / "samples" / "sdmx" / "ng-structure.xml")


@pytest.mark.parametrize("text", [GENERIC, SPECIFIC], ids=["generic", "structure-specific"])
def test_sdmx_becomes_a_series_in_single_units(tmp_path: Path, text: str) -> None:
    rows, findings = import_series(
        write(tmp_path, "x.xml", text),
        columns={"place_id": "REF_AREA"},
        constants=ABOUT,
        codes={"KZ": "KAZ"},
    )
    assert rows.select("series_id", "year", "value").rows() == [("export/KAZ/-/-/-", 2023, 78.7e6)]
    assert [f.problem for f in findings] == (["is empty"] if text == GENERIC else [])


def test_sdmx_json_with_series(tmp_path: Path) -> None:
    code = [{"id": "KZ"}, {"id": "UZ"}]
    message: dict[str, Any] = {
        "data": {
            "structure": {
                "dimensions": {
                    "series": [{"id": "REF_AREA", "values": code}],
                    "observation": [{"id": "TIME_PERIOD", "values": [{"id": "2022"}, {"id": "2023"}]}],
                }
            },
            "dataSets": [{"series": {"1": {"observations": {"0": [5.0], "1": [None]}}}}],
        }
    }
    rows = read_sdmx(write(tmp_path, "x.json", json.dumps(message))).rows()
    assert rows == [("UZ", "2022", "5.0"), ("UZ", "2023", None)]


def test_csv_with_both_mirrors_keeps_them_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "y,who,v,b\n2023,KAZ,14.7,FOB\n2023,CHN,16.1,CIF\n")
    rows, _ = import_series(
        path,
        columns={"year": "y", "value": "v", "reporter": "who", "valuation": "b"},
        constants={**ABOUT, "place_id": "KAZ", "partner_id": "CHN"},
    )
    assert rows.select("series_id", "value", "valuation").rows() == [
        ("export/KAZ/CHN/-/CHN", 16.1, "CIF"), ("export/KAZ/CHN/-/KAZ", 14.7, "FOB"),
    ]  # fmt: skip


@pytest.mark.skipif(
    any(importlib.util.find_spec(m) is None for m in ("fastexcel", "xlsxwriter")),
    reason="fastexcel is not installed (pip install 'keruen[trade]')",
)
def test_a_spreadsheet_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "x.xlsx"
    pl.DataFrame({"year": [2023, 2024], "value": [1.5, 2.5]}).write_excel(path)
    rows, _ = import_series(path, columns={"year": "year", "value": "value"}, constants=ABOUT)
    assert rows.select("year", "value").rows() == [(2023, 1.5), (2024, 2.5)]
    with pytest.raises(InputError, match="cannot be read"):
        import_series(write(tmp_path, "y.xlsx", "no spreadsheet"), columns={}, constants=ABOUT)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "y,v\n2023,1\n2023,2\n2024-03,3\n2025,many\n2026,\n")
    with pytest.raises(InputError) as refused:
        import_series(path, columns={"year": "y", "value": "v"}, constants=ABOUT)
    assert [(f.row, f.problem) for f in refused.value.findings] == [
        ("line 2", "is given twice (first on line 1)"),
        ("line 3", "is no year"),
        ("line 4", "is no number"),
        ("line 5", "is empty"),
    ]


def test_a_mapping_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "y,v\n2023,1\n")
    with pytest.raises(InputError) as refused:
        import_series(path, columns={"year": "z", "colour": "v"}, constants={"unit": "USD"})
    assert ("year", "is no column of the file") in problems(refused)
    assert ("colour", "is nothing that a series has") in problems(refused)
    assert ("vintage", "is neither a column nor a constant") in problems(refused)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("x.xml", "<a>", "cannot be read"),
        ("x.xml", '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', "a document type is declared"),
        ("x.json", "{", "cannot be read"),
        ("x.json", '{"dataSets": []}', "is not laid out as SDMX says"),
        ("x.csv", "a,b\n1,2\n", "has no TIME_PERIOD and no OBS_VALUE"),
        ("x.txt", "a", "names no SDMX format"),
    ],
)
def test_malformed_files_are_findings(tmp_path: Path, name: str, text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read_sdmx(write(tmp_path, name, text))
    assert problem in str(refused.value)
