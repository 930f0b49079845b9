"""Commands on corridors and their surroundings: assign, power, skills, calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    out: OutOption = None,
) -> None:
    """Meet the need for electricity at least cost, and say what a target for renewables takes.

    With --hourly one year is solved hour by hour, with storage and lines between zones: does the plan hold when the wind
    does not blow? The option -o then writes every hour of every zone.
    """
    from keruen.chain import evidence_of
    from keruen.power import hourly as solve_hours
    from keruen.power import hourly_lines, table_lines
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
    with progress_display() as progress:
        found = plan_power(
            evidence_of(dataset, progress), scenario=scenario, carbon_price=carbon_price, drought=drought,
            nuclear_delay=nuclear_delay,
        )  # fmt: skip
    print("\n".join(table_lines(found)))
    if out is not None:
        write_frame(found["power_mix"], out)


@app.command()
def skills(dataset: DatasetArgument = "kazakhstan", out: OutOption = None) -> None:
    """Say which skills projects lack, where and when, and which study places close the gap."""
    from keruen.chain import evidence_of
    from keruen.skills import skills as plan_skills
    from keruen.skills import table_lines

    with progress_display() as progress:
        found = plan_skills(evidence_of(dataset, progress))
    print("\n".join(table_lines(found)))
    if out is not None:
        write_frame(found["skill_gap"], out)


@app.command()
def calendar(
    dataset: DatasetArgument = "kazakhstan",
    year: Annotated[
        int | None, typer.Option(help="Calendar year; the latest with events by default.")
    ] = None,
    ics: Annotated[
        Path | None, typer.Option(help="Write the proposed calendar to this iCalendar file.")
    ] = None,
) -> None:
    """List clashes between events, and propose a calendar without them by the fewest moves."""
    from keruen.calendar import agenda, table_lines
    from keruen.calendar import calendar as propose
    from keruen.chain import evidence_of
    from keruen.formats.ical import write_events

    with progress_display() as progress:
        found = propose(evidence_of(dataset, progress), year=year)
    print("\n".join(table_lines(found)))
    if ics is not None:
        write_events(agenda(found), ics, name=f"Keruen: {found.name}")
        print(ics)
