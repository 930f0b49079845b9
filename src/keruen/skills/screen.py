"""Skills in words: a sentence or two for a run's screen, and the table of projects and skills that can be printed.

Receives ``training_plan`` and ``skill_gap``; hands on lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from keruen.skills.door import NOBODY
from keruen.skills.programmes import programmes
from keruen.tables import Dataset


def lines(dataset: Dataset) -> Iterator[str]:
    """Yield one or two plain sentences on who is missing and what closes the gap; none without a plan."""
    gaps, plan = dataset["skill_gap"], dataset["training_plan"]
    if not gaps.height:
        return
    names = dict(dataset["skill"].select("skill_id", "name").iter_rows())
    yearly = gaps.group_by("year").agg(pl.col("needed", "gap", "gap_today").sum()).sort("year")
    peak = yearly.sort("needed", "year", descending=[True, False]).row(0, named=True)
    worst = yearly.sort("gap_today", "year", descending=[True, False]).row(0, named=True)
    if worst["gap_today"] <= NOBODY:
        yield f"Skills: projects need {peak['needed']:,.0f} people in {peak['year']}; today's places are enough."
        return
    by_skill = (
        gaps.filter(pl.col("year") == worst["year"]).group_by("skill_id").agg(pl.col("gap_today").sum())
    )
    most = by_skill.sort("gap_today", "skill_id", descending=[True, False]).row(0, named=True)
    left = yearly["gap"].max()
    assert isinstance(left, float)
    first = f" from {min(plan['year'].to_list())}" if plan.height else ""
    yield (
        f"Skills: projects need {peak['needed']:,.0f} people in {peak['year']}; with today's places "
        f"{worst['gap_today']:,.0f} are missing in {worst['year']}, most of them {names[most['skill_id']].lower()} "
        f"({most['gap_today']:,.0f})."
    )
    told = (
        f"{plan['places_added'].sum():,.0f} further places{first} for {float(plan['cost'].sum()) / 1e6:,.0f} m dollars "
        f"leave at most {left:,.0f} missing in a year"
    )
    yield told + _waiting(dataset, names) + "."


def _waiting(dataset: Dataset, names: dict[str, str]) -> str:
    projects = dict(dataset["project"].select("project_id", "name").iter_rows())
    short = dataset["skill_gap"].filter(pl.col("gap") > NOBODY)
    longest = (
        short.group_by("project_id", "skill_id")
        .agg(pl.col("wait").max(), pl.col("gap").max())
        .with_columns(pl.col("wait").fill_null(99))
        .sort("wait", "gap", "project_id", descending=[True, True, False])
    )
    if not longest.height:
        return ""
    row = longest.row(0, named=True)
    name = projects.get(row["project_id"], row["project_id"])
    who = names[row["skill_id"]].lower()
    if row["wait"] == 99:
        return f"; waiting does not find {who} for {name}"
    return f"; {name} would wait {row['wait']} {'year' if row['wait'] == 1 else 'years'} for {who}"


def table_lines(dataset: Dataset) -> Iterator[str]:
    """Yield the table by project and skill in the year of its greatest need, and the places to add below it."""
    names = dict(dataset["skill"].select("skill_id", "name").iter_rows())
    yield (
        f"{'Project':<16} {'Skill':<34} {'Year':>4} {'Needed':>7} {'Trained':>7} {'Trade':>7} {'Gap':>6} "
        f"{'Today':>6} {'Wait':>4}  Courses"
    )
    for row in programmes(dataset).iter_rows(named=True):
        wait = "-" if row["wait"] is None else str(row["wait"])
        yield (
            f"{row['project_id'][:16]:<16} {row['skill'][:34]:<34} {row['year']:>4} {row['needed']:>7,.0f} "
            f"{row['trained']:>7,.0f} {row['free']:>7,.0f} {row['gap']:>6,.0f} {row['gap_today']:>6,.0f} {wait:>4}  "
            f"{(row['courses'] or 'none').replace('|', ', ')}"
        )
    yield (
        "People in the year of the greatest need. Trained: graduates; Trade: won from the trade at large; Gap: missing under the plan; "
        "Today: missing with today's places; Wait: years after which all are found."
    )
    for row in dataset["training_plan"].sort("year", "course_id").iter_rows(named=True):
        yield (
            f"{row['year']}: {row['places_added']:,.0f} more in {row['course_id']} ({names[row['skill_id']].lower()}, "
            f"{row['place_id']}), {row['graduates']:,.0f} at work from {row['graduate_year']}, "
            f"{row['cost'] / 1e6:,.1f} m dollars"
        )
