"""Reviews: applied after every reading, never overwritten, and told of when they no longer fit."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from keruen.errors import InputError
from keruen.statements import (
    append_reviews,
    apply_reviews,
    confidence,
    decide,
    passage,
    read_all,
    review_queue,
)
from keruen.tables import TABLES, Dataset

TEXT = "Exports to China were $3 billion in 2024. The moon has 7 widgets in 2024. Nothing was said of the seven seas."
TODAY = date(2025, 5, 1)


@pytest.fixture
def dataset() -> Dataset:
    source = pl.DataFrame(
        [
            {
                "source_id": "s", "title": "t", "publisher": "p", "published": date(2025, 4, 1), "url": None, "path": "s.txt",
                "language": "en", "weight": 1.0,
            }
        ],
        schema=TABLES["source"].schema.create_empty().schema,
    )  # fmt: skip
    return read_all(Dataset({"source": source}, documents={"s": TEXT}))


def reviewed(dataset: Dataset, *rows: dict[str, Any]) -> Dataset:
    return dataset.with_tables(
        review=pl.DataFrame(list(rows), schema=TABLES["review"].schema.create_empty().schema)
    )


def row_of(dataset: Dataset, quote: str) -> dict[str, Any]:
    (row,) = dataset["statement"].filter(pl.col("quote") == quote).iter_rows(named=True)
    return row


def test_accept_correct_and_reject(dataset: Dataset) -> None:
    money, widgets = row_of(dataset, "$3 billion"), row_of(dataset, "7 widgets")
    result = apply_reviews(
        reviewed(
            dataset,
            decide(
                money, "correct", fields={"value": 3.5e9, "modifier": "gt"}, reason="misprint", decided=TODAY
            ),
            decide(widgets, "reject", reason="a joke", decided=TODAY),
        )
    )
    assert result.applied == 2
    assert result.findings == []
    (left,) = result.dataset["statement"].iter_rows(named=True)
    assert (left["value"], left["value_low"], left["value_high"]) == (3.5e9, 3.5e9, None)
    assert left["statement_id"] == money["statement_id"]
    TABLES["statement"].schema.validate(result.dataset["statement"])


def test_a_later_decision_stands(dataset: Dataset) -> None:
    money = row_of(dataset, "$3 billion")
    result = apply_reviews(
        reviewed(
            dataset,
            decide(money, "reject", reason="doubt", decided=TODAY),
            decide(money, "accept", reason="checked", decided=date(2025, 6, 1)),
        )
    )
    assert "$3 billion" in result.dataset["statement"]["quote"].to_list()


def test_add_needs_a_quote_that_stands_there_once(dataset: Dataset) -> None:
    add = {"source_id": "s", "quote": "seven seas"}
    good = decide(
        add, "add", fields={"value": 7, "unit": "sea", "kind": "reported"}, reason="missed", decided=TODAY
    )
    twice = decide(
        {"source_id": "s", "quote": "2024"},
        "add",
        fields={"value": 1, "unit": "x"},
        reason="bad",
        decided=TODAY,
    )
    never = decide(
        {"source_id": "s", "quote": "absent"},
        "add",
        fields={"value": 1, "unit": "x"},
        reason="bad",
        decided=TODAY,
    )
    result = apply_reviews(reviewed(dataset, good, twice, never))
    assert result.applied == 1
    assert sorted(f.row for f in result.findings) == sorted([twice["review_id"], never["review_id"]])
    added = row_of(result.dataset, "seven seas")
    assert TEXT[added["start"] : added["end"]] == "seven seas"
    assert (added["value"], added["value_low"], added["value_high"], added["unit"]) == (7.0, 7.0, 7.0, "sea")
    TABLES["statement"].schema.validate(result.dataset["statement"])


def test_reviews_that_the_reader_has_overtaken_are_told(dataset: Dataset) -> None:
    money = row_of(dataset, "$3 billion")
    result = apply_reviews(
        reviewed(
            dataset,
            decide(money, "correct", fields={"value": 3e9}, reason="no change", decided=TODAY),
            decide({**money, "statement_id": "gone"}, "accept", reason="old", decided=TODAY),
            decide({**money, "quote": "$9 billion"}, "accept", reason="other words", decided=TODAY),
            decide(
                {"source_id": "s", "quote": "$3 billion"},
                "add",
                fields={"value": 3e9, "unit": "USD"},
                reason="x",
                decided=TODAY,
            ),
        )
    )
    assert result.applied == 0
    assert len(result.findings) == 4
    assert result.dataset["statement"].height == dataset["statement"].height


@pytest.mark.parametrize(
    "fields",
    [
        "{",
        "[1]",
        '{"nonsense": 1}',
        '{"value": "3"}',
        '{"value": true}',
        '{"kind": "rumour"}',
        '{"period_start": "soon"}',
        '{"start": 5}',
    ],
)
def test_fields_that_cannot_be_used_are_refused_all_at_once(dataset: Dataset, fields: str) -> None:
    money = row_of(dataset, "$3 billion")
    rows = [
        {
            **decide(money, "accept", reason="r", decided=TODAY),
            "review_id": f"r{i}",
            "decision": "correct",
            "fields": fields,
        }
        for i in range(2)
    ]
    with pytest.raises(InputError) as caught:
        apply_reviews(reviewed(dataset, *rows))
    assert len(caught.value.findings) == 2


def test_decide_refuses_nonsense(dataset: Dataset) -> None:
    money = row_of(dataset, "$3 billion")
    for decision, fields, reason in (
        ("shrug", None, "r"),
        ("correct", None, "r"),
        ("accept", None, " "),
        ("correct", {"start": 1}, "r"),
    ):
        with pytest.raises(InputError):
            decide(money, decision, fields=fields, reason=reason, decided=TODAY)


def test_queue_puts_the_least_certain_first_and_leaves_the_decided_out(dataset: Dataset) -> None:
    queue = review_queue(dataset["statement"])
    assert queue["quote"].to_list() == ["7 widgets", "$3 billion"]
    assert queue["confidence"].is_sorted()
    assert confidence(dataset["statement"]).is_between(0, 1).all()
    done = decide(row_of(dataset, "7 widgets"), "reject", reason="r", decided=TODAY)
    left = review_queue(dataset["statement"], reviewed(dataset, done)["review"])
    assert left["quote"].to_list() == ["$3 billion"]
    assert passage(TEXT, left.row(0, named=True)) == ("Exports to China were ", "$3 billion", " in 2024.")


def test_append_keeps_what_stands(dataset: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "review.csv"
    money, widgets = row_of(dataset, "$3 billion"), row_of(dataset, "7 widgets")
    first = decide(money, "accept", reason='said "yes", twice', decided=TODAY)
    assert append_reviews(file, [first]) == 1
    before = file.read_bytes()
    assert append_reviews(file, [first]) == 0
    assert append_reviews(file, [decide(widgets, "reject", reason="joke", decided=TODAY)]) == 1
    assert file.read_bytes().startswith(before)
    table = pl.read_csv(file, infer_schema=False)
    assert table["reason"].to_list() == ['said "yes", twice', "joke"]
    assert not list(tmp_path.glob(".*tmp"))


def test_append_refuses_another_table(tmp_path: Path) -> None:
    file = tmp_path / "review.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(InputError):
        append_reviews(file, [])
    assert file.read_text() == "a,b\n1,2\n"


def test_no_reviews_change_nothing(dataset: Dataset) -> None:
    assert apply_reviews(dataset).dataset is dataset
