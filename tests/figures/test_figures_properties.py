"""What must hold for every set of statements."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from figure_cases import frame, statement
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.figures import reconcile, reconciliation
from keruen.tables import Dataset

Rows = list[dict[str, Any]]

one_statement = st.fixed_dictionaries(
    {
        "place_id": st.sampled_from(["KAZ", "UZB", "CA5"]),
        "partner_id": st.sampled_from(["RUS", "CHN", None]),
        "indicator_id": st.sampled_from(
            ["trade_turnover", "export", "trade_turnover_share", "trade_turnover_growth", None]
        ),
        "year": st.sampled_from([2022, 2023, None]),
        "value": st.sampled_from([5.0, 12.0, 20.0, 33.0, 50.0]) | st.floats(1.0, 99.0),
        "modifier": st.sampled_from(["exact", "gt", "lt_near", "approx", "le"]),
        "kind": st.sampled_from(["reported", "reported", "target", "estimate"]),
        "speaker": st.sampled_from([None, "A minister"]),
    }
)


def dataset(drawn: Rows, scale: float = 1e9) -> Dataset:
    rows = []
    for number, given_ in enumerate(drawn):
        relative = str(given_["indicator_id"]).endswith(("share", "growth"))
        unit, factor = ("%", 1.0) if relative else ("USD", scale)
        rows.append(
            statement(
                f"s{number:02}", **(given_ | {"value": given_["value"] * factor, "unit": unit, "quote": ""})
            )
        )
    return Dataset({"statement": frame("statement", rows)})


@settings(max_examples=60, deadline=None)
@given(st.lists(one_statement, min_size=1, max_size=14), st.randoms())
def test_order_is_irrelevant(drawn: Rows, rng: random.Random) -> None:
    data = dataset(drawn)
    shuffled = data["statement"].sample(fraction=1.0, shuffle=True, seed=rng.randrange(1000))
    one, other = reconcile(data), reconcile(data.with_tables(statement=shuffled))
    assert one["figure"].write_json() == other["figure"].write_json()
    assert one["conflict"].write_json() == other["conflict"].write_json()


@settings(max_examples=60, deadline=None)
@given(st.lists(one_statement, min_size=1, max_size=14))
def test_scale_is_irrelevant(drawn: Rows) -> None:
    one, other = reconciliation(dataset(drawn, 1e9)), reconciliation(dataset(drawn, 1e6))
    assert [d.members for d in one.disputes] == [d.members for d in other.disputes]
    for a, b in zip(one.verdicts, other.verdicts, strict=True):
        factor = 1.0 if a.unit == "%" else 1000.0
        assert a.estimate == pytest.approx(b.estimate * factor, rel=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.lists(one_statement, min_size=1, max_size=14))
def test_figures_lie_within_their_bounds_and_rest_on_statements(drawn: Rows) -> None:
    data = dataset(drawn)
    found = reconciliation(data)
    known = set(data["statement"]["statement_id"])
    for v in found.verdicts:
        assert v.rests_on
        assert set(v.rests_on) | set(v.set_aside) <= known
        assert not set(v.rests_on) & set(v.set_aside)
        assert v.low is None or v.low <= v.estimate
        assert v.high is None or v.estimate <= v.high
    for d in found.disputes:
        assert len(d.members) >= 2 or d.identities
        assert d.repairs
        assert d.reasons[-1].cause == "contradiction"
    assert set(found.unlinked) == {
        s for s, r in zip(sorted(known), drawn, strict=True) if r["indicator_id"] is None
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(one_statement, min_size=1, max_size=10), st.data())
def test_a_consistent_statement_never_creates_a_conflict(drawn: Rows, data: st.DataObject) -> None:
    before = dataset(drawn)
    found = reconcile(before)
    if found["conflict"].height or not found["figure"].height:
        return
    figure = data.draw(st.sampled_from(list(found["figure"].iter_rows(named=True))))
    kind = {"actual": "reported"}.get(figure["aspect"], figure["aspect"])
    low = figure["estimate"] if figure["low"] is None else figure["low"]
    high = figure["estimate"] if figure["high"] is None else figure["high"]
    more = statement(
        "z", figure["estimate"], value_low=min(low, figure["estimate"]), value_high=max(high, figure["estimate"]),
        modifier="range", quote="", kind=kind,
        **{c: figure[c] for c in ("indicator_id", "place_id", "partner_id", "period_start", "period_end", "unit")},
    )  # fmt: skip
    rows = [*before["statement"].to_dicts(), more]
    assert reconcile(Dataset({"statement": frame("statement", rows)}))["conflict"].height == 0


@pytest.mark.parametrize("value", [1e300, 1e-300, 1e31])
def test_a_number_out_of_all_proportion_gives_no_figure_and_is_counted(value: float) -> None:
    rows = [statement("a", value, year=2023, place_id="KAZ"), statement("b", 27e9, year=2023, place_id="KAZ")]
    found = reconciliation(Dataset({"statement": frame("statement", rows)}))
    assert found.empty == ("a",)
    assert [v.rests_on for v in found.verdicts] == [("b",)]


@pytest.fixture(scope="module")
def corpora() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "reconciling.py"
    spec = importlib.util.spec_from_file_location("reconciling_corpora", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_planted_contradictions_are_found_and_decoys_are_not(corpora: ModuleType, seed: int) -> None:
    cases = corpora.corpus(seed, 400)
    outcome = corpora.judge(cases, reconciliation(corpora.dataset(cases)))
    assert outcome.planted.total() == outcome.decoys.total() == 200
    assert outcome.found.total() >= 196, outcome.planted - outcome.found
    assert outcome.alarms.total() <= 4, outcome.alarms
    assert outcome.blamed >= 0.9 * outcome.culprits


def test_what_is_left_of_a_large_part_full_of_errors_holds_together(corpora: ModuleType) -> None:
    rng = random.Random(5)
    case = corpora.Case("large", True)
    writer = corpora.Writer(rng, case, "KAZ", "")
    truth = [corpora.amount(rng) for _ in range(60)]
    for year in (2022, 2023):
        for number, value in enumerate(truth):
            wrong = 1.6 if number % 20 == year % 20 else 1.0
            writer.say(value * wrong, partner=f"Q{number}", year=year)
            writer.say(value, partner=f"Q{number}", year=year, digits=2)
        writer.say(sum(truth), partner=None, year=year)
    result = reconciliation(corpora.dataset([case]))
    assert len(result.verdicts) == 122
    assert len(result.disputes) >= 6
