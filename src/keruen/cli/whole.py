"""Commands on a whole model or run: run it, check it, ask where a number comes from, compare, report, plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.shell import (
    DatasetArgument,
    OutOption,
    RunArgument,
    app,
    one_of,
    open_run,
    progress_display,
    show,
    tell,
    write_frame,
)

if TYPE_CHECKING:
    pass


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
        year=year, scenario=scenario, model=one_of(model, ("logit", "ue"), "--model"), gap=gap, budget=budget, by=by
    )  # fmt: skip
    with progress_display() as progress:
        outcome = run_chain(dataset, out, settings=settings, progress=progress)
    tell(outcome.findings)
    print(summary(outcome.dataset))
    print(f"\nThe run is in {out}; open {out / 'report.html'} to see it.")


@app.command()
def check(
    dataset: DatasetArgument = "kazakhstan",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 1 on warnings too.")] = False,
) -> None:
    """List every finding of a dataset at once, errors and warnings; exit code 1 if there is an error."""
    from keruen.chain import doubts, weigh
    from keruen.errors import Severity
    from keruen.tables import check as integrity
    from keruen.tables import read_folder, unbound

    loaded, findings = read_folder(dataset)
    if not any(f.severity is Severity.ERROR for f in findings):
        weighed = weigh(loaded)
        findings = [*findings, *weighed.findings, *unbound(weighed.dataset), *doubts(weighed.dataset)]
    else:
        # Cells that cannot be read keep the evidence from being weighed, but not names from being looked up.
        findings = [*findings, *integrity(loaded)]
    tell(findings)
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

    print(trace_cell(open_run(run).dataset, table, key, column))


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
    found = compare_runs({str(folder): open_run(folder).dataset for folder in runs})
    if out is not None:
        write_frame(found, out)
    relative = pl.max_horizontal(pl.col(f"{folder} percent").abs() for folder in runs[1:])
    # What was decided comes before what was measured.
    order = pl.col("table").replace_strict(
        {"plan": 0, "plan_summary": 1, "outlook": 2}, default=3, return_dtype=pl.Int64
    )
    show(found.sort(order, relative, descending=[False, True], nulls_last=True).head(most))
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

    found = open_run(run)
    target = out or run / "report.html"
    write_atomically(target, make_report(found.dataset, found.manifest).encode())
    print(target)


@app.command()
def outlook(run: RunArgument) -> None:
    """Say of each announced target what to expect, how likely it is, and what binds."""
    from keruen.chain.screen import outlook_lines

    print("\n".join(outlook_lines(open_run(run).dataset)))


@app.command()
def appraise(
    run: RunArgument,
    project: Annotated[
        list[str] | None, typer.Argument(help="Projects; those of the plan by default.")
    ] = None,
    by: Annotated[int | None, typer.Option(help="Last year appraised.")] = None,
    out: OutOption = None,
) -> None:
    """Say what projects are worth: NPV, EIRR, benefits by type, country and beneficiary, switching values.

    With -o FILE.xlsx the whole appraisal is written as a workbook with live formulas: parameters, benefits by year, and what
    follows from them; with -o FILE.html as the report of the run with the appraisal in it. Any other ending writes the table of
    results alone.
    """
    from keruen.chain.appraising import appraise as appraise_projects
    from keruen.chain.worth import appraisal_lines

    opened = open_run(run)
    with progress_display() as progress:
        found = appraise_projects(opened.dataset, tuple(project or ()), by=by, progress=progress)
    tell(found.findings)
    print("\n".join(appraisal_lines(found.dataset)))
    if out is not None and out.suffix == ".xlsx":
        from keruen.chain.appraisal_book import appraisal_book
        from keruen.tables.store import write_atomically

        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, appraisal_book(found.dataset))
        print(out)
    elif out is not None and out.suffix == ".html":
        from keruen.reports import report as make_report
        from keruen.tables.store import write_atomically

        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, make_report(found.dataset, opened.manifest).encode())
        print(out)
    elif out is not None:
        write_frame(found.dataset["appraisal"], out)


@app.command()
def standards(
    dataset: DatasetArgument = "kazakhstan",
    scenario: Annotated[
        list[str] | None, typer.Option(help="Scenarios to value; those that name a standard by default.")
    ] = None,
    home: Annotated[
        str | None,
        typer.Option(help="Country to tell apart (ISO 3166 alpha-3); the one that gains most by default."),
    ] = None,
    out: OutOption = None,
) -> None:
    """Say what harmonising papers, permits, gauge and axle loads would be worth a year, one by one and together.

    A standard is a scenario whose changes switch off what it costs today; write its name in the column standard.
    """
    from keruen.chain import evidence_of
    from keruen.chain.standards import harmonisation_lines, harmonise

    with progress_display() as progress:
        found = harmonise(evidence_of(dataset, progress), tuple(scenario or ()), progress=progress)
    tell(found.findings)
    print("\n".join(harmonisation_lines(found.dataset, home=home)))
    if out is not None:
        write_frame(found.dataset["harmonisation"], out)
