"""Commands that exchange tables with other programs and statistical offices: import, fetch and export."""

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
def fetch(
    source: Annotated[str, typer.Argument(help="worldbank, eurostat, imf or comtrade.")],
    code: Annotated[str, typer.Argument(help="Indicator, dataflow, or HS code (TOTAL for all goods).")],
    dataset: Annotated[Path, typer.Argument(help="Dataset folder whose series take the rows.")],
    place: Annotated[
        list[str] | None, typer.Option(help="Country as the source codes it; may be repeated.")
    ] = None,
    partner: Annotated[list[str] | None, typer.Option(help="Comtrade: partner; may be repeated.")] = None,
    first: Annotated[int | None, typer.Option("--from", help="First year.")] = None,
    last: Annotated[int | None, typer.Option("--to", help="Last year.")] = None,
    key: Annotated[str, typer.Option(help="Eurostat and IMF: the series, as in A.CP_MEUR.B1GQ.IT.")] = "",
    column: Annotated[
        list[str] | None, typer.Option(help="MEANING=COLUMN of the answer; may be repeated.")
    ] = None,
    constant: Annotated[
        list[str] | None, typer.Option("--set", help="MEANING=VALUE of every row; may be repeated.")
    ] = None,
    code_of: Annotated[
        list[str] | None,
        typer.Option("--code", help="THEIRS=OURS of a place, as in 398=KAZ; may be repeated."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let rows take the place of rows with the same key.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask again although the answer is kept.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Where answers are kept; your cache folder by default.")
    ] = None,
) -> None:
    """Ask a statistical office for yearly series and add them to a dataset folder. Nothing else in Keruen uses the network.

    An answer is kept and asked for once; --refresh asks again. What the answer does not say of itself you say with --set.

    keruen fetch worldbank NY.GDP.MKTP.CD mymodel --place KAZ --from 2000 --set indicator_id=gdp --set unit=USD

    keruen fetch comtrade TOTAL mymodel --place 398 --partner 643 --from 2019 --to 2023 --code 398=KAZ --code 643=RUS
    --set vintage=2025-04

    keruen fetch eurostat nama_10_gdp mymodel --key A.CP_MEUR.B1GQ.IT --set indicator_id=gdp --set place_id=ITA
    --set unit=EUR --set vintage=2025-04
    """
    from keruen.chain.exchange import fetch_into
    from keruen.cli.shell import progress_display
    from keruen.trade.fetching import Query

    query = Query(source, code, tuple(place or ()), tuple(partner or ()), first, last, key)
    with progress_display() as progress:
        progress(f"asking {source}")
        done, answer = fetch_into(
            query, dataset, columns=_pairs(column, "--column"), constants=_pairs(constant, "--set"),
            codes=_pairs(code_of, "--code"), replace=replace, cache=cache, refresh=refresh,
        )  # fmt: skip
    tell(done.findings)
    print(f"{answer.address}{' (kept from before; --refresh asks again)' if answer.cached else ''}")
    print(f"{dataset / 'series'}.csv: {done.added['series']} rows added, {done.replaced['series']} replaced")


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
