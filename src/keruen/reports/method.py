"""How the answer was made: settings, seed, versions and hashes, and how much of it rests on figures or assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from keruen.reports.html import Child, Html, el, join
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, Section, facts, table
from keruen.reports.wording import amount, count, number, share
from keruen.tables import Dataset


def section(dataset: Dataset, names: Names, manifest: Mapping[str, Any]) -> Section | None:
    """Return method, settings and assumptions, or None where there is nothing to tell."""
    parts = [
        _grounds(dataset),
        _settings(manifest),
        _findings(manifest),
        _assumptions(dataset, names),
        _hashes(manifest),
    ]
    if not any(parts):
        return None
    return Section("method", "Method, settings and assumptions", join(parts))


def _grounds(dataset: Dataset) -> Html | None:
    """Say how many model cells rest on figures, assumptions or typed numbers."""
    lineage = dataset["lineage"]
    if lineage.is_empty():
        return None
    cells = lineage.group_by("table", "row", "column").agg(
        figure=(pl.col("rests_on_kind") == "figure").any(), assumption=(pl.col("rests_on_kind") == "assumption").any()
    )  # fmt: skip
    n = cells.height
    both = cells.filter(pl.col("figure") & pl.col("assumption")).height
    on_figures = cells.filter(pl.col("figure") & ~pl.col("assumption")).height
    on_assumptions = cells.filter(~pl.col("figure") & pl.col("assumption")).height
    by_table = (
        cells.group_by("table")
        .agg(
            n=pl.len(),
            figure=pl.col("figure").sum(),
            assumption=(~pl.col("figure") & pl.col("assumption")).sum(),
        )
        .sort("table")
    )
    rows = [
        [r["table"], Cell(r["n"], float(r["n"])), Cell(r["figure"], float(r["figure"])), Cell(r["assumption"], float(r["assumption"]))]
        for r in by_table.iter_rows(named=True)
    ]  # fmt: skip
    sentence = (
        f"The model has {count(n, 'number')} that rest on evidence: {share(on_figures / n)} on announced figures alone, "
        f"{share(both / n)} on a figure and an assumption, {share(on_assumptions / n)} on declared assumptions alone."
    )
    columns = [
        Column("Table"), Column("Numbers", numeric=True), Column("Resting on a figure", numeric=True),
        Column("On assumptions alone", numeric=True),
    ]  # fmt: skip
    return join(el("h3", "What the model rests on"), el("p", sentence), table(columns, rows))


def _settings(manifest: Mapping[str, Any]) -> Html | None:
    pairs: list[tuple[str, Child]] = []
    settings = manifest.get("settings")
    if isinstance(settings, Mapping):
        shown = [
            f"{k.replace('_', ' ')} {'default' if v is None else v}"
            for k, v in settings.items()
            if k != "seed"
        ]
        pairs.append(("Settings", ", ".join(shown)))
    if "seed" in manifest:
        pairs.append(("Seed", str(manifest["seed"])))
    versions = {k: manifest[k] for k in ("keruen", "python") if k in manifest} | dict(
        manifest.get("versions", {})
    )
    if versions:
        pairs.append(("Versions", ", ".join(f"{k} {v}" for k, v in versions.items())))
    certificates = manifest.get("certificates")
    if isinstance(certificates, Mapping):
        shown = [f"{k.replace('_', ' ')} {_plain(v)}" for k, v in certificates.items() if v not in (None, "")]
        pairs.append(("Certificates", ", ".join(shown)))
    return join(el("h3", "Settings"), facts(pairs)) if pairs else None


def _findings(manifest: Mapping[str, Any]) -> Html | None:
    findings = manifest.get("findings")
    if not isinstance(findings, Sequence) or isinstance(findings, str) or not findings:
        return None
    items = [el("li", _finding(f)) for f in findings]
    return join(
        el("h3", f"{count(len(items), 'finding')} in the input"),
        el(
            "details",
            el("summary", "What was listed and worked around"),
            el("ul", items),
            open=len(items) <= 20,
        ),
    )


def _finding(finding: object) -> str:
    if isinstance(finding, Mapping):
        where = ".".join(str(finding[k]) for k in ("table", "row", "column") if finding.get(k))
        return f"{where}: {finding.get('problem', '')}; {finding.get('remedy', '')}"
    return str(finding)


def _assumptions(dataset: Dataset, names: Names) -> Html | None:
    assumptions = dataset["assumption"]
    if assumptions.is_empty():
        return None
    used = dataset["lineage"].filter(pl.col("rests_on_kind") == "assumption")
    uses: dict[str, int] = {r[0]: r[1] for r in used.group_by("rests_on").len().iter_rows()}
    rows = []
    for row in assumptions.sort("assumption_id").iter_rows(named=True):
        source = names.sources.get(row["source_id"] or "")
        n = uses.get(row["assumption_id"], 0)
        rows.append(
            [
                row["assumption_id"],
                Cell(amount(row["value"], row["unit"]), row["value"]),
                f"{number(row['low'], 4)} to {number(row['high'], 4)}",
                Cell(n, float(n)),
                [row["reason"], f" ({source['title']}, {source['publisher']})" if source else None],
            ]
        )
    columns = [
        Column("Assumption"), Column("Value", numeric=True), Column("Plausible range", numeric=True),
        Column("Model numbers", numeric=True), Column("Why", prose=True),
    ]  # fmt: skip
    shown = table(columns, rows, caption="Numbers that nobody announced, declared with their range.")
    return join(
        el("h3", "Assumptions"), el("details", el("summary", f"All {count(len(rows), 'assumption')}"), shown)
    )  # fmt: skip


def _hashes(manifest: Mapping[str, Any]) -> Html | None:
    inputs = manifest.get("inputs")
    if not isinstance(inputs, Mapping) or not inputs:
        return None
    rows = [[name, el("code", digest)] for name, digest in sorted(inputs.items())]
    shown = table([Column("Input"), Column("SHA-256")], rows)
    summary = el(
        "summary", f"Hashes of {count(len(rows), 'input table or document', 'input tables and documents')}"
    )
    return join(el("h3", "Data"), el("details", summary, shown))


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
