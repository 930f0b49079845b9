"""What was promised, when, and what each saying did to it: announced, repeated, moved, redefined.

Receives the promises that people named, the figures of aims and the statements behind them, and hands on promises with
their versions in order. An aim that nobody named is a promise of its own: figures of one quantity and one level with
different years are one promise that was moved; another level in another year is another promise (a milestone).
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from keruen.errors import Finding, Severity
from keruen.tables import Dataset
from keruen.tables.words import say
from keruen.trade.history import Row, catalogue
from keruen.trade.wording import by_when

LESS_IS_BETTER = ("rank", "h", "day", "min")
"""Units of which less keeps a promise, unless the promise says otherwise."""
AIMS = ("target", "pledge")
_AIMED = (*AIMS, "forecast")


@dataclass(frozen=True, slots=True)
class Version:
    """One saying of a promise.

    Parameters
    ----------
    announced
        Day it was said.
    name
        Tells apart what was said on one day.
    value, deadline
        Level and year; None where not given.
    wording, speaker, source_id, citation
        As in the ``promise_version`` table.
    statements
        Statements that say it.
    event
        What it did to the promise.
    """

    announced: dt.date
    name: str
    value: float | None
    deadline: int | None
    wording: str | None
    speaker: str | None
    source_id: str | None
    citation: str | None
    statements: tuple[str, ...]
    event: str = "announced"


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise with its versions, the earliest first.

    Parameters
    ----------
    promise_id, label, office
        As in the ``promise`` table.
    quantity
        Indicator, place, partner and goods.
    unit
        Unit of the levels.
    measured_by
        Indicator whose figures tell whether it was kept; None where nothing counts it.
    more
        Whether more keeps it.
    figures
        Figures of the aim.
    versions
        At least one.
    derived
        Whether nobody named it and it was found in the figures.
    """

    promise_id: str
    label: str
    office: str
    quantity: tuple[str, str | None, str | None, str | None]
    unit: str
    measured_by: str | None
    more: bool
    figures: tuple[str, ...]
    versions: tuple[Version, ...]
    derived: bool


def promised(dataset: Dataset) -> tuple[list[Promised], list[Finding]]:
    """Return every promise with its versions, sorted by identifier, and everything found on the way.

    Parameters
    ----------
    dataset
        Tables ``promise``, ``promise_version``, ``figure``, ``statement``, ``source``, ``place`` and ``indicator``.
    """
    book = _Book(dataset)
    written: dict[str, list[Row]] = defaultdict(list)
    for row in dataset["promise_version"].iter_rows(named=True):
        written[row["promise_id"]].append(row)
    findings: list[Finding] = []
    found: list[Promised] = []
    taken: set[str] = set()
    for row in dataset["promise"].iter_rows(named=True):
        figures, faults = book.listed(row)
        findings += faults
        taken |= {f["figure_id"] for f in figures}
        unit = book.unit(row["indicator_id"], figures)
        versions = book.versions(figures, unit) + [_typed(v) for v in written[row["promise_id"]]]
        if not versions:
            findings.append(
                Finding("promise", row["promise_id"], "figures", row["figures"] or "", "nothing says it",
                        "name a figure of the aim, or add a promise_version", Severity.WARNING)
            )  # fmt: skip
            continue
        commodity = figures[0]["commodity_id"] if figures else None
        found.append(
            Promised(
                row["promise_id"], row["label"], row["office"],
                (row["indicator_id"], row["place_id"], row["partner_id"], commodity),
                unit, row["measured_by"], row["sense"] == "at_least",
                tuple(f["figure_id"] for f in figures), told(versions), False,
            )
        )  # fmt: skip
    found += book.unnamed(taken)
    for promise in found:
        for version in promise.versions:
            if version.deadline is not None and version.deadline < version.announced.year:
                findings.append(
                    Finding("promise_version", f"{promise.promise_id}, {version.name}", "deadline",
                            str(version.deadline), f"precedes its announcement on {version.announced}",
                            "correct one of them; it is judged as it stands", Severity.WARNING)
                )  # fmt: skip
    return sorted(found, key=lambda p: p.promise_id), findings


