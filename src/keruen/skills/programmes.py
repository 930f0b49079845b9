"""Educational programmes linked to the projects that need them: the table that a ministry prints.

Receives ``skill_gap`` and ``training_plan`` with the inputs beside them; hands on frames for the screen, a sheet and the report.
"""

from __future__ import annotations

import polars as pl

from keruen.tables import Dataset

FORMS = {"campus": "on campus", "branch": "branch of a foreign school", "dual": "with an employer"}
"""Forms of a course in words."""


def programmes(dataset: Dataset) -> pl.DataFrame:
    r"""Return one row for each project, skill and place, of the year in which most are missing, else most are needed.

    Parameters
    ----------
    dataset
        With ``skill_gap``; see :func:`keruen.skills.skills`.

    Returns
    -------
    pl.DataFrame
        ``project_id``, ``project``, ``skill_id``, ``skill``, ``isco`` (ISCO-08), ``place_id``, ``year``; ``needed``,
        ``trained``, ``free`` (from the trade at large), ``gap`` and ``gap_today`` (with today's places) [person]; ``wait``
        [year], null where waiting does not help; ``courses`` (identifiers, separated by \\|); ``feeds``: each of them with its
        institution, form and ISCED-F field.
    """
    worst = (
        dataset["skill_gap"]
        .sort("gap", "needed", "year", descending=[True, True, False])
        .unique(["project_id", "skill_id", "place_id"], keep="first", maintain_order=True)
        .sort("project_id", "skill_id", "place_id")
    )
    told = {
        row[
            "course_id"
        ]: f"{row['name']} ({row['institution']}; {FORMS[row['form']]}; ISCED {row['isced_field'] or 'not given'})"
        for row in dataset["course"].iter_rows(named=True)
    }
    feeds = [
        "; ".join(told.get(name, name) for name in (courses or "").split("|") if name) or None
        for courses in worst["courses"].to_list()
    ]
    return (
        worst.with_columns(feeds=pl.Series(feeds, dtype=pl.String))
        .join(dataset["project"].select("project_id", project="name"), on="project_id", how="left")
        .join(dataset["skill"].select("skill_id", "isco", skill="name"), on="skill_id", how="left")
        .with_columns(pl.col("project").fill_null(pl.col("project_id")))
        .sort("project_id", "skill_id", "place_id")
        .select(
            "project_id", "project", "skill_id", "skill", "isco", "place_id", "year", "needed", "trained", "free", "gap",
            "gap_today", "wait", "courses", "feeds",
        )
    )  # fmt: skip


def sheets(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """Return the sheets of a workbook: programmes by project, places to add, people by year.

    Parameters
    ----------
    dataset
        With ``skill_gap`` and ``training_plan``.
    """
    added = (
        dataset["training_plan"]
        .join(
            dataset["course"].select("course_id", "institution", "form", "isced_field", course="name"),
            on="course_id",
            how="left",
        )
        .sort("year", "course_id")
        .select(
            "year", "course_id", "course", "institution", "form", "isced_field", "skill_id", "place_id", "places_added",
            "graduates", "graduate_year", "cost",
        )
    )  # fmt: skip
    return {
        "programmes": programmes(dataset),
        "places to add": added,
        "people by year": dataset["skill_gap"],
    }
