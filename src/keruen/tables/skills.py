"""Skills tables: who is needed where and when, who is taught what, and who will be missing.

``skill``, ``requirement`` and ``course`` are inputs; ``training_plan`` and ``skill_gap`` are written by the room
``skills``.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, flag, key, quantity, ref, text, year_key


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Skill(dy.Schema):
    """An occupation."""

    skill_id = key("Identifier.")
    name = text("Name.", nullable=False)
    isco = dy.String(
        regex=r"^[0-9]{1,4}$",
        description="ISCO-08 code: one digit is a major group, four a unit group.",
        metadata={"unit": ""},
    )
    available = quantity(
        "person", "People of the trade in the country who are free for the projects.", minimum=0.0
    )
    leaving = quantity("1/year", "Share who leave the trade in a year.", minimum=0.0, maximum=1.0)
    relocation_cost = quantity("USD/person-year", "Cost of working away from home.", minimum=0.0)
    shortage_cost = quantity(
        "USD/person-year", "Loss when the post stays empty or is filled from abroad.", minimum=0.0
    )


class Requirement(dy.Schema):
    """People of a skill whom a project employs in a year."""

    project_id = dy.String(
        primary_key=True,
        max_length=200,
        description="Project.",
        metadata={"unit": "", "references": "project"},
    )
    skill_id = dy.String(
        primary_key=True, max_length=200, description="Skill.", metadata={"unit": "", "references": "skill"}
    )
    place_id = dy.String(
        primary_key=True, max_length=200, description="Where.", metadata={"unit": "", "references": "place"}
    )
    year = dy.Integer(
        primary_key=True,
        min=-100,
        max=2200,
        description="Year since the project's start (0 is the first), or calendar year where not relative.",
        metadata={"unit": "year"},
    )
    relative = flag("Whether the year counts from the start of the project.")
    people = quantity("person", "People employed.", minimum=0.0)


class Course(dy.Schema):
    """A course of study or training."""

    course_id = key("Identifier.")
    institution = text("Who teaches.", nullable=False)
    name = text("Name.", nullable=False)
    form = choice(
        ("campus", "branch", "dual"), "Taught at home, at a branch of a foreign school, or with an employer."
    )
    isced_field = dy.String(
        regex=r"^[0-9]{2,4}$", description="ISCED-F 2013 code of the field.", metadata={"unit": ""}
    )
    skill_id = ref("skill", "Skill that its graduates have.")
    place_id = ref("place", "Where.")
    places = quantity("place/year", "Students taken in each year now.", minimum=0.0)
    duration = quantity("year", "Years of study.", above=0.0)
    completion = quantity("1", "Share of those taken in who graduate.", minimum=0.0, maximum=1.0)
    entry_share = quantity(
        "1", "Share of today's graduates who come to the projects.", minimum=0.0, maximum=1.0
    )
    cost = quantity("USD/place-year", "Cost of a further place for a year.", minimum=0.0)
    most_added = quantity("place/year", "Most further students in a year.", minimum=0.0)
    opens = count("year", "First year in which further students can begin.", minimum=1990, maximum=2200)


class TrainingPlan(dy.Schema):
    """Which places to add, where, when and at what cost."""

    course_id = key("Course.")
    year = year_key("Year in which they begin.")
    skill_id = text("Skill.", nullable=False)
    place_id = text("Where.", nullable=False)
    places_added = _q("place", "Further students who begin.")
    graduates = _q("person", "Of them, graduates.")
    graduate_year = count("year", "First year in which they work.")
    cost = _q("USD", "Cost of their whole course, undiscounted.")


class SkillGap(dy.Schema):
    """A project's people of one skill in one year: the table that a ministry can print."""

    project_id = key("Project.")
    skill_id = key("Skill.")
    place_id = key("Where.")
    year = year_key("Calendar year.")
    needed = _q("person", "People needed.")
    trained = _q("person", "Of them, from courses.")
    free = _q("person", "Of them, from the trade at large.")
    gap = _q("person", "Missing even so.")
    gap_today = _q("person", "Missing with today's places.")
    courses = text("Courses that feed it, separated by |.")
    wait = count(
        "year",
        "Years that the project would have to wait for them; null where waiting does not help.",
        nullable=True,
    )
