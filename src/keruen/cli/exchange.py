"""Commands that exchange tables with other programs: import and export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.shell import app, tell


@app.command(name="import")
def import_(
    kind: Annotated[str, typer.Argument(metavar="FORMAT", help="csv, parquet, xlsx, sdmx, oc4ids or ical.")],
    file: Annotated[Path, typer.Argument(help="The file; for csv and parquet also a folder of tables.")],
    dataset: Annotated[Path, typer.Argument(help="Dataset folder whose tables take the rows.")],
    table: Annotated[
        str | None, typer.Option(help="Table that the rows of a csv, parquet or xlsx file are of.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="For series, MEANING=COLUMN of the file, as in place_id=REF_AREA; may be repeated."
        ),
    ] = None,
    constant: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="For series, MEANING=VALUE of every row, as in unit=USD; may be repeated."
        ),
    ] = None,
    code: Annotated[
        list[str] | None,
        typer.Option(help="For series, THEIRS=OURS of a place, as in KZ=KAZ; may be repeated."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let rows take the place of rows with the same key.")
    ] = False,
) -> None:
    """Add what another program's file holds to a dataset folder, after checking it; a fault changes nothing.

    oc4ids brings projects and parties, ical events, sdmx yearly series. A csv, parquet or xlsx file brings rows of
    --table, or yearly series when --column or --set say what is what. Meanings: year, value, indicator_id, place_id,
    partner_id, commodity_id, reporter, valuation, unit, vintage, definition, citation.

    keruen import sdmx exports.xml mymodel --column place_id=REF_AREA --set indicator_id=export --set unit=USD
    --set vintage=2025-04 --code KZ=KAZ
    """
    from keruen.chain.exchange import import_file

    done = import_file(
        kind, file, dataset, table=table, columns=_pairs(column, "--column"), constants=_pairs(constant, "--set"),
        codes=_pairs(code, "--code"), replace=replace,
    )  # fmt: skip
    tell(done.findings)
    for name, rows in sorted(done.added.items()):
        print(f"{dataset / name}.csv: {rows} rows added, {done.replaced[name]} replaced")


@app.command()
def export(
    kind: Annotated[str, typer.Argument(metavar="FORMAT", help="csv, parquet, xlsx, sdmx, oc4ids or ical.")],
    dataset: Annotated[str, typer.Argument(help="Run folder, dataset folder, or name of a built-in model.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File to write; a folder for all tables as csv or parquet.")
    ],
    table: Annotated[str | None, typer.Option(help="Only this table.")] = None,
) -> None:
    """Write a dataset or run for other programs; a text that a spreadsheet would run as a formula stays text.

    csv and parquet write a folder of every table (of a dataset: a copy of it, to start a model of your own), xlsx a
    workbook with a sheet for each, oc4ids the projects, sdmx (SDMX-CSV) the yearly series, ical the events.
    """
    from keruen.chain.exchange import export_file

    print(export_file(kind, dataset, out, table=table))


def _pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """Return NAME=VALUE pairs, or refuse what is none."""
    pairs = [text.partition("=") for text in given or ()]
    bad = [name + sep for name, sep, value in pairs if not (name and sep and value)]
    if bad:
        raise typer.BadParameter(f"{', '.join(map(repr, bad))}: write NAME=VALUE", param_hint=option)
    return {name: value for name, _, value in pairs}
