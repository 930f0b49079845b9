"""The reader: from a document to its statements.

Receives text, the day of publication and the catalogue; hands on the ``statement`` table. Every quote is ``text[start:end]``.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from keruen.documents import Document
from keruen.statements.catalogue import Catalogue, Mention
from keruen.statements.claims import Sentence, default_period, is_change
from keruen.statements.linking import THRESHOLD, candidates, goods, places
from keruen.statements.page import Page, page
from keruen.statements.periods import Calendar, Period
from keruen.statements.quantities import quantities
from keruen.statements.quantity import Quantity
from keruen.statements.speakers import Speakers
from keruen.tables import TABLES, Dataset

_SCHEMA = TABLES["statement"].schema
_FROM = re.compile(r"\b(?:from|against|compared (?:to|with)|up on|down from|с|со|от) $")


def _tidy_number(value: float | None) -> float | None:
    """Return a value without the binary dust of scaling (8.2 million is 8200000)."""
    return None if value is None else float(f"{value:.12g}")


def statement_id(source_id: str, sentence: str, offset: int, occurrence: int) -> str:
    """Return the identifier of a statement: a hash of what it stands in, which edits elsewhere in the document leave alone.

    Parameters
    ----------
    source_id
        Source.
    sentence
        Text of the sentence.
    offset
        Place of the quote in the sentence, in code points.
    occurrence
        1 for the first sentence of that wording in the document, 2 for the second.
    """
    content = "\x1f".join((source_id, sentence, str(offset), str(occurrence)))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Carried:
    """The period of a sentence that the next one may go on telling about."""

    sentence: int
    paragraph: int
    period: Period


_ANAPHOR = re.compile(
    r"(?:of (?:these|this|them|that|which|those)|(?:more than |over |about |nearly |almost )?(?:half|a third|one-third|a quarter|most) of (?:this|these|it|them|that))\b"
)
_PAST = re.compile(
    r"\b(?:was|were|rose|fell|grew|reached|amounted|totall?ed|increased|decreased|declined|stood|came|exceeded|accounted|made up|carried|handled|shipped|exported|imported)\b"
)
_PRESENT = re.compile(r"\b(?:is|are|has|have|will|can|now|currently|currently|plans?|aims?|expects?)\b")


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
        carried: _Carried | None = None
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
            carried_places = self._context(span[0])
            words = leaf.text[span[0] : span[1]]
            seen[words] += 1
            for q in members:
                row = self._row(
                    q, sentence, marks, hits, mentions, carried_places, carried, words, seen[words]
                )
                ids[id(q)] = row["statement_id"]
                if q.converts is not None:
                    row["converts"] = ids.get(id(q.converts))
                self.rows.append(row)
            carried = self._carry(carried, span, sentence, members)
        return self.rows

    def _carry(
        self, carried: _Carried | None, span: tuple[int, int], sentence: Sentence, members: list[Quantity]
    ) -> _Carried | None:
        """Return the past period that the next sentence may go on telling about."""
        index, paragraph = bisect_right(self.leaf.starts, span[0]) - 1, self.leaf.paragraph(span[0])
        marks = [q.num_start for q in members]
        told = [p for p in (sentence.period(q, marks) for q in members) if p is not None]
        if told:
            return _Carried(index, paragraph, told[0])
        if carried is not None and carried.sentence == index - 1 and carried.paragraph == paragraph:
            return _Carried(index, paragraph, carried.period)
        return None

    def _continued(self, carried: _Carried, sentence: Sentence) -> Period | None:
        """Return the period of the previous sentence if this one goes on with it: "Of these, ...", or plain past tense."""
        leaf, published = self.leaf, self.calendar.published
        if (
            sentence.periods
            or leaf.paragraph(sentence.start) != carried.paragraph
            or leaf.starts[carried.sentence + 1 :][:1] != [self._raw_start(sentence.start)]
        ):
            return None
        period = carried.period
        if period.last is None or published is None or (period.last > published and period.first is None):
            return None
        if _ANAPHOR.match(leaf.low, sentence.start, sentence.end) or (
            _PAST.search(leaf.low, sentence.start, sentence.end)
            and not _PRESENT.search(leaf.low, sentence.start, sentence.end)
        ):
            return replace(period, inferred=True)
        return None

    def _raw_start(self, offset: int) -> int:
        """Return the start of the sentence that holds an offset, leading blanks included."""
        return self.leaf.starts[bisect_right(self.leaf.starts, offset) - 1]

    def _context(self, before: int) -> list[Mention]:
        """Return the places named in the text before an offset, the most and latest named first."""
        lo = max(0, before - 1500)
        named = self.catalogue.mentions(self.leaf.flat, lo, before)
        if not named:
            return []
        weight: dict[int, float] = {}
        for m in named:
            weight[m.place] = weight.get(m.place, 0.0) + math.exp((m.end - before) / 300)
        latest = {m.place: m for m in named}
        return [latest[p] for p, _ in sorted(weight.items(), key=lambda kv: (-kv[1], kv[0]))]

    def _row(
        self,
        q: Quantity,
        sentence: Sentence,
        marks: list[int],
        hits: dict[str, list[tuple[int, int]]],
        mentions: list[Mention],
        carried_places: list[Mention],
        carried: _Carried | None,
        words: str,
        occurrence: int,
    ) -> dict[str, Any]:
        """Return the row of one quantity."""
        leaf = self.leaf
        period = sentence.period(q, marks)
        kind = sentence.kind(q, marks)
        if q.base:
            period, kind = None, "reported"
        elif period is None and kind in (None, "reported") and carried is not None:
            period = self._continued(carried, sentence)
        kind = self._settled_kind(kind, period, q)
        if period is None:
            first, last, grain, inferred = default_period(self.calendar, sentence, q, kind)
        else:
            first, last, grain, inferred = period.first, period.last, period.granularity, period.inferred
        if q.form == "rank" and period is None and self.calendar.published is not None:
            year = self.calendar.published.year
            first, last, grain = date(year, 1, 1), date(year, 12, 31), "year"
        change = is_change(leaf.low, q)
        ranked = candidates(self.catalogue, hits, sentence, q, change=change, span=grain == "span")
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
        return {
            "statement_id": statement_id(self.source_id, words, q.start - sentence.start, occurrence),
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
            "commodity_id": goods(leaf.low, q, sentence.start, sentence.end),
            "converts": None,
            "sentence_start": sentence.start,
            "sentence_end": sentence.end,
        }

    def _settled_kind(self, kind: str | None, period: Period | None, q: Quantity) -> str:
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
        past = period is not None and p is not None and period.last is not None and period.last.year < p.year
        if (past and kind in ("target", "forecast")) or (
            kind in ("target", "forecast", "pledge")
            and _FROM.search(self.leaf.low, max(0, q.start - 16), q.start)
        ):
            return "reported"
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
