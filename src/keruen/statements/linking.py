"""What a quantity measures and where: links to the catalogue's indicators and places.

Dimension first: an indicator whose unit cannot be that of the quantity is no candidate. Then the words: each phrase of the
catalogue that stands in the sentence counts by how telling and how near it is. Below the threshold the quantity stays unlinked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from keruen.statements.catalogue import Catalogue, Mention
from keruen.statements.claims import Sentence
from keruen.statements.quantities import MONEY, Quantity

THRESHOLD = 0.35
"""Least score of a link; below it a statement says that it is unlinked."""

_COUNT_CLASSES = frozenset({"count", "stock", "flow"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An indicator that may be meant, with its score from 0 to 1."""

    indicator_id: str
    score: float


def _fits(catalogue: Catalogue, i: int, q: Quantity, *, change: bool) -> bool:
    """Whether indicator ``i`` can be measured in the quantity's unit."""
    unit, cls = catalogue.indicator_units[i], catalogue.indicator_classes[i]
    if change:
        return cls == "growth"
    if cls == "growth":
        return False
    if q.unit in MONEY:
        return unit in MONEY
    return unit == q.unit


def candidates(
    catalogue: Catalogue,
    hits: dict[str, list[tuple[int, int]]],
    sentence: Sentence,
    q: Quantity,
    *,
    change: bool,
) -> list[Candidate]:
    """Return the indicators that a quantity may measure, best first."""
    scores: dict[int, tuple[float, int]] = {}
    for words, spans in hits.items():
        for phrase in catalogue.phrases.get(words, ()):
            if not _fits(catalogue, phrase.indicator, q, change=change):
                continue
            if len(phrase.parts) > 1 and not all(p in hits for p in phrase.parts[1:]):
                continue
            near = 0.0
            for a, b in spans:
                if a < q.end and q.num_end < b and a < q.num_start:
                    continue
                if a >= q.num_end:
                    gap, crossed = a - q.num_end, sentence.between(sentence.borders, q.num_end, a)
                    cost = 1.25 * gap
                else:
                    gap, crossed = max(0, q.num_start - b), sentence.between(sentence.borders, b, q.num_start)
                    cost = float(gap)
                near = max(near, math.exp(-cost / 160) * 0.9**crossed)
            score = phrase.weight * (0.45 + 0.55 * near)
            best, n = scores.get(phrase.indicator, (0.0, 0))
            scores[phrase.indicator] = (max(best, score), n + 1)
    ranked = [
        Candidate(catalogue.indicator_ids[i], min(1.0, best + 0.05 * min(n - 1, 4)))
        for i, (best, n) in scores.items()
    ]
    ranked.sort(key=lambda c: (-c.score, c.indicator_id))
    return ranked


_FROM_TO = re.compile(r"\bfrom\b|\bto\b|\binto\b|\bin\b|\bwith\b|\bbetween\b|\bvia\b|\bthrough\b")
_SITE_KINDS = frozenset({"crossing", "port", "corridor", "section", "site"})


