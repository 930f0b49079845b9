"""What a quantity measures and where: links to the catalogue's indicators and places.

Dimension first: an indicator whose unit cannot be that of the quantity is no candidate. Then the words: each phrase of the
catalogue that stands in the sentence counts by how telling and how near it is. Below the threshold the quantity stays unlinked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from keruen.statements.catalogue import Catalogue, Mention
from keruen.statements.claims import Sentence
from keruen.statements.quantity import MONEY, Quantity
from keruen.statements.wholes import owned_total

THRESHOLD = 0.35
"""Least score of a link; below it a statement says that it is unlinked."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An indicator that may be meant, with its score from 0 to 1."""

    indicator_id: str
    score: float


_PRICED_LEFT = re.compile(
    r"(?<!current )(?<!constant )(?<!comparable )\b(?:prices?|tariffs?)\b(?! of (?:the )?project)[^,;:.]{0,40}$"
)
"""A figure of a price: no link to the quantity of the goods."""


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
    span: bool = False,
) -> list[Candidate]:
    """Return the indicators that a quantity may measure, best first."""
    scores: dict[int, tuple[float, int]] = {}
    priced = bool(_PRICED_LEFT.search(sentence.low, max(sentence.start, q.start - 60), q.start))
    clause = sentence.clause(q.num_start)
    # a clause with an indicator of its own needs none of another: "exports were 340, while imports stood at 410"
    at_home = bool(sentence.clauses) and any(
        clause[0] <= a < clause[1]
        for words, spans in hits.items()
        if any(
            _fits(catalogue, phrase.indicator, q, change=change)
            for phrase in catalogue.phrases.get(words, ())
        )
        for a, _ in spans
    )
    for words, spans in hits.items():
        for phrase in catalogue.phrases.get(words, ()):
            if not _fits(catalogue, phrase.indicator, q, change=change):
                continue
            if priced and not catalogue.indicator_priced[phrase.indicator]:
                continue
            if len(phrase.parts) > 1 and not all(p in hits for p in phrase.parts[1:]):
                continue
            near = 0.0
            for a, b in spans:
                if a < q.end and q.num_end < b and a < q.num_start:
                    continue
                if a >= q.num_end:
                    gap, crossed = (
                        a - q.num_end,
                        sentence.between(sentence.borders, q.num_end, a),
                    )
                    cost = 1.25 * gap
                else:
                    gap, crossed = (
                        max(0, q.num_start - b),
                        sentence.between(sentence.borders, b, q.num_start),
                    )
                    cost = float(gap)
                strange = at_home and not clause[0] <= a < clause[1]
                near = max(near, math.exp(-cost / 160) * 0.9**crossed * (0.5 if strange else 1.0))
            score = phrase.weight * (0.45 + 0.55 * near)
            best, n = scores.get(phrase.indicator, (0.0, 0))
            scores[phrase.indicator] = (max(best, score), n + 1)
    classes = catalogue.indicator_classes
    ranked = []
    for i, (best, n) in scores.items():
        # what ran over many years has accumulated: a stock rather than the flow of a year
        lean = 0.0 if not span else 0.12 if classes[i] == "stock" else -0.06
        score = best + 0.05 * min(n - 1, 4) + lean
        ranked.append(Candidate(catalogue.indicator_ids[i], max(0.0, min(1.0, score))))
    ranked.sort(key=lambda c: (-c.score, c.indicator_id))
    return ranked


_SITE_KINDS = frozenset({"crossing", "port", "corridor", "section", "site"})
_SITE_SECTORS = frozenset({"transport", "borders"})
_PAIR_SECTORS = frozenset({"trade", "investment", "projects", "culture", "education", "borders", ""})
_TOGETHER = re.compile(
    r"\b(?:bilateral|mutual|mutually|both|joint|jointly|two countries|two nations|the two|each other|inflows?)\b"
)
_OWN_BUSINESS = re.compile(
    r" (?:direct )?(?:invest\w*|businesses|companies|capital|inflows?|exports?|students|firms|funds|money|loans?)\b"
)


