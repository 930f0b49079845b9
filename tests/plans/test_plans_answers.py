"""What people ask of a plan, on the toy line whose answers can be worked out by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from test_plans_door import FASTER, SHORTCUT, TARGET, WIDEN, frame, project, toy

from keruen.errors import InputError
from keruen.plans import plan
from keruen.plans.answers import choices, earnings, payers, regret, remedy, worth_of_limits


def with_tables(dataset: Any, **tables: list[dict[str, Any]]) -> Any:
    return dataset.with_tables(**{name: frame(name, rows) for name, rows in tables.items()})


def test_two_that_relieve_the_same_section_share_one_gain() -> None:
    # Each carries 2 Mt for 22 USD less in three years: 132 million; both at once gain nothing more than one.
    rival = WIDEN | {"change_id": "c9", "project_id": "rival"}
    result = plan(toy([project("widen", cost=0.0), project("rival", cost=0.0)], [WIDEN, rival]), gap=0.0)
    if result.dataset["plan"].filter("selected").height == 2:
        found = earnings(result)
        assert found["alone"][:2].to_list() == pytest.approx([132e6, 132e6])
        assert found["last"].to_list() == pytest.approx([0.0, 0.0, 132e6])
    single = earnings(plan(toy([project("widen")], [WIDEN]), gap=1e-6))
    assert single["alone"][0] == pytest.approx(82e6)
    assert single["last"].to_list() == pytest.approx([82e6, 82e6])


def test_who_pays_when() -> None:
    parties = [{"party_id": "rail", "name": "The railway", "kind": "company"}]
    data = with_tables(toy([project("widen", owner="rail", duration=2.0)], [WIDEN]), party=parties)
    found = payers(plan(data, gap=1e-6))
    assert found.rows() == [("The railway", 2025, 25e6), ("The railway", 2026, 25e6)]
    unknown = payers(plan(toy([project("widen")], [WIDEN]), gap=1e-6))
    assert unknown.rows() == [("not known", 2025, 50e6)]


def test_other_plans_lie_within_their_band() -> None:
    result = plan(toy([project("widen"), project("faster", cost=1e6)], [WIDEN, FASTER]), gap=0.0)
    found = choices(result, share=0.2, count=5)
    best = found.plans.filter(pl.col("plan") == 0)
    assert dict(best.select("project_id", "start_year").iter_rows())["widen"] == 2025
    assert (found.plans["costs_more"] <= found.within * (1 + 1e-9)).all()
    assert found.plans["plan"].n_unique() > 1
    assert set(found.must_have) | set(found.can_wait) <= {"widen", "faster"}


def test_what_more_money_is_worth_is_the_difference_of_two_plans() -> None:
    # 48 million a year: the line of 50 waits a year and loses 44 million; a tenth more and it starts at once.
    result = plan(toy([project("widen")], [WIDEN], budget_per_year=48e6), gap=0.0)
    told = list(worth_of_limits(result, gap=0.0))
    assert any("more over all years saves $44 million" in line for line in told)
    free = list(worth_of_limits(plan(toy([project("widen")], [WIDEN]), gap=0.0)))
    assert free == ["Budget: none is set, so money limits nothing."]


def test_a_target_out_of_reach_of_the_purse_says_what_it_takes() -> None:
    poor = toy([project("widen")], [WIDEN], targets=[TARGET], budget_per_year=1e6)
    found = remedy(poor, ["short_2027"])
    assert found.result is not None
    assert "with as much money as it takes" in found.sentence
    assert "$50 million" in found.sentence


def test_a_target_that_was_ruled_out_is_reached_by_what_was_forbidden() -> None:
    found = remedy(toy([project("widen")], [WIDEN], targets=[TARGET]), ["short_2027"], without=["widen"])
    assert found.result is not None
    assert "widen allowed" in found.sentence


def test_a_target_that_nothing_reaches_says_how_far_any_plan_gets() -> None:
    far = toy([project("widen")], [WIDEN], targets=[TARGET | {"value": 9e6}])
    found = remedy(far, ["short_2027"])
    assert found.result is None
    assert "6,000,000 t short of 9,000,000" in found.sentence


def test_regret_is_nothing_for_the_best_plan_of_each_world() -> None:
    scenarios = [{"scenario_id": "open", "name": "Tunnel", "description": "The tunnel stands open."}]
    opened = SHORTCUT | {
        "change_id": "s1",
        "project_id": None,
        "scenario_id": "open",
        "relative": False,
        "year_from": None,
    }
    data = with_tables(toy([project("widen")], [WIDEN, opened]), scenario=scenarios)
    given = plan(data, gap=0.0)
    found = regret(given, gap=0.0)
    by_plan = {row["plan"]: row for row in found.iter_rows(named=True)}
    assert by_plan["given"]["given"] == pytest.approx(0.0)
    assert by_plan["open"]["open"] == pytest.approx(0.0)
    # With the tunnel open the wider line is 50 million for nothing; without it, not building loses 82.
    assert by_plan["given"]["open"] == pytest.approx(50e6)
    assert by_plan["open"]["given"] == pytest.approx(82e6)
    assert found["plan"][0] == "given"
    with pytest.raises(InputError, match="does not exist"):
        regret(given, ["nowhere"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deadline": None}, "has no deadline"),
        ({"deadline": 2020}, "was due in 2020, before the years planned"),
        ({"deadline": 2050}, "is due in 2050, after the years planned"),
        ({"measure": "none", "measure_key": None}, "is no volume that the network can count"),
    ],
)
def test_a_target_that_no_plan_can_be_held_to_says_why(change: dict[str, Any], words: str) -> None:
    data = toy([project("widen")], [WIDEN], targets=[TARGET | change])
    assert any(words in str(finding) for finding in plan(data, targets=["short_2027"]).findings)


def test_a_budget_below_the_commitments_in_hand_is_told() -> None:
    under_way = project("widen", stage="under_construction", cost=60e6)
    found = plan(toy([under_way], [WIDEN], budget_per_year=10e6))
    assert any(
        "less than the 60,000,000 USD that work under construction takes in 2025" in str(f)
        for f in found.findings
    )