def told(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return versions in order, each with what it did; the same said twice in one place is said once.

    Examples
    --------
    >>> def v(day, value, deadline):
    ...     return Version(dt.date(*day), "v", value, deadline, None, None, None, None, ())
    >>> [x.event for x in told([v((2021, 3, 15), 10.0, 2030), v((2022, 2, 15), 15.0, 2030),
    ...                         v((2025, 8, 15), 15.0, 2030), v((2025, 9, 1), 15.0, 2032)])]
    ['announced', 'redefined', 'repeated', 'moved']
    """
    ordered = sorted(versions, key=lambda v: (v.announced, v.deadline or 0, v.value or 0.0, v.name))
    kept: list[Version] = []
    for version in ordered:
        same = [
            i
            for i, k in enumerate(kept)
            if (k.announced, k.source_id, k.citation, k.value, k.deadline)
            == (version.announced, version.source_id, version.citation, version.value, version.deadline)
        ]
        if same:
            first = kept[same[0]]
            kept[same[0]] = replace(
                first,
                statements=(*first.statements, *version.statements),
                speaker=first.speaker or version.speaker,
            )
        else:
            kept.append(version)
    events = ["announced"]
    for before, now in pairwise(kept):
        if before.value != now.value:
            events.append("redefined")
        else:
            events.append("repeated" if before.deadline == now.deadline else "moved")
    return tuple(replace(v, event=e) for v, e in zip(kept, events, strict=True))


def _typed(row: Row) -> Version:
    return Version(
        row["announced"], row["version"], row["value"], row["deadline"], row["wording"], row["speaker"],
        row["source_id"], row["citation"], (),
    )  # fmt: skip


class _Book:
    """The dataset's aims, by figure."""

    def __init__(self, dataset: Dataset) -> None:
        self.figures = {
            row["figure_id"]: row
            for row in dataset["figure"].sort("figure_id").iter_rows(named=True)
            if row["aspect"] in _AIMED
        }
        self.statements = {row["statement_id"]: row for row in dataset["statement"].iter_rows(named=True)}
        self.sources = {row["source_id"]: row for row in dataset["source"].iter_rows(named=True)}
        self.indicators = {row["indicator_id"]: row for row in catalogue(dataset).iter_rows(named=True)}
        self.places: Mapping[str, str] = dict(dataset["place"].select("place_id", "name").iter_rows())

    def unit(self, indicator: str, figures: Sequence[Row]) -> str:
        """Unit of a promise's levels: that of its figures, or of what was said where nothing will be measured by it."""
        if not figures:
            return str(self.indicators.get(indicator, {}).get("unit", ""))
        said = {row["unit"] for figure in figures for row in self._saying(figure)}
        undated = all(figure["aspect"] == "pledge" or figure["period"] == "-" for figure in figures)
        return str(said.pop() if undated and len(said) == 1 else figures[0]["unit"])

    def listed(self, promise: Row) -> tuple[list[Row], list[Finding]]:
        """Figures that a promise names, and those it names in vain."""
        found: list[Row] = []
        findings: list[Finding] = []
        for name in filter(None, (promise["figures"] or "").split("|")):
            if name in self.figures:
                found.append(self.figures[name])
                continue
            near = difflib.get_close_matches(name, self.figures, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "name a figure of an aim, or leave it empty"
            findings.append(
                Finding("promise", promise["promise_id"], "figures", name, "there is no such figure of an aim",
                        remedy, Severity.WARNING)
            )  # fmt: skip
        return found, findings

    def versions(self, figures: Iterable[Row], unit: str) -> list[Version]:
        """Every statement behind the figures, those set aside as well: a level given up is a version too."""
        found = []
        for figure in figures:
            saying = self._saying(figure)
            restated = {s["statement_id"]: s["converts"] for s in saying if s["converts"]}
            for said in saying:
                name = said["statement_id"]
                # An amount and its conversion in brackets are one saying, kept in the promise's currency.
                other = restated.get(name) or next((k for k, v in restated.items() if v == name), None)
                if said["unit"] != unit and any(s["statement_id"] == other for s in saying):
                    continue
                together = (name,) if other is None else (name, other)
                value = said["value"] if said["unit"] == unit else figure["estimate"]
                # The period of a pledge is the time at which it was made, unless it says "by".
                made = said["kind"] == "pledge" and said["period_start"] is not None
                end = None if made else said["period_end"]
                source = self.sources[said["source_id"]]
                found.append(
                    Version(
                        source["published"], name, value, end.year if end else None, said["quote"],
                        said["speaker"], said["source_id"], None, together,
                    )
                )  # fmt: skip
        return found

    def _saying(self, figure: Row) -> list[Row]:
        """Statements of aims behind a figure whose source is known."""
        names = (*figure["rests_on"], *figure["set_aside"])
        rows = [self.statements[name] for name in names if name in self.statements]
        return [row for row in rows if row["kind"] in _AIMED and row["source_id"] in self.sources]

    def unnamed(self, taken: set[str]) -> list[Promised]:
        """Aims that no promise names, those of one quantity and level together."""
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in self.figures.values():
            if row["figure_id"] not in taken and row["aspect"] in AIMS:
                key = (row["indicator_id"], row["place_id"], row["partner_id"], row["commodity_id"])
                groups[(*key, row["unit"], float(row["estimate"]))].append(row)
        found = []
        for (indicator, place, partner, commodity, *_), figures in groups.items():
            unit = self.unit(indicator, figures)
            dated = [(told(own), row) for row in figures if (own := self.versions([row], unit))]
            if not dated:
                continue
            dated.sort(key=lambda pair: (pair[0][0].announced, pair[1]["figure_id"]))
            ordered = [row for _, row in dated]
            versions = told(self.versions(ordered, unit))
            # A pledge is of something new; what there was of it before and besides does not measure it.
            counted = indicator if ordered[0]["aspect"] == "target" else None
            found.append(
                Promised(
                    ordered[0]["figure_id"], self._label(indicator, place, partner, commodity, versions[0], unit),
                    self._office(versions), (indicator, place, partner, commodity), unit, counted,
                    unit not in LESS_IS_BETTER, tuple(row["figure_id"] for row in ordered), versions, True,
                )
            )  # fmt: skip
        return found

    def _label(
        self, indicator: str, place: str | None, partner: str | None, commodity: str | None, version: Version, unit: str
    ) -> str:  # fmt: skip
        what = str(self.indicators.get(indicator, {}).get("label", indicator))
        where = " and ".join(self.places.get(p, p) for p in (place, partner) if p is not None)
        goods = f" ({commodity})" if commodity else ""
        level = f" {say(version.value, unit)}" if version.value is not None else ""
        return f"{what}{goods}{', ' + where if where else ''}:{level} {by_when(version.deadline)}"

    def _office(self, versions: Sequence[Version]) -> str:
        speakers = [v.speaker for v in versions if v.speaker]
        if speakers:
            return speakers[0]
        publishers = [self.sources[v.source_id]["publisher"] for v in versions if v.source_id in self.sources]
        return f"as reported by {publishers[0]}" if publishers else "not named"
