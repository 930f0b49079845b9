"""The page as a whole: the front page first, then every section that the run has something to say in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from keruen.reports import (
    atlas,
    cooperation,
    evidence,
    method,
    model,
    programme,
    promises,
    register,
    validation,
    worth,
)
from keruen.reports.html import Html, el, join
from keruen.reports.names import Names
from keruen.reports.passages import Passages
from keruen.reports.section import Section
from keruen.reports.wording import amount
from keruen.tables import Dataset


def report(dataset: Dataset, manifest: Mapping[str, Any] | None = None) -> str:
    """Return a run as one HTML page that needs nothing but itself.

    Parameters
    ----------
    dataset
        A finished run: inputs, documents and result tables. A table that is absent or empty leaves its section out.
    manifest
        What the run recorded: ``settings``, ``seed``, ``keruen``, ``python``, ``versions``, ``certificates``, ``inputs``
        (hashes) and ``findings``; all optional. Timings are not shown, so that the same run gives the same page.

    Returns
    -------
    str
        The page. Text of the tables is escaped; a content security policy forbids every request and every script but
        the page's own.

    Examples
    --------
    >>> from keruen.tables import Dataset
    >>> page = report(Dataset({}, name="toy"))
    >>> page.startswith("<!doctype html>"), "<section" in page
    (True, False)
    """
    names = Names(dataset)
    passages = Passages(dataset, names)
    found = [
        atlas.section(dataset, names),
        evidence.section(dataset, names, passages),
        model.corridors(dataset, names),
        model.crossings(dataset, names),
        model.outlook(dataset, _figure_links(dataset, passages)),
        promises.section(dataset, names, passages),
        programme.section(dataset, names),
        worth.section(dataset, names),
        cooperation.electricity(dataset),
        cooperation.people(dataset, names),
        cooperation.dates(dataset),
        register.section(dataset, names, passages),
        validation.section(dataset, names),
        passages.section(),
        method.section(dataset, names, manifest or {}),
    ]
    sections = [s for s in found if s is not None]
    name = dataset.name.replace("_", " ") or "keruen"
    title = f"{name[:1].upper()}{name[1:]}: from announcements to a plan"
    return str(_page(title, sections))


# The order in which a deputy minister asks.
_QUESTIONS = (
    "What was announced", "What disagrees", "Where the goods go", "The worst crossing", "Out of reach",
    "What to build first",
)  # fmt: skip


def _page(title: str, sections: Sequence[Section]) -> Html:
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="generator", content="Keruen"),
        el("title", title),
        el("style", Html(style)),
    )
    nav = el("nav", [el("a", s.short, href=f"#{s.anchor}") for s in sections], aria_label="Sections")
    body = el(
        "body",
        el("header", el("h1", title), _front(sections)),
        nav if sections else None,
        el("main", [s.render() for s in sections]),
        el(
            "footer",
            el(
                "p",
                "Made with Keruen. Unknown is never shown as zero; assumptions are listed with their ranges.",
            ),
        ),
        el("script", Html(script)),
    )
    return join(Html("<!doctype html>\n"), el("html", head, body, lang="en"), "\n")


def _front(sections: Sequence[Section]) -> Html | None:
    said = [line for s in sections for line in s.headlines]
    said.sort(key=lambda line: _QUESTIONS.index(line[0]))
    items = [
        join(
            el("dt", topic) if i == 0 or said[i - 1][0] != topic else None,
            el("dd", sentence),
        )
        for i, (topic, sentence) in enumerate(said)
    ]
    return el("dl", items, class_="front") if items else None


def _figure_links(dataset: Dataset, passages: Passages) -> dict[str, Html]:
    links = {}
    for row in dataset["figure"].iter_rows(named=True):
        shown = f"{row['period']}: {amount(row['estimate'], row['unit'])}"
        links[row["figure_id"]] = passages.link(row["rests_on"][0], shown) if row["rests_on"] else join(shown)
    return links


@cache
def _asset(name: str) -> str:
    return (files("keruen.reports") / "assets" / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
