"""The planner's command: which projects when, both bounds as they move, and what else people ask of a plan."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.shell import OutOption, RunArgument, app, open_run, progress_display, show, tell, write_frame

if TYPE_CHECKING:
    from keruen.plans.design import Progress


COUNTED = (
    "Counted: in the plan one hand leads all goods at least cost; the appraisal by flows lets shippers choose for themselves and "
    "also values variety of routes and steadier waits, so it may differ. --appraise sets the two side by side."
)


@app.command()
def plan(
    run: RunArgument,
    budget: Annotated[
        float | None, typer.Option(help="Capital that may be spent on new works each year [USD].", min=0)
    ] = None,
    by: Annotated[int | None, typer.Option(help="Last year of the plan.")] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Target that the plan must meet; may be repeated.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Project to leave out; may be repeated.")] = None,
    gap: Annotated[
        float,
        typer.Option(
            help="Stop when this share of what any plan could save is all that may be missing.", min=0
        ),
    ] = 0.01,
    time: Annotated[
        float | None, typer.Option(help="Stop after this many seconds with the best plan so far.", min=0)
    ] = None,
    alternatives: Annotated[
        int,
        typer.Option(help="Look for this many other plans that cost at most 2 % of the works more.", min=0),
    ] = 0,
    limits: Annotated[bool, typer.Option("--limits", help="Say what more money and time are worth.")] = False,
    regret: Annotated[
        bool, typer.Option("--regret", help="Weigh the plan against the best plans of every scenario.")
    ] = False,
    appraise: Annotated[
        bool,
        typer.Option("--appraise", help="Set beside it what the appraisal by flows finds for each project."),
    ] = False,
    out: OutOption = None,
) -> None:
    """Choose which projects start in which year, and print both bounds of what was proven as they move.

    Ctrl-C stops the search with the best plan so far and the bound that holds then. A target that cannot be reached is
    answered with the cheapest way to reach it, or with the smallest set of limits that contradict each other.
    """
    from keruen.chain.appraising import beside, beside_lines
    from keruen.chain.screen import plan_lines
    from keruen.errors import SolveError
    from keruen.plans import plan as make_plan
    from keruen.plans.answers import remedy
    from keruen.plans.screen import answer_lines

    dataset = open_run(run).dataset
    wanted, ruled_out = tuple(target or ()), tuple(without or ())
    try:
        found = make_plan(
            dataset, budget=budget, by=by, targets=wanted, without=ruled_out, gap=gap, seconds=time, progress=_both_bounds()
        )  # fmt: skip
    except SolveError as error:
        print(error, file=sys.stderr)
        if wanted:
            with progress_display() as progress:
                way = remedy(
                    dataset, wanted, budget=budget, by=by, without=ruled_out, gap=gap, progress=progress
                )
            print(way.sentence)
        raise typer.Exit(1) from None
    tell(found.findings)
    print("\n".join(plan_lines(found.dataset)))
    with progress_display() as progress:
        lines, weighed = answer_lines(
            found, alternatives=alternatives, limits=limits, regrets=regret, by=by, budget=budget, gap=gap, progress=progress
        )  # fmt: skip
    print("\n".join(lines))
    if appraise:
        with progress_display() as progress:
            print("\n".join(beside_lines(found.dataset, beside(found, by=by, progress=progress))))
    else:
        print(COUNTED)
    if weighed is not None:
        show(weighed)
    if out is not None:
        write_frame(found.dataset["plan"], out)


def _both_bounds() -> Callable[[Progress], None]:
    """Return a listener that writes a line whenever a bound has moved by what the line would show."""
    last = ""

    def listen(progress: Progress) -> None:
        nonlocal last
        line = f"  {progress}"
        if line != last:
            last = line
            print(line, file=sys.stderr, flush=True)

    return listen
