"""A broken folder: every fault is named at once, in words, and nothing is guessed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keruen.errors import Finding, InputError, Severity
from keruen.tables import INPUTS, TABLES, Dataset, check, load, read_folder
from keruen.tables import folder as folder_module
from keruen.tables.folder import builtin


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """A copy of the starter dataset that a test may break."""
    source = builtin("starter")
    assert source is not None
    target = tmp_path / "broken"
    shutil.copytree(source, target)
    return target


def faults(folder: Path) -> list[Finding]:
    dataset, findings = read_folder(folder)
    return [*findings, *check(dataset)]


def edit(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} not in {table}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(findings: list[Finding], table: str, *words: str) -> bool:
    return any(f.table == table and all(word in str(f) for word in words) for f in findings)


def test_starter_reads_without_a_finding(starter: Path) -> None:
    _, findings = read_folder(starter)
    assert findings == []


def test_every_fault_is_named_at_once(starter: Path) -> None:
    edit(starter, "node", "quarry,Tas Quarry,ALA,city,68.0", "quarry,Tas Quarry,ALA,city,inf")
    edit(starter, "node", "town,Town,ALA,city,70.0,49.0", "town,Town,ALA,village,70.0,4x9")
    edit(
        starter,
        "link",
        "quarry_town,Tas Quarry-Town,quarry,town",
        "quarry_town,Tas Quarry-Town,quarry,nowhere",
    )
    edit(starter, "link", "town_gate,Town-Kok Gate,town,gate", "town_gate,Town-Kok Gate,town,town")
    edit(starter, "link", "gate_border,Kok Gate border", "town_gate,Kok Gate border")
    edit(starter, "demand", "quarry,city,ore,export,2024,", "atlantis,city,ore,export,2024,")
    edit(starter, "post", "gate,ALA,customs,4", "gate,ALA,customs,-4")
    findings = faults(starter)
    assert told(findings, "node", "x_coord", "inf", "finite")
    assert told(findings, "node", "node_type", "village", "is not an option")
    assert told(findings, "node", "y_coord", "4x9", "not a number")
    assert told(findings, "link", "to_node_id", "nowhere", "does not exist")
    assert told(findings, "link", "starts and ends at the same node")
    assert told(findings, "link", "key (link_id) stands in more than one row")
    assert told(findings, "demand", "atlantis", "no link touches")
    assert told(findings, "post", "lanes", "-4", "above 0")
    with pytest.raises(InputError) as refused:
        load(starter)
    assert str(refused.value).count("\n") >= 5


def test_missing_column_and_unknown_column(starter: Path) -> None:
    edit(starter, "crossing", "kind", "sort")
    findings = faults(starter)
    assert told(findings, "crossing", "kind", "the column is missing")
    assert any(f.column == "sort" and f.severity is Severity.WARNING for f in findings)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"   \n\n", "is empty"),
        ("node_id,name\nä,b\n".encode("latin-1"), "is not UTF-8"),
        (b"node_id\x00,name\n", "NUL"),
        (b'node_id,name\n"a,b\nc,d\n', "cannot be read"),
    ],
)
def test_unreadable_file_is_one_finding(starter: Path, content: bytes, words: str) -> None:
    (starter / "node.csv").write_bytes(content)
    _, findings = read_folder(starter)
    assert any(f.table == "node.csv" and words in f.problem for f in findings), findings


def test_folder_where_a_file_should_be(starter: Path) -> None:
    (starter / "mode.csv").unlink()
    (starter / "mode.csv").mkdir()
    assert told(faults(starter), "mode.csv", "is a folder")


def test_too_many_rows_are_refused_before_they_are_parsed(
    starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "MAX_ROWS", 100)
    (starter / "demand.csv").write_text("origin\n" + "a\n" * 102, encoding="utf-8")
    _, findings = read_folder(starter)
    assert told(findings, "demand.csv", "over 100 rows")


def test_too_many_bytes_are_refused_unread(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MAX_BYTES", 50)
    _, findings = read_folder(starter)
    assert told(findings, "node.csv", "over the limit of 50")


def test_a_document_may_not_leave_its_folder(starter: Path) -> None:
    edit(starter, "source", "ministry.txt", "../node.csv")
    assert told(read_folder(starter)[1], "source", "leads out of the documents folder")


def test_no_such_dataset() -> None:
    with pytest.raises(InputError, match="does not exist"):
        load("atlantis")


def test_removing_a_key_row_is_noticed(starter: Path) -> None:
    """Whatever row of a table that others refer to goes missing, a finding names it."""
    for table, key in (
        ("node", "saryzhol"),
        ("mode", "road"),
        ("commodity", "ore"),
        ("crossing", "gate"),
        ("place", "BOR"),
    ):
        copy = starter.with_name(f"without-{table}")
        shutil.copytree(starter, copy)
        lines = (copy / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith(f"{key},")]
        assert len(kept) == len(lines) - 1
        (copy / f"{table}.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
        assert any(key in (f.value, f.row.split(" ")[0]) or key in str(f) for f in faults(copy)), table


def test_every_column_of_every_table_has_a_description_and_a_unit_entry() -> None:
    for table in TABLES.values():
        for name, column in table.schema.columns().items():
            assert column.description, f"{table.name}.{name}"
            assert "unit" in (column.metadata or {}) or column.primary_key, f"{table.name}.{name}"


def test_every_result_table_has_one_writer_and_no_input_has() -> None:
    assert all(TABLES[name].writer == "" for name in INPUTS)
    assert all(table.writer for name, table in TABLES.items() if name not in INPUTS)


def test_references_point_to_tables_with_a_single_key() -> None:
    for table in TABLES.values():
        for column in table.schema.columns().values():
            target = (column.metadata or {}).get("references")
            assert not target or len(TABLES[target].keys) == 1


def test_dataset_is_not_changed_in_place() -> None:
    before = load("starter")
    after = before.with_tables(node=before["node"].head(1))
    assert (before["node"].height, after["node"].height) == (7, 1)
    with pytest.raises(TypeError):
        before._tables["node"] = after["node"]  # type: ignore[index]
    assert isinstance(after, Dataset)
