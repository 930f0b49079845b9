"""The reader: from a document to its statements.

Receives text, the day of publication and the catalogue; hands on the ``statement`` table. Every quote is ``text[start:end]``.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from datetime import date
from typing import Any

import polars as pl

from keruen.documents import Document
from keruen.statements.catalogue import Catalogue, Mention
from keruen.statements.claims import Sentence, Speakers, default_period, is_change
from keruen.statements.linking import THRESHOLD, candidates, goods, places
from keruen.statements.page import Page, page
from keruen.statements.periods import Calendar, Period
from keruen.statements.quantities import Quantity, quantities
from keruen.tables import TABLES, Dataset

_SCHEMA = TABLES["statement"].schema
_PERIOD_HINT = 2


def _tidy_number(value: float | None) -> float | None:
    """Return a value without the binary dust of scaling (8.2 million is 8200000)."""
    return None if value is None else float(f"{value:.12g}")


class _Reading:
    """The state of reading one document."""

    def __init__(
        self,
        text: str,
        published: date | None,
        catalogue: Catalogue,
        source_id: str,
        publisher_speaker: str | None,
    ) -> None:
        self.leaf: Page = page(text)
        self.catalogue = catalogue
        self.source_id = source_id
        self.publisher_speaker = publisher_speaker
        self.calendar = Calendar(published)
        self.speakers = Speakers(self.leaf)
        self.rows: list[dict[str, Any]] = []

    def run(self) -> list[dict[str, Any]]:
        """Return the rows of the statement table, in the order of the text."""
        leaf = self.leaf
        periods = self.calendar.find(leaf.low, 0, len(leaf.low))
        found = quantities(leaf, [(p.start, p.end) for p in periods])
        by_sentence: dict[tuple[int, int], list[Quantity]] = {}
        for q in found:
            by_sentence.setdefault(leaf.sentence(q.num_start), []).append(q)
        carried_places: list[Mention] = []
        carried_period: tuple[int, int, Period | None] = (-1, -1, None)
        seen: Counter[str] = Counter()
        k = 0
        ids: dict[int, str] = {}
        for span, members in by_sentence.items():
            while k < len(periods) and periods[k].end <= span[0]:
                k += 1
            j = k
            while j < len(periods) and periods[j].start < span[1]:
                j += 1
            sentence = Sentence(leaf.low, span, periods[k:j])
            marks = [q.num_start for q in members]
            hits = self.catalogue.phrase_hits(leaf.low, *span)
            mentions = self.catalogue.mentions(leaf.flat, *span)
            if not mentions or len({m.place for m in mentions}) < 2:
                carried_places = self._context(span[0]) or carried_places
            words = leaf.text[span[0] : span[1]]
            seen[words] += 1
            for q in members:
                row = self._row(
                    q, sentence, marks, hits, mentions, carried_places, carried_period, words, seen[words]
                )
                ids[id(q)] = row["statement_id"]
                if q.converts is not None:
                    row["converts"] = ids.get(id(q.converts))
                self.rows.append(row)
        return self.rows

    def _context(self, before: int) -> list[Mention]:
        """Return the places named in the text before an offset, the most frequent first."""
        lo = max(0, before - 1500)
        named = self.catalogue.mentions(self.leaf.flat, lo, before)
        if not named:
            return []
        often = Counter(m.place for m in named)
        latest = {m.place: m for m in named}
        return [latest[p] for p, _ in sorted(often.items(), key=lambda kv: (-kv[1], kv[0]))]

    def _row(
        self,
        q: Quantity,
        sentence: Sentence,
        marks: list[int],
        hits: dict[str, list[tuple[int, int]]],
        mentions: list[Mention],
        carried_places: list[Mention],
        carried_period: tuple[int, int, Period | None],
        words: str,
        occurrence: int,
    ) -> dict[str, Any]:
        """Return the row of one quantity."""
        leaf = self.leaf
        period = sentence.period(q, marks)
        kind = sentence.kind(q, marks)
        kind = self._settled_kind(kind, period)
        if period is None:
            first, last, grain, inferred = default_period(self.calendar, q, kind)
        else:
            first, last, grain, inferred = period.first, period.last, period.granularity, period.inferred
        if q.form == "rank" and period is None and self.calendar.published is not None:
            year = self.calendar.published.year
            first, last, grain = date(year, 1, 1), date(year, 12, 31), "year"
        change = is_change(leaf.low, q)
        ranked = candidates(self.catalogue, hits, sentence, q, change=change)
        best = ranked[0] if ranked and ranked[0].score >= THRESHOLD else None
        place, partner = places(
            self.catalogue,
            best.indicator_id if best else None,
            leaf.low,
            sentence,
            mentions,
            carried_places,
            q,
        )
        quote = leaf.text[q.start : q.end]
        digest = hashlib.sha256(
            "\x1f".join((self.source_id, words, str(q.start - sentence.start), str(occurrence))).encode(
                "utf-8", "surrogatepass"
            )
        ).hexdigest()[:12]
        return {
            "statement_id": digest,
            "source_id": self.source_id,
            "start": q.start,
            "end": q.end,
            "quote": quote,
            "value": _tidy_number(q.value),
            "value_low": _tidy_number(q.low),
            "value_high": _tidy_number(q.high),
            "unit": q.unit,
            "modifier": q.modifier,
            "direction": sentence.direction(q),
            "rate": q.rate,
            "period_start": first,
            "period_end": last,
            "granularity": grain,
            "period_inferred": inferred,
            "kind": kind,
            "speaker": self.speakers.of(q) or self.publisher_speaker,
            "indicator_id": best.indicator_id if best else None,
            "indicator_score": round(best.score, 4) if best else None,
            "place_id": place,
            "partner_id": partner,
            "commodity_id": goods(leaf.low, q, sentence.end),
            "converts": None,
            "sentence_start": sentence.start,
            "sentence_end": sentence.end,
        }

    def _settled_kind(self, kind: str | None, period: Period | None) -> str:
        """Return the kind, from the period where no cue decides: what lies ahead is no report."""
        p = self.calendar.published
        ahead = period is not None and (
            period.role == "vague"
            or (
                period.last is not None
                and p is not None
                and period.last > p
                and (period.first is None or period.first > p)
            )
        )
        if kind is None:
            return "forecast" if ahead else "reported"
        if kind == "reported" and ahead:
            return "forecast"
        return kind


def read(
    document: Document | str,
    *,
    published: date | None,
    catalogue: Catalogue,
    source_id: str | None = None,
    publisher_speaker: str | None = None,
) -> pl.DataFrame:
    """Read the quantitative statements of a document.

    Parameters
    ----------
    document
        A document, or its text.
    published
        Day of publication, from which "last year" counts; None leaves relative periods open.
    catalogue
        Indicators and places that quantities are linked to.
    source_id
        Identifier of the source; taken from the document, or "text", if not given.
    publisher_speaker
        Who speaks where nobody is named; None leaves the speaker empty.

    Returns
    -------
    polars.DataFrame
        The ``statement`` table: one row per quantity, in the order of the text, values in base units.

    Examples
    --------
    >>> table = read("Trade with Russia reached $27.8 billion in 2024.", published=None, catalogue=Catalogue.default())
    >>> table.select("quote", "value", "unit", "indicator_id", "period_end").row(0)
    ('$27.8 billion', 27800000000.0, 'USD', 'trade_turnover', datetime.date(2024, 12, 31))
    """
    text = document if isinstance(document, str) else document.text
    name = source_id or ("text" if isinstance(document, str) else document.source_id)
    rows = _Reading(text, published, catalogue, name, publisher_speaker).run()
    return frame(rows)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a ``statement`` table with the schema's columns and types."""
    usable = [r for r in rows if r["value"] is None or math.isfinite(r["value"])]
    return pl.DataFrame(usable, schema=_SCHEMA.create_empty().schema, orient="row")


def read_all(dataset: Dataset) -> Dataset:
    """Read every document of a dataset and add the ``statement`` table.

    Parameters
    ----------
    dataset
        Its documents are read with the publication dates of its ``source`` table and its own catalogue.

    Returns
    -------
    Dataset
        The same dataset with the ``statement`` table; reviews are not applied.
    """
    catalogue = Catalogue.of(dataset)
    published = dict(dataset["source"].select("source_id", "published").iter_rows())
    frames = [
        read(text, published=published.get(source), catalogue=catalogue, source_id=source)
        for source, text in sorted(dataset.documents.items())
    ]
    return dataset.with_tables(statement=pl.concat(frames) if frames else _SCHEMA.create_empty())
