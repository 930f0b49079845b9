"""The documents with every quoted figure marked at its exact place, so that a number leads to the words it rests on.

Receives statements and the texts that they were read from; hands on the section of passages and, for the other
sections, the address of each passage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from keruen.reports.html import Html, el, join, link
from keruen.reports.names import Names
from keruen.reports.section import Section
from keruen.reports.wording import count
from keruen.tables import Dataset


class Passages:
    """Where each statement stands.

    Parameters
    ----------
    dataset
        With ``statement``, ``source`` and the documents.
    names
        Names of the dataset.
    """

    def __init__(self, dataset: Dataset, names: Names) -> None:
        self._names = names
        self._documents = dataset.documents
        statements = dataset["statement"].sort("source_id", "start", "end", "statement_id")
        self.statements: dict[str, dict[str, Any]] = {
            r["statement_id"]: r for r in statements.iter_rows(named=True)
        }
        self._anchors = {s: f"q{i}" for i, s in enumerate(self.statements, 1)}

    def link(self, statement_id: str, label: str) -> Html:
        """Return a link to the passage of a statement; the bare label where the dataset does not hold it."""
        anchor = self._anchors.get(statement_id)
        return el("a", label, href=f"#{anchor}") if anchor else join(label)

    def sentence(self, statement_id: str) -> Html:
        """Return the sentence that a statement stands in, its quote marked."""
        row = self.statements[statement_id]
        document = self._documents.get(row["source_id"])
        if document is None or document[row["start"] : row["end"]] != row["quote"]:
            return el("mark", row["quote"])
        first, last = min(row["sentence_start"], row["start"]), max(row["sentence_end"], row["end"])
        return join(
            document[first : row["start"]],
            el("mark", row["quote"]),
            document[row["end"] : last],
        )

    def citation(self, source_id: str) -> Html:
        """Return title, publisher and day of a source, linked to the original where there is an address."""
        source = self._names.sources.get(source_id)
        if source is None:
            return join(source_id)
        title = el("cite", source["title"])
        return join(link(source["url"], title), f", {source['publisher']}, {source['published'].isoformat()}")

    def section(self) -> Section | None:
        """Return every document with its quotes marked, or None where nothing was read."""
        by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.statements.values():
            by_source[row["source_id"]].append(row)
        if not by_source:
            return None
        articles = [self._article(source, rows) for source, rows in sorted(by_source.items())]
        note = (
            "The documents are briefs in our own words; each names the publication that it stands for. "
            "Marked words are the figures that were read, at their exact place."
        )
        body = join(el("p", note, class_="note"), el("div", articles, class_="briefs"))
        return Section("passages", "Passages: where every figure stands", body)

    def _article(self, source_id: str, rows: Sequence[dict[str, Any]]) -> Html:
        document = self._documents.get(source_id)
        if document is None:
            quotes = [el("li", el("mark", r["quote"], id=self._anchors[r["statement_id"]])) for r in rows]
            marked = el("ul", quotes)
        else:
            marked = el("div", self._marked(document, rows), class_="text")
        read = el("p", f"{count(len(rows), 'figure')} read", class_="note")
        return el("article", el("h3", self.citation(source_id)), marked, read, class_="brief")

    def _marked(self, document: str, rows: Sequence[dict[str, Any]]) -> Html:
        """Mark the union of the quotes; where quotes overlap, each still has its own anchor."""
        parts: list[Html | str] = []
        position = 0
        for row in rows:
            start, end = max(row["start"], position), max(row["end"], position)
            anchor = self._anchors[row["statement_id"]]
            hint = self._names.subject(row)
            parts.append(document[position:start])
            if end > start:
                parts.append(el("mark", document[start:end], id=anchor, title=hint))
            else:
                parts.append(el("span", id=anchor))
            position = end
        return join(*parts, document[position:])
