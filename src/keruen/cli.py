"""The command line: each command is a thin shell over the API verb of the same name.

Nothing heavy is imported until a command runs, so that ``keruen --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from keruen.errors import Finding
    from keruen.tables.store import Run

app = typer.Typer(
    name="keruen",
    help="Keruen turns announcements into plans: it reads what was announced, reconciles figures that disagree, models "
    "the corridors they describe, and says what it would take. Start with: keruen run",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DatasetArgument = Annotated[
    str, typer.Argument(help="A folder of tables, or the name of a built-in model (kazakhstan, starter).")
]
RunArgument = Annotated[Path, typer.Argument(help="A run folder, as 'keruen run -o RUN' writes it.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Where to write; the ending says the format.")
]


def main() -> None:
    """Run the command line; every error Keruen raises on purpose ends as words on standard error and exit code 1."""
    from keruen.errors import KeruenError

    try:
        app()
    except KeruenError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("stopped; nothing was half-written", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _version(wanted: bool) -> None:
    if wanted:
        from keruen import __version__

        print(f"keruen {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@contextmanager
def _progress() -> Iterator[Any]:
    """Show each step as it runs, on standard error, and only to a person."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: print(f"  {step} ...", file=sys.stderr, flush=True)
        return
    with console.status("starting") as status:
        yield lambda step: status.update(f"{step} ...")


def _tell(findings: Sequence[Finding]) -> None:
    """Print findings to standard error, errors first."""
    for finding in sorted(findings, key=lambda f: (f.severity != "error", f)):
        print(finding, file=sys.stderr)


def _read_run(folder: Path) -> Run:
    from keruen.tables.store import read_run

    return read_run(folder)


@app.command()
def run(
    dataset: DatasetArgument = "kazakhstan",
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder to write.")] = Path("keruen-run"),
    year: Annotated[
        int | None, typer.Option(help="Base year; the latest of the demand table by default.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Scenario in force, from the scenario table.")] = None,
    model: Annotated[
        str, typer.Option(help="Route choice: logit, or ue (deterministic user equilibrium).")
    ] = "logit",
    gap: Annotated[
        float, typer.Option(help="Relative gap at which the assignment is done.", min=1e-14)
    ] = 1e-6,
    budget: Annotated[
        float | None, typer.Option(help="Capital that may be spent each year [USD].", min=0)
    ] = None,
    by: Annotated[int | None, typer.Option(help="Last year of the plan.")] = None,
) -> None:
    """Take a model through the whole chain, from announcements to a plan, and write a run folder.

    The run folder holds every table as Parquet, manifest.json, and report.html, which opens without a network.
    """
    from keruen.chain import Settings, summary
    from keruen.chain import run as run_chain

    settings = Settings(
        year=year, scenario=scenario, model=_option(model, ("logit", "ue"), "--model"), gap=gap, budget=budget, by=by
    )  # fmt: skip
    with _progress() as progress:
        outcome = run_chain(dataset, out, settings=settings, progress=progress)
    _tell(outcome.findings)
    print(summary(outcome.dataset))
    print(f"\nThe run is in {out}; open {out / 'report.html'} to see it.")


def _option(value: str, options: tuple[str, ...], name: str) -> Any:
    if value not in options:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(filter(None, options))}", param_hint=name)
    return value


@app.command()
def check(
    dataset: DatasetArgument = "kazakhstan",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 1 on warnings too.")] = False,
) -> None:
    """List every finding of a dataset at once, errors and warnings; exit code 1 if there is an error."""
    from keruen.chain import weigh
    from keruen.errors import Severity
    from keruen.tables import read_folder, unbound

    loaded, findings = read_folder(dataset)
    if not any(f.severity is Severity.ERROR for f in findings):
        weighed = weigh(loaded)
        findings = [*findings, *weighed.findings, *unbound(weighed.dataset)]
    _tell(findings)
    n_errors = sum(f.severity is Severity.ERROR for f in findings)
    print(f"{dataset}: {n_errors} errors, {len(findings) - n_errors} warnings")
    if n_errors or (strict and findings):
        raise typer.Exit(1)


