"""Tables there and back: a folder is changed whole or not at all, and nothing is run, lost or half-written."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from keruen import load
from keruen.chain.exchange import export_file, import_file
from keruen.errors import InputError
from keruen.formats.frames import frame_to_bytes
from keruen.formats.sheets import read_sheets, workbook
from keruen.tables import TABLES
from keruen.tables.folder import builtin


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return export_file("csv", "starter", tmp_path / "mine")


def state(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["starter", "kazakhstan"])
def test_a_copy_of_a_model_is_the_model(tmp_path: Path, kind: str, name: str) -> None:
    copy, model = load(export_file(kind, name, tmp_path / "copy")), load(name)
    assert set(copy) == {t for t in model if model.has(t)}
    assert all(copy[t].equals(model[t]) for t in copy)
    assert dict(copy.documents) == dict(model.documents)


def test_a_workbook_there_and_back_changes_nothing(tmp_path: Path, mine: Path) -> None:
    before = load(mine)
    book = export_file("xlsx", str(mine), tmp_path / "all.xlsx")
    done = import_file("xlsx", book, mine, replace=True)
    assert set(done.added.values()) == {0}
    after = load(mine)
    for table in before:
        keys = TABLES[table].keys
        # Spreadsheets keep fifteen digits.
        assert_frame_equal(after[table].sort(keys), before[table].sort(keys), rel_tol=1e-14, abs_tol=0.0)


def test_the_same_tables_give_the_same_workbook(mine: Path) -> None:
    frames = {"node": load(mine)["node"]}
    assert workbook(frames) == workbook(frames)


def test_projects_go_out_as_the_published_schema_says_and_come_back(
    shared: Path, tmp_path: Path, mine: Path
) -> None:
    path = export_file("oc4ids", "starter", tmp_path / "p.json")
    package = json.loads(path.read_text())
    single = json.loads((shared / "samples" / "oc4ids" / "project-schema.json").read_text())
    for project in package["projects"]:
        jsonschema.Draft4Validator(single).validate(project)
    (mine / "project.csv").write_text(
        (mine / "project.csv").read_text().replace("Second track", "Another name")
    )
    with pytest.raises(InputError, match="is in the dataset already"):
        import_file("oc4ids", path, mine)
    done = import_file("oc4ids", path, mine, replace=True)
    assert done.replaced["project"] == 3
    assert load(mine)["project"]["name"].sort().equals(load("starter")["project"]["name"].sort())


def test_other_peoples_places_are_left_empty_and_said(tmp_path: Path, mine: Path) -> None:
    path = tmp_path / "p.json"
    project = {"id": "oc4ids-bu3kcz-1", "title": "=cmd|' /C calc'!A0", "status": "preparation", "sector": ["transport.rail"],
               "locations": [{"id": "gazetteer-7"}]}  # fmt: skip
    path.write_text(json.dumps({"projects": [project]}))
    done = import_file("oc4ids", path, mine)
    assert [(f.column, f.value) for f in done.findings] == [("place_id", "gazetteer-7")]
    assert "'=cmd|" in (mine / "project.csv").read_text()
    row = load(mine)["project"].row(by_predicate=pl.col("project_id") == "oc4ids-bu3kcz-1", named=True)
    assert (row["name"], row["place_id"]) == ("=cmd|' /C calc'!A0", None)


def test_yearly_series_as_sdmx_come_back_without_a_word_of_mapping(tmp_path: Path, mine: Path) -> None:
    path = export_file("sdmx", "starter", tmp_path / "s.csv")
    done = import_file("sdmx", path, mine)
    sent = pl.read_csv(path, infer_schema=False)
    rows = load(mine)["series"]
    assert done.added["series"] == rows.height == sent.height
    assert rows["value"].sum() == pytest.approx(sent["OBS_VALUE"].cast(pl.Float64).sum())
    assert rows.filter(pl.col("partner_id").is_null()).height == (sent["COUNTERPART_AREA"] == "_Z").sum()


def test_events_there_and_back(tmp_path: Path) -> None:
    path = export_file("ical", "kazakhstan", tmp_path / "e.ics")
    copy = export_file("csv", "kazakhstan", tmp_path / "copy")
    (copy / "event.csv").unlink()
    import_file("ical", path, copy)
    assert load(copy)["event"]["title"].sort().equals(load("kazakhstan")["event"]["title"].sort())


def test_an_import_that_would_break_the_folder_changes_nothing(tmp_path: Path, mine: Path) -> None:
    before = state(mine)
    bad = tmp_path / "post.csv"
    bad.write_text(
        "post_id,crossing_id,country,lanes\np1,nowhere,ALA,-2\np2,nowhere,ALA,many\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as refused:
        import_file("csv", bad, mine)
    told = str(refused.value)
    assert "names a crossing that does not exist" in told
    assert "'many'" in told
    assert state(mine) == before


def test_a_built_in_model_is_never_written_to(tmp_path: Path) -> None:
    path = export_file("oc4ids", "starter", tmp_path / "p.json")
    with pytest.raises(InputError, match="copy it first: keruen export csv starter"):
        import_file("oc4ids", path, Path("starter"))
    folder = builtin("starter")
    assert folder is not None


def test_exports_refuse_what_is_there_and_what_is_not(tmp_path: Path, mine: Path) -> None:
    with pytest.raises(InputError, match="holds something already"):
        export_file("csv", "starter", mine)
    with pytest.raises(InputError, match="has no rows"):
        export_file("csv", "starter", tmp_path / "x.csv", table="plan")
    with pytest.raises(InputError, match="is no table"):
        export_file("csv", "starter", tmp_path / "x.csv", table="plans")
    with pytest.raises(InputError, match=r"does not end in \.xlsx"):
        export_file("xlsx", "starter", tmp_path / "x.csv", table="node")
    with pytest.raises(InputError, match="is no format"):
        export_file("shp", "starter", tmp_path / "x")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_broken_workbook_and_one_that_unpacks_to_too_much_are_refused(tmp_path: Path, mine: Path) -> None:
    broken = tmp_path / "x.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(InputError, match="cannot be read"):
        import_file("xlsx", broken, mine)
    bomb = tmp_path / "y.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        zeros = bytes(2**20)
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(600):
                part.write(zeros)
    assert bomb.stat().st_size < 2**20
    with pytest.raises(InputError, match="unpacks to"):
        read_sheets(bomb)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TEXTS)
def test_no_text_leaves_as_a_formula(text: str) -> None:
    """Whatever a cell holds, CSV never lets it begin like a formula, and a workbook keeps it as text."""
    frame = pl.DataFrame({"a": [text, "=1+1", "+cmd", "@x", "-2+3", "-2.5", "＝1"]})
    told = pl.read_csv(frame_to_bytes(frame, Path("x.csv")), infer_schema=False)["a"].to_list()
    assert all(t is None or t[0] not in "=@＝＋－＠" for t in told)
    assert told[1:] == ["'=1+1", "'+cmd", "'@x", "'-2+3", "-2.5", "'＝1"]
    # Nothing is lost: without the apostrophe it is what it was.
    assert told[0] == text or told[0] == "'" + text
