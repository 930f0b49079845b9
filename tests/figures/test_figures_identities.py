"""Each form of identity: a violation is a conflict, agreement is none, and figures inform each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from figure_cases import only, statement

from keruen import figures
from keruen.figures import reconcile
from keruen.tables import Dataset

DatasetOf = Callable[..., Dataset]

Make = Callable[..., Dataset]
Rows = list[dict[str, Any]]
PAIR = {"place_id": "KAZ", "partner_id": "RUS"}
NINE_MONTHS = {"period_start": date(2023, 1, 1), "period_end": date(2023, 9, 30), "granularity": "part_year"}


def law(
    form: str, result: str | None, operands: str, over: str | None = None, tolerance: float = 0.02
) -> Rows:
    return [
        {"identity_id": f"the {form}", "form": form, "result": result, "operands": operands, "over": over,
         "tolerance": tolerance}
    ]  # fmt: skip


def indicators(*names: str, kind: str = "flow", unit: str = "USD", directed: bool = True) -> Rows:
    return [
        {"indicator_id": name, "label": name, "sector": "trade", "unit": unit, "indicator_class": kind,
         "keywords": name, "directed": directed}
        for name in names
    ]  # fmt: skip


RATIOS = indicators("share", "growth", kind="ratio", unit="%")
FLOWS = indicators("flow", "sent", "received", "balance")
RANKS = indicators("rank", kind="rank", unit="rank")
STOCKS = indicators("total", kind="stock")
CATALOGUE = [
    *FLOWS,
    RATIOS[0],
    indicators("growth", kind="growth", unit="%")[0],
    *RANKS,
    *STOCKS,
    *indicators("per_tonne", kind="ratio", unit="USD/t"),
    *indicators("tonnes", unit="t"),
]


def flow(name: str, value: float, **given: Any) -> dict[str, Any]:
    return statement(name, value, **({"indicator_id": "flow", "year": 2023} | PAIR | given))


def percent(name: str, value: float, indicator: str, **given: Any) -> dict[str, Any]:
    return flow(name, value, indicator_id=indicator, unit="%", **given)


CASES: dict[str, tuple[Rows, Rows, Rows]] = {
    "sum": (
        law("sum", "flow", "sent|received"),
        [flow("a", 27.0e9), flow("b", 15.0e9, indicator_id="sent"), flow("c", 12.2e9, indicator_id="received")],
        [flow("a", 27.0e9), flow("b", 15.0e9, indicator_id="sent"), flow("c", 9.2e9, indicator_id="received")],
    ),
    "share": (
        law("share", "share", "flow|flow", "partner", 0.0),
        [flow("a", 27.0e9), flow("b", 135e9, partner_id=None), percent("c", 20.0, "share")],
        [flow("a", 27.0e9), flow("b", 135e9, partner_id=None), percent("c", 30.0, "share")],
    ),
    "growth": (
        law("growth", "growth", "flow", None, 0.0),
        [flow("a", 27.4e9), flow("b", 26.1e9, year=2022), percent("c", 5.0, "growth")],
        [flow("a", 27.4e9), flow("b", 26.1e9, year=2022), percent("c", 15.0, "growth")],
    ),
    "part_whole": (
        law("part_whole", None, "class:flow", "partner"),
        [flow("a", 27.0e9), flow("b", 20e9, partner_id="CHN"), flow("c", 51e9, partner_id=None)],
        [flow("a", 27.0e9), flow("b", 30e9, partner_id="CHN"), flow("c", 51e9, partner_id=None)],
    ),
    "part_whole of members": (
        law("part_whole", None, "class:flow", "place"),
        [flow("a", 27.0e9), flow("b", 12e9, place_id="UZB"), flow("c", 45e9, place_id="CA5")],
        [flow("a", 27.0e9), flow("b", 22e9, place_id="UZB"), flow("c", 45e9, place_id="CA5")],
    ),
    "mirror": (
        law("mirror", "sent", "received", None, 0.25),
        [flow("a", 10e9, indicator_id="sent"),
         flow("b", 12e9, indicator_id="received", place_id="RUS", partner_id="KAZ")],
        [flow("a", 10e9, indicator_id="sent"),
         flow("b", 14e9, indicator_id="received", place_id="RUS", partner_id="KAZ")],
    ),
    "cumulative": (
        law("cumulative", "total", "flow"),
        [flow("a", 4.0e9), flow("b", 3.0e9, year=2022),
         flow("c", 26.0e9, indicator_id="total", period_start=date(2005, 1, 1), period_end=date(2023, 12, 31), year=None)],
        [flow("a", 4.0e9), flow("b", 3.0e9, year=2022),
         flow("c", 5.0e9, indicator_id="total", period_start=date(2005, 1, 1), period_end=date(2023, 12, 31), year=None)],
    ),
    "cumulative is monotone": (
        law("cumulative", "total", "flow"),
        [flow(n, v, indicator_id="total", period_start=date(2005, 1, 1), period_end=date(y, 12, 31), year=None)
         for n, v, y in (("a", 20.0e9, 2020), ("b", 26.0e9, 2023))],
        [flow(n, v, indicator_id="total", period_start=date(2005, 1, 1), period_end=date(y, 12, 31), year=None)
         for n, v, y in (("a", 26.0e9, 2020), ("b", 20.0e9, 2023))],
    ),
    "part_year": (
        law("part_year", None, "class:flow"),
        [flow("a", 20.0e9, year=None, **NINE_MONTHS), flow("b", 27.0e9)],
        [flow("a", 29.0e9, year=None, **NINE_MONTHS), flow("b", 27.0e9)],
    ),
    "rank": (
        law("rank", "rank", "flow", "partner"),
        [flow("a", 27.0e9), flow("b", 20e9, partner_id="CHN"), flow("c", 1.0, indicator_id="rank", unit="rank")],
        [flow("a", 27.0e9), flow("b", 44e9, partner_id="CHN"), flow("c", 1.0, indicator_id="rank", unit="rank")],
    ),
    "product": (
        law("product", "flow", "tonnes|per_tonne"),
        [flow("a", 27.0e9), flow("b", 9.0e6, indicator_id="tonnes", unit="t"),
         flow("c", 3000.0, indicator_id="per_tonne", unit="USD/t", quote="3000.0")],
        [flow("a", 27.0e9), flow("b", 9.0e6, indicator_id="tonnes", unit="t"),
         flow("c", 4000.0, indicator_id="per_tonne", unit="USD/t", quote="4000.0")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_agreement_is_no_conflict(dataset_of: Make, name: str) -> None:
    identity, agreeing, _ = CASES[name]
    assert reconcile(dataset_of(agreeing, identity=identity, indicator=CATALOGUE))["conflict"].height == 0


@pytest.mark.parametrize("name", CASES)
def test_violation_is_one_conflict_of_all_that_enter(dataset_of: Make, name: str) -> None:
    identity, _, clashing = CASES[name]
    found = reconcile(dataset_of(clashing, identity=identity, indicator=CATALOGUE))["conflict"]
    assert found["members"].to_list() == [[row["statement_id"] for row in clashing]]
    assert found["identity_id"].to_list() == [f"the {name.split()[0]}"]
    assert found["cause"].to_list() != ["contradiction"]


@pytest.mark.parametrize("name", CASES)
def test_without_its_row_no_identity_holds(dataset_of: Make, name: str) -> None:
    _, _, clashing = CASES[name]
    other = law("exchange", None, "")
    assert reconcile(dataset_of(clashing, identity=other, indicator=CATALOGUE))["conflict"].height == 0


def test_a_lost_whole_is_implied_by_its_share(dataset_of: Make) -> None:
    # Three say that 27 bn is 20 % of the total; the total as announced is beyond that and is set aside.
    rows = [
        flow("a", 27.0e9, speaker="A minister"),
        percent("b", 20.0, "share", speaker="A minister"),
        flow("c", 210e9, partner_id=None, modifier="approx"),
    ]
    found = reconcile(dataset_of(rows, identity=CASES["share"][0], indicator=CATALOGUE))
    total = only(found["figure"], figure_id="flow/KAZ/-/-/2023/actual")
    assert total["estimate"] == pytest.approx(135e9, rel=1e-3)
    assert total["rests_on"] == ["a", "b"]
    assert total["set_aside"] == ["c"]
    assert "implied by" in total["explanation"]


def test_a_rough_figure_is_adjusted_to_a_sharp_identity(dataset_of: Make) -> None:
    rows = [
        flow("a", 27.0e9, modifier="approx", quote="about 27 billion"),
        flow("b", 15.1e9, indicator_id="sent"),
        flow("c", 13.0e9, indicator_id="received", quote="13.0 billion"),
    ]
    found = reconcile(
        dataset_of(rows, identity=law("sum", "flow", "sent|received", None, 0.001), indicator=CATALOGUE)
    )
    whole = only(found["figure"], figure_id="flow/KAZ/RUS/-/2023/actual")
    assert whole["estimate"] == pytest.approx(28.1e9, rel=2e-3)
    assert whole["rests_on"] == ["a", "b", "c"]
    assert "adjusted to" in whole["explanation"]
    assert 27.9e9 < whole["low"] <= whole["estimate"] <= whole["high"] < 28.3e9


def test_a_whole_is_at_least_its_parts_even_where_it_was_said_to_be_about(dataset_of: Make) -> None:
    rows = [
        flow("a", 27.0e9),
        flow("b", 25.0e9, partner_id="CHN"),
        flow("c", 50e9, partner_id=None, modifier="approx"),
    ]
    found = reconcile(
        dataset_of(rows, identity=law("part_whole", None, "class:flow", "partner", 0.0), indicator=CATALOGUE)
    )
    whole = only(found["figure"], figure_id="flow/KAZ/-/-/2023/actual")
    assert whole["estimate"] == pytest.approx(52e9, rel=0.02)
    assert set(whole["rests_on"]) >= {"a", "b"}
    assert found["conflict"].height == 0


def test_figures_that_do_not_bind_each_other_do_not_rest_on_each_other(dataset_of: Make) -> None:
    identity, agreeing, _ = CASES["part_whole"]
    figures = reconcile(dataset_of(agreeing, identity=identity, indicator=CATALOGUE))["figure"]
    assert sorted(figures["rests_on"].to_list()) == [["a"], ["b"], ["c"]]


def test_a_bloc_and_its_member_are_not_added(dataset_of: Make) -> None:
    places = [
        {"place_id": p, "name": p, "kind": k, "parent": parent}
        for p, k, parent in (("KAZ", "country", None), ("RUS", "country", "EAEU"), ("EAEU", "bloc", None))
    ]
    rows = [flow("a", 27.0e9), flow("b", 30e9, partner_id="EAEU"), flow("c", 51e9, partner_id=None)]
    identity = law("part_whole", None, "class:flow", "partner")
    assert (
        reconcile(dataset_of(rows, identity=identity, indicator=CATALOGUE, place=places))["conflict"].height
        == 0
    )


@pytest.mark.parametrize(("band", "conflicts"), [(0.35, 0), (0.10, 1)])
def test_a_part_is_carried_to_the_year_of_its_whole_within_the_stated_drift(
    dataset_of: Make, band: float, conflicts: int
) -> None:
    rows = [flow("a", 60.0e9, year=2022), flow("b", 50e9, partner_id=None)]
    identity = law("part_whole", None, "class:flow", "partner") + law("drift", None, "class:flow", None, band)
    found = reconcile(dataset_of(rows, identity=identity, indicator=CATALOGUE))
    assert found["conflict"].height == conflicts
    # Carrying proves a conflict but moves no estimate.
    assert all(f["estimate"] == f["low"] / 2 + f["high"] / 2 for f in found["figure"].iter_rows(named=True))


def test_a_leap_between_stated_years_is_no_conflict(dataset_of: Make) -> None:
    rows = [flow("a", 16.0e9, year=2022), flow("b", 158e9)]
    identity = law("drift", None, "class:flow", None, 0.35)
    assert reconcile(dataset_of(rows, identity=identity, indicator=CATALOGUE))["conflict"].height == 0


def test_a_steep_growth_does_not_clash_with_its_own_year(dataset_of: DatasetOf) -> None:
    """Growth above the drift band with one year stated: the other year is what the growth makes it."""
    pair = {"place_id": "KAZ", "partner_id": "RUS"}
    rows = [
        statement("a", 7.2e9, year=2023, **pair),
        statement("b", 80.0, year=2023, unit="%", indicator_id="trade_growth", **pair),
    ]
    assert figures.reconcile(dataset_of(rows))["conflict"].height == 0


def test_a_conversion_is_checked_whatever_the_amounts_are_of(dataset_of: DatasetOf) -> None:
    rows = [
        statement("a", 2e9, year=2024, unit="EUR", indicator_id=None, quote="2.0 billion euros"),
        statement("b", 2.9e9, year=2024, indicator_id=None, converts="a", quote="$2.9 billion"),
    ]
    found = figures.reconciliation(dataset_of(rows))
    assert [d.members for d in found.disputes] == [("a", "b")]
    assert found.unlinked == ("a", "b")
    assert found.verdicts == ()
