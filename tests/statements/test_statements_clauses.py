"""What belongs to which clause: indicators, partners, goods, years and units that a neighbour would otherwise lend."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from keruen.statements import Catalogue, read

CATALOGUE = Catalogue.default()


def rows(text: str) -> list[dict[str, Any]]:
    table = read(text, published=date(2025, 3, 1), catalogue=CATALOGUE, source_id="x")
    assert all(text[r["start"] : r["end"]] == r["quote"] for r in table.iter_rows(named=True))
    return list(table.iter_rows(named=True))


def row(text: str, quote: str) -> dict[str, Any]:
    return next(r for r in rows(text) if quote in r["quote"])


COAL = (
    "ULAANBAATAR — Mongolia sells minerals. Coal exports to China were 69 million tonnes in 2023 and coal exports to Japan 2.4 million "
    "tonnes. Coal accounted for 46% of Mongolia's exports, copper for 18%."
)
OUT_AND_IN = "Uzbekistan's exports to Kazakhstan last year amounted to $340 million, while imports from Kazakhstan stood at $410 million."
INVESTED = (
    "Over the past 20 years, Russian investors have poured $26 billion into Kazakhstan, while Kazakh businesses have invested "
    "$9 billion in Russia."
)
BACK = "Pakistan's imports from China rose to $20.2 billion in 2024. A year earlier they had been $16.3 billion, so imports grew by 24%."


@pytest.mark.parametrize(
    ("text", "quote", "indicator", "place", "partner"),
    [
        (COAL, "69 million", "export_volume", "MNG", "CHN"),
        (COAL, "2.4 million", "export_volume", "MNG", "JPN"),
        (OUT_AND_IN, "340", "export", "UZB", "KAZ"),
        (OUT_AND_IN, "410", "import", "UZB", "KAZ"),
        (INVESTED, "26", "investment_stock", "KAZ", "RUS"),
        (INVESTED, "$9", "investment_stock", "RUS", "KAZ"),
        ("Imports from Türkiye came to $2.6 billion, so that the trade turnover with Georgia was $3.8 billion.", "2.6", "import", "GEO", "TUR"),
        ("Italy's statistics show imports from Azerbaijan of EUR 15.9 billion in 2023.", "15.9", "import", "ITA", "AZE"),
        ("Georgia and Armenia traded goods worth $1.2 billion in 2023.", "1.2", "trade_turnover", "GEO", "ARM"),
        ("China accounted for 21% of Georgia's foreign trade in 2023.", "21", "trade_turnover_share", "GEO", "CHN"),
        ("China's share of Georgia's foreign trade turnover was 21% in 2023.", "21", "trade_turnover_share", "GEO", "CHN"),
        ("The European Union pledged 2 billion euros ($2.2 billion) to Georgia.", "2 billion", "investment_package", "GEO", "EU"),
        ("The European Union pledged 2 billion euros ($2.2 billion) to Georgia.", "2.2", "investment_package", "GEO", "EU"),
        ("Kazakhstan has a share of more than half of the trade turnover of Central Asia with Russia in 2024.", "half", None, "KAZ", "CA5"),
        ("Georgia produced 14 TWh of electricity in 2023, 3% more than in 2022.", "3%", "electricity_generation_growth", "GEO", None),
    ],
)  # fmt: skip
def test_an_amount_takes_indicator_and_sides_from_its_own_clause(
    text: str, quote: str, indicator: str | None, place: str, partner: str | None
) -> None:
    found = row(text, quote)
    assert (found["indicator_id"], found["place_id"], found["partner_id"]) == (indicator, place, partner)


def test_goods_stand_before_what_is_done_with_them() -> None:
    assert [r["commodity_id"] for r in rows(COAL)] == ["coal", "coal", "coal", "metal"]
    assert row("Coal exports brought in $8.9 billion in 2023.", "8.9")["commodity_id"] == "coal"


@pytest.mark.parametrize(
    ("text", "quote", "year"),
    [
        (BACK, "20.2", 2024),
        (BACK, "16.3", 2023),
        (BACK, "24%", 2024),
        ("Tourists numbered 8.4 million in 2023, 20% more than in 2022, when the country received 7 million tourists.", "7 million", 2022),
        ("The port moved 5 million tonnes in 2024, against a loss of KZT 18 bln a year earlier.", "18", 2023),
        ("In 2024 throughput climbed to 436,000 TEU from 401,500 TEU in 2023.", "436,000", 2024),
        ("В 2024 году порт перевалил 5 млн тонн против 4 млн тонн годом ранее.", "4 млн", 2023),
        ("В 2023 году экспорт вырос с 3 млрд долларов до 5 млрд долларов.", "3 млрд", 2022),
        ("В 2023 году экспорт вырос с 3 млрд долларов до 5 млрд долларов.", "5 млрд", 2023),
        ("2024 жылы порт 5 млн тонна жүк өңдеді, бір жыл бұрын 4 млн тонна болған.", "4 млн", 2023),
        ("Over 1,200 performers from 27 countries took part in the festival in 2023.", "1,200", 2023),
    ],
)  # fmt: skip
def test_a_clause_has_a_year_of_its_own(text: str, quote: str, year: int) -> None:
    assert row(text, quote)["period_end"].year == year


@pytest.mark.parametrize(
    ("text", "quote", "value", "unit"),
    [
        ("Consumption grew to 18.3 billion kilowatt-hours, leaving a gap of 3.5 billion.", "3.5", 3.5, "TWh"),
        ("The wait fell from 90 minutes to 45.", "45", 0.75, "h"),
        ("They carried 273,000 containers (TEU) in 2023.", "273,000", 273_000, "TEU"),
        ("The bank builds 12 projects worth $1.1 billion, and 28 more are planned.", "28", 28, "project"),
        ("We opened 14 schools and will open another 22 this year.", "another 22", 22, "school"),
        ("Foreign students numbered 31,500. India sends the most (9,800).", "9,800", 9_800, "person"),
        ("Power is sold at 3.4 US cents per kilowatt-hour.", "3.4", 0.034, "USD"),
        ("It would cut transit from 35 days to three to five.", "three to five", 4, "day"),
        ("Daily flows of 9 million cubic metres were seen.", "9 million", 9e6, "m3/day"),
        ("We allocate 1.1 trillion tenge, of which 390 billion goes to roads.", "390", 390e9, "KZT"),
    ],
)
def test_a_number_takes_the_unit_that_is_meant(text: str, quote: str, value: float, unit: str) -> None:
    found = row(text, quote)
    assert (found["value"], found["unit"]) == (pytest.approx(value), unit)


def test_a_head_may_set_its_scale_apart() -> None:
    table = "| Crossing | Trucks, thousand | Change, % |\n| Khorgos | 188.4 | 12.5 |\n| Dostyk | 61.9 | 3.0 |"
    assert [(r["value"], r["unit"]) for r in rows(table)] == [(188_400, "truck"), (12.5, "%"), (61_900, "truck"), (3.0, "%")]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Georgian Railway said revenue came to 478 million dollars.", "Georgian Railway"),
        ("The Ministry of Energy informs: 16 plants work. They made 4,300 MW.", "Ministry of Energy"),
        ("The proposed loan of $55 million will finance roads.", None),
        ("A survey of 1,200 exporters found that 55 percent regard delays as an obstacle.", None),
    ],
)
def test_a_speaker_is_named_whole_or_not_at_all(text: str, speaker: str | None) -> None:
    assert {r["speaker"] for r in rows(text)} == {speaker}
