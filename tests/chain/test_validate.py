"""The reference model beside what was published: floors hold, shocks have the right sign, unseen years are foreseen."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from keruen.chain import Validated, validate
from keruen.chain.measuring import Gauge
from keruen.chain.validating import compare_all
from keruen.chain.validation_screen import broken_floors, validation_lines
from keruen.errors import InputError
from keruen.reports.validation import picture
from keruen.tables import Dataset, load

MEDIAN_ERROR = 0.20
"""Most that the median error of unseen years may be."""
BETTER = 0.6
"""Least share of them in which the model must come nearer than the year before."""


@pytest.fixture(scope="module")
def validated() -> Validated:
    return validate("kazakhstan")


@pytest.mark.slow
def test_the_floors_of_the_reference_model_hold(validated: Validated) -> None:
    assert broken_floors(validated.dataset) == []
    levels = validated.dataset["validation"]
    assert levels.drop_nulls("floor").height >= 40
    held = levels.filter(pl.col("role") == "held_out")["difference"].abs()
    assert held.len() >= 25
    assert float(held.median()) <= 0.25  # type: ignore[arg-type]


@pytest.mark.slow
def test_every_published_number_says_where_it_is_from(validated: Validated) -> None:
    assert validated.dataset["validation"].filter(pl.col("source") == "typed by hand").is_empty()


@pytest.mark.slow
def test_the_northern_route_falls_by_half_with_frozen_parameters(validated: Validated) -> None:
    (row,) = validated.dataset["validation"].filter(observation_id="shock_northern_after").to_dicts()
    assert row["published_change"] == pytest.approx(-0.486, abs=0.001)
    assert row["model_change"] == pytest.approx(row["published_change"], abs=0.1)


@pytest.mark.slow
def test_unseen_years_are_foreseen_better_than_by_last_year(validated: Validated) -> None:
    tests = validated.dataset["back_test"]
    assert tests.filter(pl.col("year").is_in([2023, 2024])).height >= 18
    assert float(tests["model_error"].median()) <= MEDIAN_ERROR  # type: ignore[arg-type]
    assert float(tests["better"].mean()) >= BETTER  # type: ignore[arg-type]
    assert (tests["model_error"] >= 0.0).all()


@pytest.mark.slow
def test_totals_are_met_and_what_is_not_is_told(validated: Validated) -> None:
    fit = validated.dataset["demand_fit"]
    assert set(fit["year"]) >= {2019, 2022, 2023, 2024}
    missed = fit.filter(pl.col("residual").abs() > 0.005 * pl.col("high"))["total_id"].to_list()
    told = " ".join(str(f) for f in validated.findings)
    assert all(name in told for name in missed)


@pytest.mark.slow
def test_it_says_so_in_words_and_in_a_picture(validated: Validated) -> None:
    told = "\n".join(validation_lines(validated))
    for words in ("floors hold", "right sign", "Median error", "Brier score", "80 % interval"):
        assert words in told
    drawn = picture(validated.dataset["validation"].to_dicts())
    assert drawn.count("<circle") == validated.dataset["validation"].height
    assert "<script" not in drawn


def test_a_model_without_observations_is_told_so() -> None:
    found = validate("starter")
    assert "write down what was counted" in str(found.findings[-1])
    assert found.dataset["validation"].is_empty()


def _seen(**cells: object) -> pl.DataFrame:
    row = {
        "observation_id": "x", "label": "x", "measure": "crossing", "measure_key": "saryzhol_road", "year": 2024,
        "value": 1.0, "role": "held_out", **cells,
    }  # fmt: skip
    types = Dataset({})["observation"].schema
    return pl.DataFrame([{name: row.get(name) for name in types}], schema=types)


@pytest.mark.parametrize(
    ("measure", "key", "words"),
    [
        ("crossing", "atlantis", "names no crossing: atlantis"),
        ("link", "atlantis", "names no link: atlantis"),
        ("border", "AAA", "is not COUNTRY|COUNTRY|mode"),
        ("transit", "XXX", "names no country"),
    ],
)
def test_what_cannot_be_measured_is_refused(measure: str, key: str, words: str) -> None:
    dataset = load("starter").with_tables(observation=_seen(measure=measure, measure_key=key))
    with pytest.raises(InputError, match=words.replace("|", r"\|")):
        compare_all(dataset, {(2024, None): Gauge(dataset)})


def test_a_route_that_comes_back_is_not_exchanged_and_a_winding_line_counts_once(starter_run) -> None:  # type: ignore[no-untyped-def]
    dataset = starter_run.dataset
    country = dict(dataset["node"].select("node_id", "country").iter_rows())
    over = next(
        row for row in dataset["link"].iter_rows(named=True)
        if country[row["from_node_id"]] != country[row["to_node_id"]] and row["mode_id"] == "rail"
    )  # fmt: skip
    name, pair = over["link_id"], sorted({country[over["from_node_id"]], country[over["to_node_id"]]})
    path = dataset["path"].head(3).with_columns(
        tonnes=pl.Series([1.0, 10.0, 100.0]),
        links=pl.Series([[name], [name, f"-{name}"], [name, f"-{name}", name]]),
    )  # fmt: skip
    wanted = _seen(measure="border", measure_key=f"{pair[0]}|{pair[1]}|rail").row(0, named=True)
    assert Gauge(dataset.with_tables(path=path)).measure(wanted) == 101.0


def test_the_command_writes_tables_and_picture(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from keruen.cli import app

    answer = CliRunner().invoke(app, ["validate", "starter", "-o", str(tmp_path / "out")])
    assert answer.exit_code == 0, answer.output
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "validation.csv", "back_test.csv", "demand_fit.csv", "validation.svg",
    }  # fmt: skip
