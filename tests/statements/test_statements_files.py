"""Lists of saved pages in, statements and ranked indicators out; the prices that money is in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from keruen.cli.shell import app
from keruen.statements import Catalogue, read, read_files
from keruen.statements.files import rank_files

CATALOGUE = Catalogue.default()
PAGE = (
    '<!DOCTYPE html><html><head><link rel="canonical" href="https://example.org/trade"></head><body><article>'
    "<p>Trade between Kazakhstan and Russia reached $27.8 billion last year, the ministry said in a statement on Monday morning.</p>"
    "<p>Exports of grain rose to 9 million tonnes over the same period, the ministry added in the statement.</p></article></body></html>"
)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    path = tmp_path / "list.txt"
    path.write_text("https://example.org/trade, 2024-03-01\nhttps://example.org/absent\n", encoding="utf-8")
    return path


def test_a_list_of_addresses_is_read_page_by_page(listed: Path) -> None:
    frame, findings = read_files([listed])
    assert frame["source_id"].unique().to_list() == ["example-org-trade"]
    assert frame["value"].to_list() == [27.8e9, 9e6]
    # last year counts from the day that the list gives
    assert frame["period_start"].to_list()[0] == date(2023, 1, 1)
    assert [f.row for f in findings if f.severity == "error"] == ["line 2"]


def test_ranked_indicators_belong_to_the_statements(listed: Path) -> None:
    frame, ranked, _ = rank_files([listed])
    assert set(ranked["statement_id"]) <= set(frame["statement_id"])
    best = ranked.filter(pl.col("rank") == 1).join(frame, on="statement_id", suffix="_of")
    assert (
        best.filter(pl.col("linked"))["indicator_id"].to_list()
        == best.filter(pl.col("linked"))["indicator_id_of"].to_list()
    )


def test_the_command_writes_both(listed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, ranked = tmp_path / "out.jsonl", tmp_path / "ranked.csv"
    with pytest.raises(SystemExit) as left:
        app(["read", str(listed), "--candidates", str(ranked), "--out", str(out)])
    assert left.value.code == 1, "an address without a page is an error, told when all the others are read"
    assert "no saved page" in capsys.readouterr().err
    assert pl.read_ndjson(out).height == 2
    assert {"rank", "indicator_id", "score", "linked"} <= set(pl.read_csv(ranked).columns)


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("GDP reached $300 billion at current prices in 2024.", "current"),
        ("Investment rose to 18.7 trillion tenge in constant 2015 prices last year.", "constant 2015"),
        ("Output was $5bn in 2010 prices.", "constant 2010"),
        ("Output was $5bn (constant 2015 US$).", "constant 2015"),
        ("Exports were $5 billion in 2015.", None),
        ("Income per head is $40,000 at purchasing power parity.", "ppp"),
        ("In real terms spending of 5 billion rubles fell.", "constant"),
        ("They moved 5 tonnes at current prices.", None),
    ],
)
def test_prices_that_money_is_in(text: str, basis: str | None) -> None:
    table = read(text, published=date(2025, 1, 1), catalogue=CATALOGUE)
    assert table["price_basis"].to_list() == [basis]
