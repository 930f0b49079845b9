"""A plan waits for its people: the round by hand, and what no wait can bring."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from test_appraising import FAST, project, toy
from toy_freight import frame

from keruen.chain.crews import crewed
from keruen.plans import plan
from keruen.tables import Dataset

WELDER: dict[str, Any] = {
    "skill_id": "welder", "name": "Welders", "isco": "7212", "available": 0.0, "leaving": 0.0, "relocation_cost": 100.0,
    "shortage_cost": 10_000.0,
}  # fmt: skip
COLLEGE: dict[str, Any] = {
    "course_id": "college", "institution": "College", "name": "Welding", "form": "campus", "isced_field": "0715",
    "skill_id": "welder", "place_id": "KAZ", "places": 0.0, "duration": 2.0, "completion": 1.0, "entry_share": 1.0,
    "cost": 500.0, "most_added": 1000.0, "opens": 2025,
}  # fmt: skip


def needing(most: float = 1000.0, **more: Any) -> Dataset:
    """A project worth its cost that could start in 2025, and ten welders whom nobody has trained yet."""
    made = toy([project("fast", **more)], [FAST], horizon=8.0)
    post = {
        "project_id": "fast", "skill_id": "welder", "place_id": "KAZ", "year": 0, "relative": True, "people": 10.0,
    }  # fmt: skip
    return made.with_tables(
        requirement=frame("requirement", [post]), skill=frame("skill", [WELDER]),
        course=frame("course", [COLLEGE | {"most_added": most}]),
    )  # fmt: skip


def test_the_project_starts_when_the_first_graduates_leave() -> None:
    """Places open in 2025 and take two years: the first welders work in 2027, two years after the plan would begin."""
    found = crewed(needing(), plan)
    start = dict(found.planned.dataset["plan"].select("project_id", "start_year").iter_rows())
    assert start == {"fast": 2027}
    assert found.rounds == 2
    assert found.residual == 0
    assert found.waited == {"fast": 2}
    assert found.findings == ()
    assert found.planned.dataset["project"]["earliest_start"].to_list() == [2025]


def test_whom_no_wait_brings_is_told_and_the_plan_stands() -> None:
    found = crewed(needing(most=0.0), plan)
    assert found.rounds == 1
    assert found.waited == {}
    assert [(f.table, f.row) for f in found.findings] == [("requirement", "fast, welder")]
    assert "no wait brings them" in str(found.findings[0])


def test_what_is_under_way_does_not_wait() -> None:
    found = crewed(needing(stage="under_construction"), plan)
    assert found.rounds == 1
    assert "under way" in str(found.findings[0])


def test_without_requirements_the_first_plan_stands() -> None:
    made = toy([project("fast")], [FAST], horizon=8.0)
    found = crewed(made, partial(plan, by=2030))
    assert found.rounds == 1
    assert found.residual == 0
    assert found.planned.dataset["plan"]["start_year"].to_list() == pytest.approx([2025])
