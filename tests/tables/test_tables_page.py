"""The page of tables says what the schemas say; write it anew with python -m keruen.tables.describe > docs/tables.md."""

from __future__ import annotations

from pathlib import Path

from keruen.tables.describe import tables_page


def test_the_page_is_what_the_schemas_say() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "tables.md"
    assert page.read_text(encoding="utf-8") == tables_page(), (
        "run: python -m keruen.tables.describe > docs/tables.md"
    )
