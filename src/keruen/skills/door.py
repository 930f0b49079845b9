"""The door of skills: from requirements and courses to who is missing, and which places close the gap.

Receives ``requirement``, ``skill``, ``course``, ``project``, ``place``, ``appraisal_parameter`` and, where a plan was
made, ``plan``; hands on ``training_plan`` and ``skill_gap``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from keruen.errors import Finding, refuse_errors
from keruen.skills.cohorts import Staffing, Training, staff
from keruen.tables import Dataset
from keruen.tables.programme import STAGES
from keruen.tables.skills import SkillGap, TrainingPlan

Post = tuple[str, str, str, int]
"""Project, skill, place and calendar year."""
PATIENCE = 10
"""Most years that a project is tried to wait."""
NOBODY = 0.5
"""A gap of less than half a person is none."""
_PRECEDENCE = 0.01
"""Where posts compete, a project further on comes first: each stage adds a hundredth to the cost of an empty post."""


@dataclass(frozen=True)
class Skills:
    """Who is missing with today's places and under the plan.

    Parameters
    ----------
    dataset
        With ``training_plan`` and ``skill_gap``.
    cost
        Cost of the added places, undiscounted [USD].
    gap, gap_today
        Empty posts over all years [person-years], under the plan and with today's places.
    """

    dataset: Dataset
    cost: float
    gap: float
    gap_today: float


def skills(dataset: Dataset) -> Dataset:
    """Return the dataset with the places to add and the gaps that remain.

    A project starts when the table ``plan`` says, else at its earliest start.

    Parameters
    ----------
    dataset
        Resolved tables.

    Raises
    ------
    InputError
        With every finding.
    SolveError
        If the solver ends without an answer.
    """
    return plan_training(dataset).dataset


def plan_training(dataset: Dataset) -> Skills:
    """Return the plan with its cost and the gaps it leaves; parameters and errors as for :func:`skills`."""
    refuse_errors(findings(dataset))
    needed = _posts(dataset, _starts(dataset))
    horizon = _horizon(dataset, needed)
    posts, training = _training(dataset, needed, horizon)
    planned, today = staff(training), staff(training, expand=False)
    waits = _waits(dataset, needed, posts, planned)
    training_plan = _plan(dataset, training, planned, horizon[0])
    told = dataset.with_tables(
        training_plan=training_plan, skill_gap=_gaps(dataset, posts, training, planned, today, waits)
    )
    return Skills(
        told, float(training_plan["cost"].sum()), float(planned.empty.sum()), float(today.empty.sum())
    )


def findings(dataset: Dataset) -> list[Finding]:
    """Return what keeps the training model from running, all at once."""
    return list(_findings(dataset))


def _findings(dataset: Dataset) -> Iterator[Finding]:
    for table in ("requirement", "skill", "course"):
        if not dataset.has(table):
            yield Finding(table, "", "", "", "is empty", f"list what there is in {table}.csv")
    known = set(dataset["skill"]["skill_id"])
    for table in ("requirement", "course"):
        for skill in sorted(set(dataset[table]["skill_id"]) - known):
            yield Finding(table, "", "skill_id", skill, "names a skill that does not exist",
                          "add it to skill.csv or correct the name")  # fmt: skip
    starts = _starts(dataset)
    relative = dataset["requirement"].filter("relative")
    for project in sorted(set(relative["project_id"]) - set(starts)):
        yield Finding("requirement", project, "relative", "true", "counts years from a start that is not known",
                      "give the project an earliest_start, or calendar years with relative false")  # fmt: skip
    for row in (
        dataset["requirement"].filter(~pl.col("relative") & (pl.col("year") < 1900)).iter_rows(named=True)
    ):
        yield Finding("requirement", f"{row['project_id']}, {row['skill_id']}", "year", str(row["year"]),
                      "is no calendar year", "give one, or set relative to true")  # fmt: skip
    if dataset.has("requirement") and _rate(dataset) is None:
        yield Finding("appraisal_parameter", "discount_rate", "value", "", "is missing", "give a yearly rate")


def _rate(dataset: Dataset) -> float | None:
    found = (
        dataset["appraisal_parameter"].filter(pl.col("parameter_id") == "discount_rate")["value"].to_list()
    )
    return float(found[0]) if found and found[0] is not None else None


def _starts(dataset: Dataset) -> dict[str, int]:
    earliest = dataset["project"].select("project_id", "earliest_start").drop_nulls().iter_rows()
    chosen = dataset["plan"].filter("selected").select("project_id", "start_year").drop_nulls().iter_rows()
    return dict(earliest) | dict(chosen)


def _posts(dataset: Dataset, starts: Mapping[str, int]) -> dict[Post, float]:
    """Return people by post in calendar years; nobody is needed where the table says zero."""
    needed: defaultdict[Post, float] = defaultdict(float)
    for row in dataset["requirement"].iter_rows(named=True):
        year = row["year"] + (starts[row["project_id"]] if row["relative"] else 0)
        if row["people"] > 0.0:
            needed[row["project_id"], row["skill_id"], row["place_id"], year] += row["people"]
    return dict(sorted(needed.items()))


def _horizon(dataset: Dataset, needed: Mapping[Post, float]) -> range:
    """Return the years from the first post, or the first year with a place to add, to the last post."""
    years = [post[3] for post in needed] or [min(dataset["course"]["opens"].to_list())]
    return range(min(*years, *dataset["course"]["opens"].to_list()), max(years) + 1)


def _training(dataset: Dataset, needed: Mapping[Post, float], horizon: range) -> tuple[list[Post], Training]:
    posts, m = list(needed), len(horizon)
    courses = dataset["course"].sort("course_id").to_dicts()
    rows = dataset["skill"].sort("skill_id").to_dicts()
    skill = {row["skill_id"]: row for row in rows}
    index = {row["skill_id"]: i for i, row in enumerate(rows)}
    stage = {r["project_id"]: STAGES.index(r["stage"]) for r in dataset["project"].iter_rows(named=True)}
    discount = (1.0 + (_rate(dataset) or 0.0)) ** -np.arange(m + 50, dtype=float)
    at = np.array([post[3] - horizon[0] for post in posts], dtype=np.int64)
    leaving = np.array([skill[c["skill_id"]]["leaving"] for c in courses])
    standing = np.zeros((len(courses), m))
    most, cost = np.zeros((len(courses), m)), np.zeros((len(courses), m))
    study = np.array([math.ceil(c["duration"]) for c in courses], dtype=np.int64)
    for i, course in enumerate(courses):
        yearly = course["places"] * course["completion"] * course["entry_share"]
        standing[i] = yearly * np.cumsum((1.0 - leaving[i]) ** np.arange(m))
        for t, year in enumerate(horizon):
            most[i, t] = course["most_added"] if year >= course["opens"] else 0.0
            paid = discount[t : t + study[i]].mean() * course["duration"]
            cost[i, t] = course["cost"] * paid
    parents = dict(dataset["place"].select("place_id", "parent").iter_rows())
    away = [[not _within(c["place_id"], post[2], parents) for post in posts] for c in courses]
    moving = np.array([skill[post[1]]["relocation_cost"] for post in posts]) * discount[at]
    empty = np.array([skill[p[1]]["shortage_cost"] * (1.0 + _PRECEDENCE * stage.get(p[0], 0)) for p in posts])
    return posts, Training(
        n_years=m,
        course_skill=np.array([index[c["skill_id"]] for c in courses], dtype=np.int64),
        study=study,
        completion=np.array([c["completion"] for c in courses]),
        leaving=leaving,
        standing=standing,
        most=most,
        place_cost=cost,
        post_skill=np.array([index[p[1]] for p in posts], dtype=np.int64),
        post_year=at,
        people=np.array(list(needed.values())),
        empty_cost=empty * discount[at],
        pool_cost=moving,
        move_cost=np.array(away, dtype=float).reshape(len(courses), len(posts)) * moving,
        available=np.array([row["available"] for row in rows]),
    )


def _within(place: str, region: str, parents: Mapping[str, str | None]) -> bool:
    """Whether a place is a region or lies in it."""
    at: str | None = place
    while at is not None and at != region:
        at = parents.get(at)
    return at is not None


def _waits(
    dataset: Dataset, needed: Mapping[Post, float], posts: list[Post], planned: Staffing
) -> dict[tuple[str, str], int]:
    """Return the fewest years that each project with a gap would have to wait for a skill, the others on time."""
    short: defaultdict[str, set[str]] = defaultdict(set)
    for post, empty in zip(posts, planned.empty, strict=True):
        if empty > NOBODY:
            short[post[0]].add(post[1])
    waits: dict[tuple[str, str], int] = {}
    for project, missing in sorted(short.items()):
        for years in range(1, PATIENCE + 1):
            later = {
                (p, s, r, t + (years if p == project else 0)): people
                for (p, s, r, t), people in needed.items()
            }
            shifted, training = _training(dataset, later, _horizon(dataset, later | dict(needed)))
            empty = staff(training).empty
            worst: defaultdict[str, float] = defaultdict(float)
            for post, gap in zip(shifted, empty, strict=True):
                if post[0] == project:
                    worst[post[1]] = max(worst[post[1]], gap)
            for skill in sorted(missing):
                if worst[skill] <= NOBODY:
                    waits[project, skill] = years
            missing = {skill for skill in missing if (project, skill) not in waits}
            if not missing:
                break
    return waits


def _plan(dataset: Dataset, training: Training, planned: Staffing, first: int) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for i, course in enumerate(dataset["course"].sort("course_id").iter_rows(named=True)):
        for t in np.flatnonzero(planned.added[i] > 0.01):
            added = float(planned.added[i, t])
            rows.append(
                {
                    "course_id": course["course_id"],
                    "year": first + int(t),
                    "skill_id": course["skill_id"],
                    "place_id": course["place_id"],
                    "places_added": added,
                    "graduates": added * course["completion"],
                    "graduate_year": first + int(t) + int(training.study[i]),
                    "cost": added * course["cost"] * course["duration"],
                }
            )
    return TrainingPlan.validate(pl.DataFrame(rows, schema=TrainingPlan.create_empty().schema), cast=True)


def _gaps(
    dataset: Dataset,
    posts: list[Post],
    training: Training,
    planned: Staffing,
    today: Staffing,
    waits: Mapping[tuple[str, str], int],
) -> pl.DataFrame:
    feeds = {
        skill: "|".join(sorted(courses))
        for skill, courses in dataset["course"].group_by("skill_id").agg("course_id").iter_rows()
    }
    rows = [
        {
            "project_id": post[0],
            "skill_id": post[1],
            "place_id": post[2],
            "year": post[3],
            "needed": float(training.people[i]),
            "trained": float(planned.trained[i]),
            "free": float(planned.pool[i]),
            "gap": float(planned.empty[i]),
            "gap_today": float(today.empty[i]),
            "courses": feeds.get(post[1]),
            "wait": 0 if planned.empty[i] <= NOBODY else waits.get((post[0], post[1])),
        }
        for i, post in enumerate(posts)
    ]
    return SkillGap.validate(pl.DataFrame(rows, schema=SkillGap.create_empty().schema), cast=True)
