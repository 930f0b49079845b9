"""Commands that ask how far a model can be trusted: validate, sensitivity, and its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.shell import DatasetArgument, OutOption, app, progress_display, show, tell, write_frame


@app.command()
def validate(
    dataset: DatasetArgument = "kazakhstan",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder for validation.csv, back_test.csv, demand_fit.csv and validation.svg."
        ),
    ] = None,
) -> None:
    """Hold a model against what was observed: levels, changes, years it has not seen, and how good its forecasts are.

    Exit code 1 says that a floor of the observation table does not hold.
    """
    from keruen.chain import validate as validate_model
    from keruen.chain.validation_screen import broken_floors, validation_lines
    from keruen.reports.validation import picture
    from keruen.tables.store import write_atomically

    with progress_display() as progress:
        found = validate_model(dataset, progress=progress)
    tell(found.findings)
    print("\n".join(validation_lines(found)))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name in ("validation", "back_test", "demand_fit"):
            write_frame(found.dataset[name], out / f"{name}.csv")
        rows = found.dataset["validation"].to_dicts()
        write_atomically(out / "validation.svg", picture(rows).encode())
        print(f"\nThe tables and validation.svg are in {out}.")
    if broken_floors(found.dataset):
        raise typer.Exit(1)


@app.command()
def sensitivity(
    dataset: DatasetArgument = "kazakhstan",
    assumption: Annotated[
        list[str] | None,
        typer.Option(help="Assumption to move; may be repeated. All that flows rest on by default."),
    ] = None,
    most: Annotated[int, typer.Option(help="Rows to print; -o writes them all.", min=1)] = 25,
    out: OutOption = None,
) -> None:
    """Rank assumptions by how far they move what is observed: each alone, to both ends of its range.

    Every assumption takes two solves; the whole Kazakhstan model takes some minutes.
    """
    from keruen.chain.sensitivity import sensitivity as rank

    with progress_display() as progress:
        found = rank(dataset, tuple(assumption or ()), progress=progress)
    show(
        found.head(most).select("assumption_id", "low", "high", "label", "base", "at_low", "at_high", "swing")
    )
    if out is not None:
        write_frame(found, out)


@app.command()
def pages(
    dataset: DatasetArgument = "kazakhstan",
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for corridors.md and crossings.md.")
    ] = Path("pages"),
) -> None:
    """Write a page of every corridor (scorecard and chart of time, cost and distance) and one of every crossing."""
    from keruen.chain.validating import base_year
    from keruen.reports.model_pages import corridor_page, crossing_page
    from keruen.tables.store import write_atomically

    with progress_display() as progress:
        gauge = base_year(dataset, progress)
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "corridors.md", corridor_page(gauge.dataset, gauge.itinerary).encode())
    write_atomically(out / "crossings.md", crossing_page(gauge.dataset).encode())
    print(f"{out / 'corridors.md'}\n{out / 'crossings.md'}")