def _preferred_kind(catalogue: Catalogue, row: int) -> str:
    """Return the kind of place that an indicator's label names: a corridor, a port, a crossing or a section."""
    label = str(catalogue.indicator["label"][row]).lower() if row >= 0 else ""
    for word, kind in (
        ("corridor", "corridor"),
        ("port", "port"),
        ("crossing", "crossing"),
        ("section", "section"),
        ("train pairs", "section"),
    ):
        if re.search(rf"\b{word}\b", label):
            return kind
    return ""


def places(
    catalogue: Catalogue,
    indicator: str | None,
    low: str,
    sentence: Sentence,
    mentions: list[Mention],
    carried: list[Mention],
    partners: list[Mention],
    home: int | None,
    q: Quantity,
) -> tuple[str | None, str | None]:
    """Return place and partner of a quantity.

    What is measured at a site (crossing, port, corridor, section) is placed there, the kind that the indicator names first. An
    undirected pair of countries stands in the order of the place table; a directed one has the exporter, importer or host first.
    In a list of partners ("the largest supplier was China, followed by Russia") the ``home`` of the document is the place.
    Where the sentence names no country, it is that of ``carried``; ``partners`` join only as the other side of a pair.
    """
    kinds, ids = catalogue.place_kinds, catalogue.place_ids

    def cost(m: Mention) -> float:
        if m.start >= q.end:
            return 1.2 * (m.start - q.end) + 20 * sentence.between(sentence.borders, q.end, m.start) + 15
        return (q.start - m.end) + 12 * sentence.between(sentence.borders, m.end, q.start)

    goods_pair = _goods_pair(low, sentence, q, mentions, carried, home, kinds)
    if goods_pair is not None and (indicator is None or indicator.startswith(("export", "import"))):
        return ids[goods_pair[0]], ids[goods_pair[1]]
    clause = sentence.clause(q.start)
    inside = [m for m in mentions if clause[0] <= m.start < clause[1]]
    if len({m.place for m in inside if kinds[m.place] == "country"}) >= 2:
        # "Russians poured 26 billion into Kazakhstan, while Kazakh firms invested 9 billion in Russia"
        mentions = inside
    own = sorted(mentions, key=cost)
    row = catalogue.indicator_rows.get(indicator or "", -1)
    sector = catalogue.indicator_sectors[row] if row >= 0 else ""
    countries: list[int] = []
    for m in own:
        if m.place not in countries and kinds[m.place] in ("country", "bloc", "world"):
            countries.append(m.place)
    sites = [m for m in own if kinds[m.place] in _SITE_KINDS]
    if sites and (sector in _SITE_SECTORS or row < 0 or not countries):
        preferred = _preferred_kind(catalogue, row)
        best = next((m for m in sites if kinds[m.place] == preferred), sites[0])
        return ids[best.place], None
    regions = [m for m in own if kinds[m.place] in ("region", "city")]
    if regions and sector in _SITE_SECTORS and len(countries) < 2:
        return ids[regions[0].place], None
    if home is not None and countries and countries[0] != home and sentence.holds(_LEAGUE):
        return ids[home], ids[countries[0]]
    if indicator is not None and indicator.startswith("trade_turnover"):
        states = [m for m in mentions if kinds[m.place] in ("country", "bloc")]
        found = owned_total(low, q.start, q.end, states, home, share=indicator == "trade_turnover_share")
        if found is not None:
            owner, partner = found
            if partner is not None and indicator != "trade_turnover_share":
                owner, partner = sorted((owner, partner))
            return ids[owner], None if partner is None else ids[partner]
    together = sentence.holds(_TOGETHER)
    directed = row >= 0 and catalogue.indicator_directed[row]
    ranks = row >= 0 and catalogue.indicator_classes[row] == "rank"
    if len(countries) < 2 and (not countries or together or ranks or (directed and _is_origin(low, own[0]))):
        wanted = 2 if together or countries or sector in ("projects",) else 1
        for m in carried if wanted == 1 else [*carried, *partners]:
            if len(countries) >= wanted:
                break
            if m.place not in countries and kinds[m.place] == "country":
                countries.append(m.place)
    if not countries:
        return (ids[regions[0].place], None) if regions else (None, None)
    if len(countries) == 1 and home is not None and home != countries[0]:
        only = next((m for m in own if m.place == countries[0]), None)
        if only and PARTNER_LEFT.search(low, max(sentence.start, only.start - 24), only.start):
            a, b = home, countries[0]
            if not directed and sector in _PAIR_SECTORS:
                a, b = sorted((a, b))
            return ids[a], ids[b]
    if len(countries) == 1:
        return ids[countries[0]], None
    if directed:
        return _directed(ids, indicator or "", low, sentence, mentions, countries)
    if sector in _PAIR_SECTORS or _between(low, mentions):
        a, b = sorted(countries[:2])
        return ids[a], ids[b]
    return ids[countries[0]], None


