"""Five raw articles, read and reconciled with nothing put right by hand: the same commands that a stranger types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from keruen.figures import Dispute, Reconciliation, reconciliation, stories
from keruen.figures.files import open_evidence
from keruen.statements.files import read_files
from keruen.tables import Dataset

Amounts = set[tuple[float, str]]

TURNOVER_2024 = {(27.8e9, "USD"), (28e9, "USD")}

LISTED: dict[str, tuple[Callable[[Amounts], bool], set[str]]] = {
    "turnover of 2023: 27.4 against 25": (lambda m: m == {(27.4e9, "USD"), (25e9, "USD")}, {"reporter"}),
    "ten billion euros are not 10.2 billion dollars": (
        lambda m: m == {(10e9, "EUR"), (10.2e9, "USD")}, {"exchange"},
    ),
    "nearly 40 % against one in three": (lambda m: m == {(40.0, "%"), (33.3, "%")}, {"rounding"}),
    "three partners above the total of part of 2025": (
        lambda m: {(44e9, "USD"), (65.9e9, "USD"), (20e9, "USD")} < m and bool(m & TURNOVER_2024), {"part_year"},
    ),
    "about a quarter against 27.8 of 65.9": (
        lambda m: {(25.0, "%"), (65.9e9, "USD")} < m and bool(m & TURNOVER_2024), {"part_year"},
    ),
    "Russia's third of 50 against one pair's 28": (
        lambda m: {(33.3, "%"), (50e9, "USD")} < m and bool(m & TURNOVER_2024), {"scope"},
    ),
    "growth of 32 % against 33 %": (lambda m: m == {(32.0, "%"), (33.0, "%")}, {"rounding"}),
    "the region grew by 20 %, its largest pair by 1.5 %": (
        lambda m: {(20.0, "%"), (50e9, "USD"), (27.4e9, "USD")} < m and bool(m & TURNOVER_2024), {"scope"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def evidence(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = shared / "documents"
    read, findings = read_files([folder], sources=folder / "sources.csv")
    assert findings == []
    statements = tmp_path_factory.mktemp("read") / "statements.parquet"
    read.write_parquet(statements)
    return open_evidence([str(statements)], sources=folder / "sources.csv", documents=[folder])


@pytest.fixture(scope="module")
def found(evidence: Dataset) -> Reconciliation:
    return reconciliation(evidence)


def amounts(dispute: Dispute, evidence: Dataset) -> Amounts:
    rows = {r["statement_id"]: r for r in evidence["statement"].iter_rows(named=True)}
    return {(round(rows[m]["value"], 1), rows[m]["unit"]) for m in dispute.members}


@pytest.mark.parametrize("name", LISTED)
def test_disagreement_is_found_by_itself(name: str, found: Reconciliation, evidence: Dataset) -> None:
    fits, causes = LISTED[name]
    matching = [d for d in found.disputes if fits(amounts(d, evidence))]
    assert matching, name
    assert {d.cause for d in matching} <= causes
    for dispute in matching:
        assert dispute.reasons[-1].cause == "contradiction"


def test_nothing_else_is_reported(found: Reconciliation, evidence: Dataset) -> None:
    others = [
        amounts(d, evidence)
        for d in found.disputes
        if not any(fits(amounts(d, evidence)) for fits, _ in LISTED.values())
    ]
    assert others == []


def test_a_journalist_can_read_it(found: Reconciliation, evidence: Dataset) -> None:
    blocks = list(stories(evidence, found))
    assert blocks[0].endswith(f"{len(found.disputes)} disagreements, the largest first.")
    told = " ".join(" ".join(blocks).split())
    assert "In 2023, the trade volume reached [$25 billion]" in told
    assert "means $41.67 billion the year before" in told
    assert "the two imply 1.02 USD to the EUR, which in 2024 moved between" in told
    assert "None" not in told
