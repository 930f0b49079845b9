"""What must hold for every text: exact quotes, valid rows, unique identifiers, ordered bounds, no crash, no blow-up."""

from __future__ import annotations

import os
import random
import time
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keruen.statements import Catalogue, read
from keruen.tables import TABLES

CATALOGUE = Catalogue.default()
PUBLISHED = date(2025, 4, 23)
PIECES = [
    "The ministry informs: ", "A year earlier", ", when ", "exports to ", "while imports from", "daily flows of ", "(TEU)", "US cents", "28 more are",
    "(9,800)", "three to five", "billion kWh", "a gap of 3.5 billion", "| Trucks, thousand |", "годом ранее", "с 3 до 5", ", so ", "passed ",
    "In 2024", "by the end of 2027", "the first nine months of", "last year", "over the past 20 years", "from 16 to 158", "Q3 2023", "H1",
    "between 10 and 15", "$27.8 billion", "(€12 bn)", "2.5 trillion rubles", "1,5", "12.000", "1 234,5", "40%", "nearly", "more than",
    "million tons", "TEU", "km/h", "train pairs a day", "projects", "one in every three", "29 out of 30 crossings", "half of", "doubled",
    "fourfold", "ranks fifth", "top three", "trade turnover", "Kazakhstan", "Russia", "said", "Tokayev", "“", "”", "«", "»", "\n", "\n\n", "| 5 | 6 |",
    "|---|---|", ". ", ", ", "; ", "—", "–", "-", "\u00a0", "\u200b", "\u202e", "٣٤", "１２", "O0", "З", "9" * 400, "1e308", "NaN", "inf", "тыс.", "млрд тенге",
    "за девять месяцев 2024 года", "почти", "в сутки", "мыңнан астам", "жылға дейін", "\x00", "\ud83d\ude82", "İ", "ß", "ﬁ", "½", "²", "$", "%", "₸", "0", "-0",
    "00", "007", "1.2.3.4", "10:30", "12/05/2024", "+7 777 123", "No. 5", "5th", "31 February 2024", "99 months of 2024", "0 months of 2024", "Q9",
]  # fmt: skip


def check(text: str) -> None:
    table = read(text, published=PUBLISHED, catalogue=CATALOGUE, source_id="s")
    assert table.schema == TABLES["statement"].schema.create_empty().schema
    ids = table["statement_id"].to_list()
    assert len(ids) == len(set(ids))
    for r in table.iter_rows(named=True):
        assert text[r["start"] : r["end"]] == r["quote"]
        assert r["sentence_start"] <= r["start"] < r["end"] <= max(r["end"], r["sentence_end"])
        low, high = r["value_low"], r["value_high"]
        if low is not None and high is not None:
            assert low <= high
        if r["value"] is None:
            assert low is not None or high is not None
        if r["period_start"] and r["period_end"]:
            assert r["period_start"] <= r["period_end"]
    TABLES["statement"].schema.validate(table)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_announcement_shaped_text(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text", ["nearly \n\n $27.8 billion", "more than \n\none in every three", "1235–5 trillion rub"]
)
def test_what_the_fuzz_run_found(text: str) -> None:
    check(text)


@pytest.mark.slow
def test_fuzz() -> None:
    """Random splices for KERUEN_FUZZ_SECONDS (5 unless told); 600 of them are the run of ten minutes."""
    rng = random.Random(int(os.environ.get("KERUEN_FUZZ_SEED", "1")))
    end = time.process_time() + float(os.environ.get("KERUEN_FUZZ_SECONDS", "5"))
    while time.process_time() < end:
        pieces = rng.choices(PIECES, k=rng.randint(1, 60))
        text = rng.choice(["", " ", "  "]).join(pieces)
        cut = rng.randint(0, len(text))
        check(text[cut:] + text[:cut])


GROWING = [
    "1", "1,", "1.", "1 ", "1,000", "12 345 ", "$", "a ", "million ", "one hundred and ", "more than ", "nearly ", "the first ", "in 2024 ",
    "January-", "5-6-", "5 to ", "between ", "\"", "“ ”", "said ", "Minister Name ", "of ", "(", "| ", "|5", "| 5 |\n", "\n", ". ", "тысяч ", "более ",
    "2024 жылдың ", "A. ", "one in ", "half of ", "5 x ", "number of big ", "said, ", "Kazakhstan and ", "per ", "-", "—", "0.", "5% ",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", GROWING)
def test_time_grows_with_length_only(piece: str) -> None:
    """Eight times the text takes at most 24 times the time: no pattern backtracks its way through the text."""

    def seconds(n: int) -> float:
        text = piece * (n // len(piece))
        best = 1e9
        for _ in range(2):
            begin = time.process_time()
            read(text, published=PUBLISHED, catalogue=CATALOGUE)
            best = min(best, time.process_time() - begin)
        return best

    small, large = seconds(2_000), seconds(16_000)
    assert large < 24 * small + 0.25


def test_edits_elsewhere_keep_identifiers() -> None:
    before = "Trade reached $5 billion in 2024. Exports were $3 billion in 2024."
    after = "A new first sentence about 7 projects. Trade reached $5 billion in 2024! Exports were $3 billion in 2024. More follows."
    a = read(before, published=PUBLISHED, catalogue=CATALOGUE, source_id="s")
    b = read(after, published=PUBLISHED, catalogue=CATALOGUE, source_id="s")
    (kept,) = a.filter(pl.col("quote") == "$3 billion")["statement_id"]
    assert kept in b["statement_id"].to_list()


def test_repeated_sentence_has_its_own_identifier() -> None:
    table = read("It cost $5 million.\n\nIt cost $5 million.", published=PUBLISHED, catalogue=CATALOGUE)
    assert table.height == 2
    assert table["statement_id"].n_unique() == 2
