"""The training plan: a case solved by hand, who waits for whom, and input that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.chain import weigh
from keruen.errors import InputError
from keruen.formats.sheets import read_sheets, workbook
from keruen.skills import lines, picture, plan_training, programmes, sheets, skills, table_lines
from keruen.tables import Dataset, load, read_folder
from keruen.tables.registry import TABLES

WELDER: dict[str, Any] = {
    "skill_id": "welder", "name": "Welders", "isco": "7212", "available": 0.0, "leaving": 0.0, "relocation_cost": 100.0,
    "shortage_cost": 10_000.0,
}  # fmt: skip
COLLEGE: dict[str, Any] = {
    "course_id": "college", "institution": "College", "name": "Welding", "form": "campus", "isced_field": "0715",
    "skill_id": "welder", "place_id": "KAZ", "places": 10.0, "duration": 2.0, "completion": 0.8, "entry_share": 0.5,
    "cost": 500.0, "most_added": 1000.0, "opens": 2026,
}  # fmt: skip


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[table].schema
    full = [{name: row.get(name) for name in schema.column_names()} for row in rows]
    types = {name: column.dtype for name, column in schema.columns().items()}
    return schema.validate(pl.DataFrame(full, schema=types), cast=True)


def project(project_id: str, start: int | None = 2026, stage: str = "announced") -> dict[str, Any]:
    return {"project_id": project_id, "name": project_id, "sector": "energy", "portfolio": False, "stage": stage,
            "earliest_start": start}  # fmt: skip


def need(
    year: int, people: float, project_id: str = "plant", place: str = "KAZ", relative: bool = True
) -> dict[str, Any]:
    return {"project_id": project_id, "skill_id": "welder", "place_id": place, "year": year, "relative": relative,
            "people": people}  # fmt: skip


def toy(*needs: dict[str, Any], **tables: list[dict[str, Any]]) -> Dataset:
    rows = {
        "requirement": list(needs), "skill": [WELDER], "course": [COLLEGE], "project": [project("plant")],
        "place": [{"place_id": "KAZ", "name": "Kazakhstan", "kind": "country"},
                  {"place_id": "site", "name": "Site", "kind": "site", "parent": "KAZ"}],
        "appraisal_parameter": [{"parameter_id": "discount_rate", "value": 0.0, "unit": "1/year"}],
    } | tables  # fmt: skip
    return Dataset({name: frame(name, listed) for name, listed in rows.items()})


def test_one_cohort_by_hand() -> None:
    """Today's ten places give 10 x 0.8 x 0.5 = 4 welders a year: 4 in 2026, 12 in 2028. The plant wants 10 in 2027 and
    92 in 2028. Who begins in 2026 works from 2028, so 2 are missing in 2027 whatever is done; the 80 missing in 2028 take
    80 / 0.8 = 100 places in 2026, two years at 500 USD: 100,000 USD.
    """
    found = plan_training(toy(need(1, 10.0), need(2, 92.0)))
    gaps = {row["year"]: row for row in found.dataset["skill_gap"].iter_rows(named=True)}
    assert gaps[2027]["gap"] == pytest.approx(2.0)
    assert gaps[2028]["gap"] == pytest.approx(0.0)
    assert gaps[2028]["gap_today"] == pytest.approx(80.0)
    assert gaps[2028]["trained"] == pytest.approx(92.0)
    assert gaps[2028]["courses"] == "college"
    plan = found.dataset["training_plan"].row(0, named=True)
    assert (plan["year"], plan["graduate_year"]) == (2026, 2028)
    assert plan["places_added"] == pytest.approx(100.0)
    assert plan["graduates"] == pytest.approx(80.0)
    assert found.cost == plan["cost"] == pytest.approx(100_000.0)
    assert found.gap == pytest.approx(2.0)
    assert found.gap_today == pytest.approx(82.0)


def test_a_project_waits_for_those_in_training() -> None:
    # 10 wanted in its second year: 8 are there in 2027, 12 in 2028. One year's wait is enough.
    assert skills(toy(need(1, 10.0)))["skill_gap"]["wait"].to_list() == [1]
    # Nobody teaches it and nobody can be won: waiting does not help.
    closed = COLLEGE | {"places": 0.0, "most_added": 0.0}
    assert skills(toy(need(1, 10.0), course=[closed]))["skill_gap"]["wait"].to_list() == [None]


def test_leavers_are_replaced() -> None:
    leaving = WELDER | {"leaving": 0.5}
    found = skills(toy(need(2, 20.0), skill=[leaving], course=[COLLEGE | {"most_added": 0.0}]))
    assert found["skill_gap"]["trained"].item() == pytest.approx(4.0 * (1.0 + 0.5 + 0.25))


def test_a_place_that_costs_more_than_the_empty_post_is_not_added() -> None:
    dear = COLLEGE | {
        "cost": 4001.0
    }  # 2 years x 4,001 / 0.8 graduates = 10,002.5 USD for a post worth 10,000
    assert skills(toy(need(2, 92.0), course=[dear]))["training_plan"].height == 0
    cheap = COLLEGE | {"cost": 3999.0}
    assert skills(toy(need(2, 92.0), course=[cheap]))["training_plan"].height == 1


def test_the_project_further_on_comes_first() -> None:
    found = skills(
        toy(
            need(0, 4.0, "begun"),
            need(0, 4.0, "planned"),
            project=[project("begun", stage="under_construction"), project("planned")],
        )
    )
    gaps = dict(found["skill_gap"].select("project_id", "gap").iter_rows())
    assert gaps == {"begun": pytest.approx(0.0), "planned": pytest.approx(4.0)}


def test_people_from_a_site_work_anywhere_in_its_country_for_nothing() -> None:
    near = COLLEGE | {"course_id": "near", "place_id": "site", "places": 0.0, "cost": 540.0}
    # At the site the near college saves 100 USD of moving for each of 0.8 graduates, for 2 x 40 USD more: as dear.
    at_site = skills(toy(need(2, 92.0, place="site"), course=[COLLEGE, near | {"cost": 539.0}]))
    assert at_site["training_plan"]["course_id"].to_list() == ["near"]
    anywhere = skills(toy(need(2, 92.0), course=[COLLEGE, near]))
    assert anywhere["training_plan"]["course_id"].to_list() == ["college"]


def test_the_plan_of_projects_sets_the_years() -> None:
    data = toy(need(1, 10.0))
    plan = frame("plan", [{"project_id": "plant", "selected": True, "start_year": 2029, "reason": "planned"}])
    assert skills(data.with_tables(plan=plan))["skill_gap"]["year"].to_list() == [2030]


def test_bad_rows_are_told_at_once() -> None:
    data = toy(
        need(1, 10.0), need(2020, 5.0, "late"), need(3, 1.0, relative=False),
        project=[project("plant"), project("late", start=None)], course=[COLLEGE | {"skill_id": "baker"}],
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        skills(data)
    told = {(f.table, f.column) for f in caught.value.findings}
    assert told == {("course", "skill_id"), ("requirement", "relative"), ("requirement", "year")}


def test_a_course_of_no_years_and_more_graduates_than_students_are_refused(tmp_path: Path) -> None:
    row = COLLEGE | {"duration": 0.0, "completion": 1.2}
    pl.DataFrame([row]).write_csv(tmp_path / "course.csv")
    _, found = read_folder(tmp_path)
    assert {("duration", "0.0"), ("completion", "1.2")} <= {(f.column, f.value) for f in found}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=5), st.floats(0.0, 300.0))
def test_every_post_is_filled_or_counted(people: list[float], most: float) -> None:
    found = plan_training(
        toy(*(need(t, n) for t, n in enumerate(people)), course=[COLLEGE | {"most_added": most}])
    )
    gaps = found.dataset["skill_gap"]
    filled = gaps["trained"] + gaps["free"] + gaps["gap"]
    assert filled.to_list() == pytest.approx(gaps["needed"].to_list(), abs=1e-6)
    assert found.gap <= found.gap_today + 1e-6


def test_reference_model() -> None:
    found = plan_training(weigh(load("kazakhstan")).dataset)
    gaps = found.dataset["skill_gap"]
    at_plant = gaps.filter(pl.col("project_id") == "npp_1").group_by("year").agg(pl.col("needed").sum())
    needed = dict(at_plant.iter_rows())
    assert needed[2030] == pytest.approx(5000.0, rel=0.03)
    assert needed[2032] == pytest.approx(10000.0, rel=0.03)
    assert needed[2036] == pytest.approx(2000.0, rel=0.03)
    joint = gaps.filter((pl.col("project_id") == "ru_67") & (pl.col("year") == 2030))
    assert joint["needed"].sum() == pytest.approx(11000.0, rel=0.03)
    assert found.gap < 0.1 * found.gap_today
    drawn = "".join(ElementTree.fromstring(picture(found.dataset)).itertext())
    largest = gaps.group_by("skill_id", "year").agg(pl.col("gap_today").sum())["gap_today"].max()
    assert f"{largest:,.0f}" in drawn
    assert "further places" in " ".join(lines(found.dataset))
    assert any(line.startswith("npp_1") and "nuclear_branch" in line for line in table_lines(found.dataset))


def test_the_printed_table_names_project_skill_and_courses(tmp_path: Path) -> None:
    found = skills(weigh(load("kazakhstan")).dataset)
    printed = programmes(found)
    keys = found["skill_gap"].select("project_id", "skill_id", "place_id").unique()
    assert printed.height == keys.height
    row = printed.row(by_predicate=pl.col("skill_id") == "nuclear_engineers", named=True)
    assert (row["project"], row["isco"]) == ("First nuclear power plant", "2149")
    assert "branch of a foreign school; ISCED 0533" in row["feeds"]
    assert (printed["needed"] - printed["trained"] - printed["free"] - printed["gap"]).abs().max() < 0.01  # type: ignore[operator]
    book = tmp_path / "programmes.xlsx"
    book.write_bytes(workbook(sheets(found)))
    read = read_sheets(book)
    assert list(read) == ["programmes", "places to add", "people by year"]
    assert read["programmes"].height == printed.height
