"""Commands on crossings and ports: simulate, rebuild."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.shell import (
    OutOption,
    app,
    ground_of,
    progress_display,
    refuse_unknown,
    show,
    tell,
    write_frame,
)

if TYPE_CHECKING:
    import polars as pl

    from keruen.crossings.hours import Closure

WhereArgument = Annotated[
    str, typer.Argument(help="A run folder, a dataset folder, or the name of a built-in model.")
]
SeedOption = Annotated[int, typer.Option(help="The same seed gives the same answer.")]


@app.command()
def simulate(
    dataset: WhereArgument = "kazakhstan",
    crossing: Annotated[
        list[str] | None, typer.Argument(help="Crossings, by their crossing_id; all by default.")
    ] = None,
    arrivals: Annotated[
        list[str] | None,
        typer.Option(
            help="What if: vehicles a day. 300 is the busier direction of every crossing, gate=300 of one, gate/KAZ=300 "
            "those that come from that side. Repeatable."
        ),
    ] = None,
    lanes: Annotated[
        list[str] | None,
        typer.Option(
            help="What if: lanes. 6 on each side, gate=6 at one crossing, gate/KAZ=6 on one side, gate/customs=6 at one "
            "station. Repeatable."
        ),
    ] = None,
    hours: Annotated[
        list[str] | None, typer.Option(help="What if: opening hours a day, named as lanes are. Repeatable.")
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(
            help="What if: both sides close, as in 2024-01-10..2024-01-12, or keep so many lanes, as in "
            "2024-01-10..2024-01-12=1. Repeatable."
        ),
    ] = None,
    by_hour: Annotated[
        str,
        typer.Option(
            help="24 relative arrivals by hour from midnight, as in 1,1,...,4; else from the table traffic."
        ),
    ] = "",
    start: Annotated[
        str, typer.Option("--from", help="First day of the run; closures, quotas and seasons hold by date.")
    ] = "2024-01-01",
    p90: Annotated[
        float | None, typer.Option(help="Say how many lanes keep nine in ten below this wait [h].", min=0)
    ] = None,
    staff: Annotated[
        bool,
        typer.Option("--staff", help="Print the lanes to staff in each hour; the limit is --p90, else 1 h."),
    ] = False,
    days: Annotated[int, typer.Option(help="Days of arrivals in each replication.", min=1)] = 56,
    replications: Annotated[int, typer.Option(help="Replications; intervals rest on them.", min=2)] = 20,
    seed: SeedOption = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="A file (.csv, .parquet) for the summary, or a folder for every table."
        ),
    ] = None,
) -> None:
    """Simulate the queues at crossings, in both directions, as they are and as they would be.

    Without an option it says how things stand. With --arrivals, --lanes, --hours or --closed it runs before and after with the
    same vehicles and prints the change with its 95 % interval. Where the dataset has stations (station.csv), traffic by hour
    and class (traffic.csv, traffic_class.csv), closures or quotas, they are simulated too.

    For example:

      keruen simulate starter gate

      keruen simulate starter gate --lanes gate/BOR=4 --arrivals 220

      keruen simulate starter gate --hours 12 --p90 4

      keruen simulate kazakhstan kuryk_port -o kuryk
    """
    from keruen.chain import with_crossings
    from keruen.crossings import lanes_needed, staffing
    from keruen.crossings import simulate as simulate_crossings

    what_if = {
        "arrivals": _by_name(arrivals, "--arrivals"), "lanes": _by_name(lanes, "--lanes"), "hours": _by_name(hours, "--hours"),
    }  # fmt: skip
    weights = (
        tuple(_number(part, "--by-hour") for part in by_hour.replace("|", ",").split(",")) if by_hour else ()
    )
    shut = [_closure(text) for text in closed or ()]
    first_day = _day(start, "--from")
    if crossing:
        refuse_unknown("crossing", crossing, ground_of(dataset)["crossing"]["crossing_id"].to_list())
    with progress_display() as progress:
        found = with_crossings(dataset, progress)
        progress("simulating")
        result = simulate_crossings(
            found, crossing or None, **what_if, closures=shut, by_hour=weights, days=days, seed=seed,
            replications=replications, first_day=first_day,
        )  # fmt: skip
        names = result.summary["crossing_id"].unique(maintain_order=True).to_list()
        supposed = {name: _of(what_if["arrivals"], name) for name in names}
        needed = []
        for name in names if p90 is not None else ():
            progress(f"trying lanes at {name}")
            needed.append(
                lanes_needed(
                    found,
                    name,
                    target=p90 or 0.0,
                    arrivals=supposed[name],
                    days=days,
                    seed=seed,
                    replications=replications,
                )
            )
        plans = []
        for name in names if staff else ():
            progress(f"staffing {name}")
            plans.append(
                (name, staffing(found, name, weights, target=p90 or 1.0, arrivals=supposed[name], seed=seed))
            )
    tell(result.findings)
    show(result.summary.select(
        "crossing_id", "direction", "variant", "vehicles_per_day", "lanes", "hours_per_day", "utilisation", "wait", "wait_low",
        "wait_high", "wait_p90", "quota_delay", "other_delay", "throughput", "binds",
    ))  # fmt: skip
    chains = result.by_station.filter(result.by_station["station"].is_in(sorted(_stations(found))))
    if chains.height:
        print("\nStation by station: mean wait, and time held back by a full yard [h].")
        show(chains)
    if result.by_class.height:
        print("\nBy class: mean wait [h].")
        show(result.by_class)
    if result.comparison.height:
        print(
            "\nAfter less before, with its 95 % interval; hours, but for the queue and the throughput a day."
        )
        show(result.comparison)
    for row in result.summary.filter(~result.summary["stable"]).iter_rows(named=True):
        print(
            f"\n{row['crossing_id']} {row['variant']}, {row['direction']}: more arrives than can be handled; the queue grows by "
            f"{row['queue_growth']:.3g} vehicles a day, and the wait is that of the {days} days simulated."
        )
    for answer in needed:
        print(f"\n{answer.crossing_id}: {answer.reason}")
    for name, plan in plans:
        print(f"\n{name}: lanes to staff, so that nine in ten of every hour wait less than {p90 or 1.0:g} h.")
        show(plan)
    if out is not None:
        _write(result, out)


@app.command()
def rebuild(
    dataset: WhereArgument = "kazakhstan",
    crossing: Annotated[
        list[str] | None, typer.Argument(help="Road crossings; all that carry goods by default.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Draws from the ranges of what is not known.", min=10)] = 500,
    works: Annotated[
        str,
        typer.Option(help="Put the order into years, as in 2026..2029, alternatives never closed together."),
    ] = "",
    at_once: Annotated[int, typer.Option(help="Crossings that can be in works at a time.", min=1)] = 5,
    duration: Annotated[int, typer.Option(help="Years of works at one crossing.", min=1)] = 2,
    changes: Annotated[
        Path | None,
        typer.Option(help="Write the losses and gains of these works here, as rows of the table change."),
    ] = None,
    scenario: Annotated[str, typer.Option(help="Scenario to which those rows belong.")] = "crossing_works",
    seed: SeedOption = 1,
    out: OutOption = None,
) -> None:
    """Rank crossings by the hours and the money that rebuilding both sides saves per dollar, and say how sure the order is.

    The loss while lanes are closed is subtracted. A tier holds crossings whose order is not robust: one before the other in fewer
    than nine draws of ten. Examples:

      keruen rebuild kazakhstan --draws 2000

      keruen rebuild kazakhstan --works 2026..2029 --changes works.csv
    """
    from keruen.chain import with_crossings
    from keruen.crossings import reconstruction_ranking, works_calendar, works_changes
    from keruen.crossings.reconstruction import read_works

    years = _years(works) if works else None
    if changes is not None and years is None:
        raise typer.BadParameter("needs --works, such as --works 2026..2029", param_hint="--changes")
    if crossing:
        refuse_unknown("crossing", crossing, ground_of(dataset)["crossing"]["crossing_id"].to_list())
    with progress_display() as progress:
        found = with_crossings(dataset, progress)
        progress("ranking")
        answer = reconstruction_ranking(found, crossing or None, draws=draws, seed=seed)
    show(answer.ranking.select(
        "rank", "tier", "crossing_id", "place", "place_low", "place_high", "vehicles_per_day", "utilisation", "wait_before",
        "wait_after", "wait_during_works", "cost", "hours_per_dollar", "money_per_dollar", "money_per_dollar_low",
        "money_per_dollar_high", "money_one_side", "pays", "grade",
    ))  # fmt: skip
    print(f"\n{answer.verdict}")
    if years is not None:
        ranked = answer.ranking.drop_nulls("rank")["crossing_id"].to_list()
        plan = works_calendar(
            found, ranked, first_year=years[0], last_year=years[1], at_once=at_once, duration=duration
        )
        print("\nWorks by year; a crossing and the one that stands in for it are never in works together.")
        show(plan)
        if changes is not None:
            write_frame(works_changes(found, plan, read_works(found), scenario_id=scenario), changes)
            print(changes)
    if out is not None:
        write_frame(answer.ranking, out)


def _by_name(values: list[str] | None, option: str) -> float | dict[str, float] | None:
    """Read 6, gate=6 or gate/KAZ=6, any number of times."""
    named: dict[str, float] = {}
    plain: float | None = None
    for value in values or ():
        where, equals, number = value.rpartition("=")
        if equals:
            named[where.strip()] = _number(number, option)
        else:
            plain = _number(value, option)
    if named and plain is not None:
        raise typer.BadParameter("give one number for all, or numbers by name, not both", param_hint=option)
    return named or plain


def _of(option: float | dict[str, float] | None, name: str) -> float | None:
    return option.get(name) if isinstance(option, dict) else option


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number; write 6 or gate=6", param_hint=option) from None


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write 2024-01-10", param_hint=option) from None


def _closure(text: str) -> Closure:
    from keruen.crossings.hours import Closure

    span, _, lanes = text.partition("=")
    first, dots, last = span.partition("..")
    begin, end = _day(first, "--closed"), _day(last if dots else first, "--closed")
    left = _number(lanes, "--closed") if lanes else 0.0
    if not left.is_integer():
        raise typer.BadParameter(f"{lanes!r} is no whole number of lanes", param_hint="--closed")
    midnight = datetime.min.time()
    return Closure(
        datetime.combine(begin, midnight), datetime.combine(end + timedelta(days=1), midnight), int(left)
    )


def _years(text: str) -> tuple[int, int]:
    first, _, last = text.partition("..")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no span of years; write 2026..2029", param_hint="--works"
        ) from None


def _stations(dataset: object) -> set[str]:
    from keruen.tables import Dataset

    assert isinstance(dataset, Dataset)
    return set(dataset["station"]["station_id"].to_list())


def _write(result: object, out: Path) -> None:
    """Write the summary to a file, or every table to a folder."""
    from keruen.crossings import SimulationResult

    assert isinstance(result, SimulationResult)
    tables: dict[str, pl.DataFrame] = {"summary": result.summary}
    if not out.suffix:
        for name in ("by_hour", "by_day", "by_station", "by_class", "distribution", "comparison"):
            tables[name] = getattr(result, name)
    for name, frame in tables.items():
        target = out if out.suffix else out / f"{name}.csv"
        write_frame(frame, target)
        print(target)
