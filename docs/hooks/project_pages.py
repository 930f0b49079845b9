"""Writes a page for each project of the reference model when the site is built, so that no page can drift from it."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files


def on_files(files: Files, config: Any) -> Files:
    """Add ``projects/index.md`` and one page a project."""
    from keruen import load, trade, weigh

    dataset = weigh(load("kazakhstan")).dataset
    pages = trade.project_pages(dataset)
    names = dict(dataset["project"].select("project_id", "name").iter_rows())
    listed = "\n".join(
        f"- [{names[project]}]({project}.md)" for project in sorted(pages, key=lambda p: names[p])
    )
    index = (
        "# Projects of the reference model\n\n"
        "One page each: what was announced, by whom and where, and what moved. [The register](../register.md) says how\n"
        f"these pages come about.\n\n{listed}\n"
    )
    for path, text in {"index": index, **pages}.items():
        files.append(File.generated(config, f"projects/{path}.md", content=text))
    return files
