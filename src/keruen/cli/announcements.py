"""Commands on announcements: read, review, score and reconcile them; follow promises and forecasts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.shell import (
    DatasetArgument,
    OutOption,
    app,
    one_of,
    progress_display,
    show,
    tell,
    write_frame,
)

if TYPE_CHECKING:
    import polars as pl

    from keruen.tables import Dataset


@app.command()
def read(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Text, HTML or PDF files, folders of them, or a list of addresses with the pages saved beside it."
        ),
    ],
    published: Annotated[
        str | None, typer.Option(help="Day of publication, YYYY-MM-DD; 'last year' counts from it.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(help="CSV with columns doc and published, for several files.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Dataset whose indicators and places to link to.")
    ] = None,
    candidates: Annotated[
        Path | None,
        typer.Option(
            help="Also write, for each statement, the indicators it may measure, ranked with scores (.csv, .jsonl, .parquet)."
        ),
    ] = None,
    out: OutOption = None,
) -> None:
    """Read announcements and print each figure with the passage it came from, as JSON Lines.

    A list of addresses is a text file with one address a line; a file name and a day of publication may follow. Nothing is fetched.
    """
    from keruen.statements.files import rank_files

    frame, ranked, findings = rank_files(files, published=published, sources=sources, dataset=dataset)
    tell(findings)
    if candidates is not None:
        write_frame(ranked, candidates)
    if out is not None:
        write_frame(frame, out)
        print(f"{frame.height} statements in {out}")
    else:
        sys.stdout.write(frame.write_ndjson())
    if any(f.severity == "error" for f in findings):
        raise typer.Exit(1)


@app.command()
def review(
    statements: Annotated[
        Path, typer.Argument(help="A dataset folder, or statements as 'keruen read -o' writes them.")
    ],
    reviews: Annotated[
        Path | None,
        typer.Option(help="Table of decisions to append to; review.csv beside the statements by default."),
    ] = None,
) -> None:
    """Go through what was read, least certain first: accept, correct or reject, one by one.

    Decisions are appended and never overwritten. In a dataset folder they hold from the next run on.
    """
    from datetime import date

    from keruen.statements import read_all
    from keruen.statements.screening import screen
    from keruen.tables import load

    if statements.is_dir():
        dataset = read_all(load(statements))
        frame, documents = dataset["statement"], dataset.documents
        target = reviews or statements / "review.csv"
    else:
        frame, documents = _read_frame(statements), {}
        target = reviews or statements.with_name("review.csv")
    screen(frame, documents, target, today=date.today(), ask=input, tell=print)


@app.command()
def score(
    statements: Annotated[Path, typer.Argument(help="Statements, as 'keruen read -o' writes them.")],
    labels: Annotated[Path, typer.Argument(help="Labelled figures, as JSON Lines.")],
) -> None:
    """Score statements against labelled data: precision, recall and F1 for each field."""
    from keruen.statements import score as score_statements

    print(score_statements(_read_frame(statements), labels))


@app.command()
def reconcile(
    statements: Annotated[
        list[str],
        typer.Argument(help="Files of statements, as 'keruen read -o' writes them, or a dataset."),
    ],
    dataset: Annotated[
        str | None, typer.Option(help="Dataset with its sources, identities and rates.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(help="CSV with columns doc, published and, if known, publisher and weight.")
    ] = None,
    documents: Annotated[
        list[Path] | None,
        typer.Option(help="What the statements were read from, to show whole sentences; may be repeated."),
    ] = None,
    out: OutOption = None,
) -> None:
    """Weigh rival statements: what cannot all be true, where it is written, why it may differ, and what is kept.

    Example: keruen read news/ --sources s.csv -o s.parquet; keruen reconcile s.parquet --sources s.csv --documents news/
    """
    from keruen.figures import reconciliation, stories, with_results
    from keruen.figures.files import open_evidence

    ground = open_evidence(statements, dataset=dataset, sources=sources, documents=documents or ())
    weighed = reconciliation(ground)
    print("\n\n".join(stories(ground, weighed)))
    found = with_results(ground, weighed)
    if out is not None:
        if out.suffix:
            raise typer.BadParameter(
                f"{out} would be a folder of two tables: name it without an ending", param_hint="--out"
            )
        out.mkdir(parents=True, exist_ok=True)
        for name in ("figure", "conflict"):
            write_frame(found[name], out / f"{name}.parquet")
        print(out)


@app.command()
def promises(
    dataset: DatasetArgument = "kazakhstan",
    since: Annotated[
        Path | None, typer.Option(help="An earlier run: tell what is new, moved, kept or broken since.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Say of every promise who made it, what became of it since, and whether it was kept.

    Below stands which format, council or commission answers for what, and when it meets next. With --since RUN only what
    happened since that run is told. With -o FILE.xlsx a workbook of promises, every saying, institutions and changes is
    written.
    """
    from keruen import trade
    from keruen.calendar import answering
    from keruen.calendar.institutions import institution_lines
    from keruen.formats.sheets import workbook
    from keruen.tables.store import write_atomically

    found, before = _judged(dataset), _judged(str(since)) if since is not None else None
    frames = {
        "promises": found["promise_status"],
        "sayings": found["promise_history"],
        "institutions": answering(found),
    }
    if before is not None:
        frames["changes"] = trade.changes(before, found)
        print("\n".join(trade.change_lines(frames["changes"])))
    else:
        print("\n".join([*trade.promise_lines(found), *institution_lines(frames["institutions"])]))
    if out is not None and out.suffix == ".xlsx":
        write_atomically(out, workbook(frames))
    elif out is not None:
        write_frame(frames.get("changes", frames["promises"]), out)


