"""Generated pages: the tables page comes from the schemas, so it cannot drift from what is validated."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files

from keruen.tables.describe import tables_page


def on_files(files: Files, *, config: Any) -> Files:
    """Add the page of tables to the site."""
    files.append(File.generated(config, "tables.md", content=tables_page()))
    return files
