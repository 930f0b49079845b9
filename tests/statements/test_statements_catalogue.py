"""The default catalogue: whole, valid, and open to a user's rows."""

from __future__ import annotations

from datetime import date

import polars as pl

from keruen.statements import Catalogue, read
from keruen.tables import TABLES, Dataset

CATALOGUE = Catalogue.default()


def test_the_default_catalogue_is_valid_and_covers_every_sector() -> None:
    for name, frame in (("indicator", CATALOGUE.indicator), ("place", CATALOGUE.place)):
        TABLES[name].schema.validate(frame)
    assert CATALOGUE.indicator.height >= 80
    sectors = {
        "trade",
        "investment",
        "projects",
        "transport",
        "borders",
        "energy",
        "minerals",
        "education",
        "culture",
    }
    assert sectors <= set(CATALOGUE.indicator["sector"])
    parents = set(CATALOGUE.place["parent"].drop_nulls())
    assert parents <= set(CATALOGUE.place["place_id"])


def test_every_growth_indicator_grows_something() -> None:
    growth = CATALOGUE.indicator.filter(pl.col("indicator_class") == "growth")
    assert set(growth["unit"]) == {"%"}


def test_a_row_adds_an_indicator() -> None:
    row = {
        "indicator_id": "camels", "label": "Camels", "sector": "culture", "unit": "camel", "indicator_class": "count",
        "keywords": "camels|caravan", "directed": False,
    }  # fmt: skip
    own = pl.concat([CATALOGUE.indicator, pl.DataFrame([row], schema=CATALOGUE.indicator.schema)])
    text = "The caravan has 300 camels."
    catalogue = Catalogue.of(Dataset({"indicator": own}))
    before = read(text, published=date(2025, 1, 1), catalogue=CATALOGUE)
    after = read(text, published=date(2025, 1, 1), catalogue=catalogue)
    assert before["indicator_id"].to_list() == [None]
    assert after["indicator_id"].to_list() == ["camels"]


def test_dimension_comes_first() -> None:
    (row,) = read("Trade turnover was 5 km.", published=None, catalogue=CATALOGUE).iter_rows(named=True)
    assert row["indicator_id"] != "trade_turnover"


def test_what_nothing_names_stays_unlinked() -> None:
    (row,) = read("It was $5 million.", published=None, catalogue=CATALOGUE).iter_rows(named=True)
    assert row["indicator_id"] is None
    assert row["indicator_score"] is None


def test_growth_and_share_are_told_apart() -> None:
    text = "Exports grew by 20% in 2024. Oil accounts for 54% of exports in 2024."
    growth, share = read(text, published=None, catalogue=CATALOGUE).iter_rows(named=True)
    assert growth["indicator_id"] == "export_growth"
    assert share["indicator_id"] in ("export_share", "oil_share")


def test_places_take_their_roles() -> None:
    text = (
        "Kazakhstan exported goods worth $5 billion to China in 2024.\n\nRussian investors put an investment of $4 billion into Kazakhstan.\n\n"
        "Trade between China and Kazakhstan was $44 billion in 2024.\n\nThe port of Aktau handled 3 million tons in 2024."
    )
    rows = read(text, published=None, catalogue=CATALOGUE)
    assert list(zip(rows["place_id"], rows["partner_id"], strict=True)) == [
        ("KAZ", "CHN"),
        ("KAZ", "RUS"),
        ("KAZ", "CHN"),
        ("aktau", None),
    ]
