"""Commands on corridors and their surroundings: assign, simulate, rebuild, power, skills, calendar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.shell import (
    DatasetArgument,
    OutOption,
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

    with progress_display() as progress:
        result = assign_folder(
            network, model=one_of(model, ("", "logit", "ue", "so"), "--model") or None, gap=gap,
            toll_factor=toll_factor, distance_factor=distance_factor, progress=progress,
        )  # fmt: skip
    tell(result.findings)
    print(result.certificate())
    if out is not None:
        target = out if out.suffix else out / "flow.parquet"
        write_frame(result.flow, target)
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
    with progress_display() as progress:
        found = finished(dataset, progress)
        progress("simulating")
        result = simulate_crossings(
            found, crossing or None, arrivals=arrivals, lanes=lanes, hours=hours, days=days, seed=seed
        )
        needed = [
            lanes_needed(found, name, target=p90 or 0.0, arrivals=arrivals, days=days, seed=seed)
            for name in (result.summary["crossing_id"].unique(maintain_order=True) if p90 is not None else ())
        ]
    tell(result.findings)
    show(result.summary.select(
        "crossing_id", "variant", "vehicles_per_day", "lanes", "hours_per_day", "utilisation", "wait", "wait_p90",
        "other_delay", "throughput", "binds",
    ))  # fmt: skip
    if result.comparison.height:
        print()
        show(result.comparison)
    for answer in needed:
        print(f"{answer.crossing_id}: {answer.reason}")
    if out is not None:
        write_frame(result.summary, out)


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
    with progress_display() as progress:
        found = finished(dataset, progress)
        progress("ranking")
        answer = reconstruction_ranking(found, crossing or None, draws=draws, seed=seed)
    show(answer.ranking.select(
        "rank", "tier", "crossing_id", "vehicles_per_day", "utilisation", "wait_before", "wait_after", "wait_during_works",
        "cost", "money_per_dollar", "money_per_dollar_low", "money_per_dollar_high", "pays", "grade",
    ))  # fmt: skip
    print(
        f"\n{answer.robust_share:.0%} of the pairs have a robust order (one before the other in nine draws of ten)."
    )
    if out is not None:
        write_frame(answer.ranking, out)


def _known_crossings(dataset: str, wanted: list[str]) -> None:
    """Refuse unknown crossings before a whole chain is run for them."""
    from difflib import get_close_matches

    from keruen.errors import Finding, InputError
    from keruen.tables import load
    from keruen.tables.store import MANIFEST

    if not wanted:
        return
    ground = open_run(Path(dataset)).dataset if (Path(dataset) / MANIFEST).is_file() else load(dataset)
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


@app.command()
def power(
    dataset: DatasetArgument = "kazakhstan",
    scenario: Annotated[str | None, typer.Option(help="Scenario in force, from the scenario table.")] = None,
    carbon_price: Annotated[float, typer.Option(help="Added price of a tonne of CO2 [USD].", min=0)] = 0.0,
    drought: Annotated[float, typer.Option(help="Share of hydro lost.", min=0, max=1)] = 0.0,
    nuclear_delay: Annotated[int, typer.Option(help="Years by which nuclear plants are late.", min=0)] = 0,
    out: OutOption = None,
) -> None:
    """Meet the need for electricity at least cost, and say what a target for renewables takes."""
    from keruen.chain import evidence_of
    from keruen.power import power as plan_power
    from keruen.power import table_lines

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
