"""What the planner counts and what the appraisal finds: the same sign and size where the method allows, else the reason."""

from __future__ import annotations

import polars as pl
import pytest

from keruen.chain import Outcome
from keruen.chain.appraising import _bent, _between, appraise, beside, beside_lines
from keruen.chain.screen import plan_lines
from keruen.crossings import delay_functions
from keruen.errors import InputError
from keruen.network import build
from keruen.plans import plan
from keruen.plans.appraisal import Gains
from keruen.tables import Dataset


@pytest.fixture(scope="module")
def starter(starter_run: Outcome) -> Dataset:
    return starter_run.dataset


@pytest.mark.parametrize("budget", [None, 0.0])
def test_planner_and_appraisal_agree_on_the_starter(starter: Dataset, budget: float | None) -> None:
    found = beside(plan(starter, budget=budget), by=None)
    assert set(found["project_id"]) == {"gate_lanes", "second_track"}
    for row in found.iter_rows(named=True):
        assert row["counted"] * row["npv"] > 0.0
        assert 0.5 < row["counted"] / row["npv"] < 2.0
    assert not any("signs differ" in line for line in beside_lines(starter, found))


def test_a_difference_of_sign_gets_its_reason(starter: Dataset) -> None:
    frame = pl.DataFrame(
        {"project_id": ["gate_lanes", "second_track"], "counted": [-5e6, -5e6], "npv": [9e6, 9e6], "uncounted": [1e6, 20e6]}
    )  # fmt: skip
    routes, extras = beside_lines(starter, frame)
    assert "shippers who choose for themselves" in routes
    assert "these, which the planner does not count" in extras


def test_goods_wait_at_a_crossing_beyond_its_throughput_as_the_flows_do(starter: Dataset) -> None:
    found = plan(starter, budget=0.0)
    gate = next(f for f in delay_functions(starter) if f.crossing_id == "gate")
    structure = build(starter).structure
    over = max(
        sum(flow for a, flow in zip(found.programme.arc, year, strict=True) if a in set(way.tolist()))
        for year in found.solution.flow
        for group in structure.crossing_arcs["gate"]
        for way in (group[structure.arc_forward[group]], group[~structure.arc_forward[group]])
    )
    assert over * 1e6 > 1.2 * gate.throughput_t_per_year
    assert found.solution.unserved.max() == pytest.approx(0.0, abs=1e-9)


def test_years_are_solved_where_gains_bend() -> None:
    asked: list[int] = []

    def late(year: int) -> Gains:
        asked.append(year)
        return {("time", "KAZ", "shippers"): max(0.0, year - 2036.0) ** 2}

    span = list(range(2027, 2040))
    solved = _bent(span, late)
    counted = sum(_between(y, sorted(solved), solved)["time", "KAZ", "shippers"] for y in span)
    assert counted == pytest.approx(1.0 + 4.0 + 9.0, rel=0.05)
    assert len(asked) == len(set(asked)) < len(span)
    asked.clear()
    straight = _bent(span, lambda y: late(y) and {("time", "KAZ", "shippers"): 2.0 * y - 4000.0})
    assert sorted(straight) == [2027, 2033, 2039]


def test_a_plan_up_to_a_year_that_has_passed_is_refused(starter: Dataset) -> None:
    for ask in (lambda: plan(starter, by=1999), lambda: appraise(starter, by=1999)):
        with pytest.raises(InputError, match=r"1999.*before 2025.*name 2025"):
            ask()


def test_where_nothing_new_is_built_the_proof_and_the_reasons_say_so(starter: Dataset) -> None:
    found = plan(starter, budget=0.0).dataset
    words = "\n".join(plan_lines(found))
    assert "no new project earns its cost" in words
    assert "saves -" not in words
    assert "is spent on what saves more" not in words
    reason = dict(found["plan"].select("project_id", "reason").iter_rows())["gate_lanes"]
    assert reason.startswith("The budget allows nothing new")
    assert "started in 20" in reason
