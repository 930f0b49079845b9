"""The page: whole, self-contained, safe against hostile tables, the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

from keruen.reports import report
from keruen.reports.html import Html, el, link, text
from keruen.tables import RESULTS, Dataset

VOID = {"meta", "br", "col", "hr"}
ANCHORS = ["map", "evidence", "corridors", "crossings", "outlook", "plan", "passages", "method"]


class Page(HTMLParser):
    """Reads a page strictly: every tag closed in order, every id once."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.tags: set[str] = set()
        self.marks: dict[str, str] = {}
        self.words: list[str] = []
        self._mark = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name, value in given.items():
            if name.startswith("on") or name == "style":
                self.handlers.append(name)
            if name in ("href", "src", "xlink:href", "data", "action", "srcset"):
                (self.targets if str(value).startswith("#") else self.addresses).append(str(value))
        self._mark = str(given.get("id", "")) if tag == "mark" else self._mark

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "mark":
            self._mark = ""

    def handle_data(self, data: str) -> None:
        if self._mark:
            self.marks[self._mark] = self.marks.get(self._mark, "") + data
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


@pytest.fixture(scope="module")
def page(finished: Dataset, manifest: dict[str, Any]) -> str:
    return report(finished, manifest)


def test_every_section_is_there_in_the_order_that_is_read(page: str) -> None:
    parsed = Page(page)
    assert [i for i in parsed.ids if i in ANCHORS] == ANCHORS


def test_links_lead_somewhere_and_ids_are_unique(page: str) -> None:
    parsed = Page(page)
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert {t.removeprefix("#") for t in parsed.targets} <= set(parsed.ids)


def test_the_front_page_has_a_number_and_a_link_in_every_sentence(page: str) -> None:
    front = page[page.index('class="front"') : page.index("</header>")]
    sentences = re.findall(r"<dd>(.*?)</dd>", front)
    topics = re.findall(r"<dt>(.*?)</dt>", front)
    assert topics == [
        "What was announced", "What disagrees", "Where the goods go", "The worst crossing", "Out of reach",
        "What to build first",
    ]  # fmt: skip
    for sentence in sentences:
        assert 'href="#' in sentence
        assert re.search(r"\d", re.sub(r"<[^>]*>", "", sentence)), sentence


def test_nothing_is_requested(page: str) -> None:
    parsed = Page(page)
    assert parsed.addresses == []
    assert parsed.handlers == []
    assert parsed.tags.isdisjoint(
        {"img", "iframe", "object", "embed", "link", "form", "base", "foreignobject"}
    )
    css = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in css
    assert "@import" not in css


def test_the_policy_forbids_all_but_the_pages_own_style_and_script(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = policy[1].replace("&#x27;", "'")
    assert rules.startswith("default-src 'none';")
    assert "unsafe" not in rules
    for tag in ("style", "script"):
        content = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in rules


def test_same_run_same_bytes_and_timings_do_not_show(
    finished: Dataset, manifest: dict[str, Any], page: str
) -> None:
    shuffled = {name: finished[name].sample(fraction=1.0, shuffle=True, seed=3) for name in finished}
    again = Dataset(shuffled, name=finished.name, documents=finished.documents)
    assert report(again, manifest | {"timings_s": {"total": 99.0}}) == page


@pytest.mark.parametrize("table", list(RESULTS))
def test_an_absent_result_leaves_no_empty_shell(finished: Dataset, table: str) -> None:
    without = Dataset(
        {name: finished[name] for name in finished if name != table}, name="x", documents=finished.documents
    )
    parsed = Page(report(without))
    assert {t.removeprefix("#") for t in parsed.targets} <= set(parsed.ids)
    gone = {
        "corridor_scorecard": "corridors",
        "crossing_performance": "crossings",
        "outlook": "outlook",
        "plan": "plan",
    }
    if table in gone:
        assert gone[table] not in parsed.ids
        assert ANCHORS[0] in parsed.ids


def test_nothing_at_all_gives_a_page_without_sections() -> None:
    parsed = Page(report(Dataset({}, name="")))
    assert "section" not in parsed.tags
    assert "nav" not in parsed.tags


def test_a_dataset_before_any_run_shows_only_what_it_has(starter: Dataset) -> None:
    parsed = Page(report(starter))
    assert [i for i in parsed.ids if i in ANCHORS] == ["map", "method"]


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>&lt;\x00\u202e{{x}}"


def test_hostile_text_in_every_column_stays_text(finished: Dataset, manifest: dict[str, Any]) -> None:
    spoiled = {}
    for name in finished:
        frame = finished[name]
        keys = {
            c
            for c in frame.columns
            if c.endswith("_id") or c in ("table", "row", "column", "rests_on", "members")
        }
        closed = {"period", "aspect", "cause", "verdict", "modifier", "kind", "granularity", "node_type", "grade",
                  "rests_on_kind", "repairs", "set_aside", "rests_on", "members", "weaker_side"}  # fmt: skip
        free = [c for c, t in frame.schema.items() if t == pl.String and c not in keys | closed]
        spoiled[name] = frame.with_columns((pl.col(c) + HOSTILE).alias(c) for c in free)
    spoiled["source"] = spoiled["source"].with_columns(url=pl.lit("javascript:alert(1)"))
    documents = {k: HOSTILE + v + HOSTILE for k, v in finished.documents.items()}
    wicked = {
        **manifest,
        "findings": [HOSTILE],
        "settings": {HOSTILE: HOSTILE},
        "versions": {HOSTILE: HOSTILE},
    }
    page = report(Dataset(spoiled, name=HOSTILE, documents=documents), wicked)
    parsed = Page(page)
    assert parsed.addresses == []
    assert parsed.handlers == []
    assert "img" not in parsed.tags
    assert page.count("<script") == 1
    assert page.count("</script") == 1
    assert "\x00" not in page
    assert any("<script>alert(1)</script>" in w for w in parsed.words), "the text itself must still be shown"


def test_hostile_identifiers_stay_text(finished: Dataset) -> None:
    wicked = 'a"><script>1</script>'
    tables = {}
    for name in finished:
        frame = finished[name]
        for column, dtype in frame.schema.items():
            if dtype == pl.String and column in ("link_id", "node_id", "from_node_id", "to_node_id", "crossing_id",
                                                 "project_id", "statement_id", "target_id", "tightest_link"):  # fmt: skip
                frame = frame.with_columns(pl.col(column) + wicked)
            elif column in ("rests_on", "set_aside", "members", "repairs") and dtype == pl.List(pl.String):
                frame = frame.with_columns(pl.col(column).list.eval(pl.element() + wicked))
        tables[name] = frame
    page = report(Dataset(tables, name="x", documents=finished.documents))
    parsed = Page(page)
    assert page.count("<script") == 1
    assert {t.removeprefix("#") for t in parsed.targets} <= set(parsed.ids)


def test_markup_passes_and_text_does_not() -> None:
    assert el("p", "<i>", Html("<b>x</b>"), title='"') == '<p title="&quot;">&lt;i&gt;<b>x</b></p>'
    assert text("a\x1bb") == "a\ufffdb"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " https://x", "//x", "https://a b", "file:///etc"]
)
def test_only_web_addresses_can_be_followed(url: str) -> None:
    assert "href" not in link(url, "x")
    assert 'href="https://example.org/a?b=1&amp;c"' in link("https://example.org/a?b=1&c", "x")
