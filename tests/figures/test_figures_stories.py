"""Disagreements told for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from figure_cases import statement

from keruen import figures
from keruen.errors import InputError
from keruen.figures.files import open_evidence
from keruen.tables import Dataset

DatasetOf = Callable[..., Dataset]


def told(dataset: Dataset) -> str:
    return " ".join(" ".join(figures.stories(dataset, figures.reconciliation(dataset))).split())


def test_agreement_is_told_in_a_line(dataset_of: DatasetOf) -> None:
    dataset = dataset_of([statement("a", 5e9, year=2023, place_id="KAZ", partner_id="RUS")])
    assert (
        told(dataset) == "1 statement gives 1 figure. Nothing that was announced contradicts anything else."
    )


def test_what_no_indicator_fits_is_shown_and_not_only_counted(dataset_of: DatasetOf) -> None:
    text = told(
        dataset_of([statement("a", 5e9, indicator_id=None, year=2023, place_id="KAZ", partner_id="RUS")])
    )
    assert "1 statement that could be tied to no indicator is left out" in text
    assert "Left out, for no indicator fits: - “5000000000”" in text
    assert "keruen review" in text


def test_rivals_on_one_figure_are_one_story(dataset_of: DatasetOf) -> None:
    rows = [
        statement(f"s{n}", value, year=2023, place_id="KAZ", partner_id="RUS")
        for n, value in enumerate((20e9, 25e9, 31e9))
    ]
    text = told(dataset_of(rows))
    assert "1 disagreement, the largest first" in text
    assert text.count("Likeliest") == 1
    assert "“31000000000”" in text


def test_a_growth_rate_is_worked_out(dataset_of: DatasetOf) -> None:
    pair = {"place_id": "KAZ", "partner_id": "RUS"}
    rows = [
        statement("a", 10e9, year=2022, **pair),
        statement("b", 12e9, year=2023, **pair),
        statement("c", 50.0, year=2023, unit="%", indicator_id="trade_growth", **pair),
    ]
    text = told(dataset_of(rows))
    assert (
        "$12 billion after a change of 50 % means $8 billion the year before, but $10 billion is announced"
        in text
    )


def test_a_tie_is_told_as_a_tie(dataset_of: DatasetOf) -> None:
    rows = [
        statement(s, v, year=2023, place_id="KAZ", partner_id="RUS") for s, v in (("a", 20e9), ("b", 26e9))
    ]
    dataset = dataset_of(rows)
    assert "A tie: setting aside" in told(dataset)
    sentence = figures.reconcile(dataset)["figure"]["explanation"][0]
    assert "though the two weigh the same" in sentence


def test_two_figures_of_one_sentence_are_of_two_things(dataset_of: DatasetOf) -> None:
    """Nobody contradicts himself within a sentence; in two sentences the same figures are at odds."""
    where = {"year": 2023, "place_id": "KAZ", "partner_id": "RUS", "source_id": "news", "sentence_end": 99}
    rows = [statement("a", 4.1e8, start=5, end=9, **where), statement("b", 3.4e8, start=50, end=59, **where)]
    assert figures.reconcile(dataset_of(rows))["conflict"].height == 0
    rows[1] |= {"sentence_start": 40}
    assert figures.reconcile(dataset_of(rows))["conflict"].height == 1


def test_sources_give_publishers_and_days(tmp_path: Path, dataset_of: DatasetOf) -> None:
    frame = dataset_of([statement("a", 5e9, year=2023, source_id="news")])["statement"]
    frame.write_parquet(tmp_path / "s.parquet")
    (tmp_path / "sources.csv").write_text("doc,published,publisher,weight\nnews.txt,2024-03-05,Daily,0.5\n")
    found = open_evidence([str(tmp_path / "s.parquet")], sources=tmp_path / "sources.csv")
    assert found["source"].select("source_id", "publisher", "weight").rows() == [("news", "Daily", 0.5)]


def test_a_weight_that_is_none_is_refused(tmp_path: Path, dataset_of: DatasetOf) -> None:
    frame: pl.DataFrame = dataset_of([statement("a", 5e9, year=2023)])["statement"]
    frame.write_parquet(tmp_path / "s.parquet")
    (tmp_path / "sources.csv").write_text("doc,published,weight\nnews.txt,2024-03-05,heavy\n")
    with pytest.raises(InputError, match="heavy"):
        open_evidence([str(tmp_path / "s.parquet")], sources=tmp_path / "sources.csv")
