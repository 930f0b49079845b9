"""Hostile text: what could be two things is flagged or left out, nothing crashes, no pattern backtracks without end."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from datetime import date

import pytest

import keruen.documents
import keruen.statements
from keruen import documents
from keruen.statements import Catalogue, read
from keruen.statements.reader import read_ranked

CATALOGUE = Catalogue.default()
PUBLISHED = date(2025, 4, 23)


def figures(text: str) -> list[tuple[float | None, float | None, float | None, str]]:
    table = read(text, published=PUBLISHED, catalogue=CATALOGUE)
    return list(table.select("value", "value_low", "value_high", "unit").iter_rows())


@pytest.mark.parametrize(
    "text",
    [
        "Trade was З5 billion dollars.",  # Cyrillic Ze for three
        "Trade was 1O billion dollars.",  # Latin O for nought
        "Trade was l2 billion dollars.",  # Latin l for one
        "Trade was 1٢ billion dollars.",  # two scripts in one numeral
        "Trade was ①② billion dollars.",
        "Trade was 1²3 billion dollars.",
    ],
)
def test_homoglyph_digits_are_no_numerals(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize("digits", ["１２", "١٢", "۱۲", "१२", "𝟏𝟐"])
def test_digits_of_another_script_are_worth_what_they_are(digits: str) -> None:
    assert figures(f"Trade was {digits} billion dollars.") == [(12e9, 12e9, 12e9, "USD")]


@pytest.mark.parametrize("mark", ["\u200f", "\u202e", "\u202b", "\u2067", "\u061c", "\u200b", "\u00ad"])
def test_direction_marks_inside_a_numeral_spoil_it(mark: str) -> None:
    assert all(
        value in (None, 5e6) for value, _, _, _ in figures(f"It moved 1{mark}2 tonnes and 5 million tonnes.")
    )
    assert figures(f"It moved {mark}5 million tonnes.") == [(5e6, 5e6, 5e6, "t")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It moved 1,5 million tonnes.", (1.5e6, 1.5e6, 1.5e6, "t")),
        ("It moved 1.5 million tonnes.", (1.5e6, 1.5e6, 1.5e6, "t")),
        ("It moved 12.000 tonnes.", (None, 12.0, 12000.0, "t")),
        ("It moved 12,000 tonnes.", (12000.0, 12000.0, 12000.0, "t")),
        ("It moved 1.234.567 tonnes.", (1234567.0, 1234567.0, 1234567.0, "t")),
        ("It moved 1'234'567 tonnes.", (1234567.0, 1234567.0, 1234567.0, "t")),
        ("It moved 1 234 567 tonnes.", (1234567.0, 1234567.0, 1234567.0, "t")),
    ],
)
def test_separators(text: str, expected: tuple[float | None, float | None, float | None, str]) -> None:
    assert figures(text) == [expected]


@pytest.mark.parametrize(
    "numeral", ["9" * 400, "1" + "0" * 400, "0." + "0" * 400 + "1", ",".join(["999"] * 140), "1e308", "1e999"]
)
def test_numerals_beyond_all_measure_are_left_out(numeral: str) -> None:
    for value, low, high, _ in figures(f"It moved {numeral} tonnes."):
        assert all(x is None or abs(x) < 1e40 for x in (value, low, high))


@pytest.mark.parametrize(
    "word", ["NaN", "nan million", "inf", "Infinity", "-inf billion", "null", "None", "zero", "#REF!", "1/0"]
)
def test_words_that_machines_take_for_numbers(word: str) -> None:
    assert figures(f"It moved {word} tonnes.") == []


def test_mixed_encodings_give_no_wrong_number() -> None:
    data = b"Trade was $5 billion. " * 30 + "Оборот составил 7 млрд тенге. ".encode("cp1251")
    found = documents.read(data)
    assert found.notes
    values = {value for value, _, _, _ in figures(found.text)}
    assert 5e9 in values
    assert values <= {5e9, 7e9, 7.0}


def test_twenty_megabytes_are_the_limit_and_a_long_line_is_read() -> None:
    line = "Trade was $5 billion in 2024, " * 2_000
    table = read(line, published=PUBLISHED, catalogue=CATALOGUE)
    assert table.height == 2_000
    assert set(table["value"]) == {5e9}


def test_ranked_indicators_are_told_and_never_guessed_in_silence() -> None:
    text = "Trade turnover with Russia reached $27.8 billion in 2024. The sundries came to 12 tonnes."
    statements, candidates = read_ranked(text, published=PUBLISHED, catalogue=CATALOGUE)
    linked = dict(statements.select("quote", "indicator_id").iter_rows())
    assert linked == {"$27.8 billion": "trade_turnover", "12 tonnes": None}
    first = candidates.filter(candidates["rank"] == 1)
    assert first.filter(first["quote"] == "$27.8 billion")["linked"].to_list() == [True]
    for _, group in candidates.group_by("statement_id"):
        assert group["score"].to_list() == sorted(group["score"].to_list(), reverse=True)
        assert group["score"].is_between(0.0, 1.0).all()


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return every compiled pattern of the rooms that read what others wrote."""
    found = []
    for room in (keruen.documents, keruen.statements):
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            for name, thing in vars(importlib.import_module(module.name)).items():
                if isinstance(thing, re.Pattern) and isinstance(thing.pattern, str):
                    found.append((f"{module.name.rsplit('.', 1)[1]}.{name}", thing))
    return found


HOSTILE = [
    "1", "1,", "1 ", "1.", "12 345 ", "1,000,", "a ", " ", "  \n", "the first ", "of the ", "million ", "one hundred and ", "more than ",
    "nearly ", "in 2024 ", "january-", "5-6-", "between ", "from 5 to ", "\"", "said ", "by the ", "(", "| 5 ", "and ", ", ", "-", "in the ",
    "тысяч ", "более ", "жыл", "Minister Name ", "since the ", "half ", "2,5 млн ", "in constant 2015 ", "<link rel=", "https://a.", "'s ",
]  # fmt: skip


@pytest.mark.slow
def test_no_pattern_backtracks_without_end() -> None:
    """Eight times the text takes at most about 64 times the time (patterns are run on windows and sentences, both bounded)."""
    assert len(patterns()) > 100
    slow = []
    for name, pattern in patterns():
        for piece in HOSTILE:
            small, large = ((piece * (n // len(piece) + 1))[:n] for n in (250, 2_000))

            def seconds(text: str, pattern: re.Pattern[str] = pattern) -> float:
                begin = time.process_time()
                pattern.search(text)
                pattern.match(text)
                pattern.search(text + "\x00!")
                return time.process_time() - begin

            taken = seconds(large)
            if taken > 0.05 and taken > 80 * max(seconds(small), 1e-4):
                slow.append((name, piece, taken))
    assert slow == []