@app.command()
def new(name: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Start a dataset: a small corridor with two crossings, three announcements and notes on every table."""
    import shutil

    from keruen.errors import Finding, InputError
    from keruen.tables.folder import builtin

    if name.exists():
        raise InputError([Finding("dataset", "", "", str(name), "exists already", "choose another name")])
    starter = builtin("starter")
    assert starter is not None  # it is part of the package
    shutil.copytree(starter, name, ignore=shutil.ignore_patterns("__pycache__"))
    print(f"{name} is a complete small model. Read {name / 'README.md'}, change it, then:\n"
          f"  keruen check {name}\n  keruen run {name} -o {name}-run")  # fmt: skip


@app.command()
def trace(
    run: RunArgument,
    table: Annotated[str, typer.Argument(help="Table, for example plan or link.")],
    key: Annotated[
        str, typer.Argument(help='Key of the row: its value, or JSON such as \'{"link_id": "a"}\'.')
    ],
    column: Annotated[str, typer.Argument(help="Column.")],
) -> None:
    """Go from a number in a run back to the statements, passages and assumptions that it rests on."""
    from keruen.chain import trace as trace_cell

    print(trace_cell(_read_run(run).dataset, table, key, column))


@app.command()
def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Run folders; the first is what the others are compared with.")
    ],
    most: Annotated[int, typer.Option(help="Rows to print; -o writes them all.", min=1)] = 40,
    out: OutOption = None,
) -> None:
    """Put runs side by side: every number that differs, absolute and in per cent: plan and outlook first, then by size."""
    import polars as pl

    from keruen.chain import compare as compare_runs
    from keruen.errors import Finding, InputError

    if len(runs) < 2:
        raise InputError([Finding("runs", "", "", str(runs[0]), "is one run", "name two runs or more")])
    found = compare_runs({str(folder): _read_run(folder).dataset for folder in runs})
    if out is not None:
        _write_frame(found, out)
    relative = pl.max_horizontal(pl.col(f"{folder} percent").abs() for folder in runs[1:])
    # What was decided comes before what was measured.
    order = pl.col("table").replace_strict(
        {"plan": 0, "plan_summary": 1, "outlook": 2}, default=3, return_dtype=pl.Int64
    )
    _show(found.sort(order, relative, descending=[False, True], nulls_last=True).head(most))
    if found.height > most:
        print(f"and {found.height - most} more; write them all with -o FILE.csv")


@app.command()
def report(
    run: RunArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="HTML file; RUN/report.html by default.")
    ] = None,
) -> None:
    """Write the report of a run as one HTML file that opens without a network."""
    from keruen.reports import report as make_report
    from keruen.tables.store import write_atomically

    found = _read_run(run)
    target = out or run / "report.html"
    write_atomically(target, make_report(found.dataset, found.manifest).encode())
    print(target)


@app.command()
def outlook(run: RunArgument) -> None:
    """Say of each announced target what to expect, how likely it is, and what binds."""
    from keruen.chain.screen import outlook_lines

    print("\n".join(outlook_lines(_read_run(run).dataset)))


@app.command()
def plan(
    run: RunArgument,
    budget: Annotated[
        float | None, typer.Option(help="Capital that may be spent each year [USD].", min=0)
    ] = None,
    by: Annotated[int | None, typer.Option(help="Last year of the plan.")] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Target that the plan must meet; may be repeated.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Project to leave out; may be repeated.")] = None,
    gap: Annotated[float, typer.Option(help="Proven relative gap at which to stop.", min=0)] = 0.01,
    out: OutOption = None,
) -> None:
    """Choose which projects start in which year, and print both bounds of what was proven."""
    from keruen.chain.screen import plan_lines
    from keruen.plans import plan as make_plan

    with _progress() as progress:
        progress("planning")
        found = make_plan(
            _read_run(run).dataset,
            budget=budget,
            by=by,
            targets=tuple(target or ()),
            without=tuple(without or ()),
            gap=gap,
        )
    print("\n".join(plan_lines(found.dataset)))
    if out is not None:
        _write_frame(found.dataset["plan"], out)


@app.command()
def assign(
    network: Annotated[
        Path, typer.Argument(help="A Keruen, GMNS or TNTP folder, or the name of a built-in model.")
    ],
    model: Annotated[str, typer.Option(help="logit, ue (user equilibrium) or so (system optimum).")] = "",
    gap: Annotated[float, typer.Option(help="Relative gap at which to stop.", min=1e-15)] = 1e-6,
    toll_factor: Annotated[
        float | None, typer.Option(help="Roads: cost of a unit of toll; what the file says by default.")
    ] = None,
    distance_factor: Annotated[
        float | None, typer.Option(help="Roads: cost of a unit of length; what the file says by default.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Assign demand to a network, print the gap and the conservation residual, and write the flows.

    A Keruen dataset is assigned with the waits at its crossings, in balance with the flows.
    """
    from keruen.chain.congestion import assign_folder

    with _progress() as progress:
        result = assign_folder(
            network, model=_option(model, ("", "logit", "ue", "so"), "--model") or None, gap=gap,
            toll_factor=toll_factor, distance_factor=distance_factor, progress=progress,
        )  # fmt: skip
    _tell(result.findings)
    print(result.certificate())
    if out is not None:
        target = out if out.suffix else out / "flow.parquet"
        _write_frame(result.flow, target)
        print(target)


@app.command()
def simulate(
    dataset: Annotated[
        str, typer.Argument(help="A run folder, a dataset folder, or the name of a built-in model.")
    ] = "kazakhstan",
    crossing: Annotated[list[str] | None, typer.Argument(help="Crossings; all by default.")] = None,
    arrivals: Annotated[
        float | None, typer.Option(help="Vehicles a day, the busier direction.", min=0)
    ] = None,
    lanes: Annotated[float | None, typer.Option(help="Lanes on each side.", min=0)] = None,
    hours: Annotated[
        float | None, typer.Option(help="Opening hours a day on each side.", min=0, max=24)
    ] = None,
    p90: Annotated[
        float | None, typer.Option(help="Say how many lanes keep nine in ten below this wait [h].", min=0)
    ] = None,
    days: Annotated[int, typer.Option(help="Days of arrivals in each replication.", min=1)] = 56,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 1,
    out: OutOption = None,
) -> None:
    """Simulate the queues at crossings as they are and as they would be with other lanes, hours or arrivals."""
    from keruen.chain import finished
    from keruen.crossings import lanes_needed
    from keruen.crossings import simulate as simulate_crossings

    _known_crossings(dataset, crossing or [])
    with _progress() as progress:
        found = finished(dataset, progress)
        progress("simulating")
        result = simulate_crossings(
            found, crossing or None, arrivals=arrivals, lanes=lanes, hours=hours, days=days, seed=seed
        )
        needed = [
            lanes_needed(found, name, target=p90 or 0.0, arrivals=arrivals, days=days, seed=seed)
            for name in (result.summary["crossing_id"].unique(maintain_order=True) if p90 is not None else ())
        ]
    _tell(result.findings)
    _show(result.summary.select(
        "crossing_id", "variant", "vehicles_per_day", "lanes", "hours_per_day", "utilisation", "wait", "wait_p90",
        "other_delay", "throughput", "binds",
    ))  # fmt: skip
    if result.comparison.height:
        print()
        _show(result.comparison)
    for answer in needed:
        print(f"{answer.crossing_id}: {answer.reason}")
    if out is not None:
        _write_frame(result.summary, out)


def _known_crossings(dataset: str, wanted: list[str]) -> None:
    """Refuse unknown crossings before a whole chain is run for them."""
    from difflib import get_close_matches

    from keruen.errors import Finding, InputError
    from keruen.tables import load
    from keruen.tables.store import MANIFEST

    if not wanted:
        return
    ground = _read_run(Path(dataset)).dataset if (Path(dataset) / MANIFEST).is_file() else load(dataset)
    known = ground["crossing"]["crossing_id"].to_list()
    findings = []
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
            findings.append(
                Finding("crossing", name, "", "", "does not exist", f"did you mean {', '.join(near)}?")
            )
    if findings:
        raise InputError(findings)


def _weighed(dataset: str) -> Any:
    """Return a run's dataset, or a dataset folder with its evidence weighed."""
    from keruen.chain import weigh
    from keruen.errors import refuse_errors
    from keruen.tables import load
    from keruen.tables.store import MANIFEST

    if (Path(dataset) / MANIFEST).is_file():
        return _read_run(Path(dataset)).dataset
    with _progress() as progress:
        weighed = weigh(load(dataset), progress)
    refuse_errors(weighed.findings)
    return weighed.dataset


@app.command()
def promises(dataset: DatasetArgument = "kazakhstan", out: OutOption = None) -> None:
    """Say of every promise who made it, what became of it since, and whether it was kept."""
    from keruen import trade

    found = _weighed(dataset)
    if not found.has("promise_status"):
        found = trade.promises(trade.series(found))
    print("\n".join(trade.promise_lines(found)))
    if out is not None:
        _write_frame(found["promise_status"], out)


@app.command()
def forecast(
    dataset: DatasetArgument = "kazakhstan",
    horizon: Annotated[int, typer.Option(help="Years ahead of the last figure.", min=1, max=50)] = 10,
    out: OutOption = None,
) -> None:
    """Forecast every yearly series: an average over models, its interval, and the range between the models."""
    from keruen import trade

    found = trade.forecast(trade.series(_weighed(dataset)), horizon)
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
    _show(found["forecast"].select(shown))
    if out is not None:
        _write_frame(found["forecast"], out)


@app.command()
def rebuild(
    dataset: Annotated[
        str, typer.Argument(help="A run folder, a dataset folder, or the name of a built-in model.")
    ] = "kazakhstan",
    crossing: Annotated[
        list[str] | None, typer.Argument(help="Road crossings; all that carry goods by default.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Draws from the ranges of what is not known.", min=10)] = 500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 1,
    out: OutOption = None,
) -> None:
    """Rank crossings by what rebuilding them saves per dollar, works on both sides included, and say how sure the order is."""
    from keruen.chain import finished
    from keruen.crossings import reconstruction_ranking

    _known_crossings(dataset, crossing or [])
    with _progress() as progress:
        found = finished(dataset, progress)
        progress("ranking")
        answer = reconstruction_ranking(found, crossing or None, draws=draws, seed=seed)
    _show(answer.ranking.select(
        "rank", "tier", "crossing_id", "vehicles_per_day", "utilisation", "wait_before", "wait_after", "wait_during_works",
        "cost", "money_per_dollar", "money_per_dollar_low", "money_per_dollar_high", "pays", "grade",
    ))  # fmt: skip
    print(
        f"\n{answer.robust_share:.0%} of the pairs have a robust order (one before the other in nine draws of ten)."
    )
    if out is not None:
        _write_frame(answer.ranking, out)


def _show(frame: pl.DataFrame) -> None:
    """Print a table with aligned columns."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", no_wrap=True)
    for row in frame.iter_rows():
        table.add_row(*("" if x is None else f"{x:.4g}" if isinstance(x, float) else str(x) for x in row))
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False, markup=False)
    console.print(table)


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="Text, HTML or PDF files, or folders of them.")],
    published: Annotated[
        str | None, typer.Option(help="Day of publication, YYYY-MM-DD; 'last year' counts from it.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(help="CSV with columns doc and published, for several files.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Dataset whose indicators and places to link to.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Read announcements and print each figure with the passage it came from, as JSON Lines."""
    from keruen.statements.files import read_files

    frame, findings = read_files(files, published=published, sources=sources, dataset=dataset)
    _tell(findings)
    if out is not None:
        _write_frame(frame, out)
        print(f"{frame.height} statements in {out}")
    else:
        sys.stdout.write(frame.write_ndjson())
    if any(f.severity == "error" for f in findings):
        raise typer.Exit(1)


@app.command()
def score(
    statements: Annotated[Path, typer.Argument(help="Statements, as 'keruen read -o' writes them.")],
    labels: Annotated[Path, typer.Argument(help="Labelled figures, as JSON Lines.")],
) -> None:
    """Score statements against labelled data: precision, recall and F1 for each field."""
    from keruen.statements import score as score_statements

    print(score_statements(_read_frame(statements), labels))


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
def reconcile(
    statements: Annotated[list[Path], typer.Argument(help="Statements, as 'keruen read -o' writes them.")],
    dataset: Annotated[
        str | None, typer.Option(help="Dataset with its sources, identities and rates.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Weigh rival statements: one figure for each quantity, what disagrees and why it may."""
    import polars as pl

    from keruen.chain.screen import conflict_lines
    from keruen.figures import reconcile as reconcile_figures
    from keruen.tables import Dataset, load

    ground = load(dataset) if dataset else Dataset({}, name="statements")
    frames = pl.concat([_read_frame(path) for path in statements])
    found = reconcile_figures(ground.with_tables(statement=frames))
    print("\n".join(conflict_lines(found)))
    if out is not None:
        if out.suffix:
            raise typer.BadParameter(
                f"{out} would be a folder of two tables: name it without an ending", param_hint="--out"
            )
        out.mkdir(parents=True, exist_ok=True)
        for name in ("figure", "conflict"):
            _write_frame(found[name], out / f"{name}.parquet")
        print(out)


def _read_frame(path: Path) -> pl.DataFrame:
    """Read statements from JSON Lines, CSV or Parquet."""
    from keruen.statements.files import read_statements

    return read_statements(path)


def _write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a table; a text that a spreadsheet would run as a formula is written as text."""
    from keruen.formats.frames import frame_to_bytes
    from keruen.tables.store import write_atomically

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, frame_to_bytes(frame, path))


if __name__ == "__main__":
    main()
