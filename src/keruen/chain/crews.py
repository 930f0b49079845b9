"""Plans and people to a fixed point: a project cannot start before those who are to build it have been trained.

The plan says when projects start; the room of skills says which of them would lack whom, and how long each would have to
wait; the plan is made again with those years as earliest starts, until no project has to move. What stands in the tables
as earliest start stays as it was announced: the waits hold for the planning alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from keruen.chain.settings import Progress, silent
from keruen.errors import Finding, Severity, SolveError
from keruen.plans import PlanResult
from keruen.skills import skills
from keruen.tables import Dataset

ROUNDS = 6
UNDER_WAY = ("under_construction", "completed")


@dataclass(frozen=True)
class Crewed:
    """A plan that waits for its people.

    Parameters
    ----------
    planned
        The plan of the last round.
    rounds
        Plans made.
    residual
        Years by which projects would still have to wait in all; 0 where plan and people agree.
    waited
        Years by which each project starts later than the first plan would have it, where it moved.
    findings
        Whom no wait brings, and projects under way that lack people.
    """

    planned: PlanResult
    rounds: int
    residual: int
    waited: dict[str, int]
    findings: tuple[Finding, ...]


def crewed(dataset: Dataset, make: Callable[[Dataset], PlanResult], *, progress: Progress = silent) -> Crewed:
    """Make a plan whose projects start when their people are there.

    Parameters
    ----------
    dataset
        Resolved tables; without ``requirement`` the first plan stands.
    make
        Makes a plan of a dataset, such as :func:`keruen.plans.plan` with its options bound.
    progress
        Called with each further round.

    Raises
    ------
    InputError, SolveError
        As ``make``. Where the room of skills finds no answer the plan stands as it is; that room tells why itself.
    """
    planned = make(dataset)
    first = _starts(planned.dataset)
    if not dataset.has("requirement"):
        return Crewed(planned, 1, 0, {}, ())
    rounds, held = 1, dataset
    while True:
        try:
            gaps = skills(planned.dataset)["skill_gap"]
        except SolveError:
            return Crewed(planned, rounds, 0, {}, ())
        waits = _waits(planned.dataset, gaps)
        if not waits or rounds == ROUNDS:
            break
        rounds += 1
        progress(f"planning again, round {rounds}: {len(waits)} to wait for people")
        held = _later(held, _starts(planned.dataset), waits)
        planned = make(held)
    last = _starts(planned.dataset)
    planned = replace(planned, dataset=planned.dataset.with_tables(project=dataset["project"]))
    waited = {p: last[p] - year for p, year in sorted(first.items()) if p in last and last[p] > year}
    return Crewed(planned, rounds, sum(waits.values()), waited, tuple(_findings(planned.dataset, gaps)))


def _starts(dataset: Dataset) -> dict[str, int]:
    chosen = dataset["plan"].filter("selected").select("project_id", "start_year").drop_nulls()
    return dict(chosen.iter_rows())


def _movable(dataset: Dataset) -> set[str]:
    free = dataset["project"].filter(~pl.col("stage").is_in(UNDER_WAY))["project_id"]
    return set(free) & set(_starts(dataset))


def _waits(dataset: Dataset, gaps: pl.DataFrame) -> dict[str, int]:
    """Return the years that each planned project not yet under way has to wait, for the skill that takes longest."""
    longest = gaps.filter(pl.col("wait").fill_null(0) > 0).group_by("project_id").agg(pl.col("wait").max())
    movable = _movable(dataset)
    return {p: int(years) for p, years in sorted(longest.iter_rows()) if p in movable}


def _later(dataset: Dataset, starts: dict[str, int], waits: dict[str, int]) -> Dataset:
    earliest = pl.DataFrame(
        [{"project_id": p, "later": starts[p] + years} for p, years in waits.items()],
        schema={"project_id": pl.String, "later": pl.Int64},
    )
    moved = (
        dataset["project"]
        .join(earliest, on="project_id", how="left", maintain_order="left")
        .with_columns(
            earliest_start=pl.max_horizontal("earliest_start", "later").cast(
                dataset["project"]["earliest_start"].dtype
            )
        )
        .drop("later")
    )
    return dataset.with_tables(project=moved)


def _findings(dataset: Dataset, gaps: pl.DataFrame) -> list[Finding]:
    names = dict(dataset["skill"].select("skill_id", "name").iter_rows())
    movable, planned = _movable(dataset), set(_starts(dataset))
    found = []
    worst = gaps.filter(pl.col("gap") > 0.5).group_by("project_id", "skill_id").agg(
        pl.col("gap").max(), pl.col("wait").is_null().any().alias("never")
    )  # fmt: skip
    for project, skill, gap, never in worst.sort("project_id", "skill_id").iter_rows():
        if project not in planned or (project in movable and not never):
            continue
        why = "and no wait brings them" if project in movable else "and it is under way, so it cannot wait"
        found.append(
            Finding(
                "requirement", f"{project}, {skill}", "people", f"{gap:,.0f}", f"lacks {gap:,.0f} {names[skill].lower()}, {why}",
                "add places earlier, or win people from elsewhere", Severity.WARNING,
            )
        )  # fmt: skip
    return found
