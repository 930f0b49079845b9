"""Whose total an amount is, and which partner a share is of."""

from __future__ import annotations

from datetime import date

import pytest

from keruen.statements import Catalogue, read


@pytest.mark.parametrize(
    ("text", "quote", "place", "partner"),
    [
        ("Uzbekistan's foreign trade turnover exceeded $66 billion in 2024, with China and Russia in the lead.", "66", "UZB", None),
        ("China accounts for a fifth of Uzbekistan's foreign trade turnover, which amounted to $66 billion.", "66", "UZB", None),
        ("China accounts for a fifth of Uzbekistan's foreign trade turnover, which amounted to $66 billion.", "fifth", "UZB", "CHN"),
        ("Georgia's total trade grew in 2023, and trade with Turkey reached $3.1 billion.", "3.1", "GEO", "TUR"),
        ("Trade between Georgia and Turkey reached $3.1 billion in 2023.", "3.1", "GEO", "TUR"),
    ],
)  # fmt: skip
def test_a_total_has_an_owner_and_a_share_a_partner(
    text: str, quote: str, place: str, partner: str | None
) -> None:
    rows = read(text, published=date(2025, 3, 1), catalogue=Catalogue.default(), source_id="x")
    row = next(r for r in rows.iter_rows(named=True) if quote in r["quote"])
    assert (row["place_id"], row["partner_id"]) == (place, partner)


@pytest.mark.parametrize(
    "text",
    [
        "Nearly 70% of trade between Italy and Poland is conducted in euros.",
        "Trade of the region grew to $50 billion in 2024. More than half of this comes from trade between Italy and Poland.",
    ],
)
def test_a_share_of_a_channel_or_of_an_amount_is_no_partners_share(text: str) -> None:
    rows = read(text, published=date(2025, 3, 1), catalogue=Catalogue.default(), source_id="x")
    shares = [r for r in rows.iter_rows(named=True) if r["unit"] == "%"]
    assert shares
    assert all(r["indicator_id"] != "trade_turnover_share" for r in shares)