def _goods_pair(
    low: str,
    sentence: Sentence,
    q: Quantity,
    mentions: list[Mention],
    carried: list[Mention],
    home: int | None,
    kinds: list[str],
) -> tuple[int, int] | None:
    """Return whose exports or imports an amount is, and the partner: "A's exports to B were"; each "to B" is the partner of its own amount."""
    partner = None
    for m in mentions:
        if m.start < q.start and _GOODS_TO.search(low, max(0, m.start - 60), m.start):
            partner = m
    if partner is None or sentence.between(sentence.clauses, partner.end, q.start):
        return None
    before = [
        m
        for m in mentions
        if m.start < partner.start
        and m.place != partner.place
        and kinds[m.place] == "country"
        and not PARTNER_LEFT.search(low, max(0, m.start - 24), m.start)
    ]
    if before:
        return before[-1].place, partner.place
    if home is not None and home != partner.place:
        return home, partner.place
    owner = next((m.place for m in carried if m.place != partner.place and kinds[m.place] == "country"), None)
    return None if owner is None else (owner, partner.place)


def _is_origin(low: str, mention: Mention) -> bool:
    """Whether a place is named as where money, goods or people come from: "Russian inflows"."""
    return bool(_OWN_BUSINESS.match(low, mention.end))


def _between(low: str, mentions: list[Mention]) -> bool:
    """Whether two places are named as the ends of something: "between Kazakhstan and China", "from Russia to Iran"."""
    ordered = sorted(mentions, key=lambda m: m.start)
    return any(
        low[a.end : b.start] in (" and ", " to ", " with ")
        and re.search(r"\b(?:between|from|of) (?:the )?$", low[max(0, a.start - 14) : a.start])
        for a, b in pairwise(ordered)
    )


def _directed(
    ids: list[str],
    indicator: str,
    low: str,
    sentence: Sentence,
    mentions: list[Mention],
    countries: list[int],
) -> tuple[str, str | None]:
    """Return place and partner where their roles differ: place is the exporter, importer or host, partner the other side."""
    pair = countries[:2]
    into, out_of = None, None
    for m in mentions:
        if m.place not in pair:
            continue
        before = low[max(0, m.start - 14) : m.start]
        if re.search(r"\b(?:into|to|in|on) (?:the )?$", before) or re.match(
            r" (?:has |have )?(?:received|attracted|hosts?|imported)\b",
            low[m.end : m.end + 24],
        ):
            into = m.place
        elif re.search(r"\b(?:from|by) (?:the )?$", before) or _is_origin(low, m):
            out_of = m.place
    other = {pair[0]: pair[1], pair[1]: pair[0]}
    if "export" in indicator or sentence.holds(_EXPORTS_TO):
        place = other[into] if into is not None else out_of if out_of is not None else min(pair)
    elif into is not None:
        place = into
    elif out_of is not None:
        place = other[out_of]
    else:
        place = min(pair)
    return ids[place], ids[other[place]]


