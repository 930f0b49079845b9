"""Numbers as people write them, and the traps in between."""

from __future__ import annotations

from datetime import date

import pytest

from keruen.statements import Catalogue, read
from keruen.statements.numerals import Numeral, parse_digits, parse_words
from keruen.statements.periods import Calendar

CATALOGUE = Catalogue.default()


def figures(text: str, published: date | None = date(2025, 4, 23)) -> list[tuple[object, ...]]:
    table = read(text, published=published, catalogue=CATALOGUE)
    return [(r["value"], r["unit"], r["modifier"]) for r in table.iter_rows(named=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trade was ($27.4 billion) in all.", [(27.4e9, "USD", "exact")]),
        ("They want a €12 billion package.", [(12e9, "EUR", "exact")]),
        (
            "27 new joint projects worth $8 billion were signed.",
            [(27, "project", "exact"), (8e9, "USD", "exact")],
        ),
        ("There is $8 billion in joint funds.", [(8e9, "USD", "exact")]),
        ("29 out of 30 identified crossings", [(29, "crossing", "exact"), (30, "crossing", "exact")]),
        ("one in every three enterprises", [(33.3333333333, "%", "exact")]),
        ("more than half of the exports", [(50, "%", "gt")]),
        ("two-thirds of the wagons", [(66.6666666667, "%", "exact")]),
        ("Output doubled.", [(2, "times", "exact")]),
        ("Volumes rose 2.5 times.", [(2.5, "times", "exact")]),
        ("It handles between 10 and 15 million tonnes.", [(12.5e6, "t", "range")]),
        ("500,000 to 1 million tons", [(750000, "t", "range")]),
        ("1,200-1,500 million tons", [(1.35e9, "t", "range")]),
        ("It takes 18-23 days.", [(20.5, "day", "range")]),
        ("Trains rose from 16 to 158.", [(16, "train", "exact"), (158, "train", "exact")]),
        ("The number of trains rose from 16 to 158.", [(16, "train", "exact"), (158, "train", "exact")]),
        ("Gas of 4.1 bcm was sold.", [(4.1e9, "m3", "exact")]),
        ("a loss of 0.3 percentage points", [(0.3, "percentage point", "exact")]),
        ("KZT154bn was spent", [(154e9, "KZT", "exact")]),
        (
            "US$5m and £3.4bn and ¥520bn",
            [(5e6, "USD", "exact"), (3.4e9, "GBP", "exact"), (520e9, "JPY", "exact")],
        ),
        ("8m tonnes of ore", [(8e6, "t", "exact")]),
        ("a million tons", [(1e6, "t", "exact")]),
        ("two thousand five hundred workers", [(2500, "person", "exact")]),
        ("one million two hundred thousand tons", [(1.2e6, "t", "exact")]),
        ("two thousand and five projects", [(2005, "project", "exact")]),
        ("twenty-seven projects", [(27, "project", "exact")]),
        ("some 400 companies, 50,000+ people", [(400, "company", "approx"), (50000, "person", "gt")]),
        ("debt did not exceed 1%", [(1, "%", "le")]),
        ("speeds of 42 km/h or more", [(42, "km/h", "ge")]),
        ("60 pairs of trains a day", [(60, "train pair/day", "exact")]),
        ("the two countries and both sides", []),
        ("In 2024 the plan for 2030 was made on 12 May 2023 at 14:30.", []),
        ("Article 5, page 45, No. 1403, C5+1, G20, COVID-19, A380", []),
        ("10 000 people", [(10000, "person", "exact")]),
        ("1'234 wagons", [(1234, "wagon", "exact")]),
        ("(-5.2 per cent)", [(-5.2, "%", "exact")]),
        ("$5 billion ($5.5 billion)", [(5e9, "USD", "exact"), (5.5e9, "USD", "exact")]),
        ("4 000 000 TEU", [(4e6, "TEU", "exact")]),
        ("9" * 400 + " tons", []),
        ("NaN tons and inf tons", []),
        ("1O tons", []),
        ("１２ tons", [(12, "t", "exact")]),
        ("1\u200f2 tons", []),
        ("\u200b12 tons", [(12, "t", "exact")]),
    ],
)
def test_reading(text: str, expected: list[tuple[object, ...]]) -> None:
    assert figures(text) == expected


