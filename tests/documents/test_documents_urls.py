"""A list of addresses finds the pages that were saved beside it, by every way that people save them."""

from __future__ import annotations

from pathlib import Path

import pytest

from keruen import documents
from keruen.documents.urls import slug
from keruen.errors import InputError

PAGE = "<!DOCTYPE html><html><head>{head}</head><body><article><p>Trade reached $5 billion in 2024.</p></article></body></html>"


def save(path: Path, head: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.format(head=head), encoding="utf-8")
    return path


def test_pages_are_found_by_the_address_they_name(tmp_path: Path) -> None:
    a = save(tmp_path / "one.html", '<link rel="canonical" href="https://www.example.org/news/1">')
    b = save(tmp_path / "two.htm", '<meta property="og:url" content="https://example.org/news/2/">')
    c = save(tmp_path / "three.html", "<!-- saved from url=(0028)https://example.org/news/3 -->")
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(f"https://example.org/news/{n}" for n in (1, 2, 3)), encoding="utf-8")
    pages, findings = documents.saved_pages(listed)
    assert [p.path for p in pages] == [a, b, c]
    assert [p.source_id for p in pages] == ["example-org-news-1", "example-org-news-2", "example-org-news-3"]
    assert not findings


def test_pages_are_found_where_a_mirror_puts_them_and_by_name(tmp_path: Path) -> None:
    mirror = save(tmp_path / "example.org" / "trade" / "index.html")
    named = save(tmp_path / "corridor-grows.html")
    told = save(tmp_path / "any.html")
    listed = tmp_path / "list.urls"
    listed.write_text(
        "# my reading\nhttps://example.org/trade/\nhttps://example.org/a/corridor-grows?utm_source=x\n"
        "https://example.org/b, any.html, 2025-03-01\nhttps://example.org/trade\n",
        encoding="utf-8",
    )
    pages, findings = documents.saved_pages(listed)
    assert [(p.path, p.published) for p in pages] == [(mirror, None), (named, None), (told, "2025-03-01")]
    assert not findings


def test_what_has_no_page_is_told_with_all_the_rest(tmp_path: Path) -> None:
    save(tmp_path.parent / f"{tmp_path.name}-outside.html")
    listed = tmp_path / "list.txt"
    listed.write_text(
        f"https://example.org/1\nnot an address\nhttps://example.org/2, ../{tmp_path.name}-outside.html\n"
        "https://example.org/../../etc/passwd\n",
        encoding="utf-8",
    )
    pages, findings = documents.saved_pages(listed)
    assert pages == []
    assert [f.row for f in findings] == ["line 1", "line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.org/a\nhttps://example.org/b\n", True),
        ("# saved\n\nhttp://example.org/a, a.html\n", True),
        ("Trade grew. See https://example.org/a.\n", False),
        ("https://example.org/a\nTrade grew by 5% last year.\n", False),
        ("", False),
    ],
)
def test_a_list_is_told_from_a_text(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "file.txt"
    path.write_text(text, encoding="utf-8")
    assert documents.is_url_list(path) is expected


def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        documents.saved_pages(tmp_path / "absent.txt")
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(6_000_000)
    with pytest.raises(InputError, match="split it"):
        documents.saved_pages(big)


def test_slugs() -> None:
    assert slug("https://example.org/") == "example-org"
    assert slug("https://пример.kz/новости/торговля") == "пример-kz-новости-торговля"
