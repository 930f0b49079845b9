"""The page of tables: every column with its unit, told from the schemas that validate it."""

from __future__ import annotations

import inspect

from keruen.tables.registry import TABLES, Table


def tables_page() -> str:
    """Return the reference page of every table as Markdown.

    Examples
    --------
    >>> "| `length` | number | km • |" in tables_page()
    True
    """
    inputs = [table for table in TABLES.values() if not table.writer]
    results = [table for table in TABLES.values() if table.writer]
    parts = ["# Tables", "A dataset is a folder of these as CSV or Parquet. Key columns are **bold**; columns marked • must rest on a "
             "figure or an assumption in a reference model. Lists are written as JSON in CSV.", "## What people write"]  # fmt: skip
    parts += map(_section, inputs)
    parts.append("## What a run writes")
    parts += map(_section, results)
    return "\n\n".join(parts) + "\n"


def _section(table: Table) -> str:
    lines = [f"### {table.name}", "", inspect.cleandoc(table.schema.__doc__ or "")]
    if table.writer:
        lines += ["", f"Written by `{table.writer}`."]
    lines += ["", "| column | type | unit | empty | meaning |", "|---|---|---|---|---|"]
    for name, column in table.columns.items():
        metadata = column.metadata or {}
        shown = f"**`{name}`**" if column.primary_key else f"`{name}`"
        kind = {
            "Float64": "number",
            "Integer": "whole number",
            "String": "text",
            "Bool": "true or false",
            "List": "list",
        }
        mark = " •" if metadata.get("evidence") else ""
        referenced = f" Key of `{metadata['references']}`." if metadata.get("references") else ""
        lines.append(
            f"| {shown} | {kind.get(type(column).__name__, 'day')} | {metadata.get('unit', '')}{mark} | "
            f"{'yes' if column.nullable else ''} | {column.description}{referenced} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(tables_page(), end="")
