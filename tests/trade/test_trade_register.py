"""The register of projects, packages that overlap, and OC4IDS there and back."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from keruen import load, weigh
from keruen.errors import InputError
from keruen.formats.oc4ids import package, read_oc4ids, write_oc4ids
from keruen.tables import Dataset
from keruen.tables.programme import Commitment
from keruen.tables.words import say
from keruen.trade import packages, project_page, project_pages, register, register_lines, sayings
from keruen.trade.projects import _moved


@pytest.fixture(scope="module", params=["starter", "kazakhstan"])
def weighed(request: pytest.FixtureRequest) -> Dataset:
    return weigh(load(request.param)).dataset


def commitments(*rows: tuple[str, float | None, str | None]) -> Dataset:
    empty = Commitment.create_empty()
    full = [
        dict.fromkeys(empty.columns)
        | {"commitment_id": c, "name": c, "stage": "announced", "amount": a, "overlaps_with": o}
        for c, a, o in rows
    ]
    return Dataset({"commitment": pl.DataFrame(full, schema=empty.schema, orient="row")})


def test_overlapping_packages_are_bounded_and_never_summed() -> None:
    """10 and 12 that may overlap hold between 12 and 22 together; 5 stands alone."""
    found = packages(commitments(("a", 10.0, "b"), ("b", 12.0, None), ("c", 5.0, None)))
    assert found.select("group", "commitment_id", "group_least", "group_most").rows() == [
        ("a", "a", 12.0, 22.0), ("a", "b", 12.0, 22.0), ("c", "c", 5.0, 5.0),
    ]  # fmt: skip


def test_overlap_is_mutual_and_passes_on_and_an_unknown_amount_stays_unknown() -> None:
    found = packages(commitments(("a", 1.0, None), ("b", 2.0, "a"), ("c", None, "b|gone")))
    assert found["group"].to_list() == ["a", "a", "a"]
    assert found["overlaps_with"].to_list() == [["b"], ["a", "c"], ["b"]]
    assert found["group_most"].to_list() == [None, None, None]


def test_the_starters_track_rests_on_one_announcement() -> None:
    rows = register(weigh(load("starter")).dataset)
    track = rows.row(by_predicate=pl.col("project_id") == "second_track", named=True)
    assert track["cost_basis"] == "announced"
    assert track["announced"] == ["2025-03-03: $240 million"]
    assert (track["moved"], track["sources"]) == ([], ["railway"])
    gate = rows.row(by_predicate=pl.col("project_id") == "gate_lanes", named=True)
    assert (gate["cost_basis"], gate["announced"]) == ("assumed", [])


def test_every_project_is_listed_once_and_points_at_statements_held(weighed: Dataset) -> None:
    rows = register(weighed)
    assert rows["project_id"].to_list() == sorted(weighed["project"]["project_id"])
    assert set(rows["statements"].explode().drop_nulls()) <= set(weighed["statement"]["statement_id"])
    assert set(rows["sources"].explode().drop_nulls()) <= set(weighed["source"]["source_id"])


def test_the_package_validates_against_the_published_schema(shared: Path, weighed: Dataset) -> None:
    folder = shared / "samples" / "oc4ids"
    whole = json.loads((folder / "project-package-schema.json").read_text())
    single = json.loads((folder / "project-schema.json").read_text())
    whole["properties"]["projects"]["items"] = {}
    made = package(weighed, uri="https://example.org/p.json")
    jsonschema.Draft4Validator(whole).validate(made)
    validator = jsonschema.Draft4Validator(single)
    for project in made["projects"]:
        validator.validate(project)
    assert any(project.get("documents") for project in made["projects"])


def test_a_round_trip_loses_nothing(tmp_path: Path, weighed: Dataset) -> None:
    write_oc4ids(weighed, tmp_path / "p.json")
    tables, findings = read_oc4ids(tmp_path / "p.json")
    assert findings == []
    sent = weighed["project"].sort("project_id")
    assert tables["project"].select(sent.columns).equals(sent)
    owners = weighed["party"].filter(pl.col("party_id").is_in(sent["owner"].drop_nulls().implode()))
    assert tables["party"].sort("party_id").equals(owners.sort("party_id"))


def test_the_standards_own_example_is_read_with_what_it_lacks_listed(shared: Path) -> None:
    tables, findings = read_oc4ids(shared / "samples" / "oc4ids" / "example.json")
    row = tables["project"].row(0, named=True)
    assert (row["sector"], row["stage"], row["earliest_start"]) == ("road", "completed", 2016)
    assert row["cost"] is None
    assert [(f.column, f.value) for f in findings] == [("budget", "40000000 GBP")]


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        ("{", "is no JSON"),
        ({}, "holds no projects"),
        ({"projects": [{"id": "a"}, {"id": "a"}]}, "is given twice"),
        ({"projects": [{"title": "x"}]}, "has no identifier"),
        ({"projects": [{"id": "a", "period": {"startDate": 3}}]}, "has a field of another kind"),
        ({"projects": [{"id": "a", "forecasts": [{"id": "life", "observations": [{"measure": "x"}]}]}]},
         "has a field of another kind"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_findings(tmp_path: Path, held: Any, problem: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(held if isinstance(held, str) else json.dumps(held))
    with pytest.raises(InputError) as refused:
        read_oc4ids(path)
    assert problem in str(refused.value)


def test_a_file_of_100_megabytes_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(InputError, match="over the limit"):
        read_oc4ids(path)


def test_cancelled_projects_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps([{"id": "a", "status": "cancelled"}, {"id": "b", "status": "preparation"}]))
    tables, findings = read_oc4ids(path)
    assert tables["project"]["project_id"].to_list() == ["b"]
    assert "is cancelled" in [f.problem for f in findings]


def test_nothing_to_export_is_an_error() -> None:
    with pytest.raises(InputError, match="has no rows"):
        package(Dataset({}), uri="https://example.org")


def saying(day: int, value: float, deadline: int | None, kind: str = "target", indicator: str = "section_capacity") -> dict[str, Any]:  # fmt: skip
    return {"published": dt.date(2020, 1, day), "indicator_id": indicator, "label": "Capacity", "value": value,
            "unit": "t", "deadline": deadline, "kind": kind}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "moved"),
    [
        ([saying(1, 12.0, 2025), saying(2, 20.0, 2025)], ["Capacity: 12 t by 2025 → 20 t by 2025 (2020-01-02)"]),
        ([saying(1, 12.0, 2025), saying(2, 12.0, 2027)], ["Capacity: 12 t by 2025 → 12 t by 2027 (2020-01-02)"]),
        ([saying(1, 12.0, 2025), saying(2, 12.0, 2025)], []),
        ([saying(1, 12.0, 2025), saying(2, 20.0, 2030)], []),  # another milestone
        ([saying(1, 12.0, 2025), saying(1, 20.0, 2025)], []),  # said on one day: rivals, not a move
        ([saying(1, 11.0, 2030, "forecast"), saying(2, 4.0, 2030, "forecast")], []),  # two scenarios
        ([saying(1, 9.0, None, "reported"), saying(2, 8.0, None, "reported")], []),  # what is measured does not move
        ([saying(1, 9.0, None, "forecast", "project_cost"), saying(2, 8.0, None, "forecast", "project_cost")],
         ["Capacity: 9 t → 8 t (2020-01-02)"]),
        ([saying(1, 9.0, None, "reported", "project_cost"), saying(2, 8.0, None, "reported", "project_cost")],
         ["Capacity: 9 t → 8 t (2020-01-02)"]),
    ],
)  # fmt: skip
def test_what_counts_as_moved(told: list[dict[str, Any]], moved: list[str]) -> None:
    assert _moved(pl.DataFrame(told, schema_overrides={"deadline": pl.Int64})) == moved


def test_portfolios_that_may_hold_the_same_money_are_flagged_both_ways_and_stay_portfolios(
    weighed: Dataset,
) -> None:
    rows = {r["project_id"]: r for r in register(weighed).iter_rows(named=True)}
    for name, row in rows.items():
        assert all(name in rows[other]["overlaps"] for other in row["overlaps"])
        if row["overlaps"]:
            assert row["portfolio"]
    if "ru_135" in rows:
        assert rows["ru_135"]["overlaps"] == ["ru_27_new", "ru_33_underway", "ru_67"]
        assert rows["ru_114_completed"]["overlaps"] == []
    told = "\n".join(register_lines(weighed))
    total = sum(r["cost"] or 0.0 for r in rows.values())
    assert say(total, "USD") not in told
    assert max(map(len, register_lines(weighed, width=90))) <= 90


def test_what_is_said_of_a_country_is_not_said_of_its_projects(weighed: Dataset) -> None:
    told = sayings(weighed)
    countries = set(weighed["place"].filter(pl.col("kind") == "country")["place_id"])
    behind = register(weighed).explode("statements").select("project_id", "statements").rows()
    at = dict(weighed["statement"].select("statement_id", "place_id").iter_rows())
    for project, statement in told.select("project_id", "statement_id").iter_rows():
        assert at[statement] not in countries or (project, statement) in behind
    days = told.group_by("project_id").agg(pl.col("published"))
    assert all(d == sorted(d) for d in days["published"].to_list())


def test_every_project_has_a_page_with_its_sources(weighed: Dataset) -> None:
    pages = project_pages(weighed)
    titles = dict(weighed["source"].select("source_id", "title").iter_rows())
    for row in register(weighed).iter_rows(named=True):
        page = pages[row["project_id"]]
        assert page.startswith(f"# {row['name']}\n")
        assert all(titles[source] in page for source in row["sources"])
    assert project_page(weighed, next(iter(pages))) == next(iter(pages.values()))
    with pytest.raises(InputError, match="there is no such project; did you mean"):
        project_page(weighed, f"{next(iter(pages))}x")


def test_no_project_is_said_and_not_an_empty_table() -> None:
    assert register_lines(Dataset({})) == ["No project is registered."]
