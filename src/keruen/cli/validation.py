"""Commands that ask how far a model can be trusted: validate, sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.shell import DatasetArgument, app, progress_display, tell, write_frame


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