def test_a_conversion_names_what_it_converts() -> None:
    table = read("It cost 2.5 trillion rubles ($27.4 billion).", published=None, catalogue=CATALOGUE)
    rubles, dollars = table.iter_rows(named=True)
    assert dollars["converts"] == rubles["statement_id"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("It moved 12.000 tonnes.", 12.0, 12000.0), ("Ввезли 1,234 тонн груза за год.", 1.234, 1234.0)],
)
def test_a_separator_that_could_mean_two_things_keeps_both(text: str, low: float, high: float) -> None:
    (row,) = read(text, published=None, catalogue=CATALOGUE).iter_rows(named=True)
    assert row["value"] is None
    assert (row["value_low"], row["value_high"], row["modifier"]) == (low, high, "range")


def test_the_rest_of_the_text_settles_a_separator() -> None:
    (first, second) = figures("It moved 12.000 tonnes for 1.5 million tenge.")
    assert first == (12.0, "t", "exact")
    assert second == (1.5e6, "KZT", "exact")


@pytest.mark.parametrize(
    ("written", "comma", "scaled", "expected"),
    [
        ("1.234.567", None, False, Numeral(1234567.0)),
        ("1.234,5", None, False, Numeral(1234.5)),
        ("1,234.5", None, False, Numeral(1234.5)),
        ("0.125", None, False, Numeral(0.125)),
        ("3.256", None, True, Numeral(3.256)),
        ("1,5", None, False, Numeral(1.5)),
        ("9" * 41, None, False, None),
    ],
)
def test_digits(written: str, comma: bool | None, scaled: bool, expected: Numeral | None) -> None:
    assert parse_digits(written, comma=comma, scaled=scaled) == expected


def test_words() -> None:
    assert parse_words("nine hundred and ninety-nine") == 999


@pytest.mark.parametrize(
    ("words", "first", "last", "role"),
    [
        ("in 2024", "2024-01-01", "2024-12-31", "at"),
        ("last year", "2024-01-01", "2024-12-31", "at"),
        ("by the end of 2027", None, "2027-12-31", "by"),
        ("by 2035", None, "2035-12-31", "by"),
        ("in the first nine months of 2024", "2024-01-01", "2024-09-30", "at"),
        ("in nine months of this year", "2025-01-01", "2025-09-30", "at"),
        ("in January-July", "2024-01-01", "2024-07-31", "at"),
        ("between January and March 2025", "2025-01-01", "2025-03-31", "at"),
        ("over the past 20 years", "2005-01-01", "2025-12-31", "at"),
        ("in the third quarter of 2023", "2023-07-01", "2023-09-30", "at"),
        ("H1 2024", "2024-01-01", "2024-06-30", "at"),
        ("this academic year", "2024-09-01", "2025-08-31", "at"),
        ("in the 2023/24 academic year", "2023-09-01", "2024-08-31", "at"),
        ("between 2019 and 2025", "2019-01-01", "2025-12-31", "at"),
        ("at the end of 2023", "2023-12-31", "2023-12-31", "at"),
        ("in June 2024", "2024-06-01", "2024-06-30", "at"),
        ("since January", "2025-01-01", "2025-04-23", "at"),
        ("compared to the same period in 2023", "2023-01-01", "2023-12-31", "base"),
        ("в прошлом году", "2024-01-01", "2024-12-31", "at"),
        ("за девять месяцев 2024 года", "2024-01-01", "2024-09-30", "at"),
        ("к 2030 году", None, "2030-12-31", "by"),
        ("во втором квартале 2024 года", "2024-04-01", "2024-06-30", "at"),
        ("2030 жылға дейін", None, "2030-12-31", "by"),
        ("былтыр", "2024-01-01", "2024-12-31", "at"),
        ("2024 жылдың тоғыз айында", "2024-01-01", "2024-09-30", "at"),
        ("қаңтар-қараша айларында", "2024-01-01", "2024-11-30", "at"),
    ],
)
def test_periods(words: str, first: str | None, last: str | None, role: str) -> None:
    (found,) = Calendar(date(2025, 4, 23)).find(words.lower(), 0, len(words))
    got = tuple(None if d is None else d.isoformat() for d in (found.first, found.last))
    assert (*got, found.role) == (first, last, role)


