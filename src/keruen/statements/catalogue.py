"""The catalogue: which quantities can be announced and which places they are about, with the words for both.

Receives the ``indicator`` and ``place`` tables, hands on a compiled index that finds their phrases in a sentence. A user adds an
indicator or a place by adding a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

import polars as pl

from keruen.statements.phrasebook import Phrasebook, plain
from keruen.tables import TABLES, Dataset

_JOINT = " & "
_PRICE = re.compile(r"\b(?:prices?|tariffs?|costs?|inflation)\b")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A keyword of an indicator: its parts must all stand in the sentence."""

    indicator: int
    parts: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Mention:
    """A place named at ``[start, end)``."""

    start: int
    end: int
    place: int


class Catalogue:
    """Indicators and places, frozen, with the index of their words.

    Parameters
    ----------
    indicator
        Rows of the ``indicator`` table.
    place
        Rows of the ``place`` table; its order settles which side of an undirected pair is named first.
    """

    def __init__(self, indicator: pl.DataFrame, place: pl.DataFrame) -> None:
        self.indicator = indicator
        self.place = place

    @staticmethod
    @lru_cache(maxsize=1)
    def default() -> Catalogue:
        """Return the catalogue that ships with Keruen.

        Examples
        --------
        >>> Catalogue.default().indicator.height >= 80
        True
        """
        folder = resources.files("keruen") / "reference" / "catalogue"
        frames = []
        for name in ("indicator", "place"):
            with resources.as_file(folder / f"{name}.csv") as path:
                raw = pl.read_csv(path, infer_schema=False)
            if name == "indicator":
                raw = raw.with_columns(directed=pl.col("directed") == "true")
            frames.append(TABLES[name].schema.validate(raw, cast=True))
        return Catalogue(*frames)

    @classmethod
    def of(cls, dataset: Dataset) -> Catalogue:
        """Return the dataset's own catalogue; a table that it lacks comes from the default."""
        base = cls.default()
        if not dataset.has("indicator") and not dataset.has("place"):
            return base
        return cls(
            dataset["indicator"] if dataset.has("indicator") else base.indicator,
            dataset["place"] if dataset.has("place") else base.place,
        )

    # -- indicators ----------------------------------------------------------------------------------------------

    @cached_property
    def indicator_ids(self) -> list[str]:
        """Identifiers in table order."""
        return list(self.indicator["indicator_id"])

    @cached_property
    def indicator_units(self) -> list[str]:
        """Canonical units in table order."""
        return list(self.indicator["unit"])

    @cached_property
    def indicator_classes(self) -> list[str]:
        """Classes in table order."""
        return list(self.indicator["indicator_class"])

    @cached_property
    def indicator_directed(self) -> list[bool]:
        """Whether place and partner differ in role, in table order."""
        return [bool(x) for x in self.indicator["directed"]]

    @cached_property
    def indicator_priced(self) -> list[bool]:
        """Whether a price or tariff is what is measured (or one of its words), in table order."""
        rows = zip(self.indicator["label"], self.indicator["keywords"], strict=True)
        return [bool(_PRICE.search(f"{label} {keywords}".lower())) for label, keywords in rows]

    @cached_property
    def indicator_sectors(self) -> list[str]:
        """Sectors in table order."""
        return list(self.indicator["sector"])

    @cached_property
    def indicator_rows(self) -> dict[str, int]:
        """Row of each indicator."""
        return {name: i for i, name in enumerate(self.indicator_ids)}

    @cached_property
    def phrases(self) -> dict[str, list[Phrase]]:
        """Phrases by their first part."""
        index: dict[str, list[Phrase]] = {}
        for i, keywords in enumerate(self.indicator["keywords"]):
            for rank, keyword in enumerate(str(keywords).split("|")):
                parts = tuple(plain(p.lower()) for p in keyword.split(_JOINT) if p.strip())
                if not parts:
                    continue
                words = sum(len(p.split()) for p in parts)
                weight = min(
                    0.98,
                    0.46 + 0.13 * (words - 1) + 0.12 / (1 + rank) + 0.14 * (len(parts) > 1),
                )
                index.setdefault(parts[0], []).append(Phrase(i, parts, weight))
        return index

    @cached_property
    def _spellings(self) -> frozenset[str]:
        return frozenset(part for entries in self.phrases.values() for e in entries for part in e.parts)

    @cached_property
    def _keywords(self) -> Phrasebook:
        return Phrasebook(self._spellings, plural=True)

    def phrase_hits(self, low: str, start: int, end: int) -> dict[str, list[tuple[int, int]]]:
        """Return where the catalogue's phrases stand in ``low[start:end]``, by phrase; shorter ones inside longer ones too."""
        hits: dict[str, list[tuple[int, int]]] = {}
        for m in self._keywords.find(low, start, end):
            words = plain(m.group())
            self._register(hits, words, m.start(), m.end())
            # the same place may start a shorter phrase
            cut = words.rfind(" ")
            while cut > 0:
                words = words[:cut]
                self._register(hits, words, m.start(), m.start() + cut)
                cut = words.rfind(" ")
        return hits

    def _register(self, hits: dict[str, list[tuple[int, int]]], words: str, start: int, end: int) -> None:
        """Enter a phrase under every spelling, singular or plural, that the catalogue knows."""
        known = self._spellings
        for spelling in (words, words[:-1] if words.endswith("s") else f"{words}s"):
            if spelling in known:
                hits.setdefault(spelling, []).append((start, end))

    # -- places --------------------------------------------------------------------------------------------------

    @cached_property
    def place_ids(self) -> list[str]:
        """Identifiers in table order."""
        return list(self.place["place_id"])

    @cached_property
    def place_kinds(self) -> list[str]:
        """Kinds in table order."""
        return list(self.place["kind"])

    @cached_property
    def place_countries(self) -> list[int]:
        """Row of the country that each place is or lies in, in table order; -1 where the table names none."""
        rows = {name: i for i, name in enumerate(self.place_ids)}
        parents, kinds = list(self.place["parent"]), self.place_kinds
        out = []
        for i in range(len(kinds)):
            seen: set[int] = set()
            at = i
            while at >= 0 and kinds[at] != "country" and at not in seen:
                seen.add(at)
                at = rows.get(parents[at] or "", -1)
            out.append(at if at >= 0 and kinds[at] == "country" else -1)
        return out

    def place_row(self, name: str) -> int:
        """Return the row of the place that a name stands for; -1 if nobody is called so."""
        return self._place_names.get(plain(name), -1)

    @cached_property
    def _place_names(self) -> dict[str, int]:
        names: dict[str, int] = {}
        for i, (name, others) in enumerate(zip(self.place["name"], self.place["names"], strict=True)):
            for spelling in [name, *(others or "").split("|")]:
                if spelling.strip():
                    names.setdefault(plain(spelling), i)
        return names

    @cached_property
    def _gazetteer(self) -> Phrasebook:
        return Phrasebook(self._place_names)

    def mentions(self, flat: str, start: int, end: int) -> list[Mention]:
        """Return the places named in ``flat[start:end]``, ascending and without overlap."""
        names = self._place_names
        out: list[Mention] = []
        behind = start
        for m in self._gazetteer.find(flat, start, end):
            if m.start() >= behind:
                behind = m.end()
                out.append(Mention(m.start(), behind, names[plain(m.group())]))
        return out