def _judged(what: str) -> Dataset:
    """Return a dataset or run with its promises judged."""
    from keruen import trade
    from keruen.chain import evidence_of

    with progress_display() as progress:
        found = evidence_of(what, progress)
    return found if found.has("promise_status") and found.has("promise_history") else trade.promises(found)


@app.command()
def register(
    dataset: DatasetArgument = "kazakhstan",
    project: Annotated[
        list[str] | None, typer.Argument(help="Projects to print the pages of; the table of all by default.")
    ] = None,
    out: OutOption = None,
) -> None:
    """List every project with its stage, what was announced of it, where and by whom, and what moved since.

    A portfolio that nobody itemised stays one row. Packages that may hold the same money are bounded and never added up.
    With -o FILE.xlsx a workbook of projects, of everything that was said of them, and of packages is written.
    """
    from keruen import trade
    from keruen.chain import evidence_of
    from keruen.formats.sheets import workbook
    from keruen.tables.store import write_atomically

    with progress_display() as progress:
        found = evidence_of(dataset, progress)
    if project:
        print("\n".join(trade.project_pages(found, project).values()))
    else:
        print("\n".join(trade.register_lines(found)))
    if out is not None and out.suffix == ".xlsx":
        frames = {
            "projects": trade.register(found),
            "sayings": trade.sayings(found),
            "packages": trade.packages(found),
        }
        write_atomically(out, workbook(frames))
    elif out is not None:
        write_frame(trade.register(found), out)


@app.command()
def forecast(
    dataset: DatasetArgument = "kazakhstan",
    horizon: Annotated[int, typer.Option(help="Years ahead of the last figure.", min=1, max=50)] = 10,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model to average; may be repeated. naive, drift, exponential smoothing, damped trend and autoregression "
            "by default; ets and arima come with the extra trade and need eight figures."
        ),
    ] = None,
    out: OutOption = None,
) -> None:
    """Forecast every yearly series: an average over models, its interval, and the range between the models."""
    from keruen import trade
    from keruen.chain import evidence_of
    from keruen.trade.models import BUILT_IN, FROM_LIBRARY

    wanted = tuple(model or BUILT_IN)
    for name in wanted:
        one_of(name, BUILT_IN + FROM_LIBRARY, "--model")
    with progress_display() as progress:
        ground = evidence_of(dataset, progress)
        progress("forecasting")
        found = trade.forecast(ground, horizon, models=wanted)
    shown = (
        "series_id",
        "last_year",
        "last_value",
        "year",
        "expected",
        "low",
        "high",
        "model_low",
        "model_high",
        "unit",
    )
    show(found["forecast"].select(shown))
    if out is not None:
        write_frame(found["forecast"], out)


def _read_frame(path: Path) -> pl.DataFrame:
    """Read statements from JSON Lines, CSV or Parquet."""
    from keruen.statements.files import read_statements

    return read_statements(path)