def places(
    catalogue: Catalogue,
    indicator: str | None,
    low: str,
    sentence: Sentence,
    mentions: list[Mention],
    carried: list[Mention],
    q: Quantity,
) -> tuple[str | None, str | None]:
    """Return place and partner of a quantity.

    Sites (crossings, ports, corridors, sections) go before countries for what is measured at them. An undirected pair is put in
    the order of the place table; a directed one by "from" and "to" (or "into", "in"), the exporter or host first.
    """
    kinds, ids = catalogue.place_kinds, catalogue.place_ids

    def cost(m: Mention) -> float:
        if m.start >= q.end:
            return 1.2 * (m.start - q.end) + 20 * sentence.between(sentence.borders, q.end, m.start) + 15
        return (q.start - m.end) + 12 * sentence.between(sentence.borders, m.end, q.start)

    own = sorted(mentions, key=cost)
    row = catalogue.indicator_ids.index(indicator) if indicator in catalogue.indicator_ids else -1
    sector = str(catalogue.indicator["sector"][row]) if row >= 0 else ""
    if sector in ("transport", "borders") or row < 0:
        wanted: tuple[str, ...] = ("crossing", "port", "corridor", "section", "site")
        if indicator and indicator.startswith("corridor"):
            wanted = ("corridor",)
        elif indicator and indicator.startswith("port"):
            wanted = ("port", "site")
        elif indicator and indicator.startswith(("crossing_", "border_time", "border_cost")):
            wanted = ("crossing", "port")
        elif indicator in ("line_length", "section_capacity", "train_pairs_per_day"):
            wanted = ("section", "crossing", "corridor")
        for kind in wanted:
            site = next((m for m in own if kinds[m.place] == kind), None)
            if site is not None:
                return ids[site.place], None
    ordered: list[int] = []
    for m in own:
        if m.place not in ordered and kinds[m.place] in ("country", "bloc", "world"):
            ordered.append(m.place)
    if not ordered or (
        len(ordered) == 1
        and row >= 0
        and sector in ("trade", "investment", "projects")
        and kinds[ordered[0]] == "country"
    ):
        for m in carried:
            if m.place not in ordered and kinds[m.place] == "country":
                ordered.append(m.place)
                if len(ordered) >= 2:
                    break
    if not ordered:
        local = next(
            (
                m
                for m in own
                if kinds[m.place] in ("region", "city", "crossing", "port", "corridor", "section", "site")
            ),
            None,
        )
        return (ids[local.place], None) if local else (None, None)
    if len(ordered) == 1:
        return ids[ordered[0]], None
    if row >= 0 and catalogue.indicator_directed[row]:
        return _directed(catalogue, indicator or "", low, sentence, mentions, ordered)
    if sector in ("trade", "investment", "projects", "culture", "education", "borders", ""):
        a, b = sorted(ordered[:2])
        return ids[a], ids[b]
    return ids[ordered[0]], None


def _directed(
    catalogue: Catalogue,
    indicator: str,
    low: str,
    sentence: Sentence,
    mentions: list[Mention],
    ordered: list[int],
) -> tuple[str, str | None]:
    """Return place and partner where their roles differ: place is the exporter, importer or host, partner the other side."""
    ids = catalogue.place_ids
    pair = ordered[:2]
    into, out_of = None, None
    for m in mentions:
        if m.place not in pair:
            continue
        before = low[max(sentence.start, m.start - 12) : m.start]
        if re.search(r"\b(?:into|to|in) (?:the )?$", before):
            into = m.place
        elif (
            re.search(r"\b(?:from|by) (?:the )?$", before)
            or low[m.end : m.end + 2] == "'s"
            or low[m.end : m.end + 1] == "ʼ"
        ):
            out_of = m.place
    other = {pair[0]: pair[1], pair[1]: pair[0]}
    if indicator.startswith("export"):
        place = other[into] if into is not None else out_of if out_of is not None else min(pair)
    elif into is not None:
        place = into
    elif out_of is not None:
        place = other[out_of]
    else:
        place = min(pair)
    return ids[place], ids[other[place]]


_GOODS = re.compile(
    r"(?<!\w)(grain|wheat|flour|crude oil|crude|oil|coal|gas|fertili[sz]ers?|metals?|steel|copper|cotton|timber|ore|sulphur|cement|containers|containeri[sz]ed)(?!\w)"
)
_GOODS_NAMES = {
    "wheat": "grain", "flour": "grain", "crude oil": "oil", "crude": "oil", "fertilizer": "fertiliser", "fertilizers": "fertiliser",
    "fertilisers": "fertiliser", "metals": "metal", "steel": "metal", "copper": "metal", "containerised": "containers",
    "containerized": "containers",
}  # fmt: skip


def goods(low: str, q: Quantity, end: int) -> str | None:
    """Return the goods named right behind a weight ("9.3 million tons of grain") or None."""
    if q.unit not in ("t", "t/day", "wagon", "m3"):
        return None
    m = re.compile(r" {1,2}of (?:[a-z-]+ ){0,1}?").match(low, q.end, end)
    if m is None:
        return None
    named = _GOODS.match(low, m.end(), min(end, m.end() + 24))
    return _GOODS_NAMES.get(named.group(1), named.group(1)) if named else None
