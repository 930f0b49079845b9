"""The reader: from a document to its statements.

Receives text, the day of publication and the catalogue; hands on the ``statement`` table. Every quote is ``text[start:end]``.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from keruen.documents import Document
from keruen.statements import changes
from keruen.statements.catalogue import Catalogue, Mention
from keruen.statements.claims import Sentence, default_period, is_change
from keruen.statements.linking import PARTNER_LEFT, THRESHOLD, Candidate, candidates, goods, places
from keruen.statements.narrative import PARTS, Carried, carry, carry_mention, continued
from keruen.statements.page import Page, page
from keruen.statements.period import Period, year_span
from keruen.statements.periods import Calendar
from keruen.statements.prices import price_basis
from keruen.statements.quantities import numeric_spans, quantities
from keruen.statements.quantity import Quantity
from keruen.statements.speakers import Speakers
from keruen.statements.tabular import Cell, grids
from keruen.statements.wholes import no_partners_share
from keruen.tables import TABLES, Dataset

_SCHEMA = TABLES["statement"].schema
_COLUMNS = _SCHEMA.create_empty().schema
_CANDIDATE_COLUMNS = {
    "statement_id": pl.String, "source_id": pl.String, "quote": pl.String, "rank": pl.Int64, "indicator_id": pl.String,
    "score": pl.Float64, "linked": pl.Boolean,
}  # fmt: skip
_RESTATED = ("indicator_id", "indicator_score", "place_id", "partner_id", "commodity_id")
_MOST_CANDIDATES = 10
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


_AIM_LEFT = re.compile(
    r"\b(?:target|goal|aim) (?:level |figure )?(?:of|to reach|at|is|was|being) $|\bplan (?:for [a-z0-9 ]{2,20} )?(?:is|was) $"
)
_GROWTH_HEAD = re.compile(r"\b(?:growth|change|increase|рост|прирост|изменение|өсім)\b")
_DATELINE = re.compile(r"\s*([A-Z][A-Za-z'-]+)(?:, [^–—\n]{1,30}?)?(?: ?\([A-Za-z ]{2,30}\))? ?[–—] ")
_OF_THE_STATE = re.compile(
    r"\bthe (?:government|republic|head of state|prime minister|cabinet|(?:[a-z]+ )?ministry)\b"
)


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence (or table row) with all that its quantities share."""

    sentence: Sentence
    marks: list[int]
    hits: dict[str, list[tuple[int, int]]]
    mentions: list[Mention]
    context: list[Mention]
    partners: list[Mention]
    words: str
    occurrence: int
    carried: Carried | None = None


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
        self.spans = numeric_spans(self.leaf)
        self.periods = [p for span in self._telling() for p in self.calendar.find(self.leaf.low, *span)]
        self.period_starts = [p.start for p in self.periods]
        self.mentions = [
            m
            for m in catalogue.mentions(self.leaf.flat, 0, len(self.leaf.flat))
            if not self.leaf.low.startswith((" dollar", " $", "$", " bank", " trade org"), m.end)
            # "US dollars" is no place, nor is the World Bank
        ]
        self.mention_starts = [m.start for m in self.mentions]
        self._partner: dict[int, bool] = {}
        self.ranked: dict[str, list[Candidate]] = {}
        self.home = self._home()
        self.seen: Counter[str] = Counter()

    def _telling(self) -> list[tuple[int, int]]:
        """Return the sentences that may name a figure's period: those with numerals, and the one before each in its paragraph."""
        leaf, out = self.leaf, set(self.spans)
        for start, _ in self.spans:
            i = bisect_right(leaf.starts, start) - 1
            if i and leaf.paragraph(leaf.starts[i - 1]) == leaf.paragraph(start):
                out.add((leaf.starts[i - 1], leaf.starts[i]))
        return sorted(out)

    def run(self) -> list[dict[str, Any]]:
        """Return the rows of the statement table, in the order of the text."""
        leaf = self.leaf
        tables = grids(leaf)
        taken = sorted(
            [
                *((p.start, p.end) for p in self.periods),
                *((g.start, g.end) for g in tables),
            ]
        )
        found = quantities(leaf, self.spans, taken)
        by_sentence: dict[tuple[int, int], list[Quantity]] = {}
        for q in found:
            by_sentence.setdefault(leaf.sentence(q.num_start), []).append(q)
        rows: list[dict[str, Any]] = []
        ids: dict[int, str] = {}
        carried: Carried | None = None
        for span in self._told_in(by_sentence):
            members = by_sentence.get(span)
            if members is None:
                told = [p for p in self._within(span)[0] if p.role == "at"]
                carried = carry_mention(self.leaf, carried, span[0], told)
                continue
            passage = self._passage(span, members, carried)
            for q in members:
                row = self._row(q, passage)
                ids[id(q)] = row["statement_id"]
                if q.converts is not None:
                    row["converts"] = ids.get(id(q.converts))
                    if rows and rows[-1]["statement_id"] == row["converts"]:
                        # an amount restated in another currency measures the same
                        row |= {name: rows[-1][name] for name in _RESTATED}
                        self.ranked[row["statement_id"]] = self.ranked[row["converts"]]
                rows.append(row)
            carried = carry(
                self.leaf, carried, passage.sentence, passage.marks, members, self.calendar.published
            )
        rows += [self._cell_row(cell) for grid in tables for cell in grid.cells]
        rows.sort(key=lambda r: (r["start"], r["end"]))
        return rows

    def _within(self, span: tuple[int, int]) -> tuple[list[Period], list[Mention]]:
        """Return the periods and places named in a span."""
        a, b = (bisect_left(self.period_starts, x) for x in span)
        c, d = (bisect_left(self.mention_starts, x) for x in span)
        return self.periods[a:b], self.mentions[c:d]

    def _passage(self, span: tuple[int, int], members: list[Quantity], carried: Carried | None) -> _Passage:
        """Return what the quantities of one sentence share."""
        low = self.leaf.low
        periods, mentions = self._within(span)
        words = self.leaf.text[span[0] : span[1]]
        self.seen[words] += 1
        return _Passage(
            Sentence(low, span, periods),
            [q.num_start for q in members],
            self.catalogue.phrase_hits(low, *span),
            mentions,
            *self._context(span),
            words,
            self.seen[words],
            carried,
        )

    def _cell_row(self, cell: Cell) -> dict[str, Any]:
        """Return the row of a table's cell: heads speak for it as a sentence would."""
        leaf = self.leaf
        periods: list[Period] = []
        mentions: list[Mention] = []
        hits: dict[str, list[tuple[int, int]]] = {}
        kinds: list[str] = []
        grows = False
        for span in cell.heads:
            of_head, named = self._within(span)
            periods += of_head
            mentions += [m for m in named if m not in mentions]
            for words, places_of in self.catalogue.phrase_hits(leaf.low, *span).items():
                hits.setdefault(words, []).extend(places_of)
            grows = grows or bool(_GROWTH_HEAD.search(leaf.low, *span))
            kinds += [name for _, _, name in Sentence(leaf.low, span, []).cues if name != "reported"]
        words = leaf.text[cell.row[0] : cell.row[1]]
        sentence = Sentence(leaf.low, cell.row, [])
        self.seen[f"{words}\0{cell.quantity.start - cell.row[0]}"] += 1
        occurrence = self.seen[f"{words}\0{cell.quantity.start - cell.row[0]}"]
        passage = _Passage(sentence, [], hits, mentions, *self._context(cell.row), words, occurrence)
        return self._row(
            cell.quantity,
            passage,
            period=periods[0] if periods else None,
            kind=kinds[0] if kinds else None,
            grows=grows and cell.quantity.unit == "%",
        )

    def _told_in(self, by_sentence: dict[tuple[int, int], list[Quantity]]) -> list[tuple[int, int]]:
        """Return the sentences with quantities, and those that only name the period that others go on with: "this year's budget"."""
        low = self.leaf.low
        named = {
            self.leaf.sentence(p.start)
            for p in self.periods
            if p.role == "at" and (p.granularity in PARTS or low.startswith("'s", p.end))
        }
        return sorted(named | by_sentence.keys())

    def _is_partner(self, m: Mention) -> bool:
        """Whether a country is named as another's supplier, partner or destination: "followed by Russia", "from China"."""
        found = self._partner.get(m.start)
        if found is None:
            found = self.catalogue.place_kinds[m.place] == "country" and bool(
                PARTNER_LEFT.search(self.leaf.low, max(0, m.start - 24), m.start)
            )
            self._partner[m.start] = found
        return found

    def _home(self) -> Mention | None:
        """Return the country that the document is of: that of its dateline, else the one named most as a subject."""
        countries, kinds = self.catalogue.place_countries, self.catalogue.place_kinds
        found = _DATELINE.match(self.leaf.flat)
        if found is not None:
            row = self.catalogue.place_row(found.group(1).title())
            if row >= 0 and countries[row] >= 0:
                return Mention(found.start(1), found.end(1), countries[row])
        subjects = [m for m in self.mentions if kinds[m.place] == "country" and not self._is_partner(m)]
        if not subjects:
            return None
        often = Counter(m.place for m in subjects)
        return max(subjects, key=lambda m: (often[m.place], -m.start))

    def _context(self, span: tuple[int, int]) -> tuple[list[Mention], list[Mention]]:
        """Return the places that a sentence may go on telling of, and the partners named along with them, likeliest first.

        They stand in the 1,500 code points before it, the most and latest named first; the document's own country is
        among them, and leads where the sentence speaks of "the government".
        """
        before = span[0]
        first, behind = (bisect_left(self.mention_starts, x) for x in (before - 1500, before))
        weight: dict[int, float] = {}
        latest: dict[int, Mention] = {}
        partners: list[Mention] = []
        for m in self.mentions[first:behind]:
            if self._is_partner(m):
                partners.append(m)
                continue
            weight[m.place] = weight.get(m.place, 0.0) + math.exp((m.end - before) / 300)
            latest[m.place] = m
        if self.home is not None:
            floor = 2.0 if _OF_THE_STATE.search(self.leaf.low, *span) else 0.2
            weight[self.home.place] = max(floor, weight.get(self.home.place, 0.0))
            latest.setdefault(self.home.place, self.home)
        subjects = [latest[p] for p, _ in sorted(weight.items(), key=lambda kv: (-kv[1], kv[0]))]
        return subjects, partners[::-1]

    def _row(
        self,
        q: Quantity,
        passage: _Passage,
        *,
        period: Period | None = None,
        kind: str | None = None,
        grows: bool = False,
    ) -> dict[str, Any]:
        """Return the row of one quantity; a table's heads give ``period`` and ``kind``, and say whether it ``grows``."""
        leaf, sentence = self.leaf, passage.sentence
        period = period or sentence.period(q, passage.marks, self.calendar.published)
        kind = kind or sentence.kind(q, passage.marks)
        low = leaf.low
        told = False
        if _AIM_LEFT.search(low, max(0, q.start - 24), q.start):
            kind = "target"
            period = (
                period if period is not None and (period.role == "by" or self._is_running(period)) else None
            )
        elif period is None and changes.starts(leaf, q) and passage.carried is not None:
            period = self._edge_of_told(passage, kind, first=True)
            told = period is not None
            kind = "reported"
        elif q.base or (
            _FROM.search(low, max(0, q.start - 16), q.start)
            and (
                period is None
                or period.role not in ("at", "base")
                or (self._is_ahead(period) and changes.starts_beside(leaf, q))
            )
        ):
            # the whole of "29 of 30", and where a change starts: as things stand
            period, kind = None, "reported"
        elif period is None and passage.carried is not None:
            period = continued(leaf, passage.carried, sentence, passage.marks, kind, self.calendar.published)
            if period is not None and changes.ends(leaf, q, sentence.start):
                period = self._edge_of_told(passage, kind, first=False) or period
        if (
            kind in ("forecast", "target")
            and period is not None
            and period.first is not None
            and self.calendar.published is not None
            and period.first <= self.calendar.published
            and sentence.compared(q.start)
        ):
            # "2.7 per cent, against 3.1 per cent in 2024": what a forecast is held against has happened
            kind = "reported"
        before = changes.opens_year_before(leaf, q, sentence.start) and passage.carried is not None
        if before and passage.carried is not None and (period is None or period.role == "base"):
            period = passage.carried.period
        stated = None if told else period
        if changes.starts(leaf, q):
            kind = "reported" if kind != "estimate" else kind
            period = changes.edge(period, first=True)
        elif changes.ends(leaf, q, sentence.start):
            period = changes.edge(period, first=False)
        if not (kind == "target" and period is None):
            kind = self._settled_kind(kind, period)
        if period is None:
            first, last, grain, inferred = default_period(self.calendar, sentence, q, kind)
        else:
            first, last, grain, inferred = (
                period.first,
                period.last,
                period.granularity,
                period.inferred,
            )
        if (
            first is not None
            and last is not None
            and (before or changes.is_of_year_before(leaf, q) or changes.starts_within_year(leaf, q, stated))
        ):
            first, last = changes.year_before(first), changes.year_before(last)
        if q.form == "rank" and period is None and self.calendar.published is not None:
            (first, last), grain = year_span(self.calendar.published.year), "year"
        change = grows or is_change(leaf.low, q)
        ranked = candidates(
            self.catalogue,
            passage.hits,
            sentence,
            q,
            change=change,
            span=grain == "span",
        )
        best = ranked[0] if ranked and ranked[0].score >= THRESHOLD else None
        if best and best.indicator_id == "trade_turnover_share" and no_partners_share(leaf.low, q.end):
            best = None
        place, partner = places(
            self.catalogue,
            best.indicator_id if best else None,
            leaf.low,
            sentence,
            passage.mentions,
            passage.context,
            passage.partners,
            self.home.place if self.home is not None else None,
            q,
        )
        name = statement_id(self.source_id, passage.words, q.start - sentence.start, passage.occurrence)
        self.ranked[name] = ranked
        return {
            "statement_id": name,
            "source_id": self.source_id,
            "start": q.start,
            "end": q.end,
            "quote": leaf.text[q.start : q.end],
            "value": _tidy_number(q.value),
            "value_low": _tidy_number(q.low),
            "value_high": _tidy_number(q.high),
            "unit": q.unit,
            "modifier": q.modifier,
            "direction": sentence.direction(q),
            "rate": q.rate,
            "price_basis": price_basis(low, q, sentence.start, sentence.end),
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

    def _edge_of_told(self, passage: _Passage, kind: str | None, *, first: bool) -> Period | None:
        """Return the first or last year of the stated span told of before, if this sentence goes on with one."""
        carried = passage.carried
        if carried is None or carried.period.granularity != "span" or carried.period.inferred:
            return None
        told = continued(self.leaf, carried, passage.sentence, passage.marks, kind, self.calendar.published)
        return None if told is None else changes.edge(carried.period, first=first)

    def _is_running(self, period: Period) -> bool:
        """Whether a period named as a year holds the day of publication."""
        p = self.calendar.published
        return (
            p is not None
            and period.granularity == "year"
            and period.first is not None
            and period.last is not None
            and period.first <= p <= period.last
        )

    def _is_ahead(self, period: Period) -> bool:
        """Whether a period begins behind the day of publication."""
        p = self.calendar.published
        return p is not None and period.first is not None and period.first > p

    def _settled_kind(self, kind: str | None, period: Period | None) -> str:
        """Return the kind, from the period where no cue decides: what lies ahead is no report, what is over is no forecast."""
        p = self.calendar.published
        ahead = over = False
        if period is not None:
            ahead = period.role == "vague"
            if period.last is not None and p is not None:
                ahead = ahead or (period.last > p and (period.first is None or period.first > p))
                over = period.last.year < p.year
        if over and kind in ("target", "forecast"):
            return "reported"
        if kind in (None, "reported"):
            return "forecast" if ahead else "reported"
        return str(kind)


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
    return frame(_reading(document, published, catalogue, source_id, publisher_speaker).run())


def _reading(
    document: Document | str,
    published: date | None,
    catalogue: Catalogue,
    source_id: str | None,
    publisher_speaker: str | None,
) -> _Reading:
    text = document if isinstance(document, str) else document.text
    name = source_id or ("text" if isinstance(document, str) else document.source_id)
    return _Reading(text, published, catalogue, name, publisher_speaker)


def read_ranked(
    document: Document | str,
    *,
    published: date | None,
    catalogue: Catalogue,
    source_id: str | None = None,
    publisher_speaker: str | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a document as :func:`read` does, and tell for each statement which indicators it may measure.

    Returns
    -------
    statements
        The ``statement`` table.
    candidates
        ``statement_id``, ``source_id``, ``quote``, ``rank`` from 1, ``indicator_id``, ``score`` from 0 to 1, and whether it was
        ``linked``: the first is, if its score reaches the threshold.

    Examples
    --------
    >>> _, found = read_ranked("Grain exports were 9 million tonnes.", published=None, catalogue=Catalogue.default())
    >>> found.select("rank", "linked").row(0)
    (1, True)
    """
    reading = _reading(document, published, catalogue, source_id, publisher_speaker)
    rows = reading.run()
    told = [
        {
            "statement_id": row["statement_id"],
            "source_id": row["source_id"],
            "quote": row["quote"],
            "rank": rank,
            "indicator_id": candidate.indicator_id,
            "score": round(candidate.score, 4),
            "linked": rank == 1 and candidate.score >= THRESHOLD,
        }
        for row in rows
        for rank, candidate in enumerate(reading.ranked[row["statement_id"]][:_MOST_CANDIDATES], start=1)
    ]
    return frame(rows), candidate_frame(told)


def candidate_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return ranked indicators as a table."""
    return pl.DataFrame(rows, schema=_CANDIDATE_COLUMNS, orient="row")


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a ``statement`` table with the schema's columns and types."""
    usable = [r for r in rows if r["value"] is None or math.isfinite(r["value"])]
    return pl.DataFrame(usable, schema=_COLUMNS, orient="row")


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
