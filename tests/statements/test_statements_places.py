"""Where a figure is placed when its sentence names no place, or names one only as supplier, partner or destination."""

from __future__ import annotations

from datetime import date

import pytest

from keruen.statements import Catalogue, read

CATALOGUE = Catalogue.default()


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        (
            "ASTANA – China was the largest supplier of Kazakhstan with $16.2 billion, followed by Russia with $14.9 billion. "
            "The government wants exports of $60 billion.",
            "$60 billion",
            ("KAZ", None),
        ),
        (
            "Kazakhstan used more power in May than ever. The shortage was met from Russia, mostly at night. "
            "Installed capacity is 25.1 GW.",
            "25.1 GW",
            ("KAZ", None),
        ),
        (
            "Uzbekistan opened two plants in spring. The turbines were bought from Germany, and the loan came from China. "
            "Generation rose by 4%.",
            "4%",
            ("UZB", None),
        ),
        (
            "TASHKENT – Cotton is grown less, and much of it is sold to Turkey. Exports came to $1.1 billion.",
            "$1.1 billion",
            ("UZB", None),
        ),
        (
            "Kazakhstan exports mostly oil. Uzbekistan sells gold. Its exports reached $24 billion.",
            "$24 billion",
            ("UZB", None),
        ),
        ("Kazakh exports to Germany of $6.1 billion were mostly oil.", "$6.1 billion", ("KAZ", "DEU")),
        ("Oil exports from Kazakhstan to Italy brought $12 billion.", "$12 billion", ("KAZ", "ITA")),
        (
            "Germany bought oil; Kazakh exports to Germany came to $6.1 billion.",
            "$6.1 billion",
            ("KAZ", "DEU"),
        ),
        (
            "ASTANA – China was the largest supplier with $16.2 billion, followed by Russia with $14.9 billion.",
            "$14.9 billion",
            ("KAZ", "RUS"),
        ),
        (
            "ASTANA, June 1 – Imports from Germany fell to $3.2 billion in 2024.",
            "$3.2 billion",
            ("KAZ", "DEU"),
        ),
        ("Kazakhstan's economy will grow by 4.6% this year, the World Bank says.", "4.6%", ("KAZ", None)),
        (
            "Trade with Russia reached $27 billion. Kazakhstan and Uzbekistan traded goods worth $4 billion.",
            "$4 billion",
            ("KAZ", "UZB"),
        ),
    ],
)
def test_partners_do_not_become_the_subject(text: str, quote: str, expected: tuple[str, str | None]) -> None:
    table = read(text, published=date(2025, 6, 10), catalogue=CATALOGUE)
    (row,) = table.filter(table["quote"] == quote).iter_rows(named=True)
    assert (row["place_id"], row["partner_id"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KTZ carried 288 million tonnes of cargo last year.", "rail_freight"),
        ("The railway carried 61 million tonnes of cargo in spring.", "rail_freight"),
        ("Gas prices fell by 7%.", None),
        ("Gas supplies fell by 7%.", "gas_supply_growth"),
        ("The plant has the capacity for green hydrogen of 3 Mt.", None),
        ("The crossing has a capacity of 3 Mt.", "crossing_capacity"),
        ("Generation of 119 bn kWh was a record.", "electricity_generation"),
    ],
)
def test_links(text: str, expected: str | None) -> None:
    (row,) = read(text, published=date(2025, 6, 10), catalogue=CATALOGUE).iter_rows(named=True)
    assert row["indicator_id"] == expected
