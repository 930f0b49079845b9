"""Rival statements of one quantity: weights, bounds, ties, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from figure_cases import frame, only, statement

from keruen.figures import reconcile, reconciliation
from keruen.tables import Dataset

Make = Callable[..., Dataset]
PAIR = {"place_id": "KAZ", "partner_id": "RUS", "year": 2023}


def test_the_two_turnovers_of_2023_are_weighed_and_the_loser_is_kept(articles: Dataset) -> None:
    figures = reconcile(articles)["figure"]
    row = only(figures, figure_id="trade_turnover/KAZ/RUS/-/2023/actual")
    assert row["estimate"] == 27.4e9
    assert row["rests_on"] == ["001-03"]
    assert row["set_aside"] == ["002-01"]
    assert "$27.4 billion (Prime Minister of Russia)" in row["explanation"]
    assert "against $25 billion (News Desk)" in row["explanation"]


def test_both_mentions_of_an_undirected_pair_meet(dataset_of: Make) -> None:
    rows = [
        statement("s1", 27.4e9, place_id="KAZ", partner_id="RUS", year=2023),
        statement("s2", 27.4e9, place_id="RUS", partner_id="KAZ", year=2023),
    ]
    found = reconcile(dataset_of(rows))
    assert found["figure"]["figure_id"].to_list() == ["trade_turnover/KAZ/RUS/-/2023/actual"]
    assert found["figure"]["rests_on"].to_list() == [["s1", "s2"]]
    assert found["conflict"].height == 0


def test_a_tie_is_reported_as_a_tie(dataset_of: Make) -> None:
    rows = [statement("s1", 25e9, **PAIR), statement("s2", 31e9, **PAIR)]
    conflict = reconcile(dataset_of(rows))["conflict"].row(0, named=True)
    assert sorted(conflict["repairs"]) == ["s1", "s2"]


def test_the_named_speaker_outweighs_the_unnamed_one(dataset_of: Make) -> None:
    rows = [statement("s1", 25e9, **PAIR), statement("s2", 31e9, speaker="A minister", **PAIR)]
    found = reconcile(dataset_of(rows))
    assert found["figure"]["estimate"].to_list() == [31e9]
    assert found["conflict"]["repairs"].to_list() == [["s1"]]


def test_a_document_does_not_outvote_by_repeating_itself(dataset_of: Make) -> None:
    rows = [statement(f"s{i}", 25e9, source_id="one", **PAIR) for i in range(5)]
    rows.append(statement("z", 31e9, speaker="A minister", **PAIR))
    assert reconcile(dataset_of(rows))["figure"]["estimate"].to_list() == [31e9]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"value": 27.8e9, "quote": "$27.8 billion"}, {"value": 28e9, "quote": "$28 billion"}),
        ({"value": 4e9, "quote": "$4 billion"}, {"value": 4e9, "modifier": "gt", "quote": "over $4 billion"}),
        ({"value": 9e9, "modifier": "approx", "quote": "about 9"}, {"value": 9.4e9, "quote": "$9.4 billion"}),
        ({"value": 27.4e9, "kind": "target"}, {"value": 31e9}),
    ],
    ids=["rounding", "more than", "about", "another aspect"],
)
def test_what_only_looks_like_a_conflict_is_none(
    dataset_of: Make, first: dict[str, object], second: dict[str, object]
) -> None:
    rows = [statement("s1", None, **PAIR) | first, statement("s2", None, **PAIR) | second]
    assert reconcile(dataset_of(rows))["conflict"].height == 0


def test_different_sets_of_projects_are_no_conflict(articles: Dataset) -> None:
    found = reconcile(articles)
    members = {m for row in found["conflict"]["members"].to_list() for m in row}
    sets = {
        "001-05",
        "001-07",
        "000-02",
        "003-08",
        "003-10",
        "001-06",
        "001-08",
        "001-10",
        "001-12",
        "003-16",
    }
    assert not members & sets


def test_amounts_of_another_currency_are_converted_at_the_average_of_the_year(dataset_of: Make) -> None:
    rows = [statement("s1", 10e9, unit="EUR", quote="€10.0 billion", **(PAIR | {"year": 2024}))]
    figure = reconcile(dataset_of(rows))["figure"].row(0, named=True)
    assert figure["unit"] == "USD"
    assert figure["estimate"] == pytest.approx(10.82e9)
    assert figure["low"] < 10.5e9 < figure["estimate"]


def test_an_amount_and_its_restatement_count_once(articles: Dataset) -> None:
    figures = reconcile(articles)["figure"]
    assert not any("001-02" in row for row in figures["rests_on"].to_list())


def test_a_conversion_outside_the_band_of_its_year_is_a_conflict(articles: Dataset) -> None:
    conflicts = reconcile(articles)["conflict"]
    row = only(conflicts, members=["001-13", "001-14"])
    assert row["cause"] == "exchange"
    assert row["repairs"] == ["001-14"]


def test_a_currency_without_a_rate_is_left_out_and_said_so(dataset_of: Make) -> None:
    rows = [statement("s1", 27.4e9, **PAIR), statement("s2", 9e9, unit="XAU", **PAIR)]
    figure = reconcile(dataset_of(rows))["figure"].row(0, named=True)
    assert figure["rests_on"] == ["s1"]
    assert figure["set_aside"] == ["s2"]
    assert "XAU cannot be compared with USD" in figure["explanation"]


def test_unlinked_statements_give_no_figure_and_are_counted(dataset_of: Make) -> None:
    found = reconciliation(dataset_of([statement("s1", 5.0, indicator_id=None, **PAIR)]))
    assert found.unlinked == ("s1",)
    assert found.verdicts == ()


def test_a_slipped_decimal_is_called_a_typing_error(dataset_of: Make) -> None:
    rows = [statement("s1", 27.4e9, **PAIR), statement("s2", 2.74e9, **PAIR)]
    assert reconcile(dataset_of(rows))["conflict"]["cause"].to_list() == ["typing_error"]


def test_contradiction_is_the_last_resort(dataset_of: Make) -> None:
    assert all(
        row["alternatives"].split("|")[-1].startswith("contradiction")
        for row in reconcile(
            dataset_of(
                [statement("s1", 27.4e9, **PAIR), statement("s2", 31e9, published=date(2024, 1, 1), **PAIR)]
            )
        )["conflict"].iter_rows(named=True)
    )


def test_bare_statements_are_completed_from_the_catalogue() -> None:
    # Nobody dates the source, but its "currently" was read as August 2025.
    month = {"period_start": date(2025, 8, 1), "period_end": date(2025, 8, 31), "period_inferred": True}
    rows = [
        statement(
            "a",
            25.0,
            unit="%",
            indicator_id="trade_turnover_share",
            place_id="KAZ",
            partner_id="RUS",
            source_id="x",
        )
        | month,
        statement("b", 65.9e9, year=2025, place_id="KAZ", source_id="x"),
        statement("c", 27.8e9, year=2025, place_id="KAZ", partner_id="RUS", source_id="y"),
        statement("d", 10e9, year=2024, unit="EUR", indicator_id="investment_package", place_id="CA5"),
        statement("e", 10.2e9, year=2024, indicator_id="investment_package", place_id="CA5", converts="d"),
    ]
    conflicts = reconcile(Dataset({"statement": frame("statement", rows)}))["conflict"]
    assert only(conflicts, members=["a", "b", "c"])["cause"] == "part_year"
    assert only(conflicts, members=["d", "e"])["cause"] == "exchange"


def test_of_very_many_rivals_a_stated_number_of_pairs_is_told(dataset_of: Make) -> None:
    rows = [statement(f"s{i:03}", (20 + i) * 1e9, quote=f"${20 + i} billion", **PAIR) for i in range(70)]
    found = reconcile(dataset_of(rows))
    assert found["figure"].height == 1
    assert found["conflict"].height == 32
    kept = set(found["figure"]["rests_on"][0])
    assert all(kept & set(members) for members in found["conflict"]["members"].to_list())
