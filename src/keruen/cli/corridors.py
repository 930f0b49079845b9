"""Commands on corridors and their surroundings: assign, uses, changes, power, skills, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.shell import (
    DatasetArgument,
    OutOption,
    app,
    ground_of,
    one_of,
    progress_display,
    refuse_unknown,
    show,
    tell,
    write_frame,
)

if TYPE_CHECKING:
    import polars as pl


@app.command()
def assign(
    network: Annotated[
        Path, typer.Argument(help="A Keruen, GMNS or TNTP folder, or the name of a built-in model.")
    ],
    model: Annotated[str, typer.Option(help="logit, ue (user equilibrium) or so (system optimum).")] = "",
    gap: Annotated[float, typer.Option(help="Relative gap at which to stop.", min=1e-15)] = 1e-6,
    scale: Annotated[
        float | None,
        typer.Option(help="Roads with --model logit: routes that differ by 1/scale are used e to 1."),
    ] = None,
    month: Annotated[
        str, typer.Option(help="1 to 12: the flows of a month, as rates of a year; peak: of the worst one.")
    ] = "",
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

    months = ("", "peak", *map(str, range(1, 13)))
    chosen = one_of(month, months, "--month")
    with progress_display() as progress:
        result = assign_folder(
            network, model=one_of(model, ("", "logit", "ue", "so"), "--model") or None, gap=gap,
            month=int(chosen) if chosen.isdigit() else chosen or None,
            scale=scale, toll_factor=toll_factor, distance_factor=distance_factor, progress=progress,
        )  # fmt: skip
    tell(result.findings)
    if result.months is not None:
        show(result.months)
        print()
    print(result.certificate())
    if out is not None:
        target = out if out.suffix else out / "flow.parquet"
        write_frame(result.flow, target)
        print(target)


WhereArgument = Annotated[
    str, typer.Argument(help="A run folder, a dataset folder, or the name of a built-in model.")
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="A file (.csv, .parquet) for the pairs, or a folder for every table."),
]


@app.command()
def uses(
    run: WhereArgument,
    where: Annotated[list[str], typer.Argument(help="Links, border crossings or ports, by their ids.")],
    most: Annotated[int, typer.Option(help="Pairs to print; -o writes them all.", min=1)] = 15,
    out: FolderOption = None,
) -> None:
    """Say whose goods pass a link, border crossing or port (select-link analysis): by class, by corridor and by pair.

    Tonnes add up to the flow of the link. Ahead is along the link as its row says, at a port to the water; back is the other
    way. Corridors overlap, so their shares need not sum to 1; share_of_way is what part of their tonne-kilometres the goods
    travel on the corridor.

    For example:

      keruen uses starter gate

      keruen uses keruen-run aktau_port dostyk_rail -o users
    """
    import polars as pl

    from keruen.chain import with_crossings
    from keruen.flows import select_crossing, select_link

    ground = ground_of(run)
    crossings = ground["crossing"]["crossing_id"].to_list()
    refuse_unknown("crossing or link", where, [*crossings, *ground["link"]["link_id"].to_list()])
    with progress_display() as progress:
        dataset = with_crossings(run, progress)
    written: dict[str, list[pl.DataFrame]] = {"pairs": [], "classes": [], "corridors": []}
    for name in where:
        found = (select_crossing if name in crossings else select_link)(dataset, name)
        tables = {"pairs": found.pairs, "classes": found.classes, "corridors": found.corridors(dataset)}
        tonnes, ahead, back = found.paths.select(pl.col("tonnes", "ahead", "back").sum()).row(0)
        print(f"{name}: {tonnes:,.0f} t a year, {ahead:,.0f} ahead and {back:,.0f} back")
        for kind in ("classes", "corridors", "pairs"):
            if tables[kind].height:
                print()
                show(tables[kind].head(most if kind == "pairs" else tables[kind].height))
        if found.pairs.height > most:
            print(f"and {found.pairs.height - most} more pairs; write them all with -o FILE.csv")
        print()
        for kind, frame in tables.items():
            written[kind].append(frame.select(pl.lit(name).alias("where"), pl.all()))
    if out is not None:
        _write({kind: pl.concat(frames) for kind, frames in written.items()}, out)


@app.command()
def changes(
    before: WhereArgument,
    after: WhereArgument,
    most: Annotated[int, typer.Option(help="Rows of each table to print; -o writes them all.", min=1)] = 15,
    out: FolderOption = None,
) -> None:
    """Say where goods went between two runs: generated, lost, diverted and from which links, and shifted to other modes.

    Of what a pair moves in both runs, diverted is what takes another route, and modal_shift what of it takes other modes.
    A link that gains diverted goods has them from the links that those goods left, in proportion.

    For example, with scenario gate_closed of the model that 'keruen new' makes:

      keruen run mine -o open && keruen run mine --scenario gate_closed -o closed

      keruen changes open closed
    """
    import polars as pl

    from keruen.chain import with_crossings
    from keruen.flows import flow_change

    with progress_display() as progress:
        found = flow_change(with_crossings(before, progress), with_crossings(after, progress))
    totals = found.pairs.select(pl.exclude("origin", "destination", "commodity_id", "traffic_type").sum())
    for name, tonnes in totals.row(0, named=True).items():
        print(f"{name:<12} {tonnes:>15,.0f} t a year")
    size = pl.max_horizontal("generated", "lost", "diverted")
    tables = {
        "pairs": found.pairs.filter(size > 0.5).sort(size, descending=True, maintain_order=True),
        "links": found.links.filter(pl.col("change").abs() > 0.5).sort(
            pl.col("change").abs(), descending=True, maintain_order=True
        ),
        "sources": found.sources.filter(pl.col("tonnes") > 0.5).sort(
            "tonnes", descending=True, maintain_order=True
        ),
    }
    for frame in tables.values():
        if frame.height:
            print()
            show(frame.head(most))
    if not any(frame.height for frame in tables.values()):
        print("nothing moved")
    if out is not None:
        _write({"pairs": found.pairs, "links": found.links, "sources": found.sources}, out)


def _write(tables: Mapping[str, pl.DataFrame], out: Path) -> None:
    """Write the first table to a file, or every one to a folder."""
    for name, frame in list(tables.items())[: 1 if out.suffix else None]:
        target = out if out.suffix else out / f"{name}.csv"
        write_frame(frame, target)
        print(target)


@app.command()
def power(
    dataset: DatasetArgument = "kazakhstan",
    scenario: Annotated[str | None, typer.Option(help="Scenario in force, from the scenario table.")] = None,
    carbon_price: Annotated[float, typer.Option(help="Added price of a tonne of CO2 [USD].", min=0)] = 0.0,
    drought: Annotated[float, typer.Option(help="Share of hydro lost.", min=0, max=1)] = 0.0,
    nuclear_delay: Annotated[int, typer.Option(help="Years by which nuclear plants are late.", min=0)] = 0,
    hourly: Annotated[
        bool,
        typer.Option("--hourly", help="Solve one year by the hour, zone by zone (needs the extra power)."),
    ] = False,
    year: Annotated[
        int | None, typer.Option(help="With --hourly: the year; the first with a target by default.")
    ] = None,
    weeks: Annotated[
        int, typer.Option(help="With --hourly: weeks solved, over the year.", min=1, max=52)
    ] = 4,
    chance: Annotated[
        int | None,
        typer.Option(help="How likely: solve so often with every assumption drawn from its range.", min=1),
    ] = None,
    out: OutOption = None,
) -> None:
    """Meet the need for electricity at least cost, and say what a target for renewables takes.

    What if: --carbon-price, --drought and --nuclear-delay hold in every year; a scenario holds in the years that its
    changes name. A target out of reach is answered with the constraints that conflict. With -o FILE.csv what each
    technology makes is written, with -o FILE.xlsx the years as well.

    With --hourly one year is solved hour by hour, with storage and lines between zones: does the plan hold when the wind
    does not blow? The option -o then writes every hour of every zone.

    For example:

      keruen power --scenario drought

      keruen power --carbon-price 40 -o mix.xlsx

      keruen power --chance 100
    """
    from keruen.chain import evidence_of
    from keruen.power import chance as draw
    from keruen.power import chance_lines, hourly_lines, table_lines
    from keruen.power import hourly as solve_hours
    from keruen.power import power as plan_power

    if hourly:
        with progress_display() as progress:
            held = evidence_of(dataset, progress)
            progress("solving the hours")
            hours = solve_hours(
                held, year, weeks=weeks, scenario=scenario, carbon_price=carbon_price, drought=drought,
                nuclear_delay=nuclear_delay,
            )  # fmt: skip
        print("\n".join(hourly_lines(hours)))
        if out is not None:
            write_frame(hours.course, out)
        return
    given = scenario or carbon_price or drought or nuclear_delay
    if chance is not None and given:
        raise typer.BadParameter(
            "draws the model as it stands: leave the what-if options out", param_hint="--chance"
        )
    with progress_display() as progress:
        held = evidence_of(dataset, progress)
        progress("meeting the need for electricity")
        found = plan_power(
            held, scenario=scenario, carbon_price=carbon_price, drought=drought, nuclear_delay=nuclear_delay
        )
        likely = None
        if chance is not None:
            progress(f"drawing the assumptions {chance} times")
            likely = draw(held, chance)
    print("\n".join(table_lines(found)))
    if likely is not None:
        print("\n".join(chance_lines(likely)))
    if out is not None:
        _write_tables({name: found[name] for name in ("power_mix", "power_year")}, out)


@app.command()
def skills(dataset: DatasetArgument = "kazakhstan", out: OutOption = None) -> None:
    """Say which skills projects lack, where and when, and which study places close the gap.

    The table has a line for each project and skill: who is needed, trained, won from the trade and missing, how long the
    project would wait, and the courses that feed it; below it the places to add. With -o FILE.csv that table is written,
    with -o FILE.xlsx a workbook that also holds the places to add and everybody by year.

    For example:

      keruen skills -o programmes.xlsx
    """
    from keruen.chain import evidence_of
    from keruen.skills import sheets, table_lines
    from keruen.skills import skills as plan_skills

    with progress_display() as progress:
        found = plan_skills(evidence_of(dataset, progress))
    print("\n".join(table_lines(found)))
    if out is not None:
        _write_tables(sheets(found), out)


@app.command()
def calendar(
    dataset: DatasetArgument = "kazakhstan",
    year: Annotated[
        int | None, typer.Option(help="Calendar year; the latest with events by default.")
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option("--with", help="An iCalendar file whose events are looked at beside; may be repeated."),
    ] = None,
    party: Annotated[
        list[str] | None,
        typer.Option(help="Party whose calendar these files are, from the party table; may be repeated."),
    ] = None,
    ics: Annotated[
        Path | None, typer.Option(help="Write the proposed calendar to this iCalendar file.")
    ] = None,
    out: OutOption = None,
) -> None:
    """List clashes between events, and propose a calendar without them by the fewest moves.

    A clash is one party in two places, too little time for the way, or a meeting on a public holiday. With --with the events
    of a calendar program are looked at too and nothing is kept; 'keruen import ical' keeps them. With -o FILE.csv the
    proposal is written, with -o FILE.xlsx the clashes as well.

    For example:

      keruen calendar --year 2025 --ics proposal.ics

      keruen calendar --with ministry.ics --party gov_kaz
    """
    from keruen.calendar import agenda, table_lines
    from keruen.calendar import beside as put_beside
    from keruen.calendar import calendar as propose
    from keruen.chain import evidence_of
    from keruen.formats.ical import read_events, write_events

    if party and not beside:
        raise typer.BadParameter("says whose files --with names; name one", param_hint="--party")
    findings = []
    with progress_display() as progress:
        held = evidence_of(dataset, progress)
        for file in beside or ():
            events, doubts = read_events(file)
            held, more = put_beside(held, events, parties=party or ())
            findings += [*doubts, *more]
        progress("looking for clashes of dates")
        found = propose(held, year=year)
    tell(findings)
    print("\n".join(table_lines(found)))
    if ics is not None:
        write_events(agenda(found), ics, name=f"Keruen: {found.name}")
        print(ics)
    if out is not None:
        _write_tables({name: found[name] for name in ("calendar_proposal", "clash")}, out)


def _write_tables(frames: Mapping[str, pl.DataFrame], out: Path) -> None:
    """Write the first frame, or a workbook of all."""
    from keruen.formats.sheets import workbook
    from keruen.tables.store import write_atomically

    if out.suffix == ".xlsx":
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, workbook(frames))
    else:
        write_frame(next(iter(frames.values())), out)
    print(out)