PARTNER_LEFT = re.compile(r"\b(?:by|from|with|to|into|for|via) (?:the |neighbouring |both )?$")
"""What stands before a country that is another's supplier, partner or destination."""
_GOODS_TO = re.compile(
    r"\b(?:(?:exports?|sales|shipments|deliveries)(?: of [a-z ]{1,30}?)? to|imports?(?: of [a-z ]{1,30}?)? from) (?:the )?$"
)
_LEAGUE = re.compile(
    r"\b(?:(?:largest|biggest|main|leading|top|second|third) (?:[a-z]+ )?(?:suppliers?|partners?|buyers?|markets?|customers?|sources?|importers?|destinations?)"
    r"|followed by)\b"
)
_EXPORTS_TO = re.compile(r"\bexports? (?:of [a-z ]{1,30})?to \b")

_GOODS = re.compile(
    r"(?<!\w)(grain|wheat|flour|crude oil|crude|oil|coal|gas|fertili[sz]ers?|metals?|steel|copper|cotton|timber|ore|sulphur|cement|containers|containeri[sz]ed)(?!\w)"
)
_GOODS_SOLD = re.compile(
    rf"{_GOODS.pattern}(?= (?:exports?|imports?|production|output|shipments|deliveries|sales)\b| (?:accounted|accounts|accounting) for| (?:made|makes) up| for (?:about |nearly |over |another )?\d)"
)
"""Goods right before what is done with them: "coal exports", "copper for 18%"."""
_CLAUSE = re.compile(r"[;—]|\b(?:while|but|whereas)\b|, and\b")
_GOODS_NAMES = {
    "wheat": "grain", "flour": "grain", "crude oil": "oil", "crude": "oil", "fertilizer": "fertiliser", "fertilizers": "fertiliser",
    "fertilisers": "fertiliser", "metals": "metal", "steel": "metal", "copper": "metal", "containerised": "containers",
    "containerized": "containers",
}  # fmt: skip


_OF_GOODS = re.compile(r" {1,2}(?:worth )?of (?:[a-z-]+ )??(?=[a-z])")
_BEFORE_GOODS = re.compile(
    r"\b(?:loading|throughput|transit|export|exports|import|imports|shipments?|carriage|transport|volume|deliveries) of (?:[a-z]+ )??(?=[a-z])"
)


def goods(low: str, q: Quantity, start: int, end: int) -> str | None:
    """Return the goods that a weight is of: "9.3 million tons of grain", "the loading of coal was 105 million tons"."""
    if q.unit in MONEY or q.unit == "%":
        # "coal exports brought in $8.9 billion", "coal accounted for 46% of exports, copper for 18%"
        of_exports: re.Match[str] | None = None
        for sold in _GOODS_SOLD.finditer(low, start, q.num_start + 1):
            of_exports = sold
        if of_exports is None or _CLAUSE.search(low, of_exports.end(), q.start):
            return None
        return _GOODS_NAMES.get(of_exports.group(1), of_exports.group(1))
    if q.unit not in ("t", "t/day", "wagon", "m3", "TEU"):
        return None
    m = _OF_GOODS.match(low, q.end, end)
    if m is not None:
        named = _GOODS.match(low, m.end(), min(end, m.end() + 24))
        if named:
            return _GOODS_NAMES.get(named.group(1), named.group(1))
    for m in _BEFORE_GOODS.finditer(low, start, q.start):
        named = _GOODS.match(low, m.end(), min(end, m.end() + 24))
        if named:
            return _GOODS_NAMES.get(named.group(1), named.group(1))
    for m in _GOODS_SOLD.finditer(low, max(start, q.start - 80), q.start):
        if not _CLAUSE.search(low, m.end(), q.start):
            return _GOODS_NAMES.get(m.group(1), m.group(1))
    return None