def test_without_a_day_of_publication_relative_periods_stay_open() -> None:
    (row,) = read("Exports were $3 billion last year.", published=None, catalogue=CATALOGUE).iter_rows(
        named=True
    )
    assert row["period_start"] is None
    assert row["period_end"] is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Exports were $3 billion in 2024.", "reported"),
        ("The ministry aims to raise exports to $3 billion.", "target"),
        ("Exports are expected to reach $3 billion.", "forecast"),
        ("The deposit is estimated at 3 million tons.", "estimate"),
        ("The bank pledged a loan of $3 billion.", "pledge"),
        ("The bank will invest $3 billion in the port.", "pledge"),
        ("By 2030, 300 km of railway will be built.", "target"),
        ("Экспорт планируется довести до 3 млрд долларов.", "target"),
        ("Ожидается, что экспорт составит 3 млрд долларов.", "forecast"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    (row,) = read(text, published=date(2025, 4, 23), catalogue=CATALOGUE).iter_rows(named=True)
    assert row["kind"] == kind


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (
            "“Trade reached $3 billion. Exports were $2 billion,” Minister Olzhas Bektenov said.",
            "Olzhas Bektenov",
        ),
        ("Trade reached $3 billion, according to the Ministry of Trade.", "Ministry of Trade"),
        (
            "Serik Abdenov, the deputy minister, told reporters that trade reached $3 billion.",
            "Serik Abdenov",
        ),
        ("Kazakhstan Temir Zholy (KTZ) reports that it moved 3 million tons.", "Kazakhstan Temir Zholy"),
        ("Prime Minister Olzhas Bektenov arrived. He said trade reached $3 billion.", "Olzhas Bektenov"),
        ("Trade reached $3 billion in 2024.", None),
        ("«Мы вложили 450 млрд тенге», — сказал Ержан Касымов.", "Ержан Касымов"),
    ],
)
def test_speakers(text: str, speaker: str | None) -> None:
    rows = read(text, published=date(2025, 4, 23), catalogue=CATALOGUE)
    assert set(rows["speaker"]) == {speaker}


def test_pipe_table_gives_a_statement_per_cell() -> None:
    text = "Freight by port, thousand tonnes\n\n| Port | 2022 | 2023 |\n|---|---|---|\n| Aktau | 3,800 | 4,120 |\n| Kuryk | 1 210 | ~1 300 |\n"
    table = read(text, published=date(2024, 5, 5), catalogue=CATALOGUE)
    assert table["value"].to_list() == [3.8e6, 4.12e6, 1.21e6, 1.3e6]
    assert table["unit"].to_list() == ["t"] * 4
    assert table["place_id"].to_list() == ["aktau", "aktau", "kuryk", "kuryk"]
    assert [d.year for d in table["period_start"]] == [2022, 2023, 2022, 2023]
    assert table["modifier"].to_list()[-1] == "approx"


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("Beijing lent ¥4.2 billion.", "CNY", 4.2e9),
        ("The firm is Chinese. It paid ¥90 million for the quay.", "CNY", 9e7),
        ("A Japanese bank lent ¥600 million to the Chinese port. Tokyo paid ¥70 million.", "JPY", 7e7),
        ("The yard cost ¥300 million.", "JPY", 3e8),
    ],
)
def test_yuan_and_yen_share_a_sign(text: str, unit: str, value: float) -> None:
    row = read(text, published=None, catalogue=Catalogue.default()).row(-1, named=True)
    assert (row["unit"], row["value"]) == (unit, value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Output fell by 2.5 bcm to 6.1 bcm.", [2.5e9, 6.1e9]),
        ("Traffic rose by 1.4 million tonnes to 9 million tonnes.", [1.4e6, 9e6]),
        ("Revenue grew by $3 billion to $11 billion.", [3e9, 11e9]),
        ("Prices will rise by 10 to 15 percent.", [12.5]),
        ("Freight fell to 1.4 mln t. Oil averaged 20 kt.", [1.4e6, 20e3]),
        ("The state will repair 17 of its bridges.", [17.0]),
        ("A 15-minute stop.", [0.25]),
        ("Coal is to shrink to a tenth and gas to give half by 2045.", [10.0, 50.0]),
    ],
)
def test_changes_levels_and_elliptic_counts(text: str, values: list[float]) -> None:
    table = read(text, published=None, catalogue=Catalogue.default())
    assert table["value"].to_list() == pytest.approx(values)
